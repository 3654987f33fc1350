/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story.h - events for the tests of recordings, and what came back of them
 *
 * A story is an array of events. It is recorded into a file in memory, read
 * again, and compared field by field.
 */
#ifndef MTVIZ_TESTS_TRACE_STORY_H
#define MTVIZ_TESTS_TRACE_STORY_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "trace/trace.h"

struct story {
	struct event *events;
	size_t n, cap;
	char **texts; /* that events of type NAME point to */
	size_t nr_texts, cap_texts;
};

void story_add(struct story *s, const struct event *e); /* copies a name's text */
void story_free(struct story *s);
/* nr events of every type and with every kind of value, in stream order. */
void story_random(struct story *s, uint64_t seed, size_t nr, unsigned int cpus);
uint64_t story_rand(uint64_t *state);

/* Short forms, so that a story fits on a screen. */
struct event sw(uint64_t ns, unsigned int cpu, uint32_t prev, uint32_t next);
struct event waking(uint64_t ns, unsigned int cpu, uint32_t wakee, uint32_t waker);
struct event task(uint64_t ns, unsigned int cpu, uint32_t tid, const char *comm,
		  unsigned int flags);

/* A sink that keeps what it gets. */
struct keeper {
	struct sink sink;
	struct story story;
	struct trace_info info; /* texts are the source's */
	struct trace_end end;
	int begun, ended;
	uint64_t advanced_ns;
	int fail_at; /* event() fails with -EIO at this one, from 1; 0: never */
};
void keeper_init(struct keeper *k);
void keeper_free(struct keeper *k);

extern const struct trace_info story_info;
/* A file in memory; close() it. */
int story_file(void);
/* Records it; the end is that of the last event unless end is given. */
void story_record(const struct story *s, int fd, const struct writer_options *opt,
		  const struct trace_info *info, const struct trace_end *end);
/* Opens the file behind fd; NULL and why if that fails. */
struct reader *story_open(int fd, char why[256]);
/* Reads it all. */
void story_read(int fd, struct keeper *k, unsigned int *damaged);

/* True if the fields that its type has are equal. */
int same_event(const struct event *a, const struct event *b);
/* Fails the test at the first event that differs. */
void assert_same_events(const struct story *wanted, const struct story *got);

#endif

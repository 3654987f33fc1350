/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/capture/collect.h - a sink that keeps everything, and questions to it
 */
#ifndef MTVIZ_TESTS_CAPTURE_COLLECT_H
#define MTVIZ_TESTS_CAPTURE_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"

struct collect {
	struct sink sink;
	struct event *events; /* names do not outlive their call: .name.text is NULL */
	size_t nr, cap;
	uint64_t advanced_ns;
	struct trace_end end;
	unsigned int begins, ends;
	const char *wrong; /* what a source must not do; NULL so far */
};

void collect_init(struct collect *c);
void collect_free(struct collect *c);
/* Pumps until done(arg) or about timeout_ms; true if it was done. */
bool collect_until(struct collect *c, struct capture *cap, bool (*done)(void *arg),
		   void *arg, int timeout_ms);
/* The next event of that type about tid (0: anybody) from *at on, or NULL. */
const struct event *collect_find(const struct collect *c, size_t *at,
				 enum event_type type, uint32_t tid);
/* The first one. */
const struct event *collect_first(const struct collect *c, enum event_type type,
				  uint32_t tid);
size_t collect_count(const struct collect *c, enum event_type type, uint32_t tid);

#endif

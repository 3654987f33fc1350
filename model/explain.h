/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/explain.h - the parts that sentences about tasks, CPUs and locks share
 *
 *   explain.c       model_explain(): a task at a moment
 *   explain_wait.c  what a blocked task waits for, and because of whom
 *   explain_lane.c  model_explain_cpu(), model_explain_lock()
 *
 * A sentence must fit an 80-column row with usual names, and says how it knows:
 * "held by" is observed, "probably held by" is inferred, "holder unknown" is
 * what it says.
 */
#ifndef MTVIZ_MODEL_EXPLAIN_H
#define MTVIZ_MODEL_EXPLAIN_H

#include "model/internal.h"

/* Text being put together: behaves like snprintf, piece after piece. */
struct words {
	char *buf;
	size_t bytes;
	size_t len; /* what was wanted so far */
};

void words_say(struct words *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void words_back(struct words *w, size_t len); /* unsays what came after len */
/* Ends the text, never inside a character. Returns the length it wanted. */
size_t words_end(struct words *w);

/* In three digits, which are enough; in two, where two durations share a line. */
void say_duration(struct words *w, uint64_t ns);
void say_about(struct words *w, uint64_t ns);
/* A moment in seconds, as finely as something that lasts around_ns deserves. */
void say_moment(struct words *w, uint64_t time_ns, uint64_t around_ns);
void say_task(struct words *w, const struct model *m, uint32_t task); /* "C worker-2" */
void say_lock(struct words *w, const struct model *m, uint32_t lock); /* "mutex a = x" */

enum form {
	FORM_NOW,        /* "waits 4 ms for", of something that is over */
	FORM_SO_FAR,     /* "has waited 4 ms for", of something that goes on */
	FORM_PARTICIPLE, /* "waiting for", without its length */
};

/* The verb phrase of any slice; needs no subject to be known but s's task. */
void say_slice(struct words *w, const struct model *m, uint32_t task,
	       const struct slice *s, enum form form);

/*
 * Who holds lock at time_ns, for how long, and what that one does meanwhile:
 * "held 16 ms by C worker-2 (observed), 10 ms of them runnable: make had its CPU".
 */
void say_holder(struct words *w, const struct model *m, uint32_t lock, uint64_t time_ns);

static inline uint64_t slice_ns(const struct slice *s)
{
	return s->end_ns - s->start_ns;
}

static inline enum form form_of(const struct slice *s)
{
	return s->open ? FORM_SO_FAR : FORM_NOW;
}

#endif

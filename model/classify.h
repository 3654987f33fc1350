/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/classify.h - a switch-out's facts -> the state that follows it
 *
 * One total, pure function: every event has a state, and the same one always.
 * docs/events.md has the rules in their order.
 */
#ifndef MTVIZ_MODEL_CLASSIFY_H
#define MTVIZ_MODEL_CLASSIFY_H

#include "model/model.h"

enum classify_known {
	KNOWN_FACTS = 1 << 0, /* wait facts were looked for: what is not there is not */
	KNOWN_CALLS = 1 << 1, /* system call numbers are x86-64's */
};

/* Of an EVENT_SWITCH's tid, or of an EVENT_SEEN's that is not on a CPU. */
enum state classify(const struct event *e, unsigned int known);
/* It is runnable: preempted or yielded? */
enum runnable_why classify_why(const struct event *e, unsigned int known);
/* Whom a futex wait may join, in its namespace: the value of that word; or 0. */
uint32_t classify_join(const struct event *e);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/slices.h - the open slice of a task in scope, and how it ends
 *
 * A task is in one state since .since_ns. What that was is written down when
 * it ends, so that what only turns out later can still be put right:
 *
 *     lane  ├─ running ─┼─ lock ─┼─ running ─┤ open: runnable ...
 *                                            since_ns
 *
 * All of these take tasks that are in scope and alive, and return 0 or -ENOMEM.
 */
#ifndef MTVIZ_MODEL_SLICES_H
#define MTVIZ_MODEL_SLICES_H

#include "model/internal.h"

/* The open slice ends: into the lane, the totals, the run-queue samples. */
int slice_close(struct model *m, struct task_state *t, uint64_t time_ns);
/* A new one begins where the last ended. Blocked states set .wait after it. */
static inline void slice_open(struct task_state *t, enum state state)
{
	t->pub.state = state;
	t->other = t->wait = 0;
	t->why = 0;
	t->woken_early = false;
}

/*
 * The open slice's end was not seen: from its start on nothing is known. A
 * lock wait that it was is void.
 */
int slice_lose(struct model *m, struct task_state *t);
/* Asleep from now on, as e says, in a state but running, runnable or gone. */
int slice_sleep(struct model *m, struct task_state *t, enum state state,
		const struct event *e, uint64_t time_ns);
/* It is runnable from now on, woken by waker (0: not told). */
int slice_wake(struct model *m, struct task_state *t, enum runnable_why why,
	       uint32_t waker, uint64_t time_ns);
/*
 * It was taken for runnable since its switch-out because of a wake that has
 * turned out to be none: it has slept since then.
 */
int slice_slept(struct model *m, struct task_state *t);
/* Events are missing from from_ns on: if it began before, it is known no more. */
int slice_cut(struct model *m, struct task_state *t, uint64_t from_ns);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slices.c - states become slices
 */
#include "model/slices.h"

#include <errno.h>

#include "model/classify.h"
#include "model/waits.h"

int slice_close(struct model *m, struct task_state *t, uint64_t time_ns)
{
	enum state state = t->pub.state;
	uint64_t since = t->since_ns;
	uint32_t aux = 0;
	int err = 0;

	if (time_ns <= since)
		return 0;
	if (state == STATE_RUNNING) {
		aux = t->pub.cpu;
	} else if (state == STATE_RUNNABLE) {
		aux = t->other;
		err = samples_add(&t->runq, time_ns - since);
		if (!err)
			err = depth_add(m->depth, since, time_ns);
	} else {
		aux = t->wait;
	}
	if (!err)
		err = lane_push(&t->lane, &m->pool, time_ns, state, t->why, aux, 0);
	if (err)
		return err;
	t->pub.total_ns[state] += time_ns - since;
	t->since_ns = time_ns;
	return 0;
}

int slice_lose(struct model *m, struct task_state *t)
{
	if (t->lock_wait) {
		int err = lock_wait_end(m, t, t->since_ns, 0, false);

		if (err)
			return err;
	}
	slice_open(t, STATE_UNKNOWN);
	return 0;
}

/* What e says that t waits for, interned. 0: no memory. */
static uint32_t wait_of(struct model *m, const struct task_state *t,
			const struct event *e, uint32_t lock)
{
	struct wait w = {
		.syscall = e->flags & SWITCH_SYSCALL ? e->sw.syscall : -1,
		.fd_mode = e->sw.fd_mode,
		.flags = e->flags & (SWITCH_SYSCALL | SWITCH_FUTEX | SWITCH_FD |
				     SWITCH_IOWAIT | SWITCH_KLOCK | SWITCH_TIMED),
		.op = e->flags & SWITCH_FUTEX ? e->sw.op : 0,
		.lock = lock,
	};

	if (!lock && e->flags & SWITCH_FUTEX) {
		uint32_t tid = classify_join(e);

		if (tid && task_by_ns_tid(m, t->pub.tgid, tid))
			w.join_tid = tid;
	}
	return wait_intern(m->waits, &w);
}

int slice_sleep(struct model *m, struct task_state *t, enum state state,
		const struct event *e, uint64_t time_ns)
{
	uint32_t lock = 0, wait;

	if (state == STATE_LOCK) {
		lock = lock_of(m, t, e);
		if (!lock)
			return -ENOMEM;
	}
	wait = wait_of(m, t, e, lock);
	if (!wait)
		return -ENOMEM;
	slice_open(t, state);
	t->wait = wait;
	if (lock) {
		struct event at = *e; /* e may have come late */

		at.time_ns = time_ns;
		return lock_wait_begin(m, t, lock, &at);
	}
	return 0;
}

int slice_wake(struct model *m, struct task_state *t, enum runnable_why why,
	       uint32_t waker, uint64_t time_ns)
{
	int err = slice_close(m, t, time_ns);

	if (!err && t->lock_wait)
		err = lock_wait_end(m, t, time_ns, waker, true);
	slice_open(t, STATE_RUNNABLE);
	t->why = why;
	t->other = waker;
	return err;
}

int slice_slept(struct model *m, struct task_state *t)
{
	uint32_t wait = t->slept_wait;

	slice_open(t, t->slept_state);
	t->wait = wait;
	return t->pub.state == STATE_LOCK
		       ? lock_wait_resume(m, t, wait_at(m->waits, wait))
		       : 0;
}

int slice_cut(struct model *m, struct task_state *t, uint64_t from_ns)
{
	int err = 0;

	t->waking_pending = false;
	if (t->since_ns >= from_ns || t->pub.state == STATE_UNKNOWN)
		return 0;
	if (t->lock_wait)
		err = lock_wait_end(m, t, from_ns, 0, false);
	if (!err)
		err = slice_close(m, t, from_ns);
	slice_open(t, STATE_UNKNOWN);
	return err;
}

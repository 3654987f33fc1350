/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * life.c - who is who
 *
 *     fork ─────── sched_wakeup_new ──────── EXIT ─────── final switch-out
 *      │ newborn    │ life begins             │ status     │ life ends
 *
 * A task that is older than the recording begins at 0, in an unknown state.
 * The tid of one that has ended may come again: that is another task.
 */
#include "model/life.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/slices.h"
#include "model/tasks.h"

/* ---- scope ---- */

static int live_add(struct model *m, struct task_state *t)
{
	if (m->nr_live == m->cap_live) {
		uint32_t cap = m->cap_live ? m->cap_live * 2 : 64;
		uint32_t *live = realloc(m->live, cap * sizeof(*live));

		if (!live)
			return -ENOMEM;
		m->live = live;
		m->cap_live = cap;
	}
	t->live_at = m->nr_live;
	m->live[m->nr_live++] = t->pub.index;
	return 0;
}

static void live_remove(struct model *m, const struct task_state *t)
{
	uint32_t last = m->live[--m->nr_live];

	m->live[t->live_at] = last;
	m->tasks[last]->live_at = t->live_at;
}

/* Out of scope only the time on CPUs is kept: its states so far are unknown. */
static int enter_scope(struct model *m, struct task_state *t, uint64_t time_ns)
{
	struct cpu_state *cpu;
	int err = live_add(m, t);

	if (err)
		return err;
	t->pub.in_scope = true;
	t->pub.letter = m->next_letter++;
	lane_init(&t->lane, t->pub.start_ns);
	t->since_ns = t->pub.start_ns;
	slice_open(t, STATE_UNKNOWN);
	if (t->on_cpu == NO_CPU)
		return 0;
	/* It runs: here, the CPU's time of others ends as well. */
	cpu = m->cpus[t->on_cpu];
	if (time_ns > cpu->since_ns) {
		t->other_run_ns += time_ns - cpu->since_ns;
		err = lane_push(&cpu->lane, &m->pool, time_ns, CPU_OTHER, 0, t->pub.index,
				0);
		cpu->since_ns = time_ns;
	}
	if (!err)
		err = slice_close(m, t, time_ns);
	slice_open(t, STATE_RUNNING);
	return err;
}

/* ---- the end ---- */

int life_end(struct model *m, struct task_state *t, uint64_t time_ns)
{
	int err = 0;

	t->newborn = t->waking_pending = false;
	if (t->pub.in_scope) {
		err = slice_close(m, t, time_ns);
		t->pub.end_ns = t->since_ns; /* lock.c tells ends from losses by this */
		if (!err && t->lock_wait)
			err = lock_wait_end(m, t, t->since_ns, 0, false);
		if (!err)
			err = lane_finish(&t->lane, &m->pool);
		live_remove(m, t);
	} else {
		t->pub.end_ns = time_ns;
	}
	t->pub.state = STATE_GONE;
	return err;
}

/* Its tid is somebody else's by now; nobody saw it end. */
static int end_unseen(struct model *m, struct task_state *t, uint64_t time_ns)
{
	if (t->pub.in_scope) {
		int err = slice_lose(m, t);

		if (err)
			return err;
	}
	return life_end(m, t, time_ns);
}

static bool gone(const struct task_state *t)
{
	return t->pub.state == STATE_GONE;
}

/* ---- the beginning ---- */

/* The next life of tid. It was not seen to begin: it predates, if it can. */
static struct task_state *predating(struct model *m, uint32_t tid, int64_t born_ns,
				    uint64_t time_ns)
{
	uint32_t before = task_by_tid(m, tid);
	uint64_t start_ns = born_ns > 0 ? (uint64_t)born_ns : 0;

	if (before && m->tasks[before]->pub.end_ns > start_ns)
		start_ns = m->tasks[before]->pub.end_ns;
	return task_new(m, tid, start_ns < time_ns ? start_ns : time_ns);
}

struct task_state *life_seen(struct model *m, uint32_t tid, uint64_t time_ns)
{
	uint32_t index = task_by_tid(m, tid);

	if (!tid || (index && !gone(m->tasks[index])))
		return m->tasks[index];
	return predating(m, tid, 0, time_ns);
}

struct task_state *life_woken(struct model *m, uint32_t tid, uint64_t time_ns)
{
	uint32_t index = task_by_tid(m, tid);
	struct task_state *t;

	if (!index || gone(m->tasks[index]))
		return task_new(m, tid, time_ns);
	t = m->tasks[index];
	if (t->pub.in_scope && t->pub.state == STATE_UNKNOWN &&
	    t->lane.end_ns == t->lane.start_ns) {
		/* Nothing has happened to it yet: it begins here. */
		lane_init(&t->lane, time_ns);
		t->since_ns = t->pub.start_ns = time_ns;
	}
	t->newborn = false;
	return t;
}

/* ---- exec from a thread that is not the leader ---- */

/*
 *     leader, tid 7   ── exits ──┤ exec_ended
 *     thread, tid 5   ─ exec ────┼─ tid 7 ───────────
 *
 * What is left of the leader has tid 5 then, until its last switch-out.
 */
static int exchange_tids(struct model *m, struct task_state *thread, uint32_t tid,
			 uint64_t time_ns)
{
	uint32_t leader = task_by_tid(m, tid), old = thread->pub.tid;
	int err = tid_bind(m, tid, thread->pub.index, time_ns);

	if (err)
		return err;
	tid_redirect(m, old, leader);
	if (leader)
		m->tasks[leader]->pub.exec_ended = true;
	thread->exec_from = old;
	thread->pub.tid = thread->pub.tgid = thread->pub.ns_tid = tid;
	thread->pub.leader = thread->pub.index;
	return 0;
}

int life_exec_seen(struct model *m, uint32_t running, uint32_t prev, uint64_t time_ns)
{
	struct task_state *a = task_at(m, running), *b = task_at(m, prev);
	struct task_state *thread, *leader;

	if (!running || !prev || !a->pub.tgid || a->pub.tgid != b->pub.tgid)
		return 0;
	leader = a->pub.tid == a->pub.tgid ? a : b;
	thread = leader == a ? b : a;
	if (leader->pub.tid != leader->pub.tgid || !leader->pub.exited || gone(thread))
		return 0;
	return exchange_tids(m, thread, leader->pub.tid, time_ns);
}

/* The task that now is e->tid was .parent_tid before. */
static int exec_from_thread(struct model *m, const struct event *e, uint64_t time_ns)
{
	uint32_t old_tid = e->task.parent_tid, index = task_by_tid(m, e->tid);
	struct task_state *t = task_at(m, index), *leader = t;
	int err = 0;

	if (!old_tid || old_tid == e->tid || old_tid >= TID_MAX)
		return 0;
	if (index && t->exec_from == old_tid && !gone(t)) {
		leader = task_at(m,
				 task_by_tid(m, old_tid)); /* it has been seen already */
	} else {
		t = task_at(m, task_by_tid(m, old_tid));
		if (!t->pub.index || gone(t))
			return 0;
		err = exchange_tids(m, t, e->tid, time_ns);
	}
	if (!err && leader->pub.index && leader != t && leader->pub.exec_ended &&
	    !gone(leader))
		err = life_end(m, leader, time_ns);
	return err;
}

/* ---- EVENT_TASK ---- */

static bool is_another(const struct task_state *t, const struct event *e)
{
	if (e->flags & TASK_FORKED)
		return !t->newborn;
	if (gone(t))
		return true;
	/* Exec from a thread changes the birth, renaming does not. */
	return !(e->flags & TASK_EXECED) && t->pub.born_ns && e->task.born_ns &&
	       t->pub.born_ns != e->task.born_ns;
}

/* Its relatives, who are made if nobody has spoken of them. */
static int relate(struct model *m, struct task_state *t, const struct event *e,
		  uint64_t time_ns)
{
	struct task_state *leader = t;

	if (t->pub.tgid != t->pub.tid && t->pub.tgid && t->pub.tgid < TID_MAX) {
		uint32_t index = task_by_tid(m, t->pub.tgid);

		/* A leader that has exited stays its process's leader. */
		leader = index ? m->tasks[index] : predating(m, t->pub.tgid, 0, time_ns);
		if (!leader)
			return -ENOMEM;
		if (!leader->pub.tgid)
			leader->pub.tgid = leader->pub.tid;
	}
	t->pub.leader = leader->pub.index;
	if (!t->pub.parent && !(e->flags & TASK_EXECED) && e->task.parent_tid < TID_MAX)
		t->pub.parent = task_by_tid(m, e->task.parent_tid);
	return 0;
}

static void copy_comm(struct task_state *t, const struct event *e)
{
	memcpy(t->pub.comm, e->task.comm, sizeof(t->pub.comm));
	t->pub.comm[sizeof(t->pub.comm) - 1] = '\0';
}

static int identify(struct model *m, struct task_state *t, const struct event *e,
		    uint64_t time_ns)
{
	copy_comm(t, e);
	memcpy(t->pub.process, t->pub.comm, sizeof(t->pub.process));
	t->pub.tgid = e->task.tgid ? e->task.tgid : e->tid;
	t->pub.ns_tid = e->task.ns_tid ? e->task.ns_tid : e->tid;
	t->pub.ppid = e->task.ppid;
	if (e->task.born_ns)
		t->pub.born_ns = e->task.born_ns;
	t->pub.kthread |= !!(e->flags & TASK_KTHREAD);
	t->pub.tracer |= !!(e->flags & TASK_TRACER);
	if (tid_bind_ns(m, t) || relate(m, t, e, time_ns))
		return -ENOMEM;
	if (e->flags & TASK_IN_SCOPE && !t->pub.in_scope && !t->pub.tracer)
		return enter_scope(m, t, time_ns);
	return 0;
}

int life_task(struct model *m, const struct event *e, uint64_t time_ns)
{
	struct task_state *t;
	uint32_t index;
	int err = 0;

	if (e->flags & TASK_EXECED)
		err = exec_from_thread(m, e, time_ns);
	if (err)
		return err;
	index = task_by_tid(m, e->tid);
	t = m->tasks[index];
	if (index && e->flags & TASK_RENAMED) {
		if (!gone(t))
			copy_comm(t, e);
		return 0;
	}
	if (!index || is_another(t, e)) {
		if (index && !gone(t) && end_unseen(m, t, time_ns))
			return -ENOMEM;
		t = e->flags & TASK_FORKED
			    ? task_new(m, e->tid, time_ns)
			    : predating(m, e->tid, e->task.born_ns, time_ns);
		if (!t)
			return -ENOMEM;
		t->newborn = e->flags & TASK_FORKED;
		if (e->flags & TASK_FORKED)
			t->pub.born_ns = time_ns;
	}
	err = identify(m, t, e, time_ns);
	if (!err && e->flags & TASK_EXECED && t->pub.in_scope)
		lock_exec(m, t->pub.tgid, time_ns);
	return err;
}

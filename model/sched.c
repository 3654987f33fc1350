/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sched.c - the sink: each event changes the state of a task or two and a CPU
 *
 *   waker    ──── running ────┬───────────────────────────────────
 *                             │ WAKING
 *   wakee    ─── blocked ─────┴─ runnable ──┬─ running ─┬─ blocked ...
 *                                    SWITCH │           │ SWITCH
 *
 * Nothing here trusts an event: whatever is missing between two of them, each
 * task has one state at a time, and each CPU one occupant or none known. Where
 * an event shows that an end was missed, what was open until then is unknown.
 * docs/events.md has the drawings.
 */
#include "model/internal.h"

#include <errno.h>
#include <stdlib.h>

#include "model/classify.h"
#include "model/life.h"
#include "model/sched.h"
#include "model/slices.h"
#include "model/tasks.h"

static bool gone(const struct task_state *t)
{
	return t->pub.state == STATE_GONE;
}

/* In scope and alive: has an open slice. */
static bool has_slices(const struct task_state *t)
{
	return t->pub.in_scope && !gone(t);
}

/* The event's time, or that of the last thing it could change, if it is late. */
static uint64_t not_before(struct model *m, uint64_t time_ns, uint64_t last_ns)
{
	if (time_ns >= last_ns)
		return time_ns;
	m->late++;
	return last_ns;
}

/* ---- CPUs ---- */

static struct cpu_state *cpu_of(struct model *m, unsigned int cpu)
{
	if (cpu >= m->cap_cpus) {
		unsigned int cap = cpu + 8;
		struct cpu_state **cpus = realloc(m->cpus, cap * sizeof(*cpus));

		if (!cpus)
			return NULL;
		for (unsigned int i = m->cap_cpus; i < cap; i++)
			cpus[i] = NULL;
		m->cpus = cpus;
		m->cap_cpus = cap;
	}
	if (!m->cpus[cpu]) {
		m->cpus[cpu] = calloc(1, sizeof(*m->cpus[cpu]));
		if (cpu >= m->nr_cpus)
			m->nr_cpus = cpu + 1;
	}
	return m->cpus[cpu];
}

/* The end of its open interval was not seen: who had it since then, and until when? */
static void cpu_lose(struct model *m, unsigned int cpu)
{
	struct cpu_state *c = m->cpus[cpu];

	if (c->known && c->occupant)
		m->tasks[c->occupant]->on_cpu = NO_CPU;
	c->known = false;
}

static int cpu_close(struct model *m, struct cpu_state *c, uint64_t time_ns)
{
	struct task_state *t = m->tasks[c->occupant];
	enum cpu_kind kind = CPU_UNKNOWN;

	if (c->known) {
		kind = !c->occupant ? CPU_IDLE : t->pub.in_scope ? CPU_TARGET : CPU_OTHER;
		if (kind == CPU_OTHER && time_ns > c->since_ns)
			t->other_run_ns += time_ns - c->since_ns;
	}
	if (lane_push(&c->lane, &m->pool, time_ns, kind, 0, c->known ? c->occupant : 0,
		      0))
		return -ENOMEM;
	c->since_ns = time_ns;
	return 0;
}

/* ---- SWITCH ---- */

/* Wherever t was running as far as known, it is not there any more. */
static void take_off_cpu(struct model *m, struct task_state *t)
{
	if (t->on_cpu != NO_CPU)
		cpu_lose(m, t->on_cpu);
}

static unsigned int known_facts(const struct model *m, const struct task_state *t)
{
	return (t->pub.kthread || m->info.foreign ? 0 : KNOWN_FACTS) |
	       (m->x86_64 ? KNOWN_CALLS : 0);
}

/*
 * It goes to sleep although it has been woken, for the wake was under way:
 *
 *     waking ─── switch-out, asleep ─── switch-in
 *        pending │ runnable             │
 */
static int sleep_and_wake(struct model *m, struct task_state *t, enum state state,
			  const struct event *e, uint64_t time_ns)
{
	int err = slice_sleep(m, t, state, e, time_ns);
	uint32_t wait = t->wait;

	t->waking_pending = false;
	if (err)
		return err;
	err = slice_wake(m, t, RUNNABLE_WOKEN, t->pending_waker, time_ns);
	t->woken_early = true;
	t->slept_state = state;
	t->slept_wait = wait;
	return err;
}

/* t, in scope, leaves a CPU where it was running as far as known (or not). */
static int leave(struct model *m, struct task_state *t, bool as_known, uint32_t next,
		 const struct event *e, uint64_t time_ns)
{
	unsigned int known = known_facts(m, t);
	enum state state = classify(e, known);
	int err = 0;

	if (t->pub.state != STATE_UNKNOWN && (!as_known || t->pub.state != STATE_RUNNING))
		err = slice_lose(m, t);
	if (!err)
		err = slice_close(m, t, time_ns);
	if (err)
		return err;
	t->newborn = false;
	if (e->sw.prev_state)
		t->pub.voluntary++;
	else
		t->pub.involuntary++;
	if (state == STATE_GONE)
		return life_end(m, t, time_ns);
	if (state == STATE_RUNNABLE) {
		/* Still queued: a wake has no more to do than it has done. */
		t->waking_pending = false;
		slice_open(t, STATE_RUNNABLE);
		t->why = classify_why(e, known);
		t->other = next;
		return 0;
	}
	if (t->waking_pending)
		return sleep_and_wake(m, t, state, e, time_ns);
	return slice_sleep(m, t, state, e, time_ns);
}

/* t, in scope, has got a CPU. */
static int enter(struct model *m, struct task_state *t, uint64_t time_ns)
{
	int err = 0;

	if (t->pub.state == STATE_RUNNING)
		err = slice_lose(m, t); /* where did it leave? */
	if (!err)
		err = slice_close(m, t, time_ns);
	if (!err && t->lock_wait)
		err = lock_wait_end(m, t, time_ns, 0, false); /* who woke it? */
	slice_open(t, STATE_RUNNING);
	t->waking_pending = t->newborn = false;
	return err;
}

/* Whom the event's tid means: the occupant, if exec has just changed its tid. */
static struct task_state *who_leaves(struct model *m, const struct cpu_state *c,
				     uint32_t tid, uint64_t time_ns)
{
	uint32_t index = task_by_tid(m, tid);

	if (c->known && c->occupant != index) {
		if (life_exec_seen(m, c->occupant, index, time_ns))
			return NULL;
		index = task_by_tid(m, tid);
	}
	if (c->known && c->occupant == index)
		return m->tasks[index]; /* also if it is gone: what exec left of it */
	return life_seen(m, tid, time_ns);
}

/* Its occupant left unseen: when? */
static int lose_occupant(struct model *m, unsigned int cpu)
{
	struct cpu_state *c = m->cpus[cpu];
	struct task_state *lost = m->tasks[c->occupant];
	bool was_known = c->known;

	cpu_lose(m, cpu);
	if (was_known && c->occupant && has_slices(lost) &&
	    lost->pub.state == STATE_RUNNING)
		return slice_lose(m, lost);
	return 0;
}

/* prev leaves the CPU of c. */
static int switch_out(struct model *m, struct cpu_state *c, struct task_state *prev,
		      uint32_t next, const struct event *e, uint64_t time_ns)
{
	bool as_known = c->known && c->occupant == prev->pub.index;
	int err = 0;

	if (!as_known)
		err = lose_occupant(m, e->cpu);
	if (!err)
		err = cpu_close(m, c, time_ns);
	if (err || !prev->pub.index)
		return err;
	if (as_known)
		prev->on_cpu = NO_CPU;
	else
		take_off_cpu(m, prev);
	if (gone(prev))
		return 0;
	if (prev->pub.in_scope)
		return leave(m, prev, as_known, next, e, time_ns);
	if (classify(e, 0) == STATE_GONE)
		return life_end(m, prev, time_ns);
	return 0;
}

static int on_switch(struct model *m, const struct event *e)
{
	struct task_state *prev, *next;
	struct cpu_state *c;
	uint64_t last, time_ns;
	int err;

	if (e->tid >= TID_MAX || e->sw.next_tid >= TID_MAX || e->cpu == EVENT_CPU_USER)
		return -EINVAL;
	c = cpu_of(m, e->cpu);
	if (!c)
		return -ENOMEM;
	prev = who_leaves(m, c, e->tid, e->time_ns);
	next = prev ? life_seen(m, e->sw.next_tid, e->time_ns) : NULL;
	if (!next)
		return -ENOMEM;
	last = prev->last_ns > next->last_ns ? prev->last_ns : next->last_ns;
	time_ns = not_before(m, e->time_ns, last > c->since_ns ? last : c->since_ns);

	err = switch_out(m, c, prev, next->pub.index, e, time_ns);
	if (err)
		return err;
	c->switches++;
	m->switches++;
	c->occupant = next->pub.index;
	c->known = m->info.others || next->pub.in_scope;
	if (prev->pub.index)
		prev->last_ns = time_ns;
	if (!next->pub.index)
		return 0;
	next->last_ns = time_ns;
	if (has_slices(next))
		err = enter(m, next, time_ns);
	take_off_cpu(m, next);
	next->on_cpu = c->known ? e->cpu : NO_CPU;
	next->pub.cpu = e->cpu;
	next->pub.switches++;
	return err;
}

/* ---- WAKING ---- */

/* Who woke: nobody if it was an interrupt. NULL: no memory. */
static struct task_state *waker_of(struct model *m, const struct event *e)
{
	uint32_t index = task_by_tid(m, e->wake.waker_tid);

	if (e->flags & WAKING_IRQ)
		return m->tasks[0];
	if (index)
		return m->tasks[index];
	return life_seen(m, e->wake.waker_tid, e->time_ns);
}

/*
 * Whoever wakes is on a CPU, also a bystander of an interrupt. If that is not
 * its occupant as far as known, a switch was not seen: from here on it is.
 */
static int witness(struct model *m, const struct event *e)
{
	uint32_t index = task_by_tid(m, e->wake.waker_tid);
	struct task_state *t = m->tasks[index];
	struct cpu_state *c;
	int err = 0;

	if (e->cpu == EVENT_CPU_USER || (e->wake.waker_tid && !index))
		return 0;
	c = cpu_of(m, e->cpu);
	if (!c)
		return -ENOMEM;
	if (c->known && c->occupant != index)
		err = life_exec_seen(m, c->occupant, index, e->time_ns);
	if (err || (c->known && c->occupant == task_by_tid(m, e->wake.waker_tid)))
		return err;
	if (gone(t) || e->time_ns < c->since_ns || e->time_ns < t->last_ns ||
	    (!m->info.others && !t->pub.in_scope))
		return 0;
	err = lose_occupant(m, e->cpu);
	if (!err)
		err = cpu_close(m, c, e->time_ns);
	if (err)
		return err;
	take_off_cpu(m, t);
	c->known = true;
	c->occupant = t->pub.index;
	if (!t->pub.index)
		return 0;
	t->on_cpu = t->pub.cpu = e->cpu;
	t->last_ns = e->time_ns;
	if (!has_slices(t))
		return 0;
	if (t->pub.state != STATE_UNKNOWN)
		err = slice_lose(m, t);
	return err ? err : enter(m, t, e->time_ns);
}

/* The wakee was on its CPU: the WAKING before this one woke nobody. */
static int on_absorbed(struct model *m, const struct event *e)
{
	struct task_state *t = m->tasks[task_by_tid(m, e->tid)];

	if (!has_slices(t))
		return 0;
	t->last_ns = not_before(m, e->time_ns, t->last_ns);
	t->waking_pending = false;
	if (t->woken_early)
		return slice_slept(m, t);
	if (t->pub.state == STATE_RUNNABLE && t->why == RUNNABLE_WOKEN)
		return slice_lose(m, t); /* it is on a CPU: since when? */
	return 0;
}

static int on_waking(struct model *m, const struct event *e)
{
	enum runnable_why why = e->flags & WAKING_NEW ? RUNNABLE_NEW : RUNNABLE_WOKEN;
	struct task_state *t, *waker;
	uint32_t waker_index;

	if (!e->tid || e->tid >= TID_MAX || e->wake.waker_tid >= TID_MAX)
		return -EINVAL;
	if (witness(m, e))
		return -ENOMEM;
	if (e->flags & WAKING_ABSORBED)
		return on_absorbed(m, e);
	waker = waker_of(m, e);
	if (!waker)
		return -ENOMEM;
	waker_index = waker->pub.index;
	if (why == RUNNABLE_NEW) {
		t = life_woken(m, e->tid, e->time_ns);
	} else {
		t = m->tasks[task_by_tid(m, e->tid)];
		if (!t->pub.index)
			t = life_seen(m, e->tid, e->time_ns);
	}
	if (!t)
		return -ENOMEM;
	if (!has_slices(t))
		return 0;
	t->newborn = false;
	t->last_ns = not_before(m, e->time_ns, t->last_ns);
	switch (t->pub.state) {
	case STATE_RUNNING:
		t->waking_pending = true;
		t->pending_waker = waker_index;
		return 0;
	case STATE_RUNNABLE:
		/* One that is queued is not woken; one that is, had been asleep. */
		if (!t->woken_early)
			return 0;
		if (slice_slept(m, t))
			return -ENOMEM;
		break;
	}
	return slice_wake(m, t, why, waker_index, t->last_ns);
}

/* ---- the rest ---- */

static int on_task(struct model *m, const struct event *e)
{
	struct task_state *t;
	uint64_t time_ns = e->time_ns;

	if (!e->tid || e->tid >= TID_MAX)
		return -EINVAL;
	t = m->tasks[task_by_tid(m, e->tid)];
	if (t->pub.index)
		time_ns = not_before(m, time_ns, t->last_ns);
	return life_task(m, e, time_ns);
}

static int on_exit_call(struct model *m, const struct event *e)
{
	struct task_state *t;

	if (!e->tid || e->tid >= TID_MAX)
		return -EINVAL;
	t = m->tasks[task_by_tid(m, e->tid)];
	if (!t->pub.index || gone(t))
		return 0;
	t->last_ns = not_before(m, e->time_ns, t->last_ns);
	t->pub.exited = true;
	t->pub.exit_status = e->exit.code;
	return 0;
}

static int on_migrate(struct model *m, const struct event *e)
{
	struct task_state *t;

	if (!e->tid || e->tid >= TID_MAX)
		return -EINVAL;
	t = m->tasks[task_by_tid(m, e->tid)];
	if (!has_slices(t))
		return 0;
	t->last_ns = not_before(m, e->time_ns, t->last_ns);
	if (e->migrate.from_cpu != e->migrate.to_cpu)
		t->pub.migrations++;
	if (t->pub.state != STATE_RUNNING)
		t->pub.cpu = e->migrate.to_cpu;
	return 0;
}

/* The iterator found t asleep, or not. It tells the state of one not known yet. */
static int on_seen(struct model *m, const struct event *e)
{
	struct task_state *t;
	enum state state;
	int err;

	if (!e->tid || e->tid >= TID_MAX)
		return -EINVAL;
	t = m->tasks[task_by_tid(m, e->tid)];
	if (!has_slices(t))
		return 0;
	t->last_ns = not_before(m, e->time_ns, t->last_ns);
	if (t->pub.state == STATE_LOCK && e->flags & SWITCH_FUTEX)
		return lock_seen(m, t, e, t->last_ns);
	if (t->pub.state != STATE_UNKNOWN || e->flags & SWITCH_ON_CPU)
		return 0;
	state = classify(e, known_facts(m, t));
	if (state == STATE_RUNNABLE)
		return 0; /* on a CPU or queued for one: which? */
	take_off_cpu(m, t);
	if (state == STATE_GONE)
		return life_end(m, t, t->last_ns);
	err = slice_close(m, t, t->last_ns);
	return err ? err : slice_sleep(m, t, state, e, t->last_ns);
}

static int on_owner(struct model *m, const struct event *e)
{
	return lock_observe(m, e->tid, e->owner.addr, e->owner.word, e->owner.owner,
			    e->time_ns);
}

static int on_name(struct model *m, const struct event *e)
{
	return lock_name(m, e->tid, e->name.addr, e->name.text);
}

/*
 *     lane  ─── running ──────┬─ unknown ──────────┬─ the first event after it
 *                        from_ns    the LOST       │
 *
 * What began at from_ns or later was begun by an event that was not lost.
 */
static int on_lost(struct model *m, const struct event *e)
{
	uint64_t from_ns = e->lost.from_ns < e->time_ns ? e->lost.from_ns : e->time_ns;
	int err = 0;

	m->lost += e->lost.count;
	if (e->cpu != EVENT_CPU_USER && !cpu_of(m, e->cpu))
		return -ENOMEM;
	for (unsigned int i = 0; i < m->cap_cpus && !err; i++) {
		struct cpu_state *c = m->cpus[i];

		if (!c || (i != e->cpu && e->cpu != EVENT_CPU_USER) || !c->known ||
		    c->since_ns >= from_ns)
			continue;
		err = cpu_close(m, c, from_ns);
		cpu_lose(m, i);
	}
	for (uint32_t i = 0; i < m->nr_live && !err; i++)
		err = slice_cut(m, m->tasks[m->live[i]], from_ns);
	if (!err)
		lock_lost(m, from_ns, e->time_ns);
	return err;
}

/* ---- the sink ---- */

static int (*const handlers[])(struct model *m, const struct event *e) = {
	[EVENT_LOST] = on_lost,       [EVENT_TASK] = on_task,
	[EVENT_SWITCH] = on_switch,   [EVENT_WAKING] = on_waking,
	[EVENT_MIGRATE] = on_migrate, [EVENT_EXIT] = on_exit_call,
	[EVENT_OWNER] = on_owner,     [EVENT_SEEN] = on_seen,
	[EVENT_NAME] = on_name,
};

int sched_event(struct model *m, const struct event *e)
{
	int err;

	if (e->type >= sizeof(handlers) / sizeof(handlers[0]) || !handlers[e->type]) {
		m->skipped++;
		return 0;
	}
	if (e->time_ns > m->event_ns) {
		m->event_ns = e->time_ns;
		if (m->event_ns > m->now_ns)
			m->now_ns = m->event_ns;
	}
	err = handlers[e->type](m, e);
	if (err == -EINVAL) { /* no such tid or CPU can exist */
		m->skipped++;
		return 0;
	}
	if (!err && e->type != EVENT_NAME)
		m->events++;
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture/pump.c - rings -> order -> sink
 *
 *     clock ── drain ring 0 ── clock ── drain ring 1 ── ... ── deliver
 *      t0                       t1            everything before min(t0, t1, ...)
 *
 * A ring whose drain stopped at a record still being written holds the
 * watermark at its last good clock. What user space adds (losses that the
 * kernel only counts, names) is stamped watermark - 1 and EVENT_CPU_USER, so
 * that it stands where it was delivered, in a replay as well.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/internal.h"

/*
 * The probes' clock is the kernel's lock-free one, which may lag a little
 * behind clock_gettime() while the timekeeper is being updated.
 */
#define CLOCK_SLACK_NS 10000

#define LAST_RECORD_MS 100

/* Counts that cost a system call for each probe are read this often. */
#define COUNT_EVERY_NS 100000000ULL

/* A look at all tasks takes at most this share of the time: 1/20. */
#define RECHECK_REST    20

#define JOINED_EVERY_NS 1000000000ULL

uint64_t capture_now_ns(const struct capture *c)
{
	struct timespec ts;

	if (!c->info.start_boottime_ns)
		return 0; /* not attached yet */
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec - c->info.start_boottime_ns;
}

/* ---- rings -> order ---- */

static int take(void *arg, const void *data, size_t bytes)
{
	return order_push(arg, data, bytes);
}

static int drain(struct capture *c, bool last)
{
	uint64_t used = 0, least = UINT64_MAX;

	c->drained_ns = capture_now_ns(c);
	for (unsigned int i = 0; i < c->probes->nr_rings; i++) {
		struct ring *r = &c->probes->rings[i];
		uint64_t clock = capture_now_ns(c);
		int ret;

		used += ring_used(r);
		ret = ring_drain(r, take, c->order);
		/* The probes are detached, but one may still be at its last record. */
		for (int tries = 0; last && !ret && tries < LAST_RECORD_MS; tries++) {
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
			ret = ring_drain(r, take, c->order);
		}
		if (ret < 0)
			return ret;
		if (ret && clock > CLOCK_SLACK_NS)
			c->reached_ns[i] = clock - CLOCK_SLACK_NS;
		if (c->reached_ns[i] < least)
			least = c->reached_ns[i];
	}
	c->ring_used = used;
	if (last)
		least = capture_now_ns(c);
	if (least > c->watermark_ns)
		c->watermark_ns = least;
	return 0;
}

/* ---- names ---- */

static int name_lock(struct capture *c, uint32_t tgid, uint64_t addr)
{
	const char *text;

	if (!c->names || !tgid || !watch_first(c->watch, tgid, addr))
		return 0;
	names_prepare(c->names, tgid);
	text = names_of(c->names, tgid, addr);
	if (!text)
		return 0;
	if (c->nr_pending == c->cap_pending) {
		unsigned int cap = c->cap_pending ? c->cap_pending * 2 : 16;
		struct pending_name *p = realloc(c->pending, cap * sizeof(*p));

		if (!p)
			return -ENOMEM;
		c->pending = p;
		c->cap_pending = cap;
	}
	c->pending[c->nr_pending] = (struct pending_name){tgid, addr, strdup(text)};
	if (!c->pending[c->nr_pending].text)
		return -ENOMEM;
	c->nr_pending++;
	return 0;
}

static void task_names(struct capture *c, const struct event *e)
{
	if (e->flags & (TASK_EXECED | TASK_FORKED) && e->tid == e->task.tgid)
		watch_forget(c->watch, e->task.tgid);
	if (!c->names || !(e->flags & TASK_IN_SCOPE))
		return;
	if (e->flags & TASK_EXECED)
		names_exec(c->names, e->task.tgid);
	else if (e->flags & TASK_FORKED && e->tid == e->task.tgid)
		names_fork(c->names, watch_tgid(c->watch, e->task.parent_tid), e->tid);
	else if (e->flags & TASK_FORKED)
		names_prepare(c->names, e->task.tgid); /* threads: locks may follow */
}

static int look_at(struct capture *c, const struct event *e)
{
	int err = watch_event(c->watch, e);

	if (err)
		return err;
	switch (e->type) {
	case EVENT_TASK:
		task_names(c, e);
		break;
	case EVENT_SWITCH:
	case EVENT_SEEN:
		if (watch_is_lock(e))
			return name_lock(c, watch_tgid(c->watch, e->tid), e->sw.addr);
		break;
	case EVENT_EXIT:
		if (e->flags & EXIT_GROUP_DEAD)
			watch_forget(c->watch, watch_tgid(c->watch, e->tid));
		break;
	case EVENT_LOST:
		c->lost += e->lost.count;
		break;
	}
	return 0;
}

/* ---- what user space adds ---- */

static int add(struct capture *c, struct sink *s, struct event *e, uint16_t cpu)
{
	e->time_ns = c->watermark_ns ? c->watermark_ns - 1 : 0;
	e->cpu = cpu;
	c->events++;
	return s->event(s, e);
}

static int add_lost(struct capture *c, struct sink *s, uint16_t cpu, uint8_t cause,
		    uint64_t from_ns, uint64_t count)
{
	struct event e = {.type = EVENT_LOST, .flags = cause};

	e.lost.from_ns = from_ns;
	e.lost.count = count;
	c->lost += count;
	return add(c, s, &e, cpu);
}

/* Losses that no probe could report: by count only, since the last look. */
static int add_counted(struct capture *c, struct sink *s)
{
	uint64_t missed = probes_missed(c->probes), no_note = 0, from = c->counted_ns;
	int err = 0;

	c->counted_ns = c->watermark_ns;
	for (unsigned int cpu = 0; cpu < c->probes->nr_cpus; cpu++)
		no_note += __atomic_load_n(&c->probes->cpus[cpu].no_note,
					   __ATOMIC_RELAXED);
	if (missed > c->missed)
		err = add_lost(c, s, EVENT_CPU_USER, LOST_MISSED, from,
			       missed - c->missed);
	if (!err && no_note > c->no_note)
		err = add_lost(c, s, EVENT_CPU_USER, LOST_STORAGE, from,
			       no_note - c->no_note);
	if (missed > c->missed)
		c->missed = missed;
	c->no_note = no_note;
	return err;
}

/* What a full ring lost since its last record, at the end. */
static int add_pending_lost(struct capture *c, struct sink *s)
{
	for (unsigned int cpu = 0; cpu < c->probes->nr_cpus; cpu++) {
		struct cpu_slot *slot = &c->probes->cpus[cpu];
		int err;

		if (!slot->lost_count)
			continue;
		err = add_lost(c, s, cpu, LOST_RING, slot->lost_from_ns,
			       slot->lost_count);
		if (err)
			return err;
		slot->lost_count = 0;
	}
	return 0;
}

static int add_names(struct capture *c, struct sink *s)
{
	int err = 0;

	for (unsigned int i = 0; i < c->nr_pending; i++) {
		struct event e = {.type = EVENT_NAME, .tid = c->pending[i].tgid};

		e.name.addr = c->pending[i].addr;
		e.name.text = c->pending[i].text;
		if (!err)
			err = add(c, s, &e, EVENT_CPU_USER);
		free(c->pending[i].text);
	}
	c->nr_pending = 0;
	return err;
}

/*
 * Has the iterator look at tasks anew, and SEENs come by the rings: at lock
 * waits that last, and once a second at who has been moved into the cgroup.
 */
static void look_again(struct capture *c)
{
	struct control *ctl = c->probes->control;
	uint64_t from = capture_now_ns(c);

	if (from < c->recheck_ns)
		return;
	ctl->nr_recheck = watch_due(c->watch, c->watermark_ns, ctl->recheck, RECHECK_MAX);
	if (ctl->nr_recheck)
		probes_iterate(c->probes, ITERATE_RECHECK);
	if (c->by_cgroup && from >= c->joined_ns + JOINED_EVERY_NS) {
		c->joined_ns = from;
		probes_iterate(c->probes, ITERATE_ATTACH);
	}
	c->recheck_ns = from + (capture_now_ns(c) - from) * RECHECK_REST;
}

/* ---- the whole turn ---- */

int pump_once(struct capture *c, struct sink *s, bool last)
{
	uint64_t before = c->watermark_ns;
	const struct event *e;
	int err = 0;

	if (!c->began) {
		c->began = true;
		err = s->begin ? s->begin(s, &c->info) : 0;
	}
	if (!err)
		err = drain(c, last);
	if (err || c->watermark_ns == before)
		return err;
	while (!err && (e = order_next(c->order, c->watermark_ns))) {
		err = look_at(c, e);
		c->events++;
		if (!err)
			err = s->event(s, e);
	}
	if (!err && last)
		err = add_pending_lost(c, s);
	if (!err && (last || c->watermark_ns >= c->counted_ns + COUNT_EVERY_NS))
		err = add_counted(c, s);
	if (!err)
		err = add_names(c, s);
	if (!err && s->advance)
		err = s->advance(s, c->watermark_ns);
	if (!err && !last)
		look_again(c);
	return err;
}

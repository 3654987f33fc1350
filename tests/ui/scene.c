/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene.c - worlds told event by event
 */
#include "tests/ui/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US     UINT64_C(1000)
#define LOCK_A 0x5000

struct model *scene_start(unsigned int nr_cpus)
{
	static const char *const argv[] = {"./bank", "-t", "3", NULL};
	const struct trace_info info = {
		.argv = argv,
		.argc = 3,
		.scope = "command",
		.kernel = "6.18.0",
		.machine = "x86_64",
		.nr_cpus = nr_cpus,
		.others = true,
	};
	struct model *m = model_new(NULL);

	assert_non_null(m);
	assert_int_equal(model_sink(m)->begin(model_sink(m), &info), 0);
	return m;
}

/* ---- bank: a scheduler of 60 lines ---- */

#define MAX_WORKERS 16
#define CPUS        2

struct actor {
	uint32_t tid;
	bool holds, waits, told; /* told: on a CPU or in the queue */
	int left;                /* ms until it wants or gives back the lock */
	int slice;               /* ms since it got its CPU */
};

struct world {
	struct model *m;
	struct actor actor[MAX_WORKERS];
	unsigned int nr;
	int on[CPUS];           /* actor, -1 idle, -2 make */
	int queue[MAX_WORKERS]; /* actors */
	unsigned int queued;
	int holder;   /* of the lock, -1 */
	uint64_t now; /* moves on by a microsecond per event */
	unsigned int random;
};

static unsigned int dice(struct world *w, unsigned int sides)
{
	w->random = w->random * 1103515245u + 12345u;
	return (w->random >> 16) % sides;
}

static uint32_t tid_of(const struct world *w, int who)
{
	return who == -1 ? IDLE : who == -2 ? MAKE : w->actor[who].tid;
}

static void give_cpu(struct world *w, int cpu, struct event how, int next)
{
	uint32_t prev = tid_of(w, w->on[cpu]);

	FEED(w->m, ON((unsigned int)cpu, SWITCH(w->now, prev, how, tid_of(w, next))));
	w->now += US;
	w->on[cpu] = next;
	if (next >= 0)
		w->actor[next].slice = 0;
}

static int next_in_queue(struct world *w)
{
	int who;

	if (!w->queued)
		return -1;
	who = w->queue[0];
	memmove(w->queue, w->queue + 1, --w->queued * sizeof(w->queue[0]));
	return who;
}

/* It is done with the lock: the first that waits is woken, and must try again. */
static void unlock(struct world *w, int cpu, struct actor *a)
{
	a->holds = false;
	w->holder = -1;
	for (unsigned int i = 0; i < w->nr; i++) {
		struct actor *other = &w->actor[i];

		if (!other->waits)
			continue;
		other->waits = false;
		FEED(w->m, ON((unsigned int)cpu, WAKING(w->now, a->tid, other->tid)));
		w->now += US;
		w->queue[w->queued++] = (int)i;
		return;
	}
}

static void step_actor(struct world *w, int cpu)
{
	int who = w->on[cpu];
	struct actor *a = &w->actor[who];

	a->slice++;
	if (--a->left > 0) {
		if (a->slice >= 4 && w->queued) {
			int next = next_in_queue(w);

			w->queue[w->queued++] = who;
			give_cpu(w, cpu, PREEMPTED, next);
		}
		return;
	}
	if (a->holds) {
		unlock(w, cpu, a);
		a->left = 2 + (int)dice(w, 6);
		return;
	}
	if (w->holder < 0) {
		w->holder = who;
		a->holds = true;
		a->left = 5 + (int)dice(w, 7);
		return;
	}
	a->waits = true;
	a->left = 1;
	give_cpu(w, cpu, MUTEX(LOCK_A, w->actor[w->holder].tid), next_in_queue(w));
}

static void step_cpu(struct world *w, int cpu, uint64_t ms)
{
	bool make_wants = cpu == 1 && ms % 29 >= 20 && ms % 29 < 26;

	if (w->on[cpu] == -2 && !make_wants) {
		give_cpu(w, cpu, SLEEPS, next_in_queue(w));
	} else if (make_wants && w->on[cpu] != -2) {
		if (w->on[cpu] >= 0)
			w->queue[w->queued++] = w->on[cpu];
		give_cpu(w, cpu, PREEMPTED, -2);
	} else if (w->on[cpu] == -1 && w->queued) {
		give_cpu(w, cpu, LEAVES(0), next_in_queue(w));
	} else if (w->on[cpu] >= 0) {
		step_actor(w, cpu);
	}
}

static void birth(struct world *w, unsigned int i)
{
	char name[24];

	w->actor[i] = (struct actor){.tid = 4122 + i, .left = 2 + (int)dice(w, 3)};
	snprintf(name, sizeof(name), "worker-%u", i + 1);
	FEED(w->m, FORK(w->now, 4121, 4122 + i, 4121, "bank"),
	     WAKING_FIRST(w->now, 4121, 4122 + i),
	     RENAME(w->now + 1, 4122 + i, 4121, name));
	w->now += US;
	w->queue[w->queued++] = (int)i;
}

struct model *scene_bank(unsigned int workers, uint64_t ms, bool ended)
{
	struct world w = {.m = scene_start(CPUS), .nr = 0, .holder = -1, .random = 7};

	FEED(w.m, FOUND(0, 4121, 4121, "bank"), OUTSIDER(0, MAKE, "make"),
	     ON(0, SWITCH(0, IDLE, LEAVES(0), 4121)),
	     ON(1, SWITCH(0, MAKE, SLEEPS, IDLE)),
	     NAMED(0, 4121, LOCK_A, "account_lock"));
	w.on[0] = w.on[1] = -1;
	for (unsigned int i = 0; i < workers; i++) {
		w.now = (1 + i) * MS;
		birth(&w, i);
		w.nr++;
		if (i == 0) /* CPU 1 is free for the first */
			give_cpu(&w, 1, LEAVES(0), next_in_queue(&w));
	}
	w.now = (workers + 1) * MS;
	FEED(w.m, ON(0, SWITCH(w.now, 4121, JOIN(4122), w.queued ? 4123 : IDLE)));
	w.on[0] = next_in_queue(&w);
	for (uint64_t t = workers + 2; t < ms; t++)
		for (int cpu = 0; cpu < CPUS; cpu++) {
			if (w.now < t * MS + (uint64_t)cpu * 100 * US)
				w.now = t * MS + (uint64_t)cpu * 100 * US;
			step_cpu(&w, cpu, t);
		}
	story_advance(w.m, ms * MS);
	if (ended)
		story_end(w.m, ms * MS);
	return w.m;
}

/* ---- the others ---- */

struct model *scene_deadlock(void)
{
	struct model *m = scene_start(CPUS);

	FEED(m, FOUND(0, 300, 300, "deadlock"), FORK(1 * MS, 300, 301, 300, "alice"),
	     FORK(1 * MS, 300, 302, 300, "bob"), FORK(1 * MS, 300, 303, 300, "clock"),
	     NAMED(1 * MS, 300, 0x10, "left"), NAMED(1 * MS, 300, 0x20, "right"),
	     ON(0, SWITCH(1 * MS, IDLE, LEAVES(0), 300)), WAKING_FIRST(1 * MS, 300, 301),
	     WAKING_FIRST(1 * MS, 300, 302), WAKING_FIRST(1 * MS, 300, 303),
	     ON(1, SWITCH(2 * MS, IDLE, LEAVES(0), 301)),
	     ON(0, SWITCH(2 * MS, 300, JOIN(301), 302)),
	     ON(1, SWITCH(50 * MS, 301, MUTEX(0x20, 302), 303)),
	     ON(0, SWITCH(60 * MS, 302, MUTEX(0x10, 301), IDLE)),
	     ON(1, SWITCH(61 * MS, 303, NAPS, IDLE)));
	story_advance(m, 300 * MS);
	FEED(m, OWNER(170 * MS, 300, 0x20, 2, 302), OWNER(170 * MS, 300, 0x10, 2, 301));
	story_advance(m, 400 * MS);
	FEED(m, OWNER(410 * MS, 300, 0x20, 2, 302), OWNER(410 * MS, 300, 0x10, 2, 301));
	story_advance(m, 500 * MS);
	return m;
}

struct model *scene_crowd(unsigned int threads)
{
	struct model *m = scene_start(4);
	uint64_t t = 1 * MS;

	FEED(m, FOUND(0, 1000, 1000, "server"), ON(0, SWITCH(0, IDLE, LEAVES(0), 1000)));
	for (unsigned int i = 1; i < threads; i++) {
		FEED(m, FORK(t, 1000, 1000 + i, 1000, "pool"),
		     WAKING_FIRST(t, 1000, 1000 + i),
		     ON(1, SWITCH(t + 1 * US, IDLE, LEAVES(0), 1000 + i)),
		     ON(1, SWITCH(t + 3 * US, 1000 + i, READS_PIPE, IDLE)));
		t += 5 * US;
	}
	FEED(m, ON(0, SWITCH(t, 1000, READS_PIPE, IDLE)));
	/* From 20 ms on every fiftieth gets a request now and then. */
	for (uint64_t ms = 20; ms < 120; ms++)
		for (unsigned int i = 1 + (unsigned int)(ms * 7) % 50; i < threads;
		     i += 50) {
			uint64_t at = ms * MS + i * US;
			unsigned int cpu = i % 4;

			if (i % 100 > 50)
				continue;
			FEED(m, ON(cpu, WAKING_BY_IRQ(at, 0, 1000 + i)),
			     ON(cpu, SWITCH(at, IDLE, LEAVES(0), 1000 + i)),
			     ON(cpu, SWITCH(at + US / 2, 1000 + i, READS_PIPE, IDLE)));
		}
	story_advance(m, 120 * MS);
	story_end(m, 120 * MS);
	return m;
}

struct model *scene_processes(void)
{
	struct model *m = scene_start(CPUS);

	FEED(m, FOUND(0, 400, 400, "workers"), ON(0, SWITCH(0, IDLE, LEAVES(0), 400)),
	     FORK(2 * MS, 400, 401, 401, "workers"), WAKING_FIRST(2 * MS, 400, 401),
	     ON(1, SWITCH(2 * MS, IDLE, LEAVES(0), 401)), RENAME(2 * MS, 401, 401, "w1"),
	     FORK(4 * MS, 400, 402, 402, "workers"), WAKING_FIRST(4 * MS, 400, 402),
	     ON(0, SWITCH(5 * MS, 400, IN_SYSCALL(61), 402)),
	     FORK(10 * MS, 402, 403, 402, "helper"), WAKING_FIRST(10 * MS, 402, 403),
	     ON(1, EXITS(20 * MS, 401, 9)), ON(1, SWITCH(20 * MS, 401, DIES, 403)),
	     ON(1, WAKING(20 * MS, 403, 400)), ON(0, EXITS(30 * MS, 402, 0)),
	     ON(0, SWITCH(30 * MS, 402, PREEMPTED, 400)),
	     ON(0, SWITCH(31 * MS, 400, IN_SYSCALL(61), IDLE)),
	     ON(1, SWITCH(40 * MS, 403, STOPS, 402)),
	     ON(1, SWITCH(41 * MS, 402, DIES, IDLE)));
	story_advance(m, 60 * MS);
	story_end(m, 60 * MS);
	return m;
}

struct model *scene_gap(void)
{
	struct model *m = scene_start(CPUS);

	FEED(m, FOUND(0, 500, 500, "busy"), ON(0, SWITCH(0, IDLE, LEAVES(0), 500)),
	     ON(1, SWITCH(0, MAKE, SLEEPS, IDLE)),
	     ON(0, SWITCH(10 * MS, 500, READS_PIPE, IDLE)),
	     LOST(20 * MS, 40 * MS, 0, 123), ON(0, WAKING(45 * MS, 0, 500)),
	     ON(0, SWITCH(45 * MS, IDLE, LEAVES(0), 500)));
	story_advance(m, 60 * MS);
	story_end(m, 60 * MS);
	return m;
}

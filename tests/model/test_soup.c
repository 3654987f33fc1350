// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_soup.c - whatever events come, the sums are right
 *
 * Streams of pseudo-random events that no kernel would send: tids that come
 * and go, switches that contradict each other, losses, times out of order.
 */
#include "tests/model/story.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 2000
#define SOUPS 50

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct event how(uint64_t *seed)
{
	uint64_t r = next(seed);
	uint32_t other = 100 + r % 12;

	switch (r >> 8 & 15) {
	case 0:
		return MUTEX(0x1000 + (r >> 16) % 4 * 64, other);
	case 1:
		return PI_MUTEX(0x2000, other);
	case 2:
		return JOIN(other);
	case 3:
		return COND(0x3000);
	case 4:
		return TIMED(RWLOCK_READ(0x4000, other));
	case 5:
		return READS_PIPE;
	case 6:
		return NAPS;
	case 7:
		return KLOCK(0x77);
	case 8:
		return STOPS;
	case 9:
		return r >> 20 & 1 ? DIES : SLEEPS;
	case 10:
		return YIELDS();
	case 11:
		return FLOCK();
	case 12:
	case 13:
		return PREEMPTED;
	default:
		return SLEEPS;
	}
}

/* Mostly a switch away from whom the CPU runs, so that states last. */
static struct event any_event(uint64_t *seed, uint64_t time_ns, uint32_t *running)
{
	uint64_t r = next(seed);
	unsigned int cpu = r % 3;
	uint32_t a = 100 + (r >> 8) % 12, b = 100 + (r >> 16) % 12;
	struct event e;

	switch (r >> 24 & 31) {
	case 0:
		return FORK(time_ns, a, b, 100 + b % 3, "child");
	case 1:
		return WAKING_FIRST(time_ns, a, b);
	case 2:
		return EXITS(time_ns, a, r >> 40 & 0xff00);
	case 3:
		return EXEC(time_ns, a, b, "exec");
	case 4:
		return LOST(time_ns - (r >> 32) % (time_ns + 1), time_ns,
			    r >> 60 ? cpu : EVENT_CPU_USER, r >> 50);
	case 5:
		return SEEN(time_ns, a, how(seed));
	case 6:
		return OWNER(time_ns, 100 + b % 3, 0x1000, 2, a);
	case 7:
		return ABSORBED(time_ns, a);
	case 8:
		return MOVED(time_ns, a, cpu, 1);
	case 9:
		e = r >> 63 ? FOUND(time_ns, a, b, "found") : OUTSIDER(time_ns, a, "out");
		e.task.born_ns = (int64_t)(r >> 40) % 5 - 2;
		return e;
	case 10:
		return NAMED(time_ns, 100, 0x1000, "name");
	case 11:
	case 12:
	case 13:
		return ON(cpu, SWITCH(time_ns, a, how(seed), b));
	case 14:
		return WAKING_BY_IRQ(time_ns, a, b);
	}
	if (r >> 62)
		return ON(cpu, WAKING(time_ns, running[cpu], a));
	e = ON(cpu, SWITCH(time_ns, running[cpu], how(seed), r >> 40 & 1 ? b : IDLE));
	running[cpu] = e.sw.next_tid;
	return e;
}

static void cook(struct model *m, uint64_t seed, unsigned int advance_every)
{
	uint32_t running[3] = {0};
	uint64_t time_ns = 1;

	for (int i = 0; i < STEPS; i++) {
		uint64_t r = next(&seed);
		uint64_t at = time_ns += r % 7 ? r % 1000 : r % 3000000;
		struct event e;

		if (r >> 58 == 1 && at > 500)
			at -= 500; /* late */
		e = any_event(&seed, at, running);
		story_feed(m, &e, 1);
		if (advance_every && i % advance_every == 0)
			story_advance(m, time_ns);
		if (i % 500 == 499 && !advance_every)
			story_check(m);
	}
	story_end(m, time_ns + 1000);
	story_check(m);
}

static void the_sums_are_right_whatever_comes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SOUPS; seed++) {
		struct model *m = story_model(NULL);

		cook(m, seed * 0x9e3779b97f4a7c15, 0);
		model_free(m);
	}
}

/* All that a report is made of. */
static uint64_t digest(struct model *m)
{
	uint64_t h = 14695981039346656037u;
#define MIX(x) (h = (h ^ (uint64_t)(x)) * 1099511628211u)

	MIX(model_events(m));
	MIX(model_late(m));
	for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
		const struct task *t = model_task(m, i);
		uint64_t ns[STATE_NR];

		model_task_totals(m, i, ns);
		for (int s = 0; s < STATE_NR; s++)
			MIX(ns[s]);
		MIX(t->tid), MIX(t->start_ns), MIX(t->end_ns), MIX(t->voluntary);
		MIX(t->involuntary), MIX(t->migrations), MIX(t->exit_status);
		MIX(model_task_runq_ns(m, i, 99)), MIX(model_task_runq_ns(m, i, 50));
		MIX(model_other_run_ns(m, i));
	}
	for (uint32_t id = 1; id <= model_nr_locks(m); id++) {
		const struct lock *l = model_lock(m, id);

		MIX(l->address), MIX(l->waits), MIX(l->wait_ns), MIX(l->max_wait_ns);
	}
	MIX(model_nr_findings(m));
	return h;
}

static void answers_do_not_depend_on_when_somebody_looked(void **state)
{
	(void)state;
	for (uint64_t seed = 100; seed < 110; seed++) {
		struct model *a = story_model(NULL), *b = story_model(NULL);

		cook(a, seed * 0x9e3779b97f4a7c15, 1);
		cook(b, seed * 0x9e3779b97f4a7c15, 0);
		assert_int_equal(digest(a), digest(b));
		model_free(a);
		model_free(b);
	}
}

static void lock_waits_add_up_to_the_slices_of_their_waiters(void **state)
{
	(void)state;
	for (uint64_t seed = 200; seed < 220; seed++) {
		struct model *m = story_model(NULL);
		uint64_t waits = 0, slices = 0, ns[STATE_NR];

		cook(m, seed * 0x9e3779b97f4a7c15, 100);
		for (uint32_t id = 1; id <= model_nr_locks(m); id++)
			waits += model_lock(m, id)->wait_ns;
		for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
			model_task_totals(m, i, ns);
			slices += ns[STATE_LOCK];
		}
		assert_int_not_equal(slices, 0);
		assert_int_equal(waits, slices);
		model_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sums_are_right_whatever_comes),
		cmocka_unit_test(answers_do_not_depend_on_when_somebody_looked),
		cmocka_unit_test(lock_waits_add_up_to_the_slices_of_their_waiters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

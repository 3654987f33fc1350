/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deadlock - two threads, two locks, opposite order
 *
 * Question   Why does a program without a loop never finish?
 *
 *     alice   lock(left)  ─────┐ barrier ┌─ lock(right) ... waits for bob
 *     bob     lock(right) ─────┘         └─ lock(left)  ... waits for alice
 *
 * Run        mtviz ./deadlock
 * Look for   both lanes turn into the letter of the lock that the other one
 *            has, in the same instant, and stay so; nobody uses any CPU.
 *            main, who waits for alice, is no part of it and is stuck as well.
 * Then       ./deadlock --fixed        all take the locks in one global order
 *            ./deadlock --threads 5    who waits for whom now?
 *
 * The barrier takes luck out of it: each thread holds its first lock before
 * any asks for its second, so this deadlocks on every run. main gives up
 * waiting after --dur seconds and ends the program.
 */
#include "lesson.h"

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t third = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t fourth = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t fifth = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t sixth = PTHREAD_MUTEX_INITIALIZER;

/* A ring: everybody's first lock is the second lock of the one before. */
static struct person {
	const char *name, *lock_name;
	pthread_mutex_t *lock;
	pthread_t thread;
	volatile int holds; /* locks, right now */
	volatile bool done;
} people[] = {
	{.name = "alice", .lock_name = "left", .lock = &left},
	{.name = "bob", .lock_name = "right", .lock = &right},
	{.name = "carol", .lock_name = "third", .lock = &third},
	{.name = "dave", .lock_name = "fourth", .lock = &fourth},
	{.name = "erin", .lock_name = "fifth", .lock = &fifth},
	{.name = "frank", .lock_name = "sixth", .lock = &sixth},
};

enum { MAX_PEOPLE = sizeof(people) / sizeof(people[0]) };

static pthread_barrier_t all_hold_one;
static bool fixed;

static struct person *neighbour(struct person *p)
{
	return &people[(p - people + 1) % lesson.threads];
}

static void *meet(void *arg)
{
	struct person *me = arg, *first = me, *second = neighbour(me);

	call_me(me->name, 0);
	if (fixed && second < first) { /* the cure: left before right, for all */
		first = second;
		second = me;
	}
	burn_us(lesson.story ? 60000 : 100);
	must(pthread_mutex_lock(first->lock), "lock"); /* 1 */
	me->holds = 1;
	burn_us(lesson.story ? 60000 : 100);
	if (!fixed) /* if all are to hold one, there can be no order */
		pthread_barrier_wait(&all_hold_one);

	must(pthread_mutex_lock(second->lock), "lock"); /* 2: who can get here? */
	me->holds = 2;
	burn_us(lesson.story ? 60000 : 100);
	must(pthread_mutex_unlock(second->lock), "unlock");
	must(pthread_mutex_unlock(first->lock), "unlock");
	me->holds = 0;
	me->done = true;
	return NULL;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	if (key == 't') {
		lesson.threads = number(arg, 2, MAX_PEOPLE, state);
		return 0;
	}
	if (key != KEY_OWN)
		return lesson_option(key, arg, state);
	fixed = true;
	return 0;
}

static const struct argp_option options[] = {
	OPTION_THREADS("a ring of 2 to 6 (default 2)"),
	{"fixed", KEY_OWN, NULL, 0, "take the locks in one global order", 1},
	OPTION_PACE, OPTION_DUR("then the alarm ends a deadlock (default 2)"), {0}};

int main(int argc, char **argv)
{
	int finished = 0, stuck = 0;
	uint64_t start;

	lesson.threads = 2;
	lesson.dur_s = 2;
	lesson_begin(argc, argv, "Two threads, two locks, opposite order.", options,
		     option);
	must(pthread_barrier_init(&all_hold_one, NULL, lesson.threads), "barrier");

	start = now_ns();
	for (int i = 0; i < lesson.threads; i++)
		must(pthread_create(&people[i].thread, NULL, meet, &people[i]), "thread");
	for (int i = 0; i < lesson.threads; i++) {
		struct timespec alarm_at = timespec_of(start + lesson.dur_s * NS_PER_S);

		pthread_clockjoin_np(people[i].thread, NULL, CLOCK_MONOTONIC, &alarm_at);
	}

	printf("deadlock: %d threads, %s\n", lesson.threads,
	       fixed ? "one global order" : "each takes its lock, then its neighbour's");
	for (int i = 0; i < lesson.threads; i++) {
		struct person *p = &people[i];

		finished += p->done;
		stuck += !p->done && p->holds == 1;
		if (p->done)
			printf("  %-6s finished\n", p->name);
		else
			printf("  %-6s holds %d, waits for %s, which %s holds\n", p->name,
			       p->holds, neighbour(p)->lock_name, neighbour(p)->name);
	}
	printf("  %d of %d finished after %.2f s and %.1f ms of CPU time\n", finished,
	       lesson.threads, seconds(now_ns() - start), ms(own_cpu_ns()));
	if (finished < lesson.threads)
		printf("  the alarm ends it: nothing else would\n");
	fflush(stdout);
	if (fixed)
		_exit(verdict(finished == lesson.threads, cpus_left(),
			      "in one global order they all get through"));
	_exit(verdict(stuck == lesson.threads, cpus_left(),
		      "everyone holds what another one wants, so nobody ever moves"));
}

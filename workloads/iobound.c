/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iobound - tasks that wait 99 % of the time
 *
 * Question   Each job waits 9.9 ms and computes 0.1 ms. How many tasks does it
 *            take to keep two CPUs busy?
 *
 *     task-1   · waits ·············· │ job │ · waits ·············· │ job
 *     task-2        · waits ·············· │ job │ · waits ········
 *     CPU 0                           ▏    ▏                      ▏
 *
 * Run        mtviz ./iobound
 * Look for   rows that are all dots, and CPU lanes that are almost empty: a
 *            waiting task costs nothing.
 * Then       ./iobound --pace stats --threads 1, 10, 100, 200, 400: jobs a
 *            second grow with the tasks, long after there is one per CPU.
 *            When do they stop? (CPUs x (waiting + computing) / computing)
 *
 * The waiting is a timer, no disk: so it takes the same time on every machine.
 */
#include "lesson.h"

enum { MAX_TASKS = 1000 };

static struct row {
	pthread_t thread;
	struct account used;
	long jobs;
	uint64_t wall_ns;
} rows[MAX_TASKS];

static long wait_us = -1, work_us = -1;
static uint64_t end;

static void *task(void *arg)
{
	struct row *me = arg;
	uint64_t start = now_ns();

	call_me("task", me - rows + 1);
	while (now_ns() < end) {
		sleep_us(wait_us);
		burn_us(work_us);
		me->jobs++;
	}
	me->used = my_account();
	me->wall_ns = now_ns() - start;
	return NULL;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_OWN:
		work_us = number(arg, 0, 1000000, state);
		return 0;
	case KEY_OWN + 1:
		wait_us = number(arg, 1, 1000000, state);
		return 0;
	default:
		return lesson_option(key, arg, state);
	}
}

static const struct argp_option options[] = {
	OPTION_THREADS("the tasks (story 4, stats 64)"),
	{"work", KEY_OWN, "US", 0, "CPU time of a job (story 500, stats 100)", 1},
	{"wait", KEY_OWN + 1, "US", 0, "waiting before it (story 49500, stats 9900)", 1},
	OPTION_PACE, OPTION_DUR("default 3"), OPTION_CPUS, {0}};

int main(int argc, char **argv)
{
	double run = 0, wait = 0, wall = 0, asleep, per_job, possible;
	long jobs = 0;
	uint64_t start;

	lesson.dur_s = 3;
	lesson_begin(argc, argv, "Tasks that wait 99 % of the time.", options, option);
	if (!lesson.threads)
		lesson.threads = lesson.story ? 4 : 64;
	if (work_us < 0)
		work_us = lesson.story ? 500 : 100;
	if (wait_us < 0)
		wait_us = lesson.story ? 49500 : 9900;

	start = now_ns();
	end = start + lesson.dur_s * NS_PER_S;
	for (int i = 0; i < lesson.threads; i++) {
		must(pthread_create(&rows[i].thread, NULL, task, &rows[i]), "thread");
		if (lesson.story)
			sleep_us((wait_us + work_us) / lesson.threads);
	}
	for (int i = 0; i < lesson.threads; i++)
		must(pthread_join(rows[i].thread, NULL), "join");

	printf("iobound: %d tasks, %d CPUs; a job waits %ld us and computes %ld us\n",
	       lesson.threads, nr_cpus(), wait_us, work_us);
	for (int i = 0; i < lesson.threads; i++) {
		struct row *r = &rows[i];

		if (i < 8)
			printf("  task-%-4d %5ld jobs   ran %7.2f ms   "
			       "wanted a CPU for %7.2f ms   in %.1f ms\n",
			       i + 1, r->jobs, ms(r->used.run_ns),
			       ms(r->used.wait_ns), ms(r->wall_ns));
		run += r->used.run_ns;
		wait += r->used.wait_ns;
		wall += r->wall_ns;
		jobs += r->jobs;
	}
	asleep = 1 - (run + wait) / wall;
	wall /= lesson.threads;
	/* What a job must take: its waiting, its work, and its turns in the queue. */
	per_job = wait_us * 1e3 + (run + wait) / jobs;
	possible = lesson.threads * 1e9 / per_job;
	printf("  together  %ld jobs, %.0f a second of %.0f possible; "
	       "CPU use %.1f %% of %d %%\n",
	       jobs, jobs / seconds(wall), possible, 100 * run / wall, 100 * nr_cpus());
	printf("  a task slept %.1f %% of its time\n", 100 * asleep);
	return verdict(run / lesson.threads <= 0.1 * wall &&
			       jobs / seconds(wall) >= 0.7 * possible,
		       cpus_left(), "many waiting tasks share a CPU, and hardly use it");
}

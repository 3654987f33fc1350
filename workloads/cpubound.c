/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpubound - more tasks than CPUs, and all of them want to run
 *
 * Question   Four tasks compute for two seconds on two CPUs. Who gets what?
 *
 *     task-1   runs .... runs .... wants │ runs │ wants │ runs │
 *     task-2     starts: runs .... runs  │ wants │ runs │ runs │
 *     task-3              starts: │ wants │ runs │ runs │ wants
 *     task-4                          starts: │ runs │ wants │ runs
 *
 * Run        mtviz ./cpubound
 * Look for   the moment the third task comes: until then nobody had to wait,
 *            from then on always somebody does. Nobody wakes these tasks:
 *            the kernel takes the CPU from one and gives it to the next.
 * Then       ./cpubound --threads 2        where has the waiting gone?
 *            ./cpubound --pace stats --threads 16
 *            ./cpubound --with process     is any of it different?
 */
#include "lesson.h"

enum { MAX_TASKS = 1000 };

/* Shared by the processes too; each task writes its own row. */
static struct row {
	struct account from, to; /* at the time all are there, and at the end */
	uint64_t from_ns, to_ns;
} *rows;

static uint64_t all_there, end;

/* In story pace the tasks come one after the other. */
static uint64_t arrival(uint64_t begin, int i)
{
	double step_s = lesson.story ? lesson.dur_s / 2 / lesson.threads : 0;

	return begin + i * step_s * NS_PER_S;
}

static void *task(void *arg)
{
	struct row *me = arg;

	call_me("task", me - rows + 1);
	while (now_ns() < all_there)
		burn_us(200);
	me->from_ns = now_ns();
	me->from = my_account();
	while (now_ns() < end)
		burn_us(200);
	me->to = my_account();
	me->to_ns = now_ns();
	return NULL;
}

static const struct argp_option options[] = {
	OPTION_TASKS("the tasks (default 4)"),
	OPTION_WITH,
	OPTION_PACE, OPTION_DUR("default 2"), OPTION_CPUS, {0}};

int main(int argc, char **argv)
{
	static struct helper tasks[MAX_TASKS];
	double run_sum = 0, squares = 0, wall_sum = 0, wait_sum = 0, slices = 0;
	double got, fair, left, best;
	uint64_t begin;

	lesson.threads = 4;
	lesson.dur_s = 2;
	lesson_begin(argc, argv, "More tasks than CPUs, and all want to run.", options,
		     lesson_option);
	rows = shared_memory(MAX_TASKS * sizeof(*rows));

	begin = now_ns();
	all_there = arrival(begin, lesson.threads);
	end = begin + lesson.dur_s * NS_PER_S;
	for (int i = 0; i < lesson.threads; i++) {
		uint64_t now = now_ns(), at = arrival(begin, i);

		if (at > now)
			sleep_us((at - now) / 1000);
		start(&tasks[i], task, &rows[i]);
	}
	for (int i = 0; i < lesson.threads; i++)
		finish(&tasks[i]);

	printf("cpubound: %d %s, %d CPUs; from the time when all were there:\n",
	       lesson.threads, lesson.processes ? "processes" : "threads", nr_cpus());
	for (int i = 0; i < lesson.threads; i++) {
		struct row *r = &rows[i];
		double run = r->to.run_ns - r->from.run_ns;
		double wait = r->to.wait_ns - r->from.wait_ns;
		double wall = r->to_ns - r->from_ns;

		if (i < 16)
			printf("  task-%-4d ran %7.1f ms (%3.0f %%)   waited %7.1f ms   "
			       "in %llu slices\n",
			       i + 1, ms(run), 100 * run / wall, ms(wait),
			       r->to.slices - r->from.slices);
		run_sum += run;
		squares += run * run;
		wait_sum += wait;
		wall_sum += wall;
		slices += r->to.slices - r->from.slices;
	}
	/* 1: all had the same; 1/n: one had everything. */
	fair = run_sum * run_sum / squares / lesson.threads;
	got = run_sum / wall_sum * lesson.threads;
	left = cpus_left();
	best = lesson.threads < left ? lesson.threads : left;
	printf("  together  had %.2f CPUs; fairness %.2f of 1; "
	       "each waited %.0f %% of its time\n",
	       got, fair, 100 * wait_sum / wall_sum);
	if (slices > 0)
		printf("  a turn took %.1f ms on average\n", ms(run_sum / slices));
	if (lesson.threads <= nr_cpus())
		return verdict(got >= 0.7 * best, left, "a CPU for each: nobody waits");
	return verdict(got >= 0.7 * best && fair >= 0.7 && wait_sum > 0.1 * wall_sum,
		       left, "the CPUs are busy all the time, and shared among all");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers - a master hands out jobs, workers compute
 *
 * Question   Four workers, two CPUs: how many times as fast as one worker?
 *
 *     master     hand out ┐ waits for results ................. │ buries them
 *     worker-1            └ job │ job │ wants a CPU │ job │ job †
 *     worker-2              job │ wants a CPU │ job │ job │ job †
 *
 * Run        mtviz ./workers                  processes, jobs through a pipe
 *            mtviz ./workers --with thread    threads, jobs through a queue
 * Look for   the tree on the left: four processes below their parent, or one
 *            process of five threads. The pictures of their work are alike:
 *            the kernel schedules threads, and a process is one with walls.
 *            With processes, each ends a while before its parent buries it.
 * Then       ./workers --threads 1, 2, 8: when does it stop getting faster?
 *
 * Worker n exits with status n, so that one can tell them apart.
 */
#include "lesson.h"

enum { MAX_WORKERS = 100, MAX_JOBS = 10000, NO_MORE = -1 };

static long jobs, work_us = -1;

/* Shared by the processes too; each worker writes its own row. */
static struct row {
	long jobs;
	uint64_t cpu_ns;
} *rows;

/* ---- jobs from a pipe, for processes ---- */
static int job_pipe[2], result_pipe[2];

static void send_to(int *to, int message)
{
	must(write(to[1], &message, sizeof(message)) < 0 ? -1 : 0, "write");
}

static int next_from_pipe(void)
{
	int job;

	/* So short a message comes whole; the end of the pipe means no more. */
	return read(job_pipe[0], &job, sizeof(job)) == sizeof(job) ? job : NO_MORE;
}

/* ---- jobs from a queue, for threads ---- */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed = PTHREAD_COND_INITIALIZER;
static int queue[MAX_JOBS], queued, taken;
static bool closed;

static int next_from_queue(void)
{
	int job = NO_MORE;

	must(pthread_mutex_lock(&queue_lock), "lock");
	while (taken == queued && !closed)
		must(pthread_cond_wait(&queue_changed, &queue_lock), "wait");
	if (taken < queued)
		job = queue[taken++];
	must(pthread_mutex_unlock(&queue_lock), "unlock");
	return job;
}

/* ---- either way ---- */
static int next_job(void)
{
	return lesson.processes ? next_from_pipe() : next_from_queue();
}

static void hand_out(int job)
{
	if (lesson.processes) {
		send_to(job_pipe, job);
		return;
	}
	must(pthread_mutex_lock(&queue_lock), "lock");
	queue[queued++] = job;
	must(pthread_cond_signal(&queue_changed), "signal");
	must(pthread_mutex_unlock(&queue_lock), "unlock");
}

static void no_more_jobs(void)
{
	if (lesson.processes) {
		must(close(job_pipe[1]), "close");
		return;
	}
	must(pthread_mutex_lock(&queue_lock), "lock");
	closed = true;
	must(pthread_cond_broadcast(&queue_changed), "broadcast");
	must(pthread_mutex_unlock(&queue_lock), "unlock");
}

static void *worker(void *arg)
{
	struct row *me = arg;
	int job;

	call_me("worker", me - rows + 1);
	if (lesson.processes)
		close(job_pipe[1]); /* or it would never see the end of the pipe */
	while ((job = next_job()) != NO_MORE) {
		int result = job + 1;

		burn_us(work_us);
		me->jobs++;
		send_to(result_pipe, result);
	}
	me->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	return (void *)(me - rows + 1);
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 't':
		lesson.threads = number(arg, 1, MAX_WORKERS, state);
		return 0;
	case KEY_OWN:
		jobs = number(arg, 1, MAX_JOBS, state);
		return 0;
	case KEY_OWN + 1:
		work_us = number(arg, 0, 1000000, state);
		return 0;
	default:
		return lesson_option(key, arg, state);
	}
}

static const struct argp_option options[] = {
	OPTION_TASKS("the workers (default 4)"),
	OPTION_WITH,
	{"jobs", KEY_OWN, "N", 0, "jobs to do (story 48, stats 1000)", 1},
	{"work", KEY_OWN + 1, "US", 0, "CPU time of a job (story 40000, stats 1000)", 1},
	OPTION_PACE, OPTION_CPUS, {0}};

int main(int argc, char **argv)
{
	struct helper workers[MAX_WORKERS];
	uint64_t begin, wall, cpu = 0;
	long sum = 0, done = 0, right = 0;
	double speedup, left, best;

	lesson.threads = 4;
	lesson.dur_s = 60; /* more than it takes: it ends when the jobs are done */
	lesson.processes = true;
	lesson_begin(argc, argv, "A master hands out jobs, workers compute.", options,
		     option);
	if (work_us < 0)
		work_us = lesson.story ? 40000 : 1000;
	if (!jobs)
		jobs = lesson.story ? 48 : 1000;
	rows = shared_memory(MAX_WORKERS * sizeof(*rows));
	must(pipe(job_pipe), "pipe");
	must(pipe(result_pipe), "pipe");

	for (int i = 0; i < lesson.threads; i++)
		start(&workers[i], worker, &rows[i]);

	begin = now_ns();
	for (int i = 0; i < jobs; i++)
		hand_out(i);
	no_more_jobs();
	for (int result; done < jobs; done++) {
		must(read(result_pipe[0], &result, sizeof(result)) < 0 ? -1 : 0, "read");
		sum += result;
	}
	wall = now_ns() - begin;

	if (lesson.processes && lesson.story)
		sleep_us(100000); /* the dead wait for their parent: see them? */
	for (int i = 0; i < lesson.threads; i++)
		right += finish(&workers[i]) == i + 1;

	printf("workers: %d %s, %d CPUs, %ld jobs of %ld us\n", lesson.threads,
	       lesson.processes ? "processes" : "threads", nr_cpus(), jobs, work_us);
	for (int i = 0; i < lesson.threads; i++) {
		if (i < 16)
			printf("  worker-%-3d %5ld jobs   %8.1f ms of CPU time\n", i + 1,
			       rows[i].jobs, ms(rows[i].cpu_ns));
		cpu += rows[i].cpu_ns;
	}
	left = cpus_left();
	best = lesson.threads < left ? lesson.threads : left;
	speedup = (double)cpu / wall;
	printf("  together   %8.1f ms of CPU time in %.1f ms: %.2f times one's speed\n",
	       ms(cpu), ms(wall), speedup);
	printf("  the sum of the results is %ld and has to be %ld\n", sum,
	       jobs * (jobs + 1) / 2);
	if (sum != jobs * (jobs + 1) / 2 || right != lesson.threads)
		return verdict(false, nr_cpus(), "every job was done once");
	return verdict(speedup >= 0.7 * best, left,
		       "workers are as many times as fast as there are CPUs for them");
}

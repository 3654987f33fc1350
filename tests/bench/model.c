// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tests/bench/model.c - what the model costs: time and memory a switch, time a frame
 *
 *     model [SWITCHES] [THREADS] [CPUS] [GAP_NS] [MEMORY_MB]
 *
 * A ring of threads in pairs that wake each other through pipes, spread over
 * the CPUs; a switch, with its waking, every GAP_NS or so on each CPU. Then
 * frames of 55 rows x 185 bins at zooms from 10 ns a bin to everything.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/model.h"

#define ROWS 55
#define BINS 185
#define TID  1000

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void must(int err)
{
	if (err) {
		fprintf(stderr, "event refused: %s\n", strerror(-err));
		exit(1);
	}
}

static void announce(struct sink *s, unsigned int threads)
{
	for (unsigned int i = 0; i < threads; i++) {
		struct event e = {.type = EVENT_TASK,
				  .flags = TASK_IN_SCOPE | TASK_FOUND,
				  .tid = TID + i};

		e.task.tgid = TID;
		snprintf(e.task.comm, sizeof(e.task.comm), "t%u", i);
		must(s->event(s, &e));
	}
}

/* The time the events took, without making them. */
static double feed(struct sink *s, uint64_t switches, unsigned int threads,
		   unsigned int cpus, uint64_t gap_ns)
{
	enum { BATCH = 1 << 14 };
	struct event *batch = malloc(BATCH * sizeof(*batch));
	uint32_t *on = calloc(cpus, sizeof(*on));
	double spent = 0;
	uint64_t time_ns = 1000;
	unsigned int nr = 0;

	for (uint64_t i = 0; i < switches; i++) {
		unsigned int cpu = i % cpus;
		/* CPUs share no threads, so that each is in one place. */
		unsigned int mine = threads / cpus, slot = (on[cpu] + 1) % mine;
		uint32_t prev = TID + cpu * mine + on[cpu],
			 next = TID + cpu * mine + slot;
		struct event *e = &batch[nr++];

		time_ns += gap_ns / cpus / 2 + rnd() % (gap_ns / cpus);
		*e = (struct event){.time_ns = time_ns,
				    .type = EVENT_WAKING,
				    .cpu = cpu,
				    .tid = next};
		e->wake.waker_tid = prev;
		e = &batch[nr++];
		time_ns += 200 + rnd() % 100;
		*e = (struct event){.time_ns = time_ns,
				    .type = EVENT_SWITCH,
				    .flags = SWITCH_SYSCALL | SWITCH_FD,
				    .cpu = cpu,
				    .tid = prev};
		e->sw.next_tid = next;
		e->sw.prev_state = 1;
		e->sw.syscall = 0;
		e->sw.fd_mode = 0010000;
		on[cpu] = slot;
		if (nr == BATCH || i + 1 == switches) {
			double start = now_s();

			for (unsigned int k = 0; k < nr; k++)
				must(s->event(s, &batch[k]));
			spent += now_s() - start;
			nr = 0;
		}
	}
	free(batch);
	free(on);
	return spent;
}

static double frame_ms(struct model *m, unsigned int cpu_rows, uint64_t from_ns,
		       uint64_t bin_ns)
{
	static struct task_bin tasks[BINS];
	static struct cpu_bin cpus[BINS];
	static uint64_t depth[BINS];
	double best = 1e9;

	for (int round = 0; round < 5; round++) {
		double start = now_s(), ms;

		for (unsigned int row = 0; row < cpu_rows; row++)
			model_cpu_bins(m, row % model_nr_cpus(m), from_ns, bin_ns, BINS,
				       cpus);
		model_depth_bins(m, from_ns, bin_ns, BINS, depth);
		for (unsigned int row = cpu_rows; row < ROWS; row++)
			model_task_bins(m, 1 + row % (model_nr_tasks(m) - 1), from_ns,
					bin_ns, BINS, tasks);
		ms = (now_s() - start) * 1e3;
		if (ms < best)
			best = ms;
	}
	return best;
}

static void frames(struct model *m)
{
	uint64_t end = model_now_ns(m);
	unsigned int cpus = model_nr_cpus(m);

	printf("frame of %d rows x %d bins, ms (best of 5)\n", ROWS, BINS);
	printf("%14s %14s %14s\n", "bin", "2 CPU rows", "all CPU rows");
	for (uint64_t bin = 10; bin < end; bin *= 10) {
		uint64_t from = end / 2 / bin * bin;

		if (bin * BINS > end)
			break;
		printf("%11llu ns %14.2f %14.2f\n", (unsigned long long)bin,
		       frame_ms(m, 2, from, bin), frame_ms(m, cpus, from, bin));
	}
	printf("%14s %14.2f %14.2f\n", "all", frame_ms(m, 2, 0, end / BINS + 1),
	       frame_ms(m, cpus, 0, end / BINS + 1));
}

static uint64_t arg(int argc, char **argv, int i, uint64_t otherwise)
{
	return argc > i ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	uint64_t switches = arg(argc, argv, 1, 12000000);
	unsigned int threads = arg(argc, argv, 2, 4), cpus = arg(argc, argv, 3, 2);
	uint64_t gap_ns = arg(argc, argv, 4, 2000);
	struct model_options opt = {.memory_bytes = arg(argc, argv, 5, 4096) << 20};
	struct trace_info info = {.machine = "x86_64", .nr_cpus = cpus, .others = true};
	struct model *m = model_new(&opt);
	struct sink *s = model_sink(m);
	struct mallinfo2 before = mallinfo2(), after;
	double seconds;

	must(s->begin(s, &info));
	announce(s, threads);
	seconds = feed(s, switches, threads, cpus, gap_ns);
	after = mallinfo2();
	printf("%llu switches with wakings, %u threads, %u CPUs: %.2f s, %.1f ns an event\n",
	       (unsigned long long)switches, threads, cpus, seconds,
	       seconds * 1e9 / (2.0 * switches));
	printf("memory: %.1f bytes a switch by model_bytes(), %.1f by malloc; edge %.3f s of %.3f\n",
	       (double)model_bytes(m) / switches,
	       (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) /
		       switches,
	       model_edge_ns(m) * 1e-9, model_now_ns(m) * 1e-9);
	frames(m);
	model_free(m);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace.c - how small and how fast recordings are
 *
 *     trace [-l LEVEL] [-n SWITCHES] [pipe|lock|FILE]...
 *
 * Makes a stream of events, records it, reads it again, and prints bytes per
 * switch and events per second for each way. "pipe" is two tasks on one CPU
 * that wake each other over a pipe; "lock" is eight threads on two CPUs and one
 * mutex. A FILE has lines of "NS CPU switch PREV NEXT STATE" or "NS CPU waking
 * WAKEE WAKER", as an awk script makes them of `perf script --ns`, so that the
 * times are those of a real kernel.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "trace/trace.h"

struct stream {
	struct event *v;
	size_t n, cap;
	uint64_t switches, seed;
};

static struct event *add(struct stream *s)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 1 << 20;
		s->v = realloc(s->v, s->cap * sizeof(*s->v));
		if (!s->v)
			exit(1);
	}
	memset(&s->v[s->n], 0, sizeof(*s->v));
	return &s->v[s->n++];
}

static uint64_t rnd(struct stream *s)
{
	s->seed = s->seed * 6364136223846793005ull + 1442695040888963407ull;
	return s->seed >> 33;
}

/* About normal around mean, with the spread that short kernel paths have. */
static uint64_t around(struct stream *s, uint64_t mean, uint64_t spread)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < 4; i++)
		sum += rnd(s) % (spread + 1);
	sum = mean + sum / 2 - spread;
	return rnd(s) % 1000 ? sum : sum + 3000 + rnd(s) % 20000; /* an interrupt */
}

static void add_waking(struct stream *s, uint64_t ns, int cpu, uint32_t wakee,
		       uint32_t waker, int target)
{
	struct event *e = add(s);

	e->time_ns = ns;
	e->cpu = (uint16_t)cpu;
	e->type = EVENT_WAKING;
	e->tid = wakee;
	e->wake.waker_tid = waker;
	e->wake.target_cpu = (uint16_t)target;
	e->wake.prio = 120;
}

static struct event *add_switch(struct stream *s, uint64_t ns, int cpu, uint32_t prev,
				uint32_t next, uint32_t state)
{
	struct event *e = add(s);

	e->time_ns = ns;
	e->cpu = (uint16_t)cpu;
	e->type = EVENT_SWITCH;
	e->tid = prev;
	e->sw.next_tid = next;
	e->sw.prev_state = state;
	e->sw.prev_prio = e->sw.next_prio = 120;
	s->switches++;
	return e;
}

static void read_facts(struct event *e)
{
	e->flags = SWITCH_SYSCALL | SWITCH_FD;
	e->sw.syscall = 0;
	e->sw.fd_mode = 010000;
}

static void futex_facts(struct event *e, uint32_t owner)
{
	e->flags = SWITCH_SYSCALL | SWITCH_FUTEX;
	e->sw.syscall = 202;
	e->sw.addr = 0x555555558060ull;
	e->sw.op = 128;
	e->sw.val = e->sw.word = 2;
	e->sw.owner = owner;
}

static void make_pipe(struct stream *s, uint64_t switches)
{
	uint64_t now = 1000000;
	uint32_t me = 5001, other = 5002, swap;

	while (s->switches < switches) {
		now += around(s, 1100, 80);
		add_waking(s, now, 0, other, me, 0);
		now += around(s, 1050, 80);
		read_facts(add_switch(s, now, 0, me, other, 1));
		swap = me;
		me = other;
		other = swap;
	}
}

/* Two CPUs, eight threads, one mutex; whoever unlocks wakes the next waiter. */
static void make_lock(struct stream *s, uint64_t switches)
{
	uint64_t now = 1000000;
	uint32_t on[2] = {6000, 6001}, queue[8] = {6002, 6003, 6004, 6005, 6006, 6007};
	uint32_t holder = 6000;
	size_t waiting = 6;
	int cpu;

	while (s->switches < switches) {
		cpu = (int)(rnd(s) & 1);
		now += around(s, 900, 400);
		if (waiting > 1 && rnd(s) % 8) {
			uint32_t wakee = queue[0];

			add_waking(s, now, cpu, wakee, on[cpu], cpu);
			now += around(s, 1500, 600);
			futex_facts(add_switch(s, now, cpu, on[cpu], wakee, 1), holder);
			memmove(queue, queue + 1, 7 * sizeof(*queue));
			queue[waiting - 1] = on[cpu];
			on[cpu] = holder = wakee;
		} else {
			struct event *e;
			uint32_t next = queue[waiting - 1];

			e = add_switch(s, now, cpu, on[cpu], next, 0);
			e->flags = SWITCH_USER_IP;
			e->sw.addr = 0x555555555180ull + rnd(s) % 64;
			queue[waiting - 1] = on[cpu];
			on[cpu] = next;
		}
	}
}

static void make_file(struct stream *s, const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long long ns;
	unsigned int cpu, a, b, state;
	char line[256];

	if (!f) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f)) {
		state = 1;
		if (sscanf(line, "%llu %u switch %u %u %u", &ns, &cpu, &a, &b, &state) >=
		    4) {
			struct event *e = add_switch(s, ns, (int)cpu, a, b, state);

			if (a && state)
				read_facts(e);
		} else if (sscanf(line, "%llu %u waking %u %u", &ns, &cpu, &a, &b) == 4) {
			add_waking(s, ns, (int)cpu, a, b, (int)cpu);
		}
	}
	fclose(f);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct counter {
	struct sink sink;
	uint64_t events, sum;
};

static int count_begin(struct sink *s, const struct trace_info *info)
{
	(void)s;
	(void)info;
	return 0;
}

static int count_event(struct sink *s, const struct event *e)
{
	struct counter *c = (struct counter *)s;

	c->events++;
	c->sum += e->time_ns ^ e->tid;
	return 0;
}

static int count_advance(struct sink *s, uint64_t time_ns)
{
	(void)s;
	(void)time_ns;
	return 0;
}

static int count_end(struct sink *s, const struct trace_end *end)
{
	(void)s;
	(void)end;
	return 0;
}

static void measure(const char *name, struct stream *s, int level, const char *keep)
{
	struct writer_options opt = {.level = level};
	struct trace_info info = {.scope = "command",
				  .kernel = "6.18.0",
				  .machine = "x86_64",
				  .nr_cpus = 2,
				  .start_boottime_ns = 86400000000000ull};
	struct trace_end end = {.duration_ns = s->v[s->n - 1].time_ns};
	int fd = memfd_create("bench", 0);
	struct counter c = {.sink = {count_begin, count_event, count_advance, count_end}};
	struct rusage before, after;
	struct writer *w = writer_new(fd, &opt);
	struct sink *sink;
	struct reader *r;
	char path[64], why[256];
	double t, longest = 0, one, now, encode, decode;
	uint64_t bytes;
	size_t i;

	if (!w)
		exit(1);
	sink = writer_sink(w);
	t = seconds(CLOCK_PROCESS_CPUTIME_ID);
	sink->begin(sink, &info);
	one = seconds(CLOCK_MONOTONIC);
	for (i = 0; i < s->n; i++) {
		if (sink->event(sink, &s->v[i]))
			exit(1);
		if (i % 64)
			continue;
		now = seconds(CLOCK_MONOTONIC);
		longest = now - one > longest ? now - one : longest;
		one = now;
	}
	sink->end(sink, &end);
	encode = seconds(CLOCK_PROCESS_CPUTIME_ID) - t;
	bytes = writer_bytes(w);
	writer_free(w);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	getrusage(RUSAGE_SELF, &before);
	t = seconds(CLOCK_PROCESS_CPUTIME_ID);
	r = reader_open(path, why, sizeof(why));
	if (!r || reader_pump(r, &c.sink, 0) || reader_damaged(r) || c.events != s->n) {
		fprintf(stderr, "%s: what was recorded cannot be read\n", name);
		exit(1);
	}
	reader_close(r);
	decode = seconds(CLOCK_PROCESS_CPUTIME_ID) - t;
	getrusage(RUSAGE_SELF, &after);
	printf("%-10s level %d: %.2f bytes/switch, %.2f M events/s in, %.1f M out "
	       "(%.2f s), longest pause %.1f ms, reader +%ld KB\n",
	       name, level ? level : 6, (double)bytes / (double)s->switches,
	       (double)s->n / encode / 1e6, (double)s->n / decode / 1e6, decode,
	       longest * 1e3, after.ru_maxrss - before.ru_maxrss);
	if (keep) {
		snprintf(path, sizeof(path), "cp /proc/%d/fd/%d %s", getpid(), fd, keep);
		if (system(path))
			perror(path);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	uint64_t switches = 1000000;
	int level = 0, opt;
	const char *keep = NULL;
	static const char *both[] = {"pipe", "lock"};
	const char *const *names = both;
	int nr = 2, i;

	while ((opt = getopt(argc, argv, "l:n:k:")) != -1) {
		if (opt == 'l')
			level = atoi(optarg);
		else if (opt == 'n')
			switches = strtoull(optarg, NULL, 10);
		else if (opt == 'k')
			keep = optarg;
		else
			return 1;
	}
	if (optind < argc) {
		names = (const char *const *)argv + optind;
		nr = argc - optind;
	}
	for (i = 0; i < nr; i++) {
		struct stream s = {.seed = 42};

		if (strcmp(names[i], "pipe") == 0)
			make_pipe(&s, switches);
		else if (strcmp(names[i], "lock") == 0)
			make_lock(&s, switches);
		else
			make_file(&s, names[i]);
		measure(names[i], &s, level, keep);
		free(s.v);
	}
	return 0;
}

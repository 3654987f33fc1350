/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_foreign.c - traces that others made
 */
#include "tests/trace/packets.h"
#include "tests/trace/story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS    0x0 /* as reported: still runnable */
#define SLEEPS  0x1
#define WAITS   0x2
#define IDLES   0x80
#define RUNS_ON 0x100 /* preempted */

static unsigned int read_packets(const struct packets *p, struct keeper *k)
{
	unsigned int damaged;
	int fd = packets_file(p);

	keeper_init(k);
	story_read(fd, k, &damaged);
	close(fd);
	return damaged;
}

/* The nth event of a type, from 0. */
static const struct event *nth(const struct keeper *k, int type, int n)
{
	size_t i;

	for (i = 0; i < k->story.n; i++)
		if (k->story.events[i].type == type && n-- == 0)
			return &k->story.events[i];
	fail_msg("no such event");
	return NULL;
}

static int count(const struct keeper *k, int type)
{
	size_t i;
	int n = 0;

	for (i = 0; i < k->story.n; i++)
		n += k->story.events[i].type == type;
	return n;
}

static void assert_switch(const struct event *e, uint64_t ns, unsigned int cpu,
			  uint32_t prev, uint32_t raw_state, uint32_t next)
{
	assert_int_equal(e->time_ns, ns);
	assert_int_equal(e->cpu, cpu);
	assert_int_equal(e->tid, prev);
	assert_int_equal(e->sw.prev_state, raw_state);
	assert_int_equal(e->sw.next_tid, next);
}

static void two_cpus(struct packets *p)
{
	struct bundle b;

	bundle_init(&b, 1);
	bundle_switch(&b, 5000, RUNS, 20, "bee");
	bundle_waking(&b, 5100, 10, "ant", 0);
	bundle_switch(&b, 5200, SLEEPS, 0, "swapper");
	bundle_waking(&b, 5300, 20, "bee", 0x10);
	bundle_add(&b, p);
	bundle_init(&b, 0);
	bundle_switch(&b, 4000, RUNS, 10, "ant");
	bundle_switch(&b, 5050, WAITS, 0, "swapper");
	bundle_switch(&b, 5150, RUNS, 10, "ant");
	bundle_switch(&b, 5400, RUNS_ON, 30, "cat");
	bundle_switch(&b, 5500, IDLES, 10, "ant");
	bundle_add(&b, p);
}

static void check_two_cpus(const struct packets *p)
{
	struct keeper k;
	const struct event *e;

	assert_int_equal(read_packets(p, &k), 0);
	assert_true(k.info.foreign);
	assert_null(k.info.argv);
	assert_int_equal(k.info.nr_cpus, 2);
	assert_int_equal(k.info.start_boottime_ns, 4000);
	assert_int_equal(k.end.duration_ns, 1500);
	assert_false(k.end.cut);

	/* The first switch of a CPU comes as from idle, whoever was there. */
	assert_switch(nth(&k, EVENT_SWITCH, 0), 0, 0, 0, 0, 10);
	assert_switch(nth(&k, EVENT_SWITCH, 1), 1000, 1, 0, 0, 20);
	assert_switch(nth(&k, EVENT_SWITCH, 2), 1050, 0, 10, 2, 0);
	assert_switch(nth(&k, EVENT_SWITCH, 3), 1150, 0, 0, 0, 10);
	assert_switch(nth(&k, EVENT_SWITCH, 4), 1200, 1, 20, 1, 0);
	assert_switch(nth(&k, EVENT_SWITCH, 5), 1400, 0, 10, 0, 30);
	assert_switch(nth(&k, EVENT_SWITCH, 6), 1500, 0, 30, 0x402, 10);
	assert_int_equal(count(&k, EVENT_SWITCH), 7);

	e = nth(&k, EVENT_WAKING, 0);
	assert_int_equal(e->tid, 10);
	assert_int_equal(e->wake.waker_tid, 20);
	assert_int_equal(e->flags, 0);
	e = nth(&k, EVENT_WAKING, 1);
	assert_int_equal(e->tid, 20);
	assert_int_equal(e->flags, WAKING_IRQ);

	/* Each task is announced once, before it is named. */
	assert_int_equal(count(&k, EVENT_TASK), 3);
	assert_int_equal(k.story.events[0].type, EVENT_TASK);
	e = nth(&k, EVENT_TASK, 0);
	assert_int_equal(e->tid, 10);
	assert_int_equal(e->flags, TASK_FOUND | TASK_IN_SCOPE);
	assert_string_equal(e->task.comm, "ant");
	keeper_free(&k);
}

static void compact_bundles_out_of_order_across_cpus_become_one_stream(void **state)
{
	struct packets p = {0};

	(void)state;
	two_cpus(&p);
	check_two_cpus(&p);
	packets_free(&p);
}

static void packets_inside_packets_are_read_the_same(void **state)
{
	struct packets inner = {0}, p = {0};

	(void)state;
	two_cpus(&inner);
	packets_deflate(&p, &inner);
	check_two_cpus(&p);
	packets_free(&inner);
	packets_free(&p);
}

static void single_events_say_who_left_and_who_woke(void **state)
{
	struct packets p = {0};
	struct keeper k;
	struct bundle b;
	const struct event *e;

	(void)state;
	bundle_init(&b, 0);
	bundle_full_switch(&b, 1000, 7, SLEEPS, 8, "dog");
	bundle_full_waking(&b, 1100, 8, 7, "fox");
	bundle_full_switch(&b, 1200, 8, 0x20, 7, "fox");
	bundle_add(&b, &p);
	assert_int_equal(read_packets(&p, &k), 0);
	assert_switch(nth(&k, EVENT_SWITCH, 0), 0, 0, 7, 1, 8);
	assert_int_equal(nth(&k, EVENT_SWITCH, 0)->sw.prev_prio, 110);
	assert_switch(nth(&k, EVENT_SWITCH, 1), 200, 0, 8, 0x80 | 0x20, 7);
	e = nth(&k, EVENT_WAKING, 0);
	assert_int_equal(e->wake.waker_tid, 8);
	assert_int_equal(e->wake.target_cpu, 1);
	/* 7 was without a name until somebody said it. */
	assert_int_equal(count(&k, EVENT_TASK), 3);
	assert_int_equal(nth(&k, EVENT_TASK, 2)->flags, TASK_RENAMED | TASK_IN_SCOPE);
	assert_string_equal(nth(&k, EVENT_TASK, 2)->task.comm, "fox");
	keeper_free(&k);
	packets_free(&p);
}

static void wakeups_stand_in_where_there_are_no_wakings(void **state)
{
	struct packets p = {0};
	struct keeper k;
	struct bundle b;

	(void)state;
	bundle_init(&b, 0);
	bundle_full_switch(&b, 1000, 7, SLEEPS, 8, "dog");
	bundle_full_waking(&b, 1100, 8, 7, "fox");
	b.event[1].sched_wakeup = b.event[1].sched_waking;
	b.event[1].sched_waking = NULL;
	bundle_add(&b, &p);
	assert_int_equal(read_packets(&p, &k), 0);
	assert_int_equal(count(&k, EVENT_WAKING), 1);
	keeper_free(&k);

	/* With wakings beside them they would be counted twice. */
	bundle_init(&b, 1);
	bundle_full_waking(&b, 1300, 8, 7, "fox");
	bundle_add(&b, &p);
	assert_int_equal(read_packets(&p, &k), 0);
	assert_int_equal(count(&k, EVENT_WAKING), 1);
	assert_int_equal(nth(&k, EVENT_WAKING, 0)->time_ns, 300);
	keeper_free(&k);
	packets_free(&p);
}

static void trees_forks_and_renames_make_families(void **state)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__ProcessTree tree = PF__PROCESS_TREE__INIT;
	Pf__Process process[2] = {PF__PROCESS__INIT, PF__PROCESS__INIT};
	Pf__Process *processes[] = {&process[0], &process[1]};
	Pf__Thread thread = PF__THREAD__INIT, *threads[] = {&thread};
	char *words[] = {(char *)"/usr/bin/a-very-long-name-indeed"};
	struct packets p = {0};
	struct keeper k;
	struct bundle b;
	const struct event *e;

	(void)state;
	process[0].has_pid = process[0].has_ppid = true;
	process[0].pid = 100;
	process[0].ppid = 1;
	process[0].n_cmdline = 1;
	process[0].cmdline = words;
	process[1].has_pid = process[1].has_ppid = true;
	process[1].pid = 50;
	process[1].ppid = 2;
	thread.has_tid = thread.has_tgid = true;
	thread.tid = 101;
	thread.tgid = 100;
	tree.n_processes = 2;
	tree.processes = processes;
	tree.n_threads = 1;
	tree.threads = threads;
	packet.process_tree = &tree;
	packets_add(&p, &packet);

	bundle_init(&b, 0);
	bundle_full_waking(&b, 1000, 101, 100, "");
	bundle_newtask(&b, 1100, 101, 102, "kid", 0x10000);
	bundle_newtask(&b, 1200, 100, 200, "fork", 0);
	bundle_rename(&b, 1300, 200, "made");
	bundle_full_switch(&b, 1400, 50, SLEEPS, 200, "made");
	bundle_add(&b, &p);
	assert_int_equal(read_packets(&p, &k), 0);

	e = nth(&k, EVENT_TASK, 0);
	assert_int_equal(e->tid, 101);
	assert_int_equal(e->task.tgid, 100);
	assert_int_equal(e->task.ppid, 1);
	e = nth(&k, EVENT_TASK, 1);
	assert_int_equal(e->tid, 100);
	assert_string_equal(e->task.comm, "a-very-long-nam");
	e = nth(&k, EVENT_TASK, 2);
	assert_int_equal(e->tid, 102);
	assert_int_equal(e->flags, TASK_FORKED | TASK_IN_SCOPE);
	assert_int_equal(e->task.tgid, 100);
	assert_int_equal(e->task.parent_tid, 101);
	assert_int_equal(e->task.born_ns, 100);
	assert_int_equal(e->task.clone_flags, 0x10000);
	e = nth(&k, EVENT_TASK, 3);
	assert_int_equal(e->tid, 200);
	assert_int_equal(e->task.tgid, 200);
	assert_int_equal(e->task.ppid, 100);
	e = nth(&k, EVENT_TASK, 4);
	assert_int_equal(e->flags, TASK_RENAMED | TASK_IN_SCOPE);
	assert_string_equal(e->task.comm, "made");
	e = nth(&k, EVENT_TASK, 5);
	assert_int_equal(e->tid, 50);
	assert_int_equal(e->flags, TASK_FOUND | TASK_IN_SCOPE | TASK_KTHREAD);
	keeper_free(&k);
	packets_free(&p);
}

static void lost_events_are_a_gap_on_that_cpu_alone(void **state)
{
	struct packets p = {0};
	struct keeper k;
	struct bundle b;
	const struct event *e;

	(void)state;
	bundle_init(&b, 0);
	bundle_switch(&b, 1000, RUNS, 10, "ant");
	bundle_add(&b, &p);
	bundle_init(&b, 0);
	bundle_switch(&b, 3000, SLEEPS, 20, "bee");
	bundle_switch(&b, 3100, SLEEPS, 10, "ant");
	b.bundle.has_lost_events = b.bundle.lost_events = true;
	bundle_add(&b, &p);
	assert_int_equal(read_packets(&p, &k), 0);
	assert_int_equal(count(&k, EVENT_LOST), 1);
	e = nth(&k, EVENT_LOST, 0);
	assert_int_equal(e->cpu, 0);
	assert_int_equal(e->flags, LOST_FOREIGN);
	assert_int_equal(e->lost.from_ns, 0);
	assert_int_equal(e->time_ns, 2000);
	/* Who ran when the loss ended is not known. */
	assert_switch(nth(&k, EVENT_SWITCH, 1), 2000, 0, 0, 0, 20);
	assert_switch(nth(&k, EVENT_SWITCH, 2), 2100, 0, 20, 1, 10);
	keeper_free(&k);
	packets_free(&p);
}

static void clocks_and_system_are_told(void **state)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__ClockSnapshot snapshot = PF__CLOCK_SNAPSHOT__INIT;
	Pf__Clock clock[3] = {PF__CLOCK__INIT, PF__CLOCK__INIT, PF__CLOCK__INIT};
	Pf__Clock *clocks[] = {&clock[0], &clock[1], &clock[2]};
	Pf__SystemInfo system = PF__SYSTEM_INFO__INIT;
	Pf__Utsname uts = PF__UTSNAME__INIT;
	struct packets p = {0};
	struct keeper k;
	struct bundle b;
	int fd, i;
	char why[256];
	struct reader *r;

	(void)state;
	for (i = 0; i < 3; i++)
		clock[i].has_clock_id = clock[i].has_timestamp = true;
	clock[0].clock_id = 6;
	clock[0].timestamp = 10000;
	clock[1].clock_id = 1;
	clock[1].timestamp = 5010000;
	clock[2].clock_id = 3;
	clock[2].timestamp = 9000;
	snapshot.n_clocks = 3;
	snapshot.clocks = clocks;
	packet.clock_snapshot = &snapshot;
	packets_add(&p, &packet);
	clock[1].timestamp = 7777777; /* a later one changes nothing */
	packets_add(&p, &packet);
	pf__trace_packet__init(&packet);
	uts.release = (char *)"6.1.0";
	uts.machine = (char *)"aarch64";
	system.utsname = &uts;
	packet.system_info = &system;
	packets_add(&p, &packet);

	/* Times of another clock, with a pair that relates it to boottime. */
	bundle_init(&b, 3);
	bundle_switch(&b, 500, RUNS, 10, "ant");
	b.bundle.has_ftrace_clock = b.bundle.has_ftrace_timestamp = true;
	b.bundle.has_boot_timestamp = true;
	b.bundle.ftrace_clock = 2;
	b.bundle.ftrace_timestamp = 400;
	b.bundle.boot_timestamp = 12400;
	bundle_add(&b, &p);

	fd = packets_file(&p);
	r = story_open(fd, why);
	assert_non_null(r);
	assert_int_equal(reader_info(r)->start_boottime_ns, 12500);
	assert_int_equal(reader_info(r)->start_realtime_ns, 5012500);
	assert_int_equal(reader_info(r)->start_monotonic_ns, 11500);
	assert_int_equal(reader_info(r)->nr_cpus, 4);
	assert_string_equal(reader_info(r)->kernel, "6.1.0");
	assert_string_equal(reader_info(r)->machine, "aarch64");
	keeper_init(&k);
	assert_int_equal(reader_pump(r, &k.sink, 0), 0);
	assert_int_equal(reader_done_bytes(r), reader_file_bytes(r));
	reader_close(r);
	keeper_free(&k);
	packets_free(&p);
	close(fd);
}

/* Many bundles, each CPU in order, the CPUs up to 100 ms apart. */
static void a_long_disordered_trace_comes_in_order_and_whole(void **state)
{
	struct packets p = {0}, inner = {0};
	uint64_t now[4] = {1000, 1000, 1000, 1000}, r = 3, last = 0;
	unsigned int cpu;
	struct keeper k;
	struct bundle b;
	size_t i;
	int j, n;

	(void)state;
	for (n = 0; n < 400; n++) {
		cpu = story_rand(&r) & 3;
		for (i = 0; i < 4; i++) /* no CPU falls further behind */
			if (now[i] + 100000000 < now[cpu])
				cpu = (unsigned int)i;
		bundle_init(&b, cpu);
		for (j = 0; j < 10; j++) {
			now[cpu] += 1 + story_rand(&r) % 2000000;
			bundle_switch(&b, now[cpu], SLEEPS,
				      1 + (uint32_t)(story_rand(&r) % 9), "ant");
		}
		bundle_add(&b, &inner);
		if (n % 50 == 49) {
			packets_deflate(&p, &inner);
			packets_free(&inner);
		}
	}
	assert_int_equal(read_packets(&p, &k), 0);
	assert_int_equal(count(&k, EVENT_SWITCH), 4000);
	for (i = 0; i < k.story.n; i++) {
		assert_true(k.story.events[i].time_ns >= last);
		last = k.story.events[i].time_ns;
	}
	keeper_free(&k);
	packets_free(&p);
}

static void a_damaged_part_loses_itself_alone(void **state)
{
	struct packets first = {0}, second = {0}, p = {0};
	struct keeper k;
	struct bundle b;
	size_t at;

	(void)state;
	bundle_init(&b, 0);
	bundle_switch(&b, 1000, RUNS, 10, "ant");
	bundle_add(&b, &first);
	packets_deflate(&p, &first);
	at = p.n;
	two_cpus(&second);
	packets_deflate(&p, &second);
	p.v[at - 3] ^= 0x40;
	assert_int_equal(read_packets(&p, &k), 1);
	assert_int_equal(count(&k, EVENT_SWITCH), 7);
	keeper_free(&k);
	packets_free(&first);
	packets_free(&second);
	packets_free(&p);
}

/* Any change of any byte is survived, and never turns time back. */
static void flipped_bytes_never_crash(void **state)
{
	struct packets p = {0}, inner = {0};
	struct bundle b;
	char why[256];
	size_t at, i;
	int value, fd;

	(void)state;
	two_cpus(&p);
	bundle_init(&b, 0);
	bundle_full_switch(&b, 6000, 7, SLEEPS, 8, "dog");
	bundle_newtask(&b, 6100, 8, 9, "kid", 0);
	bundle_rename(&b, 6200, 9, "new");
	b.bundle.has_lost_events = b.bundle.lost_events = true;
	bundle_add(&b, &p);
	two_cpus(&inner);
	packets_deflate(&p, &inner);
	for (at = 0; at < p.n; at++) {
		for (value = 0; value < 4; value++) {
			uint8_t old = p.v[at];
			struct reader *r;
			struct keeper k;

			p.v[at] = (uint8_t[]){0x00, 0xff, (uint8_t)(old ^ 1),
					      (uint8_t)(old ^ 0x80)}[value];
			fd = packets_file(&p);
			p.v[at] = old;
			r = story_open(fd, why);
			close(fd);
			if (!r)
				continue;
			keeper_init(&k);
			assert_int_equal(reader_pump(r, &k.sink, 0), 0);
			for (i = 1; i < k.story.n; i++)
				assert_true(k.story.events[i - 1].time_ns <=
					    k.story.events[i].time_ns);
			reader_close(r);
			keeper_free(&k);
		}
	}
	packets_free(&p);
	packets_free(&inner);
}

static void a_trace_without_scheduler_events_says_so(void **state)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	struct packets p = {0};
	char why[256];
	int fd;

	(void)state;
	packet.has_timestamp = true;
	packet.timestamp = 5;
	packets_add(&p, &packet);
	fd = packets_file(&p);
	assert_null(story_open(fd, why));
	assert_int_equal(errno, ENODATA);
	assert_non_null(strstr(why, "holds no scheduler events"));
	packets_free(&p);
	close(fd);
}

/* Our recording without its header is a trace like any other. */
static void our_own_without_its_header_still_shows_who_ran(void **state)
{
	struct story s = {0};
	struct event e;
	struct keeper k;
	uint8_t bytes[4096];
	int fd = story_file(), copy = story_file();
	ssize_t n, at;
	uint8_t *mark;

	(void)state;
	e = task(0, EVENT_CPU_USER, 10, "ant", TASK_FOUND | TASK_IN_SCOPE);
	story_add(&s, &e);
	e = sw(100, 0, 10, 20);
	story_add(&s, &e);
	e = sw(200, 0, 30, 10);
	e.sw.prev_state = 0;
	story_add(&s, &e);
	story_record(&s, fd, NULL, NULL, NULL);
	n = pread(fd, bytes, sizeof(bytes), 0);
	mark = memmem(bytes, (size_t)n, "\xa2\x02\x10\x82\x47\x7a\x76", 7);
	assert_non_null(mark);
	at = mark - 2 - bytes;
	assert_int_equal(write(copy, bytes + at, (size_t)(n - at)), n - at);
	keeper_init(&k);
	story_read(copy, &k, NULL);
	assert_true(k.info.foreign);
	/* Two switches, and the synthetic one that puts 30 onto the CPU. */
	assert_switch(nth(&k, EVENT_SWITCH, 1), 100, 0, 10, 1, 20);
	assert_switch(nth(&k, EVENT_SWITCH, 2), 200, 0, 20, 1, 30);
	assert_switch(nth(&k, EVENT_SWITCH, 3), 200, 0, 30, 0, 10);
	assert_string_equal(nth(&k, EVENT_TASK, 0)->task.comm, "ant");
	keeper_free(&k);
	story_free(&s);
	close(fd);
	close(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			compact_bundles_out_of_order_across_cpus_become_one_stream),
		cmocka_unit_test(packets_inside_packets_are_read_the_same),
		cmocka_unit_test(single_events_say_who_left_and_who_woke),
		cmocka_unit_test(wakeups_stand_in_where_there_are_no_wakings),
		cmocka_unit_test(trees_forks_and_renames_make_families),
		cmocka_unit_test(lost_events_are_a_gap_on_that_cpu_alone),
		cmocka_unit_test(clocks_and_system_are_told),
		cmocka_unit_test(a_long_disordered_trace_comes_in_order_and_whole),
		cmocka_unit_test(a_damaged_part_loses_itself_alone),
		cmocka_unit_test(flipped_bytes_never_crash),
		cmocka_unit_test(a_trace_without_scheduler_events_says_so),
		cmocka_unit_test(our_own_without_its_header_still_shows_who_ran),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

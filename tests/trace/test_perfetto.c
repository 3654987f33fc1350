/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_perfetto.c - a recording obeys Perfetto's rules, seen without our reader
 *
 * The file is taken apart here with nothing but zlib and the schema, and then
 * followed as Perfetto follows it: the next of a CPU's compact switch is the
 * previous of the one after, and the first of all makes no slice.
 */
#include "tests/trace/story.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "trace/perfetto.pb-c.h"

#define START 5000000000ull /* story_info.start_boottime_ns */
#define MAX   4096

struct row {
	uint64_t stamp;
	uint32_t cpu, prev, next, state;
	int32_t prio;
	char comm[16];
};

struct wake_row {
	uint64_t stamp;
	uint32_t cpu, waker, wakee, flags, target;
	char comm[16];
};

struct seen {
	struct row rows[MAX];
	struct wake_row wakes[MAX];
	size_t nr_rows, nr_wakes, windows;
	uint32_t on_cpu[8];
	bool started[8];
	uint32_t lost[8]; /* bundles that say so */
	Pf__TracePacket *kept[MAX];
	size_t nr_kept;
};

static bool one_bit_or_none(uint32_t v)
{
	return (v & (v - 1)) == 0 && v <= 0x100;
}

static void check_text(const char *text)
{
	const uint8_t *p;

	assert_true(text[0] != '\0' && strspn(text, " ") < strlen(text));
	for (p = (const uint8_t *)text; *p; p++) /* the stories' good names are ASCII */
		assert_true(*p >= 0x20 && *p < 0x7f);
}

static void follow_switches(struct seen *s, uint32_t cpu, const Pf__CompactSched *c)
{
	uint64_t stamp = 0;
	size_t i, n = c->n_switch_timestamp;

	assert_int_equal(c->n_switch_prev_state, n);
	assert_int_equal(c->n_switch_next_pid, n);
	assert_int_equal(c->n_switch_next_prio, n);
	assert_int_equal(c->n_switch_next_comm_index, n);
	for (i = 0; i < n; i++) {
		struct row *r = &s->rows[s->nr_rows];

		assert_true(c->switch_next_comm_index[i] < c->n_intern_table);
		assert_true(one_bit_or_none(c->switch_prev_state[i]));
		stamp += c->switch_timestamp[i];
		*r = (struct row){
			.stamp = stamp,
			.cpu = cpu,
			.prev = s->on_cpu[cpu],
			.next = c->switch_next_pid[i],
			.state = c->switch_prev_state[i],
			.prio = c->switch_next_prio[i],
		};
		strcpy(r->comm, c->intern_table[c->switch_next_comm_index[i]]);
		s->on_cpu[cpu] = r->next;
		if (s->started[cpu])
			s->nr_rows++;
		s->started[cpu] = true;
	}
}

/* Who had the CPU at that time, as Perfetto tells it. */
static uint32_t runs(const struct seen *s, uint32_t cpu, uint64_t stamp)
{
	uint32_t tid = UINT32_MAX;
	size_t i;

	for (i = 0; i < s->nr_rows; i++)
		if (s->rows[i].cpu == cpu && s->rows[i].stamp <= stamp)
			tid = s->rows[i].next;
	return tid;
}

static void follow_wakings(struct seen *s, uint32_t cpu, const Pf__CompactSched *c)
{
	uint64_t stamp = 0;
	size_t i, n = c->n_waking_timestamp;

	assert_int_equal(c->n_waking_pid, n);
	assert_int_equal(c->n_waking_target_cpu, n);
	assert_int_equal(c->n_waking_prio, n);
	assert_int_equal(c->n_waking_comm_index, n);
	assert_int_equal(c->n_waking_common_flags, n);
	for (i = 0; i < n; i++) {
		struct wake_row *r = &s->wakes[s->nr_wakes++];

		assert_true(c->waking_comm_index[i] < c->n_intern_table);
		stamp += c->waking_timestamp[i];
		*r = (struct wake_row){
			.stamp = stamp,
			.cpu = cpu,
			.waker = runs(s, cpu, stamp),
			.wakee = c->waking_pid[i],
			.target = c->waking_target_cpu[i],
			.flags = c->waking_common_flags[i],
		};
		strcpy(r->comm, c->intern_table[c->waking_comm_index[i]]);
	}
}

static void follow_bundle(struct seen *s, const Pf__FtraceEventBundle *b)
{
	size_t i;

	assert_true(b->has_cpu && b->cpu < 8);
	if (b->has_lost_events && b->lost_events)
		s->lost[b->cpu]++;
	for (i = 0; i < b->n_event; i++) {
		assert_true(b->event[i]->has_timestamp && b->event[i]->has_pid);
		assert_true(b->event[i]->timestamp >= START);
	}
	if (!b->compact_sched)
		return;
	for (i = 0; i < b->compact_sched->n_intern_table; i++)
		check_text(b->compact_sched->intern_table[i]);
	follow_switches(s, b->cpu, b->compact_sched);
	follow_wakings(s, b->cpu, b->compact_sched);
}

static void follow(struct seen *s, const uint8_t *p, size_t n, int depth)
{
	const uint8_t *end = p + n;
	unsigned int shift;
	size_t bytes;

	while (p < end) {
		Pf__TracePacket *packet;

		assert_int_equal(*p++, 0x0a);
		for (bytes = 0, shift = 0;; shift += 7) {
			assert_true(p < end);
			bytes |= (size_t)(*p & 0x7f) << shift;
			if (!(*p++ & 0x80))
				break;
		}
		assert_true(bytes <= (size_t)(end - p));
		packet = pf__trace_packet__unpack(NULL, bytes, p);
		assert_non_null(packet);
		p += bytes;
		if (packet->has_compressed_packets) {
			uLongf room = 512 * 1024;
			uint8_t *inner = malloc(room);

			assert_int_equal(depth, 0);
			assert_non_null(inner);
			assert_int_equal(uncompress(inner, &room,
						    packet->compressed_packets.data,
						    packet->compressed_packets.len),
					 Z_OK);
			assert_true(packet->compressed_packets.len < 512 * 1024);
			s->windows++;
			follow(s, inner, room, 1);
			free(inner);
		}
		if (packet->ftrace_events)
			follow_bundle(s, packet->ftrace_events);
		if (s->nr_kept < MAX)
			s->kept[s->nr_kept++] = packet;
		else
			pf__trace_packet__free_unpacked(packet, NULL);
	}
}

static struct seen *take_apart(const struct story *story,
			       const struct writer_options *opt)
{
	struct seen *s = calloc(1, sizeof(*s));
	int fd = story_file();
	uint8_t *bytes;
	size_t n;

	assert_non_null(s);
	story_record(story, fd, opt, NULL, NULL);
	n = (size_t)lseek(fd, 0, SEEK_END);
	bytes = malloc(n);
	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, n, 0), n);
	close(fd);
	follow(s, bytes, n, 0);
	free(bytes);
	return s;
}

static void forget(struct seen *s)
{
	size_t i;

	for (i = 0; i < s->nr_kept; i++)
		pf__trace_packet__free_unpacked(s->kept[i], NULL);
	free(s);
}

/* The nth ftrace event for which picks() is true, and its CPU. */
static const Pf__FtraceEvent *ftrace(const struct seen *s,
				     bool (*picks)(const Pf__FtraceEvent *), int n)
{
	size_t i, j;

	for (i = 0; i < s->nr_kept; i++) {
		const Pf__FtraceEventBundle *b = s->kept[i]->ftrace_events;

		for (j = 0; b && j < b->n_event; j++)
			if (picks(b->event[j]) && n-- == 0)
				return b->event[j];
	}
	return NULL;
}

static bool is_newtask(const Pf__FtraceEvent *e)
{
	return e->task_newtask;
}

static bool is_rename(const Pf__FtraceEvent *e)
{
	return e->task_rename;
}

static bool is_exec(const Pf__FtraceEvent *e)
{
	return e->sched_process_exec;
}

static bool is_exit(const Pf__FtraceEvent *e)
{
	return e->sched_process_exit;
}

static bool is_free(const Pf__FtraceEvent *e)
{
	return e->sched_process_free;
}

static void add(struct story *s, struct event e, uint32_t state)
{
	e.sw.prev_state = state;
	story_add(s, &e);
}

static void the_header_tells_system_and_clocks_first(void **state)
{
	struct story story = {0};
	struct seen *s = take_apart(&story, NULL);
	const Pf__SystemInfo *system = s->kept[0]->system_info;
	const Pf__ClockSnapshot *clocks = NULL;
	size_t i;

	(void)state;
	assert_non_null(system);
	assert_string_equal(system->utsname->sysname, "Linux");
	assert_string_equal(system->utsname->release, "6.18.5");
	assert_string_equal(system->utsname->machine, "x86_64");
	for (i = 0; i < s->nr_kept; i++) {
		const Pf__TracePacket *p = s->kept[i];
		int data = !!p->ftrace_events + !!p->process_tree + !!p->clock_snapshot +
			   !!p->system_info + !!p->trace_uuid + !!p->trace_attributes +
			   !!p->has_compressed_packets + !!p->has_synchronization_marker;

		/* They are one of many in Perfetto: never two in a packet. */
		assert_in_range(data, 0, 1);
		clocks = p->clock_snapshot ? p->clock_snapshot : clocks;
	}
	assert_non_null(clocks);
	assert_int_equal(clocks->n_clocks, 3);
	assert_int_equal(clocks->primary_trace_clock, 6);
	assert_int_equal(clocks->clocks[0]->clock_id, 6);
	assert_int_equal(clocks->clocks[0]->timestamp, START);
	forget(s);
}

static void every_switch_is_a_row_for_perfetto(void **state)
{
	const struct writer_options opt = {.window_ns = 1};
	struct story story = {0};
	struct seen *s;
	const struct row *r;
	size_t i;

	(void)state;
	add(&story, sw(100, 0, 7, 8), 1);
	add(&story, sw(200, 1, 0, 9), 0);
	add(&story, sw(300, 0, 8, 7), 0);           /* preempted */
	add(&story, sw(400, 0, 7, 0), 0x402);       /* an idle kernel thread */
	add(&story, sw(500, 1, 9, 8), 0x80 | 0x20); /* dead */
	add(&story, sw(600, 0, 5, 9), 2);           /* 0 was never seen to leave */
	add(&story, sw(700, 0, 9, 0), 0x2001); /* freezable: bits beyond those told */
	s = take_apart(&story, &opt);          /* each its own window */
	assert_int_equal(s->windows, 7);

	/* The first of each CPU is swallowed; one was put in for 5. */
	assert_int_equal(s->nr_rows, 8);
	for (i = 0, r = s->rows; i < s->nr_rows; i++, r++) {
		static const struct row wanted[] = {
			{100, 0, 7, 8, 1, 120, ""},     {200, 1, 0, 9, 0, 120, ""},
			{300, 0, 8, 7, 0x100, 120, ""}, {400, 0, 7, 0, 0x80, 120, ""},
			{500, 1, 9, 8, 0x20, 120, ""},  {600, 0, 0, 5, 0, 120, ""},
			{600, 0, 5, 9, 2, 120, ""},     {700, 0, 9, 0, 1, 120, ""},
		};

		assert_int_equal(r->stamp, START + wanted[i].stamp);
		assert_int_equal(r->cpu, wanted[i].cpu);
		assert_int_equal(r->prev, wanted[i].prev);
		assert_int_equal(r->next, wanted[i].next);
		assert_int_equal(r->state, wanted[i].state);
	}
	forget(s);
	story_free(&story);
}

static void a_waker_is_whoever_runs_and_interrupts_are_flagged(void **state)
{
	struct story story = {0};
	struct event e;
	struct seen *s;

	(void)state;
	add(&story, sw(100, 0, 7, 8), 1);
	e = waking(150, 0, 9, 8);
	story_add(&story, &e);
	add(&story, sw(200, 0, 8, 0), 1);
	e = waking(250, 0, 8, 0);
	e.flags = WAKING_IRQ | WAKING_ABSORBED;
	e.wake.target_cpu = 3;
	story_add(&story, &e);
	s = take_apart(&story, NULL);
	assert_int_equal(s->nr_wakes, 2);
	assert_int_equal(s->wakes[0].waker, 8);
	assert_int_equal(s->wakes[0].wakee, 9);
	assert_int_equal(s->wakes[0].flags, 0);
	assert_int_equal(s->wakes[1].waker, 0);
	assert_int_equal(s->wakes[1].flags, 0x08);
	assert_int_equal(s->wakes[1].target, 3);
	forget(s);
	story_free(&story);
}

/* 10 and 11 were there; 12 is born, becomes another program, and dies. */
static void family(struct story *story)
{
	struct event e;

	e = task(0, EVENT_CPU_USER, 10, "bank", TASK_FOUND | TASK_IN_SCOPE);
	story_add(story, &e);
	e = task(0, EVENT_CPU_USER, 11, "teller", TASK_FOUND | TASK_IN_SCOPE);
	e.task.tgid = 10;
	story_add(story, &e);
	add(story, sw(100, 0, 0, 10), 0);
	e = task(200, 0, 12, "bank", TASK_FORKED | TASK_IN_SCOPE);
	e.task.parent_tid = 10;
	e.task.clone_flags = 0x3d0f00;
	story_add(story, &e);
	e = task(300, 0, 10, "b\x01\xffnk", TASK_RENAMED);
	story_add(story, &e);
	add(story, sw(400, 0, 10, 12), 1);
	e = task(500, 0, 12, "sh", TASK_EXECED);
	e.task.parent_tid = 12;
	story_add(story, &e);
	e = (struct event){.time_ns = 600, .type = EVENT_EXIT, .tid = 12, .exit.code = 9};
	story_add(story, &e);
	add(story, sw(700, 0, 12, 10), 0x80 | 0x20);
	/* Again the same tasks, in a later window: nothing new for the tree. */
	e = task(5000, EVENT_CPU_USER, 11, "teller", TASK_FOUND | TASK_IN_SCOPE);
	story_add(story, &e);
}

static void found_tasks_stand_in_the_tree_and_born_ones_do_not(void **state)
{
	const struct writer_options opt = {.window_ns = 1000};
	const Pf__FtraceEvent *f;
	const Pf__ProcessTree *tree = NULL;
	struct story story = {0};
	struct seen *s;
	size_t i, trees = 0;

	(void)state;
	family(&story);
	s = take_apart(&story, &opt);

	for (i = 0; i < s->nr_kept; i++) {
		if (!s->kept[i]->process_tree)
			continue;
		tree = s->kept[i]->process_tree;
		assert_int_equal(s->kept[i]->timestamp, START);
		trees++;
	}
	assert_int_equal(trees, 1);
	assert_int_equal(tree->n_processes, 1);
	assert_int_equal(tree->processes[0]->pid, 10);
	assert_string_equal(tree->processes[0]->cmdline[0], "bank");
	assert_int_equal(tree->n_threads, 2);
	assert_int_equal(tree->threads[1]->tid, 11);
	assert_int_equal(tree->threads[1]->tgid, 10);
	assert_null(tree->threads[1]->name);

	f = ftrace(s, is_newtask, 0);
	assert_int_equal(f->pid, 10);
	assert_int_equal(f->timestamp, START + 200);
	assert_int_equal(f->task_newtask->pid, 12);
	assert_int_equal(f->task_newtask->clone_flags, 0x3d0f00);
	assert_string_equal(f->task_newtask->comm, "bank");
	assert_null(ftrace(s, is_newtask, 1));

	/* Names: one each for the found, then the changes; hostile bytes are gone. */
	assert_string_equal(ftrace(s, is_rename, 0)->task_rename->newcomm, "bank");
	assert_string_equal(ftrace(s, is_rename, 1)->task_rename->newcomm, "teller");
	f = ftrace(s, is_rename, 2);
	assert_string_equal(f->task_rename->oldcomm, "bank");
	assert_string_equal(f->task_rename->newcomm, "b??nk");
	assert_string_equal(ftrace(s, is_rename, 3)->task_rename->newcomm, "sh");
	assert_null(ftrace(s, is_rename, 4));

	f = ftrace(s, is_exec, 0);
	assert_int_equal(f->pid, 12);
	assert_string_equal(f->sched_process_exec->filename, "sh");
	assert_int_equal(f->sched_process_exec->old_pid, 12);
	f = ftrace(s, is_exit, 0);
	assert_int_equal(f->sched_process_exit->pid, 12);
	assert_string_equal(f->sched_process_exit->comm, "sh");
	assert_int_equal(f->sched_process_exit->tgid, 12);
	f = ftrace(s, is_free, 0);
	assert_int_equal(f->timestamp, START + 701);
	assert_int_equal(f->sched_process_free->pid, 12);
	forget(s);
	story_free(&story);
}

static void names_go_with_the_times_they_were_true(void **state)
{
	struct story story = {0};
	struct event e;
	struct seen *s;

	(void)state;
	e = task(0, EVENT_CPU_USER, 10, "old", TASK_FOUND);
	story_add(&story, &e);
	add(&story, sw(100, 0, 0, 10), 0);
	e = task(200, 0, 10, "new", TASK_RENAMED);
	story_add(&story, &e);
	add(&story, sw(300, 0, 10, 77), 1); /* nobody said who 77 is */
	add(&story, sw(400, 0, 77, 10), 1);
	add(&story, sw(500, 0, 10, 0), 1);
	s = take_apart(&story, NULL);
	assert_string_equal(s->rows[0].comm, "old");
	assert_string_equal(s->rows[1].comm, "<...>");
	assert_string_equal(s->rows[2].comm, "new");
	assert_string_equal(s->rows[3].comm, "swapper");
	forget(s);
	story_free(&story);
}

static void only_real_loss_is_called_loss(void **state)
{
	const struct writer_options opt = {.window_ns = 1};
	struct story story = {0};
	struct event e = {
		.time_ns = 200, .cpu = 1, .type = EVENT_LOST, .flags = LOST_RING};
	struct seen *s;

	(void)state;
	add(&story, sw(100, 0, 0, 10), 0);
	e.lost.from_ns = 150;
	story_add(&story, &e);
	e.cpu = 0;
	e.time_ns = 300;
	e.flags = LOST_FILE; /* a hole in an earlier file, not in the kernel's ring */
	story_add(&story, &e);
	add(&story, sw(400, 0, 10, 0), 1);
	s = take_apart(&story, &opt);
	assert_int_equal(s->lost[1], 1);
	assert_int_equal(s->lost[0], 0);
	forget(s);
	story_free(&story);
}

/* Every compressed packet's inflated size, by the outermost fields alone. */
static void window_sizes(const uint8_t *p, const uint8_t *end, size_t *windows,
			 size_t *total)
{
	uint8_t *inner = malloc(512 * 1024);
	unsigned int shift;
	uLongf room;
	size_t len;

	assert_non_null(inner);
	for (; p < end; p += len) {
		Pf__TracePacket *packet;

		for (len = 0, shift = 0, p++;; shift += 7) {
			len |= (size_t)(*p & 0x7f) << shift;
			if (!(*p++ & 0x80))
				break;
		}
		packet = pf__trace_packet__unpack(NULL, len, p);
		assert_non_null(packet);
		room = 512 * 1024;
		if (packet->has_compressed_packets) {
			assert_int_equal(uncompress(inner, &room,
						    packet->compressed_packets.data,
						    packet->compressed_packets.len),
					 Z_OK);
			*windows += 1;
			*total += room;
		}
		pf__trace_packet__free_unpacked(packet, NULL);
	}
	free(inner);
}

static void a_busy_second_stays_below_the_limit_of_a_packet(void **state)
{
	size_t i, n, windows = 0, total = 0;
	struct story story = {0};
	int fd = story_file();
	uint8_t *bytes;

	(void)state;
	for (i = 0; i < 200000; i++) {
		struct event e = sw(i * 1000, 0, (uint32_t)(100000 + i % 5000),
				    (uint32_t)(100000 + (i + 1) % 5000));

		e.flags = SWITCH_SYSCALL | SWITCH_FUTEX;
		e.sw.addr = 0x7f0000000000ull + i * 64;
		e.sw.owner = 0x80000000u + (uint32_t)i;
		if (i % 2)
			e = waking(e.time_ns, 0, (uint32_t)i, (uint32_t)i);
		story_add(&story, &e);
	}
	story_record(&story, fd, NULL, NULL, NULL);
	n = (size_t)lseek(fd, 0, SEEK_END);
	bytes = malloc(n);
	assert_non_null(bytes);
	assert_int_equal(pread(fd, bytes, n, 0), n);
	window_sizes(bytes, bytes + n, &windows, &total);
	assert_true(windows > 5);
	/* And they are not much smaller than they might be. */
	assert_true(total / windows > 256 * 1024);
	free(bytes);
	close(fd);
	story_free(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header_tells_system_and_clocks_first),
		cmocka_unit_test(every_switch_is_a_row_for_perfetto),
		cmocka_unit_test(a_waker_is_whoever_runs_and_interrupts_are_flagged),
		cmocka_unit_test(found_tasks_stand_in_the_tree_and_born_ones_do_not),
		cmocka_unit_test(names_go_with_the_times_they_were_true),
		cmocka_unit_test(only_real_loss_is_called_loss),
		cmocka_unit_test(a_busy_second_stays_below_the_limit_of_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

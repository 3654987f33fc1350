// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_query.c - what a screen and a report ask
 */
#include "tests/model/story.h"

#include <stdlib.h>
#include <string.h>

#include "model/internal.h"

#define L 0x5000

/* ---- bins and slices ---- */

static void a_bin_says_what_filled_it(void **state)
{
	struct model *m = *state;
	struct task_bin b[5];

	FEED(m, ON(2, SWITCH(100, IDLE, PREEMPTED, ALICE)),
	     ON(2, SWITCH(130, ALICE, MUTEX(L, BOB), IDLE)), WAKING(190, BOB, ALICE),
	     SWITCH(250, BOB, SLEEPS, ALICE), SWITCH(400, ALICE, SLEEPS, IDLE));
	model_task_bins(m, who(m, ALICE), 0, 100, 5, b);
	assert_int_equal(b[0].state, STATE_UNKNOWN);
	assert_int_equal(b[0].ns[STATE_UNKNOWN], 100);
	assert_int_equal(b[1].ns[STATE_RUNNING], 30);
	assert_int_equal(b[1].ns[STATE_LOCK], 60);
	assert_int_equal(b[1].ns[STATE_RUNNABLE], 10);
	assert_int_equal(b[1].state, STATE_LOCK);
	assert_int_equal(b[1].lock, 1);
	assert_int_equal(b[1].cpu, 2);
	assert_int_equal(b[2].lock, 0);
	assert_int_equal(b[2].cpu, 0);
	assert_int_equal(b[3].ns[STATE_RUNNING], 100);
	/* now is 400: nothing is known of what follows */
	assert_int_equal(b[4].state, STATE_GONE);
	assert_int_equal(b[4].ns[STATE_OTHER], 0);
}

static void bins_count_the_open_slice_up_to_now(void **state)
{
	struct model *m = *state;
	struct task_bin b[3];

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE),
	     SWITCH(150, ALICE, MUTEX(L, BOB), IDLE));
	story_advance(m, 260);
	model_task_bins(m, who(m, ALICE), 100, 100, 3, b);
	assert_int_equal(b[0].ns[STATE_RUNNING], 50);
	assert_int_equal(b[0].ns[STATE_LOCK], 50);
	assert_int_equal(b[1].ns[STATE_LOCK], 60);
	assert_int_equal(b[1].lock, 1);
	assert_false(b[1].ended);
	assert_int_equal(b[2].state, STATE_GONE);
}

static void an_end_at_a_bins_edge_is_in_the_bin_that_it_begins(void **state)
{
	struct model *m = *state;
	struct task_bin b[3];

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(200, ALICE, DIES, BOB),
	     SWITCH(300, BOB, SLEEPS, IDLE));
	model_task_bins(m, who(m, ALICE), 0, 100, 3, b);
	assert_false(b[1].ended);
	assert_true(b[2].ended);
	assert_int_equal(b[2].state, STATE_GONE);
}

static void far_bins_know_the_last_lock_and_cpu(void **state)
{
	struct model *m = *state;
	struct task_bin b;
	uint64_t t = 100;

	FEED(m, ON(3, SWITCH(t, IDLE, PREEMPTED, ALICE)),
	     ON(3, SWITCH(t + 10, ALICE, MUTEX(L, BOB), IDLE)),
	     WAKING(t + 20, BOB, ALICE));
	t += 30;
	for (int i = 0; i < 1000; i++, t += 30)
		FEED(m, ON(1, SWITCH(t, IDLE, PREEMPTED, ALICE)),
		     ON(1, SWITCH(t + 10, ALICE, NAPS, IDLE)),
		     WAKING_BY_IRQ(t + 20, IDLE, ALICE));
	model_task_bins(m, who(m, ALICE), 0, t, 1, &b);
	assert_int_equal(b.lock, 1);
	assert_int_equal(b.cpu, 1);
	story_check(m);
}

static void slices_follow_each_other_without_gaps(void **state)
{
	struct model *m = *state;
	struct slice s, first;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(150, ALICE, NAPS, IDLE),
	     WAKING_BY_IRQ(170, IDLE, ALICE), SWITCH(180, IDLE, PREEMPTED, ALICE));
	story_advance(m, 200);
	assert_true(model_task_slice(m, who(m, ALICE), 120, &s));
	assert_int_equal(s.start_ns, 100);
	assert_int_equal(s.end_ns, 150);
	assert_false(s.open);
	assert_true(model_slice_prev(m, who(m, ALICE), &s, &first));
	assert_int_equal(first.state, STATE_UNKNOWN);
	assert_false(model_slice_prev(m, who(m, ALICE), &first, &first));
	assert_true(model_slice_next(m, who(m, ALICE), &s, &s));
	assert_int_equal(s.state, STATE_SLEEP);
	assert_true(model_slice_next(m, who(m, ALICE), &s, &s));
	assert_int_equal(s.state, STATE_RUNNABLE);
	assert_true(model_slice_next(m, who(m, ALICE), &s, &s));
	assert_true(s.open);
	assert_int_equal(s.end_ns, 200);
	assert_false(model_slice_next(m, who(m, ALICE), &s, &s));
	assert_false(model_task_slice(m, who(m, ALICE), 201, &s));
	assert_false(model_task_slice(m, who(m, MAKE), 120, &s));
	assert_false(model_task_slice(m, 4711, 120, &s));
}

static void waits_of_one_kind_are_one(void **state)
{
	struct model *m = *state;
	uint32_t first;

	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE), SWITCH(20, ALICE, NAPS, BOB));
	first = slice_at(m, ALICE, 20).wait;
	FEED(m, SWITCH(30, BOB, NAPS, CAROL), SWITCH(40, CAROL, READS_PIPE, DAVE),
	     SWITCH(50, DAVE, TIMED(COND(L)), IDLE));
	assert_int_equal(slice_at(m, BOB, 30).wait, first);
	assert_int_not_equal(slice_at(m, CAROL, 40).wait, first);
	assert_int_equal(model_wait(m, first)->syscall, 35);
	assert_int_equal(model_wait(m, slice_at(m, CAROL, 40).wait)->fd_mode, 0010000);
	assert_int_equal(model_wait(m, slice_at(m, DAVE, 50).wait)->flags,
			 SWITCH_SYSCALL | SWITCH_FUTEX | SWITCH_TIMED);
	assert_null(model_wait(m, 0));
	assert_null(model_wait(m, 1000));
}

/* ---- run queues ---- */

static void percentiles_count_every_runnable_slice_and_the_open_one(void **state)
{
	struct model *m = *state;
	uint32_t alice = who(m, ALICE);

	assert_int_equal(model_task_runq_ns(m, alice, 99), 0);
	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(200, ALICE, PREEMPTED, BOB),
	     SWITCH(230, BOB, SLEEPS, ALICE), SWITCH(300, ALICE, PREEMPTED, CAROL));
	story_advance(m, 390);
	assert_int_equal(model_task_runq_ns(m, alice, 50), 30);
	assert_int_equal(model_task_runq_ns(m, alice, 99), 90);
	assert_int_equal(model_task_runq_ns(m, alice, 100), 90);
	story_advance(m, 400);
	assert_int_equal(model_task_runq_ns(m, alice, 100), 100);
}

static void depth_is_the_runnable_time_of_all(void **state)
{
	struct model *m = *state;
	uint64_t ns[4];

	FEED(m, SWITCH(1 * MS, IDLE, PREEMPTED, ALICE), WAKING(2 * MS, ALICE, BOB),
	     WAKING(2 * MS + MS / 2, ALICE, CAROL), WAKING(2 * MS, ALICE, MAKE),
	     SWITCH(4 * MS, ALICE, SLEEPS, BOB));
	story_advance(m, 5 * MS);
	/* BOB from 2 to 4, CAROL from 2.5 on; MAKE is not in scope */
	model_depth_bins(m, 1 * MS, MS, 4, ns);
	assert_int_equal(ns[0], 0);
	assert_int_equal(ns[1], MS + MS / 2);
	assert_int_equal(ns[2], 2 * MS);
	assert_int_equal(ns[3], MS);
	model_depth_bins(m, 2 * MS, MS / 4, 4, ns);
	assert_int_equal(ns[1], MS / 4);
	assert_int_equal(ns[2], MS / 2);
	model_depth_bins(m, 0, 10 * MS, 1, ns);
	assert_int_equal(ns[0], 2 * MS + 2 * MS + MS / 2);
}

static void depth_at_all_zooms_is_what_the_rows_say(void **state)
{
	static const uint64_t widths[] = {MS / 10, MS / 3, MS, 5 * MS};
	static uint64_t got[400];
	static struct task_bin bins[400];
	struct model *m = *state;
	uint64_t t = 0, seed = 3;
	uint32_t on = ALICE;

	FEED(m, SWITCH(1, IDLE, PREEMPTED, ALICE));
	for (int i = 0; i < 3000; i++) {
		uint32_t next = ALICE + (on - ALICE + 1) % 4;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		t += seed >> 49;
		FEED(m, SWITCH(t, on, i % 3 ? PREEMPTED : SLEEPS, next));
		if (i % 3 == 0)
			FEED(m, WAKING(t += 100, next, on));
		on = next;
	}
	story_advance(m, t + 100000);
	for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
		uint64_t want[400] = {0};
		unsigned int nr = 45 * MS / widths[w] < 400 ? 45 * MS / widths[w] : 400;

		for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
			model_task_bins(m, i, 0, widths[w], nr, bins);
			for (unsigned int b = 0; b < nr; b++)
				want[b] += bins[b].ns[STATE_RUNNABLE];
		}
		model_depth_bins(m, 0, widths[w], nr, got);
		assert_memory_equal(got, want, nr * sizeof(got[0]));
	}
}

static void depth_gets_coarser_rather_than_big(void **state)
{
	const uint64_t day = 86400000 * MS;
	struct depth *d = depth_new();

	(void)state;
	assert_int_equal(depth_add(d, 500, 2 * MS), 0);
	assert_int_equal(depth_before(d, 1 * MS), MS - 500);
	assert_int_equal(depth_add(d, 1 * MS, day), 0);
	assert_int_equal(depth_step_ns(d), 32 * MS);
	assert_int_equal(depth_before(d, 32 * MS), 2 * MS - 500 + 31 * MS);
	assert_int_equal(depth_before(d, day), 2 * MS - 500 + day - MS);
	assert_int_equal(depth_add(d, day, UINT64_MAX), 0);
	assert_true(depth_bytes(d) < 100 << 20);
	depth_free(d);
}

/* ---- CPUs ---- */

static void the_occupant_of_a_bin_is_who_had_most_of_it(void **state)
{
	struct model *m = *state;
	struct cpu_bin b[2];

	FEED(m, SWITCH(1000, IDLE, PREEMPTED, ALICE));
	for (uint64_t t = 1000; t < 100000; t += 100)
		FEED(m, SWITCH(t + 20, ALICE, SLEEPS, BOB),
		     SWITCH(t + 80, BOB, SLEEPS, CAROL),
		     SWITCH(t + 100, CAROL, SLEEPS, ALICE));
	model_cpu_bins(m, 0, 1000, 100, 2, b);
	assert_int_equal(b[0].task, who(m, BOB));
	assert_true(b[0].mixed);
	model_cpu_bins(m, 0, 1030, 20, 2, b);
	assert_int_equal(b[0].task, who(m, BOB));
	assert_false(b[0].mixed);
	/* thousands of switches: counted here and there */
	model_cpu_bins(m, 0, 1000, 100000, 1, b);
	assert_int_equal(b[0].task, who(m, BOB));
	assert_int_equal(b[0].target_ns, 99000);
	story_check(m);
}

static void a_cpu_span_says_who_and_how_long(void **state)
{
	struct model *m = *state;
	struct span s;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(200, ALICE, SLEEPS, IDLE));
	story_advance(m, 300);
	assert_true(model_cpu_span(m, 0, 50, &s));
	assert_int_equal(s.evidence, EVIDENCE_UNKNOWN);
	assert_true(model_cpu_span(m, 0, 199, &s));
	assert_int_equal(s.task, who(m, ALICE));
	assert_int_equal(s.start_ns, 100);
	assert_true(model_cpu_span(m, 0, 250, &s));
	assert_int_equal(s.task, 0);
	assert_int_equal(s.end_ns, 300);
	assert_true(model_cpu_span(m, 3, 250, &s));
	assert_int_equal(s.evidence, EVIDENCE_UNKNOWN);
	assert_false(model_cpu_span(m, 0, 301, &s));
	assert_false(model_cpu_span(m, STORY_CPUS, 100, &s));
}

/* ---- tids ---- */

static void an_owner_is_found_by_the_tid_of_its_own_namespace(void **state)
{
	struct model *m = *state;
	struct event in_container = FOUND(5, 4001, 4001, "inner");

	in_container.task.ns_tid = 1;
	FEED(m, in_container);
	assert_int_equal(task_by_ns_tid(m, ALICE, BOB), who(m, BOB));
	assert_int_equal(task_by_ns_tid(m, 4001, 1), who(m, 4001));
	assert_int_equal(task_by_ns_tid(m, 4001, 4001), 0);
	assert_int_equal(task_by_ns_tid(m, ALICE, EVE), 0);
	assert_int_equal(task_by_ns_tid(m, ALICE, 0), 0);
	assert_int_equal(task_by_ns_tid(m, ALICE, UINT32_MAX), 0);
	for (uint32_t i = 0; i < 300; i++) {
		in_container = FORK(6 + i, 4001, 5000 + i, 4001, "inner");
		in_container.task.ns_tid = 2 + i;
		FEED(m, in_container);
	}
	assert_int_equal(task_by_ns_tid(m, 4001, 200), who(m, 5198));
}

static void a_tid_of_the_past_is_nobody_before_its_birth(void **state)
{
	struct model *m = *state;

	FEED(m, FORK(100, ALICE, 105, ALICE, "erin"), WAKING_FIRST(110, ALICE, 105));
	assert_int_equal(model_find_tid(m, 105, 50), 0);
	assert_int_equal(model_find_tid(m, 105, 110), who(m, 105));
	assert_int_equal(model_find_tid(m, 4711, 110), 0);
	assert_int_equal(model_find_tid(m, UINT32_MAX, 110), 0);
}

/* ---- the whole ---- */

static void history_is_bounded_and_totals_are_not(void **state)
{
	const struct model_options small = {.memory_bytes = 64 << 10};
	struct model *m = story_model(&small), *all = story_model(NULL);
	uint64_t t = 0, a, b, busy[2], target[2], switches[2];
	struct slice s;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"));
	FEED(all, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"));
	for (int i = 0; i < 20000; i++, t += 1000) {
		const struct event e[] = {SWITCH(t + 1, ALICE, READS_PIPE, BOB),
					  WAKING(t + 400, BOB, ALICE),
					  SWITCH(t + 500, BOB, PREEMPTED, ALICE)};

		story_feed(m, e, 3);
		story_feed(all, e, 3);
	}
	assert_true(model_bytes(m) < model_bytes(all) / 2);
	assert_true(model_edge_ns(m) > t / 2);
	assert_int_equal(model_edge_ns(all), 0);
	assert_false(model_task_slice(m, who(m, ALICE), 1000, &s));
	assert_int_equal(state_at(m, ALICE, model_edge_ns(m)),
			 state_at(all, ALICE, model_edge_ns(m)));
	for (int k = 0; k < STATE_NR; k++)
		assert_int_equal(total(m, ALICE, k), total(all, ALICE, k));
	a = model_task_runq_ns(m, who(m, ALICE), 99);
	b = model_task_runq_ns(all, who(all, ALICE), 99);
	assert_int_equal(a, b);
	model_cpu_totals(m, 0, &busy[0], &target[0], &switches[0]);
	model_cpu_totals(all, 0, &busy[1], &target[1], &switches[1]);
	assert_int_equal(busy[0], busy[1]);
	story_check(m);
	model_free(m);
	model_free(all);
}

static void what_is_known_of_the_recording_is_copied(void **state)
{
	struct model *m = *state;
	const struct trace_info *info = model_info(m);

	assert_int_equal(info->argc, 3);
	assert_string_equal(info->argv[0], "./bank");
	assert_null(info->argv[3]);
	assert_string_equal(info->machine, "x86_64");
	assert_true(info->others);
}

static void names_are_no_events(void **state)
{
	struct model *m = *state;
	uint64_t before = model_events(m);

	FEED(m, NAMED(10, ALICE, L, "account_lock"), OWNER(20, ALICE, L, 2, BOB));
	assert_int_equal(model_events(m), before + 1);
}

static void nothing_comes_after_the_end(void **state)
{
	struct model *m = *state;
	struct sink *s = model_sink(m);
	const struct event e = SWITCH(10, ALICE, SLEEPS, BOB);
	const struct trace_end end = {.duration_ns = 20};

	story_end(m, 20);
	assert_int_not_equal(s->event(s, &e), 0);
	assert_int_not_equal(s->advance(s, 30), 0);
	assert_int_not_equal(s->end(s, &end), 0);
	assert_int_not_equal(s->begin(s, model_info(m)), 0);
}

static const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, story_begin, story_over)
	STORY(a_bin_says_what_filled_it),
	STORY(bins_count_the_open_slice_up_to_now),
	STORY(an_end_at_a_bins_edge_is_in_the_bin_that_it_begins),
	STORY(far_bins_know_the_last_lock_and_cpu),
	STORY(slices_follow_each_other_without_gaps),
	STORY(waits_of_one_kind_are_one),
	STORY(percentiles_count_every_runnable_slice_and_the_open_one),
	STORY(depth_is_the_runnable_time_of_all),
	STORY(depth_at_all_zooms_is_what_the_rows_say),
	cmocka_unit_test(depth_gets_coarser_rather_than_big),
	STORY(the_occupant_of_a_bin_is_who_had_most_of_it),
	STORY(a_cpu_span_says_who_and_how_long),
	STORY(an_owner_is_found_by_the_tid_of_its_own_namespace),
	STORY(a_tid_of_the_past_is_nobody_before_its_birth),
	cmocka_unit_test(history_is_bounded_and_totals_are_not),
	STORY(what_is_known_of_the_recording_is_copied),
	STORY(names_are_no_events),
	STORY(nothing_comes_after_the_end),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}

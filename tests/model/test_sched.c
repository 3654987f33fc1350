// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_sched.c - the states of tasks and CPUs, story by story
 */
#include "tests/model/story.h"

#include <stdlib.h>
#include <string.h>

#define L 0x5000

/* ---- running, runnable, blocked ---- */

static void a_task_is_unknown_until_its_first_event(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(130, ALICE, SLEEPS, IDLE));
	assert_int_equal(total(m, ALICE, STATE_UNKNOWN), 100);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 30);
	assert_int_equal(total(m, BOB, STATE_UNKNOWN), 130);
	assert_int_equal(life(m, ALICE)->start_ns, 0);
	story_check(m);
}

static void a_woken_task_is_runnable_until_it_gets_a_cpu(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, BOB, SLEEPS, ALICE), WAKING(100, ALICE, BOB),
	     SWITCH(150, ALICE, SLEEPS, BOB));
	assert_int_equal(total(m, BOB, STATE_OTHER), 50);
	assert_int_equal(total(m, BOB, STATE_RUNNABLE), 50);
	assert_int_equal(slice_at(m, BOB, 120).why, RUNNABLE_WOKEN);
	assert_int_equal(slice_at(m, BOB, 120).other, who(m, ALICE));
	assert_int_equal(model_task_runq_ns(m, who(m, BOB), 50), 50);
	story_check(m);
}

static void a_preempted_task_is_runnable_although_nobody_wakes_it(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), SWITCH(100, ALICE, PREEMPTED, BOB),
	     SWITCH(130, BOB, SLEEPS, ALICE), SWITCH(140, ALICE, YIELDS(), BOB));
	assert_int_equal(total(m, ALICE, STATE_RUNNABLE), 30);
	assert_int_equal(slice_at(m, ALICE, 110).why, RUNNABLE_PREEMPTED);
	assert_int_equal(slice_at(m, ALICE, 110).other, who(m, BOB));
	assert_int_equal(slice_at(m, ALICE, 140).why, RUNNABLE_YIELDED);
	story_check(m);
}

static void switches_count_as_the_kernel_counts_them(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE), SWITCH(20, ALICE, PREEMPTED, BOB),
	     SWITCH(30, BOB, YIELDS(), ALICE), SWITCH(40, ALICE, SLEEPS, BOB),
	     EXITS(50, BOB, 0), SWITCH(60, BOB, DIES, IDLE));
	assert_int_equal(life(m, ALICE)->involuntary, 1);
	assert_int_equal(life(m, ALICE)->voluntary, 1);
	assert_int_equal(life(m, BOB)->involuntary, 1);
	assert_int_equal(life(m, BOB)->voluntary, 1);
	assert_int_equal(life(m, ALICE)->switches, 2);
	assert_int_equal(model_switches(m), 5);
	story_check(m);
}

static void a_waking_before_the_sleep_makes_runnable_at_switch_out(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), ON(1, WAKING(90, BOB, ALICE)),
	     SWITCH(100, ALICE, MUTEX(L, BOB), IDLE),
	     SWITCH(130, IDLE, PREEMPTED, ALICE));
	assert_int_equal(total(m, ALICE, STATE_LOCK), 0);
	assert_int_equal(total(m, ALICE, STATE_RUNNABLE), 30);
	assert_int_equal(slice_at(m, ALICE, 110).other, who(m, BOB));
	assert_int_equal(model_lock(m, 1)->waits, 1);
	assert_int_equal(model_lock(m, 1)->waiting, 0);
	story_check(m);
}

static void an_absorbed_waking_wakes_nobody(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), ON(1, WAKING(90, BOB, ALICE)),
	     ON(1, ABSORBED(91, ALICE)), SWITCH(200, ALICE, NAPS, IDLE),
	     WAKING_BY_IRQ(300, IDLE, ALICE));
	assert_int_equal(state_at(m, ALICE, 250), STATE_SLEEP);
	assert_int_equal(total(m, ALICE, STATE_SLEEP), 100);
	assert_int_equal(total(m, ALICE, STATE_RUNNABLE), 0);
	story_check(m);
}

static void a_preemption_uses_up_a_waking_before_it(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), ON(1, WAKING(90, BOB, ALICE)),
	     SWITCH(100, ALICE, PREEMPTED, BOB), SWITCH(110, BOB, SLEEPS, ALICE),
	     SWITCH(120, ALICE, NAPS, IDLE));
	assert_int_equal(state_at(m, ALICE, 120), STATE_SLEEP);
	story_check(m);
}

static void a_second_waking_proves_the_first_one_stale(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), ON(1, WAKING(90, BOB, ALICE)),
	     SWITCH(100, ALICE, NAPS, IDLE), WAKING_BY_IRQ(300, BOB, ALICE),
	     SWITCH(310, IDLE, PREEMPTED, ALICE));
	assert_int_equal(total(m, ALICE, STATE_SLEEP), 200);
	assert_int_equal(total(m, ALICE, STATE_RUNNABLE), 10);
	assert_int_equal(model_wait(m, slice_at(m, ALICE, 200).wait)->syscall, 35);
	assert_int_equal(model_task_runq_ns(m, who(m, ALICE), 100), 10);
	story_check(m);
}

static void an_absorbed_waking_told_late_is_void_as_well(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), ON(1, WAKING(90, BOB, ALICE)),
	     SWITCH(100, ALICE, NAPS, IDLE), ON(1, ABSORBED(110, ALICE)));
	assert_int_equal(state_at(m, ALICE, 105), STATE_SLEEP);
	story_check(m);
}

static void an_interrupt_is_nobodys_wake(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE),
	     SWITCH(100, ALICE, MUTEX(L, BOB), BOB), WAKING_BY_IRQ(150, BOB, ALICE));
	assert_int_equal(slice_at(m, ALICE, 150).state, STATE_RUNNABLE);
	assert_int_equal(slice_at(m, ALICE, 150).other, 0);
	assert_int_equal(model_lock_releasers(m, 1, NULL, 0), 0);
	story_check(m);
}

static void a_stopped_task_is_stopped_until_it_is_continued(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), SWITCH(100, ALICE, STOPS, IDLE),
	     WAKING(400, MAKE, ALICE), SWITCH(410, IDLE, PREEMPTED, ALICE));
	assert_int_equal(total(m, ALICE, STATE_STOPPED), 300);
	assert_int_equal(slice_at(m, ALICE, 405).other, who(m, MAKE));
	story_check(m);
}

static void a_waiter_waits_for_a_lock_and_is_released(void **state)
{
	struct model *m = *state;
	struct lock_releaser r;
	struct task_bin bin;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE),
	     SWITCH(100, ALICE, MUTEX(L, BOB), BOB), WAKING(140, BOB, ALICE),
	     SWITCH(150, BOB, SLEEPS, ALICE));
	assert_int_equal(total(m, ALICE, STATE_LOCK), 40);
	assert_int_equal(model_wait(m, slice_at(m, ALICE, 120).wait)->lock, 1);
	assert_int_equal(model_lock(m, 1)->wait_ns, 40);
	assert_int_equal(model_lock_releasers(m, 1, &r, 1), 1);
	assert_int_equal(r.task, who(m, BOB));
	model_task_bins(m, who(m, ALICE), 100, 50, 1, &bin);
	assert_int_equal(bin.lock, 1);
	assert_int_equal(bin.state, STATE_LOCK);
	assert_int_equal(bin.cpu, UINT16_MAX);
	story_check(m);
}

static void a_join_names_whom_it_joins(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), SWITCH(60, ALICE, JOIN(BOB), BOB),
	     SWITCH(70, BOB, COND(0x700), CAROL), SWITCH(80, CAROL, JOIN(77), IDLE));
	assert_int_equal(slice_at(m, ALICE, 65).state, STATE_SYNC);
	assert_int_equal(model_wait(m, slice_at(m, ALICE, 65).wait)->join_tid, BOB);
	assert_int_equal(model_wait(m, slice_at(m, BOB, 75).wait)->join_tid, 0);
	/* 77 is nobody's tid: a word of another kind */
	assert_int_equal(model_wait(m, slice_at(m, CAROL, 80).wait)->join_tid, 0);
}

/* ---- births and deaths ---- */

static void a_new_task_begins_at_its_first_wake(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), FORK(100, ALICE, 105, ALICE, "erin"),
	     WAKING_FIRST(110, ALICE, 105), ON(1, SWITCH(140, IDLE, PREEMPTED, 105)));
	assert_int_equal(life(m, 105)->start_ns, 110);
	assert_int_equal(life(m, 105)->born_ns, 100);
	assert_int_equal(life(m, 105)->parent, who(m, ALICE));
	assert_int_equal(life(m, 105)->leader, who(m, ALICE));
	assert_int_equal(life(m, 105)->letter, 5);
	assert_int_equal(slice_at(m, 105, 120).why, RUNNABLE_NEW);
	assert_int_equal(slice_at(m, 105, 120).other, who(m, ALICE));
	assert_int_equal(total(m, 105, STATE_RUNNABLE), 30);
	assert_int_equal(total(m, 105, STATE_UNKNOWN), 0);
	assert_int_equal(state_at(m, 105, 105), -1);
	story_check(m);
}

static void a_task_ends_at_its_last_switch_out_after_exit(void **state)
{
	struct model *m = *state;
	struct task_bin bins[3];

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), EXITS(150, ALICE, 3 << 8),
	     SWITCH(160, ALICE, PREEMPTED, BOB), SWITCH(170, BOB, SLEEPS, ALICE),
	     SWITCH(200, ALICE, DIES, IDLE), SWITCH(300, IDLE, PREEMPTED, BOB));
	assert_true(life(m, ALICE)->exited);
	assert_int_equal(life(m, ALICE)->exit_status, 3 << 8);
	assert_int_equal(life(m, ALICE)->end_ns, 200);
	assert_int_equal(life(m, ALICE)->state, STATE_GONE);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 90);
	assert_int_equal(state_at(m, ALICE, 199), STATE_RUNNING);
	assert_int_equal(state_at(m, ALICE, 200), -1);
	model_task_bins(m, who(m, ALICE), 0, 150, 3, bins);
	assert_false(bins[0].ended);
	assert_true(bins[1].ended);
	assert_int_equal(bins[2].state, STATE_GONE);
	story_check(m);
}

static void a_reused_tid_is_another_life(void **state)
{
	struct model *m = *state;
	uint32_t first = who(m, BOB), second;

	FEED(m, SWITCH(10, IDLE, PREEMPTED, BOB), EXITS(20, BOB, 0),
	     SWITCH(30, BOB, DIES, ALICE), FORK(100, ALICE, BOB, ALICE, "bob 2"),
	     WAKING_FIRST(110, ALICE, BOB), SWITCH(120, ALICE, SLEEPS, BOB),
	     SWITCH(150, BOB, SLEEPS, IDLE));
	second = who(m, BOB);
	assert_int_not_equal(first, second);
	assert_int_equal(model_find_tid(m, BOB, 25), first);
	assert_int_equal(model_find_tid(m, BOB, 100), first);
	assert_int_equal(model_find_tid(m, BOB, 115), second);
	assert_int_equal(model_task(m, first)->end_ns, 30);
	assert_int_equal(model_task(m, second)->start_ns, 110);
	assert_int_equal(total(m, BOB, STATE_RUNNING), 30);
	assert_string_equal(model_task(m, second)->comm, "bob 2");
	story_check(m);
}

static void a_tid_reused_before_its_end_was_seen_ends_the_old_life(void **state)
{
	struct model *m = *state;
	uint32_t first = who(m, BOB);

	FEED(m, SWITCH(10, IDLE, PREEMPTED, BOB), SWITCH(30, BOB, NAPS, ALICE),
	     FORK(100, ALICE, BOB, ALICE, "bob 2"), WAKING_FIRST(110, ALICE, BOB));
	assert_int_equal(model_task(m, first)->end_ns, 100);
	assert_int_equal(model_task(m, first)->total_ns[STATE_UNKNOWN], 10 + 70);
	assert_int_equal(model_task(m, first)->total_ns[STATE_SLEEP], 0);
	assert_int_not_equal(who(m, BOB), first);
	story_check(m);
}

static void a_task_found_with_another_birth_is_another_task(void **state)
{
	struct model *m = *state;
	struct event again = FOUND(100, MAKE, MAKE, "cc");

	again.flags = TASK_FOUND;
	again.task.born_ns = 50;
	FEED(m, SWITCH(10, IDLE, PREEMPTED, MAKE), SWITCH(30, MAKE, DIES, IDLE), again,
	     SWITCH(100, IDLE, PREEMPTED, MAKE), SWITCH(120, MAKE, SLEEPS, IDLE));
	assert_string_equal(life(m, MAKE)->comm, "cc");
	assert_int_equal(model_other_run_ns(m, who(m, MAKE)), 20);
	assert_int_equal(model_other_run_ns(m, model_find_tid(m, MAKE, 20)), 20);
	assert_int_not_equal(who(m, MAKE), model_find_tid(m, MAKE, 20));
}

static void exec_in_the_leader_keeps_the_life(void **state)
{
	struct model *m = *state;
	uint32_t alice = who(m, ALICE);

	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE), EXEC(50, ALICE, ALICE, "true"),
	     RENAME(60, ALICE, ALICE, "false"), SWITCH(70, ALICE, SLEEPS, IDLE));
	assert_int_equal(who(m, ALICE), alice);
	assert_string_equal(life(m, ALICE)->comm, "false");
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 60);
	assert_false(life(m, ALICE)->exec_ended);
}

static void exec_from_a_thread_ends_the_leader_and_keeps_the_thread(void **state)
{
	struct model *m = *state;
	uint32_t alice = who(m, ALICE), bob = who(m, BOB);

	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE),
	     ON(1, SWITCH(20, IDLE, PREEMPTED, BOB)), EXITS(40, ALICE, 9),
	     SWITCH(50, ALICE, DIES, IDLE), ON(1, EXEC(60, ALICE, BOB, "true")),
	     ON(1, SWITCH(100, ALICE, SLEEPS, IDLE)));
	assert_int_equal(who(m, ALICE), bob);
	assert_true(model_task(m, alice)->exec_ended);
	assert_int_equal(model_task(m, alice)->end_ns, 50);
	assert_int_equal(model_task(m, bob)->tid, ALICE);
	assert_int_equal(model_task(m, bob)->leader, bob);
	assert_string_equal(model_task(m, bob)->comm, "true");
	assert_int_equal(model_find_tid(m, ALICE, 45), alice);
	assert_int_equal(model_find_tid(m, BOB, 45), bob);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 80);
	assert_int_equal(total(m, ALICE, STATE_UNKNOWN), 20);
	story_check(m);
}

static void a_thread_that_leaves_under_its_leaders_tid_has_execed(void **state)
{
	struct model *m = *state;
	uint32_t bob = who(m, BOB), nr = model_nr_tasks(m);

	/* The new tid shows in a switch before the exec is reported. */
	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE),
	     ON(1, SWITCH(20, IDLE, PREEMPTED, BOB)), EXITS(40, ALICE, 9),
	     SWITCH(50, ALICE, DIES, IDLE), ON(1, SWITCH(60, ALICE, READS_PIPE, IDLE)),
	     WAKING_BY_IRQ(70, IDLE, ALICE), ON(1, SWITCH(80, IDLE, PREEMPTED, ALICE)),
	     ON(1, EXEC(90, ALICE, BOB, "true")),
	     ON(1, SWITCH(100, ALICE, SLEEPS, IDLE)));
	assert_int_equal(who(m, ALICE), bob);
	assert_int_equal(model_task(m, bob)->total_ns[STATE_UNKNOWN], 20);
	assert_int_equal(total(m, ALICE, STATE_IO), 10);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 40 + 20);
	assert_int_equal(model_nr_tasks(m), nr);
	story_check(m);
}

static void what_exec_left_of_the_leader_may_leave_its_cpu_late(void **state)
{
	struct model *m = *state;
	uint32_t alice = who(m, ALICE), nr = model_nr_tasks(m);

	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE),
	     ON(1, SWITCH(20, IDLE, PREEMPTED, BOB)), EXITS(40, ALICE, 9),
	     ON(1, EXEC(60, ALICE, BOB, "true")), SWITCH(70, BOB, DIES, IDLE),
	     ON(1, SWITCH(100, ALICE, SLEEPS, IDLE)));
	assert_int_equal(model_task(m, alice)->end_ns, 60);
	assert_int_equal(model_nr_tasks(m), nr);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 80);
	story_check(m);
}

/* ---- strangers ---- */

static void a_tid_that_nobody_spoke_of_is_a_task_out_of_scope(void **state)
{
	struct model *m = *state;
	uint64_t busy, target, switches;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, 777), SWITCH(150, 777, SLEEPS, ALICE));
	assert_false(life(m, 777)->in_scope);
	assert_int_equal(model_other_run_ns(m, who(m, 777)), 50);
	model_cpu_totals(m, 0, &busy, &target, &switches);
	assert_int_equal(busy, 50);
	assert_int_equal(target, 0);
	assert_int_equal(switches, 2);
	story_check(m);
}

static void a_running_stranger_that_comes_into_scope_runs_from_then_on(void **state)
{
	struct model *m = *state;
	uint64_t busy, target, switches;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, MAKE), FOUND(130, MAKE, MAKE, "make"),
	     SWITCH(150, MAKE, SLEEPS, IDLE));
	assert_int_equal(total(m, MAKE, STATE_UNKNOWN), 130);
	assert_int_equal(total(m, MAKE, STATE_RUNNING), 20);
	model_cpu_totals(m, 0, &busy, &target, &switches);
	assert_int_equal(busy, 50);
	assert_int_equal(target, 20);
	story_check(m);
}

static void seen_tells_only_a_state_that_is_not_known(void **state)
{
	struct model *m = *state;

	FEED(m, SEEN(10, ALICE, MUTEX(L, BOB)), SEEN(20, BOB, MUTEX(L + 64, ALICE)),
	     SWITCH(30, IDLE, PREEMPTED, CAROL), SEEN(40, CAROL, NAPS),
	     SEEN(50, ALICE, MUTEX(L, BOB)));
	assert_int_equal(state_at(m, ALICE, 10), STATE_LOCK);
	assert_int_equal(state_at(m, BOB, 50), STATE_LOCK);
	assert_int_equal(state_at(m, CAROL, 50), STATE_RUNNING);
	assert_int_equal(model_lock(m, 1)->waits, 1);
	assert_int_equal(total(m, ALICE, STATE_UNKNOWN), 10);
	story_check(m);
}

/* ---- what is missing ---- */

static void after_a_loss_states_are_unknown_until_the_next_event(void **state)
{
	struct model *m = *state;
	struct span s;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE),
	     ON(1, SWITCH(50, IDLE, PREEMPTED, BOB)),
	     SWITCH(100, ALICE, MUTEX(L, BOB), CAROL), LOST(200, 300, 0, 7),
	     ON(1, WAKING(400, BOB, ALICE)), SWITCH(500, CAROL, SLEEPS, ALICE));
	assert_int_equal(total(m, ALICE, STATE_LOCK), 100);
	assert_int_equal(total(m, ALICE, STATE_UNKNOWN), 50 + 200);
	assert_int_equal(total(m, ALICE, STATE_RUNNABLE), 100);
	assert_int_equal(total(m, CAROL, STATE_RUNNING), 100);
	assert_int_equal(total(m, BOB, STATE_RUNNING), 150);
	assert_int_equal(model_lock(m, 1)->wait_ns, 100);
	assert_int_equal(model_lost(m), 7);
	/* The lane of the CPU that lost events has a gap, the other one not. */
	assert_true(model_cpu_span(m, 0, 400, &s));
	assert_int_equal(s.evidence, EVIDENCE_UNKNOWN);
	assert_int_equal(s.start_ns, 200);
	assert_int_equal(s.end_ns, 500);
	assert_true(model_cpu_span(m, 1, 400, &s));
	assert_int_equal(s.task, who(m, BOB));
	story_check(m);
}

static void a_slice_that_began_during_a_loss_was_begun_by_an_event(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(50, IDLE, PREEMPTED, ALICE), SWITCH(100, ALICE, NAPS, IDLE),
	     LOST(80, 300, 1, 1), WAKING_BY_IRQ(400, IDLE, ALICE));
	assert_int_equal(total(m, ALICE, STATE_SLEEP), 300);
	story_check(m);
}

static void a_missed_switch_out_leaves_the_slice_unknown(void **state)
{
	struct model *m = *state;
	struct span s;

	/* ALICE was on CPU 0; then BOB leaves it. */
	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(200, BOB, SLEEPS, CAROL));
	assert_int_equal(state_at(m, ALICE, 150), STATE_UNKNOWN);
	assert_int_equal(total(m, BOB, STATE_UNKNOWN), 200);
	assert_true(model_cpu_span(m, 0, 150, &s));
	assert_int_equal(s.evidence, EVIDENCE_UNKNOWN);
	story_check(m);
}

static void a_task_on_two_cpus_left_the_first_unseen(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE),
	     ON(1, SWITCH(150, IDLE, PREEMPTED, ALICE)), SWITCH(200, BOB, SLEEPS, IDLE),
	     ON(1, SWITCH(250, ALICE, SLEEPS, IDLE)));
	assert_int_equal(total(m, ALICE, STATE_UNKNOWN), 150);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 100);
	story_check(m);
}

static void who_wakes_is_on_that_cpu_whatever_was_missed(void **state)
{
	struct model *m = *state;
	struct span s;

	/* MAKE has CPU 0 from 200 on, as far as seen; at 300 ALICE is there again. */
	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(200, ALICE, PREEMPTED, MAKE),
	     WAKING_BY_IRQ(300, ALICE, BOB), SWITCH(400, ALICE, SLEEPS, BOB));
	assert_int_equal(state_at(m, ALICE, 250), STATE_UNKNOWN);
	assert_int_equal(state_at(m, ALICE, 350), STATE_RUNNING);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 200);
	assert_int_equal(slice_at(m, BOB, 350).other, 0);
	assert_true(model_cpu_span(m, 0, 250, &s));
	assert_int_equal(s.evidence, EVIDENCE_UNKNOWN);
	assert_int_equal(model_other_run_ns(m, who(m, MAKE)), 0);
	assert_true(model_cpu_span(m, 0, 350, &s));
	assert_int_equal(s.task, who(m, ALICE));
	story_check(m);
}

static void a_waker_nobody_has_switched_to_yet_is_running(void **state)
{
	struct model *m = *state;

	FEED(m, ON(1, WAKING(100, ALICE, BOB)), ON(1, SWITCH(150, ALICE, SLEEPS, IDLE)));
	assert_int_equal(total(m, ALICE, STATE_UNKNOWN), 100);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 50);
	story_check(m);
}

static void a_thread_that_wakes_under_its_leaders_tid_has_execed(void **state)
{
	struct model *m = *state;
	uint32_t bob = who(m, BOB);

	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE), ON(1, SWITCH(20, IDLE, PREEMPTED, BOB)),
	     EXITS(40, ALICE, 9), SWITCH(50, ALICE, DIES, IDLE),
	     ON(1, WAKING(60, ALICE, EVE)), ON(1, EXEC(90, ALICE, BOB, "true")));
	assert_int_equal(slice_at(m, EVE, 60).other, bob);
	assert_int_equal(who(m, ALICE), bob);
	assert_int_equal(total(m, ALICE, STATE_UNKNOWN), 20);
	story_check(m);
}

static void a_missed_wake_leaves_the_wait_as_it_was(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE),
	     SWITCH(150, ALICE, MUTEX(L, BOB), BOB), SWITCH(200, BOB, SLEEPS, ALICE));
	assert_int_equal(total(m, ALICE, STATE_LOCK), 50);
	assert_int_equal(model_lock(m, 1)->wait_ns, 50);
	assert_int_equal(model_lock_releasers(m, 1, NULL, 0), 0);
	story_check(m);
}

static void a_late_event_happens_at_its_tasks_last_time(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE), SWITCH(200, ALICE, NAPS, IDLE),
	     WAKING(190, BOB, ALICE), SWITCH(250, IDLE, PREEMPTED, ALICE));
	assert_int_equal(model_late(m), 1);
	assert_int_equal(total(m, ALICE, STATE_SLEEP), 0);
	assert_int_equal(total(m, ALICE, STATE_RUNNABLE), 50);
	assert_int_equal(model_now_ns(m), 250);
	story_check(m);
}

static void nonsense_is_skipped_and_counted(void **state)
{
	struct model *m = *state;
	struct event strange = {.time_ns = 10, .type = 200, .tid = ALICE};
	uint64_t before = model_events(m);

	FEED(m, strange, SWITCH(20, UINT32_MAX, SLEEPS, ALICE),
	     WAKING(30, 1u << 22, ALICE), WAKING(40, ALICE, IDLE),
	     ON(EVENT_CPU_USER, SWITCH(50, BOB, SLEEPS, ALICE)), EXITS(60, UINT32_MAX, 0),
	     SEEN(70, 4711, NAPS));
	assert_int_equal(model_events(m), before + 1);
	story_check(m);
}

/* ---- CPUs ---- */

static void a_cpu_is_unknown_then_idle_busy_or_the_targets(void **state)
{
	struct model *m = *state;
	struct cpu_bin b[3];

	FEED(m, SWITCH(100, MAKE, SLEEPS, IDLE), SWITCH(150, IDLE, PREEMPTED, MAKE),
	     SWITCH(200, MAKE, SLEEPS, ALICE), SWITCH(300, ALICE, SLEEPS, IDLE));
	model_cpu_bins(m, 0, 0, 100, 3, b);
	assert_int_equal(b[0].unknown_ns, 100);
	assert_int_equal(b[1].busy_ns, 50);
	assert_int_equal(b[1].target_ns, 0);
	assert_true(b[1].mixed);
	assert_int_equal(b[2].target_ns, 100);
	assert_int_equal(b[2].task, who(m, ALICE));
	assert_false(b[2].mixed);
	assert_int_equal(model_nr_cpus(m), STORY_CPUS);
	model_cpu_bins(m, 3, 0, 100, 3, b);
	assert_int_equal(b[2].unknown_ns, 100);
	story_check(m);
}

static void without_occupants_a_cpu_is_known_only_with_the_target_on_it(void **state)
{
	const struct trace_info info = {.machine = "x86_64", .nr_cpus = 1};
	struct model *m = model_new(NULL);
	struct sink *s = model_sink(m);
	struct span span;

	(void)state;
	s->begin(s, &info);
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), SWITCH(100, MAKE, SLEEPS, ALICE),
	     SWITCH(200, ALICE, SLEEPS, MAKE), SWITCH(300, 77, SLEEPS, ALICE));
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 100);
	assert_true(model_cpu_span(m, 0, 150, &span));
	assert_int_equal(span.task, who(m, ALICE));
	assert_true(model_cpu_span(m, 0, 250, &span));
	assert_int_equal(span.evidence, EVIDENCE_UNKNOWN);
	story_check(m);
	model_free(m);
}

/* ---- time ---- */

static void advance_moves_now_and_nothing_else(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE));
	story_advance(m, 400);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 300);
	assert_true(slice_at(m, ALICE, 400).open);
	story_advance(m, 300);
	assert_int_equal(model_now_ns(m), 400);
	FEED(m, SWITCH(450, ALICE, SLEEPS, IDLE));
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 350);
	story_end(m, 500);
	assert_int_equal(total(m, ALICE, STATE_OTHER), 50);
	story_check(m);
}

static void the_end_mark_decides_the_duration(void **state)
{
	struct model *m = *state;
	struct trace_end end;

	assert_false(model_ended(m, &end));
	FEED(m, SWITCH(100, IDLE, PREEMPTED, ALICE));
	story_advance(m, 900);
	story_end(m, 500);
	assert_true(model_ended(m, &end));
	assert_int_equal(model_now_ns(m), 500);
	assert_int_equal(end.duration_ns, 500);
	assert_int_equal(total(m, ALICE, STATE_RUNNING), 400);
	assert_int_equal(life(m, ALICE)->end_ns, UINT64_MAX);
	story_check(m);
}

static void migrations_are_counted_as_the_kernel_moves(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10, IDLE, PREEMPTED, ALICE), SWITCH(20, ALICE, SLEEPS, IDLE),
	     WAKING(30, BOB, ALICE), MOVED(31, ALICE, 0, 1), MOVED(32, MAKE, 0, 1),
	     ON(1, SWITCH(40, IDLE, PREEMPTED, ALICE)));
	assert_int_equal(life(m, ALICE)->migrations, 1);
	assert_int_equal(life(m, ALICE)->cpu, 1);
	assert_int_equal(slice_at(m, ALICE, 15).cpu, 0);
	assert_int_equal(slice_at(m, ALICE, 40).cpu, 1);
}

static const struct CMUnitTest tests[] = {
#define STORY(name) cmocka_unit_test_setup_teardown(name, story_begin, story_over)
	STORY(a_task_is_unknown_until_its_first_event),
	STORY(a_woken_task_is_runnable_until_it_gets_a_cpu),
	STORY(a_preempted_task_is_runnable_although_nobody_wakes_it),
	STORY(switches_count_as_the_kernel_counts_them),
	STORY(a_waking_before_the_sleep_makes_runnable_at_switch_out),
	STORY(an_absorbed_waking_wakes_nobody),
	STORY(a_preemption_uses_up_a_waking_before_it),
	STORY(a_second_waking_proves_the_first_one_stale),
	STORY(an_absorbed_waking_told_late_is_void_as_well),
	STORY(an_interrupt_is_nobodys_wake),
	STORY(a_stopped_task_is_stopped_until_it_is_continued),
	STORY(a_waiter_waits_for_a_lock_and_is_released),
	STORY(a_join_names_whom_it_joins),
	STORY(a_new_task_begins_at_its_first_wake),
	STORY(a_task_ends_at_its_last_switch_out_after_exit),
	STORY(a_reused_tid_is_another_life),
	STORY(a_tid_reused_before_its_end_was_seen_ends_the_old_life),
	STORY(a_task_found_with_another_birth_is_another_task),
	STORY(exec_in_the_leader_keeps_the_life),
	STORY(exec_from_a_thread_ends_the_leader_and_keeps_the_thread),
	STORY(a_thread_that_leaves_under_its_leaders_tid_has_execed),
	STORY(what_exec_left_of_the_leader_may_leave_its_cpu_late),
	STORY(a_tid_that_nobody_spoke_of_is_a_task_out_of_scope),
	STORY(a_running_stranger_that_comes_into_scope_runs_from_then_on),
	STORY(seen_tells_only_a_state_that_is_not_known),
	STORY(after_a_loss_states_are_unknown_until_the_next_event),
	STORY(a_slice_that_began_during_a_loss_was_begun_by_an_event),
	STORY(a_missed_switch_out_leaves_the_slice_unknown),
	STORY(a_task_on_two_cpus_left_the_first_unseen),
	STORY(who_wakes_is_on_that_cpu_whatever_was_missed),
	STORY(a_waker_nobody_has_switched_to_yet_is_running),
	STORY(a_thread_that_wakes_under_its_leaders_tid_has_execed),
	STORY(a_missed_wake_leaves_the_wait_as_it_was),
	STORY(a_late_event_happens_at_its_tasks_last_time),
	STORY(nonsense_is_skipped_and_counted),
	STORY(a_cpu_is_unknown_then_idle_busy_or_the_targets),
	cmocka_unit_test(without_occupants_a_cpu_is_known_only_with_the_target_on_it),
	STORY(advance_moves_now_and_nothing_else),
	STORY(the_end_mark_decides_the_duration),
	STORY(migrations_are_counted_as_the_kernel_moves),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_finding.c - deadlocks and lost locks: found when certain, and only then
 */
#include "tests/model/lock_story.h"

#include <stdio.h>
#include <string.h>

#define LEFT  0x1000
#define RIGHT 0x2000
#define THIRD 0x3000
#define S     (1000 * MS)

/* ---- a few words more than story.h has ---- */
static struct event REREAD(uint64_t time_ns, uint64_t addr, uint32_t owner)
{
	return OWNER(time_ns, ALICE, addr, 2, owner);
}

/* alice has left and wants right, bob has right and wants left */
static void cross(struct model *m, uint64_t alice_ns, uint64_t bob_ns)
{
	FEED(m, BLOCKS(alice_ns, ALICE, MUTEX(RIGHT, BOB)),
	     BLOCKS(bob_ns, BOB, MUTEX(LEFT, ALICE)));
}

static const struct finding *only(struct model *m, enum finding_kind kind)
{
	const struct finding *f = model_finding(m, 0);

	assert_int_equal(model_nr_findings(m), 1);
	assert_int_equal(f->kind, kind);
	return f;
}

static uint32_t lock_at(struct model *m, uint64_t address)
{
	for (uint32_t id = 1; id <= model_nr_locks(m); id++)
		if (model_lock(m, id)->address == address)
			return id;
	fail_msg("no lock is at %llx", (unsigned long long)address);
	return 0;
}

/* ---- deadlock ---- */
static void two_threads_that_wait_for_each_other_are_a_deadlock(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(600 * MS, RIGHT, BOB));
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, REREAD(620 * MS, LEFT, ALICE));
	f = only(m, FINDING_DEADLOCK);

	assert_int_equal(f->start_ns, 520 * MS);
	assert_int_equal(f->end_ns, UINT64_MAX);
	assert_int_equal(f->nr_tasks, 2);
	assert_int_equal(f->nr_locks, 2);
	assert_int_equal(f->tasks[0], who(m, ALICE));
	assert_int_equal(f->locks[0], lock_at(m, RIGHT));
	assert_int_equal(f->tasks[1], who(m, BOB));
	assert_int_equal(f->locks[1], lock_at(m, LEFT));
	assert_null(model_finding(m, 1));
}

static void it_is_told_in_plain_words(void **state)
{
	struct model *m = *state;

	FEED(m, NAMED(1, ALICE, LEFT, "left"), NAMED(1, ALICE, RIGHT, "right"),
	     RENAME(2, ALICE, ALICE, "alice"));
	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(640 * MS, RIGHT, BOB), REREAD(640 * MS, LEFT, ALICE));
	assert_string_equal(
		only(m, FINDING_DEADLOCK)->text,
		"Deadlock since 0.52 s: alice (tid 101) waits for mutex right, "
		"held by bob (tid 102), which waits for mutex left, held by "
		"alice. None of them can go on.");

	FEED(m, WAKING(3123 * MS, EVE, BOB));
	assert_string_equal(only(m, FINDING_DEADLOCK)->text,
			    "Deadlock from 0.52 s to 3.123 s: alice (tid 101) waited for "
			    "mutex right, held by bob (tid 102), which waited for mutex "
			    "left, held by alice. None of them could go on.");
}

static void a_name_that_comes_later_is_in_the_text(void **state)
{
	struct model *m = *state;

	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(640 * MS, RIGHT, BOB), REREAD(640 * MS, LEFT, ALICE));
	assert_non_null(
		strstr(only(m, FINDING_DEADLOCK)->text, "waits for mutex 0x2000,"));
	FEED(m, NAMED(650 * MS, ALICE, RIGHT, "evil\033[2J"));
	assert_non_null(strstr(only(m, FINDING_DEADLOCK)->text, "mutex evil\\x1b[2J,"));
	assert_ptr_equal(model_finding(m, 0)->text, model_finding(m, 0)->text);
}

static void a_third_who_waits_for_one_of_the_two_is_not_in_the_cycle(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	FEED(m, BLOCKS(400 * MS, CAROL, MUTEX(LEFT, ALICE)));
	cross(m, 500 * MS, 520 * MS);
	FEED(m, BLOCKS(530 * MS, DAVE, MUTEX(RIGHT, BOB)), REREAD(700 * MS, LEFT, ALICE),
	     REREAD(700 * MS, RIGHT, BOB));
	f = only(m, FINDING_DEADLOCK);
	assert_int_equal(f->nr_tasks, 2);
	assert_int_equal(f->start_ns, 520 * MS);

	FEED(m, WAKING(800 * MS, EVE, CAROL)); /* a signal ends the innocent's wait */
	assert_int_equal(only(m, FINDING_DEADLOCK)->end_ns, UINT64_MAX);
	FEED(m, WAKING(900 * MS, EVE, ALICE));
	assert_int_equal(only(m, FINDING_DEADLOCK)->end_ns, 900 * MS);
}

static void three_threads_in_a_ring_are_a_deadlock(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	FEED(m, BLOCKS(100 * MS, CAROL, MUTEX(LEFT, BOB)),
	     BLOCKS(110 * MS, BOB, MUTEX(RIGHT, ALICE)),
	     BLOCKS(120 * MS, ALICE, MUTEX(THIRD, CAROL)), REREAD(230 * MS, THIRD, CAROL),
	     REREAD(230 * MS, LEFT, BOB));
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, REREAD(240 * MS, RIGHT, ALICE));
	f = only(m, FINDING_DEADLOCK);
	assert_int_equal(f->nr_tasks, 3);
	assert_int_equal(f->tasks[0], who(m, ALICE));
	assert_int_equal(f->tasks[1], who(m, CAROL));
	assert_int_equal(f->tasks[2], who(m, BOB));
	assert_int_equal(f->locks[1], lock_at(m, LEFT));
}

static void a_hundred_threads_in_a_ring_are_a_deadlock(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	for (uint32_t i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		FEED(m, FOUND(1, 1000 + i, ALICE, name));
	}
	for (uint32_t i = 0; i < 100; i++)
		FEED(m, BLOCKS(100 * MS + i, 1000 + i,
			       MUTEX(0x10000 + i * 64, 1000 + (i + 1) % 100)));
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(model_nr_findings(m), 0);
		FEED(m, SEEN(300 * MS + i, 1000 + i,
			     MUTEX(0x10000 + i * 64, 1000 + (i + 1) % 100)));
	}
	f = only(m, FINDING_DEADLOCK);
	assert_int_equal(f->nr_tasks, 100);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(f->tasks[i], who(m, 1000 + i));
		assert_int_equal(model_lock(m, f->locks[i])->address, 0x10000 + i * 64);
	}
	assert_non_null(strstr(f->text,
			       "and so on through 92 more threads up to p99 (tid "
			       "1099), which waits for mutex 0x118c0, held by p0."));
	assert_true(strlen(f->text) < 1000);
}

static void two_cycles_at_once_are_two_deadlocks(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(500 * MS, CAROL, MUTEX(0x8000, DAVE)),
	     BLOCKS(510 * MS, DAVE, MUTEX(0x9000, CAROL)));
	cross(m, 515 * MS, 520 * MS);
	FEED(m, REREAD(700 * MS, LEFT, ALICE), REREAD(700 * MS, 0x8000, DAVE),
	     REREAD(700 * MS, RIGHT, BOB), REREAD(700 * MS, 0x9000, CAROL),
	     REREAD(800 * MS, 0x9000, CAROL));
	assert_int_equal(model_nr_findings(m), 2);
	assert_int_equal(model_finding(m, 0)->start_ns, 510 * MS);
	assert_int_equal(model_finding(m, 0)->tasks[0], who(m, CAROL));
	assert_int_equal(model_finding(m, 1)->start_ns, 520 * MS);
	assert_int_equal(model_finding(m, 1)->tasks[0], who(m, ALICE));
}

static void a_chain_into_a_cycle_is_found_with_the_cycle_only_once(void **state)
{
	struct model *m = *state;

	cross(m, 500 * MS, 520 * MS);
	/* dave waits for a lock of carol's, who waits for left */
	FEED(m, BLOCKS(530 * MS, CAROL, MUTEX(LEFT, ALICE)),
	     BLOCKS(530 * MS, DAVE, MUTEX(THIRD, CAROL)), REREAD(700 * MS, LEFT, ALICE),
	     REREAD(700 * MS, THIRD, CAROL));
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, REREAD(800 * MS, RIGHT, BOB), REREAD(900 * MS, THIRD, CAROL));
	assert_int_equal(only(m, FINDING_DEADLOCK)->nr_tasks, 2);
}

static void a_cycle_that_resolves_itself_soon_is_none(void **state)
{
	struct model *m = *state;

	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(560 * MS, LEFT, ALICE), REREAD(560 * MS, RIGHT, BOB),
	     WAKING(580 * MS, CAROL, ALICE), RUNS(590 * MS, ALICE),
	     WAKING(600 * MS, ALICE, BOB), RUNS(700 * MS, BOB));
	story_end(m, 10 * S);
	assert_int_equal(model_nr_findings(m), 0);
}

static void a_wait_with_a_timeout_is_no_deadlock(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(500 * MS, ALICE, MUTEX(RIGHT, BOB)),
	     BLOCKS(520 * MS, BOB, TIMED(MUTEX(LEFT, ALICE))),
	     REREAD(900 * MS, LEFT, ALICE), REREAD(900 * MS, RIGHT, BOB));
	story_end(m, 10 * S);
	assert_int_equal(model_nr_findings(m), 0);
}

static void an_owner_that_was_not_read_again_is_not_enough(void **state)
{
	struct model *m = *state;

	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(599 * MS, RIGHT, BOB), REREAD(619 * MS, LEFT, ALICE));
	story_advance(m, 10 * S);
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, REREAD(11 * S, RIGHT, BOB), REREAD(11 * S, LEFT, ALICE));
	assert_int_equal(only(m, FINDING_DEADLOCK)->start_ns, 520 * MS);
}

static void an_owner_that_expired_is_not_enough(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(400 * MS, CAROL, MUTEX(RIGHT, BOB)));
	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(630 * MS, RIGHT, BOB), WAKING(640 * MS, BOB, CAROL),
	     REREAD(700 * MS, LEFT, ALICE));
	story_end(m, 2 * S);
	assert_int_equal(model_nr_findings(m), 0);
}

static void a_process_that_hung_before_is_found_by_looking_at_it(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	FEED(m, FOUND(0, 301, 301, "hung"), SEEN(0, 301, MUTEX(RIGHT, 302)),
	     FOUND(0, 302, 301, "late"), SEEN(0, 302, MUTEX(LEFT, 301)));
	story_advance(m, 90 * MS);
	FEED(m, SEEN(101 * MS, 301, MUTEX(RIGHT, 302)),
	     SEEN(101 * MS, 302, MUTEX(LEFT, 301)));
	f = only(m, FINDING_DEADLOCK);
	assert_int_equal(f->start_ns, 0);
	assert_int_equal(f->nr_tasks, 2);
	assert_int_equal(model_lock(m, 1)->waits, 1);
	assert_non_null(strstr(f->text, "Deadlock since 0.00 s or before: "));
}

static void readers_of_two_locks_that_they_write_to_are_a_deadlock(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100 * MS, ALICE, RWLOCK_READ(RIGHT, BOB)),
	     BLOCKS(110 * MS, BOB, RWLOCK_READ(LEFT, ALICE)),
	     SEEN(210 * MS, ALICE, RWLOCK_READ(RIGHT, BOB)));
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, SEEN(210 * MS, BOB, RWLOCK_READ(LEFT, ALICE)));
	assert_int_equal(only(m, FINDING_DEADLOCK)->start_ns, 110 * MS);
}

static void a_cycle_does_not_cross_processes(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100 * MS, ALICE, MUTEX(RIGHT, EVE)),
	     BLOCKS(110 * MS, EVE, MUTEX(LEFT, ALICE)), REREAD(400 * MS, RIGHT, EVE),
	     OWNER(400 * MS, EVE, LEFT, 2, ALICE));
	story_end(m, 10 * S);
	assert_int_equal(model_nr_findings(m), 0);
}

static void the_end_of_a_task_ends_its_deadlock(void **state)
{
	struct model *m = *state;

	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(700 * MS, LEFT, ALICE), REREAD(700 * MS, RIGHT, BOB),
	     WAKING(900 * MS, EVE, ALICE), WAKING(901 * MS, EVE, BOB),
	     RUNS(902 * MS, ALICE), EXITS(903 * MS, ALICE, 9),
	     SWITCH(904 * MS, ALICE, DIES, BOB), EXITS(905 * MS, BOB, 9),
	     SWITCH(906 * MS, BOB, DIES, IDLE));
	assert_int_equal(only(m, FINDING_DEADLOCK)->end_ns, 900 * MS);
}

static void a_deadlock_seen_again_after_a_loss_is_the_same(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(700 * MS, LEFT, ALICE), REREAD(700 * MS, RIGHT, BOB),
	     LOST(750 * MS, 800 * MS, 0, 3));
	only(m, FINDING_DEADLOCK);
	FEED(m, SEEN(1 * S, ALICE, MUTEX(RIGHT, BOB)),
	     SEEN(1 * S, BOB, MUTEX(LEFT, ALICE)), SEEN(2 * S, ALICE, MUTEX(RIGHT, BOB)),
	     SEEN(2 * S, BOB, MUTEX(LEFT, ALICE)));
	f = only(m, FINDING_DEADLOCK);
	assert_int_equal(f->start_ns, 520 * MS);
	assert_int_equal(f->end_ns, UINT64_MAX);
	assert_non_null(strstr(f->text, "Events were lost in between."));
}

static void the_same_two_can_deadlock_twice(void **state)
{
	struct model *m = *state;

	cross(m, 500 * MS, 520 * MS);
	FEED(m, REREAD(700 * MS, LEFT, ALICE), REREAD(700 * MS, RIGHT, BOB),
	     WAKING(750 * MS, EVE, ALICE), WAKING(750 * MS, EVE, BOB),
	     RUNS(760 * MS, ALICE));
	cross(m, 800 * MS, 810 * MS);
	FEED(m, REREAD(950 * MS, LEFT, ALICE), REREAD(950 * MS, RIGHT, BOB));
	assert_int_equal(model_nr_findings(m), 2);
	assert_int_equal(model_finding(m, 0)->end_ns, 750 * MS);
	assert_int_equal(model_finding(m, 1)->start_ns, 810 * MS);
	assert_int_equal(model_finding(m, 1)->end_ns, UINT64_MAX);
}

static void time_alone_decides_nothing(void **state)
{
	struct model *m = *state;

	cross(m, 500 * MS, 520 * MS);
	for (uint64_t t = 521 * MS; t < 20 * S; t += 100 * MS)
		story_advance(m, t);
	story_end(m, 20 * S);
	assert_int_equal(model_nr_findings(m), 0);
}

/* ---- lost lock ---- */
static void a_thread_that_exits_with_a_lock_loses_it(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	FEED(m, NAMED(1, ALICE, LEFT, "left"), RUNS(90 * MS, BOB), EXITS(99 * MS, BOB, 0),
	     SWITCH(100 * MS, BOB, DIES, IDLE), BLOCKS(200 * MS, CAROL, MUTEX(LEFT, BOB)),
	     BLOCKS(210 * MS, DAVE, MUTEX(LEFT, BOB)));
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, SEEN(301 * MS, CAROL, MUTEX(LEFT, BOB)));
	f = only(m, FINDING_LOST_LOCK);
	assert_int_equal(f->start_ns, 200 * MS);
	assert_int_equal(f->end_ns, UINT64_MAX);
	assert_int_equal(f->nr_tasks, 2);
	assert_int_equal(f->tasks[0], who(m, CAROL));
	assert_int_equal(f->tasks[1], who(m, BOB));
	assert_int_equal(f->nr_locks, 1);
	assert_int_equal(f->locks[0], 1);
	assert_string_equal(
		f->text, "Lost lock since 0.20 s: mutex left is still held by bob (tid "
			 "102), which exited at 0.10 s without unlocking it. carol (tid "
			 "103) and 1 other wait for it.");
}

static void it_is_lost_too_if_the_owner_exits_while_others_wait(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100 * MS, CAROL, MUTEX(LEFT, BOB)), RUNS(190 * MS, BOB),
	     EXITS(199 * MS, BOB, 0), SWITCH(200 * MS, BOB, DIES, IDLE),
	     REREAD(250 * MS, LEFT, BOB)); /* too early: a whole process may be ending */
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, REREAD(300 * MS, LEFT, BOB));
	assert_int_equal(only(m, FINDING_LOST_LOCK)->start_ns, 200 * MS);
	FEED(m, REREAD(400 * MS, LEFT, BOB), WAKING(500 * MS, EVE, CAROL));
	assert_int_equal(only(m, FINDING_LOST_LOCK)->end_ns, 500 * MS);
}

static void a_thread_that_unlocks_before_it_exits_loses_nothing(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100 * MS, CAROL, MUTEX(LEFT, BOB)),
	     BLOCKS(100 * MS, DAVE, MUTEX(LEFT, BOB)), RUNS(140 * MS, BOB),
	     WAKING(150 * MS, BOB, CAROL), EXITS(160 * MS, BOB, 0),
	     SWITCH(170 * MS, BOB, DIES, CAROL), REREAD(171 * MS, LEFT, CAROL),
	     REREAD(400 * MS, LEFT, CAROL));
	story_end(m, 10 * S);
	assert_int_equal(model_nr_findings(m), 0);
}

static void another_thread_with_the_dead_ones_number_can_hold_the_lock(void **state)
{
	struct model *m = *state;
	struct span s;

	FEED(m, RUNS(10 * MS, BOB), EXITS(20 * MS, BOB, 0),
	     SWITCH(30 * MS, BOB, DIES, IDLE), FORK(40 * MS, ALICE, BOB, ALICE, "bob2"),
	     WAKING_FIRST(41 * MS, ALICE, BOB), RUNS(50 * MS, BOB),
	     ON(1, BLOCKS(100 * MS, CAROL, MUTEX(LEFT, BOB))),
	     REREAD(400 * MS, LEFT, BOB));
	story_advance(m, 500 * MS);
	assert_int_equal(model_nr_findings(m), 0);
	assert_true(model_lock_span(m, 1, 450 * MS, &s));
	assert_int_equal(s.evidence, EVIDENCE_OBSERVED);
	assert_int_equal(s.task, who(m, BOB));
}

static void an_owner_asleep_for_more_than_ten_seconds_has_lost_its_lock(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	FEED(m, BLOCKS(1 * S, BOB, READS_PIPE), BLOCKS(2 * S, CAROL, MUTEX(LEFT, BOB)),
	     REREAD(11 * S, LEFT, BOB));
	assert_int_equal(model_nr_findings(m), 0);
	FEED(m, REREAD(11 * S + MS, LEFT, BOB));
	f = only(m, FINDING_LOST_LOCK);
	assert_int_equal(f->start_ns, 2 * S);
	assert_int_equal(f->tasks[0], who(m, CAROL));
	assert_int_equal(f->tasks[1], who(m, BOB));
	assert_string_equal(
		f->text, "Lost lock since 2.00 s: mutex 0x1000 is still held by bob (tid "
			 "102), which has slept in read since 1.00 s, without a timeout. "
			 "carol (tid 103) waits for it.");

	FEED(m, WAKING(20 * S, EVE, BOB)); /* it goes on after all */
	f = only(m, FINDING_LOST_LOCK);
	assert_int_equal(f->end_ns, 20 * S);
	FEED(m, RUNS(21 * S, BOB), WAKING(22 * S, BOB, CAROL));
	assert_int_equal(only(m, FINDING_LOST_LOCK)->end_ns, 20 * S);
}

static void the_owners_sleep_ends_the_finding_also_if_nobody_asks(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(1 * S, BOB, READS_PIPE), BLOCKS(2 * S, CAROL, MUTEX(LEFT, BOB)),
	     REREAD(12 * S, LEFT, BOB), WAKING(20 * S, EVE, BOB), RUNS(21 * S, BOB),
	     WAKING(22 * S, BOB, CAROL));
	assert_int_equal(only(m, FINDING_LOST_LOCK)->end_ns, 20 * S);
}

static void whoever_wakes_a_waiter_ends_the_finding(void **state)
{
	struct model *m = *state;

	FEED(m, RUNS(90 * MS, BOB), EXITS(99 * MS, BOB, 0),
	     SWITCH(100 * MS, BOB, DIES, IDLE), BLOCKS(200 * MS, CAROL, MUTEX(LEFT, BOB)),
	     BLOCKS(210 * MS, DAVE, MUTEX(LEFT, BOB)), REREAD(400 * MS, LEFT, BOB),
	     WAKING_BY_IRQ(450 * MS, EVE, DAVE));
	assert_int_equal(only(m, FINDING_LOST_LOCK)->end_ns, UINT64_MAX);
	FEED(m, RUNS(460 * MS, DAVE), BLOCKS(470 * MS, DAVE, MUTEX(LEFT, BOB)),
	     WAKING(500 * MS, EVE, CAROL));
	assert_int_equal(only(m, FINDING_LOST_LOCK)->end_ns, 500 * MS);
}

static void a_dead_thread_of_another_process_has_lost_nothing_here(void **state)
{
	struct model *m = *state;

	FEED(m, FOUND(0, 202, EVE, "old"), RUNS(10 * MS, 202), EXITS(20 * MS, 202, 0),
	     SWITCH(30 * MS, 202, DIES, EVE), EXITS(40 * MS, EVE, 0),
	     SWITCH(50 * MS, EVE, DIES, IDLE), FORK(60 * MS, ALICE, EVE, EVE, "new"),
	     WAKING_FIRST(61 * MS, ALICE, EVE), RUNS(70 * MS, EVE),
	     BLOCKS(80 * MS, EVE, MUTEX(LEFT, 202)), OWNER(900 * MS, EVE, LEFT, 2, 202));
	story_end(m, 10 * S);
	assert_int_equal(model_nr_findings(m), 0);
}

static void an_owner_asleep_with_a_timeout_will_come_back(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(1 * S, BOB, TIMED(READS_PIPE)),
	     BLOCKS(2 * S, CAROL, MUTEX(LEFT, BOB)), REREAD(20 * S, LEFT, BOB),
	     BLOCKS(21 * S, DAVE, NAPS), BLOCKS(22 * S, ALICE, MUTEX(RIGHT, DAVE)),
	     REREAD(40 * S, RIGHT, DAVE));
	assert_int_equal(model_nr_findings(m), 0);
}

static void an_owner_that_runs_or_wants_to_has_lost_nothing(void **state)
{
	struct model *m = *state;

	FEED(m, RUNS(1 * S, BOB), ON(1, BLOCKS(2 * S, CAROL, MUTEX(LEFT, BOB))),
	     REREAD(20 * S, LEFT, BOB), SWITCH(21 * S, BOB, PREEMPTED, MAKE),
	     REREAD(40 * S, LEFT, BOB));
	assert_int_equal(model_nr_findings(m), 0);
}

static void owners_in_a_deadlock_have_not_lost_their_locks_besides(void **state)
{
	struct model *m = *state;

	cross(m, 1 * S, 1 * S);
	FEED(m, BLOCKS(1 * S, CAROL, MUTEX(THIRD, BOB)), REREAD(2 * S, LEFT, ALICE),
	     REREAD(2 * S, RIGHT, BOB), REREAD(30 * S, THIRD, BOB),
	     REREAD(30 * S, LEFT, ALICE), REREAD(30 * S, RIGHT, BOB));
	only(m, FINDING_DEADLOCK);
}

static void an_innocent_behind_a_deadlock_loses_the_lock_that_it_holds(void **state)
{
	struct model *m = *state;
	const struct finding *f;

	cross(m, 1 * S, 1 * S);
	FEED(m, BLOCKS(1 * S, CAROL, MUTEX(LEFT, ALICE)),
	     BLOCKS(2 * S, DAVE, MUTEX(THIRD, CAROL)), REREAD(3 * S, LEFT, ALICE),
	     REREAD(3 * S, RIGHT, BOB), REREAD(12 * S, THIRD, CAROL));
	assert_int_equal(model_nr_findings(m), 2);
	f = model_finding(m, 1);
	assert_int_equal(f->kind, FINDING_LOST_LOCK);
	assert_int_equal(f->tasks[1], who(m, CAROL));
	assert_non_null(strstr(f->text, "which itself has waited for mutex 0x1000 since "
					"1.00 s, without a timeout"));
}

static void a_lock_that_gets_another_holder_is_found(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(1 * S, BOB, READS_PIPE), BLOCKS(2 * S, CAROL, MUTEX(LEFT, BOB)),
	     REREAD(12 * S, LEFT, BOB));
	only(m, FINDING_LOST_LOCK);
	FEED(m, REREAD(13 * S, LEFT, DAVE));
	assert_int_equal(only(m, FINDING_LOST_LOCK)->end_ns, 13 * S);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, story_begin, story_over)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(two_threads_that_wait_for_each_other_are_a_deadlock),
		STORY(it_is_told_in_plain_words),
		STORY(a_name_that_comes_later_is_in_the_text),
		STORY(a_third_who_waits_for_one_of_the_two_is_not_in_the_cycle),
		STORY(three_threads_in_a_ring_are_a_deadlock),
		STORY(a_hundred_threads_in_a_ring_are_a_deadlock),
		STORY(two_cycles_at_once_are_two_deadlocks),
		STORY(a_chain_into_a_cycle_is_found_with_the_cycle_only_once),
		STORY(a_cycle_that_resolves_itself_soon_is_none),
		STORY(a_wait_with_a_timeout_is_no_deadlock),
		STORY(an_owner_that_was_not_read_again_is_not_enough),
		STORY(an_owner_that_expired_is_not_enough),
		STORY(a_process_that_hung_before_is_found_by_looking_at_it),
		STORY(readers_of_two_locks_that_they_write_to_are_a_deadlock),
		STORY(a_cycle_does_not_cross_processes),
		STORY(the_end_of_a_task_ends_its_deadlock),
		STORY(a_deadlock_seen_again_after_a_loss_is_the_same),
		STORY(the_same_two_can_deadlock_twice),
		STORY(time_alone_decides_nothing),
		STORY(a_thread_that_exits_with_a_lock_loses_it),
		STORY(it_is_lost_too_if_the_owner_exits_while_others_wait),
		STORY(a_thread_that_unlocks_before_it_exits_loses_nothing),
		STORY(another_thread_with_the_dead_ones_number_can_hold_the_lock),
		STORY(an_owner_asleep_for_more_than_ten_seconds_has_lost_its_lock),
		STORY(the_owners_sleep_ends_the_finding_also_if_nobody_asks),
		STORY(whoever_wakes_a_waiter_ends_the_finding),
		STORY(a_dead_thread_of_another_process_has_lost_nothing_here),
		STORY(an_owner_asleep_with_a_timeout_will_come_back),
		STORY(an_owner_that_runs_or_wants_to_has_lost_nothing),
		STORY(owners_in_a_deadlock_have_not_lost_their_locks_besides),
		STORY(an_innocent_behind_a_deadlock_loses_the_lock_that_it_holds),
		STORY(a_lock_that_gets_another_holder_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

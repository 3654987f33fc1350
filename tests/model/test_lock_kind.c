/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_lock_kind.c - which lock a wait is for, of what kind, and its name
 */
#include "tests/model/lock_story.h"

#include <string.h>

#define L  0x1000
#define R  0x2000
#define RW 0x3000

/* ---- kinds ---- */
static void a_pi_mutex_names_its_owner_in_the_word(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, PI_MUTEX(L, BOB)),
	     OWNER(150, ALICE, L, 0x80000000 | CAROL, 0));
	story_advance(m, 200);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_PI_MUTEX);
	assert_holder(m, 1, 100, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 150, EVIDENCE_OBSERVED, CAROL);
	check_locks(m);
}

static void a_robust_mutex_names_its_owner_in_the_word(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, ROBUST_MUTEX(L, BOB)),
	     OWNER(150, ALICE, L, 0x40000000, BOB)); /* its owner died */
	story_advance(m, 200);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_ROBUST_MUTEX);
	assert_holder(m, 1, 100, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 150, EVIDENCE_UNKNOWN, 0);
	check_locks(m);
}

static void the_writer_of_a_rwlock_is_observed_by_a_reader(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, RWLOCK_READ(RW, BOB)));
	FEED(m, SEEN(120, ALICE, RWLOCK_READ(RW, DAVE)),
	     SEEN(140, ALICE, RWLOCK_READ(RW, BOB)));
	/* a second writer sleeps on the other word, which names nobody */
	FEED(m, BLOCKS(150, CAROL, FUTEX(RW + 12, 393, 3, 3, 0, 0)));
	story_advance(m, 200);

	assert_int_equal(model_nr_locks(m), 1);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_RWLOCK);
	assert_int_equal(model_lock(m, 1)->address, RW);
	assert_int_equal(model_lock(m, 1)->waiting, 2);
	assert_holder(m, 1, 100, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 120, EVIDENCE_OBSERVED, DAVE);
	assert_holder(m, 1, 199, EVIDENCE_OBSERVED, BOB);
	check_locks(m);
}

static void a_rwlock_that_readers_hold_has_an_unknown_holder(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, RWLOCK_WRITE(RW)), OWNER(150, ALICE, RW + 8, 2, BOB));
	story_advance(m, 200);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_RWLOCK);
	assert_int_equal(model_lock(m, 1)->address, RW);
	assert_holder(m, 1, 199, EVIDENCE_UNKNOWN, 0);
	/* the readers' phase, whatever the writer's number still is */
	FEED(m, BLOCKS(200, CAROL, FUTEX(RW + 8, 393, 2, 2, 0, BOB)));
	story_advance(m, 300);
	assert_int_equal(model_lock(m, 1)->waiting, 2);
	assert_holder(m, 1, 299, EVIDENCE_UNKNOWN, 0);
	check_locks(m);
}

static void a_timed_wait_for_a_mutex_is_for_the_same_lock(void **state)
{
	struct model *m = *state;
	struct event timed = FUTEX(L, 393, 2, 2, BOB, 0);
	struct event unowned = FUTEX(L, 393, 2, 2, 0, 0);

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(110, CAROL, TIMED(timed)),
	     BLOCKS(120, DAVE, TIMED(unowned)));
	story_advance(m, 200);
	assert_int_equal(model_nr_locks(m), 1);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_MUTEX);
	assert_int_equal(model_lock(m, 1)->waiting, 3);
	assert_holder(m, 1, 119, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 120, EVIDENCE_UNKNOWN, 0); /* bob lets it go just now */
	check_locks(m);
}

static void a_futex_that_is_not_glibcs_names_no_owner(void **state)
{
	struct model *m = *state;

	/* Rust: no clock, no timeout; and one whose int at +16 is no kind of mutex */
	FEED(m, BLOCKS(100, ALICE, FUTEX(L, 137, 2, 2, BOB, 0)),
	     BLOCKS(110, CAROL, FUTEX(R, 128, 2, 2, BOB, 0xdeadbeef)),
	     OWNER(150, ALICE, R, 2, BOB));
	story_advance(m, 200);
	assert_int_equal(model_nr_locks(m), 2);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_FUTEX);
	assert_int_equal(model_lock(m, 2)->kind, LOCK_FUTEX);
	assert_holder(m, 1, 199, EVIDENCE_UNKNOWN, 0);
	assert_holder(m, 2, 199, EVIDENCE_UNKNOWN, 0);
	check_locks(m);
}

static void a_thread_that_parks_waits_for_no_lock(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, FUTEX(L, 137, UINT32_MAX, UINT32_MAX, 0, 0)));
	assert_int_equal(model_nr_locks(m), 0);
	assert_int_equal(life(m, ALICE)->state, STATE_SYNC);
}

static void a_kernel_lock_is_one_for_all_processes(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, KLOCK(0xabc)), BLOCKS(110, EVE, KLOCK(0xabc)));
	story_advance(m, 200);
	assert_int_equal(model_nr_locks(m), 1);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_KERNEL);
	assert_int_equal(model_lock(m, 1)->tgid, 0);
	assert_int_equal(model_lock(m, 1)->waiting, 2);
	assert_holder(m, 1, 150, EVIDENCE_UNKNOWN, 0);
	check_locks(m);
}

static void a_file_lock_is_a_lock(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, FLOCK()), WAKING(150, EVE, ALICE));
	assert_int_equal(model_nr_locks(m), 1);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_FILE);
	assert_int_equal(model_lock(m, 1)->wait_ns, 50);
	check_locks(m);
}

/* ---- which lock ---- */
static void an_address_means_another_lock_in_another_process(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(110, EVE, MUTEX(L, BOB)));
	story_advance(m, 200);
	assert_int_equal(model_nr_locks(m), 2);
	assert_int_equal(model_lock(m, 2)->tgid, EVE);
	assert_holder(m, 2, 150, EVIDENCE_UNKNOWN, 0); /* bob is not of her process */
	check_locks(m);
}

static void after_an_exec_an_address_means_another_lock(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, EVE, MUTEX(L, 0)), NAMED(110, EVE, L, "first"),
	     WAKING(150, ALICE, EVE), RUNS(160, EVE), EXEC(170, EVE, EVE, "new"),
	     BLOCKS(200, EVE, MUTEX(L, 0)), NAMED(210, EVE, L, "second"));
	story_advance(m, 300);
	assert_int_equal(model_nr_locks(m), 2);
	assert_int_equal(model_lock(m, 1)->wait_ns, 50);
	assert_int_equal(model_lock(m, 2)->wait_ns, 100);
	assert_string_equal(model_lock(m, 1)->name, "first");
	assert_string_equal(model_lock(m, 2)->name, "second");
	check_locks(m);
}

static void a_new_process_with_an_old_number_has_its_own_locks(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, EVE, MUTEX(L, 0)), WAKING(150, ALICE, EVE), RUNS(160, EVE),
	     EXITS(170, EVE, 0), SWITCH(180, EVE, DIES, IDLE),
	     FORK(300, ALICE, EVE, EVE, "eve2"), WAKING_FIRST(301, ALICE, EVE),
	     RUNS(310, EVE), NAMED(350, EVE, L, "new"), BLOCKS(400, EVE, MUTEX(L, 0)));
	story_advance(m, 500);
	assert_null(model_lock(m, 1)->name);
	assert_string_equal(model_lock(m, 2)->name, "new");
	assert_int_equal(model_nr_locks(m), 2);
	assert_int_equal(model_lock(m, 1)->wait_ns, 50);
	assert_int_equal(model_lock(m, 2)->wait_ns, 100);
	check_locks(m);
}

static void a_name_may_come_before_or_after_the_wait(void **state)
{
	struct model *m = *state;

	FEED(m, NAMED(50, ALICE, L, "left"), BLOCKS(100, ALICE, MUTEX(L, BOB)),
	     BLOCKS(110, CAROL, MUTEX(R, BOB)));
	assert_string_equal(model_lock(m, 1)->name, "left");
	assert_null(model_lock(m, 2)->name);
	FEED(m, NAMED(120, ALICE, R, "right"), NAMED(130, ALICE, R, "wrong"),
	     NAMED(140, EVE, L, "other"));
	assert_string_equal(model_lock(m, 1)->name, "left");
	assert_string_equal(model_lock(m, 2)->name, "right");
}

static void a_rwlock_is_named_as_a_whole(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, RWLOCK_WRITE(RW)),
	     NAMED(110, ALICE, RW + 8, "rw+0x8"));
	assert_string_equal(model_lock(m, 1)->name, "rw");
	FEED(m, NAMED(120, ALICE, RW + 0x108, "table+0x108"),
	     BLOCKS(130, BOB, RWLOCK_WRITE(RW + 0x100)),
	     BLOCKS(140, CAROL, FUTEX(RW + 0x10c, 393, 3, 3, 0, 0)));
	assert_int_equal(model_nr_locks(m), 2);
	assert_string_equal(model_lock(m, 2)->name, "table+0x100");
}

static void a_hostile_name_is_bounded(void **state)
{
	struct model *m = *state;
	static char name[100000];

	memset(name, 'x', sizeof(name) - 1);
	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), NAMED(110, ALICE, L, name));
	assert_true(strlen(model_lock(m, 1)->name) < 1000);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, story_begin, story_over)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_pi_mutex_names_its_owner_in_the_word),
		STORY(a_robust_mutex_names_its_owner_in_the_word),
		STORY(the_writer_of_a_rwlock_is_observed_by_a_reader),
		STORY(a_rwlock_that_readers_hold_has_an_unknown_holder),
		STORY(a_timed_wait_for_a_mutex_is_for_the_same_lock),
		STORY(a_futex_that_is_not_glibcs_names_no_owner),
		STORY(a_thread_that_parks_waits_for_no_lock),
		STORY(a_kernel_lock_is_one_for_all_processes),
		STORY(a_file_lock_is_a_lock),
		STORY(an_address_means_another_lock_in_another_process),
		STORY(after_an_exec_an_address_means_another_lock),
		STORY(a_new_process_with_an_old_number_has_its_own_locks),
		STORY(a_name_may_come_before_or_after_the_wait),
		STORY(a_rwlock_is_named_as_a_whole),
		STORY(a_hostile_name_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* tests/capture/test_watch.c - which lock waits are looked at again, and when */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/watch.h"

#define MS 1000000ULL

enum { PROCESS = 10, ALICE = 11, BOB = 12, STRANGER = 99 };

static struct watch *w;

static int setup(void **state)
{
	(void)state;
	w = watch_new();
	for (uint32_t tid = PROCESS; tid <= BOB; tid++) {
		struct event e = {.type = EVENT_TASK, .flags = TASK_IN_SCOPE, .tid = tid};

		e.task.tgid = PROCESS;
		if (watch_event(w, &e))
			return 1;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	watch_free(w);
	return 0;
}

static struct event wait_for(uint64_t time_ms, uint32_t tid, uint64_t addr, uint32_t op,
			     uint32_t val)
{
	struct event e = {
		.time_ns = time_ms * MS,
		.type = EVENT_SWITCH,
		.flags = SWITCH_SYSCALL | SWITCH_FUTEX,
		.tid = tid,
	};

	e.sw.prev_state = 1;
	e.sw.addr = addr;
	e.sw.op = op;
	e.sw.val = val;
	return e;
}

static void sleeps_on_mutex(uint64_t time_ms, uint32_t tid, uint64_t addr)
{
	struct event e = wait_for(time_ms, tid, addr, 128, 2);

	assert_int_equal(watch_event(w, &e), 0);
}

static void runs(uint64_t time_ms, uint32_t tid)
{
	struct event e = {.time_ns = time_ms * MS, .type = EVENT_SWITCH};

	e.sw.next_tid = tid;
	assert_int_equal(watch_event(w, &e), 0);
}

/* The only tid that is due, 0 if none. */
static uint32_t due(uint64_t time_ms)
{
	uint32_t tids[4] = {0};

	assert_true(watch_due(w, time_ms * MS, tids, 4) <= 1);
	return tids[0];
}

static void a_lock_wait_is_due_after_100_ms_then_ever_more_rarely(void **state)
{
	(void)state;
	sleeps_on_mutex(1000, ALICE, 0x100);

	assert_int_equal(due(1099), 0);
	assert_int_equal(due(1100), ALICE);
	assert_int_equal(due(1101), 0);
	assert_int_equal(due(1600), ALICE);
	assert_int_equal(due(2599), 0);
	assert_int_equal(due(2600), ALICE);
	assert_int_equal(due(4600), ALICE);
	assert_int_equal(due(6599), 0);
	assert_int_equal(due(6600), ALICE);
}

static void who_runs_again_waits_no_more(void **state)
{
	(void)state;
	sleeps_on_mutex(1000, ALICE, 0x100);
	sleeps_on_mutex(1000, BOB, 0x100);
	runs(1050, ALICE);

	assert_int_equal(due(1100), BOB);
}

static void to_be_seen_in_the_same_wait_does_not_start_it_anew(void **state)
{
	struct event seen = wait_for(1100, ALICE, 0x100, 128, 2);

	(void)state;
	seen.type = EVENT_SEEN;
	sleeps_on_mutex(1000, ALICE, 0x100);
	assert_int_equal(due(1100), ALICE);
	watch_event(w, &seen);

	assert_int_equal(due(1200), 0);
	assert_int_equal(due(1600), ALICE);
}

static void found_waiting_at_attach_is_a_wait(void **state)
{
	struct event seen = wait_for(5, ALICE, 0x100, 128, 2);

	(void)state;
	seen.type = EVENT_SEEN;
	watch_event(w, &seen);

	assert_int_equal(due(105), ALICE);
}

static void a_task_out_of_scope_is_not_watched(void **state)
{
	(void)state;
	sleeps_on_mutex(1000, STRANGER, 0x100);

	assert_int_equal(due(2000), 0);
	assert_int_equal(watch_tgid(w, STRANGER), 0);
	assert_int_equal(watch_tgid(w, BOB), PROCESS);
}

static void with_many_due_each_comes_once_a_turn(void **state)
{
	uint32_t tids[2] = {0};

	(void)state;
	sleeps_on_mutex(1000, PROCESS, 0x100);
	sleeps_on_mutex(1000, ALICE, 0x100);
	sleeps_on_mutex(1000, BOB, 0x100);

	assert_int_equal(watch_due(w, 1100 * MS, tids, 2), 2);
	assert_int_equal(tids[0] + tids[1], PROCESS + ALICE);
	assert_int_equal(watch_due(w, 1100 * MS, tids, 2), 1);
	assert_int_equal(tids[0], BOB);
	assert_int_equal(watch_due(w, 1100 * MS, tids, 2), 0);
}

static void mutexes_rwlocks_pi_and_robust_locks_are_locks_and_nothing_else(void **state)
{
	static const struct {
		uint32_t op, val;
		bool lock;
	} cases[] = {
		{128, 2, true},           /* mutex */
		{393, 2, true},           /* mutex with timeout, rwlock writer */
		{393, 3, true},           /* rwlock reader */
		{134, 0, true},           /* PI mutex */
		{0, 0x80000123, true},    /* robust mutex: owner 0x123 */
		{393, 0, false},          /* condition variable, semaphore */
		{265, 4711, false},       /* join */
		{128, 1, false},          /* once */
		{137, 0xffffffff, false}, /* a parked thread of Rust or Go */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct event e = wait_for(0, ALICE, 0x100, cases[i].op, cases[i].val);

		assert_int_equal(watch_is_lock(&e), cases[i].lock);
	}
}

static void an_address_is_new_once_and_again_after_exec(void **state)
{
	(void)state;
	assert_true(watch_first(w, PROCESS, 0x100));
	assert_false(watch_first(w, PROCESS, 0x100));
	assert_true(watch_first(w, STRANGER, 0x100));
	watch_forget(w, PROCESS);
	assert_true(watch_first(w, PROCESS, 0x100));
	assert_false(watch_first(w, STRANGER, 0x100));
}

static void ten_thousand_addresses_are_told_apart(void **state)
{
	(void)state;
	for (uint64_t a = 0; a < 10000; a++)
		assert_true(watch_first(w, PROCESS, 0x7f0000000000 + a * 40));
	for (uint64_t a = 0; a < 10000; a++)
		assert_false(watch_first(w, PROCESS, 0x7f0000000000 + a * 40));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_lock_wait_is_due_after_100_ms_then_ever_more_rarely),
		TEST(who_runs_again_waits_no_more),
		TEST(to_be_seen_in_the_same_wait_does_not_start_it_anew),
		TEST(found_waiting_at_attach_is_a_wait),
		TEST(a_task_out_of_scope_is_not_watched),
		TEST(with_many_due_each_comes_once_a_turn),
		TEST(mutexes_rwlocks_pi_and_robust_locks_are_locks_and_nothing_else),
		TEST(an_address_is_new_once_and_again_after_exec),
		TEST(ten_thousand_addresses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

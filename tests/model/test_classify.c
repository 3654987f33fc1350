// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_classify.c - every rule of docs/events.md, as a table
 *
 * Futex operations are the raw numbers that programs were seen to use:
 * 128 WAIT private, 393 WAIT_BITSET private realtime, 137 the same on the
 * monotonic clock, 265 WAIT_BITSET realtime shared, 134 LOCK_PI private.
 */
#include "tests/model/story.h"

#include <stdio.h>
#include <sys/stat.h>

#include "model/classify.h"

#define ALL (KNOWN_FACTS | KNOWN_CALLS)
#define L   0x5000

struct row {
	const char *what;
	struct event how;
	int state;
};

static struct event with(struct event e, uint32_t prev_state, unsigned int flags)
{
	e.sw.prev_state = prev_state;
	e.flags |= flags;
	return e;
}

static struct event fcntl_call(uint32_t cmd)
{
	struct event e = ON_FD(72, S_IFREG);

	e.sw.op = cmd;
	return e;
}

static struct event poll_of(int nr, uint32_t descriptors)
{
	struct event e = IN_SYSCALL(nr);

	e.sw.val = descriptors;
	return e;
}

static void check(const struct row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		int got = classify(&rows[i].how, ALL);

		if (got != rows[i].state)
			fail_msg("%s: %d, not %d", rows[i].what, got, rows[i].state);
	}
}
#define CHECK(...)                                              \
	do {                                                    \
		const struct row rows_[] = {__VA_ARGS__};       \
		check(rows_, sizeof(rows_) / sizeof(rows_[0])); \
	} while (0)

static void exit_stop_and_preemption_come_first(void **state)
{
	(void)state;
	CHECK({"dead", DIES, STATE_GONE},
	      {"dead zombie", with(SLEEPS, 0x80 | 0x20, 0), STATE_GONE},
	      {"reported as zombie", LEAVES(0x20), STATE_GONE},
	      {"reported as dead", LEAVES(0x10), STATE_GONE},
	      {"a zombie that still sleeps", LEAVES(0x20 | 2), STATE_IO},
	      {"stopped", LEAVES(4), STATE_STOPPED},
	      {"stopped, killable", LEAVES(0x104), STATE_STOPPED},
	      {"traced, in a futex", with(MUTEX(L, BOB), 8, 0), STATE_STOPPED},
	      {"preempted", PREEMPTED, STATE_RUNNABLE},
	      {"yielded", YIELDS(), STATE_RUNNABLE},
	      {"preempted in a futex call", with(MUTEX(L, BOB), 0, 0), STATE_RUNNABLE});
}

static void an_uninterruptible_sleep_is_told_by_its_facts(void **state)
{
	(void)state;
	CHECK({"disk", UNINTERRUPTIBLE(SWITCH_IOWAIT, 0), STATE_IO},
	      {"disk under a lock", UNINTERRUPTIBLE(SWITCH_IOWAIT | SWITCH_KLOCK, 0),
	       STATE_IO},
	      {"kernel mutex", KLOCK(7), STATE_LOCK},
	      {"kernel mutex in clone", UNINTERRUPTIBLE(SWITCH_KLOCK, 56), STATE_LOCK},
	      {"vfork", UNINTERRUPTIBLE(0, 58), STATE_SYNC},
	      {"clone as posix_spawn does", with(UNINTERRUPTIBLE(0, 56), 0x102, 0),
	       STATE_SYNC},
	      {"clone3", UNINTERRUPTIBLE(0, 435), STATE_SYNC},
	      {"page fault", UNINTERRUPTIBLE(0, -1), STATE_IO},
	      {"write without iowait", UNINTERRUPTIBLE(SWITCH_FD, 1), STATE_OTHER},
	      {"sleeping spinlock", with(KLOCK(7), 0x1000, 0), STATE_LOCK});
}

static void a_futex_wait_is_a_lock_or_another_task(void **state)
{
	(void)state;
	CHECK({"mutex", MUTEX(L, BOB), STATE_LOCK},
	      {"mutex, timed", TIMED(FUTEX(L, 393, 2, 2, BOB, 0)), STATE_LOCK},
	      {"PI mutex", PI_MUTEX(L, BOB), STATE_LOCK},
	      {"PI mutex, LOCK_PI2", FUTEX(L, 141, 0, BOB, BOB, 0x20), STATE_LOCK},
	      {"robust mutex", ROBUST_MUTEX(L, BOB), STATE_LOCK},
	      {"rwlock, reader", RWLOCK_READ(L, BOB), STATE_LOCK},
	      {"rwlock, writer", RWLOCK_WRITE(L), STATE_LOCK},
	      {"Rust's mutex", FUTEX(L, 137, 2, 2, 0, 0), STATE_LOCK},
	      {"condition variable", COND(L), STATE_SYNC},
	      {"condition variable, monotonic", FUTEX(L, 137, 0, 0, 0, 0), STATE_SYNC},
	      {"semaphore", SEM(L), STATE_SYNC}, {"join", JOIN(BOB), STATE_SYNC},
	      {"barrier", FUTEX(L, 128, 0, 0, 0, 0), STATE_SYNC},
	      {"once", FUTEX(L, 128, 1, 1, 0, 0), STATE_SYNC},
	      {"WAIT with 3 is no rwlock", FUTEX(L, 128, 3, 3, 0, 0), STATE_SYNC},
	      {"a condition that becomes a PI mutex", FUTEX(L, 139, 2, 2, 0, 0),
	       STATE_SYNC},
	      {"the waiters' bit without an owner", FUTEX(L, 0, 0x80000000, 0, 0, 0),
	       STATE_SYNC});
}

static void other_calls_are_told_by_their_number(void **state)
{
	static const int sync[] = {61, 247, 34, 130, 128, 65, 220, 69, 70, 242, 243};

	(void)state;
	for (size_t i = 0; i < sizeof(sync) / sizeof(sync[0]); i++)
		CHECK({"waits for somebody", IN_SYSCALL(sync[i]), STATE_SYNC});
	CHECK({"message queue, a descriptor", ON_FD(243, 0), STATE_SYNC},
	      {"flock", FLOCK(), STATE_LOCK},
	      {"fcntl F_SETLKW", fcntl_call(7), STATE_LOCK},
	      {"fcntl F_OFD_SETLKW", fcntl_call(38), STATE_LOCK},
	      {"fcntl otherwise", fcntl_call(4), STATE_IO},
	      {"kernel lock, interruptible", with(KLOCK(7), 1, 0), STATE_LOCK},
	      {"nanosleep", IN_SYSCALL(35), STATE_SLEEP},
	      {"clock_nanosleep", TIMED(IN_SYSCALL(230)), STATE_SLEEP},
	      {"poll without descriptors", TIMED(poll_of(7, 0)), STATE_SLEEP},
	      {"poll", poll_of(7, 2), STATE_IO},
	      {"ppoll of one pipe", ON_FD(271, S_IFIFO), STATE_IO},
	      {"select without descriptors", TIMED(poll_of(23, 0)), STATE_SLEEP},
	      {"pselect6", poll_of(270, 5), STATE_IO},
	      {"epoll_wait", ON_FD(232, 0), STATE_IO},
	      {"read from a pipe", READS_PIPE, STATE_IO},
	      {"freezable read", with(READS_PIPE, 0x2001, 0), STATE_IO},
	      {"accept", ON_FD(288, S_IFSOCK), STATE_IO},
	      {"ptrace's and everybody else's", IN_SYSCALL(101), STATE_OTHER},
	      {"nothing known", SLEEPS, STATE_OTHER},
	      {"parked kernel thread", LEAVES(0x40), STATE_OTHER},
	      {"idle kernel thread", with(SLEEPS, 0x402, SWITCH_SYSCALL), STATE_OTHER});
}

static void without_facts_little_is_said(void **state)
{
	struct event fault = UNINTERRUPTIBLE(0, -1), nap = NAPS, pipe = READS_PIPE;
	struct event yield = YIELDS();

	(void)state;
	/* a kernel thread, or a trace of another tool */
	assert_int_equal(classify(&fault, KNOWN_CALLS), STATE_OTHER);
	/* another processor's numbers mean other calls */
	assert_int_equal(classify(&nap, KNOWN_FACTS), STATE_OTHER);
	assert_int_equal(classify(&pipe, KNOWN_FACTS), STATE_IO);
	assert_int_equal(classify_why(&yield, KNOWN_FACTS), RUNNABLE_PREEMPTED);
	assert_int_equal(classify_why(&yield, ALL), RUNNABLE_YIELDED);
}

static void a_join_waits_for_a_tid_in_shared_memory(void **state)
{
	struct event join = JOIN(BOB), cond = COND(L), robust = ROBUST_MUTEX(L, BOB);
	struct event nap = NAPS;

	(void)state;
	assert_int_equal(classify_join(&join), BOB);
	assert_int_equal(classify_join(&cond), 0);
	assert_int_equal(classify_join(&robust), 0);
	assert_int_equal(classify_join(&nap), 0);
}

static void every_event_has_a_state(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct event e;
		unsigned char *p = (unsigned char *)&e;

		for (size_t b = 0; b < sizeof(e); b++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			p[b] = seed >> 56;
		}
		assert_in_range(classify(&e, i & 3), STATE_RUNNABLE, STATE_GONE);
	}
}

static void names_of_system_calls_are_those_of_x86_64(void **state)
{
	(void)state;
	assert_string_equal(syscall_name(0), "read");
	assert_string_equal(syscall_name(202), "futex");
	assert_string_equal(syscall_name(230), "clock_nanosleep");
	assert_string_equal(syscall_name(441), "epoll_pwait2");
	assert_string_equal(syscall_name(455), "futex_wait");
	assert_null(syscall_name(-1));
	assert_null(syscall_name(400));
	assert_null(syscall_name(100000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_stop_and_preemption_come_first),
		cmocka_unit_test(an_uninterruptible_sleep_is_told_by_its_facts),
		cmocka_unit_test(a_futex_wait_is_a_lock_or_another_task),
		cmocka_unit_test(other_calls_are_told_by_their_number),
		cmocka_unit_test(without_facts_little_is_said),
		cmocka_unit_test(a_join_waits_for_a_tid_in_shared_memory),
		cmocka_unit_test(every_event_has_a_state),
		cmocka_unit_test(names_of_system_calls_are_those_of_x86_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

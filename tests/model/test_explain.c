/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the last row of the screen says, sentence by sentence. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "model/explain.h"
#include "tests/model/story.h"

#define US     UINT64_C(1000)
#define LOCK_A 0x55d0c0ULL
#define LOCK_B 0x55d100ULL

static void assert_explains(struct model *m, uint32_t tid, uint64_t time_ns,
			    const char *expected)
{
	char words[300];
	size_t n = model_explain(m, who(m, tid), time_ns, words, sizeof(words));

	assert_string_equal(words, expected);
	assert_int_equal(n, strlen(expected));
}

static void assert_explains_cpu(struct model *m, unsigned int cpu, uint64_t time_ns,
				const char *expected)
{
	char words[300];

	model_explain_cpu(m, cpu, time_ns, words, sizeof(words));
	assert_string_equal(words, expected);
}

static void assert_explains_lock(struct model *m, uint32_t lock, uint64_t time_ns,
				 const char *expected)
{
	char words[300];

	model_explain_lock(m, lock, time_ns, words, sizeof(words));
	assert_string_equal(words, expected);
}

/* ---- running and runnable ---- */

static void a_running_task_tells_who_woke_it_and_how_long_it_queued(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, BOB), WAKING(11 * MS, BOB, ALICE),
	     ON(1, SWITCH(11 * MS + 40 * US, IDLE, PREEMPTED, ALICE)),
	     ON(1, SWITCH(14 * MS + 240 * US, ALICE, NAPS, IDLE)));
	assert_explains(m, ALICE, 12 * MS,
			"A main at 0.012 s runs on CPU 1 for 3.2 ms\n"
			"woken by B bob, queued 40 us");
}

static void what_goes_on_is_told_so_far(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, BOB), WAKING(14 * MS, BOB, BOB));
	assert_explains(m, BOB, 12 * MS,
			"B bob at 0.012 s has run on CPU 0 for 4 ms\n"
			"what made it run is not known");
}

static void a_preempted_task_names_who_got_the_cpu(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, CAROL),
	     SWITCH(20 * MS, CAROL, PREEMPTED, MAKE),
	     SWITCH(30 * MS, MAKE, PREEMPTED, CAROL), SWITCH(40 * MS, CAROL, NAPS, IDLE));
	assert_explains(m, CAROL, 25 * MS,
			"C carol at 0.025 s wants a CPU for 10 ms: preempted by make\n"
			"make had CPU 0 meanwhile, then C ran at 0.030 s");
	assert_explains(m, CAROL, 35 * MS,
			"C carol at 0.035 s runs on CPU 0 for 10 ms\n"
			"preempted by make, queued 10 ms");
}

static void a_yield_is_no_preemption(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, CAROL),
	     SWITCH(20 * MS, CAROL, YIELDS(), DAVE), SWITCH(30 * MS, DAVE, NAPS, CAROL));
	assert_explains(m, CAROL, 25 * MS,
			"C carol at 0.025 s wants a CPU for 10 ms: it yielded to D dave\n"
			"D dave had CPU 0 meanwhile, then C ran at 0.030 s");
}

static void an_interrupt_is_not_a_somebody(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, BOB), SWITCH(20 * MS, BOB, NAPS, IDLE),
	     WAKING_BY_IRQ(30 * MS, MAKE, BOB),
	     SWITCH(30 * MS + 40 * US, IDLE, PREEMPTED, BOB),
	     SWITCH(40 * MS, BOB, NAPS, IDLE));
	assert_explains(m, BOB, 25 * MS,
			"B bob at 0.025 s sleeps 10 ms in nanosleep\n"
			"then woken by an interrupt");
	assert_explains(m, BOB, 35 * MS,
			"B bob at 0.035 s runs on CPU 0 for 9.96 ms\n"
			"woken by an interrupt, queued 40 us");
}

static void a_new_thread_names_its_creator(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, ALICE),
	     FORK(20 * MS, ALICE, 105, ALICE, "fresh"), WAKING_FIRST(20 * MS, ALICE, 105),
	     SWITCH(30 * MS, ALICE, NAPS, 105));
	assert_explains(
		m, 105, 25 * MS,
		"F fresh at 0.025 s wants a CPU for 10 ms: new, created by A main\n"
		"A main had CPU 0 meanwhile, then F ran at 0.030 s");
	assert_explains(m, 105, 15 * MS,
			"F fresh is not there before 0.020 s\ncreated by A main");
}

/* ---- locks ---- */

static void a_lock_wait_tells_the_holder_and_what_it_does(void **state)
{
	struct model *m = *state;

	FEED(m, NAMED(0, ALICE, LOCK_A, "account_lock"),
	     SWITCH(0, IDLE, PREEMPTED, CAROL), ON(1, SWITCH(0, IDLE, PREEMPTED, DAVE)),
	     ON(1, SWITCH(10 * MS, DAVE, MUTEX(LOCK_A, CAROL), IDLE)),
	     SWITCH(14 * MS, CAROL, PREEMPTED, MAKE),
	     SWITCH(24 * MS, MAKE, PREEMPTED, CAROL), WAKING(26 * MS, CAROL, DAVE),
	     ON(1, SWITCH(26 * MS, IDLE, PREEMPTED, DAVE)));
	assert_explains(m, DAVE, 12 * MS,
			"D dave at 0.012 s waits 16 ms for mutex a = account_lock\n"
			"held 16 ms by C carol (observed), 10 ms of them runnable: "
			"make had its CPU");
	assert_explains_lock(m, 1, 12 * MS,
			     "mutex a = account_lock at 0.012 s: D dave waits\n"
			     "held 16 ms by C carol (observed), 10 ms of them runnable: "
			     "make had its CPU");
}

static void a_holder_that_runs_is_told_to_run(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(0, IDLE, PREEMPTED, CAROL),
	     ON(1, SWITCH(0, IDLE, PREEMPTED, DAVE)),
	     ON(1, SWITCH(10 * MS, DAVE, MUTEX(LOCK_A, CAROL), IDLE)),
	     WAKING(20 * MS, CAROL, DAVE), ON(1, SWITCH(20 * MS, IDLE, PREEMPTED, DAVE)));
	assert_explains(m, DAVE, 12 * MS,
			"D dave at 0.012 s waits 10 ms for mutex a = 0x55d0c0\n"
			"held 10 ms by C carol (observed), now running on CPU 0");
}

static void a_holder_that_ran_nearly_all_the_time_is_told_to_run(void **state)
{
	struct model *m = *state;

	/* 2 of 10 ms runnable: less than a quarter. */
	FEED(m, SWITCH(0, IDLE, PREEMPTED, CAROL),
	     ON(1, SWITCH(0, IDLE, PREEMPTED, DAVE)),
	     ON(1, SWITCH(10 * MS, DAVE, MUTEX(LOCK_A, CAROL), IDLE)),
	     SWITCH(14 * MS, CAROL, PREEMPTED, MAKE),
	     SWITCH(16 * MS, MAKE, PREEMPTED, CAROL), WAKING(20 * MS, CAROL, DAVE),
	     ON(1, SWITCH(20 * MS, IDLE, PREEMPTED, DAVE)));
	assert_explains(m, DAVE, 12 * MS,
			"D dave at 0.012 s waits 10 ms for mutex a = 0x55d0c0\n"
			"held 10 ms by C carol (observed), now running on CPU 0");
}

static void a_cycle_can_be_followed_link_by_link(void **state)
{
	struct model *m = *state;

	FEED(m, NAMED(0, ALICE, LOCK_A, "left"), NAMED(0, ALICE, LOCK_B, "right"),
	     SWITCH(0, IDLE, PREEMPTED, BOB),
	     SWITCH(10 * MS, BOB, MUTEX(LOCK_A, CAROL), CAROL),
	     SWITCH(10 * MS, CAROL, MUTEX(LOCK_B, BOB), IDLE));
	story_advance(m, 30 * MS);
	assert_explains(
		m, BOB, 20 * MS,
		"B bob at 0.020 s has waited 20 ms for mutex a = left\n"
		"held 20 ms by C carol (observed), itself waiting for mutex b = right");
	assert_explains(
		m, CAROL, 20 * MS,
		"C carol at 0.020 s has waited 20 ms for mutex b = right\n"
		"held 20 ms by B bob (observed), itself waiting for mutex a = left");
}

static void a_holder_that_has_ended_is_told(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(0, IDLE, PREEMPTED, CAROL),
	     ON(1, SWITCH(0, IDLE, PREEMPTED, DAVE)),
	     ON(1, SWITCH(10 * MS, DAVE, ROBUST_MUTEX(LOCK_A, CAROL), IDLE)),
	     EXITS(20 * MS, CAROL, 0), SWITCH(20 * MS, CAROL, DIES, IDLE));
	story_advance(m, 40 * MS);
	assert_explains(
		m, DAVE, 30 * MS,
		"D dave at 0.030 s has waited 30 ms for robust mutex a = 0x55d0c0\n"
		"last held by C carol (observed), which ended at 0.020 s");
}

static void
a_holder_that_cannot_be_told_is_unknown_and_the_releaser_is_named(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(0, IDLE, PREEMPTED, CAROL),
	     ON(1, SWITCH(0, IDLE, PREEMPTED, DAVE)),
	     ON(1, SWITCH(10 * MS, DAVE, RWLOCK_WRITE(LOCK_A), IDLE)),
	     WAKING(20 * MS, CAROL, DAVE), ON(1, SWITCH(21 * MS, IDLE, PREEMPTED, DAVE)));
	assert_explains(
		m, DAVE, 12 * MS,
		"D dave at 0.012 s waits 10 ms for rwlock a = 0x55d0c0\n"
		"holder unknown: rwlocks do not name their readers; wait ended by C carol");
}

static void a_lock_without_waiters_says_that_it_is_silent(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(0, IDLE, PREEMPTED, CAROL),
	     ON(1, SWITCH(0, IDLE, PREEMPTED, DAVE)),
	     ON(1, SWITCH(10 * MS, DAVE, MUTEX(LOCK_A, CAROL), IDLE)),
	     WAKING(20 * MS, CAROL, DAVE), ON(1, SWITCH(20 * MS, IDLE, PREEMPTED, DAVE)),
	     SWITCH(40 * MS, CAROL, NAPS, IDLE));
	assert_explains_lock(m, 1, 30 * MS,
			     "mutex a = 0x55d0c0 at 0.030 s: nobody waits, so who has it "
			     "is not known\n1 wait, 10 ms in all, the longest 10 ms");
}

/* ---- other waits ---- */

static void sleeps(struct model *m, struct event how, const char *what)
{
	uint64_t start = model_now_ns(m) + 10 * MS;
	char expected[200];

	FEED(m, SWITCH(start, IDLE, PREEMPTED, BOB),
	     SWITCH(start + 10 * MS, BOB, how, IDLE), WAKING(start + 20 * MS, CAROL, BOB),
	     SWITCH(start + 21 * MS, IDLE, PREEMPTED, BOB),
	     SWITCH(start + 30 * MS, BOB, PREEMPTED, IDLE));
	snprintf(expected, sizeof(expected),
		 "B bob at 0.%03u s %s\nthen woken by C carol",
		 (unsigned int)(start / MS + 15), what);
	assert_explains(m, BOB, start + 15 * MS, expected);
}

static void each_wait_says_what_for(void **state)
{
	struct model *m = *state;

	sleeps(m, JOIN(CAROL), "waits 10 ms for C carol to end (join)");
	sleeps(m, COND(0x100), "waits 10 ms for a condition variable or semaphore");
	sleeps(m, FUTEX(0x200, 128, 0, 0, 0, 0),
	       "waits 10 ms for a barrier or another futex");
	sleeps(m, IN_SYSCALL(SYS_wait4), "waits 10 ms for a child to end");
	sleeps(m, IN_SYSCALL(SYS_pause), "waits 10 ms for a signal");
	sleeps(m, IN_SYSCALL(SYS_semop), "waits 10 ms for a System V semaphore");
	sleeps(m, READS_PIPE, "waits 10 ms to read from a pipe");
	sleeps(m, ON_FD(SYS_write, S_IFCHR),
	       "waits 10 ms to write to a terminal or device");
	sleeps(m, ON_FD(SYS_recvfrom, S_IFSOCK), "waits 10 ms to receive from a socket");
	sleeps(m, ON_FD(SYS_accept4, S_IFSOCK),
	       "waits 10 ms for a connection on a socket");
	sleeps(m, ON_FD(SYS_read, 0), "waits 10 ms to read from a descriptor");
	sleeps(m, ON_FD(SYS_epoll_wait, 0),
	       "waits 10 ms in epoll_wait for its descriptors");
	sleeps(m, UNINTERRUPTIBLE(SWITCH_IOWAIT | SWITCH_FD, SYS_fsync),
	       "waits 10 ms in fsync: the disk");
	sleeps(m, UNINTERRUPTIBLE(SWITCH_IOWAIT, -1),
	       "waits 10 ms for a page of memory (page fault)");
	sleeps(m, NAPS, "sleeps 10 ms in nanosleep");
	sleeps(m, SLEEPS, "is blocked for 10 ms");
	sleeps(m, STOPS, "is stopped for 10 ms by a signal or a debugger");
	story_check(m);
}

/* ---- unknown, absent, gone ---- */

static void before_its_first_event_a_task_is_unknown(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, BOB));
	assert_explains(m, BOB, 5 * MS,
			"B bob at 0.005 s is unknown for 10 ms: it made no event before");
	assert_explains(m, CAROL, 5 * MS,
			"C carol at 0.005 s is unknown for 10 ms: it made no event yet");
}

static void a_loss_is_told_as_a_loss(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, BOB), LOST(20 * MS, 30 * MS, 0, 5),
	     SWITCH(40 * MS, BOB, NAPS, IDLE));
	assert_explains(m, BOB, 25 * MS,
			"B bob at 0.025 s is unknown for 20 ms: events were lost");
	assert_explains_cpu(
		m, 0, 25 * MS,
		"CPU 0 at 0.025 s is unknown for 20 ms: events were lost or not "
		"recorded");
}

static void an_end_tells_how(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, ALICE), EXITS(20 * MS, ALICE, 3 << 8),
	     SWITCH(20 * MS, ALICE, DIES, BOB), EXITS(30 * MS, BOB, 0),
	     SWITCH(30 * MS, BOB, DIES, EVE), EXITS(40 * MS, EVE, 11 | 0x80),
	     SWITCH(40 * MS, EVE, DIES, CAROL), SWITCH(50 * MS, CAROL, DIES, DAVE));
	assert_explains(m, ALICE, 45 * MS,
			"A main ended at 0.020 s: exit status 3\nit lived 20 ms of the "
			"recording");
	assert_explains(
		m, BOB, 45 * MS,
		"B bob ended at 0.030 s: it returned\nit lived 30 ms of the recording");
	assert_explains(
		m, EVE, 45 * MS,
		"E main ended at 0.040 s: killed by signal 11 (SIGSEGV), core dumped\n"
		"it lived 40 ms of the recording");
}

static void a_task_that_is_not_traced_says_so(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(10 * MS, IDLE, PREEMPTED, MAKE),
	     SWITCH(20 * MS, MAKE, NAPS, IDLE));
	assert_explains(
		m, MAKE, 15 * MS,
		"make (tid 900) is not traced\nonly its turns on a CPU are known");
}

static void durations_have_three_digits(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(0, IDLE, PREEMPTED, BOB), SWITCH(12345678, BOB, NAPS, IDLE),
	     WAKING(13345278, CAROL, BOB), SWITCH(13345333, IDLE, PREEMPTED, BOB),
	     SWITCH(14 * MS, BOB, NAPS, IDLE));
	assert_explains(m, BOB, 12 * MS, "B bob at 0.012 s runs on CPU 0 for 12.3 ms");
	assert_explains(
		m, BOB, 13 * MS,
		"B bob at 0.013 s sleeps 1 ms in nanosleep\nthen woken by C carol");
	assert_explains(m, BOB, 13345300,
			"B bob at 0.0133453 s wants a CPU for 55 ns: woken by C carol\n"
			"B ran on CPU 0 at 0.013345333 s");
}

static void many_waiters_are_counted(void **state)
{
	struct model *m = *state;

	FEED(m, NAMED(0, ALICE, LOCK_A, "lock"), SWITCH(0, IDLE, PREEMPTED, ALICE),
	     SWITCH(1 * MS, ALICE, MUTEX(LOCK_A, EVE), BOB),
	     SWITCH(2 * MS, BOB, MUTEX(LOCK_A, EVE), CAROL),
	     SWITCH(3 * MS, CAROL, MUTEX(LOCK_A, EVE), DAVE),
	     SWITCH(4 * MS, DAVE, MUTEX(LOCK_A, EVE), IDLE));
	story_advance(m, 10 * MS);
	assert_explains_lock(m, 1, 2500000,
			     "mutex a = lock at 0.0025 s: A main and B bob wait\n"
			     "holder unknown: no owner was read since the last wake");
	assert_explains_lock(
		m, 1, 5 * MS,
		"mutex a = lock at 0.005 s: A main, B bob, C carol and 1 more "
		"wait\nholder unknown: no owner was read since the last wake");
}

/* ---- CPUs ---- */

static void a_cpu_tells_who_has_it_and_who_wants_it(void **state)
{
	struct model *m = *state;

	FEED(m, SWITCH(0, IDLE, PREEMPTED, CAROL),
	     SWITCH(10 * MS, CAROL, PREEMPTED, MAKE),
	     SWITCH(20 * MS, MAKE, PREEMPTED, CAROL), SWITCH(30 * MS, CAROL, NAPS, IDLE),
	     SWITCH(40 * MS, IDLE, PREEMPTED, BOB), SWITCH(50 * MS, BOB, NAPS, IDLE));
	assert_explains_cpu(
		m, 0, 15 * MS,
		"CPU 0 at 0.015 s runs make for 10 ms (tid 900, not in scope)\n"
		"threads in scope wanted a CPU for 10 ms meanwhile");
	assert_explains_cpu(m, 0, 25 * MS,
			    "CPU 0 at 0.025 s runs C carol for 10 ms\n"
			    "preempted by make, queued 10 ms");
	assert_explains_cpu(m, 0, 35 * MS, "CPU 0 at 0.035 s is idle for 10 ms");
}

/* ---- text ---- */

static void a_short_buffer_gets_whole_characters_and_the_full_length(void **state)
{
	struct model *m = *state;
	char full[300], cut[300];
	size_t want;

	FEED(m, RENAME(1, BOB, ALICE, "B\303\266b \344\273\273"),
	     SWITCH(10 * MS, IDLE, PREEMPTED, BOB),
	     SWITCH(20 * MS, BOB, READS_PIPE, IDLE));
	want = model_explain(m, who(m, BOB), 15 * MS, full, sizeof(full));
	assert_int_equal(want, strlen(full));
	for (size_t bytes = 1; bytes <= want; bytes++) {
		size_t n;

		memset(cut, 'Z', sizeof(cut));
		assert_int_equal(model_explain(m, who(m, BOB), 15 * MS, cut, bytes),
				 want);
		n = strlen(cut);
		assert_true(n < bytes && n + 3 >= bytes);
		assert_memory_equal(cut, full, n);
		/* What is left out begins with the first byte of a character. */
		assert_true(((unsigned char)full[n] & 0xc0) != 0x80);
	}
	assert_int_equal(model_explain(m, who(m, BOB), 15 * MS, NULL, 0), want);
}

static void two_lines_at_most_and_nothing_hostile(void **state)
{
	struct model *m = *state;
	char words[600];

	FEED(m, RENAME(0, BOB, ALICE, "\033[31m\nx"),
	     RENAME(0, CAROL, ALICE, "\302\233\r\n"),
	     NAMED(0, ALICE, LOCK_A, "a\nb\033c"), SWITCH(10 * MS, IDLE, PREEMPTED, BOB),
	     SWITCH(20 * MS, BOB, MUTEX(LOCK_A, CAROL), MAKE),
	     SWITCH(30 * MS, MAKE, PREEMPTED, CAROL),
	     SWITCH(40 * MS, CAROL, JOIN(BOB), IDLE));
	for (uint64_t t = 0; t < 50 * MS; t += MS) {
		for (uint32_t i = 0; i <= model_nr_tasks(m) + 2 + 8; i++) {
			unsigned int lines = 1;

			if (i < model_nr_tasks(m) + 1)
				model_explain(m, i, t, words, sizeof(words));
			else if (i == model_nr_tasks(m) + 1)
				model_explain_lock(m, 1, t, words, sizeof(words));
			else
				model_explain_cpu(m, i - model_nr_tasks(m) - 2, t, words,
						  sizeof(words));
			for (const char *c = words; *c; c++) {
				lines += *c == '\n';
				assert_true((*c >= ' ' && *c <= '~') || *c == '\n');
			}
			assert_true(lines <= 2);
		}
	}
}

/* ---- labels ---- */

static void a_leader_is_main_until_it_renames_itself(void **state)
{
	struct model *m = *state;
	char label[40];

	model_task_label(m, who(m, ALICE), label, sizeof(label));
	assert_string_equal(label, "main");
	assert_string_equal(life(m, ALICE)->process, "bank");
	FEED(m, RENAME(10, ALICE, ALICE, "boss"));
	model_task_label(m, who(m, ALICE), label, sizeof(label));
	assert_string_equal(label, "boss");
	assert_string_equal(life(m, ALICE)->process, "bank");
	FEED(m, EXEC(20, ALICE, ALICE, "ls"));
	model_task_label(m, model_find_tid(m, ALICE, 30), label, sizeof(label));
	assert_string_equal(label, "main");
	model_task_label(m, who(m, BOB), label, sizeof(label));
	assert_string_equal(label, "bob");
	model_task_label(m, who(m, MAKE), label, sizeof(label));
	assert_string_equal(label, "make");
	model_task_label(m, 0, label, sizeof(label));
	assert_string_equal(label, "idle");
}

static void letters_are_given_by_birth(void **state)
{
	struct model *m = *state;

	assert_int_equal(model_task_letter(m, who(m, ALICE)), 'A');
	assert_int_equal(model_task_letter(m, who(m, EVE)), 'E');
	assert_int_equal(model_task_letter(m, who(m, MAKE)), '.');
	assert_int_equal(model_lock_letter(m, 1), 'a');
	assert_int_equal(model_lock_letter(m, 27), 'a');
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, story_begin, story_over)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_running_task_tells_who_woke_it_and_how_long_it_queued),
		TEST(what_goes_on_is_told_so_far),
		TEST(a_preempted_task_names_who_got_the_cpu),
		TEST(a_yield_is_no_preemption),
		TEST(an_interrupt_is_not_a_somebody),
		TEST(a_new_thread_names_its_creator),
		TEST(a_lock_wait_tells_the_holder_and_what_it_does),
		TEST(a_holder_that_runs_is_told_to_run),
		TEST(a_holder_that_ran_nearly_all_the_time_is_told_to_run),
		TEST(a_cycle_can_be_followed_link_by_link),
		TEST(a_holder_that_has_ended_is_told),
		TEST(a_holder_that_cannot_be_told_is_unknown_and_the_releaser_is_named),
		TEST(a_lock_without_waiters_says_that_it_is_silent),
		TEST(each_wait_says_what_for),
		TEST(before_its_first_event_a_task_is_unknown),
		TEST(a_loss_is_told_as_a_loss),
		TEST(an_end_tells_how),
		TEST(a_task_that_is_not_traced_says_so),
		TEST(durations_have_three_digits),
		TEST(many_waiters_are_counted),
		TEST(a_cpu_tells_who_has_it_and_who_wants_it),
		TEST(a_short_buffer_gets_whole_characters_and_the_full_length),
		TEST(two_lines_at_most_and_nothing_hostile),
		TEST(a_leader_is_main_until_it_renames_itself),
		TEST(letters_are_given_by_birth),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}

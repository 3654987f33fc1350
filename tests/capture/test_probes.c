// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tests/capture/test_probes.c - what the probes say is what happened
 *
 * Real BPF on real processes: each test forks one whose threads do something
 * that is known to the test, and writes down what the kernel says of it in
 * memory that both see. Needs the privilege to load probes; skips without.
 */
#include <errno.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/capture/collect.h"
#include "tests/capture/programs.h"
#include "tests/capture/stories.h"

#define MS 1000000ULL
static bool allowed, may_skip;

static int group_setup(void **state)
{
	struct capture_options opt = {0};
	struct capture_error err;
	struct capture *c = capture_new(&opt, &err);

	(void)state;
	allowed = c;
	/* Whatever else keeps them from loading is a failure of every test. */
	if (!c && strstr(err.what, strerror(EPERM)))
		printf("skip: %s\n", err.what);
	else if (!c)
		printf("# %s\n", err.what);
	may_skip = !c && strstr(err.what, strerror(EPERM));
	capture_free(c);
	return told_map();
}

#define NEEDS_PROBES()                    \
	do {                              \
		if (!allowed && may_skip) \
			skip();           \
		assert_true(allowed);     \
	} while (0)

/* ---- a session around one forked process ---- */

struct session {
	struct capture *capture;
	struct collect got;
	pid_t pid;
};

/* pid: of a process that lives already, 0 if one will be forked. */
static void session_start(struct session *s, const struct capture_options *opt, pid_t pid)
{
	struct capture_error err;

	if (!pid)
		memset(told, 0, sizeof(*told));
	s->pid = pid;
	collect_init(&s->got);
	s->capture = capture_new(opt, &err);
	if (!s->capture)
		fail_msg("%s", err.what);
}

static void session_fork(struct session *s, void (*story)(void))
{
	capture_scope_children(s->capture, true);
	s->pid = fork_story(story);
	capture_scope_children(s->capture, false);
}

static bool has_ended(void *arg)
{
	return waitpid(*(pid_t *)arg, NULL, WNOHANG) != 0;
}

/* Ends the capture; what was collected stays until session_free(). */
static void session_finish(struct session *s)
{
	assert_int_equal(capture_finish(s->capture, &s->got.sink), 0);
	assert_int_equal(s->got.begins, 1);
	assert_int_equal(s->got.ends, 1);
	if (s->got.wrong)
		fail_msg("%s", s->got.wrong);
}

static void session_free(struct session *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	capture_free(s->capture);
	collect_free(&s->got);
}

/* A command's whole life. */
static void session_run(struct session *s, void (*story)(void))
{
	const struct capture_options opt = {.others = true};

	session_start(s, &opt, 0);
	session_fork(s, story);
	assert_true(collect_until(&s->got, s->capture, has_ended, &s->pid, 5000));
	session_finish(s);
}

static bool accounts_are_there(void *arg)
{
	(void)arg;
	return told->go;
}

/* ---- claims ---- */

static void every_switch_that_the_kernel_counts_is_seen(void **state)
{
	const struct capture_options opt = {.others = true};
	struct session s;

	(void)state;
	NEEDS_PROBES();
	session_start(&s, &opt, 0);
	session_fork(&s, story_switches);
	assert_true(collect_until(&s.got, s.capture, accounts_are_there, NULL, 10000));
	session_finish(&s);

	assert_int_equal(collect_count(&s.got, EVENT_LOST, 0), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_true(told->switches[i] > 50);
		assert_int_equal(collect_count(&s.got, EVENT_SWITCH, told->tid[i]),
				 told->switches[i]);
	}
	session_free(&s);
}

static const struct event *mutex_wait(struct session *s, pid_t tid)
{
	const struct event *e;
	size_t at = 0;

	while ((e = collect_find(&s->got, &at, EVENT_SWITCH, tid)))
		if (e->flags & SWITCH_FUTEX && e->sw.addr == told->addr[0])
			return e;
	return NULL;
}

static void a_mutex_wait_carries_its_owner_and_the_next_owner_is_read(void **state)
{
	const struct event *bob, *carol, *owner;
	struct session s;
	size_t at = 0;

	(void)state;
	NEEDS_PROBES();
	session_run(&s, story_hand_on);

	bob = mutex_wait(&s, told->tid[1]);
	assert_non_null(bob);
	assert_int_equal(bob->flags & (SWITCH_SYSCALL | SWITCH_TIMED), SWITCH_SYSCALL);
	assert_int_equal(bob->sw.syscall, SYS_futex);
	assert_int_equal(bob->sw.op, FUTEX_WAIT | FUTEX_PRIVATE_FLAG);
	assert_int_equal(bob->sw.val, 2);
	assert_int_equal(bob->sw.word, 2);
	assert_int_equal(bob->sw.owner, told->tid[0]);
	assert_int_equal(bob->sw.prev_state & 1, 1);
	carol = mutex_wait(&s, told->tid[2]);
	assert_non_null(carol);
	assert_int_equal(carol->sw.owner, told->tid[0]);
	/* alice lets go, bob has it and sleeps, carol waits all the while. */
	do
		owner = collect_find(&s.got, &at, EVENT_OWNER, s.pid);
	while (owner && owner->owner.owner != (uint32_t)told->tid[1]);
	assert_non_null(owner);
	assert_int_equal(owner->owner.addr, told->addr[0]);
	assert_true(owner->time_ns > carol->time_ns);
	session_free(&s);
}

static bool both_seen_twice(void *arg)
{
	struct session *s = arg;

	return collect_count(&s->got, EVENT_SEEN, told->tid[0]) >= 2 &&
	       collect_count(&s->got, EVENT_SEEN, told->tid[1]) >= 2;
}

static int attach_then_drop(struct session *s, struct capture_options *opt, bool drop)
{
	struct capture_error err;

	opt->pids = &s->pid;
	opt->nr_pids = 1;
	collect_init(&s->got);
	s->capture = capture_new(opt, &err);
	CHECK(s->capture);
	CHECK(capture_attach(s->capture, &err) == 0);
	if (drop) {
		CHECK(setresgid(65534, 65534, 65534) == 0);
		CHECK(setresuid(65534, 65534, 65534) == 0);
	}
	CHECK(collect_until(&s->got, s->capture, both_seen_twice, s, 3000));
	return 0;
}

static int a_deadlock(bool drop)
{
	struct capture_options opt = {.others = true};
	struct session s = {0};
	const struct event *e;

	memset(told, 0, sizeof(*told));
	s.pid = fork_story(story_deadlock);
	while (told->ready < 2)
		ms(1);
	ms(20);
	int line = attach_then_drop(&s, &opt, drop);
	if (line)
		return line;
	CHECK(capture_finish(s.capture, &s.got.sink) == 0);
	CHECK(!s.got.wrong);
	for (int i = 0; i < 2; i++) {
		e = collect_first(&s.got, EVENT_TASK, told->tid[i]);
		CHECK(e && e->flags & TASK_FOUND && e->flags & TASK_IN_SCOPE);
		CHECK(e->task.tgid == (uint32_t)s.pid && e->task.born_ns < 0);
		e = collect_first(&s.got, EVENT_SEEN, told->tid[i]);
		CHECK(e && e->flags & SWITCH_FUTEX && e->sw.prev_state & 1);
		CHECK(e->sw.addr == told->addr[!i]);
		CHECK(e->sw.owner == (uint32_t)told->tid[!i]);
		CHECK(e->time_ns < 100 * MS);
	}
	CHECK(!collect_first(&s.got, EVENT_LOST, 0));
	/* The process is not ours any more, but the kernel ends it with us. */
	if (!drop)
		kill(s.pid, SIGKILL);
	capture_free(s.capture);
	collect_free(&s.got);
	return 0;
}

static int deadlock_as_root(void)
{
	return a_deadlock(false);
}

static int deadlock_after_drop(void)
{
	return a_deadlock(true);
}

static void a_process_that_hangs_already_is_seen_with_its_owners(void **state)
{
	(void)state;
	NEEDS_PROBES();
	assert_int_equal(in_child(deadlock_as_root), 0);
}

static void long_waits_are_seen_again_without_privilege(void **state)
{
	(void)state;
	NEEDS_PROBES();
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(deadlock_after_drop), 0);
}

/* The first sleep of tid in that call. */
static const struct event *sleep_in(struct session *s, pid_t tid, int call)
{
	const struct event *e;
	size_t at = 0;

	while ((e = collect_find(&s->got, &at, EVENT_SWITCH, tid)))
		if (e->flags & SWITCH_SYSCALL && e->sw.syscall == call &&
		    e->sw.prev_state)
			return e;
	return NULL;
}

static void calls_on_descriptors_and_timeouts_are_told_apart(void **state)
{
	const unsigned int kinds = SWITCH_FD | SWITCH_TIMED | SWITCH_FUTEX | SWITCH_KLOCK;
	const struct event *e;
	struct session s;
	pid_t pid;

	(void)state;
	NEEDS_PROBES();
	session_run(&s, story_calls);
	pid = told->tid[0];

	assert_non_null(e = sleep_in(&s, pid, SYS_clock_nanosleep));
	assert_int_equal(e->flags & kinds, SWITCH_TIMED);
	assert_non_null(e = sleep_in(&s, pid, SYS_poll));
	assert_int_equal(e->flags & kinds, SWITCH_TIMED); /* poll(NULL, 0, 10) */
	assert_non_null(e = sleep_in(&s, pid, SYS_read));
	assert_int_equal(e->flags & kinds, SWITCH_FD);
	assert_int_equal(e->sw.fd_mode, S_IFIFO);
	for (size_t at = e - s.got.events;
	     (e = collect_find(&s.got, &at, EVENT_SWITCH, pid));)
		if (e->sw.syscall == SYS_poll)
			break;
	assert_non_null(e);
	assert_int_equal(e->flags & kinds, SWITCH_FD);
	assert_int_equal(e->sw.val, 1);
	assert_int_equal(e->sw.fd_mode, S_IFIFO);
	assert_non_null(e = sleep_in(&s, pid, SYS_wait4));
	assert_int_equal(e->flags & kinds, 0);
	session_free(&s);
}

static void a_child_is_told_with_its_parent_and_how_it_ended(void **state)
{
	const struct event *e;
	struct session s;

	(void)state;
	NEEDS_PROBES();
	session_run(&s, story_calls);

	assert_non_null(e = collect_first(&s.got, EVENT_TASK, s.pid));
	assert_int_equal(e->flags, TASK_FORKED | TASK_IN_SCOPE);
	assert_int_equal(e->task.ppid, getpid());
	assert_non_null(e = collect_first(&s.got, EVENT_TASK, told->tid[1]));
	assert_int_equal(e->flags, TASK_FORKED | TASK_IN_SCOPE);
	assert_int_equal(e->task.parent_tid, s.pid);
	assert_int_equal(e->task.ppid, s.pid);
	assert_int_equal(e->task.tgid, told->tid[1]);
	assert_true(e->task.born_ns > 0);
	assert_non_null(e = collect_first(&s.got, EVENT_WAKING, told->tid[1]));
	assert_int_equal(e->flags, WAKING_NEW);
	assert_int_equal(e->wake.waker_tid, s.pid);
	assert_non_null(e = collect_first(&s.got, EVENT_EXIT, told->tid[1]));
	assert_int_equal(e->flags, EXIT_GROUP_DEAD);
	assert_int_equal(e->exit.code, 7 << 8);
	/* mtviz itself is never in scope. */
	if ((e = collect_first(&s.got, EVENT_TASK, getpid())))
		assert_int_equal(e->flags & (TASK_IN_SCOPE | TASK_TRACER), TASK_TRACER);
	session_free(&s);
}

static void an_exec_is_told_with_its_new_name(void **state)
{
	const struct event *e;
	struct session s;
	size_t at = 0;

	(void)state;
	NEEDS_PROBES();
	session_run(&s, story_exec);

	do
		e = collect_find(&s.got, &at, EVENT_TASK, s.pid);
	while (e && !(e->flags & TASK_EXECED));
	assert_non_null(e);
	assert_string_equal(e->task.comm, "sh");
	assert_non_null(e = collect_first(&s.got, EVENT_EXIT, s.pid));
	assert_int_equal(e->exit.code, 3 << 8);
	session_free(&s);
}

static void a_kill_is_told_by_its_signal(void **state)
{
	const struct event *e;
	struct session s;

	(void)state;
	NEEDS_PROBES();
	session_run(&s, story_killed);

	assert_non_null(e = collect_first(&s.got, EVENT_EXIT, s.pid));
	assert_int_equal(e->exit.code, SIGKILL);
	session_free(&s);
}

static void a_preempted_task_is_runnable_and_says_where_it_was(void **state)
{
	const struct capture_options opt = {.others = true};
	const struct event *e;
	struct session s;
	size_t at = 0;
	unsigned int preempted = 0;

	(void)state;
	NEEDS_PROBES();
	session_start(&s, &opt, 0);
	session_fork(&s, story_spin);
	collect_until(&s.got, s.capture, NULL, NULL, 200);
	told->go = 1;
	session_finish(&s);

	while ((e = collect_find(&s.got, &at, EVENT_SWITCH, told->tid[0])))
		if (!e->sw.prev_state && e->flags & SWITCH_USER_IP) {
			assert_true(e->sw.addr != 0);
			preempted++;
		}
	assert_true(preempted >= 5);
	session_free(&s);
}

static void a_timer_is_no_waker(void **state)
{
	const struct event *e;
	struct session s;
	size_t at = 0;
	unsigned int timers = 0;

	(void)state;
	NEEDS_PROBES();
	session_run(&s, story_calls);

	/* Both processes sleep; nobody of the scope can have woken the first. */
	while ((e = collect_find(&s.got, &at, EVENT_WAKING, told->tid[1])))
		timers += e->flags & WAKING_IRQ ? 1 : 0;
	assert_int_equal(timers, 3);
	session_free(&s);
}

static bool tasks_of_two_processes(struct session *s)
{
	return collect_count(&s->got, EVENT_SWITCH, s->pid) > 100;
}

static void what_a_full_ring_loses_is_counted_and_placed(void **state)
{
	const struct capture_options opt = {.others = true, .ring_bytes = 64 << 10};
	const struct event *e;
	struct capture_stats stats;
	struct session s;
	uint64_t lost = 0;
	size_t at = 0;

	(void)state;
	NEEDS_PROBES();
	session_start(&s, &opt, 0);
	session_fork(&s, story_ping_pong);
	while (!told->ready)
		ms(1);
	assert_true(collect_until(&s.got, s.capture, has_ended, &s.pid, 3000));
	session_finish(&s);

	while ((e = collect_find(&s.got, &at, EVENT_LOST, 0))) {
		assert_int_equal(e->flags, LOST_RING);
		assert_true(e->lost.from_ns < e->time_ns);
		lost += e->lost.count;
	}
	/* 20,000 switches and wakes of 40 and 32 bytes do not fit into 64 KB. */
	assert_true(lost > 5000);
	assert_true(tasks_of_two_processes(&s));
	capture_stats(s.capture, &stats);
	assert_int_equal(stats.lost, lost);
	assert_int_equal(stats.events, s.got.nr);
	session_free(&s);
}

static void without_others_nothing_is_said_of_them(void **state)
{
	const struct capture_options opt = {.others = false};
	const struct event *e;
	struct session s;
	size_t at = 0;

	(void)state;
	NEEDS_PROBES();
	session_start(&s, &opt, 0);
	session_fork(&s, story_calls);
	assert_true(collect_until(&s.got, s.capture, has_ended, &s.pid, 3000));
	session_finish(&s);

	while ((e = collect_find(&s.got, &at, EVENT_SWITCH, 0)))
		assert_true(e->tid == (uint32_t)told->tid[0] ||
			    e->tid == (uint32_t)told->tid[1] ||
			    e->sw.next_tid == (uint32_t)told->tid[0] ||
			    e->sw.next_tid == (uint32_t)told->tid[1]);
	session_free(&s);
}

/* A cgroup of our own in whatever cgroup2 there is; NULL if there is none. */
static const char *make_cgroup(void)
{
	static char path[300];
	char line[512], mount[200];
	FILE *f = fopen("/proc/self/mounts", "r");

	path[0] = '\0';
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %199s cgroup2", mount) == 1 &&
		    strstr(line, " cgroup2 "))
			snprintf(path, sizeof(path), "%s/mtviz-test-%d", mount, getpid());
	if (f)
		fclose(f);
	return path[0] && mkdir(path, 0755) == 0 ? path : NULL;
}

static void join_cgroup(const char *path, pid_t pid)
{
	char procs[320];
	FILE *f;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	assert_non_null(f = fopen(procs, "w"));
	fprintf(f, "%d", pid);
	assert_int_equal(fclose(f), 0);
}

static bool both_are_seen(void *arg)
{
	struct session *s = arg;

	return collect_first(&s->got, EVENT_SEEN, told->tid[0]) &&
	       collect_first(&s->got, EVENT_SEEN, told->tid[1]);
}

static void who_joins_a_cgroup_later_comes_into_scope(void **state)
{
	struct capture_options opt = {.others = true};
	struct capture_error err;
	struct session s;
	bool seen;
	pid_t pid;

	(void)state;
	NEEDS_PROBES();
	opt.cgroup = make_cgroup();
	if (!opt.cgroup)
		skip();
	/* Before the session: what mtviz forks in it is its own. */
	memset(told, 0, sizeof(*told));
	pid = fork_story(story_deadlock);
	while (told->ready < 2)
		ms(1);
	session_start(&s, &opt, pid);
	assert_int_equal(capture_attach(s.capture, &err), 0);
	seen = collect_until(&s.got, s.capture, both_are_seen, &s, 300);
	join_cgroup(opt.cgroup, s.pid);
	assert_false(seen);
	seen = collect_until(&s.got, s.capture, both_are_seen, &s, 3000);
	session_finish(&s);
	session_free(&s);
	rmdir(opt.cgroup);
	assert_true(seen);
}

static void a_process_that_is_not_there_is_named(void **state)
{
	pid_t pid = 0x3fffff; /* above every pid that is given out by itself */
	const struct capture_options opt = {.pids = &pid, .nr_pids = 1};
	struct capture_error err;

	(void)state;
	assert_null(capture_new(&opt, &err));
	assert_string_equal(err.what, "cannot watch process 4194303: No such process");
}

static void a_cgroup_that_is_none_is_named(void **state)
{
	const struct capture_options opt = {.cgroup = "/proc"};
	struct capture_error err;

	(void)state;
	assert_null(capture_new(&opt, &err));
	assert_string_equal(err.what, "cannot watch the cgroup /proc: Invalid argument");
}

static int load_as_nobody(void)
{
	struct capture_options opt = {0};
	struct capture_error err;

	CHECK(setresuid(65534, 65534, 65534) == 0);
	CHECK(!capture_new(&opt, &err));
	CHECK(!strcmp(err.what, "cannot load the scheduler probes: "
				"Operation not permitted"));
	CHECK(strstr(err.hint, "sudo"));
	return 0;
}

static void without_privilege_the_hint_says_what_to_type(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(load_as_nobody), 0);
}

static void the_doctor_finds_everything_that_the_probes_need(void **state)
{
	struct check checks[40];
	size_t nr = system_check(checks, 40);

	(void)state;
	assert_true(nr >= 18);
	assert_string_equal(checks[nr - 1].name, "probes");
	NEEDS_PROBES();
	for (size_t i = 0; i < nr; i++) {
		if (checks[i].result == CHECK_FAIL)
			fail_msg("%s: %s", checks[i].name, checks[i].found);
		assert_true(checks[i].result == CHECK_OK || checks[i].hint[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_switch_that_the_kernel_counts_is_seen),
		cmocka_unit_test(
			a_mutex_wait_carries_its_owner_and_the_next_owner_is_read),
		cmocka_unit_test(a_process_that_hangs_already_is_seen_with_its_owners),
		cmocka_unit_test(long_waits_are_seen_again_without_privilege),
		cmocka_unit_test(calls_on_descriptors_and_timeouts_are_told_apart),
		cmocka_unit_test(a_child_is_told_with_its_parent_and_how_it_ended),
		cmocka_unit_test(an_exec_is_told_with_its_new_name),
		cmocka_unit_test(a_kill_is_told_by_its_signal),
		cmocka_unit_test(a_preempted_task_is_runnable_and_says_where_it_was),
		cmocka_unit_test(a_timer_is_no_waker),
		cmocka_unit_test(what_a_full_ring_loses_is_counted_and_placed),
		cmocka_unit_test(without_others_nothing_is_said_of_them),
		cmocka_unit_test(who_joins_a_cgroup_later_comes_into_scope),
		cmocka_unit_test(a_process_that_is_not_there_is_named),
		cmocka_unit_test(a_cgroup_that_is_none_is_named),
		cmocka_unit_test(without_privilege_the_hint_says_what_to_type),
		cmocka_unit_test(the_doctor_finds_everything_that_the_probes_need),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_launch.c - a workload starts, behaves as its own, and its end is told */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "capture/launch.h"
#include "tests/capture/programs.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct launch *prepare(bool pane, const char *file, const char *a, const char *b)
{
	char *argv[] = {(char *)file, (char *)a, (char *)b, NULL};
	struct launch_options opt = {.argv = argv, .pane = pane};
	struct launch *l = launch_prepare(&opt);

	assert_non_null(l);
	return l;
}

static struct launch *start(bool pane, const char *what, const char *arg)
{
	struct launch *l = prepare(pane, program_path("actor"), what, arg);

	assert_int_equal(launch_go(l), 0);
	return l;
}

static int go_and_free(const char *file)
{
	struct launch *l = prepare(false, file, NULL, NULL);
	int err = launch_go(l);

	launch_free(l);
	return err;
}

/* What `actor what arg` prints behind a pane. */
static char *output_of(const char *what, const char *arg)
{
	static char out[8192];
	struct launch *l = start(true, what, arg);
	int status;

	assert_true(launch_wait(l, 5000, &status));
	read_until(launch_output_fd(l), NULL, out, sizeof(out));
	launch_free(l);
	return out;
}

static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in \"%s\"", part, text);
}

static void the_exit_status_is_the_commands_own(void **state)
{
	struct launch *l = start(false, "exit", "7");
	int status = 0;

	(void)state;
	assert_true(launch_wait(l, 5000, &status));
	assert_int_equal(WEXITSTATUS(status), 7);
	status = 0;
	assert_true(launch_ended(l, &status)); /* asked again, the same answer */
	assert_int_equal(WEXITSTATUS(status), 7);
	launch_free(l);
	assert_no_children();
}

static void the_signal_that_kills_it_is_told(void **state)
{
	struct launch *l = start(false, "kill", "9");
	int status = 0;

	(void)state;
	assert_true(launch_wait(l, -1, &status));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(launch_signal(l, SIGTERM), -ESRCH);
	launch_free(l);
}

static void nothing_runs_before_go(void **state)
{
	const char *file = scratch("touched");
	struct launch *l = prepare(false, program_path("actor"), "touch", file);
	int status;

	(void)state;
	assert_false(launch_wait(l, 50, &status));
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(launch_go(l), 0);
	assert_int_equal(launch_go(l), -EALREADY);
	assert_true(launch_wait(l, 5000, &status));
	assert_int_equal(access(file, F_OK), 0);
	launch_free(l);
}

static void a_ctrl_c_before_go_ends_the_command_and_not_the_launch(void **state)
{
	struct launch *l = prepare(false, program_path("actor"), "sleep", NULL);
	int status = 0;

	(void)state;
	assert_int_equal(kill(launch_pid(l), SIGINT), 0);
	assert_false(launch_wait(l, 20, &status));
	assert_int_equal(launch_go(l), 0);
	assert_true(launch_wait(l, 5000, &status));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
	launch_free(l);
}

static void freed_before_go_it_never_runs_and_leaves_no_zombie(void **state)
{
	const char *file = scratch("never");

	(void)state;
	launch_free(prepare(true, program_path("actor"), "touch", file));
	assert_int_equal(access(file, F_OK), -1);
	assert_no_children();
}

static void a_waiting_child_does_not_outlive_a_killed_mtviz(void **state)
{
	int fds[2], status;
	pid_t mtviz, child = 0;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	mtviz = fork();
	if (!mtviz) {
		child = launch_pid(prepare(false, program_path("actor"), "sleep", NULL));
		(void)!write(fds[1], &child, sizeof(child));
		raise(SIGKILL);
	}
	assert_int_equal(read(fds[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(waitpid(mtviz, NULL, 0), mtviz);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 127);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	close(fds[0]);
	close(fds[1]);
}

static void a_command_that_is_not_there_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(go_and_free("/nonexistent/program"), -ENOENT);
	assert_int_equal(go_and_free("mtviz-no-such-command"), -ENOENT);
	assert_int_equal(go_and_free(""), -ENOENT);
	assert_no_children();
}

static void a_directory_of_path_that_is_closed_to_us_does_not_matter(void **state)
{
	char path[256], *old = strdup(getenv("PATH"));
	const char *closed = scratch("closed");

	(void)state;
	assert_int_equal(mkdir(closed, 0), 0);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", closed);
	setenv("PATH", path, 1);
	assert_int_equal(go_and_free("mtviz-no-such-command"), -ENOENT);
	assert_int_equal(go_and_free("true"), 0);
	setenv("PATH", old, 1);
	free(old);
	while (wait(NULL) > 0)
		;
}

static void what_cannot_be_executed_is_told_from_what_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(go_and_free(scratch_file("plain", "#!/bin/sh\n", 0644)),
			 -EACCES);
	assert_int_equal(go_and_free("/tmp"), -EACCES);
	/* The file is there: its interpreter is not. */
	assert_int_equal(go_and_free(scratch_file("bad", "#!/nonexistent/sh\n", 0755)),
			 -ENOEXEC);
	assert_no_children();
}

static void a_command_is_looked_for_in_path(void **state)
{
	struct launch *l = prepare(false, "true", NULL, NULL);
	int status = -1;

	(void)state;
	assert_int_equal(launch_go(l), 0);
	assert_true(launch_wait(l, 5000, &status));
	assert_int_equal(status, 0);
	launch_free(l);
}

static void a_script_runs_with_and_without_an_interpreter_line(void **state)
{
	const char *text[] = {"#!/bin/sh\nexit 3\n", "exit 3\n"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *file = scratch_file("script", text[i], 0755);
		struct launch *l = prepare(false, file, NULL, NULL);
		int status = 0;

		assert_int_equal(launch_go(l), 0);
		assert_true(launch_wait(l, 5000, &status));
		assert_int_equal(WEXITSTATUS(status), 3);
		launch_free(l);
	}
}

static void behind_a_pane_output_is_a_terminal_but_not_its_own(void **state)
{
	(void)state;
	assert_string_equal(output_of("tty", NULL),
			    "tty 011 opost 0 size 1 session 0 own 0\n");
}

static void behind_a_pane_the_keyboard_stays_with_mtviz(void **state)
{
	int pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), saved = dup(0), tty;

	(void)state;
	assert_true(pty >= 0 && !grantpt(pty) && !unlockpt(pty));
	tty = open(ptsname(pty), O_RDWR | O_NOCTTY | O_CLOEXEC);
	dup2(tty, 0);
	assert_string_equal(output_of("tty", NULL),
			    "tty 011 opost 0 size 1 session 0 own 0\n");
	assert_string_equal(output_of("cat", NULL), ""); /* an end at once */
	dup2(saved, 0);
	close(saved);
	close(tty);
	close(pty);
}

/* In a session of its own, with a controlling terminal: does the command have it? */
static int with_a_terminal(bool pane)
{
	int pty = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), tty, saved = dup(1);
	char out[256] = "";
	int fds[2], status;
	struct launch *l;

	CHECK(setsid() > 0);
	CHECK(pty >= 0 && !grantpt(pty) && !unlockpt(pty));
	tty = open(ptsname(pty), O_RDWR | O_CLOEXEC);
	CHECK(tty >= 0 && tcgetsid(tty) == getpid());
	CHECK(!pipe2(fds, O_CLOEXEC));
	dup2(fds[1], 1);
	l = start(pane, "tty", NULL);
	dup2(saved, 1);
	close(fds[1]);
	CHECK(launch_wait(l, 5000, &status));
	read_until(pane ? launch_output_fd(l) : fds[0], NULL, out, sizeof(out));
	launch_free(l);
	CHECK(strstr(out, pane ? " own 0" : " own 1"));
	return 0;
}

static int pane_with_a_terminal(void)
{
	return with_a_terminal(true);
}

static int record_with_a_terminal(void)
{
	return with_a_terminal(false);
}

static void only_under_record_the_command_has_our_terminal(void **state)
{
	(void)state;
	assert_int_equal(in_child(pane_with_a_terminal), 0);
	assert_int_equal(in_child(record_with_a_terminal), 0);
}

static void behind_a_pane_a_line_arrives_while_the_command_runs(void **state)
{
	struct launch *l = start(true, "sleep", NULL);
	char out[64];
	int status;

	(void)state;
	assert_string_equal(read_until(launch_output_fd(l), "\n", out, sizeof(out)),
			    "ready\n");
	assert_false(launch_ended(l, &status));
	launch_stop(l, &status);
	assert_int_equal(WTERMSIG(status), SIGTERM);
	launch_free(l);
}

static void what_was_written_is_there_after_the_end(void **state)
{
	(void)state;
	assert_int_equal(strlen(output_of("flood", "3000")), 3000);
}

static void the_pane_descriptor_does_not_block(void **state)
{
	struct launch *l = start(true, "sleep", NULL);
	char out[64];
	int status;

	(void)state;
	read_until(launch_output_fd(l), "\n", out, sizeof(out));
	assert_int_equal(read(launch_output_fd(l), out, sizeof(out)), -1);
	assert_int_equal(errno, EAGAIN);
	launch_stop(l, &status);
	launch_free(l);
}

/* Runs `actor what` with these as stdin and stdout, as record does. */
static char *through_pipes(const char *what, const char *input)
{
	static char out[4096];
	int in[2], to[2], saved[2] = {dup(0), dup(1)}, status;
	struct launch *l;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	fflush(stdout);
	dup2(in[0], 0);
	dup2(to[1], 1);
	l = prepare(false, program_path("actor"), what, NULL);
	dup2(saved[0], 0);
	dup2(saved[1], 1);
	assert_int_equal(launch_go(l), 0);
	close(in[0]);
	close(to[1]);
	assert_int_equal(write(in[1], input, strlen(input)), strlen(input));
	close(in[1]);
	assert_true(launch_wait(l, 5000, &status));
	read_until(to[0], NULL, out, sizeof(out));
	close(to[0]);
	close(saved[0]);
	close(saved[1]);
	launch_free(l);
	return out;
}

static void under_record_stdin_and_stdout_are_the_commands(void **state)
{
	(void)state;
	assert_string_equal(through_pipes("cat", "3 apples\n"), "3 apples\n");
}

static void a_process_group_of_its_own_only_behind_a_pane(void **state)
{
	int group, pid;

	(void)state;
	assert_int_equal(sscanf(through_pipes("group", ""), "group %d", &group), 1);
	assert_int_equal(group, getpgrp());
	assert_int_equal(
		sscanf(output_of("group", NULL), "group %d pid %d", &group, &pid), 2);
	assert_int_equal(group, pid);
}

static void a_stop_is_not_an_end(void **state)
{
	struct launch *l = start(false, "sleep", NULL);
	int64_t until = now_ms() + 5000;
	int status;

	(void)state;
	assert_false(launch_stopped(l));
	assert_int_equal(launch_signal(l, SIGSTOP), 0);
	while (!launch_stopped(l) && now_ms() < until)
		;
	assert_true(launch_stopped(l));
	assert_true(launch_stopped(l)); /* asking does not change it */
	assert_false(launch_ended(l, &status));
	assert_false(launch_wait(l, 20, &status));
	assert_int_equal(launch_signal(l, SIGCONT), 0);
	while (launch_stopped(l) && now_ms() < until)
		;
	assert_false(launch_stopped(l));
	assert_int_equal(launch_signal(l, SIGINT), 0);
	assert_true(launch_wait(l, 5000, &status));
	assert_int_equal(WTERMSIG(status), SIGINT);
	launch_free(l);
}

static void one_that_ignores_sigterm_is_killed_after_two_seconds(void **state)
{
	struct launch *l = start(true, "stubborn", NULL);
	int64_t before;
	char out[64];
	int status = 0;

	(void)state;
	read_until(launch_output_fd(l), "\n", out, sizeof(out));
	before = now_ms();
	launch_stop(l, &status);
	assert_in_range(now_ms() - before, 1990, 4000);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	launch_free(l);
	assert_no_children();
}

static void a_stopped_one_can_be_ended(void **state)
{
	struct launch *l = start(false, "sleep", NULL);
	int64_t before = now_ms();
	int status = 0;

	(void)state;
	launch_signal(l, SIGSTOP);
	while (!launch_stopped(l) && now_ms() < before + 5000)
		;
	before = now_ms();
	launch_stop(l, &status);
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_in_range(now_ms() - before, 0, 1500);
	launch_free(l);
}

static void stopping_behind_a_pane_takes_its_children_along(void **state)
{
	struct launch *l = start(true, "parent", NULL);
	char out[64];
	int status, child;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	read_until(launch_output_fd(l), "\n", out, sizeof(out));
	assert_int_equal(sscanf(out, "child %d", &child), 1);
	launch_stop(l, &status);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WTERMSIG(status), SIGTERM);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	launch_free(l);
}

static void left_alone_it_runs_on_and_can_still_write(void **state)
{
	const char *file = scratch("wrote");
	struct launch *l = start(true, "writer", file);
	pid_t pid = launch_pid(l);
	char said[16] = "";
	FILE *f;

	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	launch_free(l);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* Who read it until then ends with the last writer. */
	assert_true(wait(NULL) > 0);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	f = fopen(file, "r");
	assert_non_null(f);
	assert_non_null(fgets(said, sizeof(said), f));
	fclose(f);
	assert_string_equal(said, "0");
	assert_no_children();
}

static int nr_open_at_start; /* descriptors that this program was given */

static int count_words(const char *text)
{
	int nr = 0;

	for (; *text; text++)
		nr += *text == ' ';
	return nr;
}

static void no_descriptor_of_ours_reaches_the_command(void **state)
{
	/* One that somebody forgot to make close-on-exec. */
	int careless = open("/dev/null", O_RDONLY), high = fcntl(careless, F_DUPFD, 200);

	(void)state;
	assert_true(high >= 200);
	assert_int_equal(count_words(output_of("fds", NULL)), nr_open_at_start);
	close(careless);
	close(high);
}

static void descriptors_given_to_mtviz_reach_the_command(void **state)
{
	char out[256], self[256] = "";
	int fds[2];
	pid_t pid;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		dup2(fds[1], 1);
		dup2(fds[1], 77);
		execl(self, self, "--fds", NULL);
		_exit(1);
	}
	close(fds[1]);
	read_until(fds[0], NULL, out, sizeof(out));
	close(fds[0]);
	waitpid(pid, NULL, 0);
	assert_contains(out, " 77 ");
}

static void our_signal_handling_does_not_reach_the_command(void **state)
{
	sigset_t mask, old;
	char before[512];

	(void)state;
	strcpy(before, output_of("signals", NULL));
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, &old);
	assert_string_equal(output_of("signals", NULL), before);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
}

static void an_ignored_sigchld_loses_no_exit_status(void **state)
{
	struct launch *l;
	int status = 0;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	l = start(false, "exit", "7");
	assert_true(launch_wait(l, 5000, &status));
	assert_int_equal(WEXITSTATUS(status), 7);
	launch_free(l);
	signal(SIGCHLD, SIG_DFL);
}

static void launches_leave_no_descriptor_open(void **state)
{
	int first = dup(0), next;

	(void)state;
	close(first);
	output_of("tty", NULL);
	go_and_free("/nonexistent/program");
	launch_free(prepare(true, "true", NULL, NULL));
	next = dup(0);
	close(next);
	assert_int_equal(next, first);
}

/* In its own program: what it is started with is what it was given. */
static int launch_fds(void)
{
	char path[4096], *argv[] = {path, "fds", NULL};
	struct launch_options opt = {.argv = argv};
	struct launch *l;
	int status = 1;

	snprintf(path, sizeof(path), "%s", program_path("actor"));
	l = launch_prepare(&opt);
	if (l && !launch_go(l))
		launch_wait(l, -1, &status);
	launch_free(l);
	return status;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_status_is_the_commands_own),
		cmocka_unit_test(the_signal_that_kills_it_is_told),
		cmocka_unit_test(nothing_runs_before_go),
		cmocka_unit_test(a_ctrl_c_before_go_ends_the_command_and_not_the_launch),
		cmocka_unit_test(freed_before_go_it_never_runs_and_leaves_no_zombie),
		cmocka_unit_test(a_waiting_child_does_not_outlive_a_killed_mtviz),
		cmocka_unit_test(a_command_that_is_not_there_is_not_found),
		cmocka_unit_test(
			a_directory_of_path_that_is_closed_to_us_does_not_matter),
		cmocka_unit_test(what_cannot_be_executed_is_told_from_what_is_not_found),
		cmocka_unit_test(a_command_is_looked_for_in_path),
		cmocka_unit_test(a_script_runs_with_and_without_an_interpreter_line),
		cmocka_unit_test(behind_a_pane_output_is_a_terminal_but_not_its_own),
		cmocka_unit_test(behind_a_pane_the_keyboard_stays_with_mtviz),
		cmocka_unit_test(only_under_record_the_command_has_our_terminal),
		cmocka_unit_test(behind_a_pane_a_line_arrives_while_the_command_runs),
		cmocka_unit_test(what_was_written_is_there_after_the_end),
		cmocka_unit_test(the_pane_descriptor_does_not_block),
		cmocka_unit_test(under_record_stdin_and_stdout_are_the_commands),
		cmocka_unit_test(a_process_group_of_its_own_only_behind_a_pane),
		cmocka_unit_test(a_stop_is_not_an_end),
		cmocka_unit_test(one_that_ignores_sigterm_is_killed_after_two_seconds),
		cmocka_unit_test(a_stopped_one_can_be_ended),
		cmocka_unit_test(stopping_behind_a_pane_takes_its_children_along),
		cmocka_unit_test(left_alone_it_runs_on_and_can_still_write),
		cmocka_unit_test(no_descriptor_of_ours_reaches_the_command),
		cmocka_unit_test(descriptors_given_to_mtviz_reach_the_command),
		cmocka_unit_test(our_signal_handling_does_not_reach_the_command),
		cmocka_unit_test(an_ignored_sigchld_loses_no_exit_status),
		cmocka_unit_test(launches_leave_no_descriptor_open),
	};

	if (argc > 1 && !strcmp(argv[1], "--fds"))
		return launch_fds();
	for (int fd = 0; fd < 1024; fd++)
		nr_open_at_start += fcntl(fd, F_GETFD) >= 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

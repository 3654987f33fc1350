/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_identity.c - root for as long as it must be, then the user behind sudo */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "capture/caps.h"
#include "capture/identity.h"
#include "capture/launch.h"
#include "tests/capture/programs.h"

/* The user that every system has, and that may do nothing. */
static struct passwd nobody;

static void set_or_unset(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* identity_invoking() as under sudo with these; its errno in *err. */
static struct identity *invoked(const char *uid, const char *gid, const char *user,
				int *err)
{
	struct identity *id;

	set_or_unset("SUDO_UID", uid);
	set_or_unset("SUDO_GID", gid);
	set_or_unset("SUDO_USER", user);
	setenv("SUDO_COMMAND", "/usr/bin/mtviz ./bank", 1);
	errno = 99;
	id = identity_invoking();
	*err = errno;
	return id;
}

static struct identity *as_nobody(void)
{
	char uid[16], gid[16];
	int err;

	snprintf(uid, sizeof(uid), "%u", nobody.pw_uid);
	snprintf(gid, sizeof(gid), "%u", nobody.pw_gid);
	return invoked(uid, gid, nobody.pw_name, &err);
}

/* ---- who it is ---- */

static void without_sudo_there_is_nobody_else_to_become(void **state)
{
	int err;

	(void)state;
	assert_null(invoked(NULL, NULL, NULL, &err));
	assert_int_equal(err, 0);
	assert_null(invoked("0", "0", "root", &err)); /* root typed sudo */
	assert_int_equal(err, 0);
}

static void an_ordinary_user_becomes_nobody_else_whatever_sudo_uid_says(void **state)
{
	int err;

	(void)state;
	assert_null(invoked("1", "1", NULL, &err));
	assert_int_equal(err, 0);
}

static void what_sudo_says_must_agree_with_passwd(void **state)
{
	const char *bad[] = {"",   "-1", "1x", " 1", "4294967295", "99999999999999999999",
			     "0x1"};
	char uid[16];
	int err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_null(invoked(bad[i], NULL, NULL, &err));
		assert_int_equal(err, EINVAL);
	}
	assert_null(invoked("4294967294", NULL, NULL, &err)); /* no such user */
	assert_int_equal(err, ENOENT);
	snprintf(uid, sizeof(uid), "%u", nobody.pw_uid);
	assert_null(invoked(uid, NULL, "root", &err)); /* another's name */
	assert_int_equal(err, EINVAL);
	assert_null(invoked(uid, NULL, "no-such-user", &err));
	assert_int_equal(err, ENOENT);
	assert_null(invoked(uid, "x", NULL, &err));
	assert_int_equal(err, EINVAL);
}

static int a_group_of_others_is_not_taken(void)
{
	char uid[16];
	struct identity *id;
	int err;

	snprintf(uid, sizeof(uid), "%u", nobody.pw_uid);
	id = invoked(uid, "0", NULL, &err);
	CHECK(id && !identity_become(id));
	CHECK(getgid() == nobody.pw_gid && getegid() == nobody.pw_gid);
	identity_free(id);
	return 0;
}

static void a_group_that_the_user_is_not_in_is_not_taken(void **state)
{
	(void)state;
	assert_int_equal(in_child(a_group_of_others_is_not_taken), 0);
}

/* ---- becoming it ---- */

static void the_workload_runs_as_the_invoking_user(void **state)
{
	const char *actor = copy_file(program_path("actor"), scratch("actor"));
	char *argv[] = {(char *)actor, "ids", NULL}, out[1024], expected[512];
	struct launch_options opt = {.argv = argv, .pane = true};
	struct identity *id;
	struct launch *l;
	int status;

	(void)state;
	id = as_nobody();
	assert_non_null(id);
	assert_int_equal(identity_uid(id), nobody.pw_uid);
	opt.as = id;
	l = launch_prepare(&opt);
	assert_non_null(l);
	assert_int_equal(launch_go(l), 0);
	assert_true(launch_wait(l, 5000, &status));
	read_until(launch_output_fd(l), NULL, out, sizeof(out));
	/* The last word is SHELL=...: no SUDO_ variable follows. */
	snprintf(expected, sizeof(expected),
		 "uid %d/%d gid %d/%d groups %d HOME=%s USER=%s LOGNAME=%s SHELL=%s\n",
		 nobody.pw_uid, nobody.pw_uid, nobody.pw_gid, nobody.pw_gid,
		 nobody.pw_gid, nobody.pw_dir, nobody.pw_name, nobody.pw_name,
		 nobody.pw_shell);
	assert_string_equal(out, expected);
	launch_free(l);
	identity_free(id);
	assert_int_equal(geteuid(), 0); /* mtviz itself is as it was */
}

static void a_program_of_roots_alone_is_not_executable_for_the_user(void **state)
{
	char *argv[] = {(char *)scratch_file("private", "#!/bin/sh\n", 0700), NULL};
	struct launch_options opt = {.argv = argv};
	struct identity *id;
	struct launch *l;

	(void)state;
	opt.as = id = as_nobody();
	l = launch_prepare(&opt);
	assert_int_equal(launch_go(l), -EACCES);
	launch_free(l);
	identity_free(id);
}

static int drop(void)
{
	struct identity *id = as_nobody();
	uid_t r, e, s;
	gid_t groups[8];

	CHECK(id);
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0); /* tries to keep them */
	CHECK(!identity_drop(id));
	identity_free(id);
	CHECK(!getresuid(&r, &e, &s));
	CHECK(r == nobody.pw_uid && e == r && s == r);
	CHECK(getgroups(8, groups) == 1 && groups[0] == nobody.pw_gid);
	CHECK(caps_permitted() == 0);
	CHECK(setuid(0) && seteuid(0) && setresuid(0, 0, 0) && setgid(0));
	CHECK(setgroups(0, NULL));
	CHECK(open("/etc/shadow", O_RDONLY) < 0);
	return 0;
}

static int drop_with_securebits(void)
{
	/* No loss of capabilities at setuid, and that cannot be changed back. */
	CHECK(!prctl(PR_SET_SECUREBITS, 1 << 2 | 1 << 3, 0, 0, 0));
	return drop();
}

static void after_the_drop_there_is_no_way_back_to_root(void **state)
{
	(void)state;
	assert_int_equal(in_child(drop), 0);
	assert_int_equal(in_child(drop_with_securebits), 0);
}

/* ---- files ---- */

static void new_files_belong_to_the_user_alone(void **state)
{
	const char *path = scratch("new");
	struct identity *id;
	struct stat st;
	int fd, other;

	(void)state;
	id = as_nobody();
	fd = identity_open(id, path, O_WRONLY | O_CREAT);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_uid, nobody.pw_uid);
	assert_int_equal(st.st_gid, nobody.pw_gid);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	close(fd);
	/* And this process creates files as root again. */
	other = open(scratch("ours"), O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(fstat(other, &st), 0);
	assert_int_equal(st.st_uid, 0);
	close(other);
	assert_int_equal(setfsuid((uid_t)-1), 0);
	identity_free(id);
}

static void files_of_others_are_out_of_reach_although_we_are_root(void **state)
{
	const char *private = scratch_file("roots", "secret", 0600);
	struct identity *id;

	(void)state;
	id = as_nobody();
	assert_int_equal(identity_open(id, private, O_RDONLY), -EACCES);
	assert_int_equal(identity_open(id, "/root/mtviz.pftrace", O_WRONLY | O_CREAT),
			 -EACCES);
	assert_int_equal(access("/root/mtviz.pftrace", F_OK), -1);
	identity_free(id);
}

static void a_planted_link_is_not_followed(void **state)
{
	const char *target = scratch_file("target", "precious", 0666);
	const char *link = scratch("planted"), *dangling = scratch("dangling");
	struct identity *id = geteuid() ? NULL : as_nobody();
	char text[16] = "";
	int fd;

	(void)state;
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(symlink(scratch("not-yet"), dangling), 0);
	assert_int_equal(identity_open(id, link, O_WRONLY | O_CREAT | O_TRUNC), -ELOOP);
	assert_int_equal(identity_open(NULL, link, O_WRONLY | O_CREAT | O_TRUNC), -ELOOP);
	assert_int_equal(identity_open(id, dangling, O_WRONLY | O_CREAT), -ELOOP);
	assert_int_equal(access(scratch("not-yet"), F_OK), -1);
	fd = open(target, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 8);
	close(fd);
	assert_string_equal(text, "precious");
	identity_free(id);
}

static void an_existing_file_keeps_its_content_until_it_is_truncated(void **state)
{
	const char *path = scratch_file("old", "12345", 0600);
	struct stat st;
	int fd = identity_open(NULL, path, O_WRONLY | O_CREAT);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 5);
	close(fd);
	assert_int_equal(identity_open(NULL, path, O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
	assert_int_equal(identity_open(NULL, scratch("none"), O_RDONLY), -ENOENT);
}

static void only_files_pipes_and_the_null_device_are_written_to(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, fifo;

	(void)state;
	assert_int_equal(identity_open(NULL, scratch_dir(), O_WRONLY), -EISDIR);
	assert_int_equal(identity_open(NULL, "/dev/tty", O_WRONLY), -EOPNOTSUPP);
	strncpy(addr.sun_path, scratch("sock"), sizeof(addr.sun_path) - 1);
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(identity_open(NULL, addr.sun_path, O_WRONLY), -EOPNOTSUPP);
	close(sock);

	fd = identity_open(NULL, "/dev/null", O_WRONLY | O_CREAT);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mkfifo(scratch("fifo"), 0600), 0);
	fifo = open(scratch("fifo"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	fd = identity_open(NULL, scratch("fifo"), O_WRONLY);
	assert_true(fd >= 0);
	close(fd);
	close(fifo);
}

int main(void)
{
	const struct CMUnitTest anybody[] = {
		cmocka_unit_test(without_sudo_there_is_nobody_else_to_become),
		cmocka_unit_test(a_planted_link_is_not_followed),
		cmocka_unit_test(
			an_existing_file_keeps_its_content_until_it_is_truncated),
		cmocka_unit_test(only_files_pipes_and_the_null_device_are_written_to),
	};
	const struct CMUnitTest user[] = {
		cmocka_unit_test(
			an_ordinary_user_becomes_nobody_else_whatever_sudo_uid_says),
	};
	const struct CMUnitTest root[] = {
		cmocka_unit_test(what_sudo_says_must_agree_with_passwd),
		cmocka_unit_test(a_group_that_the_user_is_not_in_is_not_taken),
		cmocka_unit_test(the_workload_runs_as_the_invoking_user),
		cmocka_unit_test(a_program_of_roots_alone_is_not_executable_for_the_user),
		cmocka_unit_test(after_the_drop_there_is_no_way_back_to_root),
		cmocka_unit_test(new_files_belong_to_the_user_alone),
		cmocka_unit_test(files_of_others_are_out_of_reach_although_we_are_root),
	};
	struct passwd *pw = getpwnam("nobody");

	if (!pw) {
		printf("skip: no user nobody\n");
		return 0;
	}
	nobody = *pw;
	nobody.pw_name = strdup(pw->pw_name);
	nobody.pw_dir = strdup(pw->pw_dir);
	nobody.pw_shell = strdup(pw->pw_shell);
	int result = cmocka_run_group_tests(anybody, NULL, NULL);

	if (geteuid()) {
		printf("skip: needs root: becoming the invoking user\n");
		result += cmocka_run_group_tests(user, NULL, NULL);
	} else {
		result += cmocka_run_group_tests(root, NULL, NULL);
	}

	free(nobody.pw_name);
	free(nobody.pw_dir);
	free(nobody.pw_shell);
	return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_limits.c - full disks, size limits, pipes and sudden death
 */
#include "tests/trace/story.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_BYTES 65536

/* Records into fd until its space is gone, and says how that went. */
struct outcome {
	int error;      /* writer_error() */
	int sink_error; /* of any call of the sink */
	uint64_t bytes; /* writer_bytes() */
};

static struct outcome record_too_much(int fd, const struct writer_options *opt)
{
	struct trace_end end;
	struct outcome o = {0};
	struct story s = {0};
	struct writer *w = writer_new(fd, opt);
	struct sink *sink;
	size_t i;

	assert_non_null(w);
	story_random(&s, 77, 20000, 2);
	end.duration_ns = s.events[s.n - 1].time_ns;
	end.cut = false;
	sink = writer_sink(w);
	o.sink_error |= sink->begin(sink, &story_info);
	for (i = 0; i < s.n; i++)
		o.sink_error |= sink->event(sink, &s.events[i]);
	o.sink_error |= sink->end(sink, &end);
	o.error = writer_error(w);
	o.bytes = writer_bytes(w);
	writer_free(w);
	story_free(&s);
	return o;
}

/* What is in fd is whole windows from the start of that story, and cut. */
static void assert_a_prefix(int fd)
{
	struct story s = {0};
	unsigned int damaged;
	struct keeper k;

	story_random(&s, 77, 20000, 2);
	keeper_init(&k);
	story_read(fd, &k, &damaged);
	assert_int_equal(damaged, 0);
	assert_true(k.end.cut);
	assert_in_range(k.story.n, 100, s.n - 100);
	s.n = k.story.n;
	assert_same_events(&s, &k.story);
	assert_int_equal(k.end.duration_ns, s.events[s.n - 1].time_ns);
	keeper_free(&k);
	s.n = 20000;
	story_free(&s);
}

static const struct writer_options small_windows = {.window_ns = 1000000};

static void a_recording_stops_at_its_size_limit_with_an_end_mark(void **state)
{
	struct writer_options opt = {.window_ns = 1000000, .max_bytes = LIMIT_BYTES};
	int fd = story_file();
	struct outcome o = record_too_much(fd, &opt);

	(void)state;
	assert_int_equal(o.error, -EFBIG);
	assert_int_equal(o.sink_error, 0);
	assert_in_range(o.bytes, LIMIT_BYTES * 3 / 4, LIMIT_BYTES);
	assert_int_equal(lseek(fd, 0, SEEK_END), o.bytes);
	assert_a_prefix(fd);
	close(fd);
}

/* A limit too small even for the header leaves a file that says it is empty. */
static void a_limit_too_small_for_anything_writes_nothing(void **state)
{
	struct writer_options opt = {.max_bytes = 50};
	int fd = story_file();
	struct outcome o = record_too_much(fd, &opt);

	(void)state;
	assert_int_equal(o.error, -EFBIG);
	assert_int_equal(o.bytes, 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

/* In a child: what() changes limits of its process for good. */
static struct outcome in_child(struct outcome (*what)(int fd), int fd)
{
	struct outcome *o = mmap(NULL, sizeof(*o), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0),
		       result;
	int status;
	pid_t pid;

	assert_true(o != MAP_FAILED);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		*o = what(fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	result = *o;
	munmap(o, sizeof(*o));
	return result;
}

static struct outcome with_a_file_size_limit(int fd)
{
	const struct rlimit limit = {LIMIT_BYTES, LIMIT_BYTES};

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	return record_too_much(fd, &small_windows);
}

static void a_file_size_limit_cuts_back_to_a_whole_window(void **state)
{
	char path[] = "/tmp/mtviz-limit-XXXXXX";
	int fd = mkstemp(path);
	struct outcome o;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	o = in_child(with_a_file_size_limit, fd);
	assert_int_equal(o.error, -EFBIG);
	assert_int_equal(o.sink_error, 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), o.bytes);
	assert_a_prefix(fd);
	close(fd);
}

static struct outcome on_a_small_tmpfs(int out)
{
	struct outcome o = {.error = 1};
	char dir[] = "/tmp/mtviz-full-XXXXXX", path[64], buf[4096];
	ssize_t n;
	int fd;

	if (!mkdtemp(dir))
		return o;
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", dir, "tmpfs", 0, "size=64k") == 0) {
		snprintf(path, sizeof(path), "%s/x.pftrace", dir);
		fd = open(path, O_RDWR | O_CREAT, 0600);
		o = record_too_much(fd, &small_windows);
		lseek(fd, 0, SEEK_SET);
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			if (write(out, buf, (size_t)n) != n)
				o.bytes = 0;
		close(fd);
		umount(dir);
	}
	rmdir(dir);
	return o;
}

static void a_full_disk_cuts_back_to_a_whole_window(void **state)
{
	int fd = story_file();
	struct outcome o = in_child(on_a_small_tmpfs, fd);

	(void)state;
	if (o.error == 1) {
		close(fd);
		print_message("skip: mounting a small tmpfs needs root\n");
		skip();
	}
	assert_int_equal(o.error, -ENOSPC);
	assert_int_equal(o.sink_error, 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), o.bytes);
	assert_a_prefix(fd);
	close(fd);
}

static struct outcome until_killed(int fd)
{
	struct writer *w = writer_new(fd, &small_windows);
	struct sink *sink = writer_sink(w);
	struct story s = {0};
	size_t i;

	story_random(&s, 77, 20000, 2);
	sink->begin(sink, &story_info);
	for (i = 0; i < 15000; i++)
		sink->event(sink, &s.events[i]);
	kill(getpid(), SIGKILL);
	return (struct outcome){0};
}

static void a_killed_recorder_leaves_all_it_had_flushed(void **state)
{
	int fd = story_file(), status;
	pid_t pid;

	(void)state;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		until_killed(fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_a_prefix(fd);
	close(fd);
}

static void time_that_passes_without_events_flushes_what_there_is(void **state)
{
	struct event e = sw(1000, 0, 1, 2);
	int fd = story_file();
	struct writer *w = writer_new(fd, NULL);
	struct sink *sink = writer_sink(w);
	uint64_t before;

	(void)state;
	assert_int_equal(sink->begin(sink, &story_info), 0);
	before = writer_bytes(w);
	assert_int_equal(sink->event(sink, &e), 0);
	assert_int_equal(sink->advance(sink, 500000999), 0);
	assert_int_equal(writer_bytes(w), before);
	assert_int_equal(sink->advance(sink, 500001000), 0);
	assert_true(writer_bytes(w) > before);
	writer_free(w);
	close(fd);
}

static void a_recording_can_follow_other_bytes_in_its_file(void **state)
{
	struct writer_options opt = {.window_ns = 1000000, .max_bytes = LIMIT_BYTES};
	int fd = story_file();
	struct outcome o;

	(void)state;
	assert_int_equal(write(fd, "0123456789", 10), 10);
	o = record_too_much(fd, &opt);
	assert_int_equal(lseek(fd, 0, SEEK_END), o.bytes + 10);
	close(fd);
}

static void a_pipe_gets_the_same_bytes_as_a_file(void **state)
{
	struct story s = {0};
	int fd = story_file(), pipes[2], copy = story_file();
	struct keeper k;
	char buf[4096];
	ssize_t n;
	pid_t pid;

	(void)state;
	story_random(&s, 8, 3000, 2);
	story_record(&s, fd, NULL, NULL, NULL);
	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(pipes[0]);
		/* A full pipe that does not block must be waited for. */
		fcntl(pipes[1], F_SETFL, O_NONBLOCK);
		story_record(&s, pipes[1], NULL, NULL, NULL);
		_exit(0);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], buf, sizeof(buf))) > 0)
		assert_int_equal(write(copy, buf, (size_t)n), n);
	close(pipes[0]);
	waitpid(pid, NULL, 0);
	assert_int_equal(lseek(copy, 0, SEEK_END), lseek(fd, 0, SEEK_END));
	keeper_init(&k);
	story_read(copy, &k, NULL);
	assert_same_events(&s, &k.story);
	keeper_free(&k);
	story_free(&s);
	close(fd);
	close(copy);
}

static void a_reader_that_went_away_is_an_error_to_remember(void **state)
{
	int pipes[2];
	struct outcome o;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(pipes), 0);
	close(pipes[0]);
	o = record_too_much(pipes[1], NULL);
	assert_int_equal(o.error, -EPIPE);
	assert_int_equal(o.sink_error, 0);
	close(pipes[1]);
}

static void dev_null_and_dev_full_are_files_too(void **state)
{
	int fd = open("/dev/null", O_WRONLY);
	struct outcome o = record_too_much(fd, NULL);

	(void)state;
	assert_int_equal(o.error, 0);
	assert_true(o.bytes > 100000);
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	o = record_too_much(fd, NULL);
	assert_int_equal(o.error, -ENOSPC);
	assert_int_equal(o.sink_error, 0);
	assert_int_equal(o.bytes, 0);
	close(fd);
}

static void what_cannot_be_written_to_is_refused(void **state)
{
	const struct writer_options strange = {.level = 10};
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_null(writer_new(fd, NULL));
	assert_int_equal(errno, EBADF);
	close(fd);
	assert_null(writer_new(-1, NULL));
	assert_int_equal(errno, EBADF);
	fd = open("/dev/null", O_WRONLY);
	assert_null(writer_new(fd, &strange));
	assert_int_equal(errno, EINVAL);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_stops_at_its_size_limit_with_an_end_mark),
		cmocka_unit_test(a_limit_too_small_for_anything_writes_nothing),
		cmocka_unit_test(a_file_size_limit_cuts_back_to_a_whole_window),
		cmocka_unit_test(a_full_disk_cuts_back_to_a_whole_window),
		cmocka_unit_test(a_killed_recorder_leaves_all_it_had_flushed),
		cmocka_unit_test(time_that_passes_without_events_flushes_what_there_is),
		cmocka_unit_test(a_recording_can_follow_other_bytes_in_its_file),
		cmocka_unit_test(a_pipe_gets_the_same_bytes_as_a_file),
		cmocka_unit_test(a_reader_that_went_away_is_an_error_to_remember),
		cmocka_unit_test(dev_null_and_dev_full_are_files_too),
		cmocka_unit_test(what_cannot_be_written_to_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/cli/test_cli.c - the small sinks, parsers and the pane of the subcommands
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/pane.h"
#include "cli/sinks.h"

/* A sink that remembers how often it was called and what to answer. */
struct probe {
	struct sink sink;
	int events, ends, answer;
	pthread_mutex_t *lock; /* NULL, or must be taken during calls */
};

static int probe_begin(struct sink *s, const struct trace_info *info)
{
	(void)s;
	(void)info;
	return 0;
}

static int probe_event(struct sink *s, const struct event *e)
{
	struct probe *p = (struct probe *)s;

	(void)e;
	if (p->lock)
		assert_int_equal(pthread_mutex_trylock(p->lock), EBUSY);
	p->events++;
	return p->answer;
}

static int probe_advance(struct sink *s, uint64_t time_ns)
{
	(void)s;
	(void)time_ns;
	return 0;
}

static int probe_end(struct sink *s, const struct trace_end *end)
{
	(void)end;
	((struct probe *)s)->ends++;
	return 0;
}

#define PROBE(...)                                                                         \
	{                                                                                  \
		.sink = {probe_begin, probe_event, probe_advance, probe_end}, __VA_ARGS__  \
	}

static void a_tee_stops_at_the_first_error_but_ends_everybody(void **state)
{
	struct probe bad = PROBE(.answer = -ENOMEM), good = PROBE(.answer = 0);
	struct trace_end end = {0};
	struct event e = {0};
	struct tee t;

	(void)state;
	tee_init(&t);
	tee_add(&t, &bad.sink);
	tee_add(&t, &good.sink);
	assert_int_equal(t.sink.event(&t.sink, &e), -ENOMEM);
	assert_int_equal(good.events, 0);
	t.sink.end(&t.sink, &end);
	assert_int_equal(bad.ends, 1);
	assert_int_equal(good.ends, 1);
}

static void a_gate_holds_the_lock_for_events_and_not_between_batches(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct probe p = PROBE(.lock = &lock);
	struct event e = {0};
	struct gate g;

	(void)state;
	gate_init(&g, &p.sink, &lock);
	for (int i = 0; i < 10; i++)
		g.sink.event(&g.sink, &e);
	assert_int_equal(pthread_mutex_trylock(&lock), EBUSY);
	g.sink.advance(&g.sink, 100);
	assert_int_equal(pthread_mutex_trylock(&lock), 0);
	pthread_mutex_unlock(&lock);
	assert_int_equal(p.events, 10);
}

static void a_gate_lets_the_screen_in_during_a_flood(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct probe p = PROBE(.lock = &lock);
	struct event e = {0};
	struct gate g;
	int free_times = 0;

	(void)state;
	gate_init(&g, &p.sink, &lock);
	for (int i = 0; i < 100000; i++) {
		g.sink.event(&g.sink, &e);
		free_times += !g.held;
	}
	assert_true(free_times >= 10);
	g.sink.advance(&g.sink, 100);
}

static void task(struct census *c, uint32_t tid, uint8_t flags, uint32_t parent)
{
	struct event e = {.type = EVENT_TASK, .tid = tid, .flags = flags};

	e.task.parent_tid = parent;
	assert_int_equal(c->sink.event(&c->sink, &e), 0);
}

static void the_census_knows_who_of_the_scope_is_alive(void **state)
{
	struct event gone = {.type = EVENT_EXIT, .tid = 4000000};
	struct census c;

	(void)state;
	census_init(&c);
	task(&c, 10, TASK_IN_SCOPE | TASK_FORKED, 1);
	task(&c, 10, TASK_IN_SCOPE | TASK_EXECED, 10);
	task(&c, 10, TASK_IN_SCOPE | TASK_RENAMED, 0);
	task(&c, 4000000, TASK_IN_SCOPE | TASK_FORKED, 10);
	task(&c, 77, TASK_FOUND, 0);
	assert_int_equal(c.nr_alive, 2);
	c.sink.event(&c.sink, &gone);
	assert_int_equal(c.nr_alive, 1);
	census_free(&c);
}

static void an_exec_from_a_thread_leaves_one_task(void **state)
{
	struct event gone = {.type = EVENT_EXIT, .tid = 10};
	struct census c;

	(void)state;
	census_init(&c);
	task(&c, 10, TASK_IN_SCOPE | TASK_FORKED, 1);
	task(&c, 11, TASK_IN_SCOPE | TASK_FORKED, 10);
	c.sink.event(&c.sink, &gone);
	task(&c, 10, TASK_IN_SCOPE | TASK_EXECED, 11);
	assert_int_equal(c.nr_alive, 1);
	census_free(&c);
}

static void sizes_have_units_and_nothing_else(void **state)
{
	uint64_t n = 0;

	(void)state;
	assert_true(parse_size("100", &n) && n == 100);
	assert_true(parse_size("64K", &n) && n == 65536);
	assert_true(parse_size("512MiB", &n) && n == 512u << 20);
	assert_true(parse_size("2g", &n) && n == UINT64_C(2) << 30);
	assert_false(parse_size("", &n));
	assert_false(parse_size("0", &n));
	assert_false(parse_size("-1", &n));
	assert_false(parse_size("5X", &n));
	assert_false(parse_size("5Kx", &n));
	assert_false(parse_size("99999999999T", &n));
}

static void an_exit_status_is_the_shell_s(void **state)
{
	char text[96];

	(void)state;
	assert_int_equal(status_of_wait(3 << 8), 3);
	assert_int_equal(status_of_wait(SIGKILL), 137);
	describe_end(SIGSEGV | 0x80, text, sizeof(text));
	assert_string_equal(text, "killed by signal 11 (Segmentation fault), core dumped");
	describe_end(3 << 8, text, sizeof(text));
	assert_string_equal(text, "exited with status 3");
}

static void a_command_line_is_cut_not_overrun(void **state)
{
	char *argv[] = {"./bank", "-t", "3", NULL};
	char text[64], tiny[8];

	(void)state;
	join_argv(argv, text, sizeof(text));
	assert_string_equal(text, "./bank -t 3");
	join_argv(argv, tiny, sizeof(tiny));
	assert_string_equal(tiny, "./bank ");
}

static void the_pane_keeps_the_last_output_and_the_file_has_all(void **state)
{
	static struct pane p;
	char line[64], last[8], path[] = "/tmp/mtviz-pane-XXXXXX";
	int fds[2], file = mkstemp(path);
	uint64_t serial = 0;

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	assert_int_equal(pane_start(&p, fds[0], file), 0);
	for (int i = 0; i < 50000; i++) {
		int n = snprintf(line, sizeof(line), "line %d\n", i);

		assert_int_equal(write(fds[1], line, (size_t)n), n);
	}
	close(fds[1]);
	pane_stop(&p);
	assert_int_equal(pane_copy(&p, last, 6, &serial), 6);
	last[6] = 0;
	assert_string_equal(last, "49999\n");
	assert_int_equal((uint64_t)lseek(file, 0, SEEK_END), serial);
	close(fds[0]);
	close(file);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tee_stops_at_the_first_error_but_ends_everybody),
		cmocka_unit_test(a_gate_holds_the_lock_for_events_and_not_between_batches),
		cmocka_unit_test(a_gate_lets_the_screen_in_during_a_flood),
		cmocka_unit_test(the_census_knows_who_of_the_scope_is_alive),
		cmocka_unit_test(an_exec_from_a_thread_leaves_one_task),
		cmocka_unit_test(sizes_have_units_and_nothing_else),
		cmocka_unit_test(an_exit_status_is_the_shell_s),
		cmocka_unit_test(a_command_line_is_cut_not_overrun),
		cmocka_unit_test(the_pane_keeps_the_last_output_and_the_file_has_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real screen on a pseudo-terminal: cells, keys, sizes, and every way out
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/ui/tty.h"

static struct model *bank(void)
{
	return scene_bank(3, 600, true);
}

static struct model *bank_live(void)
{
	return scene_bank(3, 600, false);
}

static struct model *hostile(void)
{
	struct model *m = scene_start(1);

	FEED(m, FOUND(0, 7, 7, "\033[31;5mX\x9b\a"),
	     NAMED(0, 7, 0x10, "\033]0;owned\007"), FOUND(0, 8, 7, "\xff\x1b[2J"),
	     ON(0, SWITCH(0, IDLE, LEAVES(0), 7)),
	     ON(0, SWITCH(50 * MS, 7, MUTEX(0x10, 8), 8)));
	story_advance(m, 200 * MS);
	return m;
}

static void q_gives_the_terminal_back(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank});
	int status;

	(void)state;
	tty_wait(t, "B worker-1");
	assert_int_equal(t->altscreen, 1);
	assert_int_equal(t->cursor_visible, 0);
	assert_int_equal(t->mouse, VTERM_PROP_MOUSE_DRAG);
	assert_non_null(strstr(tty_line(t, 23), "? help"));
	tty_send(t, "q");
	status = tty_status(t);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	tty_restored(t);
	tty_close(t);
}

static void cells_have_their_colours(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank});
	VTermScreenCell cell;
	int row;

	(void)state;
	tty_wait(t, "B worker-1");
	row = tty_find(t, "B worker-1");
	cell = tty_cell(t, row, 14); /* it runs on CPU 1 */
	assert_int_equal(cell.chars[0], '1');
	assert_true(VTERM_COLOR_IS_INDEXED(&cell.bg));
	assert_int_equal(cell.bg.indexed.idx, 74);
	row = tty_find(t, "D worker-3");
	cell = tty_cell(t, row, 34); /* it waits for lock a */
	assert_int_equal(cell.chars[0], 'a');
	assert_int_equal(cell.bg.indexed.idx, 166);
	tty_close(t);
}

static void nothing_is_sent_when_nothing_changes(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank});

	(void)state;
	tty_wait(t, "B worker-1");
	tty_pump(t, 300);
	assert_int_equal(tty_pump(t, 1500), 0);
	tty_send(t, "j");
	assert_in_range(tty_pump(t, 300), 1, 1500); /* and little when little does */
	tty_close(t);
}

static void arrows_escape_and_the_mouse_arrive(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank});
	char click[80];
	int row;

	(void)state;
	tty_wait(t, "B worker-1");
	tty_send(t, "?");
	tty_wait(t, "Keys   Esc goes back");
	tty_send(t, "\033");
	tty_wait(t, "B worker-1");
	row = tty_find(t, "C worker-2");
	snprintf(click, sizeof(click), "\033[<0;30;%dM\033[<0;30;%dm", row + 1, row + 1);
	tty_send(t, click);
	tty_wait(t, " C worker-2, 2 ms from 0.030 s");
	tty_send(t, "\033OC"); /* right, in application mode */
	tty_wait(t, " C worker-2, 2 ms from 0.032 s");
	tty_send(t, "\033OB");
	tty_wait(t, " D worker-3, 2 ms from 0.032 s");
	snprintf(click, sizeof(click), "\033[<64;30;%dM", row + 1);
	tty_send(t, click);
	tty_wait(t, " D worker-3, 1 ms from 0.032 s");
	tty_close(t);
}

static void it_follows_the_size_of_the_terminal(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank_live, .live = true});

	(void)state;
	tty_wait(t, "B worker-1");
	tty_resize(t, 50, 150);
	for (int i = 0; i < 50 && !strstr(tty_line(t, 49), "? help"); i++)
		tty_pump(t, 20);
	assert_non_null(strstr(tty_line(t, 49), "? help"));
	tty_resize(t, 5, 30);
	tty_wait(t, "terminal too small: 30x5");
	tty_resize(t, 10, 40);
	tty_wait(t, "CPU 0");
	tty_send(t, "q");
	assert_true(WIFEXITED(tty_status(t)));
	tty_restored(t);
	tty_close(t);
}

static void every_deadly_signal_gives_the_terminal_back(void **state)
{
	static const int sigs[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};

	(void)state;
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		struct tty *t = tty_open(&(struct tty_how){.scene = bank});
		int status;

		tty_wait(t, "B worker-1");
		kill(t->child, sigs[i]);
		status = tty_status(t);
#if defined(__SANITIZE_ADDRESS__)
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status));
#else
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), sigs[i]);
#endif
		tty_restored(t);
		tty_close(t);
	}
}

static void who_is_asked_to_end_ends_in_order(void **state)
{
	static const int sigs[] = {SIGTERM, SIGHUP, SIGINT};

	(void)state;
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		struct tty *t = tty_open(&(struct tty_how){.scene = bank});
		int status;

		tty_wait(t, "B worker-1");
		kill(t->child, sigs[i]);
		status = tty_status(t);
		assert_true(WIFEXITED(status));
		assert_int_equal(t->shared->result, -EINTR);
		assert_string_equal(t->shared->why, strsignal(sigs[i]));
		tty_restored(t);
		tty_close(t);
	}
}

static void ctrl_z_stops_and_fg_comes_back(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank_live, .live = true});
	int status;

	(void)state;
	for (int i = 0; i < 2; i++) {
		tty_wait(t, "B worker-1");
		if (i == 0)
			tty_send(t, "\032");
		else
			kill(t->child, SIGTSTP);
		status = tty_status(t);
		assert_true(WIFSTOPPED(status));
		tty_restored(t);
		vterm_screen_reset(t->screen, 1);
		kill(t->child, SIGCONT);
		tty_wait(t, "B worker-1");
		assert_int_equal(t->altscreen, 1);
		assert_int_equal(t->cursor_visible, 0);
	}
	tty_send(t, "q");
	assert_true(WIFEXITED(tty_status(t)));
	tty_restored(t);
	tty_close(t);
}

static void ctrl_c_asks_while_the_command_runs(void **state)
{
	struct tty *t = tty_open(
		&(struct tty_how){.scene = bank_live, .live = true, .running = true});

	(void)state;
	tty_wait(t, "B worker-1");
	tty_send(t, "\003");
	tty_wait(t, "the command still runs");
	tty_send(t, "\033");
	tty_wait(t, "? help");
	tty_send(t, "q");
	tty_wait(t, "the command still runs");
	tty_send(t, "q");
	assert_true(WIFEXITED(tty_status(t)));
	assert_int_equal(t->shared->stopped, 1);
	tty_restored(t);
	tty_close(t);
}

static void a_stalled_terminal_stalls_nobody_else(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank_live,
						   .live = true,
						   .busy = true,
						   .rows = 100,
						   .cols = 300});
	unsigned int laps;

	(void)state;
	tty_wait(t, "B worker-1");
	/* Full pictures that nobody reads: the terminal's buffer fills. */
	for (int i = 0; i < 40; i++) {
		tty_send(t, "\014-\014+");
		usleep(10000);
	}
	laps = t->shared->laps;
	usleep(500000);
	assert_true(t->shared->laps > laps + 100);
	tty_send(t, "q");
	assert_true(WIFEXITED(tty_status(t)));
	tty_restored(t);
	tty_close(t);
}

static void no_escape_of_a_hostile_name_gets_through(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = hostile, .live = true});

	(void)state;
	tty_wait(t, "\\x1b[31;5mX");
	tty_send(t, "2");
	tty_wait(t, "2 threads");
	tty_send(t, "3");
	tty_wait(t, "\\x1b]0;owned");
	assert_null(strstr(t->bytes, "\033]0;"));
	assert_null(strstr(t->bytes, "31;5mX\x9b"));
	assert_null(memchr(t->bytes, '\a', t->nr_bytes));
	tty_close(t);
}

static void plain_terminals_get_plain_text(void **state)
{
	struct tty *t = tty_open(
		&(struct tty_how){.scene = bank, .term = "vt100", .locale = "C"});

	(void)state;
	tty_wait(t, "B worker-1");
	for (size_t i = 0; i < t->nr_bytes; i++)
		assert_true((unsigned char)t->bytes[i] < 0x80);
	assert_null(strstr(t->bytes, "\033[38;5"));
	tty_send(t, "q");
	assert_true(WIFEXITED(tty_status(t)));
	tty_close(t);
}

static void an_impossible_terminal_is_refused_with_a_reason(void **state)
{
	struct tty *t = tty_open(&(struct tty_how){.scene = bank, .term = "nosuch\033"});

	(void)state;
	assert_true(WIFEXITED(tty_status(t)));
	assert_int_equal(t->shared->result, -ENOTTY);
	assert_non_null(strstr(t->shared->why, "TERM=nosuch? cannot be used"));
	tty_restored(t);
	tty_close(t);
	t = tty_open(&(struct tty_how){.scene = bank, .rows = 9, .cols = 80});
	assert_true(WIFEXITED(tty_status(t)));
	assert_int_equal(t->shared->result, -ERANGE);
	tty_restored(t);
	tty_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(q_gives_the_terminal_back),
		cmocka_unit_test(cells_have_their_colours),
		cmocka_unit_test(nothing_is_sent_when_nothing_changes),
		cmocka_unit_test(arrows_escape_and_the_mouse_arrive),
		cmocka_unit_test(it_follows_the_size_of_the_terminal),
		cmocka_unit_test(every_deadly_signal_gives_the_terminal_back),
		cmocka_unit_test(who_is_asked_to_end_ends_in_order),
		cmocka_unit_test(ctrl_z_stops_and_fg_comes_back),
		cmocka_unit_test(ctrl_c_asks_while_the_command_runs),
		cmocka_unit_test(a_stalled_terminal_stalls_nobody_else),
		cmocka_unit_test(no_escape_of_a_hostile_name_gets_through),
		cmocka_unit_test(plain_terminals_get_plain_text),
		cmocka_unit_test(an_impossible_terminal_is_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

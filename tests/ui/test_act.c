/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and the mouse, and what the picture says after them
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/ui/scene.h"

static struct stage *s;

static int replay(void **state)
{
	(void)state;
	s = stage_open(scene_bank(3, 600, true), 24, 80, 0);
	return 0;
}

static int live(void **state)
{
	(void)state;
	s = stage_open(scene_bank(3, 600, false), 24, 80, STAGE_LIVE);
	return 0;
}

static int over(void **state)
{
	(void)state;
	stage_close(s);
	return 0;
}

static void type_line(const char *text)
{
	stage_type(s, text);
	stage_key(s, KEY_ENTER_);
}

static void colon_goes_to_a_time(void **state)
{
	(void)state;
	stage_key(s, ':');
	assert_true(stage_find(s, "go to time") >= 0);
	type_line("450ms");
	assert_int_equal(s->app.win.cursor_ns, 450 * MS);
	stage_key(s, ':');
	type_line("soon");
	assert_true(stage_find(s, "not a time: soon") >= 0);
	assert_int_equal(s->app.win.cursor_ns, 450 * MS);
}

static void escape_leaves_a_line_that_was_begun(void **state)
{
	(void)state;
	stage_key(s, ':');
	stage_type(s, "1s");
	stage_key(s, KEY_BACKSPACE_);
	assert_string_equal(s->app.input, "1");
	stage_key(s, KEY_ESC_);
	assert_int_equal(s->app.prompt, PROMPT_NONE);
}

static void slash_finds_threads_and_locks(void **state)
{
	(void)state;
	stage_key(s, '/');
	type_line("ORKER-2");
	assert_int_equal(s->app.selected.kind, ROW_THREAD);
	assert_non_null(strstr(stage_line(s, stage_find(s, "C worker-2")), "C worker-2"));
	stage_key(s, '/');
	type_line("account");
	assert_int_equal(s->app.selected.kind, ROW_LOCK);
	stage_key(s, '/');
	type_line("nobody");
	assert_true(stage_find(s, "not found: nobody") >= 0);
	stage_key(s, '/');
	type_line("worker");
	assert_int_equal(s->app.selected.kind, ROW_THREAD);
	{
		uint32_t first = s->app.selected.id;

		stage_key(s, 'n');
		assert_int_not_equal(s->app.selected.id, first);
		stage_key(s, 'N');
		assert_int_equal(s->app.selected.id, first);
	}
}

static void a_dot_steps_to_the_next_change_and_a_comma_back(void **state)
{
	struct slice slice;
	uint64_t before;

	(void)state;
	stage_key(s, '/');
	type_line("worker-1");
	stage_key(s, 'g');
	before = s->app.win.cursor_ns;
	stage_key(s, '.');
	stage_key(s, '.');
	assert_true(model_task_slice(s->app.m, s->app.selected.id, s->app.win.cursor_ns,
				     &slice));
	assert_int_equal(slice.start_ns, s->app.win.cursor_ns);
	stage_key(s, ',');
	assert_true(s->app.win.cursor_ns < slice.start_ns);
	assert_true(s->app.win.cursor_ns > before);
	for (int i = 0; i < 5; i++)
		stage_key(s, ',');
	assert_true(stage_find(s, "no earlier change") >= 0);
}

static void enter_goes_to_who_holds_the_lock(void **state)
{
	struct slice slice;

	(void)state;
	stage_key(s, ':');
	type_line("98ms");
	stage_key(s, '/');
	type_line("worker-3");
	assert_true(model_task_slice(s->app.m, s->app.selected.id, 98 * MS, &slice));
	assert_int_equal(slice.state, STATE_LOCK);
	stage_key(s, KEY_ENTER_);
	if (stage_find(s, "the lock is held by C worker-2") < 0)
		fail_msg("%s", stage_line(s, 23));
	assert_string_equal(model_task(s->app.m, s->app.selected.id)->comm, "worker-2");
}

static void enter_folds_a_process(void **state)
{
	(void)state;
	stage_key(s, '/');
	type_line("bank");
	assert_int_equal(s->app.selected.kind, ROW_PROCESS);
	stage_key(s, KEY_ENTER_);
	assert_true(stage_find(s, "[+] bank") >= 0);
	assert_int_equal(stage_find(s, "B worker-1"), -1);
	/* A search unfolds what it finds. */
	stage_key(s, '/');
	type_line("worker-1");
	assert_true(stage_find(s, "B worker-1") >= 0);
}

static void e_goes_to_the_longest_wait(void **state)
{
	struct slice slice;

	(void)state;
	stage_key(s, '/');
	type_line("worker-3");
	stage_key(s, 'e');
	assert_true(stage_find(s, "the longest wait: ") >= 0);
	assert_true(model_task_slice(s->app.m, s->app.selected.id, s->app.win.cursor_ns,
				     &slice));
	assert_true(slice.end_ns - slice.start_ns > 200 * MS);
}

static void a_shows_everything_and_plus_zooms_in(void **state)
{
	uint64_t col;

	(void)state;
	stage_key(s, 'a');
	assert_int_equal(s->app.win.from_ns, 0);
	assert_true(window_to_ns(&s->app.win) >= 600 * MS);
	col = s->app.win.col_ns;
	stage_key(s, '+');
	assert_int_equal(s->app.win.col_ns, col / 2);
}

static void space_freezes_and_f_follows(void **state)
{
	uint64_t from;

	(void)state;
	assert_true(stage_find(s, "LIVE") == 0);
	stage_key(s, ' ');
	assert_true(stage_find(s, "FROZEN") == 0);
	from = s->app.win.from_ns;
	story_advance((struct model *)s->app.m, 5000 * MS);
	stage_wait(s, 2000 * MS);
	assert_int_equal(s->app.win.from_ns, from);
	stage_key(s, 'f');
	assert_true(stage_find(s, "LIVE") == 0);
	assert_int_equal(window_to_ns(&s->app.win), 5000 * MS);
	stage_key(s, KEY_LEFT_);
	assert_true(stage_find(s, "FROZEN") == 0);
}

static void playing_hides_what_is_still_to_come(void **state)
{
	const char *line;

	(void)state;
	stage_key(s, 'g');
	stage_key(s, '[');
	stage_key(s, '[');
	stage_key(s, '['); /* a tenth of real time */
	stage_key(s, ' ');
	stage_wait(s, 500 * MS);
	stage_wait(s, 0);
	assert_in_range(s->app.play_ns, 49 * MS, 51 * MS);
	line = stage_line(s, stage_find(s, "D worker-3"));
	assert_true(strlen(line) < 60);
	stage_key(s, ' ');
	assert_true(stage_find(s, "‖ x1/10") == 0);
	/* A step reveals just so much more. */
	stage_key(s, '.');
	assert_true(s->app.play_ns > 50 * MS && s->app.play_ns < 300 * MS);
	stage_key(s, KEY_ESC_);
	stage_key(s, KEY_ESC_);
	assert_int_equal(s->app.play_ns, UINT64_MAX);
}

static void playing_ends_at_the_end(void **state)
{
	(void)state;
	stage_key(s, ' ');
	for (int i = 0; i < 20; i++)
		stage_wait(s, 100 * MS);
	assert_false(s->app.playing);
	assert_true(stage_find(s, "end of the recording") >= 0);
}

static void quitting_asks_once_while_the_command_runs(void **state)
{
	(void)state;
	s->stats.running = true;
	stage_wait(s, 0);
	stage_key(s, 'q');
	assert_false(s->app.done);
	assert_true(stage_find(s, "the command still runs") >= 0);
	stage_key(s, KEY_ESC_);
	assert_false(s->app.done);
	stage_key(s, KEY_CTRL_C);
	stage_key(s, 'd');
	assert_true(s->app.done);
	assert_int_equal(s->detached, 1);
	assert_int_equal(s->stopped, 0);
}

static void asked_q_stops_the_command(void **state)
{
	(void)state;
	s->stats.running = true;
	stage_wait(s, 0);
	stage_key(s, 'q');
	stage_key(s, 'q');
	assert_true(s->app.done);
	assert_int_equal(s->stopped, 1);
}

static void without_a_command_q_quits_at_once(void **state)
{
	(void)state;
	stage_key(s, 'q');
	assert_true(s->app.done);
	assert_int_equal(s->stopped, 0);
}

static void w_saves_and_a_hostile_reason_is_harmless(void **state)
{
	(void)state;
	stage_key(s, 'w');
	assert_string_equal(s->app.input, "mtviz.pftrace");
	stage_key(s, KEY_ENTER_);
	assert_string_equal(s->saved_as, "mtviz.pftrace");
	assert_true(stage_find(s, "saved mtviz.pftrace") >= 0);
	stage_key(s, 'w');
	stage_key(s, KEY_CTRL_U);
	type_line("/x");
	assert_true(stage_find(s, "not saved: no \\x1b[31mroom") >= 0);
}

static void the_output_pane_shows_plain_text(void **state)
{
	(void)state;
	snprintf(
		s->output, sizeof(s->output),
		"one\r\n\033[31mtwo\033[0m\nthree 10%%\rthree 99%%\n\033]0;evil\007four\x01\n");
	s->output_serial = 1;
	stage_key(s, 'o');
	assert_true(stage_find(s, "one") >= 0);
	assert_true(stage_find(s, "two") >= 0);
	assert_true(stage_find(s, "three 99%") >= 0);
	assert_int_equal(stage_find(s, "10%"), -1);
	assert_true(stage_find(s, "four\\x01") >= 0);
	assert_int_equal(stage_find(s, "evil"), -1);
	strcat(s->output, "five\n");
	s->output_serial = 2;
	stage_wait(s, 100 * MS);
	assert_true(stage_find(s, "five") >= 0);
	stage_key(s, 'o');
	assert_true(stage_find(s, "worker-1") >= 0);
}

static void long_output_stays_at_its_end_and_scrolls(void **state)
{
	char *at = s->output;

	(void)state;
	for (int i = 0; i < 500; i++)
		at += sprintf(at, "line %d\n", i);
	s->output_serial = 1;
	stage_key(s, 'o');
	assert_true(stage_find(s, "line 499") >= 0);
	stage_key(s, KEY_PGUP_);
	assert_int_equal(stage_find(s, "line 499"), -1);
	stage_key(s, 'g');
	assert_true(stage_find(s, "line 0") >= 0);
	stage_key(s, 'G');
	assert_true(stage_find(s, "line 499") >= 0);
}

static void clicking_selects_a_row_and_a_moment(void **state)
{
	int row = stage_find(s, "C worker-2");

	(void)state;
	app_mouse(&s->app, &(struct mouse){MOUSE_PRESS, row, s->app.lane_col + 10});
	app_mouse(&s->app, &(struct mouse){MOUSE_RELEASE, row, s->app.lane_col + 10});
	stage_wait(s, 0);
	assert_int_equal(window_cursor_col(&s->app.win), 10);
	assert_string_equal(model_task(s->app.m, s->app.selected.id)->comm, "worker-2");
	assert_false(s->app.mark.on);
}

static void dragging_marks_a_span_and_tells_its_length(void **state)
{
	int row = stage_find(s, "C worker-2"), col = s->app.lane_col + 10;

	(void)state;
	app_mouse(&s->app, &(struct mouse){MOUSE_PRESS, row, col});
	app_mouse(&s->app, &(struct mouse){MOUSE_DRAG, row, col + 10});
	app_mouse(&s->app, &(struct mouse){MOUSE_RELEASE, row, col + 20});
	stage_wait(s, 0);
	assert_true(stage_find(s, "marked 40 ms, from 0.020 s to 0.060 s") >= 0);
	stage_key(s, KEY_ESC_);
	assert_int_equal(stage_find(s, "marked"), -1);
}

static void the_wheel_zooms(void **state)
{
	uint64_t col = s->app.win.col_ns;

	(void)state;
	app_mouse(&s->app, &(struct mouse){MOUSE_WHEEL_UP, 5, 40});
	assert_true(s->app.win.col_ns < col);
	app_mouse(&s->app, &(struct mouse){MOUSE_WHEEL_DOWN, 5, 40});
	app_mouse(&s->app, &(struct mouse){MOUSE_WHEEL_DOWN, 5, 40});
	assert_true(s->app.win.col_ns > col);
}

static void tables_lead_back_to_the_timeline(void **state)
{
	(void)state;
	stage_key(s, '2');
	stage_golden(s, "ui-threads", false);
	stage_key(s, 'j');
	stage_key(s, KEY_ENTER_);
	assert_int_equal(s->app.view, VIEW_HOME);
	assert_string_equal(model_task(s->app.m, s->app.selected.id)->comm, "worker-1");
	stage_key(s, KEY_TAB_);
	stage_key(s, KEY_TAB_);
	stage_golden(s, "ui-locks", false);
	stage_key(s, KEY_ENTER_);
	assert_int_equal(s->app.selected.kind, ROW_LOCK);
	stage_key(s, KEY_BACKTAB_);
	assert_true(stage_find(s, "no deadlock, no lost lock") >= 0);
	stage_key(s, KEY_ESC_);
	assert_int_equal(s->app.view, VIEW_HOME);
}

static void i_hides_threads_that_do_nothing(void **state)
{
	struct stage *crowd = stage_open(scene_crowd(200), 24, 80, 0);

	(void)state;
	stage_key(crowd, ':');
	stage_type(crowd, "50ms");
	stage_key(crowd, KEY_ENTER_);
	for (int i = 0; i < 3; i++)
		stage_key(crowd, '+');
	stage_key(crowd, 'i');
	assert_true(crowd->app.rows.nr_idle > 100);
	assert_true(crowd->app.rows.nr < 100);
	/* What is searched for is shown nevertheless. */
	stage_key(crowd, '/');
	stage_type(crowd, "server");
	stage_key(crowd, KEY_ENTER_);
	assert_true(stage_find(crowd, "server 1000") >= 0);
	stage_close(crowd);
}

static void a_selected_row_scrolls_into_view(void **state)
{
	struct stage *crowd = stage_open(scene_crowd(200), 24, 80, 0);
	char label[80];

	(void)state;
	stage_key(crowd, 'k');
	for (int i = 0; i < 60; i++)
		stage_key(crowd, 'j');
	model_task_label(crowd->app.m, crowd->app.selected.id, label, sizeof(label));
	assert_int_equal(crowd->app.selected.kind, ROW_THREAD);
	assert_true(crowd->app.body_top > 0);
	assert_true(stage_find(crowd, "of them above") >= 0);
	stage_close(crowd);
}

static void a_hostile_name_is_shown_escaped(void **state)
{
	struct model *m = scene_start(1);
	struct stage *bad;

	(void)state;
	FEED(m, FOUND(0, 7, 7, "\033[2Jev\x9bil\a"),
	     ON(0, SWITCH(0, IDLE, LEAVES(0), 7)));
	story_advance(m, 100 * MS);
	bad = stage_open(m, 24, 100, STAGE_LIVE);
	bad->host.title = "\033]0;owned\007";
	stage_wait(bad, 10 * MS);
	assert_true(stage_find(bad, "\\x1b]0;owned\\x07") == 0);
	for (int i = 0; i < bad->canvas.rows * bad->canvas.cols; i++) {
		char32_t ch = bad->canvas.cells[i].ch;

		assert_true(ch == 0 || (ch >= ' ' && (ch < 0x7f || ch > 0x9f)));
	}
	stage_close(bad);
}

static void any_size_and_any_key_leave_it_standing(void **state)
{
	static const int keys_tried[] = {
		'+',        'j',        '.',        KEY_ENTER_, 'e', 'k',        ',',
		'-',        'a',        'H',        'L',        'g', 'G',        'i',
		'2',        's',        'j',        KEY_ENTER_, '3', KEY_ENTER_, '4',
		KEY_ENTER_, '?',        KEY_PGDN_,  KEY_ESC_,   'o', KEY_PGUP_,  KEY_ESC_,
		' ',        ']',        '[',        KEY_LEFT_,  'c', 'F',        'f',
		'/',        'a',        KEY_ENTER_, 'n',        'N', ':',        '1',
		's',        KEY_ENTER_, 0x1f600,    0x7f,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys_tried) / sizeof(keys_tried[0]) * 12; i++) {
		int rows = 1 + (int)(i * 37 % 70), cols = 1 + (int)(i * 53 % 260);

		stage_resize(s, rows, cols);
		stage_key(
			s,
			keys_tried[i * 5 % (sizeof(keys_tried) / sizeof(keys_tried[0]))]);
		app_mouse(&s->app, &(struct mouse){(enum mouse_what)(i % 5),
						   (int)(i % 80), (int)(i % 270)});
		stage_wait(s, 33 * MS);
	}
	assert_false(s->app.done);
}

static void a_frame_takes_at_most_5_ms(void **state)
{
	struct stage *crowd = stage_open(scene_crowd(1000), 60, 200, 0);
	struct timespec from, to;
	double best = 1e9;

	(void)state;
	for (int i = 0; i < 20; i++) {
		double ms;

		crowd->app.serial++; /* as if everything had changed */
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		assert_int_equal(app_draw(&crowd->app, &crowd->canvas), 0);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
		     (double)(to.tv_nsec - from.tv_nsec) / 1e6;
		if (ms < best)
			best = ms;
	}
	print_message("# 200x60, 1000 threads: %.2f ms a frame\n", best);
#if !defined(__SANITIZE_ADDRESS__)
	assert_true(best <= 5.0);
#endif
	stage_close(crowd);
}

int main(void)
{
#define R(name) cmocka_unit_test_setup_teardown(name, replay, over)
#define L(name) cmocka_unit_test_setup_teardown(name, live, over)
	const struct CMUnitTest tests[] = {
		R(colon_goes_to_a_time),
		R(escape_leaves_a_line_that_was_begun),
		R(slash_finds_threads_and_locks),
		R(a_dot_steps_to_the_next_change_and_a_comma_back),
		R(enter_goes_to_who_holds_the_lock),
		R(enter_folds_a_process),
		R(e_goes_to_the_longest_wait),
		R(a_shows_everything_and_plus_zooms_in),
		L(space_freezes_and_f_follows),
		R(playing_hides_what_is_still_to_come),
		R(playing_ends_at_the_end),
		L(quitting_asks_once_while_the_command_runs),
		L(asked_q_stops_the_command),
		R(without_a_command_q_quits_at_once),
		L(w_saves_and_a_hostile_reason_is_harmless),
		L(the_output_pane_shows_plain_text),
		L(long_output_stays_at_its_end_and_scrolls),
		R(clicking_selects_a_row_and_a_moment),
		R(dragging_marks_a_span_and_tells_its_length),
		R(the_wheel_zooms),
		R(tables_lead_back_to_the_timeline),
		cmocka_unit_test(i_hides_threads_that_do_nothing),
		cmocka_unit_test(a_selected_row_scrolls_into_view),
		cmocka_unit_test(a_hostile_name_is_shown_escaped),
		L(any_size_and_any_key_leave_it_standing),
		cmocka_unit_test(a_frame_takes_at_most_5_ms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zoom, pan, follow: round numbers
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "ui/window.h"

#define MS  UINT64_C(1000000)
#define SEC (1000 * MS)

static struct window w;

/* 100 columns of 1 ms, 10 s of history. */
static int setup(void **state)
{
	(void)state;
	window_init(&w, 100, 1 * MS, WINDOW_STILL);
	window_tick(&w, 0, 10 * SEC, 1);
	return 0;
}

static void columns_are_one_two_or_five_times_a_power_of_ten(void **state)
{
	(void)state;
	assert_int_equal(window_round_col(0), 10);
	assert_int_equal(window_round_col(11), 20);
	assert_int_equal(window_round_col(21), 50);
	assert_int_equal(window_round_col(3 * MS), 5 * MS);
	assert_int_equal(window_round_col(UINT64_MAX), WINDOW_MAX_COL_NS);
}

static void zooming_goes_from_10_ns_to_hours_and_back(void **state)
{
	uint64_t seen = 0;
	int steps = 0;

	(void)state;
	window_zoom(&w, 100);
	assert_int_equal(w.col_ns, 10);
	while (w.col_ns != seen) {
		seen = w.col_ns;
		window_zoom(&w, -1);
		steps++;
	}
	assert_int_equal(w.col_ns, WINDOW_MAX_COL_NS);
	assert_int_equal(steps, 37); /* 12 decades of 3, and the one that does nothing */
	window_zoom(&w, 100);
	assert_int_equal(w.col_ns, 10);
}

static void zooming_keeps_the_moment_under_the_cursor(void **state)
{
	(void)state;
	window_goto(&w, 5 * SEC + 123456);
	assert_int_equal(window_cursor_col(&w), 50);
	window_zoom(&w, 1);
	assert_int_equal(w.col_ns, MS / 2);
	assert_int_equal(w.cursor_ns, 5 * SEC + 123456);
	assert_int_equal(window_cursor_col(&w), 50);
	window_zoom(&w, -2);
	assert_int_equal(w.cursor_ns, 5 * SEC + 123456);
	assert_int_equal(window_cursor_col(&w), 50);
}

static void from_is_always_a_multiple_of_a_column(void **state)
{
	(void)state;
	for (int i = 0; i < 500; i++) {
		switch (i * 7 % 5) {
		case 0:
			window_zoom(&w, i % 3 - 1);
			break;
		case 1:
			window_pan(&w, i % 17 - 8);
			break;
		case 2:
			window_goto(&w, (uint64_t)i * 31 * MS);
			break;
		case 3:
			window_move_cursor(&w, i % 300 - 150);
			break;
		default:
			window_resize(&w, 1 + (unsigned int)i % 200);
		}
		assert_int_equal(w.from_ns % w.col_ns, 0);
		assert_true(w.cursor_ns >= w.from_ns);
		assert_true(w.cursor_ns < window_to_ns(&w));
	}
}

static void the_window_stays_within_what_there_is(void **state)
{
	(void)state;
	window_pan(&w, -1000000);
	assert_int_equal(w.from_ns, 0);
	window_pan(&w, 1000000);
	assert_int_equal(window_to_ns(&w), 10 * SEC);
	window_start(&w);
	assert_int_equal(w.cursor_ns, 0);
	window_end(&w);
	assert_int_equal(window_to_ns(&w), 10 * SEC);
	assert_int_equal(w.cursor_ns, 10 * SEC - 1);
}

static void dropped_history_pushes_the_window_on(void **state)
{
	(void)state;
	window_start(&w);
	assert_true(window_tick(&w, 2 * SEC, 10 * SEC, 2));
	assert_int_equal(w.from_ns, 2 * SEC);
	window_pan(&w, -5);
	assert_int_equal(w.from_ns, 2 * SEC);
}

static void the_cursor_pans_when_it_leaves(void **state)
{
	(void)state;
	window_goto(&w, 5 * SEC);
	window_cursor_to(&w, 99);
	window_move_cursor(&w, 3);
	assert_int_equal(window_cursor_col(&w), 99);
	assert_int_equal(w.from_ns, 5 * SEC - 50 * MS + 3 * MS);
}

static void a_held_picture_is_full_and_stands_for_a_second(void **state)
{
	(void)state;
	window_init(&w, 100, 1 * MS, WINDOW_HOLD);
	/* Not full yet: it begins at the start. */
	window_tick(&w, 0, 50 * MS, 1 * SEC);
	assert_int_equal(w.from_ns, 0);
	assert_true(window_tick(&w, 0, 730 * MS + 500, 2 * SEC));
	assert_int_equal(window_to_ns(&w), 730 * MS); /* the last full column */
	assert_false(window_tick(&w, 0, 1200 * MS, 2 * SEC + 999 * MS));
	assert_int_equal(window_to_ns(&w), 730 * MS);
	assert_true(window_tick(&w, 0, 1730 * MS, 3 * SEC));
	assert_int_equal(window_to_ns(&w), 1730 * MS);
}

static void scrolling_moves_by_columns_ten_times_a_second(void **state)
{
	int moves = 0;

	(void)state;
	window_init(&w, 100, 1 * MS, WINDOW_SCROLL);
	for (uint64_t ms = 1; ms <= 3000; ms++)
		moves += window_tick(&w, 0, ms * MS, SEC + ms * MS);
	assert_in_range(moves, 25, 30);
	assert_int_equal(window_to_ns(&w) % MS, 0);
	assert_in_range(window_to_ns(&w), 2900 * MS, 3000 * MS);
}

static void looking_around_stops_following(void **state)
{
	(void)state;
	window_init(&w, 100, 1 * MS, WINDOW_HOLD);
	window_tick(&w, 0, SEC, SEC);
	window_pan(&w, -10);
	assert_int_equal(w.mode, WINDOW_STILL);
	assert_false(window_tick(&w, 0, 9 * SEC, 9 * SEC));
	window_set_mode(&w, WINDOW_HOLD);
	assert_true(window_tick(&w, 0, 9 * SEC, 9 * SEC));
	assert_int_equal(window_to_ns(&w), 9 * SEC);
}

static void all_of_it_fits(void **state)
{
	(void)state;
	window_fit(&w, 0, 10 * SEC);
	assert_int_equal(w.from_ns, 0);
	assert_int_equal(w.col_ns, 100 * MS);
	window_fit(&w, 3 * SEC, 3 * SEC + 1000);
	assert_true(w.from_ns <= 3 * SEC && window_to_ns(&w) >= 3 * SEC + 1000);
}

static void labels_are_round_and_do_not_touch(void **state)
{
	static const uint64_t cols[] = {10,      50,      2000,      1 * MS,
					20 * MS, 5 * SEC, 3600 * SEC};

	(void)state;
	for (int i = 0; i < 7; i++) {
		struct axis a;
		char label[40], next[40];

		window_init(&w, 300, cols[i], WINDOW_STILL);
		window_tick(&w, 0, 12 * SEC, 1);
		window_goto(&w, 12 * SEC);
		a = window_axis(&w);
		axis_label(&a, w.from_ns, label, sizeof(label));
		axis_label(&a, w.from_ns + a.every * w.col_ns, next, sizeof(next));
		assert_string_not_equal(label, next);
		assert_true(strlen(label) + 2 <= a.every);
	}
	window_init(&w, 100, 2 * MS, WINDOW_STILL);
	window_tick(&w, 0, 12 * SEC, 1);
	window_goto(&w, 12 * SEC);
	{
		struct axis a = window_axis(&w);
		char label[40];

		axis_label(&a, 11 * SEC + 940 * MS, label, sizeof(label));
		assert_string_equal(label, "11.94");
	}
}

static void a_resize_keeps_what_one_looks_at(void **state)
{
	(void)state;
	window_goto(&w, 5 * SEC);
	window_resize(&w, 30);
	assert_int_equal(w.cursor_ns, 5 * SEC);
	window_resize(&w, 250);
	assert_int_equal(w.cursor_ns, 5 * SEC);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(columns_are_one_two_or_five_times_a_power_of_ten),
		T(zooming_goes_from_10_ns_to_hours_and_back),
		T(zooming_keeps_the_moment_under_the_cursor),
		T(from_is_always_a_multiple_of_a_column),
		T(the_window_stays_within_what_there_is),
		T(dropped_history_pushes_the_window_on),
		T(the_cursor_pans_when_it_leaves),
		T(a_held_picture_is_full_and_stands_for_a_second),
		T(scrolling_moves_by_columns_ten_times_a_second),
		T(looking_around_stops_following),
		T(all_of_it_fits),
		T(labels_are_round_and_do_not_touch),
		T(a_resize_keeps_what_one_looks_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

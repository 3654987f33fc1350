/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timeline, as pictures
 */
#include <string.h>

#include "tests/ui/scene.h"

static void shot(struct model *m, int rows, int cols, unsigned int flags,
		 const char *name, bool looks)
{
	struct stage *s = stage_open(m, rows, cols, flags);

	stage_wait(s, 100 * MS);
	stage_golden(s, name, looks);
	stage_close(s);
}

static void a_bank_run_fits_80x24_without_a_key(void **state)
{
	(void)state;
	shot(scene_bank(3, 600, true), 24, 80, 0, "ui-bank-80x24", false);
}

static void its_colours(void **state)
{
	(void)state;
	shot(scene_bank(3, 600, true), 24, 80, 0, "ui-bank-looks", true);
}

static void in_monochrome_the_letters_carry_all(void **state)
{
	(void)state;
	shot(scene_bank(3, 600, true), 24, 80, STAGE_MONO, "ui-bank-mono", true);
}

static void in_ascii_too(void **state)
{
	(void)state;
	shot(scene_bank(3, 600, true), 24, 80, STAGE_MONO | STAGE_ASCII, "ui-bank-ascii",
	     false);
}

static void larger_screens_show_more_time(void **state)
{
	(void)state;
	shot(scene_bank(8, 600, true), 30, 100, 0, "ui-bank-100x30", false);
	shot(scene_bank(12, 600, true), 60, 200, 0, "ui-bank-200x60", false);
}

static void a_live_picture(void **state)
{
	(void)state;
	shot(scene_bank(3, 600, false), 24, 80, STAGE_LIVE, "ui-bank-live", false);
}

static void the_smallest_screen_is_still_useful(void **state)
{
	(void)state;
	shot(scene_bank(3, 600, true), 10, 40, 0, "ui-bank-40x10", false);
}

static void under_that_it_says_so(void **state)
{
	(void)state;
	shot(scene_bank(3, 600, true), 9, 39, 0, "ui-too-small", false);
}

static void a_deadlock_is_told_on_the_first_picture(void **state)
{
	(void)state;
	shot(scene_deadlock(), 24, 80, STAGE_LIVE, "ui-deadlock", false);
}

static void processes_are_a_tree_and_ends_differ(void **state)
{
	(void)state;
	shot(scene_processes(), 24, 80, 0, "ui-processes", false);
}

static void a_gap_is_unknown(void **state)
{
	(void)state;
	shot(scene_gap(), 24, 80, 0, "ui-gap", false);
}

static void a_crowd_shows_the_busy_ones_first(void **state)
{
	(void)state;
	shot(scene_crowd(500), 24, 80, 0, "ui-crowd", false);
}

static void history_that_was_dropped_ends_in_a_wall(void **state)
{
	const struct model_options opt = {.memory_bytes = 1 << 20};
	struct model *m = story_model(&opt);
	struct stage *s;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     SWITCH(0, IDLE, LEAVES(0), ALICE));
	for (uint64_t t = 1000; t < 400 * MS; t += 1000)
		FEED(m, SWITCH(t, t % 2000 ? ALICE : BOB, PREEMPTED,
			       t % 2000 ? BOB : ALICE));
	story_advance(m, 400 * MS);
	story_end(m, 400 * MS);
	assert_true(model_edge_ns(m) > 100 * MS);
	s = stage_open(m, 24, 80, 0);
	stage_key(s, 'g');
	assert_true(s->app.win.from_ns >= model_edge_ns(m) - s->app.win.col_ns);
	assert_non_null(strstr(stage_line(s, 1), "░"));
	stage_key(s, 'G');
	assert_null(strstr(stage_line(s, 1), "░"));
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bank_run_fits_80x24_without_a_key),
		cmocka_unit_test(its_colours),
		cmocka_unit_test(in_monochrome_the_letters_carry_all),
		cmocka_unit_test(in_ascii_too),
		cmocka_unit_test(larger_screens_show_more_time),
		cmocka_unit_test(a_live_picture),
		cmocka_unit_test(the_smallest_screen_is_still_useful),
		cmocka_unit_test(under_that_it_says_so),
		cmocka_unit_test(a_deadlock_is_told_on_the_first_picture),
		cmocka_unit_test(processes_are_a_tree_and_ends_differ),
		cmocka_unit_test(a_gap_is_unknown),
		cmocka_unit_test(a_crowd_shows_the_busy_ones_first),
		cmocka_unit_test(history_that_was_dropped_ends_in_a_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

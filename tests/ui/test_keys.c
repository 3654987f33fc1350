/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of keys: no key twice, and none that is not told
 */
#include <stdlib.h>
#include <string.h>

#include "tests/ui/scene.h"

static const unsigned int modes[] = {MODE_LIVE, MODE_REPLAY, MODE_TABLE, MODE_TEXT,
				     MODE_QUIT};
#define NR_MODES 5

static void no_key_means_two_things_in_one_mode(void **state)
{
	(void)state;
	for (size_t i = 0; i < nr_keys; i++)
		for (size_t k = i + 1; k < nr_keys; k++)
			if (keys[i].code == keys[k].code &&
			    (keys[i].modes & keys[k].modes))
				fail_msg("entries %zu and %zu: key %d twice", i, k,
					 keys[i].code);
}

static void every_entry_has_a_mode_and_an_action(void **state)
{
	(void)state;
	for (size_t i = 0; i < nr_keys; i++) {
		assert_int_not_equal(keys[i].modes, 0);
		assert_int_not_equal(keys[i].action, ACT_NONE);
		assert_true(keys[i].code >= ' ' || keys[i].shown);
		/* Who joins the entry above does the same thing, maybe backwards. */
		if (!keys[i].help) {
			assert_true(i > 0);
			assert_int_equal(keys[i].action, keys[i - 1].action);
		}
		if (keys[i].hint)
			assert_in_range(keys[i].rank, 1, 15);
	}
}

static void every_key_is_in_the_help_lines(void **state)
{
	size_t covered = 0;
	char line[96];

	(void)state;
	for (size_t i = 0; i < nr_keys; i++) {
		size_t n = key_line(i, line, sizeof(line));

		covered += n;
		for (size_t k = i; k < i + n; k++) {
			char one[16];

			key_shown(&keys[k], one, sizeof(one));
			assert_non_null(strstr(line, one));
		}
	}
	assert_int_equal(covered, nr_keys);
}

static void every_help_line_is_on_the_help_screen(void **state)
{
	struct stage *s = stage_open(scene_bank(3, 60, true), 100, 80, 0);

	(void)state;
	stage_key(s, '?');
	for (size_t i = 0; i < nr_keys; i++)
		if (keys[i].help && stage_find(s, keys[i].help) < 0)
			fail_msg("not on the help screen: %s", keys[i].help);
	stage_key(s, KEY_ESC_);
	assert_true(stage_find(s, "worker-1") >= 0);
	stage_close(s);
}

static void help_scrolls_on_a_small_screen(void **state)
{
	struct stage *s = stage_open(scene_bank(3, 60, true), 24, 80, 0);

	(void)state;
	stage_key(s, '?');
	stage_golden(s, "ui-help", false);
	assert_int_equal(stage_find(s, "probably holds it"), -1);
	for (int i = 0; i < 10; i++)
		stage_key(s, KEY_PGDN_);
	assert_true(stage_find(s, "probably holds it") >= 0);
	stage_close(s);
}

static void the_keys_of_the_man_page_are_these(void **state)
{
	size_t bytes = keys_roff(NULL, 0) + 1;
	char *roff = malloc(bytes);
	size_t entries = 0, lines = 0;

	(void)state;
	assert_non_null(roff);
	assert_int_equal(keys_roff(roff, bytes), bytes - 1);
	for (size_t i = 0; i < nr_keys; i++)
		lines += keys[i].help != NULL;
	for (const char *s = roff; (s = strstr(s, ".TP\n")); s++)
		entries++;
	assert_int_equal(entries, lines);
	free(roff);
}

static void the_bottom_line_never_overflows_and_always_says_help(void **state)
{
	(void)state;
	for (int cols = 40; cols <= 300; cols += 13) {
		struct stage *s = stage_open(scene_bank(3, 60, false), 24, cols,
					     STAGE_LIVE);

		assert_non_null(strstr(stage_line(s, 23), "? help"));
		assert_true(canvas_width(stage_line(s, 23)) <= cols);
		stage_close(s);
	}
}

static void escape_never_quits(void **state)
{
	struct stage *s = stage_open(scene_bank(3, 60, false), 24, 80, STAGE_LIVE);

	(void)state;
	for (size_t i = 0; i < NR_MODES; i++) {
		const struct key *k = key_find(KEY_ESC_, modes[i]);

		assert_non_null(k);
		assert_int_equal(k->action, ACT_BACK);
	}
	for (int i = 0; i < 10; i++)
		stage_key(s, KEY_ESC_);
	assert_false(s->app.done);
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_means_two_things_in_one_mode),
		cmocka_unit_test(every_entry_has_a_mode_and_an_action),
		cmocka_unit_test(every_key_is_in_the_help_lines),
		cmocka_unit_test(every_help_line_is_on_the_help_screen),
		cmocka_unit_test(help_scrolls_on_a_small_screen),
		cmocka_unit_test(the_keys_of_the_man_page_are_these),
		cmocka_unit_test(the_bottom_line_never_overflows_and_always_says_help),
		cmocka_unit_test(escape_never_quits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

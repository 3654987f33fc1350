/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cells, widths, clipping, and that nothing unprintable gets into a cell
 */
#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ui/canvas.h"
#include "ui/theme.h"

static struct canvas c;
static char line[400];

static int setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	return canvas_init(&c, 3, 10, false);
}

static int teardown(void **state)
{
	(void)state;
	canvas_free(&c);
	return 0;
}

static const char *row(int r)
{
	canvas_row_text(&c, r, line, sizeof(line));
	return line;
}

static const struct paint plain;

static void text_is_clipped_at_the_edge(void **state)
{
	(void)state;
	assert_int_equal(canvas_text(&c, 0, 7, -1, plain, "abcdef"), 3);
	assert_string_equal(row(0), "       abc");
	assert_int_equal(canvas_text(&c, 5, 0, -1, plain, "abc"), 3);
	assert_string_equal(row(2), "");
	canvas_put(&c, -1, -1, 'x', plain);
	canvas_put(&c, 3, 10, 'x', plain);
}

static void a_wide_character_takes_two_cells_or_none(void **state)
{
	(void)state;
	assert_int_equal(canvas_text(&c, 0, 0, 4, plain, "a\u6f22\u6f22"), 3);
	assert_string_equal(row(0), "a\u6f22");
	assert_int_equal(canvas_at(&c, 0, 2)->ch, 0);
	/* Overwriting one half leaves no other half behind. */
	canvas_put(&c, 0, 2, 'x', plain);
	assert_string_equal(row(0), "a x");
	canvas_text(&c, 1, 0, -1, plain, "\u6f22");
	canvas_put(&c, 1, 0, 'y', plain);
	assert_string_equal(row(1), "y");
}

static void a_mark_without_a_cell_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(canvas_text(&c, 0, 0, -1, plain, "e\u0301x"), 2);
	assert_string_equal(row(0), "ex");
}

static void controls_and_bad_bytes_become_question_marks(void **state)
{
	(void)state;
	canvas_text(&c, 0, 0, -1, plain, "a\033[31m\xff\xc3z");
	assert_string_equal(row(0), "a?[31m??z");
	canvas_text(&c, 1, 0, -1, plain,
		    "\xc2\x9b"
		    "31m\x7f");
	assert_string_equal(row(1), "?31m?");
}

static void ascii_has_a_likeness_for_every_sign_of_ours(void **state)
{
	static const char signs[] = "│─┄▒·●‖▶†‡▼▲╰…←→↑↓░┊–";

	(void)state;
	canvas_free(&c);
	assert_int_equal(canvas_init(&c, 3, 40, true), 0);
	canvas_text(&c, 0, 0, -1, plain, signs);
	assert_null(strchr(row(0), '?'));
	canvas_text(&c, 1, 0, -1, plain, "\u6f22\u00e9");
	assert_string_equal(row(1), "??");
	for (const char *s = row(0); *s; s++)
		assert_in_range((unsigned char)*s, ' ', '~');
}

static void words_wrap_at_blanks(void **state)
{
	(void)state;
	assert_int_equal(canvas_wrap(&c, 0, 0, 6, 3, plain, "ab cd efghijkl"), 3);
	assert_string_equal(row(0), "ab cd");
	assert_string_equal(row(1), "efghij");
	assert_string_equal(row(2), "kl");
	canvas_clear(&c);
	assert_int_equal(canvas_wrap(&c, 0, 0, 6, 1, plain, "ab cd efghijkl"), 3);
	assert_string_equal(row(1), "");
}

static void every_ink_has_a_colour_on_every_terminal(void **state)
{
	(void)state;
	for (int ink = 1; ink < INK_NR; ink++) {
		assert_in_range(ink_colour((uint8_t)ink, 256), 16, 255);
		assert_in_range(ink_colour((uint8_t)ink, 16), 0, 15);
		if (ink != INK_GREY) /* white would vanish on a light ground */
			assert_in_range(ink_colour((uint8_t)ink, 8), 0, 7);
	}
	assert_int_equal(ink_colour(INK_DEFAULT, 256), -1);
}

static void no_style_paints_ink_on_ground_of_the_same_colour(void **state)
{
	static const int terminals[] = {256, 16, 8};
	const struct theme t = {.colour = true};

	(void)state;
	for (int i = 0; i < 3; i++)
		for (int s = 0; s < STYLE_NR; s++) {
			struct paint p = theme_paint(&t, (enum style)s);

			if ((p.fg || p.bg) && ink_colour(p.fg, terminals[i]) >= 0)
				assert_int_not_equal(ink_colour(p.fg, terminals[i]),
						     ink_colour(p.bg, terminals[i]));
		}
	/* A thin bar in black would vanish on a dark one. */
	for (int i = 0; i < 3; i++)
		assert_int_not_equal(
			ink_colour(theme_paint(&t, STYLE_DEPTH).fg, terminals[i]), 0);
	for (int s = 0; s < STATE_NR; s++) /* the bar on its ground */
		if (s != STATE_RUNNING)
			for (int i = 0; i < 3; i++)
				assert_int_not_equal(
					ink_colour(INK_RUN, terminals[i]),
					ink_colour((uint8_t)theme_ground((enum state)s),
						   terminals[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_is_clipped_at_the_edge, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_wide_character_takes_two_cells_or_none,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_mark_without_a_cell_is_left_out, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			controls_and_bad_bytes_become_question_marks, setup, teardown),
		cmocka_unit_test_setup_teardown(
			ascii_has_a_likeness_for_every_sign_of_ours, setup, teardown),
		cmocka_unit_test_setup_teardown(words_wrap_at_blanks, setup, teardown),
		cmocka_unit_test(every_ink_has_a_colour_on_every_terminal),
		cmocka_unit_test(no_style_paints_ink_on_ground_of_the_same_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

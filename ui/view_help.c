/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/view_help.c - every key of the one table, and what the signs mean
 *
 * Two columns where there is room for them.
 */
#include <stdio.h>
#include <string.h>

#include "ui/view.h"

#define KEYS_WIDTH 22

struct help_line {
	char names[96];
	const char *text;
	const char *note;
};

static const struct help_line signs[] = {
	{"", NULL, NULL},
	{"Signs", NULL, NULL},
	{"0-9 on a thread's row", "it runs, on that CPU (its last digit)", NULL},
	{"A-Z on a CPU's row", "the thread that has it; dots: another program", NULL},
	{"\u2592", "wants a CPU", NULL},
	{"a-z", "waits for the lock of that letter", NULL},
	{"\u2504", "waits for another thread: join, condition, child", NULL},
	{"~", "waits for input or output", NULL},
	{"\u00b7", "sleeps until a time", NULL},
	{"T  o  ?", "stopped; blocked otherwise; not known", NULL},
	{"\u2581 to \u2588", "ran for a part of the cell; its ground: the rest", NULL},
	{"underlined", "a lock wait is inside", NULL},
	{"\u2570  \u2020  \u2021", "born; exited; killed by a signal", NULL},
	{"A on a lock's row", "holds it, as the lock itself says", NULL},
	{"a on a lock's row", "probably holds it: it was woken last", NULL},
};
#define NR_SIGNS (sizeof(signs) / sizeof(signs[0]))

static const char *note_of(const struct app *a, unsigned int modes)
{
	(void)a;
	switch (modes) {
	case MODE_LIVE:
		return " (live)";
	case MODE_REPLAY:
		return " (replay)";
	case MODE_TABLE:
	case MODE_TABLE | MODE_TEXT:
		return " (tables)";
	default:
		return "";
	}
}

static bool line_at(const struct app *a, size_t n, struct help_line *out)
{
	for (size_t k = 0; k < nr_keys; k++) {
		if (!key_line(k, out->names, sizeof(out->names)) || n--)
			continue;
		out->text = keys[k].help;
		out->note = note_of(a, keys[k].modes);
		return true;
	}
	if (n < NR_SIGNS) {
		*out = signs[n];
		return true;
	}
	return false;
}

static void draw_line(struct app *a, struct canvas *c, int row, int col, int width,
		      const struct help_line *l)
{
	int at = col;

	canvas_text(c, row, at, KEYS_WIDTH - 1, theme_paint(&a->theme, STYLE_KEY),
		    l->names);
	if (!l->text)
		return;
	at += KEYS_WIDTH;
	at += canvas_text(c, row, at, width - KEYS_WIDTH, (struct paint){0}, l->text);
	if (l->note)
		canvas_text(c, row, at, col + width - at,
			    theme_paint(&a->theme, STYLE_DIM), l->note);
}

static void help_draw(struct app *a, struct canvas *c, int top, int lines)
{
	struct help_line l;
	int columns = c->cols >= 150 ? 2 : 1, width = c->cols / columns - 1, total = 0;
	size_t at;

	while (line_at(a, (size_t)total, &l))
		total++;
	lines -= 1;
	if (a->scroll > (total - lines * columns + columns - 1))
		a->scroll = total - lines * columns + columns - 1;
	if (a->scroll < 0)
		a->scroll = 0;
	at = (size_t)a->scroll;
	canvas_printf(c, top, 1, -1, theme_paint(&a->theme, STYLE_BOLD),
		      "Keys   Esc goes back%s",
		      total > lines * columns ? ", PgDn shows more" : "");
	for (int column = 0; column < columns; column++)
		for (int i = 0; i < lines && line_at(a, at, &l); i++, at++)
			draw_line(a, c, top + 1 + i, 1 + column * (width + 1), width, &l);
}

const struct view_ops view_help = {
	.name = "help",
	.lesson = "Which key does what?",
	.draw = help_draw,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/prompt.c - the bottom line as a line to type in: a time, a name, a file
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/view.h"

void prompt_open(struct app *a, enum prompt p, const char *text)
{
	a->prompt = p;
	snprintf(a->input, sizeof(a->input), "%s", text);
}

/* ---- search ---- */

static bool matches(const struct app *a, const struct row *row)
{
	char name[200];

	row_name(row, a->m, name, sizeof(name));
	return strcasestr(name, a->search) != NULL;
}

/*
 * Threads that have no row now (folded, hidden, or of another time) are
 * searched after the rows, so that everything has one way to be found.
 */
static bool search_tasks(struct app *a)
{
	for (uint32_t id = 1; id < model_nr_tasks(a->m); id++) {
		const struct task *t = model_task(a->m, id);
		struct row row = {.kind = ROW_THREAD, .id = id};

		if (!t || !t->in_scope || rows_find(&a->rows, ROW_THREAD, id) >= 0 ||
		    !matches(a, &row))
			continue;
		if (t->start_ns >= window_to_ns(&a->win) || t->end_ns <= a->win.from_ns) {
			window_goto(&a->win, t->start_ns);
			if (a->play_ns < a->win.cursor_ns)
				a->play_ns = a->win.cursor_ns;
		}
		return app_go_row(a, ROW_THREAD, id);
	}
	return false;
}

void prompt_search(struct app *a, int direction)
{
	int nr = (int)a->rows.nr, at;

	if (!a->search[0]) {
		app_say(a, "nothing was searched for yet: / searches");
		return;
	}
	at = rows_find(&a->rows, a->selected.kind, a->selected.id);
	for (int i = 1; i <= nr; i++) {
		int k = ((at < 0 ? 0 : at) + direction * i + 2 * nr) % nr;
		const struct row *row = &a->rows.row[k];

		if (row->kind == ROW_MORE || !matches(a, row))
			continue;
		a->selected = *row;
		a->chosen_row = true;
		a->message[0] = '\0';
		return;
	}
	if (!search_tasks(a))
		app_say(a, "not found: %.100s", a->search);
}

/* ---- the lines ---- */

static void go_to_time(struct app *a)
{
	uint64_t time;

	if (!text_parse_time(a->input, &time)) {
		app_say(a, "not a time: %.60s (write 12.3s, 450ms, 80us or 1200ns)",
			a->input);
		return;
	}
	a->playing = false;
	window_goto(&a->win, time);
	if (a->play_ns < a->win.cursor_ns)
		a->play_ns = a->win.cursor_ns;
	if (time > a->win.now_ns)
		app_say(a, "that is after the end");
	else if (time < a->win.edge_ns)
		app_say(a, "history of then was dropped for lack of memory");
}

void prompt_save(struct app *a)
{
	char why[160] = "", safe[180];
	int err;

	a->save = false;
	err = a->host->save(a->host->ctx, a->input, why, sizeof(why));
	text_escape(safe, sizeof(safe), why[0] ? why : err ? strerror(-err) : "saved");
	app_say(a, "%s%s", err ? "not saved: " : "", safe);
}

static void entered(struct app *a)
{
	enum prompt p = a->prompt;

	a->prompt = PROMPT_NONE;
	if (!a->input[0])
		return;
	if (p == PROMPT_GOTO) {
		go_to_time(a);
	} else if (p == PROMPT_SAVE) {
		a->save = true;
	} else if (p == PROMPT_SEARCH) {
		snprintf(a->search, sizeof(a->search), "%s", a->input);
		prompt_search(a, 1);
	}
}

static void backspace(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && ((unsigned char)text[--len] & 0xc0) == 0x80)
		;
	text[len] = '\0';
}

bool prompt_key(struct app *a, int key)
{
	char utf8[5];

	if (a->prompt == PROMPT_NONE || a->prompt == PROMPT_QUIT)
		return false;
	switch (key) {
	case KEY_ENTER_:
		entered(a);
		return true;
	case KEY_ESC_:
	case KEY_CTRL_C:
		a->prompt = PROMPT_NONE;
		return true;
	case KEY_BACKSPACE_:
		if (!a->input[0])
			a->prompt = PROMPT_NONE;
		backspace(a->input);
		return true;
	case KEY_CTRL_U:
		a->input[0] = '\0';
		return true;
	case KEY_CTRL_Z:
	case KEY_CTRL_L:
		return false;
	}
	if (key < ' ' || key == 0x7f || (key >= 0x80 && key < 0xa0) || key >= KEY_NAMED)
		return true; /* swallowed: a stray arrow must not move the picture */
	if (strlen(a->input) + canvas_encode((char32_t)key, utf8) < sizeof(a->input))
		strcat(a->input, utf8);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/frame.c - the header line and the bottom line
 *
 *  mtviz ● LIVE  ./bank -t 3   12.13 s  2 CPUs  21.3k sw/s  lost 0  mtviz ~1.1%
 *  ? help  q quit  space freeze  ←→ cursor  + - zoom  , . step  Tab view
 */
#include <stdio.h>
#include <string.h>

#include "ui/view.h"

/* ---- header ---- */

static const char *what_now(const struct app *a)
{
	if (!a->host->live)
		return "REPLAY";
	if (a->win.mode == WINDOW_STILL && a->view == VIEW_HOME)
		return a->stats.ended ? "ENDED" : "FROZEN";
	return a->stats.ended ? "ENDED" : "LIVE";
}

static void rate_text(char *buf, size_t bytes, double rate)
{
	if (rate >= 999500)
		snprintf(buf, bytes, "%.1fM sw/s", rate / 1e6);
	else if (rate >= 9995)
		snprintf(buf, bytes, "%.1fk sw/s", rate / 1e3);
	else
		snprintf(buf, bytes, "%.0f sw/s", rate);
}

/* Pieces right of the title, the least important last. */
static int header_pieces(const struct app *a, char piece[][48])
{
	uint64_t lost = model_lost(a->m) + a->stats.lost;
	int n = 0;

	text_duration(piece[n++], 48, a->win.now_ns);
	if (lost || a->host->live)
		snprintf(piece[n++], 48, "lost %llu", (unsigned long long)lost);
	if (model_nr_findings(a->m))
		snprintf(piece[n++], 48, "%u found: 4", model_nr_findings(a->m));
	rate_text(piece[n++], 48, a->rate);
	snprintf(piece[n++], 48, "%u CPU%s", model_nr_cpus(a->m),
		 model_nr_cpus(a->m) == 1 ? "" : "s");
	if (a->host->live && !a->stats.ended)
		snprintf(piece[n++], 48, "mtviz ~%.1f%%", a->own_share * 100);
	return n;
}

static void play_text(const struct app *a, char *buf, size_t bytes)
{
	double speed = app_speed(a);

	buf[0] = '\0';
	if (a->host->live || (!a->playing && a->play_ns == UINT64_MAX))
		return;
	if (speed >= 1)
		snprintf(buf, bytes, " %s x%.0f", a->playing ? "▶" : "‖", speed);
	else
		snprintf(buf, bytes, " %s x1/%.0f", a->playing ? "▶" : "‖", 1 / speed);
}

/* The command in at most width cells: without its folder, if that helps. */
static void title_text(const struct app *a, char *buf, size_t bytes, int width)
{
	const char *title = a->host->title ? a->host->title : "";
	size_t word = strcspn(title, " "), dir = word;
	char whole[300];

	text_escape(whole, sizeof(whole), title);
	while (dir > 0 && title[dir - 1] != '/')
		dir--;
	if (canvas_width(whole) > width)
		text_escape(whole, sizeof(whole), title + dir);
	canvas_shorten(buf, bytes, whole, width);
}

static int put_state(struct app *a, struct canvas *c, struct paint bar)
{
	bool live = a->host->live && !a->stats.ended && a->win.mode != WINDOW_STILL;
	char speed[32], how[100] = "", safe[90];
	int col;

	play_text(a, speed, sizeof(speed));
	if (a->host->live && a->stats.ended && a->stats.how_ended[0]) {
		text_escape(safe, sizeof(safe), a->stats.how_ended);
		snprintf(how, sizeof(how), ": %s", safe);
	}
	col = canvas_text(c, 0, 0, -1, bar, " mtviz ");
	col += canvas_printf(c, 0, col, -1,
			     live ? theme_paint(&a->theme, STYLE_HEADER_LIVE) : bar,
			     "%s%s%s%s ", live ? " ● " : "", what_now(a), how, speed);
	return col + 1;
}

void frame_header(struct app *a, struct canvas *c)
{
	struct paint bar = theme_paint(&a->theme, STYLE_HEADER);
	char piece[8][48], title[300];
	int n = header_pieces(a, piece), shown = 0, used = 0, room, col, want;

	canvas_fill(c, 0, 0, c->cols, ' ', bar);
	col = put_state(a, c, bar);
	room = c->cols - col;
	/* As many pieces as leave the title a fair share. */
	want = canvas_width(a->host->title ? a->host->title : "") + 2;
	if (want > room / 2)
		want = room / 2;
	while (shown < n && used + canvas_width(piece[shown]) + 2 <= room - want)
		used += canvas_width(piece[shown++]) + 2;
	title_text(a, title, sizeof(title), room - used - 2);
	canvas_text(c, 0, col, room - used, bar, title);
	col = c->cols - used;
	for (int i = 0; i < shown; i++) {
		bool alarm = strstr(piece[i], " found: ") ||
			     (!strncmp(piece[i], "lost ", 5) &&
			      strcmp(piece[i], "lost 0"));

		canvas_text(c, 0, col, -1,
			    alarm ? theme_paint(&a->theme, STYLE_ALARM) : bar, piece[i]);
		col += canvas_width(piece[i]) + 2;
	}
}

/* ---- bottom ---- */

/* "space" or, for two neighbours that do opposite things, "← →". */
static int hint_keys(const struct app *a, size_t k, unsigned int mode, char *buf,
		     size_t bytes)
{
	char one[16], two[16];

	(void)a;
	key_shown(&keys[k], one, sizeof(one));
	if (k > 0 && !keys[k].help && (keys[k - 1].modes & mode) &&
	    keys[k - 1].action == keys[k].action && keys[k - 1].arg == -keys[k].arg) {
		key_shown(&keys[k - 1], two, sizeof(two));
		snprintf(buf, bytes, "%s %s", two, one);
	} else {
		snprintf(buf, bytes, "%s", one);
	}
	return canvas_width(buf);
}

static bool useful(const struct app *a, const struct key *k)
{
	if (k->action == ACT_OUTPUT)
		return a->host->output != NULL;
	if (k->action == ACT_SAVE)
		return a->host->save != NULL;
	if (k->action == ACT_FOLLOW)
		return a->win.mode == WINDOW_STILL && !a->stats.ended;
	if (k->action == ACT_FREEZE)
		return !a->stats.ended;
	return true;
}

static void draw_hints(struct app *a, struct canvas *c, int row, int col)
{
	unsigned int mode = app_mode(a);
	bool shown[128] = {false};
	int used = 0;

	/* By rank: what fits. Then in that order from left to right. */
	for (int rank = 1; rank < 16; rank++) {
		for (size_t k = 0; k < nr_keys && k < 128; k++) {
			const struct key *key = &keys[k];
			char names[40];
			int w;

			if (!key->hint || !(key->modes & mode) || key->rank != rank ||
			    !useful(a, key))
				continue;
			w = hint_keys(a, k, mode, names, sizeof(names)) + 3 +
			    canvas_width(key->hint);
			if (used + w > c->cols - col)
				continue;
			used += w;
			shown[k] = true;
		}
	}
	for (int rank = 1; rank < 16; rank++) {
		for (size_t k = 0; k < nr_keys && k < 128; k++) {
			const char *hint = keys[k].hint;
			char names[40];

			if (!shown[k] || keys[k].rank != rank)
				continue;
			if (keys[k].action == ACT_FREEZE && a->win.mode == WINDOW_STILL)
				hint = "go on";
			if (keys[k].action == ACT_PLAY && a->playing)
				hint = "stop";
			hint_keys(a, k, mode, names, sizeof(names));
			col += canvas_text(c, row, col, -1,
					   theme_paint(&a->theme, STYLE_KEY), names);
			col += 1 +
			       canvas_text(c, row, col + 1, -1, (struct paint){0}, hint);
			col += 2;
		}
	}
}

void frame_bottom(struct app *a, struct canvas *c, int row)
{
	static const char *const asks[] = {
		[PROMPT_GOTO] = "go to time (12.3s, 450ms, 80us): ",
		[PROMPT_SEARCH] = "search: ",
		[PROMPT_SAVE] = "save as: ",
	};
	struct paint bold = theme_paint(&a->theme, STYLE_BOLD);
	int col = 1;

	if (a->prompt == PROMPT_QUIT) {
		col += canvas_text(c, row, col, -1, theme_paint(&a->theme, STYLE_ALARM),
				   " the command still runs: ");
		draw_hints(a, c, row, col + 1);
		return;
	}
	if (a->prompt != PROMPT_NONE) {
		col += canvas_text(c, row, col, -1, bold, asks[a->prompt]);
		col += canvas_text(c, row, col, c->cols - col - 1, (struct paint){0},
				   a->input);
		canvas_put(c, row, col, ' ', (struct paint){.attrs = ATTR_REVERSE});
		return;
	}
	if (a->message[0]) {
		canvas_text(c, row, col, c->cols - 1, bold, a->message);
		return;
	}
	draw_hints(a, c, row, col);
}

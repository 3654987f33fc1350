/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/app.c - the state of the screen from frame to frame
 *
 * Time on the screen is of three kinds: a live window follows the model, a
 * still one stays, and a replay has a play head. While a replay is played or
 * was paused, nothing after the head is drawn, so that a class can say what
 * will happen next.
 */
#include "ui/view.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_NS UINT64_C(6000000000)

static const double speeds[NR_SPEEDS] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
					 0.2,   0.5,   1,     2,    5,    10};

static const struct view_ops *const views[VIEW_NR] = {
	[VIEW_HOME] = &view_home,   [VIEW_THREADS] = &view_threads,
	[VIEW_LOCKS] = &view_locks, [VIEW_FINDINGS] = &view_findings,
	[VIEW_HELP] = &view_help,   [VIEW_OUTPUT] = &view_output,
};

const struct view_ops *app_view(const struct app *a)
{
	return views[a->view];
}

double app_speed(const struct app *a)
{
	return speeds[a->speed];
}

int app_init(struct app *a, const struct ui_host *host, const struct ui_options *opt,
	     bool colour, bool utf8)
{
	*a = (struct app){
		.host = host,
		.opt = opt,
		.m = host->model,
		.theme = {.ascii = opt->ascii || !utf8, .colour = colour && !opt->mono},
		.legend = true,
		.speed = 9,
		.play_ns = UINT64_MAX,
		.playing = opt->play && !host->live,
		.chosen_zoom = opt->column_ns > 0,
	};
	for (int i = 0; i < NR_SPEEDS; i++)
		if (opt->speed > 0 && speeds[i] <= opt->speed * 1.0001)
			a->speed = i;
	if (a->playing)
		a->play_ns = 0;
	window_init(&a->win, 1, opt->column_ns ? opt->column_ns : 2000000,
		    host->live ? WINDOW_HOLD : WINDOW_STILL);
	return canvas_init(&a->lanes, 1, 1, a->theme.ascii);
}

void app_free(struct app *a)
{
	rows_free(&a->rows);
	canvas_free(&a->lanes);
	free(a->table);
	free(a->text);
}

void app_say(struct app *a, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(a->message, sizeof(a->message), fmt, args);
	va_end(args);
	a->message_wall_ns = a->wall_ns;
}

unsigned int app_mode(const struct app *a)
{
	if (a->prompt == PROMPT_QUIT)
		return MODE_QUIT;
	if (a->view == VIEW_HOME)
		return a->host->live ? MODE_LIVE : MODE_REPLAY;
	return a->view < VIEW_CYCLE ? MODE_TABLE : MODE_TEXT;
}

uint64_t app_limit_ns(const struct app *a)
{
	uint64_t now = a->win.now_ns;

	return a->play_ns < now ? a->play_ns : now;
}

void app_show_view(struct app *a, enum view_id v)
{
	if (v >= VIEW_CYCLE && a->view < VIEW_CYCLE)
		a->back = a->view;
	a->view = v;
	a->scroll = v == VIEW_OUTPUT ? INT64_MAX : 0;
	a->table_at = 0;
	a->sort = 0;
}

/* ---- size ---- */

static int gutter_for(int cols)
{
	return cols >= 160 ? 24 : cols >= 100 ? 18 : cols >= 60 ? 13 : 10;
}

int app_resize(struct app *a, int rows, int cols)
{
	a->rows_lines = rows;
	a->cols = cols;
	a->gutter = gutter_for(cols);
	a->lane_col = a->gutter + 1;
	window_resize(&a->win,
		      cols > a->lane_col ? (unsigned int)(cols - a->lane_col) : 1);
	a->serial++;
	return 0;
}

/* ---- the first zoom ---- */

#define SAMPLE_TASKS  64
#define SAMPLE_SLICES 64

static int by_length(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return a < b ? -1 : a > b;
}

/*
 * The length such that three quarters of the running time is in slices at least
 * as long, of the latest slices of the first tasks; 0 if nothing ran yet. Time
 * counts, not slices: thousands of short wakes would hide the slices one sees.
 */
static uint64_t typical_slice(const struct model *m)
{
	uint64_t *length = malloc(SAMPLE_TASKS * SAMPLE_SLICES * sizeof(*length));
	uint64_t sum = 0, part = 0, result = 0;
	uint32_t tasks = 0;
	size_t nr = 0;

	for (uint32_t i = 1; length && i < model_nr_tasks(m) && tasks < SAMPLE_TASKS;
	     i++) {
		const struct task *t = model_task(m, i);
		uint64_t last = model_now_ns(m);
		struct slice s;
		bool more;

		if (!t || !t->in_scope || !last)
			continue;
		tasks++;
		last = t->end_ns < last ? t->end_ns : last;
		more = model_task_slice(m, i, last ? last - 1 : 0, &s);
		for (int n = 0; more && n < SAMPLE_SLICES; n++) {
			if (s.state == STATE_RUNNING)
				sum += length[nr++] = s.end_ns - s.start_ns;
			more = model_slice_prev(m, i, &s, &s);
		}
	}
	if (nr)
		qsort(length, nr, sizeof(*length), by_length);
	for (size_t i = 0; i < nr && part * 4 < sum; i++) {
		result = length[i];
		part += result;
	}
	free(length);
	return result;
}

static bool whole_system(const struct app *a)
{
	const struct trace_info *info = model_info(a->m);

	return info && info->scope && !strcmp(info->scope, "all");
}

/* Of a whole system's tasks most do nothing: begin with those that do. */
static void choose_rows(struct app *a)
{
	if (a->rows_done || !a->win.now_ns)
		return;
	a->rows_done = true;
	a->hide_idle = whole_system(a);
}

/*
 * The scale at which a window holds some ten turns on a CPU, for tasks that
 * hardly run: at the scale of their slices it would show nobody.
 */
static uint64_t sparse_scale(const struct app *a)
{
	uint64_t turns = 0, now = a->win.now_ns;

	for (uint32_t i = 1; i < model_nr_tasks(a->m); i++) {
		const struct task *t = model_task(a->m, i);

		if (t && t->in_scope)
			turns += t->switches;
	}
	if (turns < 10) /* all there is so far must do */
		turns = 10;
	return now * 10 / turns / a->win.cols;
}

/*
 * A typical running slice is five columns wide, or all of a short recording is
 * in view. Chosen once, as soon as something has run for a while.
 */
static void choose_zoom(struct app *a)
{
	uint64_t slice, all, col, now = a->win.now_ns, edge = a->win.edge_ns;
	/* Under 10 us a held picture is a blink; a quiet system needs far more. */
	uint64_t least = whole_system(a) ? 1000000 : 10000;
	bool whole;

	if (a->chosen_zoom || a->zoom_done || !now)
		return;
	if (a->host->live && !a->stats.ended && now < 400000000)
		return;
	slice = typical_slice(a->m);
	if (!slice && a->host->live && !a->stats.ended)
		return;
	slice = slice / 5 > sparse_scale(a) ? slice / 5 : sparse_scale(a);
	col = window_round_col(slice ? slice : 1);
	all = window_round_col((now - edge) / a->win.cols + 1);
	whole = (!a->host->live || a->stats.ended) && (all <= col * 2 || !slice);
	if (a->host->live && col < least)
		col = least;
	a->win.col_ns = whole ? all : col;
	a->zoom_done = true;
	if (a->host->live) {
		window_set_mode(&a->win, a->win.mode);
	} else {
		window_start(&a->win);
	}
}

/* ---- time passes ---- */

static void play(struct app *a)
{
	uint64_t passed = a->wall_ns - a->play_wall_ns;
	struct window *w = &a->win;

	a->play_wall_ns = a->wall_ns;
	a->play_ns += (uint64_t)((double)passed * app_speed(a));
	if (a->play_ns >= w->now_ns) {
		a->play_ns = w->now_ns;
		a->playing = false;
		app_say(a, "end of the recording");
	}
	/* A sweep: the window turns the page when the head reaches its edge. */
	if (a->play_ns >= window_to_ns(w) || a->play_ns < w->from_ns) {
		uint64_t lead = w->col_ns * (w->cols / 8);

		window_goto(w, a->play_ns);
		window_pan(w, (int64_t)((a->play_ns > lead ? a->play_ns - lead : 0) /
					w->col_ns) -
				      (int64_t)(w->from_ns / w->col_ns));
	}
	w->cursor_ns = a->play_ns;
	if (w->cursor_ns >= window_to_ns(w))
		w->cursor_ns = window_to_ns(w) - 1;
	if (w->cursor_ns < w->from_ns)
		w->cursor_ns = w->from_ns;
}

static bool count_rates(struct app *a)
{
	uint64_t wall = a->wall_ns - a->rate_wall_ns;
	uint64_t switches = model_switches(a->m), now = a->win.now_ns;
	uint64_t span = now - a->rate_now_ns;

	if (!a->host->live || a->stats.ended) {
		a->rate = now ? (double)switches * 1e9 / (double)now : 0;
		a->own_share = 0;
		return false;
	}
	if (a->rate_wall_ns && wall < 1000000000)
		return false;
	if (a->rate_wall_ns && span) {
		a->rate = (double)(switches - a->rate_switches) * 1e9 / (double)span;
		a->own_share = (double)(a->stats.cpu_ns - a->rate_cpu_ns) / (double)wall;
	} else if (now) {
		a->rate = (double)switches * 1e9 / (double)now;
	}
	a->rate_wall_ns = a->wall_ns;
	a->rate_switches = switches;
	a->rate_cpu_ns = a->stats.cpu_ns;
	a->rate_now_ns = now;
	return true;
}

/* A window that is not yet full grows ten times a second. */
static bool is_filling(const struct app *a, uint64_t before_ns)
{
	uint64_t end = window_to_ns(&a->win);

	return before_ns < end &&
	       a->win.now_ns / a->win.col_ns != before_ns / a->win.col_ns;
}

/* Until somebody moves it, the cursor is late in what is known of the window. */
static void place_cursor(struct app *a)
{
	uint64_t cols = a->win.now_ns > a->win.from_ns
				? (a->win.now_ns - a->win.from_ns) / a->win.col_ns
				: 0;

	if (a->touched || a->playing || a->play_ns != UINT64_MAX)
		return;
	if (cols > a->win.cols)
		cols = a->win.cols;
	a->win.cursor_ns = a->win.from_ns + cols * 3 / 4 * a->win.col_ns;
}

void app_poll(struct app *a)
{
	uint64_t serial = a->output_serial;
	char none[1];

	if (a->host->stats)
		a->host->stats(a->host->ctx, &a->stats);
	if (a->host->output && a->view == VIEW_OUTPUT) {
		a->host->output(a->host->ctx, none, 0, &serial);
		a->output_new = serial != a->output_serial;
	}
}

bool app_tick(struct app *a, uint64_t wall_ns)
{
	uint64_t before = a->win.now_ns, col = a->win.col_ns;
	bool due = false;

	a->wall_ns = wall_ns;
	if (a->stats.ended && !a->ended) /* the last picture is of the end */
		window_set_mode(&a->win, a->win.mode);
	due |= window_tick(&a->win, model_edge_ns(a->m), model_now_ns(a->m), wall_ns);
	choose_rows(a);
	choose_zoom(a);
	if (a->win.col_ns != col) {
		window_tick(&a->win, a->win.edge_ns, a->win.now_ns, wall_ns);
		due = true;
	}
	if (a->playing) {
		if (!a->play_wall_ns)
			a->play_wall_ns = wall_ns;
		play(a);
		due = true;
	}
	place_cursor(a);
	due |= count_rates(a);
	due |= a->stats.ended != a->ended || is_filling(a, before);
	a->ended = a->stats.ended;
	if (a->message[0] && wall_ns - a->message_wall_ns > MESSAGE_NS) {
		a->message[0] = '\0';
		due = true;
	}
	if (a->view == VIEW_OUTPUT && a->output_new)
		due = true;
	if (a->view < VIEW_CYCLE && a->view != VIEW_HOME && a->win.now_ns != before &&
	    wall_ns - a->table_wall_ns >= WINDOW_HOLD_NS / 2) {
		a->table_wall_ns =
			wall_ns; /* figures that change faster cannot be read */
		due = true;
	}
	return due;
}

/* ---- rows ---- */

/* How much a row tells at the cursor: a lock wait above all; 0: nothing. */
static uint64_t telling(const struct app *a, const struct row *row)
{
	struct slice s;
	uint64_t rank;

	if (row->kind != ROW_THREAD ||
	    !model_task_slice(a->m, row->id, a->win.cursor_ns, &s))
		return 0;
	rank = s.state == STATE_LOCK       ? 3
	       : s.state == STATE_RUNNABLE ? 2
	       : s.state == STATE_RUNNING  ? 1
					   : 0;
	return rank ? rank << 56 | (s.end_ns - s.start_ns) >> 8 : 0;
}

/* Keeps the user's row; else, of the first room rows, the most telling one. */
static void select_row(struct app *a, size_t room)
{
	uint64_t best = 0;
	int at = rows_find(&a->rows, a->selected.kind, a->selected.id);

	if (a->chosen_row && at >= 0)
		return;
	at = -1;
	for (size_t i = 0; i < a->rows.nr && i < room; i++) {
		uint64_t t = telling(a, &a->rows.row[i]);

		if (at < 0 && a->rows.row[i].kind == ROW_THREAD)
			at = (int)i;
		if (t > best) {
			best = t;
			at = (int)i;
		}
	}
	if (at < 0 && a->rows.nr)
		at = 0;
	if (at >= 0)
		a->selected = a->rows.row[at];
}

/* The body scrolls just so far that the selected row is in view. */
static void scroll_body(struct app *a, int height)
{
	struct rows *r = &a->rows;
	size_t taken = r->nr_top + r->nr_bottom;
	size_t room = (size_t)height > taken ? (size_t)height - taken : 1;
	int at = rows_find(r, a->selected.kind, a->selected.id);

	if (r->nr_body <= room) {
		a->body_top = 0;
		return;
	}
	if (room > 1)
		room--; /* for the line that says what is out of view */
	if (at >= (int)r->nr_top && at < (int)(r->nr_top + r->nr_body) && a->chosen_row) {
		size_t body = (size_t)at - r->nr_top;

		if (body < a->body_top)
			a->body_top = body;
		if (body >= a->body_top + room)
			a->body_top = body - room + 1;
	}
	if (a->body_top > r->nr_body - room)
		a->body_top = r->nr_body - room;
}

int app_rows(struct app *a, int height)
{
	uint64_t to = window_to_ns(&a->win), limit = app_limit_ns(a);
	struct rows_want want = {
		.from_ns = a->win.from_ns,
		.to_ns = limit < to ? limit : to,
		.hide_idle = a->hide_idle,
		.height = height > 0 ? (size_t)height : 1,
	};
	int err = rows_build(&a->rows, a->m, &want);

	if (err)
		return err;
	select_row(a, want.height > a->rows.nr_bottom + 1
			      ? want.height - a->rows.nr_bottom - 1
			      : 1);
	scroll_body(a, height);
	return 0;
}

/* ---- a frame ---- */

int app_draw(struct app *a, struct canvas *c)
{
	int lines;

	canvas_clear(c);
	if (c->rows < UI_MIN_ROWS || c->cols < UI_MIN_COLS) {
		canvas_printf(c, c->rows / 2, 0, -1, (struct paint){0},
			      "terminal too small: %dx%d", c->cols, c->rows);
		canvas_printf(c, c->rows / 2 + 1, 0, -1, (struct paint){0},
			      "mtviz needs %dx%d", UI_MIN_COLS, UI_MIN_ROWS);
		return 0;
	}
	lines = c->rows - 2;
	frame_header(a, c);
	app_view(a)->draw(a, c, 1, lines);
	frame_bottom(a, c, c->rows - 1);
	return 0;
}

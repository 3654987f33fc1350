/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/view_home.c - the timeline: who runs, who waits, and for whom
 *
 *  2 ms/col  │12.00 s    12.02      12.04       axis
 *  CPU 0     │AAACCCCDDDDDDCCCCCCCCCC BBBB      lanes (ui/lanes.c)
 *  waiting   │  ▁▁▁▁▁    ▁▁▁
 *  bank 4121
 *  A main    │000┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
 *  lock a    │     BBBBBBCCCCCCCDDDDDDBBB
 *  DEADLOCK B waits for ...                     only if one was found
 *  ── D worker-3, 2 ms from 12.076 s: lock a 100 % ──────
 *  D worker-3 at 12.076 s waits 4 ms for mutex a = account_lock
 *    held 16 ms by C worker-2 (observed), 10 ms of them runnable
 *  0-9 runs on CPU  ▒ wants a CPU  a-z waits for lock
 */
#include <stdio.h>
#include <string.h>

#include "ui/home.h"

static struct home layout(const struct app *a, int top, int lines)
{
	struct home h = {.axis = top, .lanes = top + 1, .alarm = -1, .legend = -1};
	int bottom = top + lines;

	if (a->legend && lines >= 14)
		h.legend = --bottom;
	h.explain_lines = lines >= 22 ? 3 : lines >= 12 ? 2 : 1;
	bottom -= h.explain_lines;
	h.explain = bottom;
	h.rule = --bottom;
	if (home_finding(a)) {
		h.alarm_lines = lines >= 20 ? 2 : 1;
		bottom -= h.alarm_lines;
		h.alarm = bottom;
	}
	h.height = bottom - h.lanes;
	return h;
}

/* ---- labels ---- */

static void draw_more(struct app *a, struct canvas *c, int line, const struct row *row)
{
	struct paint dim = theme_paint(&a->theme, STYLE_DIM);
	char text[120];
	int n;

	if (row->id == ROW_CPU || row->id == ROW_LOCK) {
		row_label(row, a->m, a->gutter, text, sizeof(text));
		canvas_text(c, line, 1, -1, dim, text);
		return;
	}
	n = snprintf(text, sizeof(text), "+%u more rows", row->nr);
	if (a->body_top)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", %zu of them above",
			      a->body_top);
	snprintf(text + n, sizeof(text) - (size_t)n,
		 a->hide_idle ? "" : " (i hides idle ones)");
	canvas_text(c, line, 1, -1, dim, text);
}

/* A thread's letter has the colour that it has in CPU and lock lanes. */
static void paint_letter(struct app *a, struct canvas *c, int line, const struct row *row,
			 const char *label)
{
	const struct task *t = model_task(a->m, row->id);
	int at = (int)strspn(label, " ");

	if (row->kind == ROW_THREAD && t)
		canvas_repaint(c, line, 1 + at, 1, theme_thread(&a->theme, t->letter));
	if (row->kind == ROW_LOCK)
		canvas_repaint(c, line, 6, 1,
			       theme_paint(&a->theme, STYLE_STATE + STATE_LOCK));
}

static void draw_label(struct app *a, struct canvas *c, int line, const struct row *row)
{
	bool selected = row->kind == a->selected.kind && row->id == a->selected.id;
	struct paint p = {0};
	char label[200];
	int width = a->gutter - 1;

	if (row->kind == ROW_NONE)
		return;
	if (row->kind == ROW_MORE) {
		draw_more(a, c, line, row);
		return;
	}
	if (row->kind == ROW_PROCESS) {
		p = theme_paint(&a->theme, STYLE_BOLD);
		if (!row->folded)
			width = c->cols - 2;
	}
	if (selected)
		p.attrs |= ATTR_REVERSE | ATTR_BOLD;
	row_label(row, a->m, width, label, sizeof(label));
	if (selected)
		canvas_fill(c, line, 0, a->gutter, ' ', p);
	canvas_text(c, line, 1, width, p, label);
	paint_letter(a, c, line, row, label);
	if (row->kind != ROW_PROCESS || row->folded)
		canvas_put(c, line, a->gutter, U'│', theme_paint(&a->theme, STYLE_RULE));
}

/* ---- over the lanes ---- */

static void blit_lanes(struct app *a, struct canvas *c, const struct home *h)
{
	for (int i = 0; i < h->height; i++) {
		struct row row = home_row_on(a, i, h->height);

		if (row.kind != ROW_NONE && row.kind != ROW_MORE &&
		    (row.kind != ROW_PROCESS || row.folded))
			for (int col = 0; col < (int)a->win.cols; col++) {
				struct cell *to = canvas_at(c, h->lanes + i,
							    a->lane_col + col);

				if (to)
					*to = *canvas_at(&a->lanes, i, col);
			}
		draw_label(a, c, h->lanes + i, &row);
	}
}

/* History that was dropped: a wall instead of a line left of the lanes. */
static void draw_edge(struct app *a, struct canvas *c, const struct home *h)
{
	if (!a->win.edge_ns || a->win.from_ns > a->win.edge_ns)
		return;
	for (int i = -1; i < h->height; i++)
		canvas_put(c, h->lanes + i, a->gutter, U'░',
			   theme_paint(&a->theme, STYLE_BOLD));
}

static void draw_mark(struct app *a, struct canvas *c, const struct home *h)
{
	uint64_t from = a->mark.from_ns, to = a->mark.to_ns;
	uint64_t end = window_to_ns(&a->win);

	if (!a->mark.on)
		return;
	if (from > to) {
		from = a->mark.to_ns;
		to = a->mark.from_ns;
	}
	for (unsigned int col = 0; col < a->win.cols; col++) {
		uint64_t time = a->win.from_ns + col * a->win.col_ns;

		if (time + a->win.col_ns > from && time <= to && time < end)
			canvas_add_attrs(c, h->axis, a->lane_col + (int)col, 1,
					 ATTR_REVERSE);
	}
}

/* The column of the cursor, on every row. */
static void draw_cursor(struct app *a, struct canvas *c, const struct home *h)
{
	int col = a->lane_col + (int)window_cursor_col(&a->win);
	struct cell *tick = canvas_at(c, h->axis, col);

	if (tick && tick->ch == ' ')
		canvas_put(c, h->axis, col, U'▼', theme_paint(&a->theme, STYLE_BOLD));
	else if (tick)
		tick->paint.attrs ^= ATTR_REVERSE;
	for (int i = 0; i < h->height; i++) {
		struct row row = home_row_on(a, i, h->height);
		struct cell *cell = canvas_at(c, h->lanes + i, col);

		if (!cell || row.kind == ROW_NONE || row.kind == ROW_MORE)
			continue;
		if (cell->ch == ' ' && !cell->paint.bg)
			canvas_put(c, h->lanes + i, col, U'│',
				   theme_paint(&a->theme, STYLE_CURSOR));
		else if (row.kind != ROW_PROCESS || row.folded)
			cell->paint.attrs ^= ATTR_REVERSE;
	}
}

/* ---- the view ---- */

static void home_draw(struct app *a, struct canvas *c, int top, int lines)
{
	struct home h = layout(a, top, lines);

	if (app_rows(a, h.height) || lanes_draw(a, h.height))
		return; /* no memory: the frame stays empty, the next may fit */
	a->lanes_top = h.lanes;
	a->lanes_height = h.height;
	home_axis(a, c, h.axis);
	blit_lanes(a, c, &h);
	draw_edge(a, c, &h);
	draw_mark(a, c, &h);
	draw_cursor(a, c, &h);
	if (h.alarm >= 0)
		home_alarm(a, c, h.alarm, h.alarm_lines);
	home_rule(a, c, h.rule);
	home_explain(a, c, h.explain, h.explain_lines);
	if (h.legend >= 0)
		home_legend(a, c, h.legend);
}

static bool can_select(const struct row *row)
{
	return row->kind != ROW_NONE && row->kind != ROW_MORE;
}

static void home_select(struct app *a, int64_t rows)
{
	struct rows *r = &a->rows;
	int64_t at = rows_find(r, a->selected.kind, a->selected.id);
	int64_t step = rows < 0 ? -1 : 1, to;

	if (!r->nr)
		return;
	to = at < 0 ? 0 : at + rows;
	if (to < 0)
		to = 0;
	if (to >= (int64_t)r->nr)
		to = (int64_t)r->nr - 1;
	while (to >= 0 && to < (int64_t)r->nr && !can_select(&r->row[to]))
		to += step;
	if (to < 0 || to >= (int64_t)r->nr)
		return;
	a->selected = r->row[to];
	a->chosen_row = true;
}

const struct view_ops view_home = {
	.name = "timeline",
	.lesson = "Who runs, who waits, and for whom?",
	.draw = home_draw,
	.select = home_select,
};

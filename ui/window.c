/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/window.c - arithmetic of the time window
 */
#include "ui/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t window_round_col(uint64_t ns)
{
	static const unsigned int steps[] = {1, 2, 5};
	uint64_t ten = WINDOW_MIN_COL_NS;

	for (;; ten *= 10)
		for (int i = 0; i < 3; i++)
			if (ten * steps[i] >= ns || ten * steps[i] >= WINDOW_MAX_COL_NS)
				return ten * steps[i];
}

static uint64_t finer(uint64_t col_ns)
{
	uint64_t lead = col_ns;

	if (col_ns <= WINDOW_MIN_COL_NS)
		return WINDOW_MIN_COL_NS;
	while (lead >= 10)
		lead /= 10;
	return lead == 5 ? col_ns / 5 * 2 : col_ns / 2;
}

static uint64_t align(const struct window *w, uint64_t ns)
{
	return ns / w->col_ns * w->col_ns;
}

/* The rightmost start that still shows the last moment. */
static uint64_t last_from(const struct window *w)
{
	uint64_t width = w->col_ns * w->cols;
	uint64_t end = align(w, w->now_ns + w->col_ns - 1);

	return end > width ? end - width : 0;
}

static void clamp(struct window *w, int64_t from)
{
	uint64_t low = align(w, w->edge_ns), high = last_from(w);

	if (high < low)
		high = low;
	w->from_ns = from < 0 ? 0 : align(w, (uint64_t)from);
	if (w->from_ns > high)
		w->from_ns = high;
	if (w->from_ns < low)
		w->from_ns = low;
}

/* Cursor at a column's start; on the column, not between two. */
static void cursor_col(struct window *w, int64_t col)
{
	if (col < 0)
		col = 0;
	if (col >= (int64_t)w->cols)
		col = (int64_t)w->cols - 1;
	w->cursor_ns = w->from_ns + (uint64_t)col * w->col_ns;
}

void window_init(struct window *w, unsigned int cols, uint64_t col_ns,
		 enum window_mode mode)
{
	*w = (struct window){
		.cols = cols ? cols : 1,
		.col_ns = window_round_col(col_ns),
		.mode = mode,
	};
	cursor_col(w, w->cols * 3 / 4);
}

/* Moves to from, and the cursor with it: it keeps its column. */
static void move_to(struct window *w, int64_t from)
{
	unsigned int col = window_cursor_col(w);

	clamp(w, from);
	cursor_col(w, col);
}

static bool follow(struct window *w, uint64_t wall_ns)
{
	uint64_t wait = w->mode == WINDOW_SCROLL ? WINDOW_SCROLL_NS : WINDOW_HOLD_NS;
	uint64_t from;

	if (w->moved_wall_ns && wall_ns - w->moved_wall_ns < wait)
		return false;
	/* Held pictures are full of what is known; scrolling shows the newest. */
	from = last_from(w);
	if (w->mode == WINDOW_HOLD && from >= w->edge_ns + w->col_ns &&
	    w->now_ns % w->col_ns)
		from -= w->col_ns;
	if (from == w->from_ns)
		return false;
	w->moved_wall_ns = wall_ns;
	move_to(w, (int64_t)from);
	return true;
}

bool window_tick(struct window *w, uint64_t edge_ns, uint64_t now_ns, uint64_t wall_ns)
{
	uint64_t before = w->from_ns;

	w->edge_ns = edge_ns;
	w->now_ns = now_ns;
	if (w->from_ns < align(w, edge_ns))
		move_to(w, (int64_t)edge_ns);
	if (w->mode != WINDOW_STILL)
		follow(w, wall_ns);
	return w->from_ns != before;
}

void window_resize(struct window *w, unsigned int cols)
{
	unsigned int col = window_cursor_col(w);
	bool at_end = w->mode != WINDOW_STILL;
	unsigned int was = w->cols;

	w->cols = cols ? cols : 1;
	col = (unsigned int)((uint64_t)col * w->cols / was);
	if (at_end) {
		clamp(w, (int64_t)last_from(w));
		cursor_col(w, col);
	} else {
		uint64_t keep = w->cursor_ns;

		clamp(w, (int64_t)w->from_ns);
		w->cursor_ns = keep;
		if (keep < w->from_ns || keep >= window_to_ns(w))
			window_goto(w, keep);
	}
}

void window_set_mode(struct window *w, enum window_mode mode)
{
	w->mode = mode;
	w->moved_wall_ns = 0;
}

void window_move_cursor(struct window *w, int64_t cols)
{
	int64_t col = (int64_t)window_cursor_col(w) + cols;

	w->mode = WINDOW_STILL;
	if (col < 0 || col >= (int64_t)w->cols) {
		int64_t over = col < 0 ? col : col - (int64_t)w->cols + 1;

		clamp(w, (int64_t)w->from_ns + over * (int64_t)w->col_ns);
	}
	cursor_col(w, col);
}

void window_pan(struct window *w, int64_t cols)
{
	w->mode = WINDOW_STILL;
	move_to(w, (int64_t)w->from_ns + cols * (int64_t)w->col_ns);
}

void window_zoom(struct window *w, int steps)
{
	unsigned int col = window_cursor_col(w);
	uint64_t time = w->cursor_ns, was = w->col_ns;

	for (; steps > 0; steps--)
		w->col_ns = finer(w->col_ns);
	for (; steps < 0; steps++)
		w->col_ns = window_round_col(w->col_ns + 1);
	if (w->col_ns == was)
		return;
	w->mode = WINDOW_STILL;
	clamp(w, (int64_t)align(w, time) - (int64_t)(col * w->col_ns));
	w->cursor_ns = time;
	if (time < w->from_ns)
		cursor_col(w, 0);
	else if (time >= window_to_ns(w))
		cursor_col(w, (int64_t)w->cols - 1);
}

void window_goto(struct window *w, uint64_t time_ns)
{
	w->mode = WINDOW_STILL;
	if (time_ns < w->edge_ns)
		time_ns = w->edge_ns;
	if (time_ns > w->now_ns)
		time_ns = w->now_ns;
	if (time_ns < w->from_ns || time_ns >= window_to_ns(w))
		clamp(w, (int64_t)align(w, time_ns) - (int64_t)(w->cols / 2 * w->col_ns));
	w->cursor_ns = time_ns;
	if (time_ns < w->from_ns || time_ns >= window_to_ns(w))
		cursor_col(w, time_ns < w->from_ns ? 0 : (int64_t)w->cols - 1);
}

void window_cursor_to(struct window *w, unsigned int col)
{
	w->mode = WINDOW_STILL;
	cursor_col(w, col);
}

void window_start(struct window *w)
{
	w->mode = WINDOW_STILL;
	clamp(w, (int64_t)w->edge_ns);
	cursor_col(w, 0);
}

void window_end(struct window *w)
{
	w->mode = WINDOW_STILL;
	clamp(w, (int64_t)last_from(w));
	w->cursor_ns = w->now_ns ? w->now_ns - 1 : 0;
	if (w->cursor_ns < w->from_ns || w->cursor_ns >= window_to_ns(w))
		cursor_col(w, (int64_t)w->cols - 1);
}

void window_fit(struct window *w, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t span = to_ns > from_ns ? to_ns - from_ns : 1;
	uint64_t time = w->cursor_ns;

	w->mode = WINDOW_STILL;
	w->col_ns = window_round_col((span + w->cols - 1) / w->cols);
	if (align(w, from_ns) + w->col_ns * w->cols < to_ns) /* alignment took some */
		w->col_ns = window_round_col(w->col_ns + 1);
	clamp(w, (int64_t)from_ns);
	w->cursor_ns = time;
	if (time < w->from_ns || time >= window_to_ns(w))
		cursor_col(w, (int64_t)w->cols / 2);
}

/* ---- the axis ---- */

void axis_label(const struct axis *a, uint64_t time_ns, char *buf, unsigned int bytes)
{
	uint64_t whole = time_ns / a->unit_ns, rest = time_ns % a->unit_ns;
	uint64_t scale = a->unit_ns;

	for (unsigned int i = 0; i < a->decimals; i++)
		scale /= 10;
	if (!a->decimals || !scale)
		snprintf(buf, bytes, "%" PRIu64, whole);
	else
		snprintf(buf, bytes, "%" PRIu64 ".%0*" PRIu64, whole, (int)a->decimals,
			 rest / scale);
}

struct axis window_axis(const struct window *w)
{
	static const unsigned int every[] = {10, 20, 50, 100};
	uint64_t to = window_to_ns(w);
	struct axis a = {.every = 10, .unit_ns = 1000000000, .unit = "s"};
	char label[40];

	if (to < 1000000)
		a.unit_ns = 1000, a.unit = "us";
	else if (to < 1000000000)
		a.unit_ns = 1000000, a.unit = "ms";
	for (int i = 0; i < 4; i++) {
		uint64_t step;

		a.every = every[i];
		step = w->col_ns * a.every;
		for (a.decimals = 0; a.decimals < 9 && step % a.unit_ns; a.decimals++)
			step *= 10;
		axis_label(&a, to, label, sizeof(label));
		if (strlen(label) + strlen(a.unit) + 2 <= a.every)
			break;
	}
	return a;
}

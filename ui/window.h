/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/window.h - which time is on the screen: zoom, pan, follow, cursor
 *
 *      edge          from                          to          now
 *   ────┼─────────────┼──┬──┬──┬──┬──┬──┬──┬──┬──┬──┼────────────┼───> time
 *                      col_ns      ^ cursor
 *
 * from is a multiple of col_ns, so that columns do not change their meaning
 * while the window moves. col_ns is 1, 2 or 5 times a power of ten. The window
 * stays inside [edge, now] except that an unfilled one begins at the edge.
 */
#ifndef MTVIZ_UI_WINDOW_H
#define MTVIZ_UI_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define WINDOW_MIN_COL_NS UINT64_C(10)
#define WINDOW_MAX_COL_NS UINT64_C(10000000000000) /* 2.8 hours */
#define WINDOW_HOLD_NS    UINT64_C(1000000000)
#define WINDOW_SCROLL_NS  UINT64_C(100000000)

enum window_mode {
	WINDOW_STILL,  /* frozen, or a replay: only keys move it */
	WINDOW_HOLD,   /* the newest full window, held for a second */
	WINDOW_SCROLL, /* the newest time, moved by whole columns, 10 times a second */
};

struct window {
	uint64_t from_ns;
	uint64_t col_ns;
	unsigned int cols;
	uint64_t cursor_ns; /* always inside the window */
	uint64_t edge_ns;   /* history begins here */
	uint64_t now_ns;    /* and ends here */
	enum window_mode mode;
	uint64_t moved_wall_ns; /* when it last followed */
};

void window_init(struct window *w, unsigned int cols, uint64_t col_ns,
		 enum window_mode mode);
static inline uint64_t window_to_ns(const struct window *w)
{
	return w->from_ns + w->col_ns * w->cols;
}
static inline unsigned int window_cursor_col(const struct window *w)
{
	return (unsigned int)((w->cursor_ns - w->from_ns) / w->col_ns);
}

/* The nearest of 1, 2, 5 times a power of ten that is not below ns. */
uint64_t window_round_col(uint64_t ns);

/* What there is to see; wall_ns is any steady clock. True: the window moved. */
bool window_tick(struct window *w, uint64_t edge_ns, uint64_t now_ns, uint64_t wall_ns);

/* Verbs of the keys. All but resize and mode make it still. */
void window_resize(struct window *w, unsigned int cols);
void window_set_mode(struct window *w, enum window_mode mode);
void window_move_cursor(struct window *w, int64_t cols); /* pans at the edges */
void window_pan(struct window *w, int64_t cols);         /* the cursor's column stays */
void window_zoom(struct window *w, int steps); /* > 0: in; the cursor's column stays */
void window_goto(struct window *w, uint64_t time_ns); /* cursor there, in view */
void window_cursor_to(struct window *w, unsigned int col);
void window_start(struct window *w);
void window_end(struct window *w);
void window_fit(struct window *w, uint64_t from_ns, uint64_t to_ns);

/* ---- the axis ---- */
struct axis {
	unsigned int every;    /* columns between labels */
	unsigned int decimals; /* of a label */
	uint64_t unit_ns;      /* what a label counts in */
	const char *unit;
};
/* Labels at round times, far enough apart for their text. */
struct axis window_axis(const struct window *w);
void axis_label(const struct axis *a, uint64_t time_ns, char *buf, unsigned int bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/view.h - what all views share: the state of the screen, and a view's verbs
 *
 * struct app is everything that a frame depends on. Keys change it (ui/act.c),
 * views read it and draw into a canvas. It knows no terminal, so a test can
 * send keys and read the canvas.
 */
#ifndef MTVIZ_UI_VIEW_H
#define MTVIZ_UI_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/rows.h"
#include "ui/theme.h"
#include "ui/ui.h"
#include "ui/window.h"

#define UI_MIN_ROWS    10
#define UI_MIN_COLS    40
#define UI_INPUT_BYTES 200

enum view_id {
	VIEW_HOME,
	VIEW_THREADS,
	VIEW_LOCKS,
	VIEW_FINDINGS,
	VIEW_CYCLE, /* Tab goes round the views before this */
	VIEW_HELP = VIEW_CYCLE,
	VIEW_OUTPUT,
	VIEW_NR,
};

enum prompt {
	PROMPT_NONE,
	PROMPT_GOTO,
	PROMPT_SEARCH,
	PROMPT_SAVE,
	PROMPT_QUIT, /* a question with keys of its own, no line to type */
};

struct app;

struct view_ops {
	const char *name;
	const char *lesson; /* the question that the view answers */
	/* Draws into the lines [top, top + lines) of the canvas. */
	void (*draw)(struct app *a, struct canvas *c, int top, int lines);
	/* Moves the selection; NULL: lines of text, app.scroll moves. */
	void (*select)(struct app *a, int64_t rows);
	void (*enter)(struct app *a); /* NULL: nothing */
	void (*sort)(struct app *a);  /* NULL: nothing */
};

extern const struct view_ops view_home, view_threads, view_locks, view_findings,
	view_help, view_output;

/* The timeline's lanes, drawn once and kept while nothing in them can change. */
struct lanes_key {
	uint64_t from_ns, col_ns, limit_ns, lost;
	uint32_t nr_tasks, nr_locks;
	size_t body_top, nr_rows, height;
	unsigned int cols, serial;
};

struct app {
	const struct ui_host *host;
	const struct ui_options *opt;
	const struct model *m;
	struct theme theme;
	struct ui_stats stats;

	enum view_id view, back; /* back: where help and output return to */
	bool done;
	bool redraw_all, suspend, save; /* asked for by a key, done by the loop */
	bool ended;                     /* as the last tick saw it */
	int rows_lines, cols;           /* the canvas */

	/* time */
	struct window win;
	bool chosen_zoom; /* by the user; else by what there is to see */
	bool zoom_done;
	bool playing, touched; /* touched: the user has put the cursor somewhere */
	int speed;             /* index of its step */
	uint64_t play_ns;
	uint64_t wall_ns, play_wall_ns;
	struct {
		bool on, dragging;
		uint64_t from_ns, to_ns; /* any order */
	} mark;

	/* rows */
	struct rows rows;
	struct row selected; /* by kind and id */
	bool chosen_row;     /* by the user; else by what is most telling */
	size_t body_top;     /* first body row that is shown */
	int lanes_top, lanes_height, lane_col, gutter;
	bool hide_idle, legend;
	bool rows_done; /* which rows to begin with has been chosen */
	unsigned int serial; /* counts changes that lanes_key does not see */
	struct canvas lanes;
	struct lanes_key lanes_key;

	/* tables and text */
	int64_t scroll, table_at;
	uint64_t table_wall_ns;
	int table_width; /* of the columns that fit */
	unsigned int sort;
	uint32_t *table;
	size_t nr_table, cap_table;
	char *text; /* the command's output, harmless by now */
	uint64_t output_serial;
	int64_t output_top;
	bool output_new; /* there is more than was drawn */

	/* the line at the bottom */
	enum prompt prompt;
	char input[UI_INPUT_BYTES];
	char search[UI_INPUT_BYTES];
	char message[200];
	uint64_t message_wall_ns;

	/* switches per second, mtviz's share: over the last second */
	uint64_t rate_wall_ns, rate_switches, rate_cpu_ns, rate_now_ns;
	double rate, own_share;
};

/* ---- app.c ---- */
int app_init(struct app *a, const struct ui_host *host, const struct ui_options *opt,
	     bool colour, bool utf8);
void app_free(struct app *a);
int app_resize(struct app *a, int rows, int cols);
/* Asks the host for its numbers. Without the model's lock: it may take time. */
void app_poll(struct app *a);
/*
 * Time has passed: follows the model, plays, counts rates. wall_ns is any
 * steady clock. Call with the model's lock held. True: a frame is due.
 */
bool app_tick(struct app *a, uint64_t wall_ns);
/* One frame, with the model's lock held. 0 or -ENOMEM. */
int app_draw(struct app *a, struct canvas *c);
void app_say(struct app *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const struct view_ops *app_view(const struct app *a);
unsigned int app_mode(const struct app *a); /* the enum key_mode of now */
uint64_t app_limit_ns(const struct app *a); /* nothing later is shown */
#define NR_SPEEDS 13
double app_speed(const struct app *a);
void app_show_view(struct app *a, enum view_id v);
/* Rows of the window as it is now; keeps the selection, or finds a telling one. */
int app_rows(struct app *a, int height);

/* ---- act.c; the model's lock is held for both ---- */
void app_key(struct app *a, int key);
void app_mouse(struct app *a, const struct mouse *e);
/* Shows a row: unfolds its process, scrolls there. False: it has no row. */
bool app_go_row(struct app *a, enum row_kind kind, uint32_t id);

/* ---- prompt.c: the bottom line as a line to type in ---- */
void prompt_open(struct app *a, enum prompt p, const char *text);
bool prompt_key(struct app *a, int key); /* false: not for the prompt */
/* Does what app.save asks for, without the model's lock: it may take long. */
void prompt_save(struct app *a);
void prompt_search(struct app *a, int direction);

/* ---- frame.c: the lines around a view ---- */
void frame_header(struct app *a, struct canvas *c);
void frame_bottom(struct app *a, struct canvas *c, int row);

#endif

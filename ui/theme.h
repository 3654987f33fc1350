/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/theme.h - what things look like: inks, styles and the states' glyphs
 *
 * A style is what a thing is (a running cell, a label); its paint is how that
 * looks with colours or without. Colour is never the only carrier: the glyph
 * or an attribute says the same. Most filled cells set ink and ground, so that
 * they read the same on a dark and on a light terminal.
 */
#ifndef MTVIZ_UI_THEME_H
#define MTVIZ_UI_THEME_H

#include "model/model.h"
#include "ui/canvas.h"

#define THREAD_INKS 8

enum ink {
	INK_DEFAULT, /* the terminal's own */
	INK_BLACK,
	INK_WHITE,
	INK_RUN,
	INK_RUNNABLE,
	INK_RUNNABLE_DARK, /* the texture on INK_RUNNABLE */
	INK_DEPTH,         /* the same yellow, dark enough for bars on any ground */
	INK_LOCK,
	INK_SYNC,
	INK_IO,
	INK_IO_LIGHT, /* as a thin glyph INK_IO is too dark on black */
	INK_GREY,
	INK_OTHERS, /* a CPU taken by a task outside the scope */
	INK_BAR,    /* header and bottom line */
	INK_THREAD, /* THREAD_INKS of them, by thread letter */
	INK_NR = INK_THREAD + THREAD_INKS,
};

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_STATE, /* STATE_NR + 1 of them, in the order of enum state */
	STYLE_BORN = STYLE_STATE + STATE_NR + 1,
	STYLE_KILLED, /* the end by a signal */
	STYLE_OTHERS,
	STYLE_DEPTH, /* the run queue's bars */
	STYLE_PARTLY_BUSY,
	STYLE_INFERRED,
	STYLE_UNKNOWN_HOLDER,
	STYLE_HEADER,
	STYLE_HEADER_LIVE,
	STYLE_KEY, /* a key on the bottom line */
	STYLE_RULE,
	STYLE_CURSOR, /* the cursor's column where nothing is drawn */
	STYLE_ALARM,
	STYLE_NR,
};

struct theme {
	bool ascii;  /* no character above 0x7e */
	bool colour; /* else attributes only */
};

struct paint theme_paint(const struct theme *t, enum style s);
/* Of a thread's cells in CPU and lock lanes; number is task.letter. */
struct paint theme_thread(const struct theme *t, uint32_t number);
/* Ground of a mixed cell whose largest other state is s. */
enum ink theme_ground(enum state s);
/* A state's glyph; running and lock have their own: a digit, a letter. */
char32_t theme_glyph(enum state s);
/* An eighth block, eighths 1..8; 0 is a blank. */
char32_t theme_bar(unsigned int eighths);

const char *ink_name(uint8_t ink);
/*
 * The colour number of an ink on a terminal with that many colours (256, 16 or
 * 8); -1 for the terminal's own.
 */
int ink_colour(uint8_t ink, int colours);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/canvas.h - a grid of cells that views draw into
 *
 * Views know cells and nothing of terminals; ui/screen.c sends a canvas to the
 * terminal, tests print it as text. Drawing outside the grid is clipped. No
 * control character can be in a cell: what is not printable becomes '?'.
 */
#ifndef MTVIZ_UI_CANVAS_H
#define MTVIZ_UI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uchar.h>

enum attr {
	ATTR_BOLD = 1 << 0,
	ATTR_DIM = 1 << 1,
	ATTR_UNDERLINE = 1 << 2,
	ATTR_REVERSE = 1 << 3,
	ATTR_ITALIC = 1 << 4,
};

/* How a cell looks: two enum ink (ui/theme.h) and a set of enum attr. */
struct paint {
	uint8_t fg, bg, attrs;
};

struct cell {
	char32_t ch; /* 0: the right half of the wide character before it */
	struct paint paint;
};

struct canvas {
	int rows, cols;
	bool ascii; /* everything above 0x7e is replaced, by its like or by '?' */
	struct cell *cells;
};

int canvas_init(struct canvas *c, int rows, int cols, bool ascii); /* 0 or -ENOMEM */
int canvas_resize(struct canvas *c, int rows, int cols); /* clears; 0 or -ENOMEM */
void canvas_free(struct canvas *c);
void canvas_clear(struct canvas *c);
int canvas_copy(struct canvas *to, const struct canvas *from); /* 0 or -ENOMEM */

/* NULL outside the grid. */
struct cell *canvas_at(const struct canvas *c, int row, int col);
/* One cell, a character of width 1. */
void canvas_put(struct canvas *c, int row, int col, char32_t ch, struct paint p);
/*
 * UTF-8 text from col on, in at most max cells (negative: to the edge). Returns
 * how many cells it took. A wide character that does not fit whole is left out.
 */
int canvas_text(struct canvas *c, int row, int col, int max, struct paint p,
		const char *text);
int canvas_printf(struct canvas *c, int row, int col, int max, struct paint p,
		  const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/*
 * Words in up to max lines of at most width cells each. Returns the lines that
 * all of it would take.
 */
int canvas_wrap(struct canvas *c, int row, int col, int width, int max, struct paint p,
		const char *text);
/* Cuts the middle out of a name that is too wide: numbers stand at its end. */
void canvas_shorten(char *buf, size_t bytes, const char *name, int width);
/* How many cells the text would take. */
int canvas_width(const char *text);
void canvas_fill(struct canvas *c, int row, int col, int width, char32_t ch,
		 struct paint p);
/* Changes how a stretch looks and keeps its characters. */
void canvas_repaint(struct canvas *c, int row, int col, int width, struct paint p);
void canvas_add_attrs(struct canvas *c, int row, int col, int width, uint8_t attrs);

/* Text only, one line per row, no blanks at line ends. */
void canvas_print(const struct canvas *c, FILE *out);
/* A row's text without blanks at its end, as UTF-8. */
void canvas_row_text(const struct canvas *c, int row, char *buf, size_t bytes);
/*
 * Text and, under each row that is not plain, its looks as runs:
 *
 *      CPU 0 |AABB
 *      @ 7+2 ink/thread0 9+2 ink/thread1 _
 *
 * is: from column 7 on 2 cells of ink on thread0 ...; * bold, . dim,
 * _ underline, ! reverse, / italic.
 */
void canvas_dump(const struct canvas *c, FILE *out);

/* Decodes one character of valid UTF-8; *s moves on. '?' for a bad byte. */
char32_t canvas_next_char(const char **s);
/* Cells that ch takes: 1 or 2; 0 for a combining mark. */
int canvas_char_width(char32_t ch);
/* As UTF-8 with a NUL; returns the bytes. */
size_t canvas_encode(char32_t ch, char out[5]);

#endif

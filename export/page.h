/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/page.h - text on a page of a given width: paragraphs and table rows
 *
 * Everything written must be safe to print (text_escape). Widths are counted
 * in terminal cells by a table of our own, for the C library's depends on the
 * locale. Write errors stay in the stream: page_end() reports them.
 */
#ifndef MTVIZ_EXPORT_PAGE_H
#define MTVIZ_EXPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct page {
	FILE *out;
	unsigned int columns;
	bool color;
	unsigned int at;     /* cells written on this line */
	unsigned int spaces; /* owed before the next text: no line ends in one */
};

struct page page_begin(FILE *out, unsigned int columns, bool color);
int page_end(struct page *p); /* flushes; 0 or -errno */

/* Cells that text takes on a terminal. */
unsigned int text_cells(const char *text);

void page_text(struct page *p, const char *text);
void page_line(struct page *p); /* ends the line; an empty one if nothing is on it */
void page_heading(struct page *p, const char *text); /* bold, stays on the line */

/* Text in a column of width cells; what does not fit ends in "...". */
void page_left(struct page *p, unsigned int width, const char *text);
/* The same at the right edge; too long a number pushes the rest, it is not cut. */
void page_right(struct page *p, unsigned int width, const char *text);
void page_number(struct page *p, unsigned int width, uint64_t n);
void page_duration(struct page *p, unsigned int width, uint64_t ns); /* "-" for 0 */
/* "61.2"; "-" for nothing at all, "<0.1" for nearly nothing. */
void percent_text(char *buf, size_t bytes, uint64_t part, uint64_t whole);
void page_percent(struct page *p, unsigned int width, uint64_t part, uint64_t whole);

/*
 * Text broken at spaces; goes on from where the line is, later lines begin with
 * indent spaces. Ends the line.
 */
void page_paragraph(struct page *p, unsigned int indent, const char *text);

#endif

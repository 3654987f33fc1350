/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/view_output.c - what the command printed: its last lines, made harmless
 *
 * Colours and cursor movements of the command are left out; a carriage return
 * begins its line anew, as it would on a terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view.h"

#define OUTPUT_BYTES (64u * 1024)

/*
 * Length of the escape sequence at s: to be left out whole, for its letters
 * alone would be noise. An unfinished one is left out to its end.
 */
static size_t escape_length(const char *s, const char *end)
{
	const char *p = s + 1;

	if (p < end && *p == '[') {
		for (p++; p < end && (*p < 0x40 || *p > 0x7e); p++)
			if ((unsigned char)*p < 0x20)
				return (size_t)(p - s);
		return (size_t)(p - s) + (p < end);
	}
	if (p < end && (*p == ']' || *p == 'P' || *p == '_' || *p == '^')) {
		for (p++; p < end && *p != '\a' && *p != '\n'; p++)
			if (*p == '\033' && p + 1 < end && p[1] == '\\')
				return (size_t)(p - s) + 2;
		return (size_t)(p - s) + (p < end && *p == '\a');
	}
	return p < end && (unsigned char)*p >= 0x20 ? 2 : 1;
}

/* In place: text of lines, without sequences, tabs and overwritten parts. */
static size_t plain(char *text, size_t bytes)
{
	const char *s = text, *end = text + bytes;
	size_t len = 0, line = 0;

	while (s < end) {
		if (*s == '\033') {
			s += escape_length(s, end);
			continue;
		}
		if (*s == '\r') {
			if (s + 1 < end && s[1] != '\n')
				len = line;
		} else if (*s == '\b') {
			len -= len > line;
		} else if (*s != '\a' && *s != '\0') {
			text[len++] = *s == '\t' ? ' ' : *s;
			if (*s == '\n')
				line = len;
		}
		s++;
	}
	text[len] = '\0';
	return len;
}

/* Line by line, so that the escaping keeps the ends of lines. */
static size_t escape_lines(char *out, size_t bytes, char *raw)
{
	size_t len = 0;

	while (*raw && len + 2 < bytes) {
		char *end = strchrnul(raw, '\n');
		bool more = *end;

		*end = '\0';
		text_escape(out + len, bytes - len - 1, raw);
		len += strlen(out + len);
		if (!more)
			break;
		out[len++] = '\n';
		raw = end + 1;
	}
	out[len] = '\0';
	return len;
}

/* Reads anew only what has changed. */
static bool fetch(struct app *a)
{
	uint64_t serial = a->output_serial;
	char none[1], *raw;
	size_t bytes;

	if (!a->host->output)
		return false;
	if (a->text) {
		a->host->output(a->host->ctx, none, 0, &serial);
		if (serial == a->output_serial)
			return true;
	} else {
		a->text = calloc(1, OUTPUT_BYTES * 4 + 2);
	}
	raw = malloc(OUTPUT_BYTES + 1);
	if (!a->text || !raw) {
		free(raw);
		return false;
	}
	bytes = a->host->output(a->host->ctx, raw, OUTPUT_BYTES, &a->output_serial);
	plain(raw, bytes < OUTPUT_BYTES ? bytes : OUTPUT_BYTES);
	escape_lines(a->text, OUTPUT_BYTES * 4 + 2, raw);
	free(raw);
	return true;
}

/*
 * Draws the lines [skip, skip + max) that a line of text folds into; returns
 * how many it folds into. max 0: only counts.
 */
static int64_t draw_folded(struct canvas *c, int row, int64_t skip, int64_t max,
			   const char *line, const char *end)
{
	int64_t at = 0;
	int col = 0;

	for (const char *s = line; s < end;) {
		char utf8[5];
		char32_t ch = canvas_next_char(&s);
		int w = canvas_char_width(ch);

		if (col + w > c->cols) {
			at++;
			col = 0;
		}
		if (at >= skip && at < skip + max) {
			canvas_encode(ch, utf8);
			canvas_text(c, row + (int)(at - skip), col, w, (struct paint){0},
				    utf8);
		}
		col += w;
	}
	return at + 1;
}

static void output_draw(struct app *a, struct canvas *c, int top, int lines)
{
	int64_t total = 0, at;

	if (!fetch(a)) {
		canvas_text(c, top, 1, -1, theme_paint(&a->theme, STYLE_DIM),
			    "there is no output: mtviz did not start a command");
		return;
	}
	canvas_text(c, top++, 1, -1, theme_paint(&a->theme, STYLE_BOLD),
		    "Output of the command   o or Esc goes back");
	lines--;
	for (const char *line = a->text, *end; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		total += draw_folded(c, 0, 0, 0, line, end);
	}
	/* At the end it stays at the end while more is printed. */
	if (a->scroll >= total - lines)
		a->scroll = INT64_MAX;
	else if (a->scroll < 0)
		a->scroll = 0;
	at = a->scroll < total - lines ? a->scroll : total > lines ? total - lines : 0;
	a->output_top = at;
	for (const char *line = a->text, *end; *line && lines > 0;
	     line = *end ? end + 1 : end) {
		int64_t n, shown;

		end = strchrnul(line, '\n');
		n = draw_folded(c, top, at, at < 0 ? 0 : lines, line, end);
		shown = n > at ? n - at : 0;
		at = at > n ? at - n : 0;
		top += (int)(shown < lines ? shown : lines);
		lines -= (int)(shown < lines ? shown : lines);
	}
}

static void output_select(struct app *a, int64_t rows)
{
	int64_t at = a->scroll == INT64_MAX ? a->output_top : a->scroll;

	if (rows > 0 && at > INT64_MAX - rows)
		a->scroll = INT64_MAX;
	else
		a->scroll = at + rows;
}

const struct view_ops view_output = {
	.name = "output",
	.lesson = "What did the command print?",
	.draw = output_draw,
	.select = output_select,
};

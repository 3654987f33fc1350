/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/canvas.c - cells, text of width 1 and 2, and the canvas as plain text
 */
#include "ui/canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ui/theme.h"

static const struct cell blank = {.ch = ' '};

int canvas_resize(struct canvas *c, int rows, int cols)
{
	struct cell *cells = NULL;

	if (rows < 1)
		rows = 1;
	if (cols < 1)
		cols = 1;
	if (rows != c->rows || cols != c->cols || !c->cells) {
		cells = calloc((size_t)rows * cols, sizeof(*cells));
		if (!cells)
			return -ENOMEM;
		free(c->cells);
		c->cells = cells;
		c->rows = rows;
		c->cols = cols;
	}
	canvas_clear(c);
	return 0;
}

int canvas_init(struct canvas *c, int rows, int cols, bool ascii)
{
	*c = (struct canvas){.ascii = ascii};
	return canvas_resize(c, rows, cols);
}

void canvas_free(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){0};
}

void canvas_clear(struct canvas *c)
{
	for (size_t i = 0; i < (size_t)c->rows * c->cols; i++)
		c->cells[i] = blank;
}

int canvas_copy(struct canvas *to, const struct canvas *from)
{
	int err = canvas_resize(to, from->rows, from->cols);

	if (err)
		return err;
	to->ascii = from->ascii;
	memcpy(to->cells, from->cells,
	       (size_t)from->rows * from->cols * sizeof(*from->cells));
	return 0;
}

struct cell *canvas_at(const struct canvas *c, int row, int col)
{
	if (row < 0 || row >= c->rows || col < 0 || col >= c->cols)
		return NULL;
	return &c->cells[(size_t)row * c->cols + col];
}

/* ---- characters ---- */

/* What stands for our own drawing characters where there is only ASCII. */
static char32_t ascii_like(char32_t ch)
{
	static const struct {
		char32_t ch;
		char like;
	} likes[] = {
		{U'│', '|'}, {U'─', '-'}, {U'┄', '-'}, {U'▒', ':'}, {U'·', '.'},
		{U'●', '*'}, {U'‖', '"'}, {U'▶', '>'}, {U'■', '#'}, {U'†', '|'},
		{U'‡', '!'}, {U'▼', 'v'}, {U'▲', '^'}, {U'╰', '`'}, {U'├', '|'},
		{U'└', '`'}, {U'…', '~'}, {U'←', '<'}, {U'→', '>'}, {U'░', '%'},
		{U'┊', '|'}, {U'↑', '^'}, {U'↓', 'v'}, {U'▸', '+'}, {U'▾', '-'},
		{U'×', 'x'}, {U'–', '-'},
	};

	if (ch < 0x7f)
		return ch;
	if (ch >= 0x2581 && ch <= 0x2588) /* eighth blocks */
		return '#';
	for (size_t i = 0; i < sizeof(likes) / sizeof(likes[0]); i++)
		if (likes[i].ch == ch)
			return (char32_t)likes[i].like;
	return '?';
}

char32_t canvas_next_char(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = 0;
	char32_t ch = p[0];

	if (p[0] >= 0xf0 && p[0] < 0xf5)
		ch = p[0] & 0x07, more = 3;
	else if (p[0] >= 0xe0 && p[0] < 0xf0)
		ch = p[0] & 0x0f, more = 2;
	else if (p[0] >= 0xc2 && p[0] < 0xe0)
		ch = p[0] & 0x1f, more = 1;
	else if (p[0] >= 0x80)
		ch = '?';
	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*s += i;
			return '?';
		}
		ch = ch << 6 | (p[i] & 0x3f);
	}
	*s += 1 + more;
	return ch;
}

int canvas_char_width(char32_t ch)
{
	int w;

	/* ASCII, Latin, and our drawing characters, whatever the locale. */
	if (ch < 0x300 || (ch >= 0x2500 && ch <= 0x25ff))
		return 1;
	w = wcwidth((wchar_t)ch);
	return w < 0 ? 1 : w;
}

static char32_t safe_char(const struct canvas *c, char32_t ch)
{
	if (ch < 0x20 || (ch >= 0x7f && ch < 0xa0))
		return '?';
	return c->ascii ? ascii_like(ch) : ch;
}

size_t canvas_encode(char32_t ch, char out[5])
{
	size_t n = 0;

	if (ch < 0x80) {
		out[n++] = (char)ch;
	} else if (ch < 0x800) {
		out[n++] = (char)(0xc0 | ch >> 6);
		out[n++] = (char)(0x80 | (ch & 0x3f));
	} else if (ch < 0x10000) {
		out[n++] = (char)(0xe0 | ch >> 12);
		out[n++] = (char)(0x80 | (ch >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (ch & 0x3f));
	} else {
		out[n++] = (char)(0xf0 | ch >> 18);
		out[n++] = (char)(0x80 | (ch >> 12 & 0x3f));
		out[n++] = (char)(0x80 | (ch >> 6 & 0x3f));
		out[n++] = (char)(0x80 | (ch & 0x3f));
	}
	out[n] = '\0';
	return n;
}

/* ---- drawing ---- */

/* A half of a wide character must not stay behind alone. */
static void break_wide(struct canvas *c, int row, int col)
{
	struct cell *here = canvas_at(c, row, col), *next = canvas_at(c, row, col + 1);
	struct cell *before = canvas_at(c, row, col - 1);

	if (here && here->ch == 0 && before)
		before->ch = ' ';
	if (next && next->ch == 0)
		next->ch = ' ';
}

void canvas_put(struct canvas *c, int row, int col, char32_t ch, struct paint p)
{
	struct cell *cell = canvas_at(c, row, col);

	if (!cell)
		return;
	break_wide(c, row, col);
	cell->ch = safe_char(c, ch);
	cell->paint = p;
}

int canvas_text(struct canvas *c, int row, int col, int max, struct paint p,
		const char *text)
{
	int end = max < 0 || max > c->cols - col ? c->cols : col + max;
	int at = col;

	while (*text) {
		char32_t ch = canvas_next_char(&text);
		int w = canvas_char_width(ch);

		if (w == 0)
			continue; /* a mark without a cell of its own */
		if (at + w > end)
			break;
		if (w == 2 && c->ascii) {
			w = 1;
			ch = '?';
		}
		canvas_put(c, row, at, ch, p);
		if (w == 2 && canvas_at(c, row, at + 1)) {
			break_wide(c, row, at + 1);
			canvas_at(c, row, at)->ch = ch;
			*canvas_at(c, row, at + 1) = (struct cell){.paint = p};
		}
		at += w;
	}
	return at - col;
}

int canvas_printf(struct canvas *c, int row, int col, int max, struct paint p,
		  const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return canvas_text(c, row, col, max, p, text);
}

int canvas_width(const char *text)
{
	int w = 0;

	while (*text)
		w += canvas_char_width(canvas_next_char(&text));
	return w;
}

void canvas_fill(struct canvas *c, int row, int col, int width, char32_t ch,
		 struct paint p)
{
	for (int i = 0; i < width; i++)
		canvas_put(c, row, col + i, ch, p);
}

void canvas_repaint(struct canvas *c, int row, int col, int width, struct paint p)
{
	for (int i = 0; i < width; i++) {
		struct cell *cell = canvas_at(c, row, col + i);

		if (cell)
			cell->paint = p;
	}
}

void canvas_add_attrs(struct canvas *c, int row, int col, int width, uint8_t attrs)
{
	for (int i = 0; i < width; i++) {
		struct cell *cell = canvas_at(c, row, col + i);

		if (cell)
			cell->paint.attrs |= attrs;
	}
}

/* The end of the longest piece of text that fits width cells and ends a word. */
static const char *line_end(const char *text, int width)
{
	const char *s = text, *space = NULL;
	int w = 0;

	while (*s && *s != '\n') {
		const char *at = s;

		w += canvas_char_width(canvas_next_char(&s));
		if (w > width)
			return space ? space : at;
		if (*at == ' ')
			space = at;
	}
	return s;
}

int canvas_wrap(struct canvas *c, int row, int col, int width, int max, struct paint p,
		const char *text)
{
	int used = 0;

	while (*text && width > 1) {
		const char *end = line_end(text, width);
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		if (used < max)
			canvas_text(c, row + used, col, width, p, line);
		used++;
		text = end + strspn(end, " \n");
	}
	return used;
}

void canvas_shorten(char *buf, size_t bytes, const char *name, int width)
{
	int w = canvas_width(name), tail = width > 8 ? 3 : width > 4 ? 2 : 0;
	const char *s = name;
	size_t len = 0;
	int used = 0;

	if (w <= width) {
		snprintf(buf, bytes, "%s", name);
		return;
	}
	if (width < 1) {
		buf[0] = '\0';
		return;
	}
	while (*s) {
		const char *start = s;
		int cw = canvas_char_width(canvas_next_char(&s));

		if (used + cw > width - 1 - tail || len + 8 >= bytes)
			break;
		memcpy(buf + len, start, (size_t)(s - start));
		len += (size_t)(s - start);
		used += cw;
	}
	len += (size_t)snprintf(buf + len, bytes - len, "\u2026");
	for (s = name; *s && w > tail;)
		w -= canvas_char_width(canvas_next_char(&s));
	snprintf(buf + len, bytes - len, "%s", s);
}

/* ---- as text ---- */

void canvas_row_text(const struct canvas *c, int row, char *buf, size_t bytes)
{
	size_t len = 0, end = 0;

	for (int col = 0; col < c->cols; col++) {
		const struct cell *cell = canvas_at(c, row, col);
		char utf8[5];
		size_t n;

		if (!cell || !cell->ch)
			continue;
		n = canvas_encode(cell->ch, utf8);
		if (len + n >= bytes)
			break;
		memcpy(buf + len, utf8, n);
		len += n;
		if (cell->ch != ' ')
			end = len;
	}
	if (bytes)
		buf[end] = '\0';
}

void canvas_print(const struct canvas *c, FILE *out)
{
	size_t bytes = (size_t)c->cols * 4 + 1;
	char *line = malloc(bytes);

	for (int row = 0; line && row < c->rows; row++) {
		canvas_row_text(c, row, line, bytes);
		fprintf(out, "%s\n", line);
	}
	free(line);
}

static bool same_paint(struct paint a, struct paint b)
{
	return a.fg == b.fg && a.bg == b.bg && a.attrs == b.attrs;
}

static void dump_looks(const struct canvas *c, int row, FILE *out)
{
	static const char marks[] = "*._!/";
	bool any = false;

	for (int col = 0, len; col < c->cols; col += len) {
		const struct paint p = canvas_at(c, row, col)->paint;

		for (len = 1; col + len < c->cols; len++)
			if (!same_paint(canvas_at(c, row, col + len)->paint, p))
				break;
		if (same_paint(p, blank.paint))
			continue;
		fprintf(out, "%s%d+%d", any ? " " : "@ ", col, len);
		any = true;
		if (p.fg || p.bg)
			fprintf(out, " %s/%s", ink_name(p.fg), ink_name(p.bg));
		for (int i = 0; marks[i]; i++)
			if (p.attrs & 1 << i)
				fputc(marks[i], out);
	}
	if (any)
		fputc('\n', out);
}

void canvas_dump(const struct canvas *c, FILE *out)
{
	size_t bytes = (size_t)c->cols * 4 + 1;
	char *line = malloc(bytes);

	for (int row = 0; line && row < c->rows; row++) {
		canvas_row_text(c, row, line, bytes);
		fprintf(out, "%s\n", line);
		dump_looks(c, row, out);
	}
	free(line);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/page.c - paragraphs and table rows
 */
#include "export/page.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "model/model.h"

/* ---- widths ---- */

struct range {
	uint32_t from, to;
};

/* Unicode's East Asian wide and fullwidth blocks, and emoji. */
static const struct range wide[] = {
	{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97c},
	{0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
	{0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
	{0x20000, 0x3fffd},
};
/* Marks that sit on the character before them. */
static const struct range combining[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
	{0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
	{0x20d0, 0x20f0}, {0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe20, 0xfe2f},
};

static bool in_ranges(uint32_t c, const struct range *r, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}

/* The next character of valid UTF-8. */
static uint32_t next_char(const char **text)
{
	const unsigned char *s = (const unsigned char *)*text;
	uint32_t c = *s++;

	if (c >= 0xc0) {
		c &= c >= 0xf0 ? 0x07 : c >= 0xe0 ? 0x0f : 0x1f;
		while ((*s & 0xc0) == 0x80)
			c = c << 6 | (*s++ & 0x3f);
	}
	*text = (const char *)s;
	return c;
}

static unsigned int char_cells(uint32_t c)
{
	if (in_ranges(c, combining, sizeof(combining) / sizeof(combining[0])))
		return 0;
	return in_ranges(c, wide, sizeof(wide) / sizeof(wide[0])) ? 2 : 1;
}

unsigned int text_cells(const char *text)
{
	unsigned int cells = 0;

	while (*text)
		cells += char_cells(next_char(&text));
	return cells;
}

/* The bytes of text that fit into width cells. */
static size_t fitting(const char *text, unsigned int width)
{
	const char *s = text;
	unsigned int cells = 0;

	while (*s) {
		const char *next = s;

		cells += char_cells(next_char(&next));
		if (cells > width)
			break;
		s = next;
	}
	return s - text;
}

/* ---- lines ---- */

struct page page_begin(FILE *out, unsigned int columns, bool color)
{
	return (struct page){
		.out = out,
		.columns = columns < 72 ? 72 : columns,
		.color = color,
	};
}

int page_end(struct page *p)
{
	errno = 0;
	if (fflush(p->out) || ferror(p->out))
		return errno ? -errno : -EIO;
	return 0;
}

static void write_part(struct page *p, const char *text, size_t bytes, unsigned int cells)
{
	if (!bytes)
		return;
	for (; p->spaces; p->spaces--, p->at++)
		fputc(' ', p->out);
	fwrite(text, 1, bytes, p->out);
	p->at += cells;
}

void page_text(struct page *p, const char *text)
{
	write_part(p, text, strlen(text), text_cells(text));
}

void page_line(struct page *p)
{
	fputc('\n', p->out);
	p->at = p->spaces = 0;
}

void page_heading(struct page *p, const char *text)
{
	if (p->color)
		fputs("\033[1m", p->out);
	page_text(p, text);
	if (p->color)
		fputs("\033[0m", p->out);
}

/* ---- columns ---- */

void page_left(struct page *p, unsigned int width, const char *text)
{
	unsigned int cells = text_cells(text);
	size_t bytes;
	char part[512];

	if (cells > width && width > 3) {
		bytes = fitting(text, width - 3);
		if (bytes > sizeof(part) - 4)
			bytes = 0;
		memcpy(part, text, bytes);
		memcpy(part + bytes, "...", 4);
		text = part;
		cells = text_cells(part);
	}
	page_text(p, text);
	p->spaces += cells < width ? width - cells : 0;
}

void page_right(struct page *p, unsigned int width, const char *text)
{
	unsigned int cells = text_cells(text);

	p->spaces += cells < width ? width - cells : 1;
	page_text(p, text);
}

void page_number(struct page *p, unsigned int width, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	page_right(p, width, text);
}

void page_duration(struct page *p, unsigned int width, uint64_t ns)
{
	char text[32] = "-";

	if (ns)
		text_duration(text, sizeof(text), ns);
	page_right(p, width, text);
}

void percent_text(char *buf, size_t bytes, uint64_t part, uint64_t whole)
{
	uint64_t tenths;

	if (!part || !whole) {
		snprintf(buf, bytes, "-");
		return;
	}
	tenths = ((unsigned __int128)part * 1000 + whole / 2) / whole;
	if (!tenths)
		snprintf(buf, bytes, "<0.1");
	else if (tenths == 1000 && part < whole)
		snprintf(buf, bytes, ">99.9");
	else if (tenths == 1000)
		snprintf(buf, bytes, "100");
	else
		snprintf(buf, bytes, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
}

void page_percent(struct page *p, unsigned int width, uint64_t part, uint64_t whole)
{
	char text[24];

	percent_text(text, sizeof(text), part, whole);
	page_right(p, width, text);
}

/* ---- paragraphs ---- */

void page_paragraph(struct page *p, unsigned int indent, const char *text)
{
	if (!p->at && !p->spaces)
		p->spaces = indent;
	while (*text) {
		size_t bytes = strcspn(text, " \n");
		unsigned int room = p->columns > p->at + p->spaces
					    ? p->columns - p->at - p->spaces
					    : 0;
		unsigned int cells = 0;
		const char *s = text;

		while (s < text + bytes)
			cells += char_cells(next_char(&s));
		/* A word longer than a line goes over its end rather than be cut. */
		if (cells > room && p->at > indent) {
			page_line(p);
			p->spaces = indent;
		}
		write_part(p, text, bytes, cells);
		text += bytes;
		if (*text == '\n') {
			page_line(p);
			p->spaces = indent;
			text++;
		} else if (*text) {
			p->spaces++;
			text++;
		}
	}
	page_line(p);
}

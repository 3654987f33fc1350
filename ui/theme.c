/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/theme.c - the tables of inks, styles and glyphs
 *
 * The state colours are the five of Okabe and Ito's that stay furthest apart
 * under the three kinds of colour blindness, as the nearest xterm colours.
 */
#include "ui/theme.h"

/*
 * As 16 colours: grounds that carry black ink take the bright half, so that
 * the glyph on them can be read.
 */
static const struct {
	const char *name;
	int16_t c256, c16, c8;
} inks[INK_NR] = {
	[INK_DEFAULT] = {"-", -1, -1, -1},
	[INK_BLACK] = {"black", 16, 0, 0},
	[INK_WHITE] = {"white", 231, 15, 7},
	[INK_RUN] = {"run", 74, 14, 6},
	[INK_RUNNABLE] = {"runnable", 221, 11, 3},
	[INK_RUNNABLE_DARK] = {"runnable-dark", 136, 0, 0},
	[INK_DEPTH] = {"depth", 136, 3, 3},
	[INK_LOCK] = {"lock", 166, 9, 1},
	[INK_SYNC] = {"sync", 175, 13, 5},
	[INK_IO] = {"io", 25, 4, 4},
	[INK_IO_LIGHT] = {"io-light", 32, 12, 4},
	[INK_GREY] = {"grey", 246, 8, -1},
	[INK_OTHERS] = {"others", 240, 8, 0},
	[INK_BAR] = {"bar", 236, 8, 0},
	[INK_THREAD + 0] = {"thread0", 79, 10, 2},
	[INK_THREAD + 1] = {"thread1", 223, 7, 7},
	[INK_THREAD + 2] = {"thread2", 140, 13, 5},
	[INK_THREAD + 3] = {"thread3", 149, 11, 3},
	[INK_THREAD + 4] = {"thread4", 217, 9, 1},
	[INK_THREAD + 5] = {"thread5", 116, 14, 6},
	[INK_THREAD + 6] = {"thread6", 180, 15, 7},
	[INK_THREAD + 7] = {"thread7", 111, 12, 4},
};

struct look {
	struct paint colour;
	uint8_t mono; /* attributes when there is no colour */
};

static const struct look looks[STYLE_NR] = {
	[STYLE_BOLD] = {{0, 0, ATTR_BOLD}, ATTR_BOLD},
	[STYLE_DIM] = {{INK_GREY, 0, 0}, 0},
	[STYLE_STATE + STATE_UNKNOWN] = {{INK_GREY, 0, 0}, 0},
	[STYLE_STATE + STATE_RUNNING] = {{INK_BLACK, INK_RUN, 0}, ATTR_REVERSE},
	[STYLE_STATE + STATE_RUNNABLE] = {{INK_RUNNABLE_DARK, INK_RUNNABLE, 0}, 0},
	[STYLE_STATE + STATE_LOCK] = {{INK_BLACK, INK_LOCK, ATTR_BOLD}, ATTR_BOLD},
	[STYLE_STATE + STATE_SYNC] = {{INK_SYNC, 0, 0}, 0},
	[STYLE_STATE + STATE_IO] = {{INK_IO_LIGHT, 0, 0}, 0},
	[STYLE_STATE + STATE_SLEEP] = {{INK_GREY, 0, 0}, 0},
	[STYLE_STATE + STATE_STOPPED] = {{INK_GREY, 0, ATTR_BOLD}, ATTR_BOLD},
	[STYLE_STATE + STATE_OTHER] = {{INK_GREY, 0, 0}, 0},
	[STYLE_STATE + STATE_GONE] = {{0, 0, ATTR_BOLD}, ATTR_BOLD},
	[STYLE_BORN] = {{INK_GREY, 0, 0}, 0},
	[STYLE_KILLED] = {{INK_LOCK, 0, ATTR_BOLD}, ATTR_BOLD},
	[STYLE_OTHERS] = {{INK_WHITE, INK_OTHERS, 0}, 0},
	[STYLE_DEPTH] = {{INK_DEPTH, 0, ATTR_BOLD}, 0},
	[STYLE_PARTLY_BUSY] = {{INK_RUN, 0, 0}, 0},
	[STYLE_INFERRED] = {{INK_GREY, 0, ATTR_ITALIC}, 0},
	[STYLE_UNKNOWN_HOLDER] = {{INK_GREY, 0, 0}, 0},
	[STYLE_HEADER] = {{INK_WHITE, INK_BAR, 0}, ATTR_REVERSE},
	[STYLE_HEADER_LIVE] = {{INK_BLACK, INK_THREAD + 0, ATTR_BOLD}, ATTR_BOLD},
	[STYLE_KEY] = {{0, 0, ATTR_BOLD}, ATTR_BOLD},
	[STYLE_RULE] = {{INK_GREY, 0, 0}, 0},
	[STYLE_CURSOR] = {{INK_GREY, 0, 0}, 0},
	[STYLE_ALARM] = {{INK_BLACK, INK_LOCK, ATTR_BOLD}, ATTR_BOLD | ATTR_REVERSE},
};

struct paint theme_paint(const struct theme *t, enum style s)
{
	const struct look *l = &looks[s < STYLE_NR ? s : STYLE_PLAIN];

	return t->colour ? l->colour : (struct paint){.attrs = l->mono};
}

struct paint theme_thread(const struct theme *t, uint32_t number)
{
	if (!t->colour)
		return (struct paint){.attrs = ATTR_BOLD};
	return (struct paint){INK_BLACK, INK_THREAD + number % THREAD_INKS, ATTR_BOLD};
}

enum ink theme_ground(enum state s)
{
	static const uint8_t ground[STATE_NR] = {
		[STATE_UNKNOWN] = INK_OTHERS,    [STATE_RUNNING] = INK_RUN,
		[STATE_RUNNABLE] = INK_RUNNABLE, [STATE_LOCK] = INK_LOCK,
		[STATE_SYNC] = INK_SYNC,         [STATE_IO] = INK_IO,
		[STATE_SLEEP] = INK_OTHERS,      [STATE_STOPPED] = INK_OTHERS,
		[STATE_OTHER] = INK_OTHERS,
	};

	return s < STATE_NR ? ground[s] : INK_DEFAULT;
}

char32_t theme_glyph(enum state s)
{
	static const char32_t glyph[STATE_NR] = {
		[STATE_UNKNOWN] = '?', [STATE_RUNNING] = '#', [STATE_RUNNABLE] = U'▒',
		[STATE_LOCK] = 'x',    [STATE_SYNC] = U'┄',   [STATE_IO] = '~',
		[STATE_SLEEP] = U'·',  [STATE_STOPPED] = 'T', [STATE_OTHER] = 'o',
	};

	return s < STATE_NR ? glyph[s] : ' ';
}

char32_t theme_bar(unsigned int eighths)
{
	return eighths ? 0x2580 + (eighths > 8 ? 8 : eighths) : ' ';
}

const char *ink_name(uint8_t ink)
{
	return ink < INK_NR ? inks[ink].name : "?";
}

int ink_colour(uint8_t ink, int colours)
{
	if (ink >= INK_NR)
		return -1;
	return colours >= 256  ? inks[ink].c256
	       : colours >= 16 ? inks[ink].c16
			       : inks[ink].c8;
}

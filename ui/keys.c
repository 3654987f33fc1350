/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/keys.c - every key, what it does, and how it is told
 */
#include "ui/keys.h"

#include <stdio.h>
#include <string.h>

#include "ui/view.h"

/* Order: as in the help screen. An entry without help joins the one above. */
const struct key keys[] = {
	/* ---- time ---- */
	{' ', MODE_LIVE, ACT_FREEZE, 0, "space", "freeze the picture, and go on",
	 "freeze", 2},
	{' ', MODE_REPLAY, ACT_PLAY, 0, "space", "play and pause", "play", 2},
	{'p', MODE_REPLAY, ACT_PLAY, 0, NULL, NULL, NULL, 0},
	{'[', MODE_REPLAY, ACT_SPEED, -1, NULL, "play slower, faster: 1/1000 to 10 times",
	 NULL, 0},
	{']', MODE_REPLAY, ACT_SPEED, 1, NULL, NULL, "speed", 7},
	{'f', MODE_LIVE, ACT_FOLLOW, 0, NULL,
	 "follow the end: a new picture every second", "follow", 6},
	{'F', MODE_LIVE, ACT_SCROLL, 0, NULL, "follow the end: scroll without a stop",
	 NULL, 0},
	{KEY_LEFT_, MODE_TIME, ACT_CURSOR, -1, "\u2190", "move the cursor by a column",
	 NULL, 0},
	{KEY_RIGHT_, MODE_TIME, ACT_CURSOR, 1, "\u2192", NULL, "cursor", 3},
	{'h', MODE_TIME, ACT_CURSOR, -1, NULL, NULL, NULL, 0},
	{'l', MODE_TIME, ACT_CURSOR, 1, NULL, NULL, NULL, 0},
	{'H', MODE_TIME, ACT_PAGE, -1, NULL, "move the window by half of it", NULL, 0},
	{'L', MODE_TIME, ACT_PAGE, 1, NULL, NULL, NULL, 0},
	{KEY_SLEFT_, MODE_TIME, ACT_PAGE, -1, "Shift-\u2190", NULL, NULL, 0},
	{KEY_SRIGHT_, MODE_TIME, ACT_PAGE, 1, "Shift-\u2192", NULL, NULL, 0},
	{'g', MODE_TIME, ACT_START, 0, NULL, "go to the start", NULL, 0},
	{KEY_HOME_, MODE_TIME, ACT_START, 0, "Home", NULL, NULL, 0},
	{'G', MODE_TIME, ACT_END, 0, NULL, "go to the end", NULL, 0},
	{KEY_END_, MODE_TIME, ACT_END, 0, "End", NULL, NULL, 0},
	{'+', MODE_TIME, ACT_ZOOM, 1, NULL, "zoom in and out around the cursor", NULL, 0},
	{'-', MODE_TIME, ACT_ZOOM, -1, NULL, NULL, "zoom", 4},
	{'=', MODE_TIME, ACT_ZOOM, 1, NULL, NULL, NULL, 0},
	{'_', MODE_TIME, ACT_ZOOM, -1, NULL, NULL, NULL, 0},
	{'a', MODE_TIME, ACT_FIT, 0, NULL, "show all from start to end", "all", 9},
	{':', MODE_TIME, ACT_GOTO, 0, NULL, "go to a time: 12.3s, 450ms, 80us", "time",
	 14},
	/* ---- rows ---- */
	{KEY_UP_, MODE_TIME | MODE_TABLE | MODE_TEXT, ACT_SELECT, -1, "\u2191",
	 "select another row", NULL, 0},
	{KEY_DOWN_, MODE_TIME | MODE_TABLE | MODE_TEXT, ACT_SELECT, 1, "\u2193", NULL,
	 "row", 5},
	{'k', MODE_TIME | MODE_TABLE | MODE_TEXT, ACT_SELECT, -1, NULL, NULL, NULL, 0},
	{'j', MODE_TIME | MODE_TABLE | MODE_TEXT, ACT_SELECT, 1, NULL, NULL, NULL, 0},
	{KEY_PGUP_, MODE_ANY, ACT_SELECT_PAGE, -1, "PgUp", "select by screenfuls", NULL,
	 0},
	{KEY_PGDN_, MODE_ANY, ACT_SELECT_PAGE, 1, "PgDn", NULL, NULL, 0},
	{'g', MODE_TABLE | MODE_TEXT, ACT_SELECT, -1000000, NULL, "first, last line",
	 NULL, 0},
	{'G', MODE_TABLE | MODE_TEXT, ACT_SELECT, 1000000, NULL, NULL, NULL, 0},
	{KEY_HOME_, MODE_TABLE | MODE_TEXT, ACT_SELECT, -1000000, "Home", NULL, NULL, 0},
	{KEY_END_, MODE_TABLE | MODE_TEXT, ACT_SELECT, 1000000, "End", NULL, NULL, 0},
	{'.', MODE_TIME, ACT_STEP, 1, NULL,
	 "step to the next, previous change of the row", NULL, 0},
	{',', MODE_TIME, ACT_STEP, -1, NULL, NULL, "step", 8},
	{KEY_ENTER_, MODE_TIME, ACT_ENTER, 0, "enter",
	 "fold a process; a waiting thread: go to who it waits for", "whom", 7},
	{KEY_ENTER_, MODE_TABLE, ACT_ENTER, 0, "enter", "show this one in the timeline",
	 "show", 3},
	{'e', MODE_TIME, ACT_WORST, 0, NULL,
	 "go to the longest wait (for a lock or a CPU) of the row", "worst", 10},
	{'i', MODE_TIME, ACT_IDLE, 0, NULL, "hide rows that do nothing in the window",
	 "idle", 11},
	{'/', MODE_TIME, ACT_SEARCH, 0, NULL, "search for a thread, process or lock",
	 "search", 12},
	{'n', MODE_TIME, ACT_SEARCH_AGAIN, 1, NULL, "search on, back", NULL, 0},
	{'N', MODE_TIME, ACT_SEARCH_AGAIN, -1, NULL, NULL, NULL, 0},
	{'s', MODE_TABLE, ACT_SORT, 0, NULL, "sort by the next column", "sort", 4},
	/* ---- views ---- */
	{KEY_TAB_, MODE_ANY, ACT_VIEW, -1, "Tab", "the next view", "view", 6},
	{KEY_BACKTAB_, MODE_ANY, ACT_VIEW, -2, "Shift-Tab", "the previous view", NULL, 0},
	{'1', MODE_ANY, ACT_VIEW, VIEW_HOME, NULL, "timeline", NULL, 0},
	{'2', MODE_ANY, ACT_VIEW, VIEW_THREADS, NULL, "table of threads", NULL, 0},
	{'3', MODE_ANY, ACT_VIEW, VIEW_LOCKS, NULL, "table of locks", NULL, 0},
	{'4', MODE_ANY, ACT_VIEW, VIEW_FINDINGS, NULL, "what was found: deadlocks", NULL,
	 0},
	{'o', MODE_ANY, ACT_OUTPUT, 0, NULL, "what the command printed, and back",
	 "output", 13},
	{'c', MODE_TIME, ACT_LEGEND, 0, NULL, "explain the colours and signs, or not",
	 NULL, 0},
	{'w', MODE_ANY, ACT_SAVE, 0, NULL, "write what is held as a recording", "save",
	 13},
	{'?', MODE_ANY, ACT_HELP, 0, NULL, "this help, and back", "help", 1},
	{KEY_CTRL_L, MODE_ANY, ACT_REDRAW, 0, "Ctrl-L", "draw the whole screen again",
	 NULL, 0},
	{KEY_ESC_, MODE_ANY, ACT_BACK, 0, "Esc",
	 "back: out of a view, a mark, a question", NULL, 0},
	{KEY_CTRL_Z, MODE_ANY, ACT_SUSPEND, 0, "Ctrl-Z", "suspend; fg comes back", NULL,
	 0},
	{'q', MODE_ANY, ACT_QUIT, 0, NULL, "quit; asks while the command still runs",
	 "quit", 1},
	{KEY_CTRL_C, MODE_ANY, ACT_QUIT, 0, "Ctrl-C", NULL, NULL, 0},
	/* ---- the question ---- */
	{'q', MODE_QUIT, ACT_QUIT_STOP, 0, NULL, "asked: stop the command and quit",
	 "stop it and quit", 1},
	{KEY_CTRL_C, MODE_QUIT, ACT_QUIT_STOP, 0, "Ctrl-C", NULL, NULL, 0},
	{'d', MODE_QUIT, ACT_QUIT_LEAVE, 0, NULL, "asked: quit and leave it running",
	 "leave it running and quit", 1},
	{KEY_ESC_, MODE_QUIT, ACT_BACK, 0, "Esc", "asked: do not quit", "stay", 1},
};

const size_t nr_keys = sizeof(keys) / sizeof(keys[0]);

const struct key *key_find(int code, unsigned int mode)
{
	for (size_t i = 0; i < nr_keys; i++)
		if (keys[i].code == code && (keys[i].modes & mode))
			return &keys[i];
	return NULL;
}

void key_shown(const struct key *k, char *buf, size_t bytes)
{
	if (k->shown)
		snprintf(buf, bytes, "%s", k->shown);
	else
		snprintf(buf, bytes, "%c", k->code);
}

size_t key_line(size_t k, char *buf, size_t bytes)
{
	size_t n = 0, len = 0;

	if (k >= nr_keys || !keys[k].help)
		return 0;
	do {
		char one[16];

		key_shown(&keys[k + n], one, sizeof(one));
		if (len < bytes)
			len += (size_t)snprintf(buf + len, bytes - len, "%s%s",
						n ? " " : "", one);
		n++;
	} while (k + n < nr_keys && !keys[k + n].help);
	return n;
}

/* The arrows by name, a hyphen as roff wants it. */
static void roff_text(char *out, size_t bytes, const char *text)
{
	static const struct {
		const char *from, *to;
	} words[] = {
		{"\u2190", "Left"}, {"\u2192", "Right"}, {"\u2191", "Up"},
		{"\u2193", "Down"}, {"-", "\\-"},
	};
	size_t len = 0;

	while (*text && len + 8 < bytes) {
		size_t w;

		for (w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			if (!strncmp(text, words[w].from, strlen(words[w].from)))
				break;
		if (w < sizeof(words) / sizeof(words[0])) {
			len += (size_t)snprintf(out + len, bytes - len, "%s",
						words[w].to);
			text += strlen(words[w].from);
		} else {
			out[len++] = *text++;
		}
	}
	out[len] = '\0';
}

static const char *mode_note(unsigned int modes)
{
	switch (modes) {
	case MODE_LIVE:
		return " (live)";
	case MODE_REPLAY:
		return " (replay)";
	case MODE_TABLE:
	case MODE_TABLE | MODE_TEXT:
		return " (tables)";
	default:
		return "";
	}
}

size_t keys_roff(char *buf, size_t bytes)
{
	size_t len = 0;

	for (size_t k = 0; k < nr_keys; k++) {
		char names[96], roff[160];

		if (!key_line(k, names, sizeof(names)))
			continue;
		roff_text(roff, sizeof(roff), names);
		len += (size_t)snprintf(len < bytes ? buf + len : NULL,
					len < bytes ? bytes - len : 0,
					".TP\n.B \"%s\"\n%s%s\n", roff, keys[k].help,
					mode_note(keys[k].modes));
	}
	return len;
}

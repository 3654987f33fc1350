/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/keys.h - the one table of keys
 *
 * It feeds the dispatch, the help screen, the bottom line and the man page, so
 * that they cannot differ. A key may stand once per mode; a test refuses two.
 */
#ifndef MTVIZ_UI_KEYS_H
#define MTVIZ_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys that are no characters; ui/screen.c translates the terminal's. */
enum key_code {
	KEY_CTRL_C = 3,
	KEY_BACKSPACE_ = 8,
	KEY_TAB_ = 9,
	KEY_ENTER_ = 13,
	KEY_CTRL_L = 12,
	KEY_CTRL_U = 21,
	KEY_CTRL_Z = 26,
	KEY_ESC_ = 27,
	KEY_NAMED = 0x200000, /* above every Unicode character */
	KEY_UP_ = KEY_NAMED,
	KEY_DOWN_,
	KEY_LEFT_,
	KEY_RIGHT_,
	KEY_SLEFT_,
	KEY_SRIGHT_,
	KEY_HOME_,
	KEY_END_,
	KEY_PGUP_,
	KEY_PGDN_,
	KEY_BACKTAB_,
	KEY_RESIZE_, /* the terminal has another size */
	KEY_MOUSE_,  /* with a struct mouse */
	KEY_NONE_,   /* nothing came in time, or nothing that we know */
};

enum mouse_what {
	MOUSE_PRESS,
	MOUSE_DRAG,
	MOUSE_RELEASE,
	MOUSE_WHEEL_UP,
	MOUSE_WHEEL_DOWN,
};

struct mouse {
	enum mouse_what what;
	int row, col;
};

enum key_mode {
	MODE_LIVE = 1 << 0,   /* a timeline that still grows */
	MODE_REPLAY = 1 << 1, /* a timeline that is complete */
	MODE_TABLE = 1 << 2,  /* threads, locks, findings */
	MODE_TEXT = 1 << 3,   /* help, output: something to scroll in */
	MODE_QUIT = 1 << 4,   /* "the command still runs" */
	MODE_TIME = MODE_LIVE | MODE_REPLAY,
	MODE_ANY = MODE_TIME | MODE_TABLE | MODE_TEXT,
};

enum action {
	ACT_NONE,
	ACT_FREEZE,
	ACT_PLAY,
	ACT_SPEED, /* arg: -1 slower, 1 faster */
	ACT_FOLLOW,
	ACT_SCROLL,
	ACT_CURSOR, /* arg: columns */
	ACT_PAGE,   /* arg: half windows */
	ACT_START,
	ACT_END,
	ACT_ZOOM, /* arg: 1 in, -1 out */
	ACT_FIT,
	ACT_STEP,        /* arg: 1 next switch of the selection, -1 previous */
	ACT_SELECT,      /* arg: rows */
	ACT_SELECT_PAGE, /* arg: screens */
	ACT_ENTER,
	ACT_WORST,
	ACT_GOTO,
	ACT_SEARCH,
	ACT_SEARCH_AGAIN, /* arg: direction */
	ACT_IDLE,
	ACT_LEGEND,
	ACT_OUTPUT,
	ACT_HELP,
	ACT_SAVE,
	ACT_VIEW, /* arg: enum view_id, or -1 next, -2 previous */
	ACT_SORT,
	ACT_REDRAW,
	ACT_SUSPEND,
	ACT_BACK, /* out of help, output, a mark, a message; never quits */
	ACT_QUIT,
	ACT_QUIT_STOP,
	ACT_QUIT_LEAVE,
};

struct key {
	int code;
	unsigned int modes;
	enum action action;
	int arg;
	const char *shown; /* "space", "←": NULL if it is the character itself */
	/*
	 * What it does. NULL: the same as the entry above, one line in help.
	 */
	const char *help;
	const char *hint; /* a word or two for the bottom line; NULL: not there */
	uint8_t rank;     /* bottom line: 1 is the last to be left out */
};

extern const struct key keys[];
extern const size_t nr_keys;

/* The entry of a key in a mode (one bit), or NULL. */
const struct key *key_find(int code, unsigned int mode);
/* "space", "Ctrl-C", "+": how a key is written. */
void key_shown(const struct key *k, char *buf, size_t bytes);
/*
 * The line that help and the man page print: all keys of an entry and of the
 * entries below it without help of their own, "← h". Returns the number of
 * entries that it covers, 0 if k is not the first of its line.
 */
size_t key_line(size_t k, char *buf, size_t bytes);
/* For the man page: one entry per line of help, in roff. Returns as snprintf. */
size_t keys_roff(char *buf, size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/screen.c - the one file that knows ncurses
 */
#include "ui/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <ncurses.h>
#include <term.h>

#include "ui/term.h"
#include "ui/theme.h"

/* Reports of the mouse's way while a button is down; ncurses asks for less. */
#define DRAG_ON   "\033[?1002h"
#define DRAG_OFF  "\033[?1002l"
#define MOUSE_OFF "\033[?1006l\033[?1002l\033[?1000l"

struct screen {
	SCREEN *curses;
	FILE *in, *out;
	int fd;
	bool mouse, utf8, default_colours;
	int colours; /* 0: none */
	struct canvas shown;
	bool all; /* what the terminal shows is not known */
	short pair[INK_NR][INK_NR];
	short nr_pairs;
};

/* ---- coming and going ---- */

/* A terminfo string without its padding, appended. */
static size_t add_cap(char *to, size_t len, size_t bytes, const char *cap)
{
	const char *s = tigetstr(cap);

	if (!s || s == (char *)-1)
		return len;
	while (*s && len + 1 < bytes) {
		if (s[0] == '$' && s[1] == '<' && strchr(s, '>'))
			s = strchr(s, '>') + 1;
		else
			to[len++] = *s++;
	}
	return len;
}

static void compose_reset(const struct screen *s)
{
	char text[400];
	size_t len = 0;

	if (s->mouse)
		len = (size_t)snprintf(text, sizeof(text), "%s", MOUSE_OFF);
	len = add_cap(text, len, sizeof(text), "sgr0");
	len = add_cap(text, len, sizeof(text), "op");
	len = add_cap(text, len, sizeof(text), "rmcup");
	len = add_cap(text, len, sizeof(text), "cnorm");
	len = add_cap(text, len, sizeof(text), "rmkx");
	term_set_reset(text, len);
}

static void say_text(struct screen *s, const char *text)
{
	fputs(text, s->out);
	fflush(s->out);
}

static void mouse_on(struct screen *s)
{
	mmask_t got;

	if (!s->mouse)
		return;
	mouseinterval(0);
	got = mousemask(BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON1_CLICKED |
				BUTTON4_PRESSED | BUTTON5_PRESSED | REPORT_MOUSE_POSITION,
			NULL);
	s->mouse = got != 0;
	if (s->mouse)
		say_text(s, DRAG_ON);
}

static void set_colours(struct screen *s, const struct ui_options *opt)
{
	if (opt->mono || !has_colors())
		return;
	start_color();
	s->default_colours = use_default_colors() == OK;
	s->colours = COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
	s->nr_pairs = 1;
}

static struct screen *refuse(struct screen *s, int *err, int code, char *why,
			     size_t why_bytes, const char *text)
{
	snprintf(why, why_bytes, "%s", text);
	*err = code;
	screen_close(s);
	return NULL;
}

static bool too_small(int fd)
{
	struct winsize ws;

	return !ioctl(fd, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col &&
	       (ws.ws_row < 10 || ws.ws_col < 40);
}

struct screen *screen_open(const struct ui_options *opt, int *err, char *why,
			   size_t why_bytes)
{
	struct screen *s = calloc(1, sizeof(*s));
	const char *name = getenv("TERM"), *cup;
	char text[160];

	if (!s)
		return refuse(NULL, err, -ENOMEM, why, why_bytes, "no memory");
	s->fd = term_open();
	if (s->fd < 0)
		return refuse(s, err, -ENOTTY, why, why_bytes,
			      "the screen needs a terminal, and there is none; without "
			      "one: mtviz record, then mtviz report");
	if (too_small(s->fd))
		return refuse(s, err, -ERANGE, why, why_bytes,
			      "the terminal is too small: make it 40x10 or larger");
	if (!strcmp(setlocale(LC_CTYPE, NULL), "C"))
		setlocale(LC_CTYPE, "");
	s->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	s->in = fdopen(dup(s->fd), "r");
	s->out = fdopen(dup(s->fd), "w");
	if (!s->in || !s->out)
		return refuse(s, err, -errno, why, why_bytes, "no descriptor is free");
	/* First ours: ncurses leaves handlers alone that are already there. */
	if (term_guard())
		return refuse(s, err, -ENOMEM, why, why_bytes, "no memory");
	s->curses = name && *name ? newterm(NULL, s->out, s->in) : NULL;
	cup = s->curses ? tigetstr("cup") : NULL;
	if (!cup || cup == (char *)-1) {
		snprintf(text, sizeof(text),
			 "the terminal type TERM=%.40s cannot be used; try: "
			 "TERM=xterm-256color",
			 name ? name : "");
		for (char *c = text; *c; c++)
			if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
				*c = '?';
		return refuse(s, err, -ENOTTY, why, why_bytes, text);
	}
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	leaveok(stdscr, TRUE);
	set_colours(s, opt);
	s->mouse = !opt->no_mouse;
	compose_reset(s);
	mouse_on(s);
	s->all = true;
	return s;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	if (s->curses) {
		if (s->mouse)
			say_text(s, DRAG_OFF);
		curs_set(1);
		endwin();
		delscreen(s->curses);
	}
	if (s->in)
		fclose(s->in);
	if (s->out)
		fclose(s->out);
	if (s->fd >= 0) {
		term_unguard();
		term_close();
	}
	canvas_free(&s->shown);
	free(s);
}

bool screen_colour(const struct screen *s)
{
	return s->colours > 0;
}

bool screen_utf8(const struct screen *s)
{
	return s->utf8;
}

int screen_fd(const struct screen *s)
{
	return s->fd;
}

void screen_size(struct screen *s, int *rows, int *cols)
{
	struct winsize ws;

	if (!ioctl(s->fd, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col &&
	    (ws.ws_row != LINES || ws.ws_col != COLS)) {
		resizeterm(ws.ws_row, ws.ws_col);
		s->all = true;
	}
	*rows = LINES;
	*cols = COLS;
}

/* ---- showing ---- */

static int colour_of(const struct screen *s, uint8_t ink, int otherwise)
{
	int c = ink_colour(ink, s->colours);

	return c < 0 && !s->default_colours ? otherwise : c;
}

/* Pairs are made when they are first used; when there are no more, plain. */
static short pair_of(struct screen *s, struct paint p)
{
	short *pair;

	if (!s->colours || (!p.fg && !p.bg) || p.fg >= INK_NR || p.bg >= INK_NR)
		return 0;
	pair = &s->pair[p.fg][p.bg];
	if (!*pair && s->nr_pairs < COLOR_PAIRS && s->nr_pairs < 32000 &&
	    init_pair(s->nr_pairs, (short)colour_of(s, p.fg, COLOR_WHITE),
		      (short)colour_of(s, p.bg, COLOR_BLACK)) == OK)
		*pair = s->nr_pairs++;
	return *pair;
}

static attr_t attrs_of(const struct screen *s, struct paint p)
{
	static const attr_t map[] = {A_BOLD, A_DIM, A_UNDERLINE, A_REVERSE, A_ITALIC};
	attr_t attrs = A_NORMAL;

	for (int i = 0; i < 5; i++)
		if (p.attrs & 1 << i)
			attrs |= map[i];
	/* With few colours a bold black is the grey that nobody can read. */
	if (s->colours < 256 && p.fg == INK_BLACK)
		attrs &= ~A_BOLD;
	return attrs;
}

static void put_cell(struct screen *s, int row, int col, const struct cell *cell)
{
	wchar_t text[2] = {(wchar_t)cell->ch, 0};
	cchar_t cc;

	if (!cell->ch)
		return; /* comes with its left half */
	if (setcchar(&cc, text, attrs_of(s, cell->paint), pair_of(s, cell->paint),
		     NULL) == OK)
		mvadd_wch(row, col, &cc);
}

void screen_show(struct screen *s, const struct canvas *c)
{
	bool any = s->all;

	if (s->shown.rows != c->rows || s->shown.cols != c->cols)
		s->all = any = true;
	if (s->all) {
		clearok(curscr, TRUE);
		erase();
	}
	for (int row = 0; row < c->rows; row++) {
		for (int col = 0; col < c->cols; col++) {
			const struct cell *cell = canvas_at(c, row, col);

			if (!s->all &&
			    !memcmp(cell, canvas_at(&s->shown, row, col), sizeof(*cell)))
				continue;
			put_cell(s, row, col, cell);
			any = true;
		}
	}
	if (!any)
		return;
	s->all = canvas_copy(&s->shown, c) != 0;
	refresh();
}

void screen_redraw(struct screen *s)
{
	s->all = true;
}

/* ---- keys ---- */

static int named_key(wint_t key)
{
	static const struct {
		wint_t curses;
		int ours;
	} names[] = {
		{KEY_UP, KEY_UP_},
		{KEY_DOWN, KEY_DOWN_},
		{KEY_LEFT, KEY_LEFT_},
		{KEY_RIGHT, KEY_RIGHT_},
		{KEY_SLEFT, KEY_SLEFT_},
		{KEY_SRIGHT, KEY_SRIGHT_},
		{KEY_HOME, KEY_HOME_},
		{KEY_END, KEY_END_},
		{KEY_PPAGE, KEY_PGUP_},
		{KEY_NPAGE, KEY_PGDN_},
		{KEY_BTAB, KEY_BACKTAB_},
		{KEY_ENTER, KEY_ENTER_},
		{KEY_BACKSPACE, KEY_BACKSPACE_},
		{KEY_RESIZE, KEY_RESIZE_},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].curses == key)
			return names[i].ours;
	return -1;
}

static int mouse_event(struct mouse *mouse)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return -1;
	mouse->row = e.y;
	mouse->col = e.x;
	if (e.bstate & BUTTON4_PRESSED)
		mouse->what = MOUSE_WHEEL_UP;
	else if (e.bstate & BUTTON5_PRESSED)
		mouse->what = MOUSE_WHEEL_DOWN;
	else if (e.bstate & BUTTON1_PRESSED)
		mouse->what = MOUSE_PRESS;
	else if (e.bstate & (BUTTON1_RELEASED | BUTTON1_CLICKED))
		mouse->what = MOUSE_RELEASE;
	else if (e.bstate & REPORT_MOUSE_POSITION)
		mouse->what = MOUSE_DRAG;
	else
		return -1;
	return KEY_MOUSE_;
}

int screen_key(struct screen *s, struct mouse *mouse)
{
	(void)s; /* ncurses knows the current one */
	for (;;) {
		wint_t key;
		int kind = get_wch(&key), known;

		if (kind == ERR)
			return KEY_NONE_;
		if (kind == KEY_CODE_YES)
			known = key == KEY_MOUSE ? mouse_event(mouse) : named_key(key);
		else if (key == '\n' || key == '\r')
			known = KEY_ENTER_;
		else if (key == 0x7f || key == '\b')
			known = KEY_BACKSPACE_;
		else
			known = (int)key;
		if (known >= 0)
			return known;
		/* Not one of ours: the next. */
	}
}

/* ---- stopping ---- */

void screen_resume(struct screen *s)
{
	reset_prog_mode();
	refresh();
	curs_set(1);
	curs_set(0);
	mouse_on(s);
	s->all = true;
}

void screen_suspend(struct screen *s, bool group)
{
	if (s->mouse)
		say_text(s, DRAG_OFF);
	curs_set(1);
	def_prog_mode();
	endwin();
	term_stop(group);
	screen_resume(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/ui/tty.h - ui_run() on a pseudo-terminal whose other end is libvterm
 *
 *   test ── keys ──> master │ slave ──> child: ui_run()
 *     └── libvterm <── bytes ┘            its parent: a session leader, as a
 *                                         shell is, so that Ctrl-Z can stop it
 */
#ifndef MTVIZ_TESTS_UI_TTY_H
#define MTVIZ_TESTS_UI_TTY_H

#include <stdatomic.h>
#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

#include "tests/ui/scene.h"

/* Seen by both sides. */
struct shared {
	atomic_uint laps;  /* how often a second thread had the model's lock */
	atomic_int result; /* what ui_run() returned */
	atomic_int stopped, detached;
	char why[256];
};

struct tty {
	int master, slave, status_pipe;
	pid_t leader, child;
	VTerm *vt;
	VTermScreen *screen;
	int rows, cols;
	int altscreen, cursor_visible, mouse; /* as the terminal was told */
	struct termios before;
	char *bytes; /* all that was sent */
	size_t nr_bytes, cap_bytes;
	struct shared *shared;
};

struct tty_how {
	struct model *(*scene)(void);
	const char *term;   /* TERM; NULL: xterm-256color */
	const char *locale; /* NULL: C.UTF-8 */
	int rows, cols;
	bool live, running, mono, busy; /* busy: a second thread uses the lock */
};

struct tty *tty_open(const struct tty_how *how);
void tty_close(struct tty *t);
void tty_send(struct tty *t, const char *keys);
/* Reads until the screen shows text, for at most 5 s; fails if it does not. */
void tty_wait(struct tty *t, const char *text);
size_t tty_pump(struct tty *t, int ms); /* reads for so long; bytes read */
const char *tty_line(struct tty *t, int row);
VTermScreenCell tty_cell(struct tty *t, int row, int col);
int tty_find(struct tty *t, const char *text); /* row or -1 */
void tty_resize(struct tty *t, int rows, int cols);
/* The next change of the child: a wait(2) status. Pumps meanwhile. */
int tty_status(struct tty *t);
/* Alternate screen left, cursor shown, mouse off, settings as they were. */
void tty_restored(struct tty *t);

#endif

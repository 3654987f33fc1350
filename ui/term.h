/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/term.h - the terminal is given back as it was, on every way out
 *
 * term_open() remembers how the terminal was. From term_guard() on, a signal
 * that kills the process first writes the reset string and restores the
 * settings, with nothing but async-signal-safe calls; a signal that asks it to
 * end, to stop or to look at its size becomes a flag and wakes the loop.
 */
#ifndef MTVIZ_UI_TERM_H
#define MTVIZ_UI_TERM_H

#include <stdbool.h>
#include <stddef.h>

enum term_flag {
	TERM_END = 1 << 0,    /* SIGTERM, SIGHUP, SIGINT */
	TERM_STOP = 1 << 1,   /* SIGTSTP */
	TERM_CONT = 1 << 2,   /* SIGCONT */
	TERM_RESIZE = 1 << 3, /* SIGWINCH */
};

int term_open(void); /* the descriptor of /dev/tty, or -errno */
/* What brings the screen back: copied. */
void term_set_reset(const char *bytes, size_t nr);
int term_guard(void); /* 0 or -errno */
void term_unguard(void);
void term_close(void);

/* Becomes readable when a flag is set. */
int term_wake_fd(void);
unsigned int term_flags(void); /* and forgets them */
int term_end_signal(void);     /* which one asked for the end; 0: none */

/* Stops this process (and its group, as Ctrl-Z does) until SIGCONT. */
void term_stop(bool group);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/screen.h - a canvas on a terminal, and the terminal's keys
 *
 * The only user of ncurses. Only cells that changed are sent; when none did,
 * nothing is.
 */
#ifndef MTVIZ_UI_SCREEN_H
#define MTVIZ_UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/ui.h"

struct screen;

/* NULL with -errno in *err and one line in why. */
struct screen *screen_open(const struct ui_options *opt, int *err, char *why,
			   size_t why_bytes);
void screen_close(struct screen *s); /* NULL is fine */

bool screen_colour(const struct screen *s);
bool screen_utf8(const struct screen *s);
void screen_size(struct screen *s, int *rows, int *cols);
int screen_fd(const struct screen *s); /* readable when a key may be there */

void screen_show(struct screen *s, const struct canvas *c);
void screen_redraw(struct screen *s); /* the next show sends everything */
/* A key, KEY_MOUSE_ with *mouse filled in, or KEY_NONE_: no more for now. */
int screen_key(struct screen *s, struct mouse *mouse);
/* Gives the terminal back, stops the process, and comes back with it. */
void screen_suspend(struct screen *s, bool group);
/* Somebody else stopped and continued us: the terminal may be anything. */
void screen_resume(struct screen *s);

#endif

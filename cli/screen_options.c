/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/screen_options.c - options of every command that has a screen
 */
#include "cli/screen_options.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "model/model.h"
#include "ui/ui.h"

enum { KEY_ASCII = 0x300, KEY_MONO, KEY_NO_MOUSE, KEY_COLUMN };

static const struct argp_option options[] = {
	{0, 0, 0, 0, "Screen:", 2},
	{"ascii", KEY_ASCII, 0, 0, "draw with ASCII characters only", 2},
	{"mono", KEY_MONO, 0, 0, "no colour (also if NO_COLOR is set)", 2},
	{"no-mouse", KEY_NO_MOUSE, 0, 0, "leave the mouse to the terminal", 2},
	{"column", KEY_COLUMN, "TIME", 0, "time per column at the start, as 500us", 2},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct ui_options *o = state->input;
	const char *no_color;

	switch (key) {
	case ARGP_KEY_INIT:
		no_color = getenv("NO_COLOR");
		o->mono = no_color && *no_color;
		return 0;
	case KEY_ASCII:
		o->ascii = true;
		return 0;
	case KEY_MONO:
		o->mono = true;
		return 0;
	case KEY_NO_MOUSE:
		o->no_mouse = true;
		return 0;
	case KEY_COLUMN:
		if (!text_parse_time(arg, &o->column_ns) || !o->column_ns)
			argp_error(state, "--column takes a time as 500us, not '%s'", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp screen_argp = {.options = options, .parser = parse};

bool screen_possible(void)
{
	if (isatty(STDOUT_FILENO))
		return true;
	say("the screen needs a terminal, and standard output is not one");
	hint("without a screen: mtviz record -o FILE -- COMMAND, then mtviz report FILE");
	return false;
}

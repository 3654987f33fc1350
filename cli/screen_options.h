/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/screen_options.h - options of every command that has a screen
 */
#ifndef MTVIZ_CLI_SCREEN_OPTIONS_H
#define MTVIZ_CLI_SCREEN_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

/* As a child of a subcommand's parser; input: struct ui_options. */
extern const struct argp screen_argp;

/* Whether there is a terminal to draw on; says so and what to do if not. */
bool screen_possible(void);

#endif

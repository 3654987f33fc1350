/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/load.h - a recording into a model
 */
#ifndef MTVIZ_CLI_LOAD_H
#define MTVIZ_CLI_LOAD_H

#include <argp.h>
#include <stdint.h>

struct model;

/*
 * The last case of a parser whose only argument is a recording: sets *path,
 * refuses a second one and none at all.
 */
error_t parse_recording(int key, char *arg, struct argp_state *state, const char **path);

/*
 * All of the recording; progress on stderr if that is a terminal and it takes
 * long. NULL after saying why. Damage and cuts are said, and are no failure.
 */
struct model *load_recording(const char *path, uint64_t memory_bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/load.h - a recording into a model
 */
#ifndef MTVIZ_CLI_LOAD_H
#define MTVIZ_CLI_LOAD_H

#include <stdint.h>

struct model;

/*
 * All of the recording; progress on stderr if that is a terminal and it takes
 * long. NULL after saying why. Damage and cuts are said, and are no failure.
 */
struct model *load_recording(const char *path, uint64_t memory_bytes);

#endif

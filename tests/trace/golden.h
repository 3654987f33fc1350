/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden.h - the story that tests/data/v1.pftrace and docs/recording.md tell
 *
 * It never changes: a recording of format version 1 must be readable for good.
 */
#ifndef MTVIZ_TESTS_TRACE_GOLDEN_H
#define MTVIZ_TESTS_TRACE_GOLDEN_H

#include "tests/trace/story.h"

extern const struct trace_info golden_info;
extern const struct trace_end golden_end;
/* One event of each type, and a bit more. */
void golden_story(struct story *s);
/* Seven events on one CPU: small enough to be shown byte for byte. */
void tiny_story(struct story *s);

#endif

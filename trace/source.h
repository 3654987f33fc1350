/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/source.h - what reader.c needs of each kind of file
 *
 *   reader.c   looks at the head, picks one of these, drives the sink
 *   native.c   our own recordings: windows in order
 *   foreign.c  other tools' traces: an index, then a merge
 */
#ifndef MTVIZ_TRACE_SOURCE_H
#define MTVIZ_TRACE_SOURCE_H

#include "trace/head.h"
#include "trace/input.h"

enum source_gives {
	SOURCE_END = 0,
	SOURCE_EVENT = 1,
	SOURCE_ADVANCE = 2, /* every event before e->time_ns has been given */
};

struct source {
	/* enum source_gives, or -errno */
	int (*next)(struct source *s, struct event *e);
	void (*end)(const struct source *s, struct trace_end *end);
	uint64_t (*done_bytes)(const struct source *s);
	void (*free)(struct source *s);
	struct trace_info *info; /* the source's own */
	unsigned int damaged;
};

/*
 * in stands behind the header, which the source takes over; it keeps in, which
 * stays the caller's. NULL: no memory.
 */
struct source *native_open(struct input *in, struct head *head);
/* in is rewound. On failure NULL, errno, and a line in why. */
struct source *foreign_open(struct input *in, char *why, size_t why_bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/head.h - the parts of a recording that are not windows
 *
 * The header before them, the mark before each, the end after them. They stand
 * uncompressed, so each carries a checksum of its own.
 */
#ifndef MTVIZ_TRACE_HEAD_H
#define MTVIZ_TRACE_HEAD_H

#include "trace/columns.h"
#include "trace/stream.h"

struct window_mark {
	uint64_t seq;            /* 0, 1, ... */
	uint64_t min_ns, max_ns; /* of its events */
	uint64_t events;
	uint64_t events_before; /* in all windows before it */
	bool late;              /* it begins before the end of an earlier one */
};

struct end_mark {
	uint64_t duration_ns;
	uint64_t events, windows; /* in the file */
	uint64_t dropped;         /* events that did not fit into it */
	bool cut;
};

/* Each appends packets to out. 0 or -ENOMEM. */
int head_pack(const struct trace_info *info, struct bytes *out);
int mark_pack(const struct window_mark *mark, struct bytes *out);
int window_pack(const struct bytes *deflated, struct bytes *out);
int end_pack(const struct end_mark *end, struct bytes *out);

/* Our header and what it points to. */
struct head {
	struct trace_info info;
	uint32_t version;
	char **texts; /* argv and the other texts, with their NULs */
	size_t nr_texts;
};

/*
 * Each reads the message that a packet's field holds. 0, -EBADMSG if it is
 * damaged, -ENOMEM.
 */
int head_unpack(const uint8_t *bytes, size_t n, struct head *head);
int mark_unpack(const uint8_t *bytes, size_t n, struct window_mark *mark);
int end_unpack(const uint8_t *bytes, size_t n, struct end_mark *end);
void head_free(struct head *head);

#endif

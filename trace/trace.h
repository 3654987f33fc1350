/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/trace.h - recordings: a sink that writes them, a source that reads them
 *
 * A recording is a Perfetto trace; docs/recording.md has the layout. What goes
 * in through the writer comes out of the reader event for event, in the same
 * order and with the same fields.
 */
#ifndef MTVIZ_TRACE_TRACE_H
#define MTVIZ_TRACE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "trace/stream.h"

struct writer_options {
	int level;		/* deflate 1..9, 0 for the default */
	uint64_t window_ns;	/* flush at least this often; 0 for 0.5 s */
	uint64_t max_bytes;	/* stop the recording at this size; 0: no limit */
};

struct writer;

/*
 * A writer to fd, which it does not close. NULL with errno on failure.
 * A write error (a full disk) is remembered: the file is cut back to its last
 * whole packet, later events are counted and dropped, and writer_error() tells.
 */
struct writer *writer_new(int fd, const struct writer_options *opt);
struct sink *writer_sink(struct writer *w);
uint64_t writer_bytes(const struct writer *w); /* in the file by now */
int writer_error(const struct writer *w);      /* 0, -EFBIG at max_bytes, -errno */
void writer_free(struct writer *w);	       /* NULL is fine; does not end the file */

struct reader;

/*
 * Opens a recording, ours or another tool's, and reads its head. On failure
 * returns NULL with errno set and one plain line (what is wrong with the file,
 * no newline) in why.
 */
struct reader *reader_open(const char *path, char *why, size_t why_bytes);
/* What follows pass through sink->begin; valid until reader_close(). */
const struct trace_info *reader_info(const struct reader *r);
/*
 * Delivers at most max_events (0: all that remain) to the sink; calls its
 * begin before the first and its end after the last. 1: more to come, 0: done,
 * -errno: the sink failed or memory ran out. Damage is not an error: it comes
 * as EVENT_LOST and is counted in reader_damaged().
 */
int reader_pump(struct reader *r, struct sink *s, uint64_t max_events);
uint64_t reader_file_bytes(const struct reader *r);
uint64_t reader_done_bytes(const struct reader *r);
unsigned int reader_damaged(const struct reader *r); /* windows that were unreadable */
void reader_close(struct reader *r);

#endif

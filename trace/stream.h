/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/stream.h - how events get from whoever has them to whoever wants them
 *
 * A source (capture/, the reader of recordings, a test's array) drives a sink
 * (the model, the writer of recordings, a tee of both) with calls in this order:
 *
 *     begin(info)
 *       event(e) event(e) ... advance(t)   any number of times
 *     end(end)                             once, also after an error
 *
 * advance(t) promises that every event before t has been delivered: a live
 * screen draws up to t. All calls of one stream come from one thread.
 */
#ifndef MTVIZ_TRACE_STREAM_H
#define MTVIZ_TRACE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/event.h"

/* What is known before the first event. The source owns all pointers. */
struct trace_info {
	const char *const *argv; /* the command; NULL for -p, -a and --cgroup */
	int argc;
	const char *scope;   /* "command", "pid 12,13", "all", "cgroup /x" */
	const char *kernel;  /* uname -r */
	const char *machine; /* uname -m: decides what system call numbers mean */
	unsigned int nr_cpus; /* possible CPU numbers are below this */
	uint64_t start_boottime_ns;
	uint64_t start_realtime_ns;
	uint64_t start_monotonic_ns;
	bool others; /* tasks outside the scope are recorded as occupants */
	bool foreign; /* another tool's trace: no wait facts, holders unknown */
};

/* What is known after the last. */
struct trace_end {
	uint64_t duration_ns;
	bool cut; /* the recording has no end mark: it was cut off */
};

struct sink {
	/* Each returns 0 or -errno; the source stops at the first error. */
	int (*begin)(struct sink *s, const struct trace_info *info);
	int (*event)(struct sink *s, const struct event *e);
	int (*advance)(struct sink *s, uint64_t time_ns);
	int (*end)(struct sink *s, const struct trace_end *end);
};

#endif

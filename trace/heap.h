/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/heap.h - which of many streams comes next
 *
 * A binary heap of (time, CPU, stream number). A stream stays on top while it
 * is the earliest, so a long run of one CPU costs two comparisons an event.
 */
#ifndef MTVIZ_TRACE_HEAP_H
#define MTVIZ_TRACE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
	uint64_t time_ns;
	uint32_t cpu;
	uint32_t stream;
};

static inline bool heap_before(const struct heap_entry *a, const struct heap_entry *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return a->cpu != b->cpu ? a->cpu < b->cpu : a->stream < b->stream;
}

/* The top entry has a new, later time: let it sink to its place. */
static inline void heap_sink(struct heap_entry *h, size_t n, size_t i)
{
	struct heap_entry e = h[i];
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && heap_before(&h[child + 1], &h[child]))
			child++;
		if (!heap_before(&h[child], &e))
			break;
		h[i] = h[child];
	}
	h[i] = e;
}

static inline void heap_make(struct heap_entry *h, size_t n)
{
	size_t i;

	for (i = n / 2; i-- > 0;)
		heap_sink(h, n, i);
}

/* Takes the top away; returns how many are left. */
static inline size_t heap_pop(struct heap_entry *h, size_t n)
{
	h[0] = h[--n];
	if (n)
		heap_sink(h, n, 0);
	return n;
}

#endif

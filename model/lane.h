/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/lane.h - a row of contiguous intervals, compact and binned exactly
 *
 * A lane is what happened to one thing (a task, a CPU, a lock) from its first
 * moment on, without gaps:
 *
 *     start ├─ kind 2 ──┼─ kind 1 ─┼──── kind 3 ────┼─ ... open end
 *                aux 0      aux 1       aux 17
 *
 * Intervals live in chunks of up to LANE_CHUNK_MAX, a byte of kind and flags
 * and one to three variable-length numbers each. Every chunk starts with the
 * sums of all kinds before it, F(t) at its start, so that
 *
 *     time in kind k within [a, b)  =  F_k(b) - F_k(a)
 *
 * costs two look-ups at any zoom, and the bins of a row add up to the row to
 * the nanosecond because neighbouring bins share their edge's F.
 *
 * A lane must stay where it is in memory from its first push to lane_free():
 * its chunks point back at it.
 */
#ifndef MTVIZ_MODEL_LANE_H
#define MTVIZ_MODEL_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LANE_KINDS 9
#define LANE_CHUNK_MAX 128

struct lane_chunk;

/* The memory of many lanes: what they use, and whose oldest chunk goes first. */
struct lane_pool {
	uint64_t bytes, limit_bytes;
	uint64_t edge_ns; /* all intervals that end after this are kept */
	struct lane_chunk *oldest, *newest; /* full chunks, in order of filling */
};

struct lane_entry {
	uint64_t start_ns; /* here and not in the chunk: searches stay in one place */
	struct lane_chunk *chunk;
};

struct lane {
	struct lane_entry *chunks; /* [first, nr) are kept */
	uint32_t first, nr, cap;
	struct lane_chunk *open; /* the last one while it fills, or a spare, or NULL */
	uint64_t start_ns, end_ns; /* of all that was pushed, kept or not */
	uint64_t sums[LANE_KINDS]; /* F at end_ns */
	uint32_t last_aux[LANE_KINDS]; /* of each kind in the open chunk */
};

struct interval {
	uint64_t start_ns, end_ns;
	uint8_t kind;  /* 0 .. LANE_KINDS-1 */
	uint8_t flags; /* 0 .. 15 */
	uint32_t aux;
	uint32_t aux2; /* second number, only kept if flags has LANE_HAS_AUX2 */
};
#define LANE_HAS_AUX2 8

void lane_init(struct lane *l, uint64_t start_ns);
/* pool NULL: the pool and all its lanes are about to go. */
void lane_free(struct lane *l, struct lane_pool *pool);

/*
 * Appends an interval from the lane's end to end_ns. An empty one (end_ns not
 * after the lane's end) is dropped. 0 or -ENOMEM. May evict the oldest chunks
 * of any lane in the pool.
 */
int lane_push(struct lane *l, struct lane_pool *pool, uint64_t end_ns, uint8_t kind,
	      uint8_t flags, uint32_t aux, uint32_t aux2);
/*
 * Nothing more is expected: gives back what its last chunk does not need, and
 * lets that one be evicted in its turn. A later push still works.
 */
int lane_finish(struct lane *l, struct lane_pool *pool);

/* The interval that covers time_ns; false outside [kept start, end). */
bool lane_at(const struct lane *l, uint64_t time_ns, struct interval *out);
/* Its neighbours; at->start_ns / at->end_ns must be edges of this lane. */
bool lane_next(const struct lane *l, const struct interval *at, struct interval *out);
bool lane_prev(const struct lane *l, const struct interval *at, struct interval *out);

/*
 * A position that moves right cheaply: bins are asked for from left to right.
 */
struct lane_cursor {
	const struct lane *lane;
	uint32_t chunk;
	uint32_t left; /* intervals of the chunk after .at */
	const uint8_t *byte;
	struct interval at;	   /* the interval at or before the last time asked */
	uint64_t sums[LANE_KINDS]; /* F at at.start_ns */
	uint32_t last_aux[LANE_KINDS]; /* of each kind, from the chunk's start to .at */
	uint32_t seen; /* bit k: the chunk has kind k up to .at */
	bool valid;
};

void lane_cursor_init(struct lane_cursor *c, const struct lane *l);
/*
 * F(time_ns) for all kinds, clamped to what the lane covers; times must not
 * decrease from call to call. *at, if not NULL, gets the last interval that
 * starts before time_ns (kind LANE_KINDS if there is none).
 */
void lane_cursor_sums(struct lane_cursor *c, uint64_t time_ns, uint64_t sums[LANE_KINDS],
		      struct interval *at);
/*
 * The aux of the last interval of a kind that starts before the time last
 * asked for; false if no such interval is kept.
 */
bool lane_cursor_last(const struct lane_cursor *c, uint8_t kind, uint32_t *aux);

/* For walking: to the interval that covers time_ns, then one by one. In c->at. */
bool lane_cursor_seek(struct lane_cursor *c, uint64_t time_ns);
bool lane_cursor_step(struct lane_cursor *c);

/* Which chunk covers time_ns (clamped), and where a chunk starts. */
uint32_t lane_chunk_at(const struct lane *l, uint64_t time_ns);
static inline uint64_t lane_chunk_start_ns(const struct lane *l, uint32_t chunk)
{
	return chunk < l->nr ? l->chunks[chunk].start_ns : l->end_ns;
}
/* From here on the lane's intervals are kept. */
static inline uint64_t lane_kept_ns(const struct lane *l)
{
	return lane_chunk_start_ns(l, l->first);
}

#endif

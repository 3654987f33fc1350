/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lane.c - intervals in a few bytes each, found and summed in a few steps
 *
 * An interval is written as
 *
 *     head            kind and flags, and whether an aux follows
 *     duration        7 bits a byte, least first, top bit: more follow
 *     [aux [aux2]]    the same way
 *
 *     head   0..143   kind * 16 + flags; aux follows (and aux2 if the flags say so)
 *     head 144..215   144 + kind * 8 + flags; aux is that of the last interval
 *                     of this kind in this chunk (0 if there is none)
 *
 * A thread that runs on the same CPU, blocks in the same call and is woken by
 * the same thread again and again so needs 3 bytes a slice at microseconds.
 *
 * A chunk fills in a buffer that its lane keeps; once full it is copied into
 * exactly the memory that it needs and joins its pool's queue for eviction.
 */
#include "model/lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_REPEAT    144
#define RECORD_MAX     (1 + 10 + 5 + 5)
#define OPEN_BYTES_MIN 40
#define MALLOC_BYTES   16 /* what an allocation costs beside its bytes, about */

struct lane_chunk {
	struct lane_chunk *newer; /* in the pool, once full */
	struct lane *lane;
	uint64_t sums[LANE_KINDS]; /* F at its start */
	uint16_t used, cap;        /* bytes */
	uint16_t nr;               /* intervals */
	uint8_t bytes[];
};

_Static_assert(2 * RECORD_MAX * LANE_CHUNK_MAX <= UINT16_MAX, "used and cap hold it");

/* ---- writing ---- */
void lane_init(struct lane *l, uint64_t start_ns)
{
	*l = (struct lane){.start_ns = start_ns, .end_ns = start_ns};
}

static uint64_t chunk_bytes(const struct lane_chunk *c)
{
	return sizeof(*c) + c->cap + MALLOC_BYTES;
}

static void pool_evict(struct lane_pool *pool)
{
	while (pool->bytes > pool->limit_bytes && pool->oldest) {
		struct lane_chunk *c = pool->oldest;
		struct lane *l = c->lane;
		uint64_t end_ns = lane_chunk_start_ns(l, l->first + 1);

		/* A lane fills in order, so its oldest is its first. */
		pool->oldest = c->newer;
		if (!c->newer)
			pool->newest = NULL;
		pool->bytes -= chunk_bytes(c);
		l->chunks[l->first++].chunk = NULL;
		free(c);
		if (end_ns > pool->edge_ns)
			pool->edge_ns = end_ns;
	}
}

/* Takes l's chunks out of the queue: slow, for lanes live as long as their pool. */
static void pool_leave(struct lane_pool *pool, struct lane *l)
{
	struct lane_chunk **at = &pool->oldest, *c;

	pool->newest = NULL;
	while ((c = *at)) {
		if (c->lane == l) {
			*at = c->newer;
			pool->bytes -= chunk_bytes(c);
		} else {
			pool->newest = c;
			at = &c->newer;
		}
	}
	if (l->open)
		pool->bytes -= chunk_bytes(l->open);
	pool->bytes -= l->cap * sizeof(l->chunks[0]);
}

void lane_free(struct lane *l, struct lane_pool *pool)
{
	if (pool)
		pool_leave(pool, l);
	for (uint32_t i = l->first; i < l->nr; i++)
		if (l->chunks[i].chunk != l->open)
			free(l->chunks[i].chunk);
	free(l->open);
	free(l->chunks);
	lane_init(l, l->start_ns);
}

static int grow_entries(struct lane *l, struct lane_pool *pool)
{
	struct lane_entry *chunks;
	uint32_t cap;

	if (l->first > l->nr / 2) {
		memmove(l->chunks, l->chunks + l->first,
			(l->nr - l->first) * sizeof(l->chunks[0]));
		l->nr -= l->first;
		l->first = 0;
		return 0;
	}
	cap = l->cap ? l->cap + l->cap / 2 + 1 : 1;
	chunks = realloc(l->chunks, cap * sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	pool->bytes += (cap - l->cap) * sizeof(*chunks);
	l->chunks = chunks;
	l->cap = cap;
	return 0;
}

/* Makes room for one more record in the open chunk, which it begins if need be. */
static int open_chunk(struct lane *l, struct lane_pool *pool)
{
	struct lane_chunk *c = l->open;
	bool begins = !c || !c->nr;

	if (begins && l->nr == l->cap && grow_entries(l, pool))
		return -ENOMEM;
	if (!c || c->cap - c->used < RECORD_MAX) {
		uint32_t cap = c ? c->cap * 2 : OPEN_BYTES_MIN;

		c = realloc(c, sizeof(*c) + cap);
		if (!c)
			return -ENOMEM;
		if (l->open)
			pool->bytes += cap - c->cap;
		else
			pool->bytes += sizeof(*c) + cap + MALLOC_BYTES;
		c->cap = cap;
		if (!l->open)
			c->nr = 0;
		l->open = c;
		if (!begins)
			l->chunks[l->nr - 1].chunk = c;
	}
	if (begins) {
		c->lane = l;
		c->used = 0;
		memcpy(c->sums, l->sums, sizeof(c->sums));
		memset(l->last_aux, 0, sizeof(l->last_aux));
		l->chunks[l->nr++] = (struct lane_entry){l->end_ns, c};
	}
	return 0;
}

/* The open chunk's content moves to memory of its size, in the pool's queue. */
static int seal(struct lane *l, struct lane_pool *pool)
{
	struct lane_chunk *c = l->open, *full;

	full = malloc(sizeof(*full) + c->used);
	if (!full)
		return -ENOMEM;
	memcpy(full, c, sizeof(*full) + c->used);
	full->cap = c->used;
	full->newer = NULL;
	*(pool->newest ? &pool->newest->newer : &pool->oldest) = full;
	pool->newest = full;
	pool->bytes += chunk_bytes(full);
	l->chunks[l->nr - 1].chunk = full;
	c->nr = c->used = 0;
	pool_evict(pool);
	return 0;
}

static uint8_t *put(uint8_t *p, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		*p++ = number | 0x80;
	*p++ = number;
	return p;
}

int lane_push(struct lane *l, struct lane_pool *pool, uint64_t end_ns, uint8_t kind,
	      uint8_t flags, uint32_t aux, uint32_t aux2)
{
	uint64_t duration = end_ns - l->end_ns;
	struct lane_chunk *c = l->open;
	uint8_t *p;

	if (end_ns <= l->end_ns)
		return 0;
	if (!c || !c->nr || c->cap - c->used < RECORD_MAX) {
		if (open_chunk(l, pool))
			return -ENOMEM;
		c = l->open;
	}
	p = c->bytes + c->used;
	if (aux == l->last_aux[kind] && !(flags & LANE_HAS_AUX2)) {
		*p++ = HEAD_REPEAT + kind * 8 + flags;
		p = put(p, duration);
	} else {
		*p++ = kind * 16 + flags;
		p = put(p, duration);
		p = put(p, aux);
		if (flags & LANE_HAS_AUX2)
			p = put(p, aux2);
		l->last_aux[kind] = aux;
	}
	c->used = p - c->bytes;
	l->sums[kind] += duration;
	l->end_ns = end_ns;
	if (++c->nr == LANE_CHUNK_MAX)
		return seal(l, pool);
	return 0;
}

int lane_finish(struct lane *l, struct lane_pool *pool)
{
	if (!l->open)
		return 0;
	if (l->open->nr && seal(l, pool))
		return -ENOMEM;
	pool->bytes -= chunk_bytes(l->open);
	free(l->open);
	l->open = NULL;
	return 0;
}

/* ---- reading ---- */
static inline const uint8_t *get(const uint8_t *p, uint64_t *number)
{
	uint64_t v = *p++;

	if (v & 0x80) {
		unsigned int shift = 7;
		uint64_t more;

		v &= 0x7f;
		do {
			more = *p++;
			v |= (more & 0x7f) << shift;
			shift += 7;
		} while (more & 0x80);
	}
	*number = v;
	return p;
}

uint32_t lane_chunk_at(const struct lane *l, uint64_t time_ns)
{
	uint32_t lo = l->first, hi = l->nr;

	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (l->chunks[mid].start_ns <= time_ns)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* The next interval of the chunk; there must be one. */
static inline void decode(struct lane_cursor *c)
{
	const uint8_t *p = c->byte;
	struct interval *at = &c->at;
	uint8_t head = *p++;
	uint64_t number;

	at->start_ns = at->end_ns;
	p = get(p, &number);
	at->end_ns += number;
	if (head >= HEAD_REPEAT) {
		at->kind = (head - HEAD_REPEAT) >> 3;
		at->flags = (head - HEAD_REPEAT) & 7;
	} else {
		at->kind = head >> 4;
		at->flags = head & 15;
		p = get(p, &number);
		c->last_aux[at->kind] = number;
		if (at->flags & LANE_HAS_AUX2) {
			p = get(p, &number);
			at->aux2 = number;
		}
	}
	c->seen |= 1u << at->kind;
	c->byte = p;
	c->left--;
}

/* What decode() leaves to those who look at the interval itself. */
static inline void settle(struct lane_cursor *c)
{
	c->at.aux = c->last_aux[c->at.kind];
	if (!(c->at.flags & LANE_HAS_AUX2))
		c->at.aux2 = 0;
}

static void load(struct lane_cursor *c, uint32_t chunk)
{
	const struct lane_chunk *k = c->lane->chunks[chunk].chunk;

	c->chunk = chunk;
	c->left = k->nr;
	c->byte = k->bytes;
	c->at.end_ns = c->lane->chunks[chunk].start_ns;
	memcpy(c->sums, k->sums, sizeof(c->sums));
	memset(c->last_aux, 0, sizeof(c->last_aux));
	c->seen = 0;
	c->valid = true;
	decode(c);
}

/* On to the interval that covers time_ns, which this chunk does. */
static void forward(struct lane_cursor *c, uint64_t time_ns)
{
	while (c->at.end_ns <= time_ns && c->left) {
		c->sums[c->at.kind] += c->at.end_ns - c->at.start_ns;
		decode(c);
	}
	settle(c);
}

void lane_cursor_init(struct lane_cursor *c, const struct lane *l)
{
	memset(c, 0, sizeof(*c));
	c->lane = l;
}

bool lane_cursor_seek(struct lane_cursor *c, uint64_t time_ns)
{
	const struct lane *l = c->lane;

	if (l->first == l->nr || time_ns < lane_kept_ns(l) || time_ns >= l->end_ns)
		return false;
	if (!c->valid || time_ns < c->at.start_ns ||
	    time_ns >= lane_chunk_start_ns(l, c->chunk + 1))
		load(c, lane_chunk_at(l, time_ns));
	forward(c, time_ns);
	return true;
}

bool lane_cursor_step(struct lane_cursor *c)
{
	if (!c->valid)
		return false;
	if (!c->left) {
		if (c->chunk + 1 >= c->lane->nr)
			return false;
		load(c, c->chunk + 1);
	} else {
		c->sums[c->at.kind] += c->at.end_ns - c->at.start_ns;
		decode(c);
	}
	settle(c);
	return true;
}

void lane_cursor_sums(struct lane_cursor *c, uint64_t time_ns, uint64_t sums[LANE_KINDS],
		      struct interval *at)
{
	const struct lane *l = c->lane;

	if (l->first == l->nr || time_ns <= lane_kept_ns(l)) {
		const uint64_t *f = l->sums;

		if (l->first < l->nr)
			f = l->chunks[l->first].chunk->sums;
		memcpy(sums, f, LANE_KINDS * sizeof(*sums));
		if (at)
			*at = (struct interval){.kind = LANE_KINDS};
		return;
	}
	if (time_ns > l->end_ns)
		time_ns = l->end_ns;
	lane_cursor_seek(c, time_ns - 1);
	memcpy(sums, c->sums, LANE_KINDS * sizeof(*sums));
	sums[c->at.kind] += time_ns - c->at.start_ns;
	if (at)
		*at = c->at;
}

bool lane_cursor_last(const struct lane_cursor *c, uint8_t kind, uint32_t *aux)
{
	const struct lane *l = c->lane;
	struct lane_cursor back;
	uint32_t lo, hi;
	uint64_t f;

	if (!c->valid)
		return false;
	if (c->seen & (1u << kind)) {
		*aux = c->last_aux[kind];
		return true;
	}
	/* The last chunk before this one in which F of this kind grew. */
	f = l->chunks[c->chunk].chunk->sums[kind];
	lo = l->first;
	hi = c->chunk;
	if (l->chunks[lo].chunk->sums[kind] == f)
		return false;
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (l->chunks[mid].chunk->sums[kind] < f)
			lo = mid;
		else
			hi = mid;
	}
	lane_cursor_init(&back, l);
	load(&back, lo);
	while (back.left)
		decode(&back);
	*aux = back.last_aux[kind];
	return true;
}

bool lane_at(const struct lane *l, uint64_t time_ns, struct interval *out)
{
	struct lane_cursor c;

	lane_cursor_init(&c, l);
	if (!lane_cursor_seek(&c, time_ns))
		return false;
	*out = c.at;
	return true;
}

bool lane_next(const struct lane *l, const struct interval *at, struct interval *out)
{
	return lane_at(l, at->end_ns, out);
}

bool lane_prev(const struct lane *l, const struct interval *at, struct interval *out)
{
	return at->start_ns > l->start_ns && lane_at(l, at->start_ns - 1, out);
}

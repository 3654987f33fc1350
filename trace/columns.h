/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/columns.h - growable arrays, a dictionary and an arena for the writer
 *
 * A window of a recording is stored column by column. These hold the columns
 * while the window is open; their memory is kept for the next one. Everything
 * returns 0 or -ENOMEM, and -ENOMEM leaves what was there untouched.
 */
#ifndef MTVIZ_TRACE_COLUMNS_H
#define MTVIZ_TRACE_COLUMNS_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *v;
	size_t n, cap;
};

struct u32s {
	uint32_t *v;
	size_t n, cap;
};

struct u64s {
	uint64_t *v;
	size_t n, cap;
};

/* An array of pointers to messages, as protobuf-c wants its repeated fields. */
struct pointers {
	void **v;
	size_t n, cap;
};

/* Room for more elements behind the n that are there. */
int column_grow(void **v, size_t n, size_t *cap, size_t more, size_t width);

static inline int bytes_reserve(struct bytes *a, size_t more)
{
	if (a->cap - a->n >= more)
		return 0;
	return column_grow((void **)&a->v, a->n, &a->cap, more, 1);
}

static inline int bytes_push(struct bytes *a, uint8_t v)
{
	if (a->n == a->cap && bytes_reserve(a, 1))
		return -ENOMEM;
	a->v[a->n++] = v;
	return 0;
}

static inline int u32s_push(struct u32s *a, uint32_t v)
{
	if (a->n == a->cap &&
	    column_grow((void **)&a->v, a->n, &a->cap, 1, sizeof(*a->v)))
		return -ENOMEM;
	a->v[a->n++] = v;
	return 0;
}

static inline int u64s_push(struct u64s *a, uint64_t v)
{
	if (a->n == a->cap &&
	    column_grow((void **)&a->v, a->n, &a->cap, 1, sizeof(*a->v)))
		return -ENOMEM;
	a->v[a->n++] = v;
	return 0;
}

static inline int pointers_push(struct pointers *a, void *v)
{
	if (a->n == a->cap &&
	    column_grow((void **)&a->v, a->n, &a->cap, 1, sizeof(*a->v)))
		return -ENOMEM;
	a->v[a->n++] = v;
	return 0;
}

/* How many bytes v takes as a varint. */
static inline unsigned int varint_bytes(uint64_t v)
{
	return (unsigned int)(63 - __builtin_clzll(v | 1)) / 7 + 1;
}

/* v with small numbers of either sign made small. */
static inline uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Writes v, returns the byte after it; out has room for 10. */
uint8_t *varint_put(uint8_t *out, uint64_t v);

/* Distinct records of one size, numbered in order of first appearance. */
struct dict {
	size_t record_bytes;
	struct bytes records;
	struct u32s slots; /* number + 1, 0 is free; a power of two of them */
	uint32_t n;
};

/* *number of record; *added if it is new. */
int dict_number(struct dict *d, const void *record, uint32_t *number, bool *added);
void dict_clear(struct dict *d);
void dict_free(struct dict *d);

/* Memory that is given back all at once. */
struct arena {
	struct arena_block *first, *current;
	size_t used;
};

void *arena_alloc(struct arena *a, size_t bytes); /* zeroed; NULL: no memory */
void arena_clear(struct arena *a);
void arena_free(struct arena *a);

#endif

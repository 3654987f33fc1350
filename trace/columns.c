/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns.c - see columns.h
 */
#include "trace/columns.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES 65536

struct arena_block {
	struct arena_block *next;
	size_t cap;
	_Alignas(16) uint8_t data[];
};

int column_grow(void **v, size_t n, size_t *cap, size_t more, size_t width)
{
	size_t want = *cap ? *cap * 2 : 64;
	void *bigger;

	if (more > SIZE_MAX / 4 / width - n)
		return -ENOMEM;
	if (want < n + more)
		want = n + more;
	bigger = realloc(*v, want * width);
	if (!bigger)
		return -ENOMEM;
	*v = bigger;
	*cap = want;
	return 0;
}

uint8_t *varint_put(uint8_t *out, uint64_t v)
{
	while (v >= 0x80) {
		*out++ = (uint8_t)v | 0x80;
		v >>= 7;
	}
	*out++ = (uint8_t)v;
	return out;
}

static uint32_t hash_record(const uint8_t *p, size_t bytes)
{
	uint64_t h = 0x9e3779b97f4a7c15ull, part;

	for (; bytes >= 8; p += 8, bytes -= 8) {
		memcpy(&part, p, 8);
		h = (h ^ part) * 0xff51afd7ed558ccdull;
		h ^= h >> 32;
	}
	for (; bytes; p++, bytes--)
		h = (h ^ *p) * 0x100000001b3ull;
	return (uint32_t)(h ^ (h >> 29));
}

static const uint8_t *dict_record(const struct dict *d, uint32_t number)
{
	return d->records.v + (size_t)number * d->record_bytes;
}

static int dict_rehash(struct dict *d)
{
	size_t cap = d->slots.n ? d->slots.n * 2 : 64;
	uint32_t *slots = calloc(cap, sizeof(*slots));
	uint32_t i;
	size_t s;

	if (!slots)
		return -ENOMEM;
	for (i = 0; i < d->n; i++) {
		s = hash_record(dict_record(d, i), d->record_bytes) & (cap - 1);
		while (slots[s])
			s = (s + 1) & (cap - 1);
		slots[s] = i + 1;
	}
	free(d->slots.v);
	d->slots.v = slots;
	d->slots.n = d->slots.cap = cap;
	return 0;
}

int dict_number(struct dict *d, const void *record, uint32_t *number, bool *added)
{
	size_t s;

	if ((size_t)d->n * 2 >= d->slots.n && dict_rehash(d))
		return -ENOMEM;
	s = hash_record(record, d->record_bytes) & (d->slots.n - 1);
	for (; d->slots.v[s]; s = (s + 1) & (d->slots.n - 1)) {
		*number = d->slots.v[s] - 1;
		if (memcmp(dict_record(d, *number), record, d->record_bytes) == 0) {
			*added = false;
			return 0;
		}
	}
	if (bytes_reserve(&d->records, d->record_bytes))
		return -ENOMEM;
	memcpy(d->records.v + d->records.n, record, d->record_bytes);
	d->records.n += d->record_bytes;
	*number = d->n++;
	d->slots.v[s] = d->n;
	*added = true;
	return 0;
}

void dict_clear(struct dict *d)
{
	if (!d->n)
		return;
	memset(d->slots.v, 0, d->slots.n * sizeof(*d->slots.v));
	d->records.n = 0;
	d->n = 0;
}

void dict_free(struct dict *d)
{
	free(d->records.v);
	free(d->slots.v);
	memset(d, 0, sizeof(*d));
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	struct arena_block *b = a->current, *fresh;
	size_t cap;
	void *p;

	bytes = (bytes + 15) & ~(size_t)15;
	while (b && b->cap - a->used < bytes && b->next) {
		b = a->current = b->next;
		a->used = 0;
	}
	if (!b || b->cap - a->used < bytes) {
		cap = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
		fresh = malloc(sizeof(*fresh) + cap);
		if (!fresh)
			return NULL;
		fresh->next = NULL;
		fresh->cap = cap;
		if (b)
			b->next = fresh;
		else
			a->first = fresh;
		a->current = fresh;
		a->used = 0;
	}
	p = a->current->data + a->used;
	a->used += bytes;
	return memset(p, 0, bytes);
}

void arena_clear(struct arena *a)
{
	a->current = a->first;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->first; b; b = next) {
		next = b->next;
		free(b);
	}
	memset(a, 0, sizeof(*a));
}

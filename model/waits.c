/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waits.c - a hash of what tasks wait for; ids count from 1 and never change
 */
#include "model/waits.h"

#include <stdlib.h>

struct wait_table {
	struct wait *waits; /* id 1 is waits[0] */
	uint32_t nr, cap;
	uint32_t *slots; /* ids */
	uint32_t cap_slots;
};

struct wait_table *wait_table_new(void)
{
	return calloc(1, sizeof(struct wait_table));
}

void wait_table_free(struct wait_table *t)
{
	if (!t)
		return;
	free(t->waits);
	free(t->slots);
	free(t);
}

static bool same(const struct wait *a, const struct wait *b)
{
	return a->syscall == b->syscall && a->fd_mode == b->fd_mode &&
	       a->flags == b->flags && a->op == b->op && a->lock == b->lock &&
	       a->join_tid == b->join_tid;
}

static uint32_t *find(const struct wait_table *t, uint32_t *slots, uint32_t cap,
		      const struct wait *w)
{
	uint64_t h = (uint64_t)w->lock << 32 | w->join_tid;

	h = (h ^ w->op) * UINT64_C(0x9e3779b97f4a7c15);
	h ^= (uint64_t)(uint16_t)w->syscall << 40 | (uint64_t)w->fd_mode << 16 | w->flags;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	for (h >>= 32;; h++) {
		uint32_t *slot = &slots[h & (cap - 1)];

		if (!*slot || same(&t->waits[*slot - 1], w))
			return slot;
	}
}

static bool grow(struct wait_table *t)
{
	if (t->nr == t->cap) {
		uint32_t cap = t->cap ? t->cap * 2 : 32;
		struct wait *waits = realloc(t->waits, cap * sizeof(*waits));

		if (!waits)
			return false;
		t->waits = waits;
		t->cap = cap;
	}
	if (t->nr >= t->cap_slots / 2) {
		uint32_t cap = t->cap_slots ? t->cap_slots * 2 : 64;
		uint32_t *slots = calloc(cap, sizeof(*slots));

		if (!slots)
			return false;
		for (uint32_t i = 0; i < t->nr; i++)
			*find(t, slots, cap, &t->waits[i]) = i + 1;
		free(t->slots);
		t->slots = slots;
		t->cap_slots = cap;
	}
	return true;
}

uint32_t wait_intern(struct wait_table *t, const struct wait *w)
{
	uint32_t *slot;

	if ((t->nr == t->cap || t->nr >= t->cap_slots / 2) && !grow(t))
		return 0;
	slot = find(t, t->slots, t->cap_slots, w);
	if (!*slot) {
		t->waits[t->nr] = *w;
		*slot = ++t->nr;
	}
	return *slot;
}

const struct wait *wait_at(const struct wait_table *t, uint32_t id)
{
	return id && id <= t->nr ? &t->waits[id - 1] : NULL;
}

size_t wait_table_bytes(const struct wait_table *t)
{
	return sizeof(*t) + t->cap * sizeof(*t->waits) + t->cap_slots * sizeof(*t->slots);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tally.c - sums by key, open addressing, never more than three quarters full
 */
#include "model/tally.h"

#include <errno.h>
#include <stdlib.h>

/* The slot of key, or the free one where it belongs. */
static struct tally_entry *slot_of(const struct tally *t, uint32_t key)
{
	uint32_t at = key * UINT32_C(2654435769);

	at ^= at >> 15;
	for (;; at++) {
		struct tally_entry *e = &t->slots[at & (t->cap - 1)];

		if (!e->used || e->key == key)
			return e;
	}
}

static int grow(struct tally *t)
{
	struct tally bigger = {.cap = t->cap ? t->cap * 2 : 4, .nr = t->nr};

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->cap; i++)
		if (t->slots[i].used)
			*slot_of(&bigger, t->slots[i].key) = t->slots[i];
	free(t->slots);
	*t = bigger;
	return 0;
}

int tally_add(struct tally *t, uint32_t key, uint64_t n)
{
	struct tally_entry *e = t->cap ? slot_of(t, key) : NULL;

	if (!e || !e->used) {
		if (t->nr + 1 > t->cap / 4 * 3) {
			int err = grow(t);

			if (err)
				return err;
			e = slot_of(t, key);
		}
		*e = (struct tally_entry){.key = key, .used = 1};
		t->nr++;
	}
	e->sum += n;
	return 0;
}

uint64_t tally_take(struct tally *t, uint32_t key, uint64_t n)
{
	struct tally_entry *e = t->cap ? slot_of(t, key) : NULL;

	if (!e || !e->used)
		return 0;
	if (n > e->sum)
		n = e->sum;
	e->sum -= n;
	return n;
}

const struct tally_entry *tally_next(const struct tally *t, uint32_t *at)
{
	while (*at < t->cap) {
		const struct tally_entry *e = &t->slots[(*at)++];

		if (e->used)
			return e;
	}
	return NULL;
}

size_t tally_bytes(const struct tally *t)
{
	return t->cap * sizeof(*t->slots);
}

void tally_free(struct tally *t)
{
	free(t->slots);
	*t = (struct tally){0};
}

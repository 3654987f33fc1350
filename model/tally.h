/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/tally.h - sums by key: who waited how long, who released how often
 *
 * A hash table of (key, sum) that only grows with the number of distinct keys.
 */
#ifndef MTVIZ_MODEL_TALLY_H
#define MTVIZ_MODEL_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally_entry {
	uint64_t sum;
	uint32_t key;
	uint32_t used;
};

struct tally {
	struct tally_entry *slots; /* cap of them, a power of two */
	uint32_t nr, cap;
};

int tally_add(struct tally *t, uint32_t key, uint64_t n); /* 0 or -ENOMEM */
/* Takes up to n from key's sum; returns how much was there to take. */
uint64_t tally_take(struct tally *t, uint32_t key, uint64_t n);
/* Steps through the used entries: start with *at = 0; NULL after the last. */
const struct tally_entry *tally_next(const struct tally *t, uint32_t *at);
size_t tally_bytes(const struct tally *t);
void tally_free(struct tally *t);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * depth.c - a slice costs the same however long it is
 *
 * Per step two numbers: the runnable time of slices that cover it in part, and
 * by how many the number of slices that cover it as a whole differs from the
 * step before. Sums of both stand at every BLOCK-th step; they are made when
 * somebody asks, from the first step on that has changed.
 */
#include "model/depth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP_NS UINT64_C(1000000)
#define STEPS   (UINT64_C(1) << 22)
#define BLOCK   64

struct depth {
	uint64_t step_ns;
	uint64_t *part; /* ns, by step */
	int32_t *whole; /* change of the number of whole slices, by step */
	size_t nr, cap; /* steps, a multiple of BLOCK */
	struct block {
		uint64_t ns;   /* D at its first step */
		int64_t whole; /* the number of whole slices before its first step */
	} * blocks;            /* [0, cap / BLOCK] */
	size_t clean;          /* blocks up to and with this one are right */
};

struct depth *depth_new(void)
{
	struct depth *d = calloc(1, sizeof(*d));

	if (d)
		d->step_ns = STEP_NS;
	return d;
}

void depth_free(struct depth *d)
{
	if (!d)
		return;
	free(d->part);
	free(d->whole);
	free(d->blocks);
	free(d);
}

static int grow(struct depth *d, size_t steps)
{
	size_t cap = d->cap ? d->cap : 16 * BLOCK;
	struct block *blocks;
	uint64_t *part;
	int32_t *whole;

	if (steps > d->cap) {
		while (cap < steps)
			cap *= 2;
		part = realloc(d->part, cap * sizeof(*part));
		if (!part)
			return -ENOMEM;
		d->part = part;
		whole = realloc(d->whole, cap * sizeof(*whole));
		if (!whole)
			return -ENOMEM;
		d->whole = whole;
		blocks = realloc(d->blocks, (cap / BLOCK + 1) * sizeof(*blocks));
		if (!blocks)
			return -ENOMEM;
		d->blocks = blocks;
		memset(d->part + d->cap, 0, (cap - d->cap) * sizeof(*part));
		memset(d->whole + d->cap, 0, (cap - d->cap) * sizeof(*whole));
		d->cap = cap;
	}
	if (!d->nr)
		d->blocks[0] = (struct block){0};
	d->nr = steps;
	return 0;
}

/* Two steps become one: what covered one of them only covers the new one in part. */
static void coarsen(struct depth *d)
{
	int64_t level = 0;

	for (size_t i = 0; i < d->nr; i++) {
		uint64_t ns;

		level += d->whole[i];
		ns = d->part[i] + level * d->step_ns;
		d->part[i] = 0;
		d->whole[i] = 0;
		d->part[i / 2] += ns;
	}
	d->nr = (d->nr + 1) / 2;
	d->step_ns *= 2;
	d->clean = 0;
}

int depth_add(struct depth *d, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t first, last;

	if (to_ns <= from_ns)
		return 0;
	while (to_ns / d->step_ns >= STEPS - 1)
		coarsen(d);
	first = from_ns / d->step_ns;
	last = to_ns / d->step_ns;
	if (last >= d->nr && grow(d, last + 1))
		return -ENOMEM;
	if (first == last) {
		d->part[first] += to_ns - from_ns;
	} else {
		d->part[first] += (first + 1) * d->step_ns - from_ns;
		d->part[last] += to_ns - last * d->step_ns;
		d->whole[first + 1]++;
		d->whole[last]--;
	}
	if (d->clean > first / BLOCK)
		d->clean = first / BLOCK;
	return 0;
}

uint64_t depth_step_ns(const struct depth *d)
{
	return d->step_ns;
}

uint64_t depth_before(struct depth *d, uint64_t time_ns)
{
	uint64_t step = time_ns / d->step_ns, in_step;
	struct block at;

	if (!d->nr)
		return 0;
	if (step >= d->nr) {
		step = d->nr - 1;
		time_ns = d->nr * d->step_ns;
	}
	for (; d->clean < step / BLOCK; d->clean++) {
		at = d->blocks[d->clean];
		for (size_t i = d->clean * BLOCK; i < (d->clean + 1) * BLOCK; i++) {
			at.whole += d->whole[i];
			at.ns += d->part[i] + at.whole * d->step_ns;
		}
		d->blocks[d->clean + 1] = at;
	}
	at = d->blocks[step / BLOCK];
	for (size_t i = step / BLOCK * BLOCK; i < step; i++) {
		at.whole += d->whole[i];
		at.ns += d->part[i] + at.whole * d->step_ns;
	}
	at.whole += d->whole[step];
	in_step = time_ns - step * d->step_ns;
	if (in_step) {
		unsigned __int128 ns = d->part[step]; /* may be hours */

		at.ns += ns * in_step / d->step_ns + at.whole * in_step;
	}
	return at.ns;
}

size_t depth_bytes(const struct depth *d)
{
	return sizeof(*d) + d->cap * (sizeof(*d->part) + sizeof(*d->whole)) +
	       (d->cap / BLOCK + 1) * sizeof(*d->blocks);
}

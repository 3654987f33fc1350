/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * samples.c - durations, counted exactly
 *
 * A new value goes to the end of an unsorted tail. A full tail is sorted by
 * its bytes (no comparisons) and merged into the sorted pairs; it may grow to
 * half their number, so that each value is merged a few times at most.
 */
#include "model/samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_MIN   16
#define TAIL_LEAST 256 /* merging more often than this is not worth the memory */

struct sample {
	uint64_t ns;
	uint64_t count;
};

/* Sorts nr values with a second array of the same size; returns where they are. */
static uint64_t *sort_bytes(uint64_t *from, uint64_t *to, uint32_t nr)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < nr; i++)
		all |= from[i];
	for (unsigned int shift = 0; shift < 64 && all >> shift; shift += 8) {
		uint32_t at[256] = {0}, sum = 0;
		uint64_t *swap = from;

		for (uint32_t i = 0; i < nr; i++)
			at[(from[i] >> shift) & 0xff]++;
		for (int b = 0; b < 256; b++) {
			uint32_t n = at[b];

			at[b] = sum;
			sum += n;
		}
		for (uint32_t i = 0; i < nr; i++)
			to[at[(from[i] >> shift) & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	return from;
}

/* Both are sorted; out has room for both. Returns how many pairs it got. */
static uint32_t merge(struct sample *out, const struct sample *a, uint32_t nr_a,
		      const uint64_t *b, uint32_t nr_b)
{
	uint32_t n = 0, i = 0, j = 0;

	while (i < nr_a || j < nr_b) {
		struct sample s;

		if (j == nr_b || (i < nr_a && a[i].ns <= b[j]))
			s = a[i++];
		else
			s = (struct sample){b[j++], 1};
		if (n && out[n - 1].ns == s.ns)
			out[n - 1].count += s.count;
		else
			out[n++] = s;
	}
	return n;
}

static int fold(struct samples *s)
{
	struct sample *pairs = NULL, *fit;
	uint64_t *spare, *tail;
	uint32_t nr;

	if (!s->nr_tail)
		return 0;
	spare = malloc(s->nr_tail * sizeof(*spare));
	pairs = malloc(((size_t)s->nr_sorted + s->nr_tail) * sizeof(*pairs));
	if (!spare || !pairs) {
		free(spare);
		free(pairs);
		return -ENOMEM;
	}
	tail = sort_bytes(s->tail, spare, s->nr_tail);
	nr = merge(pairs, s->sorted, s->nr_sorted, tail, s->nr_tail);
	free(spare);
	free(s->sorted);
	fit = realloc(pairs, nr * sizeof(*pairs));
	s->sorted = fit ? fit : pairs;
	s->nr_sorted = s->cap_sorted = nr;
	s->nr_tail = 0;
	return 0;
}

static int make_room(struct samples *s)
{
	uint32_t most = s->nr_sorted / 2 > TAIL_LEAST ? s->nr_sorted / 2 : TAIL_LEAST;
	uint32_t cap = s->cap_tail ? s->cap_tail * 2 : TAIL_MIN;
	uint64_t *tail;

	if (s->cap_tail >= most)
		return fold(s);
	if (cap > most)
		cap = most;
	tail = realloc(s->tail, cap * sizeof(*tail));
	if (!tail)
		return -ENOMEM;
	s->tail = tail;
	s->cap_tail = cap;
	return 0;
}

int samples_add(struct samples *s, uint64_t ns)
{
	if (s->nr_tail == s->cap_tail) {
		int err = make_room(s);

		if (err)
			return err;
	}
	s->tail[s->nr_tail++] = ns;
	s->count++;
	s->sum_ns += ns;
	if (ns > s->max_ns)
		s->max_ns = ns;
	return 0;
}

uint64_t samples_rank_among(struct samples *s, unsigned int percent,
			    const uint64_t *extra, uint32_t nr)
{
	uint64_t count = s->count + nr, rank, below = 0;
	uint32_t i = 0, j = 0;

	if (percent > 100)
		percent = 100;
	/* ceil(count * percent / 100), without overflow */
	rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
	if (!rank)
		rank = 1;
	if (!count)
		return 0;
	if (fold(s))
		return s->max_ns; /* out of memory: the bound that is known */
	while (i < s->nr_sorted || j < nr) {
		bool kept = j == nr || (i < s->nr_sorted && s->sorted[i].ns < extra[j]);
		uint64_t ns = kept ? s->sorted[i].ns : extra[j];

		if (kept)
			below += s->sorted[i++].count;
		else
			below++, j++;
		if (below >= rank)
			return ns;
	}
	return s->max_ns;
}

uint64_t samples_rank_with(struct samples *s, unsigned int percent, const uint64_t *extra)
{
	return samples_rank_among(s, percent, extra, !!extra);
}

uint64_t samples_rank(struct samples *s, unsigned int percent)
{
	return samples_rank_with(s, percent, NULL);
}

size_t samples_bytes(const struct samples *s)
{
	return s->cap_sorted * sizeof(*s->sorted) + s->cap_tail * sizeof(*s->tail);
}

void samples_free(struct samples *s)
{
	free(s->sorted);
	free(s->tail);
	*s = (struct samples){0};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/samples.h - an exact multiset of durations
 *
 * Keeps (value, count) pairs, sorted, with a small unsorted tail that is merged
 * in when it has grown to a share of the rest. Exact, and still bounded: short
 * durations repeat, long ones are few because they add up to the recording.
 */
#ifndef MTVIZ_MODEL_SAMPLES_H
#define MTVIZ_MODEL_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample;

struct samples {
	struct sample *sorted;
	uint64_t *tail;
	uint32_t nr_sorted, cap_sorted, nr_tail, cap_tail;
	uint64_t count, sum_ns, max_ns;
};

int samples_add(struct samples *s, uint64_t ns); /* 0 or -ENOMEM */
/* Nearest rank: the smallest value with at least percent % at or below it. */
uint64_t samples_rank(struct samples *s, unsigned int percent);
/* The same with one value more, *extra, that is not kept (NULL: none). */
uint64_t samples_rank_with(struct samples *s, unsigned int percent,
			   const uint64_t *extra);
/* The same with nr values more, in ascending order. */
uint64_t samples_rank_among(struct samples *s, unsigned int percent,
			    const uint64_t *extra, uint32_t nr);
size_t samples_bytes(const struct samples *s);
void samples_free(struct samples *s);

#endif

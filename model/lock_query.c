/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock_query.c - what model.h answers about locks
 *
 * Waits that go on count up to model_now_ns(). Nothing here changes what a
 * later question is answered, however often and whenever one asks.
 */
#include "model/lock.h"

#include <stdlib.h>
#include <string.h>

static uint64_t open_wait_ns(const struct model *m, uint32_t task)
{
	uint64_t since = task_at(m, task)->lock_wait_since_ns;

	return m->now_ns > since ? m->now_ns - since : 0;
}

void lock_refresh(const struct model *m, struct lock_state *l)
{
	uint64_t now = m->now_ns, open = 0;

	l->pub.wait_ns = l->charged_ns;
	if (now > l->settled_ns)
		l->pub.wait_ns += (now - l->settled_ns) * l->pub.waiting;
	for (uint32_t i = 0; i < l->pub.waiting; i++) {
		uint64_t ns = open_wait_ns(m, l->waiting[i]);

		open = ns > open ? ns : open;
	}
	l->pub.max_wait_ns = l->ended.max_ns > open ? l->ended.max_ns : open;
}

uint32_t model_nr_locks(const struct model *m)
{
	return m->locks->nr;
}

const struct lock *model_lock(const struct model *m, uint32_t id)
{
	struct lock_state *l = lock_at(m, id);

	if (!l)
		return NULL;
	lock_refresh(m, l);
	return &l->pub;
}

/* ---- the lane and what follows it ---- */

/*
 * From the lane's end to now: .evidence of .holder, and if that one has ended
 * meanwhile, nobody known after it. Returns how many parts there are.
 */
static unsigned int open_parts(const struct model *m, const struct lock_state *l,
			       struct span parts[2])
{
	uint64_t from = l->lane.end_ns, end = lock_holder_end(m, l);
	uint64_t now = m->now_ns > from ? m->now_ns : from;
	unsigned int nr = 0;

	if (end > from)
		parts[nr++] = (struct span){from, end < now ? end : now, l->holder,
					    l->evidence};
	if (end < now)
		parts[nr++] = (struct span){end > from ? end : from, now, 0,
					    EVIDENCE_UNKNOWN};
	return nr;
}

bool model_lock_span(const struct model *m, uint32_t lock, uint64_t time_ns,
		     struct span *out)
{
	const struct lock_state *l = lock_at(m, lock);
	struct span parts[2];
	struct interval i;

	if (!l || !l->pub.waits || time_ns < l->lane.start_ns)
		return false;
	if (time_ns < l->lane.end_ns) {
		if (!lane_at(&l->lane, time_ns, &i))
			return false;
		*out = (struct span){i.start_ns, i.end_ns, i.aux, i.kind};
		if (i.kind == EVIDENCE_NONE || i.kind == EVIDENCE_UNKNOWN)
			out->task = 0; /* its number is there for the bins */
		return true;
	}
	for (unsigned int k = open_parts(m, l, parts); k--;)
		if (time_ns >= parts[k].start_ns && time_ns <= parts[k].end_ns) {
			*out = parts[k];
			return true;
		}
	return false;
}

static void add_part(const struct span *part, uint64_t from_ns, uint64_t to_ns,
		     struct lock_bin *bin)
{
	uint64_t from = part->start_ns > from_ns ? part->start_ns : from_ns;
	uint64_t to = part->end_ns < to_ns ? part->end_ns : to_ns;

	if (from >= to)
		return;
	bin->ns[part->evidence] += to - from;
	if (part->task)
		bin->task = part->task;
}

void model_lock_bins(const struct model *m, uint32_t lock, uint64_t from_ns,
		     uint64_t bin_ns, unsigned int nr, struct lock_bin *bins)
{
	const struct lock_state *l = lock_at(m, lock);
	uint64_t before[LANE_KINDS], after[LANE_KINDS];
	struct lane_cursor cursor;
	struct interval last;
	struct span parts[2];
	unsigned int nr_parts;

	memset(bins, 0, nr * sizeof(*bins));
	if (!l || !l->pub.waits)
		return;
	nr_parts = open_parts(m, l, parts);
	lane_cursor_init(&cursor, &l->lane);
	lane_cursor_sums(&cursor, from_ns, before, NULL);
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t at = from_ns + i * bin_ns, to = at + bin_ns;

		lane_cursor_sums(&cursor, to, after, &last);
		for (int k = 0; k < EVIDENCE_NR; k++)
			bins[i].ns[k] = after[k] - before[k];
		/* Intervals without a holder carry the one before them. */
		if (bins[i].ns[EVIDENCE_OBSERVED] || bins[i].ns[EVIDENCE_INFERRED])
			bins[i].task = last.aux;
		for (unsigned int k = 0; k < nr_parts; k++)
			add_part(&parts[k], at, to, &bins[i]);
		memcpy(before, after, sizeof(before));
	}
}

/* ---- accounts ---- */

static int by_wait(const void *a, const void *b)
{
	const struct lock_holder *x = a, *y = b;

	if (x->wait_ns != y->wait_ns)
		return x->wait_ns < y->wait_ns ? 1 : -1;
	return (x->task > y->task) - (x->task < y->task);
}

static int by_count(const void *a, const void *b)
{
	const struct lock_releaser *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->task > y->task) - (x->task < y->task);
}

static int by_index(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What has been waited since the accounts were settled, under the one holder. */
static uint64_t unsettled(const struct model *m, const struct lock_state *l,
			  uint64_t *unknown_ns)
{
	uint64_t now = m->now_ns, from = l->settled_ns, end = lock_holder_end(m, l);
	uint64_t part = 0;

	if (now <= from)
		return 0;
	if (l->evidence == EVIDENCE_OBSERVED && end > from)
		part = (end < now ? end : now) - from;
	*unknown_ns += (now - from - part) * l->pub.waiting;
	return part * l->pub.waiting;
}

static int by_length(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

uint64_t model_lock_wait_ns(const struct model *m, uint32_t lock, unsigned int percent)
{
	struct lock_state *l = lock_at(m, lock);
	uint64_t *open, ns;

	if (!l)
		return 0;
	if (!l->pub.waiting)
		return samples_rank(&l->ended, percent);
	open = calloc(l->pub.waiting, sizeof(*open));
	if (!open)
		return 0;
	for (uint32_t i = 0; i < l->pub.waiting; i++)
		open[i] = open_wait_ns(m, l->waiting[i]);
	qsort(open, l->pub.waiting, sizeof(*open), by_length);
	ns = samples_rank_among(&l->ended, percent, open, l->pub.waiting);
	free(open);
	return ns;
}

size_t model_lock_holders(const struct model *m, uint32_t lock, struct lock_holder *out,
			  size_t max)
{
	const struct lock_state *l = lock_at(m, lock);
	uint64_t unknown_ns, open_ns;
	const struct tally_entry *e;
	struct lock_holder *all;
	uint32_t at = 0;
	size_t nr = 0;

	if (!l)
		return 0;
	all = calloc(l->holders.nr + 2, sizeof(*all));
	if (!all)
		return 0;
	unknown_ns = l->unknown_ns;
	open_ns = unsettled(m, l, &unknown_ns);
	while ((e = tally_next(&l->holders, &at))) {
		uint64_t ns = e->sum;

		if (open_ns && e->key == l->holder) {
			ns += open_ns;
			open_ns = 0;
		}
		if (ns)
			all[nr++] = (struct lock_holder){e->key, EVIDENCE_OBSERVED, ns};
	}
	if (open_ns)
		all[nr++] = (struct lock_holder){l->holder, EVIDENCE_OBSERVED, open_ns};
	if (unknown_ns)
		all[nr++] = (struct lock_holder){0, EVIDENCE_UNKNOWN, unknown_ns};
	qsort(all, nr, sizeof(*all), by_wait);
	if (max)
		memcpy(out, all, (nr < max ? nr : max) * sizeof(*all));
	free(all);
	return nr;
}

size_t model_lock_releasers(const struct model *m, uint32_t lock,
			    struct lock_releaser *out, size_t max)
{
	const struct lock_state *l = lock_at(m, lock);
	const struct tally_entry *e;
	struct lock_releaser *all;
	uint32_t at = 0;
	size_t nr = 0;

	if (!l || !l->releasers.nr)
		return 0;
	all = calloc(l->releasers.nr, sizeof(*all));
	if (!all)
		return 0;
	while ((e = tally_next(&l->releasers, &at)))
		all[nr++] = (struct lock_releaser){e->key, e->sum};
	qsort(all, nr, sizeof(*all), by_count);
	if (max)
		memcpy(out, all, (nr < max ? nr : max) * sizeof(*all));
	free(all);
	return nr;
}

size_t model_lock_waiters(const struct model *m, uint32_t lock, uint32_t *out, size_t max)
{
	const struct lock_state *l = lock_at(m, lock);
	const struct tally_entry *e;
	uint32_t *all, at = 0;
	size_t nr = 0;

	if (!l || !l->waiters.nr)
		return 0;
	all = calloc(l->waiters.nr, sizeof(*all));
	if (!all)
		return 0;
	while ((e = tally_next(&l->waiters, &at)))
		all[nr++] = e->key;
	qsort(all, nr, sizeof(*all), by_index);
	if (max)
		memcpy(out, all, (nr < max ? nr : max) * sizeof(*all));
	free(all);
	return nr;
}

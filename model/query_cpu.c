/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query_cpu.c - the answers about CPUs
 *
 * busy, target and unknown of a bin are exact at any zoom. Who had most of it
 * is exact while the bin lies in one or two chunks of the lane (128 switches
 * and more); of a wider one a few stretches, evenly spread, are counted: a cell
 * of hundreds of switches has no truer letter.
 */
#include "model/internal.h"

#include <string.h>

#define STRETCHES      4
#define STRETCH_SLICES 16
#define EXACT_CHUNKS   2
#define SLOTS          512 /* more than two chunks and the open interval can have */

_Static_assert(SLOTS > EXACT_CHUNKS * LANE_CHUNK_MAX + 1 &&
		       SLOTS > STRETCHES * STRETCH_SLICES + 1,
	       "there is always a free slot");

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static const struct cpu_state *cpu_at(const struct model *m, unsigned int cpu)
{
	return cpu < m->cap_cpus ? m->cpus[cpu] : NULL;
}

static enum cpu_kind kind_now(const struct model *m, const struct cpu_state *c)
{
	if (!c->known)
		return CPU_UNKNOWN;
	if (!c->occupant)
		return CPU_IDLE;
	return m->tasks[c->occupant]->pub.in_scope ? CPU_TARGET : CPU_OTHER;
}

static uint64_t open_ns(const struct model *m, const struct cpu_state *c,
			uint64_t time_ns)
{
	uint64_t to = earlier(time_ns, m->now_ns);

	return to > c->since_ns ? to - c->since_ns : 0;
}

unsigned int model_nr_cpus(const struct model *m)
{
	return m->nr_cpus;
}

void model_cpu_totals(const struct model *m, unsigned int cpu, uint64_t *busy_ns,
		      uint64_t *target_ns, uint64_t *switches)
{
	const struct cpu_state *c = cpu_at(m, cpu);
	uint64_t ns[LANE_KINDS];

	*busy_ns = *target_ns = *switches = 0;
	if (!c)
		return;
	memcpy(ns, c->lane.sums, sizeof(ns));
	ns[kind_now(m, c)] += open_ns(m, c, UINT64_MAX);
	*target_ns = ns[CPU_TARGET];
	*busy_ns = ns[CPU_TARGET] + ns[CPU_OTHER];
	*switches = c->switches;
}

uint64_t model_other_run_ns(const struct model *m, uint32_t task)
{
	const struct task_state *t = task_at(m, task);

	if (!t || !task)
		return 0;
	if (t->on_cpu == NO_CPU || t->pub.in_scope)
		return t->other_run_ns;
	return t->other_run_ns + open_ns(m, m->cpus[t->on_cpu], UINT64_MAX);
}

bool model_cpu_span(const struct model *m, unsigned int cpu, uint64_t time_ns,
		    struct span *out)
{
	const struct cpu_state *c = cpu_at(m, cpu);
	struct interval at;

	if (cpu >= m->nr_cpus || time_ns > m->now_ns)
		return false;
	if (!c) {
		*out = (struct span){.end_ns = m->now_ns, .evidence = EVIDENCE_UNKNOWN};
		return true;
	}
	if (time_ns >= c->since_ns) {
		*out = (struct span){
			.start_ns = c->since_ns,
			.end_ns = m->now_ns,
			.task = c->known ? c->occupant : 0,
			.evidence = c->known ? EVIDENCE_OBSERVED : EVIDENCE_UNKNOWN,
		};
		return true;
	}
	if (!lane_at(&c->lane, time_ns, &at))
		return false;
	*out = (struct span){
		.start_ns = at.start_ns,
		.end_ns = at.end_ns,
		.task = at.aux,
		.evidence = at.kind == CPU_UNKNOWN ? EVIDENCE_UNKNOWN : EVIDENCE_OBSERVED,
	};
	return true;
}

/* ---- who had most of a bin ---- */

#define UNKNOWN_OCCUPANT UINT32_MAX

struct occupants {
	uint16_t nr;
	uint16_t used[SLOTS]; /* the slots in use, in order of coming */
	struct occupant {
		uint64_t ns;   /* 0: free */
		uint32_t task; /* index; 0: idle; or UNKNOWN_OCCUPANT */
	} slots[SLOTS];
};

static void count(struct occupants *o, uint32_t task, uint64_t ns)
{
	uint32_t at = task * 0x9e3779b1u >> 16;

	if (!ns)
		return;
	for (;; at++) {
		struct occupant *s = &o->slots[at % SLOTS];

		if (!s->ns) {
			s->task = task;
			o->used[o->nr++] = at % SLOTS;
		}
		if (s->task == task) {
			s->ns += ns;
			return;
		}
	}
}

/* The lane's intervals in [from_ns, to_ns), max of them at most. */
static void count_lane(struct occupants *o, struct lane_cursor *c, uint64_t from_ns,
		       uint64_t to_ns, unsigned int max)
{
	if (from_ns < lane_kept_ns(c->lane))
		from_ns = lane_kept_ns(c->lane);
	if (from_ns >= to_ns || !lane_cursor_seek(c, from_ns))
		return;
	do {
		uint64_t start = c->at.start_ns > from_ns ? c->at.start_ns : from_ns;

		if (start >= to_ns)
			return;
		count(o, c->at.kind == CPU_UNKNOWN ? UNKNOWN_OCCUPANT : c->at.aux,
		      earlier(c->at.end_ns, to_ns) - start);
	} while (--max && lane_cursor_step(c));
}

/* Leaves o as it came, empty. */
static void take_most(struct occupants *o, struct cpu_bin *b)
{
	uint64_t most = 0;

	b->mixed = o->nr > 1;
	for (unsigned int i = 0; i < o->nr; i++) {
		struct occupant *s = &o->slots[o->used[i]];

		if (s->task != UNKNOWN_OCCUPANT && s->ns > most) {
			most = s->ns;
			b->task = s->task;
		}
		s->ns = 0;
	}
	o->nr = 0;
}

static void find_occupant(const struct model *m, const struct cpu_state *cpu,
			  struct lane_cursor *c, struct occupants *o, uint64_t from_ns,
			  uint64_t to_ns, struct cpu_bin *b)
{
	const struct lane *l = c->lane;
	uint32_t first = lane_chunk_at(l, from_ns), last = lane_chunk_at(l, to_ns);

	if (last - first < EXACT_CHUNKS) {
		count_lane(o, c, from_ns, to_ns, UINT32_MAX);
	} else {
		for (unsigned int i = 0; i < STRETCHES; i++) {
			uint32_t k = first + 1 +
				     (uint64_t)(last - first - 1) * i / STRETCHES;

			count_lane(o, c, lane_chunk_start_ns(l, k),
				   lane_chunk_start_ns(l, k + 1), STRETCH_SLICES);
		}
	}
	count(o, cpu->known ? cpu->occupant : UNKNOWN_OCCUPANT,
	      open_ns(m, cpu, to_ns) - open_ns(m, cpu, from_ns));
	take_most(o, b);
}

void model_cpu_bins(const struct model *m, unsigned int cpu, uint64_t from_ns,
		    uint64_t bin_ns, unsigned int nr, struct cpu_bin *bins)
{
	const struct cpu_state *c = cpu_at(m, cpu);
	uint64_t left[LANE_KINDS], right[LANE_KINDS];
	struct lane_cursor sums, walk;
	struct occupants o;

	o.nr = 0;
	for (unsigned int i = 0; i < SLOTS; i++)
		o.slots[i].ns = 0;
	if (c) {
		lane_cursor_init(&sums, &c->lane);
		lane_cursor_init(&walk, &c->lane);
		lane_cursor_sums(&sums, from_ns, left, NULL);
	}
	for (unsigned int i = 0; i < nr; i++, from_ns = add(from_ns, bin_ns)) {
		struct cpu_bin *b = &bins[i];
		uint64_t to_ns = add(from_ns, bin_ns), ns[LANE_KINDS];

		*b = (struct cpu_bin){0};
		if (from_ns >= m->now_ns)
			continue;
		if (!c) {
			if (cpu < m->nr_cpus)
				b->unknown_ns = earlier(to_ns, m->now_ns) - from_ns;
			continue;
		}
		lane_cursor_sums(&sums, to_ns, right, NULL);
		for (int k = 0; k < LANE_KINDS; k++)
			ns[k] = right[k] - left[k];
		memcpy(left, right, sizeof(left));
		ns[kind_now(m, c)] += open_ns(m, c, to_ns) - open_ns(m, c, from_ns);
		b->target_ns = ns[CPU_TARGET];
		b->busy_ns = ns[CPU_TARGET] + ns[CPU_OTHER];
		b->unknown_ns = ns[CPU_UNKNOWN];
		find_occupant(m, c, &walk, &o, from_ns, to_ns, b);
	}
}

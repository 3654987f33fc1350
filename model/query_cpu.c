/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query_cpu.c - the answers about CPUs
 *
 * busy, target and unknown of a bin are exact at any zoom. Who had most of it
 * is exact while a bin spans at most EXACT_CHUNKS chunks of the lane (256
 * switches or more); of a wider one that many chunks, evenly spread, are
 * counted: a cell of thousands of switches has no truer letter.
 */
#include "model/internal.h"

#include <string.h>

#define EXACT_CHUNKS 2
#define OCCUPANTS    32

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

static uint64_t open_ns(const struct model *m, const struct cpu_state *c, uint64_t time_ns)
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
	struct {
		uint32_t task; /* index; 0: idle; or UNKNOWN_OCCUPANT */
		uint64_t ns;
	} of[OCCUPANTS];
	unsigned int nr;
};

/* With more than OCCUPANTS, the one with least so far makes room. */
static void count(struct occupants *o, uint32_t task, uint64_t ns)
{
	unsigned int i, least = 0;

	for (i = 0; i < o->nr; i++) {
		if (o->of[i].task == task) {
			o->of[i].ns += ns;
			return;
		}
		if (o->of[i].ns < o->of[least].ns)
			least = i;
	}
	if (o->nr < OCCUPANTS)
		least = o->nr++;
	o->of[least].task = task;
	o->of[least].ns = ns;
}

static void count_lane(struct occupants *o, struct lane_cursor *c, uint64_t from_ns,
		       uint64_t to_ns)
{
	const struct lane *l = c->lane;

	if (from_ns < lane_kept_ns(l))
		from_ns = lane_kept_ns(l);
	if (from_ns >= to_ns || !lane_cursor_seek(c, from_ns))
		return;
	do {
		uint64_t start = c->at.start_ns > from_ns ? c->at.start_ns : from_ns;

		if (start >= to_ns)
			return;
		count(o, c->at.kind == CPU_UNKNOWN ? UNKNOWN_OCCUPANT : c->at.aux,
		      earlier(c->at.end_ns, to_ns) - start);
	} while (lane_cursor_step(c));
}

static void find_occupant(const struct model *m, const struct cpu_state *cpu,
			  struct lane_cursor *c, uint64_t from_ns, uint64_t to_ns,
			  struct cpu_bin *b)
{
	const struct lane *l = c->lane;
	struct occupants o = {.nr = 0};
	uint64_t open = open_ns(m, cpu, to_ns) - open_ns(m, cpu, from_ns), most = 0;
	uint32_t first = lane_chunk_at(l, from_ns), last = lane_chunk_at(l, to_ns);

	if (from_ns >= l->end_ns || last - first <= EXACT_CHUNKS) {
		count_lane(&o, c, from_ns, to_ns);
	} else {
		for (uint32_t i = 0; i < EXACT_CHUNKS; i++) {
			uint32_t k = first + 1 +
				     (uint64_t)(last - first - 1) * i / EXACT_CHUNKS;

			count_lane(&o, c, lane_chunk_start_ns(l, k),
				   lane_chunk_start_ns(l, k + 1));
		}
	}
	if (open)
		count(&o, cpu->known ? cpu->occupant : UNKNOWN_OCCUPANT, open);
	b->mixed = o.nr > 1;
	for (unsigned int i = 0; i < o.nr; i++) {
		if (o.of[i].task != UNKNOWN_OCCUPANT && o.of[i].ns > most) {
			most = o.of[i].ns;
			b->task = o.of[i].task;
		}
	}
}

void model_cpu_bins(const struct model *m, unsigned int cpu, uint64_t from_ns,
		    uint64_t bin_ns, unsigned int nr, struct cpu_bin *bins)
{
	const struct cpu_state *c = cpu_at(m, cpu);
	uint64_t left[LANE_KINDS], right[LANE_KINDS];
	struct lane_cursor sums, walk;

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
		find_occupant(m, c, &walk, from_ns, to_ns, b);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query.c - the answers about tasks
 *
 * A task's row is its lane and the open slice behind it, which ends at
 * model_now_ns() for whoever asks.
 */
#include "model/internal.h"

#include <string.h>

#include "model/waits.h"

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* a + b, or the last moment that can be written down. */
static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

uint32_t model_nr_tasks(const struct model *m)
{
	return m->nr_tasks;
}

const struct task *model_task(const struct model *m, uint32_t index)
{
	return index < m->nr_tasks ? &m->tasks[index]->pub : NULL;
}

const struct wait *model_wait(const struct model *m, uint32_t id)
{
	return wait_at(m->waits, id);
}

/* The task if it has slices: in scope, begun. */
static const struct task_state *row(const struct model *m, uint32_t task)
{
	const struct task_state *t = task_at(m, task);

	return t && t->pub.in_scope ? t : NULL;
}

static bool alive(const struct task_state *t)
{
	return t->pub.state != STATE_GONE;
}

/* The open slice's time in [0, time_ns); 0 if there is none. */
static uint64_t open_ns(const struct model *m, const struct task_state *t,
			uint64_t time_ns)
{
	uint64_t to = earlier(time_ns, m->now_ns);

	return alive(t) && to > t->since_ns ? to - t->since_ns : 0;
}

void model_task_totals(const struct model *m, uint32_t task, uint64_t ns[STATE_NR])
{
	const struct task_state *t = row(m, task);

	memset(ns, 0, STATE_NR * sizeof(*ns));
	if (!t)
		return;
	memcpy(ns, t->pub.total_ns, STATE_NR * sizeof(*ns));
	if (alive(t))
		ns[t->pub.state] += open_ns(m, t, UINT64_MAX);
}

uint64_t model_task_runq_ns(const struct model *m, uint32_t task, unsigned int percent)
{
	struct task_state *t = task_at(m, task);
	uint64_t open;

	if (!t || !t->pub.in_scope)
		return 0;
	open = open_ns(m, t, UINT64_MAX);
	return samples_rank_with(&t->runq, percent,
				 t->pub.state == STATE_RUNNABLE && open ? &open : NULL);
}

/* ---- bins ---- */

/* What holds at the right edge of a bin. */
struct edge {
	uint64_t ns[STATE_NR]; /* F */
	bool open;             /* the open slice has begun before it */
};

static void edge_at(const struct model *m, const struct task_state *t,
		    struct lane_cursor *c, uint64_t time_ns, struct edge *e)
{
	lane_cursor_sums(c, time_ns, e->ns, NULL);
	e->open = alive(t) && time_ns > t->since_ns && m->now_ns > t->since_ns;
	if (e->open)
		e->ns[t->pub.state] += open_ns(m, t, time_ns);
}

/* The wait, or the CPU, of the last slice in this state before the edge. */
static bool last_of(const struct task_state *t, const struct lane_cursor *c,
		    const struct edge *e, enum state state, uint32_t *aux)
{
	if (e->open && t->pub.state == state) {
		*aux = state == STATE_RUNNING ? t->pub.cpu : t->wait;
		return true;
	}
	return lane_cursor_last(c, state, aux);
}

static enum state largest(const uint64_t ns[STATE_NR])
{
	enum state most = STATE_RUNNING;

	for (int s = STATE_RUNNING; s < STATE_NR; s++)
		if (ns[s] > ns[most])
			most = s;
	if (ns[STATE_UNKNOWN] > ns[most])
		most = STATE_UNKNOWN;
	return ns[most] ? most : STATE_GONE;
}

void model_task_bins(const struct model *m, uint32_t task, uint64_t from_ns,
		     uint64_t bin_ns, unsigned int nr, struct task_bin *bins)
{
	const struct task_state *t = row(m, task);
	struct edge left, right;
	struct lane_cursor c;
	uint32_t aux;

	if (t) {
		lane_cursor_init(&c, &t->lane);
		edge_at(m, t, &c, from_ns, &left);
	}
	for (unsigned int i = 0; i < nr; i++, from_ns = add(from_ns, bin_ns)) {
		struct task_bin *b = &bins[i];
		uint64_t to_ns = add(from_ns, bin_ns);

		*b = (struct task_bin){.cpu = NO_CPU, .state = STATE_GONE};
		if (!t)
			continue;
		b->ended = t->pub.end_ns >= from_ns && t->pub.end_ns < to_ns;
		if (from_ns >= m->now_ns || from_ns >= t->pub.end_ns)
			continue;
		edge_at(m, t, &c, to_ns, &right);
		for (int s = 0; s < STATE_NR; s++)
			b->ns[s] = right.ns[s] - left.ns[s];
		b->state = largest(b->ns);
		if (b->ns[STATE_RUNNING] && last_of(t, &c, &right, STATE_RUNNING, &aux))
			b->cpu = aux;
		if (b->ns[STATE_LOCK] && last_of(t, &c, &right, STATE_LOCK, &aux) && aux)
			b->lock = wait_at(m->waits, aux)->lock;
		left = right;
	}
}

/* ---- slices ---- */

static void open_slice(const struct model *m, const struct task_state *t, struct slice *s)
{
	memset(s, 0, sizeof(*s));
	s->start_ns = t->since_ns;
	s->end_ns = later(m->now_ns, t->since_ns);
	s->open = true;
	s->state = t->pub.state;
	s->why = t->why;
	s->other = t->other;
	s->wait = t->wait;
	if (s->state == STATE_RUNNING)
		s->cpu = t->pub.cpu;
}

static void to_slice(const struct interval *at, struct slice *s)
{
	memset(s, 0, sizeof(*s));
	s->start_ns = at->start_ns;
	s->end_ns = at->end_ns;
	s->state = at->kind;
	s->why = at->flags;
	if (s->state == STATE_RUNNING)
		s->cpu = at->aux;
	else if (s->state == STATE_RUNNABLE)
		s->other = at->aux;
	else
		s->wait = at->aux;
}

bool model_task_slice(const struct model *m, uint32_t task, uint64_t time_ns,
		      struct slice *out)
{
	const struct task_state *t = row(m, task);
	struct interval at;

	if (!t)
		return false;
	if (alive(t) && time_ns >= t->since_ns) {
		if (time_ns > later(m->now_ns, t->since_ns))
			return false;
		open_slice(m, t, out);
		return true;
	}
	if (!lane_at(&t->lane, time_ns, &at))
		return false;
	to_slice(&at, out);
	return true;
}

bool model_slice_next(const struct model *m, uint32_t task, const struct slice *at,
		      struct slice *out)
{
	const struct task_state *t = row(m, task);
	struct interval next;

	if (!t || at->open)
		return false;
	if (lane_at(&t->lane, at->end_ns, &next)) {
		to_slice(&next, out);
		return true;
	}
	if (!alive(t) || at->end_ns != t->since_ns || m->now_ns <= t->since_ns)
		return false;
	open_slice(m, t, out);
	return true;
}

bool model_slice_prev(const struct model *m, uint32_t task, const struct slice *at,
		      struct slice *out)
{
	const struct task_state *t = row(m, task);
	struct interval before;

	if (!t || !at->start_ns || !lane_at(&t->lane, at->start_ns - 1, &before))
		return false;
	to_slice(&before, out);
	return true;
}

/* ---- run-queue depth ---- */

#define WALK_NS UINT64_C(500000000) /* of slices, at most, to walk for exact bins */

/* Bins finer than a step: from the rows of all who lived then. */
static void walk_depth(const struct model *m, uint64_t from_ns, uint64_t bin_ns,
		       unsigned int nr, uint64_t *runnable_ns)
{
	uint64_t end_ns = add(from_ns, bin_ns * nr);

	for (uint32_t i = 1; i < m->nr_tasks; i++) {
		const struct task_state *t = m->tasks[i];
		uint64_t left[LANE_KINDS], right[LANE_KINDS], at = from_ns;
		struct lane_cursor c;

		if (!t->pub.in_scope || t->lane.end_ns <= from_ns ||
		    t->lane.start_ns >= end_ns)
			continue;
		lane_cursor_init(&c, &t->lane);
		lane_cursor_sums(&c, end_ns, right, NULL);
		lane_cursor_init(&c, &t->lane);
		lane_cursor_sums(&c, at, left, NULL);
		if (left[STATE_RUNNABLE] == right[STATE_RUNNABLE])
			continue;
		for (unsigned int b = 0; b < nr; b++) {
			at = add(at, bin_ns);
			lane_cursor_sums(&c, at, right, NULL);
			runnable_ns[b] += right[STATE_RUNNABLE] - left[STATE_RUNNABLE];
			memcpy(left, right, sizeof(left));
		}
	}
}

void model_depth_bins(const struct model *m, uint64_t from_ns, uint64_t bin_ns,
		      unsigned int nr, uint64_t *runnable_ns)
{
	uint64_t step = depth_step_ns(m->depth), at = from_ns;
	bool aligned = !(from_ns % step) && !(bin_ns % step);

	memset(runnable_ns, 0, nr * sizeof(*runnable_ns));
	if (!aligned && nr && bin_ns <= WALK_NS / nr) {
		walk_depth(m, from_ns, bin_ns, nr, runnable_ns);
	} else {
		uint64_t left = depth_before(m->depth, at);

		for (unsigned int b = 0; b < nr; b++) {
			uint64_t right = depth_before(m->depth, at = add(at, bin_ns));

			runnable_ns[b] = right - left;
			left = right;
		}
	}
	/* Those who are runnable now are in neither. */
	for (uint32_t i = 0; i < m->nr_live; i++) {
		const struct task_state *t = m->tasks[m->live[i]];

		if (t->pub.state != STATE_RUNNABLE)
			continue;
		at = from_ns;
		for (unsigned int b = 0; b < nr; b++, at = add(at, bin_ns))
			runnable_ns[b] += open_ns(m, t, add(at, bin_ns)) -
					  open_ns(m, t, at);
	}
}

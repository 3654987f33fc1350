/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/sinks.c - small sinks that join the large ones
 */
#include "cli/sinks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The sink is the first member of each of these structs. */

/* ---- tee ---- */
static int tee_begin(struct sink *s, const struct trace_info *info)
{
	struct tee *t = (struct tee *)s;
	int err = 0;

	for (unsigned int i = 0; i < t->nr && !err; i++)
		err = t->to[i]->begin(t->to[i], info);
	return err;
}

static int tee_event(struct sink *s, const struct event *e)
{
	struct tee *t = (struct tee *)s;
	int err = 0;

	for (unsigned int i = 0; i < t->nr && !err; i++)
		err = t->to[i]->event(t->to[i], e);
	return err;
}

static int tee_advance(struct sink *s, uint64_t time_ns)
{
	struct tee *t = (struct tee *)s;
	int err = 0;

	for (unsigned int i = 0; i < t->nr && !err; i++)
		err = t->to[i]->advance(t->to[i], time_ns);
	return err;
}

/* Every sink gets its end, whatever happened to the others. */
static int tee_end(struct sink *s, const struct trace_end *end)
{
	struct tee *t = (struct tee *)s;
	int err = 0;

	for (unsigned int i = 0; i < t->nr; i++) {
		int e = t->to[i]->end(t->to[i], end);

		if (!err)
			err = e;
	}
	return err;
}

void tee_init(struct tee *t)
{
	*t = (struct tee){.sink = {tee_begin, tee_event, tee_advance, tee_end}};
}

void tee_add(struct tee *t, struct sink *to)
{
	t->to[t->nr++] = to;
}

/* ---- gate ---- */
enum { GATE_EVENTS = 4096 };

static void gate_take(struct gate *g)
{
	if (!g->held)
		pthread_mutex_lock(g->lock);
	g->held = true;
}

static void gate_give(struct gate *g)
{
	if (g->held)
		pthread_mutex_unlock(g->lock);
	g->held = false;
	g->nr = 0;
}

static int gate_begin(struct sink *s, const struct trace_info *info)
{
	struct gate *g = (struct gate *)s;
	int err;

	gate_take(g);
	err = g->to->begin(g->to, info);
	gate_give(g);
	return err;
}

static int gate_event(struct sink *s, const struct event *e)
{
	struct gate *g = (struct gate *)s;
	int err;

	gate_take(g);
	err = g->to->event(g->to, e);
	if (err || ++g->nr >= GATE_EVENTS)
		gate_give(g);
	return err;
}

static int gate_advance(struct sink *s, uint64_t time_ns)
{
	struct gate *g = (struct gate *)s;
	int err;

	gate_take(g);
	err = g->to->advance(g->to, time_ns);
	gate_give(g);
	return err;
}

static int gate_end(struct sink *s, const struct trace_end *end)
{
	struct gate *g = (struct gate *)s;
	int err;

	gate_take(g);
	err = g->to->end(g->to, end);
	gate_give(g);
	return err;
}

void gate_init(struct gate *g, struct sink *to, pthread_mutex_t *lock)
{
	*g = (struct gate){
		.sink = {gate_begin, gate_event, gate_advance, gate_end},
		.to = to,
		.lock = lock,
	};
}

/* ---- census ---- */
static int census_begin(struct sink *s, const struct trace_info *info)
{
	(void)s;
	(void)info;
	return 0;
}

static bool census_mark(struct census *c, uint32_t tid, bool alive)
{
	uint64_t bit = UINT64_C(1) << tid % 64;

	if (tid / 64 >= c->nr_words) {
		uint32_t nr = (tid / 64 + 1) * 2;
		uint64_t *words;

		if (!alive)
			return true;
		words = realloc(c->alive, nr * sizeof(*words));
		if (!words)
			return false;
		memset(words + c->nr_words, 0, (nr - c->nr_words) * sizeof(*words));
		c->alive = words;
		c->nr_words = nr;
	}
	if (!(c->alive[tid / 64] & bit) == alive) {
		c->alive[tid / 64] ^= bit;
		c->nr_alive += alive ? 1 : -1u;
	}
	return true;
}

static int census_event(struct sink *s, const struct event *e)
{
	struct census *c = (struct census *)s;

	c->events += e->type != EVENT_NAME;
	switch (e->type) {
	case EVENT_SWITCH:
		c->switches++;
		break;
	case EVENT_LOST:
		c->lost += e->lost.count;
		break;
	case EVENT_EXIT:
		census_mark(c, e->tid, false);
		break;
	case EVENT_TASK:
		if (!(e->flags & TASK_IN_SCOPE) || e->flags & TASK_RENAMED)
			break;
		if (e->flags & TASK_EXECED)
			census_mark(c, e->task.parent_tid, false);
		if (!census_mark(c, e->tid, true))
			return -ENOMEM;
		break;
	}
	return 0;
}

static int census_advance(struct sink *s, uint64_t time_ns)
{
	(void)s;
	(void)time_ns;
	return 0;
}

static int census_end(struct sink *s, const struct trace_end *end)
{
	(void)s;
	(void)end;
	return 0;
}

void census_init(struct census *c)
{
	*c = (struct census){
		.sink = {census_begin, census_event, census_advance, census_end},
	};
}

void census_free(struct census *c)
{
	free(c->alive);
	c->alive = NULL;
}

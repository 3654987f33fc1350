/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks.c - tids and tasks
 *
 * A direct table in pages, for it is asked two or three times an event. Each
 * tid has a list of tenures, newest first, for questions about the past.
 */
#include "model/tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tenure {
	uint32_t task;
	uint32_t older; /* of the same tid, 0: none */
	uint64_t from_ns;
};

struct tid_map *tid_map_new(void)
{
	struct tid_map *map = calloc(1, sizeof(*map));

	if (map)
		map->bytes = sizeof(*map);
	return map;
}

void tid_map_free(struct tid_map *map)
{
	if (!map)
		return;
	for (unsigned int i = 0; i < TID_PAGES; i++)
		free(map->pages[i]);
	free(map->tenures);
	free(map->ns);
	free(map);
}

static struct tid_slot *slot_of(struct tid_map *map, uint32_t tid)
{
	struct tid_slot **page = &map->pages[tid / TID_PAGE];

	if (!*page) {
		*page = calloc(TID_PAGE, sizeof(**page));
		if (!*page)
			return NULL;
		map->bytes += TID_PAGE * sizeof(**page);
	}
	return &(*page)[tid % TID_PAGE];
}

int tid_bind(struct model *m, uint32_t tid, uint32_t task, uint64_t from_ns)
{
	struct tid_map *map = m->by_tid;
	struct tid_slot *slot = slot_of(map, tid);

	if (!slot)
		return -ENOMEM;
	if (map->nr_tenures + 1 >= map->cap_tenures) {
		uint32_t cap = map->cap_tenures ? map->cap_tenures * 2 : 64;
		struct tenure *tenures = realloc(map->tenures, cap * sizeof(*tenures));

		if (!tenures)
			return -ENOMEM;
		map->bytes += (cap - map->cap_tenures) * sizeof(*tenures);
		map->tenures = tenures;
		map->cap_tenures = cap;
	}
	map->tenures[++map->nr_tenures] =
		(struct tenure){.task = task, .older = slot->tenure, .from_ns = from_ns};
	slot->tenure = map->nr_tenures;
	slot->task = task;
	return 0;
}

void tid_redirect(struct model *m, uint32_t tid, uint32_t task)
{
	struct tid_slot *page = m->by_tid->pages[tid / TID_PAGE];

	if (page)
		page[tid % TID_PAGE].task = task;
}

uint32_t model_find_tid(const struct model *m, uint32_t tid, uint64_t time_ns)
{
	const struct tid_map *map = m->by_tid;
	const struct tid_slot *page;

	if (tid >= TID_MAX)
		return 0;
	page = map->pages[tid / TID_PAGE];
	if (!page)
		return 0;
	for (uint32_t i = page[tid % TID_PAGE].tenure; i; i = map->tenures[i].older) {
		const struct tenure *k = &map->tenures[i];

		/* A task may have been born after it was first named. */
		if (k->from_ns <= time_ns && m->tasks[k->task]->pub.start_ns <= time_ns)
			return k->task;
	}
	return 0;
}

/* ---- tids of inner namespaces ---- */

static uint32_t *ns_slot(const struct model *m, uint32_t *ns, uint32_t cap, uint32_t tgid,
			 uint32_t ns_tid)
{
	uint64_t at = ((uint64_t)tgid << 32 | ns_tid) * UINT64_C(0x9e3779b97f4a7c15);

	for (at >>= 32;; at++) {
		uint32_t *slot = &ns[at & (cap - 1)];
		const struct task *t = *slot ? &m->tasks[*slot]->pub : NULL;

		if (!t || (t->tgid == tgid && t->ns_tid == ns_tid))
			return slot;
	}
}

static int ns_grow(struct model *m)
{
	struct tid_map *map = m->by_tid;
	uint32_t cap = map->cap_ns ? map->cap_ns * 2 : 64;
	uint32_t *ns = calloc(cap, sizeof(*ns));

	if (!ns)
		return -ENOMEM;
	map->nr_ns = 0;
	for (uint32_t i = 0; i < map->cap_ns; i++) {
		uint32_t index = map->ns[i];
		uint32_t *slot;

		if (!index)
			continue;
		slot = ns_slot(m, ns, cap, m->tasks[index]->pub.tgid,
			       m->tasks[index]->pub.ns_tid);
		map->nr_ns += !*slot;
		*slot = index;
	}
	map->bytes += (cap - map->cap_ns) * sizeof(*ns);
	free(map->ns);
	map->ns = ns;
	map->cap_ns = cap;
	return 0;
}

int tid_bind_ns(struct model *m, const struct task_state *t)
{
	struct tid_map *map = m->by_tid;
	uint32_t *slot;

	if (!t->pub.ns_tid || t->pub.ns_tid == t->pub.tid)
		return 0;
	if (map->nr_ns >= map->cap_ns / 4 * 3 && ns_grow(m))
		return -ENOMEM;
	slot = ns_slot(m, map->ns, map->cap_ns, t->pub.tgid, t->pub.ns_tid);
	map->nr_ns += !*slot;
	*slot = t->pub.index;
	return 0;
}

uint32_t task_by_ns_tid(const struct model *m, uint32_t tgid, uint32_t ns_tid)
{
	const struct tid_map *map = m->by_tid;

	if (!ns_tid)
		return 0;
	if (ns_tid < TID_MAX) {
		uint32_t index = task_by_tid(m, ns_tid);

		if (index && m->tasks[index]->pub.tgid == tgid &&
		    m->tasks[index]->pub.ns_tid == ns_tid)
			return index;
	}
	return map->cap_ns ? *ns_slot(m, map->ns, map->cap_ns, tgid, ns_tid) : 0;
}

/* ---- tasks ---- */

struct task_state *task_new(struct model *m, uint32_t tid, uint64_t start_ns)
{
	struct task_state *t;

	if (m->nr_tasks == m->cap_tasks) {
		uint32_t cap = m->cap_tasks ? m->cap_tasks * 2 : 64;
		struct task_state **tasks = realloc(m->tasks, cap * sizeof(*tasks));

		if (!tasks)
			return NULL;
		m->tasks = tasks;
		m->cap_tasks = cap;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->pub.index = m->nr_tasks;
	t->pub.tid = t->pub.ns_tid = tid;
	t->pub.start_ns = start_ns;
	t->pub.end_ns = UINT64_MAX;
	t->on_cpu = NO_CPU;
	t->last_ns = t->since_ns = start_ns;
	m->tasks[m->nr_tasks] = t;
	if (tid && tid_bind(m, tid, t->pub.index, start_ns)) {
		free(t);
		return NULL;
	}
	m->nr_tasks++;
	return t;
}

void task_free(struct task_state *t, struct lane_pool *pool)
{
	lane_free(&t->lane, pool);
	samples_free(&t->runq);
	free(t);
}

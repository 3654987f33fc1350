/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks.c - see tasks.h; a hash table with linear probing
 */
#include "trace/tasks.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(const struct task_map *m, uint32_t tid)
{
	return (tid * 2654435761u) & (m->cap - 1);
}

struct known_task *task_map_find(const struct task_map *m, uint32_t tid)
{
	size_t s;

	if (!m->cap || !tid)
		return NULL;
	for (s = slot_of(m, tid); m->v[s].tid; s = (s + 1) & (m->cap - 1))
		if (m->v[s].tid == tid)
			return &m->v[s];
	return NULL;
}

static void insert(struct task_map *m, const struct known_task *t)
{
	size_t s = slot_of(m, t->tid);

	while (m->v[s].tid)
		s = (s + 1) & (m->cap - 1);
	m->v[s] = *t;
	m->n++;
}

static int grow(struct task_map *m)
{
	struct task_map bigger = {.cap = m->cap ? m->cap * 2 : 256};
	size_t s;

	bigger.v = calloc(bigger.cap, sizeof(*bigger.v));
	if (!bigger.v)
		return -1;
	for (s = 0; s < m->cap; s++)
		if (m->v[s].tid)
			insert(&bigger, &m->v[s]);
	free(m->v);
	*m = bigger;
	return 0;
}

struct known_task *task_map_add(struct task_map *m, uint32_t tid)
{
	struct known_task *t = task_map_find(m, tid);
	struct known_task fresh = {.tid = tid};

	if (t)
		return t;
	if (m->n * 2 >= m->cap && grow(m))
		return NULL;
	insert(m, &fresh);
	return task_map_find(m, tid);
}

void task_map_remove(struct task_map *m, uint32_t tid)
{
	struct known_task *t = task_map_find(m, tid), moved;
	size_t s;

	if (!t)
		return;
	t->tid = 0;
	m->n--;
	/* Whoever was pushed on by it must be found without it. */
	s = (size_t)(t - m->v);
	for (s = (s + 1) & (m->cap - 1); m->v[s].tid; s = (s + 1) & (m->cap - 1)) {
		moved = m->v[s];
		m->v[s].tid = 0;
		m->n--;
		insert(m, &moved);
	}
}

void task_map_free(struct task_map *m)
{
	free(m->v);
	memset(m, 0, sizeof(*m));
}

void comm_set(char comm[EVENT_COMM_BYTES], const char *from, size_t bytes)
{
	size_t most = bytes < EVENT_COMM_BYTES ? bytes : EVENT_COMM_BYTES - 1;

	memset(comm, 0, EVENT_COMM_BYTES);
	if (most) /* an absent text may be NULL */
		memcpy(comm, from, strnlen(from, most));
}

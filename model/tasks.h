/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/tasks.h - which task a tid means, now and at any time
 *
 * A tid names one task after the other, and a task can change its tid once or
 * twice (exec from a thread that is not the leader takes the leader's):
 *
 *     tid 7   ├ task 3 ───────┤     ├ task 9 ──────── ...
 *     tid 5   ├ task 4 ──┤ exec: task 4 takes over tid 7
 */
#ifndef MTVIZ_MODEL_TASKS_H
#define MTVIZ_MODEL_TASKS_H

#include "model/internal.h"

/* The kernel's PID_MAX_LIMIT: no tid reaches it. */
#define TID_MAX	  (UINT32_C(1) << 22)
#define TID_PAGE  1024
#define TID_PAGES (TID_MAX / TID_PAGE)

struct tid_slot {
	uint32_t task;	 /* who is meant now; 0: nobody yet */
	uint32_t tenure; /* the newest, 0: none */
};

struct tid_map {
	struct tid_slot *pages[TID_PAGES];
	struct tenure *tenures; /* from 1: who had which tid since when */
	uint32_t nr_tenures, cap_tenures;
	uint32_t *ns; /* hash of (tgid, ns_tid) -> index, where ns_tid is not tid */
	uint32_t nr_ns, cap_ns;
	uint64_t bytes;
};

struct tid_map *tid_map_new(void);
void tid_map_free(struct tid_map *map);

static inline uint32_t task_by_tid(const struct model *m, uint32_t tid)
{
	const struct tid_slot *page = m->by_tid->pages[tid / TID_PAGE];

	return page ? page[tid % TID_PAGE].task : 0;
}

/* tid, below TID_MAX, means this task from from_ns on. 0 or -ENOMEM. */
int tid_bind(struct model *m, uint32_t tid, uint32_t task, uint64_t from_ns);
/* The same for events to come only; model_find_tid() does not say so. */
void tid_redirect(struct model *m, uint32_t tid, uint32_t task);
/* t's tgid and ns_tid are set: task_by_ns_tid() will find it. */
int tid_bind_ns(struct model *m, const struct task_state *t);

/* A new task, out of scope, bound to its tid. NULL: no memory. */
struct task_state *task_new(struct model *m, uint32_t tid, uint64_t start_ns);
void task_free(struct task_state *t, struct lane_pool *pool);

#endif

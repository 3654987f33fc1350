// SPDX-License-Identifier: GPL-2.0-or-later
/* capture/watch.c - see watch.h */
#include "capture/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MS 1000000ULL

/* Tids are below 4 Mi (PID_MAX_LIMIT): pages of an array, made when needed. */
#define PAGE_TASKS 1024
#define PAGES      4096
#define WAITS_MIN  64
#define PAIRS_MIN  256

struct watched {
	uint32_t tgid;
	uint32_t wait; /* 1 + index into waits, 0: none */
};

struct wait_entry {
	uint32_t tid;
	uint64_t addr;
	uint64_t next_ns, step_ns;
};

struct pair {
	uint64_t addr;
	uint32_t tgid; /* 0: free */
};

struct watch {
	struct watched *pages[PAGES];
	struct wait_entry *waits;
	uint32_t nr_waits, cap_waits;
	uint32_t turn;      /* where the last watch_due() stopped */
	struct pair *pairs; /* open addressing, a power of two */
	uint32_t nr_pairs, cap_pairs;
};

struct watch *watch_new(void)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->pairs = calloc(PAIRS_MIN, sizeof(*w->pairs));
	w->cap_pairs = PAIRS_MIN;
	if (!w->pairs) {
		free(w);
		return NULL;
	}
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	for (int i = 0; i < PAGES; i++)
		free(w->pages[i]);
	free(w->waits);
	free(w->pairs);
	free(w);
}

static struct watched *task_of(const struct watch *w, uint32_t tid)
{
	struct watched *page = tid / PAGE_TASKS < PAGES ? w->pages[tid / PAGE_TASKS]
							: NULL;

	return page ? &page[tid % PAGE_TASKS] : NULL;
}

static int task_make(struct watch *w, uint32_t tid, uint32_t tgid)
{
	struct watched **page;

	if (tid / PAGE_TASKS >= PAGES)
		return 0;
	page = &w->pages[tid / PAGE_TASKS];
	if (!*page)
		*page = calloc(PAGE_TASKS, sizeof(**page));
	if (!*page)
		return -ENOMEM;
	(*page)[tid % PAGE_TASKS].tgid = tgid;
	return 0;
}

uint32_t watch_tgid(const struct watch *w, uint32_t tid)
{
	const struct watched *t = task_of(w, tid);

	return t ? t->tgid : 0;
}

bool watch_is_lock(const struct event *e)
{
	uint32_t cmd = e->sw.op & 0x7f, val = e->sw.val;
	/* FUTEX_WAITERS and an owner's tid; a parked thread's -1 is none */
	bool owned = val & 0x80000000 && (val & 0x3fffffff) - 1 < PAGES * PAGE_TASKS;

	if (!(e->flags & SWITCH_FUTEX))
		return false;
	switch (cmd) {
	case 6:  /* FUTEX_LOCK_PI */
	case 13: /* FUTEX_LOCK_PI2 */
		return true;
	case 0: /* FUTEX_WAIT */
		return val == 2 || owned;
	case 9: /* FUTEX_WAIT_BITSET; 3: a reader of a glibc rwlock */
		return val == 2 || val == 3 || owned;
	}
	return false;
}

/* ---- waits ---- */

static void wait_ends(struct watch *w, uint32_t tid)
{
	struct watched *t = task_of(w, tid);
	uint32_t i;

	if (!t || !t->wait)
		return;
	i = t->wait - 1;
	t->wait = 0;
	if (i != --w->nr_waits) {
		w->waits[i] = w->waits[w->nr_waits];
		task_of(w, w->waits[i].tid)->wait = i + 1;
	}
}

static int wait_begins(struct watch *w, const struct event *e)
{
	struct watched *t = task_of(w, e->tid);

	if (!t || !t->tgid)
		return 0;
	/* Seen again in the same wait: its schedule goes on. */
	if (t->wait && w->waits[t->wait - 1].addr == e->sw.addr)
		return 0;
	wait_ends(w, e->tid);
	if (w->nr_waits == w->cap_waits) {
		uint32_t cap = w->cap_waits ? w->cap_waits * 2 : WAITS_MIN;
		struct wait_entry *waits = realloc(w->waits, cap * sizeof(*waits));

		if (!waits)
			return -ENOMEM;
		w->waits = waits;
		w->cap_waits = cap;
	}
	w->waits[w->nr_waits++] = (struct wait_entry){
		.tid = e->tid,
		.addr = e->sw.addr,
		.next_ns = e->time_ns + 100 * MS,
		.step_ns = 500 * MS,
	};
	t->wait = w->nr_waits;
	return 0;
}

unsigned int watch_due(struct watch *w, uint64_t now_ns, uint32_t *tids, unsigned int max)
{
	unsigned int nr = 0;

	for (uint32_t i = 0; i < w->nr_waits && nr < max; i++) {
		struct wait_entry *at = &w->waits[(w->turn + i) % w->nr_waits];

		if (at->next_ns > now_ns)
			continue;
		tids[nr++] = at->tid;
		at->next_ns = now_ns + at->step_ns;
		if (at->step_ns < 2000 * MS)
			at->step_ns *= 2;
	}
	w->turn = w->nr_waits ? (w->turn + nr) % w->nr_waits : 0;
	return nr;
}

int watch_event(struct watch *w, const struct event *e)
{
	switch (e->type) {
	case EVENT_TASK:
		if (e->flags & TASK_IN_SCOPE)
			return task_make(w, e->tid, e->task.tgid);
		break;
	case EVENT_SWITCH:
		wait_ends(w, e->sw.next_tid);
		if (e->sw.prev_state && watch_is_lock(e))
			return wait_begins(w, e);
		break;
	case EVENT_SEEN:
		if (e->sw.prev_state && watch_is_lock(e))
			return wait_begins(w, e);
		wait_ends(w, e->tid);
		break;
	case EVENT_EXIT:
		wait_ends(w, e->tid);
		break;
	}
	return 0;
}

/* ---- which (process, address) pairs are known ---- */

static uint32_t pair_slot(const struct watch *w, uint32_t tgid, uint64_t addr)
{
	uint64_t h = (addr ^ (uint64_t)tgid << 40) * 0x9e3779b97f4a7c15ULL;
	uint32_t i = (h >> 32) & (w->cap_pairs - 1);

	while (w->pairs[i].tgid && (w->pairs[i].tgid != tgid || w->pairs[i].addr != addr))
		i = (i + 1) & (w->cap_pairs - 1);
	return i;
}

/* All pairs anew, in cap slots, without those of one process. */
static bool pairs_rebuild(struct watch *w, uint32_t cap, uint32_t without)
{
	struct pair *old = w->pairs;
	uint32_t nr = w->cap_pairs;
	struct pair *pairs = calloc(cap, sizeof(*pairs));

	if (!pairs)
		return false;
	w->pairs = pairs;
	w->cap_pairs = cap;
	w->nr_pairs = 0;
	for (uint32_t i = 0; i < nr; i++) {
		if (!old[i].tgid || old[i].tgid == without)
			continue;
		w->pairs[pair_slot(w, old[i].tgid, old[i].addr)] = old[i];
		w->nr_pairs++;
	}
	free(old);
	return true;
}

bool watch_first(struct watch *w, uint32_t tgid, uint64_t addr)
{
	uint32_t i = pair_slot(w, tgid, addr);

	if (w->pairs[i].tgid)
		return false;
	/* Without memory for it, it stays unnamed: nothing worse. */
	if (w->nr_pairs * 2 >= w->cap_pairs) {
		if (!pairs_rebuild(w, w->cap_pairs * 2, 0))
			return false;
		i = pair_slot(w, tgid, addr);
	}
	w->pairs[i] = (struct pair){.addr = addr, .tgid = tgid};
	w->nr_pairs++;
	return true;
}

void watch_forget(struct watch *w, uint32_t tgid)
{
	bool any = false;

	for (uint32_t i = 0; i < w->cap_pairs && !any; i++)
		any = w->pairs[i].tgid == tgid;
	if (any)
		pairs_rebuild(w, w->cap_pairs, tgid);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/internal.h - what the files of model/ share, and nobody else sees
 *
 *   sched.c   events -> tasks, CPUs, slices   calls down into:
 *   classify.c  a switch-out's facts -> state (a total, pure function)
 *   lane.c    a row of contiguous intervals: compact, binned exactly
 *   samples.c an exact multiset of durations
 *   lock.c    waits, owners, releasers -> locks and their lanes
 *   finding.c lock.c's facts -> deadlock, lost lock
 *   explain.c, text.c   words
 */
#ifndef MTVIZ_MODEL_INTERNAL_H
#define MTVIZ_MODEL_INTERNAL_H

#include "model/model.h"
#include "model/lane.h"
#include "model/samples.h"

struct lock_table; /* lock.c's own */
struct finding_table; /* finding.c's own */

/* What sched.c keeps per task beyond the public part; pub comes first. */
struct task_state {
	struct task pub;
	struct lane lane;
	struct samples runq;
	uint64_t since_ns;   /* start of the open slice */
	uint64_t last_ns;    /* its last event */
	uint8_t why;	     /* of the open slice */
	uint32_t other, wait; /* of the open slice */
	bool waking_pending; /* a WAKING came while it was still running */
	uint32_t pending_waker;
	uint64_t other_run_ns;
	uint32_t lock_wait;  /* lock id while in STATE_LOCK, else 0 (lock.c) */
	bool lock_timed;     /* that wait has a timeout (lock.c) */
	uint64_t lock_wait_since_ns; /* (lock.c) */
	uint32_t next_same_tid; /* older life of the same tid, 0: none */
};

/*
 * lock.c's verbs, called by sched.c in time order. All times are event times.
 *
 * lock_of() finds or makes the lock that a futex / kernel / file lock wait is
 * for: 0 on ENOMEM. Called before the wait is interned.
 */
uint32_t lock_of(struct model *m, const struct task_state *t, const struct event *e);
/* t went to sleep (or was found asleep) in STATE_LOCK; e carries the facts. */
int lock_wait_begin(struct model *m, struct task_state *t, uint32_t lock,
		    const struct event *e);
/*
 * t's lock wait ended at time_ns: by releaser (a task index), by nobody known
 * (0: an interrupt, a loss, the end of the task or of the recording). woken
 * tells a real wake from an end for other reasons.
 */
int lock_wait_end(struct model *m, struct task_state *t, uint64_t time_ns,
		  uint32_t releaser, bool woken);
/* EVENT_OWNER, and SEEN for one that already waits: a word was read again. */
int lock_observe(struct model *m, uint32_t tgid, uint64_t addr, uint32_t word,
		 uint32_t owner, uint64_t time_ns);
int lock_name(struct model *m, uint32_t tgid, uint64_t addr, const char *text);
/* The process's memory is new: its locks are over, an address means another. */
void lock_exec(struct model *m, uint32_t tgid, uint64_t time_ns);
void lock_lost(struct model *m, uint64_t from_ns, uint64_t to_ns);
int lock_advance(struct model *m, uint64_t time_ns); /* findings look at the clock */
void lock_end(struct model *m, uint64_t time_ns);
struct lock_table *lock_table_new(struct model *m);
void lock_table_free(struct lock_table *t);

struct model {
	struct sink sink;
	struct trace_info info; /* deep copy */
	struct trace_end ended;
	bool has_ended;
	uint64_t now_ns, edge_ns;
	uint64_t events, lost, late, switches, skipped;
	struct lane_pool pool; /* memory of all lanes: accounts and evicts */

	struct task_state **tasks; /* by index */
	uint32_t nr_tasks, cap_tasks;
	struct tid_map *by_tid; /* tid -> index of its latest life (sched.c) */
	uint32_t next_letter;

	struct cpu_state *cpus; /* sched.c's */
	unsigned int nr_cpus;

	struct wait *waits; /* interned, from 1 */
	uint32_t nr_waits, cap_waits;

	uint64_t *depth_sum; /* cumulative runnable ns at each ms */
	size_t nr_depth, cap_depth;
	uint64_t depth_since_ns;
	uint32_t depth;

	struct lock_table *locks;
};

/* sched.c, for the others. 0 if there is no such life. */
uint32_t task_by_ns_tid(const struct model *m, uint32_t tgid, uint32_t ns_tid);
static inline struct task_state *task_at(const struct model *m, uint32_t index)
{
	return index < m->nr_tasks ? m->tasks[index] : NULL;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/internal.h - what the files of model/ share, and nobody else sees
 *
 *   sched.c   events -> tasks, CPUs, slices   calls down into:
 *   tasks.c     tids and lives; life.c: a life begins, ends, changes its tid
 *   slices.c    the open slice of a task: closed, relabelled, woken
 *   classify.c  a switch-out's facts -> state (a total, pure function)
 *   waits.c     what tasks wait for, interned
 *   depth.c     how many tasks were runnable
 *   lane.c    a row of contiguous intervals: compact, binned exactly
 *   samples.c an exact multiset of durations
 *   query.c, query_cpu.c  the answers of model.h about tasks and CPUs
 *   lock.c    waits, owners, releasers -> locks and their lanes
 *   finding.c lock.c's facts -> deadlock, lost lock
 *   explain.c, text.c   words
 */
#ifndef MTVIZ_MODEL_INTERNAL_H
#define MTVIZ_MODEL_INTERNAL_H

#include "model/depth.h"
#include "model/lane.h"
#include "model/model.h"
#include "model/samples.h"

struct lock_table; /* lock.c's own */
struct finding_table; /* finding.c's own */
struct tid_map; /* tasks.c's own */
struct wait_table; /* waits.c's own */

#define NO_CPU UINT16_MAX

/* What sched.c keeps per task beyond the public part; pub comes first. */
struct task_state {
	struct task pub;
	/*
	 * In scope, all slices but the open one; that one is pub.state with
	 * .why, .other and .wait since .since_ns, which is the lane's end.
	 */
	struct lane lane;
	struct samples runq;
	uint64_t since_ns;   /* start of the open slice */
	uint64_t last_ns;    /* its last event */
	uint64_t other_run_ns; /* out of scope: its closed times on CPUs */
	uint32_t other, wait; /* of the open slice */
	uint8_t why;	     /* of the open slice */
	bool newborn;	     /* forked, and nothing has happened to it yet */
	bool waking_pending; /* a WAKING came while it was still running */
	bool woken_early;    /* the open slice is runnable because of such a one ... */
	uint8_t slept_state; /* ... and without it would be this, ... */
	uint32_t slept_wait; /* ... for that */
	uint32_t pending_waker;
	uint16_t on_cpu;     /* whose occupant it is, as far as known; or NO_CPU */
	uint32_t live_at;    /* position in model.live while alive and in scope */
	uint32_t exec_from;  /* the tid it had before its exec from a thread */
	uint32_t lock_wait;  /* lock id while in STATE_LOCK, else 0 (lock.c) */
	bool lock_timed;     /* that wait has a timeout (lock.c) */
	bool lock_found;     /* it had begun before anybody looked (lock.c) */
	uint64_t lock_wait_since_ns; /* (lock.c) */
};

/* Kinds of a CPU's lane; the aux of an interval is the occupant's index. */
enum cpu_kind {
	CPU_UNKNOWN,
	CPU_IDLE,
	CPU_OTHER,  /* a task out of scope */
	CPU_TARGET, /* a task in scope */
};

struct cpu_state {
	struct lane lane; /* all but the open interval */
	uint64_t since_ns; /* start of the open interval, the lane's end */
	uint64_t switches;
	uint32_t occupant; /* of the open interval, if .known */
	bool known;
};

/*
 * lock.c's verbs, called by sched.c in time order. All times are event times;
 * the end of a wait by a loss may lie before times that other verbs have had.
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
 * (0: an interrupt, a loss, the end of the task). woken tells a real wake from
 * an end for other reasons. Waits that last to the recording's end do not end.
 */
int lock_wait_end(struct model *m, struct task_state *t, uint64_t time_ns,
		  uint32_t releaser, bool woken);
/*
 * t, in STATE_LOCK with wait w since .since_ns, was taken for woken at that
 * instant, and the wake has turned out to be none: that was one wait, of no
 * length, and from there on it has waited again.
 */
int lock_wait_resume(struct model *m, struct task_state *t, const struct wait *w);
/* EVENT_SEEN of t, which already waits: the words were read again. */
int lock_seen(struct model *m, struct task_state *t, const struct event *e,
	      uint64_t time_ns);
/* EVENT_OWNER: the two words of a mutex that somebody waits for were read again. */
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
	bool x86_64; /* info.machine: system call numbers are known */
	struct trace_end ended;
	bool has_ended;
	uint64_t now_ns;   /* the last event, or the last advance() if later */
	uint64_t event_ns; /* the last event */
	uint64_t events, lost, late, switches, skipped;
	struct lane_pool pool; /* memory of all lanes: accounts and evicts */

	struct task_state **tasks; /* by index */
	uint32_t nr_tasks, cap_tasks;
	uint32_t *live; /* indices of those alive and in scope, in no order */
	uint32_t nr_live, cap_live;
	struct tid_map *by_tid;
	uint32_t next_letter;

	struct cpu_state **cpus; /* NULL: nothing seen of it */
	unsigned int nr_cpus, cap_cpus;

	struct wait_table *waits;
	struct depth *depth; /* closed runnable slices */
	struct lock_table *locks;
};

/*
 * The latest life in process tgid of the thread that its innermost namespace
 * calls ns_tid; 0 if there is none.
 */
uint32_t task_by_ns_tid(const struct model *m, uint32_t tgid, uint32_t ns_tid);
static inline struct task_state *task_at(const struct model *m, uint32_t index)
{
	return index < m->nr_tasks ? m->tasks[index] : NULL;
}

#endif

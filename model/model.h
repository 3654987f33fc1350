/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/model.h - what the events mean
 *
 * Feed it events in time order (it is a sink), then ask it questions. It does
 * no I/O, reads no clock and knows no terminal, so the same events give the
 * same answers live, in a replay and in tests/. docs/events.md defines every
 * state and duration with a drawing; the words here are the same words.
 *
 * All times are ns since the start of the recording. All bins and sums are
 * exact: the bins of a row add up to its slices, to the nanosecond. Pointers
 * that queries return are valid until the next event is applied.
 */
#ifndef MTVIZ_MODEL_MODEL_H
#define MTVIZ_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/stream.h"

enum state {
	STATE_UNKNOWN, /* before its first event, or after lost ones */
	STATE_RUNNING, /* on a CPU */
	STATE_RUNNABLE, /* wants a CPU */
	STATE_LOCK,    /* waits for a mutex, rwlock or kernel lock */
	STATE_SYNC,    /* waits for another task: join, condition, semaphore, child */
	STATE_IO,      /* pipe, socket, file, tty, page fault, poll with descriptors */
	STATE_SLEEP,   /* timer */
	STATE_STOPPED, /* job control, ptrace */
	STATE_OTHER,   /* blocked otherwise */
	STATE_NR,
	STATE_GONE = STATE_NR, /* exited; no slice has this state */
};

enum runnable_why {
	RUNNABLE_WOKEN,	    /* w: .other is the waker, 0 if an interrupt */
	RUNNABLE_PREEMPTED, /* p: .other is who got the CPU */
	RUNNABLE_NEW,	    /* n: .other is the creator */
	RUNNABLE_YIELDED,   /* y: .other is who got the CPU */
};

/*
 * What a blocked task waits for. Interned: few distinct ones exist.
 */
struct wait {
	int16_t syscall;    /* -1: not in a system call */
	uint16_t fd_mode;   /* S_IFMT bits, 0 if none or anonymous */
	uint8_t flags;	    /* enum switch_flags */
	uint32_t op;	    /* futex: raw operation */
	uint32_t lock;	    /* lock id if STATE_LOCK, else 0 */
	uint32_t join_tid;  /* whom it joins, in its namespace; else 0 */
};

/* One state over one interval of one task. */
struct slice {
	uint64_t start_ns;
	uint64_t end_ns; /* model_now_ns() while .open */
	bool open;	 /* still going on */
	uint8_t state;	 /* enum state */
	uint8_t why;	 /* enum runnable_why */
	uint16_t cpu;	 /* running: where */
	uint32_t other;	 /* runnable: a task index, see enum runnable_why */
	uint32_t wait;	 /* blocked: for model_wait(); 0 if nothing is known */
};

/* One life of one tid. Index 0 is the idle task; indices never change. */
struct task {
	uint32_t index;
	uint32_t tid, tgid, ns_tid;
	uint32_t ppid;	 /* its parent's tgid */
	uint32_t parent; /* index of its creator, 0 if not known */
	uint32_t leader; /* index of its process's leader, own index if leader */
	char comm[EVENT_COMM_BYTES]; /* as the kernel has it: hostile */
	char process[EVENT_COMM_BYTES]; /* a leader: its comm at fork, exec or first
					   sight; renames leave it; hostile */
	bool in_scope, kthread, tracer;
	bool exec_ended; /* gone because a sibling's exec took over its tid */
	uint32_t letter; /* 0, 1, ... by birth among those in scope; shown mod 26 */
	uint64_t start_ns; /* its sched_wakeup_new, or 0 if it predates */
	int64_t born_ns;   /* its real birth, negative if before the recording */
	uint64_t end_ns;   /* its final switch-out; UINT64_MAX while alive */
	bool exited;	   /* EXIT was seen: .exit_status is valid */
	uint32_t exit_status; /* as wait(2) reports it */
	uint8_t state;	   /* now; STATE_GONE after the end */
	uint16_t cpu;	   /* the last one known */
	uint64_t total_ns[STATE_NR]; /* closed slices only, see model_task_totals() */
	uint64_t voluntary, involuntary, migrations, switches;
};

/* What a task did in one bin; the shares add up to the bin's lifetime part. */
struct task_bin {
	uint64_t ns[STATE_NR];
	uint32_t lock; /* a lock waited for in this bin (the last), 0: none */
	uint16_t cpu;  /* the last CPU it ran on in this bin; UINT16_MAX: none */
	uint8_t state; /* the state with the largest share; STATE_GONE: not alive */
	bool ended;    /* its end is inside this bin */
};

struct cpu_bin {
	uint64_t busy_ns;    /* any task but idle */
	uint64_t target_ns;  /* a task in scope */
	uint64_t unknown_ns; /* before the first event, after a loss */
	uint32_t task;	     /* index of the occupant with the largest share; 0: idle */
	bool mixed;	     /* more than one occupant (idle counts as one) */
};

/* Who had a CPU, or who held a lock, over one interval. */
struct span {
	uint64_t start_ns, end_ns;
	uint32_t task;	  /* index; 0: idle, or nobody known */
	uint8_t evidence; /* locks: enum evidence; CPUs: EVIDENCE_UNKNOWN in a gap */
};

/* A lock's lane: blank where nobody waits, for an uncontended hold is silent. */
enum evidence {
	EVIDENCE_NONE,	   /* nobody waits */
	EVIDENCE_OBSERVED, /* its owner word, read since the last wake, names .task */
	EVIDENCE_INFERRED, /* probably the woken .task, not read yet */
	EVIDENCE_UNKNOWN,  /* somebody waits; the holder cannot be told */
	EVIDENCE_NR,
};

enum lock_kind {
	LOCK_MUTEX,
	LOCK_PI_MUTEX,
	LOCK_ROBUST_MUTEX,
	LOCK_RWLOCK,
	LOCK_KERNEL,
	LOCK_FILE,  /* flock, fcntl */
	LOCK_FUTEX, /* lock-like futex that is not glibc's */
};

struct lock {
	uint32_t id; /* 1, 2, ... by first contended wait */
	uint32_t tgid;
	uint64_t address; /* a keyed hash for LOCK_KERNEL */
	uint8_t kind;	  /* enum lock_kind */
	const char *name; /* hostile; NULL: call it by address */
	uint64_t waits, wait_ns, max_wait_ns;
	uint32_t waiting; /* how many wait now */
};

struct lock_bin {
	uint64_t ns[EVIDENCE_NR];
	uint32_t task; /* index of a holder in this bin (the last known); 0: none */
};

enum finding_kind {
	FINDING_DEADLOCK,
	FINDING_LOST_LOCK,
};

struct finding {
	uint8_t kind; /* enum finding_kind */
	uint64_t start_ns;
	uint64_t end_ns; /* UINT64_MAX while it lasts */
	const uint32_t *tasks; /* indices; a deadlock's cycle in order */
	const uint32_t *locks; /* ids; locks[i] is what tasks[i] waits for */
	unsigned int nr_tasks, nr_locks;
	const char *text; /* one plain paragraph, UTF-8, safe to print */
};

struct model_options {
	uint64_t memory_bytes; /* history limit; 0: 512 MB */
};

struct model;

struct model *model_new(const struct model_options *opt); /* NULL: -ENOMEM */
void model_free(struct model *m);			   /* NULL is fine */

/*
 * The sink. event() returns 0 or -ENOMEM; event types that this version does
 * not know are counted and skipped; an event older than its task's last is
 * applied at that last time and counted.
 */
struct sink *model_sink(struct model *m);

/* ---- the whole ---- */
const struct trace_info *model_info(const struct model *m); /* the model's copy */
uint64_t model_now_ns(const struct model *m);  /* all is known up to here */
uint64_t model_edge_ns(const struct model *m); /* older slices were dropped */
bool model_ended(const struct model *m, struct trace_end *end);
uint64_t model_events(const struct model *m); /* applied, all types but NAME */
uint64_t model_lost(const struct model *m);   /* sum of the LOST counts */
uint64_t model_late(const struct model *m);   /* events older than their task's last */
uint64_t model_switches(const struct model *m);
uint64_t model_bytes(const struct model *m);  /* memory in use, all in */

/* ---- tasks ---- */
uint32_t model_nr_tasks(const struct model *m); /* indices are below this */
const struct task *model_task(const struct model *m, uint32_t index);
/* The life of tid that covers time_ns, else the latest before, else 0. */
uint32_t model_find_tid(const struct model *m, uint32_t tid, uint64_t time_ns);
/* Totals up to model_now_ns(), open slice included; they add up to the life. */
void model_task_totals(const struct model *m, uint32_t task, uint64_t ns[STATE_NR]);
/* Every runnable interval, exact, nearest rank; 0 without any. percent 0..100 */
uint64_t model_task_runq_ns(const struct model *m, uint32_t task, unsigned int percent);
/* nr bins of bin_ns each from from_ns on. */
void model_task_bins(const struct model *m, uint32_t task, uint64_t from_ns,
		     uint64_t bin_ns, unsigned int nr, struct task_bin *bins);
/* The slice that covers time_ns; false before birth, after the end or the edge. */
bool model_task_slice(const struct model *m, uint32_t task, uint64_t time_ns,
		      struct slice *out);
/* The neighbour of *at; false at the end. out may be at. */
bool model_slice_next(const struct model *m, uint32_t task, const struct slice *at,
		      struct slice *out);
bool model_slice_prev(const struct model *m, uint32_t task, const struct slice *at,
		      struct slice *out);
const struct wait *model_wait(const struct model *m, uint32_t id); /* NULL for 0 */

/* ---- CPUs ---- */
unsigned int model_nr_cpus(const struct model *m); /* seen or announced */
void model_cpu_bins(const struct model *m, unsigned int cpu, uint64_t from_ns,
		    uint64_t bin_ns, unsigned int nr, struct cpu_bin *bins);
bool model_cpu_span(const struct model *m, unsigned int cpu, uint64_t time_ns,
		    struct span *out);
/* Totals up to model_now_ns(); switches counts all occupants. */
void model_cpu_totals(const struct model *m, unsigned int cpu, uint64_t *busy_ns,
		      uint64_t *target_ns, uint64_t *switches);
/* Time a task out of scope was on any CPU, up to model_now_ns(). */
uint64_t model_other_run_ns(const struct model *m, uint32_t task);
/*
 * Run-queue depth: the sum over the tasks in scope of the time they were
 * runnable in each bin (divide by bin_ns for the mean number waiting).
 */
void model_depth_bins(const struct model *m, uint64_t from_ns, uint64_t bin_ns,
		      unsigned int nr, uint64_t *runnable_ns);

/* ---- locks ---- */
uint32_t model_nr_locks(const struct model *m); /* ids are 1..nr */
const struct lock *model_lock(const struct model *m, uint32_t id);
void model_lock_bins(const struct model *m, uint32_t lock, uint64_t from_ns,
		     uint64_t bin_ns, unsigned int nr, struct lock_bin *bins);
bool model_lock_span(const struct model *m, uint32_t lock, uint64_t time_ns,
		     struct span *out);
uint64_t model_lock_wait_ns(const struct model *m, uint32_t lock, unsigned int percent);

struct lock_holder {
	uint32_t task;	  /* index; 0 if not known */
	uint8_t evidence; /* OBSERVED, or UNKNOWN with task 0 */
	uint64_t wait_ns; /* waiting that happened under this holder */
};
struct lock_releaser {
	uint32_t task;
	uint64_t count; /* waits it ended */
};
/*
 * The parts of a lock's account, sorted: holders by wait_ns (their sum is the
 * lock's wait_ns), releasers by count, waiters by task index. Copies at most
 * max, returns how many there are.
 */
size_t model_lock_holders(const struct model *m, uint32_t lock, struct lock_holder *out,
			  size_t max);
size_t model_lock_releasers(const struct model *m, uint32_t lock,
			    struct lock_releaser *out, size_t max);
size_t model_lock_waiters(const struct model *m, uint32_t lock, uint32_t *out,
			  size_t max);

/* ---- findings, in order of start ---- */
unsigned int model_nr_findings(const struct model *m);
const struct finding *model_finding(const struct model *m, unsigned int i);

/* ---- in words ---- */
const char *state_name(enum state s);	       /* "running", "lock", ... */
const char *lock_kind_name(enum lock_kind k);  /* "mutex", "rwlock", ... */
const char *evidence_name(enum evidence e);    /* "observed", ... */
const char *finding_kind_name(enum finding_kind k); /* "deadlock", "lost_lock" */
const char *syscall_name(int nr);	       /* "futex"; NULL if not in the table */
/* "main" for a leader whose comm is its process's name, else its comm, escaped. */
size_t model_task_label(const struct model *m, uint32_t task, char *buf, size_t bytes);
/* name, or kind and address: "account_lock", "mutex 0x55d0c0". */
size_t model_lock_label(const struct model *m, uint32_t lock, char *buf, size_t bytes);
/* "A".."Z" wraps; "a".."z" wraps. */
char model_task_letter(const struct model *m, uint32_t task);
char model_lock_letter(const struct model *m, uint32_t lock);
/*
 * What task does at time_ns, and because of whom, in at most two lines of
 * plain text separated by a newline ("waits 4 ms for mutex a = account_lock",
 * "held 16 ms by C worker-2 (observed), 10 ms of them runnable"). Nothing
 * hostile is in it. Returns the length it wanted, as snprintf does.
 */
size_t model_explain(const struct model *m, uint32_t task, uint64_t time_ns, char *buf,
		     size_t bytes);
/* The same for who is on a CPU, and for a lock. */
size_t model_explain_cpu(const struct model *m, unsigned int cpu, uint64_t time_ns,
			 char *buf, size_t bytes);
size_t model_explain_lock(const struct model *m, uint32_t lock, uint64_t time_ns,
			  char *buf, size_t bytes);

/* ---- formatting shared by report and screen ---- */
/* Escapes what is not printable UTF-8 (C0, C1, invalid) as \xHH; as snprintf. */
size_t text_escape(char *out, size_t bytes, const char *hostile);
/* "4.1 ms", "12.13 s", "850 ns": at most 4 significant digits. */
size_t text_duration(char *out, size_t bytes, uint64_t ns);
/* "12.3s" "450ms" "80us" "1200ns": true and *ns if it is one. */
bool text_parse_time(const char *text, uint64_t *ns);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/foreign.h - what the three files that read others' traces share
 *
 *   foreign_index.c   one pass over the file: where the bundles are, and what
 *                     is said once: tasks, clocks, the system
 *   foreign_bundle.c  one bundle -> its scheduler events, in order of time
 *   foreign.c         all bundles -> one stream of struct event
 */
#ifndef MTVIZ_TRACE_FOREIGN_H
#define MTVIZ_TRACE_FOREIGN_H

#include "trace/deflate.h"
#include "trace/format.h"
#include "trace/input.h"
#include "trace/tasks.h"

/* Inflated packets of others are larger than ours. */
#define FOREIGN_BLOB_BYTES (16 * 1024 * 1024)
/* More events than any sane bundle has. */
#define FOREIGN_BUNDLE_EVENTS (1u << 20)
/* A CPU number beyond this is no CPU. */
#define FOREIGN_CPUS 4096

/* Where a bundle lies: in the file, or in what a packet of the file inflates to. */
struct bundle_ref {
	uint64_t stamp;   /* its first event */
	uint64_t file_at; /* of the bundle or of the deflated bytes */
	uint32_t file_bytes;
	uint32_t inner_at;    /* of the bundle in the inflated bytes */
	uint32_t inner_bytes; /* 0: not deflated */
	uint32_t order;       /* in the file */
	uint16_t cpu;
	int64_t to_boottime; /* add to its times */
};

struct foreign_index {
	struct bundle_ref *v;
	size_t n, cap;
	struct task_map trees; /* flags: 1 if the process tree named a process */
	char kernel[128], machine[64];
	uint64_t clock[64]; /* of the first whole snapshot, by clock id */
	bool has_waking;    /* else sched_wakeup has to do */
	bool has_zstd;
	unsigned int damaged;
};

/* 0 or -errno. in is at its start. */
int foreign_index(struct input *in, struct foreign_index *x);
void foreign_index_free(struct foreign_index *x);

enum raw_kind {
	RAW_SWITCH,  /* pid leaves, other comes; comm is other's */
	RAW_COMPACT, /* as above, but who leaves is not said */
	RAW_WAKING,  /* pid wakes other; comm is other's */
	RAW_NEWTASK, /* pid made other; value: clone flags */
	RAW_RENAME,  /* other is called comm now */
	RAW_EXEC,    /* other has exec'ed; value: its tid before */
	RAW_GAP,     /* events are missing before the next one */
};

struct raw {
	uint64_t stamp; /* boottime */
	uint8_t kind;
	bool irq, is_new;
	uint16_t target;
	uint32_t pid, other;
	int16_t prio, prev_prio;
	uint32_t state; /* as reported */
	uint64_t value;
	char comm[EVENT_COMM_BYTES];
};

struct raws {
	struct raw *v;
	size_t n, cap;
};

/*
 * Replaces out by the bundle's events. wakeups: take sched_wakeup for
 * sched_waking. 0, -EBADMSG (out has what came before) or -ENOMEM.
 */
int foreign_bundle(struct wire bundle, int64_t to_boottime, bool wakeups,
		   struct raws *out);
/* The earliest time in a bundle; false if it has no scheduler event. */
bool foreign_bundle_first(struct wire bundle, uint64_t *stamp);

/* Field numbers of Perfetto's that more than one of the files reads. */
enum {
	BUNDLE_CPU = 1,
	BUNDLE_EVENT = 2,
	BUNDLE_LOST = 3,
	BUNDLE_COMPACT = 4,
	BUNDLE_CLOCK = 5,
	BUNDLE_FTRACE_TIME = 6,
	BUNDLE_BOOT_TIME = 7,

	FTRACE_TIMESTAMP = 1,
	FTRACE_PID = 2,
	FTRACE_SCHED_SWITCH = 4,
	FTRACE_COMMON_FLAGS = 5,
	FTRACE_SCHED_WAKEUP = 17,
	FTRACE_SCHED_WAKING = 20,
	FTRACE_SCHED_WAKEUP_NEW = 114,
	FTRACE_TASK_NEWTASK = 235,
	FTRACE_TASK_RENAME = 236,
	FTRACE_SCHED_EXEC = 237,

	SCHED_SWITCH_TIME = 1,
	SCHED_SWITCH_STATE,
	SCHED_SWITCH_PID,
	SCHED_SWITCH_PRIO,
	SCHED_NAMES,
	SCHED_SWITCH_NAME,
	SCHED_WAKING_TIME,
	SCHED_WAKING_PID,
	SCHED_WAKING_TARGET,
	SCHED_WAKING_PRIO,
	SCHED_WAKING_NAME,
	SCHED_WAKING_FLAGS,
	SCHED_NR,
};

#endif

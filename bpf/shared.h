/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/shared.h - memory that the probes and capture/ both look at
 *
 * All of it is mapped into mtviz, so that reading a counter or asking for a
 * re-check needs no system call that could be refused after privileges have
 * been dropped.
 */
#ifndef MTVIZ_BPF_SHARED_H
#define MTVIZ_BPF_SHARED_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/*
 * One per CPU, on cache lines of its own, written by the probes on that CPU
 * (which may interrupt each other, so that counts can be off by a few).
 */
struct cpu_slot {
	__u32 ring; /* index into rings, set by user space */
	/* Whom this CPU runs, so that a waker's scope costs no look-up. */
	__u32 current_tid;
	__u32 current_flags; /* enum note_flags */
	__u32 scope_changes; /* control.scope_changes when these were noted */
	__u64 lost_from_ns;  /* since start; valid while lost_count is not 0 */
	__u64 lost_count;    /* records that found the ring full and are unreported */
	__u64 no_note;	     /* no memory for a note, or it could not be found */
	__u64 runs;	     /* of all probes, roughly */
	__u64 pad[10];
};
_Static_assert(sizeof(struct cpu_slot) == 128, "two cache lines: no false sharing");

enum note_flags {
	NOTE_IN_SCOPE = 1 << 0,
	NOTE_ANNOUNCED = 1 << 1, /* a TASK event has told its name */
	NOTE_TRACER = 1 << 2,	 /* mtviz's own */
	NOTE_THERE = 1 << 3,	 /* in cpu_slot only: there is a note at all */
};

/* What the task iterator is to do for each task, see control.mode. */
enum iterator_mode {
	ITERATE_SEED,	 /* make room for its note; mark mtviz's own */
	ITERATE_IGNORE,	 /* the same, and mark process control.ignore_tgid */
	ITERATE_ATTACH,	 /* decide its scope; TASK and SEEN */
	ITERATE_RECHECK, /* SEEN for control.recheck[] */
};

#define RECHECK_MAX 64

struct control {
	__u64 start_ns;	   /* CLOCK_BOOTTIME of time 0; until it is set nothing is sent */
	__u32 mode;	   /* enum iterator_mode */
	__u32 children_on; /* children of mtviz are in scope */
	__u32 self_tgid;   /* learned by the iterator: as the kernel counts */
	__u32 ignore_tgid;
	__u32 scope_changes; /* counts changes of scope of running tasks */
	__u32 found;	     /* tasks that ITERATE_ATTACH put in scope */
	__u32 nr_recheck;
	__u32 recheck[RECHECK_MAX]; /* tids */
};

#endif

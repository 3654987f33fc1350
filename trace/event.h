/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/event.h - the one thing that flows through mtviz
 *
 * The BPF programs write it, a recording stores it, the model consumes it. It
 * says what the kernel did, never what that means: durations, holders and
 * deadlocks are conclusions, and conclusions live in model/.
 *
 * Times are CLOCK_BOOTTIME nanoseconds since the start of the recording.
 * Events are in order by (time, CPU, arrival); a source guarantees it, every
 * sink may rely on it. Tids and tgids are those of the root PID namespace
 * unless a field says otherwise. A tid of 0 is the idle task of that CPU.
 *
 * The kernel side sends a prefix of this struct (event_size()): the header and
 * as much of the payload as the event has. What is not sent reads as zero.
 */
#ifndef MTVIZ_TRACE_EVENT_H
#define MTVIZ_TRACE_EVENT_H

#ifndef __bpf__ /* the BPF side has these from bpf/kernel.h */
#include <linux/types.h>
#endif

/* The numbers are stored in recordings: never renumber, leave holes. */
enum event_type {
	EVENT_LOST = 1,	  /* .lost: events of .cpu are missing from .from_ns to now */
	EVENT_TASK = 2,	  /* .task: first sight, fork, exec or rename of tid */
	EVENT_SWITCH = 3, /* .sw: .cpu stopped running tid, started running .next_tid */
	EVENT_WAKING = 4, /* .wake: .waker_tid asked to make tid runnable */
	EVENT_MIGRATE = 5, /* .migrate: tid was moved to another CPU's queue */
	EVENT_EXIT = 6,	  /* .exit: tid called exit; its last SWITCH still follows */
	EVENT_OWNER = 7,  /* .owner: the owner word of a lock in process tid, re-read */
	EVENT_SEEN = 8,	  /* .sw: tid was found asleep (or on a CPU) by the iterator */
	EVENT_NAME = 9,	  /* .name: what the object at .addr in process tid is called */
	/* 10 is kept for MARK, 11 for SITE */
};

/* event.flags of EVENT_SWITCH and EVENT_SEEN: which facts are there. */
enum switch_flags {
	SWITCH_SYSCALL = 1 << 0, /* tid sleeps inside system call .syscall */
	SWITCH_FUTEX = 1 << 1,	 /* ... a futex wait: .addr .op .val .word .owner .kind */
	SWITCH_FD = 1 << 2,	 /* ... on descriptors; .fd_mode if it is a single one */
	SWITCH_IOWAIT = 1 << 3,	 /* the kernel marked the sleep as iowait */
	SWITCH_KLOCK = 1 << 4,	 /* inside contention_begin; .addr is a keyed hash */
	SWITCH_USER_IP = 1 << 5, /* tid was preempted: .addr is its user instruction */
	SWITCH_TIMED = 1 << 6,	 /* the wait ends by itself: it has a timeout */
	SWITCH_ON_CPU = 1 << 7,	 /* SEEN only: tid was on a CPU or queued for one */
};

enum waking_flags {
	WAKING_IRQ = 1 << 0, /* in interrupt context: .waker_tid was a bystander */
	WAKING_NEW = 1 << 1, /* the first wake of a new task (sched_wakeup_new) */
	/*
	 * The wakee was still on its CPU when the wake was complete: it never
	 * slept, and the WAKING of this wakee before this one is void.
	 *
	 *   waking ── switch-out ── (wakeup)      slept, and is runnable at once
	 *   waking ── absorbed ─ ... ─ switch-out  a later sleep is a real one
	 */
	WAKING_ABSORBED = 1 << 2,
};

enum task_flags {
	TASK_IN_SCOPE = 1 << 0,	  /* the user asked for it, or an ancestor of it */
	TASK_KTHREAD = 1 << 1,	  /* no user memory */
	TASK_FORKED = 1 << 2,	  /* just created by .parent_tid with .clone_flags */
	TASK_EXECED = 1 << 3,	  /* just exec'ed; .parent_tid is its tid before that */
	TASK_RENAMED = 1 << 4,	  /* .comm changed, nothing else */
	TASK_FOUND = 1 << 5,	  /* lived before anything was recorded of it */
	TASK_TRACER = 1 << 6,	  /* one of mtviz's own, never in scope */
};

enum exit_flags {
	EXIT_GROUP_DEAD = 1 << 0, /* the last thread of its process */
};

/* event.flags of EVENT_LOST: why. */
enum lost_cause {
	LOST_RING = 1,	  /* the ring buffer was full */
	LOST_MISSED = 2,  /* a probe was entered while it was running */
	LOST_STORAGE = 3, /* no memory for a task's bookkeeping */
	LOST_FILE = 4,	  /* a damaged or missing piece of a recording */
	LOST_FOREIGN = 5, /* another tool's trace says so */
};

#define EVENT_COMM_BYTES 16

/* Later than every real CPU: events that user space adds at one instant. */
#define EVENT_CPU_USER 0xffff

struct event {
	__u64 time_ns;
	__u16 cpu;  /* where it happened; EVENT_CPU_USER if in user space */
	__u8 type;  /* enum event_type */
	__u8 flags; /* by type, see above */
	__u32 tid;  /* whom it is about; for OWNER and NAME the process */
	union {
		struct {
			__u32 next_tid;
			/*
			 * As the scheduler saw it: task state | exit state, raw
			 * bits of include/linux/sched.h. 0: preempted or yielded.
			 */
			__u32 prev_state;
			__s16 prev_prio; /* kernel priority, 120 is nice 0 */
			__s16 next_prio;
			__s16 syscall;
			__u16 fd_mode; /* inode mode, S_IFMT bits; 0 if anonymous */
			/* up to here for a task of others: EVENT_OCCUPANT_BYTES */
			__u64 addr;  /* futex address, lock hash or instruction */
			__u32 op;    /* futex operation with its flags, raw */
			__u32 val;   /* futex: expected value; poll: descriptors */
			__u32 word;  /* the futex word as it was then */
			__u32 owner; /* the int at addr + 8, a tid if a glibc mutex */
			__u32 kind;  /* the int at addr + 16, glibc's mutex kind */
			__u32 zero;
		} sw;
		struct {
			__u32 waker_tid;
			__u16 target_cpu;
			__s16 prio;
		} wake;
		struct {
			__u16 from_cpu;
			__u16 to_cpu;
		} migrate;
		struct {
			__u32 tgid;
			__u32 ppid;	  /* its parent's tgid */
			__u32 parent_tid; /* the creator; after exec its old tid */
			__u32 ns_tid;	  /* in its innermost PID namespace */
			__s64 born_ns;	  /* negative if before the recording */
			__u32 clone_flags;
			char comm[EVENT_COMM_BYTES]; /* NUL-terminated, hostile */
		} task;
		struct {
			__u32 code; /* as wait(2) reports it */
		} exit;
		struct {
			__u64 addr;
			__u32 word;
			__u32 owner;
		} owner;
		struct {
			__u64 from_ns; /* the first loss; the event's time ends it */
			__u64 count;   /* 0 if unknown */
		} lost;
		struct {
			__u64 addr;
			const char *text; /* the source's, valid during the call */
		} name;
	};
};

_Static_assert(sizeof(struct event) == 64, "one cache line, and a wire format");

#define EVENT_HEADER_BYTES 16
#define EVENT_OCCUPANT_BYTES 32

#endif

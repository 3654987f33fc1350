/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * classify.c - what a task does after it has left its CPU
 *
 * The first rule that fits decides; each function is one rule or one group of
 * them, in the order of docs/events.md.
 */
#include "model/classify.h"

#include "model/syscalls.h"

/* Raw bits of include/linux/sched.h, in use since Linux 4.14. */
#define INTERRUPTIBLE   0x0001
#define UNINTERRUPTIBLE 0x0002
#define STOPPED         0x0004
#define TRACED          0x0008
#define EXIT_DEAD       0x0010
#define EXIT_ZOMBIE     0x0020
#define DEAD            0x0080
#define RTLOCK_WAIT     0x1000 /* a spinlock that sleeps, PREEMPT_RT; since 5.15 */
#define ASLEEP          (INTERRUPTIBLE | UNINTERRUPTIBLE | STOPPED | TRACED | RTLOCK_WAIT)

/* include/uapi/linux/futex.h, include/uapi/asm-generic/fcntl.h */
#define FUTEX_CMD(op)     ((op)&0x7f)
#define FUTEX_PRIVATE     0x80
#define FUTEX_WAIT        0
#define FUTEX_LOCK_PI     6
#define FUTEX_WAIT_BITSET 9
#define FUTEX_LOCK_PI2    13
#define FUTEX_WAITERS     0x80000000u
#define FUTEX_TID_MASK    0x3fffffffu
#define PID_MAX_LIMIT     0x400000u /* include/linux/threads.h */
#define F_SETLKW          7
#define F_OFD_SETLKW      38

/* Which system call it sleeps in; -1 if none, or if the number says nothing. */
static int call_of(const struct event *e, unsigned int known)
{
	if (!(known & KNOWN_CALLS) || !(e->flags & SWITCH_SYSCALL))
		return -1;
	return e->sw.syscall;
}

/*
 * A sleeping zombie (exit_notify() has run, the rest of do_exit() still
 * blocks) is not gone yet; in traces of other tools exit bits stand alone.
 */
static bool has_exited(uint32_t prev_state)
{
	if (prev_state & DEAD)
		return true;
	return prev_state & (EXIT_DEAD | EXIT_ZOMBIE) && !(prev_state & ASLEEP);
}

/* vfork's parent waits in clone, clone3 or vfork until the child lets go. */
static bool awaits_vfork(int call)
{
	return call == CALL_VFORK || call == CALL_CLONE || call == CALL_CLONE3;
}

static enum state uninterruptible(const struct event *e, unsigned int known)
{
	if (e->flags & SWITCH_IOWAIT)
		return STATE_IO;
	if (e->flags & SWITCH_KLOCK)
		return STATE_LOCK;
	if (awaits_vfork(call_of(e, known)))
		return STATE_SYNC;
	/* Not in a system call, but not running: its memory is not there yet. */
	if (known & KNOWN_FACTS && !(e->flags & SWITCH_SYSCALL))
		return STATE_IO;
	return STATE_OTHER;
}

/*
 * glibc's mutexes sleep on 2, its rwlocks on 2 or 3, robust ones on an owner's
 * tid with the waiters' bit; Rust's mutex sleeps on 2 as well, but a thread that
 * it parks on -1, which is no tid.
 */
static enum state futex(const struct event *e)
{
	uint32_t val = e->sw.val;

	switch (FUTEX_CMD(e->sw.op)) {
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return STATE_LOCK;
	case FUTEX_WAIT:
		if (val == 2)
			return STATE_LOCK;
		break;
	case FUTEX_WAIT_BITSET:
		if (val == 2 || val == 3)
			return STATE_LOCK;
		break;
	default:
		return STATE_SYNC;
	}
	if (val & FUTEX_WAITERS && (val & FUTEX_TID_MASK) - 1 < PID_MAX_LIMIT)
		return STATE_LOCK;
	return STATE_SYNC;
}

static enum state in_call(const struct event *e, int call)
{
	bool descriptors = e->flags & SWITCH_FD;

	switch (call) {
	case CALL_WAIT4:
	case CALL_WAITID:
	case CALL_PAUSE:
	case CALL_RT_SIGSUSPEND:
	case CALL_RT_SIGTIMEDWAIT:
	case CALL_SEMOP:
	case CALL_SEMTIMEDOP:
	case CALL_MSGSND:
	case CALL_MSGRCV:
	case CALL_MQ_TIMEDSEND:
	case CALL_MQ_TIMEDRECEIVE:
		return STATE_SYNC;
	case CALL_FLOCK:
		return STATE_LOCK;
	case CALL_FCNTL:
		if (e->sw.op == F_SETLKW || e->sw.op == F_OFD_SETLKW)
			return STATE_LOCK;
		break;
	case CALL_NANOSLEEP:
	case CALL_CLOCK_NANOSLEEP:
		return STATE_SLEEP;
	case CALL_POLL:
	case CALL_PPOLL:
	case CALL_SELECT:
	case CALL_PSELECT6:
		return descriptors || e->sw.val ? STATE_IO : STATE_SLEEP;
	case CALL_EPOLL_WAIT:
	case CALL_EPOLL_PWAIT:
	case CALL_EPOLL_PWAIT2:
		return STATE_IO; /* always on one descriptor, the epoll's */
	}
	return descriptors ? STATE_IO : STATE_OTHER;
}

enum state classify(const struct event *e, unsigned int known)
{
	uint32_t state = e->sw.prev_state;

	if (has_exited(state))
		return STATE_GONE;
	if (state & (STOPPED | TRACED))
		return STATE_STOPPED;
	if (!state)
		return STATE_RUNNABLE;
	if (state & (UNINTERRUPTIBLE | RTLOCK_WAIT))
		return uninterruptible(e, known);
	if (!(state & INTERRUPTIBLE))
		return STATE_OTHER; /* a parked kernel thread, a frozen task */
	if (e->flags & SWITCH_FUTEX)
		return futex(e);
	if (e->flags & SWITCH_KLOCK)
		return STATE_LOCK;
	return in_call(e, call_of(e, known));
}

enum runnable_why classify_why(const struct event *e, unsigned int known)
{
	return call_of(e, known) == CALL_SCHED_YIELD ? RUNNABLE_YIELDED
						     : RUNNABLE_PREEMPTED;
}

uint32_t classify_join(const struct event *e)
{
	uint32_t cmd = FUTEX_CMD(e->sw.op);

	/* The kernel clears and wakes the word at exit, for any address space. */
	if (!(e->flags & SWITCH_FUTEX) || e->sw.op & FUTEX_PRIVATE ||
	    (cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET))
		return 0;
	return e->sw.val & ~FUTEX_TID_MASK ? 0 : e->sw.val;
}

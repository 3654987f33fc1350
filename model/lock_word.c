/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock_word.c - what the facts of one wait say about the lock it is for
 *
 * An address has no type. What tells the kinds apart is how their owners sleep
 * (x86-64, glibc 2.36, each line tried on a running program):
 *
 *   sleeps with                        it is               its owner
 *   LOCK_PI                            PI mutex            the word's low 30 bits
 *   WAIT, val tid|WAITERS, shared      robust mutex        the same
 *   the same, private                  musl's mutexes      the same
 *   WAIT, val 2                        mutex               int at +8
 *   WAIT_BITSET, val 2, int at +8      mutex, timed        int at +8
 *   WAIT_BITSET, val 3, address 8n     rwlock + 8          int at +24: the writer
 *   WAIT_BITSET, val 3, address 8n+4   rwlock + 12         not told here
 *   WAIT_BITSET, val 2, +8 is 0        rwlock + 8          readers: not told
 *   WAIT_BITSET, val 2, 8n+4 or        Rust's and others   not told
 *     without clock and timeout
 *
 * A rwlock is aligned to 8, so its two futex words cannot be confused, and both
 * are one object.
 */
#include "model/lock.h"

#include <linux/futex.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

#define TASK_INTERRUPTIBLE    0x0001 /* raw bits of include/linux/sched.h */

#define GLIBC_TYPE            0x003u /* normal, recursive, errorcheck, adaptive */
#define GLIBC_PROTECT         0x040u
#define GLIBC_SHARED          0x080u
#define GLIBC_ELISION         0x300u

#define RWLOCK_PHASE_OFFSET   8
#define RWLOCK_WRITERS_OFFSET 12

/* Could the int at +16 be the kind of a glibc mutex that sleeps like this? */
static bool glibc_kind(uint32_t kind, uint32_t op)
{
	uint32_t known = GLIBC_TYPE | GLIBC_PROTECT | GLIBC_SHARED | GLIBC_ELISION;

	return !(kind & ~known) && !!(kind & GLIBC_SHARED) == !(op & FUTEX_PRIVATE_FLAG);
}

static struct lock_facts rwlock(const struct event *e)
{
	struct lock_facts f = {.kind = LOCK_RWLOCK, .class = CLASS_RWLOCK};

	if (e->sw.addr % 8) {
		f.address = e->sw.addr - RWLOCK_WRITERS_OFFSET;
		return f;
	}
	f.address = e->sw.addr - RWLOCK_PHASE_OFFSET;
	f.says_owner = true; /* that it is in the readers' phase is an answer, too */
	if (e->sw.val == 3)
		f.owner_tid = e->sw.kind;
	return f;
}

static struct lock_facts tid_word(const struct event *e, enum lock_kind kind)
{
	return (struct lock_facts){
		.address = e->sw.addr,
		.kind = kind,
		.class = CLASS_WORD,
		.says_owner = true,
		.tid_word = true,
		.owner_tid = e->sw.word & FUTEX_TID_MASK,
	};
}

static struct lock_facts plain_word(const struct event *e)
{
	struct lock_facts f = {
		.address = e->sw.addr,
		.kind = LOCK_FUTEX,
		.class = CLASS_WORD,
	};

	if (e->sw.val != 2 || !glibc_kind(e->sw.kind, e->sw.op))
		return f;
	f.kind = LOCK_MUTEX;
	f.says_owner = true;
	f.owner_tid = e->sw.word ? e->sw.owner : 0;
	return f;
}

static struct lock_facts futex(const struct event *e)
{
	uint32_t op = e->sw.op, cmd = op & FUTEX_CMD_MASK;
	bool clock = op & FUTEX_CLOCK_REALTIME, timed = e->flags & SWITCH_TIMED;
	struct lock_facts f;

	if (cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2)
		return tid_word(e, LOCK_PI_MUTEX);
	if (e->sw.val & FUTEX_WAITERS)
		return tid_word(e,
				op & FUTEX_PRIVATE_FLAG ? LOCK_FUTEX : LOCK_ROBUST_MUTEX);
	if (cmd == FUTEX_WAIT_BITSET && e->sw.val == 3)
		return rwlock(e);
	if (cmd != FUTEX_WAIT_BITSET)
		return plain_word(e);
	if (e->sw.addr % 8 || (!clock && !timed))
		return (struct lock_facts){
			.address = e->sw.addr, .kind = LOCK_FUTEX, .class = CLASS_WORD};
	if (e->sw.owner)
		return plain_word(e);
	f = rwlock(e);
	f.ambiguous = true;
	return f;
}

/*
 * In the order in which classify() decided that this is a lock: a sleep in a
 * futex that signals can end is for the futex, any other deep sleep is for a
 * lock of the kernel, on the way into the futex call or elsewhere.
 */
struct lock_facts lock_facts(const struct event *e)
{
	bool interruptible = e->sw.prev_state & TASK_INTERRUPTIBLE;

	if (e->flags & SWITCH_FUTEX && interruptible)
		return futex(e);
	if (e->flags & SWITCH_KLOCK || !interruptible)
		return (struct lock_facts){
			.address = e->flags & SWITCH_KLOCK ? e->sw.addr : 0,
			.kind = LOCK_KERNEL,
			.class = CLASS_KERNEL,
		};
	return (struct lock_facts){.kind = LOCK_FILE, .class = CLASS_FILE};
}

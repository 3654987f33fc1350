/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/locks.h - who owns a lock now, while others wait for it
 *
 * A glibc mutex changes hands in user space, where nobody sees it:
 *
 *     waiter  ─ sleeps: owner is A ─────────────────────────── woken ─
 *     A       ────────── unlock
 *     B             lock ─────────┬─ preempted
 *                                 └ re-read here: the owner is B
 *
 * So the leader of a process keeps the few addresses that its threads wait
 * for, and while there are any, whoever of the process leaves a CPU re-reads
 * their words in passing. A word is sent (EVENT_OWNER) if it has changed since
 * it was last sent, or if a waiter has been woken since.
 */
#ifndef MTVIZ_BPF_LOCKS_H
#define MTVIZ_BPF_LOCKS_H

#include "bpf/facts.h"

#define SLOT_FILLING  0x80000000
#define PID_MAX_LIMIT 0x400000 /* a parked thread's -1 is no owner */

/* Futexes whose words may name an owner: mutexes, PI and robust ones. */
static __always_inline bool names_owner(const struct event *f)
{
	__u32 cmd = f->sw.op & FUTEX_CMD_MASK;

	if (!(f->flags & SWITCH_FUTEX))
		return false;
	if (cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2)
		return true;
	if (cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET)
		return false;
	/* glibc's "locked, and somebody waits", or FUTEX_WAITERS and an owner's tid */
	return f->sw.val == 2 ||
	       (f->sw.val & 0x80000000 && (f->sw.val & 0x3fffffff) - 1 < PID_MAX_LIMIT);
}

/* slot is 1 + an index; masked, for the verifier wants to see the bound. */
static __always_inline struct lock_slot *lock_slot(struct note *leader, __u32 slot)
{
	slot = (slot - 1) & (LOCK_SLOTS - 1);
	barrier_var(slot);
	return &leader->locks[slot & (LOCK_SLOTS - 1)];
}

/* One waiter more at addr, if it is there. Fails if the slot changes meanwhile. */
static __always_inline bool slot_join(struct lock_slot *s, __u64 addr)
{
	__u32 n = *(volatile __u32 *)&s->waiters;

	if (!n || n & SLOT_FILLING || *(volatile __u64 *)&s->addr != addr)
		return false;
	return __sync_val_compare_and_swap(&s->waiters, n, n + 1) == n;
}

static __always_inline bool slot_take(struct lock_slot *s, __u64 addr)
{
	if (s->waiters || __sync_val_compare_and_swap(&s->waiters, 0, SLOT_FILLING))
		return false;
	*(volatile __u64 *)&s->addr = addr;
	s->stale = 0;
	__sync_lock_test_and_set(&s->waiters, 1);
	return true;
}

/*
 * The task goes to sleep at the lock of f, which its event reports. With more
 * than LOCK_SLOTS locks at once, the rest are not re-read: their holders are
 * unknown for longer.
 */
__noinline int lock_enter(struct note *leader, struct note *own, const struct event *f)
{
	struct lock_slot *s;
	__u32 slot = 0;

	if (!leader || !own || !f)
		return 0;
	for (__u32 i = 0; i < LOCK_SLOTS && !slot; i++)
		if (slot_join(&leader->locks[i], f->sw.addr))
			slot = i + 1;
	for (__u32 i = 0; i < LOCK_SLOTS && !slot; i++)
		if (slot_take(&leader->locks[i], f->sw.addr))
			slot = i + 1;
	if (!slot)
		return 0;
	own->slot = slot;
	__sync_fetch_and_add(&leader->process_waits, 1);
	s = lock_slot(leader, slot);
	s->word = f->sw.word;
	s->owner = f->sw.owner;
	s->stale = 0;
	return 0;
}

/* The task runs again: it waits no more, or will say so anew. */
static __always_inline void lock_leave(struct note *leader, struct note *own)
{
	struct lock_slot *s = lock_slot(leader, own->slot);

	own->slot = 0;
	if (!leader->process_waits)
		return; /* an exec has wiped them */
	__sync_fetch_and_sub(&s->waiters, 1);
	__sync_fetch_and_sub(&leader->process_waits, 1);
}

static __always_inline void lock_woken(struct note *leader, struct note *own)
{
	lock_slot(leader, own->slot)->stale = 1;
}

/* t, of a process with waiters, leaves its CPU: what are the words by now? */
__noinline int lock_reread(struct cpu_slot *cs, __u32 cpu, struct note *leader,
			   __u32 tgid)
{
	if (!cs || !leader)
		return 0;
	for (__u32 i = 0; i < LOCK_SLOTS; i++) {
		struct lock_slot *s = &leader->locks[i];
		__u32 words[3];
		struct event *e;

		if (!s->waiters || s->waiters & SLOT_FILLING)
			continue;
		if (bpf_probe_read_user(words, sizeof(words), (void *)s->addr))
			continue;
		if (!s->stale && words[0] == s->word && words[2] == s->owner)
			continue;
		e = reserve(cs, cpu, 32, EVENT_OWNER, 0, tgid);
		if (!e)
			continue;
		e->owner.addr = s->addr;
		e->owner.word = s->word = words[0];
		e->owner.owner = s->owner = words[2];
		s->stale = 0;
		submit(e);
	}
	return 0;
}

#endif

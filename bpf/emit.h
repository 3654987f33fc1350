/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/emit.h - maps, knobs, and how a record gets to user space
 *
 * A record is a prefix of struct event. Ring space is reserved first and the
 * clock read after that, so that the records of one CPU lie in the ring in the
 * order of their times. A record that finds no room is counted in its CPU's
 * slot, and the next one that fits is preceded by an EVENT_LOST:
 *
 *     ring   ─ e ─ e ─┐ full ┌─ LOST ─ e ─ e ─
 *     lost             ▏▏▏▏▏▏        from the first ▏ to now, 6 records
 */
#ifndef MTVIZ_BPF_EMIT_H
#define MTVIZ_BPF_EMIT_H

#include "bpf/kernel.h"
#include "bpf/arch.h"
#include "bpf/shared.h"
#include "trace/event.h"

/* ---- knobs: set by capture/probes.c before loading ---- */

const volatile __u64 hash_key[2];  /* random: hides kernel addresses */
const volatile __u64 scope_cgroup; /* a cgroup's id, 0: none */
const volatile bool scope_all;
const volatile bool scope_pids; /* some are in the map pids */
const volatile bool others;     /* record occupants out of scope */

struct control control;

/* ---- maps: sizes are set by capture/probes.c ---- */

#define LOCK_SLOTS 8

/* A lock of a process that somebody waits for, see locks.h. */
struct lock_slot {
	__u64 addr;
	__u32 waiters;     /* top bit: being filled */
	__u32 word, owner; /* as last sent */
	__u32 stale;       /* a waiter has been woken since */
};

/* What is remembered of a task. */
struct note {
	__u32 flags;         /* enum note_flags */
	__u32 slot;          /* 1 + index of the lock it waits for, 0: none */
	__u64 klock;         /* hash of the kernel lock it is stuck at, 0: none */
	__u32 process_waits; /* of a leader: waiters in all its slots */
	__u32 pad;
	struct lock_slot locks[LOCK_SLOTS]; /* of a leader */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct note);
} notes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_slot);
} cpus SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} pids SEC(".maps");

/* ---- records ---- */

static __always_inline struct cpu_slot *cpu_slot(__u32 cpu)
{
	return bpf_map_lookup_elem(&cpus, &cpu);
}

static __always_inline __u64 now_ns(void)
{
	return bpf_ktime_get_boot_ns() - control.start_ns;
}

static __always_inline void count_lost(struct cpu_slot *cs)
{
	if (!cs->lost_count)
		cs->lost_from_ns = now_ns();
	cs->lost_count++;
}

/* Says what this CPU has lost, if the ring has room for that by now. */
static __noinline int report_lost(struct cpu_slot *cs, void *ring, __u32 cpu)
{
	struct event *e;

	if (!cs || !ring)
		return 0;
	e = bpf_ringbuf_reserve(ring, 32, 0);
	if (!e)
		return 0;
	*(__u64 *)&e->cpu = 0;
	e->time_ns = now_ns();
	e->cpu = cpu;
	e->type = EVENT_LOST;
	e->flags = LOST_RING;
	e->lost.from_ns = cs->lost_from_ns;
	e->lost.count = cs->lost_count;
	cs->lost_count = 0;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 1;
}

/*
 * Room for a record of bytes (a constant); the caller fills all of it but the
 * header, which is filled here. NULL is counted, except before time 0.
 */
static __always_inline struct event *reserve(struct cpu_slot *cs, __u32 cpu,
					     const __u32 bytes, __u8 type, __u8 flags,
					     __u32 tid)
{
	__u32 at = cs->ring; /* up to 6.1 a key must be on the stack or in a map */
	void *ring = bpf_map_lookup_elem(&rings, &at);
	struct event *e;

	if (!ring || !control.start_ns)
		return NULL;
	if (cs->lost_count && !report_lost(cs, ring, cpu)) {
		cs->lost_count++;
		return NULL;
	}
	e = bpf_ringbuf_reserve(ring, bytes, 0);
	if (!e) {
		count_lost(cs);
		return NULL;
	}
	e->time_ns = now_ns();
	/* cpu, type, flags, tid in one store. */
	*(__u64 *)&e->cpu = cpu | (__u64)type << 16 | (__u64)flags << 24 |
			    (__u64)tid << 32;
	return e;
}

static __always_inline void submit(struct event *e)
{
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

/* Same lock, same number within a recording; tells nobody where the kernel is. */
static __always_inline __u64 hash_address(__u64 addr)
{
	__u64 h = (addr ^ hash_key[0]) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ (h >> 29) ^ hash_key[1]) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ (h >> 32)) * 0x94d049bb133111ebULL;
	return (h ^ (h >> 29)) | 1; /* never 0 */
}

/* ---- notes ---- */

static __always_inline struct note *note_of(struct task_struct *t)
{
	return bpf_task_storage_get(&notes, t, NULL, 0);
}

static __always_inline struct note *note_of_leader(struct task_struct *t,
						   struct note *own)
{
	struct task_struct *leader;

	if (t->pid == t->tgid)
		return own;
	leader = t->group_leader;
	return leader ? note_of(leader) : NULL;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mtviz.bpf.c - who runs where, who wakes whom, and what everybody waits for
 *
 *   waker    ──── running ────┬──────────────────────────────────
 *                             │ sched_waking: current is the waker
 *   wakee    ═══ sleeping ════╧··· runnable ···╤─── running ──╤═══ sleeping
 *                                 sched_switch │  sched_switch │
 *                                 next = wakee │  prev = wakee, with its wait facts
 *
 * The probes copy facts and subtract nothing. Durations, holders and deadlocks
 * are computed in model/, so that a live session and a replay of its recording
 * cannot disagree.
 *
 * Which tasks matter is decided here, in task storage (a "note"): each task has
 * one from its fork on, or from the seeding iterator if it is older; nothing is
 * ever allocated under a run queue's lock. Children inherit their scope.
 *
 * Files: emit.h maps and records, facts.h wait facts, locks.h owner words,
 * syscalls.h the table of system calls, kernel.h and arch.h what differs.
 */
#include "bpf/locks.h"

char LICENSE[] SEC("license") = "GPL";

/* ---- names ---- */

/*
 * The tid of a task as seen level PID namespaces below the root's. Copied, not
 * followed: up to 6.1 the verifier lets nobody index from a pointer it knows.
 */
static __always_inline __u32 pid_at_level(struct task_struct *t, __u32 level)
{
	void *pid = BPF_CORE_READ(t, thread_pid);
	__u32 nr = 0;

	bpf_probe_read_kernel(&nr, sizeof(nr),
			      pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, nr));
	return nr;
}

static __always_inline __u32 pid_innermost(struct task_struct *t)
{
	return pid_at_level(t, BPF_CORE_READ(t, thread_pid, level)) ?: t->pid;
}

/*
 * EVENT_TASK. comm NULL: the task's own; parent_tid 0: its parent's. If the ring
 * is full, the task counts as unannounced, and its next switch-in tells it anew.
 */
static __always_inline void emit_task(struct cpu_slot *cs, __u32 cpu,
				      struct task_struct *t, struct note *note,
				      __u8 flags, __u32 parent_tid, __u32 clone_flags,
				      const char *comm)
{
	struct task_struct *parent = t->real_parent;
	struct event *e;

	if (note->flags & NOTE_IN_SCOPE)
		flags |= TASK_IN_SCOPE;
	if (note->flags & NOTE_TRACER)
		flags |= TASK_TRACER;
	if (t->flags & PF_KTHREAD)
		flags |= TASK_KTHREAD;
	e = reserve(cs, cpu, sizeof(*e), EVENT_TASK, flags, t->pid);
	if (!e) {
		note->flags &= ~NOTE_ANNOUNCED;
		return;
	}
	note->flags |= NOTE_ANNOUNCED;
	if (!parent_tid)
		parent_tid = t->pid != t->tgid ? t->tgid : parent ? parent->pid : 0;
	e->task.tgid = t->tgid;
	e->task.ppid = parent ? parent->tgid : 0;
	e->task.parent_tid = parent_tid;
	e->task.ns_tid = pid_innermost(t);
	e->task.born_ns = t->start_boottime - control.start_ns;
	e->task.clone_flags = clone_flags;
	*(__u32 *)(e->task.comm + EVENT_COMM_BYTES) = 0;
	__builtin_memset(e->task.comm, 0, EVENT_COMM_BYTES);
	bpf_probe_read_kernel_str(e->task.comm, EVENT_COMM_BYTES, comm ?: t->comm);
	submit(e);
}

/* The first sight of a task that nothing has been said of. */
static __noinline int announce(struct cpu_slot *cs, __u32 cpu, struct task_struct *t,
			       struct note *note)
{
	if (!cs || !note)
		return 0;
	emit_task(cs, cpu, t, note, TASK_FOUND, 0, 0, NULL);
	return 0;
}

/* ---- scope ---- */

static __always_inline bool under_cgroup(struct task_struct *t, __u64 id)
{
	struct cgroup *cgrp = BPF_CORE_READ(t, cgroups, dfl_cgrp);
	int level = BPF_CORE_READ(cgrp, level);

	for (int i = 0; i < 32 && i <= level; i++) {
		__u64 at = 0;

		if (bpf_core_field_exists(struct cgroup, ancestors)) {
			struct cgroup *a = NULL;

			bpf_probe_read_kernel(
				&a, sizeof(a),
				(void *)cgrp +
					bpf_core_field_offset(struct cgroup, ancestors) +
					i * sizeof(a));
			at = BPF_CORE_READ(a, kn, id);
		} else {
			bpf_probe_read_kernel(
				&at, sizeof(at),
				(void *)cgrp +
					bpf_core_field_offset(struct cgroup___before_6_1,
							      ancestor_ids) +
					i * sizeof(at));
		}
		if (at == id)
			return true;
	}
	return false;
}

static __always_inline bool chosen(struct task_struct *t)
{
	if (scope_all)
		return true;
	if (scope_cgroup && under_cgroup(t, scope_cgroup))
		return true;
	if (scope_pids) {
		/* -p names processes as mtviz's own PID namespace does. */
		__u32 level = BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid,
					    level);
		struct task_struct *leader = t->group_leader;
		__u32 tgid = 0;

		if (leader && level <= BPF_CORE_READ(leader, thread_pid, level))
			tgid = pid_at_level(leader, level);

		if (tgid && bpf_map_lookup_elem(&pids, &tgid))
			return true;
	}
	return false;
}

/* The flags of a task just created by current. */
static __always_inline __u32 inherited(struct task_struct *child)
{
	struct task_struct *parent = bpf_get_current_task_btf();
	struct note *note = note_of(parent);
	__u32 flags = note ? note->flags & (NOTE_IN_SCOPE | NOTE_TRACER) : 0;

	if ((__u32)parent->tgid == control.self_tgid)
		return child->tgid != parent->tgid && control.children_on ? NOTE_IN_SCOPE
									  : NOTE_TRACER;
	if (!control.start_ns)
		return flags & NOTE_TRACER; /* the iterator will come to it */
	if (flags)
		return flags;
	if (child->tgid == parent->tgid) {
		/* The iterator may be between the leader and this thread. */
		note = note_of_leader(parent, note);
		if (note && note->flags & NOTE_IN_SCOPE)
			return NOTE_IN_SCOPE;
	}
	if (scope_all || (scope_cgroup && under_cgroup(child, scope_cgroup)))
		return NOTE_IN_SCOPE;
	return 0;
}

/* ---- a task's life ---- */

SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *t, unsigned long clone_flags)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note;

	if (!cs)
		return 0;
	cs->runs++;
	note = bpf_task_storage_get(&notes, t, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!note) {
		cs->no_note++;
		return 0;
	}
	note->flags = inherited(t);
	if (!(note->flags & NOTE_IN_SCOPE))
		return 0;
	emit_task(cs, cpu, t, note, TASK_FORKED, bpf_get_current_task_btf()->pid,
		  clone_flags, NULL);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *t, int old_pid, struct linux_binprm *bprm)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note = note_of(t);

	if (!cs || !note)
		return 0;
	cs->runs++;
	/* Its memory is new: no address means what it did. */
	note->slot = 0;
	note->process_waits = 0;
	__builtin_memset(note->locks, 0, sizeof(note->locks));
	if (note->flags & NOTE_ANNOUNCED)
		emit_task(cs, cpu, t, note, TASK_EXECED, old_pid, 0, NULL);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *t, const char *comm)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note = note_of(t);

	if (!cs || !note || !(note->flags & NOTE_ANNOUNCED))
		return 0;
	cs->runs++;
	emit_task(cs, cpu, t, note, TASK_RENAMED, 0, 0, comm);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *t)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note = note_of(t);
	struct signal_struct *signal = t->signal;
	struct event *e;
	__u8 flags = 0;

	if (!cs || !note || !(note->flags & NOTE_IN_SCOPE))
		return 0;
	cs->runs++;
	if (signal && signal->live.counter == 0)
		flags |= EXIT_GROUP_DEAD;
	e = reserve(cs, cpu, 24, EVENT_EXIT, flags, t->pid);
	if (!e)
		return 0;
	*(__u64 *)&e->exit = (__u32)t->exit_code;
	submit(e);
	return 0;
}

/* ---- wakes ---- */

static __always_inline struct event *reserve_wake(struct cpu_slot *cs, __u32 cpu,
						  struct task_struct *wakee,
						  struct task_struct *waker, __u8 flags)
{
	struct event *e = reserve(cs, cpu, 24, EVENT_WAKING, flags, wakee->pid);

	if (e)
		*(__u64 *)&e->wake = (__u32)waker->pid |
				     (__u64)(__u16)wakee->thread_info.cpu << 32 |
				     (__u64)(__u16)wakee->prio << 48;
	return e;
}

/* Is the task that this CPU runs in scope? Mostly known from its switch-in. */
static __always_inline bool current_in_scope(struct cpu_slot *cs, struct task_struct *t)
{
	struct note *note;

	if (!t->pid)
		return false;
	if (cs->current_tid == (__u32)t->pid &&
	    cs->scope_changes == control.scope_changes)
		return cs->current_flags & NOTE_IN_SCOPE;
	note = note_of(t);
	return note && note->flags & NOTE_IN_SCOPE;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *wakee)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note = note_of(wakee);
	struct event *e;

	if (!cs)
		return 0;
	cs->runs += 2; /* on_wakeup has none to count in */
	if (note && note->slot) {
		struct note *leader = note_of_leader(wakee, note);

		if (leader)
			lock_woken(leader, note);
	}
	if (!(note && note->flags & NOTE_IN_SCOPE) && !current_in_scope(cs, waker))
		return 0;
	e = reserve_wake(cs, cpu, wakee, waker,
			 in_interrupt(ctx, waker) ? WAKING_IRQ : 0);
	if (e)
		submit(e);
	return 0;
}

/*
 * The wake is complete. If the wakee has its CPU still, it never left it, and
 * the WAKING before this means nothing.
 */
SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *wakee)
{
	struct task_struct *waker;
	struct cpu_slot *cs;
	struct note *note;
	struct event *e;
	__u32 cpu;

	if (!wakee->on_cpu)
		return 0;
	waker = bpf_get_current_task_btf();
	cpu = bpf_get_smp_processor_id();
	cs = cpu_slot(cpu);
	note = note_of(wakee);
	if (!cs ||
	    (!(note && note->flags & NOTE_IN_SCOPE) && !current_in_scope(cs, waker)))
		return 0;
	e = reserve_wake(cs, cpu, wakee, waker,
			 WAKING_ABSORBED | (in_interrupt(ctx, waker) ? WAKING_IRQ : 0));
	if (e)
		submit(e);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *wakee)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note = note_of(wakee);
	struct event *e;

	if (!cs || !note || !(note->flags & NOTE_IN_SCOPE))
		return 0;
	cs->runs++;
	e = reserve_wake(cs, cpu, wakee, bpf_get_current_task_btf(), WAKING_NEW);
	if (e)
		submit(e);
	return 0;
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(on_migrate, struct task_struct *t, int dest_cpu)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note = note_of(t);
	struct event *e;

	if (!cs || !note || !(note->flags & NOTE_IN_SCOPE))
		return 0;
	cs->runs++;
	e = reserve(cs, cpu, 24, EVENT_MIGRATE, 0, t->pid);
	if (!e)
		return 0;
	*(__u64 *)&e->migrate = (__u16)t->thread_info.cpu | (__u32)(__u16)dest_cpu << 16;
	submit(e);
	return 0;
}

/* ---- kernel locks (Linux 5.19; not loaded where they are missing) ---- */

SEC("tp_btf/contention_begin")
int BPF_PROG(on_contention_begin, void *lock, unsigned int flags)
{
	struct note *note;

	if (flags & LCB_F_SPIN)
		return 0;
	note = note_of(bpf_get_current_task_btf());
	if (note && note->flags & NOTE_IN_SCOPE)
		note->klock = hash_address((__u64)lock);
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(on_contention_end, void *lock, int ret)
{
	struct task_struct *t = bpf_get_current_task_btf();
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note;

	/* Most contention is a spinlock's; keep its price small. */
	if (!cs || !current_in_scope(cs, t))
		return 0;
	note = note_of(t);
	if (note && note->klock == hash_address((__u64)lock))
		note->klock = 0;
	return 0;
}

/* ---- the switch ---- */

/*
 * Sends .sw of what has been gathered: the shortest prefix that holds what
 * there is. The header is made here.
 */
#define COPY_SWITCH(e, f, bytes) \
	__builtin_memcpy(&(e)->sw, &(f)->sw, (bytes)-EVENT_HEADER_BYTES)

__noinline int emit_switch(struct cpu_slot *cs, __u32 cpu, const struct event *f)
{
	struct event *e;

	if (!cs || !f)
		return 0;
	if (f->flags & SWITCH_FUTEX) {
		e = reserve(cs, cpu, 64, EVENT_SWITCH, f->flags, f->tid);
		if (!e)
			return 0;
		COPY_SWITCH(e, f, 64);
	} else if (f->sw.addr || f->sw.op | f->sw.val) {
		e = reserve(cs, cpu, 48, EVENT_SWITCH, f->flags, f->tid);
		if (!e)
			return 0;
		COPY_SWITCH(e, f, 48);
	} else {
		e = reserve(cs, cpu, EVENT_OCCUPANT_BYTES, EVENT_SWITCH, f->flags,
			    f->tid);
		if (!e)
			return 0;
		COPY_SWITCH(e, f, EVENT_OCCUPANT_BYTES);
	}
	submit(e);
	return 0;
}

/*
 * Did prev leave its run queue? Up to 6.13 prev_state is not cleared when a
 * pending signal kept it runnable.
 */
static __always_inline bool still_queued(struct task_struct *t)
{
	if (!t->on_rq)
		return false;
	if (bpf_core_field_exists(t->se.sched_delayed))
		return !t->se.sched_delayed;
	return true;
}

static __always_inline void prev_leaves(struct cpu_slot *cs, __u32 cpu,
					struct task_struct *prev, struct note *note,
					struct event *f)
{
	struct note *leader = note_of_leader(prev, note);

	current_facts(f);
	klock_facts(note, f);
	if (leader && leader->process_waits && prev->mm)
		lock_reread(cs, cpu, leader, prev->tgid);
	emit_switch(cs, cpu, f);
	if (leader && f->sw.prev_state && names_owner(f))
		lock_enter(leader, note, f);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *from = NULL, *to = NULL;
	__u32 state = preempt ? 0 : prev_state;
	__u32 to_flags = 0;
	struct event f = {};
	bool prev_in;

	if (!cs)
		return 0;
	cs->runs++;
	if (prev->pid) {
		from = note_of(prev);
		/*
		 * Up to 6.1 a look-up can fail for a moment: it was there when
		 * prev got the CPU, or it was not and is now.
		 */
		if (cs->current_tid == (__u32)prev->pid &&
		    !from != !(cs->current_flags & NOTE_THERE))
			cs->no_note++;
	}
	if (next->pid && (to = note_of(next)))
		to_flags = to->flags | NOTE_THERE;
	cs->current_tid = next->pid;
	cs->current_flags = to_flags;
	cs->scope_changes = control.scope_changes;

	prev_in = from && from->flags & NOTE_IN_SCOPE;
	if (!control.start_ns)
		return 0;
	if (!prev_in && !(to_flags & NOTE_IN_SCOPE) && !others)
		return 0;
	if (to && !(to_flags & NOTE_ANNOUNCED))
		announce(cs, cpu, next, to);
	if (to && to->slot) {
		struct note *leader = note_of_leader(next, to);

		if (leader)
			lock_leave(leader, to);
	}
	if (state && still_queued(prev))
		state = 0;
	else if (state)
		state |= prev->exit_state;
	f.tid = prev->pid;
	f.sw.next_tid = next->pid;
	f.sw.prev_state = state;
	f.sw.prev_prio = prev->prio;
	f.sw.next_prio = next->prio;
	f.sw.syscall = -1;
	if (prev_in)
		prev_leaves(cs, cpu, prev, from, &f);
	else
		emit_switch(cs, cpu, &f);
	return 0;
}

/* ---- what lives already ---- */

/* Asleep: 0 if it runs or is queued, else its state. */
static __always_inline __u32 sleep_state(struct task_struct *t)
{
	__u32 state = *(volatile __u32 *)&t->__state;

	if (!state || t->on_cpu || still_queued(t))
		return 0;
	return state | t->exit_state;
}

/*
 * EVENT_SEEN. Copying from a sleeping task's memory can take a while, and it
 * may wake meanwhile: what is said must hold at the event's time. Its count of
 * switches and its state are compared once the time has been taken, and the
 * record is thrown away if they moved.
 */
static __always_inline void emit_seen(struct cpu_slot *cs, __u32 cpu,
				      struct task_struct *t, struct note *note)
{
	unsigned long switches = t->nvcsw + t->nivcsw;
	__u32 state = sleep_state(t);
	struct event f = {}, *e;

	f.sw.prev_state = state;
	f.sw.prev_prio = t->prio;
	f.sw.syscall = -1;
	if (state) {
		task_facts(false, t, &f);
		klock_facts(note, &f);
	} else {
		f.flags = SWITCH_ON_CPU;
	}
	e = reserve(cs, cpu, sizeof(*e), EVENT_SEEN, f.flags, t->pid);
	if (!e)
		return;
	e->cpu = t->thread_info.cpu;
	COPY_SWITCH(e, &f, sizeof(*e));
	if (switches != t->nvcsw + t->nivcsw || state != sleep_state(t)) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		return;
	}
	submit(e);
}

static __always_inline void seed(struct task_struct *t, struct note *note)
{
	if ((__u32)t->tgid == control.self_tgid ||
	    (control.mode == ITERATE_IGNORE && (__u32)t->tgid == control.ignore_tgid))
		note->flags = (note->flags & ~NOTE_IN_SCOPE) | NOTE_TRACER;
}

static __always_inline void attach(struct cpu_slot *cs, __u32 cpu, struct task_struct *t,
				   struct note *note)
{
	if (!(note->flags & (NOTE_TRACER | NOTE_IN_SCOPE)) && chosen(t)) {
		note->flags |= NOTE_IN_SCOPE;
		control.scope_changes++;
		control.found++;
		announce(cs, cpu, t, note);
		emit_seen(cs, cpu, t, note);
	} else if (!(note->flags & NOTE_ANNOUNCED) && others && t->on_cpu) {
		announce(cs, cpu, t, note);
	}
}

static __always_inline bool wants_recheck(__u32 tid)
{
	for (__u32 i = 0; i < RECHECK_MAX && i < control.nr_recheck; i++)
		if (control.recheck[i] == tid)
			return true;
	return false;
}

SEC("iter.s/task")
int on_task(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	__u32 cpu = bpf_get_smp_processor_id();
	struct cpu_slot *cs = cpu_slot(cpu);
	struct note *note;

	if (!t || !cs || !t->pid)
		return 0;
	if (control.mode == ITERATE_RECHECK && !wants_recheck(t->pid))
		return 0;
	control.self_tgid = bpf_get_current_pid_tgid() >> 32;
	note = bpf_task_storage_get(&notes, t, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!note) {
		cs->no_note++;
		return 0;
	}
	switch (control.mode) {
	case ITERATE_SEED:
	case ITERATE_IGNORE:
		seed(t, note);
		break;
	case ITERATE_ATTACH:
		attach(cs, cpu, t, note);
		break;
	case ITERATE_RECHECK:
		if (note->flags & NOTE_IN_SCOPE)
			emit_seen(cs, cpu, t, note);
		break;
	}
	return 0;
}

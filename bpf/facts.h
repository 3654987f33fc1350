/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/facts.h - what a task that leaves its CPU is about to wait for
 *
 * Read from its saved registers, so that calls that do not block pay nothing.
 * Facts only: raw arguments and words of memory, copied as they are.
 *
 * What can be verified alone is a global function: the verifier then looks at
 * it once, and not once for each way that leads to it (0.44 s otherwise).
 */
#ifndef MTVIZ_BPF_FACTS_H
#define MTVIZ_BPF_FACTS_H

#include "bpf/emit.h"
#include "bpf/syscalls.h"

/* include/uapi/linux/futex.h */
#define FUTEX_WAIT            0
#define FUTEX_LOCK_PI         6
#define FUTEX_WAIT_BITSET     9
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_LOCK_PI2        13
#define FUTEX_CMD_MASK        0x7f
#define FUTEX_PRIVATE         0x80
#define FUTEX_REALTIME        0x100

/*
 * Facts are gathered in a struct event on the stack: .flags and .sw of it. Its
 * longest useful prefix is what is sent.
 */

/*
 * The task is current (a sched_switch, where nothing may sleep or fault), or
 * any other (a sleepable iterator): here is constant, one branch remains.
 */
static __always_inline long read_user(bool here, struct task_struct *t, void *dst,
				      __u32 bytes, __u64 addr)
{
	if (here)
		return bpf_probe_read_user(dst, bytes, (void *)addr);
	return bpf_copy_from_user_task(dst, bytes, (void *)addr, t, 0);
}

static __always_inline struct inode *fd_inode(struct task_struct *t, __u32 fd)
{
	struct files_struct *files = t->files;
	struct fdtable *fdt;
	struct file **slot;
	struct file *file = NULL;
	struct inode *inode = NULL;

	if (!files)
		return NULL;
	fdt = files->fdt;
	if (!fdt || fd >= fdt->max_fds)
		return NULL;
	slot = fdt->fd;
	if (bpf_probe_read_kernel(&file, sizeof(file), slot + fd) || !file)
		return NULL;
	bpf_core_read(&inode, sizeof(inode), &file->f_inode);
	return inode;
}

/* The kind of file: S_IFMT bits, 0 if anonymous or unknown. */
static __always_inline __u16 inode_mode(const struct inode *inode)
{
	unsigned int flags = 0;
	__u16 mode = 0;

	if (!inode)
		return 0;
	bpf_core_read(&mode, sizeof(mode), &inode->i_mode);
	mode &= S_IFMT;
	if (mode == S_IFREG) {
		bpf_core_read(&flags, sizeof(flags), &inode->i_flags);
		if (flags & S_ANON_INODE)
			mode = 0;
	}
	return mode;
}

/* addr, op and val are set: the words there, as many as can be read. */
static __always_inline void futex_words(bool here, struct task_struct *t, struct event *f)
{
	__u32 words[5] = {}; /* a glibc mutex: lock, count, owner, users, kind */

	f->flags |= SWITCH_FUTEX;
	/* Near the end of the last page of a mapping only the word is there. */
	if (read_user(here, t, words, sizeof(words), f->sw.addr)) {
		__builtin_memset(words, 0, sizeof(words));
		read_user(here, t, words, sizeof(words[0]), f->sw.addr);
	}
	f->sw.word = words[0];
	f->sw.owner = words[2];
	f->sw.kind = words[4];
}

static __always_inline void futex_facts(bool here, struct task_struct *t,
					struct pt_regs *regs, __u32 call, struct event *f)
{
	struct {
		__u64 val;
		__u64 addr;
		__u32 flags;
		__u32 reserved;
	} first = {};
	__u32 flags;

	if (call == CALL_FUTEX) {
		__u32 op = PT_REGS_PARM2_SYSCALL(regs);
		__u32 cmd = op & FUTEX_CMD_MASK;

		if (cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET &&
		    cmd != FUTEX_LOCK_PI && cmd != FUTEX_LOCK_PI2 &&
		    cmd != FUTEX_WAIT_REQUEUE_PI) {
			f->flags &= ~SWITCH_TIMED; /* the fourth argument is a count */
			return;
		}
		f->sw.addr = PT_REGS_PARM1_SYSCALL(regs);
		f->sw.op = op;
		f->sw.val = PT_REGS_PARM3_SYSCALL(regs);
		futex_words(here, t, f);
		return;
	}
	/* futex2 has no operation: say what the old call would have said. */
	if (call == CALL_FUTEX_WAIT) {
		f->sw.addr = PT_REGS_PARM1_SYSCALL(regs);
		f->sw.val = PT_REGS_PARM2_SYSCALL(regs);
		flags = PT_REGS_PARM4_SYSCALL(regs);
	} else {
		if (read_user(here, t, &first, sizeof(first),
			      PT_REGS_PARM1_SYSCALL(regs)))
			return;
		f->sw.addr = first.addr;
		f->sw.val = first.val;
		flags = first.flags;
	}
	f->sw.op = FUTEX_WAIT_BITSET | (flags & FUTEX_PRIVATE);
	futex_words(here, t, f);
}

static __always_inline __u64 syscall_arg(struct pt_regs *regs, __u32 n)
{
	switch (n) {
	case 1:
		return PT_REGS_PARM1_SYSCALL(regs);
	case 3:
		return PT_REGS_PARM3_SYSCALL(regs);
	case 4:
		return PT_REGS_PARM4_SYSCALL(regs);
	default:
		return PT_REGS_PARM5_SYSCALL(regs);
	}
}

static __always_inline void poll_facts(bool here, struct task_struct *t,
				       struct pt_regs *regs, struct event *f)
{
	__u32 fd = 0;

	f->sw.val = PT_REGS_PARM2_SYSCALL(regs);
	if (!f->sw.val)
		return;
	f->flags |= SWITCH_FD;
	if (f->sw.val == 1 &&
	    !read_user(here, t, &fd, sizeof(fd), PT_REGS_PARM1_SYSCALL(regs)))
		f->sw.fd_mode = inode_mode(fd_inode(t, fd));
}

static __always_inline void select_facts(struct pt_regs *regs, struct event *f)
{
	if (!PT_REGS_PARM2_SYSCALL(regs) && !PT_REGS_PARM3_SYSCALL(regs) &&
	    !PT_REGS_PARM4_SYSCALL(regs))
		return; /* no set: a sleep by the old name */
	f->sw.val = PT_REGS_PARM1_SYSCALL(regs);
	if (f->sw.val)
		f->flags |= SWITCH_FD;
}

static __always_inline void call_facts(bool here, struct task_struct *t,
				       struct pt_regs *regs, __u32 nr, struct event *f)
{
	struct inode *inode;
	__u32 call, timeout;

	barrier_var(nr); /* the verifier wants to see the bound here */
	call = calls[nr & (CALLS - 1)];
	timeout = TIMEOUT_ARG(call);

	if (timeout) {
		__u64 arg = syscall_arg(regs, timeout);

		if (call & TIMEOUT_IS_MS ? (int)arg >= 0 : arg != 0)
			f->flags |= SWITCH_TIMED;
	}
	call &= CALL_CLASS_MASK;
	switch (call) {
	case CALL_PLAIN:
		break;
	case CALL_FD:
	case CALL_FD_LOCK:
		f->flags |= SWITCH_FD;
		inode = fd_inode(t, PT_REGS_PARM1_SYSCALL(regs));
		f->sw.fd_mode = inode_mode(inode);
		if (call == CALL_FD_LOCK) {
			f->sw.op = PT_REGS_PARM2_SYSCALL(regs);
			f->sw.addr = inode ? hash_address((__u64)inode) : 0;
		}
		break;
	case CALL_POLL:
		poll_facts(here, t, regs, f);
		break;
	case CALL_SELECT:
		select_facts(regs, f);
		break;
	case CALL_EPOLL:
		f->flags |= SWITCH_FD;
		f->sw.val = 1;
		break;
	default:
		futex_facts(here, t, regs, call, f);
	}
}

/*
 * Everything there is to know of t, which leaves its CPU (or has left it) in
 * this state: 0 if it was preempted or yielded.
 */
static __always_inline void task_facts(bool here, struct task_struct *t, struct event *f)
{
	__u32 state = f->sw.prev_state;
	struct pt_regs *regs;
	long nr;

	f->sw.syscall = -1;
	if (t->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER) || !t->mm)
		return;
	if (state && BPF_CORE_READ_BITFIELD(t, in_iowait))
		f->flags |= SWITCH_IOWAIT;
	regs = (struct pt_regs *)bpf_task_pt_regs(t);
	if (is_compat(t, regs))
		return;
	nr = syscall_nr(regs);
	if (nr >= 0 && nr < CALLS) {
		f->flags |= SWITCH_SYSCALL;
		f->sw.syscall = nr;
		if (state)
			call_facts(here, t, regs, nr, f);
	} else if (!state) {
		f->flags |= SWITCH_USER_IP;
		f->sw.addr = PT_REGS_IP(regs);
	}
}

/* Current, which is prev in a sched_switch. f->sw.prev_state is set. */
__noinline int current_facts(struct event *f)
{
	if (f)
		task_facts(true, bpf_get_current_task_btf(), f);
	return 0;
}

/*
 * It sleeps where it met a kernel lock. In a futex call that is the reason only
 * if no signal can end it: the wait for the futex itself is interruptible.
 */
static __always_inline void klock_facts(const struct note *note, struct event *f)
{
	if (!f->sw.prev_state || !note->klock)
		return;
	if (f->flags & SWITCH_FUTEX) {
		if (f->sw.prev_state & TASK_INTERRUPTIBLE)
			return;
		f->flags &= ~(SWITCH_FUTEX | SWITCH_TIMED);
		f->sw.op = f->sw.val = f->sw.word = f->sw.owner = f->sw.kind = 0;
	}
	f->flags |= SWITCH_KLOCK;
	f->sw.addr = note->klock;
}

#endif

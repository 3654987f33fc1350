/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/arch.h - everything that differs between processors
 *
 * in_interrupt(): whoever is current has nothing to do with what happens now.
 *
 * x86-64 is tried; arm64 is written from the kernel's headers and never ran.
 * Arguments of system calls come from libbpf's PT_REGS_PARMn_SYSCALL().
 */
#ifndef MTVIZ_BPF_ARCH_H
#define MTVIZ_BPF_ARCH_H

#include "bpf/kernel.h"

#if defined(__TARGET_ARCH_x86)

struct pt_regs {
	unsigned long r10, r9, r8, ax, cx, dx, si, di, bp, sp, ip, orig_ax, cs;
} KERNEL_TYPE;

#define ARG6_SYSCALL(regs) ((regs)->r9)

#define TS_COMPAT          0x0002 /* arch/x86/include/asm/thread_info.h */
#define USER_CS            0x33

/* The system call a task is in; negative if it came by an exception or interrupt. */
static __always_inline long syscall_nr(const struct pt_regs *regs)
{
	return (int)regs->orig_ax;
}

/* A 32-bit system call: its registers mean something else. */
static __always_inline bool is_compat(const struct task_struct *t,
				      const struct pt_regs *regs)
{
	return (t->thread_info.status & TS_COMPAT) || (regs->cs & 0xffff) != USER_CS;
}

/*
 * x86 keeps the preemption count per CPU, where not every kernel lets a probe
 * find it (CONFIG_KALLSYMS_ALL). So look where we stand. ctx lies on the stack
 * in use, saved registers at the top of the task's own:
 *
 *     interrupt in kernel mode    another stack
 *     softirq                     another stack
 *     interrupt in user mode      the task's own, no system call in its registers
 *
 * An exception from user mode looks like the last: a wake out of a page fault
 * counts as an interrupt's. The idle task wakes nobody of its own accord.
 */
static __always_inline bool in_interrupt(const void *ctx, struct task_struct *current)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(current);
	__u64 at = (__u64)ctx;

	if (at < (__u64)current->stack || at >= (__u64)regs || !current->pid)
		return true;
	return !(current->flags & PF_KTHREAD) && syscall_nr(regs) < 0;
}

#elif defined(__TARGET_ARCH_arm64)

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
} KERNEL_TYPE;

struct pt_regs {
	__u64 regs[31];
	__u64 pc;
	__u64 orig_x0;
	__s32 syscallno;
} KERNEL_TYPE;

struct thread_info___arm64 {
	unsigned long flags;
	int preempt_count;
} KERNEL_TYPE;

#define ARG6_SYSCALL(regs) ((regs)->regs[5])
#define TIF_32BIT          22

static __always_inline long syscall_nr(const struct pt_regs *regs)
{
	return regs->syscallno;
}

static __always_inline bool is_compat(const struct task_struct *t,
				      const struct pt_regs *regs)
{
	return t->thread_info.flags & (1UL << TIF_32BIT);
}

/*
 * The preemption count has a hard interrupt, an NMI, or a softirq being served
 * (bit 8: the higher softirq bits only say that somebody disabled them).
 */
static __always_inline bool in_interrupt(const void *ctx, struct task_struct *current)
{
	int count = ((struct thread_info___arm64 *)&current->thread_info)->preempt_count;

	return (count & 0x00ff0100) || !current->pid;
}

#else
#error "mtviz runs on x86-64 (tried) and arm64 (untried)"
#endif

#endif

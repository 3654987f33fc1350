/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/kernel.h - the kernel's types, as much of them as the probes read
 *
 * Kept by hand so that a build needs no running kernel's BTF. Members may stand
 * in any order: preserve_access_index makes libbpf look up every offset in the
 * BTF of the kernel that loads the probes. What changed between Linux 5.18 and
 * now is here and in arch.h, and nowhere else:
 *
 *   sched_entity.sched_delayed  since 6.12: asleep, but left on the run queue
 *   cgroup.ancestors            since 6.1, ancestor_ids before that
 *   inode.i_flags S_ANON_INODE  since 6.16, where anonymous inodes got S_IFREG
 */
#ifndef MTVIZ_BPF_KERNEL_H
#define MTVIZ_BPF_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

/* bpf_tracing.h: pt_regs has the kernel's member names, not user space's. */
#define __VMLINUX_H__
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#define KERNEL_TYPE __attribute__((preserve_access_index))

struct thread_info {
	unsigned int cpu;
	unsigned int status; /* x86 */
	unsigned long flags;
} KERNEL_TYPE;

struct sched_entity {
	unsigned char sched_delayed;
} KERNEL_TYPE;

struct upid {
	int nr;
} KERNEL_TYPE;

struct pid {
	unsigned int level;
	struct upid numbers[1];
} KERNEL_TYPE;

struct inode {
	unsigned short i_mode;
	unsigned int i_flags;
} KERNEL_TYPE;

struct file {
	struct inode *f_inode;
} KERNEL_TYPE;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} KERNEL_TYPE;

struct files_struct {
	struct fdtable *fdt;
} KERNEL_TYPE;

struct kernfs_node {
	__u64 id;
} KERNEL_TYPE;

struct cgroup {
	int level;
	struct kernfs_node *kn;
	struct cgroup *ancestors[1];
} KERNEL_TYPE;

struct cgroup___before_6_1 {
	__u64 ancestor_ids[1];
} KERNEL_TYPE;

struct css_set {
	struct cgroup *dfl_cgrp;
} KERNEL_TYPE;

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
} KERNEL_TYPE;

struct mm_struct;

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	void *stack;
	unsigned int flags;
	int on_cpu;
	int on_rq;
	int prio;
	struct sched_entity se;
	struct mm_struct *mm;
	int exit_state;
	int exit_code;
	unsigned int in_iowait : 1;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	unsigned long nvcsw;
	unsigned long nivcsw;
	__u64 start_boottime;
	char comm[16];
	struct files_struct *files;
	struct signal_struct *signal;
	struct css_set *cgroups;
} KERNEL_TYPE;

struct linux_binprm;

struct bpf_iter_meta {
	__u64 session_id;
} KERNEL_TYPE;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL_TYPE;

/* include/linux/sched.h */
#define PF_IO_WORKER   0x00000010
#define PF_USER_WORKER 0x00004000 /* since 6.4, free in 5.18 */
#define PF_KTHREAD     0x00200000

#define TASK_INTERRUPTIBLE 0x1

/* include/linux/fs.h */
#define S_IFMT	     0170000
#define S_IFREG	     0100000
#define S_ANON_INODE (1 << 19)

/* include/trace/events/lock.h: spins, so nobody leaves a CPU for it */
#define LCB_F_SPIN (1U << 0)

#endif

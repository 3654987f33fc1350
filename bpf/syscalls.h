/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf/syscalls.h - what can be told of a system call that somebody sleeps in
 *
 * A flat table by number: how its arguments name descriptors or a futex, and
 * which argument is a timeout. Calls that are not in it have no facts but
 * their number. Numbers are the building processor's own (asm/unistd.h).
 */
#ifndef MTVIZ_BPF_SYSCALLS_H
#define MTVIZ_BPF_SYSCALLS_H

#include <asm/unistd.h>

/* Newer than some build machines' headers; the same on every processor. */
#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 441
#endif
#ifndef __NR_futex_waitv
#define __NR_futex_waitv 449
#endif
#ifndef __NR_futex_wait
#define __NR_futex_wait 455
#endif

enum call_class {
	CALL_PLAIN,	  /* nothing but perhaps a timeout */
	CALL_FD,	  /* the first argument is a descriptor */
	CALL_FD_LOCK,	  /* the same, and the second may ask for a file lock */
	CALL_POLL,	  /* struct pollfd *, how many */
	CALL_SELECT,	  /* how many, three sets */
	CALL_EPOLL,	  /* a descriptor that stands for many */
	CALL_FUTEX,	  /* the old one, with an operation */
	CALL_FUTEX_WAIT,  /* futex2 */
	CALL_FUTEX_WAITV, /* futex2, several at once */
};
#define CALL_CLASS_MASK 0xf

/* Bits 4-6: which argument is a timeout, 0 for none. */
#define TIMEOUT_PTR(arg)  ((arg) << 4)		/* none if NULL */
#define TIMEOUT_MS(arg)	  ((arg) << 4 | 0x80)	/* none if negative */
#define TIMEOUT_ARG(call) ((call) >> 4 & 7)
#define TIMEOUT_IS_MS	  0x80

#define CALLS 512

static const __u8 calls[CALLS] = {
	[__NR_futex] = CALL_FUTEX | TIMEOUT_PTR(4),
	[__NR_futex_wait] = CALL_FUTEX_WAIT | TIMEOUT_PTR(5),
	[__NR_futex_waitv] = CALL_FUTEX_WAITV | TIMEOUT_PTR(4),

	[__NR_nanosleep] = CALL_PLAIN | TIMEOUT_PTR(1),
	[__NR_clock_nanosleep] = CALL_PLAIN | TIMEOUT_PTR(3),
	[__NR_rt_sigtimedwait] = CALL_PLAIN | TIMEOUT_PTR(3),
	[__NR_semtimedop] = CALL_PLAIN | TIMEOUT_PTR(4),
	[__NR_io_getevents] = CALL_PLAIN | TIMEOUT_PTR(5),

	[__NR_read] = CALL_FD,
	[__NR_write] = CALL_FD,
	[__NR_readv] = CALL_FD,
	[__NR_writev] = CALL_FD,
	[__NR_pread64] = CALL_FD,
	[__NR_pwrite64] = CALL_FD,
	[__NR_preadv] = CALL_FD,
	[__NR_pwritev] = CALL_FD,
	[__NR_preadv2] = CALL_FD,
	[__NR_pwritev2] = CALL_FD,
	[__NR_sendfile] = CALL_FD,
	[__NR_splice] = CALL_FD,
	[__NR_tee] = CALL_FD,
	[__NR_vmsplice] = CALL_FD,
	[__NR_copy_file_range] = CALL_FD,
	[__NR_getdents64] = CALL_FD,
	[__NR_fsync] = CALL_FD,
	[__NR_fdatasync] = CALL_FD,
	[__NR_sync_file_range] = CALL_FD,
	[__NR_syncfs] = CALL_FD,
	[__NR_ftruncate] = CALL_FD,
	[__NR_fallocate] = CALL_FD,
	[__NR_close] = CALL_FD,
	[__NR_ioctl] = CALL_FD,
	[__NR_fcntl] = CALL_FD_LOCK,
	[__NR_flock] = CALL_FD_LOCK,
	[__NR_connect] = CALL_FD,
	[__NR_accept] = CALL_FD,
	[__NR_accept4] = CALL_FD,
	[__NR_sendto] = CALL_FD,
	[__NR_recvfrom] = CALL_FD,
	[__NR_sendmsg] = CALL_FD,
	[__NR_recvmsg] = CALL_FD,
	[__NR_sendmmsg] = CALL_FD,
	[__NR_recvmmsg] = CALL_FD | TIMEOUT_PTR(5),
	[__NR_mq_timedsend] = CALL_FD | TIMEOUT_PTR(5),
	[__NR_mq_timedreceive] = CALL_FD | TIMEOUT_PTR(5),
	[__NR_io_uring_enter] = CALL_FD,

	[__NR_ppoll] = CALL_POLL | TIMEOUT_PTR(3),
	[__NR_pselect6] = CALL_SELECT | TIMEOUT_PTR(5),
	[__NR_epoll_pwait] = CALL_EPOLL | TIMEOUT_MS(4),
	[__NR_epoll_pwait2] = CALL_EPOLL | TIMEOUT_PTR(4),
#ifdef __NR_poll /* the old ones, which newer processors do not have */
	[__NR_poll] = CALL_POLL | TIMEOUT_MS(3),
	[__NR_select] = CALL_SELECT | TIMEOUT_PTR(5),
	[__NR_epoll_wait] = CALL_EPOLL | TIMEOUT_MS(4),
	[__NR_getdents] = CALL_FD,
#endif
};

#endif

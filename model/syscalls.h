/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/syscalls.h - the numbers of x86-64's system calls that classify.c knows
 *
 * By value and not from <asm/unistd.h>: a recording made on x86-64 means the
 * same wherever it is opened.
 */
#ifndef MTVIZ_MODEL_SYSCALLS_H
#define MTVIZ_MODEL_SYSCALLS_H

enum x86_64_call {
	CALL_POLL = 7,
	CALL_SELECT = 23,
	CALL_SCHED_YIELD = 24,
	CALL_PAUSE = 34,
	CALL_NANOSLEEP = 35,
	CALL_CLONE = 56,
	CALL_VFORK = 58,
	CALL_WAIT4 = 61,
	CALL_SEMOP = 65,
	CALL_MSGSND = 69,
	CALL_MSGRCV = 70,
	CALL_FCNTL = 72,
	CALL_FLOCK = 73,
	CALL_RT_SIGTIMEDWAIT = 128,
	CALL_RT_SIGSUSPEND = 130,
	CALL_SEMTIMEDOP = 220,
	CALL_CLOCK_NANOSLEEP = 230,
	CALL_EPOLL_WAIT = 232,
	CALL_MQ_TIMEDSEND = 242,
	CALL_MQ_TIMEDRECEIVE = 243,
	CALL_WAITID = 247,
	CALL_PSELECT6 = 270,
	CALL_PPOLL = 271,
	CALL_EPOLL_PWAIT = 281,
	CALL_CLONE3 = 435,
	CALL_EPOLL_PWAIT2 = 441,
};

#endif

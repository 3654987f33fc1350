/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden.c - see golden.h
 */
#include "tests/trace/golden.h"

static const char *const words[] = {"bank", "-t", "2", NULL};

const struct trace_info golden_info = {
	.argv = words,
	.argc = 3,
	.scope = "command",
	.kernel = "6.1.0-mtviz",
	.machine = "x86_64",
	.nr_cpus = 2,
	.start_boottime_ns = 1000000000,
	.start_realtime_ns = 1790000000000000000ull,
	.start_monotonic_ns = 900000000,
	.others = true,
};

const struct trace_end golden_end = {.duration_ns = 9000};

static void tell(struct story *s, struct event e)
{
	story_add(s, &e);
}

void tiny_story(struct story *s)
{
	struct event e;

	e = task(0, EVENT_CPU_USER, 10, "bank", TASK_FOUND | TASK_IN_SCOPE);
	e.task.born_ns = -5;
	tell(s, e);
	tell(s, sw(100, 0, 0, 10));
	e = sw(200, 0, 10, 11);
	e.flags = SWITCH_SYSCALL | SWITCH_FUTEX;
	e.sw.syscall = 202;
	e.sw.addr = 0x404060;
	e.sw.op = 128;
	e.sw.val = e.sw.word = 2;
	e.sw.owner = 11;
	tell(s, e);
	tell(s, waking(300, 0, 10, 11));
	e = sw(400, 0, 11, 10);
	e.flags = SWITCH_USER_IP;
	e.sw.prev_state = 0;
	e.sw.addr = 0x401180;
	tell(s, e);
	e = (struct event){.time_ns = 500, .type = EVENT_EXIT, .tid = 10};
	e.exit.code = 256;
	tell(s, e);
	e = sw(600, 0, 10, 0);
	e.sw.prev_state = 0x80 | 0x20;
	tell(s, e);
}

void golden_story(struct story *s)
{
	struct event e;

	tiny_story(s);
	e = (struct event){.time_ns = 1000, .cpu = 0, .type = EVENT_MIGRATE, .tid = 11};
	e.migrate.from_cpu = 0;
	e.migrate.to_cpu = 1;
	tell(s, e);
	e = waking(1000, 0, 11, 0);
	e.flags = WAKING_IRQ | WAKING_ABSORBED;
	e.wake.target_cpu = 1;
	e.wake.prio = -1;
	tell(s, e);
	e = (struct event){.time_ns = 1100, .cpu = 1, .type = EVENT_OWNER, .tid = 10};
	e.owner.addr = 0x7ffff7fc1000ull;
	e.owner.word = 0x80000002u;
	e.owner.owner = 11;
	tell(s, e);
	e = sw(1200, 1, 77, 11);
	e.sw.prev_prio = 99;
	e.sw.next_prio = 139;
	e.sw.kind = 0x20;
	e.sw.fd_mode = 0140000;
	e.flags = SWITCH_SYSCALL | SWITCH_FD | SWITCH_IOWAIT;
	tell(s, e);
	e = task(2000, 1, 12, "teller-1", TASK_FORKED | TASK_IN_SCOPE);
	e.task.tgid = 10;
	e.task.parent_tid = 11;
	e.task.ns_tid = 3;
	e.task.born_ns = 2000;
	e.task.clone_flags = 0x3d0f00;
	tell(s, e);
	e = sw(3000, EVENT_CPU_USER, 11, 0);
	e.type = EVENT_SEEN;
	e.flags = SWITCH_SYSCALL | SWITCH_FUTEX | SWITCH_TIMED;
	e.sw.syscall = 202;
	e.sw.addr = 0x404060;
	e.sw.op = 393;
	e.sw.val = 0xffffffffu;
	tell(s, e);
	e = (struct event){
		.time_ns = 3000, .cpu = EVENT_CPU_USER, .type = EVENT_NAME, .tid = 10};
	e.name.addr = 0x404060;
	e.name.text = "account_lock";
	tell(s, e);
	e = (struct event){
		.time_ns = 8000, .cpu = 1, .type = EVENT_LOST, .flags = LOST_RING};
	e.lost.from_ns = 7000;
	e.lost.count = 123;
	tell(s, e);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/internal.h - what the files of the capture source share
 *
 *   capture.c   the verbs of capture.h: new, attach, finish, free
 *   pump.c      rings -> order -> sink, and what user space adds to the stream
 *   probes.c    BPF; ring.c, order.c, watch.c know nothing of it
 */
#ifndef MTVIZ_CAPTURE_INTERNAL_H
#define MTVIZ_CAPTURE_INTERNAL_H

#include "capture/capture.h"
#include "capture/names.h"
#include "capture/order.h"
#include "capture/probes.h"
#include "capture/watch.h"

/* A name found while events were handed on: comes after them. */
struct pending_name {
	uint32_t tgid;
	uint64_t addr;
	char *text;
};

struct capture {
	struct probes *probes;
	struct order *order;
	struct watch *watch;
	struct names *names; /* NULL: nothing is named */

	struct trace_info info;
	char scope[128], kernel[65], machine[65];

	uint64_t *reached_ns;	/* by ring: everything stamped before is out */
	uint64_t watermark_ns;	/* everything before has been delivered */
	uint64_t drained_ns;	/* when the last drain began */
	bool began, finished;

	/* Losses that the kernel only counts: what was told of them so far. */
	uint64_t missed, no_note, counted_ns;
	uint64_t recheck_ns; /* no re-check of long waits before this */
	bool by_cgroup;
	uint64_t joined_ns; /* when somebody last looked who has joined it */

	struct pending_name *pending;
	unsigned int nr_pending, cap_pending;

	/* For capture_stats(), which any thread may call. */
	_Atomic uint64_t events, lost, ring_used;
};

uint64_t capture_now_ns(const struct capture *c);
/* Drains, orders, delivers. last: the probes have stopped, leave nothing. */
int pump_once(struct capture *c, struct sink *s, bool last);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * packets.h - Perfetto traces made by hand, as other tools write them
 */
#ifndef MTVIZ_TESTS_TRACE_PACKETS_H
#define MTVIZ_TESTS_TRACE_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/perfetto.pb-c.h"

/* A trace, or the inside of a compressed packet. */
struct packets {
	uint8_t *v;
	size_t n;
};

void packets_add(struct packets *p, const Pf__TracePacket *packet);
/* One packet of out that holds all of p, deflated. */
void packets_deflate(struct packets *out, const struct packets *p);
int packets_file(const struct packets *p); /* a file in memory; close() it */
void packets_free(struct packets *p);

/* A bundle with room for a few events, filled in by what follows. */
struct bundle {
	Pf__TracePacket packet;
	Pf__FtraceEventBundle bundle;
	Pf__CompactSched sched;
	uint64_t switch_time[16], waking_time[16];
	uint32_t state[16], next[16], name[16];
	uint32_t wakee[16], target[16], waking_name[16], flags[16];
	int32_t prio[16], waking_prio[16];
	char *names[16];
	Pf__FtraceEvent event[16], *events[16];
	Pf__SchedSwitch sw[16];
	Pf__SchedWakeup wake[16];
	Pf__TaskNewtask newtask[16];
	Pf__TaskRename rename[16];
	uint64_t last_switch, last_waking;
};

void bundle_init(struct bundle *b, unsigned int cpu);
/* Compact ones. */
void bundle_switch(struct bundle *b, uint64_t stamp, uint32_t state, uint32_t next,
		   const char *comm);
void bundle_waking(struct bundle *b, uint64_t stamp, uint32_t wakee, const char *comm,
		   uint32_t flags);
/* Single ones; done by pid. */
Pf__FtraceEvent *bundle_event(struct bundle *b, uint64_t stamp, uint32_t pid);
void bundle_full_switch(struct bundle *b, uint64_t stamp, uint32_t prev, int64_t state,
			uint32_t next, const char *comm);
void bundle_full_waking(struct bundle *b, uint64_t stamp, uint32_t waker, uint32_t wakee,
			const char *comm);
void bundle_newtask(struct bundle *b, uint64_t stamp, uint32_t parent, uint32_t child,
		    const char *comm, uint64_t clone_flags);
void bundle_rename(struct bundle *b, uint64_t stamp, uint32_t pid, const char *comm);
void bundle_add(struct bundle *b, struct packets *p);

#endif

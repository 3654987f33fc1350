/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * packets.c - see packets.h
 */
#include "tests/trace/packets.h"
#include "tests/trace/story.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static void put(struct packets *p, const void *bytes, size_t n)
{
	p->v = realloc(p->v, p->n + n + 1);
	assert_non_null(p->v);
	memcpy(p->v + p->n, bytes, n);
	p->n += n;
}

void packets_add(struct packets *p, const Pf__TracePacket *packet)
{
	size_t n = pf__trace_packet__get_packed_size(packet), left = n;
	uint8_t head[12] = {0x0a}, *at = head + 1;
	uint8_t *bytes = malloc(n + 1);

	assert_non_null(bytes);
	pf__trace_packet__pack(packet, bytes);
	for (; left >= 0x80; left >>= 7)
		*at++ = (uint8_t)left | 0x80;
	*at++ = (uint8_t)left;
	put(p, head, (size_t)(at - head));
	put(p, bytes, n);
	free(bytes);
}

void packets_deflate(struct packets *out, const struct packets *p)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	uLongf n = compressBound(p->n);

	packet.has_compressed_packets = true;
	packet.compressed_packets.data = malloc(n);
	assert_non_null(packet.compressed_packets.data);
	assert_int_equal(compress(packet.compressed_packets.data, &n, p->v, p->n), Z_OK);
	packet.compressed_packets.len = n;
	packets_add(out, &packet);
	free(packet.compressed_packets.data);
}

int packets_file(const struct packets *p)
{
	int fd = story_file();

	assert_int_equal(write(fd, p->v, p->n), p->n);
	return fd;
}

void packets_free(struct packets *p)
{
	free(p->v);
	memset(p, 0, sizeof(*p));
}

void bundle_init(struct bundle *b, unsigned int cpu)
{
	memset(b, 0, sizeof(*b));
	pf__trace_packet__init(&b->packet);
	pf__ftrace_event_bundle__init(&b->bundle);
	pf__compact_sched__init(&b->sched);
	b->packet.ftrace_events = &b->bundle;
	b->bundle.has_cpu = true;
	b->bundle.cpu = cpu;
	b->bundle.event = b->events;
	b->sched.intern_table = b->names;
	b->sched.switch_timestamp = b->switch_time;
	b->sched.switch_prev_state = b->state;
	b->sched.switch_next_pid = b->next;
	b->sched.switch_next_prio = b->prio;
	b->sched.switch_next_comm_index = b->name;
	b->sched.waking_timestamp = b->waking_time;
	b->sched.waking_pid = b->wakee;
	b->sched.waking_target_cpu = b->target;
	b->sched.waking_prio = b->waking_prio;
	b->sched.waking_comm_index = b->waking_name;
	b->sched.waking_common_flags = b->flags;
}

static uint32_t name_of(struct bundle *b, const char *comm)
{
	size_t i;

	for (i = 0; i < b->sched.n_intern_table; i++)
		if (strcmp(b->names[i], comm) == 0)
			return (uint32_t)i;
	b->names[b->sched.n_intern_table++] = (char *)comm;
	return (uint32_t)i;
}

void bundle_switch(struct bundle *b, uint64_t stamp, uint32_t state, uint32_t next,
		   const char *comm)
{
	size_t i = b->sched.n_switch_timestamp++;

	b->bundle.compact_sched = &b->sched;
	b->sched.n_switch_prev_state = b->sched.n_switch_next_pid = i + 1;
	b->sched.n_switch_next_prio = b->sched.n_switch_next_comm_index = i + 1;
	b->switch_time[i] = stamp - b->last_switch;
	b->last_switch = stamp;
	b->state[i] = state;
	b->next[i] = next;
	b->prio[i] = 120;
	b->name[i] = name_of(b, comm);
}

void bundle_waking(struct bundle *b, uint64_t stamp, uint32_t wakee, const char *comm,
		   uint32_t flags)
{
	size_t i = b->sched.n_waking_timestamp++;

	b->bundle.compact_sched = &b->sched;
	b->sched.n_waking_pid = b->sched.n_waking_target_cpu = i + 1;
	b->sched.n_waking_prio = b->sched.n_waking_comm_index = i + 1;
	b->sched.n_waking_common_flags = i + 1;
	b->waking_time[i] = stamp - b->last_waking;
	b->last_waking = stamp;
	b->wakee[i] = wakee;
	b->target[i] = b->bundle.cpu;
	b->waking_prio[i] = 120;
	b->waking_name[i] = name_of(b, comm);
	b->flags[i] = flags;
}

Pf__FtraceEvent *bundle_event(struct bundle *b, uint64_t stamp, uint32_t pid)
{
	size_t i = b->bundle.n_event++;
	Pf__FtraceEvent *e = &b->event[i];

	pf__ftrace_event__init(e);
	b->events[i] = e;
	e->has_timestamp = e->has_pid = true;
	e->timestamp = stamp;
	e->pid = pid;
	return e;
}

void bundle_full_switch(struct bundle *b, uint64_t stamp, uint32_t prev, int64_t state,
			uint32_t next, const char *comm)
{
	Pf__SchedSwitch *m = &b->sw[b->bundle.n_event];

	pf__sched_switch__init(m);
	bundle_event(b, stamp, prev)->sched_switch = m;
	m->has_prev_pid = m->has_prev_prio = m->has_prev_state = true;
	m->has_next_pid = m->has_next_prio = true;
	m->prev_comm = (char *)"before";
	m->prev_pid = prev;
	m->prev_prio = 110;
	m->prev_state = state;
	m->next_comm = (char *)comm;
	m->next_pid = next;
	m->next_prio = 120;
}

void bundle_full_waking(struct bundle *b, uint64_t stamp, uint32_t waker, uint32_t wakee,
			const char *comm)
{
	Pf__SchedWakeup *m = &b->wake[b->bundle.n_event];

	pf__sched_wakeup__init(m);
	bundle_event(b, stamp, waker)->sched_waking = m;
	m->has_pid = m->has_prio = m->has_target_cpu = true;
	m->comm = (char *)comm;
	m->pid = wakee;
	m->prio = 120;
	m->target_cpu = 1;
}

void bundle_newtask(struct bundle *b, uint64_t stamp, uint32_t parent, uint32_t child,
		    const char *comm, uint64_t clone_flags)
{
	Pf__TaskNewtask *m = &b->newtask[b->bundle.n_event];

	pf__task_newtask__init(m);
	bundle_event(b, stamp, parent)->task_newtask = m;
	m->has_pid = m->has_clone_flags = true;
	m->pid = child;
	m->comm = (char *)comm;
	m->clone_flags = clone_flags;
}

void bundle_rename(struct bundle *b, uint64_t stamp, uint32_t pid, const char *comm)
{
	Pf__TaskRename *m = &b->rename[b->bundle.n_event];

	pf__task_rename__init(m);
	bundle_event(b, stamp, pid)->task_rename = m;
	m->has_pid = true;
	m->pid = pid;
	m->newcomm = (char *)comm;
}

void bundle_add(struct bundle *b, struct packets *p)
{
	packets_add(p, &b->packet);
}

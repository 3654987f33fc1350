/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack.c - the columns of a window as protobuf messages
 *
 * Messages point into the columns; nothing is copied until protobuf-c packs
 * them into the window's buffer.
 */
#include "trace/encode_lane.h"

#define PUT_U32(m, field, column) ((m)->n_##field = (column).n, (m)->field = (column).v)
#define PUT_I32(m, field, column) \
	((m)->n_##field = (column).n, (m)->field = (int32_t *)(column).v)
#define PUT_U64(m, field, column) ((m)->n_##field = (column).n, (m)->field = (column).v)

int pack_packet(const Pf__TracePacket *p, struct bytes *out)
{
	size_t bytes = pf__trace_packet__get_packed_size(p);
	uint8_t *at;

	if (bytes_reserve(out, bytes + 11))
		return -ENOMEM;
	at = out->v + out->n;
	*at++ = 0x0a; /* Trace.packet */
	at = varint_put(at, bytes);
	at += pf__trace_packet__pack(p, at);
	out->n = (size_t)(at - out->v);
	return 0;
}

int pack_tree(struct encoder *c, struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__ProcessTree tree = PF__PROCESS_TREE__INIT;

	if (!c->threads.n)
		return 0;
	tree.n_processes = c->processes.n;
	tree.processes = (Pf__Process **)c->processes.v;
	tree.n_threads = c->threads.n;
	tree.threads = (Pf__Thread **)c->threads.v;
	packet.process_tree = &tree;
	packet.has_timestamp = true;
	packet.timestamp = c->boottime_ns + c->found_ns;
	return pack_packet(&packet, out);
}

int pack_user(struct encoder *c, struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__FtraceEventBundle bundle = PF__FTRACE_EVENT_BUNDLE__INIT;

	if (!c->user.n)
		return 0;
	bundle.has_cpu = true;
	bundle.n_event = c->user.n;
	bundle.event = (Pf__FtraceEvent **)c->user.v;
	packet.ftrace_events = &bundle;
	return pack_packet(&packet, out);
}

static int fill_sched(struct encoder *c, struct lane *l, Pf__CompactSched *m)
{
	char **names = arena_alloc(&c->arena, (l->comms.n + 1) * sizeof(*names));
	uint32_t i;

	if (!names)
		return -ENOMEM;
	for (i = 0; i < l->comms.n; i++) {
		names[i] = export_text(&c->arena,
				       (char *)l->comms.records.v + i * EVENT_COMM_BYTES,
				       EVENT_COMM_BYTES);
		if (!names[i])
			return -ENOMEM;
	}
	m->n_intern_table = l->comms.n;
	m->intern_table = names;
	PUT_U64(m, switch_timestamp, l->sw_time);
	PUT_U32(m, switch_prev_state, l->sw_state);
	PUT_U32(m, switch_next_pid, l->sw_pid);
	PUT_I32(m, switch_next_prio, l->sw_prio);
	PUT_U32(m, switch_next_comm_index, l->sw_comm);
	PUT_U64(m, waking_timestamp, l->wk_time);
	PUT_U32(m, waking_pid, l->wk_pid);
	PUT_U32(m, waking_target_cpu, l->wk_cpu);
	PUT_I32(m, waking_prio, l->wk_prio);
	PUT_U32(m, waking_comm_index, l->wk_comm);
	PUT_U32(m, waking_common_flags, l->wk_flags);
	return 0;
}

static int fill_shapes(struct lane *l, Pf__Columns *m)
{
	const struct format_shape *s = (const void *)l->shapes.records.v;
	uint32_t i;
	int err = 0;

	for (i = 0; i < l->shapes.n; i++, s++) {
		err |= u32s_push(&l->shape_state, s->state);
		err |= u32s_push(&l->shape_flags, s->flags);
		err |= u32s_push(&l->shape_has, s->has);
		err |= u32s_push(&l->shape_syscall, (uint32_t)(int32_t)s->syscall);
		err |= u32s_push(&l->shape_fd_mode, s->fd_mode);
		err |= u32s_push(&l->shape_op, s->op);
		err |= u32s_push(&l->shape_kind, s->kind);
	}
	PUT_U32(m, shape_state, l->shape_state);
	PUT_U32(m, shape_flags, l->shape_flags);
	PUT_U32(m, shape_has, l->shape_has);
	PUT_I32(m, shape_syscall, l->shape_syscall);
	PUT_U32(m, shape_fd_mode, l->shape_fd_mode);
	PUT_U32(m, shape_op, l->shape_op);
	PUT_U32(m, shape_kind, l->shape_kind);
	return err;
}

static int fill_columns(struct lane *l, Pf__Columns *m)
{
	m->has_cpu = true;
	m->cpu = l->cpu;
	m->has_first_tid = l->first_tid != 0;
	m->first_tid = l->first_tid;
	m->has_first_prio = l->first_prio != 0;
	m->first_prio = l->first_prio;
	PUT_U32(m, synthetic, l->synthetic);
	PUT_U32(m, shape, l->shape);
	PUT_U64(m, addr, l->addr);
	PUT_U32(m, val, l->val);
	PUT_U32(m, word, l->word);
	PUT_U32(m, owner, l->owner);
	PUT_U32(m, zero, l->zero);
	PUT_U32(m, prev_prio_at, l->prio_at);
	PUT_I32(m, prev_prio, l->prev_prio);
	PUT_U32(m, waker_at, l->waker_at);
	PUT_U32(m, waker, l->waker);
	PUT_U32(m, waking_flags_at, l->flags_at);
	PUT_U32(m, waking_flags, l->flags);
	PUT_U64(m, other_timestamp, l->other_time);
	PUT_U32(m, other_kind, l->other_kind);
	PUT_U32(m, other_tid, l->other_tid);
	PUT_U32(m, migrate_from, l->migrate_from);
	PUT_U32(m, migrate_to, l->migrate_to);
	PUT_U64(m, owner_addr, l->owner_addr);
	PUT_U32(m, owner_word, l->owner_word);
	PUT_U32(m, owner_owner, l->owner_owner);
	PUT_U64(m, other_value, l->other_value);
	m->n_text = l->text.n / sizeof(ProtobufCBinaryData);
	m->text = (ProtobufCBinaryData *)l->text.v;
	PUT_U32(m, tie, l->tie);
	return fill_shapes(l, m);
}

int pack_lane(struct encoder *c, struct lane *l, struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__FtraceEventBundle bundle = PF__FTRACE_EVENT_BUNDLE__INIT;
	Pf__CompactSched sched = PF__COMPACT_SCHED__INIT;
	Pf__Columns columns = PF__COLUMNS__INIT;

	if (fill_sched(c, l, &sched) || fill_columns(l, &columns))
		return -ENOMEM;
	packet.mtviz_columns = &columns;
	/*
	 * Our reader takes compact_sched from the bundle whatever the CPU;
	 * EVENT_CPU_USER has one only if somebody made switches there.
	 */
	bundle.has_cpu = true;
	bundle.cpu = l->cpu;
	bundle.n_event = l->ftrace.n;
	bundle.event = (Pf__FtraceEvent **)l->ftrace.v;
	bundle.has_lost_events = l->lost || c->lost;
	bundle.lost_events = l->lost || c->lost;
	if (l->sw_time.n || l->wk_time.n)
		bundle.compact_sched = &sched;
	if (l->cpu != EVENT_CPU_USER || bundle.compact_sched)
		packet.ftrace_events = &bundle;
	return pack_packet(&packet, out);
}

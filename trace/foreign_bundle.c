/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign_bundle.c - the scheduler events of one bundle, in order of time
 *
 * A bundle has events one by one, compact_sched, or both. All of it may be
 * hostile; what cannot be is dropped with the rest of its bundle.
 */
#include "trace/foreign.h"

#include <stdlib.h>

static int raw_add(struct raws *out, const struct raw *r)
{
	if (out->n >= FOREIGN_BUNDLE_EVENTS)
		return -EBADMSG;
	if (out->n == out->cap &&
	    column_grow((void **)&out->v, out->n, &out->cap, 1, sizeof(*out->v)))
		return -ENOMEM;
	out->v[out->n++] = *r;
	return 0;
}

static void raw_comm(struct raw *r, struct wire text)
{
	comm_set(r->comm, (const char *)text.p, wire_left(&text));
}

/* What all the single events have in common, whatever their kind. */
struct single {
	struct wire_field kind; /* the event itself */
	uint64_t stamp, flags;
	uint32_t pid;
};

static bool read_single(struct wire event, struct single *s)
{
	struct wire_field f;

	memset(s, 0, sizeof(*s));
	while (wire_left(&event)) {
		if (!wire_next(&event, &f))
			return false;
		if (f.type == WIRE_VARINT && f.number == FTRACE_TIMESTAMP)
			s->stamp = f.value;
		else if (f.type == WIRE_VARINT && f.number == FTRACE_PID)
			s->pid = (uint32_t)f.value;
		else if (f.type == WIRE_VARINT && f.number == FTRACE_COMMON_FLAGS)
			s->flags = f.value;
		else if (f.type == WIRE_BYTES)
			s->kind = f;
	}
	return true;
}

/* Numbers 1..8 and the texts of a message; each event knows which is which. */
struct message {
	uint64_t number[9];
	struct wire text[9];
};

static bool read_message(struct wire w, struct message *m)
{
	struct wire_field f;

	memset(m, 0, sizeof(*m));
	while (wire_left(&w)) {
		if (!wire_next(&w, &f))
			return false;
		if (f.number > 8)
			continue;
		if (f.type == WIRE_VARINT)
			m->number[f.number] = f.value;
		else if (f.type == WIRE_BYTES)
			m->text[f.number] = f.bytes;
	}
	return true;
}

static void single_switch(struct raw *r, const struct message *m)
{
	r->kind = RAW_SWITCH;
	r->pid = (uint32_t)m->number[2];
	r->prev_prio = (int16_t)m->number[3];
	r->state = (uint32_t)m->number[4];
	r->other = (uint32_t)m->number[6];
	r->prio = (int16_t)m->number[7];
	raw_comm(r, m->text[5]);
}

static void single_waking(struct raw *r, const struct message *m, uint64_t flags)
{
	r->kind = RAW_WAKING;
	r->other = (uint32_t)m->number[2];
	r->prio = (int16_t)m->number[3];
	r->target = (uint16_t)m->number[5];
	r->irq = flags & (FTRACE_HARDIRQ | FTRACE_SOFTIRQ);
	raw_comm(r, m->text[1]);
}

static int add_single(struct wire event, int64_t to_boottime, bool wakeups,
		      struct raws *out)
{
	struct raw r = {0};
	struct message m;
	struct single s;

	if (!read_single(event, &s) || !read_message(s.kind.bytes, &m))
		return -EBADMSG;
	r.stamp = s.stamp + (uint64_t)to_boottime;
	r.pid = s.pid;
	switch (s.kind.number) {
	case FTRACE_SCHED_SWITCH:
		single_switch(&r, &m);
		break;
	case FTRACE_SCHED_WAKEUP:
		if (!wakeups)
			return 0;
		single_waking(&r, &m, s.flags);
		break;
	case FTRACE_SCHED_WAKING:
		single_waking(&r, &m, s.flags);
		break;
	case FTRACE_SCHED_WAKEUP_NEW:
		single_waking(&r, &m, s.flags);
		r.is_new = true;
		break;
	case FTRACE_TASK_NEWTASK:
		r.kind = RAW_NEWTASK;
		r.other = (uint32_t)m.number[1];
		r.value = m.number[3];
		raw_comm(&r, m.text[2]);
		break;
	case FTRACE_TASK_RENAME:
		r.kind = RAW_RENAME;
		r.other = (uint32_t)m.number[1];
		raw_comm(&r, m.text[3]);
		break;
	case FTRACE_SCHED_EXEC:
		r.kind = RAW_EXEC;
		r.other = (uint32_t)m.number[2];
		r.value = m.number[3];
		break;
	default:
		return 0;
	}
	return raw_add(out, &r);
}

struct names {
	struct wire *v;
	size_t n, cap;
};

static int read_sched(struct wire sched, struct wire columns[SCHED_NR],
		      struct names *names)
{
	struct wire_field f;

	while (wire_left(&sched)) {
		if (!wire_next(&sched, &f))
			return -EBADMSG;
		if (f.type != WIRE_BYTES || f.number >= SCHED_NR)
			continue;
		if (f.number != SCHED_NAMES) {
			columns[f.number] = f.bytes;
			continue;
		}
		if (names->n == names->cap &&
		    column_grow((void **)&names->v, names->n, &names->cap, 1,
				sizeof(*names->v)))
			return -ENOMEM;
		names->v[names->n++] = f.bytes;
	}
	return 0;
}

static bool named(struct raw *r, struct wire *column, const struct names *names)
{
	uint32_t i;

	if (!wire_u32(column, &i) || i >= names->n)
		return false;
	raw_comm(r, names->v[i]);
	return true;
}

static int add_switches(struct wire c[SCHED_NR], const struct names *names,
			int64_t to_boottime, struct raws *out)
{
	uint64_t stamp = (uint64_t)to_boottime, delta;
	uint32_t prio;
	int err;

	while (wire_left(&c[SCHED_SWITCH_TIME])) {
		struct raw r = {.kind = RAW_COMPACT};

		if (!wire_varint(&c[SCHED_SWITCH_TIME], &delta) ||
		    !wire_u32(&c[SCHED_SWITCH_STATE], &r.state) ||
		    !wire_u32(&c[SCHED_SWITCH_PID], &r.other) ||
		    !wire_u32(&c[SCHED_SWITCH_PRIO], &prio) ||
		    !named(&r, &c[SCHED_SWITCH_NAME], names))
			return -EBADMSG;
		stamp += delta;
		r.stamp = stamp;
		r.prio = (int16_t)prio;
		err = raw_add(out, &r);
		if (err)
			return err;
	}
	return 0;
}

static int add_wakings(struct wire c[SCHED_NR], const struct names *names,
		       int64_t to_boottime, struct raws *out)
{
	uint64_t stamp = (uint64_t)to_boottime, delta;
	uint32_t prio, target, flags;
	int err;

	while (wire_left(&c[SCHED_WAKING_TIME])) {
		struct raw r = {.kind = RAW_WAKING, .pid = UINT32_MAX};

		flags = 0; /* a column that older writers did not have */
		if (!wire_varint(&c[SCHED_WAKING_TIME], &delta) ||
		    !wire_u32(&c[SCHED_WAKING_PID], &r.other) ||
		    !wire_u32(&c[SCHED_WAKING_TARGET], &target) ||
		    !wire_u32(&c[SCHED_WAKING_PRIO], &prio) ||
		    !named(&r, &c[SCHED_WAKING_NAME], names) ||
		    (wire_left(&c[SCHED_WAKING_FLAGS]) &&
		     !wire_u32(&c[SCHED_WAKING_FLAGS], &flags)))
			return -EBADMSG;
		stamp += delta;
		r.stamp = stamp;
		r.target = (uint16_t)target;
		r.prio = (int16_t)prio;
		r.irq = flags & (FTRACE_HARDIRQ | FTRACE_SOFTIRQ);
		err = raw_add(out, &r);
		if (err)
			return err;
	}
	return 0;
}

static int add_compact(struct wire sched, int64_t to_boottime, struct raws *out)
{
	struct wire columns[SCHED_NR] = {0};
	struct names names = {0};
	int err = read_sched(sched, columns, &names);

	if (!err)
		err = add_wakings(columns, &names, to_boottime, out);
	if (!err)
		err = add_switches(columns, &names, to_boottime, out);
	free(names.v);
	return err;
}

/* By time; equal ones stay as they came, which qsort() does not promise. */
static int sort_raws(struct raws *out)
{
	size_t width, at, i, j, mid, end;
	struct raw *from = out->v, *to, *swap, *spare;

	for (i = 1; i < out->n; i++)
		if (out->v[i - 1].stamp > out->v[i].stamp)
			break;
	if (i >= out->n)
		return 0;
	to = spare = malloc(out->cap * sizeof(*to));
	if (!to)
		return -ENOMEM;
	for (width = 1; width < out->n; width *= 2) {
		for (at = 0; at < out->n; at = end) {
			mid = at + width < out->n ? at + width : out->n;
			end = mid + width < out->n ? mid + width : out->n;
			i = at;
			j = mid;
			for (size_t k = at; k < end; k++)
				to[k] = j >= end || (i < mid &&
						     from[i].stamp <= from[j].stamp)
						? from[i++]
						: from[j++];
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from == spare) {
		free(out->v);
		out->v = spare;
	} else {
		free(spare);
	}
	return 0;
}

int foreign_bundle(struct wire bundle, int64_t to_boottime, bool wakeups,
		   struct raws *out)
{
	struct wire_field f;
	bool lost = false;
	int err = 0, sorted;

	out->n = 0;
	while (!err && wire_left(&bundle)) {
		if (!wire_next(&bundle, &f))
			err = -EBADMSG;
		else if (f.type == WIRE_VARINT && f.number == BUNDLE_LOST)
			lost = f.value;
		else if (f.type == WIRE_BYTES && f.number == BUNDLE_EVENT)
			err = add_single(f.bytes, to_boottime, wakeups, out);
		else if (f.type == WIRE_BYTES && f.number == BUNDLE_COMPACT)
			err = add_compact(f.bytes, to_boottime, out);
	}
	sorted = sort_raws(out);
	if (sorted)
		return sorted;
	if (lost && out->n && out->n < FOREIGN_BUNDLE_EVENTS) {
		struct raw gap = {.kind = RAW_GAP, .stamp = out->v[0].stamp};

		if (raw_add(out, &gap))
			return -ENOMEM;
		memmove(out->v + 1, out->v, (out->n - 1) * sizeof(*out->v));
		out->v[0] = gap;
	}
	return err;
}

bool foreign_bundle_first(struct wire bundle, uint64_t *stamp)
{
	struct wire_field f, inner;
	struct single s;
	bool found = false;
	uint64_t first;

	*stamp = UINT64_MAX;
	while (wire_left(&bundle) && wire_next(&bundle, &f)) {
		if (f.type != WIRE_BYTES)
			continue;
		if (f.number == BUNDLE_EVENT && read_single(f.bytes, &s)) {
			found = true;
			*stamp = s.stamp < *stamp ? s.stamp : *stamp;
		}
		if (f.number != BUNDLE_COMPACT)
			continue;
		while (wire_left(&f.bytes) && wire_next(&f.bytes, &inner)) {
			if (inner.type != WIRE_BYTES ||
			    (inner.number != SCHED_SWITCH_TIME &&
			     inner.number != SCHED_WAKING_TIME))
				continue;
			if (!wire_varint(&inner.bytes, &first))
				continue;
			found = true;
			*stamp = first < *stamp ? first : *stamp;
		}
	}
	return found;
}

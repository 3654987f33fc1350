/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode.c - columns back into the events of their CPU
 *
 * Every lane knows the head of each of its columns:
 *
 *     wakings   |  . w w . . w        the earliest head is the next event; at
 *     switches  |  s . . s s .        equal times the upper column goes first,
 *     others    |  . . . o . .        unless a tie says which one it was
 *
 * All of it may be hostile. A column that ends early or a time that runs back
 * or out of the window is damage; nothing is believed about counts.
 */
#include "trace/decode.h"

#include <stdlib.h>
#include <string.h>

#include "trace/format.h"
#include "trace/heap.h"
#include "trace/wire.h"

/* Field numbers of perfetto.proto that are read here. */
enum {
	PACKET_FTRACE_EVENTS = 1,
	PACKET_COLUMNS = 1003,
	BUNDLE_COMPACT_SCHED = 4,
};

enum sched_field {
	SWITCH_TIMESTAMP = 1,
	SWITCH_NEXT_PID = 3,
	SWITCH_NEXT_PRIO = 4,
	WAKING_TIMESTAMP = 7,
	WAKING_PID = 8,
	WAKING_TARGET_CPU = 9,
	WAKING_PRIO = 10,
	WAKING_COMMON_FLAGS = 12,
	SCHED_FIELDS,
};

enum columns_field {
	COL_CPU = 1,
	COL_FIRST_TID = 2,
	COL_FIRST_PRIO = 3,
	COL_SYNTHETIC = 4,
	COL_SHAPE = 5,
	COL_SHAPE_STATE = 6,
	COL_SHAPE_FLAGS,
	COL_SHAPE_HAS,
	COL_SHAPE_SYSCALL,
	COL_SHAPE_FD_MODE,
	COL_SHAPE_OP,
	COL_SHAPE_KIND,
	COL_ADDR = 13,
	COL_VAL,
	COL_WORD,
	COL_OWNER,
	COL_ZERO,
	COL_PREV_PRIO_AT = 18,
	COL_PREV_PRIO,
	COL_WAKER_AT = 20,
	COL_WAKER,
	COL_WAKING_FLAGS_AT = 22,
	COL_WAKING_FLAGS,
	COL_OTHER_TIMESTAMP = 24,
	COL_OTHER_KIND,
	COL_OTHER_TID,
	COL_MIGRATE_FROM = 27,
	COL_MIGRATE_TO,
	COL_OWNER_ADDR = 29,
	COL_OWNER_WORD,
	COL_OWNER_OWNER,
	COL_OTHER_VALUE = 32,
	COL_TEXT = 33,
	COL_TIE = 34,
	COL_FIELDS,
};

#define NOWHERE UINT64_MAX

struct lane_in {
	uint16_t cpu;
	uint32_t running;
	int16_t prio;
	struct wire sched[SCHED_FIELDS];
	struct wire col[COL_FIELDS];
	struct wire texts;        /* what is left of the message to look for texts in */
	size_t shapes, nr_shapes; /* in decoder.shapes */

	bool has[COLUMN_NR]; /* the column has a head */
	uint64_t time_ns[COLUMN_NR];
	uint64_t stamp[COLUMN_NR]; /* the last one read, absolute */
	uint64_t read[COLUMN_NR];  /* entries read */
	uint64_t ordinal;          /* events given */

	/* The head of the switches; a synthetic one before it names prev. */
	uint32_t next_tid, prev_tid;
	int16_t next_prio, prev_prio;
	bool prev_given;
	uint64_t real; /* switches given */

	/* Where the next exception is. */
	uint64_t synthetic_at, prio_at, waker_at, flags_at, tie_at;
	uint8_t tie_column;
};

struct decoder {
	uint64_t boottime_ns, min_ns, max_ns;
	struct lane_in *lanes;
	size_t nr_lanes, cap_lanes;
	struct format_shape *shapes;
	size_t nr_shapes, cap_shapes;
	struct heap_entry *heap;
	size_t nr_heap, cap_heap;
	struct bytes text; /* of the event given last */
};

struct decoder *decoder_new(void)
{
	return calloc(1, sizeof(struct decoder));
}

/* The next of a list of rising positions. */
static bool position_next(struct wire *list, uint64_t *at)
{
	uint32_t distance;

	if (!wire_left(list)) {
		*at = NOWHERE;
		return true;
	}
	if (!wire_u32(list, &distance))
		return false;
	*at += distance;
	return true;
}

static bool tie_next(struct lane_in *l)
{
	uint32_t tie;

	if (!wire_left(&l->col[COL_TIE])) {
		l->tie_at = NOWHERE;
		return true;
	}
	if (!wire_u32(&l->col[COL_TIE], &tie))
		return false;
	l->tie_at += tie >> 2;
	l->tie_column = tie & 3;
	return l->tie_column < COLUMN_NR;
}

/* The next time of a column, inside the window and not before the last. */
static bool time_next(const struct decoder *d, struct lane_in *l, struct wire *column,
		      enum format_column c)
{
	uint64_t delta, stamp, time_ns;

	if (!wire_varint(column, &delta))
		return false;
	stamp = l->stamp[c] + delta;
	time_ns = stamp - d->boottime_ns;
	if (time_ns < d->min_ns || time_ns > d->max_ns)
		return false;
	if (l->read[c] && time_ns < l->stamp[c] - d->boottime_ns)
		return false;
	l->stamp[c] = stamp;
	l->time_ns[c] = time_ns;
	l->read[c]++;
	return true;
}

static bool switch_head(const struct decoder *d, struct lane_in *l)
{
	uint32_t prio;

	l->prev_given = false;
	for (;;) {
		l->has[COLUMN_SWITCH] = wire_left(&l->sched[SWITCH_TIMESTAMP]) != 0;
		if (!l->has[COLUMN_SWITCH])
			return true;
		if (!time_next(d, l, &l->sched[SWITCH_TIMESTAMP], COLUMN_SWITCH) ||
		    !wire_u32(&l->sched[SWITCH_NEXT_PID], &l->next_tid) ||
		    !wire_u32(&l->sched[SWITCH_NEXT_PRIO], &prio))
			return false;
		l->next_prio = (int16_t)prio;
		if (l->read[COLUMN_SWITCH] - 1 != l->synthetic_at)
			return true;
		if (!position_next(&l->col[COL_SYNTHETIC], &l->synthetic_at))
			return false;
		l->prev_given = true;
		l->prev_tid = l->next_tid;
		l->prev_prio = l->next_prio;
	}
}

static bool column_head(const struct decoder *d, struct lane_in *l, enum format_column c)
{
	struct wire *times;

	if (c == COLUMN_SWITCH)
		return switch_head(d, l);
	times = c == COLUMN_WAKING ? &l->sched[WAKING_TIMESTAMP]
				   : &l->col[COL_OTHER_TIMESTAMP];
	l->has[c] = wire_left(times) != 0;
	return !l->has[c] || time_next(d, l, times, c);
}

/* The column of the lane's next event; COLUMN_NR if none is left. */
static enum format_column lane_column(const struct lane_in *l)
{
	enum format_column best = COLUMN_NR, c;

	for (c = 0; c < COLUMN_NR; c++)
		if (l->has[c] && (best == COLUMN_NR || l->time_ns[c] < l->time_ns[best]))
			best = c;
	if (l->ordinal != l->tie_at || best == COLUMN_NR)
		return best;
	/* A tie that is none is damage; lane_give() finds out. */
	return l->tie_column;
}

static bool has_value(struct lane_in *l, enum columns_field f, uint32_t *v)
{
	return wire_u32(&l->col[f], v);
}

static bool has_wide(struct lane_in *l, enum columns_field f, __u64 *v)
{
	uint64_t wide;

	if (!wire_varint(&l->col[f], &wide))
		return false;
	*v = wide;
	return true;
}

static bool give_switch(struct decoder *d, struct lane_in *l, struct event *e)
{
	const struct format_shape *s;
	uint32_t number, prio;

	if (!has_value(l, COL_SHAPE, &number) || number >= l->nr_shapes)
		return false;
	s = &d->shapes[l->shapes + number];
	e->type = EVENT_SWITCH;
	e->flags = s->flags;
	e->tid = l->prev_given ? l->prev_tid : l->running;
	e->sw.next_tid = l->next_tid;
	e->sw.prev_state = s->state;
	e->sw.prev_prio = l->prev_given ? l->prev_prio : l->prio;
	e->sw.next_prio = l->next_prio;
	e->sw.syscall = s->syscall;
	e->sw.fd_mode = s->fd_mode;
	e->sw.op = s->op;
	e->sw.kind = s->kind;
	if (l->real++ == l->prio_at) {
		if (!has_value(l, COL_PREV_PRIO, &prio) ||
		    !position_next(&l->col[COL_PREV_PRIO_AT], &l->prio_at))
			return false;
		e->sw.prev_prio = (int16_t)unzigzag(prio);
	}
	if ((s->has & HAS_ADDR && !has_wide(l, COL_ADDR, &e->sw.addr)) ||
	    (s->has & HAS_VAL && !has_value(l, COL_VAL, &e->sw.val)) ||
	    (s->has & HAS_WORD && !has_value(l, COL_WORD, &e->sw.word)) ||
	    (s->has & HAS_OWNER && !has_value(l, COL_OWNER, &e->sw.owner)) ||
	    (s->has & HAS_ZERO && !has_value(l, COL_ZERO, &e->sw.zero)))
		return false;
	l->running = l->next_tid;
	l->prio = l->next_prio;
	return true;
}

static bool give_waking(struct lane_in *l, struct event *e)
{
	uint64_t position = l->read[COLUMN_WAKING] - 1;
	uint32_t cpu, prio, common, more;

	if (!wire_u32(&l->sched[WAKING_PID], &e->tid) ||
	    !wire_u32(&l->sched[WAKING_TARGET_CPU], &cpu) ||
	    !wire_u32(&l->sched[WAKING_PRIO], &prio) ||
	    !wire_u32(&l->sched[WAKING_COMMON_FLAGS], &common))
		return false;
	e->type = EVENT_WAKING;
	e->flags = common & (FTRACE_HARDIRQ | FTRACE_SOFTIRQ) ? WAKING_IRQ : 0;
	e->wake.waker_tid = l->running;
	e->wake.target_cpu = (uint16_t)cpu;
	e->wake.prio = (int16_t)prio;
	if (position == l->waker_at &&
	    (!has_value(l, COL_WAKER, &e->wake.waker_tid) ||
	     !position_next(&l->col[COL_WAKER_AT], &l->waker_at)))
		return false;
	if (position == l->flags_at) {
		if (!has_value(l, COL_WAKING_FLAGS, &more) ||
		    !position_next(&l->col[COL_WAKING_FLAGS_AT], &l->flags_at))
			return false;
		e->flags |= (uint8_t)more;
	}
	return true;
}

static bool value(struct lane_in *l, __u64 *v)
{
	return has_wide(l, COL_OTHER_VALUE, v);
}

static bool value32(struct lane_in *l, uint32_t *v)
{
	return wire_u32(&l->col[COL_OTHER_VALUE], v);
}

static bool value16(struct lane_in *l, int16_t *v)
{
	__u64 wide;

	if (!value(l, &wide))
		return false;
	*v = (int16_t)unzigzag(wide);
	return true;
}

static bool text_next(struct lane_in *l, struct wire *text)
{
	struct wire_field f;

	while (wire_next(&l->texts, &f)) {
		if (f.number == COL_TEXT && f.type == WIRE_BYTES) {
			*text = f.bytes;
			return true;
		}
	}
	return false;
}

static bool give_task(struct lane_in *l, struct event *e)
{
	struct wire comm;
	__u64 born;

	if (!value32(l, &e->task.tgid) || !value32(l, &e->task.ppid) ||
	    !value32(l, &e->task.parent_tid) || !value32(l, &e->task.ns_tid) ||
	    !value(l, &born) || !value32(l, &e->task.clone_flags) ||
	    !text_next(l, &comm) || wire_left(&comm) > EVENT_COMM_BYTES)
		return false;
	e->task.born_ns = unzigzag(born);
	memcpy(e->task.comm, comm.p, wire_left(&comm));
	/* Sixteen bytes without an end are not a name that a kernel has. */
	return e->task.comm[EVENT_COMM_BYTES - 1] == '\0';
}

static bool give_seen(struct lane_in *l, struct event *e)
{
	uint32_t fd_mode;

	if (!value32(l, &e->sw.next_tid) || !value32(l, &e->sw.prev_state) ||
	    !value16(l, &e->sw.prev_prio) || !value16(l, &e->sw.next_prio) ||
	    !value16(l, &e->sw.syscall) || !value32(l, &fd_mode) ||
	    !value(l, &e->sw.addr) || !value32(l, &e->sw.op) || !value32(l, &e->sw.val) ||
	    !value32(l, &e->sw.word) || !value32(l, &e->sw.owner) ||
	    !value32(l, &e->sw.kind) || !value32(l, &e->sw.zero))
		return false;
	e->sw.fd_mode = (uint16_t)fd_mode;
	return true;
}

static bool give_name(struct decoder *d, struct lane_in *l, struct event *e)
{
	struct wire text;

	d->text.n = 0;
	if (!value(l, &e->name.addr) || !text_next(l, &text) ||
	    bytes_reserve(&d->text, wire_left(&text) + 1))
		return false;
	memcpy(d->text.v, text.p, wire_left(&text));
	d->text.v[wire_left(&text)] = '\0';
	e->name.text = (char *)d->text.v;
	return true;
}

static bool give_other(struct decoder *d, struct lane_in *l, struct event *e)
{
	uint32_t kind, from, to;

	if (!has_value(l, COL_OTHER_KIND, &kind) || !has_value(l, COL_OTHER_TID, &e->tid))
		return false;
	e->type = (uint8_t)kind;
	e->flags = (uint8_t)(kind >> 8);
	switch (e->type) {
	case EVENT_TASK:
		return give_task(l, e);
	case EVENT_SEEN:
		return give_seen(l, e);
	case EVENT_LOST:
		return value(l, &e->lost.from_ns) && value(l, &e->lost.count);
	case EVENT_EXIT:
		return value32(l, &e->exit.code);
	case EVENT_MIGRATE:
		if (!has_value(l, COL_MIGRATE_FROM, &from) ||
		    !has_value(l, COL_MIGRATE_TO, &to))
			return false;
		e->migrate.from_cpu = (uint16_t)from;
		e->migrate.to_cpu = (uint16_t)to;
		return true;
	case EVENT_OWNER:
		return has_wide(l, COL_OWNER_ADDR, &e->owner.addr) &&
		       has_value(l, COL_OWNER_WORD, &e->owner.word) &&
		       has_value(l, COL_OWNER_OWNER, &e->owner.owner);
	case EVENT_NAME:
		return give_name(d, l, e);
	default:
		return false;
	}
}

/* The lane's next event, and new heads behind it. */
static bool lane_give(struct decoder *d, struct lane_in *l, uint64_t time_ns,
		      struct event *e)
{
	enum format_column c = lane_column(l);
	bool tie = l->ordinal == l->tie_at;

	if (!l->has[c] || l->time_ns[c] != time_ns || (tie && !tie_next(l)))
		return false;
	memset(e, 0, sizeof(*e));
	e->time_ns = time_ns;
	e->cpu = l->cpu;
	l->ordinal++;
	if (c == COLUMN_SWITCH   ? !give_switch(d, l, e)
	    : c == COLUMN_WAKING ? !give_waking(l, e)
				 : !give_other(d, l, e))
		return false;
	return column_head(d, l, c);
}

/* The time of the lane's next event, whatever its column. */
static uint64_t lane_time(const struct lane_in *l)
{
	uint64_t best = NOWHERE;
	int c;

	for (c = 0; c < COLUMN_NR; c++)
		if (l->has[c] && l->time_ns[c] < best)
			best = l->time_ns[c];
	return best;
}

static bool lane_empty(const struct lane_in *l)
{
	return !l->has[COLUMN_WAKING] && !l->has[COLUMN_SWITCH] && !l->has[COLUMN_OTHER];
}

static int read_shapes(struct decoder *d, struct lane_in *l)
{
	struct format_shape s;
	uint32_t flags, has, call, mode;

	l->shapes = d->nr_shapes;
	while (wire_left(&l->col[COL_SHAPE_STATE])) {
		memset(&s, 0, sizeof(s));
		if (!has_value(l, COL_SHAPE_STATE, &s.state) ||
		    !has_value(l, COL_SHAPE_FLAGS, &flags) ||
		    !has_value(l, COL_SHAPE_HAS, &has) ||
		    !has_value(l, COL_SHAPE_SYSCALL, &call) ||
		    !has_value(l, COL_SHAPE_FD_MODE, &mode) ||
		    !has_value(l, COL_SHAPE_OP, &s.op) ||
		    !has_value(l, COL_SHAPE_KIND, &s.kind))
			return -EBADMSG;
		s.flags = (uint8_t)flags;
		s.has = (uint8_t)has;
		s.syscall = (int16_t)unzigzag(call);
		s.fd_mode = (uint16_t)mode;
		if (d->nr_shapes == d->cap_shapes &&
		    column_grow((void **)&d->shapes, d->nr_shapes, &d->cap_shapes, 1,
				sizeof(*d->shapes)))
			return -ENOMEM;
		d->shapes[d->nr_shapes++] = s;
	}
	l->nr_shapes = d->nr_shapes - l->shapes;
	return 0;
}

static bool read_sched(struct wire bundle, struct lane_in *l)
{
	struct wire_field f, inner;

	while (wire_left(&bundle)) {
		if (!wire_next(&bundle, &f))
			return false;
		if (f.number != BUNDLE_COMPACT_SCHED || f.type != WIRE_BYTES)
			continue;
		while (wire_left(&f.bytes)) {
			if (!wire_next(&f.bytes, &inner))
				return false;
			if (inner.type == WIRE_BYTES && inner.number < SCHED_FIELDS)
				l->sched[inner.number] = inner.bytes;
		}
	}
	return true;
}

static bool read_columns(struct wire columns, struct lane_in *l)
{
	struct wire_field f;

	l->texts = columns;
	while (wire_left(&columns)) {
		if (!wire_next(&columns, &f))
			return false;
		if (f.type == WIRE_BYTES && f.number < COL_FIELDS)
			l->col[f.number] = f.bytes;
		else if (f.type == WIRE_VARINT && f.number == COL_CPU)
			l->cpu = (uint16_t)f.value;
		else if (f.type == WIRE_VARINT && f.number == COL_FIRST_TID)
			l->running = (uint32_t)f.value;
		else if (f.type == WIRE_VARINT && f.number == COL_FIRST_PRIO)
			l->prio = (int16_t)unzigzag(f.value);
	}
	return true;
}

/* One packet: a lane if it has columns of ours, nothing otherwise. */
static int read_packet(struct decoder *d, struct wire packet)
{
	struct lane_in *l, fresh = {0};
	struct wire_field f;
	bool ours = false;
	int err;

	while (wire_left(&packet)) {
		if (!wire_next(&packet, &f))
			return -EBADMSG;
		if (f.type != WIRE_BYTES)
			continue;
		if (f.number == PACKET_FTRACE_EVENTS && !read_sched(f.bytes, &fresh))
			return -EBADMSG;
		if (f.number == PACKET_COLUMNS && !read_columns(f.bytes, &fresh))
			return -EBADMSG;
		ours = ours || f.number == PACKET_COLUMNS;
	}
	if (!ours)
		return 0;
	if (d->nr_lanes == d->cap_lanes &&
	    column_grow((void **)&d->lanes, d->nr_lanes, &d->cap_lanes, 1,
			sizeof(*d->lanes)))
		return -ENOMEM;
	l = &d->lanes[d->nr_lanes++];
	*l = fresh;
	err = read_shapes(d, l);
	if (err)
		return err;
	if (!position_next(&l->col[COL_SYNTHETIC], &l->synthetic_at) ||
	    !position_next(&l->col[COL_PREV_PRIO_AT], &l->prio_at) ||
	    !position_next(&l->col[COL_WAKER_AT], &l->waker_at) ||
	    !position_next(&l->col[COL_WAKING_FLAGS_AT], &l->flags_at) || !tie_next(l) ||
	    !column_head(d, l, COLUMN_WAKING) || !column_head(d, l, COLUMN_SWITCH) ||
	    !column_head(d, l, COLUMN_OTHER))
		return -EBADMSG;
	return 0;
}

int decoder_open(struct decoder *d, const uint8_t *packets, size_t bytes,
		 uint64_t boottime_ns, const struct window_mark *mark)
{
	struct wire all = wire_of(packets, bytes);
	struct wire_field f;
	size_t i;
	int err;

	d->boottime_ns = boottime_ns;
	d->min_ns = mark->min_ns;
	d->max_ns = mark->max_ns;
	d->nr_lanes = d->nr_shapes = d->nr_heap = 0;
	while (wire_left(&all)) {
		if (!wire_next(&all, &f) || f.number != 1 || f.type != WIRE_BYTES)
			return -EBADMSG;
		err = read_packet(d, f.bytes);
		if (err)
			return err;
	}
	if (d->cap_heap < d->nr_lanes && column_grow((void **)&d->heap, 0, &d->cap_heap,
						     d->nr_lanes, sizeof(*d->heap)))
		return -ENOMEM;
	for (i = 0; i < d->nr_lanes; i++) {
		if (lane_empty(&d->lanes[i]))
			continue;
		d->heap[d->nr_heap++] = (struct heap_entry){
			.time_ns = lane_time(&d->lanes[i]),
			.cpu = d->lanes[i].cpu,
			.stream = (uint32_t)i,
		};
	}
	heap_make(d->heap, d->nr_heap);
	return 0;
}

int decoder_next(struct decoder *d, struct event *e)
{
	struct heap_entry *top = d->heap;
	struct lane_in *l;

	if (!d->nr_heap)
		return 0;
	l = &d->lanes[top->stream];
	if (!lane_give(d, l, top->time_ns, e)) {
		d->nr_heap = 0;
		return -EBADMSG;
	}
	if (lane_empty(l)) {
		d->nr_heap = heap_pop(d->heap, d->nr_heap);
	} else {
		top->time_ns = lane_time(l);
		heap_sink(d->heap, d->nr_heap, 0);
	}
	return 1;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	free(d->lanes);
	free(d->shapes);
	free(d->heap);
	free(d->text.v);
	free(d);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * encode.c - events into the columns of their CPU
 *
 * Each CPU has a lane with three columns: wakings and switches, which are
 * Perfetto's compact_sched plus what ours adds to it, and the other events,
 * which are ours alone. Perfetto knows the previous task of a switch only as
 * the next of the one before, so where they differ a synthetic switch between
 * the two is put in, and marked for our reader to skip:
 *
 *     events     .. A > B ..............  C > D ..
 *     columns    .. B ......  (C, synthetic)  D ..
 *
 * What Perfetto should know about tasks is written a second time in its own
 * messages (export.c); our reader never looks at those.
 */
#include "trace/encode.h"
#include "trace/encode_lane.h"

#include <stdlib.h>
#include <string.h>

#include "trace/format.h"

#define ORDER_SAME_TIME 4 /* beside the column: at the same time as the one before */

/* Bounds of what one entry costs beyond the numbers that are counted exactly. */
#define SWITCH_COST 8  /* state, prio, and a tie */
#define WAKING_COST 10 /* cpu, prio, flags, and a tie */
#define SHAPE_COST  40
#define COMM_COST   20
#define OTHER_COST  12
#define LANE_COST   512 /* tags and lengths of every column */

struct encoder *encoder_new(void)
{
	return calloc(1, sizeof(struct encoder));
}

void encoder_start(struct encoder *c, uint64_t boottime_ns)
{
	c->boottime_ns = boottime_ns;
}

size_t encoder_bytes(const struct encoder *c)
{
	return c->cost;
}

static struct lane *lane_of(struct encoder *c, uint16_t cpu)
{
	struct lane *l = c->by_cpu[cpu];

	if (!l) {
		l = calloc(1, sizeof(*l));
		if (!l || pointers_push(&c->all, l)) {
			free(l);
			return NULL;
		}
		l->cpu = cpu;
		l->comms.record_bytes = EVENT_COMM_BYTES;
		l->shapes.record_bytes = sizeof(struct format_shape);
		c->by_cpu[cpu] = l;
	}
	if (!l->events) {
		if (pointers_push(&c->open, l))
			return NULL;
		l->first_tid = l->running;
		l->first_prio = l->prio;
		c->cost += LANE_COST;
	}
	return l;
}

/* The number of tid's name in this lane's table of names. */
static int lane_comm(struct encoder *c, struct lane *l, uint32_t tid, uint32_t *number)
{
	struct comm_cache *hit = &l->cache[tid % COMM_CACHE];
	const struct known_task *t;
	char comm[EVENT_COMM_BYTES] = "swapper";
	bool added;

	if (hit->number && hit->tid == tid) {
		*number = hit->number - 1;
		return 0;
	}
	if (tid) {
		t = task_map_find(&c->tasks, tid);
		comm_set(comm, t && t->comm[0] ? t->comm : "<...>", EVENT_COMM_BYTES - 1);
	}
	if (dict_number(&l->comms, comm, number, &added))
		return -ENOMEM;
	if (added)
		c->cost += COMM_COST;
	hit->tid = tid;
	hit->number = *number + 1;
	return 0;
}

void encoder_forget_comm(struct encoder *c, uint32_t tid)
{
	struct lane *l;
	size_t i;

	for (i = 0; i < c->open.n; i++) {
		l = c->open.v[i];
		l->cache[tid % COMM_CACHE].number = 0;
	}
}

/* A list of rising positions is stored as distances. */
static int position_push(struct u32s *list, uint32_t *last, uint32_t position)
{
	uint32_t distance = list->n ? position - *last : position;

	*last = position;
	return u32s_push(list, distance);
}

/* As the tracepoint prints it, which is how Perfetto wants it. */
static uint32_t reported_state(uint32_t tid, uint32_t raw)
{
	uint32_t bits = raw & REPORTED_MASK;

	if (!raw)
		return tid ? REPORTED_PREEMPTED : 0;
	if (raw == RAW_TASK_IDLE)
		return REPORTED_IDLE;
	if (bits)
		return 1u << (31 - __builtin_clz(bits));
	return raw & RAW_TASK_DEAD ? RAW_EXIT_DEAD
				   : 2; /* parked variants: uninterruptible */
}

static int compact_switch(struct encoder *c, struct lane *l, uint64_t time_ns,
			  uint32_t state, uint32_t next_tid, int16_t next_prio)
{
	uint64_t stamp = c->boottime_ns + time_ns;
	uint64_t delta = l->sw_time.n ? stamp - l->sw_last : stamp;
	uint32_t comm;

	if (lane_comm(c, l, next_tid, &comm))
		return -ENOMEM;
	l->sw_last = stamp;
	c->cost += SWITCH_COST + varint_bytes(delta) + varint_bytes(next_tid) +
		   varint_bytes(comm) + (next_prio < 0 ? 10 : 0);
	return u64s_push(&l->sw_time, delta) | u32s_push(&l->sw_state, state) |
	       u32s_push(&l->sw_pid, next_tid) |
	       u32s_push(&l->sw_prio, (uint32_t)(int32_t)next_prio) |
	       u32s_push(&l->sw_comm, comm);
}

static int switch_shape(struct encoder *c, struct lane *l, const struct event *e,
			uint8_t *has)
{
	struct format_shape shape = {
		.state = e->sw.prev_state,
		.op = e->sw.op,
		.kind = e->sw.kind,
		.fd_mode = e->sw.fd_mode,
		.syscall = e->sw.syscall,
		.flags = e->flags,
	};
	uint32_t number;
	bool added;

	shape.has = (e->sw.addr ? HAS_ADDR : 0) | (e->sw.val ? HAS_VAL : 0) |
		    (e->sw.word ? HAS_WORD : 0) | (e->sw.owner ? HAS_OWNER : 0) |
		    (e->sw.zero ? HAS_ZERO : 0);
	*has = shape.has;
	if (l->shape.n && memcmp(&shape, &l->last_shape, sizeof(shape)) == 0) {
		number = l->last_shape_number;
	} else {
		if (dict_number(&l->shapes, &shape, &number, &added))
			return -ENOMEM;
		if (added)
			c->cost += SHAPE_COST;
		l->last_shape = shape;
		l->last_shape_number = number;
	}
	c->cost += varint_bytes(number);
	return u32s_push(&l->shape, number);
}

static int add_switch(struct encoder *c, struct lane *l, const struct event *e)
{
	uint32_t position = (uint32_t)l->shape.n;
	uint8_t has;
	int err = 0;

	if (!l->started || l->running != e->tid) {
		err |= position_push(&l->synthetic, &l->synthetic_last,
				     (uint32_t)l->sw_time.n);
		err |= compact_switch(c, l, e->time_ns, l->running ? 1 : 0, e->tid,
				      e->sw.prev_prio);
		c->cost += 5;
		l->started = true;
	} else if (l->prio != e->sw.prev_prio) {
		err |= position_push(&l->prio_at, &l->prio_at_last, position);
		err |= u32s_push(&l->prev_prio, (uint32_t)(int32_t)e->sw.prev_prio);
		c->cost += 8;
	}
	err |= compact_switch(c, l, e->time_ns, reported_state(e->tid, e->sw.prev_state),
			      e->sw.next_tid, e->sw.next_prio);
	err |= switch_shape(c, l, e, &has);
	if (has & HAS_ADDR) {
		err |= u64s_push(&l->addr, e->sw.addr);
		c->cost += varint_bytes(e->sw.addr);
	}
	if (has & HAS_VAL) {
		err |= u32s_push(&l->val, e->sw.val);
		c->cost += varint_bytes(e->sw.val);
	}
	if (has & HAS_WORD) {
		err |= u32s_push(&l->word, e->sw.word);
		c->cost += varint_bytes(e->sw.word);
	}
	if (has & HAS_OWNER) {
		err |= u32s_push(&l->owner, e->sw.owner);
		c->cost += varint_bytes(e->sw.owner);
	}
	if (has & HAS_ZERO) {
		err |= u32s_push(&l->zero, e->sw.zero);
		c->cost += 5;
	}
	l->running = e->sw.next_tid;
	l->prio = e->sw.next_prio;
	return err ? -ENOMEM : 0;
}

static int add_waking(struct encoder *c, struct lane *l, const struct event *e)
{
	uint64_t stamp = c->boottime_ns + e->time_ns;
	uint64_t delta = l->wk_time.n ? stamp - l->wk_last : stamp;
	uint32_t position = (uint32_t)l->wk_time.n, comm;
	uint8_t rest = e->flags & (uint8_t)~WAKING_IRQ;
	int err = 0;

	if (lane_comm(c, l, e->tid, &comm))
		return -ENOMEM;
	l->wk_last = stamp;
	c->cost += WAKING_COST + varint_bytes(delta) + varint_bytes(e->tid) +
		   varint_bytes(comm) + (e->wake.prio < 0 ? 10 : 0);
	err |= u64s_push(&l->wk_time, delta);
	err |= u32s_push(&l->wk_pid, e->tid);
	err |= u32s_push(&l->wk_cpu, e->wake.target_cpu);
	err |= u32s_push(&l->wk_prio, (uint32_t)(int32_t)e->wake.prio);
	err |= u32s_push(&l->wk_comm, comm);
	err |= u32s_push(&l->wk_flags, e->flags & WAKING_IRQ ? FTRACE_HARDIRQ : 0);
	if (e->wake.waker_tid != l->running) {
		err |= position_push(&l->waker_at, &l->waker_at_last, position);
		err |= u32s_push(&l->waker, e->wake.waker_tid);
		c->cost += 10;
	}
	if (rest) {
		err |= position_push(&l->flags_at, &l->flags_at_last, position);
		err |= u32s_push(&l->flags, rest);
		c->cost += 7;
	}
	return err ? -ENOMEM : 0;
}

static int add_value(struct encoder *c, struct lane *l, uint64_t v)
{
	c->cost += varint_bytes(v);
	return u64s_push(&l->other_value, v);
}

static int add_text(struct encoder *c, struct lane *l, const char *text, size_t bytes)
{
	ProtobufCBinaryData *t;

	if (bytes_reserve(&l->text, sizeof(*t)))
		return -ENOMEM;
	t = (ProtobufCBinaryData *)(l->text.v + l->text.n);
	t->len = bytes;
	t->data = arena_alloc(&c->arena, bytes + 1);
	if (!t->data)
		return -ENOMEM;
	memcpy(t->data, text, bytes);
	l->text.n += sizeof(*t);
	c->cost += bytes + 4;
	return 0;
}

/* All of a name but the zeros at its end; the last byte is always one. */
static size_t comm_bytes(const char comm[EVENT_COMM_BYTES])
{
	size_t n = EVENT_COMM_BYTES - 1;

	while (n && !comm[n - 1])
		n--;
	return n;
}

static int add_task(struct encoder *c, struct lane *l, const struct event *e)
{
	int err = 0;

	err |= add_value(c, l, e->task.tgid);
	err |= add_value(c, l, e->task.ppid);
	err |= add_value(c, l, e->task.parent_tid);
	err |= add_value(c, l, e->task.ns_tid);
	err |= add_value(c, l, zigzag(e->task.born_ns));
	err |= add_value(c, l, e->task.clone_flags);
	err |= add_text(c, l, e->task.comm, comm_bytes(e->task.comm));
	return err | export_task(c, l, e);
}

static int add_seen(struct encoder *c, struct lane *l, const struct event *e)
{
	int err = 0;

	err |= add_value(c, l, e->sw.next_tid);
	err |= add_value(c, l, e->sw.prev_state);
	err |= add_value(c, l, zigzag(e->sw.prev_prio));
	err |= add_value(c, l, zigzag(e->sw.next_prio));
	err |= add_value(c, l, zigzag(e->sw.syscall));
	err |= add_value(c, l, e->sw.fd_mode);
	err |= add_value(c, l, e->sw.addr);
	err |= add_value(c, l, e->sw.op);
	err |= add_value(c, l, e->sw.val);
	err |= add_value(c, l, e->sw.word);
	err |= add_value(c, l, e->sw.owner);
	err |= add_value(c, l, e->sw.kind);
	err |= add_value(c, l, e->sw.zero);
	return err;
}

static int add_payload(struct encoder *c, struct lane *l, const struct event *e)
{
	switch (e->type) {
	case EVENT_TASK:
		return add_task(c, l, e);
	case EVENT_SEEN:
		return add_seen(c, l, e);
	case EVENT_LOST:
		if (e->flags != LOST_FILE && e->flags != LOST_FOREIGN)
			l->lost = true;
		/* Not known of which CPU: Perfetto must doubt them all. */
		if (l->lost && e->cpu == EVENT_CPU_USER)
			c->lost = true;
		return add_value(c, l, e->lost.from_ns) | add_value(c, l, e->lost.count);
	case EVENT_EXIT:
		return add_value(c, l, e->exit.code) | export_exit(c, l, e);
	case EVENT_MIGRATE:
		c->cost += 6;
		return u32s_push(&l->migrate_from, e->migrate.from_cpu) |
		       u32s_push(&l->migrate_to, e->migrate.to_cpu);
	case EVENT_OWNER:
		c->cost += varint_bytes(e->owner.addr) + 10;
		return u64s_push(&l->owner_addr, e->owner.addr) |
		       u32s_push(&l->owner_word, e->owner.word) |
		       u32s_push(&l->owner_owner, e->owner.owner);
	case EVENT_NAME:
		return add_value(c, l, e->name.addr) |
		       add_text(c, l, e->name.text ? e->name.text : "",
				e->name.text ? strnlen(e->name.text, ENCODE_TEXT_BYTES)
					     : 0);
	default:
		return -EINVAL;
	}
}

static int add_other(struct encoder *c, struct lane *l, const struct event *e)
{
	uint64_t stamp = c->boottime_ns + e->time_ns;
	uint64_t delta = l->other_time.n ? stamp - l->other_last : stamp;
	int err;

	l->other_last = stamp;
	c->cost += OTHER_COST + varint_bytes(delta) + varint_bytes(e->tid);
	err = u64s_push(&l->other_time, delta) |
	      u32s_push(&l->other_kind, e->type | (uint32_t)e->flags << 8) |
	      u32s_push(&l->other_tid, e->tid);
	return err | add_payload(c, l, e) ? -ENOMEM : 0;
}

int encoder_event(struct encoder *c, const struct event *e)
{
	enum format_column column = COLUMN_OTHER;
	struct lane *l;
	bool same;
	int err;

	if (e->type < EVENT_LOST || e->type > EVENT_NAME)
		return -EINVAL;
	l = lane_of(c, e->cpu);
	if (!l)
		return -ENOMEM;
	switch (e->type) {
	case EVENT_SWITCH:
		column = COLUMN_SWITCH;
		err = add_switch(c, l, e);
		if (!err && e->sw.prev_state & RAW_TASK_DEAD && e->tid)
			err = export_gone(c, l, e);
		break;
	case EVENT_WAKING:
		column = COLUMN_WAKING;
		err = add_waking(c, l, e);
		break;
	default:
		err = add_other(c, l, e);
		break;
	}
	same = l->events && e->time_ns == l->last_ns;
	if (same && column < l->last_column)
		l->tied = true;
	l->last_ns = e->time_ns;
	l->last_column = column;
	l->events++;
	return err | bytes_push(&l->order, column | (same ? ORDER_SAME_TIME : 0));
}

/*
 * Where the columns' own order (by time, then by column) is not the order in
 * which the events came, says which column is next: distance << 2 | column.
 */
static int find_ties(struct lane *l)
{
	size_t from = 0, to, i;
	uint32_t last = 0;
	uint8_t column, lowest;
	int err = 0;

	while (from < l->order.n) {
		for (to = from + 1; to < l->order.n; to++)
			if (!(l->order.v[to] & ORDER_SAME_TIME))
				break;
		/* Backwards, so that the lowest column still to come is known. */
		lowest = COLUMN_NR;
		for (i = to; i-- > from;) {
			column = l->order.v[i] & 3;
			if (lowest < column)
				l->order.v[i] |= 8;
			else
				lowest = column;
		}
		from = to;
	}
	for (i = 0; i < l->order.n; i++) {
		if (!(l->order.v[i] & 8))
			continue;
		err |= u32s_push(&l->tie,
				 ((uint32_t)i - last) << 2 | (l->order.v[i] & 3));
		last = (uint32_t)i;
	}
	return err;
}

static void lane_clear(struct lane *l)
{
	struct u32s *narrow[] = {LANE_U32S(l)};
	struct u64s *wide[] = {LANE_U64S(l)};
	size_t i;

	for (i = 0; i < sizeof(narrow) / sizeof(*narrow); i++)
		narrow[i]->n = 0;
	for (i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		wide[i]->n = 0;
	dict_clear(&l->comms);
	dict_clear(&l->shapes);
	memset(l->cache, 0, sizeof(l->cache));
	l->order.n = l->text.n = l->ftrace.n = 0;
	l->events = 0;
	l->tied = l->lost = false;
}

static void lane_free(struct lane *l)
{
	struct u32s *narrow[] = {LANE_U32S(l)};
	struct u64s *wide[] = {LANE_U64S(l)};
	size_t i;

	for (i = 0; i < sizeof(narrow) / sizeof(*narrow); i++)
		free(narrow[i]->v);
	for (i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		free(wide[i]->v);
	dict_free(&l->comms);
	dict_free(&l->shapes);
	free(l->order.v);
	free(l->text.v);
	free(l->ftrace.v);
	free(l);
}

static int by_cpu(const void *a, const void *b)
{
	const struct lane *const *x = a, *const *y = b;

	return (int)(*x)->cpu - (int)(*y)->cpu;
}

int encoder_pack(struct encoder *c, struct bytes *out)
{
	size_t i;
	int err = 0;

	if (c->open.n)
		qsort(c->open.v, c->open.n, sizeof(*c->open.v), by_cpu);
	err = pack_tree(c, out) | pack_user(c, out);
	for (i = 0; i < c->open.n && !err; i++) {
		struct lane *l = c->open.v[i];

		if (l->tied)
			err = find_ties(l);
		if (!err)
			err = pack_lane(c, l, out);
	}
	for (i = 0; i < c->open.n; i++)
		lane_clear(c->open.v[i]);
	c->open.n = c->threads.n = c->processes.n = c->user.n = 0;
	c->cost = 0;
	c->lost = false;
	arena_clear(&c->arena);
	return err;
}

void encoder_free(struct encoder *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->all.n; i++)
		lane_free(c->all.v[i]);
	free(c->all.v);
	free(c->open.v);
	free(c->threads.v);
	free(c->processes.v);
	free(c->user.v);
	task_map_free(&c->tasks);
	arena_free(&c->arena);
	free(c);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * native.c - our own recordings, window after window
 *
 * Marks carry the number of their window and of all events before it, so what
 * is missing is known exactly as soon as the next mark is read:
 *
 *     mark 3 [window 3]  mark 4 [damaged]  mark 5 [window 5]
 *                               |<- LOST ->|
 *
 * Where a length lies, the next synchronization marker is looked for. A file
 * without an end mark was cut off; what its last window would have held is no
 * loss that anybody can name.
 */
#include "trace/source.h"

#include <stdlib.h>
#include <string.h>

#include "trace/decode.h"
#include "trace/deflate.h"
#include "trace/format.h"

enum { FIELD_COMPRESSED = 50, FIELD_WINDOW = 1002, FIELD_END = 1004 };

struct gap {
	bool open;
	uint64_t from_ns, to_ns, count;
	size_t cpu; /* the next of cpus to be told */
};

struct native {
	struct source source;
	struct input *in;
	struct head head;
	struct inflater *inflater;
	struct decoder *decoder;
	struct bytes blob;

	struct window_mark mark; /* of the window that is read or comes next */
	bool marked;             /* a mark was read, its window was not */
	bool reading;            /* the decoder has the window */
	uint64_t in_window;      /* events given of it */
	uint64_t next_seq;       /* expected */
	uint64_t accounted;      /* events given or told as lost */
	uint64_t last_ns;        /* of the last event given */
	struct gap gap;
	struct u32s cpus; /* that have had events, rising */

	struct end_mark end;
	bool has_end, at_end;
};

static void saw_cpu(struct native *n, uint16_t cpu)
{
	size_t i = n->cpus.n;

	if (cpu == EVENT_CPU_USER)
		return;
	while (i > 0 && n->cpus.v[i - 1] > cpu)
		i--;
	if (i > 0 && n->cpus.v[i - 1] == cpu)
		return;
	if (u32s_push(&n->cpus, cpu))
		return; /* one lane less knows of a later loss */
	memmove(&n->cpus.v[i + 1], &n->cpus.v[i],
		(n->cpus.n - 1 - i) * sizeof(*n->cpus.v));
	n->cpus.v[i] = cpu;
}

static void open_gap(struct native *n, uint64_t from_ns, uint64_t to_ns, uint64_t count)
{
	n->gap = (struct gap){.open = true, .count = count};
	n->gap.to_ns = to_ns > n->last_ns ? to_ns : n->last_ns;
	n->gap.from_ns = from_ns < n->gap.to_ns ? from_ns : n->gap.to_ns;
	n->accounted += count;
	n->last_ns = n->gap.to_ns;
}

/* One LOST for each CPU that is known; the first carries the count. */
static int next_lost(struct native *n, struct event *e)
{
	memset(e, 0, sizeof(*e));
	e->type = EVENT_LOST;
	e->flags = LOST_FILE;
	e->time_ns = n->gap.to_ns;
	e->cpu = n->cpus.n ? (uint16_t)n->cpus.v[n->gap.cpu] : EVENT_CPU_USER;
	e->lost.from_ns = n->gap.from_ns;
	e->lost.count = n->gap.cpu ? 0 : n->gap.count;
	n->gap.cpu++;
	if (n->gap.cpu >= n->cpus.n)
		n->gap.open = false;
	return SOURCE_EVENT;
}

/* The window of the last mark cannot be read, or only in part. */
static void damage(struct native *n)
{
	uint64_t from = n->in_window ? n->last_ns : n->mark.min_ns;
	uint64_t count = n->mark.events - n->in_window;

	n->source.damaged++;
	if (n->in_window > n->mark.events)
		count = 0; /* a mark that does not fit its window */
	n->marked = n->reading = false;
	open_gap(n, from, n->mark.max_ns, count);
}

/* Windows before the one that stands here now are missing. */
static void missing(struct native *n, uint64_t windows, uint64_t before, uint64_t to_ns)
{
	uint64_t count = before > n->accounted ? before - n->accounted : 0;
	uint64_t from = n->last_ns;

	n->source.damaged += windows < 1000000 ? (unsigned int)windows : 1000000;
	if (n->gap.open) { /* right behind one that is not told yet */
		from = n->gap.from_ns;
		count += n->gap.count;
		n->accounted -= n->gap.count;
	}
	open_gap(n, from, to_ns, count);
}

static void take_mark(struct native *n, struct wire bytes)
{
	struct window_mark mark;

	if (mark_unpack(bytes.p, wire_left(&bytes), &mark) != 0)
		return; /* the next whole mark tells that this one is missing */
	if (n->marked)
		damage(n);
	if (mark.seq < n->next_seq || (mark.min_ns < n->last_ns && !mark.late)) {
		n->source.damaged++; /* out of order: not to be trusted */
		return;
	}
	n->mark = mark;
	n->marked = true;
	n->in_window = 0;
	if (mark.seq > n->next_seq)
		missing(n, mark.seq - n->next_seq, mark.events_before, mark.min_ns);
	n->next_seq = mark.seq + 1;
}

static int take_window(struct native *n, struct wire bytes)
{
	int err;

	if (!n->marked)
		return 0;
	err = inflater_run(n->inflater, bytes.p, wire_left(&bytes),
			   FORMAT_WINDOW_BYTES_MAX, &n->blob);
	if (!err)
		err = decoder_open(n->decoder, n->blob.v, n->blob.n,
				   n->head.info.start_boottime_ns, &n->mark);
	if (err == -ENOMEM)
		return err;
	if (err) {
		/* Its length may have lied, and hide good windows. */
		damage(n);
		n->at_end = !input_distrust(n->in);
		return 0;
	}
	n->marked = false;
	n->reading = true;
	return 0;
}

static void take_end(struct native *n, struct wire bytes)
{
	if (end_unpack(bytes.p, wire_left(&bytes), &n->end) != 0)
		return;
	n->has_end = n->at_end = true;
	if (n->marked)
		damage(n);
	if (n->end.windows > n->next_seq)
		missing(n, n->end.windows - n->next_seq, n->end.events,
			n->end.duration_ns);
}

/* Reads on to the next window, gap or end. 0 or -errno. */
static int read_packet(struct native *n)
{
	struct wire packet, part = {0};
	struct wire_field f;
	uint32_t kind = 0;

	switch (input_packet(n->in, &packet)) {
	case PACKET_WHOLE:
		break;
	case PACKET_NO_MEMORY:
		return -ENOMEM;
	case PACKET_NONE:
		n->at_end = true;
		return 0;
	case PACKET_TRUNCATED:
	case PACKET_NONSENSE:
		/* A lying length looks like the end of the file as well. */
		n->at_end = !input_resync(n->in);
		return 0;
	}
	while (wire_left(&packet)) {
		if (!wire_next(&packet, &f)) {
			n->at_end = !input_distrust(n->in);
			return 0; /* its mark, or the next one, tells */
		}
		if (f.type == WIRE_BYTES &&
		    (f.number == FIELD_COMPRESSED || f.number == FIELD_WINDOW ||
		     f.number == FIELD_END)) {
			kind = f.number;
			part = f.bytes;
		}
	}
	if (kind == FIELD_WINDOW)
		take_mark(n, part);
	else if (kind == FIELD_END)
		take_end(n, part);
	else if (kind == FIELD_COMPRESSED)
		return take_window(n, part);
	return 0;
}

static int read_window(struct native *n, struct event *e)
{
	int result = decoder_next(n->decoder, e);

	if (result == 1) {
		n->in_window++;
		n->accounted++;
		n->last_ns = e->time_ns;
		saw_cpu(n, e->cpu);
		return SOURCE_EVENT;
	}
	if (result < 0 || n->in_window != n->mark.events) {
		damage(n);
		return next_lost(n, e);
	}
	n->reading = false;
	memset(e, 0, sizeof(*e));
	e->time_ns = n->last_ns;
	return SOURCE_ADVANCE;
}

static int native_next(struct source *s, struct event *e)
{
	struct native *n = (struct native *)s;
	int err;

	for (;;) {
		if (n->gap.open)
			return next_lost(n, e);
		if (n->reading)
			return read_window(n, e);
		if (n->at_end)
			return SOURCE_END;
		err = read_packet(n);
		if (err)
			return err;
	}
}

static void native_end(const struct source *s, struct trace_end *end)
{
	const struct native *n = (const struct native *)s;

	end->cut = !n->has_end || n->end.cut;
	end->duration_ns = n->last_ns;
	if (n->has_end && n->end.duration_ns > end->duration_ns)
		end->duration_ns = n->end.duration_ns;
}

static uint64_t native_done_bytes(const struct source *s)
{
	return input_at(((const struct native *)s)->in);
}

static void native_free(struct source *s)
{
	struct native *n = (struct native *)s;

	head_free(&n->head);
	inflater_free(n->inflater);
	decoder_free(n->decoder);
	free(n->blob.v);
	free(n->cpus.v);
	free(n);
}

struct source *native_open(struct input *in, struct head *head)
{
	struct native *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->source = (struct source){
		.next = native_next,
		.end = native_end,
		.done_bytes = native_done_bytes,
		.free = native_free,
		.info = &n->head.info,
	};
	n->in = in;
	n->inflater = inflater_new();
	n->decoder = decoder_new();
	if (!n->inflater || !n->decoder) {
		native_free(&n->source);
		return NULL;
	}
	n->head = *head;
	memset(head, 0, sizeof(*head));
	return &n->source;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer.c - events into a file that can be cut off anywhere
 *
 *     header | mark window | mark window | ... | end
 *
 * A window is what came in half a second, or as much as fits into 512 KB. It
 * is encoded, deflated and written with its mark in one write, so the file is
 * whole at every moment in between. Nothing already written is touched again.
 */
#include "trace/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/deflate.h"
#include "trace/encode.h"
#include "trace/format.h"
#include "trace/head.h"
#include "trace/output.h"

#define DEFAULT_LEVEL     6
#define DEFAULT_WINDOW_NS 500000000ull
#define EVENT_BYTES       8192 /* more than any one event adds to a window */
#define END_BYTES         128  /* more than an end mark takes */

struct writer {
	struct sink sink;
	struct output out;
	struct encoder *encoder;
	struct deflater *deflater;
	struct bytes packets, deflated, piece;
	uint64_t window_ns;
	uint64_t dropped;
	uint64_t total, windows; /* written */
	uint64_t written_ns;     /* the last event in the file */
	struct window_mark open; /* .events is 0 if no window is open */
	uint16_t last_cpu;
	bool broken; /* memory ran out: the open window is not whole */
};

/* The open window into the file. 0 or -ENOMEM; out.error has the rest. */
static int flush(struct writer *w)
{
	int err;

	if (!w->open.events)
		return 0;
	w->open.seq = w->windows;
	w->open.events_before = w->total;
	w->open.late = w->windows && w->open.min_ns < w->written_ns;
	w->packets.n = w->deflated.n = w->piece.n = 0;
	err = encoder_pack(w->encoder, &w->packets);
	if (!err)
		err = deflater_run(w->deflater, w->packets.v, w->packets.n, &w->deflated);
	if (!err)
		err = mark_pack(&w->open, &w->piece);
	if (!err)
		err = window_pack(&w->deflated, &w->piece);
	if (err) {
		w->broken = true;
		return err;
	}
	if (output_write(&w->out, w->piece.v, w->piece.n, END_BYTES)) {
		w->dropped += w->open.events;
	} else {
		w->windows++;
		w->total += w->open.events;
		w->written_ns = w->open.max_ns;
	}
	w->open.events = 0;
	return 0;
}

static int writer_begin(struct sink *s, const struct trace_info *info)
{
	struct writer *w = (struct writer *)s;

	encoder_start(w->encoder, info->start_boottime_ns);
	w->piece.n = 0;
	if (head_pack(info, &w->piece))
		return -ENOMEM;
	output_write(&w->out, w->piece.v, w->piece.n, END_BYTES);
	return 0;
}

/* A window holds events in order; whatever is not begins another. */
static bool fits(const struct writer *w, const struct event *e)
{
	if (e->time_ns < w->open.max_ns)
		return false;
	if (e->time_ns == w->open.max_ns && e->cpu < w->last_cpu)
		return false;
	return e->time_ns - w->open.min_ns < w->window_ns &&
	       encoder_bytes(w->encoder) + EVENT_BYTES < FORMAT_WINDOW_BYTES;
}

static int writer_event(struct sink *s, const struct event *e)
{
	struct writer *w = (struct writer *)s;
	int err;

	if (w->open.events && !fits(w, e)) {
		err = flush(w);
		if (err)
			return err;
	}
	if (w->out.error) {
		w->dropped++;
		return 0;
	}
	err = encoder_event(w->encoder, e);
	if (err) {
		w->broken = err == -ENOMEM;
		return err;
	}
	if (!w->open.events)
		w->open.min_ns = e->time_ns;
	w->open.max_ns = e->time_ns;
	w->open.events++;
	w->last_cpu = e->cpu;
	return 0;
}

static int writer_advance(struct sink *s, uint64_t time_ns)
{
	struct writer *w = (struct writer *)s;

	if (w->open.events && time_ns > w->open.min_ns &&
	    time_ns - w->open.min_ns >= w->window_ns)
		return flush(w);
	return 0;
}

static int writer_end(struct sink *s, const struct trace_end *end)
{
	struct writer *w = (struct writer *)s;
	struct end_mark mark;
	int err = w->broken ? -ENOMEM : flush(w);

	if (w->broken)
		w->dropped += w->open.events;
	/* A recording that could not be finished ends with what is in it. */
	mark = (struct end_mark){
		.duration_ns = w->dropped ? w->written_ns : end->duration_ns,
		.cut = end->cut || w->dropped,
		.events = w->total,
		.windows = w->windows,
		.dropped = w->dropped,
	};
	w->piece.n = 0;
	if (end_pack(&mark, &w->piece))
		return -ENOMEM;
	if (!w->out.bytes)
		return err; /* not even the header fitted */
	if (w->dropped || w->out.error)
		output_write_last(&w->out, w->piece.v, w->piece.n);
	else
		output_write(&w->out, w->piece.v, w->piece.n, 0);
	return err;
}

struct writer *writer_new(int fd, const struct writer_options *opt)
{
	struct writer *w = calloc(1, sizeof(*w));
	int level = opt && opt->level ? opt->level : DEFAULT_LEVEL, err;

	if (!w)
		return NULL;
	err = level < 1 || level > 9 ? -EINVAL
				     : output_init(&w->out, fd, opt ? opt->max_bytes : 0);
	if (!err) {
		w->encoder = encoder_new();
		w->deflater = deflater_new(level);
		err = w->encoder && w->deflater ? 0 : -ENOMEM;
	}
	if (err) {
		writer_free(w);
		errno = -err;
		return NULL;
	}
	w->window_ns = opt && opt->window_ns ? opt->window_ns : DEFAULT_WINDOW_NS;
	w->sink = (struct sink){
		.begin = writer_begin,
		.event = writer_event,
		.advance = writer_advance,
		.end = writer_end,
	};
	return w;
}

struct sink *writer_sink(struct writer *w)
{
	return &w->sink;
}

uint64_t writer_bytes(const struct writer *w)
{
	return w->out.bytes;
}

int writer_error(const struct writer *w)
{
	return w->out.error;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	encoder_free(w->encoder);
	deflater_free(w->deflater);
	free(w->packets.v);
	free(w->deflated.v);
	free(w->piece.v);
	free(w);
}

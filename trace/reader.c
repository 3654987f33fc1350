/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader.c - opens a trace, whoever wrote it, and drives a sink with it
 */
#include "trace/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/format.h"
#include "trace/source.h"

#define FIELD_HEADER 1001
#define HEAD_PACKETS 16 /* our header is among the first of its file */

struct reader {
	struct input in;
	struct source *source;
	bool begun, done;
	int failed;
};

/* The message of ours that a packet's field holds, empty if it has none. */
static bool find_header(struct wire packet, struct wire *header)
{
	struct wire_field f;

	while (wire_left(&packet)) {
		if (!wire_next(&packet, &f))
			return false;
		if (f.number == FIELD_HEADER && f.type == WIRE_BYTES) {
			*header = f.bytes;
			return true;
		}
	}
	return false;
}

static int refuse(char *why, size_t why_bytes, const char *path, int err,
		  const char *text)
{
	snprintf(why, why_bytes, "%s %s", path, text);
	return err;
}

/* 1: *head is ours; 0: some other trace; -errno and why: neither. */
static int sniff(struct input *in, const char *path, struct head *head, char *why,
		 size_t why_bytes)
{
	struct wire packet, header;
	enum packet_is is = PACKET_WHOLE;
	int i, err;

	for (i = 0; i < HEAD_PACKETS; i++) {
		is = input_packet(in, &packet);
		if (is != PACKET_WHOLE)
			break;
		if (!find_header(packet, &header))
			continue;
		err = head_unpack(header.p, wire_left(&header), head);
		if (err == -EBADMSG)
			return refuse(why, why_bytes, path, err,
				      "is a recording whose header is damaged");
		if (err)
			return refuse(why, why_bytes, path, err,
				      "does not fit into memory");
		if (head->version > FORMAT_VERSION) {
			head_free(head);
			return refuse(why, why_bytes, path, -EPROTONOSUPPORT,
				      "was recorded by a newer mtviz");
		}
		return 1;
	}
	if (is == PACKET_NO_MEMORY)
		return refuse(why, why_bytes, path, -ENOMEM, "does not fit into memory");
	if (in->error)
		return refuse(why, why_bytes, path, in->error, strerror(-in->error));
	if (i > 0)
		return 0;
	if (is == PACKET_NONE)
		return refuse(why, why_bytes, path, -ENODATA, "is empty");
	if (in->buf.n >= 2 && in->buf.v[0] == 0x1f && in->buf.v[1] == 0x8b)
		return refuse(why, why_bytes, path, -EBADMSG,
			      "is compressed with gzip: run gunzip on it first");
	if (is == PACKET_TRUNCATED)
		return refuse(
			why, why_bytes, path, -EBADMSG,
			"is not a Perfetto trace, or was cut off in its first bytes");
	return refuse(why, why_bytes, path, -EBADMSG,
		      "is not a Perfetto trace: it does not begin with a packet");
}

static int open_source(struct reader *r, const char *path, char *why, size_t why_bytes)
{
	struct head head = {0};
	char reason[256];
	int kind = sniff(&r->in, path, &head, why, why_bytes), err;

	if (kind < 0)
		return kind;
	if (kind == 1) {
		r->source = native_open(&r->in, &head);
		head_free(&head);
		return r->source ? 0
				 : refuse(why, why_bytes, path, -ENOMEM,
					  "does not fit into memory");
	}
	err = input_rewind(&r->in);
	if (err)
		return refuse(why, why_bytes, path, err,
			      "is another tool's trace and can only be read from a file");
	r->source = foreign_open(&r->in, reason, sizeof(reason));
	if (r->source)
		return 0;
	err = -errno;
	return refuse(why, why_bytes, path, err, reason);
}

struct reader *reader_open(const char *path, char *why, size_t why_bytes)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		refuse(why, why_bytes, path, -ENOMEM, "does not fit into memory");
		return NULL;
	}
	err = input_open(&r->in, path);
	if (err)
		refuse(why, why_bytes, path, err, strerror(-err));
	else
		err = open_source(r, path, why, why_bytes);
	if (err) {
		reader_close(r);
		errno = -err;
		return NULL;
	}
	return r;
}

const struct trace_info *reader_info(const struct reader *r)
{
	return r->source->info;
}

/* The sink is told the end once, whatever happened. */
static int finish(struct reader *r, struct sink *s, int result)
{
	struct trace_end end = {0};
	int err;

	r->done = true;
	r->failed = result;
	r->source->end(r->source, &end);
	err = s->end(s, &end);
	if (!r->failed)
		r->failed = err;
	return r->failed;
}

int reader_pump(struct reader *r, struct sink *s, uint64_t max_events)
{
	uint64_t given = 0;
	struct event e;
	int gives, err;

	if (r->done)
		return r->failed;
	if (!r->begun) {
		r->begun = true;
		err = s->begin(s, r->source->info);
		if (err)
			return finish(r, s, err);
	}
	for (;;) {
		gives = r->source->next(r->source, &e);
		if (gives <= 0)
			return finish(r, s, gives ? gives : r->in.error);
		if (gives == SOURCE_ADVANCE) {
			err = s->advance(s, e.time_ns);
		} else {
			err = s->event(s, &e);
			given++;
		}
		if (err)
			return finish(r, s, err);
		if (max_events && given >= max_events)
			return 1;
	}
}

uint64_t reader_file_bytes(const struct reader *r)
{
	return r->in.size;
}

uint64_t reader_done_bytes(const struct reader *r)
{
	return r->source->done_bytes(r->source);
}

unsigned int reader_damaged(const struct reader *r)
{
	return r->source->damaged;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	if (r->source)
		r->source->free(r->source);
	input_close(&r->in);
	free(r);
}

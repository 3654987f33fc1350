/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/wire.h - protobuf's wire format, read where it lies
 *
 * The reader walks the bytes of a packet without building messages: a hostile
 * length costs nothing, and nothing is copied. Every function returns false at
 * the end and on nonsense, and never reads past end.
 */
#ifndef MTVIZ_TRACE_WIRE_H
#define MTVIZ_TRACE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wire {
	const uint8_t *p, *end;
};

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct wire_field {
	uint32_t number;
	uint8_t type;
	uint64_t value;    /* all but WIRE_BYTES */
	struct wire bytes; /* WIRE_BYTES */
};

static inline struct wire wire_of(const void *p, size_t bytes)
{
	return (struct wire){p, (const uint8_t *)p + bytes};
}

static inline size_t wire_left(const struct wire *w)
{
	return (size_t)(w->end - w->p);
}

static inline bool wire_varint(struct wire *w, uint64_t *v)
{
	const uint8_t *p = w->p;
	unsigned int shift;
	uint64_t sum;

	if (p == w->end)
		return false;
	if (!(*p & 0x80)) {
		*v = *p;
		w->p = p + 1;
		return true;
	}
	sum = *p++ & 0x7f;
	for (shift = 7; shift < 64 && p < w->end; shift += 7) {
		sum |= (uint64_t)(*p & 0x7f) << shift;
		if (!(*p++ & 0x80)) {
			*v = sum;
			w->p = p;
			return true;
		}
	}
	return false;
}

static inline bool wire_u32(struct wire *w, uint32_t *v)
{
	uint64_t wide;

	if (!wire_varint(w, &wide))
		return false;
	*v = (uint32_t)wide;
	return true;
}

static inline bool wire_next(struct wire *w, struct wire_field *f)
{
	uint64_t tag, bytes;

	if (!wire_varint(w, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return false;
	f->number = (uint32_t)(tag >> 3);
	f->type = tag & 7;
	f->bytes = (struct wire){0};
	switch (f->type) {
	case WIRE_VARINT:
		return wire_varint(w, &f->value);
	case WIRE_BYTES:
		if (!wire_varint(w, &bytes) || bytes > wire_left(w))
			return false;
		f->bytes = wire_of(w->p, bytes);
		w->p += bytes;
		return true;
	case WIRE_64:
	case WIRE_32:
		bytes = f->type == WIRE_64 ? 8 : 4;
		if (bytes > wire_left(w))
			return false;
		f->value = 0;
		for (tag = bytes; tag-- > 0;)
			f->value = f->value << 8 | w->p[tag];
		w->p += bytes;
		return true;
	default: /* groups left protobuf long ago */
		return false;
	}
}

#endif

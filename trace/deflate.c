/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deflate.c - see deflate.h
 */
#include "trace/deflate.h"

#include <stdlib.h>
#include <zlib.h>

#define MEM_LEVEL 9 /* a larger hash table costs 256 KB and is faster */

struct deflater {
	z_stream z;
};

struct inflater {
	z_stream z;
};

struct deflater *deflater_new(int level)
{
	struct deflater *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	if (deflateInit2(&d->z, level, Z_DEFLATED, MAX_WBITS, MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		free(d);
		errno = ENOMEM;
		return NULL;
	}
	return d;
}

int deflater_run(struct deflater *d, const uint8_t *in, size_t bytes, struct bytes *out)
{
	size_t bound;

	deflateReset(&d->z);
	bound = deflateBound(&d->z, bytes);
	if (bytes_reserve(out, bound))
		return -ENOMEM;
	d->z.next_in = (Bytef *)in;
	d->z.avail_in = (uInt)bytes;
	d->z.next_out = out->v + out->n;
	d->z.avail_out = (uInt)bound;
	if (deflate(&d->z, Z_FINISH) != Z_STREAM_END)
		return -ENOMEM;
	out->n += bound - d->z.avail_out;
	return 0;
}

void deflater_free(struct deflater *d)
{
	if (!d)
		return;
	deflateEnd(&d->z);
	free(d);
}

struct inflater *inflater_new(void)
{
	struct inflater *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	if (inflateInit(&i->z) != Z_OK) {
		free(i);
		errno = ENOMEM;
		return NULL;
	}
	return i;
}

int inflater_run(struct inflater *i, const uint8_t *in, size_t bytes, size_t max,
		 struct bytes *out)
{
	size_t room;
	int result;

	out->n = 0;
	inflateReset(&i->z);
	i->z.next_in = (Bytef *)in;
	i->z.avail_in = (uInt)bytes;
	for (;;) {
		/* Grow as it comes: a short lie must not cost max bytes. */
		if (out->cap == out->n && bytes_reserve(out, out->n ? out->n : 65536))
			return -ENOMEM;
		room = out->cap - out->n;
		if (room > max - out->n)
			room = max - out->n;
		i->z.next_out = out->v + out->n;
		i->z.avail_out = (uInt)room;
		result = inflate(&i->z, Z_NO_FLUSH);
		out->n += room - i->z.avail_out;
		if (result == Z_STREAM_END)
			return i->z.avail_in ? -EBADMSG : 0;
		if (result == Z_MEM_ERROR)
			return -ENOMEM;
		if (result != Z_OK || i->z.avail_out || out->n == max)
			return -EBADMSG;
	}
}

void inflater_free(struct inflater *i)
{
	if (!i)
		return;
	inflateEnd(&i->z);
	free(i);
}

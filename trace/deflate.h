/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/deflate.h - the zlib streams inside a recording
 *
 * One stream per window, so that a damaged one costs nothing but itself.
 */
#ifndef MTVIZ_TRACE_DEFLATE_H
#define MTVIZ_TRACE_DEFLATE_H

#include "trace/columns.h"

struct deflater;
struct deflater *deflater_new(int level); /* 1..9; NULL: no memory */
/* Appends the deflated bytes to out. 0 or -ENOMEM. */
int deflater_run(struct deflater *d, const uint8_t *in, size_t bytes, struct bytes *out);
void deflater_free(struct deflater *d);

struct inflater;
struct inflater *inflater_new(void);
/*
 * Replaces out by what in holds. -EBADMSG if it is not one whole, sound zlib
 * stream of at most max bytes; -ENOMEM.
 */
int inflater_run(struct inflater *i, const uint8_t *in, size_t bytes, size_t max,
		 struct bytes *out);
void inflater_free(struct inflater *i);

#endif

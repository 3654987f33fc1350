/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/decode.h - the packets of one window, as events again
 *
 * The opposite of encode.h. It reads the columns where they lie in the
 * inflated window, so a window costs its own size and a little per CPU, and
 * merges the CPUs into one stream by (time, CPU).
 */
#ifndef MTVIZ_TRACE_DECODE_H
#define MTVIZ_TRACE_DECODE_H

#include "trace/event.h"
#include "trace/head.h"

struct decoder;

struct decoder *decoder_new(void); /* NULL: no memory */
/*
 * Begins a window; packets stay the caller's and must not move until it is
 * done. Events outside of mark's interval are damage. 0, -EBADMSG or -ENOMEM.
 */
int decoder_open(struct decoder *d, const uint8_t *packets, size_t bytes,
		 uint64_t boottime_ns, const struct window_mark *mark);
/* 1 and the next event; 0 at the end; -EBADMSG, and then the window is over. */
int decoder_next(struct decoder *d, struct event *e);
void decoder_free(struct decoder *d);

#endif

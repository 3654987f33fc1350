/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/encode.h - the events of one window, as Perfetto packets
 *
 * Events go in one by one in stream order and are laid out in columns per CPU;
 * encoder_pack() turns what has gathered into packets and begins a new window.
 * It does no I/O and does not compress. docs/recording.md has the layout.
 */
#ifndef MTVIZ_TRACE_ENCODE_H
#define MTVIZ_TRACE_ENCODE_H

#include "trace/columns.h"
#include "trace/event.h"

/* A longer text of EVENT_NAME is cut here. */
#define ENCODE_TEXT_BYTES 4096

struct encoder;

struct encoder *encoder_new(void); /* NULL: no memory */
/* Perfetto's times are this far from ours. */
void encoder_start(struct encoder *c, uint64_t boottime_ns);
/* 0, -EINVAL for a type this version does not know, -ENOMEM (window unusable). */
int encoder_event(struct encoder *c, const struct event *e);
/* An upper bound of the bytes that encoder_pack() would append now. */
size_t encoder_bytes(const struct encoder *c);
/* Appends the window's packets to out and begins the next window. 0 or -ENOMEM. */
int encoder_pack(struct encoder *c, struct bytes *out);
void encoder_free(struct encoder *c);

#endif

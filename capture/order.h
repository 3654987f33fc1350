/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/order.h - one stream in order out of one queue per CPU
 *
 * Records of one CPU arrive almost in order (an interrupt can slip between the
 * reservation of a record and its time stamp), those of different CPUs in any
 * order. What lies before the watermark is complete:
 *
 *     CPU 0   ─a──────c────────f───│──h──
 *     CPU 1   ────b──────d──e──────│g────      a b c d e f come out, g h wait
 *                              watermark
 *
 * Order is (time, CPU, arrival). Pure: no clock, no BPF.
 */
#ifndef MTVIZ_CAPTURE_ORDER_H
#define MTVIZ_CAPTURE_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"

struct order;

struct order *order_new(unsigned int nr_cpus); /* NULL: -ENOMEM */
void order_free(struct order *o);	       /* NULL is fine */
/*
 * Takes a copy of a record: the first bytes of a struct event, the rest reads
 * as zero. 0, -ENOMEM, or -EPROTO for one that cannot be: shorter than its
 * header, longer than an event, or of a CPU that does not exist.
 */
int order_push(struct order *o, const void *record, size_t bytes);
/*
 * The next event before the watermark, or NULL. Valid until the next call. One
 * that is older than its predecessor, against the promise that a watermark is,
 * comes at its predecessor's time and is counted: sinks may rely on order.
 */
const struct event *order_next(struct order *o, uint64_t watermark_ns);
size_t order_pending(const struct order *o);
uint64_t order_late(const struct order *o);

#endif

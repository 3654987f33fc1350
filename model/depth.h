/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/depth.h - how long tasks stood in run queues, summed over time
 *
 * D(t) is the runnable time of all tasks in scope before t, of slices that
 * have ended. It is exact at whole steps; between two of them it is read off
 * the straight line. A step is 1 ms, and doubles when a recording outgrows the
 * memory for that (about an hour).
 *
 *     task a   ────├███████████┤───────       D grows by 2 a ns where both are
 *     task b   ───────├█████████████┤──       runnable, by 1 where one is
 *     steps    |      |      |      |
 */
#ifndef MTVIZ_MODEL_DEPTH_H
#define MTVIZ_MODEL_DEPTH_H

#include <stddef.h>
#include <stdint.h>

struct depth;

struct depth *depth_new(void); /* NULL: no memory */
void depth_free(struct depth *d);
/* A slice [from_ns, to_ns) of one task was runnable. 0 or -ENOMEM. */
int depth_add(struct depth *d, uint64_t from_ns, uint64_t to_ns);
uint64_t depth_step_ns(const struct depth *d);
uint64_t depth_before(struct depth *d, uint64_t time_ns); /* D(time_ns) */
size_t depth_bytes(const struct depth *d);

#endif

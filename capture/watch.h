/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/watch.h - what the collector remembers of the stream it hands on
 *
 * Whose process a task is, which lock waits last, and which locks have been
 * seen before. From that come the re-checks of long waits and the names:
 *
 *     wait   ├──── 100 ms ───┼─ 500 ms ─┼── 1 s ──┼──── 2 s ────┼──── 2 s ───
 *                            SEEN       SEEN      SEEN          SEEN
 *
 * Pure: no clock, no BPF.
 */
#ifndef MTVIZ_CAPTURE_WATCH_H
#define MTVIZ_CAPTURE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"

struct watch;

struct watch *watch_new(void); /* NULL: -ENOMEM */
void watch_free(struct watch *w);
/* An event of the stream, in order. 0 or -ENOMEM. */
int watch_event(struct watch *w, const struct event *e);
/* The process of a task in scope, 0 if it is not known. */
uint32_t watch_tgid(const struct watch *w, uint32_t tid);
/* Is this the futex wait of a lock, so that its owner matters? */
bool watch_is_lock(const struct event *e);
/*
 * At most max tids whose lock waits are due to be looked at again at now_ns;
 * each comes once per turn.
 */
unsigned int watch_due(struct watch *w, uint64_t now_ns, uint32_t *tids,
		       unsigned int max);
/* True once for every pair, until watch_forget(). */
bool watch_first(struct watch *w, uint32_t tgid, uint64_t addr);
/* The memory of this process is gone: by exec or exit. */
void watch_forget(struct watch *w, uint32_t tgid);

#endif

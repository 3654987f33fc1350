/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/ring.h - reading a BPF ring buffer without libbpf
 *
 * libbpf's reader does not tell whether it reached the end. The order of events
 * rests on that (capture/order.h), so this one does:
 *
 *     clock t ─ drain ─ reached the end      every record stamped before t is out
 *     clock t ─ drain ─ stopped at a record  that is still being written: unknown
 *
 * One reader, one thread. The memory layout is the kernel's (kernel/bpf/ringbuf.c).
 */
#ifndef MTVIZ_CAPTURE_RING_H
#define MTVIZ_CAPTURE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
	unsigned long *consumer;	/* ours to move */
	const unsigned long *producer;	/* the kernel's */
	const unsigned char *data;	/* mapped twice in a row: no record wraps */
	size_t bytes;			/* a power of two */
	void *maps[2];
	size_t map_bytes[2];
};

/* Maps the ring of this map; 0 or -errno. */
int ring_map(struct ring *r, int map_fd, size_t bytes);
void ring_unmap(struct ring *r);
/* How much waits to be read. */
size_t ring_used(const struct ring *r);

/*
 * Hands on every complete record that was there when the call began. 1 if that
 * was all of it, 0 if a record is still being written, or what record()
 * returned if that is negative: then that record comes again.
 */
int ring_drain(struct ring *r, int (*record)(void *arg, const void *data, size_t bytes),
	       void *arg);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* capture/ring.c - see ring.h; the kernel's side is kernel/bpf/ringbuf.c */
#include "capture/ring.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/bpf.h>

/* Room is given back to the kernel in steps, so that a long drain helps it. */
#define GIVE_BACK_BYTES (64 * 1024)

int ring_map(struct ring *r, int map_fd, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *p;

	memset(r, 0, sizeof(*r));
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	r->maps[0] = p;
	r->map_bytes[0] = page;
	r->consumer = p;
	p = mmap(NULL, page + 2 * bytes, PROT_READ, MAP_SHARED, map_fd, page);
	if (p == MAP_FAILED) {
		int err = -errno;

		ring_unmap(r);
		return err;
	}
	r->maps[1] = p;
	r->map_bytes[1] = page + 2 * bytes;
	r->producer = p;
	r->data = (const unsigned char *)p + page;
	r->bytes = bytes;
	return 0;
}

void ring_unmap(struct ring *r)
{
	for (int i = 0; i < 2; i++)
		if (r->maps[i])
			munmap(r->maps[i], r->map_bytes[i]);
	memset(r, 0, sizeof(*r));
}

size_t ring_used(const struct ring *r)
{
	return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(r->consumer, __ATOMIC_RELAXED);
}

int ring_drain(struct ring *r, int (*record)(void *arg, const void *data, size_t bytes),
	       void *arg)
{
	unsigned long at = *r->consumer, given_back = at;
	unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	int ret = 1;

	while (at < end) {
		const unsigned char *p = r->data + (at & (r->bytes - 1));
		uint32_t len = __atomic_load_n((const uint32_t *)p, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT) {
			ret = 0;
			break;
		}
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			int err = record(arg, p + BPF_RINGBUF_HDR_SZ, len);

			if (err < 0) {
				ret = err;
				break;
			}
		}
		len &= ~BPF_RINGBUF_DISCARD_BIT;
		at += (len + BPF_RINGBUF_HDR_SZ + 7) & ~7UL;
		if (at - given_back >= GIVE_BACK_BYTES) {
			__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
			given_back = at;
		}
	}
	__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * input.c - see input.h
 */
#include "trace/input.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/format.h"

#define READ_BYTES (256 * 1024)

int input_open(struct input *in, const char *path)
{
	struct stat st;
	int err;

	memset(in, 0, sizeof(*in));
	in->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0)
		return -errno;
	if (fstat(in->fd, &st) < 0 || S_ISDIR(st.st_mode)) {
		err = S_ISDIR(st.st_mode) ? -EISDIR : -errno;
		close(in->fd);
		in->fd = -1;
		return err;
	}
	in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

/* Makes want bytes available from pos if the file has them. False: no memory. */
static bool fill(struct input *in, size_t want)
{
	size_t have = in->buf.n - in->pos;
	ssize_t n;

	if (have >= want || in->eof)
		return true;
	if (in->pos) {
		memmove(in->buf.v, in->buf.v + in->pos, have);
		in->base += in->pos;
		in->buf.n = have;
		in->pos = 0;
	}
	while (in->buf.n < want && !in->eof) {
		/* Grow as it comes: a lie about a length must not cost memory. */
		if (bytes_reserve(&in->buf, READ_BYTES))
			return false;
		n = read(in->fd, in->buf.v + in->buf.n, READ_BYTES);
		if (n > 0)
			in->buf.n += (size_t)n;
		else if (n == 0)
			in->eof = true;
		else if (errno != EINTR) {
			in->error = -errno;
			in->eof = true;
		}
	}
	return true;
}

enum packet_is input_packet(struct input *in, struct wire *packet)
{
	struct wire w;
	uint64_t bytes;
	size_t head;

	if (!fill(in, 16))
		return PACKET_NO_MEMORY;
	w = wire_of(in->buf.v + in->pos, in->buf.n - in->pos);
	if (!wire_left(&w))
		return PACKET_NONE;
	if (*w.p++ != 0x0a)
		return PACKET_NONSENSE;
	if (!wire_varint(&w, &bytes))
		return wire_left(&w) >= 10 ? PACKET_NONSENSE : PACKET_TRUNCATED;
	if (bytes > FORMAT_PACKET_BYTES_MAX)
		return PACKET_NONSENSE;
	head = (size_t)(w.p - (in->buf.v + in->pos));
	if (!fill(in, head + bytes))
		return PACKET_NO_MEMORY;
	if (in->buf.n - in->pos < head + bytes)
		return PACKET_TRUNCATED;
	*packet = wire_of(in->buf.v + in->pos + head, bytes);
	in->last = in->pos;
	in->pos += head + bytes;
	return PACKET_WHOLE;
}

uint64_t input_at(const struct input *in)
{
	return in->base + in->pos;
}

bool input_resync(struct input *in)
{
	/* TracePacket.synchronization_marker, the first field of its packet. */
	static const char marker[] = "\xa2\x02\x10" FORMAT_MARKER;
	const size_t bytes = sizeof(marker) - 1, before = 2;
	const uint8_t *hit;

	in->pos++;
	for (;;) {
		if (!fill(in, READ_BYTES / 2))
			return false;
		if (in->buf.n - in->pos < bytes + before)
			return false;
		hit = memmem(in->buf.v + in->pos + before, in->buf.n - in->pos - before,
			     marker, bytes);
		if (hit) {
			in->pos = (size_t)(hit - in->buf.v) - before;
			return true;
		}
		in->pos = in->buf.n - bytes - before + 1;
	}
}

bool input_distrust(struct input *in)
{
	in->pos = in->last;
	return input_resync(in);
}

int input_read_at(const struct input *in, uint64_t at, void *to, size_t bytes)
{
	uint8_t *p = to;
	ssize_t n;

	while (bytes) {
		n = pread(in->fd, p, bytes, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		at += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

int input_rewind(struct input *in)
{
	if (lseek(in->fd, 0, SEEK_SET) < 0)
		return -errno;
	in->buf.n = in->pos = 0;
	in->base = 0;
	in->eof = false;
	return 0;
}

void input_close(struct input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	free(in->buf.v);
	memset(in, 0, sizeof(*in));
	in->fd = -1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.c - see output.h
 */
#include "trace/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int output_init(struct output *o, int fd, uint64_t max_bytes)
{
	struct stat st;
	off_t at;
	int mode;

	memset(o, 0, sizeof(*o));
	if (fstat(fd, &st) < 0)
		return -errno;
	mode = fcntl(fd, F_GETFL);
	if (mode < 0)
		return -errno;
	if ((mode & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	o->fd = fd;
	o->max_bytes = max_bytes;
	if (!S_ISREG(st.st_mode))
		return 0;
	at = lseek(fd, 0, mode & O_APPEND ? SEEK_END : SEEK_CUR);
	o->can_cut = at >= 0;
	o->start = at >= 0 ? (uint64_t)at : 0;
	return 0;
}

static int write_all(struct output *o, const uint8_t *p, size_t left)
{
	struct pollfd room = {.fd = o->fd, .events = POLLOUT};
	ssize_t n;

	while (left) {
		n = write(o->fd, p, left);
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		} else if (n == 0) {
			return -EIO;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			poll(&room, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int write_piece(struct output *o, const void *piece, size_t bytes)
{
	off_t end = (off_t)(o->start + o->bytes);
	int err = write_all(o, piece, bytes);

	if (!err) {
		o->bytes += bytes;
		return 0;
	}
	/* Both may fail on a dying disk; a reader copes with half a piece. */
	if (o->can_cut && ftruncate(o->fd, end) == 0)
		lseek(o->fd, end, SEEK_SET);
	return err;
}

int output_write(struct output *o, const void *piece, size_t bytes, size_t reserve)
{
	if (o->error)
		return o->error;
	if (o->max_bytes && o->bytes + bytes + reserve > o->max_bytes)
		o->error = -EFBIG;
	else
		o->error = write_piece(o, piece, bytes);
	return o->error;
}

void output_write_last(struct output *o, const void *piece, size_t bytes)
{
	int err;

	if (o->error && !o->can_cut)
		return; /* half a piece may stand before it */
	if (o->max_bytes && o->bytes + bytes > o->max_bytes)
		err = -EFBIG;
	else
		err = write_piece(o, piece, bytes);
	if (!o->error)
		o->error = err;
}

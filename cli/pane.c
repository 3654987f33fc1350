/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/pane.c - the workload's output under the live screen
 */
#include "cli/pane.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static void keep(struct pane *p, const char *buf, size_t n)
{
	pthread_mutex_lock(&p->lock);
	for (size_t done = 0; done < n;) {
		size_t at = (p->total + done) % PANE_BYTES;
		size_t part = n - done < PANE_BYTES - at ? n - done : PANE_BYTES - at;

		memcpy(p->ring + at, buf + done, part);
		done += part;
	}
	p->total += n;
	pthread_mutex_unlock(&p->lock);
}

static void to_file(struct pane *p, const char *buf, size_t n)
{
	while (n && p->file_fd >= 0 && !p->file_error) {
		ssize_t done = write(p->file_fd, buf, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			p->file_error = done ? errno : ENOSPC;
			return;
		}
		buf += done;
		n -= (size_t)done;
	}
}

/* Until it would block. False at the end: every writer has closed its side. */
static bool drain(struct pane *p)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(p->fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		keep(p, buf, (size_t)n);
		to_file(p, buf, (size_t)n);
	}
	return n < 0 && errno == EAGAIN;
}

static void *run(void *arg)
{
	struct pane *p = arg;
	struct pollfd fds[] = {{.fd = p->fd, .events = POLLIN},
			       {.fd = p->wake[0], .events = POLLIN}};

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[1].revents) {
			drain(p);
			break;
		}
		/* EIO: nobody has the terminal open now; somebody may again. */
		if (fds[0].revents && !drain(p))
			fds[0].fd = -1;
	}
	return NULL;
}

int pane_start(struct pane *p, int fd, int file_fd)
{
	int err;

	p->fd = fd;
	p->file_fd = file_fd;
	pthread_mutex_init(&p->lock, NULL);
	if (pipe2(p->wake, O_CLOEXEC))
		return -errno;
	err = pthread_create(&p->thread, NULL, run, p);
	p->started = !err;
	return -err;
}

size_t pane_copy(struct pane *p, char *buf, size_t bytes, uint64_t *serial)
{
	uint64_t n, from;

	pthread_mutex_lock(&p->lock);
	n = p->total < PANE_BYTES ? p->total : PANE_BYTES;
	if (n > bytes)
		n = bytes;
	from = p->total - n;
	for (uint64_t i = 0; i < n;) {
		size_t at = (from + i) % PANE_BYTES;
		size_t part = n - i < PANE_BYTES - at ? n - i : PANE_BYTES - at;

		memcpy(buf + i, p->ring + at, part);
		i += part;
	}
	*serial = p->total;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void pane_stop(struct pane *p)
{
	if (!p->started)
		return;
	close(p->wake[1]);
	pthread_join(p->thread, NULL);
	close(p->wake[0]);
	p->started = false;
}

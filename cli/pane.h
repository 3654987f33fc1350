/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/pane.h - the workload's output under the live screen
 *
 * A thread of its own reads the pseudo-terminal as fast as the workload
 * writes, so that a flood of output never slows the workload down to the pace
 * of the screen. The last PANE_BYTES are kept; all of it goes to a file if
 * there is one.
 */
#ifndef MTVIZ_CLI_PANE_H
#define MTVIZ_CLI_PANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PANE_BYTES = 256 * 1024 };

struct pane {
	int fd;	     /* the pseudo-terminal's end */
	int file_fd; /* --output, or -1 */
	int wake[2]; /* a pipe that ends the thread */
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* guards what follows */
	uint64_t total;	      /* bytes so far; the newest are in ring */
	int file_error;	      /* of the first failed write, positive */
	char ring[PANE_BYTES];
};

int pane_start(struct pane *p, int fd, int file_fd); /* 0 or -errno */
/* The last bytes, at most bytes; *serial is the total so far. */
size_t pane_copy(struct pane *p, char *buf, size_t bytes, uint64_t *serial);
/* Reads what is left without waiting for more, and ends the thread. */
void pane_stop(struct pane *p);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/output.h - a file that only ever grows by whole pieces
 *
 * Short writes and interruptions are finished; a piece that cannot be written
 * whole is taken back, so that the file ends where the last whole piece ended.
 * That needs a regular file: on a pipe what is gone is gone.
 */
#ifndef MTVIZ_TRACE_OUTPUT_H
#define MTVIZ_TRACE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
	int fd;
	bool can_cut;       /* a regular file */
	uint64_t start;     /* where in the file we began */
	uint64_t bytes;     /* whole pieces written */
	uint64_t max_bytes; /* 0: no limit */
	int error;          /* the first one, for good */
};

/* 0 or -errno if fd cannot be written to. */
int output_init(struct output *o, int fd, uint64_t max_bytes);
/*
 * Writes one piece, leaving reserve bytes of the limit free. 0, or the error
 * that is remembered from then on: -EFBIG at the limit, else -errno.
 */
int output_write(struct output *o, const void *piece, size_t bytes, size_t reserve);
/* The last piece of all: tried even after an error. */
void output_write_last(struct output *o, const void *piece, size_t bytes);

#endif

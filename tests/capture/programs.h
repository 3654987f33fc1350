/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/capture/programs.h - the small programs that tests start, and places
 * for their files
 */
#ifndef MTVIZ_TESTS_CAPTURE_PROGRAMS_H
#define MTVIZ_TESTS_CAPTURE_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The built program of that name; in a buffer that the next call reuses. */
const char *program_path(const char *name);
/* A directory of this test program, removed at its end; mode 0777 and sticky. */
const char *scratch_dir(void);
/* "DIR/NAME" in it; one of sixteen buffers in turn. */
const char *scratch(const char *name);
/* A file there with that content. */
const char *scratch_file(const char *name, const char *content, mode_t mode);
/* A copy with mode 0755: others may not be able to reach the build directory. */
const char *copy_file(const char *from, const char *to);
/* What fd gives until its end, an error, or (if not NULL) the text stop. */
char *read_until(int fd, const char *stop, char *buf, size_t bytes);
/*
 * Runs fn in a forked child, which may change its identity. fn returns 0 or the
 * line of what failed (CHECK); so does this.
 */
int in_child(int (*fn)(void));
#define CHECK(x)                         \
	do {                             \
		if (!(x))                \
			return __LINE__; \
	} while (0)

#endif

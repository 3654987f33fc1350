/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/mapped.h - what a process has mapped, and opening it
 *
 * The files behind executable mappings are opened by what is mapped, not by
 * what its path names today: through /proc/PID/map_files, and without the
 * privilege for that through /proc/PID/root, where device and inode must match.
 */
#ifndef MTVIZ_CAPTURE_MAPPED_H
#define MTVIZ_CAPTURE_MAPPED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One line of /proc/PID/maps. */
struct mapping {
	uint64_t start, end, offset, inode;
	uint32_t major, minor;
	bool exec;
	const char *path; /* hostile; valid during the call; "" if there is none */
};

/* fd of /proc/TGID (for the calls below), or -errno. */
int mapped_open_process(pid_t tgid);
/* fd of its maps, read-only; readable by whoever gets it. */
int mapped_open_maps(int process);
/*
 * The ELF file that is mapped executable at exactly start-end. Read-only.
 * -ENOENT: no such mapping, -ENOEXEC: not an ELF file, -ESTALE: another file has
 * its path now, -errno.
 */
int mapped_open_file(int process, uint64_t start, uint64_t end);

/*
 * Calls fn for each line until it returns nonzero, which is then returned; 0 at
 * the end. Lines that are not as the kernel writes them are skipped; what is
 * beyond 16 MB is not read.
 */
int mapped_each(int maps_fd, int (*fn)(const struct mapping *m, void *arg), void *arg);
/* In place; exposed for its tests. */
bool mapped_parse(char *line, struct mapping *m);

#endif

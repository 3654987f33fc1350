/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mapped.c - reading /proc/PID/maps as text that anybody may have written */
#include "capture/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	MAPS_BUFFER = 64 * 1024, /* longer than any line: a path is below 4 * PATH_MAX */
	MAPS_LIMIT = 16 * 1024 * 1024,
};

/* A hexadecimal or decimal number that ends with the given character. */
static bool number(char **at, int base, char end, uint64_t *n)
{
	unsigned char c = (unsigned char)**at;
	char *after;

	/* strtoull() would take blanks and a sign. */
	if (!((c >= '0' && c <= '9') || (base == 16 && c >= 'a' && c <= 'f')))
		return false;
	errno = 0;
	*n = strtoull(*at, &after, base);
	if (errno || *after != end)
		return false;
	*at = after + 1;
	return true;
}

bool mapped_parse(char *line, struct mapping *m)
{
	uint64_t major, minor;
	char *at = line;

	if (!number(&at, 16, '-', &m->start) || !number(&at, 16, ' ', &m->end) ||
	    strnlen(at, 5) < 5 || at[4] != ' ' || m->start >= m->end)
		return false;
	m->exec = at[2] == 'x';
	at += 5;
	if (!number(&at, 16, ' ', &m->offset) || !number(&at, 16, ':', &major) ||
	    !number(&at, 16, ' ', &minor) || major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	m->major = (uint32_t)major;
	m->minor = (uint32_t)minor;
	/* Without a path the inode ends the line, or blanks do. */
	if (!strchr(at, ' ')) {
		size_t len = strlen(at);

		m->path = at + len;
		return number(&at, 10, '\0', &m->inode);
	}
	if (!number(&at, 10, ' ', &m->inode))
		return false;
	m->path = at + strspn(at, " ");
	return true;
}

int mapped_each(int maps_fd, int (*fn)(const struct mapping *m, void *arg), void *arg)
{
	char *buf = malloc(MAPS_BUFFER);
	size_t have = 0, total = 0;
	bool skipping = false;
	int result = 0;

	if (!buf)
		return -ENOMEM;
	while (!result && total < MAPS_LIMIT) {
		ssize_t got = read(maps_fd, buf + have, MAPS_BUFFER - have);
		char *line = buf, *end;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			result = got < 0 ? -errno : 0;
			break;
		}
		have += (size_t)got;
		total += (size_t)got;
		while (!result &&
		       (end = memchr(line, '\n', have - (size_t)(line - buf)))) {
			struct mapping m;

			*end = '\0';
			if (!skipping && mapped_parse(line, &m))
				result = fn(&m, arg);
			skipping = false;
			line = end + 1;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (have == MAPS_BUFFER) {
			skipping = true;
			have = 0;
		}
	}
	free(buf);
	return result;
}

int mapped_open_process(pid_t tgid)
{
	char path[32];
	int fd;

	if (tgid <= 0)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/%d", (int)tgid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mapped_open_maps(int process)
{
	int fd = openat(process, "maps", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

struct wanted {
	uint64_t start, end;
	struct mapping found;
	char path[PATH_MAX];
};

static int find_exact(const struct mapping *m, void *arg)
{
	struct wanted *w = arg;

	if (m->start != w->start || m->end != w->end)
		return 0;
	w->found = *m;
	snprintf(w->path, sizeof(w->path), "%s", m->path);
	return 1;
}

/* Of what the kernel escapes in maps there is only the newline. */
static void unescape_newlines(char *path)
{
	char *from = path, *to = path;

	while (*from) {
		bool newline = !strncmp(from, "\\012", 4);

		*to++ = newline ? '\n' : *from;
		from += newline ? 4 : 1;
	}
	*to = '\0';
}

/* By path, as the process itself would see it: no link leads out of its root. */
static int open_by_path(int process, struct wanted *w)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	struct stat st;
	int root, fd, err;

	unescape_newlines(w->path);
	if (w->path[0] != '/')
		return -ENOENT;
	root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, root, w->path, &how, sizeof(how));
	err = errno;
	close(root);
	if (fd < 0)
		return -err;
	if (!fstat(fd, &st) && st.st_ino == w->found.inode &&
	    ((major(st.st_dev) == w->found.major && minor(st.st_dev) == w->found.minor) ||
	     /* btrfs and overlayfs report two anonymous devices for one file */
	     (!major(st.st_dev) && !w->found.major)))
		return fd;
	close(fd);
	return -ESTALE;
}

/* Turns a path descriptor into one to read, if an ELF file is behind it. */
static int open_elf(int look)
{
	char path[40], magic[4];
	struct stat st;
	int fd;

	/* First of all: opening a device can do things. */
	if (fstat(look, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOEXEC;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", look);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (pread(fd, magic, 4, 0) == 4 && !memcmp(magic, "\177ELF", 4))
		return fd;
	close(fd);
	return -ENOEXEC;
}

int mapped_open_file(int process, uint64_t start, uint64_t end)
{
	struct wanted *w = calloc(1, sizeof(*w));
	int maps, look, fd, err;
	char name[64];

	if (!w)
		return -ENOMEM;
	w->start = start;
	w->end = end;
	maps = err = mapped_open_maps(process);
	if (maps < 0)
		goto out;
	err = mapped_each(maps, find_exact, w);
	close(maps);
	if (err >= 0 && (!err || !w->found.exec || !w->found.inode))
		err = -ENOENT;
	if (err < 0)
		goto out;

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, start, end);
	look = openat(process, name, O_PATH | O_CLOEXEC);
	if (look < 0)
		look = open_by_path(process, w);
	fd = err = look;
	if (look >= 0) {
		fd = err = open_elf(look);
		close(look);
	}
out:
	free(w);
	return err < 0 ? err : fd;
}

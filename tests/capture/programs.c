/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/capture/programs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *program_path(const char *name)
{
	static char path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);

	path[len > 0 ? len : 0] = '\0';
	snprintf(strrchr(path, '/') + 1, 64, "programs/%s", name);
	return path;
}

static char dir[64];
static pid_t dir_owner;

static void remove_scratch(void)
{
	DIR *d = getpid() == dir_owner ? opendir(dir) : NULL;
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (unlinkat(dirfd(d), e->d_name, 0))
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	if (d) {
		closedir(d);
		rmdir(dir);
	}
}

const char *scratch_dir(void)
{
	if (!*dir) {
		strcpy(dir, "/tmp/mtviz-test-XXXXXX");
		if (!mkdtemp(dir) || chmod(dir, 01777)) {
			perror(dir);
			exit(1);
		}
		dir_owner = getpid();
		atexit(remove_scratch);
	}
	return dir;
}

const char *scratch(const char *name)
{
	static char path[16][128];
	static int turn;

	turn = (turn + 1) % 16;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", scratch_dir(), name);
	return path[turn];
}

const char *scratch_file(const char *name, const char *content, mode_t mode)
{
	const char *path = scratch(name);
	FILE *f = fopen(path, "w");

	if (!f || fputs(content, f) == EOF || fclose(f) || chmod(path, mode)) {
		perror(path);
		exit(1);
	}
	return path;
}

const char *copy_file(const char *from, const char *to)
{
	char buf[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t got;

	while ((got = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)got) != got)
			break;
	if (got || in < 0 || out < 0 || fchmod(out, 0755)) {
		perror(to);
		exit(1);
	}
	close(in);
	close(out);
	return to;
}

char *read_until(int fd, const char *stop, char *buf, size_t bytes)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t have = 0;

	buf[0] = '\0';
	while (have + 1 < bytes && !(stop && strstr(buf, stop)) &&
	       poll(&p, 1, 5000) > 0) {
		ssize_t got = read(fd, buf + have, bytes - have - 1);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			break;
		have += (size_t)got;
		buf[have] = '\0';
	}
	return buf;
}

int in_child(int (*fn)(void))
{
	int fds[2], line = -1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		line = fn();
		_exit(write(fds[1], &line, sizeof(line)) != sizeof(line));
	}
	close(fds[1]);
	if (read(fds[0], &line, sizeof(line)) != sizeof(line))
		line = -1;
	close(fds[0]);
	waitpid(pid, NULL, 0);
	return line;
}

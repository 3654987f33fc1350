/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper.c - the process that stays root, and how little it will do
 *
 *     mtviz (the user)  ── verb, tgid, range ──>  helper (root, 3 capabilities)
 *                       <── result, descriptor ──
 *
 * Two verbs, answered one at a time over a socket pair that ends with mtviz:
 * open a process's maps, open the file mapped executable at a range of it.
 *
 * What could somebody who took over the unprivileged mtviz get from it? Nothing
 * is written, run or signalled for him, and the helper's own capabilities would
 * not allow it. A descriptor is read-only. A file must be regular, begin as an
 * ELF file, and be mapped executable at exactly the asked range by a process
 * that lives: program text, never a data file. So he could read programs that
 * only root may read but that run, and learn where things lie in other
 * processes. A check against the scope would not help, since new processes join
 * it all the time and only the one who asks could tell the helper about them;
 * but where the scope is a command run as one user, helper_confine() limits the
 * verbs to that user's processes, and cannot be taken back.
 */
#include "capture/names.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "capture/caps.h"
#include "capture/mapped.h"

enum verb { OPEN_MAPS = 1, OPEN_MAPPED = 2, CONFINE = 3 };

struct request {
	uint32_t verb;
	uint32_t seq;
	uint32_t id; /* a tgid; for CONFINE a uid */
	uint32_t zero;
	uint64_t start, end;
};

struct reply {
	uint32_t seq;
	int32_t result; /* 0 with a descriptor (but for CONFINE), or -errno */
};

struct helper {
	pid_t pid;
	int sock;
	uint32_t seq;
};

/* Room for one descriptor, aligned as a control message must be. */
union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* ---- the helper's side ---- */

struct server {
	int sock;
	bool confined;
	uid_t uid;
};

/* All four of its uids are the one user's: not a set-user-ID program either. */
static bool belongs_to(int process, uid_t uid)
{
	int fd = openat(process, "status", O_RDONLY | O_CLOEXEC);
	unsigned int id[4];
	char buf[1024], *line;
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (got <= 0)
		return false;
	buf[got] = '\0';
	/* The name, on the first line, has its newlines escaped. */
	line = strstr(buf, "\nUid:\t");
	if (!line ||
	    sscanf(line, "\nUid:\t%u\t%u\t%u\t%u", &id[0], &id[1], &id[2], &id[3]) != 4)
		return false;
	return id[0] == uid && id[1] == uid && id[2] == uid && id[3] == uid;
}

static int serve_open(const struct server *s, const struct request *rq)
{
	int process, fd;

	if (rq->id > INT32_MAX)
		return -ESRCH;
	process = mapped_open_process((pid_t)rq->id);
	if (process < 0)
		return process;
	if (s->confined && !belongs_to(process, s->uid))
		fd = -EACCES;
	else if (rq->verb == OPEN_MAPS)
		fd = mapped_open_maps(process);
	else
		fd = mapped_open_file(process, rq->start, rq->end);
	close(process);
	return fd;
}

static int serve_confine(struct server *s, const struct request *rq)
{
	if (s->confined && s->uid != rq->id)
		return -EPERM;
	s->confined = true;
	s->uid = rq->id;
	return 0;
}

static void serve_reply(struct server *s, uint32_t seq, int result, bool is_fd)
{
	struct reply r = {.seq = seq, .result = result < 0 ? result : 0};
	struct iovec iov = {.iov_base = &r, .iov_len = sizeof(r)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control = {0};

	if (is_fd && result >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.head), &result, sizeof(int));
	}
	sendmsg(s->sock, &msg, MSG_NOSIGNAL);
	if (is_fd && result >= 0)
		close(result);
}

static _Noreturn void serve(struct server *s)
{
	struct request rq;
	ssize_t got;

	for (;;) {
		/* No room for control data: descriptors sent to us are closed. */
		got = recv(s->sock, &rq, sizeof(rq), MSG_TRUNC);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			_exit(0);
		if (got != sizeof(rq))
			_exit(1); /* not from our mtviz */
		if (rq.verb == OPEN_MAPS || rq.verb == OPEN_MAPPED)
			serve_reply(s, rq.seq, serve_open(s, &rq), true);
		else if (rq.verb == CONFINE)
			serve_reply(s, rq.seq, serve_confine(s, &rq), false);
		else
			serve_reply(s, rq.seq, -EINVAL, false);
	}
}

static _Noreturn void child(int sock)
{
	struct server s = {.sock = 3};
	int null = open("/dev/null", O_RDWR);

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	setsid(); /* no key of the terminal, and not its end, is meant for it */
	prctl(PR_SET_NAME, "mtviz-helper");
	(void)!chdir("/");
	if (sock < 3)
		sock = fcntl(sock, F_DUPFD, 3);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	if (sock < 0 || (sock != 3 && dup2(sock, 3) < 0))
		_exit(1);
	close_range(4, ~0U, 0);
	/* Other processes' maps; what is behind map_files; unreadable programs. */
	if (caps_keep(CAP_BIT(CAP_SYS_PTRACE) | CAP_BIT(CAP_CHECKPOINT_RESTORE) |
		      CAP_BIT(CAP_DAC_READ_SEARCH)) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(1);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	serve(&s);
}

/* ---- mtviz's side ---- */

struct helper *helper_start(void)
{
	/* A helper that hangs in a dead file system must not hang mtviz. */
	const struct timeval limit = {.tv_sec = 2};
	struct helper *h = calloc(1, sizeof(*h));
	sigset_t all, old;
	int fds[2], err;

	if (!h)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		goto fail;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	h->pid = fork();
	if (!h->pid)
		child(fds[1]);
	err = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fds[1]);
	errno = err;
	if (h->pid < 0) {
		close(fds[0]);
		errno = err;
		goto fail;
	}
	h->sock = fds[0];
	setsockopt(h->sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(h->sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return h;
fail:
	free(h);
	return NULL;
}

pid_t helper_pid(const struct helper *h)
{
	return h->pid;
}

/* The reply's result, and its descriptor in *fd (-1 if there is none). */
static int receive(struct helper *h, uint32_t seq, int *fd)
{
	struct reply r;
	struct iovec iov = {.iov_base = &r, .iov_len = sizeof(r)};
	union control control;

	for (;;) {
		struct msghdr msg = {.msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = &control,
				     .msg_controllen = sizeof(control)};
		ssize_t got = recvmsg(h->sock, &msg, MSG_CMSG_CLOEXEC);
		struct cmsghdr *c;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (got != sizeof(r))
			return -EPIPE;
		*fd = -1;
		c = CMSG_FIRSTHDR(&msg);
		if (c && c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(fd, CMSG_DATA(c), sizeof(int));
		if (r.seq == seq)
			return r.result;
		/* Late: the answer to a question that timed out. */
		if (*fd >= 0)
			close(*fd);
	}
}

static int ask(struct helper *h, struct request rq, int *fd)
{
	ssize_t sent;

	*fd = -1;
	rq.seq = ++h->seq;
	do
		sent = send(h->sock, &rq, sizeof(rq), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return receive(h, rq.seq, fd);
}

static int ask_fd(struct helper *h, struct request rq)
{
	int fd, err = ask(h, rq, &fd);

	if (!err)
		return fd < 0 ? -EMFILE : fd; /* it was sent, and we had no room */
	if (fd >= 0)
		close(fd);
	return err;
}

int helper_open_maps(struct helper *h, pid_t tgid)
{
	return ask_fd(h, (struct request){.verb = OPEN_MAPS, .id = (uint32_t)tgid});
}

int helper_open_mapped(struct helper *h, pid_t tgid, uint64_t start, uint64_t end)
{
	return ask_fd(h, (struct request){.verb = OPEN_MAPPED,
					  .id = (uint32_t)tgid,
					  .start = start,
					  .end = end});
}

int helper_confine(struct helper *h, uid_t uid)
{
	int fd;

	return ask(h, (struct request){.verb = CONFINE, .id = uid}, &fd);
}

void helper_stop(struct helper *h)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	if (!h)
		return;
	close(h->sock);
	/* It sees the end at once; only a dead file system could keep it. */
	for (int i = 0; i < 1000 && !waitpid(h->pid, NULL, WNOHANG); i++)
		nanosleep(&ms, NULL);
	free(h);
}

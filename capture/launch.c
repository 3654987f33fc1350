/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch.c - the workload's first moments, and its last
 *
 *     mtviz     prepare ── attach ... drop root ── go ─────────── told: 0 or errno
 *                  │ fork                          │ byte            │
 *     child        └─ waits on a pipe ─────────────┴─ identity, exec ┴─ the program
 *
 * Two pipes: one says go, the other brings an exec's errno back. The second is
 * close-on-exec, so that its end without a word means the exec succeeded.
 *
 * The program starts as if mtviz were not there: with the signal dispositions,
 * the mask and the open descriptors that mtviz itself was started with. All
 * signals are blocked while the child waits, so a Ctrl-C then is pending and
 * ends the program, not the launch. Limits are left alone, and so is the parent
 * death signal: a workload outlives mtviz.
 *
 * With a pane its output is a pseudo-terminal that is not its controlling
 * terminal: no SIGPIPE and no SIGHUP ever comes from it. When mtviz goes while
 * somebody still holds that terminal, launch_free() leaves a process behind
 * that reads and discards, until the last holder is gone: closing the master
 * instead would make their next write fail (EIO), and most programs end then.
 * That does happen if mtviz is killed by SIGKILL.
 */
#include "capture/launch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "capture/identity.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

enum {
	TERM_GRACE_MS = 2000, /* from SIGTERM to SIGKILL */
	KILL_GRACE_MS = 5000, /* from SIGKILL to giving up: stuck in the kernel */
	BELT_FDS = 1024,
};

struct launch {
	pid_t pid;
	int pidfd;
	int go_fd;   /* -1 once launch_go() was called */
	int hold_fd; /* its other end: a write to a dead child is no SIGPIPE */
	int exec_fd; /* brings the errno of a failed exec */
	int pty_fd;  /* -1 without a pane */
	bool pane;
	bool ended;
	int status;
};

/* ---- what mtviz was started with ---- */

static struct {
	sigset_t ignored, mask;
	unsigned char fd[BELT_FDS]; /* open at the start */
} inherited;

/* Before main: later there is no telling mtviz's own doing from its parent's. */
__attribute__((constructor)) static void remember_inherited(void)
{
	struct sigaction sa;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;

	sigemptyset(&inherited.ignored);
	for (int sig = 1; sig < NSIG; sig++)
		if (!sigaction(sig, NULL, &sa) && sa.sa_handler == SIG_IGN)
			sigaddset(&inherited.ignored, sig);
	sigprocmask(SIG_SETMASK, NULL, &inherited.mask);

	while (dir && (d = readdir(dir))) {
		long fd = strtol(d->d_name, NULL, 10);

		if (fd >= 0 && fd < BELT_FDS && fd != dirfd(dir))
			inherited.fd[fd] = 1;
	}
	if (dir)
		closedir(dir);
}

static void restore_dispositions(void)
{
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction sa = {.sa_handler = SIG_DFL};

		if (sigismember(&inherited.ignored, sig) == 1)
			sa.sa_handler = SIG_IGN;
		sigaction(sig, &sa, NULL);
	}
}

/* The second belt: what mtviz opened is close-on-exec, whoever forgot to say so. */
static void close_ours_on_exec(void)
{
	unsigned int first = 3, fd;

	while (first < BELT_FDS) {
		while (first < BELT_FDS && inherited.fd[first])
			first++;
		for (fd = first; fd < BELT_FDS && !inherited.fd[fd];)
			fd++;
		if (fd > first)
			close_range(first, fd - 1, CLOSE_RANGE_CLOEXEC);
		first = fd;
	}
}

/* ---- the child ---- */

/* True if execvp() would have found a file of that name to try. */
static bool command_exists(const char *name)
{
	const char *path = getenv("PATH"), *end;
	char file[PATH_MAX];

	if (!*name)
		return false;
	if (strchr(name, '/'))
		return !access(name, F_OK);
	for (path = path ? path : "/bin:/usr/bin";; path = end + 1) {
		end = strchrnul(path, ':');
		size_t len = (size_t)(end - path);

		if (len + strlen(name) + 2 <= sizeof(file)) {
			memcpy(file, path, len);
			file[len] = '\0';
			if (len)
				strcat(file, "/");
			strcat(file, name);
			if (!access(file, F_OK))
				return true;
		}
		if (!*end)
			return false;
	}
}

/* -errno, told apart by whether there is a file of that name. */
static int what_exec_meant(const char *name, int err)
{
	bool exists = command_exists(name);

	/* The file is there; what it names as its interpreter is not. */
	if (err == ENOENT && exists)
		return -ENOEXEC;
	/* A directory of PATH, say root's own, may not be looked into: never mind. */
	if (err == EACCES && !exists && !strchr(name, '/'))
		return -ENOENT;
	return -err;
}

static int child_stdio(int tty)
{
	int null;

	if (dup2(tty, STDOUT_FILENO) < 0 || dup2(tty, STDERR_FILENO) < 0)
		return -errno;
	if (!isatty(STDIN_FILENO) && errno != EBADF)
		return 0;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0)
		return -errno;
	if (null == STDIN_FILENO)
		return fcntl(null, F_SETFD, 0) ? -errno : 0;
	return dup2(null, STDIN_FILENO) < 0 ? -errno : 0;
}

/*
 * Away from mtviz's terminal: a process group that its keys do not reach, and
 * no /dev/tty, by which a prompt would be drawn over the screen and then stop the
 * program for reading. It does not become a session leader, which would get the
 * pane's terminal as its controlling one by opening /dev/stderr.
 */
static void leave_terminal(void)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	setpgid(0, 0);
	if (tty < 0)
		return;
	ioctl(tty, TIOCNOTTY);
	close(tty);
}

static _Noreturn void child(const struct launch_options *opt, int go, int report, int tty)
{
	char byte;
	ssize_t got;
	int err = 0;

	restore_dispositions();
	if (opt->pane)
		leave_terminal();
	do
		got = read(go, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1) /* mtviz gave up, or is gone */
		_exit(127);

	if (opt->pane)
		err = child_stdio(tty);
	if (!err && opt->as)
		err = identity_become(opt->as);
	if (!err) {
		close_ours_on_exec();
		sigprocmask(SIG_SETMASK, &inherited.mask, NULL);
		execvp(opt->argv[0], opt->argv);
		err = what_exec_meant(opt->argv[0], errno);
	}
	(void)!write(report, &err, sizeof(err));
	_exit(127);
}

/* ---- the pane's terminal ---- */

static void set_window_size(int tty)
{
	struct winsize ws = {0};

	for (int fd = 0; fd <= 2 && !(ws.ws_row && ws.ws_col); fd++)
		if (ioctl(fd, TIOCGWINSZ, &ws))
			ws = (struct winsize){0};
	if (!ws.ws_row || !ws.ws_col)
		ws = (struct winsize){.ws_row = 24, .ws_col = 80};
	ioctl(tty, TIOCSWINSZ, &ws);
}

/* A descriptor that no dup2() to stdin, stdout or stderr can hit. */
static int above_stdio(int fd)
{
	int moved, err;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	err = errno;
	close(fd);
	errno = err;
	return moved;
}

static void close_all(const int *fds, size_t nr)
{
	int err = errno;

	for (size_t i = 0; i < nr; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	errno = err;
}

/* fds[0] is our end, fds[1] the workload's. 0, or -1 with errno. */
static int open_pane(const struct launch_options *opt, int fds[2])
{
	struct termios t;

	fds[0] = above_stdio(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (fds[0] < 0 || grantpt(fds[0]) || unlockpt(fds[0]))
		return -1;
	/* Not by its path: /dev/pts may be another one in a container. */
	fds[1] = above_stdio(ioctl(fds[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (fds[1] < 0 || tcgetattr(fds[1], &t))
		return -1;
	t.c_oflag &= ~(tcflag_t)OPOST;
	t.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(fds[1], TCSANOW, &t))
		return -1;
	set_window_size(fds[1]);
	/* The user must be able to open /dev/stderr. */
	if (opt->as && fchown(fds[1], identity_uid(opt->as), (gid_t)-1))
		return -1;
	return fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK);
}

/* ---- launching ---- */

static int make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC))
		return -1;
	fds[0] = above_stdio(fds[0]);
	fds[1] = above_stdio(fds[1]);
	return fds[0] < 0 || fds[1] < 0 ? -1 : 0;
}

/* An ignored SIGCHLD would throw the exit status away. */
static void want_exit_status(void)
{
	struct sigaction sa;

	if (!sigaction(SIGCHLD, NULL, &sa) &&
	    (sa.sa_handler == SIG_IGN || (sa.sa_flags & SA_NOCLDWAIT))) {
		sa.sa_flags &= ~SA_NOCLDWAIT;
		if (sa.sa_handler == SIG_IGN)
			sa.sa_handler = SIG_DFL;
		sigaction(SIGCHLD, &sa, NULL);
	}
}

struct launch *launch_prepare(const struct launch_options *opt)
{
	int fds[6] = {-1, -1, -1, -1, -1, -1};
	int *go = fds, *report = fds + 2, *pty = fds + 4;
	struct launch *l = calloc(1, sizeof(*l));
	sigset_t all, old;
	int err;

	if (!l)
		return NULL;
	*l = (struct launch){.pidfd = -1, .pane = opt->pane};
	if (make_pipe(go) || make_pipe(report) || (opt->pane && open_pane(opt, pty)))
		goto fail;

	want_exit_status();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	l->pid = fork();
	if (!l->pid) {
		close(go[1]);
		close(report[0]);
		child(opt, go[0], report[1], pty[1]);
	}
	err = errno;
	if (l->pid > 0 && opt->pane)
		setpgid(l->pid, l->pid); /* whoever comes first */
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = err;
	if (l->pid < 0)
		goto fail;

	close(report[1]);
	if (pty[1] >= 0)
		close(pty[1]);
	l->go_fd = go[1];
	l->hold_fd = go[0];
	l->exec_fd = report[0];
	l->pty_fd = pty[0];
	l->pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0);
	if (l->pidfd < 0) {
		err = errno;
		launch_free(l);
		errno = err;
		return NULL;
	}
	return l;

fail:
	close_all(fds, 6);
	free(l);
	return NULL;
}

pid_t launch_pid(const struct launch *l)
{
	return l->pid;
}

int launch_output_fd(const struct launch *l)
{
	return l->pty_fd;
}

static void close_go(struct launch *l)
{
	close(l->go_fd);
	close(l->hold_fd);
	l->go_fd = l->hold_fd = -1;
}

static void reap(struct launch *l, int flags)
{
	pid_t got;

	if (l->ended)
		return;
	do
		got = waitpid(l->pid, &l->status, flags);
	while (got < 0 && errno == EINTR);
	/* ECHILD: somebody else took it; there is nothing left to wait for. */
	l->ended = got == l->pid || (got < 0 && errno == ECHILD);
}

int launch_go(struct launch *l)
{
	ssize_t got;
	int err = 0;

	if (l->go_fd < 0)
		return -EALREADY;
	if (write(l->go_fd, "g", 1) != 1)
		err = -errno;
	close_go(l);

	do
		got = read(l->exec_fd, &err, sizeof(err));
	while (got < 0 && errno == EINTR);
	close(l->exec_fd);
	l->exec_fd = -1;
	if (err)
		reap(l, 0);
	return err;
}

/* ---- how it ends ---- */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool launch_ended(struct launch *l, int *status)
{
	reap(l, WNOHANG);
	if (l->ended && status)
		*status = l->status;
	return l->ended;
}

bool launch_stopped(const struct launch *l)
{
	siginfo_t si = {0};

	return !l->ended &&
	       !waitid(P_PID, (id_t)l->pid, &si, WSTOPPED | WNOHANG | WNOWAIT) &&
	       si.si_pid == l->pid;
}

bool launch_wait(struct launch *l, int timeout_ms, int *status)
{
	int64_t end = now_ms() + timeout_ms;

	while (!launch_ended(l, status)) {
		struct pollfd p = {.fd = l->pidfd, .events = POLLIN};
		int64_t left = timeout_ms < 0 ? INT_MAX : end - now_ms();

		if (left <= 0)
			return false;
		poll(&p, 1, timeout_ms < 0 ? -1 : (int)left);
	}
	return true;
}

int launch_signal(struct launch *l, int sig)
{
	if (l->ended)
		return -ESRCH;
	return syscall(SYS_pidfd_send_signal, l->pidfd, sig, NULL, 0) ? -errno : 0;
}

/*
 * Behind a pane the command has a process group to itself and what it started,
 * as a shell's job has: all of it is meant. Its number is safe to use as long as
 * the command has not been reaped.
 */
static int signal_all(struct launch *l, int sig)
{
	if (l->pane && !l->ended && !kill(-l->pid, sig))
		return 0;
	return launch_signal(l, sig);
}

void launch_stop(struct launch *l, int *status)
{
	if (launch_ended(l, status))
		return;
	signal_all(l, SIGTERM);
	signal_all(l, SIGCONT); /* a stopped one could not act on it */
	if (launch_wait(l, TERM_GRACE_MS, status))
		return;
	/* A set-user-ID program may be out of our reach. */
	if (!signal_all(l, SIGKILL))
		launch_wait(l, KILL_GRACE_MS, status);
}

/* Reads and discards until nobody has the terminal open for writing. */
static _Noreturn void drain(int pty)
{
	char buf[4096];
	int null = open("/dev/null", O_RDWR);
	ssize_t got;

	prctl(PR_SET_NAME, "mtviz-drain");
	(void)!chdir("/");
	for (int fd = 0; fd <= 2; fd++)
		if (null >= 0)
			dup2(null, fd);
	dup2(pty, 3);
	close_range(4, ~0U, 0);
	fcntl(3, F_SETFL, O_RDWR);
	do
		got = read(3, buf, sizeof(buf));
	while (got > 0 || (got < 0 && errno == EINTR));
	_exit(0);
}

/* Forks twice, so that it is nobody's zombie. Only calls that are safe in a fork. */
static void leave_drain(int pty)
{
	struct pollfd p = {.fd = pty, .events = POLLIN};
	sigset_t all, old;
	pid_t pid;

	if (poll(&p, 1, 0) < 0 || (p.revents & POLLHUP))
		return;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (!pid) {
		setsid();
		restore_dispositions();
		sigprocmask(SIG_SETMASK, &inherited.mask, NULL);
		if (!fork())
			drain(pty);
		_exit(0);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void launch_free(struct launch *l)
{
	if (!l)
		return;
	if (l->go_fd >= 0) {
		/* It reads the end of the pipe and exits, also if it is root still. */
		close_go(l);
		reap(l, 0);
	} else {
		reap(l, WNOHANG);
	}
	if (l->pty_fd >= 0) {
		leave_drain(l->pty_fd);
		close(l->pty_fd);
	}
	if (l->exec_fd >= 0)
		close(l->exec_fd);
	if (l->pidfd >= 0)
		close(l->pidfd);
	free(l);
}

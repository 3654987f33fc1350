/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * actor.c - a workload that does what the test's script says
 *
 *     actor exit 7           actor kill 15        actor touch FILE
 *     actor tty | fds | ids | signals | group      says so on stdout, and ends
 *     actor cat              copies stdin          actor flood N    N bytes out
 *     actor sleep            one line, then waits for a signal
 *     actor stubborn         the same, and ignores SIGTERM
 *     actor writer FILE      writes for 0.3 s, then FILE says how that went
 *     actor parent           forks a sleeper into its group, says so, waits
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void tty(void)
{
	struct winsize ws = {0};
	struct termios t = {0};

	ioctl(1, TIOCGWINSZ, &ws);
	tcgetattr(1, &t);
	printf("tty %d%d%d opost %d size %d session %d own %d\n", isatty(0), isatty(1),
	       isatty(2), !!(t.c_oflag & OPOST), ws.ws_row > 0 && ws.ws_col > 0,
	       tcgetsid(1) > 0, open("/dev/tty", O_RDWR) >= 0);
}

static void fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;

	while ((e = readdir(d)))
		if (*e->d_name != '.' && atoi(e->d_name) != dirfd(d))
			printf("%s ", e->d_name);
	printf("\n");
}

static void ids(void)
{
	const char *names[] = {"HOME", "USER", "LOGNAME", "SHELL"};
	gid_t groups[64];
	int nr = getgroups(64, groups);

	printf("uid %d/%d gid %d/%d groups", getuid(), geteuid(), getgid(), getegid());
	for (int i = 0; i < nr; i++)
		printf(" %d", groups[i]);
	for (int i = 0; i < 4; i++)
		printf(" %s=%s", names[i], getenv(names[i]));
	for (char **e = environ; *e; e++)
		if (!strncmp(*e, "SUDO_", 5))
			printf(" %s", *e);
	printf("\n");
}

static void signals(void)
{
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int sig = 1; sig < 32; sig++) {
		struct sigaction sa;

		sigaction(sig, NULL, &sa);
		if (sa.sa_handler == SIG_IGN)
			printf("ignored %d ", sig);
		if (sigismember(&blocked, sig))
			printf("blocked %d ", sig);
	}
	printf("end\n");
}

static int writer(const char *file)
{
	const struct timespec step = {.tv_nsec = 10000000};
	int err = 0;
	FILE *f;

	for (int i = 0; i < 30 && !err; i++) {
		if (write(1, "line\n", 5) != 5)
			err = errno;
		nanosleep(&step, NULL);
	}
	f = fopen(file, "w");
	fprintf(f, "%d", err);
	return fclose(f);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *arg = argc > 2 ? argv[2] : "";

	if (!strcmp(what, "exit"))
		return atoi(arg);
	if (!strcmp(what, "kill"))
		raise(atoi(arg));
	if (!strcmp(what, "touch"))
		return close(open(arg, O_CREAT | O_WRONLY, 0600));
	if (!strcmp(what, "writer"))
		return writer(arg);
	if (!strcmp(what, "tty"))
		tty();
	if (!strcmp(what, "fds"))
		fds();
	if (!strcmp(what, "ids"))
		ids();
	if (!strcmp(what, "signals"))
		signals();
	if (!strcmp(what, "group"))
		printf("group %d pid %d\n", getpgrp(), getpid());
	if (!strcmp(what, "cat"))
		for (int c; (c = getchar()) != EOF;)
			putchar(c);
	if (!strcmp(what, "flood"))
		for (long i = atol(arg); i > 0; i--)
			putchar('x');
	if (!strcmp(what, "stubborn"))
		signal(SIGTERM, SIG_IGN);
	if (!strcmp(what, "parent")) {
		pid_t pid = fork();

		if (!pid)
			pause();
		printf("child %d\n", pid);
		pause();
	}
	if (!strcmp(what, "sleep") || !strcmp(what, "stubborn")) {
		printf("ready\n"); /* seen at once only if line buffered */
		pause();
	}
	return 0;
}

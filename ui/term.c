/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/term.c - signals and the terminal's settings
 *
 * The state is global because signal handlers have no other way to it; there
 * is one terminal per process.
 */
#include "ui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int tty = -1;
static int wake[2] = {-1, -1};
static struct termios before;
static char reset[512];
static size_t reset_bytes;
static atomic_bool guarded; /* the terminal is ours and not yet given back */
static bool installed;
static atomic_uint flags;
static atomic_int end_signal;
static char alt_stack[65536];
static stack_t old_stack;

/* Ends the process at once if nobody restores the terminal first. */
static const int deadly[] = {SIGSEGV, SIGABRT, SIGBUS,  SIGFPE, SIGILL,
			     SIGSYS,  SIGQUIT, SIGTRAP, SIGXCPU};
static const int asking[] = {SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT, SIGWINCH};
#define NR_DEADLY (sizeof(deadly) / sizeof(deadly[0]))
#define NR_ASKING (sizeof(asking) / sizeof(asking[0]))
static struct sigaction old_deadly[NR_DEADLY], old_asking[NR_ASKING];

/* Async-signal-safe, and never waits for a terminal that stalls. */
static void restore_now(void)
{
	int fl;

	if (tty < 0 || !atomic_exchange(&guarded, false))
		return;
	fl = fcntl(tty, F_GETFL);
	if (fl >= 0)
		fcntl(tty, F_SETFL, fl | O_NONBLOCK);
	if (write(tty, reset, reset_bytes) < 0) {
		/* The terminal is gone or full; its settings still count. */
	}
	tcsetattr(tty, TCSANOW, &before);
	if (fl >= 0)
		fcntl(tty, F_SETFL, fl);
}

static void die(int sig)
{
	int saved = errno;

	restore_now();
	for (size_t i = 0; i < NR_DEADLY; i++)
		if (deadly[i] == sig)
			sigaction(sig, &old_deadly[i], NULL);
	raise(sig);
	errno = saved;
}

static void ask(int sig)
{
	int saved = errno;
	unsigned int flag = sig == SIGTSTP    ? TERM_STOP
			    : sig == SIGCONT  ? TERM_CONT
			    : sig == SIGWINCH ? TERM_RESIZE
					      : TERM_END;

	if (flag == TERM_END) {
		/* Asked twice: the loop hangs on a terminal that takes nothing. */
		if (atomic_exchange(&end_signal, sig)) {
			restore_now();
			signal(sig, SIG_DFL);
			raise(sig);
		}
	}
	atomic_fetch_or(&flags, flag);
	if (write(wake[1], "", 1) < 0) {
		/* Full: the loop has been woken already. */
	}
	errno = saved;
}

int term_open(void)
{
	int err;

	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return -errno;
	if (tcgetattr(tty, &before) || pipe2(wake, O_CLOEXEC | O_NONBLOCK)) {
		err = -errno;
		term_close();
		return err;
	}
	reset_bytes = 0;
	return tty;
}

void term_close(void)
{
	for (int i = 0; i < 2; i++) {
		if (wake[i] >= 0)
			close(wake[i]);
		wake[i] = -1;
	}
	if (tty >= 0)
		close(tty);
	tty = -1;
}

void term_set_reset(const char *bytes, size_t nr)
{
	reset_bytes = nr < sizeof(reset) ? nr : sizeof(reset);
	memcpy(reset, bytes, reset_bytes);
}

int term_guard(void)
{
	static bool at_exit;
	const stack_t stack = {.ss_sp = alt_stack, .ss_size = sizeof(alt_stack)};
	struct sigaction sa = {.sa_handler = die, .sa_flags = SA_NODEFER | SA_ONSTACK};

	if (!at_exit) {
		/* Another thread may call exit(). */
		if (atexit(restore_now))
			return -ENOMEM;
		at_exit = true;
	}
	flags = 0;
	end_signal = 0;
	guarded = installed = true;
	sigaltstack(&stack, &old_stack);
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < NR_DEADLY; i++)
		sigaction(deadly[i], &sa, &old_deadly[i]);
	sa.sa_handler = ask;
	sa.sa_flags = SA_RESTART; /* a read elsewhere must not fail for our sake */
	for (size_t i = 0; i < NR_ASKING; i++) {
		sigaction(asking[i], NULL, &old_asking[i]);
		/* nohup mtviz: who asked not to be hung up stays. */
		if (asking[i] == SIGHUP && old_asking[i].sa_handler == SIG_IGN)
			continue;
		sigaction(asking[i], &sa, NULL);
	}
	return 0;
}

void term_unguard(void)
{
	if (!installed)
		return;
	installed = false;
	for (size_t i = 0; i < NR_ASKING; i++)
		sigaction(asking[i], &old_asking[i], NULL);
	for (size_t i = 0; i < NR_DEADLY; i++)
		sigaction(deadly[i], &old_deadly[i], NULL);
	sigaltstack(&old_stack, NULL);
	guarded = false;
	if (tty >= 0)
		tcsetattr(tty, TCSADRAIN, &before);
}

int term_wake_fd(void)
{
	return wake[0];
}

unsigned int term_flags(void)
{
	char drain[64];

	while (read(wake[0], drain, sizeof(drain)) > 0)
		;
	return atomic_exchange(&flags, 0);
}

int term_end_signal(void)
{
	return end_signal;
}

void term_stop(bool group)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, ours;
	struct pollfd pfd = {.fd = wake[0], .events = POLLIN};

	sigemptyset(&dfl.sa_mask);
	atomic_fetch_and(&flags, ~(unsigned int)TERM_CONT);
	sigaction(SIGTSTP, &dfl, &ours);
	if (group)
		kill(0, SIGTSTP);
	else
		raise(SIGTSTP);
	/*
	 * Another thread may take the signal, and this one runs on for a moment:
	 * it must not draw before the stop. Where a stop is refused (an orphaned
	 * process group) no SIGCONT comes, and life goes on.
	 */
	while (!(flags & TERM_CONT) && poll(&pfd, 1, 300) > 0)
		atomic_fetch_or(&flags, term_flags());
	sigaction(SIGTSTP, &ours, NULL);
}

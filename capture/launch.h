/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/launch.h - starting the workload, and being told how it ends
 *
 * The child is forked while capture_scope_children() is on, waits on a pipe,
 * and after launch_go() takes the invoking user's identity (capture/identity.h)
 * and execs. Every descriptor of mtviz is close-on-exec. A failed exec comes
 * back through the pipe with its errno and costs nothing else.
 */
#ifndef MTVIZ_CAPTURE_LAUNCH_H
#define MTVIZ_CAPTURE_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct identity;

struct launch_options {
	char *const *argv;	       /* NULL-terminated */
	const struct identity *as;     /* whom it runs as; NULL: as we are */
	bool pane;	/* live: stdout, stderr to a pty we read; stdin /dev/null if tty */
};

struct launch;

/* Forks; the child waits. NULL with errno. */
struct launch *launch_prepare(const struct launch_options *opt);
pid_t launch_pid(const struct launch *l);
/*
 * Lets it exec. 0 once exec has succeeded, else the exec's -errno (-ENOENT:
 * not found, others: not executable; -ENOEXEC also if its interpreter is
 * missing) and the child has been reaped. 0 as well if a signal that was
 * pending killed it: launch_ended() tells.
 */
int launch_go(struct launch *l);
/*
 * The pane's end, non-blocking, close-on-exec; -1 without a pane. Once nobody
 * writes any more a read fails with EIO, after all that was written.
 */
int launch_output_fd(const struct launch *l);
/*
 * True once the command itself has exited (it is reaped); *status as wait(2).
 * Does not block. A stop (Ctrl-Z) is not an end.
 */
bool launch_ended(struct launch *l, int *status);
/* It is stopped just now, by a signal. */
bool launch_stopped(const struct launch *l);
/* Blocks until it ends, at most timeout_ms (-1: for ever). */
bool launch_wait(struct launch *l, int timeout_ms, int *status);
/* To the workload: its process, -errno if it is gone. */
int launch_signal(struct launch *l, int sig);
/*
 * SIGTERM, and SIGKILL after 2 s, to the command (behind a pane: to its process
 * group); reaped on return. If it is out of reach (set-user-ID, or stuck in the
 * kernel for another 5 s) *status is not set and launch_ended() says false.
 */
void launch_stop(struct launch *l, int *status);
/*
 * Before launch_go(): ends the waiting child. After it: does not touch the
 * workload, which runs on; while anybody has the pane's terminal open, a process
 * is left behind that reads and discards. NULL is fine.
 */
void launch_free(struct launch *l);

#endif

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
 * not found, others: not executable) and the child has been reaped.
 */
int launch_go(struct launch *l);
/* The pane's end, non-blocking, close-on-exec; -1 without a pane. */
int launch_output_fd(const struct launch *l);
/*
 * True once the command itself has exited (it is reaped); *status as wait(2).
 * Does not block. A stop (Ctrl-Z) is not an end.
 */
bool launch_ended(struct launch *l, int *status);
/* Blocks until it ends, at most timeout_ms (-1: for ever). */
bool launch_wait(struct launch *l, int timeout_ms, int *status);
/* To the workload: its process, -errno if it is gone. */
int launch_signal(struct launch *l, int sig);
/* SIGTERM, and SIGKILL after 2 s, to the command; reaped on return. */
void launch_stop(struct launch *l, int *status);
/* Does not touch the workload: it runs on. NULL is fine. */
void launch_free(struct launch *l);

#endif

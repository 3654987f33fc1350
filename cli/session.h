/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/session.h - one capture from the command line: what live and record share
 *
 * Options for what to trace, and the order in which a session comes to life
 * (capture/capture.h says why it is this order). Prints its own errors.
 */
#ifndef MTVIZ_CLI_SESSION_H
#define MTVIZ_CLI_SESSION_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct capture;
struct launch;
struct identity;
struct helper;
struct names;

struct session_options {
	char **argv; /* NULL-terminated; NULL without a command */
	pid_t *pids;
	int nr_pids;
	bool all;
	const char *cgroup;
	bool no_others;
	bool as_root;
	uint64_t memory_bytes; /* 0: the default */
};

/* The options above, as a child of a subcommand's own parser (input: them). */
extern const struct argp session_argp;

struct session {
	struct capture *capture;
	struct launch *launch; /* NULL without a command */
	struct identity *as;   /* NULL: nobody else to be */
	struct helper *helper;
	struct names *names;
};

/* A file that is replaced only once the command has really started. */
struct outfile {
	const char *path; /* NULL: none */
	int fd;
	bool created; /* by us: it goes away if the command never starts */
};

/*
 * Loads, attaches, forks the command (it waits) and takes its first look.
 * Returns 0 or an exit status, after saying why. Close in either case.
 */
int session_open(struct session *s, const struct session_options *opt, bool pane);
/* As the invoking user; while the session is still privileged. 0 or 125. */
int outfile_open(struct outfile *f, const struct session *s, const char *path);
/*
 * Drops privileges and lets the command exec. On success the files (nr of
 * them) are emptied, else those we created are removed. 0 or an exit status.
 */
int session_go(struct session *s, const struct session_options *opt,
	       struct outfile *const files[], unsigned int nr);
/*
 * On: this thread, and those it starts, go before every ordinary task. Where
 * all CPUs are busy, or real-time tasks have them, the collector would else be
 * too late to empty the rings; what it needs of a CPU is little. session_go()
 * turns it on while that is allowed; off is for whoever is not the collector.
 */
void session_hurry(bool on);
void session_close(struct session *s);

#endif

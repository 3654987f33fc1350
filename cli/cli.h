/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/cli.h - what the subcommands share: messages, statuses, small parsers
 *
 * Only cli/ prints and exits. A message is "mtviz: what failed: why" and, on a
 * line of its own, "  hint: what to do next".
 */
#ifndef MTVIZ_CLI_CLI_H
#define MTVIZ_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/* Besides these: the workload's own status, 128+N for its signal. */
enum {
	STATUS_FAILED = 125, /* mtviz itself */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
};

/* One subcommand: argv[0] is its name; returns the exit status. */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* NULL: not in this version */
};

int cmd_live(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* "mtviz: " FORMAT, one line to stderr; control characters in it are escaped. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "  hint: " FORMAT; an empty one prints nothing. */
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit status for wait(2)'s status: 0..255, or 128+N. */
int status_of_wait(int wait_status);
/* "exited with status 3", "killed by signal 9 (Killed)". */
void describe_end(int wait_status, char *buf, size_t bytes);
/* "100", "64K", "512M", "2G": bytes. */
bool parse_size(const char *text, uint64_t *bytes);
/* The value of --memory; a usage error if it is no size. */
uint64_t parse_memory(const char *arg, struct argp_state *state);
/* "./bank -t 3", cut to fit, not yet escaped. */
void join_argv(char *const *argv, char *buf, size_t bytes);
/* Monotonic clock. */
uint64_t clock_ns(void);

#endif

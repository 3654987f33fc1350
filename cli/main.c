/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/main.c - which subcommand a command line is for
 *
 * A bare first word that names a subcommand is the subcommand; anything else
 * is the live screen's command line. "./record" and "-- record" run a program
 * of that name. A recording as the only word is replayed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

const char *argp_program_version = "mtviz " MTVIZ_VERSION;

static const struct command commands[] = {
	{"record", cmd_record, "record a command, no screen"},
	{"replay", cmd_replay, "look at a recording, without root"},
	{"report", cmd_report, "totals per thread, CPU and lock; findings"},
	{"doctor", cmd_doctor, "what this system allows, what is missing"},
	{"export", NULL, NULL},
	{"query", NULL, NULL},
	{"diff", NULL, NULL},
	{"lecture", NULL, NULL},
	{"why", NULL, NULL},
	{NULL, NULL, NULL},
};

static bool is_recording(const char *word)
{
	size_t n = strlen(word);
	struct stat st;

	return n > 8 && !strcmp(word + n - 8, ".pftrace") && !stat(word, &st) &&
	       S_ISREG(st.st_mode) && access(word, X_OK);
}

int main(int argc, char **argv)
{
	argp_err_exit_status = STATUS_FAILED;

	for (const struct command *c = commands; argc > 1 && c->name; c++) {
		if (strcmp(argv[1], c->name))
			continue;
		if (c->run)
			return c->run(argc - 1, argv + 1);
		say("%s: not in this version", c->name);
		hint("to run a program of that name: mtviz -- %s", c->name);
		return STATUS_FAILED;
	}
	if (argc == 2 && is_recording(argv[1]))
		return cmd_replay(argc, argv);
	return cmd_live(argc, argv);
}

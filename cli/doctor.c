/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/doctor.c - mtviz doctor: what this system allows, and what to type
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "capture/capture.h"
#include "cli/cli.h"

static const char *const marks[] = {
	[CHECK_OK] = "ok",
	[CHECK_WARN] = "warn",
	[CHECK_FAIL] = "FAIL",
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		argp_error(state, "doctor takes no arguments, not '%s'", arg);
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.doc = "Tells what this system allows, what is missing and what to type.\v"
	       "Exit status: 0 if mtviz can trace here, 125 if not.",
};

int cmd_doctor(int argc, char **argv)
{
	struct check checks[48];
	unsigned int failed = 0;
	struct utsname un;
	size_t nr;

	argv[0] = "mtviz doctor";
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL);

	uname(&un);
	printf("mtviz %s on Linux %s %s\n\n", MTVIZ_VERSION, un.release, un.machine);
	nr = system_check(checks, sizeof(checks) / sizeof(checks[0]));
	for (size_t i = 0; i < nr; i++) {
		printf("%-5s %-28s %s\n", marks[checks[i].result], checks[i].name,
		       checks[i].found);
		if (checks[i].hint[0])
			printf("      %-28s -> %s\n", "", checks[i].hint);
		failed += checks[i].result == CHECK_FAIL;
	}
	if (failed)
		printf("\nmtviz cannot trace here: %u of %zu checks failed.\n", failed, nr);
	else
		printf("\nmtviz can trace here.\n");
	if (fflush(stdout) || ferror(stdout))
		return STATUS_FAILED;
	return failed ? STATUS_FAILED : 0;
}

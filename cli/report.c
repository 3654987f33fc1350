/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/report.c - mtviz report: what a recording amounts to, as text or JSON
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "export/report.h"
#include "model/model.h"

struct options {
	const char *path;
	bool json;
};

enum { KEY_JSON = 0x100 };

static const struct argp_option options[] = {
	{"json", KEY_JSON, 0, 0, "for programs: docs/report.md lists every field", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	default:
		return parse_recording(key, arg, state, &o->path);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Totals per thread, CPU and lock of a recording, and what was found in it.",
};

static unsigned int columns(void)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || ws.ws_col < 40)
		return 80;
	return ws.ws_col;
}

int cmd_report(int argc, char **argv)
{
	struct options o = {0};
	struct model *m;
	int err;

	argv[0] = "mtviz report";
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	m = load_recording(o.path, 0);
	if (!m)
		return STATUS_FAILED;
	err = o.json ? report_json(m, stdout) :
		       report_text(m, stdout, columns(), isatty(STDOUT_FILENO));
	if (!err && fflush(stdout))
		err = -errno;
	model_free(m);
	if (!err || err == -EPIPE)
		return err ? STATUS_FAILED : 0;
	say("cannot write the report: %s", strerror(-err));
	return STATUS_FAILED;
}

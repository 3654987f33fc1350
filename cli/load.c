/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/load.c - a recording into a model
 */
#include "cli/load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "model/model.h"
#include "trace/trace.h"

enum { PUMP_EVENTS = 500000, PATIENCE_NS = 500000000 };

error_t parse_recording(int key, char *arg, struct argp_state *state, const char **path)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (*path)
			argp_error(state, "one recording at a time, not also '%s'", arg);
		*path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!*path)
			argp_error(state, "which recording? give its file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int pump_all(struct reader *r, struct sink *s)
{
	bool tty = isatty(STDERR_FILENO), shown = false;
	uint64_t start_ns = clock_ns();
	int more;

	while ((more = reader_pump(r, s, PUMP_EVENTS)) > 0) {
		if (!tty || clock_ns() - start_ns < PATIENCE_NS)
			continue;
		fprintf(stderr, "\rreading %3.0f %% ",
			100.0 * (double)reader_done_bytes(r) /
				(double)(reader_file_bytes(r) ? reader_file_bytes(r) : 1));
		shown = true;
	}
	if (shown)
		fputs("\r\033[K", stderr);
	return more;
}

struct model *load_recording(const char *path, uint64_t memory_bytes)
{
	const struct model_options mo = {.memory_bytes = memory_bytes};
	struct trace_end end = {0};
	char why[256] = "";
	struct reader *r;
	struct model *m;
	int err;

	r = reader_open(path, why, sizeof(why));
	if (!r) {
		say("%s", why);
		return NULL;
	}
	m = model_new(&mo);
	err = m ? pump_all(r, model_sink(m)) : -ENOMEM;
	if (err) {
		say("cannot read all of %s: %s", path, strerror(-err));
		model_free(m);
		m = NULL;
	} else {
		if (reader_damaged(r))
			say("%s: %u damaged pieces were left out; their time is unknown", path,
			    reader_damaged(r));
		if (model_ended(m, &end) && end.cut && !reader_info(r)->foreign)
			say("%s was cut off; it is whole up to its last flush", path);
	}
	reader_close(r);
	return m;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/replay.c - mtviz replay: the live screen on a recording, without root
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "cli/screen_options.h"
#include "model/model.h"
#include "ui/ui.h"

struct options {
	const char *path;
	struct ui_options ui;
	uint64_t memory_bytes;
};

enum { KEY_PLAY = 0x100, KEY_SPEED, KEY_MEMORY };

static const struct argp_option options[] = {
	{"play", KEY_PLAY, 0, 0, "begin at the start and play", 0},
	{"speed", KEY_SPEED, "N", 0, "play N times as fast (1); 0.01 is slow motion", 0},
	{"memory", KEY_MEMORY, "SIZE", 0, "how much history to keep (512M)", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->ui;
		return 0;
	case KEY_PLAY:
		o->ui.play = true;
		return 0;
	case KEY_SPEED:
		o->ui.speed = strtod(arg, &end);
		if (*end || end == arg || !(o->ui.speed >= 0.001 && o->ui.speed <= 10))
			argp_error(state, "--speed takes 0.001 to 10, not '%s'", arg);
		return 0;
	case KEY_MEMORY:
		o->memory_bytes = parse_memory(arg, state);
		return 0;
	default:
		return parse_recording(key, arg, state, &o->path);
	}
}

static const struct argp_child children[] = {{&screen_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Shows a recording on the screen of a live session; needs no root.",
	.children = children,
};

static void stats(void *ctx, struct ui_stats *out)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	*out = (struct ui_stats){
		.cpu_ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec,
		.ended = true,
	};
}

int cmd_replay(int argc, char **argv)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct options o = {.ui.speed = 1};
	struct ui_host host = {.lock = &lock, .stats = stats};
	char why[256] = "";
	const char *slash;
	int err;

	argv[0] = "mtviz replay";
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	if (!screen_possible())
		return STATUS_FAILED;
	host.model = load_recording(o.path, o.memory_bytes);
	if (!host.model)
		return STATUS_FAILED;
	slash = strrchr(o.path, '/');
	host.title = slash ? slash + 1 : o.path;
	err = ui_run(&host, &o.ui, why, sizeof(why));
	model_free(host.model);
	if (!err)
		return 0;
	say("%s", why);
	return STATUS_FAILED;
}

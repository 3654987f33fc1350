/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/ui.h - the screen: shows a model, answers keys, until the user quits
 *
 * ui_run() owns the terminal from its call to its return, on every path out,
 * crashes included. It reads the model only while it holds host->lock, for at
 * most one frame. It knows neither BPF nor files: what a key asks of the rest
 * of the program goes through the host.
 */
#ifndef MTVIZ_UI_UI_H
#define MTVIZ_UI_UI_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

/* Numbers of the header line that the model does not know. */
struct ui_stats {
	uint64_t cpu_ns;    /* mtviz's own CPU time so far, probes included */
	uint64_t lost;      /* not yet in the model */
	bool ended;         /* the source has no more */
	char how_ended[80]; /* "exited with status 3", "killed by SIGSEGV"; "" */
	bool running;       /* a launched command is still running */
};

struct ui_host {
	struct model *model;
	pthread_mutex_t *lock; /* guards the model */
	void *ctx;             /* for the calls below */
	bool live;             /* events keep coming; else a replay, all loaded */
	const char *title;     /* "./bank -t 3", or the recording's name; hostile */

	void (*stats)(void *ctx, struct ui_stats *out);
	/*
	 * The workload's output: copies its last bytes (hostile) into buf and
	 * returns how many; *serial changes when there is more. NULL: no pane.
	 */
	size_t (*output)(void *ctx, char *buf, size_t bytes, uint64_t *serial);
	/* Quitting with a launched command running: stop it, or leave it. */
	void (*stop)(void *ctx);
	void (*detach)(void *ctx);
	/*
	 * w: write what is held to path as a recording; 0 with a line to show in
	 * why, or -errno with the reason in why. NULL: not possible.
	 */
	int (*save)(void *ctx, const char *path, char *why, size_t why_bytes);
};

struct ui_options {
	bool ascii; /* --ascii: no Unicode whatever the locale says */
	bool mono;  /* --mono or NO_COLOR */
	bool no_mouse;
	bool play;          /* replay: begin at the start and play */
	double speed;       /* replay: 1 is real time */
	uint64_t column_ns; /* initial time per column; 0: choose */
};

/*
 * Runs until the user quits. 0, or -errno with one line in why: -ENOTTY (no
 * terminal), -ERANGE (too small to start: under 40x10), -EINTR (a signal asked
 * for the end, or the terminal went away: why says which), ... The terminal is
 * as it was before in every case.
 */
int ui_run(const struct ui_host *host, const struct ui_options *opt, char *why,
	   size_t why_bytes);

#endif

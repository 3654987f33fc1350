/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/live.c - mtviz COMMAND: capture, model and screen at once
 *
 *   collector thread   pump ─> tee ─┬─> gate (lock) ─> model
 *                                   └─> writer ─> -o FILE, or a nameless file
 *   this thread        screen, reads the model under the same lock
 *   pane thread        the workload's output
 *
 * The collector never waits for the screen longer than one frame's reading, so
 * a terminal that stalls costs no event. The nameless file is what `w` saves.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/launch.h"
#include "cli/cli.h"
#include "cli/pane.h"
#include "cli/screen_options.h"
#include "cli/session.h"
#include "cli/sinks.h"
#include "model/model.h"
#include "trace/trace.h"
#include "ui/ui.h"

/* Mean cost of one run of a probe as make bench prints it, for the header. */
enum { PROBE_COST_NS = 150 };
/* The nameless file stops growing here; the screen goes on. */
#define SAVE_MAX_BYTES (UINT64_C(2) << 30)

struct live {
	struct session_options what;
	struct ui_options ui;
	const char *record_path, *output_path;

	struct session session;
	struct outfile record, output;
	int save_fd; /* -o's file or the nameless one; -1: cannot save */
	struct writer *writer;
	struct model *model;
	struct tee tee;
	struct gate gate;
	struct pane pane;

	pthread_mutex_t model_lock;
	pthread_t collector;
	bool collecting; /* the collector was started */
	atomic_bool quit;    /* the screen has gone: finish */
	atomic_bool ended;   /* the command has ended, with wait_status */
	atomic_bool finished; /* the collector has delivered everything */
	atomic_int wait_status, error;
	bool stop; /* the user chose to stop the command at quitting */
};

/* ---- options ---- */
enum { KEY_OUTPUT = 0x400 };

static const struct argp_option options[] = {
	{"recording", 'o', "FILE", 0, "record everything to FILE as well", 0},
	{"output", KEY_OUTPUT, "FILE", 0, "the command's output goes to FILE as well", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct live *l = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &l->what;
		state->child_inputs[1] = &l->ui;
		return 0;
	case 'o':
		l->record_path = arg;
		return 0;
	case KEY_OUTPUT:
		l->output_path = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{&session_argp, 0, NULL, 0}, {&screen_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[--] COMMAND [ARG...]\n-p PID[,PID...]\n-a\nFILE.pftrace",
	.doc = "mtviz shows what the kernel does with your threads, live.\n\n"
	       "  mtviz [OPTION...] [--] COMMAND   run COMMAND and watch it\n"
	       "  mtviz record -o FILE -- COMMAND  no screen, a recording\n"
	       "  mtviz replay FILE                look at a recording (no root)\n"
	       "  mtviz report FILE [--json]       its totals and findings\n"
	       "  mtviz doctor                     what this system allows\v"
	       "Each command has its own --help. Press ? on the screen for the keys.\n"
	       "Exit status: the command's own, 128+N if signal N killed it, 125 if "
	       "mtviz failed, 126 or 127 if the command could not be run.",
	.children = children,
};

/* ---- the collector ---- */
static void *collect(void *arg)
{
	struct live *l = arg;
	int status, err = 0;

	while (!err && !l->quit && !l->ended) {
		err = capture_pump(l->session.capture, &l->tee.sink, 10);
		if (l->session.launch && launch_ended(l->session.launch, &status)) {
			l->wait_status = status;
			l->ended = true;
		}
	}
	if (!err)
		err = capture_finish(l->session.capture, &l->tee.sink);
	l->error = err;
	l->finished = true;
	return NULL;
}

/* ---- what the screen asks of us ---- */
static void host_stats(void *ctx, struct ui_stats *out)
{
	struct live *l = ctx;
	struct capture_stats st;
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	capture_stats(l->session.capture, &st);
	*out = (struct ui_stats){
		.cpu_ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec +
			  st.probe_runs * PROBE_COST_NS,
		.lost = st.lost,
		.ended = l->finished,
		.running = l->session.launch && !l->ended,
	};
	if (l->ended)
		describe_end(l->wait_status, out->how_ended, sizeof(out->how_ended));
	else if (l->error)
		snprintf(out->how_ended, sizeof(out->how_ended), "capture stopped: %s",
			 strerror(-l->error));
}

static size_t host_output(void *ctx, char *buf, size_t bytes, uint64_t *serial)
{
	struct live *l = ctx;

	return pane_copy(&l->pane, buf, bytes, serial);
}

static void host_stop(void *ctx)
{
	((struct live *)ctx)->stop = true;
}

static void host_detach(void *ctx)
{
	((struct live *)ctx)->stop = false;
}

static int copy_file(int from, int to)
{
	char buf[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, buf, sizeof(buf), at)) > 0) {
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(to, buf + done, (size_t)(n - done));

			if (w < 0 && errno != EINTR)
				return -errno;
			done += w > 0 ? w : 0;
		}
		at += n;
	}
	return n < 0 ? -errno : 0;
}

/* Privileges are gone by now, so this is the invoking user's own open(2). */
static int host_save(void *ctx, const char *path, char *why, size_t why_bytes)
{
	struct live *l = ctx;
	int fd, err;

	if (l->save_fd < 0) {
		snprintf(why, why_bytes, "there is no room for a recording in /tmp");
		return -ENOSPC;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : copy_file(l->save_fd, fd);
	if (fd >= 0 && close(fd) && !err)
		err = -errno;
	if (err)
		snprintf(why, why_bytes, "cannot write %s: %s", path, strerror(-err));
	else
		snprintf(why, why_bytes, "saved %s%s", path,
			 writer_error(l->writer) ? " (the first 2 GB)" : "");
	return err;
}

/* ---- the session ---- */
static void open_save(struct live *l)
{
	const char *dir = getenv("TMPDIR");

	if (l->record.path) {
		l->save_fd = l->record.fd;
		return;
	}
	l->save_fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int start(struct live *l)
{
	const struct model_options mo = {.memory_bytes = l->what.memory_bytes};
	const struct writer_options wo = {
		.max_bytes = l->record.path ? 0 : SAVE_MAX_BYTES,
		.level = l->record.path ? 0 : 1,
	};
	int err = 0;

	open_save(l);
	l->model = model_new(&mo);
	if (!l->model)
		return -ENOMEM;
	if (l->save_fd >= 0) {
		l->writer = writer_new(l->save_fd, &wo);
		if (!l->writer)
			return -errno;
		tee_add(&l->tee, writer_sink(l->writer));
	}
	gate_init(&l->gate, model_sink(l->model), &l->model_lock);
	tee_add(&l->tee, &l->gate.sink);
	/* The collector inherits the haste of session_go(); nobody else needs it. */
	err = -pthread_create(&l->collector, NULL, collect, l);
	l->collecting = !err;
	session_hurry(false);
	if (err)
		return err;
	if (l->session.launch && launch_output_fd(l->session.launch) >= 0)
		err = pane_start(&l->pane, launch_output_fd(l->session.launch),
				 l->output.path ? l->output.fd : -1);
	return err;
}

/* The screen is gone: end the command if so chosen, then finish the recording. */
static int finish(struct live *l)
{
	int status = 0;

	l->quit = true;
	if (l->collecting)
		pthread_join(l->collector, NULL);
	if (l->stop && l->session.launch && !l->ended) {
		launch_stop(l->session.launch, &status);
		l->ended = launch_ended(l->session.launch, &status);
		l->wait_status = status;
	}
	pane_stop(&l->pane);
	if (l->error) {
		say("capture stopped early: %s", strerror(-l->error));
		return STATUS_FAILED;
	}
	if (l->record.path && writer_error(l->writer)) {
		say("cannot write all of %s: %s; it ends at its last whole packet",
		    l->record.path, strerror(-writer_error(l->writer)));
		return STATUS_FAILED;
	}
	if (l->pane.file_error) {
		say("cannot write all of %s: %s", l->output_path,
		    strerror(l->pane.file_error));
		return STATUS_FAILED;
	}
	return l->ended ? status_of_wait(l->wait_status) : 0;
}

static int watch(struct live *l)
{
	char title[256] = "all tasks", why[256] = "";
	struct ui_host host = {
		.model = l->model,
		.lock = &l->model_lock,
		.ctx = l,
		.live = true,
		.title = title,
		.stats = host_stats,
		.output = l->pane.started ? host_output : NULL,
		.stop = host_stop,
		.detach = host_detach,
		.save = host_save,
	};
	int err;

	if (l->what.argv)
		join_argv(l->what.argv, title, sizeof(title));
	else if (!l->what.all)
		snprintf(title, sizeof(title), "%s", capture_info(l->session.capture)->scope);
	l->stop = true; /* unless the user says otherwise */
	err = ui_run(&host, &l->ui, why, sizeof(why));
	if (err)
		say("%s", why);
	return err;
}

static int run(struct live *l)
{
	struct outfile *files[] = {&l->record, &l->output};
	int status, err;

	if (!screen_possible())
		return STATUS_FAILED;
	status = session_open(&l->session, &l->what, l->what.argv != NULL);
	if (!status && l->record_path)
		status = outfile_open(&l->record, &l->session, l->record_path);
	if (!status && l->output_path)
		status = outfile_open(&l->output, &l->session, l->output_path);
	if (!status)
		status = session_go(&l->session, &l->what, files, 2);
	if (status)
		return status;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	err = start(l);
	if (err) {
		say("cannot start: %s", strerror(-err));
		l->stop = true;
		finish(l);
		return STATUS_FAILED;
	}
	err = watch(l);
	status = finish(l);
	return err && err != -EINTR ? STATUS_FAILED : status;
}

int cmd_live(int argc, char **argv)
{
	struct live *l = calloc(1, sizeof(*l));
	int status;

	if (!l) {
		say("no memory");
		return STATUS_FAILED;
	}
	argv[0] = "mtviz";
	l->save_fd = -1;
	pthread_mutex_init(&l->model_lock, NULL);
	tee_init(&l->tee);
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, l);
	status = run(l);
	writer_free(l->writer);
	model_free(l->model);
	session_close(&l->session);
	free(l->what.pids);
	free(l);
	return status;
}

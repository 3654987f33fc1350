/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/record.c - mtviz record: no screen, a recording, a summary at the end
 *
 * The command keeps its stdin, stdout and stderr; our own lines go to stderr.
 * SIGINT is the command's to answer, SIGTERM and SIGHUP are passed on to it,
 * and in every case the file is finished. A full disk ends the file at its last
 * whole packet; the command runs on.
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/launch.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/sinks.h"
#include "export/report.h"
#include "model/model.h"
#include "trace/trace.h"

struct record {
	struct session_options what;
	const char *path, *report_path;
	uint64_t duration_ns; /* -d; 0: until the end */
	uint64_t max_bytes;
	bool quiet, wait;

	struct session session;
	struct outfile file, report_file;
	struct writer *writer;
	struct model *model;
	struct tee tee;
	struct census census;
	bool ended; /* the command has, with wait_status */
	int wait_status;
	uint64_t ended_ns;
	uint64_t start_ns, taken_ns; /* of the monotonic clock; how long it took */
};

/* ---- options ---- */
enum { KEY_REPORT = 0x200, KEY_MAX_SIZE, KEY_WAIT };

static const struct argp_option options[] = {
	{"recording", 'o', "FILE", 0, "where to (mtviz.pftrace)", 0},
	{"duration", 'd', "SECONDS", 0, "stop recording after this time", 0},
	{"max-size", KEY_MAX_SIZE, "SIZE", 0, "stop recording at this size", 0},
	{"report", KEY_REPORT, "FILE", 0,
	 "write the report too: JSON if FILE ends in .json, else text", 0},
	{"wait", KEY_WAIT, 0, 0, "wait for what the command leaves behind", 0},
	{"quiet", 'q', 0, 0, "no progress, no summary", 0},
	{0},
};

static uint64_t parse_seconds(const char *arg, struct argp_state *state)
{
	uint64_t ns;
	char *end;
	double s;

	if (text_parse_time(arg, &ns) && ns)
		return ns;
	s = strtod(arg, &end);
	if (*end || end == arg || !isfinite(s) || s <= 0 || s > 1e9)
		argp_error(state, "-d takes seconds, as 5 or 0.5 or 200ms, not '%s'", arg);
	return (uint64_t)(s * 1e9);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct record *r = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &r->what;
		return 0;
	case 'o':
		r->path = arg;
		return 0;
	case 'd':
		r->duration_ns = parse_seconds(arg, state);
		return 0;
	case KEY_MAX_SIZE:
		if (!parse_size(arg, &r->max_bytes))
			argp_error(state, "--max-size takes a size as 100M, not '%s'", arg);
		return 0;
	case KEY_REPORT:
		r->report_path = arg;
		return 0;
	case KEY_WAIT:
		r->wait = true;
		return 0;
	case 'q':
		r->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&session_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[--] COMMAND [ARG...]\n-p PID[,PID...]\n-a",
	.doc = "Records what the scheduler does with a command's threads.\v"
	       "Exit status: the command's own, 128+N if signal N killed it, 125 if "
	       "mtviz failed, 126 or 127 if the command could not be run.",
	.children = children,
};

/* ---- signals: a handler only counts ---- */
static volatile sig_atomic_t interrupts, terminations, last_signal;

static void on_signal(int sig)
{
	if (sig == SIGINT)
		interrupts++;
	else
		terminations++;
	last_signal = sig;
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL); /* the write's EFBIG is enough */
}

/* ---- the loop ---- */
static void show_progress(const struct record *r)
{
	struct capture_stats st;
	char elapsed[32];

	capture_stats(r->session.capture, &st);
	text_duration(elapsed, sizeof(elapsed), clock_ns() - r->start_ns);
	fprintf(stderr, "\r%s  %llu events  %llu kB  lost %llu \033[K", elapsed,
		(unsigned long long)r->census.events,
		(unsigned long long)writer_bytes(r->writer) / 1000,
		(unsigned long long)st.lost);
}

/* True when the session is over. */
static bool is_over(struct record *r)
{
	static sig_atomic_t passed_on;

	if (r->duration_ns && clock_ns() - r->start_ns >= r->duration_ns)
		return true;
	if (!r->session.launch)
		return interrupts || terminations || writer_error(r->writer);
	if (terminations != passed_on) {
		passed_on = terminations;
		launch_signal(r->session.launch, last_signal);
	}
	if (!r->ended && launch_ended(r->session.launch, &r->wait_status)) {
		r->ended = true;
		r->ended_ns = clock_ns();
	}
	if (!r->ended || !r->wait || interrupts || terminations)
		return r->ended;
	/* Events come up to 10 ms late: its last forks may be on their way. */
	return !r->census.nr_alive && clock_ns() - r->ended_ns >= 100000000;
}

static int pump_until_over(struct record *r)
{
	bool progress = !r->session.launch && !r->quiet && isatty(STDERR_FILENO);
	uint64_t shown_ns = 0;
	int err = 0;

	while (!err && !is_over(r)) {
		err = capture_pump(r->session.capture, &r->tee.sink, 10);
		if (progress && clock_ns() - shown_ns >= 200000000) {
			shown_ns = clock_ns();
			show_progress(r);
		}
	}
	if (progress)
		fputs("\r\033[K", stderr);
	r->taken_ns = clock_ns() - r->start_ns;
	if (!err)
		err = capture_finish(r->session.capture, &r->tee.sink);
	session_hurry(false);
	return err;
}

/* ---- the end ---- */
static int write_report(struct record *r)
{
	size_t n = strlen(r->report_path);
	FILE *out = fdopen(r->report_file.fd, "w");
	int err = out ? 0 : -errno;

	if (out) {
		bool json = n > 5 && !strcmp(r->report_path + n - 5, ".json");

		err = json ? report_json(r->model, out) :
			     report_text(r->model, out, 80, false);
		if (fclose(out) && !err)
			err = -errno;
	}
	if (!err)
		return 0;
	say("cannot write %s: %s", r->report_path, strerror(-err));
	return STATUS_FAILED;
}

static void summarise(const struct record *r)
{
	const struct census *c = &r->census;
	uint64_t bytes = writer_bytes(r->writer);
	char took[32], end[96];

	text_duration(took, sizeof(took), r->taken_ns);
	if (r->ended) {
		describe_end(r->wait_status, end, sizeof(end));
		say("%s %s", r->what.argv[0], end);
	}
	if (r->session.launch && c->nr_alive)
		say("%u of its tasks still run%s", c->nr_alive,
		    r->ended ? "" : "; stopped recording after -d");
	say("%s: %s, %llu events, %llu switches, %.*f %s, lost %llu", r->path, took,
	    (unsigned long long)c->events, (unsigned long long)c->switches,
	    bytes < 1000000 ? 1 : 2, bytes < 1000000 ? bytes / 1e3 : bytes / 1e6,
	    bytes < 1000000 ? "kB" : "MB", (unsigned long long)c->lost);
}

static int finish(struct record *r, int err)
{
	int status = r->ended ? status_of_wait(r->wait_status) : 0;
	int werr = writer_error(r->writer);

	if (!r->quiet || err || (werr && werr != -EFBIG))
		summarise(r);
	if (err) {
		say("recording stopped early: %s", strerror(-err));
		status = STATUS_FAILED;
	}
	if (werr == -EFBIG && r->max_bytes) {
		say("%s reached --max-size and ends there", r->path);
	} else if (werr) {
		say("cannot write all of %s: %s; it ends at its last whole packet", r->path,
		    strerror(-werr));
		hint("make room, or record to another disk with -o FILE");
		status = STATUS_FAILED;
	}
	if (r->report_path && write_report(r))
		status = STATUS_FAILED;
	return status;
}

static int run(struct record *r)
{
	struct outfile *files[] = {&r->file, &r->report_file};
	struct writer_options wo = {.max_bytes = r->max_bytes};
	struct model_options mo = {.memory_bytes = r->what.memory_bytes};
	int status;

	catch_signals();
	status = session_open(&r->session, &r->what, false);
	if (!status)
		status = outfile_open(&r->file, &r->session, r->path);
	if (!status && r->report_path)
		status = outfile_open(&r->report_file, &r->session, r->report_path);
	if (!status)
		status = session_go(&r->session, &r->what, files, 2);
	if (status)
		return status;

	r->start_ns = clock_ns();
	r->writer = writer_new(r->file.fd, &wo);
	r->model = r->report_path ? model_new(&mo) : NULL;
	if (!r->writer || (r->report_path && !r->model)) {
		say("no memory for the recording");
		return STATUS_FAILED;
	}
	tee_add(&r->tee, &r->census.sink);
	tee_add(&r->tee, writer_sink(r->writer));
	if (r->model)
		tee_add(&r->tee, model_sink(r->model));
	return finish(r, pump_until_over(r));
}

int cmd_record(int argc, char **argv)
{
	struct record r = {.path = "mtviz.pftrace"};
	int status;

	argv[0] = "mtviz record";
	tee_init(&r.tee);
	census_init(&r.census);
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &r);
	status = run(&r);
	writer_free(r.writer);
	model_free(r.model);
	census_free(&r.census);
	session_close(&r.session);
	free(r.what.pids);
	return status;
}

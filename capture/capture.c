// SPDX-License-Identifier: GPL-2.0-or-later
/* capture/capture.c - the verbs of capture.h; pump.c moves the events */
#include "capture/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <linux/magic.h>

/* Records wait this long in the rings, which hold at least fifty times as much. */
#define DRAIN_EVERY_NS 10000000ULL

static int fail(struct capture_error *err, int error, const char *hint, const char *what)
{
	snprintf(err->what, sizeof(err->what), "%s: %s", what, strerror(error));
	snprintf(err->hint, sizeof(err->hint), "%s", hint);
	return -error;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/*
 * Three clocks at one instant: of a few tries the one in which the outer two
 * readings of CLOCK_BOOTTIME lie closest together.
 */
static void read_clocks(struct trace_info *info)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 8; i++) {
		uint64_t from = clock_ns(CLOCK_BOOTTIME);
		uint64_t real = clock_ns(CLOCK_REALTIME);
		uint64_t mono = clock_ns(CLOCK_MONOTONIC);
		uint64_t to = clock_ns(CLOCK_BOOTTIME);

		if (to - from >= best)
			continue;
		best = to - from;
		info->start_boottime_ns = from;
		info->start_realtime_ns = real;
		info->start_monotonic_ns = mono;
	}
}

/*
 * Time 0: when the first event of the scope can happen. Loading the probes takes
 * 0.1 s; nobody wants to look at that.
 */
static void start_clock(struct capture *c)
{
	if (c->info.start_boottime_ns)
		return;
	read_clocks(&c->info);
	__atomic_store_n(&c->probes->control->start_ns, c->info.start_boottime_ns,
			 __ATOMIC_SEQ_CST);
}

/* ---- scope ---- */

static void describe_scope(struct capture *c, const struct capture_options *opt)
{
	size_t at, max = sizeof(c->scope);

	if (opt->all) {
		snprintf(c->scope, max, "all");
	} else if (opt->cgroup) {
		snprintf(c->scope, max, "cgroup %s", opt->cgroup);
	} else if (opt->nr_pids > 0) {
		at = snprintf(c->scope, max, "pid ");
		for (int i = 0; i < opt->nr_pids && at < max; i++)
			at += snprintf(c->scope + at, max - at, i ? ",%d" : "%d",
				       opt->pids[i]);
	} else {
		snprintf(c->scope, max, "command");
	}
}

/* The kernel's id of a cgroup is its directory's inode number. */
static int cgroup_id(const char *path, uint64_t *id, struct capture_error *err)
{
	struct statfs fs;
	struct stat st;
	char what[200];

	snprintf(what, sizeof(what), "cannot watch the cgroup %s", path);
	if (stat(path, &st) || statfs(path, &fs))
		return fail(err, errno, "name a directory below /sys/fs/cgroup", what);
	if (fs.f_type != CGROUP2_SUPER_MAGIC || !S_ISDIR(st.st_mode))
		return fail(err, EINVAL,
			    "it must be a directory of the cgroup2 file system", what);
	*id = st.st_ino;
	return 0;
}

static int check_pids(const struct capture_options *opt, struct capture_error *err)
{
	for (int i = 0; i < opt->nr_pids; i++) {
		char path[64], line[128], what[64], hint[64];
		int tgid = 0;
		FILE *f;

		snprintf(what, sizeof(what), "cannot watch process %d", opt->pids[i]);
		snprintf(path, sizeof(path), "/proc/%d/status", opt->pids[i]);
		f = fopen(path, "re");
		if (!f)
			return fail(err, errno == ENOENT ? ESRCH : errno,
				    "ps -e lists what runs", what);
		while (fgets(line, sizeof(line), f))
			if (sscanf(line, "Tgid: %d", &tgid) == 1)
				break;
		fclose(f);
		if (tgid && tgid != opt->pids[i]) {
			snprintf(hint, sizeof(hint),
				 "it is a thread of process %d: -p %d", tgid, tgid);
			return fail(err, ESRCH, hint, what);
		}
	}
	return 0;
}

int capture_scope_children(struct capture *c, bool on)
{
	__atomic_store_n(&c->probes->control->children_on, on, __ATOMIC_SEQ_CST);
	return 0;
}

int capture_ignore(struct capture *c, pid_t tgid)
{
	c->probes->control->ignore_tgid = tgid;
	return probes_iterate(c->probes, ITERATE_IGNORE);
}

int capture_attach(struct capture *c, struct capture_error *err)
{
	int ret;

	err->what[0] = err->hint[0] = '\0';
	start_clock(c);
	ret = probes_iterate(c->probes, ITERATE_ATTACH);
	if (ret)
		probes_explain(err, "look at the tasks that run already", ret);
	return ret;
}

/* ---- life ---- */

static void fill_info(struct capture *c, const struct capture_options *opt)
{
	struct trace_info *info = &c->info;
	struct utsname u;

	if (uname(&u) == 0) {
		snprintf(c->kernel, sizeof(c->kernel), "%s", u.release);
		snprintf(c->machine, sizeof(c->machine), "%s", u.machine);
	}
	describe_scope(c, opt);
	info->scope = c->scope;
	info->kernel = c->kernel;
	info->machine = c->machine;
	info->others = opt->others;
	info->argv = (const char *const *)opt->argv;
	while (opt->argv && opt->argv[info->argc])
		info->argc++;
}

struct capture *capture_new(const struct capture_options *opt, struct capture_error *err)
{
	struct probes_options po = {
		.all = opt->all,
		.others = opt->others,
		.pids = opt->pids,
		.nr_pids = opt->nr_pids,
		.ring_bytes = opt->ring_bytes,
	};
	struct capture *c;

	err->what[0] = err->hint[0] = '\0';
	if (check_pids(opt, err) ||
	    (opt->cgroup && cgroup_id(opt->cgroup, &po.cgroup, err)))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		goto no_memory;
	fill_info(c, opt);
	c->probes = probes_open(&po, err);
	if (!c->probes) {
		capture_free(c);
		return NULL;
	}
	c->info.nr_cpus = c->probes->nr_cpus;
	c->by_cgroup = opt->cgroup;
	c->order = order_new(c->probes->nr_cpus);
	c->watch = watch_new();
	c->reached_ns = calloc(c->probes->nr_rings, sizeof(*c->reached_ns));
	if (!c->order || !c->watch || !c->reached_ns)
		goto no_memory;
	if (!opt->all && !opt->cgroup && !opt->nr_pids)
		start_clock(c);
	return c;
no_memory:
	fail(err, ENOMEM, "", "cannot start the capture");
	capture_free(c);
	return NULL;
}

void capture_set_names(struct capture *c, struct names *names)
{
	c->names = names;
}

const struct trace_info *capture_info(const struct capture *c)
{
	return &c->info;
}

int capture_pump(struct capture *c, struct sink *s, int timeout_ms)
{
	uint64_t now = capture_now_ns(c), due = c->drained_ns + DRAIN_EVERY_NS;
	uint64_t wait = due > now ? due - now : 0;

	if (timeout_ms >= 0 && wait > timeout_ms * 1000000ULL)
		wait = timeout_ms * 1000000ULL;
	/* A ring that was a third full at the last look cannot wait. */
	if (c->ring_used * 3 > c->probes->ring_bytes)
		wait = 0;
	if (wait)
		nanosleep(&(struct timespec){.tv_nsec = wait}, NULL);
	if (!c->info.start_boottime_ns)
		return 0; /* -p, -a or --cgroup, and not attached yet */
	return pump_once(c, s, false);
}

int capture_finish(struct capture *c, struct sink *s)
{
	struct trace_end end = {};
	int err;

	probes_detach(c->probes);
	start_clock(c); /* if attaching failed: an empty recording */
	err = pump_once(c, s, true);
	c->finished = true;
	end.duration_ns = c->watermark_ns;
	if (s->end) {
		int ret = s->end(s, &end);

		if (!err)
			err = ret;
	}
	return err;
}

void capture_stats(const struct capture *c, struct capture_stats *out)
{
	out->events = c->events;
	out->lost = c->lost;
	out->ring_used_bytes = c->ring_used;
	out->ring_bytes = (uint64_t)c->probes->nr_rings * c->probes->ring_bytes;
	out->probe_runs = 0;
	for (unsigned int cpu = 0; cpu < c->probes->nr_cpus; cpu++)
		out->probe_runs += __atomic_load_n(&c->probes->cpus[cpu].runs,
						   __ATOMIC_RELAXED);
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	probes_close(c->probes);
	order_free(c->order);
	watch_free(c->watch);
	free(c->reached_ns);
	for (unsigned int i = 0; i < c->nr_pending; i++)
		free(c->pending[i].text);
	free(c->pending);
	free(c);
}

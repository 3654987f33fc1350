/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/capture.h - the kernel's scheduler as a source of events
 *
 * The only user of libbpf. The order of a session, and why it is this one:
 *
 *     capture_new()      needs privilege: loads and attaches the probes
 *     launch_prepare()   forks the workload, in scope from its birth, not exec'ed
 *     capture_attach()   -p, -a, --cgroup: scope and iterate what lives already
 *     (privileges are dropped: capture/identity.h)
 *     launch_go()        the workload execs: its first instruction is traced
 *     capture_pump()     again and again, from one thread
 *     capture_finish()   what is left, and the last counts of loss
 *
 * Nothing here prints or exits.
 */
#ifndef MTVIZ_CAPTURE_CAPTURE_H
#define MTVIZ_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/stream.h"

struct capture_options {
	bool all;		/* -a: every task that is not mtviz's */
	const char *cgroup;	/* absolute path under the cgroup2 mount, or NULL */
	const pid_t *pids;	/* -p: these processes, all threads, later children */
	int nr_pids;
	bool others;		/* record occupants of CPUs outside the scope */
	char *const *argv;	/* the command, for trace_info; NULL without one */
	uint64_t ring_bytes;	/* all rings together; 0: by the number of CPUs */
};

/* Why something failed, in words a person can act on. */
struct capture_error {
	char what[256]; /* "cannot load the scheduler probes: Operation not permitted" */
	char hint[256]; /* "run with sudo, or: setcap ..." ; may be empty */
};

struct capture;
struct names;

/*
 * Loads and attaches. NULL: *err says why. Time 0 is now for a command, and
 * capture_attach() for -p, -a and --cgroup; events collect from then on.
 */
struct capture *capture_new(const struct capture_options *opt, struct capture_error *err);

/*
 * All children that this process (tgid) forks from now on are in scope, until
 * called with false. Used around the fork of the workload.
 */
int capture_scope_children(struct capture *c, bool on);
/* Puts a thread group of mtviz's own out of every scope. */
int capture_ignore(struct capture *c, pid_t tgid);
/*
 * Emits a TASK for each task in scope that lives already, and a SEEN with what
 * it sleeps in; TASKs for what else is on a CPU. 0, or -errno with *err.
 */
int capture_attach(struct capture *c, struct capture_error *err);

/* Who names locks (EVENT_NAME); NULL, as at first: nobody. The caller keeps it. */
void capture_set_names(struct capture *c, struct names *names);

const struct trace_info *capture_info(const struct capture *c);

/*
 * Drains the rings, orders, and hands on what is final; at most ~10 ms late.
 * Waits up to timeout_ms for the next drain to be worth it. Calls begin on its
 * first use. 0 or the sink's error. Looks again at long lock waits on its own
 * (EVENT_SEEN, EVENT_OWNER), and names locks (EVENT_NAME).
 */
int capture_pump(struct capture *c, struct sink *s, int timeout_ms);
/* Stops the probes, delivers the rest and end(); the duration is now. */
int capture_finish(struct capture *c, struct sink *s);

/* What it costs and loses, for the header line; any thread may ask. */
struct capture_stats {
	uint64_t events, lost;
	uint64_t probe_runs;
	uint64_t ring_bytes, ring_used_bytes; /* size; used at the last drain */
};
void capture_stats(const struct capture *c, struct capture_stats *out);
void capture_free(struct capture *c);

/* ---- mtviz doctor ---- */
enum check_result { CHECK_OK, CHECK_WARN, CHECK_FAIL };
struct check {
	enum check_result result;
	const char *name;   /* "BTF" */
	char found[160];    /* "/sys/kernel/btf/vmlinux, 5.5 MB" */
	char hint[240];     /* what to type; empty if fine */
};
/* Runs every check, cheap ones first, really loading the probes last. */
size_t system_check(struct check *out, size_t max);

#endif

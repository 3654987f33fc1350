/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/probes.h - the BPF side: loaded, attached, mapped into memory
 *
 * The only users of libbpf are probes.c and system.c. What is needed after
 * privileges have been dropped is mapped memory, or a system call on a
 * descriptor that was opened before (Linux 5.19 allows those to anybody).
 */
#ifndef MTVIZ_CAPTURE_PROBES_H
#define MTVIZ_CAPTURE_PROBES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/shared.h"
#include "capture/capture.h"
#include "capture/ring.h"

struct mtviz_bpf; /* the skeleton */
struct bpf_link;

struct probes {
	struct mtviz_bpf *skel;
	struct control *control; /* the probes' own */
	struct cpu_slot *cpus;   /* [nr_cpus] */
	unsigned int nr_cpus;    /* possible ones */
	struct ring *rings;
	int *ring_fds;
	unsigned int nr_rings;
	size_t ring_bytes; /* each */
	struct bpf_link *iterator;
	pthread_mutex_t iterating; /* control->mode belongs to one run at a time */
	bool detached;
};

struct probes_options {
	uint64_t cgroup; /* id, 0: none */
	bool all, others;
	const pid_t *pids;
	int nr_pids;
	uint64_t ring_bytes; /* all together, 0: by the number of CPUs */
};

/*
 * Loads and attaches everything; nothing is sent until control->start_ns is set.
 * NULL: *err says why.
 */
struct probes *probes_open(const struct probes_options *opt, struct capture_error *err);
void probes_close(struct probes *p); /* NULL is fine */
/* No probe runs any more; the rings keep what is in them. */
void probes_detach(struct probes *p);
/* Runs the iterator over all tasks: enum iterator_mode. 0 or -errno. */
int probes_iterate(struct probes *p, unsigned int mode);
/*
 * How often a probe was entered while it was running: events that nobody saw.
 * Those of kernel locks do not count: what they miss is a fact of one wait.
 */
uint64_t probes_missed(const struct probes *p);

/* Fills in what and hint from an errno of loading or attaching. */
void probes_explain(struct capture_error *err, const char *what, int error);
/* "6.1.0-13-amd64" >= 5.18? */
bool kernel_at_least(const char *release, unsigned int major, unsigned int minor);
/* Does this kernel have the tracepoint, by its BTF? False as well without BTF. */
bool tracepoint_exists(const char *name);
/* All ring buffers for this machine, in bytes. */
uint64_t probes_ring_bytes(unsigned int nr_cpus, uint64_t available_bytes);
uint64_t memory_available(void); /* MemAvailable, 0 if unknown */

#endif

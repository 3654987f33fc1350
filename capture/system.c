// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture/system.c - what this system allows: the checks behind mtviz doctor
 *
 * The cheap questions come first; the last loads and attaches the probes for
 * real, for no list of conditions is as good as trying.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/capability.h>

#include "capture/caps.h"
#include "capture/probes.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"

struct list {
	struct check *out;
	size_t nr, max;
};

__attribute__((format(printf, 5, 6))) static void add(struct list *l,
						      enum check_result result,
						      const char *name, const char *hint,
						      const char *format, ...)
{
	struct check *c;
	va_list args;

	if (l->nr == l->max)
		return;
	c = &l->out[l->nr++];
	c->result = result;
	c->name = name;
	va_start(args, format);
	vsnprintf(c->found, sizeof(c->found), format, args);
	va_end(args);
	snprintf(c->hint, sizeof(c->hint), "%s", hint);
}

/* The first line of a small file; empty if it cannot be read. */
static bool read_line(const char *path, char *line, size_t bytes)
{
	FILE *f = fopen(path, "re");

	line[0] = '\0';
	if (!f)
		return false;
	if (!fgets(line, bytes, f))
		line[0] = '\0';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void check_privilege(struct list *l)
{
	uint64_t caps = caps_permitted();
	bool admin = caps & CAP_BIT(CAP_SYS_ADMIN);
	bool bpf = admin || caps & CAP_BIT(CAP_BPF);
	bool perfmon = admin || caps & CAP_BIT(CAP_PERFMON);

	if (bpf && perfmon)
		add(l, CHECK_OK, "privilege", "", "%s",
		    geteuid() == 0 ? "root" : "CAP_BPF and CAP_PERFMON");
	else if (geteuid() == 0)
		add(l, CHECK_FAIL, "privilege",
		    "in a container: start it with --cap-add BPF --cap-add PERFMON",
		    "root without %s%s%s", bpf ? "" : "CAP_BPF",
		    !bpf && !perfmon ? " and " : "", perfmon ? "" : "CAP_PERFMON");
	else
		add(l, CHECK_FAIL, "privilege",
		    "sudo mtviz doctor, or: sudo setcap cap_bpf,cap_perfmon+ep "
		    "$(command -v mtviz)",
		    "uid %u without CAP_BPF and CAP_PERFMON", geteuid());
}

static void check_kernel(struct list *l)
{
	struct utsname u = {};

	uname(&u);
	if (kernel_at_least(u.release, 5, 18))
		add(l, CHECK_OK, "kernel", "", "Linux %s on %s", u.release, u.machine);
	else
		add(l, CHECK_FAIL, "kernel",
		    "boot Linux 5.18 or newer (Debian 12 has 6.1)",
		    "Linux %s on %s is older than 5.18", u.release, u.machine);
}

static void check_btf(struct list *l)
{
	struct stat st;

	if (stat(BTF_PATH, &st) == 0 && access(BTF_PATH, R_OK) == 0)
		add(l, CHECK_OK, "BTF", "", "%s, %.1f MB", BTF_PATH, st.st_size / 1e6);
	else
		add(l, CHECK_FAIL, "BTF",
		    "use a kernel built with CONFIG_DEBUG_INFO_BTF=y; every "
		    "distribution's own has it",
		    "%s: %s", BTF_PATH, strerror(errno));
}

/* Every tracepoint that is used; an optional one says what is missing without it. */
static const struct {
	const char *name, *without;
} tracepoints[] = {
	{"sched_switch", NULL},
	{"sched_waking", NULL},
	{"sched_wakeup", NULL},
	{"sched_wakeup_new", NULL},
	{"sched_migrate_task", NULL},
	{"sched_process_exec", NULL},
	{"sched_process_exit", NULL},
	{"task_newtask", NULL},
	{"task_rename", NULL},
	{"contention_begin",
	 "waits for kernel locks will show as other (Linux 5.19 has it)"},
	{"contention_end",
	 "waits for kernel locks will show as other (Linux 5.19 has it)"},
};

static void check_tracepoints(struct list *l)
{
	for (size_t i = 0; i < sizeof(tracepoints) / sizeof(tracepoints[0]); i++) {
		const char *without = tracepoints[i].without;

		if (tracepoint_exists(tracepoints[i].name))
			add(l, CHECK_OK, tracepoints[i].name, "", "tracepoint, in BTF");
		else
			add(l, without ? CHECK_WARN : CHECK_FAIL, tracepoints[i].name,
			    without ? without : "see kernel and BTF above",
			    "no such tracepoint in this kernel's BTF");
	}
}

static void check_lockdown(struct list *l)
{
	char line[128];

	/* Reads like: none [integrity] confidentiality */
	if (!read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		add(l, CHECK_OK, "lockdown", "",
		    "cannot tell (securityfs is not mounted)");
	else if (strstr(line, "[confidentiality]"))
		add(l, CHECK_FAIL, "lockdown",
		    "boot without lockdown=confidentiality: it forbids BPF to read "
		    "memory; lockdown=integrity is fine",
		    "%s", line);
	else
		add(l, CHECK_OK, "lockdown", "", "%s", line);
}

static void check_unprivileged(struct list *l)
{
	static const char *const meaning[] = {"allowed", "off until the next boot",
					      "off, root may allow it"};
	char line[32];

	if (read_line("/proc/sys/kernel/unprivileged_bpf_disabled", line, sizeof(line)) &&
	    line[0] >= '0' && line[0] <= '2')
		add(l, CHECK_OK, "unprivileged BPF", "", "%s (makes no difference)",
		    meaning[line[0] - '0']);
}

static void check_memlock(struct list *l)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_MEMLOCK, &lim) == 0 && lim.rlim_cur != RLIM_INFINITY)
		add(l, CHECK_OK, "memlock", "",
		    "limit %llu KB (not needed: BPF memory is not counted there)",
		    (unsigned long long)lim.rlim_cur / 1024);
	else
		add(l, CHECK_OK, "memlock", "", "unlimited");
}

static void check_memory(struct list *l)
{
	uint64_t available = memory_available();
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t wanted = probes_ring_bytes(cpus, 0);
	uint64_t rings = probes_ring_bytes(cpus, available);

	if (rings < wanted)
		add(l, CHECK_WARN, "memory",
		    "free some memory, or expect lost events under heavy switching",
		    "ring buffers of %.0f MB instead of %.0f MB: %.0f MB available",
		    rings / 1048576.0, wanted / 1048576.0, available / 1048576.0);
	else
		add(l, CHECK_OK, "memory", "",
		    "ring buffers of %.0f MB, %.0f MB available", rings / 1048576.0,
		    available / 1048576.0);
}

static void check_load(struct list *l)
{
	struct probes_options opt = {.others = true, .ring_bytes = 1 << 20};
	struct capture_error err;
	struct probes *p = probes_open(&opt, &err);

	if (p)
		add(l, CHECK_OK, "probes", "", "loaded and attached");
	else
		add(l, CHECK_FAIL, "probes", err.hint, "%s", err.what);
	probes_close(p);
}

size_t system_check(struct check *out, size_t max)
{
	struct list l = {.out = out, .max = max};

	check_privilege(&l);
	check_kernel(&l);
	check_btf(&l);
	check_tracepoints(&l);
	check_lockdown(&l);
	check_unprivileged(&l);
	check_memlock(&l);
	check_memory(&l);
	check_load(&l);
	return l.nr;
}

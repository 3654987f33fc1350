// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture/probes.c - loading, attaching, mapping; see probes.h
 *
 * Attached in this order, so that no task is ever without a note:
 *
 *     newtask   every new task gets one
 *     iterator  every old task gets one
 *     the rest  may rely on it
 */
#include "capture/probes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/mtviz.skel.h"

#define RING_BYTES_MAX (16UL << 20) /* 0.5 s of 450,000 switches/s on one CPU */
#define RING_BYTES_MIN (256UL << 10)
#define RINGS_MAX      16
#define MEMORY_SHARE   8 /* at most one eighth of what is available */

/* ---- what libbpf and the verifier have to say ---- */

/* The end of it, for the message; loading happens on one thread. */
static char libbpf_said[4096];

static int keep_message(enum libbpf_print_level level, const char *format, va_list args)
{
	const size_t max = sizeof(libbpf_said) - 1;
	char *text, *keep;
	size_t have = strlen(libbpf_said), len;

	/* A verifier's log comes in one piece, and its verdict at the end. */
	if (level == LIBBPF_DEBUG || vasprintf(&text, format, args) < 0)
		return 0;
	len = strlen(text);
	keep = text;
	if (len > max) {
		keep += len - max;
		len = max;
	}
	if (have + len > max) {
		memmove(libbpf_said, libbpf_said + have + len - max, max - len);
		have = max - len;
	}
	memcpy(libbpf_said + have, keep, len + 1);
	free(text);
	return 0;
}

/* The verifier's verdict is the line before it counts its instructions. */
static void last_verdict(char *out, size_t bytes)
{
	char *end = strstr(libbpf_said, "\nprocessed ");
	char *start;

	out[0] = '\0';
	if (!end)
		return;
	for (start = end; start > libbpf_said && start[-1] != '\n'; start--)
		;
	snprintf(out, bytes, "%.*s", (int)(end - start), start);
}

void probes_explain(struct capture_error *err, const char *what, int error)
{
	char verdict[160];

	if (error < 0)
		error = -error;
	last_verdict(verdict, sizeof(verdict));
	snprintf(err->what, sizeof(err->what), "cannot %s: %s%s%s", what, strerror(error),
		 verdict[0] ? ": " : "", verdict);
	err->hint[0] = '\0';
	if (error == EPERM && geteuid() == 0)
		snprintf(err->hint, sizeof(err->hint),
			 "root lacks CAP_BPF and CAP_PERFMON here: in a container start "
			 "it with --cap-add BPF --cap-add PERFMON; run: mtviz doctor");
	else if (error == EPERM)
		snprintf(err->hint, sizeof(err->hint),
			 "run with sudo, or: sudo setcap cap_bpf,cap_perfmon+ep "
			 "$(command -v mtviz)");
	else if (error == ENOMEM)
		snprintf(err->hint, sizeof(err->hint),
			 "free some memory: the ring buffers need up to 16 MB a CPU");
	else if (verdict[0])
		snprintf(err->hint, sizeof(err->hint),
			 "this kernel's verifier refuses the probes: please report it "
			 "with the output of: mtviz doctor");
	else
		snprintf(err->hint, sizeof(err->hint), "run: mtviz doctor");
}

/* ---- the system ---- */

bool kernel_at_least(const char *release, unsigned int major, unsigned int minor)
{
	unsigned int a = 0, b = 0;

	if (sscanf(release, "%u.%u", &a, &b) != 2)
		return false;
	return a != major ? a > major : b >= minor;
}

bool tracepoint_exists(const char *name)
{
	libbpf_print_fn_t print = libbpf_set_print(keep_message);
	struct btf *btf = btf__load_vmlinux_btf();
	char type[64];
	bool found;

	libbpf_set_print(print);
	if (!btf)
		return false;
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	found = btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) > 0;
	btf__free(btf);
	return found;
}

uint64_t memory_available(void)
{
	unsigned long long kb = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			break;
	fclose(f);
	return kb * 1024;
}

uint64_t probes_ring_bytes(unsigned int nr_cpus, uint64_t available_bytes)
{
	unsigned int rings = nr_cpus < RINGS_MAX ? nr_cpus : RINGS_MAX;
	uint64_t each = RING_BYTES_MAX;

	while (available_bytes && each > RING_BYTES_MIN &&
	       each * rings > available_bytes / MEMORY_SHARE)
		each /= 2;
	return each * rings;
}

/* ---- open, size, load ---- */

static int size_rings(struct probes *p, uint64_t total)
{
	size_t page = sysconf(_SC_PAGESIZE);

	p->nr_rings = p->nr_cpus < RINGS_MAX ? p->nr_cpus : RINGS_MAX;
	if (!total)
		total = probes_ring_bytes(p->nr_cpus, memory_available());
	/* The kernel wants a power of two of whole pages. */
	p->ring_bytes = page;
	while (p->ring_bytes * 2 <= total / p->nr_rings)
		p->ring_bytes *= 2;
	p->rings = calloc(p->nr_rings, sizeof(*p->rings));
	p->ring_fds = calloc(p->nr_rings, sizeof(*p->ring_fds));
	if (!p->rings || !p->ring_fds)
		return -ENOMEM;
	for (unsigned int i = 0; i < p->nr_rings; i++)
		p->ring_fds[i] = -1;
	return 0;
}

static int set_knobs(struct probes *p, const struct probes_options *opt)
{
	struct mtviz_bpf *s = p->skel;
	uint64_t key[2];
	int err;

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return -errno;
	s->rodata->hash_key[0] = key[0];
	s->rodata->hash_key[1] = key[1];
	s->rodata->scope_all = opt->all;
	s->rodata->scope_cgroup = opt->cgroup;
	s->rodata->scope_pids = opt->nr_pids > 0;
	s->rodata->others = opt->others;
	if (!tracepoint_exists("contention_begin")) {
		bpf_program__set_autoload(s->progs.on_contention_begin, false);
		bpf_program__set_autoload(s->progs.on_contention_end, false);
	}
	err = bpf_map__set_max_entries(s->maps.cpus, p->nr_cpus);
	if (!err)
		err = bpf_map__set_max_entries(s->maps.rings, p->nr_rings);
	if (!err && opt->nr_pids > 0)
		err = bpf_map__set_max_entries(s->maps.pids, opt->nr_pids);
	return err;
}

static int map_memory(struct probes *p)
{
	size_t bytes = p->nr_cpus * sizeof(*p->cpus);
	void *cpus = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			  bpf_map__fd(p->skel->maps.cpus), 0);

	if (cpus == MAP_FAILED)
		return -errno;
	p->cpus = cpus;
	p->control = &p->skel->bss->control;
	for (unsigned int i = 0; i < p->nr_rings; i++) {
		int err, fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "mtviz_ring", 0, 0,
					     p->ring_bytes, NULL);
		if (fd < 0)
			return fd;
		p->ring_fds[i] = fd;
		err = ring_map(&p->rings[i], fd, p->ring_bytes);
		if (err)
			return err;
		err = bpf_map_update_elem(bpf_map__fd(p->skel->maps.rings), &i, &fd, 0);
		if (err)
			return err;
	}
	for (unsigned int cpu = 0; cpu < p->nr_cpus; cpu++)
		p->cpus[cpu].ring = (uint64_t)cpu * p->nr_rings / p->nr_cpus;
	return 0;
}

static int fill_pids(struct probes *p, const struct probes_options *opt)
{
	int err = 0;

	for (int i = 0; i < opt->nr_pids && !err; i++) {
		uint32_t pid = opt->pids[i], one = 1;

		err = bpf_map_update_elem(bpf_map__fd(p->skel->maps.pids), &pid, &one, 0);
	}
	return err;
}

static int load(struct probes *p, const struct probes_options *opt)
{
	int err = set_knobs(p, opt);

	if (!err)
		err = mtviz_bpf__load(p->skel);
	if (!err)
		err = map_memory(p);
	if (!err)
		err = fill_pids(p, opt);
	return err;
}

/* ---- attach ---- */

static int attach_all(struct probes *p)
{
	struct mtviz_bpf *s = p->skel;
	struct bpf_program *prog;
	int err;

	s->links.on_newtask = bpf_program__attach(s->progs.on_newtask);
	if (!s->links.on_newtask)
		return -errno;
	p->iterator = bpf_program__attach_iter(s->progs.on_task, NULL);
	if (!p->iterator)
		return -errno;
	err = probes_iterate(p, ITERATE_SEED);
	if (err)
		return err;
	bpf_program__set_autoattach(s->progs.on_newtask, false);
	bpf_program__set_autoattach(s->progs.on_task, false);
	bpf_object__for_each_program(prog, s->obj) if (!bpf_program__autoload(prog))
		bpf_program__set_autoattach(prog, false);
	return mtviz_bpf__attach(s);
}

static bool kernel_fits(struct capture_error *err)
{
	struct utsname u;

	if (uname(&u) == 0 && !kernel_at_least(u.release, 5, 18)) {
		snprintf(err->what, sizeof(err->what),
			 "this kernel is too old: %s, but mtviz needs Linux 5.18",
			 u.release);
		snprintf(err->hint, sizeof(err->hint),
			 "recordings made elsewhere can be replayed here");
		return false;
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		snprintf(err->what, sizeof(err->what),
			 "this kernel does not describe its types: "
			 "/sys/kernel/btf/vmlinux: %s",
			 strerror(errno));
		snprintf(err->hint, sizeof(err->hint),
			 "use a kernel built with CONFIG_DEBUG_INFO_BTF=y "
			 "(every distribution's own has it)");
		return false;
	}
	return true;
}

struct probes *probes_open(const struct probes_options *opt, struct capture_error *err)
{
	const char *what = "load the scheduler probes";
	libbpf_print_fn_t print;
	struct probes *p;
	int ret;

	err->what[0] = err->hint[0] = '\0';
	if (!kernel_fits(err))
		return NULL;
	libbpf_said[0] = '\0';
	print = libbpf_set_print(keep_message);
	p = calloc(1, sizeof(*p));
	ret = -ENOMEM;
	if (!p)
		goto fail;
	pthread_mutex_init(&p->iterating, NULL);
	ret = libbpf_num_possible_cpus();
	if (ret < 0)
		goto fail;
	p->nr_cpus = ret;
	ret = size_rings(p, opt->ring_bytes);
	if (ret)
		goto fail;
	p->skel = mtviz_bpf__open();
	ret = -errno;
	if (!p->skel)
		goto fail;
	ret = load(p, opt);
	if (ret)
		goto fail;
	what = "attach the scheduler probes";
	ret = attach_all(p);
	if (ret)
		goto fail;
	libbpf_set_print(print);
	return p;
fail:
	libbpf_set_print(print);
	probes_explain(err, what, ret);
	probes_close(p);
	return NULL;
}

void probes_detach(struct probes *p)
{
	if (p->skel && !p->detached)
		mtviz_bpf__detach(p->skel);
	p->detached = true;
}

void probes_close(struct probes *p)
{
	if (!p)
		return;
	probes_detach(p);
	bpf_link__destroy(p->iterator);
	if (p->cpus)
		munmap(p->cpus, p->nr_cpus * sizeof(*p->cpus));
	for (unsigned int i = 0; i < p->nr_rings; i++) {
		if (p->rings)
			ring_unmap(&p->rings[i]);
		if (p->ring_fds && p->ring_fds[i] >= 0)
			close(p->ring_fds[i]);
	}
	if (p->skel)
		mtviz_bpf__destroy(p->skel);
	pthread_mutex_destroy(&p->iterating);
	free(p->rings);
	free(p->ring_fds);
	free(p);
}

int probes_iterate(struct probes *p, unsigned int mode)
{
	int fd = bpf_iter_create(bpf_link__fd(p->iterator));
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return fd;
	pthread_mutex_lock(&p->iterating);
	__atomic_store_n(&p->control->mode, mode, __ATOMIC_SEQ_CST);
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	n = n < 0 ? -errno : 0;
	pthread_mutex_unlock(&p->iterating);
	close(fd);
	return n;
}

uint64_t probes_missed(const struct probes *p)
{
	struct bpf_program *prog;
	uint64_t missed = 0;

	bpf_object__for_each_program(prog, p->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 bytes = sizeof(info);

		if (prog == p->skel->progs.on_contention_begin ||
		    prog == p->skel->progs.on_contention_end)
			continue;
		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &bytes))
			missed += info.recursion_misses;
	}
	return missed;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign_index.c - where everything is in a trace that others made
 *
 * Bundles come in any order across CPUs, so their places are noted first and
 * the bundles themselves are read again when their time has come. What is said
 * once (the process trees, the clocks, the system) is kept.
 */
#include "trace/foreign.h"

#include <stdlib.h>

enum {
	PACKET_FTRACE = 1,
	PACKET_TREE = 2,
	PACKET_CLOCKS = 6,
	PACKET_SYSTEM = 45,
	PACKET_DEFLATED = 50,
	PACKET_ZSTD = 133,
};

/* Where the packet that is looked at lies. */
struct place {
	uint64_t file_at;
	uint32_t file_bytes;
	const uint8_t *inner; /* start of the inflated bytes; NULL: not deflated */
};

static void text_copy(char *to, size_t bytes, struct wire text)
{
	size_t n = wire_left(&text) < bytes - 1 ? wire_left(&text) : bytes - 1;

	memcpy(to, text.p, n);
	to[n] = '\0';
}

static void read_system(struct foreign_index *x, struct wire w)
{
	struct wire_field f, u;

	while (wire_left(&w) && wire_next(&w, &f)) {
		if (f.number != 1 || f.type != WIRE_BYTES)
			continue;
		while (wire_left(&f.bytes) && wire_next(&f.bytes, &u)) {
			if (u.type != WIRE_BYTES)
				continue;
			if (u.number == 3)
				text_copy(x->kernel, sizeof(x->kernel), u.bytes);
			if (u.number == 4)
				text_copy(x->machine, sizeof(x->machine), u.bytes);
		}
	}
}

static void read_clocks(struct foreign_index *x, struct wire w)
{
	uint64_t clock[64] = {0}, id, stamp;
	struct wire_field f, c;

	while (wire_left(&w) && wire_next(&w, &f)) {
		if (f.number != 1 || f.type != WIRE_BYTES)
			continue;
		id = stamp = 0;
		while (wire_left(&f.bytes) && wire_next(&f.bytes, &c)) {
			if (c.type == WIRE_VARINT && c.number == 1)
				id = c.value;
			if (c.type == WIRE_VARINT && c.number == 2)
				stamp = c.value;
		}
		if (id < 64)
			clock[id] = stamp;
	}
	/* The first that relates boottime (6) to the calendar (1) is kept. */
	if (clock[6] && !(x->clock[6] && x->clock[1]))
		memcpy(x->clock, clock, sizeof(clock));
}

/* The program's own part of a command line, as the kernel would name it. */
static void comm_of_path(char comm[EVENT_COMM_BYTES], struct wire path)
{
	const uint8_t *p;

	for (p = path.p; p < path.end; p++)
		if (*p == '/')
			path.p = p + 1;
	comm_set(comm, (const char *)path.p, wire_left(&path));
}

/* A line of a process tree: fields 1 pid, 2 parent, 3 first word; or a thread. */
static int read_tree_line(struct foreign_index *x, struct wire w, bool process)
{
	uint32_t tid = 0, second = 0;
	struct wire text = {0};
	struct known_task *t;
	struct wire_field f;

	while (wire_left(&w) && wire_next(&w, &f)) {
		if (f.type == WIRE_VARINT && f.number == 1)
			tid = (uint32_t)f.value;
		else if (f.type == WIRE_VARINT && f.number == (process ? 2 : 3))
			second = (uint32_t)f.value;
		else if (f.type == WIRE_BYTES && f.number == (process ? 3 : 2) &&
			 !wire_left(&text))
			text = f.bytes;
	}
	if (!tid)
		return 0;
	t = task_map_add(&x->trees, tid);
	if (!t)
		return -ENOMEM;
	if (process) {
		t->tgid = tid;
		t->ppid = second;
		if (!t->comm[0])
			comm_of_path(t->comm, text);
	} else {
		t->tgid = second ? second : tid;
		if (wire_left(&text))
			comm_set(t->comm, (const char *)text.p, wire_left(&text));
	}
	return 0;
}

static int read_tree(struct foreign_index *x, struct wire w)
{
	struct wire_field f;
	int err = 0;

	while (!err && wire_left(&w) && wire_next(&w, &f))
		if (f.type == WIRE_BYTES && (f.number == 1 || f.number == 2))
			err = read_tree_line(x, f.bytes, f.number == 1);
	return err;
}

/* Is there a sched_waking among the bundle's events? */
static bool has_waking(struct wire bundle)
{
	struct wire_field f, e;

	while (wire_left(&bundle) && wire_next(&bundle, &f)) {
		if (f.type != WIRE_BYTES ||
		    (f.number != BUNDLE_EVENT && f.number != BUNDLE_COMPACT))
			continue;
		while (wire_left(&f.bytes) && wire_next(&f.bytes, &e))
			if (e.number == (f.number == BUNDLE_EVENT ? FTRACE_SCHED_WAKING
								  : SCHED_WAKING_TIME))
				return true;
	}
	return false;
}

static int read_bundle(struct foreign_index *x, struct wire w, const struct place *at)
{
	struct bundle_ref ref = {.file_at = at->file_at, .file_bytes = at->file_bytes};
	uint64_t cpu = 0, ftrace = 0, boot = 0, clock = 0;
	struct wire bundle = w;
	struct wire_field f;

	while (wire_left(&w) && wire_next(&w, &f)) {
		if (f.type != WIRE_VARINT)
			continue;
		cpu = f.number == BUNDLE_CPU ? f.value : cpu;
		clock = f.number == BUNDLE_CLOCK ? f.value : clock;
		ftrace = f.number == BUNDLE_FTRACE_TIME ? f.value : ftrace;
		boot = f.number == BUNDLE_BOOT_TIME ? f.value : boot;
	}
	if (!foreign_bundle_first(bundle, &ref.stamp))
		return 0;
	if (cpu >= FOREIGN_CPUS) {
		x->damaged++;
		return 0;
	}
	if (!x->has_waking)
		x->has_waking = has_waking(bundle);
	if (clock && boot)
		ref.to_boottime = (int64_t)(boot - ftrace);
	ref.cpu = (uint16_t)cpu;
	ref.stamp += (uint64_t)ref.to_boottime;
	ref.order = (uint32_t)x->n;
	if (at->inner) {
		ref.inner_at = (uint32_t)(bundle.p - at->inner);
		ref.inner_bytes = (uint32_t)wire_left(&bundle);
	}
	if (x->n == x->cap &&
	    column_grow((void **)&x->v, x->n, &x->cap, 1, sizeof(*x->v)))
		return -ENOMEM;
	x->v[x->n++] = ref;
	return 0;
}

static int read_packet(struct foreign_index *x, struct inflater *z, struct bytes *blob,
		       struct wire packet, struct place at);

/* Packets inside a packet; not once more inside of those. */
static int read_deflated(struct foreign_index *x, struct inflater *z, struct bytes *blob,
			 struct wire deflated, struct place at)
{
	struct wire_field f;
	struct wire all;
	int err = inflater_run(z, deflated.p, wire_left(&deflated), FOREIGN_BLOB_BYTES,
			       blob);

	if (err == -EBADMSG) {
		x->damaged++;
		return 0;
	}
	if (err)
		return err;
	at.inner = blob->v;
	all = wire_of(blob->v, blob->n);
	while (!err && wire_left(&all)) {
		if (!wire_next(&all, &f)) {
			x->damaged++;
			break;
		}
		if (f.number == 1 && f.type == WIRE_BYTES)
			err = read_packet(x, NULL, NULL, f.bytes, at);
	}
	return err;
}

static int read_packet(struct foreign_index *x, struct inflater *z, struct bytes *blob,
		       struct wire packet, struct place at)
{
	uint64_t start = at.file_at;
	const uint8_t *first = packet.p;
	struct wire_field f;
	int err = 0;

	while (!err && wire_left(&packet)) {
		if (!wire_next(&packet, &f)) {
			x->damaged++;
			break;
		}
		if (f.type != WIRE_BYTES)
			continue;
		if (!at.inner) {
			at.file_at = start + (uint64_t)(f.bytes.p - first);
			at.file_bytes = (uint32_t)wire_left(&f.bytes);
		}
		if (f.number == PACKET_FTRACE)
			err = read_bundle(x, f.bytes, &at);
		else if (f.number == PACKET_TREE)
			err = read_tree(x, f.bytes);
		else if (f.number == PACKET_CLOCKS)
			read_clocks(x, f.bytes);
		else if (f.number == PACKET_SYSTEM)
			read_system(x, f.bytes);
		else if (f.number == PACKET_DEFLATED && z)
			err = read_deflated(x, z, blob, f.bytes, at);
		else if (f.number == PACKET_ZSTD)
			x->has_zstd = true;
	}
	return err;
}

int foreign_index(struct input *in, struct foreign_index *x)
{
	struct inflater *z = inflater_new();
	struct bytes blob = {0};
	struct place at = {0};
	struct wire packet;
	enum packet_is is;
	int err = z ? 0 : -ENOMEM;

	memset(x, 0, sizeof(*x));
	while (!err) {
		is = input_packet(in, &packet);
		if (is == PACKET_NO_MEMORY)
			err = -ENOMEM;
		if (is == PACKET_NONSENSE)
			x->damaged++;
		if (is != PACKET_WHOLE)
			break;
		at.file_at = input_at(in) - wire_left(&packet);
		at.file_bytes = (uint32_t)wire_left(&packet);
		err = read_packet(x, z, &blob, packet, at);
	}
	inflater_free(z);
	free(blob.v);
	return err ? err : in->error;
}

void foreign_index_free(struct foreign_index *x)
{
	free(x->v);
	task_map_free(&x->trees);
	memset(x, 0, sizeof(*x));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign.c - Perfetto traces that others made, as one stream of events
 *
 * One bundle per CPU is open at a time, and the earliest of their events comes
 * next. Others' traces have no wait facts and no scope: every task but the idle
 * ones is in scope, and is announced just before the first event that names it.
 *
 * Not said by such a trace, and so not made up: exit statuses (there is no
 * EVENT_EXIT; a last switch-out tells that a task is gone) and who ran on a CPU
 * before its first compact switch (which comes as if the CPU had been idle).
 */
#include "trace/foreign.h"
#include "trace/source.h"

#include <stdio.h>
#include <stdlib.h>

#include "trace/heap.h"

#define CLONE_THREAD_FLAG 0x10000u
#define KTHREADD          2
#define BLOBS             4 /* inflated packets that are kept */
#define PENDING           8 /* events that one raw event may become */

/* One CPU. */
struct lane {
	uint16_t cpu;
	size_t next, end; /* of its bundles in the index */
	struct raws raws;
	size_t pos;
	bool started; /* .running is known */
	uint32_t running;
	int16_t prio;
	bool damaged;     /* a bundle before the next event could not be read */
	uint64_t last_ns; /* its last event */
};

struct blob {
	struct bytes bytes;
	uint64_t file_at;
	uint64_t used; /* when */
};

struct foreign {
	struct source source;
	struct input *in;
	struct foreign_index index;
	struct trace_info info;
	struct inflater *inflater;
	struct bytes packet;
	struct blob blobs[BLOBS];
	uint64_t uses;

	struct lane *lanes;
	size_t nr_lanes;
	struct heap_entry *heap;
	size_t nr_heap;
	size_t bundles_done;

	struct task_map seen;
	struct event pending[PENDING];
	size_t first_pending, nr_pending;
	uint64_t last_ns; /* of the last event given */
};

/* The bytes that a packet of the file inflates to. 0 or -errno. */
static int find_blob(struct foreign *f, const struct bundle_ref *ref, struct bytes **out)
{
	struct blob *oldest = &f->blobs[0];
	size_t i;
	int err;

	for (i = 0; i < BLOBS; i++) {
		struct blob *b = &f->blobs[i];

		if (b->used && b->file_at == ref->file_at) {
			b->used = ++f->uses;
			*out = &b->bytes;
			return 0;
		}
		if (b->used < oldest->used)
			oldest = b;
	}
	err = inflater_run(f->inflater, f->packet.v, f->packet.n, FOREIGN_BLOB_BYTES,
			   &oldest->bytes);
	oldest->used = err ? 0 : ++f->uses;
	oldest->file_at = ref->file_at;
	*out = &oldest->bytes;
	return err;
}

static int load_bundle(struct foreign *f, const struct bundle_ref *ref, struct raws *raws)
{
	struct bytes *blob = &f->packet;
	struct wire w;
	int err;

	raws->n = 0;
	f->packet.n = 0;
	if (bytes_reserve(&f->packet, ref->file_bytes + 1))
		return -ENOMEM;
	err = input_read_at(f->in, ref->file_at, f->packet.v, ref->file_bytes);
	if (err)
		return -EBADMSG; /* the file has changed since */
	f->packet.n = ref->file_bytes;
	w = wire_of(f->packet.v, f->packet.n);
	if (ref->inner_bytes) {
		err = find_blob(f, ref, &blob);
		if (err)
			return err;
		if ((uint64_t)ref->inner_at + ref->inner_bytes > blob->n)
			return -EBADMSG;
		w = wire_of(blob->v + ref->inner_at, ref->inner_bytes);
	}
	return foreign_bundle(w, ref->to_boottime, !f->index.has_waking, raws);
}

/* Makes the lane's next event available. 1, 0 if it has no more, or -ENOMEM. */
static int lane_fill(struct foreign *f, struct lane *l)
{
	int err;

	while (l->pos >= l->raws.n) {
		l->pos = l->raws.n = 0;
		if (l->next == l->end)
			return 0;
		err = load_bundle(f, &f->index.v[l->next++], &l->raws);
		f->bundles_done++;
		if (err == -ENOMEM)
			return err;
		if (err) {
			f->source.damaged++;
			l->damaged = true;
		}
	}
	return 1;
}

static uint64_t time_of(const struct foreign *f, uint64_t stamp)
{
	uint64_t start = f->info.start_boottime_ns;

	return stamp > start ? stamp - start : 0;
}

static struct event *give(struct foreign *f, const struct lane *l, uint64_t time_ns,
			  uint8_t type, uint32_t tid)
{
	struct event *e = &f->pending[f->nr_pending++];

	memset(e, 0, sizeof(*e));
	e->time_ns = time_ns;
	e->cpu = l->cpu;
	e->type = type;
	e->tid = tid;
	return e;
}

static void give_task(struct foreign *f, const struct lane *l, uint64_t time_ns,
		      const struct known_task *t, uint8_t flags)
{
	struct event *e = give(f, l, time_ns, EVENT_TASK, t->tid);

	e->flags = flags | TASK_IN_SCOPE;
	if (t->ppid == KTHREADD || t->tid == KTHREADD)
		e->flags |= TASK_KTHREAD;
	e->task.tgid = t->tgid;
	e->task.ppid = t->ppid;
	e->task.parent_tid = t->parent_tid;
	e->task.ns_tid = t->tid;
	memcpy(e->task.comm, t->comm, sizeof(e->task.comm));
}

/* tid is about to be named, and is called comm now ("" if that is not said). */
static int announce(struct foreign *f, const struct lane *l, uint64_t time_ns,
		    uint32_t tid, const char *comm)
{
	const struct known_task *tree;
	struct known_task *t;

	if (!tid)
		return 0;
	t = task_map_find(&f->seen, tid);
	if (t) {
		if (!comm[0] || memcmp(t->comm, comm, EVENT_COMM_BYTES) == 0)
			return 0;
		memcpy(t->comm, comm, EVENT_COMM_BYTES);
		give_task(f, l, time_ns, t, TASK_RENAMED);
		return 0;
	}
	t = task_map_add(&f->seen, tid);
	if (!t)
		return -ENOMEM;
	t->tgid = tid;
	tree = task_map_find(&f->index.trees, tid);
	if (tree) {
		t->tgid = tree->tgid;
		t->ppid = tree->ppid;
		memcpy(t->comm, tree->comm, EVENT_COMM_BYTES);
		tree = task_map_find(&f->index.trees, t->tgid);
		if (tree && tid != t->tgid)
			t->ppid = tree->ppid;
	}
	if (comm[0])
		memcpy(t->comm, comm, EVENT_COMM_BYTES);
	give_task(f, l, time_ns, t, TASK_FOUND);
	return 0;
}

/* What the tracepoint printed, as the bits it was made from. */
static uint32_t raw_state(uint32_t reported)
{
	/* 0x400 and above: preempted, as kernels before 4.14 told it. */
	if (!reported || reported & REPORTED_PREEMPTED || reported >= 0x400)
		return 0;
	if (reported & REPORTED_IDLE)
		return RAW_TASK_IDLE;
	if (reported & (RAW_EXIT_ZOMBIE | RAW_EXIT_DEAD))
		return reported | RAW_TASK_DEAD;
	return reported;
}

static int give_switch(struct foreign *f, struct lane *l, uint64_t time_ns,
		       const struct raw *r)
{
	bool full = r->kind == RAW_SWITCH;
	uint32_t prev = full ? r->pid : l->started ? l->running : 0;
	struct event *e;
	int err = announce(f, l, time_ns, prev, "");

	if (!err)
		err = announce(f, l, time_ns, r->other, r->comm);
	if (err)
		return err;
	e = give(f, l, time_ns, EVENT_SWITCH, prev);
	e->sw.next_tid = r->other;
	e->sw.prev_state = prev ? raw_state(r->state) : 0;
	e->sw.prev_prio = full ? r->prev_prio : prev ? l->prio : 120;
	e->sw.next_prio = r->prio;
	e->sw.syscall = -1;
	l->started = true;
	l->running = r->other;
	l->prio = r->prio;
	/* The next of this tid is another task. */
	if (e->sw.prev_state & RAW_TASK_DEAD)
		task_map_remove(&f->seen, prev);
	return 0;
}

static int give_waking(struct foreign *f, struct lane *l, uint64_t time_ns,
		       const struct raw *r)
{
	uint32_t waker = r->pid != UINT32_MAX ? r->pid : l->started ? l->running : 0;
	struct event *e;
	int err = announce(f, l, time_ns, waker, "");

	if (!err)
		err = announce(f, l, time_ns, r->other, r->comm);
	if (err)
		return err;
	e = give(f, l, time_ns, EVENT_WAKING, r->other);
	e->flags = (r->irq ? WAKING_IRQ : 0) | (r->is_new ? WAKING_NEW : 0);
	e->wake.waker_tid = waker;
	e->wake.target_cpu = r->target;
	e->wake.prio = r->prio;
	return 0;
}

static int give_newtask(struct foreign *f, struct lane *l, uint64_t time_ns,
			const struct raw *r)
{
	bool thread = r->value & CLONE_THREAD_FLAG;
	const struct known_task *parent;
	struct known_task child = {.tid = r->other,
				   .tgid = r->other,
				   .parent_tid = r->pid},
			  *t;
	int err = announce(f, l, time_ns, r->pid, "");

	if (err || !r->other)
		return err;
	memcpy(child.comm, r->comm, sizeof(child.comm));
	parent = task_map_find(&f->seen, r->pid);
	if (parent) {
		child.tgid = thread ? parent->tgid : child.tid;
		child.ppid = thread ? parent->ppid : parent->tgid;
	}
	t = task_map_add(&f->seen, r->other);
	if (!t)
		return -ENOMEM;
	*t = child;
	give_task(f, l, time_ns, t, TASK_FORKED);
	f->pending[f->nr_pending - 1].task.born_ns = (int64_t)time_ns;
	f->pending[f->nr_pending - 1].task.clone_flags = (uint32_t)r->value;
	return 0;
}

static int give_exec(struct foreign *f, struct lane *l, uint64_t time_ns,
		     const struct raw *r)
{
	struct known_task *t;
	int err = announce(f, l, time_ns, r->other, "");

	t = err ? NULL : task_map_find(&f->seen, r->other);
	if (!t)
		return err;
	t->tgid = t->tid;
	give_task(f, l, time_ns, t, TASK_EXECED);
	f->pending[f->nr_pending - 1].task.parent_tid = (uint32_t)r->value;
	return 0;
}

static void give_lost(struct foreign *f, struct lane *l, uint64_t time_ns, uint8_t cause)
{
	struct event *e = give(f, l, time_ns, EVENT_LOST, 0);

	e->flags = cause;
	e->lost.from_ns = l->last_ns < time_ns ? l->last_ns : time_ns;
	l->started = false;
}

/* The next raw event of the lane, as pending events. 0 or -ENOMEM. */
static int give_raw(struct foreign *f, struct lane *l)
{
	const struct raw *r = &l->raws.v[l->pos++];
	uint64_t time_ns = time_of(f, r->stamp);
	int err = 0;

	/* A bundle that reaches back behind its predecessor: order comes first. */
	if (time_ns < f->last_ns)
		time_ns = f->last_ns;
	f->last_ns = time_ns;
	if (l->damaged)
		give_lost(f, l, time_ns, LOST_FILE);
	l->damaged = false;
	switch (r->kind) {
	case RAW_SWITCH:
	case RAW_COMPACT:
		err = give_switch(f, l, time_ns, r);
		break;
	case RAW_WAKING:
		err = give_waking(f, l, time_ns, r);
		break;
	case RAW_NEWTASK:
		err = give_newtask(f, l, time_ns, r);
		break;
	case RAW_RENAME:
		err = announce(f, l, time_ns, r->other, r->comm);
		break;
	case RAW_EXEC:
		err = give_exec(f, l, time_ns, r);
		break;
	case RAW_GAP:
		give_lost(f, l, time_ns, LOST_FOREIGN);
		break;
	}
	l->last_ns = time_ns;
	return err;
}

static int foreign_next(struct source *s, struct event *e)
{
	struct foreign *f = (struct foreign *)s;
	struct lane *l;
	int more;

	while (f->first_pending == f->nr_pending) {
		f->first_pending = f->nr_pending = 0;
		if (!f->nr_heap)
			return SOURCE_END;
		l = &f->lanes[f->heap->stream];
		more = give_raw(f, l);
		if (more < 0)
			return more;
		more = lane_fill(f, l);
		if (more < 0)
			return more;
		if (more) {
			f->heap->time_ns = time_of(f, l->raws.v[l->pos].stamp);
			heap_sink(f->heap, f->nr_heap, 0);
		} else {
			f->nr_heap = heap_pop(f->heap, f->nr_heap);
		}
	}
	*e = f->pending[f->first_pending++];
	return SOURCE_EVENT;
}

static void foreign_end(const struct source *s, struct trace_end *end)
{
	end->duration_ns = ((const struct foreign *)s)->last_ns;
	end->cut = false;
}

static uint64_t foreign_done_bytes(const struct source *s)
{
	const struct foreign *f = (const struct foreign *)s;

	if (!f->nr_heap)
		return f->in->size;
	return (uint64_t)((double)f->in->size * (double)f->bundles_done /
			  (double)f->index.n);
}

static void foreign_free(struct source *s)
{
	struct foreign *f = (struct foreign *)s;
	size_t i;

	for (i = 0; i < f->nr_lanes; i++)
		free(f->lanes[i].raws.v);
	for (i = 0; i < BLOBS; i++)
		free(f->blobs[i].bytes.v);
	free(f->lanes);
	free(f->heap);
	free(f->packet.v);
	inflater_free(f->inflater);
	task_map_free(&f->seen);
	foreign_index_free(&f->index);
	free(f);
}

static int by_place(const void *a, const void *b)
{
	const struct bundle_ref *x = a, *y = b;

	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	if (x->stamp != y->stamp)
		return x->stamp < y->stamp ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void fill_info(struct foreign *f)
{
	const struct foreign_index *x = &f->index;
	uint64_t start = UINT64_MAX;
	size_t i;

	for (i = 0; i < x->n; i++)
		start = x->v[i].stamp < start ? x->v[i].stamp : start;
	f->info = (struct trace_info){
		.scope = "all",
		.kernel = x->kernel[0] ? x->kernel : NULL,
		.machine = x->machine[0] ? x->machine : NULL,
		.nr_cpus = x->v[x->n - 1].cpu + 1u,
		.start_boottime_ns = start,
		.start_realtime_ns = x->clock[1] ? x->clock[1] + (start - x->clock[6])
						 : 0,
		.start_monotonic_ns = x->clock[3] ? x->clock[3] + (start - x->clock[6])
						  : 0,
		.others = true,
		.foreign = true,
	};
}

/* A lane for each CPU that has bundles, and all of them into the heap. */
static int open_lanes(struct foreign *f)
{
	const struct foreign_index *x = &f->index;
	struct lane *l = NULL;
	size_t i;
	int more;

	f->lanes = calloc(x->v[x->n - 1].cpu + 1u, sizeof(*f->lanes));
	f->heap = calloc(x->v[x->n - 1].cpu + 1u, sizeof(*f->heap));
	if (!f->lanes || !f->heap)
		return -ENOMEM;
	for (i = 0; i < x->n; i++) {
		if (!l || l->cpu != x->v[i].cpu) {
			l = &f->lanes[f->nr_lanes++];
			l->cpu = x->v[i].cpu;
			l->next = i;
		}
		l->end = i + 1;
	}
	for (i = 0; i < f->nr_lanes; i++) {
		l = &f->lanes[i];
		more = lane_fill(f, l);
		if (more < 0)
			return more;
		if (!more)
			continue;
		f->heap[f->nr_heap++] = (struct heap_entry){
			.time_ns = time_of(f, l->raws.v[l->pos].stamp),
			.cpu = l->cpu,
			.stream = (uint32_t)i,
		};
	}
	heap_make(f->heap, f->nr_heap);
	return 0;
}

static int open_index(struct foreign *f, char *why, size_t why_bytes)
{
	struct foreign_index *x = &f->index;
	int err = foreign_index(f->in, x);

	if (err) {
		snprintf(why, why_bytes, "%s", strerror(-err));
		return err;
	}
	f->source.damaged = x->damaged;
	if (x->n) {
		qsort(x->v, x->n, sizeof(*x->v), by_place);
		fill_info(f);
		err = open_lanes(f);
		if (err)
			snprintf(why, why_bytes, "%s", strerror(-err));
		if (err || f->nr_heap)
			return err;
	}
	snprintf(
		why, why_bytes, "%s",
		x->has_zstd ? "is compressed with zstd, which mtviz does not read"
		: x->damaged
			? "is not a Perfetto trace: its packets make no sense"
			: "holds no scheduler events (record sched/sched_switch)");
	return -ENODATA;
}

struct source *foreign_open(struct input *in, char *why, size_t why_bytes)
{
	struct foreign *f = calloc(1, sizeof(*f));
	int err = -ENOMEM;

	snprintf(why, why_bytes, "does not fit into memory");
	if (!f) {
		errno = ENOMEM;
		return NULL;
	}
	f->source = (struct source){
		.next = foreign_next,
		.end = foreign_end,
		.done_bytes = foreign_done_bytes,
		.free = foreign_free,
		.info = &f->info,
	};
	f->in = in;
	f->inflater = inflater_new();
	if (f->inflater)
		err = open_index(f, why, why_bytes);
	if (err) {
		foreign_free(&f->source);
		errno = -err;
		return NULL;
	}
	return &f->source;
}

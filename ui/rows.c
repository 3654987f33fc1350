/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/rows.c - from the model to the list of rows
 */
#include "ui/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/canvas.h"

#define MAX_DEPTH 6
#define NO_PROC   UINT32_MAX
#define TIGHT     8 /* with less height than this, threads come first */

/* A process that has a row or threads with rows. */
struct proc {
	uint32_t leader;
	uint32_t parent, child, sibling, last_child; /* slots, or NO_PROC */
	uint32_t first, nr;                          /* its visible tasks, in members[] */
	uint32_t ever;                               /* tasks that it ever had */
	uint8_t depth;
	bool busy;
};

static int grow(void **p, size_t *cap, size_t want, size_t size)
{
	size_t n = *cap ? *cap : 64;
	void *new;

	if (want <= *cap)
		return 0;
	while (n < want)
		n *= 2;
	new = realloc(*p, n * size);
	if (!new)
		return -ENOMEM;
	*p = new;
	*cap = n;
	return 0;
}

static int add(struct rows *r, struct row row)
{
	int err = grow((void **)&r->row, &r->cap, r->nr + 1, sizeof(*r->row));

	if (!err)
		r->row[r->nr++] = row;
	return err;
}

void rows_free(struct rows *r)
{
	free(r->row);
	free(r->folded);
	free(r->procs);
	free(r->slots);
	free(r->members);
	*r = (struct rows){0};
}

int rows_find(const struct rows *r, enum row_kind kind, uint32_t id)
{
	for (size_t i = 0; i < r->nr; i++)
		if (r->row[i].kind == kind && r->row[i].id == id)
			return (int)i;
	return -1;
}

/* ---- folding ---- */

static bool is_folded(const struct rows *r, uint32_t leader)
{
	for (size_t i = 0; i < r->nr_folded; i++)
		if (r->folded[i] == leader)
			return true;
	return false;
}

void rows_unfold(struct rows *r, uint32_t leader)
{
	for (size_t i = 0; i < r->nr_folded; i++)
		if (r->folded[i] == leader)
			r->folded[i--] = r->folded[--r->nr_folded];
}

int rows_fold(struct rows *r, uint32_t leader)
{
	int err;

	if (is_folded(r, leader)) {
		rows_unfold(r, leader);
		return 0;
	}
	err = grow((void **)&r->folded, &r->cap_folded, r->nr_folded + 1,
		   sizeof(*r->folded));
	if (!err)
		r->folded[r->nr_folded++] = leader;
	return err;
}

/* ---- choosing some of many ---- */

struct choice {
	uint64_t score;
	uint32_t id;
};

static int by_score(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_id(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * At most max lines of nr things: those with the highest scores, in the order
 * of their numbers, and a line that says how many are left out.
 */
static int add_best(struct rows *r, struct choice *c, size_t nr, size_t max,
		    enum row_kind kind)
{
	size_t shown = nr <= max ? nr : max ? max - 1 : 0;
	int err = 0;

	if (shown < nr) {
		qsort(c, nr, sizeof(*c), by_score);
		qsort(c, shown, sizeof(*c), by_id);
	}
	for (size_t i = 0; i < shown && !err; i++)
		err = add(r, (struct row){.kind = (uint8_t)kind, .id = c[i].id});
	if (!err && shown < nr && max)
		err = add(r, (struct row){.kind = ROW_MORE,
					  .id = (uint32_t)kind,
					  .nr = (uint32_t)(nr - shown)});
	return err;
}

static int add_top(struct rows *r, const struct model *m, const struct rows_want *want)
{
	unsigned int nr = model_nr_cpus(m);
	size_t max = want->height / 3 > 2 ? want->height / 3 : 2;
	struct choice *c = calloc(nr ? nr : 1, sizeof(*c));
	uint64_t span = want->to_ns > want->from_ns ? want->to_ns - want->from_ns : 1;
	int err;

	if (!c)
		return -ENOMEM;
	for (unsigned int cpu = 0; cpu < nr; cpu++) {
		struct cpu_bin bin = {0};

		if (nr > max)
			model_cpu_bins(m, cpu, want->from_ns, span, 1, &bin);
		c[cpu] = (struct choice){.score = bin.target_ns * 2 + bin.busy_ns,
					 .id = cpu};
	}
	err = add_best(r, c, nr, max, ROW_CPU);
	free(c);
	if (!err && want->height >= TIGHT)
		err = add(r, (struct row){.kind = ROW_WAITING});
	r->nr_top = r->nr;
	return err;
}

static int add_bottom(struct rows *r, const struct model *m, const struct rows_want *want,
		      size_t max)
{
	uint32_t nr = model_nr_locks(m), used = 0;
	struct choice *c = calloc(nr ? nr : 1, sizeof(*c));
	uint64_t span = want->to_ns > want->from_ns ? want->to_ns - want->from_ns : 1;
	size_t before = r->nr;
	int err;

	if (!c)
		return -ENOMEM;
	for (uint32_t id = 1; id <= nr; id++) {
		struct lock_bin bin = {0};
		uint64_t busy;

		model_lock_bins(m, id, want->from_ns, span, 1, &bin);
		busy = bin.ns[EVIDENCE_OBSERVED] + bin.ns[EVIDENCE_INFERRED] +
		       bin.ns[EVIDENCE_UNKNOWN];
		if (busy)
			c[used++] = (struct choice){.score = busy, .id = id};
	}
	err = add_best(r, c, used, max, ROW_LOCK);
	free(c);
	r->nr_bottom = r->nr - before;
	return err;
}

/* ---- processes and threads ---- */

static bool overlaps(const struct task *t, const struct rows_want *want)
{
	return t->start_ns < want->to_ns && t->end_ns > want->from_ns;
}

static bool is_idle(const struct model *m, uint32_t task, const struct rows_want *want)
{
	struct task_bin bin = {0};

	model_task_bins(m, task, want->from_ns, want->to_ns - want->from_ns, 1, &bin);
	return !bin.ns[STATE_RUNNING] && !bin.ns[STATE_RUNNABLE] && !bin.ns[STATE_LOCK];
}

/* The slot of a leader's process, made if it is new; NO_PROC: no memory. */
static uint32_t proc_of(struct rows *r, size_t *nr, uint32_t leader)
{
	if (r->slots[leader] != NO_PROC)
		return r->slots[leader];
	if (grow((void **)&r->procs, &r->cap_procs, *nr + 1, sizeof(*r->procs)))
		return NO_PROC;
	r->procs[*nr] = (struct proc){
		.leader = leader,
		.parent = NO_PROC,
		.child = NO_PROC,
		.sibling = NO_PROC,
		.last_child = NO_PROC,
	};
	r->slots[leader] = (uint32_t)*nr;
	return (uint32_t)(*nr)++;
}

/*
 * Finds the processes with visible tasks and gathers each one's tasks, by
 * birth, in a part of members[].
 */
static int gather(struct rows *r, const struct model *m, const struct rows_want *want,
		  size_t *nr_procs)
{
	uint32_t nr = model_nr_tasks(m), at = 0;

	*nr_procs = 0;
	if (grow((void **)&r->slots, &r->cap_slots, nr + 1u, sizeof(*r->slots)) ||
	    grow((void **)&r->members, &r->cap_members, nr + 1u, sizeof(*r->members)))
		return -ENOMEM;
	memset(r->slots, 0xff, (nr + 1u) * sizeof(*r->slots));
	for (uint32_t i = 1; i < nr; i++) {
		const struct task *t = model_task(m, i);
		uint32_t p;

		if (!t || !t->in_scope || t->leader >= nr || !overlaps(t, want))
			continue;
		p = proc_of(r, nr_procs, t->leader);
		if (p == NO_PROC)
			return -ENOMEM;
		r->procs[p].nr++;
	}
	for (size_t p = 0; p < *nr_procs; p++) {
		r->procs[p].first = at;
		at += r->procs[p].nr;
		r->procs[p].nr = 0;
	}
	for (uint32_t i = 1; i < nr; i++) {
		const struct task *t = model_task(m, i);
		struct proc *p;

		if (!t || !t->in_scope || t->leader >= nr ||
		    r->slots[t->leader] == NO_PROC)
			continue;
		p = &r->procs[r->slots[t->leader]];
		p->ever++;
		if (overlaps(t, want))
			r->members[p->first + p->nr++] = i;
	}
	return 0;
}

/* Idle members go behind the busy ones; the order is kept otherwise. */
static size_t partition(const struct model *m, const struct rows_want *want,
			uint32_t *member, size_t nr, uint32_t *scratch, bool reorder)
{
	size_t busy = 0, idle = 0;

	for (size_t i = 0; i < nr; i++) {
		if (is_idle(m, member[i], want))
			scratch[idle++] = member[i];
		else if (reorder)
			member[busy++] = member[i];
		else
			busy++;
	}
	if (reorder)
		memcpy(member + busy, scratch, idle * sizeof(*member));
	return busy;
}

/*
 * Links processes below the process that created them. A creator is known
 * before its children, which also rules out a circle.
 */
static void link_procs(struct rows *r, const struct model *m, size_t nr, bool reorder,
		       uint32_t *first_root)
{
	uint32_t last_root = NO_PROC;

	*first_root = NO_PROC;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < nr; i++) {
			struct proc *p = &r->procs[i];
			const struct task *t = model_task(m, p->leader);
			const struct task *creator = t ? model_task(m, t->parent) : NULL;
			uint32_t up = NO_PROC, *head, *tail;

			/* First those that do something, when there is no room. */
			if (reorder ? p->busy != (pass == 0) : pass == 1)
				continue;
			if (creator && creator->index && creator->leader < p->leader)
				up = r->slots[creator->leader];
			p->parent = up;
			head = up == NO_PROC ? first_root : &r->procs[up].child;
			tail = up == NO_PROC ? &last_root : &r->procs[up].last_child;
			if (*head == NO_PROC)
				*head = i;
			else
				r->procs[*tail].sibling = i;
			*tail = i;
		}
	}
}

static int add_proc(struct rows *r, const struct model *m, const struct rows_want *want,
		    struct proc *p)
{
	bool alone = p->ever == 1, folded = !alone && is_folded(r, p->leader);
	int err = 0;

	if (want->hide_idle && !p->busy) {
		r->nr_idle += p->nr;
		return 0;
	}
	if (!alone && (want->height >= TIGHT || folded))
		err = add(r, (struct row){.kind = ROW_PROCESS,
					  .id = p->leader,
					  .depth = p->depth,
					  .folded = folded,
					  .idle = !p->busy,
					  .nr = p->nr});
	if (folded)
		return err;
	for (uint32_t i = 0; i < p->nr && !err; i++) {
		uint32_t task = r->members[p->first + i];
		bool idle = is_idle(m, task, want);

		if (want->hide_idle && idle) {
			r->nr_idle++;
			continue;
		}
		err = add(r, (struct row){.kind = ROW_THREAD,
					  .id = task,
					  .depth = p->depth,
					  .alone = alone,
					  .idle = idle});
	}
	return err;
}

/* Down, else right, else up: a chain of forks is as deep as it likes. */
static uint32_t next_proc(const struct rows *r, uint32_t at)
{
	if (r->procs[at].child != NO_PROC)
		return r->procs[at].child;
	while (at != NO_PROC && r->procs[at].sibling == NO_PROC)
		at = r->procs[at].parent;
	return at == NO_PROC ? NO_PROC : r->procs[at].sibling;
}

static int add_body(struct rows *r, const struct model *m, const struct rows_want *want,
		    size_t height)
{
	size_t nr = 0, lines = 0;
	uint32_t *scratch, first;
	bool reorder;
	int err = gather(r, m, want, &nr);

	if (err)
		return err;
	scratch = malloc((model_nr_tasks(m) + 1u) * sizeof(*scratch));
	if (!scratch)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		lines += r->procs[i].nr + (r->procs[i].ever > 1);
	reorder = lines > height;
	for (size_t i = 0; i < nr; i++)
		r->procs[i].busy = partition(m, want, r->members + r->procs[i].first,
					     r->procs[i].nr, scratch, reorder) > 0;
	free(scratch);
	link_procs(r, m, nr, reorder, &first);
	for (uint32_t at = first; at != NO_PROC && !err; at = next_proc(r, at)) {
		struct proc *p = &r->procs[at];
		uint8_t up = p->parent == NO_PROC ? 0 : r->procs[p->parent].depth + 1;

		p->depth = up > MAX_DEPTH ? MAX_DEPTH : up;
		err = add_proc(r, m, want, p);
	}
	return err;
}

int rows_build(struct rows *r, const struct model *m, const struct rows_want *want)
{
	struct rows_want w = *want;
	size_t room, locks;
	int err;

	if (w.to_ns <= w.from_ns)
		w.to_ns = w.from_ns + 1;
	r->nr = r->nr_top = r->nr_body = r->nr_bottom = 0;
	r->nr_idle = 0;
	err = add_top(r, m, &w);
	if (err)
		return err;
	room = w.height > r->nr ? w.height - r->nr : 1;
	err = add_body(r, m, &w, room);
	if (err)
		return err;
	r->nr_body = r->nr - r->nr_top;
	/* Locks may have what the body leaves, and a quarter in any case. */
	locks = room > r->nr_body ? room - r->nr_body : 0;
	if (locks < room / 4)
		locks = room / 4;
	if (!locks && room >= 4)
		locks = 1;
	return add_bottom(r, m, &w, locks);
}

/* ---- labels ---- */

static void process_name(const struct model *m, uint32_t leader, char *buf, size_t bytes)
{
	const struct task *t = model_task(m, leader);

	buf[0] = '\0';
	if (t)
		text_escape(buf, bytes, t->process[0] ? t->process : t->comm);
}

static void thread_label(const struct row *row, const struct model *m, int width,
			 char *buf, size_t bytes)
{
	const struct task *t = model_task(m, row->id);
	int indent = row->depth > width / 4 ? width / 4 : row->depth;
	char name[128], pid[16] = "", cut[128];

	if (row->alone && t) {
		text_escape(name, sizeof(name), t->comm);
		snprintf(pid, sizeof(pid), " %u", t->tgid);
		if (canvas_width(name) + (int)strlen(pid) + indent + 2 > width)
			pid[0] = '\0';
	} else {
		model_task_label(m, row->id, name, sizeof(name));
	}
	canvas_shorten(cut, sizeof(cut), name, width - indent - 2 - (int)strlen(pid));
	snprintf(buf, bytes, "%*s%c %s%s", indent, "", model_task_letter(m, row->id), cut,
		 pid);
}

void row_label(const struct row *row, const struct model *m, int width, char *buf,
	       size_t bytes)
{
	static const char *const many[] = {[ROW_CPU] = "CPUs", [ROW_LOCK] = "locks"};
	const struct task *t;
	char name[128], cut[128];

	switch (row->kind) {
	case ROW_CPU:
		snprintf(buf, bytes, "CPU %u", row->id);
		break;
	case ROW_WAITING:
		snprintf(buf, bytes, "waiting");
		break;
	case ROW_PROCESS:
		t = model_task(m, row->id);
		process_name(m, row->id, name, sizeof(name));
		snprintf(buf, bytes, "%*s%s%s %u", row->depth, "",
			 row->folded ? "[+] " : "", name, t ? t->tgid : 0);
		break;
	case ROW_THREAD:
		thread_label(row, m, width, buf, bytes);
		break;
	case ROW_LOCK:
		model_lock_label(m, row->id, name, sizeof(name));
		canvas_shorten(cut, sizeof(cut), name, width - 7);
		snprintf(buf, bytes, "lock %c %s", model_lock_letter(m, row->id),
			 width < 14 ? "" : cut);
		break;
	case ROW_MORE:
		snprintf(buf, bytes, "+%u %s", row->nr,
			 row->id == ROW_CPU || row->id == ROW_LOCK ? many[row->id]
								   : "more");
		break;
	default:
		buf[0] = '\0';
	}
}

void row_name(const struct row *row, const struct model *m, char *buf, size_t bytes)
{
	switch (row->kind) {
	case ROW_LOCK:
		model_lock_label(m, row->id, buf, bytes);
		break;
	case ROW_THREAD:
		if (row->alone && model_task(m, row->id))
			text_escape(buf, bytes, model_task(m, row->id)->comm);
		else
			model_task_label(m, row->id, buf, bytes);
		break;
	default:
		row_label(row, m, 1000, buf, bytes);
	}
}

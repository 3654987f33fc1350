/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export.c - tasks as other readers of Perfetto's format know them
 *
 * They learn of a task that lived before the recording from a process tree,
 * of one that was born in it from task_newtask, and of names from task_rename:
 * a name in a process tree would outrank every later one, so trees have none
 * for threads. Our own reader takes none of this; docs/recording.md says why
 * each fact is there twice.
 */
#include "trace/encode_lane.h"

#include <string.h>

#define EVENT_COST 128 /* an upper bound of one ftrace event with two names */
#define FOUND_COST 64

/* The length of the valid UTF-8 sequence at p, 0 if there is none. */
static size_t utf8_bytes(const uint8_t *p, size_t left)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = *p < 0x80       ? 1
		   : *p >> 5 == 6  ? 2
		   : *p >> 4 == 14 ? 3
		   : *p >> 3 == 30 ? 4
				   : 0;
	uint32_t code;
	size_t i;

	if (n <= 1)
		return n;
	if (n > left)
		return 0;
	code = *p & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < lowest[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return n;
}

char *export_text(struct arena *a, const char *comm, size_t bytes)
{
	size_t n = strnlen(comm, bytes), i, part;
	char *text = arena_alloc(a, (n > 5 ? n : 5) + 1);
	bool blank = true;

	if (!text)
		return NULL;
	for (i = 0; i < n; i += part ? part : 1) {
		part = utf8_bytes((const uint8_t *)comm + i, n - i);
		if (part > 1 || (part && comm[i] >= 0x20 && comm[i] != 0x7f))
			memcpy(text + i, comm + i, part);
		else
			text[i] = '?';
		blank = blank && comm[i] == ' ';
	}
	/* Perfetto mistakes a blank name for none at all. */
	if (blank)
		strcpy(text, "<...>");
	return text;
}

/* One ftrace event on e's CPU, done by pid; the caller fills in what it was. */
static Pf__FtraceEvent *ftrace_event(struct encoder *c, struct lane *l,
				     const struct event *e, uint32_t pid)
{
	Pf__FtraceEvent *f = arena_alloc(&c->arena, sizeof(*f));

	/* Perfetto knows no CPU that is not real. */
	if (!f || pointers_push(l->cpu == EVENT_CPU_USER ? &c->user : &l->ftrace, f))
		return NULL;
	pf__ftrace_event__init(f);
	f->has_timestamp = true;
	f->timestamp = c->boottime_ns + e->time_ns;
	f->has_pid = true;
	f->pid = pid;
	c->cost += EVENT_COST;
	return f;
}

static int export_newtask(struct encoder *c, struct lane *l, const struct event *e)
{
	Pf__FtraceEvent *f = ftrace_event(c, l, e, e->task.parent_tid);
	Pf__TaskNewtask *m = arena_alloc(&c->arena, sizeof(*m));

	if (!f || !m)
		return -ENOMEM;
	pf__task_newtask__init(m);
	f->task_newtask = m;
	m->has_pid = true;
	m->pid = e->tid;
	m->comm = export_text(&c->arena, e->task.comm, EVENT_COMM_BYTES);
	m->has_clone_flags = true;
	m->clone_flags = e->task.clone_flags;
	return m->comm ? 0 : -ENOMEM;
}

static int export_rename(struct encoder *c, struct lane *l, const struct event *e,
			 const char *old)
{
	Pf__FtraceEvent *f = ftrace_event(c, l, e, e->tid);
	Pf__TaskRename *m = arena_alloc(&c->arena, sizeof(*m));

	if (!f || !m)
		return -ENOMEM;
	pf__task_rename__init(m);
	f->task_rename = m;
	m->has_pid = true;
	m->pid = e->tid;
	m->oldcomm = export_text(&c->arena, old, EVENT_COMM_BYTES);
	m->newcomm = export_text(&c->arena, e->task.comm, EVENT_COMM_BYTES);
	return m->oldcomm && m->newcomm ? 0 : -ENOMEM;
}

static int export_exec(struct encoder *c, struct lane *l, const struct event *e)
{
	Pf__FtraceEvent *f = ftrace_event(c, l, e, e->tid);
	Pf__SchedProcessExec *m = arena_alloc(&c->arena, sizeof(*m));

	if (!f || !m)
		return -ENOMEM;
	pf__sched_process_exec__init(m);
	f->sched_process_exec = m;
	m->filename = export_text(&c->arena, e->task.comm, EVENT_COMM_BYTES);
	m->has_pid = true;
	m->pid = e->tid;
	m->has_old_pid = true;
	m->old_pid = e->task.parent_tid;
	return m->filename ? 0 : -ENOMEM;
}

/* A line of the process tree for a task that nobody saw being born. */
static int export_found(struct encoder *c, const struct event *e)
{
	Pf__Process *p;
	Pf__Thread *t = arena_alloc(&c->arena, sizeof(*t));

	if (!c->threads.n && !c->processes.n)
		c->found_ns = e->time_ns;
	if (!t || pointers_push(&c->threads, t))
		return -ENOMEM;
	pf__thread__init(t);
	t->has_tid = true;
	t->tid = e->tid;
	t->has_tgid = true;
	t->tgid = e->task.tgid;
	c->cost += FOUND_COST;
	if (e->tid != e->task.tgid)
		return 0;

	p = arena_alloc(&c->arena, sizeof(*p));
	if (!p || pointers_push(&c->processes, p))
		return -ENOMEM;
	pf__process__init(p);
	p->has_pid = true;
	p->pid = e->tid;
	p->has_ppid = true;
	p->ppid = e->task.ppid;
	p->cmdline = arena_alloc(&c->arena, sizeof(*p->cmdline));
	if (!p->cmdline)
		return -ENOMEM;
	p->n_cmdline = 1;
	p->cmdline[0] = export_text(&c->arena, e->task.comm, EVENT_COMM_BYTES);
	c->cost += FOUND_COST;
	return p->cmdline[0] ? 0 : -ENOMEM;
}

int export_task(struct encoder *c, struct lane *l, const struct event *e)
{
	struct known_task *t = task_map_find(&c->tasks, e->tid);
	bool forked = e->flags & TASK_FORKED, known = t;
	char old[EVENT_COMM_BYTES] = "";
	int err = 0;

	if (!e->tid)
		return 0;
	t = task_map_add(&c->tasks, e->tid);
	if (!t)
		return -ENOMEM;
	memcpy(old, known ? t->comm : e->task.comm, sizeof(old));
	t->tgid = e->task.tgid;
	comm_set(t->comm, e->task.comm, EVENT_COMM_BYTES - 1);
	if (!known || memcmp(old, t->comm, sizeof(old)) != 0)
		encoder_forget_comm(c, e->tid);

	if (forked)
		return export_newtask(c, l, e);
	if (!known)
		err = export_found(c, e);
	if (!known || memcmp(old, e->task.comm, sizeof(old)) != 0)
		err |= export_rename(c, l, e, old);
	if (e->flags & TASK_EXECED)
		err |= export_exec(c, l, e);
	return err;
}

int export_exit(struct encoder *c, struct lane *l, const struct event *e)
{
	const struct known_task *t = task_map_find(&c->tasks, e->tid);
	Pf__FtraceEvent *f = ftrace_event(c, l, e, e->tid);
	Pf__SchedProcessExit *m = arena_alloc(&c->arena, sizeof(*m));

	if (!f || !m)
		return -ENOMEM;
	pf__sched_process_exit__init(m);
	f->sched_process_exit = m;
	m->comm = export_text(&c->arena, t ? t->comm : "", EVENT_COMM_BYTES);
	m->has_pid = true;
	m->pid = e->tid;
	m->has_tgid = true;
	m->tgid = t ? t->tgid : e->tid;
	m->has_prio = true;
	m->prio = l->running == e->tid ? l->prio : 120;
	return m->comm ? 0 : -ENOMEM;
}

int export_gone(struct encoder *c, struct lane *l, const struct event *e)
{
	const struct known_task *t = task_map_find(&c->tasks, e->tid);
	Pf__FtraceEvent *f = ftrace_event(c, l, e, e->sw.next_tid);
	Pf__SchedProcessFree *m = arena_alloc(&c->arena, sizeof(*m));

	if (!f || !m)
		return -ENOMEM;
	/* The kernel frees it a little later: after the switch, not with it. */
	f->timestamp++;
	pf__sched_process_free__init(m);
	f->sched_process_free = m;
	m->comm = export_text(&c->arena, t ? t->comm : "", EVENT_COMM_BYTES);
	m->has_pid = true;
	m->pid = e->tid;
	m->has_prio = true;
	m->prio = e->sw.prev_prio;
	task_map_remove(&c->tasks, e->tid);
	encoder_forget_comm(c, e->tid);
	return m->comm ? 0 : -ENOMEM;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model.c - a model's life, and its answers about the whole
 */
#include "model/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/lock.h"
#include "model/sched.h"
#include "model/tasks.h"
#include "model/waits.h"

#define MEMORY_BYTES (UINT64_C(512) << 20)

static struct model *model_of(struct sink *s)
{
	return (struct model *)((char *)s - offsetof(struct model, sink));
}

/* ---- the sink ---- */

static void free_info(struct trace_info *info)
{
	for (int i = 0; i < info->argc; i++)
		free((char *)info->argv[i]);
	free((void *)info->argv);
	free((char *)info->scope);
	free((char *)info->kernel);
	free((char *)info->machine);
	*info = (struct trace_info){0};
}

static bool copy_text(const char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return !from || *to;
}

static bool copy_argv(struct trace_info *to, const struct trace_info *from)
{
	const char **argv;

	if (!from->argv)
		return true;
	argv = calloc((size_t)from->argc + 1, sizeof(*argv));
	if (!argv)
		return false;
	to->argv = argv;
	for (; to->argc < from->argc; to->argc++)
		if (!copy_text(&argv[to->argc], from->argv[to->argc]))
			return false;
	return true;
}

static int begin(struct sink *s, const struct trace_info *info)
{
	struct model *m = model_of(s);
	struct trace_info *to = &m->info;

	if (to->machine || m->events || m->has_ended)
		return -EINVAL;
	*to = *info;
	to->argv = NULL;
	to->argc = 0;
	to->scope = to->kernel = to->machine = NULL;
	if (!copy_argv(to, info) || !copy_text(&to->scope, info->scope) ||
	    !copy_text(&to->kernel, info->kernel) ||
	    !copy_text(&to->machine, info->machine ? info->machine : ""))
		return -ENOMEM;
	m->x86_64 = !strcmp(to->machine, "x86_64");
	m->nr_cpus = info->nr_cpus < NO_CPU ? info->nr_cpus : NO_CPU;
	return 0;
}

static int event(struct sink *s, const struct event *e)
{
	struct model *m = model_of(s);

	return m->has_ended ? -EINVAL : sched_event(m, e);
}

static int advance(struct sink *s, uint64_t time_ns)
{
	struct model *m = model_of(s);

	if (m->has_ended)
		return -EINVAL;
	if (time_ns > m->now_ns)
		m->now_ns = time_ns;
	return lock_advance(m, time_ns);
}

/* The end mark decides when now is, however far the last advance() looked. */
static int end(struct sink *s, const struct trace_end *at)
{
	struct model *m = model_of(s);

	if (m->has_ended)
		return -EINVAL;
	m->ended = *at;
	if (m->ended.duration_ns < m->event_ns)
		m->ended.duration_ns = m->event_ns;
	m->has_ended = true;
	m->now_ns = m->ended.duration_ns;
	lock_end(m, m->now_ns);
	return 0;
}

/* ---- life ---- */

struct model *model_new(const struct model_options *opt)
{
	struct model *m = calloc(1, sizeof(*m));
	struct task_state *idle;

	if (!m)
		return NULL;
	m->sink = (struct sink){
		.begin = begin, .event = event, .advance = advance, .end = end};
	m->pool.limit_bytes = opt && opt->memory_bytes ? opt->memory_bytes : MEMORY_BYTES;
	m->by_tid = tid_map_new();
	m->waits = wait_table_new();
	m->depth = depth_new();
	m->locks = lock_table_new(m);
	if (!m->by_tid || !m->waits || !m->depth || !m->locks)
		goto fail;
	idle = task_new(m, 0, 0);
	if (!idle)
		goto fail;
	strcpy(idle->pub.comm, "idle");
	return m;
fail:
	model_free(m);
	return NULL;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; i < m->nr_tasks; i++)
		task_free(m->tasks[i], NULL);
	for (unsigned int i = 0; i < m->cap_cpus; i++) {
		if (m->cpus[i])
			lane_free(&m->cpus[i]->lane, NULL);
		free(m->cpus[i]);
	}
	lock_table_free(m->locks);
	tid_map_free(m->by_tid);
	wait_table_free(m->waits);
	depth_free(m->depth);
	free_info(&m->info);
	free(m->tasks);
	free(m->live);
	free(m->cpus);
	free(m);
}

struct sink *model_sink(struct model *m)
{
	return &m->sink;
}

/* ---- the whole ---- */

const struct trace_info *model_info(const struct model *m)
{
	return &m->info;
}

uint64_t model_now_ns(const struct model *m)
{
	return m->now_ns;
}

uint64_t model_edge_ns(const struct model *m)
{
	return m->pool.edge_ns;
}

bool model_ended(const struct model *m, struct trace_end *at)
{
	if (m->has_ended && at)
		*at = m->ended;
	return m->has_ended;
}

uint64_t model_events(const struct model *m)
{
	return m->events;
}

uint64_t model_lost(const struct model *m)
{
	return m->lost;
}

uint64_t model_late(const struct model *m)
{
	return m->late;
}

uint64_t model_switches(const struct model *m)
{
	return m->switches;
}

uint64_t model_bytes(const struct model *m)
{
	uint64_t bytes = sizeof(*m) + m->pool.bytes + m->by_tid->bytes +
			 m->cap_tasks * sizeof(*m->tasks) +
			 m->cap_live * sizeof(*m->live) + m->cap_cpus * sizeof(*m->cpus) +
			 wait_table_bytes(m->waits) + depth_bytes(m->depth) +
			 lock_table_bytes(m->locks);

	for (uint32_t i = 0; i < m->nr_tasks; i++)
		bytes += sizeof(*m->tasks[i]) + samples_bytes(&m->tasks[i]->runq);
	for (unsigned int i = 0; i < m->cap_cpus; i++)
		bytes += m->cpus[i] ? sizeof(*m->cpus[i]) : 0;
	return bytes;
}

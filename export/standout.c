/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/standout.c - what stands out, by rules with numbers in them
 *
 * Time is counted over the lives of the threads in scope. Candidates:
 *
 *   a lock   its waiters waited for it at least 10 % of their lives
 *   a CPU    threads queued at least 20 % of the time they could run, and at
 *            least 10 % of their lives
 *
 * What applies is said, the one with more waiting in ns first; a tie is the
 * lock's. Only if none applies:
 *
 *   a state  lock, sync, io, sleep, stopped or other is at least half of all
 *
 * The rules judge nothing: they choose which figure of the tables to put first.
 */
#include "export/standout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/report_order.h"

#define LOCK_PERCENT       10
#define QUEUE_PERCENT      20
#define QUEUE_LIFE_PERCENT 10
#define STATE_PERCENT      50

size_t report_task(const struct model *m, uint32_t task, char *buf, size_t bytes)
{
	const struct task *t = model_task(m, task);
	char label[80];

	if (!t || !task)
		return snprintf(buf, bytes, "nobody");
	if (!t->in_scope)
		return other_name(t, buf, bytes);
	model_task_label(m, task, label, sizeof(label));
	return snprintf(buf, bytes, "%c %s", model_task_letter(m, task), label);
}

size_t report_lock(const struct model *m, uint32_t lock, bool kind, char *buf,
		   size_t bytes)
{
	const struct lock *l = model_lock(m, lock);
	char name[200];

	if (l->name && l->name[0])
		text_escape(name, sizeof(name), l->name);
	else
		snprintf(name, sizeof(name), "0x%" PRIx64, l->address);
	if (!kind)
		return snprintf(buf, bytes, "%s", name);
	return snprintf(buf, bytes, "%s %c = %s", lock_kind_name(l->kind),
			model_lock_letter(m, lock), name);
}

static unsigned int percent(uint64_t part, uint64_t whole)
{
	return whole ? ((unsigned __int128)part * 100 + whole / 2) / whole : 0;
}

static bool at_least(uint64_t part, uint64_t whole, unsigned int limit)
{
	return whole && (unsigned __int128)part * 100 >= (unsigned __int128)whole * limit;
}

/* ---- all threads together ---- */

struct sums {
	uint64_t life_ns, ns[STATE_NR];
	uint64_t longest_queue_ns;
	uint32_t longest_queue_task;
	uint32_t threads;
};

static struct sums sum_up(const struct model *m)
{
	struct sums s = {0};

	for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
		const struct task *t = model_task(m, i);
		uint64_t ns[STATE_NR], longest;

		if (!t || !t->in_scope)
			continue;
		model_task_totals(m, i, ns);
		for (int k = 0; k < STATE_NR; k++) {
			s.ns[k] += ns[k];
			s.life_ns += ns[k];
		}
		longest = model_task_runq_ns(m, i, 100);
		if (longest > s.longest_queue_ns) {
			s.longest_queue_ns = longest;
			s.longest_queue_task = i;
		}
		s.threads++;
	}
	return s;
}

/* ---- a lock ---- */

/* "worker" of "worker-12": what numbered threads have in common. */
static size_t stem_length(const char *name)
{
	size_t n = strlen(name);

	while (n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9')
		n--;
	if (!name[n])
		return n;
	while (n > 0 && strchr("-_.:#/ ", name[n - 1]))
		n--;
	return n;
}

/* "The 3 worker threads", "B alice and C bob", "B alice", "5 threads". */
static void name_group(const struct model *m, const uint32_t *tasks, size_t nr, char *buf,
		       size_t bytes)
{
	char first[80], name[80];
	bool alike = true;
	size_t stem;

	report_task(m, tasks[0], name, sizeof(name));
	if (nr == 1) {
		snprintf(buf, bytes, "%s", name);
		return;
	}
	model_task_label(m, tasks[0], first, sizeof(first));
	stem = stem_length(first);
	for (size_t i = 1; i < nr && alike; i++) {
		char label[80];

		model_task_label(m, tasks[i], label, sizeof(label));
		alike = stem && stem == stem_length(label) &&
			!strncmp(first, label, stem);
	}
	if (alike && strcmp(first, "main")) {
		snprintf(buf, bytes, "The %zu %.*s threads", nr, (int)stem, first);
	} else if (nr == 2) {
		char other[80];

		report_task(m, tasks[1], other, sizeof(other));
		snprintf(buf, bytes, "%s and %s", name, other);
	} else {
		snprintf(buf, bytes, "%zu threads", nr);
	}
}

/* The lock with the most waiting that its waiters felt; 0 if there is none. */
static uint32_t worst_lock(const struct model *m, uint64_t *life_ns)
{
	uint32_t worst = 0;
	uint64_t wait_ns = 0;

	for (uint32_t id = 1; id <= model_nr_locks(m); id++) {
		const struct lock *l = model_lock(m, id);
		size_t nr = model_lock_waiters(m, id, NULL, 0);
		uint32_t *tasks;
		uint64_t life = 0;

		if (l->wait_ns <= wait_ns || !nr || !(tasks = calloc(nr, sizeof(*tasks))))
			continue;
		model_lock_waiters(m, id, tasks, nr);
		for (size_t i = 0; i < nr; i++) {
			const struct task *t = model_task(m, tasks[i]);

			life += task_end_ns(m, t) - t->start_ns;
		}
		free(tasks);
		if (!at_least(l->wait_ns, life, LOCK_PERCENT))
			continue;
		worst = id;
		wait_ns = l->wait_ns;
		*life_ns = life;
	}
	return worst;
}

static void say_lock_took(const struct model *m, uint32_t id, uint64_t life_ns, char *buf,
			  size_t bytes)
{
	const struct lock *l = model_lock(m, id);
	size_t nr = model_lock_waiters(m, id, NULL, 0);
	uint32_t *tasks = calloc(nr, sizeof(*tasks));
	char group[200], name[240];

	if (!tasks)
		return;
	model_lock_waiters(m, id, tasks, nr);
	name_group(m, tasks, nr, group, sizeof(group));
	report_lock(m, id, true, name, sizeof(name));
	snprintf(buf, bytes, "%s waited %u %% of %s time for %s.", group,
		 percent(l->wait_ns, life_ns), nr == 1 ? "its" : "their", name);
	free(tasks);
}

/* ---- a CPU, a state ---- */

static void say_queue_took(const struct model *m, const struct sums *s, char *buf,
			   size_t bytes)
{
	uint64_t able_ns = s->ns[STATE_RUNNABLE] + s->ns[STATE_RUNNING];
	char longest[32], name[80];

	text_duration(longest, sizeof(longest), s->longest_queue_ns);
	report_task(m, s->longest_queue_task, name, sizeof(name));
	snprintf(buf, bytes,
		 "Of the time that they could run, threads spent %u %% queueing for a "
		 "CPU, at the longest %s (%s).",
		 percent(s->ns[STATE_RUNNABLE], able_ns), longest, name);
}

static void say_state_took(const struct sums *s, char *buf, size_t bytes)
{
	static const char *const what[STATE_NR] = {
		[STATE_LOCK] = "for locks",
		[STATE_SYNC] = "for other threads or processes",
		[STATE_IO] = "for input or output",
		[STATE_SLEEP] = "for a timer",
		[STATE_STOPPED] = "to be continued: they were stopped",
		[STATE_OTHER] = "in the kernel for something else",
	};
	enum state most = STATE_LOCK;

	for (enum state k = STATE_LOCK; k < STATE_NR; k++)
		if (s->ns[k] > s->ns[most])
			most = k;
	if (!at_least(s->ns[most], s->life_ns, STATE_PERCENT))
		return;
	if (s->threads == 1)
		snprintf(buf, bytes, "The thread waited %u %% of its time %s.",
			 percent(s->ns[most], s->life_ns), what[most]);
	else
		snprintf(buf, bytes,
			 "Taken together, the %" PRIu32
			 " threads waited %u %% of their time %s.",
			 s->threads, percent(s->ns[most], s->life_ns), what[most]);
}

void say_what_took_time(const struct model *m, char *buf, size_t bytes)
{
	struct sums s = sum_up(m);
	uint64_t queued_ns = s.ns[STATE_RUNNABLE], life_ns = 0;
	uint32_t lock = worst_lock(m, &life_ns);
	char of_lock[500] = "", of_queue[300] = "";
	bool lock_first;

	buf[0] = '\0';
	if (lock)
		say_lock_took(m, lock, life_ns, of_lock, sizeof(of_lock));
	if (at_least(queued_ns, queued_ns + s.ns[STATE_RUNNING], QUEUE_PERCENT) &&
	    at_least(queued_ns, s.life_ns, QUEUE_LIFE_PERCENT) && s.longest_queue_task)
		say_queue_took(m, &s, of_queue, sizeof(of_queue));
	lock_first = lock && model_lock(m, lock)->wait_ns >= queued_ns;
	if (of_lock[0] && of_queue[0])
		snprintf(buf, bytes, "%s %s", lock_first ? of_lock : of_queue,
			 lock_first ? of_queue : of_lock);
	else if (of_lock[0] || of_queue[0])
		snprintf(buf, bytes, "%s", of_lock[0] ? of_lock : of_queue);
	else if (s.threads)
		say_state_took(&s, buf, bytes);
}

/* ---- use of the CPUs ---- */

bool knows_others(const struct model *m)
{
	const struct trace_info *info = model_info(m);

	return !info || info->others || info->foreign;
}

void say_cpu_use(const struct model *m, char *buf, size_t bytes)
{
	uint64_t busy = 0, target = 0, duration = report_end_ns(m);
	unsigned int cpus = model_nr_cpus(m);
	unsigned int mine, theirs;
	int n;

	buf[0] = '\0';
	for (unsigned int cpu = 0; cpu < cpus; cpu++) {
		uint64_t b, t, switches;

		model_cpu_totals(m, cpu, &b, &t, &switches);
		busy += b;
		target += t;
	}
	if (!duration || !cpus)
		return;
	mine = percent(target, duration);
	theirs = percent(busy - target, duration);
	n = snprintf(buf, bytes, "On average the traced threads used %u.%02u of %u CPU%s",
		     mine / 100, mine % 100, cpus, cpus == 1 ? "" : "s");
	if (n < 0 || (size_t)n >= bytes)
		return;
	if (knows_others(m))
		snprintf(buf + n, bytes - n, ", everybody else %u.%02u.", theirs / 100,
			 theirs % 100);
	else
		snprintf(buf + n, bytes - n, "; of others nothing was recorded.");
}

void say_what_is_unknown(const struct model *m, char *buf, size_t bytes)
{
	struct sums s = sum_up(m);
	char time[32];

	buf[0] = '\0';
	if (!model_lost(m))
		return;
	text_duration(time, sizeof(time), s.ns[STATE_UNKNOWN]);
	snprintf(buf, bytes,
		 "%" PRIu64
		 " event%s lost; in all, what threads did is unknown for %s (%u %% of "
		 "their time), and counts may be too low.",
		 model_lost(m), model_lost(m) == 1 ? " was" : "s were", time,
		 percent(s.ns[STATE_UNKNOWN], s.life_ns));
}

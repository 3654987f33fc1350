/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/report_order.c - lists of tasks in total orders
 */
#include "export/report_order.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By birth as the letters are: what was there already, by its real age. */
static int by_birth(const struct task *a, const struct task *b)
{
	if (a->start_ns != b->start_ns)
		return compare(a->start_ns, b->start_ns);
	if (a->born_ns != b->born_ns)
		return a->born_ns < b->born_ns ? -1 : 1;
	if (a->tid != b->tid)
		return compare(a->tid, b->tid);
	return compare(a->index, b->index);
}

static int thread_order(const void *pa, const void *pb, void *m)
{
	return by_birth(model_task(m, *(const uint32_t *)pa),
			model_task(m, *(const uint32_t *)pb));
}

static int process_order(const void *pa, const void *pb, void *m)
{
	const struct task *a = model_task(m, *(const uint32_t *)pa);
	const struct task *b = model_task(m, *(const uint32_t *)pb);

	if (a->kthread != b->kthread)
		return a->kthread ? 1 : -1;
	if (a->kthread)
		return by_birth(a, b);
	if (a->leader == b->leader) {
		/* The leader comes first, also if an exec made it the youngest. */
		if ((a->leader == a->index) != (b->leader == b->index))
			return a->leader == a->index ? -1 : 1;
		return by_birth(a, b);
	}
	return by_birth(model_task(m, a->leader), model_task(m, b->leader));
}

static int other_order(const void *pa, const void *pb, void *m)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
	int c = compare(model_other_run_ns(m, b), model_other_run_ns(m, a));

	return c ? c : by_birth(model_task(m, a), model_task(m, b));
}

static bool is_thread(const struct model *m, uint32_t i)
{
	const struct task *t = model_task(m, i);

	return t && t->in_scope;
}

static bool is_other(const struct model *m, uint32_t i)
{
	const struct task *t = model_task(m, i);

	return t && !t->in_scope && model_other_run_ns(m, i) > 0;
}

static int list(const struct model *m, struct task_list *out,
		bool (*wanted)(const struct model *, uint32_t),
		int (*order)(const void *, const void *, void *))
{
	uint32_t n = model_nr_tasks(m);

	*out = (struct task_list){.index = calloc(n ? n : 1, sizeof(uint32_t))};
	if (!out->index)
		return -ENOMEM;
	for (uint32_t i = 1; i < n; i++)
		if (wanted(m, i))
			out->index[out->nr++] = i;
	/* The model is only read; qsort_r's context has no const. */
	qsort_r(out->index, out->nr, sizeof(uint32_t), order, (void *)m);
	return 0;
}

int list_threads(const struct model *m, struct task_list *out)
{
	return list(m, out, is_thread, thread_order);
}

int list_by_process(const struct model *m, struct task_list *out)
{
	return list(m, out, is_thread, process_order);
}

int list_others(const struct model *m, struct task_list *out)
{
	return list(m, out, is_other, other_order);
}

void task_list_free(struct task_list *l)
{
	free(l->index);
	*l = (struct task_list){0};
}

uint64_t report_end_ns(const struct model *m)
{
	struct trace_end end;

	return model_ended(m, &end) ? end.duration_ns : model_now_ns(m);
}

uint64_t task_end_ns(const struct model *m, const struct task *t)
{
	uint64_t end = report_end_ns(m);

	return t->end_ns < end ? t->end_ns : end;
}

size_t other_name(const struct task *t, char *buf, size_t bytes)
{
	if (t->tracer)
		return snprintf(buf, bytes, "mtviz");
	if (!t->comm[0])
		return snprintf(buf, bytes, "tid %" PRIu32, t->tid);
	return text_escape(buf, bytes, t->comm);
}

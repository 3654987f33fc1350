/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/report_order.h - what both reports list, and in which order
 *
 * Every order is total, so that equal models give equal bytes.
 */
#ifndef MTVIZ_EXPORT_REPORT_ORDER_H
#define MTVIZ_EXPORT_REPORT_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

struct task_list {
	uint32_t *index; /* of model_task() */
	size_t nr;
};

/* Each returns 0 or -ENOMEM; free with task_list_free() in both cases. */
/* Tasks in scope by birth, as their letters are. */
int list_threads(const struct model *m, struct task_list *out);
/* Processes by birth with their threads together, then kernel threads. */
int list_by_process(const struct model *m, struct task_list *out);
/* Tasks out of scope that ran, the busiest first. */
int list_others(const struct model *m, struct task_list *out);
void task_list_free(struct task_list *l);

/* The recording's end; a task that lives until then ends then. */
uint64_t report_end_ns(const struct model *m);
uint64_t task_end_ns(const struct model *m, const struct task *t);

/* The name of a task outside the scope, escaped. */
size_t other_name(const struct task *t, char *buf, size_t bytes);

#endif

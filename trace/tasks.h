/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/tasks.h - what a stream has said so far about each tid
 *
 * The writer needs it for Perfetto, which wants a name beside every pid; the
 * reader of other tools' traces needs it to announce tasks at first sight.
 */
#ifndef MTVIZ_TRACE_TASKS_H
#define MTVIZ_TRACE_TASKS_H

#include <stddef.h>
#include <stdint.h>

#include "trace/event.h"

struct known_task {
	uint32_t tid; /* 0: a free slot; the idle task is never stored */
	uint32_t tgid;
	uint32_t ppid;
	uint32_t parent_tid;
	uint32_t flags; /* the user's own */
	char comm[EVENT_COMM_BYTES];
};

struct task_map {
	struct known_task *v;
	size_t n, cap;
};

/* NULL if unknown. Pointers are valid until the next add or remove. */
struct known_task *task_map_find(const struct task_map *m, uint32_t tid);
/* Finds it or adds it zeroed; NULL: no memory. tid is not 0. */
struct known_task *task_map_add(struct task_map *m, uint32_t tid);
void task_map_remove(struct task_map *m, uint32_t tid);
void task_map_free(struct task_map *m);

/* Copies at most 15 bytes and fills the rest with zeros. */
void comm_set(char comm[EVENT_COMM_BYTES], const char *from, size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/rows.h - which rows the timeline has, and in which order
 *
 *     CPU 0        \
 *     CPU 1         > top: always there; the busiest ones if they are too many
 *     waiting      /
 *     bank 4121    \
 *     A main        > body: processes as a tree with their threads; scrolls
 *     B worker-1   /
 *     lock a       -  bottom: locks that somebody waited for in the window
 *
 * A task has a row if its life and the window overlap. While the body fits,
 * its order is that of birth; when it does not, those that do nothing in the
 * window (never run, want a CPU or wait for a lock) go behind the others.
 */
#ifndef MTVIZ_UI_ROWS_H
#define MTVIZ_UI_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

enum row_kind {
	ROW_NONE,
	ROW_CPU,     /* id: number */
	ROW_WAITING, /* the run queue's depth */
	ROW_PROCESS, /* id: index of the leader; nr: threads in it */
	ROW_THREAD,  /* id: task index */
	ROW_LOCK,    /* id: lock id */
	ROW_MORE,    /* nr rows that found no room */
};

struct row {
	uint8_t kind; /* enum row_kind */
	uint8_t depth;
	bool folded; /* a process: its threads are not shown */
	bool alone;  /* a thread that is its whole process: no heading above */
	bool idle;   /* does nothing in the window */
	uint32_t id;
	uint32_t nr;
};

struct rows {
	struct row *row;
	size_t nr, cap;
	size_t nr_top, nr_body, nr_bottom; /* in this order; they add up to nr */
	uint32_t nr_idle;                  /* threads hidden because they are idle */
	uint32_t *folded;                  /* leaders */
	size_t nr_folded, cap_folded;
	struct proc *procs; /* scratch, kept from build to build */
	uint32_t *slots, *members;
	size_t cap_procs, cap_slots, cap_members;
};

struct rows_want {
	uint64_t from_ns, to_ns; /* the window, cut off where history ends */
	bool hide_idle;
	size_t height; /* lines for all rows */
};

int rows_build(struct rows *r, const struct model *m, const struct rows_want *want);
void rows_free(struct rows *r);
/* Index of the row of that kind and id, or -1. */
int rows_find(const struct rows *r, enum row_kind kind, uint32_t id);
int rows_fold(struct rows *r, uint32_t leader); /* toggles; 0 or -ENOMEM */
void rows_unfold(struct rows *r, uint32_t leader);

/*
 * A row's label in at most width cells: "B worker-1", "lock a account_lock".
 * Long names lose their middle, for numbers stand at the end.
 */
void row_label(const struct row *row, const struct model *m, int width, char *buf,
	       size_t bytes);
/* The name that a search looks in. */
void row_name(const struct row *row, const struct model *m, char *buf, size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/cells.h - from what happened in a bin to the one cell that shows it
 *
 * One state fills the cell: its glyph. Several, with colour: a bar of the
 * running share, in eighths, over the colour of the largest other state, and
 * underlined if a lock wait is inside. Several, without colour or in ASCII: the
 * lock's letter if lock is the largest waiting state or at least a quarter, else
 * the largest state's glyph. A share under a sixteenth fills no eighth: a state
 * that has all but that fills the cell, unless the rest ran.
 */
#ifndef MTVIZ_UI_CELLS_H
#define MTVIZ_UI_CELLS_H

#include "model/model.h"
#include "ui/canvas.h"
#include "ui/theme.h"

struct cell cell_of_task(const struct theme *t, const struct model *m,
			 const struct task *task, const struct task_bin *bin);
struct cell cell_of_cpu(const struct theme *t, const struct model *m,
			const struct cpu_bin *bin, uint64_t bin_ns);
struct cell cell_of_lock(const struct theme *t, const struct model *m,
			 const struct lock_bin *bin);
/* depth_ns: time that tasks were runnable in the bin, summed over them. */
struct cell cell_of_depth(const struct theme *t, uint64_t depth_ns, uint64_t bin_ns,
			  unsigned int most);

/* "running 62 %, lock a 30 %, runnable 8 %": the exact shares, largest first. */
size_t shares_text(const struct model *m, const struct task_bin *bin, char *buf,
		   size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/cells.c - the rules of a cell
 */
#include "ui/cells.h"

#include <stdio.h>
#include <string.h>

static const struct cell nothing = {.ch = ' '};

static struct cell pure(const struct theme *t, const struct model *m,
			const struct task_bin *bin, enum state s)
{
	struct cell cell = {theme_glyph(s), theme_paint(t, STYLE_STATE + s)};

	if (s == STATE_RUNNING && bin->cpu != UINT16_MAX)
		cell.ch = U'0' + bin->cpu % 10;
	if (s == STATE_LOCK && bin->lock)
		cell.ch = (unsigned char)model_lock_letter(m, bin->lock);
	return cell;
}

static enum state largest(const uint64_t ns[STATE_NR], enum state but)
{
	enum state best = but == STATE_UNKNOWN ? STATE_RUNNING : STATE_UNKNOWN;

	for (int s = 0; s < STATE_NR; s++)
		if (s != (int)but && ns[s] > ns[best])
			best = (enum state)s;
	return best;
}

static struct cell mixed_colour(const struct theme *t, const struct model *m,
				const struct task_bin *bin, uint64_t total)
{
	uint64_t run = bin->ns[STATE_RUNNING];
	enum state other = largest(bin->ns, STATE_RUNNING);
	unsigned int eighths = (unsigned int)((run * 8 + total / 2) / total);
	struct cell cell;

	if (!run) {
		cell = pure(t, m, bin, other);
	} else if (eighths >= 8) {
		cell = pure(t, m, bin, STATE_RUNNING);
	} else {
		cell.ch = theme_bar(eighths ? eighths : 1);
		cell.paint = (struct paint){INK_RUN, theme_ground(other), 0};
	}
	if (bin->ns[STATE_LOCK] && (run || other != STATE_LOCK))
		cell.paint.attrs |= ATTR_UNDERLINE;
	return cell;
}

static struct cell mixed_mono(const struct theme *t, const struct model *m,
			      const struct task_bin *bin, uint64_t total)
{
	uint64_t lock = bin->ns[STATE_LOCK];

	if (lock &&
	    (largest(bin->ns, STATE_RUNNING) == STATE_LOCK || lock >= (total + 3) / 4))
		return pure(t, m, bin, STATE_LOCK);
	return pure(t, m, bin, largest(bin->ns, STATE_GONE));
}

struct cell cell_of_task(const struct theme *t, const struct model *m,
			 const struct task *task, const struct task_bin *bin)
{
	uint64_t total = 0;
	int states = 0;

	if (bin->ended) {
		bool killed = task && task->exited && (task->exit_status & 0x7f);

		return (struct cell){
			killed ? U'‡' : U'†',
			theme_paint(t, killed ? STYLE_KILLED : STYLE_STATE + STATE_GONE)};
	}
	for (int s = 0; s < STATE_NR; s++) {
		total += bin->ns[s];
		states += bin->ns[s] > 0;
	}
	if (!total)
		return nothing;
	if (states == 1)
		return pure(t, m, bin, largest(bin->ns, STATE_GONE));
	return t->colour && !t->ascii ? mixed_colour(t, m, bin, total)
				      : mixed_mono(t, m, bin, total);
}

struct cell cell_of_cpu(const struct theme *t, const struct model *m,
			const struct cpu_bin *bin, uint64_t bin_ns)
{
	const struct task *task = bin->task ? model_task(m, bin->task) : NULL;
	uint64_t known = bin_ns > bin->unknown_ns ? bin_ns - bin->unknown_ns : 0;
	unsigned int eighths;

	if (bin->unknown_ns && bin->unknown_ns >= known)
		return (struct cell){'?', theme_paint(t, STYLE_STATE + STATE_UNKNOWN)};
	if (task && task->in_scope)
		return (struct cell){(unsigned char)model_task_letter(m, bin->task),
				     theme_thread(t, task->letter)};
	if (task)
		return (struct cell){U'·', theme_paint(t, STYLE_OTHERS)};
	if (!bin->busy_ns || !known)
		return nothing;
	/* Idle for the most part, and not quite. */
	eighths = (unsigned int)((bin->busy_ns * 8 + known / 2) / known);
	if (t->ascii)
		return (struct cell){'_', theme_paint(t, STYLE_PARTLY_BUSY)};
	return (struct cell){theme_bar(eighths ? eighths : 1),
			     theme_paint(t, bin->target_ns * 2 >= bin->busy_ns
						    ? STYLE_PARTLY_BUSY
						    : STYLE_DIM)};
}

struct cell cell_of_lock(const struct theme *t, const struct model *m,
			 const struct lock_bin *bin)
{
	const struct task *task = bin->task ? model_task(m, bin->task) : NULL;
	int most = EVIDENCE_OBSERVED;
	char letter;

	for (int e = EVIDENCE_OBSERVED; e < EVIDENCE_NR; e++)
		if (bin->ns[e] > bin->ns[most])
			most = e;
	if (!bin->ns[most])
		return nothing;
	if (most == EVIDENCE_UNKNOWN || !task)
		return (struct cell){'?', theme_paint(t, STYLE_UNKNOWN_HOLDER)};
	letter = model_task_letter(m, bin->task);
	if (most == EVIDENCE_OBSERVED)
		return (struct cell){(unsigned char)letter,
				     theme_thread(t, task->letter)};
	if (letter >= 'A' && letter <= 'Z')
		letter = (char)(letter - 'A' + 'a');
	return (struct cell){(unsigned char)letter, theme_paint(t, STYLE_INFERRED)};
}

struct cell cell_of_depth(const struct theme *t, uint64_t depth_ns, uint64_t bin_ns,
			  unsigned int most)
{
	struct cell cell = {' ', theme_paint(t, STYLE_DEPTH)};
	uint64_t twentieths = bin_ns ? depth_ns * 20 / bin_ns : 0;
	uint64_t mean = bin_ns ? (depth_ns + bin_ns / 2) / bin_ns : 0;

	if (!twentieths) /* less than a twentieth of one */
		return nothing;
	if (t->ascii) {
		cell.ch = mean > 9 ? U'#' : mean ? U'0' + (char32_t)mean : U'.';
		return cell;
	}
	/* Up to eight waiting are eighths; more share the height. */
	if (most > 8)
		mean = (mean * 8 + most - 1) / most;
	cell.ch = theme_bar(mean ? (unsigned int)mean : 1);
	if (!mean)
		cell.paint.attrs |= ATTR_DIM;
	return cell;
}

size_t shares_text(const struct model *m, const struct task_bin *bin, char *buf,
		   size_t bytes)
{
	uint64_t left[STATE_NR], total = 0;
	size_t len = 0;

	memcpy(left, bin->ns, sizeof(left));
	for (int s = 0; s < STATE_NR; s++)
		total += left[s];
	if (bytes)
		buf[0] = '\0';
	while (total) {
		enum state s = largest(left, STATE_GONE);
		double percent = 100.0 * (double)left[s] / (double)total;
		char letter[4] = "";

		if (!left[s])
			break;
		if (s == STATE_LOCK && bin->lock)
			snprintf(letter, sizeof(letter), " %c",
				 model_lock_letter(m, bin->lock));
		len += (size_t)snprintf(len < bytes ? buf + len : NULL,
					len < bytes ? bytes - len : 0, "%s%s%s %.*f %%",
					len ? ", " : "", state_name(s), letter,
					percent < 10 && percent < 99.95 ? 1 : 0, percent);
		left[s] = 0;
	}
	return len;
}

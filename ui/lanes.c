/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/lanes.c - the cells of all rows
 *
 *     CPU 0     │AAACCCC···make···CC   letters: occupants in scope; dots: others
 *     waiting   │   ▁▁▁▂▂▂ ▁           how many want a CPU
 *     B worker-1│╰▒111aaaa000†         born, queued, ran, waited, ran, exited
 *     lock a    │      CCCCCCbb??      held: seen, probably, not known
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cells.h"
#include "ui/home.h"

union bins {
	struct task_bin task;
	struct cpu_bin cpu;
	struct lock_bin lock;
	uint64_t depth;
};

struct span_of_columns {
	uint64_t from_ns, col_ns;
	unsigned int nr; /* columns that something is known of */
};

static void set(struct canvas *c, int row, int col, struct cell cell)
{
	canvas_put(c, row, col, cell.ch, cell.paint);
}

/* ---- CPUs ---- */

/* Where a task outside the scope has a CPU for long enough, its name. */
static void name_outsiders(struct app *a, int row, const struct cpu_bin *bin,
			   unsigned int nr)
{
	struct paint p = theme_paint(&a->theme, STYLE_OTHERS);

	for (unsigned int i = 0, len; i < nr; i += len) {
		const struct task *t = bin[i].task ? model_task(a->m, bin[i].task) : NULL;
		char label[80];
		int w;

		for (len = 1; i + len < nr && bin[i + len].task == bin[i].task; len++)
			;
		if (!t || t->in_scope || canvas_at(&a->lanes, row, (int)i)->ch == '?')
			continue;
		if (t->tracer)
			strcpy(label, "mtviz");
		else
			model_task_label(a->m, bin[i].task, label, sizeof(label));
		w = canvas_width(label);
		if ((unsigned int)w + 1 <= len)
			canvas_text(&a->lanes, row,
				    (int)(i + (len > (unsigned int)w + 1)), w, p, label);
	}
}

static void draw_cpu(struct app *a, int row, uint32_t cpu, struct span_of_columns s,
		     struct cpu_bin *bin)
{
	model_cpu_bins(a->m, cpu, s.from_ns, s.col_ns, s.nr, bin);
	for (unsigned int i = 0; i < s.nr; i++)
		set(&a->lanes, row, (int)i,
		    cell_of_cpu(&a->theme, a->m, &bin[i], s.col_ns));
	name_outsiders(a, row, bin, s.nr);
}

static void draw_depth(struct app *a, int row, struct span_of_columns s, uint64_t *depth)
{
	unsigned int most = 0;

	model_depth_bins(a->m, s.from_ns, s.col_ns, s.nr, depth);
	for (unsigned int i = 0; i < s.nr; i++) {
		uint64_t mean = (depth[i] + s.col_ns / 2) / s.col_ns;

		if (mean > most)
			most = (unsigned int)mean;
	}
	for (unsigned int i = 0; i < s.nr; i++)
		set(&a->lanes, row, (int)i,
		    cell_of_depth(&a->theme, depth[i], s.col_ns, most));
}

/* ---- tasks ---- */

static void draw_thread(struct app *a, int row, uint32_t id, struct span_of_columns s,
			struct task_bin *bin)
{
	const struct task *t = model_task(a->m, id);
	uint64_t born;

	model_task_bins(a->m, id, s.from_ns, s.col_ns, s.nr, bin);
	for (unsigned int i = 0; i < s.nr; i++)
		set(&a->lanes, row, (int)i, cell_of_task(&a->theme, a->m, t, &bin[i]));
	/* The cell before the first one: it was born there, not merely idle. */
	if (!t || t->start_ns <= s.from_ns + s.col_ns)
		return;
	born = (t->start_ns - s.from_ns) / s.col_ns;
	if (born >= 1 && born - 1 < s.nr)
		canvas_put(&a->lanes, row, (int)born - 1, U'╰',
			   theme_paint(&a->theme, STYLE_BORN));
}

/* All threads of a folded process in one row, as if they were one task. */
static void draw_folded(struct app *a, int row, uint32_t leader, struct span_of_columns s,
			struct task_bin *bin)
{
	struct task_bin *sum = calloc(s.nr ? s.nr : 1, sizeof(*sum));
	uint32_t nr = model_nr_tasks(a->m);

	for (uint32_t id = 1; sum && id < nr; id++) {
		const struct task *t = model_task(a->m, id);

		if (!t || t->leader != leader || t->end_ns <= s.from_ns ||
		    t->start_ns >= s.from_ns + s.nr * s.col_ns)
			continue;
		model_task_bins(a->m, id, s.from_ns, s.col_ns, s.nr, bin);
		for (unsigned int i = 0; i < s.nr; i++) {
			for (int k = 0; k < STATE_NR; k++)
				sum[i].ns[k] += bin[i].ns[k];
			if (bin[i].lock)
				sum[i].lock = bin[i].lock;
			sum[i].cpu = UINT16_MAX;
		}
	}
	for (unsigned int i = 0; sum && i < s.nr; i++)
		set(&a->lanes, row, (int)i, cell_of_task(&a->theme, a->m, NULL, &sum[i]));
	free(sum);
}

static void draw_lock(struct app *a, int row, uint32_t id, struct span_of_columns s,
		      struct lock_bin *bin)
{
	model_lock_bins(a->m, id, s.from_ns, s.col_ns, s.nr, bin);
	for (unsigned int i = 0; i < s.nr; i++)
		set(&a->lanes, row, (int)i, cell_of_lock(&a->theme, a->m, &bin[i]));
}

static void draw_row(struct app *a, int line, const struct row *row,
		     struct span_of_columns s, union bins *bins)
{
	switch (row->kind) {
	case ROW_CPU:
		draw_cpu(a, line, row->id, s, &bins->cpu);
		break;
	case ROW_WAITING:
		draw_depth(a, line, s, &bins->depth);
		break;
	case ROW_THREAD:
		draw_thread(a, line, row->id, s, &bins->task);
		break;
	case ROW_PROCESS:
		if (row->folded)
			draw_folded(a, line, row->id, s, &bins->task);
		break;
	case ROW_LOCK:
		draw_lock(a, line, row->id, s, &bins->lock);
		break;
	default:
		break;
	}
}

/* ---- all of it ---- */

/*
 * Top, body and bottom follow each other; where there is room for it, a blank
 * line sets them apart.
 */
struct row home_row_on(const struct app *a, int i, int height)
{
	const struct rows *r = &a->rows;
	size_t at = (size_t)i, fixed = r->nr_top + r->nr_bottom, room, shown, hidden;
	size_t gap = r->nr + 3 <= (size_t)height;

	if (at < r->nr_top)
		return r->row[at];
	at -= r->nr_top;
	if (gap && at-- == 0)
		return (struct row){0};
	room = (size_t)height > fixed ? (size_t)height - fixed : 1;
	shown = r->nr_body <= room ? r->nr_body : room > 1 ? room - 1 : 1;
	if (at < shown)
		return r->row[r->nr_top + a->body_top + at];
	at -= shown;
	hidden = r->nr_body - shown;
	if (hidden && room > 1 && at-- == 0)
		return (struct row){.kind = ROW_MORE, .nr = (uint32_t)hidden};
	if (gap && at-- == 0)
		return (struct row){0};
	if (at < r->nr_bottom)
		return r->row[r->nr_top + r->nr_body + at];
	return (struct row){0};
}

/* Only what decides over the cells; all of it is compared as bytes. */
static struct lanes_key key_of(const struct app *a, int height)
{
	uint64_t limit = app_limit_ns(a), to = window_to_ns(&a->win);
	struct lanes_key k;
	uint64_t sum = 0;

	memset(&k, 0, sizeof(k));
	for (size_t i = 0; i < a->rows.nr; i++)
		sum = sum * 31 + a->rows.row[i].id * 8 + a->rows.row[i].kind +
		      a->rows.row[i].folded * UINT64_C(0x10000000000);
	k.from_ns = a->win.from_ns;
	k.col_ns = a->win.col_ns;
	k.limit_ns = limit < to ? limit : to;
	k.lost = model_lost(a->m);
	k.nr_tasks = (uint32_t)(sum ^ sum >> 32);
	k.nr_locks = model_nr_locks(a->m);
	k.body_top = a->body_top;
	k.nr_rows = a->rows.nr;
	k.height = (size_t)height;
	k.cols = a->win.cols;
	k.serial = a->serial;
	return k;
}

/* The columns up to what is known; a play head shows whole columns only. */
static struct span_of_columns known_columns(const struct app *a)
{
	const struct window *w = &a->win;
	uint64_t limit = app_limit_ns(a), nr = 0;

	if (limit > w->from_ns) {
		nr = limit - w->from_ns;
		if (a->play_ns >= w->now_ns)
			nr += w->col_ns - 1;
		nr /= w->col_ns;
	}
	return (struct span_of_columns){
		.from_ns = w->from_ns,
		.col_ns = w->col_ns,
		.nr = nr < w->cols ? (unsigned int)nr : w->cols,
	};
}

/* History was dropped before the window; the recording ended inside it. */
static void draw_edges(struct app *a, int height, struct span_of_columns s)
{
	bool over = a->stats.ended || !a->host->live;

	if (!over || app_limit_ns(a) < a->win.now_ns || s.nr >= a->win.cols)
		return;
	for (int i = 0; i < height; i++)
		canvas_put(&a->lanes, i, (int)s.nr, U'┊',
			   theme_paint(&a->theme, STYLE_RULE));
}

int lanes_draw(struct app *a, int height)
{
	struct lanes_key k = key_of(a, height);
	struct span_of_columns s;
	union bins *bins;
	int err;

	if (!memcmp(&k, &a->lanes_key, sizeof(k)))
		return 0;
	a->lanes.ascii = a->theme.ascii;
	err = canvas_resize(&a->lanes, height, (int)a->win.cols);
	bins = calloc(a->win.cols + 1u, sizeof(*bins));
	if (err || !bins) {
		free(bins);
		return -ENOMEM;
	}
	s = known_columns(a);
	for (int i = 0; i < height; i++) {
		struct row row = home_row_on(a, i, height);

		draw_row(a, i, &row, s, bins);
	}
	draw_edges(a, height, s);
	free(bins);
	a->lanes_key = k;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/view_table.c - three tables: threads, locks, findings
 *
 *     thread          pid    tid    run     runnable  lock     io ...
 *   A main           4121   4121    12 ms   1.2 ms    0 ns     ...
 *   B worker-1       4121   4122   410 ms    80 ms    300 ms   ...
 *
 * Totals are those of the whole recording up to now, whatever the window shows.
 * s sorts by the next column, enter shows the line's subject in the timeline.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view.h"

/* ---- shared ---- */

/* The lines as ids in a->table, sorted by a key; largest first, ties by id. */
struct keyed {
	uint64_t key;
	uint32_t id;
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void fill_table(struct app *a, struct keyed *k, size_t nr)
{
	qsort(k, nr, sizeof(*k), by_key);
	if (nr > a->cap_table) {
		uint32_t *new = realloc(a->table, nr * sizeof(*new));

		if (!new)
			return;
		a->table = new;
		a->cap_table = nr;
	}
	for (size_t i = 0; i < nr; i++)
		a->table[i] = k[i].id;
	a->nr_table = nr;
}

static void table_select(struct app *a, int64_t rows)
{
	int64_t at = a->table_at + rows;

	if (at >= (int64_t)a->nr_table)
		at = (int64_t)a->nr_table - 1;
	a->table_at = at < 0 ? 0 : at;
}

/* Keeps the selected line in view; returns the first line to show. */
static size_t table_top(struct app *a, int lines)
{
	table_select(a, 0);
	if (a->scroll > a->table_at)
		a->scroll = a->table_at;
	if (a->table_at >= a->scroll + lines)
		a->scroll = a->table_at - lines + 1;
	if (a->scroll < 0)
		a->scroll = 0;
	return (size_t)a->scroll;
}

/* Whole columns only: a number that is cut off would be another number. */
static int whole_columns(const int *ends, int nr, int width)
{
	int end = 0;

	for (int i = 0; i < nr && ends[i] <= width; i++)
		end = ends[i];
	return end;
}

/* The tab bar, the view's question, and the heading of its columns. */
static int table_head(struct app *a, struct canvas *c, int top, const char *columns,
		      const int *ends, int nr_ends)
{
	static const char *const tabs[] = {"1 timeline", "2 threads", "3 locks",
					   "4 findings"};
	int col = 1;

	for (int i = 0; i < VIEW_CYCLE; i++) {
		struct paint p = {0};

		if (i == (int)a->view)
			p.attrs = ATTR_REVERSE | ATTR_BOLD;
		col += canvas_printf(c, top, col, -1, p, " %s ", tabs[i]) + 1;
	}
	if (col + 1 + canvas_width(app_view(a)->lesson) <= c->cols)
		canvas_text(c, top, col + 1, -1, theme_paint(&a->theme, STYLE_DIM),
			    app_view(a)->lesson);
	a->table_width = whole_columns(ends, nr_ends, c->cols - 1);
	canvas_text(c, top + 1, 1, a->table_width, theme_paint(&a->theme, STYLE_BOLD),
		    columns);
	return top + 2;
}

static void put_line(struct app *a, struct canvas *c, int row, size_t i, const char *text)
{
	struct paint p = {0};

	if ((int64_t)i == a->table_at)
		p.attrs = ATTR_REVERSE;
	if (p.attrs)
		canvas_fill(c, row, 0, c->cols, ' ', p);
	canvas_text(c, row, 1, a->table_width, p, text);
}

static void empty(struct app *a, struct canvas *c, int row, const char *text)
{
	canvas_text(c, row, 1, c->cols - 1, theme_paint(&a->theme, STYLE_DIM), text);
}

/* A name in exactly width cells. */
static void pad(char *out, size_t bytes, const char *name, int width)
{
	const char *s = name;
	size_t len = 0;
	int used = 0;

	while (*s && len + 5 < bytes) {
		const char *start = s;
		int w = canvas_char_width(canvas_next_char(&s));

		if (used + w > width)
			break;
		memcpy(out + len, start, (size_t)(s - start));
		len += (size_t)(s - start);
		used += w;
	}
	while (used++ < width && len + 1 < bytes)
		out[len++] = ' ';
	out[len] = '\0';
}

static const char *duration(char buf[32], uint64_t ns)
{
	text_duration(buf, 32, ns);
	return buf;
}

/* ---- threads ---- */

enum { SORT_BIRTH, SORT_RUN, SORT_RUNNABLE, SORT_LOCK, SORT_SWITCHES, SORT_THREADS };

static uint64_t thread_key(const struct app *a, const struct task *t)
{
	uint64_t ns[STATE_NR];

	model_task_totals(a->m, t->index, ns);
	switch (a->sort % SORT_THREADS) {
	case SORT_RUN:
		return ns[STATE_RUNNING];
	case SORT_RUNNABLE:
		return ns[STATE_RUNNABLE];
	case SORT_LOCK:
		return ns[STATE_LOCK];
	case SORT_SWITCHES:
		return t->voluntary + t->involuntary;
	default:
		return UINT32_MAX - t->index;
	}
}

/* Ends of the columns that narrow screens go without. */
static const int thread_ends[] = {52, 62, 72, 84, 94, 103};

static void thread_line(const struct app *a, uint32_t id, char *buf, size_t bytes)
{
	const struct task *t = model_task(a->m, id);
	char label[80], name[96], d[5][32];
	uint64_t ns[STATE_NR];

	model_task_totals(a->m, id, ns);
	model_task_label(a->m, id, label, sizeof(label));
	pad(name, sizeof(name), label, 15);
	snprintf(buf, bytes, "%c %s %7u %-8s %8s %8s %9s %9s %11s %9" PRIu64 " %8" PRIu64,
		 model_task_letter(a->m, id), name, t->tid,
		 state_name((enum state)t->state), duration(d[0], ns[STATE_RUNNING]),
		 duration(d[1], ns[STATE_RUNNABLE]), duration(d[2], ns[STATE_LOCK]),
		 duration(d[3], ns[STATE_IO]),
		 duration(d[4], ns[STATE_SYNC] + ns[STATE_SLEEP]), t->voluntary,
		 t->involuntary);
}

static void threads_draw(struct app *a, struct canvas *c, int top, int lines)
{
	uint32_t nr = model_nr_tasks(a->m);
	struct keyed *k = calloc(nr ? nr : 1, sizeof(*k));
	int row = table_head(a, c, top,
			     "  thread              tid state     running runnable      "
			     "lock        io  sync,sleep voluntary preempt.",
			     thread_ends, 6);
	size_t n = 0, first;

	lines -= 2;
	for (uint32_t id = 1; k && id < nr; id++) {
		const struct task *t = model_task(a->m, id);

		if (t && t->in_scope)
			k[n++] = (struct keyed){thread_key(a, t), id};
	}
	if (k)
		fill_table(a, k, n);
	free(k);
	first = table_top(a, lines);
	for (int i = 0; i < lines && first + (size_t)i < a->nr_table; i++) {
		char text[300];

		thread_line(a, a->table[first + (size_t)i], text, sizeof(text));
		put_line(a, c, row + i, first + (size_t)i, text);
	}
	if (!a->nr_table)
		empty(a, c, row, "no thread yet");
}

static void threads_sort(struct app *a)
{
	static const char *const names[] = {"birth", "running", "runnable", "lock",
					    "switches"};

	a->sort = (a->sort + 1) % SORT_THREADS;
	app_say(a, "sorted by %s", names[a->sort]);
}

static void show_in_timeline(struct app *a, enum row_kind kind, uint32_t id)
{
	app_show_view(a, VIEW_HOME);
	if (!app_go_row(a, kind, id))
		app_say(a, "it does nothing in this window: a shows all of the time");
}

static void threads_enter(struct app *a)
{
	const struct task *t;

	if (a->table_at >= (int64_t)a->nr_table)
		return;
	t = model_task(a->m, a->table[a->table_at]);
	if (!t)
		return;
	if (t->end_ns <= a->win.from_ns || t->start_ns >= window_to_ns(&a->win))
		window_goto(&a->win, t->start_ns);
	show_in_timeline(a, ROW_THREAD, t->index);
}

/* ---- locks ---- */

static void lock_line(const struct app *a, uint32_t id, char *buf, size_t bytes)
{
	const struct lock *l = model_lock(a->m, id);
	struct lock_holder holder[1];
	char label[200], name[220], d[3][32], who[100] = "-";

	model_lock_label(a->m, id, label, sizeof(label));
	pad(name, sizeof(name), label, 28);
	if (model_lock_holders(a->m, id, holder, 1) && holder[0].task) {
		model_task_label(a->m, holder[0].task, label, sizeof(label));
		snprintf(who, sizeof(who), "%c %.60s",
			 model_task_letter(a->m, holder[0].task), label);
	}
	snprintf(buf, bytes, "%c %s %8" PRIu64 " %9s %9s %9s %8u  %s",
		 model_lock_letter(a->m, id), name, l->waits, duration(d[0], l->wait_ns),
		 duration(d[1], l->max_wait_ns),
		 duration(d[2], model_lock_wait_ns(a->m, id, 99)), l->waiting, who);
}

static const int lock_ends[] = {39, 49, 59, 69, 78, 200};

static void locks_draw(struct app *a, struct canvas *c, int top, int lines)
{
	uint32_t nr = model_nr_locks(a->m);
	struct keyed *k = calloc(nr ? nr : 1, sizeof(*k));
	int row = table_head(a, c, top,
			     "  lock                            waits    waited   longest"
			     "       p99 wait now  held most while others waited",
			     lock_ends, 6);
	size_t first;

	lines -= 2;
	for (uint32_t id = 1; k && id <= nr; id++) {
		const struct lock *l = model_lock(a->m, id);

		k[id - 1] = (struct keyed){a->sort ? l->waits : l->wait_ns, id};
	}
	if (k)
		fill_table(a, k, nr);
	free(k);
	first = table_top(a, lines);
	for (int i = 0; i < lines && first + (size_t)i < a->nr_table; i++) {
		char text[500];

		lock_line(a, a->table[first + (size_t)i], text, sizeof(text));
		put_line(a, c, row + i, first + (size_t)i, text);
	}
	if (!a->nr_table)
		empty(a, c, row,
		      "nobody waited for a lock (a lock that is free when it is "
		      "taken makes no event)");
}

static void locks_sort(struct app *a)
{
	a->sort = !a->sort;
	app_say(a, "sorted by %s", a->sort ? "number of waits" : "time waited");
}

static void locks_enter(struct app *a)
{
	if (a->table_at < (int64_t)a->nr_table)
		show_in_timeline(a, ROW_LOCK, a->table[a->table_at]);
}

/* ---- findings ---- */

static void findings_draw(struct app *a, struct canvas *c, int top, int lines)
{
	int row = table_head(a, c, top, "", NULL, 0), end = top + lines;
	unsigned int nr = model_nr_findings(a->m);

	row--;
	a->nr_table = nr;
	table_top(a, lines / 4 > 1 ? lines / 4 : 1);
	for (unsigned int i = (unsigned int)a->scroll; i < nr && row + 2 < end; i++) {
		const struct finding *f = model_finding(a->m, i);
		struct paint p = theme_paint(&a->theme, STYLE_ALARM);
		char at[32], until[48] = "goes on", length[32];

		if ((int64_t)i == a->table_at)
			p.attrs |= ATTR_UNDERLINE;
		text_duration(at, sizeof(at), f->start_ns);
		if (f->end_ns != UINT64_MAX) {
			text_duration(length, sizeof(length), f->end_ns - f->start_ns);
			snprintf(until, sizeof(until), "for %s", length);
		}
		row++;
		canvas_printf(c, row++, 1, c->cols - 2, p, " %s from %s, %s ",
			      finding_kind_name((enum finding_kind)f->kind), at, until);
		row += canvas_wrap(c, row, 3, c->cols - 4, end - row, (struct paint){0},
				   f->text);
	}
	if (!nr)
		empty(a, c, row + 1, "no deadlock, no lost lock");
}

static void findings_enter(struct app *a)
{
	const struct finding *f;

	if (a->table_at >= (int64_t)model_nr_findings(a->m))
		return;
	f = model_finding(a->m, (unsigned int)a->table_at);
	window_goto(&a->win, f->start_ns);
	if (f->nr_tasks)
		show_in_timeline(a, ROW_THREAD, f->tasks[0]);
}

const struct view_ops view_threads = {
	.name = "threads",
	.lesson = "Who got how much time, and what did it wait for?",
	.draw = threads_draw,
	.select = table_select,
	.enter = threads_enter,
	.sort = threads_sort,
};

const struct view_ops view_locks = {
	.name = "locks",
	.lesson = "Which locks cost time, and who held them?",
	.draw = locks_draw,
	.select = table_select,
	.enter = locks_enter,
	.sort = locks_sort,
};

const struct view_ops view_findings = {
	.name = "findings",
	.lesson = "What is wrong?",
	.draw = findings_draw,
	.select = table_select,
	.enter = findings_enter,
};

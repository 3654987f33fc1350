/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/home_text.c - the words around the lanes: axis, cell, explanation, legend
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cells.h"
#include "ui/home.h"

/* ---- axis ---- */

void home_axis(struct app *a, struct canvas *c, int row)
{
	struct axis axis = window_axis(&a->win);
	struct paint dim = theme_paint(&a->theme, STYLE_DIM);
	uint64_t step = axis.every * a->win.col_ns;
	uint64_t first = (a->win.from_ns + step - 1) / step;
	char text[48];
	bool unit = false;

	text_duration(text, sizeof(text), a->win.col_ns);
	canvas_printf(c, row, 1, a->gutter - 1, (struct paint){0},
		      a->gutter >= 13 ? "%s/col" : "%s", text);
	canvas_put(c, row, a->gutter, U'│', dim);
	for (uint64_t time = first * step; time < window_to_ns(&a->win); time += step) {
		int col = a->lane_col + (int)((time - a->win.from_ns) / a->win.col_ns);

		axis_label(&axis, time, text, sizeof(text));
		if (!unit && strlen(text) + strlen(axis.unit) + 2 <= axis.every) {
			strcat(text, " ");
			strcat(text, axis.unit);
			unit = true;
		}
		/* A label cut off at the edge would be another number. */
		if (col + (int)strlen(text) > c->cols)
			break;
		canvas_text(c, row, col, -1, (struct paint){0}, text);
	}
}

/* ---- the cell under the cursor ---- */

/* A moment, as finely as the columns are. */
static void moment(const struct app *a, uint64_t time_ns, char *buf, size_t bytes)
{
	struct axis axis = {.unit_ns = 1000000000};
	uint64_t step = a->win.col_ns;

	for (; axis.decimals < 9 && step % 1000000000; axis.decimals++)
		step *= 10;
	axis_label(&axis, time_ns, buf, (unsigned int)bytes);
	strncat(buf, " s", bytes - strlen(buf) - 1);
}

static void process_shares(const struct app *a, uint32_t leader, uint64_t from,
			   uint64_t span, char *buf, size_t bytes)
{
	struct task_bin sum = {0};

	for (uint32_t id = 1; id < model_nr_tasks(a->m); id++) {
		const struct task *t = model_task(a->m, id);
		struct task_bin bin = {0};

		if (!t || t->leader != leader || t->end_ns <= from ||
		    t->start_ns >= from + span)
			continue;
		model_task_bins(a->m, id, from, span, 1, &bin);
		for (int k = 0; k < STATE_NR; k++)
			sum.ns[k] += bin.ns[k];
	}
	shares_text(a->m, &sum, buf, bytes);
}

static void cpu_shares(const struct app *a, uint32_t cpu, uint64_t from, uint64_t span,
		       char *buf, size_t bytes)
{
	struct cpu_bin bin = {0};

	model_cpu_bins(a->m, cpu, from, span, 1, &bin);
	snprintf(buf, bytes, "busy %.0f %% (in scope %.0f %%)",
		 100.0 * (double)bin.busy_ns / (double)span,
		 100.0 * (double)bin.target_ns / (double)span);
}

static void lock_shares(const struct app *a, uint32_t lock, uint64_t from, uint64_t span,
			char *buf, size_t bytes)
{
	struct lock_bin bin = {0};
	size_t len = 0;

	model_lock_bins(a->m, lock, from, span, 1, &bin);
	buf[0] = '\0';
	for (int e = EVIDENCE_OBSERVED; e < EVIDENCE_NR && len < bytes; e++)
		if (bin.ns[e])
			len += (size_t)snprintf(buf + len, bytes - len,
						"%sholder %s %.0f %%", len ? ", " : "",
						evidence_name((enum evidence)e),
						100.0 * (double)bin.ns[e] / (double)span);
}

/* What the selected row did from..from+span, in shares. */
static void row_shares(const struct app *a, uint64_t from, uint64_t span, char *buf,
		       size_t bytes)
{
	uint64_t limit = app_limit_ns(a), depth = 0;
	struct task_bin bin = {0};

	buf[0] = '\0';
	if (limit <= from)
		return;
	if (span > limit - from)
		span = limit - from;
	switch (a->selected.kind) {
	case ROW_THREAD:
		model_task_bins(a->m, a->selected.id, from, span, 1, &bin);
		shares_text(a->m, &bin, buf, bytes);
		break;
	case ROW_PROCESS:
		process_shares(a, a->selected.id, from, span, buf, bytes);
		break;
	case ROW_CPU:
		cpu_shares(a, a->selected.id, from, span, buf, bytes);
		break;
	case ROW_LOCK:
		lock_shares(a, a->selected.id, from, span, buf, bytes);
		break;
	case ROW_WAITING:
		model_depth_bins(a->m, from, span, 1, &depth);
		snprintf(buf, bytes, "on average %.2f want a CPU",
			 (double)depth / (double)span);
		break;
	default:
		break;
	}
}

static void subject(const struct app *a, char *buf, size_t bytes)
{
	row_label(&a->selected, a->m, 60, buf, bytes);
	memmove(buf, buf + strspn(buf, " "), strlen(buf + strspn(buf, " ")) + 1);
}

void home_rule(struct app *a, struct canvas *c, int row)
{
	struct paint rule = theme_paint(&a->theme, STYLE_RULE);
	uint64_t col_from = a->win.cursor_ns / a->win.col_ns * a->win.col_ns;
	char shares[300], at[48], span[32], who[160];
	int col = 2;

	canvas_fill(c, row, 0, c->cols, U'─', rule);
	if (a->mark.on)
		return;
	row_shares(a, col_from, a->win.col_ns, shares, sizeof(shares));
	if (!shares[0])
		return;
	subject(a, who, sizeof(who));
	moment(a, col_from, at, sizeof(at));
	text_duration(span, sizeof(span), a->win.col_ns);
	col += canvas_printf(c, row, col, c->cols - col, (struct paint){0},
			     " %s, %s from %s: ", who, span, at);
	canvas_printf(c, row, col, c->cols - col - 1, theme_paint(&a->theme, STYLE_BOLD),
		      "%s ", shares);
}

/* ---- explanation ---- */

/* Who queues for a CPU, or what the threads of a process do, at the cursor. */
static void explain_many(const struct app *a, bool waiting, char *buf, size_t bytes)
{
	uint32_t nr = 0, of = 0;
	size_t len = 0;
	char names[200] = "";

	for (uint32_t id = 1; id < model_nr_tasks(a->m); id++) {
		const struct task *t = model_task(a->m, id);
		struct slice s;
		char label[80];

		if (!t || !t->in_scope || t->start_ns > a->win.cursor_ns ||
		    t->end_ns <= a->win.cursor_ns ||
		    (!waiting && t->leader != a->selected.id) ||
		    !model_task_slice(a->m, id, a->win.cursor_ns, &s))
			continue;
		of++;
		if (s.state != (waiting ? STATE_RUNNABLE : STATE_RUNNING))
			continue;
		if (nr++ >= 4)
			continue;
		model_task_label(a->m, id, label, sizeof(label));
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%c %.24s",
					nr > 1 ? ", " : "", model_task_letter(a->m, id),
					label);
	}
	if (nr > 4)
		snprintf(names + len, sizeof(names) - len, " and %u more", nr - 4);
	if (waiting && !nr)
		snprintf(buf, bytes, "nobody waits for a CPU here");
	else if (waiting)
		snprintf(buf, bytes, "%u of %u threads %s a CPU here\n%s", nr, of,
			 nr == 1 ? "wants" : "want", names);
	else
		snprintf(buf, bytes, "%u thread%s, %u running%s%s", of,
			 of == 1 ? "" : "s", nr, nr ? ": " : "", names);
}

static void explain_mark(const struct app *a, char *buf, size_t bytes)
{
	uint64_t from = a->mark.from_ns, to = a->mark.to_ns;
	char length[32], at[48], end[48], who[160], shares[300];

	if (from > to) {
		from = a->mark.to_ns;
		to = a->mark.from_ns;
	}
	text_duration(length, sizeof(length), to - from);
	moment(a, from, at, sizeof(at));
	moment(a, to, end, sizeof(end));
	subject(a, who, sizeof(who));
	row_shares(a, from, to > from ? to - from : 1, shares, sizeof(shares));
	snprintf(buf, bytes, "marked %s, from %s to %s (Esc: no mark)\n%s: %s", length,
		 at, end, who, shares);
}

static void explanation(const struct app *a, char *buf, size_t bytes)
{
	uint64_t time = a->win.cursor_ns;

	buf[0] = '\0';
	if (a->mark.on) {
		explain_mark(a, buf, bytes);
		return;
	}
	if (time && time == a->play_ns)
		time--; /* at the head: what is, not what comes */
	if (time >= app_limit_ns(a)) {
		snprintf(buf, bytes, "%s",
			 !a->win.now_ns               ? "no event yet"
			 : a->play_ns < a->win.now_ns ? "what comes next?"
						      : "nothing is known here yet");
		return;
	}
	switch (a->selected.kind) {
	case ROW_THREAD:
		model_explain(a->m, a->selected.id, time, buf, bytes);
		break;
	case ROW_CPU:
		model_explain_cpu(a->m, a->selected.id, time, buf, bytes);
		break;
	case ROW_LOCK:
		model_explain_lock(a->m, a->selected.id, time, buf, bytes);
		break;
	case ROW_WAITING:
	case ROW_PROCESS:
		explain_many(a, a->selected.kind == ROW_WAITING, buf, bytes);
		break;
	default:
		break;
	}
}

void home_explain(struct app *a, struct canvas *c, int row, int lines)
{
	struct paint bold = theme_paint(&a->theme, STYLE_BOLD), plain = {0};
	char text[1024], *why;
	int used;

	explanation(a, text, sizeof(text));
	why = strchrnul(text, '\n');
	if (*why)
		*why++ = '\0';
	used = canvas_wrap(c, row, 1, c->cols - 2, *why && lines > 1 ? lines - 1 : lines,
			   bold, text);
	if (used < lines)
		used += canvas_wrap(c, row + used, 3, c->cols - 4, lines - used, plain,
				    why);
	if (used > lines)
		canvas_put(c, row + lines - 1, c->cols - 1, U'…', bold);
}

/* ---- findings ---- */

const struct finding *home_finding(const struct app *a)
{
	uint64_t to = window_to_ns(&a->win), limit = app_limit_ns(a);

	for (unsigned int i = model_nr_findings(a->m); i-- > 0;) {
		const struct finding *f = model_finding(a->m, i);

		if (f->start_ns < (to < limit ? to : limit) && f->end_ns > a->win.from_ns)
			return f;
	}
	return NULL;
}

/* The first word is what it is: "Deadlock since 0.06 s: ...". */
void home_alarm(struct app *a, struct canvas *c, int row, int lines)
{
	const struct finding *f = home_finding(a);
	struct paint p = theme_paint(&a->theme, STYLE_ALARM);
	int used;

	if (!f)
		return;
	used = canvas_wrap(c, row, 1, c->cols - 2, lines,
			   theme_paint(&a->theme, STYLE_BOLD), f->text);
	canvas_repaint(c, row, 0, 2 + (int)strcspn(f->text, " :"), p);
	if (used > lines)
		canvas_text(c, row + lines - 1, c->cols - 9, -1, p, "\u2026 4: all ");
}

/* ---- legend ---- */

struct chip {
	const char *sign;
	uint8_t style;
	const char *text;
	bool colour_only;
};

static const struct chip chips[] = {
	{"0-9", STYLE_STATE + STATE_RUNNING, "runs on CPU", false},
	{"▒", STYLE_STATE + STATE_RUNNABLE, "wants CPU", false},
	{"a-z", STYLE_STATE + STATE_LOCK, "waits for lock", false},
	{"┄", STYLE_STATE + STATE_SYNC, "for a thread", false},
	{"~", STYLE_STATE + STATE_IO, "io", false},
	{"·", STYLE_STATE + STATE_SLEEP, "sleep", false},
	{"†", STYLE_STATE + STATE_GONE, "exit", false},
	{"‡", STYLE_KILLED, "killed", false},
	{"▄", STYLE_PARTLY_BUSY, "ran part of the time", true},
	{"?", STYLE_STATE + STATE_UNKNOWN, "unknown", false},
	{"T", STYLE_STATE + STATE_STOPPED, "stopped", false},
	{"o", STYLE_STATE + STATE_OTHER, "blocked otherwise", false},
};

static void put_chip(struct app *a, struct canvas *c, int row, int *col,
		     const struct chip *chip)
{
	int w = canvas_width(chip->sign) + 1 + canvas_width(chip->text);

	if (*col + w > c->cols ||
	    (chip->colour_only && (!a->theme.colour || a->theme.ascii)))
		return;
	*col += canvas_text(c, row, *col, -1, theme_paint(&a->theme, chip->style),
			    chip->sign);
	*col += 1 + canvas_text(c, row, *col + 1, -1, (struct paint){0}, chip->text);
	*col += 2;
}

void home_legend(struct app *a, struct canvas *c, int row)
{
	int col = 1;

	if (a->selected.kind == ROW_LOCK) {
		canvas_text(c, row, col, c->cols - 2, (struct paint){0},
			    "who holds it: A seen in the lock, a probably, ? not known, "
			    "blank: nobody waits");
		return;
	}
	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
		put_chip(a, c, row, &col, &chips[i]);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/act.c - what keys and the mouse do
 *
 * Every key comes through the table in ui/keys.c; the table of actions is at
 * the end. Nothing here draws.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/home.h"

/* Slices that one key may look at: a frame's time. */
#define WALK_MAX 200000

/* The user takes over: the window stays, and the play head stops. */
static void take_over(struct app *a)
{
	if (a->win.mode != WINDOW_STILL)
		window_set_mode(&a->win, WINDOW_STILL);
	a->playing = false;
	a->play_wall_ns = 0;
}

/* Who moves the cursor past the play head moves the head. */
static void reveal(struct app *a)
{
	if (a->play_ns < a->win.cursor_ns)
		a->play_ns = a->win.cursor_ns;
}

static void go_time(struct app *a, uint64_t time_ns)
{
	take_over(a);
	window_goto(&a->win, time_ns);
	reveal(a);
}

/* ---- rows ---- */

static bool find_row(struct app *a, enum row_kind kind, uint32_t id)
{
	int at;

	if (app_rows(a, a->lanes_height))
		return false;
	at = rows_find(&a->rows, kind, id);
	if (at < 0)
		return false;
	a->selected = a->rows.row[at];
	a->chosen_row = true;
	return true;
}

bool app_go_row(struct app *a, enum row_kind kind, uint32_t id)
{
	const struct task *t = kind == ROW_THREAD ? model_task(a->m, id) : NULL;

	if (t)
		rows_unfold(&a->rows, t->leader);
	if (find_row(a, kind, id))
		return true;
	if (!a->hide_idle)
		return false;
	a->hide_idle = false;
	return find_row(a, kind, id);
}

/* ---- stepping from change to change ---- */

static bool step_task(const struct app *a, int direction, uint64_t *time)
{
	uint64_t at = *time;
	const struct task *t = model_task(a->m, a->selected.id);
	struct slice s;

	if (!t)
		return false;
	if (!model_task_slice(a->m, a->selected.id, at, &s)) {
		/* Before its birth or after its end: its edge is the next step. */
		*time = direction > 0 ? t->start_ns : t->end_ns ? t->end_ns - 1 : 0;
		return direction > 0 ? t->start_ns > at : t->end_ns < at;
	}
	if (direction < 0 && s.start_ns < at) {
		*time = s.start_ns;
		return true;
	}
	if (!(direction > 0 ? model_slice_next : model_slice_prev)(a->m, a->selected.id,
								   &s, &s))
		return false;
	*time = s.start_ns;
	return true;
}

static bool step_cpu(const struct app *a, uint32_t cpu, int direction, uint64_t *time)
{
	struct span s;

	if (!model_cpu_span(a->m, cpu, *time, &s))
		return false;
	if (direction > 0) {
		*time = s.end_ns;
		return s.end_ns < a->win.now_ns;
	}
	if (s.start_ns == *time &&
	    (!s.start_ns || !model_cpu_span(a->m, cpu, s.start_ns - 1, &s)))
		return false;
	*time = s.start_ns;
	return true;
}

static bool step_lock(const struct app *a, int direction, uint64_t *time)
{
	struct span s;

	if (!model_lock_span(a->m, a->selected.id, *time, &s))
		return false;
	if (direction > 0) {
		*time = s.end_ns;
		return s.end_ns < a->win.now_ns;
	}
	if (s.start_ns == *time &&
	    (!s.start_ns || !model_lock_span(a->m, a->selected.id, s.start_ns - 1, &s)))
		return false;
	*time = s.start_ns;
	return true;
}

/* The nearest switch of any CPU. */
static bool step_any(const struct app *a, int direction, uint64_t *time)
{
	uint64_t from = *time, best = 0;
	bool found = false;

	for (unsigned int cpu = 0; cpu < model_nr_cpus(a->m); cpu++) {
		uint64_t at = from;

		if (!step_cpu(a, cpu, direction, &at))
			continue;
		if (!found || (direction > 0 ? at < best : at > best))
			best = at;
		found = true;
	}
	*time = best;
	return found;
}

static void act_step(struct app *a, int arg)
{
	uint64_t time = a->win.cursor_ns;
	bool found;

	switch (a->selected.kind) {
	case ROW_THREAD:
		found = step_task(a, arg, &time);
		break;
	case ROW_CPU:
		found = step_cpu(a, a->selected.id, arg, &time);
		break;
	case ROW_LOCK:
		found = step_lock(a, arg, &time);
		break;
	default:
		found = step_any(a, arg, &time);
	}
	a->chosen_row = true; /* or the next step would be another row's */
	if (found)
		go_time(a, time);
	else
		app_say(a, arg > 0 ? "no later change in this row"
				   : "no earlier change in this row");
}

/* ---- jumping along waits ---- */

/* Whom a task waits for at the cursor, or who made it run; 0: not known. */
static uint32_t because_of(const struct app *a, uint32_t task, const char **how)
{
	struct slice s, next;
	struct span held;
	const struct wait *wait;

	if (!model_task_slice(a->m, task, a->win.cursor_ns, &s))
		return 0;
	switch (s.state) {
	case STATE_RUNNABLE:
		*how = s.why == RUNNABLE_WOKEN ? "woken by"
		       : s.why == RUNNABLE_NEW ? "created by"
					       : "its CPU was taken by";
		return s.other;
	case STATE_RUNNING:
		*how = "woken by";
		if (!model_slice_prev(a->m, task, &s, &next) ||
		    next.state != STATE_RUNNABLE)
			return 0;
		if (next.why != RUNNABLE_WOKEN)
			*how = "it had queued because of";
		return next.other;
	case STATE_LOCK:
		wait = model_wait(a->m, s.wait);
		*how = "the lock is held by";
		if (wait && wait->lock &&
		    model_lock_span(a->m, wait->lock, a->win.cursor_ns, &held) &&
		    held.task) {
			if (held.evidence == EVIDENCE_INFERRED)
				*how = "the lock is probably held by";
			return held.task;
		}
		/* fall through */
	default:
		*how = "it is later woken by";
		if (!model_slice_next(a->m, task, &s, &next) ||
		    next.state != STATE_RUNNABLE || next.why != RUNNABLE_WOKEN)
			return 0;
		return next.other;
	}
}

static void go_task(struct app *a, uint32_t task, const char *how)
{
	const struct task *t = model_task(a->m, task);
	char label[80];

	if (!task || !t) {
		app_say(a, "who that is, is not known");
		return;
	}
	model_task_label(a->m, task, label, sizeof(label));
	take_over(a);
	if (t->in_scope && app_go_row(a, ROW_THREAD, task))
		app_say(a, "%s %c %s", how, model_task_letter(a->m, task), label);
	else
		app_say(a, "%s %s, which has no row here", how, label);
}

static void act_enter(struct app *a, int arg)
{
	const char *how = "";
	struct span s;
	uint32_t who;

	(void)arg;
	if (app_view(a)->enter) {
		app_view(a)->enter(a);
		return;
	}
	switch (a->selected.kind) {
	case ROW_PROCESS:
		if (rows_fold(&a->rows, a->selected.id))
			app_say(a, "no memory");
		a->chosen_row = true;
		break;
	case ROW_THREAD:
		who = because_of(a, a->selected.id, &how);
		go_task(a, who, how);
		break;
	case ROW_CPU:
		if (model_cpu_span(a->m, a->selected.id, a->win.cursor_ns, &s) && s.task)
			go_task(a, s.task, "it runs");
		break;
	case ROW_LOCK:
		if (model_lock_span(a->m, a->selected.id, a->win.cursor_ns, &s) && s.task)
			go_task(a, s.task, "the lock is held by");
		else
			app_say(a, "the holder is not known here");
		break;
	default:
		break;
	}
}

/* The longest wait for a lock or a CPU among the latest slices of a task. */
static void longest_wait(const struct app *a, uint32_t task, struct slice *best,
			 uint32_t *who, int *budget)
{
	const struct task *t = model_task(a->m, task);
	uint64_t last = app_limit_ns(a);
	struct slice s;
	bool more;

	last = t->end_ns < last ? t->end_ns : last;
	more = last && model_task_slice(a->m, task, last - 1, &s);
	for (; more && *budget > 0; --*budget) {
		if ((s.state == STATE_LOCK || s.state == STATE_RUNNABLE) &&
		    (!*who || s.end_ns - s.start_ns > best->end_ns - best->start_ns)) {
			*best = s;
			*who = task;
		}
		more = model_slice_prev(a->m, task, &s, &s);
	}
}

static void act_worst(struct app *a, int arg)
{
	bool process = a->selected.kind == ROW_PROCESS;
	struct slice best = {0};
	uint32_t who = 0;
	int budget = WALK_MAX;
	char length[32];

	(void)arg;
	if (a->selected.kind == ROW_THREAD) {
		longest_wait(a, a->selected.id, &best, &who, &budget);
	} else {
		for (uint32_t id = 1; id < model_nr_tasks(a->m); id++) {
			const struct task *t = model_task(a->m, id);

			if (t && t->in_scope && (!process || t->leader == a->selected.id))
				longest_wait(a, id, &best, &who, &budget);
		}
	}
	if (!who) {
		app_say(a, "no wait for a lock or a CPU here");
		return;
	}
	take_over(a);
	/* In the middle of it; so near that it can be seen. */
	while ((best.end_ns - best.start_ns) / a->win.col_ns < 3 &&
	       a->win.col_ns > WINDOW_MIN_COL_NS)
		window_zoom(&a->win, 1);
	go_time(a, best.start_ns + (best.end_ns - best.start_ns) / 2);
	app_go_row(a, ROW_THREAD, who);
	text_duration(length, sizeof(length), best.end_ns - best.start_ns);
	app_say(a, "the longest wait%s: %s for %s", budget ? "" : " of the latest",
		length, best.state == STATE_LOCK ? "a lock" : "a CPU");
}

/* ---- time ---- */

static void act_freeze(struct app *a, int arg)
{
	(void)arg;
	window_set_mode(&a->win,
			a->win.mode == WINDOW_STILL ? WINDOW_HOLD : WINDOW_STILL);
}

static void act_play(struct app *a, int arg)
{
	(void)arg;
	a->playing = !a->playing;
	a->play_wall_ns = 0;
	if (!a->playing)
		return;
	/* From the cursor on; from the window's start if nobody put it there. */
	if (a->play_ns == UINT64_MAX)
		a->play_ns = a->touched ? a->win.cursor_ns : a->win.from_ns;
	else
		a->play_ns = a->win.cursor_ns;
	if (a->play_ns + a->win.col_ns >= a->win.now_ns) {
		window_start(&a->win);
		a->play_ns = a->win.from_ns;
	}
}

static void act_speed(struct app *a, int arg)
{
	int was = a->speed;

	a->speed += arg;
	if (a->speed < 0 || a->speed >= NR_SPEEDS)
		a->speed = was;
	if (app_speed(a) >= 1)
		app_say(a, "speed: %.0f times real time", app_speed(a));
	else
		app_say(a, "speed: 1/%.0f of real time", 1 / app_speed(a));
}

static void act_follow(struct app *a, int arg)
{
	(void)arg;
	a->mark.on = false;
	window_set_mode(&a->win, WINDOW_HOLD);
}

static void act_scroll(struct app *a, int arg)
{
	(void)arg;
	window_set_mode(&a->win, WINDOW_SCROLL);
}

static void act_cursor(struct app *a, int arg)
{
	take_over(a);
	window_move_cursor(&a->win, arg);
	reveal(a);
}

static void act_page(struct app *a, int arg)
{
	take_over(a);
	window_pan(&a->win, arg * (int64_t)(a->win.cols / 2));
	reveal(a);
}

static void act_start(struct app *a, int arg)
{
	(void)arg;
	take_over(a);
	window_start(&a->win);
}

static void act_end(struct app *a, int arg)
{
	(void)arg;
	take_over(a);
	window_end(&a->win);
	reveal(a);
}

static void act_zoom(struct app *a, int arg)
{
	enum window_mode mode = a->win.mode;

	a->chosen_zoom = true;
	window_zoom(&a->win, arg);
	/* Zooming does not stop the picture from following. */
	if (mode != WINDOW_STILL)
		window_set_mode(&a->win, mode);
}

static void act_fit(struct app *a, int arg)
{
	(void)arg;
	a->chosen_zoom = true;
	take_over(a);
	window_fit(&a->win, a->win.edge_ns, a->win.now_ns);
}

static void act_goto(struct app *a, int arg)
{
	(void)arg;
	prompt_open(a, PROMPT_GOTO, "");
}

/* ---- rows, views, the rest ---- */

static void act_select(struct app *a, int arg)
{
	if (app_view(a)->select)
		app_view(a)->select(a, arg);
	else
		a->scroll += arg;
}

static void act_select_page(struct app *a, int arg)
{
	int lines = a->view == VIEW_HOME ? a->lanes_height : a->rows_lines - 4;

	act_select(a, arg * (lines > 2 ? lines - 2 : 1));
}

static void act_search(struct app *a, int arg)
{
	(void)arg;
	prompt_open(a, PROMPT_SEARCH, "");
}

static void act_idle(struct app *a, int arg)
{
	(void)arg;
	a->hide_idle = !a->hide_idle;
	a->body_top = 0;
	app_say(a, a->hide_idle ? "rows that do nothing in the window are hidden"
				: "all rows are shown");
}

static void act_legend(struct app *a, int arg)
{
	(void)arg;
	a->legend = !a->legend;
}

static void toggle_view(struct app *a, enum view_id v)
{
	app_show_view(a, a->view == v ? a->back : v);
}

static void act_output(struct app *a, int arg)
{
	(void)arg;
	if (a->host->output)
		toggle_view(a, VIEW_OUTPUT);
	else
		app_say(a, "there is no output here: mtviz did not start the command");
}

static void act_help(struct app *a, int arg)
{
	(void)arg;
	toggle_view(a, VIEW_HELP);
}

static void act_save(struct app *a, int arg)
{
	(void)arg;
	if (a->host->save)
		prompt_open(a, PROMPT_SAVE, "mtviz.pftrace");
	else
		app_say(a, "nothing to save: this is a recording already");
}

static void act_view(struct app *a, int arg)
{
	int now = a->view < VIEW_CYCLE ? (int)a->view : (int)a->back;

	if (arg == -1)
		arg = (now + 1) % VIEW_CYCLE;
	else if (arg == -2)
		arg = (now + VIEW_CYCLE - 1) % VIEW_CYCLE;
	app_show_view(a, (enum view_id)arg);
}

static void act_sort(struct app *a, int arg)
{
	(void)arg;
	if (app_view(a)->sort)
		app_view(a)->sort(a);
}

static void act_redraw(struct app *a, int arg)
{
	(void)arg;
	a->redraw_all = true;
}

static void act_suspend(struct app *a, int arg)
{
	(void)arg;
	a->suspend = true;
}

static void act_back(struct app *a, int arg)
{
	(void)arg;
	if (a->prompt != PROMPT_NONE)
		a->prompt = PROMPT_NONE;
	else if (a->message[0])
		a->message[0] = '\0';
	else if (a->view >= VIEW_CYCLE)
		app_show_view(a, a->back);
	else if (a->mark.on)
		a->mark.on = false;
	else if (a->view != VIEW_HOME)
		app_show_view(a, VIEW_HOME);
	else if (!a->playing)
		a->play_ns = UINT64_MAX; /* show what comes after the head */
}

static void act_quit(struct app *a, int arg)
{
	(void)arg;
	if (a->stats.running)
		a->prompt = PROMPT_QUIT;
	else
		a->done = true;
}

static void act_quit_stop(struct app *a, int arg)
{
	(void)arg;
	if (a->host->stop)
		a->host->stop(a->host->ctx);
	a->done = true;
}

static void act_quit_leave(struct app *a, int arg)
{
	(void)arg;
	if (a->host->detach)
		a->host->detach(a->host->ctx);
	a->done = true;
}

static void act_search_again(struct app *a, int arg)
{
	prompt_search(a, arg);
}

static void (*const actions[])(struct app *a, int arg) = {
	[ACT_FREEZE] = act_freeze,
	[ACT_PLAY] = act_play,
	[ACT_SPEED] = act_speed,
	[ACT_FOLLOW] = act_follow,
	[ACT_SCROLL] = act_scroll,
	[ACT_CURSOR] = act_cursor,
	[ACT_PAGE] = act_page,
	[ACT_START] = act_start,
	[ACT_END] = act_end,
	[ACT_ZOOM] = act_zoom,
	[ACT_FIT] = act_fit,
	[ACT_STEP] = act_step,
	[ACT_SELECT] = act_select,
	[ACT_SELECT_PAGE] = act_select_page,
	[ACT_ENTER] = act_enter,
	[ACT_WORST] = act_worst,
	[ACT_GOTO] = act_goto,
	[ACT_SEARCH] = act_search,
	[ACT_SEARCH_AGAIN] = act_search_again,
	[ACT_IDLE] = act_idle,
	[ACT_LEGEND] = act_legend,
	[ACT_OUTPUT] = act_output,
	[ACT_HELP] = act_help,
	[ACT_SAVE] = act_save,
	[ACT_VIEW] = act_view,
	[ACT_SORT] = act_sort,
	[ACT_REDRAW] = act_redraw,
	[ACT_SUSPEND] = act_suspend,
	[ACT_BACK] = act_back,
	[ACT_QUIT] = act_quit,
	[ACT_QUIT_STOP] = act_quit_stop,
	[ACT_QUIT_LEAVE] = act_quit_leave,
};

void app_key(struct app *a, int key)
{
	const struct key *k;

	if (key == KEY_NONE_ || prompt_key(a, key))
		return;
	k = key_find(key, app_mode(a));
	if (!k || !actions[k->action])
		return;
	if (k->action != ACT_BACK && k->action != ACT_SEARCH_AGAIN)
		a->message[0] = '\0';
	if (a->view == VIEW_HOME && k->action != ACT_PLAY && k->action != ACT_HELP)
		a->touched = true;
	actions[k->action](a, k->arg);
}

/* ---- mouse ---- */

static void mouse_zoom(struct app *a, int col, int steps)
{
	uint64_t keep = a->win.cursor_ns;
	enum window_mode mode = a->win.mode;

	a->chosen_zoom = true;
	if (mode == WINDOW_STILL) {
		window_cursor_to(&a->win, (unsigned int)col);
		window_zoom(&a->win, steps);
		if (keep >= a->win.from_ns && keep < window_to_ns(&a->win))
			a->win.cursor_ns = keep;
	} else {
		act_zoom(a, steps);
	}
}

static void mouse_select(struct app *a, int line, int col)
{
	struct row row;

	if (line < 0 || line >= a->lanes_height)
		return;
	row = home_row_on(a, line, a->lanes_height);
	if (row.kind == ROW_NONE || row.kind == ROW_MORE)
		return;
	if (col < 0 && row.kind == ROW_PROCESS && a->selected.kind == ROW_PROCESS &&
	    row.id == a->selected.id)
		act_enter(a, 0);
	a->selected = row;
	a->chosen_row = true;
}

static void mouse_press(struct app *a, int line, int col, uint64_t time)
{
	a->touched = true;
	mouse_select(a, line, col);
	if (col < 0 || col >= (int)a->win.cols)
		return;
	go_time(a, time);
	a->mark.on = false;
	a->mark.dragging = true;
	a->mark.from_ns = a->mark.to_ns = time;
}

void app_mouse(struct app *a, const struct mouse *e)
{
	int col = e->col - a->lane_col, line = e->row - a->lanes_top;
	bool in_lane = col >= 0 && col < (int)a->win.cols;
	uint64_t time = a->win.from_ns + (uint64_t)(in_lane ? col : 0) * a->win.col_ns;

	if (a->prompt != PROMPT_NONE)
		return;
	if (a->view != VIEW_HOME) {
		if (e->what == MOUSE_WHEEL_UP || e->what == MOUSE_WHEEL_DOWN)
			act_select(a, e->what == MOUSE_WHEEL_UP ? -3 : 3);
		return;
	}
	switch (e->what) {
	case MOUSE_WHEEL_UP:
	case MOUSE_WHEEL_DOWN:
		if (in_lane)
			mouse_zoom(a, col, e->what == MOUSE_WHEEL_UP ? 1 : -1);
		else
			act_select(a, e->what == MOUSE_WHEEL_UP ? -1 : 1);
		break;
	case MOUSE_PRESS:
		mouse_press(a, line, col, time);
		break;
	case MOUSE_RELEASE:
		/* Press and release in one go reach us as a release alone. */
		if (!a->mark.dragging)
			mouse_press(a, line, col, time);
		/* fall through */
	case MOUSE_DRAG:
		if (a->mark.dragging && in_lane && time != a->mark.to_ns) {
			a->mark.to_ns = time;
			a->mark.on = time != a->mark.from_ns;
			window_cursor_to(&a->win, (unsigned int)col);
			reveal(a);
		}
		if (e->what == MOUSE_RELEASE)
			a->mark.dragging = false;
		break;
	}
}

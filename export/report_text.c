/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/report_text.c - the report for people
 *
 *     mtviz report: ./bank -t 3
 *       started ... kernel ... events ...
 *
 *     Found: deadlock            what mtviz found by itself, if anything
 *     In short                   one or two sentences, by the rules of standout.c
 *     CPUs                       busy, traced
 *     Threads                    where each life went, by process
 *     Switches and queues        how often, how long they waited for a CPU
 *     Locks                      waits, holders, releasers
 *     Other tasks                who else had a CPU
 *
 * Two tables of threads where one would be too wide.
 */
#include "export/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "export/page.h"
#include "export/report_order.h"
#include "export/standout.h"

/* From here on the two tables of threads fit side by side. */
#define WIDE 136

struct text_report {
	const struct model *m;
	struct page page;
	struct task_list threads; /* by process */
	unsigned int name_width;  /* of the first column, letter and indent included */
	unsigned int processes, kernel_threads;
	int err; /* the first -errno of a part */
};

static void section(struct text_report *r, const char *title)
{
	page_line(&r->page);
	page_heading(&r->page, title);
}

/* ---- head ---- */

/* As a shell would need it, once escaped: in quotes if it is not a plain word. */
static void print_argument(struct text_report *r, const char *arg)
{
	struct page *p = &r->page;
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%+=:,./_-";
	bool quote = !*arg || strspn(arg, plain) != strlen(arg);
	size_t bytes = text_escape(NULL, 0, arg) + 1;
	char *safe = malloc(bytes);

	if (!safe) {
		r->err = -ENOMEM;
		return;
	}
	text_escape(safe, bytes, arg);
	page_text(p, quote ? " '" : " ");
	page_text(p, safe);
	page_text(p, quote ? "'" : "");
	free(safe);
}

static void print_title(struct text_report *r, const struct trace_info *info)
{
	char scope[400];

	page_heading(&r->page, "mtviz report:");
	if (info && info->argv) {
		for (int i = 0; i < info->argc; i++)
			print_argument(r, info->argv[i]);
	} else {
		text_escape(scope, sizeof(scope),
			    info && info->scope ? info->scope : "unknown");
		page_text(&r->page, " ");
		page_text(&r->page, scope);
	}
	page_line(&r->page);
}

static void print_field(struct text_report *r, const char *name, const char *text)
{
	r->page.spaces = 2;
	page_left(&r->page, 10, name);
	page_paragraph(&r->page, 12, text);
}

static void print_when(struct text_report *r, const struct trace_info *info)
{
	struct trace_end end = {.cut = true};
	char text[200], day[40], length[32];
	time_t seconds = info ? info->start_realtime_ns / 1000000000 : 0;
	struct tm tm;

	text_duration(length, sizeof(length), report_end_ns(r->m));
	if (info && info->start_realtime_ns && gmtime_r(&seconds, &tm)) {
		snprintf(day, sizeof(day), "%04d-%02d-%02d %02d:%02d:%02d UTC",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
			 tm.tm_min, tm.tm_sec);
		print_field(r, "started", day);
	}
	model_ended(r->m, &end);
	snprintf(text, sizeof(text), "%s%s", length,
		 end.cut ? "; the recording was cut off there, its end is missing" : "");
	print_field(r, "length", text);
}

static void print_head(struct text_report *r)
{
	const struct trace_info *info = model_info(r->m);
	char text[400], kernel[100], machine[40];
	unsigned int cpus = model_nr_cpus(r->m);
	size_t nr = r->threads.nr - r->kernel_threads;

	print_title(r, info);
	print_when(r, info);
	text_escape(kernel, sizeof(kernel), info && info->kernel ? info->kernel : "");
	text_escape(machine, sizeof(machine), info && info->machine ? info->machine : "");
	snprintf(text, sizeof(text), "Linux %s %s, %u CPU%s", kernel, machine, cpus,
		 cpus == 1 ? "" : "s");
	print_field(r, "kernel", text);
	snprintf(text, sizeof(text), "%zu thread%s in %u process%s%s", nr,
		 nr == 1 ? "" : "s", r->processes, r->processes == 1 ? "" : "es",
		 r->kernel_threads ? ", and " : "");
	if (r->kernel_threads)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%u of the kernel", r->kernel_threads);
	print_field(r, "traced", text);
	snprintf(text, sizeof(text), "%" PRIu64 ", of them %" PRIu64 " switches; ",
		 model_events(r->m), model_switches(r->m));
	if (model_lost(r->m))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%" PRIu64 " more were lost", model_lost(r->m));
	else
		strcat(text, "none lost");
	print_field(r, "events", text);
	if (info && info->foreign)
		print_field(r, "note",
			    "recorded by another tool, without what threads wait for: "
			    "waits are \"other\" and no lock is known");
}

/* ---- findings, in short ---- */

static void moment(char *buf, size_t bytes, uint64_t ns)
{
	snprintf(buf, bytes, "%" PRIu64 ".%03u s", ns / 1000000000,
		 (unsigned int)(ns % 1000000000 / 1000000));
}

static void print_findings(struct text_report *r)
{
	for (unsigned int i = 0; i < model_nr_findings(r->m); i++) {
		const struct finding *f = model_finding(r->m, i);
		char title[100], from[32], to[32] = "the end";

		moment(from, sizeof(from), f->start_ns);
		if (f->end_ns != UINT64_MAX)
			moment(to, sizeof(to), f->end_ns);
		section(r, f->kind == FINDING_LOST_LOCK ? "Found: lost lock"
							: "Found: deadlock");
		snprintf(title, sizeof(title), ", from %s to %s", from, to);
		page_text(&r->page, title);
		page_line(&r->page);
		page_paragraph(&r->page, 2, f->text);
	}
}

static void print_short(struct text_report *r)
{
	char took[900], use[200], unknown[300], text[1200];

	say_what_took_time(r->m, took, sizeof(took));
	say_cpu_use(r->m, use, sizeof(use));
	say_what_is_unknown(r->m, unknown, sizeof(unknown));
	section(r, "In short");
	page_line(&r->page);
	if (unknown[0])
		page_paragraph(&r->page, 2, unknown);
	snprintf(text, sizeof(text), "%s%s%s", took, took[0] ? " " : "", use);
	page_paragraph(&r->page, 2, r->threads.nr ? text : "No traced thread was seen.");
}

/* ---- CPUs ---- */

static void print_cpus(struct text_report *r)
{
	struct page *p = &r->page;
	uint64_t duration = report_end_ns(r->m);

	page_line(p);
	page_heading(p, "CPUs");
	p->spaces = r->name_width - 4;
	page_right(p, 10, "busy");
	page_right(p, 8, "%");
	page_right(p, 10, "traced");
	page_right(p, 8, "%");
	page_right(p, 10, "switches");
	page_line(p);
	for (unsigned int cpu = 0; cpu < model_nr_cpus(r->m); cpu++) {
		uint64_t busy, target, switches;
		char name[32];

		model_cpu_totals(r->m, cpu, &busy, &target, &switches);
		snprintf(name, sizeof(name), "  CPU %u", cpu);
		page_left(p, r->name_width, name);
		page_duration(p, 10, busy);
		page_percent(p, 8, busy, duration);
		page_duration(p, 10, target);
		page_percent(p, 8, target, duration);
		page_number(p, 10, switches);
		page_line(p);
	}
	if (!knows_others(r->m))
		page_paragraph(p, 2,
			       "Tasks that are not traced were not recorded: busy and "
			       "switches leave them out.");
}

/* ---- threads ---- */

static void print_exit(struct page *p, const struct task *t, uint64_t end_ns)
{
	char text[64];
	const char *name;
	int status = t->exit_status;

	if (!t->exited || t->end_ns > end_ns) {
		page_text(p, t->end_ns > end_ns ? ": alive at the end" : "");
		return;
	}
	if (WIFSIGNALED(status)) {
		name = sigabbrev_np(WTERMSIG(status));
		snprintf(text, sizeof(text), ": killed by signal %d%s%s%s",
			 WTERMSIG(status), name ? " (SIG" : "", name ? name : "",
			 name ? ")" : "");
	} else {
		snprintf(text, sizeof(text), ": exit status %d", WEXITSTATUS(status));
	}
	page_text(p, text);
}

/* Whether a line says whose the next threads are: a process, or the kernel. */
static bool begins_process(struct text_report *r, size_t i)
{
	const struct task *t = model_task(r->m, r->threads.index[i]), *before;

	if (!i)
		return true;
	before = model_task(r->m, r->threads.index[i - 1]);
	return t->kthread ? !before->kthread : t->leader != before->leader;
}

/* "bank 4121: exit status 0" */
static void print_process(struct text_report *r, const struct task *leader, bool end)
{
	struct page *p = &r->page;
	char name[80], tgid[24];

	text_escape(name, sizeof(name),
		    leader->process[0] ? leader->process : leader->comm);
	snprintf(tgid, sizeof(tgid), " %" PRIu32, leader->tgid);
	p->spaces = 1;
	if (leader->kthread) {
		page_text(p, "kernel threads");
		page_line(p);
		return;
	}
	page_text(p, name[0] ? name : "process");
	page_text(p, tgid);
	if (end)
		print_exit(p, leader, report_end_ns(r->m));
	page_line(p);
}

static void print_name(struct text_report *r, uint32_t task)
{
	char name[100];

	report_task(r->m, task, name, sizeof(name));
	r->page.spaces = 2;
	page_left(&r->page, r->name_width - 2, name);
}

static void time_titles(struct page *p)
{
	page_right(p, 9, "life");
	page_right(p, 6, "run");
	page_right(p, 9, "runnable");
	page_right(p, 6, "lock");
	page_right(p, 6, "sync");
	page_right(p, 6, "io");
	page_right(p, 6, "sleep");
	page_right(p, 6, "rest");
}

static void time_cells(struct text_report *r, uint32_t task)
{
	struct page *p = &r->page;
	uint64_t ns[STATE_NR], life = 0;

	model_task_totals(r->m, task, ns);
	for (int k = 0; k < STATE_NR; k++)
		life += ns[k];
	page_duration(p, 9, life);
	page_percent(p, 6, ns[STATE_RUNNING], life);
	page_percent(p, 9, ns[STATE_RUNNABLE], life);
	page_percent(p, 6, ns[STATE_LOCK], life);
	page_percent(p, 6, ns[STATE_SYNC], life);
	page_percent(p, 6, ns[STATE_IO], life);
	page_percent(p, 6, ns[STATE_SLEEP], life);
	page_percent(p, 6, ns[STATE_STOPPED] + ns[STATE_OTHER] + ns[STATE_UNKNOWN], life);
}

static void switch_titles(struct page *p)
{
	page_right(p, 8, "tid");
	page_right(p, 9, "vol.");
	page_right(p, 9, "invol.");
	page_right(p, 7, "moved");
	page_right(p, 9, "p50");
	page_right(p, 9, "p99");
	page_right(p, 9, "longest");
}

static void switch_cells(struct text_report *r, uint32_t task)
{
	const struct task *t = model_task(r->m, task);
	struct page *p = &r->page;

	page_number(p, 8, t->tid);
	page_number(p, 9, t->voluntary);
	page_number(p, 9, t->involuntary);
	page_number(p, 7, t->migrations);
	page_duration(p, 9, model_task_runq_ns(r->m, task, 50));
	page_duration(p, 9, model_task_runq_ns(r->m, task, 99));
	page_duration(p, 9, model_task_runq_ns(r->m, task, 100));
}

static void print_threads(struct text_report *r, const char *title, bool times,
			  bool switches)
{
	struct page *p = &r->page;

	section(r, title);
	p->spaces = r->name_width > text_cells(title) ? r->name_width - text_cells(title)
						      : 0;
	if (times)
		time_titles(p);
	if (switches)
		switch_titles(p);
	page_line(p);
	for (size_t i = 0; i < r->threads.nr; i++) {
		const struct task *t = model_task(r->m, r->threads.index[i]);

		if (begins_process(r, i))
			print_process(r, model_task(r->m, t->leader), times);
		print_name(r, t->index);
		if (times)
			time_cells(r, t->index);
		if (switches)
			switch_cells(r, t->index);
		page_line(p);
	}
}

static void print_thread_tables(struct text_report *r)
{
	bool wide = r->page.columns >= WIDE;

	if (!r->threads.nr)
		return;
	print_threads(r, "Threads", true, wide);
	if (wide)
		page_paragraph(&r->page, 2,
			       "run to rest: % of its life; rest: stopped, blocked "
			       "otherwise, unknown. vol., invol.: switches; moved: to "
			       "another CPU; p50 to longest: its waits for a CPU.");
	else
		page_paragraph(&r->page, 2,
			       "In % of its life. rest: stopped, blocked otherwise, "
			       "unknown.");
	if (wide)
		return;
	print_threads(r, "Switches", false, true);
	page_paragraph(&r->page, 2,
		       "vol., invol.: switches; moved: to another CPU; p50 to longest: "
		       "its waits for a CPU.");
}

/* ---- locks ---- */

struct sentence {
	char *text;
	size_t bytes;
	FILE *out;
};

static bool sentence_begin(struct sentence *s)
{
	s->text = NULL;
	s->out = open_memstream(&s->text, &s->bytes);
	return s->out != NULL;
}

/* "      holders    C worker-2 61.2 %, ..." */
static int sentence_print(struct sentence *s, struct page *p, const char *title)
{
	int err = fclose(s->out) ? -ENOMEM : 0;

	if (!err && s->text[0]) {
		p->spaces = 6;
		page_left(p, 11, title);
		page_paragraph(p, 17, s->text);
	}
	free(s->text);
	return err;
}

static int print_waiters(struct text_report *r, const struct lock *l)
{
	size_t nr = model_lock_waiters(r->m, l->id, NULL, 0);
	uint32_t *tasks = calloc(nr ? nr : 1, sizeof(*tasks));
	struct sentence s;
	char name[100];

	if (!tasks || !sentence_begin(&s)) {
		free(tasks);
		return -ENOMEM;
	}
	model_lock_waiters(r->m, l->id, tasks, nr);
	for (size_t i = 0; i < nr; i++) {
		report_task(r->m, tasks[i], name, sizeof(name));
		fprintf(s.out, "%s%s", i ? ", " : "", name);
	}
	if (r->processes > 1 && l->tgid)
		fprintf(s.out, "; in process %" PRIu32, l->tgid);
	free(tasks);
	return sentence_print(&s, &r->page, "waiters");
}

static int print_holders(struct text_report *r, const struct lock *l)
{
	size_t nr = model_lock_holders(r->m, l->id, NULL, 0), named = 0;
	struct lock_holder *holders = calloc(nr ? nr : 1, sizeof(*holders));
	uint64_t unknown_ns = 0;
	char name[100], share[24];
	struct sentence s;

	if (!holders || !sentence_begin(&s)) {
		free(holders);
		return -ENOMEM;
	}
	model_lock_holders(r->m, l->id, holders, nr);
	for (size_t i = 0; i < nr; i++) {
		if (holders[i].evidence != EVIDENCE_OBSERVED || !holders[i].task) {
			unknown_ns += holders[i].wait_ns;
			continue;
		}
		report_task(r->m, holders[i].task, name, sizeof(name));
		percent_text(share, sizeof(share), holders[i].wait_ns, l->wait_ns);
		fprintf(s.out, "%s%s %s %%", named++ ? ", " : "", name, share);
	}
	percent_text(share, sizeof(share), unknown_ns, l->wait_ns);
	if (unknown_ns)
		fprintf(s.out, "%sunknown %s %%", named ? "; " : "", share);
	free(holders);
	return sentence_print(&s, &r->page, "holders");
}

static int print_releasers(struct text_report *r, const struct lock *l)
{
	size_t nr = model_lock_releasers(r->m, l->id, NULL, 0);
	struct lock_releaser *releasers = calloc(nr ? nr : 1, sizeof(*releasers));
	struct sentence s;
	char name[100];

	if (!releasers || !sentence_begin(&s)) {
		free(releasers);
		return -ENOMEM;
	}
	model_lock_releasers(r->m, l->id, releasers, nr);
	for (size_t i = 0; i < nr; i++) {
		report_task(r->m, releasers[i].task, name, sizeof(name));
		fprintf(s.out, "%s%s %" PRIu64, i ? ", " : "", name, releasers[i].count);
	}
	free(releasers);
	return sentence_print(&s, &r->page, "releasers");
}

static int print_locks(struct text_report *r)
{
	struct page *p = &r->page;
	unsigned int name_width = p->columns >= WIDE ? 60 : 28;
	int err = 0;

	if (!model_nr_locks(r->m))
		return 0;
	section(r, "Locks");
	p->spaces = name_width - 5 + 14;
	page_right(p, 9, "waits");
	page_right(p, 9, "in all");
	page_right(p, 9, "p99");
	page_right(p, 9, "longest");
	page_line(p);
	for (uint32_t id = 1; id <= model_nr_locks(r->m) && !err; id++) {
		const struct lock *l = model_lock(r->m, id);
		char name[220], lettered[240];

		report_lock(r->m, id, false, name, sizeof(name));
		snprintf(lettered, sizeof(lettered), "%c %s", model_lock_letter(r->m, id),
			 name);
		p->spaces = 2;
		page_left(p, name_width - 3, lettered);
		p->spaces++;
		page_left(p, 14, lock_kind_name(l->kind));
		page_number(p, 9, l->waits);
		page_duration(p, 9, l->wait_ns);
		page_duration(p, 9, model_lock_wait_ns(r->m, id, 99));
		page_duration(p, 9, l->max_wait_ns);
		page_line(p);
		if ((err = print_waiters(r, l)) || (err = print_holders(r, l)))
			break;
		err = print_releasers(r, l);
	}
	page_paragraph(
		p, 2,
		"holders: whose name was read in the lock (observed), for which "
		"share of the waiting. releasers: whose wake ended how many waits.");
	return err;
}

/* ---- others ---- */

/* Tasks of one name, for there can be thousands. */
struct namesake {
	char name[80];
	uint64_t run_ns;
	uint32_t nr, tid; /* how many, and one of them */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct namesake *)a)->name,
		      ((const struct namesake *)b)->name);
}

static int by_run(const void *pa, const void *pb)
{
	const struct namesake *a = pa, *b = pb;

	if (a->run_ns != b->run_ns)
		return a->run_ns < b->run_ns ? 1 : -1;
	return by_name(a, b);
}

/* Returns how many different names there are. */
static size_t fold(struct namesake *all, size_t nr)
{
	size_t names = 0;

	qsort(all, nr, sizeof(*all), by_name);
	for (size_t i = 0; i < nr; i++) {
		if (!names || strcmp(all[names - 1].name, all[i].name)) {
			all[names++] = all[i];
			continue;
		}
		all[names - 1].run_ns += all[i].run_ns;
		all[names - 1].nr++;
	}
	qsort(all, names, sizeof(*all), by_run);
	return names;
}

static void print_namesakes(struct text_report *r, const struct namesake *all, size_t nr)
{
	struct page *p = &r->page;

	section(r, "Other tasks");
	p->spaces = 11;
	page_right(p, 10, "ran");
	page_right(p, 8, "tasks");
	page_right(p, 10, "tid");
	page_line(p);
	for (size_t i = 0; i < nr; i++) {
		p->spaces = 2;
		page_left(p, 20, all[i].name);
		page_duration(p, 10, all[i].run_ns);
		page_number(p, 8, all[i].nr);
		if (all[i].nr == 1)
			page_number(p, 10, all[i].tid);
		page_line(p);
	}
}

static int print_others(struct text_report *r)
{
	struct task_list others;
	struct namesake *all = NULL;
	int err = list_others(r->m, &others);

	if (!err && !(all = calloc(others.nr ? others.nr : 1, sizeof(*all))))
		err = -ENOMEM;
	for (size_t i = 0; !err && i < others.nr; i++) {
		const struct task *t = model_task(r->m, others.index[i]);

		other_name(t, all[i].name, sizeof(all[i].name));
		all[i].run_ns = model_other_run_ns(r->m, t->index);
		all[i].nr = 1;
		all[i].tid = t->tid;
	}
	if (!err && others.nr)
		print_namesakes(r, all, fold(all, others.nr));
	free(all);
	task_list_free(&others);
	return err;
}

/* ---- the whole ---- */

static void measure(struct text_report *r)
{
	unsigned int widest = 8, limit = r->page.columns >= WIDE ? 34 : 15;

	for (size_t i = 0; i < r->threads.nr; i++) {
		const struct task *t = model_task(r->m, r->threads.index[i]);
		unsigned int cells;
		char label[80];

		model_task_label(r->m, t->index, label, sizeof(label));
		cells = text_cells(label);
		if (cells > widest)
			widest = cells;
		r->kernel_threads += t->kthread;
		r->processes += begins_process(r, i) && !t->kthread;
	}
	r->name_width = 4 + (widest < limit ? widest : limit);
}

int report_text(const struct model *m, FILE *out, unsigned int columns, bool color)
{
	struct text_report r = {.m = m, .page = page_begin(out, columns, color)};
	int err = list_by_process(m, &r.threads);

	if (err)
		return err;
	measure(&r);
	print_head(&r);
	print_findings(&r);
	print_short(&r);
	print_cpus(&r);
	print_thread_tables(&r);
	err = r.err;
	if (!err)
		err = print_locks(&r);
	if (!err)
		err = print_others(&r);
	task_list_free(&r.threads);
	return err ? err : page_end(&r.page);
}

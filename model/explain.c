/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/explain.c - what a task does at a moment, and because of whom
 *
 * Two lines for a student in the last row: what is, and why.
 *
 *     D worker-3 at 12.076 s waits 4 ms for mutex a = account_lock
 *     held 16 ms by C worker-2 (observed), 10 ms of them runnable: make had its CPU
 */
#include "model/explain.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

/* ---- wants a CPU ---- */

/*
 * The CPU that a runnable slice was about: where it went next; while it still
 * queues, where the kernel put it.
 */
static unsigned int queued_on(const struct model *m, uint32_t task, const struct slice *s)
{
	struct slice next;

	if (!s->open && model_slice_next(m, task, s, &next) &&
	    next.state == STATE_RUNNING)
		return next.cpu;
	return model_task(m, task)->cpu;
}

static void say_runnable_why(struct words *w, const struct model *m,
			     const struct slice *s)
{
	const struct task *other = s->other ? model_task(m, s->other) : NULL;

	switch (s->why) {
	case RUNNABLE_PREEMPTED:
		words_say(w, "preempted");
		if (other)
			words_say(w, " by ");
		break;
	case RUNNABLE_YIELDED:
		words_say(w, "it yielded");
		if (other)
			words_say(w, " to ");
		break;
	case RUNNABLE_NEW:
		words_say(w, "new");
		if (other)
			words_say(w, ", created by ");
		break;
	default:
		words_say(w, "woken by %s", other ? "" : "an interrupt");
		break;
	}
	if (other)
		say_task(w, m, s->other);
}

/* "make had its CPU": who had most of a CPU over an interval. */
static bool say_occupant(struct words *w, const struct model *m, unsigned int cpu,
			 uint64_t from_ns, uint64_t to_ns, uint32_t task)
{
	struct cpu_bin bin;

	if (to_ns <= from_ns || cpu >= model_nr_cpus(m))
		return false;
	model_cpu_bins(m, cpu, from_ns, to_ns - from_ns, 1, &bin);
	if (!bin.task || bin.task == task || bin.busy_ns < (to_ns - from_ns) / 2)
		return false;
	say_task(w, m, bin.task);
	return true;
}

static void say_runnable(struct words *w, const struct model *m, uint32_t task,
			 const struct slice *s)
{
	unsigned int cpu = queued_on(m, task, s);
	size_t before;

	words_say(w, ": ");
	say_runnable_why(w, m, s);
	words_say(w, "\n");
	before = w->len;
	if (say_occupant(w, m, cpu, s->start_ns, s->end_ns, task))
		words_say(w, " %s CPU %u meanwhile", s->open ? "has" : "had", cpu);
	if (s->open)
		return;
	if (w->len > before)
		words_say(w, ", then %c ran at ", model_task_letter(m, task));
	else
		words_say(w, "%c ran on CPU %u at ", model_task_letter(m, task), cpu);
	say_moment(w, s->end_ns, slice_ns(s));
}

/* ---- runs ---- */

static void say_running_why(struct words *w, const struct model *m, uint32_t task,
			    const struct slice *s)
{
	struct slice before;

	if (!model_slice_prev(m, task, s, &before))
		return;
	if (before.state != STATE_RUNNABLE) {
		if (before.state == STATE_UNKNOWN)
			words_say(w, "\nwhat made it run is not known");
		return;
	}
	words_say(w, "\n");
	say_runnable_why(w, m, &before);
	words_say(w, ", queued ");
	say_duration(w, slice_ns(&before));
}

/* ---- holders ---- */

/* The part of the span that the neighbours repeat is one hold to a reader. */
static void widen(const struct model *m, uint32_t lock, struct span *s)
{
	struct span other;

	for (int i = 0; i < 64 && s->start_ns > 0; i++) {
		if (!model_lock_span(m, lock, s->start_ns - 1, &other) ||
		    other.task != s->task || other.evidence != s->evidence)
			break;
		s->start_ns = other.start_ns;
	}
	for (int i = 0; i < 64; i++) {
		if (!model_lock_span(m, lock, s->end_ns, &other) ||
		    other.task != s->task || other.evidence != s->evidence ||
		    other.end_ns <= s->end_ns)
			break;
		s->end_ns = other.end_ns;
	}
}

/* The holder's longest slice of one state within a span, looking at not too many. */
static bool longest_slice(const struct model *m, uint32_t task, const struct span *in,
			  enum state state, struct slice *longest)
{
	struct slice s;
	bool found = false, more = model_task_slice(m, task, in->start_ns, &s);

	for (int i = 0; i < 4096 && more && s.start_ns < in->end_ns; i++) {
		if (s.state == state && (!found || slice_ns(&s) > slice_ns(longest))) {
			*longest = s;
			found = true;
		}
		more = model_slice_next(m, task, &s, &s);
	}
	return found;
}

/* "10 ms of them runnable: make had its CPU", or "running on CPU 1". */
static void say_holder_does(struct words *w, const struct model *m,
			    const struct span *held, uint64_t time_ns)
{
	uint64_t length = held->end_ns - held->start_ns;
	enum state most = STATE_RUNNABLE;
	struct task_bin bin;
	struct slice s;
	size_t before;

	if (!length)
		return;
	model_task_bins(m, held->task, held->start_ns, length, 1, &bin);
	for (enum state k = STATE_RUNNABLE; k < STATE_NR; k++)
		if (bin.ns[k] > bin.ns[most])
			most = k;
	if (bin.ns[most] < length / 4 || !bin.ns[most] ||
	    !longest_slice(m, held->task, held, most, &s)) {
		if (model_task_slice(m, held->task, time_ns, &s)) {
			words_say(w, ", now ");
			say_slice(w, m, held->task, &s, FORM_PARTICIPLE);
		}
		return;
	}
	words_say(w, ", ");
	if (bin.ns[most] < length - length / 100) {
		say_about(w, bin.ns[most]);
		words_say(w, " of them ");
	} else if (most == STATE_LOCK) {
		words_say(w, "itself "); /* the next link of a chain or of a cycle */
	}
	say_slice(w, m, held->task, &s, FORM_PARTICIPLE);
	if (most != STATE_RUNNABLE)
		return;
	before = w->len;
	words_say(w, ": ");
	if (say_occupant(w, m, queued_on(m, held->task, &s), s.start_ns, s.end_ns,
			 held->task))
		words_say(w, " had its CPU");
	else
		words_back(w, before);
}

/* "last held by C carol (observed), which ended at 1.2 s": it will not let go. */
static bool say_ended_holder(struct words *w, const struct model *m, uint32_t lock,
			     const struct span *unknown)
{
	const struct task *t;
	struct span before;

	if (!unknown->start_ns ||
	    !model_lock_span(m, lock, unknown->start_ns - 1, &before) ||
	    before.evidence != EVIDENCE_OBSERVED || !before.task)
		return false;
	t = model_task(m, before.task);
	if (t->end_ns != unknown->start_ns)
		return false;
	words_say(w, "last held by ");
	say_task(w, m, before.task);
	words_say(w, " (observed), which ended at ");
	say_moment(w, t->end_ns, t->end_ns - t->start_ns);
	return true;
}

/* Why nobody can be named. */
static void say_no_holder(struct words *w, const struct model *m, const struct lock *l)
{
	words_say(w, "holder unknown");
	if (model_info(m) && model_info(m)->foreign)
		words_say(w, ": this recording has no wait facts");
	else if (l->kind == LOCK_KERNEL || l->kind == LOCK_FILE)
		words_say(w, ": %ss do not name it", lock_kind_name(l->kind));
	else if (l->kind == LOCK_RWLOCK)
		words_say(w, ": rwlocks do not name their readers");
	else if (l->kind == LOCK_FUTEX)
		words_say(w, ": it stores no owner");
	else
		words_say(w, ": no owner was read since the last wake");
}

void say_holder(struct words *w, const struct model *m, uint32_t lock, uint64_t time_ns)
{
	const struct lock *l = model_lock(m, lock);
	struct span held;

	if (!l || !model_lock_span(m, lock, time_ns, &held)) {
		words_say(w, "holder unknown");
		return;
	}
	widen(m, lock, &held);
	if (held.evidence == EVIDENCE_OBSERVED && held.task) {
		words_say(w, "held ");
		say_about(w, held.end_ns - held.start_ns);
		words_say(w, " by ");
		say_task(w, m, held.task);
		words_say(w, " (observed)");
		say_holder_does(w, m, &held, time_ns);
	} else if (held.evidence == EVIDENCE_INFERRED && held.task) {
		words_say(w, "probably held by ");
		say_task(w, m, held.task);
		words_say(w, " (inferred: woken to take it)");
	} else if (!say_ended_holder(w, m, lock, &held)) {
		say_no_holder(w, m, l);
	}
}

/* ---- what ended a wait ---- */

static void say_wake(struct words *w, const struct model *m, uint32_t task,
		     const struct slice *s, const char *how)
{
	struct slice next;

	if (s->open || !model_slice_next(m, task, s, &next) ||
	    next.state != STATE_RUNNABLE || next.why != RUNNABLE_WOKEN)
		return;
	words_say(w, "%s", how);
	if (next.other)
		say_task(w, m, next.other);
	else
		words_say(w, "an interrupt");
}

static void say_lock_why(struct words *w, const struct model *m, uint32_t task,
			 const struct slice *s, uint64_t time_ns)
{
	const struct wait *wait = model_wait(m, s->wait);
	struct span held;

	if (!wait || !wait->lock)
		return;
	words_say(w, "\n");
	say_holder(w, m, wait->lock, time_ns);
	if (!model_lock_span(m, wait->lock, time_ns, &held) ||
	    held.evidence != EVIDENCE_OBSERVED)
		say_wake(w, m, task, s, "; wait ended by ");
}

/* ---- unknown, not yet, no more ---- */

static void say_unknown(struct words *w, const struct task *t, const struct slice *s)
{
	words_say(w, " is unknown for ");
	say_duration(w, slice_ns(s));
	if (s->start_ns > t->start_ns)
		words_say(w, ": events were lost");
	else if (s->open)
		words_say(w, ": it made no event yet");
	else
		words_say(w, ": it made no event before");
}

/* A thread's own exit is silent about its status: it is its process's. */
static void say_end(struct words *w, const struct task *t)
{
	int status = t->exit_status;
	const char *name;

	words_say(w, " ended at ");
	say_moment(w, t->end_ns, t->end_ns - t->start_ns);
	if (t->exec_ended) {
		words_say(w, ": another thread of its process called exec");
	} else if (!t->exited) {
		words_say(w, ": how is not known");
	} else if (WIFSIGNALED(status)) {
		name = sigabbrev_np(WTERMSIG(status));
		words_say(w, ": killed by signal %d", WTERMSIG(status));
		if (name)
			words_say(w, " (SIG%s)", name);
		if (WCOREDUMP(status))
			words_say(w, ", core dumped");
	} else if (t->leader == t->index || WEXITSTATUS(status)) {
		words_say(w, ": exit status %d", WEXITSTATUS(status));
	} else {
		words_say(w, ": it returned");
	}
	words_say(w, "\nit lived ");
	say_duration(w, t->end_ns - t->start_ns);
	if (t->born_ns < 0)
		words_say(w, " of the recording");
}

static void say_absent(struct words *w, const struct model *m, const struct task *t,
		       uint64_t time_ns)
{
	if (time_ns < t->start_ns) {
		words_say(w, " is not there before ");
		say_moment(w, t->start_ns, t->start_ns - time_ns);
		if (t->parent) {
			words_say(w, "\ncreated by ");
			say_task(w, m, t->parent);
		}
	} else if (time_ns >= t->end_ns) {
		say_end(w, t);
	} else if (time_ns < model_edge_ns(m)) {
		words_say(w, ": history before ");
		say_moment(w, model_edge_ns(m), 0);
		words_say(w, " was dropped for lack of memory");
	} else {
		words_say(w, ": nothing is known of then");
	}
}

/* ---- the sentence ---- */

size_t model_explain(const struct model *m, uint32_t task, uint64_t time_ns, char *buf,
		     size_t bytes)
{
	struct words w = {.buf = buf, .bytes = bytes};
	const struct task *t = model_task(m, task);
	struct slice s;
	bool there;

	if (!t || !task)
		return words_end(&w);
	say_task(&w, m, task);
	if (!t->in_scope) {
		words_say(&w, " (tid %" PRIu32 ") is not traced", t->tid);
		words_say(&w, "\nonly its turns on a CPU are known");
		return words_end(&w);
	}
	there = model_task_slice(m, task, time_ns, &s);
	if (!there) {
		say_absent(&w, m, t, time_ns);
		return words_end(&w);
	}
	words_say(&w, " at ");
	say_moment(&w, time_ns, slice_ns(&s));
	if (s.state == STATE_UNKNOWN) {
		say_unknown(&w, t, &s);
		return words_end(&w);
	}
	words_say(&w, " ");
	say_slice(&w, m, task, &s, form_of(&s));
	if (s.state == STATE_RUNNING)
		say_running_why(&w, m, task, &s);
	else if (s.state == STATE_RUNNABLE)
		say_runnable(&w, m, task, &s);
	else if (s.state == STATE_LOCK)
		say_lock_why(&w, m, task, &s, time_ns);
	else
		say_wake(&w, m, task, &s, "\nthen woken by ");
	return words_end(&w);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/explain_lane.c - who has a CPU, who holds a lock, and who wants them
 */
#include "model/explain.h"

#include <inttypes.h>

/* ---- CPUs ---- */

static void say_wanted(struct words *w, const struct model *m, const struct span *s)
{
	uint64_t runnable = 0;

	if (s->end_ns <= s->start_ns)
		return;
	model_depth_bins(m, s->start_ns, s->end_ns - s->start_ns, 1, &runnable);
	if (!runnable)
		return;
	words_say(w, "\nthreads in scope wanted a CPU for ");
	say_duration(w, runnable);
	words_say(w, " meanwhile");
}

/* What the occupant's own row says about this moment, without its subject. */
static void say_occupant_why(struct words *w, const struct model *m, uint32_t task,
			     uint64_t time_ns)
{
	char own[512], *why;

	model_explain(m, task, time_ns, own, sizeof(own));
	for (why = own; *why && *why != '\n'; why++)
		;
	words_say(w, "%s", why);
}

size_t model_explain_cpu(const struct model *m, unsigned int cpu, uint64_t time_ns,
			 char *buf, size_t bytes)
{
	struct words w = {.buf = buf, .bytes = bytes};
	const struct task *t;
	struct slice slice;
	struct span s;

	words_say(&w, "CPU %u at ", cpu);
	if (!model_cpu_span(m, cpu, time_ns, &s)) {
		say_moment(&w, time_ns, UINT64_MAX);
		if (time_ns < model_edge_ns(m))
			words_say(&w, ": history of then was dropped for lack of memory");
		else
			words_say(&w, ": nothing is known of then");
		return words_end(&w);
	}
	say_moment(&w, time_ns, s.end_ns - s.start_ns);
	if (s.evidence == EVIDENCE_UNKNOWN) {
		words_say(&w, " is unknown for ");
		say_duration(&w, s.end_ns - s.start_ns);
		words_say(&w, s.start_ns ? ": events were lost or not recorded"
					 : ": it made no event before");
		return words_end(&w);
	}
	if (!s.task) {
		words_say(&w, " is idle for ");
		say_duration(&w, s.end_ns - s.start_ns);
		say_wanted(&w, m, &s);
		return words_end(&w);
	}
	t = model_task(m, s.task);
	words_say(&w, " runs ");
	say_task(&w, m, s.task);
	words_say(&w, " for ");
	say_duration(&w, s.end_ns - s.start_ns);
	if (!t->in_scope)
		words_say(&w, " (tid %" PRIu32 ", not in scope)", t->tid);
	if (t->in_scope && model_task_slice(m, s.task, time_ns, &slice) &&
	    slice.state == STATE_RUNNING)
		say_occupant_why(&w, m, s.task, time_ns);
	else
		say_wanted(&w, m, &s);
	return words_end(&w);
}

/* ---- locks ---- */

#define WAITERS_NAMED 3

/*
 * "B alice and C bob wait": who waits for lock at time_ns. A snapshot; the
 * lock's own list of waiters is of all time.
 */
static void say_waiters(struct words *w, const struct model *m, uint32_t lock,
			uint64_t time_ns)
{
	uint32_t nr = 0, named[WAITERS_NAMED];

	for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
		const struct task *t = model_task(m, i);
		const struct wait *wait;
		struct slice s;

		if (!t || !t->in_scope || time_ns < t->start_ns || time_ns >= t->end_ns ||
		    !model_task_slice(m, i, time_ns, &s) || s.state != STATE_LOCK)
			continue;
		wait = model_wait(m, s.wait);
		if (!wait || wait->lock != lock)
			continue;
		if (nr < WAITERS_NAMED)
			named[nr] = i;
		nr++;
	}
	for (uint32_t i = 0; i < nr && i < WAITERS_NAMED; i++) {
		words_say(w, "%s", !i ? ": " : i + 1 == nr ? " and " : ", ");
		say_task(w, m, named[i]);
	}
	if (nr > WAITERS_NAMED)
		words_say(w, " and %" PRIu32 " more", nr - WAITERS_NAMED);
	if (nr)
		words_say(w, "%s", nr == 1 ? " waits" : " wait");
}

size_t model_explain_lock(const struct model *m, uint32_t lock, uint64_t time_ns,
			  char *buf, size_t bytes)
{
	struct words w = {.buf = buf, .bytes = bytes};
	const struct lock *l = model_lock(m, lock);
	struct span s;

	if (!l)
		return words_end(&w);
	say_lock(&w, m, lock);
	words_say(&w, " at ");
	if (!model_lock_span(m, lock, time_ns, &s) || s.evidence == EVIDENCE_NONE) {
		say_moment(&w, time_ns, UINT64_MAX);
		words_say(&w, ": nobody waits, so who has it is not known");
		if (l->waits) {
			words_say(&w, "\n%" PRIu64 " %s, ", l->waits,
				  l->waits == 1 ? "wait" : "waits");
			say_duration(&w, l->wait_ns);
			words_say(&w, " in all, the longest ");
			say_duration(&w, l->max_wait_ns);
		}
		return words_end(&w);
	}
	say_moment(&w, time_ns, s.end_ns - s.start_ns);
	say_waiters(&w, m, lock, time_ns);
	words_say(&w, "\n");
	say_holder(&w, m, lock, time_ns);
	return words_end(&w);
}

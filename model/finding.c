/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding.c - deadlocks and lost locks, said only when they are certain
 *
 * All is decided when an owner word has been read, in event time, so that a
 * replay finds what was found live. docs/events.md has the numbers:
 *
 *   alice waits ├─────────────────── ... left:  bob    read again ≥ 100 ms
 *   bob waits        ├────────────── ... right: alice  read again ≥ 100 ms
 *                    start           said when the last link is confirmed
 */
#include "model/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIRM_NS UINT64_C(100000000)   /* a reading this long after the wait began */
#define BLOCKED_NS UINT64_C(10000000000) /* an owner asleep for longer is lost */
#define LINKS_TOLD 8                     /* a longer cycle is told in part */

enum lost_how {
	LOST_EXITED,  /* the owner has ended */
	LOST_BLOCKED, /* the owner sleeps without a timeout */
};

struct finding_state {
	struct finding pub;
	bool by_loss; /* ended only because events were lost */
	bool gap;     /* ... and found again */
	bool earlier; /* its last wait had begun before anybody looked */
	uint32_t *tasks, *locks;
	char *text;

	/* A lost lock: tasks[0] waits for it, tasks[1] is its owner. */
	uint8_t how;             /* enum lost_how */
	uint8_t owner_state;     /* in which it sleeps */
	uint32_t owner_wait;     /* for what */
	uint64_t owner_since_ns; /* the start of that sleep, or its end of life */
	uint32_t others;         /* waiters beside tasks[0], as last seen */
};

struct finding_table {
	struct finding_state **all; /* by start */
	unsigned int nr, cap;
	uint32_t visit;
	uint64_t bytes;
};

/* ---- the table ---- */

struct finding_table *finding_table_new(void)
{
	return calloc(1, sizeof(struct finding_table));
}

static void finding_free(struct finding_state *f)
{
	free(f->tasks);
	free(f->locks);
	free(f->text);
	free(f);
}

void finding_table_free(struct finding_table *ft)
{
	if (!ft)
		return;
	for (unsigned int i = 0; i < ft->nr; i++)
		finding_free(ft->all[i]);
	free(ft->all);
	free(ft);
}

size_t finding_table_bytes(const struct finding_table *ft)
{
	return sizeof(*ft) + ft->cap * sizeof(*ft->all) + ft->bytes;
}

static bool is_open(const struct finding_state *f)
{
	return f && f->pub.end_ns == UINT64_MAX;
}

static void finish(struct finding_state *f, uint64_t time_ns, bool by_loss)
{
	f->pub.end_ns = time_ns > f->pub.start_ns ? time_ns : f->pub.start_ns;
	f->by_loss = by_loss;
}

static bool is_same(const struct finding_state *a, const struct finding_state *b)
{
	if (a->pub.kind != b->pub.kind || a->pub.nr_tasks != b->pub.nr_tasks ||
	    memcmp(a->locks, b->locks, a->pub.nr_locks * sizeof(*a->locks)))
		return false;
	if (a->pub.kind == FINDING_LOST_LOCK) /* whoever waits for it first */
		return a->tasks[1] == b->tasks[1] && a->how == b->how;
	return !memcmp(a->tasks, b->tasks, a->pub.nr_tasks * sizeof(*a->tasks));
}

/*
 * f into its place by start. If it was there before and ended only because
 * events were lost, that one goes on instead, and f is freed. NULL: no memory.
 */
static struct finding_state *put(struct finding_table *ft, struct finding_state *f)
{
	unsigned int at = ft->nr;

	for (unsigned int i = ft->nr; i--;)
		if (ft->all[i]->by_loss && is_same(ft->all[i], f)) {
			struct finding_state *old = ft->all[i];

			old->pub.end_ns = UINT64_MAX;
			old->by_loss = false;
			old->gap = true;
			old->owner_since_ns = f->owner_since_ns;
			finding_free(f);
			return old;
		}
	if (ft->nr == ft->cap) {
		unsigned int cap = ft->cap ? ft->cap * 2 : 8;
		struct finding_state **all = realloc(ft->all, cap * sizeof(*all));

		if (!all) {
			finding_free(f);
			return NULL;
		}
		ft->all = all;
		ft->cap = cap;
	}
	while (at && ft->all[at - 1]->pub.start_ns > f->pub.start_ns) {
		ft->all[at] = ft->all[at - 1];
		at--;
	}
	ft->all[at] = f;
	ft->nr++;
	ft->bytes += sizeof(*f) + (f->pub.nr_tasks + f->pub.nr_locks) * sizeof(uint32_t);
	return f;
}

static struct finding_state *finding_new(enum finding_kind kind, uint64_t start_ns,
					 unsigned int nr_tasks, unsigned int nr_locks)
{
	struct finding_state *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->tasks = calloc(nr_tasks, sizeof(*f->tasks));
	f->locks = calloc(nr_locks, sizeof(*f->locks));
	if (!f->tasks || !f->locks) {
		finding_free(f);
		return NULL;
	}
	f->pub = (struct finding){.kind = kind,
				  .start_ns = start_ns,
				  .end_ns = UINT64_MAX,
				  .tasks = f->tasks,
				  .locks = f->locks,
				  .nr_tasks = nr_tasks,
				  .nr_locks = nr_locks};
	return f;
}

/* ---- cycles ---- */

/* The lock that a holder waits for, if its own holder is observed and alive. */
static struct lock_state *next_lock(const struct model *m, uint32_t task)
{
	return lock_at(m, task_at(m, task)->lock_wait);
}

static bool holder_known(const struct model *m, const struct lock_state *l)
{
	return l && l->evidence == EVIDENCE_OBSERVED &&
	       lock_holder_end(m, l) == UINT64_MAX;
}

/*
 * How many tasks are in the cycle of waits and holders that task is part of; 0
 * if it is in none, be it that its chain leads into one.
 */
static unsigned int cycle_length(struct model *m, uint32_t task)
{
	uint32_t visit = ++m->locks->findings->visit;
	struct lock_state *l = next_lock(m, task);
	unsigned int nr = 0;

	while (holder_known(m, l) && l->visited != visit) {
		nr++;
		if (l->holder == task)
			return nr;
		l->visited = visit;
		l = next_lock(m, l->holder);
	}
	return 0;
}

/*
 * Fills f with the cycle of nr tasks that begins with task. False if one of
 * its waits has a timeout, or one of its owners has not been read again.
 */
static bool tell_cycle(struct model *m, uint32_t task, struct finding_state *f)
{
	for (unsigned int i = 0; i < f->pub.nr_tasks; i++) {
		const struct task_state *t = task_at(m, task);
		const struct lock_state *l = lock_at(m, t->lock_wait);

		if (t->lock_timed || l->read_ns < t->lock_wait_since_ns + CONFIRM_NS)
			return false;
		if (!i || t->lock_wait_since_ns > f->pub.start_ns) {
			f->pub.start_ns = t->lock_wait_since_ns;
			f->earlier = t->lock_found;
		}
		f->tasks[i] = task;
		f->locks[i] = l->pub.id;
		task = l->holder;
	}
	return true;
}

static int look_for_deadlock(struct model *m, struct lock_state *l)
{
	uint32_t oldest = l->holder, task = l->holder;
	unsigned int nr = cycle_length(m, task);
	struct finding_state *f;

	if (!nr)
		return 0;
	for (unsigned int i = 0; i < nr; i++) {
		task = next_lock(m, task)->holder;
		oldest = task < oldest ? task : oldest;
	}
	/* The owner may be in a cycle by another lock, and already told. */
	if (is_open(next_lock(m, oldest)->deadlock))
		return 0;
	f = finding_new(FINDING_DEADLOCK, 0, nr, nr);
	if (!f)
		return -ENOMEM;
	if (!tell_cycle(m, oldest, f)) {
		finding_free(f);
		return 0;
	}
	f = put(m->locks->findings, f);
	if (!f)
		return -ENOMEM;
	for (unsigned int i = 0; i < nr; i++)
		lock_at(m, f->locks[i])->deadlock = f;
	return 0;
}

/* ---- lost locks ---- */

/* The task that owner_tid was, if it has ended and nobody has the number now. */
static uint32_t ended_owner(const struct model *m, const struct lock_state *l,
			    uint32_t owner_tid)
{
	const struct task_state *waiter = task_at(m, l->waiting[0]);
	uint32_t owner = task_by_ns_tid(m, l->pub.tgid, owner_tid);
	const struct task *t;

	if (!owner)
		return 0;
	t = &task_at(m, owner)->pub;
	return t->end_ns != UINT64_MAX && t->leader == waiter->pub.leader ? owner : 0;
}

/* Does task sleep with nothing but another task or the outside to end it? */
static bool sleeps_for_good(const struct model *m, const struct task_state *t)
{
	const struct wait *w = model_wait(m, t->wait);

	switch (t->pub.state) {
	case STATE_LOCK:
		return !t->lock_timed;
	case STATE_SYNC:
	case STATE_IO:
	case STATE_OTHER:
		return w && !(w->flags & SWITCH_TIMED);
	default:
		return false;
	}
}

/* When the owner's sleep ended; UINT64_MAX while it lasts. */
static uint64_t sleep_end(const struct model *m, const struct finding_state *f)
{
	const struct task_state *t = task_at(m, f->tasks[1]);
	struct slice s;

	if (f->how == LOST_EXITED ||
	    (t->since_ns == f->owner_since_ns && t->pub.end_ns == UINT64_MAX))
		return UINT64_MAX;
	if (model_task_slice(m, f->tasks[1], f->owner_since_ns, &s))
		return s.end_ns;
	return t->since_ns; /* too long ago to be kept: not later than this */
}

static struct finding_state *lost_by(struct model *m, struct lock_state *l,
				     uint32_t owner, enum lost_how how, uint64_t since_ns)
{
	const struct task_state *t = task_at(m, owner);
	const struct task_state *waiter = task_at(m, l->waiting[0]);
	uint64_t start = waiter->lock_wait_since_ns > since_ns
				 ? waiter->lock_wait_since_ns
				 : since_ns;
	struct finding_state *f = finding_new(FINDING_LOST_LOCK, start, 2, 1);

	if (!f)
		return NULL;
	f->earlier = start > since_ns && waiter->lock_found;
	f->tasks[0] = waiter->pub.index;
	f->tasks[1] = owner;
	f->locks[0] = l->pub.id;
	f->how = how;
	f->owner_since_ns = since_ns;
	f->owner_state = t->pub.state;
	f->owner_wait = t->wait;
	return put(m->locks->findings, f);
}

/* Is the lost lock l still lost, now that its word names owner_tid? */
static void check_lost(struct model *m, struct lock_state *l, uint32_t owner_tid,
		       uint64_t time_ns)
{
	struct finding_state *f = l->lost;
	uint64_t end_ns = sleep_end(m, f);

	f->others = l->pub.waiting - 1;
	if (end_ns != UINT64_MAX)
		finish(f, end_ns, false);
	else if (f->how == LOST_EXITED
			 ? holder_known(m, l) ||
				   ended_owner(m, l, owner_tid) != f->tasks[1]
			 : !holder_known(m, l) || l->holder != f->tasks[1])
		finish(f, time_ns, false);
}

static int look_for_lost(struct model *m, struct lock_state *l, uint32_t owner_tid,
			 uint64_t time_ns)
{
	const struct task_state *t;
	uint64_t since_ns;
	uint32_t owner;

	if (holder_known(m, l)) {
		owner = l->holder;
		t = task_at(m, owner);
		since_ns = t->since_ns;
		if (time_ns <= since_ns + BLOCKED_NS || !sleeps_for_good(m, t) ||
		    cycle_length(m, owner))
			return 0;
		l->lost = lost_by(m, l, owner, LOST_BLOCKED, since_ns);
	} else {
		owner = ended_owner(m, l, owner_tid);
		if (!owner)
			return 0;
		since_ns = task_at(m, owner)->pub.end_ns;
		if (time_ns < since_ns + CONFIRM_NS)
			return 0;
		l->lost = lost_by(m, l, owner, LOST_EXITED, since_ns);
	}
	if (!l->lost)
		return -ENOMEM;
	l->lost->others = l->pub.waiting - 1;
	return 0;
}

/* ---- lock.c's calls ---- */

int finding_look(struct model *m, struct lock_state *l, uint32_t owner_tid,
		 uint64_t time_ns)
{
	int err = 0;

	if (is_open(l->lost))
		check_lost(m, l, owner_tid, time_ns);
	/* The oldest wait is the first: nothing can be confirmed before it. */
	if (time_ns < task_at(m, l->waiting[0])->lock_wait_since_ns + CONFIRM_NS)
		return 0;
	if (holder_known(m, l) && !is_open(l->deadlock))
		err = look_for_deadlock(m, l);
	if (!err && !is_open(l->lost))
		err = look_for_lost(m, l, owner_tid, time_ns);
	return err;
}

void finding_wait_ended(struct model *m, struct lock_state *l, const struct task_state *t,
			uint64_t time_ns, bool released, bool lost)
{
	struct finding_state *f = l->deadlock;

	for (unsigned int i = 0; is_open(f) && i < f->pub.nr_tasks; i++)
		if (f->tasks[i] == t->pub.index)
			finish(f, time_ns, lost);
	f = l->lost;
	if (is_open(f) && (released || !l->pub.waiting)) {
		uint64_t end_ns = sleep_end(m, f);

		finish(f, end_ns < time_ns ? end_ns : time_ns, lost);
	}
}

/* ---- in words ---- */

static void say_time(FILE *out, uint64_t ns)
{
	unsigned int ms = ns / 1000000 % 1000;
	uint64_t s = ns / 1000000000;

	if (ms % 10)
		fprintf(out, "%" PRIu64 ".%03u s", s, ms);
	else
		fprintf(out, "%" PRIu64 ".%02u s", s, ms / 10);
}

static void say_name(FILE *out, const struct model *m, uint32_t task, bool with_tid)
{
	char label[256];

	model_task_label(m, task, label, sizeof(label));
	fputs(label, out);
	if (with_tid)
		fprintf(out, " (tid %" PRIu32 ")", task_at(m, task)->pub.tid);
}

static void say_which(FILE *out, const struct model *m, uint32_t lock)
{
	const struct lock *l = model_lock(m, lock);
	char label[1024];

	model_lock_label(m, lock, label, sizeof(label));
	if (l->name && *l->name) /* else the label begins with the kind */
		fprintf(out, "%s ", lock_kind_name(l->kind));
	fputs(label, out);
}

static void say_when(FILE *out, const char *what, const struct finding_state *f)
{
	fprintf(out, "%s %s ", what, is_open(f) ? "since" : "from");
	say_time(out, f->pub.start_ns);
	if (f->earlier)
		fputs(" or before", out);
	if (!is_open(f)) {
		fputs(" to ", out);
		say_time(out, f->pub.end_ns);
	}
	fputs(": ", out);
}

static void say_deadlock(FILE *out, const struct model *m, const struct finding_state *f)
{
	const char *waits = is_open(f) ? "waits" : "waited";
	unsigned int nr = f->pub.nr_tasks, left;

	say_when(out, "Deadlock", f);
	say_name(out, m, f->tasks[0], true);
	for (unsigned int i = 0; i < nr; i++) {
		fprintf(out, "%s %s for ", i ? ", which" : "", waits);
		say_which(out, m, f->locks[i]);
		fputs(", held by ", out);
		say_name(out, m, f->tasks[(i + 1) % nr], i + 1 < nr);
		left = nr - i - 2;
		if (nr > LINKS_TOLD && i + 3 == LINKS_TOLD) {
			fprintf(out, ", and so on through %u more threads up to ",
				left - 1);
			i = nr - 2;
			say_name(out, m, f->tasks[nr - 1], true);
		}
	}
	fprintf(out, ". None of them %s go on.", is_open(f) ? "can" : "could");
}

static void say_owner(FILE *out, const struct model *m, const struct finding_state *f)
{
	const struct wait *w = model_wait(m, f->owner_wait);
	const char *call = w && w->syscall >= 0 ? syscall_name(w->syscall) : NULL;
	const char *has = is_open(f) ? "has" : "had";

	if (f->how == LOST_EXITED) {
		fputs("exited at ", out);
		say_time(out, f->owner_since_ns);
		fputs(" without unlocking it", out);
		return;
	}
	if (f->owner_state == STATE_LOCK && w && w->lock) {
		fprintf(out, "itself %s waited for ", has);
		say_which(out, m, w->lock);
	} else {
		fprintf(out, "%s slept", has);
		if (call)
			fprintf(out, " in %s", call);
	}
	fputs(" since ", out);
	say_time(out, f->owner_since_ns);
	fputs(", without a timeout", out);
}

static void say_lost(FILE *out, const struct model *m, const struct finding_state *f)
{
	const char *wait;

	say_when(out, "Lost lock", f);
	say_which(out, m, f->locks[0]);
	fprintf(out, " %s still held by ", is_open(f) ? "is" : "was");
	say_name(out, m, f->tasks[1], true);
	fputs(", which ", out);
	say_owner(out, m, f);
	fputs(". ", out);
	say_name(out, m, f->tasks[0], true);
	if (f->others)
		fprintf(out, " and %" PRIu32 " other%s", f->others,
			f->others == 1 ? "" : "s");
	wait = !is_open(f) ? "waited" : f->others ? "wait" : "waits";
	fprintf(out, " %s for it.", wait);
}

/* The text as of now: names may have come, and the end, since it was last asked. */
static void say_finding(const struct model *m, struct finding_state *f)
{
	struct finding_table *ft = m->locks->findings;
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return;
	if (f->pub.kind == FINDING_DEADLOCK)
		say_deadlock(out, m, f);
	else
		say_lost(out, m, f);
	if (f->gap)
		fputs(" Events were lost in between.", out);
	if (fclose(out) || (f->text && !strcmp(f->text, text))) {
		free(text);
		return;
	}
	ft->bytes += bytes - (f->text ? strlen(f->text) : 0);
	free(f->text);
	f->text = text;
}

unsigned int model_nr_findings(const struct model *m)
{
	return m->locks->findings->nr;
}

const struct finding *model_finding(const struct model *m, unsigned int i)
{
	const struct finding_table *ft = m->locks->findings;
	struct finding_state *f = i < ft->nr ? ft->all[i] : NULL;

	if (!f)
		return NULL;
	if (is_open(f) && f->pub.kind == FINDING_LOST_LOCK) {
		uint64_t end_ns = sleep_end(m, f);

		if (end_ns != UINT64_MAX)
			finish(f, end_ns, false);
	}
	say_finding(m, f);
	f->pub.text = f->text ? f->text : "";
	return &f->pub;
}

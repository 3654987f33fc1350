/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.c - who waits for a lock, and who holds it meanwhile
 *
 * A holder is never a fact, only an observation that has not been overtaken:
 *
 *   waiters      a ├──────────┤ b, c still wait
 *   words read     bob             dave
 *   wakes                     a          b
 *   holder  none │ bob observed │ a inferred │ dave observed │ b inferred ...
 *
 * Every owner word that is read is an observation; the first wake of a waiter
 * makes it void. All waiting is charged to the observed holder of its time, or
 * to nobody known, so the holders' parts add up to the lock's waiting exactly.
 */
#include "model/lock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- accounts ---- */

static int charge(struct lock_state *l, uint8_t evidence, uint32_t holder, uint64_t ns)
{
	if (!ns)
		return 0;
	if (evidence == EVIDENCE_OBSERVED) {
		int err = tally_add(&l->holders, holder, ns);

		if (err)
			return err;
	} else {
		l->unknown_ns += ns;
	}
	l->charged_ns += ns;
	return 0;
}

/*
 * Takes back what was charged. If it is not found where it should be (its part
 * of the lane was dropped), it is taken from elsewhere: the sum stays right.
 */
static void discharge(struct lock_state *l, uint8_t evidence, uint32_t holder,
		      uint64_t ns)
{
	const struct tally_entry *e;
	uint64_t left = ns, part;
	uint32_t at = 0;

	if (evidence == EVIDENCE_OBSERVED)
		left -= tally_take(&l->holders, holder, left);
	part = left < l->unknown_ns ? left : l->unknown_ns;
	l->unknown_ns -= part;
	left -= part;
	while (left && (e = tally_next(&l->holders, &at)))
		left -= tally_take(&l->holders, e->key, left);
	l->charged_ns -= ns - left;
}

uint64_t lock_holder_end(const struct model *m, const struct lock_state *l)
{
	const struct task_state *t;

	if (l->evidence != EVIDENCE_OBSERVED && l->evidence != EVIDENCE_INFERRED)
		return UINT64_MAX;
	t = task_at(m, l->holder);
	return t ? t->pub.end_ns : 0;
}

/* Who held the lock, from the lane's end on, as of now. */
static int turn_to(struct model *m, struct lock_state *l, uint64_t time_ns,
		   uint8_t evidence, uint32_t holder)
{
	bool known = evidence == EVIDENCE_OBSERVED || evidence == EVIDENCE_INFERRED;
	uint32_t now = known ? holder : 0;
	int err;

	if (l->evidence == evidence && l->holder == now)
		return 0;
	err = lane_push(&l->lane, &m->pool, later(time_ns, l->lane.end_ns), l->evidence,
			0, l->holder ? l->holder : l->last_holder, 0);
	if (err)
		return err;
	l->evidence = evidence;
	l->holder = now;
	if (known)
		l->last_holder = holder;
	return 0;
}

/* Charges all waiting up to time_ns; a holder that has ended is one no more. */
static int settle(struct model *m, struct lock_state *l, uint64_t time_ns)
{
	uint64_t end = lock_holder_end(m, l), part;
	int err;

	if (end < time_ns) {
		part = later(end, l->settled_ns) - l->settled_ns;
		err = charge(l, l->evidence, l->holder, part * l->pub.waiting);
		if (!err)
			err = turn_to(m, l, end, EVIDENCE_UNKNOWN, 0);
		if (err)
			return err;
		l->settled_ns += part;
	}
	if (time_ns <= l->settled_ns)
		return 0;
	part = time_ns - l->settled_ns;
	l->settled_ns = time_ns;
	return charge(l, l->evidence, l->holder, part * l->pub.waiting);
}

static int turn(struct model *m, struct lock_state *l, uint64_t time_ns, uint8_t evidence,
		uint32_t holder)
{
	int err = settle(m, l, time_ns);

	return err ? err : turn_to(m, l, time_ns, evidence, holder);
}

/*
 * One waiter more (or less) since from_ns, which is before what is settled: an
 * event that came late, or a loss that began in the past.
 *
 *        from_ns      lane's end     settled_ns
 *   ────────┼─────────────┼──────────────┼───
 *           │ by the lane │ .evidence    │
 */
static int amend(struct lock_state *l, uint64_t from_ns, bool more)
{
	uint64_t at = from_ns;
	struct interval i;
	int err;

	while (at < l->settled_ns) {
		uint64_t to = l->settled_ns;
		uint8_t evidence = l->evidence;
		uint32_t holder = l->holder;

		if (at < l->lane.end_ns) {
			bool kept = lane_at(&l->lane, at, &i);

			evidence = kept ? i.kind : EVIDENCE_UNKNOWN;
			holder = kept ? i.aux : 0;
			to = kept ? i.end_ns : l->lane.end_ns;
			if (to > l->settled_ns)
				to = l->settled_ns;
		}
		if (!more) {
			discharge(l, evidence, holder, to - at);
		} else {
			err = charge(l, evidence, holder, to - at);
			if (err)
				return err;
		}
		at = to;
	}
	return 0;
}

/* ---- readings ---- */

/* Who an owner word names, if that can be true: someone alive, not waiting here. */
static uint32_t believed(const struct model *m, const struct lock_state *l,
			 uint32_t owner_tid)
{
	uint32_t index = owner_tid ? task_by_ns_tid(m, l->pub.tgid, owner_tid) : 0;
	const struct task_state *t = index ? task_at(m, index) : NULL;

	if (!t || t->pub.end_ns != UINT64_MAX || t->lock_wait == l->pub.id)
		return 0;
	return index;
}

/*
 * The word names owner_tid now. Where nobody is named, or somebody who cannot
 * be, the one observed before has let go; the one probably woken may still be
 * on its way to the lock.
 */
static int read_word(struct model *m, struct lock_state *l, uint32_t owner_tid,
		     uint64_t time_ns)
{
	uint32_t owner = believed(m, l, owner_tid);
	int err = 0;

	if (time_ns < l->lane.end_ns)
		return 0; /* older than the last change: says nothing about now */
	if (owner) {
		err = turn(m, l, time_ns, EVIDENCE_OBSERVED, owner);
		l->read_ns = time_ns;
	} else if (l->evidence == EVIDENCE_OBSERVED) {
		err = turn(m, l, time_ns, EVIDENCE_UNKNOWN, 0);
	}
	return err ? err : finding_look(m, l, owner_tid, time_ns);
}

/* ---- waiters ---- */

static int add_waiter(struct lock_state *l, uint32_t task)
{
	if (l->pub.waiting == l->cap_waiting) {
		uint32_t cap = l->cap_waiting ? l->cap_waiting * 2 : 4;
		uint32_t *waiting = realloc(l->waiting, cap * sizeof(*waiting));

		if (!waiting)
			return -ENOMEM;
		l->waiting = waiting;
		l->cap_waiting = cap;
	}
	l->waiting[l->pub.waiting++] = task;
	return 0;
}

static void remove_waiter(struct lock_state *l, uint32_t task)
{
	uint32_t i = 0;

	while (i < l->pub.waiting && l->waiting[i] != task)
		i++;
	if (i == l->pub.waiting)
		return;
	memmove(&l->waiting[i], &l->waiting[i + 1],
		(l->pub.waiting - i - 1) * sizeof(*l->waiting));
	l->pub.waiting--;
}

static int begin_account(struct model *m, struct lock_state *l, uint64_t time_ns)
{
	if (l->pub.waits++)
		return settle(m, l, time_ns);
	lane_init(&l->lane, time_ns);
	l->settled_ns = time_ns;
	return 0;
}

/* t waits for l since time_ns. */
static int join_waiters(struct model *m, struct lock_state *l, struct task_state *t,
			uint64_t time_ns, bool timed)
{
	int err = begin_account(m, l, time_ns);

	if (!err)
		err = tally_add(&l->waiters, t->pub.index, 1);
	if (!err)
		err = add_waiter(l, t->pub.index);
	if (!err)
		err = amend(l, time_ns, true);
	if (err)
		return err;
	t->lock_wait = l->pub.id;
	t->lock_timed = timed;
	t->lock_found = false;
	t->lock_wait_since_ns = time_ns;
	if (l->evidence == EVIDENCE_NONE || l->holder == t->pub.index)
		return turn(m, l, time_ns, EVIDENCE_UNKNOWN, 0);
	return 0;
}

/* ---- the verbs ---- */

int lock_wait_begin(struct model *m, struct task_state *t, uint32_t lock,
		    const struct event *e)
{
	struct lock_state *l = lock_at(m, lock);
	struct lock_facts f = lock_facts(e);
	uint64_t time_ns = e->time_ns;
	int err = 0;

	if (t->lock_wait)
		err = lock_wait_end(m, t, time_ns, 0, false);
	if (err || !l)
		return err;
	err = join_waiters(m, l, t, time_ns, e->flags & SWITCH_TIMED);
	if (err)
		return err;
	t->lock_found = e->type == EVENT_SEEN;
	return f.says_owner ? read_word(m, l, f.owner_tid, time_ns) : 0;
}

int lock_wait_resume(struct model *m, struct task_state *t, const struct wait *w)
{
	struct lock_state *l = w ? lock_at(m, w->lock) : NULL;

	if (!l || t->lock_wait)
		return 0;
	return join_waiters(m, l, t, t->since_ns, w->flags & SWITCH_TIMED);
}

int lock_wait_end(struct model *m, struct task_state *t, uint64_t time_ns,
		  uint32_t releaser, bool woken)
{
	struct lock_state *l = lock_at(m, t->lock_wait);
	bool lost = !woken && t->pub.end_ns == UINT64_MAX;
	int err;

	if (!l)
		return 0;
	time_ns = later(time_ns, t->lock_wait_since_ns);
	err = settle(m, l, time_ns);
	if (err)
		return err;
	amend(l, time_ns, false);
	remove_waiter(l, t->pub.index);
	t->lock_wait = 0;
	err = samples_add(&l->ended, time_ns - t->lock_wait_since_ns);
	if (!err && woken && releaser)
		err = tally_add(&l->releasers, releaser, 1);
	if (err)
		return err;
	finding_wait_ended(m, l, t, time_ns, woken && releaser, lost);
	if (!l->pub.waiting)
		return turn(m, l, time_ns, EVIDENCE_NONE, 0);
	if (!woken)
		return 0;
	/* An interrupt is a timeout or a signal: the woken one has got nothing. */
	return turn(m, l, time_ns, releaser ? EVIDENCE_INFERRED : EVIDENCE_UNKNOWN,
		    t->pub.index);
}

int lock_seen(struct model *m, struct task_state *t, const struct event *e,
	      uint64_t time_ns)
{
	struct lock_state *l = lock_at(m, t->lock_wait);
	struct lock_facts f = lock_facts(e);

	if (!l || !f.says_owner)
		return 0;
	if (f.ambiguous && l->class == CLASS_WORD && l->pub.address == e->sw.addr)
		return read_word(m, l, 0, time_ns);
	/* It waits for something else by now: of that change nobody has told. */
	if (f.class != l->class || f.address != l->pub.address)
		return 0;
	return read_word(m, l, f.owner_tid, time_ns);
}

int lock_observe(struct model *m, uint32_t tgid, uint64_t addr, uint32_t word,
		 uint32_t owner, uint64_t time_ns)
{
	uint32_t space = lock_space_find(m->locks, tgid);
	struct lock_state *l = lock_find(m->locks, space, CLASS_WORD, addr);

	if (!space || !l || !l->pub.waiting)
		return 0;
	if (l->tid_word)
		return read_word(m, l, word & 0x3fffffff, time_ns);
	if (l->pub.kind != LOCK_MUTEX)
		return 0;
	return read_word(m, l, word ? owner : 0, time_ns);
}

/* Wakes may be among what was lost: nothing observed before is sure any more. */
void lock_lost(struct model *m, uint64_t from_ns, uint64_t to_ns)
{
	(void)to_ns;
	for (uint32_t id = 1; id <= m->locks->nr; id++) {
		struct lock_state *l = lock_at(m, id);

		if (l->evidence == EVIDENCE_OBSERVED || l->evidence == EVIDENCE_INFERRED)
			turn(m, l, from_ns, EVIDENCE_UNKNOWN, 0);
	}
}

/*
 * Time alone decides nothing: a live screen asks at other moments than a replay,
 * and both must say the same. Findings wait for a word to be read again.
 */
int lock_advance(struct model *m, uint64_t time_ns)
{
	(void)m;
	(void)time_ns;
	return 0;
}

/* Waits that last to the end stay open, and count up to model_now_ns(). */
void lock_end(struct model *m, uint64_t time_ns)
{
	(void)m;
	(void)time_ns;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock_story.c - events and assertions of the stories about locks
 */
#include "tests/model/lock_story.h"

struct event RUNS(uint64_t time_ns, uint32_t tid)
{
	return SWITCH(time_ns, IDLE, PREEMPTED, tid);
}

struct event BLOCKS(uint64_t time_ns, uint32_t tid, struct event how)
{
	return SWITCH(time_ns, tid, how, IDLE);
}

struct span span_at(struct model *m, uint32_t lock, uint64_t time_ns)
{
	struct span s;

	if (!model_lock_span(m, lock, time_ns, &s))
		fail_msg("lock %u has nothing at %llu", lock,
			 (unsigned long long)time_ns);
	return s;
}

void assert_holder(struct model *m, uint32_t lock, uint64_t time_ns,
		   enum evidence evidence, uint32_t tid)
{
	struct span s = span_at(m, lock, time_ns);

	assert_int_equal(s.evidence, evidence);
	assert_int_equal(s.task, tid ? who(m, tid) : 0);
}

uint64_t waited_under(struct model *m, uint32_t lock, uint32_t tid)
{
	struct lock_holder h[16];
	size_t nr = model_lock_holders(m, lock, h, 16);

	for (size_t i = 0; i < nr; i++)
		if (h[i].task == (tid ? who(m, tid) : 0))
			return h[i].wait_ns;
	return 0;
}

static void check_lock(struct model *m, uint32_t id)
{
	uint64_t now = model_now_ns(m), sum = 0, width = now / 13 + 1, at;
	const struct lock *l = model_lock(m, id);
	uint64_t wait_ns = l->wait_ns, spans[EVIDENCE_NR] = {0},
		 binned[EVIDENCE_NR] = {0};
	struct lock_holder h[64];
	struct lock_bin bins[13];
	struct span s = {0};
	size_t nr = model_lock_holders(m, id, h, 64);

	assert_true(nr <= 64);
	for (size_t i = 0; i < nr; i++) {
		sum += h[i].wait_ns;
		assert_true(h[i].wait_ns > 0);
		assert_true(!i || h[i].wait_ns <= h[i - 1].wait_ns);
		assert_int_equal(h[i].task == 0, h[i].evidence == EVIDENCE_UNKNOWN);
	}
	assert_int_equal(sum, wait_ns);
	assert_true(l->max_wait_ns <= wait_ns);
	assert_int_equal(l->max_wait_ns, model_lock_wait_ns(m, id, 100));
	if (!l->waits)
		return;
	for (at = 0; !model_lock_span(m, id, at, &s);)
		at++;
	for (at = s.start_ns; at < now; at = s.end_ns) {
		assert_true(model_lock_span(m, id, at, &s));
		assert_int_equal(s.start_ns, at);
		assert_true(s.end_ns > at);
		assert_int_equal(s.task != 0, s.evidence == EVIDENCE_OBSERVED ||
						      s.evidence == EVIDENCE_INFERRED);
		spans[s.evidence] += s.end_ns - at;
	}
	model_lock_bins(m, id, 0, width, 13, bins);
	for (int i = 0; i < 13; i++)
		for (int k = 0; k < EVIDENCE_NR; k++)
			binned[k] += bins[i].ns[k];
	assert_memory_equal(binned, spans, sizeof(spans));
}

/* The waiting for all locks is the waiting of all tasks. */
void check_locks(struct model *m)
{
	uint64_t locks = 0, tasks = 0, ns[STATE_NR];

	for (uint32_t id = 1; id <= model_nr_locks(m); id++) {
		check_lock(m, id);
		locks += model_lock(m, id)->wait_ns;
	}
	for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
		if (!model_task(m, i)->in_scope)
			continue;
		model_task_totals(m, i, ns);
		tasks += ns[STATE_LOCK];
	}
	assert_int_equal(locks, tasks);
	story_check(m);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bank.c - tells the story of bank.h
 */
#include "tests/export/bank.h"

struct model *bank_model(void)
{
	static const char *const argv[] = {"./bank", "-t", "2", NULL};
	const struct trace_info info = {
		.argv = argv,
		.argc = 3,
		.scope = "command",
		.kernel = "6.18.0",
		.machine = "x86_64",
		.nr_cpus = 2,
		.start_boottime_ns = 1000,
		.start_realtime_ns = 1782043200 * UINT64_C(1000000000),
		.others = true,
	};
	struct model *m = model_new(NULL);
	struct sink *s;

	assert_non_null(m);
	s = model_sink(m);
	assert_int_equal(s->begin(s, &info), 0);
	return m;
}

/* What a live screen does between events. */
static void watch(struct model *m, uint64_t time_ns)
{
	struct task_bin bins[4];
	char words[300];

	story_advance(m, time_ns);
	for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
		model_explain(m, i, time_ns / 2, words, sizeof(words));
		model_task_bins(m, i, 0, time_ns / 4 + 1, 4, bins);
		model_task_runq_ns(m, i, 50);
	}
	for (uint32_t i = 1; i <= model_nr_locks(m); i++) {
		model_explain_lock(m, i, time_ns, words, sizeof(words));
		model_lock_holders(m, i, NULL, 0);
		model_lock_wait_ns(m, i, 99);
	}
}

static void tell(struct model *m, bool step_by_step)
{
	const struct event story[] = {
		OUTSIDER(0, MAKE, "make"),
		FOUND(0, ALICE, ALICE, "bank"),
		SWITCH(10 * MS, IDLE, PREEMPTED, ALICE),
		FORK(20 * MS, ALICE, BOB, ALICE, "bank"),
		RENAME(20 * MS, BOB, ALICE, "worker-1"),
		WAKING_FIRST(20 * MS, ALICE, BOB),
		ON(1, SWITCH(30 * MS, IDLE, PREEMPTED, BOB)),
		FORK(40 * MS, ALICE, CAROL, ALICE, "bank"),
		RENAME(40 * MS, CAROL, ALICE, "worker-2"),
		WAKING_FIRST(40 * MS, ALICE, CAROL),
		SWITCH(50 * MS, ALICE, JOIN(BOB), CAROL),
		ON(1, SWITCH(60 * MS, BOB, MUTEX(ACCOUNT_LOCK, CAROL), IDLE)),
		NAMED(60 * MS, ALICE, ACCOUNT_LOCK, "account_lock"),
		SWITCH(80 * MS, CAROL, PREEMPTED, MAKE),
		SWITCH(100 * MS, MAKE, PREEMPTED, CAROL),
		WAKING(110 * MS, CAROL, BOB),
		ON(1, SWITCH(115 * MS, IDLE, PREEMPTED, BOB)),
		ON(1, EXITS(120 * MS, BOB, 0)),
		ON(1, WAKING(125 * MS, BOB, ALICE)),
		ON(1, SWITCH(130 * MS, BOB, DIES, IDLE)),
		SWITCH(140 * MS, CAROL, NAPS, ALICE),
	};

	for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
		if (step_by_step)
			watch(m, story[i].time_ns);
		story_feed(m, &story[i], 1);
	}
}

static struct model *told(bool step_by_step)
{
	struct model *m = bank_model();

	tell(m, step_by_step);
	FEED(m, EXITS(160 * MS, ALICE, 3 << 8), SWITCH(170 * MS, ALICE, DIES, IDLE));
	if (step_by_step)
		watch(m, 180 * MS);
	story_end(m, 200 * MS);
	return m;
}

struct model *bank_story(void)
{
	return told(false);
}

struct model *bank_watched(void)
{
	return told(true);
}

struct model *bank_cut(void)
{
	const struct trace_end end = {.duration_ns = 140 * MS, .cut = true};
	struct model *m = bank_model();
	struct sink *s = model_sink(m);

	tell(m, false);
	assert_int_equal(s->end(s, &end), 0);
	return m;
}

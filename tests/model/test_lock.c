/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_lock.c - waits for locks, their holders, and the accounts of both
 */
#include "tests/model/lock_story.h"

#define L 0x1000
#define R 0x2000

/* ---- waits ---- */
static void a_lock_exists_from_its_first_contended_wait(void **state)
{
	struct model *m = *state;

	assert_int_equal(model_nr_locks(m), 0);
	assert_null(model_lock(m, 1));
	FEED(m, BLOCKS(100, ALICE, MUTEX(R, BOB)));
	FEED(m, BLOCKS(150, CAROL, MUTEX(L, BOB)));

	assert_int_equal(model_nr_locks(m), 2);
	assert_int_equal(model_lock(m, 1)->address, R);
	assert_int_equal(model_lock(m, 1)->id, 1);
	assert_int_equal(model_lock(m, 1)->tgid, ALICE);
	assert_int_equal(model_lock(m, 1)->kind, LOCK_MUTEX);
	assert_int_equal(model_lock(m, 2)->address, L);
	assert_null(model_lock(m, 0));
	assert_null(model_lock(m, 3));
	check_locks(m);
}

static void a_wait_lasts_from_the_switch_out_to_the_waking(void **state)
{
	struct model *m = *state;
	const struct lock *l;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), WAKING(150, BOB, ALICE),
	     RUNS(170, ALICE), BLOCKS(200, ALICE, MUTEX(L, BOB)),
	     BLOCKS(210, CAROL, MUTEX(L, BOB)), WAKING(230, BOB, ALICE),
	     WAKING(300, ALICE, CAROL), RUNS(320, CAROL));
	l = model_lock(m, 1);

	assert_int_equal(l->waits, 3);
	assert_int_equal(l->wait_ns, 50 + 30 + 90);
	assert_int_equal(l->max_wait_ns, 90);
	assert_int_equal(l->waiting, 0);
	assert_int_equal(model_lock_wait_ns(m, 1, 50), 50);
	assert_int_equal(model_lock_wait_ns(m, 1, 99), 90);
	check_locks(m);
}

static void a_wait_that_goes_on_counts_up_to_now(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(150, CAROL, MUTEX(L, BOB)),
	     WAKING(160, BOB, ALICE));
	story_advance(m, 200);
	assert_int_equal(model_lock(m, 1)->wait_ns, 60 + 50);
	assert_int_equal(model_lock(m, 1)->max_wait_ns, 60);
	story_advance(m, 300);

	assert_int_equal(model_lock(m, 1)->waits, 2);
	assert_int_equal(model_lock(m, 1)->waiting, 1);
	assert_int_equal(model_lock(m, 1)->wait_ns, 60 + 150);
	assert_int_equal(model_lock(m, 1)->max_wait_ns, 150);
	assert_int_equal(model_lock_wait_ns(m, 1, 50), 60);
	assert_int_equal(model_lock_wait_ns(m, 1, 99), 150);
	check_locks(m);
	story_end(m, 1000);
	assert_int_equal(model_lock(m, 1)->wait_ns, 60 + 850);
	check_locks(m);
}

static void asking_often_changes_no_answer(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)));
	for (uint64_t t = 101; t < 200; t++) {
		story_advance(m, t);
		assert_int_equal(model_lock(m, 1)->wait_ns, t - 100);
		assert_int_equal(waited_under(m, 1, BOB), t - 100);
	}
	FEED(m, WAKING(200, BOB, ALICE));
	assert_int_equal(span_at(m, 1, 150).start_ns, 100);
	assert_int_equal(span_at(m, 1, 150).end_ns, 200);
	check_locks(m);
}

/* ---- holders ---- */
static void an_owner_is_observed_until_a_waiter_is_woken(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(120, CAROL, MUTEX(L, BOB)),
	     WAKING(200, BOB, ALICE), OWNER(260, ALICE, L, 2, DAVE),
	     WAKING(300, DAVE, CAROL));

	assert_holder(m, 1, 100, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 199, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 200, EVIDENCE_INFERRED, ALICE);
	assert_holder(m, 1, 260, EVIDENCE_OBSERVED, DAVE);
	assert_holder(m, 1, 300, EVIDENCE_NONE, 0);
	assert_int_equal(span_at(m, 1, 150).start_ns, 100);
	assert_int_equal(span_at(m, 1, 150).end_ns, 200);
	check_locks(m);
}

static void waiting_is_charged_to_observed_holders_only(void **state)
{
	struct model *m = *state;
	struct lock_holder h[4];

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(120, CAROL, MUTEX(L, BOB)),
	     WAKING(200, BOB, ALICE), OWNER(260, ALICE, L, 2, DAVE),
	     WAKING(300, DAVE, CAROL));

	assert_int_equal(model_lock_holders(m, 1, h, 4), 3);
	assert_int_equal(h[0].task, who(m, BOB));
	assert_int_equal(h[0].evidence, EVIDENCE_OBSERVED);
	assert_int_equal(h[0].wait_ns, 20 + 2 * 80);
	assert_int_equal(h[1].task, 0);
	assert_int_equal(h[1].evidence, EVIDENCE_UNKNOWN);
	assert_int_equal(h[1].wait_ns, 60);
	assert_int_equal(h[2].task, who(m, DAVE));
	assert_int_equal(h[2].wait_ns, 40);
	assert_int_equal(model_lock_holders(m, 1, h, 1), 3);
	assert_int_equal(model_lock_holders(m, 1, NULL, 0), 3);
	check_locks(m);
}

static void a_reading_of_nobody_lets_the_woken_one_be_on_its_way(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(110, CAROL, MUTEX(L, BOB)),
	     WAKING(200, BOB, ALICE), OWNER(210, ALICE, L, 2, 0));
	story_advance(m, 300);
	assert_holder(m, 1, 299, EVIDENCE_INFERRED, ALICE);
	check_locks(m);
}

static void a_reading_that_comes_late_says_nothing(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(110, CAROL, MUTEX(L, BOB)),
	     WAKING(200, BOB, ALICE), OWNER(150, ALICE, L, 2, BOB));
	story_advance(m, 300);
	assert_holder(m, 1, 299, EVIDENCE_INFERRED, ALICE);
	check_locks(m);
}

static void a_new_waiter_tells_who_overtook_the_woken_one(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(110, CAROL, MUTEX(L, BOB)),
	     WAKING(200, BOB, ALICE), RUNS(210, ALICE),
	     BLOCKS(220, ALICE, MUTEX(L, BOB))); /* bob took it again at once */

	assert_holder(m, 1, 215, EVIDENCE_INFERRED, ALICE);
	assert_holder(m, 1, 220, EVIDENCE_OBSERVED, BOB);
	check_locks(m);
}

static void a_woken_one_that_waits_again_is_no_holder(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), BLOCKS(110, CAROL, MUTEX(L, BOB)),
	     WAKING(200, BOB, ALICE), RUNS(210, ALICE), BLOCKS(220, ALICE, MUTEX(L, 0)));

	assert_holder(m, 1, 219, EVIDENCE_INFERRED, ALICE);
	assert_holder(m, 1, 220, EVIDENCE_UNKNOWN, 0);
	check_locks(m);
}

static void reading_a_word_again_renews_or_changes_the_holder(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), OWNER(150, ALICE, L, 2, BOB),
	     OWNER(200, ALICE, L, 2, CAROL), OWNER(250, ALICE, R, 2, BOB),
	     OWNER(260, EVE, L, 2, EVE));
	story_advance(m, 300);

	assert_int_equal(span_at(m, 1, 120).end_ns, 200);
	assert_holder(m, 1, 199, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 200, EVIDENCE_OBSERVED, CAROL);
	assert_int_equal(waited_under(m, 1, BOB), 100);
	assert_int_equal(waited_under(m, 1, CAROL), 100);
	assert_int_equal(model_nr_locks(m), 1);
	check_locks(m);
}

static void a_waiter_seen_again_renews_or_changes_the_holder(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), SEEN(150, ALICE, MUTEX(L, BOB)),
	     SEEN(200, ALICE, MUTEX(L, CAROL)));
	story_advance(m, 300);

	assert_int_equal(model_lock(m, 1)->waits, 1);
	assert_int_equal(model_lock(m, 1)->wait_ns, 200);
	assert_holder(m, 1, 199, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 200, EVIDENCE_OBSERVED, CAROL);
	check_locks(m);
}

static void a_waiter_seen_at_another_lock_says_nothing_of_this_one(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), SEEN(150, ALICE, MUTEX(R, CAROL)),
	     SEEN(160, ALICE, RWLOCK_READ(L - 8, CAROL)));
	story_advance(m, 200);
	assert_int_equal(model_nr_locks(m), 1);
	assert_holder(m, 1, 199, EVIDENCE_OBSERVED, BOB);
	check_locks(m);
}

static void a_word_that_names_nobody_who_can_hold_it_is_unknown(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, 0)));                            /* nobody */
	FEED(m, OWNER(110, ALICE, L, 2, BOB), OWNER(120, ALICE, L, 2, 999)); /* no task */
	FEED(m, OWNER(130, ALICE, L, 2, BOB), OWNER(140, ALICE, L, 0, BOB)); /* free */
	FEED(m, OWNER(150, ALICE, L, 2, BOB),
	     OWNER(160, ALICE, L, 2, EVE)); /* not here */
	FEED(m, OWNER(170, ALICE, L, 2, BOB),
	     OWNER(180, ALICE, L, 2, ALICE)); /* itself */
	FEED(m, OWNER(190, ALICE, L, 2, BOB),
	     OWNER(200, ALICE, L, 2, 0)); /* letting go */
	story_advance(m, 210);

	for (uint64_t t = 100; t <= 200; t += 20) {
		assert_holder(m, 1, t, EVIDENCE_UNKNOWN, 0);
		if (t < 200)
			assert_holder(m, 1, t + 10, EVIDENCE_OBSERVED, BOB);
	}
	assert_int_equal(waited_under(m, 1, BOB), 50);
	check_locks(m);
}

static void a_dead_owner_is_unknown(void **state)
{
	struct model *m = *state;

	FEED(m, RUNS(10, BOB), EXITS(20, BOB, 0), SWITCH(30, BOB, DIES, IDLE),
	     BLOCKS(100, ALICE, MUTEX(L, BOB)));
	story_advance(m, 200);
	assert_holder(m, 1, 150, EVIDENCE_UNKNOWN, 0);
	check_locks(m);
}

static void a_holder_is_one_until_its_end(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), RUNS(110, BOB), EXITS(150, BOB, 0),
	     SWITCH(160, BOB, DIES, IDLE));
	story_advance(m, 200);
	assert_holder(m, 1, 159, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 160, EVIDENCE_UNKNOWN, 0);
	assert_int_equal(waited_under(m, 1, BOB), 60);
	assert_int_equal(waited_under(m, 1, 0), 40);
	check_locks(m);

	FEED(m, WAKING(300, DAVE, ALICE));
	assert_int_equal(waited_under(m, 1, BOB), 60);
	assert_int_equal(waited_under(m, 1, 0), 140);
	check_locks(m);

	FEED(m, RUNS(310, ALICE), BLOCKS(400, ALICE, MUTEX(R, DAVE)),
	     BLOCKS(420, CAROL, MUTEX(R, DAVE)), RUNS(430, DAVE), EXITS(440, DAVE, 0),
	     SWITCH(450, DAVE, DIES, IDLE), WAKING(500, EVE, CAROL));
	assert_int_equal(waited_under(m, 2, DAVE), 50 + 30);
	assert_int_equal(waited_under(m, 2, 0), 50 + 50);
	check_locks(m);
}

static void a_wake_by_an_interrupt_makes_nobody_a_holder(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, TIMED(MUTEX(L, BOB))),
	     BLOCKS(110, CAROL, MUTEX(L, BOB)), WAKING_BY_IRQ(200, DAVE, ALICE),
	     OWNER(250, ALICE, L, 2, BOB));
	story_advance(m, 300);

	assert_holder(m, 1, 199, EVIDENCE_OBSERVED, BOB);
	assert_holder(m, 1, 200, EVIDENCE_UNKNOWN, 0);
	assert_holder(m, 1, 250, EVIDENCE_OBSERVED, BOB);
	assert_int_equal(model_lock_releasers(m, 1, NULL, 0), 0);
	check_locks(m);
}

static void the_waker_is_the_releaser(void **state)
{
	struct model *m = *state;
	struct lock_releaser r[4];
	uint32_t w[4];

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), WAKING(110, BOB, ALICE),
	     RUNS(120, ALICE), BLOCKS(130, ALICE, MUTEX(L, BOB)), WAKING(140, BOB, ALICE),
	     BLOCKS(150, BOB, MUTEX(L, ALICE)), WAKING(160, ALICE, BOB));

	assert_int_equal(model_lock_releasers(m, 1, r, 4), 2);
	assert_int_equal(r[0].task, who(m, BOB));
	assert_int_equal(r[0].count, 2);
	assert_int_equal(r[1].task, who(m, ALICE));
	assert_int_equal(r[1].count, 1);
	assert_int_equal(model_lock_waiters(m, 1, w, 4), 2);
	assert_int_equal(w[0], who(m, ALICE));
	assert_int_equal(w[1], who(m, BOB));
	check_locks(m);
}

/* ---- lanes ---- */
static void a_lane_is_blank_while_nobody_waits(void **state)
{
	struct model *m = *state;
	struct lock_bin bins[4];
	struct span s;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), WAKING(150, BOB, ALICE),
	     RUNS(160, ALICE), BLOCKS(300, ALICE, MUTEX(L, 0)));
	story_advance(m, 400);
	assert_false(model_lock_span(m, 1, 99, &s));
	assert_false(model_lock_span(m, 1, 401, &s));
	assert_holder(m, 1, 150, EVIDENCE_NONE, 0);
	assert_int_equal(span_at(m, 1, 200).end_ns, 300);

	model_lock_bins(m, 1, 0, 100, 4, bins);
	assert_int_equal(bins[0].ns[EVIDENCE_NONE] + bins[0].ns[EVIDENCE_OBSERVED], 0);
	assert_int_equal(bins[1].ns[EVIDENCE_OBSERVED], 50);
	assert_int_equal(bins[1].ns[EVIDENCE_NONE], 50);
	assert_int_equal(bins[1].task, who(m, BOB));
	assert_int_equal(bins[2].ns[EVIDENCE_NONE], 100);
	assert_int_equal(bins[2].task, 0);
	assert_int_equal(bins[3].ns[EVIDENCE_UNKNOWN], 100);
	assert_int_equal(bins[3].task, 0);
}

/* ---- loss ---- */
static void a_loss_ends_waits_and_observations(void **state)
{
	struct model *m = *state;

	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)), LOST(200, 300, 0, 7));
	story_advance(m, 400);
	assert_int_equal(model_lock(m, 1)->wait_ns, total(m, ALICE, STATE_LOCK));
	check_locks(m);
	FEED(m, SEEN(500, ALICE, MUTEX(L, BOB)));
	story_advance(m, 600);
	assert_int_equal(model_lock(m, 1)->waits, 2);
	assert_holder(m, 1, 450, EVIDENCE_NONE, 0);
	assert_holder(m, 1, 550, EVIDENCE_OBSERVED, BOB);
	check_locks(m);
}

static void what_was_read_while_events_were_lost_is_not_sure(void **state)
{
	struct model *m = *state;

	FEED(m, ON(1, BLOCKS(250, ALICE, MUTEX(L, BOB))), LOST(200, 300, 0, 7));
	story_advance(m, 400);
	assert_int_equal(model_lock(m, 1)->waiting, 1);
	assert_holder(m, 1, 350, EVIDENCE_UNKNOWN, 0);
	check_locks(m);
}

static void a_loss_that_began_in_the_past_is_taken_back(void **state)
{
	struct model *m = *state;

	/* carol's and dave's events on CPU 1 came after CPU 0 had lost its own */
	FEED(m, BLOCKS(100, ALICE, MUTEX(L, BOB)),
	     ON(1, BLOCKS(220, CAROL, MUTEX(L, BOB))),
	     ON(1, OWNER(230, ALICE, L, 2, DAVE)), ON(1, WAKING(250, DAVE, CAROL)),
	     LOST(200, 300, 0, 7));
	story_advance(m, 400);
	check_locks(m);
	FEED(m, ON(1, BLOCKS(420, CAROL, MUTEX(L, BOB))), WAKING(450, BOB, CAROL));
	check_locks(m);
}

/* ---- anything ---- */
static uint32_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static struct event any_wait(uint32_t tid)
{
	uint64_t addr = L + any(6) * 64;
	uint32_t owner = ALICE + any(5);

	(void)tid;
	switch (any(9)) {
	case 0:
		return PI_MUTEX(addr, owner);
	case 1:
		return RWLOCK_READ(addr, owner);
	case 2:
		return RWLOCK_WRITE(addr);
	case 3:
		return KLOCK(any(2));
	case 4:
		return TIMED(MUTEX(addr, owner));
	case 5:
		return COND(addr);
	default:
		return MUTEX(addr, owner);
	}
}

static struct event any_event(uint64_t now)
{
	static const uint32_t tids[] = {ALICE, BOB, CAROL, DAVE, EVE, MAKE, IDLE};
	uint32_t a = tids[any(5)], b = tids[any(7)];
	unsigned int cpu = any(3);

	switch (any(12)) {
	case 0:
	case 1:
	case 2:
		return ON(cpu, SWITCH(now, a, any_wait(a), b));
	case 3:
	case 4:
		return ON(cpu, WAKING(now, b, a));
	case 5:
		return ON(cpu, WAKING_BY_IRQ(now, b, a));
	case 6:
		return ON(cpu, SWITCH(now, b, PREEMPTED, a));
	case 7:
		return ON(cpu,
			  OWNER(now, ALICE, L + any(6) * 64, any(3), ALICE + any(5)));
	case 8:
		return SEEN(now, a, any_wait(a));
	case 9:
		return any(20) ? ON(cpu, SWITCH(now, a, SLEEPS, b))
			       : LOST(now > 500 ? now - any(500) : 0, now, cpu, 1);
	case 10:
		return any(30) ? ABSORBED(now, a) : EXEC(now, EVE, EVE, "again");
	default:
		return any(30) ? MOVED(now, a, 0, 1)
			       : FORK(now, a, ALICE + any(8), ALICE, "new");
	}
}

/* Lanes are dropped, accounts are not. */
static void a_full_memory_changes_no_account(void **state)
{
	const struct model_options little = {.memory_bytes = 4096};
	struct model *small = story_model(&little), *large = *state;
	uint64_t now = 0;

	FEED(small, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     FOUND(0, CAROL, ALICE, "carol"), FOUND(0, DAVE, ALICE, "dave"),
	     FOUND(0, EVE, EVE, "eve"), OUTSIDER(0, MAKE, "make"));
	seed = 1;
	for (int i = 0; i < 20000; i++) {
		struct event e;

		now += any(60);
		e = any_event(now);
		story_feed(small, &e, 1);
		story_feed(large, &e, 1);
	}
	assert_true(model_edge_ns(small) > 0);
	assert_int_equal(model_edge_ns(large), 0);
	assert_int_equal(model_nr_locks(small), model_nr_locks(large));
	for (uint32_t id = 1; id <= model_nr_locks(large); id++) {
		struct lock_holder h[64];
		size_t nr = model_lock_holders(small, id, h, 64);
		uint64_t sum = 0;

		while (nr)
			sum += h[--nr].wait_ns;
		assert_int_equal(sum, model_lock(small, id)->wait_ns);
		assert_int_equal(sum, model_lock(large, id)->wait_ns);
		assert_int_equal(model_lock(small, id)->waits,
				 model_lock(large, id)->waits);
	}
	model_free(small);
}

static void whatever_happens_the_accounts_agree(void **state)
{
	(void)state;
	for (uint32_t run = 0; run < 40; run++) {
		void *s = NULL;
		uint64_t now = 0;

		seed = run * 7919 + 1;
		story_begin(&s);
		for (int i = 0; i < 600; i++) {
			struct event e;

			now += any(60);
			e = any_event(now);
			story_feed(s, &e, 1);
			if (i % 97 == 0)
				check_locks(s);
		}
		story_end(s, now + 100);
		check_locks(s);
		story_over(&s);
	}
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, story_begin, story_over)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_lock_exists_from_its_first_contended_wait),
		STORY(a_wait_lasts_from_the_switch_out_to_the_waking),
		STORY(a_wait_that_goes_on_counts_up_to_now),
		STORY(asking_often_changes_no_answer),
		STORY(an_owner_is_observed_until_a_waiter_is_woken),
		STORY(waiting_is_charged_to_observed_holders_only),
		STORY(a_reading_of_nobody_lets_the_woken_one_be_on_its_way),
		STORY(a_reading_that_comes_late_says_nothing),
		STORY(a_new_waiter_tells_who_overtook_the_woken_one),
		STORY(a_woken_one_that_waits_again_is_no_holder),
		STORY(reading_a_word_again_renews_or_changes_the_holder),
		STORY(a_waiter_seen_again_renews_or_changes_the_holder),
		STORY(a_waiter_seen_at_another_lock_says_nothing_of_this_one),
		STORY(a_word_that_names_nobody_who_can_hold_it_is_unknown),
		STORY(a_dead_owner_is_unknown),
		STORY(a_holder_is_one_until_its_end),
		STORY(a_wake_by_an_interrupt_makes_nobody_a_holder),
		STORY(the_waker_is_the_releaser),
		STORY(a_lane_is_blank_while_nobody_waits),
		STORY(a_loss_ends_waits_and_observations),
		STORY(what_was_read_while_events_were_lost_is_not_sure),
		STORY(a_loss_that_began_in_the_past_is_taken_back),
		STORY(a_full_memory_changes_no_account),
		cmocka_unit_test(whatever_happens_the_accounts_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

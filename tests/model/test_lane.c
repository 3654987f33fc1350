// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_lane.c - intervals in, intervals and exact sums out, whatever is evicted
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/lane.h"

struct bench {
	struct lane_pool pool;
	struct lane lane;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->pool.limit_bytes = UINT64_MAX;
	lane_init(&b->lane, 100);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	lane_free(&b->lane, &b->pool);
	assert_int_equal(b->pool.bytes, 0);
	assert_null(b->pool.oldest);
	assert_null(b->pool.newest);
	free(b);
	return 0;
}

static void push(struct bench *b, uint64_t end_ns, uint8_t kind, uint32_t aux)
{
	assert_int_equal(lane_push(&b->lane, &b->pool, end_ns, kind, 0, aux, 0), 0);
}

static void an_interval_comes_back_as_it_was_pushed(void **state)
{
	struct bench *b = *state;
	struct interval i;

	push(b, 150, 1, 7);
	assert_int_equal(lane_push(&b->lane, &b->pool, 160, 8, 15, UINT32_MAX, 9), 0);
	assert_int_equal(lane_push(&b->lane, &b->pool, UINT64_MAX, 0, 7, 0, 5), 0);
	assert_false(lane_at(&b->lane, 99, &i));
	assert_true(lane_at(&b->lane, 100, &i));
	assert_int_equal(i.start_ns, 100);
	assert_int_equal(i.end_ns, 150);
	assert_int_equal(i.kind, 1);
	assert_int_equal(i.aux, 7);
	assert_true(lane_next(&b->lane, &i, &i));
	assert_int_equal(i.kind, 8);
	assert_int_equal(i.flags, 15);
	assert_int_equal(i.aux, UINT32_MAX);
	assert_int_equal(i.aux2, 9);
	assert_true(lane_next(&b->lane, &i, &i));
	assert_int_equal(i.end_ns, UINT64_MAX);
	assert_int_equal(i.flags, 7);
	assert_int_equal(i.aux2, 0);
	assert_false(lane_next(&b->lane, &i, &i));
	assert_true(lane_prev(&b->lane, &i, &i));
	assert_true(lane_prev(&b->lane, &i, &i));
	assert_int_equal(i.start_ns, 100);
	assert_false(lane_prev(&b->lane, &i, &i));
}

static void an_empty_interval_is_dropped(void **state)
{
	struct bench *b = *state;
	struct interval i;

	push(b, 100, 1, 1);
	push(b, 50, 1, 1);
	assert_false(lane_at(&b->lane, 100, &i));
	push(b, 110, 2, 1);
	push(b, 110, 3, 1);
	assert_true(lane_at(&b->lane, 105, &i));
	assert_int_equal(i.kind, 2);
	assert_int_equal(b->lane.end_ns, 110);
}

static void the_aux_of_a_kind_is_kept_apart_from_other_kinds(void **state)
{
	struct bench *b = *state;
	struct interval i;

	push(b, 110, 1, 5);
	push(b, 120, 2, 6);
	push(b, 130, 1, 5); /* repeated: not written */
	push(b, 140, 2, 0);
	push(b, 150, 2, 0);
	assert_true(lane_at(&b->lane, 125, &i));
	assert_int_equal(i.aux, 5);
	assert_true(lane_at(&b->lane, 115, &i));
	assert_int_equal(i.aux, 6);
	assert_true(lane_at(&b->lane, 145, &i));
	assert_int_equal(i.aux, 0);
}

static uint64_t rnd(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#define MANY 5000

/* Fills a lane and a plain array with the same. Returns the end. */
static uint64_t fill(struct bench *b, struct interval *plain)
{
	uint64_t seed = 42, at = 100;

	for (int i = 0; i < MANY; i++) {
		uint64_t r = rnd(&seed);

		plain[i] = (struct interval){
			.start_ns = at,
			.end_ns = at + 1 + (r & 63 ? r >> 8 & 0xff : r >> 8 & 0xffffff),
			.kind = (r >> 40) % LANE_KINDS,
			.flags = r >> 46 & 3,
			.aux = r >> 48 & 3,
		};
		at = plain[i].end_ns;
		assert_int_equal(lane_push(&b->lane, &b->pool, at, plain[i].kind,
					   plain[i].flags, plain[i].aux, 0),
				 0);
	}
	return at;
}

static void same(const struct interval *a, const struct interval *b)
{
	assert_int_equal(a->start_ns, b->start_ns);
	assert_int_equal(a->end_ns, b->end_ns);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->aux, b->aux);
}

static void thousands_come_back_walking_either_way(void **state)
{
	static struct interval plain[MANY];
	struct bench *b = *state;
	struct interval i;
	struct lane_cursor c;

	fill(b, plain);
	assert_true(lane_at(&b->lane, 100, &i));
	for (int k = 0; k < MANY; k++) {
		same(&i, &plain[k]);
		assert_int_equal(lane_next(&b->lane, &i, &i), k + 1 < MANY);
	}
	assert_true(lane_at(&b->lane, b->lane.end_ns - 1, &i));
	for (int k = MANY; k-- > 0;) {
		same(&i, &plain[k]);
		assert_int_equal(lane_prev(&b->lane, &i, &i), k > 0);
	}
	lane_cursor_init(&c, &b->lane);
	assert_true(lane_cursor_seek(&c, plain[300].end_ns - 1));
	for (int k = 300; k < MANY; k++) {
		same(&c.at, &plain[k]);
		assert_int_equal(lane_cursor_step(&c), k + 1 < MANY);
	}
}

/* F by adding up the plain array. */
static void plain_sums(const struct interval *plain, uint64_t time_ns,
		       uint64_t sums[LANE_KINDS])
{
	memset(sums, 0, LANE_KINDS * sizeof(*sums));
	for (int k = 0; k < MANY && plain[k].start_ns < time_ns; k++) {
		uint64_t end = plain[k].end_ns < time_ns ? plain[k].end_ns : time_ns;

		sums[plain[k].kind] += end - plain[k].start_ns;
	}
}

static void sums_are_exact_at_any_zoom(void **state)
{
	static const unsigned int bins[] = {1, 3, 50, 700};
	static struct interval plain[MANY];
	struct bench *b = *state;
	uint64_t end = fill(b, plain);

	for (size_t z = 0; z < sizeof(bins) / sizeof(bins[0]); z++) {
		struct lane_cursor c;

		lane_cursor_init(&c, &b->lane);
		for (unsigned int i = 0; i <= bins[z] + 1; i++) {
			uint64_t t = end / bins[z] * i, got[LANE_KINDS], want[LANE_KINDS];
			struct interval at;

			lane_cursor_sums(&c, t, got, &at);
			plain_sums(plain, t, want);
			assert_memory_equal(got, want, sizeof(got));
			if (at.kind == LANE_KINDS)
				assert_true(t <= 100);
			else
				assert_true(at.start_ns < t);
		}
	}
}

static void the_last_of_a_kind_is_found_however_far_back(void **state)
{
	struct bench *b = *state;
	struct lane_cursor c;
	uint64_t sums[LANE_KINDS];
	uint32_t aux = 0;

	push(b, 110, 4, 77);
	push(b, 120, 4, 78);
	for (uint64_t t = 121; t < 2000; t++)
		push(b, t, 1 + t % 2, 3);
	push(b, 2000, 5, 79);
	lane_cursor_init(&c, &b->lane);
	lane_cursor_sums(&c, 105, sums, NULL);
	assert_true(lane_cursor_last(&c, 4, &aux));
	assert_int_equal(aux, 77);
	lane_cursor_sums(&c, 1990, sums, NULL);
	assert_true(lane_cursor_last(&c, 4, &aux));
	assert_int_equal(aux, 78);
	assert_false(lane_cursor_last(&c, 5, &aux));
	lane_cursor_sums(&c, 2000, sums, NULL);
	assert_true(lane_cursor_last(&c, 5, &aux));
	assert_int_equal(aux, 79);
}

static void the_oldest_goes_first_and_the_edge_says_so(void **state)
{
	struct bench *b = *state;
	uint64_t sums[LANE_KINDS];
	struct lane_cursor c;
	struct lane slow;
	struct interval i;

	lane_init(&slow, 0);
	assert_int_equal(lane_push(&slow, &b->pool, 50, 1, 0, 0, 0), 0);
	b->pool.limit_bytes = 8000;
	for (uint64_t t = 101; t <= 20100; t++)
		push(b, t, t % 3, t % 5);
	assert_in_range(b->pool.bytes, 4000, 8000);
	assert_true(b->pool.edge_ns > 10000);
	assert_int_equal(lane_kept_ns(&b->lane), b->pool.edge_ns);
	assert_false(lane_at(&b->lane, b->pool.edge_ns - 1, &i));
	assert_true(lane_at(&b->lane, b->pool.edge_ns, &i));
	assert_false(lane_prev(&b->lane, &i, &i));
	/* What is not full yet stays, and the sums of all that was remain. */
	assert_true(lane_at(&slow, 10, &i));
	lane_cursor_init(&c, &b->lane);
	lane_cursor_sums(&c, 20100, sums, NULL);
	assert_int_equal(sums[0] + sums[1] + sums[2], 20000);
	lane_free(&slow, &b->pool);
}

static void a_finished_lane_is_small_and_can_go(void **state)
{
	struct bench *b = *state;
	struct interval i;

	push(b, 110, 1, 0);
	assert_int_equal(lane_finish(&b->lane, &b->pool), 0);
	assert_true(lane_at(&b->lane, 105, &i));
	assert_in_range(b->pool.bytes, 1, 200);
	push(b, 120, 2, 3); /* it was not the end after all */
	assert_true(lane_at(&b->lane, 115, &i));
	assert_int_equal(i.aux, 3);
	assert_true(lane_at(&b->lane, 105, &i));
	assert_int_equal(i.kind, 1);
	b->pool.limit_bytes = 0;
	assert_int_equal(lane_finish(&b->lane, &b->pool), 0);
	assert_false(lane_at(&b->lane, 105, &i));
	assert_false(lane_at(&b->lane, 115, &i));
}

static void lanes_of_one_pool_leave_it_one_by_one(void **state)
{
	struct bench *b = *state;
	struct lane other;
	uint64_t before;

	for (uint64_t t = 101; t < 1000; t++)
		push(b, t, 1, t);
	before = b->pool.bytes;
	lane_init(&other, 0);
	for (uint64_t t = 1; t < 1000; t++)
		assert_int_equal(lane_push(&other, &b->pool, t, 1, 0, t, 0), 0);
	lane_free(&other, &b->pool);
	assert_int_equal(b->pool.bytes, before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_interval_comes_back_as_it_was_pushed),
		TEST(an_empty_interval_is_dropped),
		TEST(the_aux_of_a_kind_is_kept_apart_from_other_kinds),
		TEST(thousands_come_back_walking_either_way),
		TEST(sums_are_exact_at_any_zoom),
		TEST(the_last_of_a_kind_is_found_however_far_back),
		TEST(the_oldest_goes_first_and_the_edge_says_so),
		TEST(a_finished_lane_is_small_and_can_go),
		TEST(lanes_of_one_pool_leave_it_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

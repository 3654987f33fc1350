// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_samples.c - percentiles are those of all values, exactly
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "model/samples.h"

static void nothing_has_no_percentile(void **state)
{
	struct samples s = {0};

	(void)state;
	assert_int_equal(samples_rank(&s, 50), 0);
	assert_int_equal(samples_rank(&s, 100), 0);
	samples_free(&s);
}

static void the_nearest_rank_is_the_smallest_value_with_enough_below(void **state)
{
	struct samples s = {0};

	(void)state;
	for (uint64_t v = 100; v >= 1; v--)
		assert_int_equal(samples_add(&s, v * 10), 0);
	assert_int_equal(samples_rank(&s, 0), 10);
	assert_int_equal(samples_rank(&s, 1), 10);
	assert_int_equal(samples_rank(&s, 50), 500);
	assert_int_equal(samples_rank(&s, 99), 990);
	assert_int_equal(samples_rank(&s, 100), 1000);
	assert_int_equal(samples_rank(&s, 1000), 1000);
	samples_add(&s, 5);
	/* 101 values: half of them, rounded up, is the 51st */
	assert_int_equal(samples_rank(&s, 50), 500);
	assert_int_equal(samples_rank(&s, 0), 5);
	samples_free(&s);
}

static void one_value_is_every_percentile(void **state)
{
	struct samples s = {0};

	(void)state;
	samples_add(&s, 7);
	assert_int_equal(samples_rank(&s, 1), 7);
	assert_int_equal(samples_rank(&s, 50), 7);
	assert_int_equal(samples_rank(&s, 100), 7);
	assert_int_equal(s.max_ns, 7);
	samples_free(&s);
}

static void a_value_more_counts_without_being_kept(void **state)
{
	struct samples s = {0};
	uint64_t least = 1, middle = 25, most = 90;

	(void)state;
	assert_int_equal(samples_rank_with(&s, 50, &middle), 25);
	for (uint64_t v = 10; v <= 40; v += 10)
		samples_add(&s, v);
	assert_int_equal(samples_rank_with(&s, 50, &middle), 25);
	assert_int_equal(samples_rank_with(&s, 0, &least), 1);
	assert_int_equal(samples_rank_with(&s, 100, &most), 90);
	assert_int_equal(samples_rank_with(&s, 80, &most), 40);
	assert_int_equal(samples_rank(&s, 50), 20);
	assert_int_equal(s.count, 4);
	samples_free(&s);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

#define MANY 20000

static void many_values_agree_with_a_sorted_array(void **state)
{
	static uint64_t plain[MANY];
	struct samples s = {0};
	uint64_t seed = 7, sum = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		plain[i] = i % 3 ? seed % 500 : seed >> (seed % 64);
		assert_int_equal(samples_add(&s, plain[i]), 0);
		sum += plain[i];
		if (i % 777 == 0)
			samples_rank(&s, 50); /* asking in between changes nothing */
	}
	qsort(plain, MANY, sizeof(plain[0]), by_size);
	for (unsigned int p = 1; p <= 100; p++)
		assert_int_equal(samples_rank(&s, p), plain[(MANY * p + 99) / 100 - 1]);
	assert_int_equal(s.count, MANY);
	assert_int_equal(s.sum_ns, sum);
	assert_int_equal(s.max_ns, plain[MANY - 1]);
	samples_free(&s);
}

static void repeated_values_cost_no_memory(void **state)
{
	struct samples s = {0};

	(void)state;
	for (int i = 0; i < 1000000; i++)
		samples_add(&s, 1000 + i % 50);
	assert_int_equal(s.count, 1000000);
	assert_true(samples_bytes(&s) < 8192);
	samples_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_percentile),
		cmocka_unit_test(
			the_nearest_rank_is_the_smallest_value_with_enough_below),
		cmocka_unit_test(one_value_is_every_percentile),
		cmocka_unit_test(a_value_more_counts_without_being_kept),
		cmocka_unit_test(many_values_agree_with_a_sorted_array),
		cmocka_unit_test(repeated_values_cost_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

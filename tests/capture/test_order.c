// SPDX-License-Identifier: GPL-2.0-or-later
/* tests/capture/test_order.c - one stream in order out of several CPUs' records */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/order.h"

#define CPUS 4

static void push(struct order *o, uint64_t time_ns, uint16_t cpu, uint32_t tid)
{
	struct event e = {
		.time_ns = time_ns, .cpu = cpu, .type = EVENT_WAKING, .tid = tid};

	assert_int_equal(order_push(o, &e, 24), 0);
}

/* The tids that come out before the watermark, as text. */
static const char *out(struct order *o, uint64_t watermark_ns)
{
	static char text[64];
	const struct event *e;
	size_t n = 0;

	while ((e = order_next(o, watermark_ns)))
		text[n++] = 'a' + e->tid;
	text[n] = '\0';
	return text;
}

static int setup(void **state)
{
	*state = order_new(CPUS);
	return !*state;
}

static int teardown(void **state)
{
	order_free(*state);
	return 0;
}

static void events_of_several_cpus_come_out_by_time(void **state)
{
	push(*state, 100, 0, 0);
	push(*state, 400, 0, 3);
	push(*state, 200, 1, 1);
	push(*state, 300, 2, 2);

	assert_string_equal(out(*state, 1000), "abcd");
	assert_int_equal(order_pending(*state), 0);
}

static void what_is_not_before_the_watermark_waits(void **state)
{
	push(*state, 100, 0, 0);
	push(*state, 200, 1, 1);
	push(*state, 300, 0, 2);

	assert_string_equal(out(*state, 200), "a");
	assert_int_equal(order_pending(*state), 2);
	push(*state, 250, 2, 3); /* came late, but not too late */
	assert_string_equal(out(*state, 301), "bdc");
	assert_int_equal(order_late(*state), 0);
}

static void at_one_instant_the_lower_cpu_is_first(void **state)
{
	push(*state, 100, 3, 3);
	push(*state, 100, 1, 1);
	push(*state, 100, 2, 2);

	assert_string_equal(out(*state, 101), "bcd");
}

static void at_one_instant_of_one_cpu_the_first_to_arrive_is_first(void **state)
{
	push(*state, 100, 1, 0);
	push(*state, 100, 1, 1);
	push(*state, 50, 1, 2);
	push(*state, 100, 1, 3);

	assert_string_equal(out(*state, 101), "cabd");
}

static void an_interrupt_between_reservation_and_clock_is_put_right(void **state)
{
	push(*state, 100, 0, 0);
	push(*state, 130, 0, 2); /* reserved first, stamped after the interrupt */
	push(*state, 120, 0, 1); /* the interrupt's */

	assert_string_equal(out(*state, 1000), "abc");
	assert_int_equal(order_late(*state), 0);
}

static void
an_event_from_before_the_watermark_comes_at_its_predecessors_time(void **state)
{
	const struct event *e;

	push(*state, 500, 0, 0);
	assert_string_equal(out(*state, 600), "a");
	push(*state, 400, 1, 1);

	e = order_next(*state, 600);
	assert_int_equal(e->tid, 1);
	assert_int_equal(e->time_ns, 500);
	assert_int_equal(order_late(*state), 1);
}

static void what_a_record_leaves_out_reads_as_zero(void **state)
{
	struct event e;
	const struct event *got;

	memset(&e, 0xff, sizeof(e));
	e.time_ns = 100;
	e.cpu = 1;
	assert_int_equal(order_push(*state, &e, EVENT_OCCUPANT_BYTES), 0);

	got = order_next(*state, 101);
	assert_int_equal(got->sw.fd_mode, 0xffff);
	assert_int_equal(got->sw.addr, 0);
	assert_int_equal(got->sw.owner, 0);
}

static void a_record_that_cannot_be_is_refused(void **state)
{
	struct event e = {.cpu = 0};
	char longer[sizeof(e) + 8] = {0};

	assert_int_equal(order_push(*state, &e, EVENT_HEADER_BYTES - 1), -EPROTO);
	assert_int_equal(order_push(*state, longer, sizeof(longer)), -EPROTO);
	e.cpu = CPUS;
	assert_int_equal(order_push(*state, &e, sizeof(e)), -EPROTO);
	assert_int_equal(order_pending(*state), 0);
}

/* A queue is used for ever: its front must be given up again. */
static void a_million_events_pass_in_order_and_none_is_missing(void **state)
{
	uint64_t last = 0, nr = 0, time[CPUS] = {0};
	uint32_t random = 1;
	const struct event *e;

	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < 1000; i++) {
			random = random * 1664525 + 1013904223;
			int cpu = random >> 30;

			time[cpu] += random >> 20 & 0xff;
			push(*state, round * 1000000ULL + time[cpu] % 1000000, cpu, 0);
		}
		memset(time, 0, sizeof(time));
		while ((e = order_next(*state, (round + 1) * 1000000ULL))) {
			assert_true(e->time_ns >= last);
			last = e->time_ns;
			nr++;
		}
	}
	assert_int_equal(nr, 1000000);
	assert_int_equal(order_late(*state), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(events_of_several_cpus_come_out_by_time),
		TEST(what_is_not_before_the_watermark_waits),
		TEST(at_one_instant_the_lower_cpu_is_first),
		TEST(at_one_instant_of_one_cpu_the_first_to_arrive_is_first),
		TEST(an_interrupt_between_reservation_and_clock_is_put_right),
		TEST(an_event_from_before_the_watermark_comes_at_its_predecessors_time),
		TEST(what_a_record_leaves_out_reads_as_zero),
		TEST(a_record_that_cannot_be_is_refused),
		TEST(a_million_events_pass_in_order_and_none_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

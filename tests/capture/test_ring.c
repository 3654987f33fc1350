// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tests/capture/test_ring.c - reading a ring buffer in the kernel's layout
 *
 * The test writes as the kernel does: a header of length and bits, the data,
 * all rounded up to 8 bytes, in memory that is there twice in a row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "capture/ring.h"

#define BYTES 4096

static struct {
	unsigned long consumer, producer;
	struct ring ring;
	unsigned char *data;
	char seen[256];
	int refuse; /* stop at this letter */
} t;

static int setup(void **state)
{
	int fd = memfd_create("ring", 0);
	unsigned char *data;

	(void)state;
	memset(&t, 0, sizeof(t));
	if (fd < 0 || ftruncate(fd, BYTES))
		return 1;
	data = mmap(NULL, 2 * BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 2; i++)
		mmap(data + i * BYTES, BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED, fd, 0);
	close(fd);
	t.data = data;
	t.ring = (struct ring){.consumer = &t.consumer,
			       .producer = &t.producer,
			       .data = data,
			       .bytes = BYTES};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return munmap(t.data, 2 * BYTES);
}

/* A record of len bytes that starts with a letter; bits: busy, discarded. */
static void produce(char letter, uint32_t len, uint32_t bits)
{
	unsigned char *p = t.data + t.producer % BYTES;

	*(uint32_t *)p = len | bits;
	p[BPF_RINGBUF_HDR_SZ] = letter;
	t.producer += (len + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

static int record(void *arg, const void *data, size_t bytes)
{
	char letter = *(const char *)data;
	size_t n = strlen(t.seen);

	(void)arg;
	if (letter == t.refuse)
		return -1;
	snprintf(t.seen + n, sizeof(t.seen) - n, "%c%zu ", letter, bytes);
	return 0;
}

static void an_empty_ring_is_drained(void **state)
{
	(void)state;
	assert_int_equal(ring_drain(&t.ring, record, NULL), 1);
	assert_string_equal(t.seen, "");
}

static void records_come_in_order_with_their_length(void **state)
{
	(void)state;
	produce('a', 24, 0);
	produce('b', 64, 0);
	produce('c', 30, 0);

	assert_int_equal(ring_used(&t.ring), 32 + 72 + 40);
	assert_int_equal(ring_drain(&t.ring, record, NULL), 1);
	assert_string_equal(t.seen, "a24 b64 c30 ");
	assert_int_equal(ring_used(&t.ring), 0);
}

static void a_discarded_record_is_skipped(void **state)
{
	(void)state;
	produce('a', 24, 0);
	produce('b', 64, BPF_RINGBUF_DISCARD_BIT);
	produce('c', 24, 0);

	assert_int_equal(ring_drain(&t.ring, record, NULL), 1);
	assert_string_equal(t.seen, "a24 c24 ");
}

static void a_record_being_written_ends_the_drain_and_comes_with_the_next(void **state)
{
	unsigned long at;

	(void)state;
	produce('a', 24, 0);
	at = t.producer;
	produce('b', 24, BPF_RINGBUF_BUSY_BIT);
	produce('c', 24, 0);

	assert_int_equal(ring_drain(&t.ring, record, NULL), 0);
	assert_string_equal(t.seen, "a24 ");
	*(uint32_t *)(t.data + at) &= ~BPF_RINGBUF_BUSY_BIT;
	assert_int_equal(ring_drain(&t.ring, record, NULL), 1);
	assert_string_equal(t.seen, "a24 b24 c24 ");
}

static void a_record_across_the_end_is_read_in_one_piece(void **state)
{
	(void)state;
	t.consumer = t.producer = 5 * BYTES - 16;
	produce('a', 64, 0);
	produce('b', 24, 0);

	assert_int_equal(ring_drain(&t.ring, record, NULL), 1);
	assert_string_equal(t.seen, "a64 b24 ");
	assert_int_equal(t.consumer, t.producer);
}

static void a_record_that_was_not_taken_comes_again(void **state)
{
	(void)state;
	produce('a', 24, 0);
	produce('b', 24, 0);
	t.refuse = 'b';

	assert_int_equal(ring_drain(&t.ring, record, NULL), -1);
	t.refuse = 0;
	assert_int_equal(ring_drain(&t.ring, record, NULL), 1);
	assert_string_equal(t.seen, "a24 b24 ");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_empty_ring_is_drained),
		TEST(records_come_in_order_with_their_length),
		TEST(a_discarded_record_is_skipped),
		TEST(a_record_being_written_ends_the_drain_and_comes_with_the_next),
		TEST(a_record_across_the_end_is_read_in_one_piece),
		TEST(a_record_that_was_not_taken_comes_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

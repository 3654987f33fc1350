/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_damage.c - files that are cut, flipped, shuffled or nonsense
 */
#include "tests/trace/story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MARKER \
	"\xa2\x02\x10\x82\x47\x7a\x76\xb2\x8d\x42\xba\x81\xdc\x33\x32\x6d\x57\xa0\x79"

struct file {
	uint8_t *v;
	size_t n;
	size_t mark[64]; /* where each window's mark begins */
	size_t nr_marks;
};

/* Windows of at most ten events, so that a small file has several. */
static void small_story(struct story *s)
{
	uint64_t r = 9;
	size_t i;

	for (i = 0; i < 60; i++) {
		struct event e = sw(1000 + 100 * i, i & 1, (uint32_t)(i / 2 % 3),
				    (uint32_t)((i / 2 + 1) % 3));

		if (i % 5 == 0)
			e = task(e.time_ns, i & 1, 1 + (uint32_t)i, "worker",
				 TASK_FORKED);
		if (i % 7 == 0)
			e = waking(e.time_ns, i & 1, 2, (uint32_t)story_rand(&r) % 4);
		story_add(s, &e);
	}
}

static struct file record_file(const struct story *s)
{
	const struct writer_options opt = {.window_ns = 1000};
	struct file f = {0};
	int fd = story_file();
	size_t at;

	story_record(s, fd, &opt, NULL, NULL);
	f.n = (size_t)lseek(fd, 0, SEEK_END);
	f.v = malloc(f.n);
	assert_non_null(f.v);
	assert_int_equal(pread(fd, f.v, f.n, 0), f.n);
	close(fd);
	for (at = 2; at + sizeof(MARKER) < f.n; at++)
		if (memcmp(f.v + at, MARKER, sizeof(MARKER) - 1) == 0)
			f.mark[f.nr_marks++] = at - 2;
	return f;
}

/* Opens and reads bytes as a file; the keeper has what came. NULL if it would not open.
 */
static struct keeper *read_bytes(const void *bytes, size_t n, unsigned int *damaged,
				 char why[256])
{
	struct keeper *k = calloc(1, sizeof(*k));
	int fd = story_file(), result;
	struct reader *r;

	assert_non_null(k);
	keeper_init(k);
	assert_int_equal(write(fd, bytes, n), n);
	why[0] = '\0';
	errno = 0;
	r = story_open(fd, why);
	close(fd);
	if (!r) {
		assert_int_not_equal(errno, 0);
		assert_true(why[0] != '\0');
		assert_null(strchr(why, '\n'));
		free(k);
		return NULL;
	}
	result = reader_pump(r, &k->sink, 0);
	assert_int_equal(result, 0);
	assert_int_equal(k->ended, 1);
	*damaged = reader_damaged(r);
	reader_close(r);
	return k;
}

static void drop(struct keeper *k)
{
	if (k)
		keeper_free(k);
	free(k);
}

/* Times never run back, whatever the file says. */
static void assert_in_order(const struct keeper *k)
{
	size_t i;

	for (i = 1; i < k->story.n; i++)
		assert_true(k->story.events[i - 1].time_ns <= k->story.events[i].time_ns);
	if (k->story.n)
		assert_true(k->end.duration_ns >=
			    k->story.events[k->story.n - 1].time_ns);
}

static void a_file_cut_at_any_byte_gives_its_whole_windows(void **state)
{
	struct story s = {0};
	unsigned int damaged;
	struct file f;
	struct keeper *k;
	char why[256];
	size_t n, i, opened = 0, most = 0;

	(void)state;
	small_story(&s);
	f = record_file(&s);
	assert_true(f.nr_marks >= 5);
	for (n = 0; n < f.n; n++) {
		k = read_bytes(f.v, n, &damaged, why);
		assert_true(k || n < f.mark[0]);
		if (!k)
			continue;
		opened++;
		assert_true(k->end.cut);
		assert_int_equal(damaged, 0);
		assert_true(k->story.n >= most && k->story.n <= s.n);
		most = k->story.n;
		for (i = 0; i < k->story.n; i++)
			assert_true(same_event(&k->story.events[i], &s.events[i]));
		assert_int_equal(k->end.duration_ns,
				 k->story.n ? s.events[k->story.n - 1].time_ns : 0);
		drop(k);
	}
	assert_int_equal(most, s.n); /* all but the end mark */
	assert_true(opened > f.n - f.mark[0] - 1);
	free(f.v);
	story_free(&s);
}

static void a_flipped_bit_costs_at_most_its_window(void **state)
{
	struct story s = {0};
	unsigned int damaged;
	struct file f;
	struct keeper *k;
	char why[256];
	size_t at, i, whole, lost;
	int bit;

	(void)state;
	small_story(&s);
	f = record_file(&s);
	for (at = 0; at < f.n; at++) {
		for (bit = 0; bit < 8; bit++) {
			f.v[at] ^= (uint8_t)(1 << bit);
			k = read_bytes(f.v, f.n, &damaged, why);
			f.v[at] ^= (uint8_t)(1 << bit);
			if (at >= f.mark[0])
				assert_non_null(k);
			if (!k)
				continue;
			assert_in_order(k);
			whole = lost = 0;
			for (i = 0; i < k->story.n && !k->info.foreign; i++) {
				if (k->story.events[i].type == EVENT_LOST)
					lost += k->story.events[i].lost.count;
				else
					whole++;
			}
			if (at >= f.mark[0] && !k->end.cut) {
				assert_int_equal(whole + lost, s.n);
				assert_true(whole >= s.n - 11);
				assert_int_equal(damaged != 0, lost != 0);
			}
			drop(k);
		}
	}
	free(f.v);
	story_free(&s);
}

static void a_damaged_window_is_a_gap_with_its_times_and_count(void **state)
{
	struct story s = {0};
	unsigned int damaged;
	struct file f;
	struct keeper *k;
	const struct event *e;
	char why[256];
	size_t i, losts = 0;

	(void)state;
	small_story(&s);
	f = record_file(&s);
	/* In the deflated bytes of the third window, which has events 20 to 29. */
	f.v[f.mark[3] - 20] ^= 0x10;
	k = read_bytes(f.v, f.n, &damaged, why);
	assert_non_null(k);
	assert_int_equal(damaged, 1);
	assert_false(k->end.cut);
	for (i = 0; i < k->story.n; i++) {
		e = &k->story.events[i];
		if (e->type != EVENT_LOST)
			continue;
		assert_int_equal(e->flags, LOST_FILE);
		assert_int_equal(e->cpu, losts);
		assert_int_equal(e->lost.from_ns, 3000);
		assert_int_equal(e->time_ns, 3900);
		assert_int_equal(e->lost.count, losts ? 0 : 10);
		losts++;
	}
	assert_int_equal(losts, 2); /* one for each CPU */
	assert_int_equal(k->story.n, s.n - 10 + 2);
	drop(k);
	free(f.v);
	story_free(&s);
}

static void missing_doubled_and_swapped_windows_are_noticed(void **state)
{
	struct story s = {0};
	unsigned int damaged;
	struct file f;
	struct keeper *k;
	char why[256];
	uint8_t *v;
	size_t a, b, c;

	(void)state;
	small_story(&s);
	f = record_file(&s);
	v = malloc(f.n * 2);
	assert_non_null(v);
	a = f.mark[2];
	b = f.mark[3];
	c = f.mark[4];

	/* One taken out. */
	memcpy(v, f.v, a);
	memcpy(v + a, f.v + b, f.n - b);
	k = read_bytes(v, f.n - (b - a), &damaged, why);
	assert_int_equal(damaged, 1);
	assert_int_equal(k->story.n, s.n - 10 + 2);
	assert_int_equal(k->story.events[20].type, EVENT_LOST);
	assert_int_equal(k->story.events[20].lost.count, 10);
	assert_int_equal(k->story.events[20].lost.from_ns, 2900);
	assert_int_equal(k->story.events[20].time_ns, 4000);
	assert_in_order(k);
	drop(k);

	/* One there twice. */
	memcpy(v, f.v, b);
	memcpy(v + b, f.v + a, f.n - a);
	k = read_bytes(v, f.n + (b - a), &damaged, why);
	assert_int_equal(damaged, 1);
	assert_same_events(&s, &k->story);
	drop(k);

	/* Two the wrong way round. */
	memcpy(v, f.v, a);
	memcpy(v + a, f.v + b, c - b);
	memcpy(v + a + (c - b), f.v + a, b - a);
	memcpy(v + c, f.v + c, f.n - c);
	k = read_bytes(v, f.n, &damaged, why);
	assert_int_equal(damaged, 2);
	assert_in_order(k);
	drop(k);

	free(v);
	free(f.v);
	story_free(&s);
}

static void noise_between_windows_is_skipped(void **state)
{
	struct story s = {0};
	unsigned int damaged;
	struct file f;
	struct keeper *k;
	char why[256];
	uint8_t *v;

	(void)state;
	small_story(&s);
	f = record_file(&s);
	v = malloc(f.n + 1000);
	assert_non_null(v);
	memcpy(v, f.v, f.mark[2]);
	memset(v + f.mark[2], 0xee, 1000);
	memcpy(v + f.mark[2] + 1000, f.v + f.mark[2], f.n - f.mark[2]);
	k = read_bytes(v, f.n + 1000, &damaged, why);
	assert_same_events(&s, &k->story);
	assert_int_equal(damaged, 0);
	drop(k);

	/* What a power cut may leave behind: a tail of zeros. */
	memcpy(v, f.v, f.mark[4]);
	memset(v + f.mark[4], 0, 1000);
	k = read_bytes(v, f.mark[4] + 1000, &damaged, why);
	assert_int_equal(k->story.n, 40);
	assert_true(k->end.cut);
	drop(k);
	free(v);
	free(f.v);
	story_free(&s);
}

static void what_is_no_trace_is_said_to_be_none(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *says;
	} files[] = {
		{"", 0, "is empty"},
		{"\x1f\x8b\x08\0\0\0\0\0", 8, "is compressed with gzip"},
		{"#!/bin/sh\necho\n", 15, "is not a Perfetto trace"},
		{"\x7f"
		 "ELF\2\1\1\0",
		 8, "is not a Perfetto trace"},
		{"\x0a", 1, "is not a Perfetto trace"},
		{"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12,
		 "is not a Perfetto trace"},
		{"\x0a\x7f"
		 "abc",
		 5, "is not a Perfetto trace"},
		{"\x0a\x00", 2, "holds no scheduler events"},
		{"\x0a\x02\x40\x01", 4, "holds no scheduler events"},
	};
	unsigned int damaged;
	char why[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		assert_null(read_bytes(files[i].bytes, files[i].n, &damaged, why));
		if (!strstr(why, files[i].says))
			fail_msg("%s: should say \"%s\"", why, files[i].says);
	}
	assert_null(reader_open("/nonexistent/x.pftrace", why, sizeof(why)));
	assert_int_equal(errno, ENOENT);
	assert_string_equal(why, "/nonexistent/x.pftrace No such file or directory");
	assert_null(reader_open("/tmp", why, sizeof(why)));
	assert_int_equal(errno, EISDIR);
}

/* Every read ends, in order and without a crash; that is all that can be asked. */
static void random_changes_never_crash(void **state)
{
	struct timespec start, now;
	struct story s = {0};
	unsigned int damaged;
	uint64_t r = 2026;
	struct keeper *k;
	struct file f;
	char why[256];
	uint8_t *v;
	size_t n, at, len, to;
	int changes;

	(void)state;
	small_story(&s);
	f = record_file(&s);
	v = malloc(f.n * 2);
	assert_non_null(v);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		memcpy(v, f.v, f.n);
		n = f.n;
		for (changes = 1 + (int)(story_rand(&r) % 4); changes; changes--) {
			at = story_rand(&r) % n;
			len = story_rand(&r) % 40;
			to = story_rand(&r) % n;
			if (at + len > n || to + len > n)
				len = 0;
			switch (story_rand(&r) % 4) {
			case 0:
				v[at] = (uint8_t)story_rand(&r);
				break;
			case 1:
				memmove(v + to, v + at, len);
				break;
			case 2:
				memset(v + at, story_rand(&r) % 2 ? 0xff : 0, len);
				break;
			case 3:
				memmove(v + at, v + at + len, n - at - len);
				n -= len;
				break;
			}
		}
		k = read_bytes(v, n, &damaged, why);
		if (k)
			assert_in_order(k);
		drop(k);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < 3);
	free(v);
	free(f.v);
	story_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_cut_at_any_byte_gives_its_whole_windows),
		cmocka_unit_test(a_flipped_bit_costs_at_most_its_window),
		cmocka_unit_test(a_damaged_window_is_a_gap_with_its_times_and_count),
		cmocka_unit_test(missing_doubled_and_swapped_windows_are_noticed),
		cmocka_unit_test(noise_between_windows_is_skipped),
		cmocka_unit_test(what_is_no_trace_is_said_to_be_none),
		cmocka_unit_test(random_changes_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

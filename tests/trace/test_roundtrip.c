/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_roundtrip.c - what goes into a recording comes out of it
 */
#include "tests/trace/story.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TELL(s, ...)                                                      \
	do {                                                              \
		const struct event told[] = {__VA_ARGS__};                \
		for (size_t t = 0; t < sizeof(told) / sizeof(*told); t++) \
			story_add((s), &told[t]);                         \
	} while (0)

static void check_round_trip(struct story *s, const struct writer_options *opt)
{
	int fd = story_file();
	struct keeper k;
	unsigned int damaged;

	keeper_init(&k);
	story_record(s, fd, opt, NULL, NULL);
	story_read(fd, &k, &damaged);
	assert_same_events(s, &k.story);
	assert_int_equal(damaged, 0);
	assert_false(k.end.cut);
	assert_int_equal(k.end.duration_ns, s->n ? s->events[s->n - 1].time_ns : 0);
	keeper_free(&k);
	story_free(s);
	close(fd);
}

static void a_short_story_comes_back_word_for_word(void **state)
{
	struct story s = {0};

	(void)state;
	TELL(&s, task(0, EVENT_CPU_USER, 10, "bank", TASK_FOUND | TASK_IN_SCOPE),
	     sw(100, 0, 0, 10), task(150, 0, 11, "bank", TASK_FORKED),
	     waking(160, 0, 11, 10), sw(200, 1, 0, 11), sw(300, 0, 10, 0),
	     waking(350, 1, 10, 11), sw(400, 1, 11, 0), sw(400, 0, 0, 10),
	     sw(500, 0, 10, 0));
	/* The last two stand in the wrong order of CPUs: that must survive too. */
	check_round_trip(&s, NULL);
}

static void a_previous_task_that_was_not_the_last_next_survives(void **state)
{
	struct story s = {0};

	(void)state;
	TELL(&s, sw(100, 0, 5, 6), sw(200, 0, 7, 8), sw(300, 0, 8, 9), sw(400, 0, 5, 9),
	     sw(400, 0, 9, 9), waking(450, 0, 3, 77), waking(460, 0, 3, 9));
	check_round_trip(&s, NULL);
}

static void events_at_one_instant_keep_their_order(void **state)
{
	struct story s = {0};
	struct event m = {.time_ns = 100, .type = EVENT_MIGRATE, .tid = 4};

	(void)state;
	m.migrate.to_cpu = 3;
	TELL(&s, sw(100, 0, 1, 2), waking(100, 0, 3, 2), sw(100, 0, 2, 1), m,
	     waking(100, 0, 4, 1), sw(100, 0, 1, 4), waking(100, 1, 9, 0), m, m,
	     sw(100, 0, 4, 1), waking(101, 0, 3, 2));
	s.events[7].cpu = s.events[8].cpu = 1;
	s.events[9].cpu = 1;
	s.events[9].tid = 0;
	check_round_trip(&s, NULL);
}

static void two_hundred_thousand_random_events_are_equal(void **state)
{
	struct story s = {0};

	(void)state;
	story_random(&s, 1, 200000, 4);
	check_round_trip(&s, NULL);
}

static void every_window_size_and_level_gives_the_same_events(void **state)
{
	const struct writer_options options[] = {
		{.window_ns = 1},
		{.window_ns = 10000},
		{.level = 1},
		{.level = 9},
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct story s = {0};

		story_random(&s, 100 + i, 5000, (unsigned int)(1 + 20 * i));
		check_round_trip(&s, &options[i]);
	}
}

static void late_events_keep_their_place_in_the_stream(void **state)
{
	struct story s = {0};
	int fd = story_file();
	struct trace_end end = {.duration_ns = 900};
	struct keeper k;

	(void)state;
	TELL(&s, sw(100, 0, 1, 2), sw(500, 0, 2, 3), sw(300, 1, 7, 8), sw(600, 0, 3, 1));
	keeper_init(&k);
	story_record(&s, fd, NULL, NULL, &end);
	story_read(fd, &k, NULL);
	assert_same_events(&s, &k.story);
	keeper_free(&k);
	story_free(&s);
	close(fd);
}

static void info_and_end_come_back(void **state)
{
	struct story s = {0};
	struct trace_end end = {.duration_ns = 1000, .cut = true};
	int fd = story_file(), i;
	char why[256];
	struct keeper k;
	struct reader *r;

	(void)state;
	TELL(&s, sw(100, 0, 1, 2));
	keeper_init(&k);
	story_record(&s, fd, NULL, NULL, &end);
	r = story_open(fd, why);
	assert_non_null(r);
	assert_int_equal(reader_pump(r, &k.sink, 0), 0);
	assert_int_equal(k.info.argc, story_info.argc);
	for (i = 0; i < k.info.argc; i++)
		assert_string_equal(k.info.argv[i], story_info.argv[i]);
	assert_null(k.info.argv[i]);
	assert_string_equal(k.info.scope, "command");
	assert_string_equal(k.info.kernel, story_info.kernel);
	assert_string_equal(k.info.machine, story_info.machine);
	assert_int_equal(k.info.nr_cpus, 2);
	assert_int_equal(k.info.start_boottime_ns, story_info.start_boottime_ns);
	assert_int_equal(k.info.start_realtime_ns, story_info.start_realtime_ns);
	assert_int_equal(k.info.start_monotonic_ns, story_info.start_monotonic_ns);
	assert_true(k.info.others);
	assert_false(k.info.foreign);
	assert_int_equal(k.end.duration_ns, 1000);
	assert_true(k.end.cut);
	assert_int_equal(reader_done_bytes(r), reader_file_bytes(r));
	reader_close(r);
	keeper_free(&k);
	story_free(&s);
	close(fd);
}

static void a_recording_without_command_or_events_is_one(void **state)
{
	struct trace_info info = {.start_boottime_ns = 7};
	struct trace_end end = {.duration_ns = 42};
	struct story s = {0};
	int fd = story_file();
	struct keeper k;

	(void)state;
	keeper_init(&k);
	story_record(&s, fd, NULL, &info, &end);
	story_read(fd, &k, NULL);
	assert_int_equal(k.story.n, 0);
	assert_null(k.info.argv);
	assert_null(k.info.scope);
	assert_null(k.info.kernel);
	assert_int_equal(k.info.nr_cpus, 0);
	assert_int_equal(k.end.duration_ns, 42);
	assert_false(k.end.cut);
	keeper_free(&k);
	close(fd);
}

static void pumping_in_small_steps_gives_the_same(void **state)
{
	struct story s = {0};
	int fd = story_file(), more, steps = 0;
	char why[256];
	struct keeper k;
	struct reader *r;

	(void)state;
	story_random(&s, 5, 1000, 3);
	story_record(&s, fd, NULL, NULL, NULL);
	keeper_init(&k);
	r = story_open(fd, why);
	assert_non_null(r);
	while ((more = reader_pump(r, &k.sink, 7)) == 1)
		steps++;
	assert_int_equal(more, 0);
	assert_in_range(steps, 142, 143);
	assert_int_equal(reader_pump(r, &k.sink, 7), 0);
	assert_int_equal(k.begun, 1);
	assert_int_equal(k.ended, 1);
	assert_same_events(&s, &k.story);
	reader_close(r);
	keeper_free(&k);
	story_free(&s);
	close(fd);
}

static void a_sink_that_fails_is_told_the_end_once(void **state)
{
	struct story s = {0};
	int fd = story_file();
	char why[256];
	struct keeper k;
	struct reader *r;

	(void)state;
	story_random(&s, 6, 100, 3);
	story_record(&s, fd, NULL, NULL, NULL);
	keeper_init(&k);
	k.fail_at = 50;
	r = story_open(fd, why);
	assert_non_null(r);
	assert_int_equal(reader_pump(r, &k.sink, 0), -EIO);
	assert_int_equal(reader_pump(r, &k.sink, 0), -EIO);
	assert_int_equal(k.ended, 1);
	assert_int_equal(k.story.n, 49);
	reader_close(r);
	keeper_free(&k);
	story_free(&s);
	close(fd);
}

static void an_event_of_a_later_version_is_refused(void **state)
{
	struct event e = {.type = 200};
	int fd = story_file();
	struct writer *w = writer_new(fd, NULL);

	(void)state;
	assert_non_null(w);
	assert_int_equal(writer_sink(w)->begin(writer_sink(w), &story_info), 0);
	assert_int_equal(writer_sink(w)->event(writer_sink(w), &e), -EINVAL);
	e.type = 0;
	assert_int_equal(writer_sink(w)->event(writer_sink(w), &e), -EINVAL);
	writer_free(w);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_story_comes_back_word_for_word),
		cmocka_unit_test(a_previous_task_that_was_not_the_last_next_survives),
		cmocka_unit_test(events_at_one_instant_keep_their_order),
		cmocka_unit_test(two_hundred_thousand_random_events_are_equal),
		cmocka_unit_test(every_window_size_and_level_gives_the_same_events),
		cmocka_unit_test(late_events_keep_their_place_in_the_stream),
		cmocka_unit_test(info_and_end_come_back),
		cmocka_unit_test(a_recording_without_command_or_events_is_one),
		cmocka_unit_test(pumping_in_small_steps_gives_the_same),
		cmocka_unit_test(a_sink_that_fails_is_told_the_end_once),
		cmocka_unit_test(an_event_of_a_later_version_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

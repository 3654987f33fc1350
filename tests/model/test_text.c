/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What text.c says: nothing hostile gets out, and numbers are short and right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "model/model.h"

#define US   1000ULL
#define MS   1000000ULL
#define SEC  1000000000ULL
#define HOUR (3600 * SEC)

static void assert_escaped(const char *hostile, const char *expected)
{
	char out[128];

	assert_int_equal(text_escape(out, sizeof(out), hostile), strlen(expected));
	assert_string_equal(out, expected);
}

static void printable_text_stays_as_it_is(void **state)
{
	(void)state;
	assert_escaped("", "");
	assert_escaped("worker-1", "worker-1");
	assert_escaped("a b\\c\"d", "a b\\c\"d");
	assert_escaped("Bj\303\266rn", "Bj\303\266rn");
	assert_escaped("\344\273\273\345\213\231", "\344\273\273\345\213\231");
	assert_escaped("\360\237\220\247", "\360\237\220\247");
}

static void control_characters_become_hex(void **state)
{
	(void)state;
	assert_escaped("\033[31mred", "\\x1b[31mred");
	assert_escaped("a\tb\nc\rd\177", "a\\x09b\\x0ac\\x0dd\\x7f");
	/* C1 as characters: U+009B is a CSI for many terminals. */
	assert_escaped("\302\23331m", "\\xc2\\x9b31m");
	/* ... and as a single byte, which is not UTF-8 at all. */
	assert_escaped("\23331m", "\\x9b31m");
}

static void invalid_utf8_becomes_hex(void **state)
{
	(void)state;
	assert_escaped("\377\376", "\\xff\\xfe");
	assert_escaped("a\303", "a\\xc3");                          /* cut short */
	assert_escaped("\344\273x", "\\xe4\\xbbx");                 /* cut short inside */
	assert_escaped("\300\200", "\\xc0\\x80");                   /* overlong NUL */
	assert_escaped("\340\200\257", "\\xe0\\x80\\xaf");          /* overlong slash */
	assert_escaped("\355\240\200", "\\xed\\xa0\\x80");          /* a surrogate */
	assert_escaped("\364\220\200\200", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	assert_escaped("\365\200\200\200", "\\xf5\\x80\\x80\\x80");
	assert_escaped("\357\277\277", "\\xef\\xbf\\xbf"); /* U+FFFF */
}

static void what_turns_or_hides_text_becomes_hex(void **state)
{
	(void)state;
	assert_escaped("a\342\200\256b",
		       "a\\xe2\\x80\\xaeb");               /* right-to-left override */
	assert_escaped("\342\201\246", "\\xe2\\x81\\xa6"); /* isolate */
	assert_escaped("\342\200\216", "\\xe2\\x80\\x8e"); /* mark */
	assert_escaped("\330\234", "\\xd8\\x9c");          /* Arabic letter mark */
	assert_escaped("\342\200\250\342\200\251",         /* line, paragraph */
		       "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
	assert_escaped("\342\200\213", "\\xe2\\x80\\x8b"); /* zero width space */
	assert_escaped("\357\273\277", "\\xef\\xbb\\xbf"); /* byte order mark */
	/* Their neighbours are harmless. */
	assert_escaped("\342\200\220\342\200\257", "\342\200\220\342\200\257");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	char out[8];

	(void)state;
	memset(out, 'Z', sizeof(out));
	assert_int_equal(text_escape(out, 4, "ab\303\266c"), 5);
	assert_string_equal(out, "ab");
	assert_int_equal(text_escape(out, 5, "ab\303\266c"), 5);
	assert_string_equal(out, "ab\303\266");
	assert_int_equal(text_escape(out, 5, "a\033b"), 6);
	assert_string_equal(out, "a");
	assert_int_equal(text_escape(out, 6, "\033\033"), 8);
	assert_string_equal(out, "\\x1b");
	assert_int_equal(text_escape(out, 1, "abc"), 3);
	assert_string_equal(out, "");
	out[0] = 'Z';
	assert_int_equal(text_escape(out, 0, "abc"), 3);
	assert_int_equal(out[0], 'Z');
	assert_int_equal(text_escape(NULL, 0, "\001"), 4);
}

static void every_short_string_comes_out_printable(void **state)
{
	char in[4] = {0}, out[16], again[64];

	(void)state;
	for (unsigned int i = 1; i < 1 << 16; i++) {
		in[0] = i & 0xff;
		in[1] = i >> 8;
		in[2] = i % 7 ? '\0' : (char)0x80;
		if (!in[0])
			continue;
		text_escape(out, sizeof(out), in);
		for (const char *c = out; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		text_escape(again, sizeof(again), out);
		assert_string_equal(again, out);
	}
}

static void assert_duration(uint64_t ns, const char *expected)
{
	char out[32];

	assert_int_equal(text_duration(out, sizeof(out), ns), strlen(expected));
	assert_string_equal(out, expected);
}

static void durations_have_at_most_four_digits(void **state)
{
	(void)state;
	assert_duration(0, "0 ns");
	assert_duration(850, "850 ns");
	assert_duration(999, "999 ns");
	assert_duration(1000, "1 us");
	assert_duration(40 * US, "40 us");
	assert_duration(1234, "1.234 us");
	assert_duration(12345, "12.35 us");
	assert_duration(4100 * US, "4.1 ms");
	assert_duration(4050 * US, "4.05 ms");
	assert_duration(16 * MS, "16 ms");
	assert_duration(12130 * MS, "12.13 s");
	assert_duration(123456 * MS, "123.5 s");
	assert_duration(3600 * SEC, "3600 s");
}

static void rounding_up_goes_on_to_the_next_unit(void **state)
{
	(void)state;
	assert_duration(999949, "999.9 us");
	assert_duration(999950, "1 ms");
	assert_duration(999999999, "1 s");
	assert_duration(9999 * SEC, "9999 s");
	assert_duration(10000 * SEC, "2.778 h");
	assert_duration(47 * HOUR, "47 h");
	assert_duration(48 * HOUR, "2 d");
	assert_duration(UINT64_MAX, "213500 d");
}

static void assert_time(const char *text, uint64_t expected)
{
	uint64_t ns = 0;

	assert_true(text_parse_time(text, &ns));
	assert_int_equal(ns, expected);
}

static void times_are_read_with_their_unit(void **state)
{
	(void)state;
	assert_time("12.3s", 12300 * MS);
	assert_time("450ms", 450 * MS);
	assert_time("80us", 80 * US);
	assert_time("80\302\265s", 80 * US);
	assert_time("1200ns", 1200);
	assert_time("0s", 0);
	assert_time(".5s", 500 * MS);
	assert_time("2.s", 2 * SEC);
	assert_time("1.5h", 5400 * SEC);
	assert_time("12.076000001s", 12076000001);
	assert_time("1.0000000000000s", SEC);
	assert_time("4.1 ms", 4100 * US); /* as text_duration() writes it */
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"s",
		"12",
		"12.3",
		".s",
		"-1s",
		"+1s",
		" 1s",
		"1s ",
		"1  s",
		"1,5s",
		"1e3s",
		"0x10s",
		"1S",
		"1sec",
		"1.5ns",
		"1.00000000001s",
		"1.2.3s",
		"99999999999999999999ns",
		"18446744074s",
		"300000d",
		"1\xb5s",
		"nan s",
	};
	uint64_t ns = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_parse_time(bad[i], &ns));
	assert_int_equal(ns, 42);
}

static void every_duration_that_is_written_can_be_read(void **state)
{
	char out[32];
	uint64_t back;

	(void)state;
	for (uint64_t ns = 1; ns < UINT64_MAX / 3; ns = ns * 2 + ns / 7 + 1) {
		text_duration(out, sizeof(out), ns);
		assert_true(text_parse_time(out, &back));
		/* 4 digits: right to one part in 2000. */
		assert_true(back > ns ? back - ns <= ns / 2000 : ns - back <= ns / 2000);
	}
}

static void every_kind_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a <= STATE_GONE; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(state_name(a), state_name(b));
	for (int a = 0; a <= LOCK_FUTEX; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(lock_kind_name(a), lock_kind_name(b));
	for (int a = 0; a < EVIDENCE_NR; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(evidence_name(a), evidence_name(b));
	assert_string_equal(finding_kind_name(FINDING_DEADLOCK), "deadlock");
	assert_string_equal(finding_kind_name(FINDING_LOST_LOCK), "lost_lock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printable_text_stays_as_it_is),
		cmocka_unit_test(control_characters_become_hex),
		cmocka_unit_test(invalid_utf8_becomes_hex),
		cmocka_unit_test(what_turns_or_hides_text_becomes_hex),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
		cmocka_unit_test(every_short_string_comes_out_printable),
		cmocka_unit_test(durations_have_at_most_four_digits),
		cmocka_unit_test(rounding_up_goes_on_to_the_next_unit),
		cmocka_unit_test(times_are_read_with_their_unit),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(every_duration_that_is_written_can_be_read),
		cmocka_unit_test(every_kind_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

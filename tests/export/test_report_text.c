/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for people: reads well at 80 and 200 columns, and leaks nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/page.h"
#include "export/report.h"
#include "tests/export/bank.h"
#include "tests/export/golden.h"

static char *text_of(const struct model *m, unsigned int columns, bool color)
{
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(report_text(m, out, columns, color), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_narrow(const char *text, unsigned int columns)
{
	char *copy = strdup(text), *rest = copy, *line;

	assert_non_null(copy);
	while ((line = strsep(&rest, "\n"))) {
		size_t n = strlen(line);

		if (text_cells(line) > columns)
			fail_msg("wider than %u: %s", columns, line);
		if (n && line[n - 1] == ' ')
			fail_msg("ends in a space: %s", line);
	}
	free(copy);
}

/* ---- stories ---- */

static struct model *deadlock(void)
{
	struct model *m = bank_model();

	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     SWITCH(10 * MS, IDLE, PREEMPTED, ALICE),
	     SWITCH(20 * MS, ALICE, MUTEX(0x10, BOB), BOB),
	     SWITCH(30 * MS, BOB, MUTEX(0x20, ALICE), IDLE),
	     NAMED(40 * MS, ALICE, 0x10, "left"), NAMED(40 * MS, ALICE, 0x20, "right"),
	     OWNER(140 * MS, ALICE, 0x10, 2, BOB),
	     OWNER(140 * MS, ALICE, 0x20, 2, ALICE));
	story_advance(m, 150 * MS);
	story_end(m, 1000 * MS);
	return m;
}

/* Two processes; a child that was killed; lost events; numbered threads. */
static struct model *many(void)
{
	struct model *m = bank_model();

	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, EVE, EVE, "logger"),
	     FOUND(0, BOB, ALICE, "worker-1"), FOUND(0, CAROL, ALICE, "worker-2"),
	     FOUND(0, DAVE, ALICE, "worker-10"), OUTSIDER(0, MAKE, "make"),
	     SWITCH(0, IDLE, PREEMPTED, BOB), SWITCH(100 * MS, BOB, PREEMPTED, CAROL),
	     SWITCH(200 * MS, CAROL, PREEMPTED, DAVE),
	     SWITCH(300 * MS, DAVE, PREEMPTED, EVE),
	     ON(1, SWITCH(0, IDLE, PREEMPTED, MAKE)),
	     ON(1, SWITCH(350 * MS, MAKE, PREEMPTED, ALICE)),
	     ON(1, SWITCH(360 * MS, ALICE, READS_PIPE, IDLE)),
	     SWITCH(400 * MS, EVE, PREEMPTED, BOB), LOST(500 * MS, 600 * MS, 0, 7),
	     SWITCH(650 * MS, IDLE, PREEMPTED, EVE), EXITS(700 * MS, EVE, 9),
	     SWITCH(701 * MS, EVE, DIES, IDLE));
	story_end(m, 1000 * MS);
	return m;
}

/* ---- golden ---- */

static void golden(struct model *m, const char *name, unsigned int columns)
{
	char *text = text_of(m, columns, false);

	assert_narrow(text, columns);
	assert_golden(name, text);
	free(text);
	model_free(m);
}

static void the_bank_reads_well_at_80_columns(void **state)
{
	(void)state;
	golden(bank_story(), "report-bank-80.txt", 80);
}

static void the_bank_reads_well_at_200_columns(void **state)
{
	(void)state;
	golden(bank_story(), "report-bank-200.txt", 200);
}

static void a_deadlock_comes_first(void **state)
{
	(void)state;
	golden(deadlock(), "report-deadlock-80.txt", 80);
}

static void processes_keep_their_threads_together(void **state)
{
	(void)state;
	golden(many(), "report-many-80.txt", 80);
}

static void nothing_at_all_is_a_report_too(void **state)
{
	struct model *m = bank_model();

	(void)state;
	story_end(m, 0);
	golden(m, "report-empty-80.txt", 80);
}

/* ---- claims ---- */

static void a_lock_that_took_much_is_said(void **state)
{
	struct model *m = bank_story();
	char *text = text_of(m, 200, false);

	(void)state;
	/* BOB lived 110 ms and waited 50 ms: 45 %. */
	assert_says(text,
		    "B worker-1 waited 45 % of its time for mutex a = account_lock.");
	/* 185 of 200 ms on two CPUs, make 20 ms. */
	assert_says(text, "used 0.93 of 2 CPUs, everybody else 0.10.");
	free(text);
	model_free(m);
}

static void numbered_threads_are_named_together(void **state)
{
	struct model *m = bank_model();
	char *text;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "worker-1"),
	     FOUND(0, CAROL, ALICE, "worker-2"), FOUND(0, DAVE, ALICE, "worker-3"),
	     SWITCH(0, IDLE, PREEMPTED, BOB), SWITCH(0, BOB, MUTEX(0x10, ALICE), CAROL),
	     SWITCH(0, CAROL, MUTEX(0x10, ALICE), DAVE),
	     SWITCH(0, DAVE, MUTEX(0x10, ALICE), ALICE), WAKING(60 * MS, ALICE, BOB),
	     ON(1, SWITCH(60 * MS, IDLE, PREEMPTED, BOB)), WAKING(60 * MS, ALICE, CAROL),
	     ON(2, SWITCH(60 * MS, IDLE, PREEMPTED, CAROL)), WAKING(60 * MS, ALICE, DAVE),
	     ON(3, SWITCH(60 * MS, IDLE, PREEMPTED, DAVE)));
	story_end(m, 100 * MS);
	text = text_of(m, 200, false);
	assert_says(text,
		    "The 3 worker threads waited 60 % of their time for mutex a = 0x10.");
	free(text);
	model_free(m);
}

static void a_crowd_on_one_cpu_is_told(void **state)
{
	struct model *m = bank_model();
	char *text;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     SWITCH(0, IDLE, PREEMPTED, BOB), SWITCH(0, BOB, PREEMPTED, ALICE),
	     SWITCH(40 * MS, ALICE, PREEMPTED, BOB),
	     SWITCH(100 * MS, BOB, PREEMPTED, ALICE));
	story_end(m, 100 * MS);
	text = text_of(m, 200, false);
	assert_says(text,
		    "spent 50 % queueing for a CPU, at the longest 60 ms (A main).");
	free(text);
	model_free(m);
}

static void a_short_queue_in_a_long_sleep_is_not_told(void **state)
{
	struct model *m = bank_model();
	char *text;

	(void)state;
	/* Half of what BOB could run he queued, but that is 2 % of his life. */
	FEED(m, FOUND(0, BOB, BOB, "bob"), SWITCH(0, IDLE, PREEMPTED, BOB),
	     SWITCH(1 * MS, BOB, NAPS, IDLE), WAKING(98 * MS, IDLE, BOB),
	     SWITCH(99 * MS, IDLE, PREEMPTED, BOB), SWITCH(99 * MS + 1, BOB, NAPS, IDLE));
	story_end(m, 100 * MS);
	text = text_of(m, 200, false);
	assert_says(text,
		    "In short\n  The thread waited 98 % of its time for a timer. On");
	free(text);
	model_free(m);
}

static void kernel_threads_stand_together_at_the_end(void **state)
{
	struct event k1 = FOUND(0, 2, 2, "kthreadd"), k2 = FOUND(0, 9, 9, "rcu");
	struct model *m = bank_model();
	char *text;

	(void)state;
	k1.flags |= TASK_KTHREAD;
	k2.flags |= TASK_KTHREAD;
	FEED(m, k1, FOUND(0, 5, 5, "init"), k2, FOUND(0, 12, 12, "sh"));
	story_end(m, 10 * MS);
	text = text_of(m, 80, false);
	assert_says(text, "traced    2 threads in 2 processes, and 2 of the kernel\n");
	assert_says(text, " kernel threads\n  A kthreadd    10 ms");
	assert_true(strstr(text, "init 5") < strstr(text, "sh 12"));
	assert_true(strstr(text, "sh 12") < strstr(text, " kernel threads"));
	free(text);
	model_free(m);
}

static void without_others_nothing_is_said_of_them(void **state)
{
	const struct trace_info info = {
		.scope = "pid 101", .kernel = "6.18.0", .nr_cpus = 1};
	struct model *m = model_new(NULL);
	char *text;

	(void)state;
	assert_int_equal(model_sink(m)->begin(model_sink(m), &info), 0);
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), SWITCH(0, IDLE, PREEMPTED, ALICE));
	story_end(m, 10 * MS);
	text = text_of(m, 200, false);
	assert_says(text, "used 1.00 of 1 CPU; of others nothing was recorded.");
	assert_says(text, "Tasks that are not traced were not recorded");
	assert_null(strstr(text, "everybody else"));
	free(text);
	model_free(m);
}

static void tasks_of_one_name_are_one_line(void **state)
{
	struct model *m = bank_model();
	char *text;

	(void)state;
	FEED(m, OUTSIDER(0, 901, "cc"), OUTSIDER(0, 902, "sh"), OUTSIDER(0, 903, "cc"),
	     SWITCH(0, IDLE, PREEMPTED, 901), SWITCH(10 * MS, 901, PREEMPTED, 902),
	     SWITCH(50 * MS, 902, PREEMPTED, 903), SWITCH(90 * MS, 903, DIES, IDLE));
	story_end(m, 100 * MS);
	text = text_of(m, 80, false);
	assert_says(text, "Other tasks                  ran   tasks       tid\n"
			  "  cc                       50 ms       2\n"
			  "  sh                       40 ms       1       902\n");
	free(text);
	model_free(m);
}

static void lost_events_are_told_with_what_they_cost(void **state)
{
	struct model *m = many();
	char *text = text_of(m, 200, false);

	(void)state;
	assert_says(text, "7 events were lost; in all, what threads did is unknown for ");
	assert_says(text, "10 switches; 7 more were lost");
	assert_says(text, "logger 201: killed by signal 9 (SIGKILL)");
	free(text);
	model_free(m);
}

static void a_cut_recording_says_so(void **state)
{
	struct model *m = bank_cut();
	char *text = text_of(m, 200, false);

	(void)state;
	assert_says(text, "140 ms; the recording was cut off there");
	assert_says(text, "bank 101: alive at the end");
	free(text);
	model_free(m);
}

static void no_hostile_byte_comes_out(void **state)
{
	static const char *const argv[] = {"./a b", "\033[2J", "it's", "", NULL};
	const struct trace_info info = {.argv = argv,
					.argc = 4,
					.scope = "\033c",
					.kernel = "\033[0m",
					.machine = "\2331m",
					.nr_cpus = 1};
	struct model *m = model_new(NULL);
	char *text;

	(void)state;
	assert_int_equal(model_sink(m)->begin(model_sink(m), &info), 0);
	FEED(m, FOUND(0, ALICE, ALICE, "\033[31mred"),
	     FOUND(0, BOB, ALICE, "\302\23331m"), FOUND(0, CAROL, ALICE, "\377\376\375"),
	     OUTSIDER(0, MAKE, "\342\200\256ekam"), SWITCH(10, IDLE, PREEMPTED, MAKE),
	     SWITCH(20, MAKE, PREEMPTED, BOB), SWITCH(30, BOB, MUTEX(0x10, ALICE), IDLE),
	     NAMED(30, ALICE, 0x10, "\033]0;title\007"));
	story_end(m, 40);
	for (unsigned int columns = 0; columns <= 200; columns += 100) {
		text = text_of(m, columns, false);
		for (const char *c = text; *c; c++)
			assert_true((*c >= ' ' && *c <= '~') || *c == '\n');
		assert_says(text, "mtviz report: './a b' '\\x1b[2J' 'it's' ''");
		free(text);
	}
	model_free(m);
}

static void colour_is_bold_headings_and_nothing_else(void **state)
{
	struct model *m = bank_story();
	char *plain = text_of(m, 80, false), *bold = text_of(m, 80, true), *out = bold;

	(void)state;
	assert_non_null(strstr(bold, "\033[1mThreads\033[0m"));
	for (char *c = bold; *c;) {
		size_t skip = !strncmp(c, "\033[1m", 4) || !strncmp(c, "\033[0m", 4) ? 4
										     : 0;

		if (skip)
			c += skip;
		else
			*out++ = *c++;
	}
	*out = '\0';
	assert_string_equal(bold, plain);
	free(plain);
	free(bold);
	model_free(m);
}

static void a_live_screen_changes_no_byte(void **state)
{
	struct model *replayed = bank_story(), *watched = bank_watched();
	char *a = text_of(replayed, 80, false), *b = text_of(watched, 80, false);

	(void)state;
	assert_string_equal(a, b);
	free(a);
	free(b);
	model_free(replayed);
	model_free(watched);
}

static void shares_do_not_pretend(void **state)
{
	static const struct {
		uint64_t part, whole;
		const char *text;
	} shares[] = {
		{0, 100, "-"},
		{100, 100, "100"},
		{612, 1000, "61.2"},
		{1, 1000000, "<0.1"},
		{1, 1000, "0.1"},
		{999999, 1000000, ">99.9"},
		{9994, 10000, "99.9"},
		{UINT64_MAX, UINT64_MAX, "100"},
		{UINT64_MAX / 2, UINT64_MAX, "50.0"},
		{5, 0, "-"},
	};
	char text[24];

	(void)state;
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		percent_text(text, sizeof(text), shares[i].part, shares[i].whole);
		assert_string_equal(text, shares[i].text);
	}
}

static void a_lock_of_less_than_a_tenth_is_not_told(void **state)
{
	struct model *m = bank_model();
	char *text;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     SWITCH(0, IDLE, PREEMPTED, BOB),
	     SWITCH(1 * MS, BOB, MUTEX(0x10, ALICE), ALICE), WAKING(10 * MS, ALICE, BOB),
	     ON(1, SWITCH(10 * MS, IDLE, PREEMPTED, BOB)));
	story_end(m, 100 * MS);
	text = text_of(m, 200, false);
	assert_null(strstr(text, "waited"));
	free(text);
	model_free(m);
}

static void wide_characters_count_as_two_cells(void **state)
{
	(void)state;
	assert_int_equal(text_cells("abc"), 3);
	assert_int_equal(text_cells("\303\266"), 1);
	assert_int_equal(text_cells("\344\273\273\345\213\231"), 4);
	assert_int_equal(text_cells("e\314\201"), 1);
	assert_int_equal(text_cells(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bank_reads_well_at_80_columns),
		cmocka_unit_test(the_bank_reads_well_at_200_columns),
		cmocka_unit_test(a_deadlock_comes_first),
		cmocka_unit_test(processes_keep_their_threads_together),
		cmocka_unit_test(nothing_at_all_is_a_report_too),
		cmocka_unit_test(a_lock_that_took_much_is_said),
		cmocka_unit_test(numbered_threads_are_named_together),
		cmocka_unit_test(a_crowd_on_one_cpu_is_told),
		cmocka_unit_test(a_short_queue_in_a_long_sleep_is_not_told),
		cmocka_unit_test(kernel_threads_stand_together_at_the_end),
		cmocka_unit_test(without_others_nothing_is_said_of_them),
		cmocka_unit_test(tasks_of_one_name_are_one_line),
		cmocka_unit_test(lost_events_are_told_with_what_they_cost),
		cmocka_unit_test(a_cut_recording_says_so),
		cmocka_unit_test(no_hostile_byte_comes_out),
		cmocka_unit_test(colour_is_bold_headings_and_nothing_else),
		cmocka_unit_test(a_live_screen_changes_no_byte),
		cmocka_unit_test(shares_do_not_pretend),
		cmocka_unit_test(a_lock_of_less_than_a_tenth_is_not_told),
		cmocka_unit_test(wide_characters_count_as_two_cells),
	};

	return cmocka_run_group_tests_name("report_text", tests, NULL, NULL);
}

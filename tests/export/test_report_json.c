/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report --json: every field of docs/report.md, from a story with known numbers. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/report.h"
#include "tests/export/bank.h"
#include "tests/export/golden.h"

/* ---- helpers ---- */

static char *json_text(const struct model *m)
{
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(report_json(m, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static json_t *parsed(const struct model *m)
{
	char *text = json_text(m);
	json_error_t error;
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!o)
		fail_msg("line %d: %s", error.line, error.text);
	free(text);
	return o;
}

static json_int_t number(const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_integer(value))
		fail_msg("%s is no integer", key);
	return json_integer_value(value);
}

static const char *string(const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_string(value))
		fail_msg("%s is no string", key);
	return json_string_value(value);
}

static json_t *element(const json_t *o, const char *key, size_t i)
{
	const json_t *array = json_object_get(o, key);

	if (!json_is_array(array) || i >= json_array_size(array))
		fail_msg("%s has no element %zu", key, i);
	return json_array_get(array, i);
}

static size_t length(const json_t *o, const char *key)
{
	return json_array_size(json_object_get(o, key));
}

static void assert_keys(json_t *o, const char *const *keys, size_t nr)
{
	void *at = json_object_iter(o);

	for (size_t i = 0; i < nr; i++, at = json_object_iter_next(o, at)) {
		assert_non_null(at);
		assert_string_equal(json_object_iter_key(at), keys[i]);
	}
	assert_null(at);
}
#define KEYS(o, ...)                                                     \
	do {                                                             \
		static const char *const keys_[] = {__VA_ARGS__};        \
		assert_keys(o, keys_, sizeof(keys_) / sizeof(keys_[0])); \
	} while (0)

#define SUM(o)                                                                   \
	(number(o, "run_ns") + number(o, "runnable_ns") + number(o, "lock_ns") + \
	 number(o, "sync_ns") + number(o, "io_ns") + number(o, "sleep_ns") +     \
	 number(o, "stopped_ns") + number(o, "other_ns") + number(o, "unknown_ns"))

/* ---- the story of the bank ---- */

static void the_keys_come_in_the_order_of_the_contract(void **state)
{
	struct model *m = bank_story();
	json_t *o = parsed(m);

	(void)state;
	KEYS(o, "version", "command", "scope", "kernel", "start_boottime_ns",
	     "start_realtime_ns", "duration_ns", "cut", "events", "lost", "cpus",
	     "threads", "others", "locks", "findings");
	KEYS(element(o, "cpus", 0), "cpu", "busy_ns", "target_ns", "switches");
	KEYS(element(o, "threads", 0), "tid", "tgid", "ppid", "name", "start_ns",
	     "born_ns", "end_ns", "exit_code", "exit_signal", "run_ns", "runnable_ns",
	     "lock_ns", "sync_ns", "io_ns", "sleep_ns", "stopped_ns", "other_ns",
	     "unknown_ns", "voluntary", "involuntary", "migrations", "runq_p50_ns",
	     "runq_p99_ns", "runq_max_ns");
	KEYS(element(o, "others", 0), "tid", "name", "run_ns");
	KEYS(element(o, "locks", 0), "id", "name", "kind", "tgid", "address", "waits",
	     "wait_ns", "max_wait_ns", "p99_wait_ns", "waiters", "holders", "releasers");
	KEYS(element(element(o, "locks", 0), "holders", 0), "tid", "evidence", "wait_ns");
	KEYS(element(element(o, "locks", 0), "releasers", 0), "tid", "count");
	json_decref(o);
	model_free(m);
}

static void the_head_says_what_was_recorded(void **state)
{
	struct model *m = bank_story();
	json_t *o = parsed(m);

	(void)state;
	assert_string_equal(string(o, "version"), MTVIZ_VERSION);
	assert_int_equal(length(o, "command"), 3);
	assert_string_equal(json_string_value(element(o, "command", 0)), "./bank");
	assert_string_equal(json_string_value(element(o, "command", 2)), "2");
	assert_string_equal(string(o, "scope"), "command");
	assert_string_equal(string(o, "kernel"), "6.18.0");
	assert_int_equal(number(o, "start_boottime_ns"), 1000);
	assert_int_equal(number(o, "start_realtime_ns"), 1782043200000000000);
	assert_int_equal(number(o, "duration_ns"), 200 * MS);
	assert_true(json_is_false(json_object_get(o, "cut")));
	assert_int_equal(number(o, "events"), 22);
	assert_int_equal(number(o, "lost"), 0);
	json_decref(o);
	model_free(m);
}

static void cpus_tell_busy_from_traced(void **state)
{
	struct model *m = bank_story();
	json_t *o = parsed(m), *cpu0 = element(o, "cpus", 0),
	       *cpu1 = element(o, "cpus", 1);

	(void)state;
	assert_int_equal(length(o, "cpus"), 2);
	assert_int_equal(number(cpu0, "cpu"), 0);
	assert_int_equal(number(cpu0, "busy_ns"), 160 * MS);
	assert_int_equal(number(cpu0, "target_ns"), 140 * MS);
	assert_int_equal(number(cpu0, "switches"), 6);
	assert_int_equal(number(cpu1, "cpu"), 1);
	assert_int_equal(number(cpu1, "busy_ns"), 45 * MS);
	assert_int_equal(number(cpu1, "target_ns"), 45 * MS);
	assert_int_equal(number(cpu1, "switches"), 4);

	assert_int_equal(length(o, "others"), 1);
	assert_int_equal(number(element(o, "others", 0), "tid"), MAKE);
	assert_string_equal(string(element(o, "others", 0), "name"), "make");
	assert_int_equal(number(element(o, "others", 0), "run_ns"), 20 * MS);
	json_decref(o);
	model_free(m);
}

static void a_thread_tells_its_whole_life(void **state)
{
	struct model *m = bank_story();
	json_t *o = parsed(m), *bob = element(o, "threads", 1);

	(void)state;
	assert_int_equal(number(bob, "tid"), BOB);
	assert_int_equal(number(bob, "tgid"), ALICE);
	assert_int_equal(number(bob, "ppid"), 1);
	assert_string_equal(string(bob, "name"), "worker-1");
	assert_int_equal(number(bob, "start_ns"), 20 * MS);
	assert_int_equal(number(bob, "born_ns"), 20 * MS);
	assert_int_equal(number(bob, "end_ns"), 130 * MS);
	assert_int_equal(number(bob, "exit_code"), 0);
	assert_true(json_is_null(json_object_get(bob, "exit_signal")));
	assert_int_equal(number(bob, "run_ns"), 45 * MS);
	assert_int_equal(number(bob, "runnable_ns"), 15 * MS);
	assert_int_equal(number(bob, "lock_ns"), 50 * MS);
	assert_int_equal(SUM(bob), 110 * MS);
	assert_int_equal(number(bob, "voluntary"), 2);
	assert_int_equal(number(bob, "involuntary"), 0);
	assert_int_equal(number(bob, "runq_p50_ns"), 5 * MS);
	assert_int_equal(number(bob, "runq_p99_ns"), 10 * MS);
	assert_int_equal(number(bob, "runq_max_ns"), 10 * MS);
	json_decref(o);
	model_free(m);
}

static void the_states_of_every_thread_add_up_to_its_life(void **state)
{
	struct model *models[] = {bank_story(), bank_cut()};

	(void)state;
	for (int k = 0; k < 2; k++) {
		json_t *o = parsed(models[k]);

		assert_int_equal(length(o, "threads"), 3);
		for (size_t i = 0; i < 3; i++) {
			json_t *t = element(o, "threads", i);

			assert_int_equal(SUM(t),
					 number(t, "end_ns") - number(t, "start_ns"));
		}
		json_decref(o);
		model_free(models[k]);
	}
}

static void a_thread_that_lives_has_no_exit(void **state)
{
	struct model *m = bank_story();
	json_t *o = parsed(m), *carol = element(o, "threads", 2);

	(void)state;
	assert_int_equal(number(carol, "tid"), CAROL);
	assert_int_equal(number(carol, "end_ns"), 200 * MS);
	assert_true(json_is_null(json_object_get(carol, "exit_code")));
	assert_true(json_is_null(json_object_get(carol, "exit_signal")));
	assert_int_equal(number(carol, "sleep_ns"), 60 * MS);
	assert_int_equal(number(carol, "involuntary"), 1);
	assert_int_equal(number(element(o, "threads", 0), "exit_code"), 3);
	json_decref(o);
	model_free(m);
}

static void a_signal_stands_in_place_of_the_code(void **state)
{
	struct model *m = bank_model();
	json_t *o, *t;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), SWITCH(10, IDLE, PREEMPTED, ALICE),
	     EXITS(20, ALICE, 11 | 0x80), SWITCH(30, ALICE, DIES, IDLE));
	story_end(m, 40);
	o = parsed(m);
	t = element(o, "threads", 0);
	assert_int_equal(number(t, "end_ns"), 30);
	assert_true(json_is_null(json_object_get(t, "exit_code")));
	assert_int_equal(number(t, "exit_signal"), 11);
	assert_int_equal(number(t, "born_ns"), -1000);
	json_decref(o);
	model_free(m);
}

static void a_lock_names_waiters_holders_and_releasers(void **state)
{
	struct model *m = bank_story();
	json_t *o = parsed(m), *l = element(o, "locks", 0);
	json_t *holder = element(l, "holders", 0), *releaser = element(l, "releasers", 0);

	(void)state;
	assert_int_equal(length(o, "locks"), 1);
	assert_int_equal(number(l, "id"), 1);
	assert_string_equal(string(l, "name"), "account_lock");
	assert_string_equal(string(l, "kind"), "mutex");
	assert_int_equal(number(l, "tgid"), ALICE);
	assert_string_equal(string(l, "address"), "0x55d0c0");
	assert_int_equal(number(l, "waits"), 1);
	assert_int_equal(number(l, "wait_ns"), 50 * MS);
	assert_int_equal(number(l, "max_wait_ns"), 50 * MS);
	assert_int_equal(number(l, "p99_wait_ns"), 50 * MS);
	assert_int_equal(length(l, "waiters"), 1);
	assert_int_equal(json_integer_value(element(l, "waiters", 0)), BOB);
	assert_int_equal(length(l, "holders"), 1);
	assert_int_equal(number(holder, "tid"), CAROL);
	assert_string_equal(string(holder, "evidence"), "observed");
	assert_int_equal(number(holder, "wait_ns"), 50 * MS);
	assert_int_equal(length(l, "releasers"), 1);
	assert_int_equal(number(releaser, "tid"), CAROL);
	assert_int_equal(number(releaser, "count"), 1);
	json_decref(o);
	model_free(m);
}

/* 200 lock waits of 1, 2, ... 200 us, and as long in the queue after each. */
static void percentiles_are_exact_by_nearest_rank(void **state)
{
	struct model *m = bank_model();
	json_t *o, *bob, *l;
	uint64_t t = 0;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     SWITCH(0, IDLE, PREEMPTED, BOB));
	for (uint64_t us = 1; us <= 200; us++) {
		FEED(m, SWITCH(t + 1000, BOB, MUTEX(0x10, ALICE), IDLE),
		     ON(1, WAKING(t + 1000 + us * 1000, ALICE, BOB)),
		     SWITCH(t + 1000 + us * 2000, IDLE, PREEMPTED, BOB));
		t += 1000 + us * 2000;
	}
	story_end(m, t);
	o = parsed(m);
	bob = element(o, "threads", 1);
	assert_int_equal(number(bob, "runq_p50_ns"), 100 * 1000);
	assert_int_equal(number(bob, "runq_p99_ns"), 198 * 1000);
	assert_int_equal(number(bob, "runq_max_ns"), 200 * 1000);
	l = element(o, "locks", 0);
	assert_int_equal(number(l, "waits"), 200);
	assert_int_equal(number(l, "p99_wait_ns"), 198 * 1000);
	assert_int_equal(number(l, "max_wait_ns"), 200 * 1000);
	assert_int_equal(number(l, "wait_ns"), 200 * 201 / 2 * 1000);
	json_decref(o);
	model_free(m);
}

static void threads_come_by_birth_and_others_by_run_time(void **state)
{
	struct model *m = bank_model();
	json_t *o;

	(void)state;
	FEED(m, FOUND(0, CAROL, CAROL, "carol"), FOUND(0, ALICE, ALICE, "bank"),
	     OUTSIDER(0, 901, "short"), OUTSIDER(0, 902, "long"),
	     OUTSIDER(0, 903, "never"), SWITCH(0, IDLE, PREEMPTED, ALICE),
	     FORK(10, ALICE, BOB, BOB, "late"), FORK(11, ALICE, 90, 90, "early"),
	     WAKING_FIRST(20, ALICE, 90), WAKING_FIRST(30, ALICE, BOB),
	     SWITCH(40, ALICE, PREEMPTED, 901), SWITCH(50, 901, PREEMPTED, 902),
	     SWITCH(70, 902, PREEMPTED, ALICE));
	story_end(m, 100);
	o = parsed(m);
	assert_int_equal(length(o, "threads"), 4);
	assert_int_equal(number(element(o, "threads", 0), "tid"), ALICE);
	assert_int_equal(number(element(o, "threads", 1), "tid"), CAROL);
	assert_int_equal(number(element(o, "threads", 2), "tid"), 90);
	assert_int_equal(number(element(o, "threads", 3), "tid"), BOB);
	assert_int_equal(length(o, "others"), 2);
	assert_int_equal(number(element(o, "others", 0), "tid"), 902);
	assert_int_equal(number(element(o, "others", 1), "tid"), 901);
	json_decref(o);
	model_free(m);
}

static void an_unknown_holder_is_null(void **state)
{
	struct model *m = bank_model();
	json_t *o, *holder;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     SWITCH(10, IDLE, PREEMPTED, BOB), SWITCH(20, BOB, PI_MUTEX(0x10, 0), IDLE));
	story_end(m, 40);
	o = parsed(m);
	holder = element(element(o, "locks", 0), "holders", 0);
	assert_true(json_is_null(json_object_get(holder, "tid")));
	assert_string_equal(string(holder, "evidence"), "unknown");
	assert_int_equal(number(holder, "wait_ns"), 20);
	assert_true(json_is_null(json_object_get(element(o, "locks", 0), "name")));
	assert_string_equal(string(element(o, "locks", 0), "kind"), "pi_mutex");
	json_decref(o);
	model_free(m);
}

static void a_cut_recording_says_so(void **state)
{
	struct model *m = bank_cut();
	json_t *o = parsed(m);

	(void)state;
	assert_true(json_is_true(json_object_get(o, "cut")));
	assert_int_equal(number(o, "duration_ns"), 140 * MS);
	assert_true(json_is_null(json_object_get(element(o, "threads", 0), "exit_code")));
	json_decref(o);
	model_free(m);
}

static void a_deadlock_is_a_finding(void **state)
{
	struct model *m = bank_model();
	json_t *o, *f;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     SWITCH(10, IDLE, PREEMPTED, ALICE), SWITCH(20, ALICE, MUTEX(0x10, BOB), BOB),
	     SWITCH(30, BOB, MUTEX(0x20, ALICE), IDLE),
	     OWNER(120 * MS, ALICE, 0x10, 2, BOB),
	     OWNER(120 * MS, ALICE, 0x20, 2, ALICE));
	story_advance(m, 150 * MS);
	story_end(m, 300 * MS);
	o = parsed(m);
	assert_int_equal(length(o, "findings"), 1);
	f = element(o, "findings", 0);
	KEYS(f, "kind", "start_ns", "end_ns", "tids", "locks", "text");
	assert_string_equal(string(f, "kind"), "deadlock");
	assert_true(json_is_null(json_object_get(f, "end_ns")));
	assert_int_equal(length(f, "tids"), 2);
	assert_int_equal(length(f, "locks"), 2);
	json_decref(o);
	model_free(m);
}

/* ---- hostile input, empty input, write errors ---- */

static void no_hostile_byte_comes_out(void **state)
{
	struct model *m = bank_model();
	char *text;
	json_t *o;

	(void)state;
	FEED(m, FOUND(0, ALICE, ALICE, "\033[31mred"),
	     FOUND(0, BOB, ALICE, "\302\23331m"), FOUND(0, CAROL, ALICE, "\377\"\\"),
	     OUTSIDER(0, MAKE, "\342\200\256ekam"), SWITCH(10, IDLE, PREEMPTED, MAKE),
	     SWITCH(20, MAKE, PREEMPTED, BOB), SWITCH(30, BOB, MUTEX(0x10, ALICE), IDLE),
	     NAMED(30, ALICE, 0x10, "\033]0;title\007"));
	story_end(m, 40);
	text = json_text(m);
	for (const char *c = text; *c; c++)
		assert_true((*c >= ' ' && *c <= '~') || *c == '\n');
	free(text);
	o = parsed(m);
	assert_string_equal(string(element(o, "threads", 0), "name"), "\\x1b[31mred");
	assert_string_equal(string(element(o, "threads", 1), "name"), "\\xc2\\x9b31m");
	assert_string_equal(string(element(o, "threads", 2), "name"), "\\xff\"\\");
	assert_string_equal(string(element(o, "others", 0), "name"),
			    "\\xe2\\x80\\xaeekam");
	assert_string_equal(string(element(o, "locks", 0), "name"), "\\x1b]0;title\\x07");
	json_decref(o);
	model_free(m);
}

static void nothing_at_all_is_a_report_too(void **state)
{
	struct model *m = bank_model();
	json_t *o;

	(void)state;
	story_end(m, 0);
	o = parsed(m);
	assert_int_equal(number(o, "duration_ns"), 0);
	assert_int_equal(number(o, "events"), 0);
	assert_int_equal(length(o, "threads"), 0);
	assert_int_equal(length(o, "locks"), 0);
	assert_true(json_is_array(json_object_get(o, "findings")));
	json_decref(o);
	model_free(m);
}

static void attaching_has_no_command(void **state)
{
	const struct trace_info info = {
		.scope = "pid 12,13", .kernel = "6.1", .nr_cpus = 1};
	struct model *m = model_new(NULL);
	json_t *o;

	(void)state;
	assert_int_equal(model_sink(m)->begin(model_sink(m), &info), 0);
	story_end(m, 10);
	o = parsed(m);
	assert_true(json_is_null(json_object_get(o, "command")));
	assert_string_equal(string(o, "scope"), "pid 12,13");
	json_decref(o);
	model_free(m);
}

static void a_live_screen_changes_no_byte(void **state)
{
	struct model *replayed = bank_story(), *watched = bank_watched();
	char *a = json_text(replayed), *b = json_text(watched);

	(void)state;
	assert_string_equal(a, b);
	free(a);
	free(b);
	model_free(replayed);
	model_free(watched);
}

static void a_full_disk_is_an_error(void **state)
{
	struct model *m = bank_story();
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	assert_int_equal(report_json(m, full), -ENOSPC);
	assert_int_equal(report_text(m, full, 80, false), -ENOSPC);
	fclose(full);
	model_free(m);
}

static void the_json_is_as_it_was(void **state)
{
	struct model *m = bank_story();
	char *text = json_text(m);

	(void)state;
	assert_golden("report.json", text);
	free(text);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_come_in_the_order_of_the_contract),
		cmocka_unit_test(the_head_says_what_was_recorded),
		cmocka_unit_test(cpus_tell_busy_from_traced),
		cmocka_unit_test(a_thread_tells_its_whole_life),
		cmocka_unit_test(the_states_of_every_thread_add_up_to_its_life),
		cmocka_unit_test(a_thread_that_lives_has_no_exit),
		cmocka_unit_test(a_signal_stands_in_place_of_the_code),
		cmocka_unit_test(a_lock_names_waiters_holders_and_releasers),
		cmocka_unit_test(percentiles_are_exact_by_nearest_rank),
		cmocka_unit_test(threads_come_by_birth_and_others_by_run_time),
		cmocka_unit_test(an_unknown_holder_is_null),
		cmocka_unit_test(a_cut_recording_says_so),
		cmocka_unit_test(a_deadlock_is_a_finding),
		cmocka_unit_test(no_hostile_byte_comes_out),
		cmocka_unit_test(nothing_at_all_is_a_report_too),
		cmocka_unit_test(attaching_has_no_command),
		cmocka_unit_test(a_live_screen_changes_no_byte),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(the_json_is_as_it_was),
	};

	return cmocka_run_group_tests_name("report_json", tests, NULL, NULL);
}

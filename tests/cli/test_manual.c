/* SPDX-License-Identifier: GPL-2.0-or-later */
/* docs/mtviz.1 says what the program does: the same keys, the same options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/cli.h"
#include "ui/keys.h"

#define MANUAL     "docs/mtviz.1"
#define KEYS_BEGIN ".\\\" keys: generated from ui/keys.c, do not edit\n"
#define KEYS_END   ".\\\" keys end\n"

static char *read_all(FILE *f)
{
	char *text = NULL;
	size_t bytes = 0;

	if (getdelim(&text, &bytes, '\0', f) < 0)
		fail_msg("nothing to read");
	return text;
}

static char *manual(void)
{
	FILE *f = fopen(MANUAL, "r");
	char *text;

	assert_non_null(f);
	text = read_all(f);
	fclose(f);
	return text;
}

/* With MTVIZ_GOLDEN_UPDATE=1 the keys are put into the manual instead. */
static void the_manual_lists_the_keys_of_the_table(void **state)
{
	static char table[64 * 1024];
	char *text = manual(), *block = strstr(text, KEYS_BEGIN), *end;
	FILE *f;

	(void)state;
	assert_true(keys_roff(table, sizeof(table)) < sizeof(table));
	assert_non_null(block);
	block += strlen(KEYS_BEGIN);
	end = strstr(block, KEYS_END);
	assert_non_null(end);
	if (getenv("MTVIZ_GOLDEN_UPDATE")) {
		f = fopen(MANUAL, "w");
		assert_non_null(f);
		fprintf(f, "%.*s%s%s", (int)(block - text), text, table, end);
		assert_int_equal(fclose(f), 0);
	} else {
		*end = '\0';
		assert_string_equal(block, table);
	}
	free(text);
}

/* What a subcommand prints for --help; it exits, so a child does it. */
static char *help_of(int (*run)(int, char **), char *name)
{
	char *argv[] = {name, "--help", NULL}, *text;
	int fds[2], status;
	pid_t pid;
	FILE *f;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(fds[1], STDOUT_FILENO);
		_exit(run(2, argv));
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	assert_non_null(f);
	text = read_all(f);
	fclose(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return text;
}

/* "--max-size" is written "\-\-max\-size". */
static void assert_option(const char *text, const char *option, size_t n,
			  const char *command)
{
	char roff[128];
	size_t len = 0;

	for (size_t i = 0; i < n && len + 3 < sizeof(roff); i++) {
		if (option[i] == '-')
			roff[len++] = '\\';
		roff[len++] = option[i];
	}
	roff[len] = '\0';
	if (!strstr(text, roff))
		fail_msg("%s %.*s is not in " MANUAL, command, (int)n, option);
}

static void the_manual_lists_every_option(void **state)
{
	static const struct {
		char *name;
		int (*run)(int, char **);
		size_t at_least; /* options, so that the help has been read at all */
	} commands[] = {
		{"mtviz", cmd_live, 12},   {"record", cmd_record, 12},
		{"replay", cmd_replay, 6}, {"report", cmd_report, 2},
		{"doctor", cmd_doctor, 1},
	};
	char *text = manual();

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char *help = help_of(commands[i].run, commands[i].name);
		size_t nr = 0;

		for (char *o = help; (o = strstr(o, "--")); o += 2) {
			size_t n = strspn(o, "abcdefghijklmnopqrstuvwxyz-");

			if (n > 2 && o > help && o[-1] == ' ') {
				assert_option(text, o, n, commands[i].name);
				nr++;
			}
		}
		assert_true(nr >= commands[i].at_least);
		free(help);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_lists_the_keys_of_the_table),
		cmocka_unit_test(the_manual_lists_every_option),
	};

	return cmocka_run_group_tests_name("manual", tests, NULL, NULL);
}

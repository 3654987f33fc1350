/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden.c - compares with tests/golden/, from the top of the tree
 */
#include "tests/export/golden.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text;
	long bytes;

	if (!f)
		return NULL;
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	bytes = ftell(f);
	assert_true(bytes >= 0);
	rewind(f);
	text = calloc(1, bytes + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, bytes, f), bytes);
	fclose(f);
	return text;
}

static void show_diff(const char *path, const char *text)
{
	char command[600];
	FILE *diff;

	snprintf(command, sizeof(command), "diff -u '%s' - | sed 's/^/# /' >&2",
		 access(path, R_OK) ? "/dev/null" : path);
	diff = popen(command, "w");
	if (!diff)
		return;
	fputs(text, diff);
	pclose(diff);
}

void assert_golden(const char *name, const char *text)
{
	char path[300], *kept;
	bool same;
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("MTVIZ_GOLDEN_UPDATE")) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_true(fputs(text, f) >= 0);
		assert_int_equal(fclose(f), 0);
		return;
	}
	kept = read_all(path);
	same = kept && !strcmp(kept, text);
	free(kept);
	if (!same) {
		show_diff(path, text);
		fail_msg("differs from %s (MTVIZ_GOLDEN_UPDATE=1 rewrites it)", path);
	}
}

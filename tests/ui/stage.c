/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage.c - a screen without a terminal, and its golden pictures
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/ui/scene.h"

static void host_stats(void *ctx, struct ui_stats *out)
{
	*out = ((struct stage *)ctx)->stats;
}

static size_t host_output(void *ctx, char *buf, size_t bytes, uint64_t *serial)
{
	struct stage *s = ctx;
	size_t n = strlen(s->output);

	n = n < bytes ? n : bytes;
	memcpy(buf, s->output, n);
	*serial = s->output_serial;
	return n;
}

static void host_stop(void *ctx)
{
	((struct stage *)ctx)->stopped++;
}

static void host_detach(void *ctx)
{
	((struct stage *)ctx)->detached++;
}

static int host_save(void *ctx, const char *path, char *why, size_t why_bytes)
{
	struct stage *s = ctx;

	snprintf(s->saved_as, sizeof(s->saved_as), "%s", path);
	if (path[0] == '/') {
		snprintf(why, why_bytes, "no \033[31mroom");
		return -ENOSPC;
	}
	snprintf(why, why_bytes, "saved %s", path);
	return 0;
}

struct stage *stage_open(struct model *m, int rows, int cols, unsigned int flags)
{
	struct stage *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	pthread_mutex_init(&s->lock, NULL);
	s->host = (struct ui_host){
		.model = m,
		.lock = &s->lock,
		.ctx = s,
		.live = flags & STAGE_LIVE,
		.title = "./bank -t 3",
		.stats = host_stats,
		.output = host_output,
		.stop = host_stop,
		.detach = host_detach,
		.save = flags & STAGE_LIVE ? host_save : NULL,
	};
	s->opt = (struct ui_options){
		.ascii = flags & STAGE_ASCII,
		.mono = flags & STAGE_MONO,
		.speed = 1,
	};
	s->stats.ended = !s->host.live;
	s->wall_ns = 1000000000;
	assert_int_equal(app_init(&s->app, &s->host, &s->opt, true, true), 0);
	assert_int_equal(canvas_init(&s->canvas, rows, cols, s->app.theme.ascii), 0);
	stage_resize(s, rows, cols);
	return s;
}

void stage_close(struct stage *s)
{
	app_free(&s->app);
	canvas_free(&s->canvas);
	model_free(s->host.model);
	free(s);
}

void stage_wait(struct stage *s, uint64_t ns)
{
	s->wall_ns += ns;
	app_poll(&s->app);
	app_tick(&s->app, s->wall_ns);
	assert_int_equal(app_draw(&s->app, &s->canvas), 0);
}

void stage_resize(struct stage *s, int rows, int cols)
{
	assert_int_equal(canvas_resize(&s->canvas, rows, cols), 0);
	assert_int_equal(app_resize(&s->app, rows, cols), 0);
	stage_wait(s, 0);
}

void stage_key(struct stage *s, int key)
{
	app_key(&s->app, key);
	if (s->app.save)
		prompt_save(&s->app);
	stage_wait(s, 0);
}

void stage_type(struct stage *s, const char *text)
{
	while (*text)
		stage_key(s, (int)canvas_next_char(&text));
}

const char *stage_line(struct stage *s, int row)
{
	static char line[4096];

	canvas_row_text(&s->canvas, row, line, sizeof(line));
	return line;
}

int stage_find(struct stage *s, const char *text)
{
	for (int row = 0; row < s->canvas.rows; row++)
		if (strstr(stage_line(s, row), text))
			return row;
	return -1;
}

/* ---- golden pictures ---- */

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return NULL;
	n = getdelim(&text, &cap, 0, f);
	fclose(f);
	if (n < 0) {
		free(text);
		return strdup("");
	}
	return text;
}

static void show_difference(const char *path, const char *got)
{
	char command[300];
	FILE *diff;

	snprintf(command, sizeof(command), "diff -u %s - 1>&2", path);
	fflush(NULL);
	diff = popen(command, "w");
	if (diff) {
		fputs(got, diff);
		pclose(diff);
	}
}

void stage_golden(struct stage *s, const char *name, bool looks)
{
	char path[200], *want, *got = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&got, &bytes);

	assert_non_null(out);
	if (looks)
		canvas_dump(&s->canvas, out);
	else
		canvas_print(&s->canvas, out);
	fclose(out);
	snprintf(path, sizeof(path), "tests/golden/%s.txt", name);
	if (getenv("MTVIZ_GOLDEN_UPDATE")) {
		out = fopen(path, "w");
		assert_non_null(out);
		fputs(got, out);
		fclose(out);
		free(got);
		return;
	}
	want = read_all(path);
	if (!want || strcmp(want, got)) {
		show_difference(want ? path : "/dev/null", got);
		fail_msg("%s is not what it was; if it should be so: make golden-update",
			 path);
	}
	free(want);
	free(got);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/say.c - messages, statuses and small parsers of the subcommands
 */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "model/model.h"

/* File names and commands are other people's words: escape the whole line. */
static void line(const char *prefix, const char *format, va_list args)
{
	char raw[1024], clean[2048];

	vsnprintf(raw, sizeof(raw), format, args);
	text_escape(clean, sizeof(clean), raw);
	fprintf(stderr, "%s%s\n", prefix, clean);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("mtviz: ", format, args);
	va_end(args);
}

void hint(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!text[0])
		return;
	va_start(args, format);
	line("  hint: ", format, args);
	va_end(args);
}

int status_of_wait(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

void describe_end(int wait_status, char *buf, size_t bytes)
{
	if (WIFSIGNALED(wait_status))
		snprintf(buf, bytes, "killed by signal %d (%s)%s", WTERMSIG(wait_status),
			 strsignal(WTERMSIG(wait_status)),
			 WCOREDUMP(wait_status) ? ", core dumped" : "");
	else
		snprintf(buf, bytes, "exited with status %d", WEXITSTATUS(wait_status));
}

bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	unsigned int shift = 0;
	const char *unit;
	char *end;
	unsigned long long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoull(text, &end, 10);
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!unit || (end[1] && strcmp(end + 1, "B") && strcmp(end + 1, "iB")))
			return false;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (!n || n > UINT64_MAX >> shift)
		return false;
	*bytes = n << shift;
	return true;
}

uint64_t parse_memory(const char *arg, struct argp_state *state)
{
	uint64_t bytes = 0;

	if (!parse_size(arg, &bytes))
		argp_error(state, "--memory takes a size as 512M, not '%s'", arg);
	return bytes;
}

void join_argv(char *const *argv, char *buf, size_t bytes)
{
	size_t used = 0;

	buf[0] = 0;
	for (; *argv && used < bytes; argv++)
		used += (size_t)snprintf(buf + used, bytes - used, "%s%s", used ? " " : "",
					 *argv);
}

uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

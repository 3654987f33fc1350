// SPDX-License-Identifier: GPL-2.0-or-later
/* tests/capture/collect.c - see collect.h */
#include "tests/capture/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct collect *of(struct sink *s)
{
	return (struct collect *)s;
}

static int on_begin(struct sink *s, const struct trace_info *info)
{
	of(s)->begins++;
	if (!info->start_boottime_ns || !info->nr_cpus)
		of(s)->wrong = "begin without a start or CPUs";
	return 0;
}

static int on_event(struct sink *s, const struct event *e)
{
	struct collect *c = of(s);

	if (!c->begins || c->ends)
		c->wrong = "an event outside begin and end";
	if (e->time_ns < c->advanced_ns)
		c->wrong = "an event from before advance()";
	if (c->nr && (e->time_ns < c->events[c->nr - 1].time_ns ||
		      (e->time_ns == c->events[c->nr - 1].time_ns &&
		       e->cpu < c->events[c->nr - 1].cpu)))
		c->wrong = "events out of order";
	if (c->nr == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 1024;
		c->events = realloc(c->events, c->cap * sizeof(*c->events));
		if (!c->events)
			return -ENOMEM;
	}
	c->events[c->nr++] = *e;
	if (e->type == EVENT_NAME)
		c->events[c->nr - 1].name.text = NULL;
	return 0;
}

static int on_advance(struct sink *s, uint64_t time_ns)
{
	struct collect *c = of(s);

	if (time_ns < c->advanced_ns)
		c->wrong = "advance() went back";
	c->advanced_ns = time_ns;
	return 0;
}

static int on_end(struct sink *s, const struct trace_end *end)
{
	struct collect *c = of(s);

	c->ends++;
	c->end = *end;
	if (c->nr && c->events[c->nr - 1].time_ns > end->duration_ns)
		c->wrong = "an event after the end";
	return 0;
}

void collect_init(struct collect *c)
{
	memset(c, 0, sizeof(*c));
	c->sink = (struct sink){.begin = on_begin,
				.event = on_event,
				.advance = on_advance,
				.end = on_end};
}

void collect_free(struct collect *c)
{
	free(c->events);
	memset(c, 0, sizeof(*c));
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

bool collect_until(struct collect *c, struct capture *cap, bool (*done)(void *arg),
		   void *arg, int timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;

	while (!done || !done(arg)) {
		if (now_ms() >= end || capture_pump(cap, &c->sink, 20))
			return false;
	}
	return true;
}

const struct event *collect_find(const struct collect *c, size_t *at,
				 enum event_type type, uint32_t tid)
{
	for (; *at < c->nr; (*at)++) {
		const struct event *e = &c->events[*at];

		if (e->type == type && (!tid || e->tid == tid))
			return &c->events[(*at)++];
	}
	return NULL;
}

const struct event *collect_first(const struct collect *c, enum event_type type,
				  uint32_t tid)
{
	size_t at = 0;

	return collect_find(c, &at, type, tid);
}

size_t collect_count(const struct collect *c, enum event_type type, uint32_t tid)
{
	size_t at = 0, nr = 0;

	while (collect_find(c, &at, type, tid))
		nr++;
	return nr;
}

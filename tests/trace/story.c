/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story.c - see story.h
 */
#include "tests/trace/story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const words[] = {"bank", "--threads", "3", "a b\xff\n", "", NULL};

const struct trace_info story_info = {
	.argv = words,
	.argc = 5,
	.scope = "command",
	.kernel = "6.18.5",
	.machine = "x86_64",
	.nr_cpus = 2,
	.start_boottime_ns = 5000000000ull,
	.start_realtime_ns = 1700000000000000000ull,
	.start_monotonic_ns = 4000000000ull,
	.others = true,
};

static void *grow(void *v, size_t n, size_t *cap, size_t width)
{
	if (n < *cap)
		return v;
	*cap = *cap ? *cap * 2 : 256;
	v = realloc(v, *cap * width);
	assert_non_null(v);
	return v;
}

void story_add(struct story *s, const struct event *e)
{
	s->events = grow(s->events, s->n, &s->cap, sizeof(*s->events));
	s->events[s->n] = *e;
	if (e->type == EVENT_NAME) {
		s->texts = grow(s->texts, s->nr_texts, &s->cap_texts, sizeof(*s->texts));
		s->texts[s->nr_texts] = strdup(e->name.text);
		assert_non_null(s->texts[s->nr_texts]);
		s->events[s->n].name.text = s->texts[s->nr_texts++];
	}
	s->n++;
}

void story_free(struct story *s)
{
	size_t i;

	for (i = 0; i < s->nr_texts; i++)
		free(s->texts[i]);
	free(s->texts);
	free(s->events);
	memset(s, 0, sizeof(*s));
}

struct event sw(uint64_t ns, unsigned int cpu, uint32_t prev, uint32_t next)
{
	return (struct event){
		.time_ns = ns,
		.cpu = (uint16_t)cpu,
		.type = EVENT_SWITCH,
		.tid = prev,
		.sw = {.next_tid = next,
		       .prev_state = 1,
		       .prev_prio = 120,
		       .next_prio = 120},
	};
}

struct event waking(uint64_t ns, unsigned int cpu, uint32_t wakee, uint32_t waker)
{
	return (struct event){
		.time_ns = ns,
		.cpu = (uint16_t)cpu,
		.type = EVENT_WAKING,
		.tid = wakee,
		.wake = {.waker_tid = waker, .target_cpu = (uint16_t)cpu, .prio = 120},
	};
}

struct event task(uint64_t ns, unsigned int cpu, uint32_t tid, const char *comm,
		  unsigned int flags)
{
	struct event e = {
		.time_ns = ns,
		.cpu = (uint16_t)cpu,
		.type = EVENT_TASK,
		.flags = (uint8_t)flags,
		.tid = tid,
		.task = {.tgid = tid, .ppid = 1, .parent_tid = 1, .ns_tid = tid},
	};

	snprintf(e.task.comm, sizeof(e.task.comm), "%s", comm);
	return e;
}

uint64_t story_rand(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Small, middling, huge or zero: each width of a number occurs. */
static uint64_t any(uint64_t *r)
{
	uint64_t x = story_rand(r);

	return x & 3 ? (x >> 2) >> (x >> 8) % 62 : 0;
}

static void random_switch(struct event *e, uint64_t *r)
{
	static const uint32_t states[] = {0, 1, 2,      0x402, 0x80 | 0x20,
					  4, 8, 0x1002, 0x2001};

	e->flags = (uint8_t)(story_rand(r) % 5 ? 3 : any(r));
	e->sw.next_tid = story_rand(r) % 9 ? (uint32_t)(story_rand(r) % 5)
					   : (uint32_t)any(r);
	e->sw.prev_state = story_rand(r) % 9 ? states[story_rand(r) % 9]
					     : (uint32_t)any(r);
	e->sw.prev_prio = story_rand(r) % 9 ? 120 : (int16_t)any(r);
	e->sw.next_prio = story_rand(r) % 9 ? 120 : (int16_t)any(r);
	if (story_rand(r) % 3 == 0)
		return;
	e->sw.syscall = (int16_t)(any(r) % 400 - 1);
	e->sw.fd_mode = (uint16_t)any(r);
	e->sw.addr = any(r);
	e->sw.op = (uint32_t)any(r) % 512;
	e->sw.val = (uint32_t)any(r);
	e->sw.word = (uint32_t)any(r);
	e->sw.owner = (uint32_t)any(r);
	e->sw.kind = (uint32_t)any(r) % 4;
	e->sw.zero = story_rand(r) % 50 ? 0 : (uint32_t)any(r);
}

static void random_task(struct event *e, uint64_t *r)
{
	size_t n = story_rand(r) % EVENT_COMM_BYTES, i;

	e->flags = (uint8_t)any(r);
	e->tid = story_rand(r) % 3 ? 1 + story_rand(r) % 5 : (uint32_t)any(r);
	e->task.tgid = (uint32_t)any(r);
	e->task.ppid = (uint32_t)any(r);
	e->task.parent_tid = (uint32_t)any(r);
	e->task.ns_tid = (uint32_t)any(r);
	e->task.born_ns = (int64_t)any(r) * (story_rand(r) % 2 ? 1 : -1);
	e->task.clone_flags = (uint32_t)any(r);
	for (i = 0; i < n; i++)
		e->task.comm[i] = (char)(story_rand(r) % 4 ? 'a' + story_rand(r) % 26
							   : 1 + story_rand(r) % 255);
}

static void random_payload(struct event *e, uint64_t *r, char text[64])
{
	size_t n, i;

	switch (e->type) {
	case EVENT_LOST:
		e->lost.from_ns = any(r);
		e->lost.count = any(r);
		break;
	case EVENT_TASK:
		random_task(e, r);
		break;
	case EVENT_SWITCH:
	case EVENT_SEEN:
		random_switch(e, r);
		break;
	case EVENT_WAKING:
		e->wake.waker_tid = story_rand(r) % 3 ? (uint32_t)(story_rand(r) % 5)
						      : (uint32_t)any(r);
		e->wake.target_cpu = (uint16_t)any(r);
		e->wake.prio = (int16_t)any(r);
		break;
	case EVENT_MIGRATE:
		e->migrate.from_cpu = (uint16_t)any(r);
		e->migrate.to_cpu = (uint16_t)any(r);
		break;
	case EVENT_EXIT:
		e->exit.code = (uint32_t)any(r);
		break;
	case EVENT_OWNER:
		e->owner.addr = any(r);
		e->owner.word = (uint32_t)any(r);
		e->owner.owner = (uint32_t)any(r);
		break;
	case EVENT_NAME:
		n = story_rand(r) % 63;
		for (i = 0; i < n; i++)
			text[i] = (char)(1 + story_rand(r) % 255);
		text[n] = '\0';
		e->name.addr = any(r);
		e->name.text = text;
		break;
	}
}

void story_random(struct story *s, uint64_t seed, size_t nr, unsigned int cpus)
{
	uint64_t r = seed, now = 0;
	unsigned int cpu = 0, next;
	uint32_t running[64] = {0};
	char text[64];
	size_t i;

	assert_in_range(cpus, 1, 64);
	for (i = 0; i < nr; i++) {
		struct event e = {0};

		/* Equal times are frequent, on one CPU and across them. */
		next = story_rand(&r) % 20 ? (unsigned int)(story_rand(&r) % cpus)
					   : EVENT_CPU_USER;
		if (story_rand(&r) % 4 || next < cpu)
			now += 1 + (story_rand(&r) % 10 ? story_rand(&r) % 5000
							: story_rand(&r) % 3000000);
		cpu = next;
		e.time_ns = now;
		e.cpu = (uint16_t)cpu;
		e.type = story_rand(&r) % 3 ? EVENT_SWITCH + story_rand(&r) % 2
					    : EVENT_LOST + story_rand(&r) % EVENT_NAME;
		e.flags = (uint8_t)any(&r);
		e.tid = story_rand(&r) % 4 ? (uint32_t)(story_rand(&r) % 5)
					   : (uint32_t)any(&r);
		random_payload(&e, &r, text);
		if (e.type == EVENT_SWITCH && cpu < 64) {
			if (story_rand(&r) % 10)
				e.tid = running[cpu];
			running[cpu] = e.sw.next_tid;
		}
		story_add(s, &e);
	}
}

static int keep_begin(struct sink *s, const struct trace_info *info)
{
	struct keeper *k = (struct keeper *)s;

	k->begun++;
	k->info = *info;
	return 0;
}

static int keep_event(struct sink *s, const struct event *e)
{
	struct keeper *k = (struct keeper *)s;

	if (k->fail_at && k->story.n + 1 == (size_t)k->fail_at)
		return -EIO;
	story_add(&k->story, e);
	return 0;
}

static int keep_advance(struct sink *s, uint64_t time_ns)
{
	((struct keeper *)s)->advanced_ns = time_ns;
	return 0;
}

static int keep_end(struct sink *s, const struct trace_end *end)
{
	struct keeper *k = (struct keeper *)s;

	k->ended++;
	k->end = *end;
	return 0;
}

void keeper_init(struct keeper *k)
{
	memset(k, 0, sizeof(*k));
	k->sink = (struct sink){keep_begin, keep_event, keep_advance, keep_end};
}

void keeper_free(struct keeper *k)
{
	story_free(&k->story);
}

int story_file(void)
{
	int fd = memfd_create("story", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

void story_record(const struct story *s, int fd, const struct writer_options *opt,
		  const struct trace_info *info, const struct trace_end *end)
{
	struct trace_end last = {.duration_ns = s->n ? s->events[s->n - 1].time_ns : 0};
	struct writer *w = writer_new(fd, opt);
	struct sink *sink;
	size_t i;

	assert_non_null(w);
	sink = writer_sink(w);
	assert_int_equal(sink->begin(sink, info ? info : &story_info), 0);
	for (i = 0; i < s->n; i++)
		assert_int_equal(sink->event(sink, &s->events[i]), 0);
	assert_int_equal(sink->end(sink, end ? end : &last), 0);
	assert_int_equal(writer_error(w), 0);
	writer_free(w);
}

struct reader *story_open(int fd, char why[256])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return reader_open(path, why, 256);
}

void story_read(int fd, struct keeper *k, unsigned int *damaged)
{
	char why[256] = "";
	struct reader *r = story_open(fd, why);

	if (!r)
		fail_msg("%s", why);
	assert_int_equal(reader_pump(r, &k->sink, 0), 0);
	assert_int_equal(k->begun, 1);
	assert_int_equal(k->ended, 1);
	if (damaged)
		*damaged = reader_damaged(r);
	reader_close(r);
}

/* The event with zeros where its type has no field: padding says nothing. */
static struct event fields_of(const struct event *e)
{
	static const size_t payload[] = {
		[EVENT_LOST] = 16,  [EVENT_TASK] = 44,   [EVENT_SWITCH] = 48,
		[EVENT_WAKING] = 8, [EVENT_MIGRATE] = 4, [EVENT_EXIT] = 4,
		[EVENT_OWNER] = 16, [EVENT_SEEN] = 48,   [EVENT_NAME] = 8,
	};
	struct event out;

	memset(&out, 0, sizeof(out));
	memcpy(&out, e, EVENT_HEADER_BYTES + payload[e->type]);
	if (e->type == EVENT_NAME)
		out.name.text = NULL;
	return out;
}

int same_event(const struct event *a, const struct event *b)
{
	struct event x = fields_of(a), y = fields_of(b);

	if (a->type == EVENT_NAME && b->type == EVENT_NAME &&
	    strcmp(a->name.text, b->name.text) != 0)
		return 0;
	return memcmp(&x, &y, sizeof(x)) == 0;
}

static void print_event(const char *who, const struct event *event)
{
	struct event e = fields_of(event);
	const uint8_t *p = (const uint8_t *)&e;
	size_t i;

	fprintf(stderr, "# %s", who);
	for (i = 0; i < sizeof(e); i++)
		fprintf(stderr, "%s%02x", i % 8 ? "" : " ", p[i]);
	fprintf(stderr, "\n");
}

void assert_same_events(const struct story *wanted, const struct story *got)
{
	size_t i;

	for (i = 0; i < wanted->n && i < got->n; i++) {
		if (!same_event(&wanted->events[i], &got->events[i])) {
			print_event("wanted", &wanted->events[i]);
			print_event("got   ", &got->events[i]);
			fail_msg("event %zu of %zu differs", i, wanted->n);
		}
	}
	assert_int_equal(wanted->n, got->n);
}

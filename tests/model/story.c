/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story.c - builds the events of the tests' stories, checks the invariants
 */
#include "tests/model/story.h"

#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* ---- setup ---- */
struct model *story_model(const struct model_options *opt)
{
	static const char *const argv[] = {"./bank", "-t", "3", NULL};
	const struct trace_info info = {
		.argv = argv,
		.argc = 3,
		.scope = "command",
		.kernel = "6.18.0",
		.machine = "x86_64",
		.nr_cpus = STORY_CPUS,
		.others = true,
	};
	struct model *m = model_new(opt);
	struct sink *s;

	assert_non_null(m);
	s = model_sink(m);
	assert_int_equal(s->begin(s, &info), 0);
	return m;
}

int story_empty(void **state)
{
	*state = story_model(NULL);
	return 0;
}

int story_begin(void **state)
{
	struct model *m = story_model(NULL);

	FEED(m, FOUND(0, ALICE, ALICE, "bank"), FOUND(0, BOB, ALICE, "bob"),
	     FOUND(0, CAROL, ALICE, "carol"), FOUND(0, DAVE, ALICE, "dave"),
	     FOUND(0, EVE, EVE, "eve"), OUTSIDER(0, MAKE, "make"));
	*state = m;
	return 0;
}

int story_over(void **state)
{
	model_free(*state);
	return 0;
}

/* ---- telling ---- */
void story_feed(struct model *m, const struct event *e, size_t nr)
{
	struct sink *s = model_sink(m);

	for (size_t i = 0; i < nr; i++)
		assert_int_equal(s->event(s, &e[i]), 0);
}

void story_advance(struct model *m, uint64_t time_ns)
{
	struct sink *s = model_sink(m);

	assert_int_equal(s->advance(s, time_ns), 0);
}

void story_end(struct model *m, uint64_t time_ns)
{
	struct sink *s = model_sink(m);
	const struct trace_end end = {.duration_ns = time_ns};

	assert_int_equal(s->end(s, &end), 0);
}

/* ---- asking ---- */
uint32_t who(struct model *m, uint32_t tid)
{
	uint32_t index = model_find_tid(m, tid, UINT64_MAX);

	if (!index)
		fail_msg("nobody has tid %u", tid);
	return index;
}

const struct task *life(struct model *m, uint32_t tid)
{
	return model_task(m, who(m, tid));
}

uint64_t total(struct model *m, uint32_t tid, enum state s)
{
	uint64_t ns[STATE_NR];

	model_task_totals(m, who(m, tid), ns);
	return ns[s];
}

struct slice slice_at(struct model *m, uint32_t tid, uint64_t time_ns)
{
	struct slice s;

	if (!model_task_slice(m, model_find_tid(m, tid, time_ns), time_ns, &s))
		fail_msg("tid %u has no slice at %llu", tid, (unsigned long long)time_ns);
	return s;
}

int state_at(struct model *m, uint32_t tid, uint64_t time_ns)
{
	struct slice s;

	if (!model_task_slice(m, model_find_tid(m, tid, time_ns), time_ns, &s))
		return -1;
	return s.state;
}

/* ---- events ---- */
static struct event event(uint64_t time_ns, enum event_type type, uint32_t tid)
{
	return (struct event){.time_ns = time_ns, .type = type, .tid = tid};
}

struct event ON(unsigned int cpu, struct event e) {
	e.cpu = cpu;
	return e;
}

struct event
SWITCH(uint64_t time_ns, uint32_t tid, struct event how, uint32_t next) {
	how.time_ns = time_ns;
	how.type = EVENT_SWITCH;
	how.tid = tid;
	how.sw.next_tid = next;
	return how;
}

struct event
SEEN(uint64_t time_ns, uint32_t tid, struct event how) {
	how.time_ns = time_ns;
	how.type = EVENT_SEEN;
	how.cpu = EVENT_CPU_USER;
	how.tid = tid;
	return how;
}

static struct event
waking(uint64_t time_ns, uint32_t waker, uint32_t wakee, uint8_t flags)
{
	struct event e = event(time_ns, EVENT_WAKING, wakee);

	e.flags = flags;
	e.wake.waker_tid = waker;
	e.wake.prio = 120;
	return e;
}

struct event WAKING(uint64_t time_ns, uint32_t waker, uint32_t wakee) {
	return waking(time_ns, waker, wakee, 0);
}

struct event
WAKING_BY_IRQ(uint64_t time_ns, uint32_t bystander, uint32_t wakee) {
	return waking(time_ns, bystander, wakee, WAKING_IRQ);
}

struct event
WAKING_FIRST(uint64_t time_ns, uint32_t creator, uint32_t wakee) {
	return waking(time_ns, creator, wakee, WAKING_NEW);
}

struct event
ABSORBED(uint64_t time_ns, uint32_t wakee) {
	return waking(time_ns, 0, wakee, WAKING_ABSORBED);
}

struct event
MOVED(uint64_t time_ns, uint32_t tid, unsigned int from, unsigned int to) {
	struct event e = event(time_ns, EVENT_MIGRATE, tid);

	e.migrate.from_cpu = from;
	e.migrate.to_cpu = to;
	return e;
}

struct event
EXITS(uint64_t time_ns, uint32_t tid, uint32_t wait_status) {
	struct event e = event(time_ns, EVENT_EXIT, tid);

	e.exit.code = wait_status;
	return e;
}

static struct event
task(uint64_t time_ns, uint32_t tid, uint32_t tgid, const char *comm, uint8_t flags)
{
	struct event e = event(time_ns, EVENT_TASK, tid);

	e.flags = flags;
	e.task.tgid = tgid;
	e.task.ppid = 1;
	e.task.ns_tid = tid;
	snprintf(e.task.comm, sizeof(e.task.comm), "%s", comm);
	return e;
}

struct event FOUND(uint64_t time_ns, uint32_t tid, uint32_t tgid, const char *comm) {
	struct event e = task(time_ns, tid, tgid, comm, TASK_IN_SCOPE | TASK_FOUND);

	e.task.born_ns = -1000;
	return e;
}

struct event
FORK(uint64_t time_ns, uint32_t creator, uint32_t tid, uint32_t tgid, const char *comm) {
	struct event e = task(time_ns, tid, tgid, comm, TASK_IN_SCOPE | TASK_FORKED);

	e.task.parent_tid = creator;
	e.task.born_ns = time_ns;
	return e;
}

struct event
EXEC(uint64_t time_ns, uint32_t tid, uint32_t old_tid, const char *comm) {
	struct event e = task(time_ns, tid, tid, comm, TASK_IN_SCOPE | TASK_EXECED);

	e.task.parent_tid = old_tid;
	return e;
}

struct event
RENAME(uint64_t time_ns, uint32_t tid, uint32_t tgid, const char *comm) {
	return task(time_ns, tid, tgid, comm, TASK_IN_SCOPE | TASK_RENAMED);
}

struct event
OUTSIDER(uint64_t time_ns, uint32_t tid, const char *comm) {
	return task(time_ns, tid, tid, comm, TASK_FOUND);
}

struct event
OWNER(uint64_t time_ns, uint32_t tgid, uint64_t addr, uint32_t word, uint32_t owner) {
	struct event e = event(time_ns, EVENT_OWNER, tgid);

	e.owner.addr = addr;
	e.owner.word = word;
	e.owner.owner = owner;
	return e;
}

struct event
NAMED(uint64_t time_ns, uint32_t tgid, uint64_t addr, const char *text) {
	struct event e = event(time_ns, EVENT_NAME, tgid);

	e.cpu = EVENT_CPU_USER;
	e.name.addr = addr;
	e.name.text = text;
	return e;
}

struct event
LOST(uint64_t from_ns, uint64_t to_ns, unsigned int cpu, uint64_t count) {
	struct event e = event(to_ns, EVENT_LOST, 0);

	e.flags = LOST_RING;
	e.cpu = cpu;
	e.lost.from_ns = from_ns;
	e.lost.count = count;
	return e;
}

/* ---- how a task leaves ---- */
struct event
LEAVES(uint32_t prev_state) {
	struct event e = {0};

	e.sw.prev_state = prev_state;
	e.sw.prev_prio = 120;
	e.sw.next_prio = 120;
	e.sw.syscall = -1;
	return e;
}

struct event
IN_SYSCALL(int nr) {
	struct event e = LEAVES(1);

	e.flags = SWITCH_SYSCALL;
	e.sw.syscall = nr;
	return e;
}

struct event
YIELDS(void) {
	struct event e = IN_SYSCALL(SYS_sched_yield);

	e.sw.prev_state = 0;
	return e;
}

struct event
ON_FD(int nr, unsigned int fd_mode) {
	struct event e = IN_SYSCALL(nr);

	e.flags |= SWITCH_FD;
	e.sw.fd_mode = fd_mode;
	return e;
}

struct event
UNINTERRUPTIBLE(unsigned int flags, int nr) {
	struct event e = LEAVES(2);

	e.flags = flags | (nr >= 0 ? SWITCH_SYSCALL : 0);
	e.sw.syscall = nr;
	return e;
}

struct event
FUTEX(uint64_t addr, uint32_t op, uint32_t val, uint32_t word, uint32_t owner,
      uint32_t kind) {
	struct event e = IN_SYSCALL(SYS_futex);

	e.flags |= SWITCH_FUTEX;
	e.sw.addr = addr;
	e.sw.op = op;
	e.sw.val = val;
	e.sw.word = word;
	e.sw.owner = owner;
	e.sw.kind = kind;
	return e;
}

#define BITSET (FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME)

struct event
MUTEX(uint64_t addr, uint32_t owner) {
	return FUTEX(addr, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, 2, owner, 0);
}

struct event
PI_MUTEX(uint64_t addr, uint32_t owner) {
	return FUTEX(addr, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, owner | FUTEX_WAITERS,
		     owner, 0x20);
}

struct event
ROBUST_MUTEX(uint64_t addr, uint32_t owner) {
	return FUTEX(addr, FUTEX_WAIT, owner | FUTEX_WAITERS, owner | FUTEX_WAITERS,
		     owner, 0x10);
}

struct event
RWLOCK_READ(uint64_t addr, uint32_t writer) {
	/* sleeps on the word at +8; the writer stands at +24, the event's kind */
	return FUTEX(addr + 8, BITSET | FUTEX_PRIVATE_FLAG, 3, 3, 0, writer);
}

struct event
RWLOCK_WRITE(uint64_t addr) {
	return FUTEX(addr + 8, BITSET | FUTEX_PRIVATE_FLAG, 2, 2, 0, 0);
}

struct event
COND(uint64_t addr) {
	return FUTEX(addr + 40, BITSET | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0);
}

struct event
SEM(uint64_t addr) {
	return FUTEX(addr, BITSET | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0);
}

struct event
JOIN(uint32_t tid) {
	return FUTEX(0x7f0000000000 + tid * 4096, BITSET, tid, tid, 0, 0);
}

struct event
KLOCK(uint64_t hash) {
	struct event e = UNINTERRUPTIBLE(SWITCH_KLOCK, -1);

	e.sw.addr = hash;
	return e;
}

struct event
FLOCK(void) {
	return ON_FD(SYS_flock, S_IFREG);
}

struct event
TIMED(struct event how) {
	how.flags |= SWITCH_TIMED;
	return how;
}

/* ---- the invariant ---- */
static uint64_t
sum(const uint64_t ns[STATE_NR])
{
	uint64_t all = 0;

	for (int i = 0; i < STATE_NR; i++)
		all += ns[i];
	return all;
}

static void check_same(const char *what, uint32_t tid, const uint64_t got[STATE_NR],
		       const uint64_t want[STATE_NR])
{
	for (int i = 0; i < STATE_NR; i++)
		if (got[i] != want[i])
			fail_msg("tid %u, %s: state %d has %llu ns, not %llu", tid, what,
				 i, (unsigned long long)got[i],
				 (unsigned long long)want[i]);
}

static void check_slices(struct model *m, const struct task *t, uint64_t end_ns,
			 const uint64_t want[STATE_NR])
{
	uint64_t got[STATE_NR] = {0}, at = t->start_ns;
	struct slice s, back;
	bool more;

	if (end_ns == t->start_ns)
		return;
	for (more = model_task_slice(m, t->index, at, &s); more;) {
		assert_int_equal(s.start_ns, at);
		assert_true(s.end_ns > s.start_ns);
		assert_true(s.state < STATE_NR);
		got[s.state] += s.end_ns - s.start_ns;
		at = s.end_ns;
		back = s;
		more = model_slice_next(m, t->index, &s, &s);
		if (more) {
			struct slice before;

			assert_true(model_slice_prev(m, t->index, &s, &before));
			assert_int_equal(before.start_ns, back.start_ns);
			assert_int_equal(before.end_ns, back.end_ns);
			assert_int_equal(before.state, back.state);
		}
	}
	assert_int_equal(at, end_ns);
	check_same("slices", t->tid, got, want);
}

static void check_bins(struct model *m, const struct task *t, uint64_t end_ns,
		       const uint64_t want[STATE_NR], unsigned int nr)
{
	uint64_t now = model_now_ns(m), width = now / nr + 1;
	uint64_t got[STATE_NR] = {0};
	struct task_bin *bins = calloc(nr, sizeof(*bins));
	bool ended = false;

	assert_non_null(bins);
	model_task_bins(m, t->index, 0, width, nr, bins);
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t from = i * width, to = from + width;
		uint64_t lo = t->start_ns > from ? t->start_ns : from;
		uint64_t hi = end_ns < to ? end_ns : to;

		assert_int_equal(sum(bins[i].ns), hi > lo ? hi - lo : 0);
		for (int k = 0; k < STATE_NR; k++)
			got[k] += bins[i].ns[k];
		assert_false(ended && bins[i].ended);
		ended |= bins[i].ended;
	}
	assert_int_equal(ended, t->end_ns != UINT64_MAX);
	check_same("bins", t->tid, got, want);
	free(bins);
}

static void check_cpu(struct model *m, unsigned int cpu)
{
	uint64_t now = model_now_ns(m), busy = 0, target = 0, unknown = 0, switches;
	uint64_t want_busy, want_target, idle = 0, at = 0;
	struct cpu_bin bins[7];
	struct span s;

	model_cpu_bins(m, cpu, 0, now / 7 + 1, 7, bins);
	for (int i = 0; i < 7; i++) {
		busy += bins[i].busy_ns;
		target += bins[i].target_ns;
		unknown += bins[i].unknown_ns;
		assert_true(bins[i].target_ns <= bins[i].busy_ns);
	}
	model_cpu_totals(m, cpu, &want_busy, &want_target, &switches);
	assert_int_equal(busy, want_busy);
	assert_int_equal(target, want_target);
	while (at < now && model_cpu_span(m, cpu, at, &s)) {
		assert_int_equal(s.start_ns, at);
		assert_true(s.end_ns > at);
		if (!s.task && s.evidence != EVIDENCE_UNKNOWN)
			idle += s.end_ns - at;
		at = s.end_ns;
	}
	assert_int_equal(at, now);
	assert_int_equal(busy + idle + unknown, now);
}

void story_check(struct model *m)
{
	static const unsigned int zooms[] = {1, 2, 7, 64, 185};
	uint64_t now = model_now_ns(m);

	for (uint32_t i = 1; i < model_nr_tasks(m); i++) {
		const struct task *t = model_task(m, i);
		uint64_t totals[STATE_NR], end;

		if (!t->in_scope)
			continue;
		end = t->end_ns < now ? t->end_ns : now;
		model_task_totals(m, i, totals);
		assert_int_equal(sum(totals), end > t->start_ns ? end - t->start_ns : 0);
		if (model_edge_ns(m))
			continue;
		check_slices(m, t, end, totals);
		for (size_t z = 0; z < sizeof(zooms) / sizeof(zooms[0]); z++)
			check_bins(m, t, end, totals, zooms[z]);
	}
	for (unsigned int cpu = 0; cpu < model_nr_cpus(m); cpu++)
		if (!model_edge_ns(m))
			check_cpu(m, cpu);
}

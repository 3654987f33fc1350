/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/model/story.h - tell the model a story of a few events
 *
 *     FEED(m, SWITCH(100, ALICE, MUTEX(L, BOB), CAROL),
 *             WAKING(150, BOB, ALICE),
 *             ON(1, SWITCH(160, BOB, PREEMPTED, ALICE)));
 *     assert_int_equal(total(m, ALICE, STATE_LOCK), 50);
 *
 * Events happen on CPU 0 unless ON() says otherwise. The cast, when the story
 * begins with story_begin(): ALICE (the leader), BOB, CAROL and DAVE are the
 * threads of process ALICE, called "bank"; EVE is a process of her own; all
 * five are in scope and lived before the recording. MAKE is not in scope.
 */
#ifndef MTVIZ_TESTS_MODEL_STORY_H
#define MTVIZ_TESTS_MODEL_STORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "model/model.h"

enum {
	IDLE = 0,
	ALICE = 101,
	BOB = 102,
	CAROL = 103,
	DAVE = 104,
	EVE = 201,
	MAKE = 900,
};

#define MS UINT64_C(1000000)
#define STORY_CPUS 4

/* ---- setup and teardown of a cmocka test; *state is the struct model ---- */
int story_begin(void **state); /* with the cast */
int story_empty(void **state); /* nobody is known yet */
int story_over(void **state);
struct model *story_model(const struct model_options *opt); /* no cast */

/* ---- telling ---- */
void story_feed(struct model *m, const struct event *e, size_t nr);
void story_advance(struct model *m, uint64_t time_ns);
void story_end(struct model *m, uint64_t time_ns); /* the end mark */
#define FEED(m, ...)                                                                     \
	do {                                                                             \
		const struct event feed_[] = {__VA_ARGS__};                              \
		story_feed(m, feed_, sizeof(feed_) / sizeof(feed_[0]));                  \
	} while (0)

/* ---- asking; a tid means its latest life ---- */
uint32_t who(struct model *m, uint32_t tid); /* index; fails if there is none */
const struct task *life(struct model *m, uint32_t tid);
uint64_t total(struct model *m, uint32_t tid, enum state s);
struct slice slice_at(struct model *m, uint32_t tid, uint64_t time_ns);
int state_at(struct model *m, uint32_t tid, uint64_t time_ns); /* -1: no slice */
/*
 * The invariant, for everything the model holds: the nine totals of each task
 * in scope add up to its life; its slices are contiguous and add up to its
 * totals (where nothing was evicted); bins of several widths add up to its
 * slices; busy, idle and unknown of each CPU add up to the duration.
 */
void story_check(struct model *m);

/* ---- events. HOW a task leaves its CPU is an event without time and tids ---- */
struct event ON(unsigned int cpu, struct event e);
struct event SWITCH(uint64_t time_ns, uint32_t tid, struct event how, uint32_t next);
struct event SEEN(uint64_t time_ns, uint32_t tid, struct event how);
struct event WAKING(uint64_t time_ns, uint32_t waker, uint32_t wakee);
struct event WAKING_BY_IRQ(uint64_t time_ns, uint32_t bystander, uint32_t wakee);
struct event WAKING_FIRST(uint64_t time_ns, uint32_t creator, uint32_t wakee);
struct event ABSORBED(uint64_t time_ns, uint32_t wakee);
struct event MOVED(uint64_t time_ns, uint32_t tid, unsigned int from, unsigned int to);
struct event EXITS(uint64_t time_ns, uint32_t tid, uint32_t wait_status);
struct event FOUND(uint64_t time_ns, uint32_t tid, uint32_t tgid, const char *comm);
struct event FORK(uint64_t time_ns, uint32_t creator, uint32_t tid, uint32_t tgid,
		  const char *comm);
struct event EXEC(uint64_t time_ns, uint32_t tid, uint32_t old_tid, const char *comm);
struct event RENAME(uint64_t time_ns, uint32_t tid, uint32_t tgid, const char *comm);
struct event OUTSIDER(uint64_t time_ns, uint32_t tid, const char *comm);
struct event OWNER(uint64_t time_ns, uint32_t tgid, uint64_t addr, uint32_t word,
		   uint32_t owner);
struct event NAMED(uint64_t time_ns, uint32_t tgid, uint64_t addr, const char *text);
struct event LOST(uint64_t from_ns, uint64_t to_ns, unsigned int cpu, uint64_t count);

/* ---- HOW ---- */
struct event LEAVES(uint32_t prev_state); /* raw scheduler state, no facts */
#define PREEMPTED LEAVES(0)
#define SLEEPS	  LEAVES(1) /* interruptible, nothing known: other */
#define STOPS	  LEAVES(4)
#define DIES	  LEAVES(0x80)
struct event YIELDS(void);
struct event IN_SYSCALL(int nr); /* interruptible, in system call nr (x86-64) */
struct event ON_FD(int nr, unsigned int fd_mode);
struct event UNINTERRUPTIBLE(unsigned int flags, int nr); /* nr -1: none */
#define READS_PIPE ON_FD(0, 0010000)
#define NAPS	   IN_SYSCALL(35)
struct event FUTEX(uint64_t addr, uint32_t op, uint32_t val, uint32_t word,
		   uint32_t owner, uint32_t kind);
struct event MUTEX(uint64_t addr, uint32_t owner);	  /* glibc, normal */
struct event PI_MUTEX(uint64_t addr, uint32_t owner);
struct event ROBUST_MUTEX(uint64_t addr, uint32_t owner);
struct event RWLOCK_READ(uint64_t addr, uint32_t writer); /* addr of the rwlock */
struct event RWLOCK_WRITE(uint64_t addr);
struct event COND(uint64_t addr); /* of the condition variable */
struct event SEM(uint64_t addr);
struct event JOIN(uint32_t tid);
struct event KLOCK(uint64_t hash);
struct event FLOCK(void);
struct event TIMED(struct event how); /* the same with a timeout */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/model/lock_story.h - a few words more than story.h has, about locks
 */
#ifndef MTVIZ_TESTS_MODEL_LOCK_STORY_H
#define MTVIZ_TESTS_MODEL_LOCK_STORY_H

#include "tests/model/story.h"

/* On CPU 0, which was idle and is idle again. */
struct event RUNS(uint64_t time_ns, uint32_t tid);
struct event BLOCKS(uint64_t time_ns, uint32_t tid, struct event how);

struct span span_at(struct model *m, uint32_t lock, uint64_t time_ns);
/* tid 0: nobody known. */
void assert_holder(struct model *m, uint32_t lock, uint64_t time_ns,
		   enum evidence evidence, uint32_t tid);
uint64_t waited_under(struct model *m, uint32_t lock, uint32_t tid);

/*
 * The invariant, for all locks, whatever happened: the waiting for them is the
 * waiting of all tasks; the holders' parts add up to it; the spans of each lane
 * are contiguous and its bins add up to them. Ends with story_check().
 */
void check_locks(struct model *m);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/lock.h - what the files about locks share
 *
 *   lock_word.c   the facts of one wait -> which kind of lock, who owns it
 *   lock_table.c  address spaces, addresses, names -> struct lock_state
 *   lock.c        waits begin and end, owner words are read: lanes, accounts
 *   lock_query.c  the answers of model.h
 *   finding.c     deadlock, lost lock
 */
#ifndef MTVIZ_MODEL_LOCK_H
#define MTVIZ_MODEL_LOCK_H

#include "model/internal.h"
#include "model/tally.h"

/* ---- lock_word.c: pure ---- */

/* Locks of different classes may have the same address and are different. */
enum lock_class {
	CLASS_WORD,   /* one futex word, the address is the word's */
	CLASS_RWLOCK, /* glibc's, two futex words, the address is the object's */
	CLASS_KERNEL,
	CLASS_FILE,
};

/* What the facts of one wait, taken by themselves, say. */
struct lock_facts {
	uint64_t address;
	uint8_t kind;	/* enum lock_kind */
	uint8_t class;	/* enum lock_class */
	bool says_owner; /* a lock of this kind names its owner, here is the place */
	bool tid_word;	/* its futex word carries the owner's tid */
	bool ambiguous; /* a mutex at .address + 8 would look the same */
	uint32_t owner_tid; /* in the owner's namespace; 0: nobody */
};

struct lock_facts lock_facts(const struct event *e);

/* ---- lock_table.c ---- */

struct finding_state;

struct lock_state {
	struct lock pub; /* .wait_ns and .max_wait_ns only after lock_refresh() */
	uint32_t space;	 /* whose memory, see lock_space() */
	uint8_t class;
	bool tid_word;

	/*
	 * The holder: the lane up to its end, then .evidence and .holder from
	 * lane.end_ns on. NONE exactly while nobody waits.
	 */
	struct lane lane;
	uint8_t evidence; /* enum evidence */
	uint32_t holder;  /* task index while OBSERVED or INFERRED */
	uint32_t last_holder; /* the last such, kept in the lane's other intervals */
	uint64_t read_ns; /* when a word last named .holder, while OBSERVED */

	/*
	 * The accounts, complete up to .settled_ns:
	 * charged_ns = unknown_ns + sum of holders = all waiting up to then.
	 */
	uint64_t settled_ns, charged_ns, unknown_ns;
	struct tally holders, releasers, waiters;
	struct samples ended; /* lengths of the waits that are over */

	uint32_t *waiting; /* task indices, pub.waiting of them, oldest wait first */
	uint32_t cap_waiting;

	struct finding_state *deadlock, *lost; /* that last and this lock is part of */
	uint32_t visited; /* finding.c's mark */
};

struct lock_table {
	struct lock_state **locks; /* ids 1..nr at [0..nr-1] */
	uint32_t nr, cap;
	uint32_t *slots; /* hash of (space, class, address) -> id */
	uint32_t cap_slots;

	struct space *spaces; /* hash by tgid */
	uint32_t nr_spaces, cap_spaces, last_space;

	struct lock_label *names; /* hash by (space, raw address) */
	uint32_t nr_names, cap_names;

	struct finding_table *findings;
	uint64_t bytes; /* of what only grows: lock states, names */
};

static inline struct lock_state *lock_at(const struct model *m, uint32_t id)
{
	return id && id <= m->locks->nr ? m->locks->locks[id - 1] : NULL;
}

/* The lock, NULL if there is none yet; lock_make() makes it, or NULL: no memory. */
struct lock_state *lock_find(const struct lock_table *lt, uint32_t space, uint8_t class,
			     uint64_t address);
struct lock_state *lock_make(struct lock_table *lt, uint32_t space, uint32_t tgid,
			     const struct lock_facts *f);
/*
 * The number of a process's present memory: another one after each exec, and
 * for each life of a tgid. leader 0: whoever has the tgid now. 0: no memory.
 */
uint32_t lock_space(struct lock_table *lt, uint32_t tgid, uint32_t leader);
uint32_t lock_space_find(const struct lock_table *lt, uint32_t tgid); /* 0: none yet */
/* Gives l the name that was told for raw, the address of one of its words. */
void lock_take_name(struct lock_table *lt, struct lock_state *l, uint64_t raw);
size_t lock_table_bytes(const struct lock_table *lt); /* all but the lanes */

/* ---- lock.c ---- */

/* The holder cannot be one that has ended: until when is .holder one at most? */
uint64_t lock_holder_end(const struct model *m, const struct lock_state *l);
/* Brings pub up to model_now_ns(). */
void lock_refresh(const struct model *m, struct lock_state *l);

/* ---- finding.c ---- */

struct finding_table *finding_table_new(void); /* NULL: no memory */
void finding_table_free(struct finding_table *ft);
size_t finding_table_bytes(const struct finding_table *ft);
/*
 * A word of l was just read at time_ns; owner_tid is what it names, whether or
 * not that is believed. l has waiters.
 */
int finding_look(struct model *m, struct lock_state *l, uint32_t owner_tid,
		 uint64_t time_ns);
/*
 * t no longer waits for l. released: somebody woke it; lost: it ends only because
 * events were lost.
 */
void finding_wait_ended(struct model *m, struct lock_state *l, const struct task_state *t,
			uint64_t time_ns, bool released, bool lost);

#endif

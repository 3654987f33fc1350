/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock_table.c - which lock an address is
 *
 * A lock is (memory, class, address). A process's memory has a number that
 * changes with exec and with the process, so that an address that means
 * something new is a new lock, while the old one keeps its account.
 */
#include "model/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer ones are cut: a name is a few words, and may be hostile. */
#define NAME_BYTES_MAX 200

struct space {
	uint32_t tgid; /* 0: free slot */
	uint32_t leader;
	uint32_t id;
};

struct lock_label {
	char *text; /* NULL: free slot */
	uint64_t address;
	uint32_t space;
};

static uint32_t hash(uint32_t space, uint32_t class, uint64_t address)
{
	uint64_t h = (address ^ ((uint64_t)space << 40) ^ class) * 0x9e3779b97f4a7c15u;

	return (uint32_t)(h >> 32) ^ (uint32_t)(h >> 11);
}

/* ---- memories ---- */

static struct space *space_slot(struct space *slots, uint32_t cap, uint32_t tgid)
{
	uint32_t at = hash(0, 0, tgid);

	while (slots[at & (cap - 1)].tgid && slots[at & (cap - 1)].tgid != tgid)
		at++;
	return &slots[at & (cap - 1)];
}

static int grow_spaces(struct lock_table *lt)
{
	uint32_t cap = lt->cap_spaces ? lt->cap_spaces * 2 : 16;
	struct space *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < lt->cap_spaces; i++)
		if (lt->spaces[i].tgid)
			*space_slot(slots, cap, lt->spaces[i].tgid) = lt->spaces[i];
	free(lt->spaces);
	lt->spaces = slots;
	lt->cap_spaces = cap;
	return 0;
}

uint32_t lock_space_find(const struct lock_table *lt, uint32_t tgid)
{
	return tgid && lt->cap_spaces ? space_slot(lt->spaces, lt->cap_spaces, tgid)->id
				      : 0;
}

uint32_t lock_space(struct lock_table *lt, uint32_t tgid, uint32_t leader)
{
	struct space *s;

	if (!tgid)
		return 0;
	if (lt->nr_spaces + 1 > lt->cap_spaces / 4 * 3 && grow_spaces(lt))
		return 0;
	s = space_slot(lt->spaces, lt->cap_spaces, tgid);
	if (!s->tgid) {
		*s = (struct space){.tgid = tgid, .id = ++lt->last_space};
		lt->nr_spaces++;
	} else if (s->leader && leader && s->leader != leader) {
		s->id = ++lt->last_space; /* another process has that number now */
	}
	if (leader)
		s->leader = leader;
	return s->id;
}

void lock_exec(struct model *m, uint32_t tgid, uint64_t time_ns)
{
	struct lock_table *lt = m->locks;

	(void)time_ns; /* waits of threads that exec killed end with the threads */
	if (lock_space_find(lt, tgid)) {
		struct space *s = space_slot(lt->spaces, lt->cap_spaces, tgid);

		s->id = ++lt->last_space;
		s->leader = 0;
	}
}

/* ---- locks ---- */

static uint32_t *lock_slot(const struct lock_table *lt, uint32_t *slots, uint32_t cap,
			   uint32_t space, uint8_t class, uint64_t address)
{
	uint32_t at = hash(space, class, address);

	for (;; at++) {
		uint32_t *slot = &slots[at & (cap - 1)];
		const struct lock_state *l = *slot ? lt->locks[*slot - 1] : NULL;

		if (!l ||
		    (l->pub.address == address && l->space == space && l->class == class))
			return slot;
	}
}

struct lock_state *lock_find(const struct lock_table *lt, uint32_t space, uint8_t class,
			     uint64_t address)
{
	uint32_t id = lt->cap_slots ? *lock_slot(lt, lt->slots, lt->cap_slots, space,
						 class, address)
				    : 0;

	return id ? lt->locks[id - 1] : NULL;
}

static int grow_locks(struct lock_table *lt)
{
	if (lt->nr == lt->cap) {
		uint32_t cap = lt->cap ? lt->cap * 2 : 16;
		struct lock_state **locks = realloc(lt->locks, cap * sizeof(*locks));

		if (!locks)
			return -ENOMEM;
		lt->locks = locks;
		lt->cap = cap;
	}
	if (lt->nr + 1 > lt->cap_slots / 4 * 3) {
		uint32_t cap = lt->cap_slots ? lt->cap_slots * 2 : 32;
		uint32_t *slots = calloc(cap, sizeof(*slots));

		if (!slots)
			return -ENOMEM;
		for (uint32_t i = 0; i < lt->nr; i++) {
			const struct lock_state *l = lt->locks[i];

			*lock_slot(lt, slots, cap, l->space, l->class,
				   l->pub.address) = i + 1;
		}
		free(lt->slots);
		lt->slots = slots;
		lt->cap_slots = cap;
	}
	return 0;
}

struct lock_state *lock_make(struct lock_table *lt, uint32_t space, uint32_t tgid,
			     const struct lock_facts *f)
{
	struct lock_state *l = lock_find(lt, space, f->class, f->address);

	if (l)
		return l;
	if (grow_locks(lt))
		return NULL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	lt->bytes += sizeof(*l);
	l->pub.id = lt->nr + 1;
	l->pub.tgid = tgid;
	l->pub.address = f->address;
	l->pub.kind = f->kind;
	l->space = space;
	l->class = f->class;
	l->tid_word = f->tid_word;
	*lock_slot(lt, lt->slots, lt->cap_slots, space, f->class, f->address) = l->pub.id;
	lt->locks[lt->nr++] = l;
	return l;
}

uint32_t lock_of(struct model *m, const struct task_state *t, const struct event *e)
{
	struct lock_table *lt = m->locks;
	struct lock_facts f = lock_facts(e);
	uint32_t space = 0, tgid = 0;
	struct lock_state *l;

	if (f.class != CLASS_KERNEL) {
		tgid = t->pub.tgid;
		space = lock_space(lt, tgid, t->pub.leader);
		if (!space && tgid)
			return 0;
	}
	/* A timed wait for a mutex whose owner word is 0 for this moment? */
	if (f.ambiguous && lock_find(lt, space, CLASS_WORD, e->sw.addr)) {
		f = (struct lock_facts){
			.address = e->sw.addr, .kind = LOCK_MUTEX, .class = CLASS_WORD};
	}
	l = lock_make(lt, space, tgid, &f);
	if (!l)
		return 0;
	if (l->pub.kind == LOCK_FUTEX && f.kind == LOCK_MUTEX)
		l->pub.kind = LOCK_MUTEX;
	if (!l->pub.name && f.class != CLASS_KERNEL && f.class != CLASS_FILE)
		lock_take_name(lt, l, e->sw.addr);
	return l->pub.id;
}

/* ---- names ---- */

static struct lock_label *name_slot(struct lock_label *slots, uint32_t cap,
				    uint32_t space, uint64_t address)
{
	uint32_t at = hash(space, 0, address);

	for (;; at++) {
		struct lock_label *s = &slots[at & (cap - 1)];

		if (!s->text || (s->space == space && s->address == address))
			return s;
	}
}

static int grow_names(struct lock_table *lt)
{
	uint32_t cap = lt->cap_names ? lt->cap_names * 2 : 16;
	struct lock_label *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < lt->cap_names; i++) {
		struct lock_label *n = &lt->names[i];

		if (n->text)
			*name_slot(slots, cap, n->space, n->address) = *n;
	}
	free(lt->names);
	lt->names = slots;
	lt->cap_names = cap;
	return 0;
}

/*
 * A rwlock is named by one of the words inside it: "table+0x28" for the lock at
 * table+0x20, "rw+0x8" for rw. In place; what ends otherwise stays as it is.
 */
static void name_of_whole(char *text, uint64_t offset)
{
	char *plus = strrchr(text, '+'), *end;
	uint64_t at;

	if (!plus || strncmp(plus, "+0x", 3))
		return;
	errno = 0;
	at = strtoull(plus + 3, &end, 16);
	if (*end || errno || at < offset)
		return;
	if (at == offset)
		*plus = '\0';
	else /* fewer digits than before, if not as many */
		snprintf(plus + 3, strlen(plus + 3) + 1, "%" PRIx64, at - offset);
}

void lock_take_name(struct lock_table *lt, struct lock_state *l, uint64_t raw)
{
	struct lock_label *n =
		lt->cap_names ? name_slot(lt->names, lt->cap_names, l->space, raw) : NULL;

	if (!n || !n->text)
		return;
	if (l->class == CLASS_RWLOCK)
		name_of_whole(n->text, raw - l->pub.address);
	l->pub.name = n->text;
}

/* The lock that one of the words at addr belongs to. */
static struct lock_state *lock_of_word(const struct lock_table *lt, uint32_t space,
				       uint64_t addr)
{
	struct lock_state *l = lock_find(lt, space, CLASS_WORD, addr);

	return l ? l : lock_find(lt, space, CLASS_RWLOCK, addr - (addr % 8 ? 12 : 8));
}

int lock_name(struct model *m, uint32_t tgid, uint64_t addr, const char *text)
{
	struct lock_table *lt = m->locks;
	uint32_t leader = model_find_tid(m, tgid, UINT64_MAX);
	uint32_t space = lock_space(lt, tgid, leader);
	struct lock_label *n;
	struct lock_state *l;
	char *copy;

	if (!text || !*text || !tgid)
		return 0;
	if (!space || (lt->nr_names + 1 > lt->cap_names / 4 * 3 && grow_names(lt)))
		return -ENOMEM;
	/* The first name stays: one that changes all the time must not cost memory. */
	n = name_slot(lt->names, lt->cap_names, space, addr);
	if (n->text)
		return 0;
	copy = strndup(text, NAME_BYTES_MAX);
	if (!copy)
		return -ENOMEM;
	lt->bytes += strlen(copy) + 1;
	*n = (struct lock_label){.text = copy, .address = addr, .space = space};
	lt->nr_names++;
	l = lock_of_word(lt, space, addr);
	if (l && !l->pub.name)
		lock_take_name(lt, l, addr);
	return 0;
}

/* ---- the table ---- */

struct lock_table *lock_table_new(struct model *m)
{
	struct lock_table *lt = calloc(1, sizeof(*lt));

	if (!lt)
		return NULL;
	(void)m; /* not whole yet */
	lt->findings = finding_table_new();
	if (!lt->findings) {
		free(lt);
		return NULL;
	}
	return lt;
}

void lock_table_free(struct lock_table *lt)
{
	if (!lt)
		return;
	for (uint32_t i = 0; i < lt->nr; i++) {
		struct lock_state *l = lt->locks[i];

		lane_free(&l->lane, NULL);
		tally_free(&l->holders);
		tally_free(&l->releasers);
		tally_free(&l->waiters);
		samples_free(&l->ended);
		free(l->waiting);
		free(l);
	}
	for (uint32_t i = 0; i < lt->cap_names; i++)
		free(lt->names[i].text);
	finding_table_free(lt->findings);
	free(lt->locks);
	free(lt->slots);
	free(lt->spaces);
	free(lt->names);
	free(lt);
}

size_t lock_table_bytes(const struct lock_table *lt)
{
	size_t bytes = sizeof(*lt) + lt->bytes + lt->cap * sizeof(*lt->locks) +
		       lt->cap_slots * sizeof(*lt->slots) +
		       lt->cap_spaces * sizeof(*lt->spaces) +
		       lt->cap_names * sizeof(*lt->names) +
		       finding_table_bytes(lt->findings);

	for (uint32_t i = 0; i < lt->nr; i++) {
		const struct lock_state *l = lt->locks[i];

		bytes += tally_bytes(&l->holders) + tally_bytes(&l->releasers) +
			 tally_bytes(&l->waiters) + samples_bytes(&l->ended) +
			 l->cap_waiting * sizeof(*l->waiting);
	}
	return bytes;
}

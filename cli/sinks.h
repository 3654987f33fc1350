/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/sinks.h - small sinks that join the large ones
 */
#ifndef MTVIZ_CLI_SINKS_H
#define MTVIZ_CLI_SINKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/stream.h"

/* Hands every call to several sinks, in order; stops at the first error. */
struct tee {
	struct sink sink;
	struct sink *to[4];
	unsigned int nr;
};
void tee_init(struct tee *t);
void tee_add(struct tee *t, struct sink *to);

/*
 * Holds a lock around a sink that another thread reads: taken at the first
 * event, given back at advance() and every few thousand events, so that a
 * screen waits for less than a millisecond.
 */
struct gate {
	struct sink sink;
	struct sink *to;
	pthread_mutex_t *lock;
	unsigned int nr; /* events since the lock was taken */
	bool held;
};
void gate_init(struct gate *g, struct sink *to, pthread_mutex_t *lock);

/* Counts, and knows which tasks in scope are alive. */
struct census {
	struct sink sink;
	uint64_t events, switches, lost;
	uint64_t *alive; /* a bit per tid */
	uint32_t nr_words;
	uint32_t nr_alive;
};
void census_init(struct census *c);
void census_free(struct census *c);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture/order.c - a merge of one sorted queue per CPU
 *
 * Queues are kept sorted as they fill: nearly every record belongs at the end.
 * A heap holds the CPUs that have events, the one with the oldest on top; a run
 * of events from one CPU costs one comparison each.
 */
#include "capture/order.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct queue {
	struct event *events;
	size_t head, nr, cap; /* [head, nr) are waiting */
};

struct order {
	struct queue *queues; /* by CPU */
	unsigned int nr_cpus;
	unsigned int *heap; /* CPUs by their first event */
	unsigned int nr_heap;
	bool heap_valid; /* false after a push */
	size_t pending;
	uint64_t last_ns, late;
	struct event out;
};

struct order *order_new(unsigned int nr_cpus)
{
	struct order *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->nr_cpus = nr_cpus;
	o->queues = calloc(nr_cpus, sizeof(*o->queues));
	o->heap = calloc(nr_cpus, sizeof(*o->heap));
	if (!o->queues || !o->heap) {
		order_free(o);
		return NULL;
	}
	return o;
}

void order_free(struct order *o)
{
	if (!o)
		return;
	for (unsigned int i = 0; o->queues && i < o->nr_cpus; i++)
		free(o->queues[i].events);
	free(o->queues);
	free(o->heap);
	free(o);
}

/* Room for one more: from the taken front if it is the larger part, else anew. */
static int queue_grow(struct queue *q)
{
	size_t waiting = q->nr - q->head;
	struct event *events;
	size_t cap;

	if (q->head >= waiting && q->head) {
		memmove(q->events, q->events + q->head, waiting * sizeof(*q->events));
		q->head = 0;
		q->nr = waiting;
		return 0;
	}
	cap = q->cap ? q->cap * 2 : 256;
	events = realloc(q->events, cap * sizeof(*events));
	if (!events)
		return -ENOMEM;
	q->events = events;
	q->cap = cap;
	return 0;
}

int order_push(struct order *o, const void *record, size_t bytes)
{
	const struct event *in = record;
	struct queue *q;
	size_t at;

	if (bytes < EVENT_HEADER_BYTES || bytes > sizeof(*in) || in->cpu >= o->nr_cpus)
		return -EPROTO;
	q = &o->queues[in->cpu];
	if (q->nr == q->cap && queue_grow(q))
		return -ENOMEM;
	at = q->nr;
	while (at > q->head && q->events[at - 1].time_ns > in->time_ns)
		at--;
	if (at < q->nr)
		memmove(&q->events[at + 1], &q->events[at],
			(q->nr - at) * sizeof(*q->events));
	memcpy(&q->events[at], record, bytes);
	memset((char *)&q->events[at] + bytes, 0, sizeof(*in) - bytes);
	q->nr++;
	o->pending++;
	o->heap_valid = false;
	return 0;
}

/* Is the first event of CPU a before that of b? */
static bool before(const struct order *o, unsigned int a, unsigned int b)
{
	uint64_t ta = o->queues[a].events[o->queues[a].head].time_ns;
	uint64_t tb = o->queues[b].events[o->queues[b].head].time_ns;

	return ta != tb ? ta < tb : a < b;
}

static void sift_down(struct order *o, unsigned int i)
{
	for (;;) {
		unsigned int least = i, kid = 2 * i + 1;

		if (kid < o->nr_heap && before(o, o->heap[kid], o->heap[least]))
			least = kid;
		if (kid + 1 < o->nr_heap && before(o, o->heap[kid + 1], o->heap[least]))
			least = kid + 1;
		if (least == i)
			return;
		unsigned int swap = o->heap[i];

		o->heap[i] = o->heap[least];
		o->heap[least] = swap;
		i = least;
	}
}

static void heapify(struct order *o)
{
	o->nr_heap = 0;
	for (unsigned int cpu = 0; cpu < o->nr_cpus; cpu++)
		if (o->queues[cpu].nr > o->queues[cpu].head)
			o->heap[o->nr_heap++] = cpu;
	for (unsigned int i = o->nr_heap / 2; i-- > 0;)
		sift_down(o, i);
	o->heap_valid = true;
}

const struct event *order_next(struct order *o, uint64_t watermark_ns)
{
	struct queue *q;

	if (!o->heap_valid)
		heapify(o);
	if (!o->nr_heap)
		return NULL;
	q = &o->queues[o->heap[0]];
	if (q->events[q->head].time_ns >= watermark_ns)
		return NULL;
	o->out = q->events[q->head++];
	o->pending--;
	if (q->head == q->nr) {
		q->head = q->nr = 0;
		o->heap[0] = o->heap[--o->nr_heap];
	}
	sift_down(o, 0);
	if (o->out.time_ns < o->last_ns) {
		o->out.time_ns = o->last_ns;
		o->late++;
	}
	o->last_ns = o->out.time_ns;
	return &o->out;
}

size_t order_pending(const struct order *o)
{
	return o->pending;
}

uint64_t order_late(const struct order *o)
{
	return o->late;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/life.h - a task is born, comes into scope, execs, and ends
 */
#ifndef MTVIZ_MODEL_LIFE_H
#define MTVIZ_MODEL_LIFE_H

#include "model/internal.h"

/* An EVENT_TASK; its tid is below TID_MAX and not 0. 0 or -ENOMEM. */
int life_task(struct model *m, const struct event *e, uint64_t time_ns);
/*
 * The task that tid means at an event that shows it alive; one that nobody has
 * spoken of is made, without a name and out of scope. NULL: no memory.
 */
struct task_state *life_seen(struct model *m, uint32_t tid, uint64_t time_ns);
/* A new life begins with this wake, if it has not begun: its tid may be old. */
struct task_state *life_woken(struct model *m, uint32_t tid, uint64_t time_ns);
/* t's last slice ends now and it is gone. 0 or -ENOMEM. */
int life_end(struct model *m, struct task_state *t, uint64_t time_ns);
/*
 * CPU's occupant is running, but leaves under the tid of prev: is one of them
 * its process's leader that has exited, whose tid the other's exec has taken?
 * Then it is so from now on. 0 or -ENOMEM.
 */
int life_exec_seen(struct model *m, uint32_t running, uint32_t prev, uint64_t time_ns);

#endif

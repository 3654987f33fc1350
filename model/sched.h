/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/sched.h - one event, applied
 */
#ifndef MTVIZ_MODEL_SCHED_H
#define MTVIZ_MODEL_SCHED_H

#include "model/internal.h"

int sched_event(struct model *m, const struct event *e); /* 0 or -ENOMEM */

#endif

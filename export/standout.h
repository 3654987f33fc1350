/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/standout.h - the few sentences that a report begins with
 */
#ifndef MTVIZ_EXPORT_STANDOUT_H
#define MTVIZ_EXPORT_STANDOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

/* Each into buf, safe to print; "" if there is nothing to say. */

/* What took most from the threads, if anything took much: at most two sentences. */
void say_what_took_time(const struct model *m, char *buf, size_t bytes);
/* How many CPUs were used, and by whom. */
void say_cpu_use(const struct model *m, char *buf, size_t bytes);
/* False with --others=no: a CPU without a traced thread is not known to be idle. */
bool knows_others(const struct model *m);
/* How much is unknown because events were lost. */
void say_what_is_unknown(const struct model *m, char *buf, size_t bytes);

/* "C worker-2"; "make" for a task outside the scope. */
size_t report_task(const struct model *m, uint32_t task, char *buf, size_t bytes);
/* "account_lock" or "0x55d0c0"; "mutex a = account_lock" with its kind. */
size_t report_lock(const struct model *m, uint32_t lock, bool kind, char *buf,
		   size_t bytes);

#endif

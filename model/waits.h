/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/waits.h - what tasks wait for, each kind of wait once
 */
#ifndef MTVIZ_MODEL_WAITS_H
#define MTVIZ_MODEL_WAITS_H

#include "model/model.h"

struct wait_table;

struct wait_table *wait_table_new(void); /* NULL: no memory */
void wait_table_free(struct wait_table *t);
uint32_t wait_intern(struct wait_table *t, const struct wait *w); /* 0: no memory */
const struct wait *wait_at(const struct wait_table *t, uint32_t id); /* NULL for 0 */
size_t wait_table_bytes(const struct wait_table *t);

#endif

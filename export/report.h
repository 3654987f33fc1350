/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export/report.h - what a recording amounts to, for a person and for a program
 *
 * Both say the same, from the model's accumulators alone: they read no clock,
 * no locale and no history, so the model of a live run and the model of its
 * recording give the same bytes. docs/report.md defines every word in them.
 */
#ifndef MTVIZ_EXPORT_REPORT_H
#define MTVIZ_EXPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "model/model.h"

/*
 * For a person: paragraphs and tables at most columns wide (72 at the least),
 * headings bold if color. 0 or -errno; out is flushed.
 */
int report_text(const struct model *m, FILE *out, unsigned int columns, bool color);

/* For a program: one JSON object and a newline. 0 or -errno; out is flushed. */
int report_json(const struct model *m, FILE *out);

#endif

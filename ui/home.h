/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/home.h - the parts of the timeline view
 *
 *   view_home.c  where everything goes; labels, cursor, marks
 *   lanes.c      the rows' cells, drawn once per window
 *   home_text.c  axis, explanation, legend
 */
#ifndef MTVIZ_UI_HOME_H
#define MTVIZ_UI_HOME_H

#include "ui/view.h"

/* Lines of the canvas; -1: not there. */
struct home {
	int axis, lanes, height, alarm, alarm_lines, rule, explain, explain_lines, legend;
};

/* Which row stands on line i of the lanes; kind ROW_NONE: a blank line. */
struct row home_row_on(const struct app *a, int i, int height);

/*
 * Brings a->lanes up to date: height lines of win.cols cells. Costs nothing
 * while window, rows and known time are the same. 0 or -ENOMEM.
 */
int lanes_draw(struct app *a, int height);

void home_axis(struct app *a, struct canvas *c, int row);
void home_rule(struct app *a, struct canvas *c, int row);
void home_explain(struct app *a, struct canvas *c, int row, int lines);
void home_alarm(struct app *a, struct canvas *c, int row, int lines);
void home_legend(struct app *a, struct canvas *c, int row);
/* The finding to be told now, or NULL. */
const struct finding *home_finding(const struct app *a);

#endif

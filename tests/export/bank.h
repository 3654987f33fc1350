/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/export/bank.h - the story that the reports' tests are about
 */
#ifndef MTVIZ_TESTS_EXPORT_BANK_H
#define MTVIZ_TESTS_EXPORT_BANK_H

#include "tests/model/story.h"

#define ACCOUNT_LOCK 0x55d0c0ULL

/* An empty model of a recording of "./bank -t 2" that began in the sun. */
struct model *bank_model(void);

/*
 * In ms; CPU 0 above, CPU 1 below; ? is unknown, : queues, L waits for the
 * lock, J joins, z sleeps:
 *
 *             0    10   20   30   40   50   60   80   100  110  115  125 130 140  170 200
 *     ALICE   ?????0000000000000000000000 JJJJJJJJJJJJJJJJJJJJJJJJJJJ:::::::::0000|
 *     BOB               :::::111111111111LLLLLLLLLLLLLLLLLLLL:::::1111111|
 *     CAROL                       :::::000000000::::00000000000000000000zzzzzzzzzzzz
 *     make                                      0000
 *
 * ALICE exits with status 3, BOB returns, CAROL lives on. Fed and ended.
 */
struct model *bank_story(void);

/* The same, with a screen that asked many questions while it happened. */
struct model *bank_watched(void);

/* The same without its end: the recording was cut off at 140 ms. */
struct model *bank_cut(void);

#endif

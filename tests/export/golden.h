/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/export/golden.h - a text must be what is kept in tests/golden/
 *
 * MTVIZ_GOLDEN_UPDATE=1 writes what is there instead; review it with git diff.
 */
#ifndef MTVIZ_TESTS_EXPORT_GOLDEN_H
#define MTVIZ_TESTS_EXPORT_GOLDEN_H

/* Fails the running cmocka test, after showing a diff, if they differ. */
void assert_golden(const char *name, const char *text);

#endif

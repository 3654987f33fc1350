/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/demangle.h - the C++ names that locks have
 *
 * Plain and nested names: "_ZN4bank5mutexE" is bank::mutex, "_ZZ4mainE5guard" is
 * main::guard; of functions the name without its parameters. Templates,
 * operators and substitutions are not understood, on purpose: names come from
 * any program on the machine, and this takes one pass and no recursion.
 */
#ifndef MTVIZ_CAPTURE_DEMANGLE_H
#define MTVIZ_CAPTURE_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

/* False (and out is undefined) if it is no C++ name, or one beyond the above. */
bool demangle(const char *symbol, char *out, size_t bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/caps.h - keeping only some of the capabilities that root has
 */
#ifndef MTVIZ_CAPTURE_CAPS_H
#define MTVIZ_CAPTURE_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#define CAP_BIT(cap) (UINT64_C(1) << (cap))

/*
 * Of the capabilities this thread has, those in mask stay (permitted and
 * effective); none is inheritable or ambient. 0 or -errno.
 */
int caps_keep(uint64_t mask);
/* The permitted ones; ~0 if they cannot be read. */
uint64_t caps_permitted(void);

#endif

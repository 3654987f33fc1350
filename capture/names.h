/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/names.h - what an address in a process is called
 *
 * Reads /proc/PID/maps and the ELF symbol tables (elfutils). What needs root
 * after mtviz has dropped its privileges is opened by the helper process.
 */
#ifndef MTVIZ_CAPTURE_NAMES_H
#define MTVIZ_CAPTURE_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct helper; /* a small process that stays root; opens maps and executables */

/* Forked before privileges are dropped. NULL with errno. */
struct helper *helper_start(void);
pid_t helper_pid(const struct helper *h);
/* Opens /proc/TGID/maps, or the file mapped at start-end of it. fd or -errno. */
int helper_open_maps(struct helper *h, pid_t tgid);
int helper_open_mapped(struct helper *h, pid_t tgid, uint64_t start, uint64_t end);
void helper_stop(struct helper *h); /* NULL is fine */

struct names;

struct names *names_new(struct helper *h); /* h NULL: open things ourselves */
/* Forget what was known of tgid: it has exec'ed. */
void names_exec(struct names *n, pid_t tgid);
/*
 * Read tgid's maps and hold its executable open now, while it lives, so that
 * names_of() works after it has exited. Cheap to call again.
 */
void names_prepare(struct names *n, pid_t tgid);
/*
 * "account_lock", or "accounts+0x28" inside a larger object; in a buffer that
 * the next call reuses. NULL if nothing is known (heap, stack, stripped).
 */
const char *names_of(struct names *n, pid_t tgid, uint64_t addr);
void names_free(struct names *n);

#endif

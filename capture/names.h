/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/names.h - what an address in a process is called
 *
 * Reads /proc/PID/maps and the ELF symbol tables (elfutils). What needs root
 * after mtviz has dropped its privileges is opened by the helper process. One
 * thread at a time uses a struct names.
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
/*
 * Opens /proc/TGID/maps, or the ELF file mapped executable at start-end of it.
 * A read-only descriptor or -errno.
 */
int helper_open_maps(struct helper *h, pid_t tgid);
int helper_open_mapped(struct helper *h, pid_t tgid, uint64_t start, uint64_t end);
/* From now on only for processes all of whose uids are uid; for good. 0 or -errno. */
int helper_confine(struct helper *h, uid_t uid);
void helper_stop(struct helper *h); /* NULL is fine */

struct names;

struct names *names_new(struct helper *h); /* h NULL: open things ourselves */
/* tgid was forked by parent, and what it maps is the parent's until its exec. */
void names_fork(struct names *n, pid_t parent, pid_t tgid);
/* Forget what was known of tgid: it has exec'ed. */
void names_exec(struct names *n, pid_t tgid);
/*
 * Read tgid's maps and hold its executable open now, while it lives, so that
 * names_of() works after it has exited. Cheap to call again.
 */
void names_prepare(struct names *n, pid_t tgid);
/*
 * "account_lock", or "accounts+0x28" inside a larger object; "bank+0x4080", the
 * module and its link-time address, if that is stripped; in a buffer that the
 * next call reuses. At most 300 bytes, hostile. NULL for what is in no module
 * (heap, stack) or in a process of which nothing could be read.
 */
const char *names_of(struct names *n, pid_t tgid, uint64_t addr);
void names_free(struct names *n);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/identity.h - who asked: the user behind sudo
 *
 * Under sudo the workload, the recordings and, once the probes are attached,
 * mtviz itself belong to the user who typed sudo.
 */
#ifndef MTVIZ_CAPTURE_IDENTITY_H
#define MTVIZ_CAPTURE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct identity;

/*
 * The invoking user if this process is root by sudo (SUDO_UID, SUDO_GID, looked
 * up in passwd); NULL with errno 0 if there is nobody else to become; NULL with
 * errno if the lookup failed.
 */
struct identity *identity_invoking(void);
void identity_free(struct identity *id);
uid_t identity_uid(const struct identity *id);
/* In a child before exec: groups, gid, uid, HOME USER LOGNAME SHELL, no SUDO_*. */
int identity_become(const struct identity *id);
/*
 * In mtviz itself: all three ids and the groups, no capability left, for good,
 * on every thread (call it before there is a second one). 0 or -errno.
 */
int identity_drop(const struct identity *id);
/*
 * open(2) with that user's fsuid and fsgid (id NULL: as we are), mode 0600,
 * O_CLOEXEC; never follows a symbolic link in the last place. -errno on failure.
 */
int identity_open(const struct identity *id, const char *path, int flags);

#endif

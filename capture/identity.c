/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity.c - from root to the user who typed sudo
 *
 * SUDO_UID and SUDO_USER must agree with passwd. SUDO_GID counts if the user is
 * in that group (newgrp); else the group is the one in passwd. Everything that
 * needs a look-up is looked up at once, so that a forked child and a process
 * without privileges have only system calls left to do.
 *
 * Sudo alone is understood: doas and pkexec leave no trace that could be relied
 * on, and with them the workload runs as root.
 */
#include "capture/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "capture/caps.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

extern char **environ;

struct identity {
	uid_t uid;
	gid_t gid;
	char *name, *home, *shell;
	gid_t *groups;
	int nr_groups;
};

/* ---- who it is ---- */

/* A decimal id and nothing else; (uid_t)-1 means "leave it" to the kernel. */
static bool parse_id(const char *text, uint32_t *id)
{
	unsigned long n;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || n >= UINT32_MAX)
		return false;
	*id = (uint32_t)n;
	return true;
}

/* passwd's entry for uid, by name if there is one. 0 or -errno. */
static int look_up(uid_t uid, const char *name, struct passwd *pw, char **buf)
{
	size_t bytes = 4096;
	struct passwd *found;
	int err;

	do {
		char *bigger = realloc(*buf, bytes);

		if (!bigger)
			return -ENOMEM;
		*buf = bigger;
		err = name ? getpwnam_r(name, pw, *buf, bytes, &found)
			   : getpwuid_r(uid, pw, *buf, bytes, &found);
		bytes *= 2;
	} while (err == ERANGE && bytes <= 1 << 20);
	if (err)
		return -err;
	if (!found)
		return -ENOENT;
	return pw->pw_uid == uid ? 0 : -EINVAL;
}

static int look_up_groups(struct identity *id)
{
	int room = 64, nr;

	for (;;) {
		gid_t *bigger = realloc(id->groups, (size_t)room * sizeof(gid_t));

		if (!bigger)
			return -ENOMEM;
		id->groups = bigger;
		nr = room;
		if (getgrouplist(id->name, id->gid, id->groups, &nr) >= 0)
			break;
		if (room > 1 << 16) /* NGROUPS_MAX */
			return -EINVAL;
		room = nr > room ? nr : 2 * room;
	}
	id->nr_groups = nr;
	return 0;
}

static bool in_groups(const struct identity *id, gid_t gid)
{
	for (int i = 0; i < id->nr_groups; i++)
		if (id->groups[i] == gid)
			return true;
	return false;
}

static int fill(struct identity *id, uid_t uid, const char *sudo_user,
		const char *sudo_gid)
{
	struct passwd pw;
	char *buf = NULL;
	gid_t gid;
	int err;

	err = look_up(uid, sudo_user, &pw, &buf);
	if (err)
		goto out;
	id->uid = uid;
	id->gid = pw.pw_gid;
	id->name = strdup(pw.pw_name);
	id->home = strdup(pw.pw_dir && *pw.pw_dir ? pw.pw_dir : "/");
	id->shell = strdup(pw.pw_shell && *pw.pw_shell ? pw.pw_shell : "/bin/sh");
	err = -ENOMEM;
	if (!id->name || !id->home || !id->shell)
		goto out;
	err = look_up_groups(id);
	if (err || !sudo_gid)
		goto out;
	err = parse_id(sudo_gid, &gid) ? 0 : -EINVAL;
	if (!err && in_groups(id, gid))
		id->gid = gid;
out:
	free(buf);
	return err;
}

struct identity *identity_invoking(void)
{
	const char *sudo_uid = getenv("SUDO_UID"), *sudo_user = getenv("SUDO_USER");
	struct identity *id;
	uid_t uid;
	int err;

	errno = 0;
	/*
	 * A real uid that is not root's means a set-user-ID installation, which
	 * is not supported: there the environment is an attacker's.
	 */
	if (geteuid() || getuid() || !sudo_uid)
		return NULL;
	if (!parse_id(sudo_uid, &uid)) {
		errno = EINVAL;
		return NULL;
	}
	if (!uid)
		return NULL;
	id = calloc(1, sizeof(*id));
	if (!id)
		return NULL;
	err = fill(id, uid, sudo_user && *sudo_user ? sudo_user : NULL,
		   getenv("SUDO_GID"));
	if (err) {
		identity_free(id);
		errno = -err;
		return NULL;
	}
	errno = 0;
	return id;
}

void identity_free(struct identity *id)
{
	if (!id)
		return;
	free(id->name);
	free(id->home);
	free(id->shell);
	free(id->groups);
	free(id);
}

uid_t identity_uid(const struct identity *id)
{
	return id->uid;
}

/* ---- becoming it ---- */

static bool ids_are(const struct identity *id)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	if (getresuid(&r, &e, &s) || getresgid(&gr, &ge, &gs))
		return false;
	return r == id->uid && e == id->uid && s == id->uid && gr == id->gid &&
	       ge == id->gid && gs == id->gid && setfsuid((uid_t)-1) == (int)id->uid &&
	       setfsgid((gid_t)-1) == (int)id->gid;
}

/* Groups, ids and capabilities, in the only order that works, and looks again. */
static int take_ids(const struct identity *id)
{
	int err;

	/* Bits that would let capabilities survive; without them a no-op. */
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) > 0)
		prctl(PR_SET_SECUREBITS, 0, 0, 0, 0);

	if (setgroups((size_t)id->nr_groups, id->groups) ||
	    setresgid(id->gid, id->gid, id->gid) || setresuid(id->uid, id->uid, id->uid))
		return -errno;
	err = caps_keep(0);
	if (err)
		return err;
	return ids_are(id) && !caps_permitted() ? 0 : -EPERM;
}

static void forget_sudo(void)
{
	char name[64];

	for (char **e = environ; e && *e;) {
		size_t len = strcspn(*e, "=");

		if (strncmp(*e, "SUDO_", 5) || len >= sizeof(name)) {
			e++;
			continue;
		}
		memcpy(name, *e, len);
		name[len] = '\0';
		if (unsetenv(name))
			e++;
	}
}

int identity_become(const struct identity *id)
{
	int err = take_ids(id);

	if (err)
		return err;
	forget_sudo();
	if (setenv("HOME", id->home, 1) || setenv("USER", id->name, 1) ||
	    setenv("LOGNAME", id->name, 1) || setenv("SHELL", id->shell, 1))
		return -errno;
	return 0;
}

int identity_drop(const struct identity *id)
{
	int err;

	if (!id)
		return 0;
	err = take_ids(id);
	if (err)
		return err;
	/* It must not be possible to go back. */
	if (!setresuid((uid_t)-1, 0, (uid_t)-1) || !seteuid(0))
		return -ENOTRECOVERABLE;
	/*
	 * A process that was root and holds BPF descriptors is not for the user's
	 * other processes to trace or for a core file to keep, so it stays as the
	 * kernel made it at setresuid(): not dumpable. The leak checker of a
	 * sanitizer has to trace it.
	 */
	prctl(PR_SET_DUMPABLE, UNDER_SANITIZER, 0, 0, 0);
	return 0;
}

/* ---- files that belong to it ---- */

static int fit_to_write(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFIFO:
		return 0;
	case S_IFCHR: /* null, zero, full: of no consequence to anybody */
		if (major(st->st_rdev) == 1 &&
		    (minor(st->st_rdev) == 3 || minor(st->st_rdev) == 5 ||
		     minor(st->st_rdev) == 7))
			return 0;
		return -EOPNOTSUPP;
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		return -EISDIR;
	default:
		return -EOPNOTSUPP;
	}
}

/*
 * Looks before it opens, since opening some devices has effects, and looks
 * again, since the name may have been given to something else in between.
 */
static int open_checked(const char *path, int flags)
{
	struct stat before, after;
	int fd, err, look;

	for (int tries = 0; tries < 16; tries++) {
		bool exists = true;

		look = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (look < 0 && (errno != ENOENT || !(flags & O_CREAT)))
			return -errno;
		if (look < 0) {
			exists = false;
		} else {
			err = fstat(look, &before) ? -errno : fit_to_write(&before);
			close(look);
			if (err)
				return err;
		}
		fd = open(path,
			  flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC |
				  (exists ? 0 : O_EXCL),
			  0600);
		if (fd < 0 && (exists ? errno == ENOENT && (flags & O_CREAT)
				      : errno == EEXIST && !(flags & O_EXCL)))
			continue;
		if (fd < 0 || !exists)
			return fd < 0 ? -errno : fd;
		if (!fstat(fd, &after) && after.st_dev == before.st_dev &&
		    after.st_ino == before.st_ino && !fit_to_write(&after))
			return fd;
		close(fd);
	}
	return -EAGAIN;
}

int identity_open(const struct identity *id, const char *path, int flags)
{
	gid_t *saved = NULL;
	int nr, fd;
	uid_t uid;
	gid_t gid;

	if (!id || geteuid() == id->uid)
		return open_checked(path, flags);
	if (geteuid())
		return -EPERM;

	nr = getgroups(0, NULL);
	saved = calloc((size_t)(nr > 0 ? nr : 1), sizeof(*saved));
	if (!saved)
		return -ENOMEM;
	nr = getgroups(nr, saved);
	/* The bare system call: glibc's would change every thread. */
	if (nr < 0 || syscall(SYS_setgroups, id->nr_groups, id->groups)) {
		fd = -errno;
		goto out;
	}
	/* Leaving fsuid 0 also takes away the right to override permissions. */
	gid = (gid_t)setfsgid(id->gid);
	uid = (uid_t)setfsuid(id->uid);
	if (setfsuid((uid_t)-1) == (int)id->uid && setfsgid((gid_t)-1) == (int)id->gid)
		fd = open_checked(path, flags);
	else
		fd = -EPERM;
	setfsuid(uid);
	setfsgid(gid);
	if (syscall(SYS_setgroups, nr, saved) && fd >= 0) {
		close(fd);
		fd = -EPERM;
	}
out:
	free(saved);
	return fd;
}

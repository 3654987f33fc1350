/* SPDX-License-Identifier: GPL-2.0-or-later */
/* caps.c - the two system calls behind capabilities(7), without a library */
#include "capture/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int caps_get(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &head, data) ? -errno : 0;
}

uint64_t caps_permitted(void)
{
	struct __user_cap_data_struct d[2];

	if (caps_get(d))
		return ~UINT64_C(0);
	return d[0].permitted | (uint64_t)d[1].permitted << 32;
}

int caps_keep(uint64_t mask)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];
	int err = caps_get(d);

	if (err)
		return err;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int i = 0; i < 2; i++) {
		d[i].permitted &= (uint32_t)(mask >> (32 * i));
		d[i].effective = d[i].permitted;
		d[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, d) ? -errno : 0;
}

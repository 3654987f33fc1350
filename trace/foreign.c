/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * foreign.c - Perfetto traces that others made
 */
#include "trace/source.h"

#include <stdio.h>

struct source *foreign_open(struct input *in, char *why, size_t why_bytes)
{
	(void)in;
	snprintf(why, why_bytes, "is a trace of another tool, which is not read yet");
	errno = EPROTONOSUPPORT;
	return NULL;
}

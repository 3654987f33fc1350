/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/input.h - a trace file, packet by packet
 *
 * At most one packet is in memory at a time, and none larger than
 * FORMAT_PACKET_BYTES_MAX is believed in.
 */
#ifndef MTVIZ_TRACE_INPUT_H
#define MTVIZ_TRACE_INPUT_H

#include "trace/columns.h"
#include "trace/wire.h"

struct input {
	int fd;
	uint64_t size; /* of the file, 0 if it is none */
	struct bytes buf;
	uint64_t base; /* where in the file buf begins */
	size_t pos;    /* of the next byte, in buf */
	size_t last;   /* of the packet given last, in buf */
	bool eof;
	int error; /* of read(), which is not the end of the file */
};

enum packet_is {
	PACKET_WHOLE,
	PACKET_NONE,      /* the file ends here */
	PACKET_TRUNCATED, /* the file ends within it */
	PACKET_NONSENSE,  /* this is no packet */
	PACKET_NO_MEMORY,
};

int input_open(struct input *in, const char *path); /* 0 or -errno */
/* The next packet's contents, valid until the next call. Errors do not move. */
enum packet_is input_packet(struct input *in, struct wire *packet);
/* Where the next packet begins. */
uint64_t input_at(const struct input *in);
/*
 * Goes on to the next packet that begins with a synchronization marker, at
 * least one byte from here. False if there is none.
 */
bool input_resync(struct input *in);
/* The same, but from one byte behind the start of the packet given last. */
bool input_distrust(struct input *in);
/* Exactly bytes from that place of the file; 0 or -errno, -EIO if it is shorter. */
int input_read_at(const struct input *in, uint64_t at, void *to, size_t bytes);
/* Back to the start, if the file allows it. 0 or -errno. */
int input_rewind(struct input *in);
void input_close(struct input *in);

#endif

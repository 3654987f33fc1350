/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/format.h - numbers that writer and reader of recordings must agree on
 *
 * docs/recording.md explains them. A change that an older reader would get
 * wrong raises FORMAT_VERSION.
 */
#ifndef MTVIZ_TRACE_FORMAT_H
#define MTVIZ_TRACE_FORMAT_H

#include <stdint.h>

#define FORMAT_VERSION 1

/* A window's packets before deflating: Perfetto wants less than 512 KB. */
#define FORMAT_WINDOW_BYTES (508 * 1024)
/* What a reader allows, for files that other versions wrote. */
#define FORMAT_WINDOW_BYTES_MAX (4 * 1024 * 1024)
/* The same for one packet of the file. */
#define FORMAT_PACKET_BYTES_MAX (8 * 1024 * 1024)

/* {82477a76-b28d-42ba-81dc-33326d57a079}, the bytes that Perfetto writes too. */
#define FORMAT_MARKER \
	"\x82\x47\x7a\x76\xb2\x8d\x42\xba" \
	"\x81\xdc\x33\x32\x6d\x57\xa0\x79"
#define FORMAT_MARKER_BYTES 16

/*
 * The columns of one CPU; at equal times the lower number comes first unless
 * Columns.tie says otherwise.
 */
enum format_column {
	COLUMN_WAKING,
	COLUMN_SWITCH,
	COLUMN_OTHER,
	COLUMN_NR,
};

/* Columns.shape_has: which columns have an entry for this switch. */
enum format_has {
	HAS_ADDR = 1 << 0,
	HAS_VAL = 1 << 1,
	HAS_WORD = 1 << 2,
	HAS_OWNER = 1 << 3,
	HAS_ZERO = 1 << 4,
};

/* What a switch says beyond who and when: few distinct ones occur. */
struct format_shape {
	uint32_t state;
	uint32_t op;
	uint32_t kind;
	uint16_t fd_mode;
	int16_t syscall;
	uint8_t flags;
	uint8_t has;
	uint16_t pad; /* zero: shapes are compared as bytes */
};

/* Bits of include/linux/sched.h that Perfetto wants to see translated. */
#define RAW_TASK_IDLE      0x402u /* uninterruptible, and not counted as load */
#define RAW_TASK_DEAD      0x80u
#define RAW_EXIT_ZOMBIE    0x20u
#define RAW_EXIT_DEAD      0x10u
#define REPORTED_MASK      0x7fu /* the bits that the tracepoint tells apart */
#define REPORTED_IDLE      0x80u
#define REPORTED_PREEMPTED 0x100u

/* Ftrace's common flags: in a hard interrupt, in a soft one. */
#define FTRACE_HARDIRQ 0x08u
#define FTRACE_SOFTIRQ 0x10u

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace/encode_lane.h - what encode.c, export.c and pack.c share, and no others
 *
 *   encode.c  events -> columns
 *   export.c  the same for Perfetto's eyes: forks, names, exits
 *   pack.c    columns -> messages -> bytes
 */
#ifndef MTVIZ_TRACE_ENCODE_LANE_H
#define MTVIZ_TRACE_ENCODE_LANE_H

#include "trace/columns.h"
#include "trace/event.h"
#include "trace/format.h"
#include "trace/perfetto.pb-c.h"
#include "trace/tasks.h"

#define COMM_CACHE 256

struct comm_cache {
	uint32_t tid;
	uint32_t number; /* + 1; 0: empty */
};

/* One CPU's events of the open window, and what runs there. */
struct lane {
	uint16_t cpu;
	bool started;     /* it has had a switch, in this window or before */
	bool tied;        /* the columns alone do not give the order */
	bool lost;        /* for Perfetto's lost_events */
	uint32_t running; /* the next of its last switch */
	int16_t prio;
	uint32_t first_tid; /* both as they were when the window began */
	int16_t first_prio;
	uint32_t events;
	uint64_t last_ns;
	uint8_t last_column;

	struct u64s sw_time;
	struct u32s sw_state, sw_pid, sw_prio, sw_comm;
	uint64_t sw_last;
	struct u64s wk_time;
	struct u32s wk_pid, wk_cpu, wk_prio, wk_comm, wk_flags;
	uint64_t wk_last;
	struct dict comms;
	struct comm_cache cache[COMM_CACHE];

	struct u32s synthetic, shape;
	uint32_t synthetic_last;
	struct dict shapes;
	struct format_shape last_shape;
	uint32_t last_shape_number;
	struct u64s addr;
	struct u32s val, word, owner, zero;
	struct u32s prio_at, prev_prio, waker_at, waker, flags_at, flags;
	uint32_t prio_at_last, waker_at_last, flags_at_last;

	struct u64s other_time, owner_addr, other_value;
	struct u32s other_kind, other_tid, migrate_from, migrate_to;
	struct u32s owner_word, owner_owner;
	uint64_t other_last;
	struct bytes text; /* of ProtobufCBinaryData */

	struct bytes order; /* one byte per event */
	struct u32s tie;
	struct pointers ftrace; /* Pf__FtraceEvent, for Perfetto */

	/* Made from the dictionaries while the lane is packed. */
	struct u32s shape_state, shape_flags, shape_has, shape_syscall;
	struct u32s shape_fd_mode, shape_op, shape_kind;
};

#define LANE_U64S(l)                                                                  \
	&(l)->sw_time, &(l)->wk_time, &(l)->addr, &(l)->other_time, &(l)->owner_addr, \
		&(l)->other_value

#define LANE_U32S(l)                                                                     \
	&(l)->sw_state, &(l)->sw_pid, &(l)->sw_prio, &(l)->sw_comm, &(l)->wk_pid,        \
		&(l)->wk_cpu, &(l)->wk_prio, &(l)->wk_comm, &(l)->wk_flags,              \
		&(l)->synthetic, &(l)->shape, &(l)->val, &(l)->word, &(l)->owner,        \
		&(l)->zero, &(l)->prio_at, &(l)->prev_prio, &(l)->waker_at, &(l)->waker, \
		&(l)->flags_at, &(l)->flags, &(l)->other_kind, &(l)->other_tid,          \
		&(l)->migrate_from, &(l)->migrate_to, &(l)->owner_word,                  \
		&(l)->owner_owner, &(l)->tie, &(l)->shape_state, &(l)->shape_flags,      \
		&(l)->shape_has, &(l)->shape_syscall, &(l)->shape_fd_mode,               \
		&(l)->shape_op, &(l)->shape_kind

struct encoder {
	uint64_t boottime_ns;
	size_t cost;               /* upper bound of the packed bytes */
	bool lost;                 /* events were lost, it is not known on which CPU */
	struct pointers all, open; /* lanes: ever, in this window */
	struct task_map tasks;
	struct pointers threads, processes; /* Pf__Thread, Pf__Process for the tree */
	struct pointers user;               /* Pf__FtraceEvent of no real CPU */
	uint64_t found_ns;                  /* when the first of them was found */
	struct arena arena;                 /* until the window is packed */
	struct lane *by_cpu[EVENT_CPU_USER + 1];
};

/* encode.c: tid has another name now. */
void encoder_forget_comm(struct encoder *c, uint32_t tid);

/* export.c: each 0 or -ENOMEM. */
int export_task(struct encoder *c, struct lane *l, const struct event *e);
int export_exit(struct encoder *c, struct lane *l, const struct event *e);
int export_gone(struct encoder *c, struct lane *l, const struct event *e);
/* comm as valid UTF-8 without controls, not blank, in a; NULL: no memory. */
char *export_text(struct arena *a, const char *comm, size_t bytes);

/* pack.c: each appends one packet, or nothing if it is empty. */
int pack_tree(struct encoder *c, struct bytes *out);
int pack_user(struct encoder *c, struct bytes *out);
int pack_lane(struct encoder *c, struct lane *l, struct bytes *out);
/* A packet with the tag and length it has in a trace. */
int pack_packet(const Pf__TracePacket *p, struct bytes *out);

#endif

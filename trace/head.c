/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * head.c - see head.h
 */
#include "trace/head.h"
#include "trace/encode_lane.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum perfetto_clock {
	CLOCK_ID_REALTIME = 1,
	CLOCK_ID_MONOTONIC = 3,
	CLOCK_ID_BOOTTIME = 6
};

#define ATTRIBUTES 3

/* The checksum of a message is that of its bytes without the checksum. */
static int checksum(const ProtobufCMessage *m, uint32_t *sum)
{
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *bytes = malloc(n + 1);

	if (!bytes)
		return -ENOMEM;
	protobuf_c_message_pack(m, bytes);
	*sum = (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)n);
	free(bytes);
	return 0;
}

static int head_packet(Pf__TracePacket *packet, struct bytes *out)
{
	int err = pack_packet(packet, out);

	pf__trace_packet__init(packet);
	return err;
}

static ProtobufCBinaryData text_data(const char *text)
{
	return (ProtobufCBinaryData){.len = text ? strlen(text) : 0,
				     .data = (uint8_t *)text};
}

/* argv as one line for people; it is in Header word by word as well. */
static char *command_line(const struct trace_info *info)
{
	size_t n = 1;
	char *line, *at;
	int i;

	for (i = 0; i < info->argc; i++)
		n += strlen(info->argv[i]) + 1;
	at = line = calloc(1, n);
	for (i = 0; line && i < info->argc; i++) {
		at = stpcpy(at, info->argv[i]);
		if (i + 1 < info->argc)
			*at++ = ' ';
	}
	return line;
}

static int pack_attributes(struct arena *scratch, const struct trace_info *info,
			   struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__TraceAttributes list = PF__TRACE_ATTRIBUTES__INIT;
	Pf__Attribute a[ATTRIBUTES], *pointers[ATTRIBUTES];
	char *line = NULL;
	int err;

	list.attribute = pointers;
#define ADD(name, text)                                                         \
	do {                                                                    \
		pf__attribute__init(&a[list.n_attribute]);                      \
		a[list.n_attribute].key = (name);                               \
		a[list.n_attribute].string_value = export_text(scratch, (text), \
							       strlen(text));   \
		pointers[list.n_attribute] = &a[list.n_attribute];              \
		list.n_attribute++;                                             \
	} while (0)
	ADD("recorder", "mtviz");
	if (info->scope)
		ADD("mtviz.scope", info->scope);
	if (info->argv) {
		line = command_line(info);
		ADD("mtviz.command", line ? line : "");
	}
#undef ADD
	packet.trace_attributes = &list;
	err = head_packet(&packet, out);
	free(line);
	return err;
}

static int pack_system(struct arena *scratch, const struct trace_info *info,
		       struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__SystemInfo system = PF__SYSTEM_INFO__INIT;
	Pf__Utsname uts = PF__UTSNAME__INIT;
	Pf__TraceUuid uuid = PF__TRACE_UUID__INIT;
	Pf__ClockSnapshot snapshot = PF__CLOCK_SNAPSHOT__INIT;
	Pf__Clock clock[3], *clocks[3] = {&clock[0], &clock[1], &clock[2]};
	const uint32_t ids[] = {CLOCK_ID_BOOTTIME, CLOCK_ID_MONOTONIC, CLOCK_ID_REALTIME};
	const uint64_t times[] = {info->start_boottime_ns, info->start_monotonic_ns,
				  info->start_realtime_ns};
	const char *kernel = info->kernel ? info->kernel : "";
	const char *machine = info->machine ? info->machine : "";
	int err, i;

	/* First of all: prev_state means another thing on old kernels. */
	uts.sysname = "Linux";
	uts.version = "";
	uts.release = export_text(scratch, kernel, strlen(kernel));
	uts.machine = export_text(scratch, machine, strlen(machine));
	system.utsname = &uts;
	system.has_num_cpus = true;
	system.num_cpus = info->nr_cpus;
	packet.system_info = &system;
	err = head_packet(&packet, out);

	uuid.has_msb = uuid.has_lsb = true;
	uuid.msb = (int64_t)info->start_realtime_ns;
	uuid.lsb = (int64_t)(info->start_boottime_ns * 0x9e3779b97f4a7c15ull);
	packet.trace_uuid = &uuid;
	err |= head_packet(&packet, out);

	for (i = 0; i < 3; i++) {
		pf__clock__init(&clock[i]);
		clock[i].has_clock_id = clock[i].has_timestamp = true;
		clock[i].clock_id = ids[i];
		clock[i].timestamp = times[i];
	}
	snapshot.n_clocks = 3;
	snapshot.clocks = clocks;
	snapshot.has_primary_trace_clock = true;
	snapshot.primary_trace_clock = CLOCK_ID_BOOTTIME;
	packet.clock_snapshot = &snapshot;
	return err | head_packet(&packet, out);
}

static int pack_header(const struct trace_info *info, struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__Header h = PF__HEADER__INIT;
	int err, i;

	if (info->argv && info->argc > 0) {
		h.argv = calloc((size_t)info->argc, sizeof(*h.argv));
		if (!h.argv)
			return -ENOMEM;
		h.n_argv = (size_t)info->argc;
		for (i = 0; i < info->argc; i++)
			h.argv[i] = text_data(info->argv[i]);
	}
	h.has_version = true;
	h.version = FORMAT_VERSION;
	h.has_has_argv = true;
	h.has_argv = info->argv != NULL;
	h.has_scope = info->scope != NULL;
	h.scope = text_data(info->scope);
	h.has_kernel = info->kernel != NULL;
	h.kernel = text_data(info->kernel);
	h.has_machine = info->machine != NULL;
	h.machine = text_data(info->machine);
	h.has_nr_cpus = true;
	h.nr_cpus = info->nr_cpus;
	h.has_start_boottime_ns = h.has_start_realtime_ns = h.has_start_monotonic_ns =
		true;
	h.start_boottime_ns = info->start_boottime_ns;
	h.start_realtime_ns = info->start_realtime_ns;
	h.start_monotonic_ns = info->start_monotonic_ns;
	h.has_others = h.has_foreign = true;
	h.others = info->others;
	h.foreign = info->foreign;
	packet.mtviz_header = &h;
	err = checksum(&h.base, &h.check);
	h.has_check = true;
	err |= head_packet(&packet, out);
	free(h.argv);
	return err;
}

int head_pack(const struct trace_info *info, struct bytes *out)
{
	struct arena scratch = {0};
	int err;

	err = pack_system(&scratch, info, out);
	err |= pack_attributes(&scratch, info, out);
	err |= pack_header(info, out);
	arena_free(&scratch);
	return err ? -ENOMEM : 0;
}

/* What a reader looks for when it has lost its way. */
static void put_marker(Pf__TracePacket *packet)
{
	packet->has_synchronization_marker = true;
	packet->synchronization_marker.len = FORMAT_MARKER_BYTES;
	packet->synchronization_marker.data = (uint8_t *)FORMAT_MARKER;
}

int mark_pack(const struct window_mark *mark, struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__Window w = PF__WINDOW__INIT;

	w.has_seq = w.has_min_ns = w.has_max_ns = w.has_events = w.has_events_before =
		true;
	w.seq = mark->seq;
	w.min_ns = mark->min_ns;
	w.max_ns = mark->max_ns;
	w.events = mark->events;
	w.events_before = mark->events_before;
	w.has_late = w.late = mark->late;
	if (checksum(&w.base, &w.check))
		return -ENOMEM;
	w.has_check = true;
	put_marker(&packet);
	packet.mtviz_window = &w;
	return pack_packet(&packet, out);
}

int window_pack(const struct bytes *deflated, struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;

	packet.has_compressed_packets = true;
	packet.compressed_packets.len = deflated->n;
	packet.compressed_packets.data = deflated->v;
	return pack_packet(&packet, out);
}

int end_pack(const struct end_mark *end, struct bytes *out)
{
	Pf__TracePacket packet = PF__TRACE_PACKET__INIT;
	Pf__End m = PF__END__INIT;

	m.has_duration_ns = m.has_events = m.has_windows = true;
	m.duration_ns = end->duration_ns;
	m.events = end->events;
	m.windows = end->windows;
	m.has_cut = m.cut = end->cut;
	m.has_dropped = end->dropped != 0;
	m.dropped = end->dropped;
	if (checksum(&m.base, &m.check))
		return -ENOMEM;
	m.has_check = true;
	put_marker(&packet);
	packet.mtviz_end = &m;
	return pack_packet(&packet, out);
}

/* True if sum is what the message without it adds up to. */
static int verify(const ProtobufCMessage *m, protobuf_c_boolean *has, uint32_t sum)
{
	uint32_t wanted;
	int err;

	if (!*has)
		return -EBADMSG;
	*has = false;
	err = checksum(m, &wanted);
	return err ? err : wanted == sum ? 0 : -EBADMSG;
}

int mark_unpack(const uint8_t *bytes, size_t n, struct window_mark *mark)
{
	Pf__Window *w = pf__window__unpack(NULL, n, bytes);
	int err;

	if (!w)
		return -EBADMSG;
	err = verify(&w->base, &w->has_check, w->check);
	*mark = (struct window_mark){
		.seq = w->seq,
		.min_ns = w->min_ns,
		.max_ns = w->max_ns,
		.events = w->events,
		.events_before = w->events_before,
		.late = w->late,
	};
	pf__window__free_unpacked(w, NULL);
	return err ? err : mark->min_ns <= mark->max_ns ? 0 : -EBADMSG;
}

int end_unpack(const uint8_t *bytes, size_t n, struct end_mark *end)
{
	Pf__End *m = pf__end__unpack(NULL, n, bytes);
	int err;

	if (!m)
		return -EBADMSG;
	err = verify(&m->base, &m->has_check, m->check);
	*end = (struct end_mark){
		.duration_ns = m->duration_ns,
		.events = m->events,
		.windows = m->windows,
		.dropped = m->dropped,
		.cut = m->cut,
	};
	pf__end__free_unpacked(m, NULL);
	return err;
}

/* A text of ours never has a NUL inside; a hostile one ends there. */
static char *text_keep(struct head *head, const ProtobufCBinaryData *data)
{
	char *text = strndup(data->data ? (const char *)data->data : "", data->len);

	if (text)
		head->texts[head->nr_texts++] = text;
	return text;
}

static int head_fill(struct head *head, const Pf__Header *h)
{
	size_t i, argc = h->has_argv ? h->n_argv : 0;
	const char **argv;

	head->texts = calloc(argc + 4, sizeof(*head->texts));
	if (!head->texts)
		return -ENOMEM;
	head->version = h->version;
	head->info = (struct trace_info){
		.argc = (int)argc,
		.nr_cpus = h->nr_cpus,
		.start_boottime_ns = h->start_boottime_ns,
		.start_realtime_ns = h->start_realtime_ns,
		.start_monotonic_ns = h->start_monotonic_ns,
		.others = h->others,
		.foreign = h->foreign,
	};
	if (h->has_scope && !(head->info.scope = text_keep(head, &h->scope)))
		return -ENOMEM;
	if (h->has_kernel && !(head->info.kernel = text_keep(head, &h->kernel)))
		return -ENOMEM;
	if (h->has_machine && !(head->info.machine = text_keep(head, &h->machine)))
		return -ENOMEM;
	if (!h->has_argv)
		return 0;
	argv = calloc(argc + 1, sizeof(*argv));
	if (!argv)
		return -ENOMEM;
	head->info.argv = argv;
	for (i = 0; i < argc; i++) {
		argv[i] = text_keep(head, &h->argv[i]);
		if (!argv[i])
			return -ENOMEM;
	}
	return 0;
}

int head_unpack(const uint8_t *bytes, size_t n, struct head *head)
{
	Pf__Header *h = pf__header__unpack(NULL, n, bytes);
	int err;

	memset(head, 0, sizeof(*head));
	if (!h)
		return -EBADMSG;
	err = verify(&h->base, &h->has_check, h->check);
	if (!err)
		err = head_fill(head, h);
	pf__header__free_unpacked(h, NULL);
	if (err)
		head_free(head);
	return err;
}

void head_free(struct head *head)
{
	size_t i;

	for (i = 0; i < head->nr_texts; i++)
		free(head->texts[i]);
	free(head->texts);
	free((void *)head->info.argv);
	memset(head, 0, sizeof(*head));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_golden.c - recordings of every version stay readable, and the document
 * that describes them shows the bytes that are really written
 *
 * MTVIZ_GOLDEN_UPDATE=1 writes the recording of a version that has none yet; it
 * never writes over one that is there.
 */
#include "tests/trace/golden.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "trace/wire.h"

#define GOLDEN   "tests/data/v1.pftrace"
#define DOCUMENT "docs/recording.md"

static void the_recording_of_version_1_reads_as_it_always_did(void **state)
{
	struct story s = {0};
	struct keeper k;
	unsigned int damaged;
	int fd;

	(void)state;
	golden_story(&s);
	if (getenv("MTVIZ_GOLDEN_UPDATE")) {
		fd = open(GOLDEN, O_RDWR | O_CREAT | O_EXCL, 0644);
		if (fd >= 0) {
			const struct writer_options opt = {.window_ns = 1000};

			story_record(&s, fd, &opt, &golden_info, &golden_end);
			close(fd);
		}
	}
	fd = open(GOLDEN, O_RDONLY);
	assert_true(fd >= 0);
	keeper_init(&k);
	story_read(fd, &k, &damaged);
	assert_int_equal(damaged, 0);
	assert_same_events(&s, &k.story);
	assert_int_equal(k.end.duration_ns, golden_end.duration_ns);
	assert_false(k.end.cut);
	keeper_free(&k);
	story_free(&s);
	close(fd);
}

/*
 * The bytes that a block of the document shows: lines of "offset  hex  words"
 * between the fence behind the title and the next fence.
 */
static size_t shown_bytes(const char *title, uint8_t *out, size_t max)
{
	FILE *f = fopen(DOCUMENT, "r");
	char line[512], *p;
	bool found = false, inside = false;
	unsigned int byte, at;
	size_t n = 0;
	int used;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, title))
			found = true;
		if (found && strncmp(line, "```", 3) == 0) {
			if (inside)
				break;
			inside = true;
			continue;
		}
		if (!inside || sscanf(line, "%x%n", &at, &used) != 1 || used != 4)
			continue;
		assert_int_equal(at, n);
		/* One blank before each byte, more before the words. */
		for (p = line + used + 1; *p == ' '; p += used) {
			if (sscanf(p, " %2x%n", &byte, &used) != 1 || used != 3)
				break;
			assert_true(n < max);
			out[n++] = (uint8_t)byte;
		}
	}
	fclose(f);
	return n;
}

static void assert_shown(const char *title, const uint8_t *bytes, size_t n)
{
	uint8_t shown[8192];
	size_t i, nr = shown_bytes(title, shown, sizeof(shown));

	for (i = 0; i < n && i < nr; i++)
		if (shown[i] != bytes[i])
			fail_msg("%s: byte %zx is %02x, the document says %02x", title, i,
				 bytes[i], shown[i]);
	assert_int_equal(nr, n);
}

static void the_document_shows_the_bytes_that_are_written(void **state)
{
	static const char marker[] = "\xa2\x02\x10\x82\x47\x7a\x76\xb2\x8d\x42";
	uint8_t file[4096], inflated[8192], *first, *last;
	uLongf room = sizeof(inflated);
	struct wire_field packet, deflated;
	struct story s = {0};
	struct wire w;
	int fd = story_file();
	ssize_t n;

	(void)state;
	tiny_story(&s);
	story_record(&s, fd, NULL, &golden_info, &golden_end);
	n = pread(fd, file, sizeof(file), 0);
	first = memmem(file, (size_t)n, marker, sizeof(marker) - 1);
	assert_non_null(first);
	last = memmem(first + 1, (size_t)(file + n - first - 1), marker,
		      sizeof(marker) - 1);
	assert_non_null(last);
	w = wire_of(first - 2, (size_t)(file + n - first + 2));
	assert_true(wire_next(&w, &packet)); /* the mark */
	assert_shown("### The header and the first mark", file, (size_t)(w.p - file));
	assert_true(wire_next(&w, &packet));
	assert_true(wire_next(&packet.bytes, &deflated));
	assert_int_equal(deflated.number, 50);
	assert_int_equal(
		uncompress(inflated, &room, deflated.bytes.p, wire_left(&deflated.bytes)),
		Z_OK);
	assert_shown("### The window, inflated", inflated, room);
	assert_ptr_equal(w.p, last - 2);
	assert_shown("### The end", last - 2, (size_t)(file + n - last + 2));
	story_free(&s);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_recording_of_version_1_reads_as_it_always_did),
		cmocka_unit_test(the_document_shows_the_bytes_that_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test_names.c - addresses of living and dead processes get their names */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/caps.h"
#include "capture/demangle.h"
#include "capture/elf.h"
#include "capture/mapped.h"
#include "capture/names.h"
#include "tests/capture/programs.h"

/* A running holder (programs/holder.c) and what it said. */
struct holder {
	pid_t pid;
	int in, out;
	char said[4096];
};

static struct holder start(const char *program, const char *a, const char *b)
{
	struct holder h;
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	h.pid = fork();
	if (!h.pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(program, program, a, b, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	h.in = in[1];
	h.out = out[0];
	read_until(h.out, "0 end\n", h.said, sizeof(h.said));
	return h;
}

static void finish(struct holder *h)
{
	close(h->in);
	close(h->out);
	waitpid(h->pid, NULL, 0);
}

static uint64_t address_of(const struct holder *h, const char *name)
{
	char line[64], *at;

	snprintf(line, sizeof(line), " %s\n", name);
	at = strstr(h->said, line);
	assert_non_null(at);
	while (at > h->said && at[-1] != '\n')
		at--;
	return strtoull(at, NULL, 16);
}

/* The lines for which names_of() says something else. */
static int wrong_names(struct names *n, pid_t pid, const struct holder *h)
{
	int wrong = 0, right = 0, skip = 0;
	char name[64];
	uint64_t addr;

	for (const char *at = h->said;
	     sscanf(at, "%" SCNx64 " %63s%n", &addr, name, &skip) == 2; at += skip + 1) {
		const char *got = names_of(n, pid, addr);

		if (!strcmp(name, "end") || !strcmp(name, "pid"))
			break;
		if (strcmp(got ? got : "-", name)) {
			print_message("# %s is called %s\n", name, got ? got : "-");
			wrong++;
		}
		right++;
	}
	assert_true(right >= 13 || strstr(h->said, " pid "));
	return wrong;
}

static int wrong_names_of(const char *program)
{
	struct names *n = names_new(NULL);
	struct holder h = start(program_path(program), NULL, NULL);
	int wrong = wrong_names(n, h.pid, &h);

	finish(&h);
	names_free(n);
	return wrong;
}

static void objects_of_a_position_independent_program_have_names(void **state)
{
	(void)state;
	assert_int_equal(wrong_names_of("holder"), 0);
}

static void objects_of_a_program_at_a_fixed_address_have_names(void **state)
{
	(void)state;
	assert_int_equal(wrong_names_of("holder-nopie"), 0);
}

static void names_are_known_after_the_process_has_exited(void **state)
{
	struct names *n = names_new(NULL);
	struct holder h = start(program_path("holder"), NULL, NULL);

	(void)state;
	names_prepare(n, h.pid);
	finish(&h);
	names_prepare(n, h.pid);
	assert_int_equal(wrong_names(n, h.pid, &h), 0);
	names_free(n);
}

static void of_an_unknown_process_nothing_is_known(void **state)
{
	struct names *n = names_new(NULL);

	(void)state;
	names_prepare(n, 0x7ffffffe);
	assert_null(names_of(n, 0x7ffffffe, 0x400000));
	assert_null(names_of(n, -1, 0x400000));
	assert_null(names_of(n, 0, 0));
	names_free(n);
}

static void what_is_stripped_is_module_and_offset(void **state)
{
	struct names *n = names_new(NULL);
	struct holder h = start(program_path("holder-stripped"), NULL, NULL);
	const char *name = names_of(n, h.pid, address_of(&h, "account_lock"));
	uint64_t first, second;

	(void)state;
	assert_non_null(name);
	assert_int_equal(sscanf(name, "holder-stripped+0x%" SCNx64, &first), 1);
	name = names_of(n, h.pid, address_of(&h, "accounts"));
	assert_int_equal(sscanf(name, "holder-stripped+0x%" SCNx64, &second), 1);
	assert_int_equal(second - first,
			 address_of(&h, "accounts") - address_of(&h, "account_lock"));
	/* What a library exports keeps its name. */
	assert_string_equal(names_of(n, h.pid, address_of(&h, "held_lock")), "held_lock");
	finish(&h);
	names_free(n);
}

static void a_program_that_was_deleted_meanwhile_keeps_its_names(void **state)
{
	struct names *n = names_new(NULL);
	struct holder h;

	(void)state;
	if (geteuid()) {
		print_message("skip: needs root: names of deleted programs\n");
		names_free(n);
		return;
	}
	copy_file(program_path("holder"), scratch("gone"));
	copy_file(program_path("libheld.so"), scratch("libheld.so"));
	h = start(scratch("gone"), NULL, NULL);
	unlink(scratch("gone"));
	/* Another file under the old name must not be believed. */
	copy_file("/bin/true", scratch("gone"));
	assert_int_equal(wrong_names(n, h.pid, &h), 0);
	finish(&h);
	names_free(n);
}

static void a_forked_child_has_its_parents_names_also_after_it_exited(void **state)
{
	struct names *n = names_new(NULL);
	struct holder h = start(program_path("holder"), "fork", NULL);
	int child;

	(void)state;
	assert_int_equal(sscanf(strstr(h.said, " pid "), " pid %d", &child), 1);
	names_prepare(n, h.pid);
	names_fork(n, h.pid, child);
	finish(&h);
	assert_string_equal(names_of(n, child, address_of(&h, "account_lock")),
			    "account_lock");
	/* The number is given to another process, of which nothing is known. */
	names_fork(n, 1, child);
	assert_null(names_of(n, child, address_of(&h, "account_lock")));
	names_free(n);
}

static void after_exec_the_old_names_are_forgotten(void **state)
{
	struct names *n = names_new(NULL);
	char actor[4096];
	struct holder h;
	uint64_t lock;

	(void)state;
	strcpy(actor, program_path("holder-nopie"));
	h = start(program_path("holder"), "exec", actor);
	lock = address_of(&h, "account_lock");
	assert_string_equal(names_of(n, h.pid, lock), "account_lock");
	assert_int_equal(write(h.in, "\n", 1), 1);
	read_until(h.out, "0 end\n", h.said, sizeof(h.said));
	names_exec(n, h.pid);
	assert_null(names_of(n, h.pid, lock));
	assert_string_equal(names_of(n, h.pid, address_of(&h, "account_lock")),
			    "account_lock");
	finish(&h);
	names_free(n);
}

/* ---- the helper ---- */

static pid_t foreign_process;
static uint64_t code_start, code_end, data_start, data_end;

static int find_ranges(const struct mapping *m, void *arg)
{
	(void)arg;
	if (m->exec && m->inode && !code_start) {
		code_start = m->start;
		code_end = m->end;
	} else if (!m->exec && m->inode && !data_start) {
		data_start = m->start;
		data_end = m->end;
	}
	return 0;
}

static int become_nobody(void)
{
	CHECK(!setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534));
	CHECK(!caps_permitted());
	return 0;
}

static int the_helper_opens_what_we_cannot(void)
{
	struct helper *h = helper_start();
	struct names *alone, *helped;
	int fd, status;
	pid_t pid;

	CHECK(h && !become_nobody());
	alone = names_new(NULL);
	helped = names_new(h);
	CHECK(!names_of(alone, foreign_process, code_start));
	CHECK(names_of(helped, foreign_process, code_start));
	names_free(alone);
	names_free(helped);

	fd = helper_open_maps(h, foreign_process);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(!mapped_each(fd, find_ranges, NULL));
	close(fd);
	fd = helper_open_mapped(h, foreign_process, code_start, code_end);
	CHECK(fd >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
	close(fd);

	pid = helper_pid(h);
	CHECK(!kill(pid, 0) || errno == EPERM);
	helper_stop(h);
	CHECK(waitpid(pid, &status, WNOHANG) == -1 && errno == ECHILD);
	return 0;
}

static int the_helper_opens_nothing_else(void)
{
	struct helper *h = helper_start();

	CHECK(h && !become_nobody());
	CHECK(helper_open_mapped(h, foreign_process, data_start, data_end) == -ENOENT);
	CHECK(helper_open_mapped(h, foreign_process, code_start, code_end + 4096) ==
	      -ENOENT);
	CHECK(helper_open_mapped(h, foreign_process, 0, UINT64_MAX) == -ENOENT);
	CHECK(helper_open_maps(h, 0x7ffffffe) == -ENOENT);
	CHECK(helper_open_maps(h, 0) == -ESRCH);
	CHECK(helper_open_maps(h, -1) == -ESRCH);

	CHECK(!helper_confine(h, 65534));
	CHECK(helper_open_maps(h, foreign_process) == -EACCES);
	CHECK(helper_open_mapped(h, foreign_process, code_start, code_end) == -EACCES);
	CHECK(helper_confine(h, 0) == -EPERM);
	int fd = helper_open_maps(h, getpid());

	CHECK(fd >= 0);
	close(fd);
	helper_stop(h);
	return 0;
}

static void the_helper_opens_maps_and_programs_for_an_unprivileged_mtviz(void **state)
{
	struct holder h = start(program_path("holder"), NULL, NULL);
	int maps;

	(void)state;
	foreign_process = h.pid;
	maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	close(maps);
	maps = mapped_open_process(h.pid);
	int fd = mapped_open_maps(maps);

	close(maps);
	code_start = data_start = 0;
	mapped_each(fd, find_ranges, NULL);
	close(fd);
	assert_true(code_start && data_start);
	assert_int_equal(in_child(the_helper_opens_what_we_cannot), 0);
	assert_int_equal(in_child(the_helper_opens_nothing_else), 0);
	finish(&h);
}

/* ---- hostile input ---- */

static void lines_that_the_kernel_did_not_write_are_refused(void **state)
{
	char good[] = "55d0c0000000-55d0c0001000 r-xp 00002000 fd:01 131 /bin/a b\\012c";
	char anonymous[] = "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 ";
	const char *bad[] = {
		"",
		"-",
		"1-",
		"1-2",
		"1-2 r-xp",
		"2-1 r-xp 0 0:0 0",
		"1-1 r-xp 0 0:0 0",
		" 1-2 r-xp 0 0:0 0",
		"+1-2 r-xp 0 0:0 0",
		"1-2 rx 0 0:0 0",
		"g-h r-xp 0 0:0 0",
		"11111111111111111-2 r-xp 0 0:0 0",
		"1-2 r-xp 0 0:100000000 0",
		"1-2 r-xp 0 0:0 99999999999999999999",
		"1-2 r-xp 0 0:0 1x /bin/a",
	};
	struct mapping m;
	char line[128];

	(void)state;
	assert_true(mapped_parse(good, &m));
	assert_true(m.exec && m.start == 0x55d0c0000000 && m.end == 0x55d0c0001000);
	assert_true(m.offset == 0x2000 && m.major == 0xfd && m.minor == 1 &&
		    m.inode == 131);
	assert_string_equal(m.path, "/bin/a b\\012c");
	assert_true(mapped_parse(anonymous, &m));
	assert_true(!m.exec && !m.inode && !*m.path);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		strcpy(line, bad[i]);
		assert_false(mapped_parse(line, &m));
	}
}

static int count_line(const struct mapping *m, void *arg)
{
	(void)m;
	return ++*(int *)arg < 0;
}

static void a_line_without_end_is_skipped_and_the_next_one_is_read(void **state)
{
	FILE *f = fopen(scratch("long"), "w");
	int fd, lines = 0;

	(void)state;
	fputs("1-2 r-xp 0 0:0 0\n1-2 r-xp 0 0:0 1 /", f);
	for (int i = 0; i < 200000; i++)
		fputc('x', f);
	fputs("\n1-2 r-xp 0 0:0 0\n1-2 r-xp 0 0:0 0 cut off", f);
	fclose(f);
	fd = open(scratch("long"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(mapped_each(fd, count_line, &lines), 0);
	close(fd);
	assert_int_equal(lines, 2);
}

static void separate_debug_information_is_found_by_its_build_id(void **state)
{
	char link[512], dir[128], id_text[130], target[4096], *at = id_text;
	int fd = open(program_path("holder-stripped"), O_RDONLY | O_CLOEXEC);
	struct symbols *s;
	const void *id;
	ssize_t bytes;
	bool found = false;
	uint64_t offset;
	Elf *elf;

	(void)state;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	bytes = dwelf_elf_gnu_build_id(elf, &id);
	assert_in_range(bytes, 8, 64);
	for (ssize_t i = 0; i < bytes; i++)
		at += sprintf(at, "%02x", ((const unsigned char *)id)[i]);
	elf_end(elf);

	snprintf(target, sizeof(target), "%s", program_path("holder.debug"));
	snprintf(dir, sizeof(dir), "%s/.build-id", scratch_dir());
	assert_int_equal(mkdir(dir, 0755), 0);
	snprintf(link, sizeof(link), "%s/%.2s", dir, id_text);
	assert_int_equal(mkdir(link, 0755), 0);
	snprintf(link, sizeof(link), "%s/%.2s/%s.debug", dir, id_text, id_text + 2);
	assert_int_equal(symlink(target, link), 0);

	s = symbols_load(fd, scratch_dir());
	assert_non_null(s);
	for (uint64_t addr = 0; addr < 0x10000 && !found; addr += 8) {
		const char *name = symbols_find(s, addr, &offset);

		found = name && !strcmp(name, "private_lock") && !offset;
	}
	assert_true(found);
	symbols_free(s);

	/* Another program's information under that name is not believed. */
	unlink(link);
	snprintf(target, sizeof(target), "%s", program_path("actor"));
	assert_int_equal(symlink(target, link), 0);
	s = symbols_load(fd, scratch_dir());
	assert_non_null(s);
	for (uint64_t addr = 0; addr < 0x10000; addr += 8) {
		const char *name = symbols_find(s, addr, &offset);

		assert_true(!name || strcmp(name, "main"));
	}
	symbols_free(s);
	unlink(link);
	*strrchr(link, '/') = '\0';
	rmdir(link);
	rmdir(dir);
	close(fd);
}

static void plain_and_nested_cpp_names_are_shown_as_written(void **state)
{
	static const struct {
		const char *symbol, *shown; /* NULL: left as it is */
	} cases[] = {
		{"_ZL5mutex", "mutex"},
		{"_ZN4bank8accountsE", "bank::accounts"},
		{"_ZN4bank12_GLOBAL__N_15mutexE", "bank::(anonymous)::mutex"},
		{"_ZN12_GLOBAL__N_1L5mutexE", "(anonymous)::mutex"},
		{"_ZSt4cout", "std::cout"},
		{"_ZNSt4__cx4lockE", "std::__cx::lock"},
		{"_ZZ4mainE5guard", "main::guard"},
		{"_ZZN4bank8transferEiiE4lock_0", "bank::transfer::lock"},
		{"_ZN4bank8transferEii", "bank::transfer"},
		{"_ZNK4bank8transferEv.cold", "bank::transfer"},
		{"_ZN4bank4lockB5cxx11E", "bank::lock"},
		{"account_lock", NULL},
		{"_Z", NULL},
		{"_ZN", NULL},
		{"_ZNE", NULL},
		{"_ZN4ban", NULL},
		{"_ZL99999999999999999999x", NULL},
		{"_ZN4bankIiE4lockE", NULL}, /* a template */
		{"_Z3maxIiET_S0_S0_", NULL},
		{"_ZZ4mainE", NULL},
		{"_ZTV4bank", NULL},
	};
	char out[64], small[8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool shown = demangle(cases[i].symbol, out, sizeof(out));

		if (shown != !!cases[i].shown || (shown && strcmp(out, cases[i].shown)))
			fail_msg("%s is shown as %s", cases[i].symbol,
				 shown ? out : "is");
	}
	assert_true(demangle("_ZL7account", small, sizeof(small)));
	assert_false(demangle("_ZL8accounts", small, sizeof(small)));
}

/* Loads it and asks here and there; what it answers is not the point. */
static void survive(int fd)
{
	struct elf_layout layout;
	uint64_t bias, offset;
	struct symbols *s = symbols_load(fd, "/usr/lib/debug");

	if (!elf_layout_read(fd, &layout)) {
		elf_layout_bias(&layout, 0x400000, 0x1000, &bias);
		elf_layout_holds(&layout, 0x4010);
	}
	for (uint64_t addr = 0; s && addr < 0x8000; addr += 64)
		symbols_find(s, addr, &offset);
	if (s)
		symbols_find(s, UINT64_MAX, &offset);
	symbols_free(s);
}

static void damaged_programs_do_no_harm(void **state)
{
	int in = open(program_path("holder"), O_RDONLY | O_CLOEXEC), out;
	uint32_t seed = 12345;
	struct stat st;
	char *good, *bad;

	(void)state;
	fstat(in, &st);
	good = malloc((size_t)st.st_size);
	bad = malloc((size_t)st.st_size);
	assert_int_equal(read(in, good, (size_t)st.st_size), st.st_size);
	out = open(scratch("damaged"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (int i = 0; i < 400; i++) {
		memcpy(bad, good, (size_t)st.st_size);
		/* Headers first and last; everywhere in between, too. */
		for (int j = 0; j < 12; j++) {
			size_t at;

			seed = seed * 1664525 + 1013904223;
			at = (seed >> 8) % (j < 4 ? 1024 : (size_t)st.st_size);
			if (j >= 8)
				at = (size_t)st.st_size - 1 - at % 2500;
			bad[at] = (char)(seed >> 24);
		}
		assert_int_equal(pwrite(out, bad, (size_t)st.st_size, 0), st.st_size);
		survive(out);
	}
	for (off_t len = st.st_size; len > 0; len = len * 4 / 5) {
		assert_int_equal(ftruncate(out, len), 0);
		survive(out);
	}
	free(good);
	free(bad);
	close(in);
	close(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_of_a_position_independent_program_have_names),
		cmocka_unit_test(objects_of_a_program_at_a_fixed_address_have_names),
		cmocka_unit_test(names_are_known_after_the_process_has_exited),
		cmocka_unit_test(of_an_unknown_process_nothing_is_known),
		cmocka_unit_test(what_is_stripped_is_module_and_offset),
		cmocka_unit_test(a_program_that_was_deleted_meanwhile_keeps_its_names),
		cmocka_unit_test(
			a_forked_child_has_its_parents_names_also_after_it_exited),
		cmocka_unit_test(after_exec_the_old_names_are_forgotten),
		cmocka_unit_test(lines_that_the_kernel_did_not_write_are_refused),
		cmocka_unit_test(a_line_without_end_is_skipped_and_the_next_one_is_read),
		cmocka_unit_test(separate_debug_information_is_found_by_its_build_id),
		cmocka_unit_test(plain_and_nested_cpp_names_are_shown_as_written),
		cmocka_unit_test(damaged_programs_do_no_harm),
	};
	const struct CMUnitTest root[] = {
		cmocka_unit_test(
			the_helper_opens_maps_and_programs_for_an_unprivileged_mtviz),
	};
	int result = cmocka_run_group_tests(tests, NULL, NULL);

	if (geteuid())
		printf("skip: needs root: the helper\n");
	else
		result += cmocka_run_group_tests(root, NULL, NULL);
	return result;
}

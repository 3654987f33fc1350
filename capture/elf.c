/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf.c - symbols by address, for the objects that threads wait on
 *
 * A lock is an object (STT_OBJECT) or lies in one, so objects win over whatever
 * else covers an address; functions are kept for instruction addresses. Symbols
 * are sorted by start. They may nest (an array and a name for a part of it), so
 * each entry also knows how far any symbol up to it reaches:
 *
 *     bank    |------------------------------|      reach of bank, lock: end of
 *     lock           |-----|                        bank; walking back from the
 *     address                    ^                  address may stop before it
 */
#include "capture/elf.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	NAME_BYTES = 255,
	WALK_BACK = 4096,   /* steps: a hostile file nests as it likes */
	LABEL_REACH = 4096, /* of a symbol that has no size */
};
#define TABLE_BYTES (UINT64_C(256) << 20)

/* What covers an address best comes first. */
enum rank { RANK_OBJECT, RANK_DATA, RANK_OBJECT_UNSIZED, RANK_FUNCTION, RANK_LABEL };

struct symbol {
	uint64_t start, end;
	uint64_t reach; /* the largest end up to here */
	uint32_t name;  /* in the blob */
	uint8_t rank;
	uint8_t bind; /* global, weak, local: 0, 1, 2 */
};

struct symbols {
	struct symbol *sym;
	size_t nr, room;
	char *blob;
	size_t blob_bytes, blob_room;
};

/* ---- segments ---- */

static Elf *begin(int fd)
{
	if (elf_version(EV_CURRENT) == EV_NONE)
		return NULL;
	return elf_begin(fd, ELF_C_READ, NULL);
}

int elf_layout_read(int fd, struct elf_layout *out)
{
	Elf *elf = begin(fd);
	GElf_Phdr ph;
	size_t nr;

	out->nr = 0;
	if (elf && elf_kind(elf) == ELF_K_ELF && !elf_getphdrnum(elf, &nr))
		for (size_t i = 0; i < nr && out->nr < ELF_SEGMENTS; i++) {
			if (!gelf_getphdr(elf, (int)i, &ph))
				break;
			if (ph.p_type != PT_LOAD || !ph.p_memsz)
				continue;
			out->seg[out->nr++] = (struct elf_segment){
				.vaddr = ph.p_vaddr,
				.memsz = ph.p_memsz,
				.offset = ph.p_offset,
				.filesz = ph.p_filesz,
				.exec = ph.p_flags & PF_X,
			};
		}
	elf_end(elf);
	return out->nr ? 0 : -ENOEXEC;
}

bool elf_layout_bias(const struct elf_layout *l, uint64_t start, uint64_t offset,
		     uint64_t *bias)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	for (unsigned int i = 0; i < l->nr; i++) {
		const struct elf_segment *s = &l->seg[i];
		uint64_t first = s->offset & ~(page - 1);

		/* The loader maps whole pages, from the one the segment begins in. */
		if (s->exec && s->filesz && offset >= first &&
		    offset - first < s->filesz + (s->offset - first)) {
			*bias = start - (s->vaddr + (offset - s->offset));
			return true;
		}
	}
	return false;
}

bool elf_layout_holds(const struct elf_layout *l, uint64_t vaddr)
{
	for (unsigned int i = 0; i < l->nr; i++)
		if (vaddr - l->seg[i].vaddr < l->seg[i].memsz)
			return true;
	return false;
}

/* ---- reading a table ---- */

/* Marks that linkers set: they name a place, not what is there. */
static bool is_linker_mark(const char *name)
{
	static const char *const marks[] = {
		"__bss_start",  "__bss_start__", "__bss_end__", "_edata",
		"edata",        "_end",          "__end__",     "end",
		"__data_start", "data_start",    "_fini",       "_init",
		"__TMC_END__",  "__dso_handle",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (!strcmp(name, marks[i]))
			return true;
	return false;
}

static bool classify(const GElf_Sym *sym, const char *name, struct symbol *out)
{
	bool sized = sym->st_size;

	switch (GELF_ST_TYPE(sym->st_info)) {
	case STT_OBJECT:
	case STT_COMMON:
		out->rank = sized ? RANK_OBJECT : RANK_OBJECT_UNSIZED;
		break;
	case STT_NOTYPE:
		out->rank = sized ? RANK_DATA : RANK_LABEL;
		break;
	case STT_FUNC:
	case STT_GNU_IFUNC:
		out->rank = sized ? RANK_FUNCTION : RANK_LABEL;
		break;
	default: /* sections, files, thread-local offsets */
		return false;
	}
	/* $d and the like mark kinds of content on arm64, .L are local labels. */
	if (!*name || *name == '$' || *name == '.' || sym->st_shndx == SHN_UNDEF ||
	    sym->st_shndx == SHN_ABS)
		return false;
	if (!sized && is_linker_mark(name))
		return false;
	out->start = sym->st_value;
	out->end = sym->st_value + sym->st_size;
	if (out->end < out->start)
		out->end = UINT64_MAX;
	switch (GELF_ST_BIND(sym->st_info)) {
	case STB_LOCAL:
		out->bind = 2;
		break;
	case STB_WEAK:
		out->bind = 1;
		break;
	default:
		out->bind = 0;
	}
	return true;
}

static void *grow(void *array, size_t *room, size_t want, size_t item)
{
	size_t bigger = *room ? *room : 256;

	while (bigger < want)
		bigger *= 2;
	if (bigger == *room)
		return array;
	array = reallocarray(array, bigger, item);
	if (array)
		*room = bigger;
	return array;
}

static int add(struct symbols *s, struct symbol sym, const char *name)
{
	size_t len = strcspn(name, "@"); /* name@@VERSION */
	void *p;

	if (!len)
		return 0;
	if (len > NAME_BYTES)
		len = NAME_BYTES;
	if (s->blob_bytes + len + 1 > UINT32_MAX)
		return -EFBIG;
	p = grow(s->blob, &s->blob_room, s->blob_bytes + len + 1, 1);
	if (!p)
		return -ENOMEM;
	s->blob = p;
	p = grow(s->sym, &s->room, s->nr + 1, sizeof(sym));
	if (!p)
		return -ENOMEM;
	s->sym = p;
	sym.name = (uint32_t)s->blob_bytes;
	memcpy(s->blob + s->blob_bytes, name, len);
	s->blob[s->blob_bytes + len] = '\0';
	s->blob_bytes += len + 1;
	s->sym[s->nr++] = sym;
	return 0;
}

/* A section's bytes, if its size can be believed. */
static Elf_Data *section_data(Elf_Scn *scn, GElf_Shdr *sh)
{
	if (!scn || !gelf_getshdr(scn, sh) || sh->sh_type == SHT_NOBITS ||
	    sh->sh_size > TABLE_BYTES)
		return NULL;
	return elf_getdata(scn, NULL);
}

/* Adds the symbols of the first table of that type. How many, or -errno. */
static long read_table(Elf *elf, GElf_Word type, struct symbols *s)
{
	Elf_Data *syms = NULL, *strs = NULL;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh, str_sh;
	size_t before = s->nr;
	GElf_Sym sym;

	while (!syms && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == type)
			syms = section_data(scn, &sh);
	if (syms)
		strs = section_data(elf_getscn(elf, sh.sh_link), &str_sh);
	if (!strs || !strs->d_buf || str_sh.sh_type != SHT_STRTAB)
		return 0;
	for (int i = 0; gelf_getsym(syms, i, &sym); i++) {
		struct symbol out = {0};
		const char *name;
		int err;

		if (sym.st_name >= strs->d_size)
			continue;
		name = (const char *)strs->d_buf + sym.st_name;
		if (!memchr(name, '\0', strs->d_size - sym.st_name))
			continue;
		if (!classify(&sym, name, &out))
			continue;
		err = add(s, out, name);
		if (err)
			return err;
	}
	return (long)(s->nr - before);
}

/* Debug information that was split off, found and checked by its build id. */
static long read_separate(Elf *elf, const char *debug_root, struct symbols *s)
{
	const unsigned char *id, *other;
	const void *bits;
	ssize_t bytes = dwelf_elf_gnu_build_id(elf, &bits);
	char path[512], *at;
	long nr = 0;
	Elf *sep;
	int fd;

	if (!debug_root || bytes < 2 || bytes > 64 ||
	    strlen(debug_root) + 2 * (size_t)bytes + 32 > sizeof(path))
		return 0;
	id = bits;
	at = path + sprintf(path, "%s/.build-id/%02x/", debug_root, id[0]);
	for (ssize_t i = 1; i < bytes; i++)
		at += sprintf(at, "%02x", id[i]);
	strcpy(at, ".debug");

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return 0;
	sep = begin(fd);
	if (sep && dwelf_elf_gnu_build_id(sep, &bits) == bytes) {
		other = bits;
		if (!memcmp(id, other, (size_t)bytes))
			nr = read_table(sep, SHT_SYMTAB, s);
	}
	elf_end(sep);
	close(fd);
	return nr;
}

/* ---- by address ---- */

static int underscores(const char *name)
{
	return (int)strspn(name, "_");
}

static int by_start(const void *a, const void *b, void *arg)
{
	const char *blob = arg;
	const struct symbol *x = a, *y = b;
	const char *xn, *yn;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	/* Aliases: the name that a person would use. */
	if (x->bind != y->bind)
		return x->bind < y->bind ? -1 : 1;
	xn = blob + x->name;
	yn = blob + y->name;
	if (underscores(xn) != underscores(yn))
		return underscores(xn) - underscores(yn);
	return strcmp(xn, yn);
}

static void index_by_address(struct symbols *s)
{
	uint64_t reach = 0, next = UINT64_MAX;

	qsort_r(s->sym, s->nr, sizeof(*s->sym), by_start, s->blob);
	/* What has no size ends where the next one starts. */
	for (size_t i = s->nr; i-- > 0;) {
		struct symbol *y = &s->sym[i];

		if (i + 1 < s->nr && s->sym[i + 1].start != y->start)
			next = s->sym[i + 1].start;
		if (y->end == y->start)
			y->end = next - y->start < LABEL_REACH ? next
							       : y->start + LABEL_REACH;
	}
	for (size_t i = 0; i < s->nr; i++) {
		if (s->sym[i].end > reach)
			reach = s->sym[i].end;
		s->sym[i].reach = reach;
	}
}

struct symbols *symbols_load(int fd, const char *debug_root)
{
	struct symbols *s = calloc(1, sizeof(*s));
	Elf *elf;
	long nr;

	if (!s)
		return NULL;
	elf = begin(fd);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		nr = -ENOEXEC;
		goto out;
	}
	nr = read_table(elf, SHT_SYMTAB, s);
	if (!nr)
		nr = read_separate(elf, debug_root, s);
	if (!nr)
		nr = read_table(elf, SHT_DYNSYM, s);
out:
	elf_end(elf);
	if (nr < 0) {
		symbols_free(s);
		errno = (int)-nr;
		return NULL;
	}
	if (s->nr)
		index_by_address(s);
	return s;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	free(s->sym);
	free(s->blob);
	free(s);
}

size_t symbols_bytes(const struct symbols *s)
{
	return sizeof(*s) + s->room * sizeof(*s->sym) + s->blob_room;
}

const char *symbols_find(const struct symbols *s, uint64_t vaddr, uint64_t *offset)
{
	const struct symbol *best = NULL;
	size_t low = 0, high = s->nr;

	/* low becomes the number of symbols that start at or below vaddr. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->sym[mid].start <= vaddr)
			low = mid + 1;
		else
			high = mid;
	}
	for (int step = 0; low-- > 0 && step < WALK_BACK; step++) {
		const struct symbol *y = &s->sym[low];

		if (y->reach <= vaddr)
			break;
		/*
		 * Walking back, a later start came first: of equal rank it is the
		 * inner one. Aliases of one start come in reverse.
		 */
		if (y->end > vaddr &&
		    (!best || y->rank < best->rank ||
		     (y->rank == best->rank && y->start == best->start)))
			best = y;
	}
	if (!best)
		return NULL;
	*offset = vaddr - best->start;
	return s->blob + best->name;
}

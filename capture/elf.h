/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture/elf.h - what an ELF file says: where it is loaded, what its parts are called
 *
 * The file is anybody's: sizes and counts are checked before they are used, and
 * nothing is mapped, so that a file that shrinks meanwhile is an error, no crash.
 * Addresses are link-time addresses.
 */
#ifndef MTVIZ_CAPTURE_ELF_H
#define MTVIZ_CAPTURE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS 32

struct elf_segment {
	uint64_t vaddr, memsz, offset, filesz;
	bool exec;
};

struct elf_layout {
	struct elf_segment seg[ELF_SEGMENTS]; /* PT_LOAD, in the file's order */
	unsigned int nr;
};

/* 0 or -errno (-ENOEXEC: no ELF file, or nothing in it is loaded). */
int elf_layout_read(int fd, struct elf_layout *out);
/*
 * The load bias, if the page-aligned file offset is mapped executable at start.
 * False if no executable segment has that offset.
 */
bool elf_layout_bias(const struct elf_layout *l, uint64_t start, uint64_t offset,
		     uint64_t *bias);
bool elf_layout_holds(const struct elf_layout *l, uint64_t vaddr);

struct symbols;

/*
 * .symtab, else that of the file with the same build id below debug_root
 * ("/usr/lib/debug"; NULL: do not look), else .dynsym. NULL with errno; an
 * empty table is no error.
 */
struct symbols *symbols_load(int fd, const char *debug_root);
void symbols_free(struct symbols *s);
size_t symbols_bytes(const struct symbols *s);
/*
 * The object that holds vaddr, the innermost if several do, else the function;
 * NULL if there is none. *offset is vaddr's distance from its start. The name is
 * as in the file but for a version, at most 255 bytes; C++ names are mangled.
 */
const char *symbols_find(const struct symbols *s, uint64_t vaddr, uint64_t *offset);

#endif

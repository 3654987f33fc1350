/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names.c - from an address in a process to a name
 *
 *     process ──> image: modules {file, load bias} ──> file: segments, symbols
 *       tgid      shared by fork until exec            one per (device, inode)
 *
 * names_prepare() reads the maps and opens the files behind executable mappings;
 * symbols are read at the first question about a file. So an address can be
 * named after its process has exited, and after its program was deleted.
 *
 * A file's uninitialised data (.bss) lies in an anonymous mapping behind it, so
 * what belongs to a module is told by its program headers (p_vaddr, p_memsz),
 * not by the mappings.
 *
 * Bounded: PROCESSES processes, MODULES modules each, a quarter of the allowed
 * descriptors, SYMBOL_BYTES of symbols; the longest unused goes first.
 */
#include "capture/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/demangle.h"
#include "capture/elf.h"
#include "capture/mapped.h"

enum {
	PROCESSES = 4096,
	BUCKETS = 1024,
	MODULES = 512,
	FILES_MIN = 32,
	FILES_MAX = 512,
};
#define SYMBOL_BYTES   ((size_t)128 << 20)
#define READ_AGAIN_NS  UINT64_C(2000000)    /* the maps, after they changed */
#define READ_SELDOM_NS UINT64_C(1000000000) /* after they did not, again and again */

struct file {
	struct file *next; /* in names.files */
	uint32_t major, minor;
	uint64_t inode;
	unsigned int refs; /* modules */
	bool listed;       /* in names.files; else the last module frees it */
	int fd;            /* -1 once given up for want of descriptors */
	bool loaded;       /* or tried in vain */
	struct symbols *symbols;
	struct elf_layout layout;
	struct timespec changed;
	off_t size;
	uint64_t used;
	char base[64]; /* the last part of its path */
};

struct module {
	struct file *file;
	uint64_t bias;
};

struct image {
	unsigned int refs; /* processes */
	unsigned int nr;
	struct module module[]; /* MODULES while it is built */
};

struct process {
	struct process *next;
	pid_t tgid;
	struct image *image; /* NULL: nothing read yet */
	uint64_t read_next_ns, read_every_ns;
	uint64_t used;
};

struct names {
	struct helper *helper;
	struct process *bucket[BUCKETS];
	unsigned int nr_processes;
	struct file *files;
	unsigned int nr_files, max_files; /* those with a descriptor */
	size_t symbol_bytes;
	uint64_t uses; /* a clock for "longest unused" */
	char text[320];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* ---- files ---- */

static void file_drop_symbols(struct names *n, struct file *f)
{
	if (f->symbols)
		n->symbol_bytes -= symbols_bytes(f->symbols);
	symbols_free(f->symbols);
	f->symbols = NULL;
	f->loaded = false;
}

static void file_load(struct names *n, struct file *f)
{
	if (f->loaded || f->fd < 0)
		return;
	f->loaded = true;
	f->symbols = symbols_load(f->fd, "/usr/lib/debug");
	if (f->symbols)
		n->symbol_bytes += symbols_bytes(f->symbols);
	while (n->symbol_bytes > SYMBOL_BYTES) {
		struct file *oldest = NULL;

		for (struct file *o = n->files; o; o = o->next)
			if (o != f && o->symbols && (!oldest || o->used < oldest->used))
				oldest = o;
		if (!oldest)
			break;
		/* It has a descriptor: they are read again if asked for. */
		file_drop_symbols(n, oldest);
	}
}

static void file_free(struct names *n, struct file *f)
{
	file_drop_symbols(n, f);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

/* Takes it out of the cache; modules that use it keep what can be kept. */
static void file_unlist(struct names *n, struct file *f)
{
	struct file **at = &n->files;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->listed = false;
	n->nr_files--;
	if (!f->refs) {
		file_free(n, f);
		return;
	}
	if (n->symbol_bytes < SYMBOL_BYTES)
		file_load(n, f);
	close(f->fd);
	f->fd = -1;
}

static void file_put(struct names *n, struct file *f)
{
	if (!--f->refs && !f->listed)
		file_free(n, f);
}

/* While it is held open its inode means no other file; but it may be rewritten. */
static bool file_unchanged(const struct file *f)
{
	struct stat st;

	return !fstat(f->fd, &st) && st.st_size == f->size &&
	       st.st_mtim.tv_sec == f->changed.tv_sec &&
	       st.st_mtim.tv_nsec == f->changed.tv_nsec;
}

static int open_mapped(struct names *n, pid_t tgid, const struct mapping *m)
{
	int process, fd;

	if (n->helper)
		return helper_open_mapped(n->helper, tgid, m->start, m->end);
	process = mapped_open_process(tgid);
	if (process < 0)
		return process;
	fd = mapped_open_file(process, m->start, m->end);
	close(process);
	return fd;
}

static void set_base(struct file *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *deleted;

	snprintf(f->base, sizeof(f->base), "%s", slash ? slash + 1 : path);
	deleted = strstr(f->base, " (deleted)");
	if (deleted && deleted != f->base && !deleted[10])
		*deleted = '\0';
}

static struct file *file_new(struct names *n, pid_t tgid, const struct mapping *m)
{
	struct file *f = calloc(1, sizeof(*f));
	struct stat st;

	if (!f)
		return NULL;
	f->fd = open_mapped(n, tgid, m);
	if (f->fd < 0 || fstat(f->fd, &st) || elf_layout_read(f->fd, &f->layout)) {
		file_free(n, f);
		return NULL;
	}
	f->major = m->major;
	f->minor = m->minor;
	f->inode = m->inode;
	f->changed = st.st_mtim;
	f->size = st.st_size;
	set_base(f, m->path);
	return f;
}

static struct file *file_get(struct names *n, pid_t tgid, const struct mapping *m)
{
	struct file *f, *oldest = NULL;

	for (f = n->files; f; f = f->next)
		if (f->inode == m->inode && f->major == m->major && f->minor == m->minor)
			break;
	if (f && !file_unchanged(f)) {
		f->loaded = true; /* what could be read now would be wrong */
		file_unlist(n, f);
		f = NULL;
	}
	if (!f) {
		f = file_new(n, tgid, m);
		if (!f)
			return NULL;
		if (n->nr_files >= n->max_files) {
			for (struct file *o = n->files; o; o = o->next)
				if (!oldest || o->used < oldest->used)
					oldest = o;
			file_unlist(n, oldest);
		}
		f->next = n->files;
		n->files = f;
		f->listed = true;
		n->nr_files++;
	}
	f->used = ++n->uses;
	f->refs++;
	return f;
}

/* ---- images ---- */

static void image_put(struct names *n, struct image *im)
{
	if (!im || --im->refs)
		return;
	for (unsigned int i = 0; i < im->nr; i++)
		file_put(n, im->module[i].file);
	free(im);
}

static bool image_same(const struct image *a, const struct image *b)
{
	if (!a || a->nr != b->nr)
		return false;
	for (unsigned int i = 0; i < a->nr; i++)
		if (a->module[i].file != b->module[i].file ||
		    a->module[i].bias != b->module[i].bias)
			return false;
	return true;
}

struct build {
	struct names *n;
	pid_t tgid;
	struct image *im;
};

static int add_module(const struct mapping *m, void *arg)
{
	struct build *b = arg;
	struct image *im = b->im;
	struct module mod;

	if (!m->exec || !m->inode)
		return 0;
	mod.file = file_get(b->n, b->tgid, m);
	if (!mod.file)
		return 0;
	if (!elf_layout_bias(&mod.file->layout, m->start, m->offset, &mod.bias))
		goto drop;
	/* One module's code is in several mappings if parts of it were protected. */
	for (unsigned int i = 0; i < im->nr; i++)
		if (im->module[i].file == mod.file && im->module[i].bias == mod.bias)
			goto drop;
	im->module[im->nr++] = mod;
	return im->nr == MODULES;
drop:
	file_put(b->n, mod.file);
	return 0;
}

static int open_maps(struct names *n, pid_t tgid)
{
	int process, fd;

	if (n->helper)
		return helper_open_maps(n->helper, tgid);
	process = mapped_open_process(tgid);
	if (process < 0)
		return process;
	fd = mapped_open_maps(process);
	close(process);
	return fd;
}

/* NULL if nothing could be read: it has exited, or is not ours to read. */
static struct image *image_read(struct names *n, pid_t tgid)
{
	struct build b = {.n = n, .tgid = tgid};
	struct image *fit;
	int fd = open_maps(n, tgid);

	if (fd < 0)
		return NULL;
	b.im = calloc(1, sizeof(*b.im) + MODULES * sizeof(struct module));
	if (!b.im) {
		close(fd);
		return NULL;
	}
	b.im->refs = 1;
	mapped_each(fd, add_module, &b);
	close(fd);
	if (!b.im->nr) {
		image_put(n, b.im);
		return NULL;
	}
	fit = realloc(b.im, sizeof(*fit) + b.im->nr * sizeof(struct module));
	return fit ? fit : b.im;
}

/* ---- processes ---- */

static struct process **process_find(struct names *n, pid_t tgid)
{
	struct process **at = &n->bucket[(unsigned int)tgid % BUCKETS];

	while (*at && (*at)->tgid != tgid)
		at = &(*at)->next;
	return at;
}

static void process_remove(struct names *n, struct process **at)
{
	struct process *p = *at;

	if (!p)
		return;
	*at = p->next;
	image_put(n, p->image);
	free(p);
	n->nr_processes--;
}

static void process_remove_oldest(struct names *n)
{
	struct process **oldest = NULL;

	for (int i = 0; i < BUCKETS; i++)
		for (struct process **at = &n->bucket[i]; *at; at = &(*at)->next)
			if (!oldest || (*at)->used < (*oldest)->used)
				oldest = at;
	if (oldest)
		process_remove(n, oldest);
}

static struct process *process_get(struct names *n, pid_t tgid)
{
	struct process *p = *process_find(n, tgid), **at;

	if (!p) {
		if (n->nr_processes >= PROCESSES)
			process_remove_oldest(n);
		p = calloc(1, sizeof(*p));
		if (!p)
			return NULL;
		p->tgid = tgid;
		at = &n->bucket[(unsigned int)tgid % BUCKETS];
		p->next = *at;
		*at = p;
		n->nr_processes++;
	}
	p->used = ++n->uses;
	return p;
}

static void process_read(struct names *n, struct process *p)
{
	uint64_t now = now_ns();
	struct image *im;

	if (now < p->read_next_ns)
		return;
	im = image_read(n, p->tgid);
	if (im && !image_same(p->image, im)) {
		image_put(n, p->image);
		p->image = im;
		p->read_every_ns = READ_AGAIN_NS;
	} else {
		/* What was known of a process that has exited stays known. */
		image_put(n, im);
		p->read_every_ns = 2 * p->read_every_ns + READ_AGAIN_NS;
		if (p->read_every_ns > READ_SELDOM_NS)
			p->read_every_ns = READ_SELDOM_NS;
	}
	p->read_next_ns = now + p->read_every_ns;
}

/* ---- the questions ---- */

struct names *names_new(struct helper *h)
{
	struct names *n = calloc(1, sizeof(*n));
	struct rlimit limit;

	if (!n)
		return NULL;
	n->helper = h;
	n->max_files = FILES_MAX;
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur / 4 < FILES_MAX)
		n->max_files = (unsigned int)(limit.rlim_cur / 4);
	if (n->max_files < FILES_MIN)
		n->max_files = FILES_MIN;
	return n;
}

void names_fork(struct names *n, pid_t parent, pid_t tgid)
{
	struct process *from, *to;

	if (parent == tgid)
		return;
	process_remove(n, process_find(n, tgid));
	from = *process_find(n, parent);
	if (!from || !from->image)
		return;
	from->image->refs++;
	struct image *im = from->image;

	to = process_get(n, tgid);
	if (to)
		to->image = im;
	else
		image_put(n, im);
}

void names_exec(struct names *n, pid_t tgid)
{
	process_remove(n, process_find(n, tgid));
}

void names_prepare(struct names *n, pid_t tgid)
{
	struct process *p = process_get(n, tgid);

	if (p)
		process_read(n, p);
}

static const struct module *find_module(const struct process *p, uint64_t addr)
{
	for (unsigned int i = 0; p->image && i < p->image->nr; i++) {
		const struct module *m = &p->image->module[i];

		if (elf_layout_holds(&m->file->layout, addr - m->bias))
			return m;
	}
	return NULL;
}

const char *names_of(struct names *n, pid_t tgid, uint64_t addr)
{
	struct process *p = process_get(n, tgid);
	const struct module *m;
	const char *name = NULL;
	char plain[256];
	uint64_t vaddr, offset;

	if (!p)
		return NULL;
	m = find_module(p, addr);
	if (!m) {
		process_read(n, p); /* a library that was loaded since? */
		m = find_module(p, addr);
	}
	if (!m)
		return NULL;
	m->file->used = ++n->uses;
	file_load(n, m->file);
	vaddr = offset = addr - m->bias;
	if (m->file->symbols)
		name = symbols_find(m->file->symbols, vaddr, &offset);
	if (name && demangle(name, plain, sizeof(plain)))
		name = plain;
	if (name && !offset)
		snprintf(n->text, sizeof(n->text), "%s", name);
	else
		snprintf(n->text, sizeof(n->text), "%s+0x%" PRIx64,
			 name ? name : m->file->base, offset);
	return n->text;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	for (int i = 0; i < BUCKETS; i++)
		while (n->bucket[i])
			process_remove(n, &n->bucket[i]);
	while (n->files)
		file_unlist(n, n->files);
	free(n);
}

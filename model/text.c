/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/text.c - names, labels and numbers in words
 *
 * Every text that the screen and the report share is made here, so that both
 * use the same words. Nothing depends on the locale, and whatever came from a
 * process passes text_escape() on its way out.
 */
#include "model/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- hostile text ---- */

struct range {
	uint32_t from, to;
};

/*
 * Valid UTF-8 that must not reach a terminal or a page: controls, what turns
 * the direction of the text around, breaks a line or cannot be seen.
 */
static const struct range unprintable[] = {
	{0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},
	{0x061c, 0x061c}, {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
	{0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0x3164, 0x3164},
	{0xfdd0, 0xfdef}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
	{0xfff0, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

static bool is_printable(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++)
		if (c >= unprintable[i].from && c <= unprintable[i].to)
			return false;
	return (c & 0xfffe) != 0xfffe; /* the last two of each plane are no characters */
}

/* The length of the valid sequence at s and its code point, or 0. */
static size_t utf8_decode(const unsigned char *s, uint32_t *c)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;

	if (s[0] < 0x80) {
		*c = s[0];
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		n = 2;
		*c = s[0] & 0x1f;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3;
		*c = s[0] & 0x0f;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		n = 4;
		*c = s[0] & 0x07;
	} else {
		return 0;
	}
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) /* the NUL at the end stops here too */
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	if (*c < smallest[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

/*
 * A sequence or an escape is written whole or not at all, and nothing follows
 * the first one that did not fit.
 */
size_t text_escape(char *out, size_t bytes, const char *hostile)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)hostile;
	size_t want = 0, len = 0;
	bool fits = bytes > 0;

	while (*s) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);
		bool plain = n && is_printable(c);
		size_t take = n ? n : 1;

		for (size_t i = 0; i < take; i += plain ? take : 1) {
			size_t need = plain ? n : 4;

			if (fits && len + need < bytes) {
				if (plain)
					memcpy(out + len, s, n);
				else
					memcpy(out + len,
					       (char[]){'\\', 'x', hex[s[i] >> 4],
							hex[s[i] & 15]},
					       4);
				len += need;
			} else {
				fits = false;
			}
			want += need;
		}
		s += take;
	}
	if (bytes)
		out[len] = '\0';
	return want;
}

/* ---- times ---- */

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{"ns", 1},         {"us", 1000},         {"ms", 1000000},
	{"s", 1000000000}, {"h", 3600000000000}, {"d", 86400000000000},
};
#define UNITS (sizeof(units) / sizeof(units[0]))

/* value / unit to 4 significant digits, in thousandths of the unit. */
static unsigned __int128 in_thousandths(uint64_t ns, uint64_t unit)
{
	unsigned __int128 scaled = (unsigned __int128)ns * 1000;
	unsigned __int128 step = 1;

	while (scaled / unit / step >= 10000)
		step *= 10;
	return (scaled + unit * step / 2) / (unit * step) * step;
}

size_t text_duration(char *out, size_t bytes, uint64_t ns)
{
	/* In thousandths: seconds stay seconds up to 9999, hours up to 48. */
	static const uint64_t limit[UNITS] = {1000000,  1000000, 1000000,
					      10000000, 48000,   UINT64_MAX};
	unsigned __int128 t;
	unsigned int frac;
	size_t u = 0;
	int digits = 3;

	while ((t = in_thousandths(ns, units[u].ns)) >= limit[u])
		u++;
	frac = t % 1000;
	if (!frac)
		return snprintf(out, bytes, "%" PRIu64 " %s", (uint64_t)(t / 1000),
				units[u].name);
	for (; frac % 10 == 0; frac /= 10)
		digits--;
	return snprintf(out, bytes, "%" PRIu64 ".%0*u %s", (uint64_t)(t / 1000), digits,
			frac, units[u].name);
}

static bool parse_unit(const char *text, uint64_t *ns)
{
	/* The two ways to write a micro sign. */
	if (!strcmp(text, "\302\265s") || !strcmp(text, "\316\274s"))
		text = "us";
	for (size_t u = 0; u < UNITS; u++) {
		if (!strcmp(text, units[u].name)) {
			*ns = units[u].ns;
			return true;
		}
	}
	return false;
}

/* Also takes what text_duration() writes, with its space. */
bool text_parse_time(const char *text, uint64_t *ns)
{
	const char *s = text, *frac = "";
	uint64_t unit, value, scale;
	uint64_t whole = 0;
	size_t digits = 0, nr_frac = 0;

	for (; *s >= '0' && *s <= '9'; s++, digits++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*s - '0'), &whole))
			return false;
	if (*s == '.') {
		frac = ++s;
		for (; *s >= '0' && *s <= '9'; s++)
			nr_frac++;
		digits += nr_frac;
	}
	if (!digits)
		return false;
	if (*s == ' ')
		s++;
	if (!parse_unit(s, &unit) || __builtin_mul_overflow(whole, unit, &value))
		return false;

	scale = unit;
	for (size_t i = 0; i < nr_frac; i++) {
		uint64_t digit = frac[i] - '0';

		if (scale % 10) {
			if (digit)
				return false; /* finer than a nanosecond */
			continue;
		}
		scale /= 10;
		if (__builtin_add_overflow(value, digit * scale, &value))
			return false;
	}
	*ns = value;
	return true;
}

/* ---- names of things ---- */

const char *state_name(enum state s)
{
	switch (s) {
	case STATE_UNKNOWN:
		return "unknown";
	case STATE_RUNNING:
		return "running";
	case STATE_RUNNABLE:
		return "runnable";
	case STATE_LOCK:
		return "lock";
	case STATE_SYNC:
		return "sync";
	case STATE_IO:
		return "io";
	case STATE_SLEEP:
		return "sleep";
	case STATE_STOPPED:
		return "stopped";
	case STATE_OTHER:
		return "other";
	case STATE_GONE:
		return "gone";
	}
	return "unknown";
}

const char *lock_kind_name(enum lock_kind k)
{
	switch (k) {
	case LOCK_MUTEX:
		return "mutex";
	case LOCK_PI_MUTEX:
		return "PI mutex";
	case LOCK_ROBUST_MUTEX:
		return "robust mutex";
	case LOCK_RWLOCK:
		return "rwlock";
	case LOCK_KERNEL:
		return "kernel lock";
	case LOCK_FILE:
		return "file lock";
	case LOCK_FUTEX:
		return "futex";
	}
	return "lock";
}

const char *evidence_name(enum evidence e)
{
	switch (e) {
	case EVIDENCE_NONE:
		return "none";
	case EVIDENCE_OBSERVED:
		return "observed";
	case EVIDENCE_INFERRED:
		return "inferred";
	case EVIDENCE_UNKNOWN:
	case EVIDENCE_NR:
		break;
	}
	return "unknown";
}

const char *finding_kind_name(enum finding_kind k)
{
	switch (k) {
	case FINDING_DEADLOCK:
		return "deadlock";
	case FINDING_LOST_LOCK:
		return "lost_lock";
	}
	return "finding";
}

/* ---- labels ---- */

size_t model_task_label(const struct model *m, uint32_t task, char *buf, size_t bytes)
{
	const struct task *t = model_task(m, task);

	if (!t || !task)
		return snprintf(buf, bytes, "%s", t ? "idle" : "?");
	if (t->tracer)
		return snprintf(buf, bytes, "mtviz");
	/* Tasks out of scope are shown without their process: no "main" there. */
	if (t->in_scope && !t->kthread && t->leader == t->index &&
	    !strncmp(t->comm, t->process, EVENT_COMM_BYTES))
		return snprintf(buf, bytes, "main");
	if (!t->comm[0])
		return snprintf(buf, bytes, "tid %" PRIu32, t->tid);
	return text_escape(buf, bytes, t->comm);
}

size_t model_lock_label(const struct model *m, uint32_t lock, char *buf, size_t bytes)
{
	const struct lock *l = model_lock(m, lock);

	if (!l)
		return snprintf(buf, bytes, "?");
	if (l->name && l->name[0])
		return text_escape(buf, bytes, l->name);
	return snprintf(buf, bytes, "%s 0x%" PRIx64, lock_kind_name(l->kind), l->address);
}

/* Only tasks in scope have a letter; the others are dots on the screen. */
char model_task_letter(const struct model *m, uint32_t task)
{
	const struct task *t = model_task(m, task);

	return t && task && t->in_scope ? (char)('A' + t->letter % 26) : '.';
}

char model_lock_letter(const struct model *m, uint32_t lock)
{
	(void)m; /* ids are given by first contention, and so are the letters */
	return lock ? (char)('a' + (lock - 1) % 26) : '.';
}

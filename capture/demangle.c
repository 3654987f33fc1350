/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * demangle.c - a small part of the Itanium C++ ABI's grammar
 *
 *     symbol  = "_Z" name rest | "_Z" "Z" name rest "E" part [ "_" digits ]
 *     name    = [ "St" ] part | "N" { "r" | "V" | "K" | "R" | "O" } { part } "E"
 *     part    = "St" | [ "L" ] length identifier { "B" length identifier }
 */
#include "capture/demangle.h"

#include <string.h>

struct cursor {
	const char *at;
	char *out;
	size_t have, bytes;
};

static bool put(struct cursor *c, const char *text, size_t len)
{
	size_t sep = c->have ? 2 : 0;

	if (c->have + sep + len + 1 > c->bytes)
		return false;
	memcpy(c->out + c->have, "::", sep);
	memcpy(c->out + c->have + sep, text, len);
	c->have += sep + len;
	c->out[c->have] = '\0';
	return true;
}

/* length identifier; NULL if the text is shorter than it says. */
static const char *identifier(struct cursor *c, size_t *len)
{
	const char *start;

	*len = 0;
	if (*c->at < '1' || *c->at > '9')
		return NULL;
	while (*c->at >= '0' && *c->at <= '9' && *len < 1000)
		*len = *len * 10 + (size_t)(*c->at++ - '0');
	start = c->at;
	if (strnlen(start, *len) < *len)
		return NULL;
	c->at += *len;
	return start;
}

static bool part(struct cursor *c)
{
	const char *id;
	size_t len;

	if (!strncmp(c->at, "St", 2)) {
		c->at += 2;
		return put(c, "std", 3);
	}
	if (*c->at == 'L')
		c->at++;
	id = identifier(c, &len);
	if (!id)
		return false;
	while (*c->at == 'B') {
		size_t tag;

		c->at++;
		if (!identifier(c, &tag))
			return false;
	}
	if (len >= 10 && !strncmp(id, "_GLOBAL__N", 10))
		return put(c, "(anonymous)", 11);
	return put(c, id, len);
}

static bool name(struct cursor *c)
{
	if (*c->at != 'N') {
		if (!strncmp(c->at, "St", 2) && !part(c))
			return false;
		return part(c);
	}
	c->at++;
	c->at += strspn(c->at, "rVK");
	c->at += strspn(c->at, "RO");
	while (*c->at != 'E')
		if (!part(c))
			return false;
	c->at++;
	return c->have > 0;
}

/* The variable of a function: after the last E from which a name fills the rest. */
static bool local(struct cursor *c)
{
	const char *first = c->at;

	for (const char *e = c->at + strlen(c->at); e-- > first;) {
		struct cursor tail = *c;

		if (*e != 'E')
			continue;
		tail.at = e + 1;
		if (!part(&tail))
			continue;
		if (*tail.at == '_')
			tail.at += 1 + strspn(tail.at + 1, "_0123456789");
		if (*tail.at && *tail.at != '.')
			continue;
		*c = tail;
		return true;
	}
	return false;
}

bool demangle(const char *symbol, char *out, size_t bytes)
{
	struct cursor c = {.at = symbol + 2, .out = out, .bytes = bytes};

	if (strncmp(symbol, "_Z", 2))
		return false;
	if (*c.at != 'Z')
		return name(&c) && *c.at != 'I'; /* I: arguments of a template */
	c.at++;
	return name(&c) && local(&c);
}

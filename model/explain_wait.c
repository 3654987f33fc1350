/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model/explain_wait.c - what a task waits for, and because of whom
 *
 * A system call says what was asked for, a descriptor's kind on what. Where
 * several things look alike from the kernel (a condition variable and a
 * semaphore do) all of them are named.
 */
#include "model/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- pieces ---- */

void words_say(struct words *w, const char *fmt, ...)
{
	bool room = w->len < w->bytes;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room ? w->buf + w->len : NULL, room ? w->bytes - w->len : 0, fmt,
		      ap);
	va_end(ap);
	if (n > 0)
		w->len += n;
}

void words_back(struct words *w, size_t len)
{
	w->len = len;
	if (len < w->bytes)
		w->buf[len] = '\0';
}

size_t words_end(struct words *w)
{
	size_t at;

	if (!w->bytes || w->len < w->bytes) {
		if (w->bytes && !w->len)
			w->buf[0] = '\0';
		return w->len;
	}
	/* Cut short: take back the character that was cut in two. */
	at = w->bytes - 1;
	while (at > 0 && ((unsigned char)w->buf[at - 1] & 0xc0) == 0x80)
		at--;
	if (at > 0 && (unsigned char)w->buf[at - 1] >= 0xc0) {
		unsigned char lead = w->buf[at - 1];
		size_t whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

		if (at - 1 + whole > w->bytes - 1)
			w->buf[at - 1] = '\0';
	}
	return w->len;
}

static void say_rounded(struct words *w, uint64_t ns, uint64_t below)
{
	uint64_t step = 1;
	char text[32];

	while (ns / step >= below)
		step *= 10;
	ns = (ns / step + (ns % step >= (step + 1) / 2)) * step;
	text_duration(text, sizeof(text), ns);
	words_say(w, "%s", text);
}

void say_duration(struct words *w, uint64_t ns)
{
	say_rounded(w, ns, 1000);
}

void say_about(struct words *w, uint64_t ns)
{
	say_rounded(w, ns, 100);
}

/*
 * At least milliseconds, else a hundredth of around_ns; cut, not rounded, so
 * that the moment stays inside what it is a moment of.
 */
void say_moment(struct words *w, uint64_t time_ns, uint64_t around_ns)
{
	uint64_t ns = time_ns % 1000000000, step = 1000000;
	int digits = 3;

	while (step > 1 && step * 100 > around_ns) {
		step /= 10;
		digits++;
	}
	for (ns /= step; digits > 3 && ns % 10 == 0; ns /= 10)
		digits--;
	words_say(w, "%" PRIu64 ".%0*" PRIu64 " s", time_ns / 1000000000, digits, ns);
}

void say_task(struct words *w, const struct model *m, uint32_t task)
{
	const struct task *t = model_task(m, task);
	char label[80];

	if (!t || !task) {
		words_say(w, "nobody");
		return;
	}
	model_task_label(m, task, label, sizeof(label));
	if (t->in_scope)
		words_say(w, "%c %s", model_task_letter(m, task), label);
	else
		words_say(w, "%s", label);
}

void say_lock(struct words *w, const struct model *m, uint32_t lock)
{
	const struct lock *l = model_lock(m, lock);
	char name[200];

	if (!l) {
		words_say(w, "a lock");
		return;
	}
	if (l->name && l->name[0])
		text_escape(name, sizeof(name), l->name);
	else
		snprintf(name, sizeof(name), "0x%" PRIx64, l->address);
	words_say(w, "%s %c = %s", lock_kind_name(l->kind), model_lock_letter(m, lock),
		  name);
}

/* ---- system calls and what they are on ---- */

/* Either or both may be missing. */
static const char *kind_of_file(const struct wait *wait)
{
	if (!(wait->flags & SWITCH_FD))
		return NULL;
	switch (wait->fd_mode & S_IFMT) {
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a directory";
	case S_IFCHR:
		return "a terminal or device";
	case S_IFBLK:
		return "a block device";
	case S_IFLNK:
		return "a link";
	}
	return NULL;
}

static const char *call_name(const struct wait *wait, char *buf, size_t bytes)
{
	const char *name = wait->syscall >= 0 ? syscall_name(wait->syscall) : NULL;

	if (name)
		return name;
	if (wait->syscall < 0)
		return NULL;
	snprintf(buf, bytes, "system call %d", wait->syscall);
	return buf;
}

/* By name: numbers differ between machines. "" ends a row. */
static const struct {
	const char *phrase;
	const char *calls[10];
} io_phrases[] = {
	{"to read from", {"read", "pread64", "readv", "preadv", "preadv2", "getdents64"}},
	{"to write to", {"write", "pwrite64", "writev", "pwritev", "pwritev2"}},
	{"to receive from", {"recvfrom", "recvmsg", "recvmmsg"}},
	{"to send to", {"sendto", "sendmsg", "sendmmsg", "sendfile", "splice", "tee"}},
	{"for a connection on", {"accept", "accept4"}},
	{"to connect", {"connect"}},
	{"to open", {"open", "openat", "openat2", "creat"}},
};

static const char *io_phrase(const char *call)
{
	for (size_t i = 0; i < sizeof(io_phrases) / sizeof(io_phrases[0]); i++)
		for (size_t k = 0; k < 10 && io_phrases[i].calls[k]; k++)
			if (!strcmp(call, io_phrases[i].calls[k]))
				return io_phrases[i].phrase;
	return NULL;
}

static bool is_poll(const char *call)
{
	return !strncmp(call, "epoll_", 6) || !strcmp(call, "poll") ||
	       !strcmp(call, "ppoll") || !strcmp(call, "select") ||
	       !strcmp(call, "pselect6");
}

static void say_io(struct words *w, const struct wait *wait)
{
	char number[32];
	const char *call = wait ? call_name(wait, number, sizeof(number)) : NULL;
	const char *kind = wait ? kind_of_file(wait) : NULL;
	const char *phrase = call ? io_phrase(call) : NULL;

	if (!wait)
		words_say(w, "for input or output");
	else if (!call)
		words_say(w, "for a page of memory (page fault)");
	else if (phrase)
		words_say(w, "%s %s", phrase,
			  kind                      ? kind
			  : wait->flags & SWITCH_FD ? "a descriptor"
						    : "a file");
	else if (is_poll(call))
		words_say(w, "in %s for %s", call, kind ? kind : "its descriptors");
	else if (kind)
		words_say(w, "in %s on %s", call, kind);
	else
		words_say(w, "in %s", call);
	if (wait && call && wait->flags & SWITCH_IOWAIT)
		words_say(w, ": the disk");
}

/* ---- other tasks ---- */

enum { FUTEX_OP_MASK = 0x7f, OP_WAIT = 0, OP_WAIT_BITSET = 9, OP_WAIT_REQUEUE_PI = 11 };

static bool call_is(const char *call, const char *const *list)
{
	for (; call && *list; list++)
		if (!strcmp(call, *list))
			return true;
	return false;
}

static const char *sync_object(const struct wait *wait, const char *call)
{
	static const char *const child[] = {"wait4", "waitid", NULL};
	static const char *const vfork[] = {"vfork", "clone", "clone3", NULL};
	static const char *const signals[] = {"pause", "rt_sigsuspend", "rt_sigtimedwait",
					      NULL};
	static const char *const sem[] = {"semop", "semtimedop", NULL};
	static const char *const queue[] = {"msgsnd", "msgrcv", "mq_timedsend",
					    "mq_timedreceive", NULL};

	if (call_is(call, child))
		return "for a child to end";
	if (call_is(call, vfork))
		return "for its new child to exec or exit";
	if (call_is(call, signals))
		return "for a signal";
	if (call_is(call, sem))
		return "for a System V semaphore";
	if (call_is(call, queue))
		return "for a message queue";
	if (!(wait->flags & SWITCH_FUTEX))
		return NULL;
	switch (wait->op & FUTEX_OP_MASK) {
	case OP_WAIT_BITSET: /* glibc's condition variables and semaphores */
		return "for a condition variable or semaphore";
	case OP_WAIT_REQUEUE_PI:
		return "for a condition variable";
	case OP_WAIT:
		return "for a barrier or another futex";
	}
	return "for a condition variable, semaphore or barrier";
}

static void say_sync(struct words *w, const struct model *m, uint32_t task,
		     const struct wait *wait)
{
	const struct task *t = model_task(m, task);
	const char *call, *object;
	uint32_t joined;
	char number[32];

	if (!wait) {
		words_say(w, "for another task");
		return;
	}
	if (wait->join_tid) {
		joined = t ? task_by_ns_tid(m, t->tgid, wait->join_tid) : 0;
		words_say(w, "for ");
		if (joined)
			say_task(w, m, joined);
		else
			words_say(w, "tid %" PRIu32, wait->join_tid);
		words_say(w, " to end (join)");
		return;
	}
	call = call_name(wait, number, sizeof(number));
	object = sync_object(wait, call);
	if (object)
		words_say(w, "%s", object);
	else if (call)
		words_say(w, "for another task, in %s", call);
	else
		words_say(w, "for another task");
}

/* ---- slices ---- */

/* "waits 4 ms", "has waited 4 ms", "waiting"; with infix "for ": "is stopped for 4 ms" */
static void say_verb(struct words *w, enum form form, uint64_t ns, const char *now,
		     const char *so_far, const char *participle)
{
	if (form == FORM_PARTICIPLE) {
		words_say(w, "%s", participle);
		return;
	}
	words_say(w, "%s ", form == FORM_NOW ? now : so_far);
	say_duration(w, ns);
}

static void say_blocked(struct words *w, const struct model *m, uint32_t task,
			const struct slice *s, enum form form)
{
	const struct wait *wait = model_wait(m, s->wait);
	char number[32];
	const char *call = wait ? call_name(wait, number, sizeof(number)) : NULL;

	switch (s->state) {
	case STATE_SLEEP:
		say_verb(w, form, slice_ns(s), "sleeps", "has slept", "sleeping");
		if (call)
			words_say(w, " in %s", call);
		return;
	case STATE_STOPPED:
		say_verb(w, form, slice_ns(s), "is stopped for", "has been stopped for",
			 "stopped");
		words_say(w, " by a signal or a debugger");
		return;
	case STATE_OTHER:
		say_verb(w, form, slice_ns(s), "is blocked for", "has been blocked for",
			 "blocked");
		if (call)
			words_say(w, " in %s", call);
		else if (model_info(m) && model_info(m)->foreign)
			words_say(w, "; this recording does not say in what");
		return;
	}
	say_verb(w, form, slice_ns(s), "waits", "has waited", "waiting");
	words_say(w, " ");
	if (s->state == STATE_LOCK) {
		words_say(w, "for ");
		say_lock(w, m, wait ? wait->lock : 0);
	} else if (s->state == STATE_SYNC) {
		say_sync(w, m, task, wait);
	} else {
		say_io(w, wait);
	}
}

void say_slice(struct words *w, const struct model *m, uint32_t task,
	       const struct slice *s, enum form form)
{
	char now[40], so_far[40], participle[40];

	switch (s->state) {
	case STATE_UNKNOWN:
		say_verb(w, form, slice_ns(s), "is unknown for", "is unknown for",
			 "unknown");
		break;
	case STATE_RUNNING:
		snprintf(now, sizeof(now), "runs on CPU %u for", s->cpu);
		snprintf(so_far, sizeof(so_far), "has run on CPU %u for", s->cpu);
		snprintf(participle, sizeof(participle), "running on CPU %u", s->cpu);
		say_verb(w, form, slice_ns(s), now, so_far, participle);
		break;
	case STATE_RUNNABLE:
		say_verb(w, form, slice_ns(s), "wants a CPU for", "has wanted a CPU for",
			 "runnable");
		break;
	default:
		say_blocked(w, m, task, s, form);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/session.c - one capture from the command line: what live and record share
 */
#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/identity.h"
#include "capture/launch.h"
#include "capture/names.h"
#include "cli/cli.h"

/* ---- options ---- */
enum { KEY_CGROUP = 0x100, KEY_OTHERS, KEY_AS_ROOT, KEY_MEMORY };

static const struct argp_option options[] = {
	{0, 0, 0, 0, "What to trace:", 1},
	{"pid", 'p', "PID[,PID...]", 0,
	 "these processes, all their threads and later children", 1},
	{"all", 'a', 0, 0, "every task of the system", 1},
	{"cgroup", KEY_CGROUP, "PATH", 0, "the tasks of this control group", 1},
	{"others", KEY_OTHERS, "yes|no", 0,
	 "whether CPU lanes show tasks that are not traced (yes)", 1},
	{"as-root", KEY_AS_ROOT, 0, 0,
	 "under sudo: run the command as root, and keep root", 1},
	{"memory", KEY_MEMORY, "SIZE", 0, "how much history to keep (512M)", 1},
	{0},
};

static void parse_pids(char *list, struct session_options *o, struct argp_state *state)
{
	char *word, *rest = list, *end;

	while ((word = strsep(&rest, ","))) {
		long pid = strtol(word, &end, 10);
		pid_t *pids;

		if (*end || end == word || pid <= 0 || pid > 1 << 22)
			argp_error(state, "-p takes process numbers, not '%s'", word);
		pids = reallocarray(o->pids, (size_t)o->nr_pids + 1, sizeof(*pids));
		if (!pids)
			argp_failure(state, STATUS_FAILED, ENOMEM, "-p");
		o->pids = pids;
		o->pids[o->nr_pids++] = (pid_t)pid;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct session_options *o = state->input;

	switch (key) {
	case 'p':
		parse_pids(arg, o, state);
		return 0;
	case 'a':
		o->all = true;
		return 0;
	case KEY_CGROUP:
		o->cgroup = arg;
		return 0;
	case KEY_OTHERS:
		if (strcmp(arg, "yes") && strcmp(arg, "no"))
			argp_error(state, "--others takes yes or no, not '%s'", arg);
		o->no_others = !strcmp(arg, "no");
		return 0;
	case KEY_AS_ROOT:
		o->as_root = true;
		return 0;
	case KEY_MEMORY:
		o->memory_bytes = parse_memory(arg, state);
		return 0;
	case ARGP_KEY_ARGS:
		o->argv = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		if ((o->argv != NULL) + (o->nr_pids > 0) + o->all + (o->cgroup != NULL) > 1)
			argp_error(state, "give a command, -p, -a or --cgroup, only one of them");
		if (!o->argv && !o->nr_pids && !o->all && !o->cgroup)
			argp_error(state, "nothing to trace: give a command, -p PID or -a");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp session_argp = {.options = options, .parser = parse};

/* ---- files ---- */
int outfile_open(struct outfile *f, const struct session *s, const char *path)
{
	*f = (struct outfile){.path = path, .created = true};
	f->fd = identity_open(s->as, path, O_RDWR | O_CREAT | O_EXCL);
	if (f->fd == -EEXIST) {
		f->created = false;
		f->fd = identity_open(s->as, path, O_RDWR);
		if (f->fd == -EACCES || f->fd == -EINVAL)
			f->fd = identity_open(s->as, path, O_WRONLY);
	}
	if (f->fd >= 0)
		return 0;
	say("cannot write %s: %s", path,
	    f->fd == -ELOOP ? "it is a symbolic link, which is not followed" :
			      strerror(-f->fd));
	hint("choose another file with -o FILE");
	f->path = NULL;
	return STATUS_FAILED;
}

static void outfile_start(struct outfile *f)
{
	struct stat st;

	if (f->path && !f->created && !fstat(f->fd, &st) && S_ISREG(st.st_mode) &&
	    ftruncate(f->fd, 0))
		say("cannot empty %s: %s", f->path, strerror(errno));
}

static void outfile_abandon(struct outfile *f)
{
	if (f->path && f->created)
		unlink(f->path);
}

/* ---- the session ---- */
static int fail(const struct capture_error *err)
{
	say("%s", err->what);
	hint("%s", err->hint);
	return STATUS_FAILED;
}

static int open_command(struct session *s, const struct session_options *opt, bool pane)
{
	const struct launch_options lo = {.argv = opt->argv, .as = s->as, .pane = pane};
	int err;

	err = capture_scope_children(s->capture, true);
	if (!err) {
		s->launch = launch_prepare(&lo);
		if (!s->launch)
			err = -errno;
		capture_scope_children(s->capture, false);
	}
	if (err) {
		say("cannot start %s: %s", opt->argv[0], strerror(-err));
		return STATUS_FAILED;
	}
	return 0;
}

int session_open(struct session *s, const struct session_options *opt, bool pane)
{
	const struct capture_options co = {
		.all = opt->all,
		.cgroup = opt->cgroup,
		.pids = opt->pids,
		.nr_pids = opt->nr_pids,
		.others = !opt->no_others,
		.argv = opt->argv,
	};
	struct capture_error err = {0};

	*s = (struct session){0};
	errno = 0;
	s->as = opt->as_root ? NULL : identity_invoking();
	if (!s->as && errno) {
		say("cannot tell who called sudo: %s", strerror(errno));
		hint("use --as-root to run the command as root");
		return STATUS_FAILED;
	}
	s->capture = capture_new(&co, &err);
	if (!s->capture)
		return fail(&err);
	if (s->as) {
		s->helper = helper_start();
		if (s->helper)
			capture_ignore(s->capture, helper_pid(s->helper));
		/* Of a command it has no business with other users' processes. */
		if (s->helper && opt->argv)
			helper_confine(s->helper, identity_uid(s->as));
	}
	s->names = names_new(s->helper);
	capture_set_names(s->capture, s->names);
	if (opt->argv) {
		int status = open_command(s, opt, pane);

		if (status)
			return status;
	}
	if (capture_attach(s->capture, &err))
		return fail(&err);
	return 0;
}

static int become_user(const struct session *s)
{
	int err = s->as ? identity_drop(s->as) : 0;

	if (!err)
		return 0;
	say("cannot give up root: %s", strerror(-err));
	hint("use --as-root to keep it");
	return STATUS_FAILED;
}

/* Without the right to do so it stays as it is, and more may be lost. */
void session_hurry(bool on)
{
	const struct sched_param first = {.sched_priority = 90}, ordinary = {0};

	setpriority(PRIO_PROCESS, (id_t)gettid(), on ? -20 : 0);
	if (on)
		sched_setscheduler(0, SCHED_RR, &first);
	else
		sched_setscheduler(0, SCHED_OTHER, &ordinary);
}

static int exec_command(struct session *s, const char *name)
{
	int err = launch_go(s->launch);

	if (!err)
		return 0;
	say("cannot run %s: %s", name, err == -ENOENT ? "not found" : strerror(-err));
	return err == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

int session_go(struct session *s, const struct session_options *opt,
	       struct outfile *const files[], unsigned int nr)
{
	int status;

	session_hurry(true);
	status = become_user(s);
	if (!status && s->launch)
		status = exec_command(s, opt->argv[0]);
	for (unsigned int i = 0; i < nr; i++) {
		if (status)
			outfile_abandon(files[i]);
		else
			outfile_start(files[i]);
	}
	return status;
}

void session_close(struct session *s)
{
	launch_free(s->launch);
	capture_free(s->capture);
	names_free(s->names);
	helper_stop(s->helper);
	identity_free(s->as);
}

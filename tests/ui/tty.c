/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tty.c - a pseudo-terminal, a session leader, a child, and a terminal's screen
 */
#include "tests/ui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- the child ---- */

static struct shared *shared;
static bool still_running;

static void child_stats(void *ctx, struct ui_stats *out)
{
	*out = (struct ui_stats){.ended = !ctx, .running = still_running};
}

static void child_stop(void *ctx)
{
	(void)ctx;
	shared->stopped++;
}

static void child_detach(void *ctx)
{
	(void)ctx;
	shared->detached++;
}

static void *user_of_the_lock(void *lock)
{
	for (;;) {
		pthread_mutex_lock(lock);
		shared->laps++;
		pthread_mutex_unlock(lock);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return NULL;
}

static void run_child(const struct tty_how *how)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct ui_host host = {
		.model = how->scene(),
		.lock = &lock,
		.ctx = how->live ? &host : NULL,
		.live = how->live,
		.title = "./a\033]0;owned\007b",
		.stats = child_stats,
		.stop = child_stop,
		.detach = child_detach,
	};
	const struct ui_options opt = {.mono = how->mono, .speed = 1};
	pthread_t second;

	/* cmocka has handlers of its own for these. */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	still_running = how->running;
	setenv("TERM", how->term ? how->term : "xterm-256color", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	setenv("LC_ALL", how->locale ? how->locale : "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	if (how->busy)
		pthread_create(&second, NULL, user_of_the_lock, &lock);
	shared->result = ui_run(&host, &opt, shared->why, sizeof(shared->why));
	if (!how->busy)
		model_free(host.model);
	_exit(shared->result ? 9 : 0);
}

/* A shell of one job: puts it in the foreground and tells what becomes of it. */
static void run_leader(const struct tty_how *how, const char *slave_name, int status_fd)
{
	pid_t child;
	int status, tty;

	setsid();
	tty = open(slave_name, O_RDWR);
	ioctl(tty, TIOCSCTTY, 0);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	child = fork();
	if (!child) {
		setpgid(0, 0);
		tcsetpgrp(tty, getpid());
		signal(SIGTTOU, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		for (int fd = 0; fd < 3; fd++)
			dup2(tty, fd);
		close(tty);
		run_child(how);
	}
	if (write(status_fd, &child, sizeof(child)) < 0)
		_exit(1);
	while (waitpid(child, &status, WUNTRACED) == child) {
		if (write(status_fd, &status, sizeof(status)) < 0 || !WIFSTOPPED(status))
			break;
	}
	_exit(0);
}

/* ---- the terminal ---- */

static int on_prop(VTermProp prop, VTermValue *val, void *user)
{
	struct tty *t = user;

	if (prop == VTERM_PROP_ALTSCREEN)
		t->altscreen = val->boolean;
	else if (prop == VTERM_PROP_CURSORVISIBLE)
		t->cursor_visible = val->boolean;
	else if (prop == VTERM_PROP_MOUSE)
		t->mouse = val->number;
	return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_prop};

struct tty *tty_open(const struct tty_how *how)
{
	struct tty *t = calloc(1, sizeof(*t));
	const struct winsize ws = {
		.ws_row = (unsigned short)(how->rows ? how->rows : 24),
		.ws_col = (unsigned short)(how->cols ? how->cols : 80),
	};
	int fds[2];

	assert_non_null(t);
	t->rows = ws.ws_row;
	t->cols = ws.ws_col;
	t->cursor_visible = 1;
	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master) || unlockpt(t->master), 0);
	t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t->slave >= 0);
	assert_int_equal(ioctl(t->slave, TIOCSWINSZ, &ws), 0);
	assert_int_equal(tcgetattr(t->slave, &t->before), 0);
	t->shared = shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	t->vt = vterm_new(t->rows, t->cols);
	vterm_set_utf8(t->vt, 1);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_enable_altscreen(t->screen, 1);
	vterm_screen_set_callbacks(t->screen, &callbacks, t);
	vterm_screen_reset(t->screen, 1);
	t->altscreen = t->mouse = 0;
	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	t->leader = fork();
	if (!t->leader) {
		close(fds[0]);
		run_leader(how, ptsname(t->master), fds[1]);
	}
	close(fds[1]);
	t->status_pipe = fds[0];
	assert_int_equal(read(fds[0], &t->child, sizeof(t->child)), sizeof(t->child));
	return t;
}

void tty_close(struct tty *t)
{
	kill(t->child, SIGKILL);
	waitpid(t->leader, NULL, 0);
	close(t->master);
	close(t->slave);
	close(t->status_pipe);
	vterm_free(t->vt);
	munmap(t->shared, sizeof(*t->shared));
	free(t->bytes);
	free(t);
}

static void keep(struct tty *t, const char *buf, size_t n)
{
	if (t->nr_bytes + n + 1 > t->cap_bytes) {
		t->cap_bytes = (t->nr_bytes + n + 1) * 2;
		t->bytes = realloc(t->bytes, t->cap_bytes);
		assert_non_null(t->bytes);
	}
	memcpy(t->bytes + t->nr_bytes, buf, n);
	t->nr_bytes += n;
	t->bytes[t->nr_bytes] = '\0';
}

/* What is there within ms; 0: nothing came. */
static size_t take(struct tty *t, int ms)
{
	struct pollfd pfd = {.fd = t->master, .events = POLLIN};
	char buf[8192];
	ssize_t n;

	if (poll(&pfd, 1, ms) <= 0)
		return 0;
	n = read(t->master, buf, sizeof(buf));
	if (n <= 0)
		return 0;
	keep(t, buf, (size_t)n);
	vterm_input_write(t->vt, buf, (size_t)n);
	return (size_t)n;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

size_t tty_pump(struct tty *t, int ms)
{
	int64_t end = now_ms() + ms;
	size_t sum = 0;

	while (now_ms() < end)
		sum += take(t, (int)(end - now_ms()));
	return sum;
}

void tty_send(struct tty *t, const char *keys_sent)
{
	assert_int_equal(write(t->master, keys_sent, strlen(keys_sent)),
			 strlen(keys_sent));
}

VTermScreenCell tty_cell(struct tty *t, int row, int col)
{
	VTermScreenCell cell;

	memset(&cell, 0, sizeof(cell));
	vterm_screen_get_cell(t->screen, (VTermPos){.row = row, .col = col}, &cell);
	return cell;
}

const char *tty_line(struct tty *t, int row)
{
	static char line[2000];
	size_t len = 0;

	for (int col = 0; col < t->cols && len + 8 < sizeof(line); col++) {
		VTermScreenCell cell = tty_cell(t, row, col);
		char utf8[5];

		if (cell.chars[0] == (uint32_t)-1)
			continue;
		len += canvas_encode(cell.chars[0] ? cell.chars[0] : ' ', utf8);
		memcpy(line + len - strlen(utf8), utf8, strlen(utf8));
	}
	while (len && line[len - 1] == ' ')
		len--;
	line[len] = '\0';
	return line;
}

int tty_find(struct tty *t, const char *text)
{
	for (int row = 0; row < t->rows; row++)
		if (strstr(tty_line(t, row), text))
			return row;
	return -1;
}

void tty_wait(struct tty *t, const char *text)
{
	int64_t end = now_ms() + 5000;

	while (tty_find(t, text) < 0 && now_ms() < end)
		take(t, 50);
	if (tty_find(t, text) < 0) {
		for (int row = 0; row < t->rows; row++)
			fprintf(stderr, "%s\n", tty_line(t, row));
		fail_msg("the screen never showed: %s", text);
	}
	while (take(t, 30) && now_ms() < end) /* and the rest of that frame */
		;
}

void tty_resize(struct tty *t, int rows, int cols)
{
	const struct winsize ws = {.ws_row = (unsigned short)rows,
				   .ws_col = (unsigned short)cols};

	tty_pump(t, 20);
	t->rows = rows;
	t->cols = cols;
	vterm_set_size(t->vt, rows, cols);
	assert_int_equal(ioctl(t->master, TIOCSWINSZ, &ws), 0);
}

int tty_status(struct tty *t)
{
	struct pollfd pfd = {.fd = t->status_pipe, .events = POLLIN};
	int64_t end = now_ms() + 5000;
	int status;

	while (now_ms() < end) {
		take(t, 10);
		if (poll(&pfd, 1, 0) > 0) {
			assert_int_equal(read(t->status_pipe, &status, sizeof(status)),
					 sizeof(status));
			while (take(t, 20))
				;
			return status;
		}
	}
	fail_msg("nothing became of the child");
	return 0;
}

void tty_restored(struct tty *t)
{
	struct termios now;

	assert_int_equal(t->altscreen, 0);
	assert_int_equal(t->cursor_visible, 1);
	assert_int_equal(t->mouse, VTERM_PROP_MOUSE_NONE);
	assert_int_equal(tcgetattr(t->slave, &now), 0);
	assert_int_equal(now.c_iflag, t->before.c_iflag);
	assert_int_equal(now.c_oflag, t->before.c_oflag);
	assert_int_equal(now.c_cflag, t->before.c_cflag);
	assert_int_equal(now.c_lflag, t->before.c_lflag);
	assert_memory_equal(now.c_cc, t->before.c_cc, sizeof(now.c_cc));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ui/ui.c - the loop: wait for a key or for time to pass, then one frame
 *
 * The model's lock is held while keys act and while a frame is drawn into the
 * canvas, never while the terminal is written to: a terminal that stalls (a
 * slow line, Ctrl-S) stalls this thread alone.
 */
#include "ui/ui.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/screen.h"
#include "ui/term.h"
#include "ui/view.h"

#define FRAME_MS 33  /* while something is played */
#define LIVE_MS  100 /* scrolling is at most this fast */
#define QUIET_MS 1000

struct ui {
	struct app app;
	struct screen *screen;
	struct canvas canvas;
	bool due, gone; /* a frame is due; the terminal is gone */
};

static uint64_t wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int frame(struct ui *u)
{
	const struct ui_host *host = u->app.host;
	int err = 0;

	app_poll(&u->app);
	pthread_mutex_lock(host->lock);
	u->due |= app_tick(&u->app, wall_ns());
	if (u->due)
		err = app_draw(&u->app, &u->canvas);
	pthread_mutex_unlock(host->lock);
	if (u->app.redraw_all)
		screen_redraw(u->screen);
	u->app.redraw_all = false;
	if (u->due && !err)
		screen_show(u->screen, &u->canvas);
	u->due = false;
	return err;
}

static int resize(struct ui *u)
{
	int rows, cols, err;

	screen_size(u->screen, &rows, &cols);
	err = canvas_resize(&u->canvas, rows, cols);
	if (!err)
		err = app_resize(&u->app, rows, cols);
	u->due = true;
	return err;
}

static int how_long(const struct ui *u)
{
	const struct app *a = &u->app;

	if (a->playing)
		return FRAME_MS;
	if (a->host->live && !a->stats.ended)
		return LIVE_MS;
	return a->message[0] || a->view == VIEW_OUTPUT ? QUIET_MS : -1;
}

static int signals(struct ui *u)
{
	unsigned int flags = term_flags();
	int err = 0;

	if (flags & TERM_END)
		u->app.done = true;
	if (flags & TERM_STOP)
		screen_suspend(u->screen, false);
	else if (flags & TERM_CONT)
		screen_resume(u->screen);
	if (flags & (TERM_RESIZE | TERM_STOP | TERM_CONT))
		err = resize(u);
	return err;
}

static int read_keys(struct ui *u)
{
	const struct ui_host *host = u->app.host;
	struct mouse mouse;
	int key, err = 0;

	while (!u->app.done && !err &&
	       (key = screen_key(u->screen, &mouse)) != KEY_NONE_) {
		u->due = true;
		if (key == KEY_RESIZE_) {
			err = resize(u);
			continue;
		}
		pthread_mutex_lock(host->lock);
		if (key == KEY_MOUSE_)
			app_mouse(&u->app, &mouse);
		else
			app_key(&u->app, key);
		pthread_mutex_unlock(host->lock);
		if (u->app.save)
			prompt_save(&u->app);
		if (u->app.suspend) {
			u->app.suspend = false;
			screen_suspend(u->screen, true);
			err = resize(u);
		}
	}
	return err;
}

static int loop(struct ui *u)
{
	struct pollfd fds[2] = {
		{.fd = screen_fd(u->screen), .events = POLLIN},
		{.fd = term_wake_fd(), .events = POLLIN},
	};
	int err = resize(u);

	while (!err && !u->app.done) {
		err = frame(u);
		if (err)
			break;
		if (poll(fds, 2, how_long(u)) < 0) {
			if (errno != EINTR)
				return -errno;
			fds[0].revents = 0;
		}
		err = signals(u);
		if (!err && fds[0].revents & POLLIN)
			err = read_keys(u);
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			u->gone = u->app.done = true;
	}
	return err;
}

int ui_run(const struct ui_host *host, const struct ui_options *opt, char *why,
	   size_t why_bytes)
{
	struct ui u = {0};
	int err = 0, sig;

	u.screen = screen_open(opt, &err, why, why_bytes);
	if (!u.screen)
		return err;
	err = app_init(&u.app, host, opt, screen_colour(u.screen), screen_utf8(u.screen));
	if (!err)
		err = canvas_init(&u.canvas, 1, 1, u.app.theme.ascii);
	if (!err)
		err = loop(&u);
	sig = term_end_signal();
	screen_close(u.screen);
	app_free(&u.app);
	canvas_free(&u.canvas);
	if (err) {
		snprintf(why, why_bytes, "the screen ended: %s", strerror(-err));
	} else if (sig || u.gone) {
		snprintf(why, why_bytes, "%s",
			 sig ? strsignal(sig) : "the terminal is gone");
		err = -EINTR;
	}
	return err;
}

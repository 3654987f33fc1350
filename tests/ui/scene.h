/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/ui/scene.h - small worlds for the screen to show, and a screen for them
 *
 * bank:      main and three workers under one mutex, 2 CPUs, another program
 *            that takes CPU 1 now and then; 1 ms steps, always the same
 * deadlock:  two threads, two locks, and a third that naps
 * crowd:     many threads, most of them idle
 * processes: a master and workers as processes; one is killed, one exits
 * gap:       lost events on CPU 0
 */
#ifndef MTVIZ_TESTS_UI_SCENE_H
#define MTVIZ_TESTS_UI_SCENE_H

#include <pthread.h>

#include "tests/model/story.h"
#include "ui/view.h"

struct model *scene_bank(unsigned int workers, uint64_t ms, bool ended);
struct model *scene_deadlock(void);
struct model *scene_crowd(unsigned int threads);
struct model *scene_processes(void);
struct model *scene_gap(void);
struct model *scene_start(unsigned int nr_cpus);

/* A screen without a terminal. */
struct stage {
	struct ui_host host;
	struct ui_options opt;
	struct ui_stats stats; /* what the host will say */
	pthread_mutex_t lock;
	struct app app;
	struct canvas canvas;
	uint64_t wall_ns;
	char output[8192];
	uint64_t output_serial;
	int stopped, detached;
	char saved_as[200];
};

enum stage_flags {
	STAGE_LIVE = 1,
	STAGE_MONO = 2,
	STAGE_ASCII = 4,
};

struct stage *stage_open(struct model *m, int rows, int cols, unsigned int flags);
void stage_close(struct stage *s);             /* frees the model as well */
void stage_wait(struct stage *s, uint64_t ns); /* time passes, then a frame */
void stage_key(struct stage *s, int key);      /* and a frame */
void stage_type(struct stage *s, const char *text);
/* A line of the screen, and the first that contains text (-1: none). */
const char *stage_line(struct stage *s, int row);
int stage_find(struct stage *s, const char *text);
void stage_resize(struct stage *s, int rows, int cols);

/*
 * Compares the canvas with tests/golden/NAME: text, and looks too if they
 * should be. MTVIZ_GOLDEN_UPDATE=1 writes the file instead.
 */
void stage_golden(struct stage *s, const char *name, bool looks);

#endif

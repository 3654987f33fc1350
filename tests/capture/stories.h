/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/capture/stories.h - processes whose threads do what a test knows
 *
 * A story runs in a forked process and writes down, in memory that both see,
 * what the probes should have seen of it.
 */
#ifndef MTVIZ_TESTS_CAPTURE_STORIES_H
#define MTVIZ_TESTS_CAPTURE_STORIES_H

#include <stdint.h>
#include <sys/types.h>

#define THREADS 4

/* What the process under test tells. */
struct told {
	_Atomic int ready, go;
	pid_t tid[THREADS];
	unsigned long switches[THREADS];
	uint64_t addr[2];
};

extern struct told *told;
int told_map(void); /* 0 or -1 */

void ms(int n);
/* It dies with this process. */
pid_t fork_story(void (*story)(void));

void story_switches(void); /* four threads; told->switches once told->go */
void story_hand_on(void);  /* a mutex, addr[0], from tid[0] to tid[1] to tid[2] */
void story_deadlock(void); /* tid[0] has addr[0], wants addr[1]; tid[1] has that */
void story_calls(void);	   /* sleeps in calls of many kinds; tid[1] is a child, exits 7 */
void story_spin(void);	   /* two threads share CPU 0 until told->go, for 2 s at most */
void story_exec(void);	   /* a shell that exits with 3 */
void story_killed(void);   /* by SIGKILL */
void story_ping_pong(void); /* 5000 rounds between two processes, told->ready, a nap */

#endif

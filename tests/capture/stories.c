// SPDX-License-Identifier: GPL-2.0-or-later
/* tests/capture/stories.c - see stories.h */
#include "tests/capture/stories.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct told *told;

int told_map(void)
{
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return told == MAP_FAILED ? -1 : 0;
}

void ms(int n)
{
	nanosleep(&(struct timespec){.tv_nsec = n * 1000000L}, NULL);
}

pid_t fork_story(void (*story)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		story();
		_exit(0);
	}
	return pid;
}

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;

static void threads(void *(*body)(void *), int nr)
{
	pthread_t t[THREADS];

	pthread_barrier_init(&all, NULL, nr);
	told->addr[0] = (uintptr_t)&left;
	told->addr[1] = (uintptr_t)&right;
	for (intptr_t i = 0; i < nr; i++)
		pthread_create(&t[i], NULL, body, (void *)i);
	for (int i = 0; i < nr; i++)
		pthread_join(t[i], NULL);
}

/* Reads a thread's account; twice the same means that it stands still. */
static unsigned long switches_of(pid_t tid)
{
	unsigned long a = 0, b = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "voluntary_ctxt_switches: %lu", &a);
		sscanf(line, "nonvoluntary_ctxt_switches: %lu", &b);
	}
	if (f)
		fclose(f);
	return a + b;
}

static void *switch_much(void *arg)
{
	int i = (intptr_t)arg;

	told->tid[i] = gettid();
	for (int n = 0; n < 200; n++) {
		pthread_mutex_lock(&left);
		if (n % 4 == 0)
			usleep(50);
		pthread_mutex_unlock(&left);
		if (n % 8 == 0)
			sched_yield();
		for (volatile int k = 0; k < 20000; k++)
			;
	}
	told->ready++;
	for (;;)
		pause();
	return NULL;
}

static void *account(void *arg)
{
	(void)arg;
	while (told->ready < THREADS)
		ms(1);
	ms(20); /* the last one is in pause() by now */
	for (int i = 0; i < THREADS; i++)
		told->switches[i] = switches_of(told->tid[i]);
	told->go = 1;
	return NULL;
}

void story_switches(void)
{
	pthread_t t;

	pthread_create(&t, NULL, account, NULL);
	threads(switch_much, THREADS);
}

/* alice has left, bob and carol wait for it; bob gets it and sleeps with it. */
static void *hand_on(void *arg)
{
	int i = (intptr_t)arg;

	told->tid[i] = gettid();
	if (i == 0)
		pthread_mutex_lock(&left);
	pthread_barrier_wait(&all);
	ms(i * 20);
	if (i == 0)
		ms(80);
	else
		pthread_mutex_lock(&left);
	if (i > 0)
		ms(50);
	pthread_mutex_unlock(&left);
	return NULL;
}

void story_hand_on(void)
{
	threads(hand_on, 3);
}

static void *deadlock(void *arg)
{
	int i = (intptr_t)arg;

	told->tid[i] = gettid();
	pthread_mutex_lock(i ? &right : &left);
	pthread_barrier_wait(&all);
	told->ready++;
	pthread_mutex_lock(i ? &left : &right);
	return NULL;
}

void story_deadlock(void)
{
	alarm(10);
	threads(deadlock, 2);
}

/* Without sleeping itself: its own sleeps are counted. */
static void until_asleep(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (state != 'S' && (f = fopen(path, "r"))) {
		if (fscanf(f, "%*d %*s %c", &state) != 1)
			state = 0;
		fclose(f);
		sched_yield();
	}
}

void story_calls(void)
{
	int pipe_fds[2];
	pid_t pid;

	ms(10); /* clock_nanosleep */
	poll(NULL, 0, 10);
	pipe(pipe_fds);
	pid = fork();
	if (pid == 0) {
		ms(20);
		until_asleep(getppid());
		write(pipe_fds[1], "x", 1);
		ms(20);
		until_asleep(getppid());
		write(pipe_fds[1], "x", 1);
		ms(20);
		until_asleep(getppid());
		_exit(7);
	}
	read(pipe_fds[0], &(char){0}, 1);
	poll(&(struct pollfd){.fd = pipe_fds[0], .events = POLLIN}, 1, -1);
	waitpid(pid, NULL, 0);
	told->tid[0] = getpid();
	told->tid[1] = pid;
}

static void *spin(void *arg)
{
	time_t end = time(NULL) + 1;

	told->tid[(intptr_t)arg] = gettid();
	for (unsigned int n = 0; !told->go || n; n++)
		if (n % 4096 == 0 && (told->go || time(NULL) > end))
			break;
	return NULL;
}

void story_spin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	threads(spin, 2);
}

void story_exec(void)
{
	execl("/bin/sh", "sh", "-c", "exit 3", NULL);
}

void story_killed(void)
{
	raise(SIGKILL);
}

void story_ping_pong(void)
{
	int a[2], b[2];
	char c;

	pipe(a);
	pipe(b);
	if (fork() == 0) {
		close(a[1]);
		while (read(a[0], &c, 1) == 1 && write(b[1], &c, 1) == 1)
			;
		_exit(0);
	}
	for (int i = 0; i < 5000; i++)
		if (write(a[1], &c, 1) != 1 || read(b[0], &c, 1) != 1)
			break;
	close(a[1]);
	wait(NULL);
	told->ready = 1;
	ms(30);
}

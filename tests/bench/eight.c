/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eight - threads that fight for one mutex
 *
 *     eight THREADS TURNS
 *
 * Each takes the lock TURNS times. The holder gives up its CPU under the lock,
 * so that the others run into it and sleep: most turns are futex waits. Prints
 * the seconds it took and how many times it was switched.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int turns;

static void *fight(void *unused)
{
	for (int i = 0; i < turns; i++) {
		pthread_mutex_lock(&lock);
		sched_yield();
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread[64];
	int n = argc == 3 ? atoi(argv[1]) : 0;
	struct timespec a, b;
	struct rusage u;

	turns = argc == 3 ? atoi(argv[2]) : 0;
	if (n < 1 || n > 64 || turns < 1) {
		fprintf(stderr, "usage: eight THREADS TURNS\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, fight, NULL))
			return 1;
	for (int i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	getrusage(RUSAGE_SELF, &u);
	printf("%.6f %ld\n", b.tv_sec - a.tv_sec + (b.tv_nsec - a.tv_nsec) / 1e9,
	       u.ru_nvcsw + u.ru_nivcsw);
	return 0;
}

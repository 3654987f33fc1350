/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lesson.h - what every lesson needs and no lesson is about
 *
 * A workload is one C file that reads from top to bottom; what would distract
 * from its idea is here: checked calls, names, burning CPU time, the options
 * that all workloads share, and the verdict.
 *
 * Every workload ends by itself, prints the numbers that prove its point, and
 * says with its exit status whether it could show it:
 *
 *     0  shown          3  not shown, and why
 *     1  a call failed  4  not shown: other programs had the CPUs
 *     2  bad option
 *
 * All are one C file each, so everything here is static.
 */
#ifndef LESSON_H
#define LESSON_H

#include <argp.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SHOWN = 0, FAILED = 1, BAD_OPTION = 2, NOT_SHOWN = 3, TOO_BUSY = 4 };

/* One option, one meaning, in all workloads. */
static struct lesson {
	int threads;	/* -t N: threads, or processes with --with process */
	bool story;	/* --pace story: slow steps to look at; stats: full speed */
	bool processes; /* --with process or thread */
	double dur_s;	/* -d SECONDS */
	unsigned seed;	/* --seed N: the same choices in every run */
	cpu_set_t cpus; /* --cpus LIST: those it may use */
} lesson = {.story = true, .seed = 1};

#define NS_PER_S 1000000000ull
#define ms(ns) ((double)(ns) / 1e6)
#define seconds(ns) ((double)(ns) / 1e9)

/*
 * The call was right or this program ends: 0 is right, -1 means look at errno,
 * anything else is the error itself. Unlike assert() it is always evaluated.
 */
static inline void must(int err, const char *what)
{
	if (err == 0)
		return;
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(err < 0 ? errno : err));
	exit(FAILED);
}

/* This thread's name, in the kernel and so on the screen (15 bytes of it). */
static inline void call_me(const char *name, int number)
{
	char text[16];

	if (number)
		snprintf(text, sizeof(text), "%.11s-%d", name, number);
	else
		snprintf(text, sizeof(text), "%s", name);
	must(prctl(PR_SET_NAME, text), "prctl");
}

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	must(clock_gettime(clock, &t), "clock_gettime");
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static inline uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

/*
 * Computes until this thread has had that much CPU time. Never a counted
 * loop: the same loop takes twice as long a minute later.
 */
static inline void burn_us(long us)
{
	uint64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + us * 1000ull;

	while (us > 0 && clock_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		for (int i = 0; i < (us > 100 ? 2000 : 1); i++)
			__asm__ volatile("" ::: "memory");
}

static inline void sleep_us(long us)
{
	struct timespec left = timespec_of(us * 1000ull);

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* The next number from 0 to n-1 of a sequence that *seed determines. */
static inline unsigned choose(unsigned *seed, unsigned n)
{
	return rand_r(seed) / 7 % n;
}

/* The kernel's own account of the calling thread. */
struct account {
	unsigned long long run_ns;  /* on a CPU */
	unsigned long long wait_ns; /* runnable, without one */
	unsigned long long slices;  /* times it got one */
};

static inline struct account my_account(void)
{
	struct account a = {0};
	FILE *f = fopen("/proc/thread-self/schedstat", "r");

	if (f) {
		if (fscanf(f, "%llu %llu %llu", &a.run_ns, &a.wait_ns, &a.slices) != 3)
			a = (struct account){0};
		fclose(f);
	}
	return a;
}

/* What all programs together had of our CPUs since boot, from /proc/stat. */
static inline uint64_t all_busy_ns(void)
{
	unsigned long long busy = 0, user, nice, system, idle, iowait, irq, soft, steal;
	FILE *f = fopen("/proc/stat", "r");
	char line[512];
	int cpu;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "cpu%d %llu %llu %llu %llu %llu %llu %llu %llu", &cpu,
			   &user, &nice, &system, &idle, &iowait, &irq, &soft,
			   &steal) == 9 &&
		    CPU_ISSET(cpu, &lesson.cpus))
			busy += user + nice + system + irq + soft + steal;
	if (f)
		fclose(f);
	return busy * (NS_PER_S / sysconf(_SC_CLK_TCK));
}

static inline int nr_cpus(void)
{
	return CPU_COUNT(&lesson.cpus);
}

/* CPU time of this process and of the children it has waited for. */
static inline uint64_t own_cpu_ns(void)
{
	struct rusage c;

	must(getrusage(RUSAGE_CHILDREN, &c), "getrusage");
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) +
	       (c.ru_utime.tv_sec + c.ru_stime.tv_sec) * NS_PER_S +
	       (c.ru_utime.tv_usec + c.ru_stime.tv_usec) * 1000ull;
}

/*
 * How many CPUs others left to us, on average since machine_start().
 * Self-checks measure against this, so that a busy machine makes the lesson
 * slower and not wrong.
 */
static struct {
	uint64_t start_ns, busy_ns;
} machine;

static inline void machine_start(void)
{
	machine.start_ns = now_ns();
	machine.busy_ns = all_busy_ns();
}

static inline double cpus_left(void)
{
	double wall = now_ns() - machine.start_ns;
	double others = (double)(all_busy_ns() - machine.busy_ns) - own_cpu_ns();

	return nr_cpus() - (others > 0 ? others / wall : 0);
}

/*
 * The last line of every lesson. left: what cpus_left() said; with less than
 * half of the CPUs an effect that is missing is nobody's fault.
 */
static inline int verdict(bool shown, double left, const char *claim)
{
	bool busy = left < nr_cpus() / 2.0;

	if (shown)
		printf("shown: %s\n", claim);
	else if (busy)
		printf("not shown, the machine is too busy (we had %.1f of %d CPUs): "
		       "%s\n",
		       left, nr_cpus(), claim);
	else
		printf("not shown: %s\n", claim);
	return shown ? SHOWN : busy ? TOO_BUSY : NOT_SHOWN;
}

static void watchdog_bites(int sig)
{
	static const char text[] = "the watchdog ended this: it took far too long\n";

	_exit(write(STDERR_FILENO, text, sizeof(text) - 1) < 0 ? sig : TOO_BUSY);
}

/* ---- the options ---- */
enum { KEY_PACE = 1000, KEY_WITH, KEY_SEED, KEY_CPUS, KEY_OWN };

#define OPTION_THREADS(n) {"threads", 't', "N", 0, "threads, " n, 1}
#define OPTION_TASKS(n) {"threads", 't', "N", 0, "threads or processes, " n, 1}
#define OPTION_WITH {"with", KEY_WITH, "KIND", 0, "process or thread", 1}
#define OPTION_PACE                                                                     \
	{"pace", KEY_PACE, "PACE", 0,                                                   \
	 "story: slow steps to look at (default); stats: full speed", 2}
#define OPTION_DUR(n) {"dur", 'd', "SECONDS", 0, "how long, " n, 2}
#define OPTION_SEED {"seed", KEY_SEED, "N", 0, "other choices (default 1)", 2}
#define OPTION_CPUS                                                                     \
	{"cpus", KEY_CPUS, "LIST", 0, "use only these CPUs, such as 0,2-3", 2}

static inline long number(const char *arg, long min, long max, struct argp_state *state)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(arg, &end, 10);
	if (errno || end == arg || *end || n < min || n > max)
		argp_error(state, "'%s' is not a number from %ld to %ld", arg, min, max);
	return n;
}

static inline bool one_of(const char *arg, const char *yes, const char *no,
			  struct argp_state *state)
{
	if (strcmp(arg, yes) && strcmp(arg, no))
		argp_error(state, "'%s' is neither %s nor %s", arg, yes, no);
	return !strcmp(arg, yes);
}

static inline void cpu_list(const char *arg, struct argp_state *state)
{
	const char *p = arg;

	CPU_ZERO(&lesson.cpus);
	do {
		char *end;
		long last, first = strtol(p, &end, 10);

		last = end > p && *end == '-' ? strtol(p = end + 1, &end, 10) : first;
		if (end == p || first < 0 || last < first || last >= CPU_SETSIZE ||
		    (*end && *end != ','))
			argp_error(state, "'%s' is not a list of CPUs like 0,2-3", arg);
		for (long cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, &lesson.cpus);
		p = *end ? end + 1 : end;
	} while (*p);
	if (sched_setaffinity(0, sizeof(lesson.cpus), &lesson.cpus))
		argp_error(state, "cannot use CPUs %s: %s", arg, strerror(errno));
	sched_getaffinity(0, sizeof(lesson.cpus), &lesson.cpus);
}

static inline error_t lesson_option(int key, char *arg, struct argp_state *state)
{
	char *end;

	switch (key) {
	case 't':
		lesson.threads = number(arg, 1, 1000, state);
		return 0;
	case 'd':
		lesson.dur_s = strtod(arg, &end);
		if (end == arg || *end || !(lesson.dur_s >= 0.01 && lesson.dur_s <= 3600))
			argp_error(state, "'%s' is not 0.01 to 3600 seconds", arg);
		return 0;
	case KEY_PACE:
		lesson.story = one_of(arg, "story", "stats", state);
		return 0;
	case KEY_WITH:
		lesson.processes = one_of(arg, "process", "thread", state);
		return 0;
	case KEY_SEED:
		lesson.seed = number(arg, 0, INT32_MAX, state);
		return 0;
	case KEY_CPUS:
		cpu_list(arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN; /* a word that is no option is refused too */
	}
}

/*
 * Reads the options, then starts the watchdog: whatever happens, the program
 * is gone ten seconds after the time it was given.
 */
static inline void lesson_begin(int argc, char **argv, const char *doc,
				const struct argp_option *options, argp_parser_t parser)
{
	struct argp argp = {.options = options, .parser = parser, .doc = doc};

	argp_err_exit_status = BAD_OPTION;
	must(sched_getaffinity(0, sizeof(lesson.cpus), &lesson.cpus), "CPUs");
	must(argp_parse(&argp, argc, argv, 0, NULL, NULL), "options");
	setvbuf(stdout, NULL, _IOLBF, 0);
	must(signal(SIGALRM, watchdog_bites) == SIG_ERR ? -1 : 0, "signal");
	alarm(lesson.dur_s + 10);
	machine_start();
}

/* ---- what --with chooses between ---- */
struct helper {
	pthread_t thread;
	pid_t pid;
};

/* Runs work(arg) as a thread, or as a process that exits with what it returns. */
static inline void start(struct helper *h, void *(*work)(void *), void *arg)
{
	if (!lesson.processes) {
		must(pthread_create(&h->thread, NULL, work, arg), "pthread_create");
		return;
	}
	h->pid = fork();
	must(h->pid < 0 ? -1 : 0, "fork");
	if (h->pid == 0) {
		alarm(lesson.dur_s + 10); /* a child does not inherit the watchdog */
		_exit((intptr_t)work(arg));
	}
}

/* Waits for its end. Returns what work() did, or -1 if it did not get there. */
static inline intptr_t finish(struct helper *h)
{
	void *result;
	int status;

	if (lesson.processes) {
		must(waitpid(h->pid, &status, 0) < 0 ? -1 : 0, "waitpid");
		return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	must(pthread_join(h->thread, &result), "pthread_join");
	return (intptr_t)result;
}

/* Zeroed memory that threads and processes share alike. */
static inline void *shared_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);

	must(p == MAP_FAILED ? -1 : 0, "mmap");
	return p;
}

#endif

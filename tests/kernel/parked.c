/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parked - threads whose accounts stand still, to compare with
 *
 *     parked MIX FILE
 *
 *   command   ─ forks ─ waits ............................... exits: end of recording
 *   thread        ─ works ─ parks ─────────────────────────────────── (still there)
 *   reader              waits until all are parked ─ reads /proc ─ tells ─ parks
 *
 * The child process's threads do what MIX says and then sleep for ever in a
 * futex. Its reader thread copies the kernel's own accounts of each to FILE and
 * lets the command exit. The parked threads do nothing from then on: what a
 * recording of the command says about them must equal FILE, with no allowance.
 * The threads are left behind: kill the process group of the pid on stdout.
 *
 * FILE has a line "thread TID NAME VOLUNTARY INVOLUNTARY RUN_NS WAIT_NS SLICES"
 * for each, and "ended N" for the threads that came and went.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TASKS = 32 };

struct job {
	const char *name;
	void (*work)(struct job *);
	int fds[2]; /* pipe pairs: read from, write to */
	bool first; /* of a pair: it speaks first */
	pthread_t thread;
	pid_t tid;
	atomic_bool done;
};

static struct job jobs[MAX_TASKS];
static int nr_jobs, ended;
static uint32_t parking;

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "parked: %s: %s\n", what, strerror(err < 0 ? errno : err));
	_exit(1);
}

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void burn_us(uint64_t us)
{
	for (uint64_t end = cpu_ns() + us * 1000; cpu_ns() < end;)
		;
}

static void sleep_us(long us)
{
	struct timespec t = {.tv_nsec = us * 1000};

	nanosleep(&t, NULL);
}

static void park(void)
{
	for (;;)
		syscall(SYS_futex, &parking, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* ---- the mixes: fixed amounts of work ---- */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void contend(struct job *j)
{
	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&lock);
		burn_us(15);
		pthread_mutex_unlock(&lock);
		burn_us(10);
	}
	(void)j;
}

static void ping_pong(struct job *j)
{
	char c = 0;

	for (int i = 0; i < 3000; i++) {
		if (j->first)
			must(write(j->fds[1], &c, 1) == 1 ? 0 : -1, "write");
		must(read(j->fds[0], &c, 1) == 1 ? 0 : -1, "read");
		if (!j->first)
			must(write(j->fds[1], &c, 1) == 1 ? 0 : -1, "write");
	}
}

static void doze(struct job *j)
{
	for (int i = 0; i < 200; i++) {
		sleep_us(1000);
		burn_us(50);
	}
	(void)j;
}

static void hog(struct job *j)
{
	burn_us(200000);
	(void)j;
}

static void give_way(struct job *j)
{
	for (int i = 0; i < 3000; i++) {
		burn_us(2);
		sched_yield();
	}
	(void)j;
}

static void *short_life(void *unused)
{
	burn_us(200);
	sleep_us(100);
	burn_us(100);
	return unused;
}

static void spawn(struct job *j)
{
	for (int i = 0; i < 50; i++) {
		pthread_t a, b;

		must(pthread_create(&a, NULL, short_life, NULL), "pthread_create");
		must(pthread_create(&b, NULL, short_life, NULL), "pthread_create");
		must(pthread_join(a, NULL), "pthread_join");
		must(pthread_join(b, NULL), "pthread_join");
		ended += 2;
	}
	(void)j;
}

static void add(const char *name, void (*work)(struct job *), int n)
{
	int there[2], back[2];

	for (int i = 0; i < n; i++) {
		struct job *j = &jobs[nr_jobs++];

		*j = (struct job){.name = name, .work = work, .first = i % 2 == 0};
		if (work != ping_pong)
			continue;
		if (j->first) {
			must(pipe(there), "pipe");
			must(pipe(back), "pipe");
		}
		j->fds[0] = j->first ? back[0] : there[0];
		j->fds[1] = j->first ? there[1] : back[1];
	}
}

static int choose(const char *mix)
{
	bool all = !strcmp(mix, "all");
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (cpus > 8)
		cpus = 8;
	/* The first is the process's main thread. */
	if (all || !strcmp(mix, "spawn"))
		add("spawn", spawn, 1);
	if (all || !strcmp(mix, "mutex"))
		add("mutex", contend, 4);
	if (all || !strcmp(mix, "pipe"))
		add("pipe", ping_pong, 4);
	if (all || !strcmp(mix, "sleep"))
		add("sleep", doze, 4);
	if (all || !strcmp(mix, "hog"))
		add("hog", hog, all ? 1 : 2 * cpus + 1);
	if (all || !strcmp(mix, "yield"))
		add("yield", give_way, all ? 2 : cpus + 1);
	return nr_jobs ? 0 : -1;
}

/* ---- the reader ---- */
struct account {
	char state;
	unsigned long long voluntary, involuntary, run_ns, wait_ns, slices;
};

static struct account read_account(pid_t tid)
{
	struct account a = {0};
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	f = fopen(path, "r");
	must(f ? 0 : -1, path);
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "State: %c", &a.state);
		sscanf(line, "voluntary_ctxt_switches: %llu", &a.voluntary);
		sscanf(line, "nonvoluntary_ctxt_switches: %llu", &a.involuntary);
	}
	fclose(f);
	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", tid);
	f = fopen(path, "r");
	must(f ? 0 : -1, path);
	if (fscanf(f, "%llu %llu %llu", &a.run_ns, &a.wait_ns, &a.slices) != 3)
		must(EINVAL, path);
	fclose(f);
	return a;
}

/*
 * Asleep, and with the same account 20 ms later: a thread is marked asleep
 * a little before it leaves its CPU.
 */
static void await_rest(void)
{
	struct account before[MAX_TASKS], now;
	bool rest = false;

	for (int i = 0; i < nr_jobs; i++)
		while (!atomic_load(&jobs[i].done))
			sleep_us(5000);
	while (!rest) {
		for (int i = 0; i < nr_jobs; i++)
			before[i] = read_account(jobs[i].tid);
		sleep_us(20000);
		rest = true;
		for (int i = 0; i < nr_jobs; i++) {
			now = read_account(jobs[i].tid);
			rest &= now.state == 'S' && now.run_ns == before[i].run_ns &&
				now.voluntary == before[i].voluntary &&
				now.involuntary == before[i].involuntary;
		}
	}
}

static int tell_fd;
static const char *file;

static void *reader(void *unused)
{
	FILE *f;

	prctl(PR_SET_NAME, "reader");
	await_rest();
	f = fopen(file, "w");
	must(f ? 0 : -1, file);
	for (int i = 0; i < nr_jobs; i++) {
		struct account a = read_account(jobs[i].tid);

		fprintf(f, "thread %d %s %llu %llu %llu %llu %llu\n", jobs[i].tid,
			jobs[i].name, a.voluntary, a.involuntary, a.run_ns, a.wait_ns,
			a.slices);
	}
	fprintf(f, "ended %d\n", ended);
	must(fclose(f) ? -1 : 0, file);
	must(write(tell_fd, "r", 1) == 1 ? 0 : -1, "tell");
	park();
	return unused;
}

static void *task(void *arg)
{
	struct job *j = arg;

	j->tid = gettid();
	prctl(PR_SET_NAME, j->name);
	j->work(j);
	atomic_store(&j->done, true);
	park();
	return NULL;
}

int main(int argc, char **argv)
{
	int told[2];
	pthread_t r;
	pid_t child;
	char c;

	if (argc != 3 || choose(argv[1])) {
		fprintf(stderr, "usage: parked spawn|mutex|pipe|sleep|hog|yield|all "
				"FILE\n");
		return 2;
	}
	file = argv[2];
	must(pipe(told), "pipe");
	child = fork();
	must(child < 0 ? -1 : 0, "fork");
	if (child) {
		close(told[1]);
		printf("%d\n", child);
		fflush(stdout);
		return read(told[0], &c, 1) == 1 ? 0 : 1;
	}
	setpgid(0, 0);
	alarm(60); /* whatever happens to the test */
	tell_fd = told[1];
	must(pthread_create(&r, NULL, reader, NULL), "pthread_create");
	for (int i = 1; i < nr_jobs; i++)
		must(pthread_create(&jobs[i].thread, NULL, task, &jobs[i]), "thread");
	task(&jobs[0]);
	return 0;
}

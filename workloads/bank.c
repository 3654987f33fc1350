/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bank - clerks move money, one at a time
 *
 * Question   Three clerks on two CPUs: do they move more money than one clerk?
 *
 *     clerk-1   think │ lock  transfer  unlock │ think ...
 *     clerk-2   think │ lock ... waits ........│ transfer  unlock │
 *     clerk-3     think │ lock ... waits ...........................│ transfer
 *
 * Run        mtviz ./bank
 * Look for   the lock's lane is never empty, the clerks' lanes are full of
 *            its letter; and the holder that is itself without a CPU: then
 *            all the others wait for nobody's work.
 * Then       ./bank --locks per-account    what limits them now?
 *            ./bank --hold 1000            is half the lock half the wait?
 */
#include "lesson.h"

enum { ACCOUNTS = 8, START_BALANCE = 1000, MAX_CLERKS = 1000 };

static pthread_mutex_t account_lock = PTHREAD_MUTEX_INITIALIZER;

static struct account_entry {
	pthread_mutex_t lock; /* with --locks per-account */
	long balance;
} accounts[ACCOUNTS];

static struct clerk {
	pthread_t thread;
	unsigned seed;
	long transfers;
	uint64_t waited_ns, held_ns;
} clerks[MAX_CLERKS];

static bool one_lock = true;
static long hold_us = -1, think_us = -1;
static uint64_t closing_time;

/* Two locks are always taken in the order of the accounts: see deadlock.c. */
__attribute__((noinline)) static void transfer(struct clerk *me, int from, int to,
					       long sum)
{
	pthread_mutex_t *low = &accounts[from < to ? from : to].lock;
	pthread_mutex_t *high = &accounts[from < to ? to : from].lock;
	uint64_t asked = now_ns(), got, done;

	if (one_lock) {
		must(pthread_mutex_lock(&account_lock), "lock");
	} else {
		must(pthread_mutex_lock(low), "lock");
		must(pthread_mutex_lock(high), "lock");
	}
	got = now_ns();

	accounts[from].balance -= sum;
	burn_us(hold_us); /* the money is nowhere: nobody may look now */
	accounts[to].balance += sum;

	done = now_ns();
	if (one_lock) {
		must(pthread_mutex_unlock(&account_lock), "unlock");
	} else {
		must(pthread_mutex_unlock(high), "unlock");
		must(pthread_mutex_unlock(low), "unlock");
	}
	me->transfers++;
	me->waited_ns += got - asked;
	me->held_ns += done - got;
}

static void *clerk(void *arg)
{
	struct clerk *me = arg;

	call_me("clerk", me - clerks + 1);
	while (now_ns() < closing_time) {
		int from = choose(&me->seed, ACCOUNTS);
		int to = (from + 1 + choose(&me->seed, ACCOUNTS - 1)) % ACCOUNTS;

		burn_us(think_us);
		transfer(me, from, to, choose(&me->seed, 100));
	}
	return NULL;
}

static error_t option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_OWN:
		hold_us = number(arg, 0, 1000000, state);
		return 0;
	case KEY_OWN + 1:
		think_us = number(arg, 0, 1000000, state);
		return 0;
	case KEY_OWN + 2:
		one_lock = one_of(arg, "one", "per-account", state);
		return 0;
	default:
		return lesson_option(key, arg, state);
	}
}

static const struct argp_option options[] = {
	OPTION_THREADS("the clerks (default 3)"),
	{"hold", KEY_OWN, "US", 0, "CPU time under the lock (story 8000, stats 20)", 1},
	{"think", KEY_OWN + 1, "US", 0, "CPU time between two (story 4000, stats 10)", 1},
	{"locks", KEY_OWN + 2, "HOW", 0, "one for the bank (default), or per-account", 1},
	OPTION_PACE, OPTION_DUR("default 5"), OPTION_SEED, OPTION_CPUS, {0}};

int main(int argc, char **argv)
{
	long money = 0, transfers = 0;
	uint64_t waited = 0, held = 0, start;
	double wall, share;
	bool kept;

	lesson.threads = 3;
	lesson.dur_s = 5;
	lesson_begin(argc, argv, "Clerks move money, one at a time.", options, option);
	if (hold_us < 0)
		hold_us = lesson.story ? 8000 : 20;
	if (think_us < 0)
		think_us = lesson.story ? 4000 : 10;
	for (int i = 0; i < ACCOUNTS; i++) {
		must(pthread_mutex_init(&accounts[i].lock, NULL), "pthread_mutex_init");
		accounts[i].balance = START_BALANCE;
	}

	start = now_ns();
	closing_time = start + lesson.dur_s * NS_PER_S;
	for (int i = 0; i < lesson.threads; i++) {
		clerks[i].seed = lesson.seed + i;
		must(pthread_create(&clerks[i].thread, NULL, clerk, &clerks[i]), "clerk");
	}
	for (int i = 0; i < lesson.threads; i++)
		must(pthread_join(clerks[i].thread, NULL), "join");
	wall = now_ns() - start;

	printf("bank: %d clerks, %d CPUs, %s, %ld us under it, %ld us between\n",
	       lesson.threads, nr_cpus(), one_lock ? "one lock" : "a lock per account",
	       hold_us, think_us);
	for (int i = 0; i < lesson.threads; i++) {
		struct clerk *c = &clerks[i];

		if (i < 16)
			printf("  clerk-%-4d %7ld transfers   waited %7.1f ms   "
			       "held %7.1f ms\n",
			       i + 1, c->transfers, ms(c->waited_ns), ms(c->held_ns));
		transfers += c->transfers;
		waited += c->waited_ns;
		held += c->held_ns;
	}
	for (int i = 0; i < ACCOUNTS; i++)
		money += accounts[i].balance;
	share = waited / (wall * lesson.threads);
	kept = money == ACCOUNTS * START_BALANCE;
	printf("  together   %7ld transfers, %.0f a second; "
	       "%.0f %% of the clerks' time went into waiting\n",
	       transfers, transfers / seconds(wall), 100 * share);
	printf("  locks held %.2f at a time; %d in the bank before, %ld after\n",
	       held / wall, ACCOUNTS * START_BALANCE, money);

	if (!one_lock || lesson.threads == 1)
		return verdict(kept, nr_cpus(), "no money was lost");
	return verdict(kept && held <= wall && share >= 0.05, cpus_left(),
		       "no money was lost, but clerks wait for each other");
}

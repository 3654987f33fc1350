/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * holder.c - says where its objects are, then waits for the end of stdin
 *
 * Each line is an address and what it should be called. "exec PROGRAM" as
 * arguments: becomes that after the first end of a line on stdin. "fork": the
 * lines are about a child, which exits at the first line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern long held_lock;
extern long held_table[1000][2];

struct account {
	long balance[5];
	long lock;
};

long account_lock = 1;
static long private_lock = 1;
struct account accounts[3];
static long large[100000];

/* A label without a size, and a second name for the middle of an object. */
__asm__(".data\n.globl bare_label\nbare_label:\n.quad 1\n"
	".globl bare_end\n.type bare_end,@object\n.size bare_end,8\nbare_end:\n.quad 1\n.text\n");
extern long bare_label;

static void say(void *addr, const char *name)
{
	printf("%lx %s\n", (unsigned long)addr, name);
}

static void wait_for_input(void)
{
	while (getchar() != '\n' && !feof(stdin))
		;
}

int main(int argc, char **argv)
{
	long local, *heap = malloc(sizeof(*heap));
	pid_t pid = argc > 1 && !strcmp(argv[1], "fork") ? fork() : -1;

	if (pid > 0) {
		waitpid(pid, NULL, 0);
		return 0;
	}
	if (pid == 0)
		printf("0 pid %d\n", getpid());
	say(&account_lock, "account_lock");
	say(&private_lock, "private_lock");
	say(&accounts[0], "accounts");
	say(&accounts[1].lock, "accounts+0x58");
	say(&large[99999], "large+0xc34f8");
	say(&bare_label, "bare_label");
	say((char *)&bare_label + 4, "bare_label+0x4");
	say(&held_lock, "held_lock");
	say(&held_table[900][1], "held_table+0x3848");
	say((void *)main, "main");
	say(&local, "-");
	say(heap, "-");
	say(NULL, "-");
	printf("0 end\n");
	fflush(stdout);
	wait_for_input();
	if (argc > 2 && !strcmp(argv[1], "exec"))
		execl(argv[2], argv[2], NULL);
	free(heap);
	/* Used, so that it is not thrown away. */
	return (int)(private_lock + large[argc]) - 1;
}

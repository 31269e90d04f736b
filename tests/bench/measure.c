/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * measure N COMMAND [ARG...] [:: COMMAND [ARG...]]...: runs each command N times, in turns, so that
 * what else the machine does meets all of them.  Prints a line a command: the least and the median
 * of its CPU time (user and system, children included) in microseconds, its peak memory in KiB, and
 * the least time that passed in microseconds.
 *
 * It is small for a reason: the peak of a process includes what its parent had mapped at fork.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000
#define COMMANDS_MAX 16

static long run(char **argv, struct rusage *ret)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);
		dup2(fd, STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, ret) != pid || !WIFEXITED(status) ||
		WEXITSTATUS(status) == 127) {
		fprintf(stderr, "measure: %s did not run\n", argv[0]);
		exit(EXIT_FAILURE);
	}
	return (ret->ru_utime.tv_sec + ret->ru_stime.tv_sec) * 1000000L + ret->ru_utime.tv_usec +
	       ret->ru_stime.tv_usec;
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int ascending(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct command {
	char **argv;
	long cpu[RUNS_MAX], wall, peak;
} commands[COMMANDS_MAX];

/* Cuts the arguments into commands, each with a NULL behind it; 0: they are none. */
static int cut(char **argv)
{
	int n = 0;

	while (*argv && n < COMMANDS_MAX) {
		commands[n++].argv = argv;
		while (*argv && strcmp(*argv, "::"))
			argv++;
		if (*argv)
			*argv++ = NULL;
		if (!*commands[n - 1].argv)
			return 0;
	}
	return *argv ? 0 : n;
}

static void turn(struct command *c, int i)
{
	struct rusage usage;
	long start = now();

	c->cpu[i] = run(c->argv, &usage);
	start = now() - start;
	if (!i || start < c->wall)
		c->wall = start;
	if (usage.ru_maxrss > c->peak)
		c->peak = usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[1]) : 0, n_commands = argc > 2 ? cut(argv + 2) : 0;

	if (n < 1 || n > RUNS_MAX || !n_commands) {
		fprintf(stderr, "usage: measure N COMMAND [ARG...] [:: COMMAND [ARG...]]...\n");
		return EXIT_FAILURE;
	}
	for (int i = 0; i < n; i++)
		for (int k = 0; k < n_commands; k++)
			turn(&commands[k], i);
	for (struct command *c = commands; c < commands + n_commands; c++) {
		qsort(c->cpu, (size_t)n, sizeof(*c->cpu), ascending);
		printf("%ld %ld %ld %ld\n", c->cpu[0], c->cpu[n / 2], c->peak, c->wall);
	}
	return EXIT_SUCCESS;
}

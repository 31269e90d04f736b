/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * measure N COMMAND [ARG...]: runs a command N times and prints the least and the median of its CPU
 * time (user and system, children included) in microseconds, its peak memory in KiB, and the least
 * time that passed in microseconds.
 *
 * It is small for a reason: the peak of a process includes what its parent had mapped at fork.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000

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

int main(int argc, char **argv)
{
	static long cpu[RUNS_MAX];
	int n = argc > 2 ? atoi(argv[1]) : 0;
	long peak = 0, wall = 0;

	if (n < 1 || n > RUNS_MAX) {
		fprintf(stderr, "usage: measure N COMMAND [ARG...]\n");
		return EXIT_FAILURE;
	}
	for (int i = 0; i < n; i++) {
		struct rusage usage;
		long start = now();

		cpu[i] = run(argv + 2, &usage);
		start = now() - start;
		if (!i || start < wall)
			wall = start;
		if (usage.ru_maxrss > peak)
			peak = usage.ru_maxrss;
	}
	qsort(cpu, (size_t)n, sizeof(*cpu), ascending);
	printf("%ld %ld %ld %ld\n", cpu[0], cpu[n / 2], peak, wall);
	return EXIT_SUCCESS;
}

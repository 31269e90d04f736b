/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Runs one fuzz target over its corpus, so that every input that ever mattered is tried again in
 * an ordinary test run, with any compiler.  Linked once a target; corpus/NAME belongs to
 * NAME_replay, whose name it is found by.  Prints one TAP line a file.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes are copied to a block of exactly their size: one byte past it is seen by ASan. */
static void replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) != 0)
		exit(EXIT_FAILURE);
	long size = ftell(f);
	CLEANUP(cleanup_free) uint8_t *data = size > 0 ? malloc(size) : NULL;
	rewind(f);
	if (size < 0 || (size > 0 && (!data || fread(data, size, 1, f) != 1)))
		exit(EXIT_FAILURE);
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *base = argc > 0 ? strrchr(argv[0], '/') : NULL;
	CLEANUP(cleanup_free) char *name = strdup(base ? base + 1 : "");
	char *end = name ? strstr(name, "_replay") : NULL;
	if (!end)
		return EXIT_FAILURE;
	*end = '\0';

	char dir[4096], path[8192];
	snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s", name);
	struct dirent **files;
	int n = scandir(dir, &files, visible, alphasort);
	if (n <= 0) {
		printf("not ok 1 - %s: %s\n", dir, n < 0 ? strerror(errno) : "no files");
		return EXIT_FAILURE;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
		replay(path);
		printf("ok %d - %s\n", i + 1, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	return EXIT_SUCCESS;
}

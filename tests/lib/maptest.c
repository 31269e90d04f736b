/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/maptest.h"

#include <blkid/blkid.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk/hash.h"

void test_map_open(struct test_map *t, const char *const *paths)
{
	struct disk_request requests[16] = {0};
	struct err e = {0};
	size_t n = 0;

	for (; paths[n]; n++) {
		assert_in_range(n, 0, 15);
		requests[n].path = paths[n];
	}
	test_io_init(&t->io);
	if (machine_open(&t->machine, &t->io.io, &test_arena, requests, n, &e) < 0 ||
		map_build(&t->map, &t->machine, &test_arena, &e) < 0)
		fail_msg("%s: %s", paths[0], e.msg);
}

void test_map_one(struct test_map *t, const char *path)
{
	test_map_open(t, (const char *const[]){path, NULL});
}

void test_map_close(struct test_map *t)
{
	map_close(&t->map);
	machine_close(&t->machine);
}

const struct volume *test_map_volume(const struct test_map *t, const char *name)
{
	list_each(v, &t->map.volumes) {
		if (!strcmp((*v)->name, name))
			return *v;
	}
	fail_msg("there is no %s", name);
	return NULL;
}

const char *test_map_sha256(const struct volume *v)
{
	char hex[65];
	struct err e = {0};

	assert_non_null(v->dev);
	if (disk_sha256(v->dev, hex, &e) < 0)
		fail_msg("%s: %s", v->name, e.msg);
	return arena_strdup(&test_arena, hex);
}

bool test_map_says(const char *const *sentences, size_t n, const char *words)
{
	for (size_t i = 0; i < n; i++) {
		if (strstr(sentences[i], words))
			return true;
	}
	return false;
}

uint8_t *test_bytes(const char *path, uint64_t off, size_t n)
{
	uint8_t *p = arena_alloc(&test_arena, n);
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)off, SEEK_SET), 0);
	assert_int_equal(fread(p, 1, n, f), n);
	fclose(f);
	return p;
}

void test_patch(const char *path, uint64_t off, const void *p, size_t n)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)off, SEEK_SET), 0);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

const char *test_blkid(const char *path, uint64_t off, uint64_t size)
{
	const char *cut = size ? arena_printf(&test_arena, "-S %" PRIu64, size) : "";

	test_need_tool("blkid");
	return test_output(
		"{ PATH=\"$PATH:/usr/sbin:/sbin\" blkid -p -o udev -O %" PRIu64 " %s '%s' || :; }"
		" | grep -E '^ID_FS_(TYPE|USAGE|UUID_ENC|LABEL_ENC|VERSION)=' | LC_ALL=C sort",
		off, cut, path);
}

static const char *line(const char *name, const char *value)
{
	return value ? arena_printf(&test_arena, "ID_FS_%s=%s\n", name, value) : "";
}

static const char *encoded(const char *value)
{
	char *out;

	if (!value)
		return NULL;
	out = arena_alloc(&test_arena, strlen(value) * 4 + 1);
	assert_int_equal(blkid_encode_string(value, out, strlen(value) * 4 + 1), 0);
	return out;
}

const char *test_signature(const struct signature *s)
{
	return arena_printf(&test_arena, "%s%s%s%s%s", line("LABEL_ENC", encoded(s->label)),
		line("TYPE", s->type), line("USAGE", s->usage), line("UUID_ENC", encoded(s->uuid)),
		line("VERSION", encoded(s->version)));
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every image of the corpus hashes as its expect.json says, or is refused, or says what is wrong.
 * None is left out.
 */
#include "tests/lib/images.h"

#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/text.h"

#define PIECE (1U << 20)

/* Formats that qemu reads and we refuse, by the names we give them. */
static const char *const refused[][2] = {
	{"bochs", "Bochs"}, {"dmg", "dmg"}, {"parallels", "Parallels"}};

static const char *refused_as(const char *format)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (format && !strcmp(format, refused[i][0]))
			return refused[i][1];
	}
	return NULL;
}

static int open_image(const char *path, struct image *ret)
{
	memset(ret, 0, sizeof(*ret));
	test_io_init(&ret->t);
	return test_open_disk(&ret->t, path, NULL, &ret->d, &ret->e);
}

/* qemu cannot read it: neither can we, or we say what is wrong with it. */
static bool is_refused_or_noted(const char *path)
{
	struct image i;
	bool noted;

	if (open_image(path, &i) < 0)
		return *i.e.msg != '\0';
	/* What no container can be made out of is a raw disk. */
	noted = i.d.info.notes.n || !strcmp(i.d.info.format, "raw");
	image_close(&i);
	return noted;
}

/* A file that ends within a sector: the sum is of the file, the disk has whole sectors. */
static const char *padded_sum(const char *path)
{
	return arena_strndup(&test_arena,
		test_output("{ cat '%s'; head -c $(( (512 - $(stat -c %%s '%s') %% 512) %% 512 )) "
			    "/dev/zero; } | sha256sum",
			path, path),
		64);
}

/* Piece by piece with qemu-img's raw image, for those too large to have a sum. */
static bool same_as_converted(const char *path, const char *qemu_format)
{
	static uint8_t ours[PIECE], theirs[PIECE];
	const char *raw = test_path("converted.raw");
	struct image a, b;
	bool same;

	test_need_tool("qemu-img");
	test_must_run("qemu-img convert -f %s -O raw '%s' '%s'", qemu_format, path, raw);
	image_open(&a, path, NULL);
	image_open(&b, raw, "raw");
	same = a.d.dev->size == b.d.dev->size;
	for (uint64_t off = 0, len = 0; same && off < a.d.dev->size; off += len) {
		uint64_t other = 0;
		bool hole = false, other_hole = false;

		assert_int_equal(blockdev_extent(a.d.dev, off, &len, &hole, &a.e), 0);
		assert_int_equal(blockdev_extent(b.d.dev, off, &other, &other_hole, &b.e), 0);
		len = min_u64(len, other);
		if (hole && other_hole)
			continue;
		len = min_u64(len, PIECE);
		assert_int_equal(blockdev_read(a.d.dev, off, ours, (size_t)len, &a.e), 0);
		assert_int_equal(blockdev_read(b.d.dev, off, theirs, (size_t)len, &b.e), 0);
		same = !memcmp(ours, theirs, (size_t)len);
	}
	image_close(&a);
	image_close(&b);
	unlink(raw);
	return same;
}

static bool as_expected(const char *path, json_t *j)
{
	const char *sum = json_string_value(json_object_get(j, "raw_sha256"));
	const char *format = json_string_value(json_object_get(j, "format"));
	/* Of a file whose name says raw, the contents are not believed. */
	const char *ours = str_ends(path, ".img") && format ? format : NULL;
	struct stat st;

	if (refused_as(format)) {
		disks_refused(path, NULL, ENOTSUP, refused_as(format));
		return true;
	}
	if (json_is_true(json_object_get(j, "expect_error")))
		return is_refused_or_noted(path);
	if (!sum)
		return same_as_converted(path, format);
	if (!strcmp(format, "raw") && !stat(path, &st) && st.st_size % 512)
		return !strcmp(disks_sha256(path, NULL), padded_sum(path));
	return !strcmp(disks_sha256(path, ours), sum);
}

/* Images that are children of others lie beside them. */
static const char *unpack(const char *xz)
{
	const char *group = strstr(xz, "/images/") + 8;
	const char *path = test_path("all/%.*s", (int)strlen(group) - 3, group);

	test_must_run("mkdir -p \"$(dirname '%s')\" && xz -dc '%s' >'%s'", path, xz, path);
	return path;
}

static void every_image_is_as_expected(void **state)
{
	const char *images = test_corpus("images");
	unsigned wrong = 0;
	glob_t found;

	(void)state;
	test_need_tool("xz");
	assert_int_equal(glob(arena_printf(&test_arena, "%s/*/*.xz", images), 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *xz = found.gl_pathv[i], *path = unpack(xz);
		json_t *j = json_load_file(
			arena_printf(&test_arena, "%.*s.expect.json", (int)strlen(xz) - 3, xz), 0,
			NULL);

		assert_non_null(j);
		if (!as_expected(path, j)) {
			printf("# %s is not as expected\n", xz);
			wrong++;
		}
		json_decref(j);
		if (!str_ends(path, "hd"))
			unlink(path);
	}
	printf("# %zu images\n", found.gl_pathc);
	assert_true(found.gl_pathc > 100);
	globfree(&found);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_image_is_as_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

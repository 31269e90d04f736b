/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/opens.h"

/* disks_source() in pieces of 5 MiB, the last one smaller, in a directory of their own. */
static const char *pieces_from(unsigned first)
{
	test_subdir("s");
	test_must_run("split -b 5M -d -a 3 --numeric-suffixes=%u '%s' s/disk.raw.", first,
		disks_source(12));
	return test_path("s/disk.raw.%03u", first);
}

static void pieces_are_one_disk(void **state)
{
	struct disk_info info;

	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		const char *path = pieces_from(first);

		assert_string_equal(disks_sha256(path, NULL), image_sum(disks_source(12)));
		assert_string_equal(disks_sha256(path, "raw"), image_sum(disks_source(12)));
		info = image_info(path, NULL);
		assert_string_equal(info.format, "raw");
		assert_string_equal(info.subformat, "split");
		assert_int_equal(info.virtual_size, 12 << 20);
		assert_int_equal(info.notes.n, 0);
	}
}

static void reads_cross_from_piece_to_piece(void **state)
{
	struct image i;

	(void)state;
	image_open(&i, pieces_from(1), NULL);
	image_same_at(&i, disks_source(12), (5 << 20) - 1000, 6 << 20);
	image_close(&i);
}

static void a_single_piece_is_a_raw_disk(void **state)
{
	(void)state;
	test_must_run("cp '%s' single.001", disks_source(12));
	assert_string_equal(
		disks_sha256(test_path("single.001"), NULL), image_sum(disks_source(12)));
	assert_null(image_info(test_path("single.001"), NULL).subformat);
	/* Other numbers at the end of a name need not be those of pieces. */
	test_must_run("cp '%s' ubuntu.204", disks_source(12));
	assert_null(image_info(test_path("ubuntu.204"), NULL).subformat);
}

static void a_missing_piece_is_named(void **state)
{
	const char *path = pieces_from(1);

	(void)state;
	test_must_run("mv s/disk.raw.002 saved");
	disks_refused(path, NULL, ENOENT,
		"the piece disk.raw.002 of the split disk is missing: disk.raw.003 is there");
	test_must_run("mv s/disk.raw.001 s/disk.raw.002");
	disks_refused(test_path("s/disk.raw.002"), NULL, ENOENT,
		"is piece 2 of a split disk, whose first piece disk.raw.001 is not there");
}

static void a_later_piece_is_refused_for_the_first(void **state)
{
	(void)state;
	pieces_from(1);
	disks_refused(test_path("s/disk.raw.003"), NULL, EINVAL,
		"is a later piece of a split disk; give disk.raw.001, its first");
	pieces_from(0);
	disks_refused(test_path("s/disk.raw.001"), NULL, EINVAL, "give disk.raw.000, its first");
}

static void a_shorter_piece_between_others_is_noted(void **state)
{
	const char *path = pieces_from(1);
	struct disk_info info;

	(void)state;
	test_must_run("truncate -s 4M s/disk.raw.002");
	info = image_info(path, NULL);
	assert_true(image_noted(&info, "disk.raw.002 of the split disk has another size"));
	assert_int_equal(info.virtual_size, 11 << 20);
	/* Only the last may end within a sector. */
	test_must_run("truncate -s 1000000 s/disk.raw.003");
	assert_int_equal(image_info(path, NULL).virtual_size, (9 << 20) + 1000448);
}

static void a_guest_cannot_make_a_piece_another_image(void **state)
{
	const char *path = pieces_from(1);
	struct disk_info info;

	(void)state;
	image_patch(path, 0, "QFI\xfb\0\0\0\3", 8);
	info = image_info(path, NULL);
	assert_string_equal(info.format, "raw");
	assert_int_equal(info.virtual_size, 12 << 20);
	assert_true(image_noted(&info, "qcow2"));
}

static void pieces_are_regular_files_beside_the_first(void **state)
{
	const char *path = pieces_from(1);

	(void)state;
	opens_watch(test_path("s"));
	test_must_run("rm s/disk.raw.003 && ln -s /etc/passwd s/disk.raw.003");
	disks_refused(path, NULL, EACCES, "disk.raw.003: is a symbolic link");
	test_must_run("rm s/disk.raw.003 && mkfifo s/disk.raw.003");
	disks_refused(path, NULL, EACCES, "disk.raw.003: is a pipe");
	test_must_run("rm s/disk.raw.003 && : >s/disk.raw.003");
	disks_refused(path, NULL, EBADMSG, "disk.raw.003: is empty");
	assert_null(opens_outside());
}

static void every_failing_read_is_said(void **state)
{
	(void)state;
	disks_survive_faults(pieces_from(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_one_disk),
		cmocka_unit_test(reads_cross_from_piece_to_piece),
		cmocka_unit_test(a_single_piece_is_a_raw_disk),
		cmocka_unit_test(a_missing_piece_is_named),
		cmocka_unit_test(a_later_piece_is_refused_for_the_first),
		cmocka_unit_test(a_shorter_piece_between_others_is_noted),
		cmocka_unit_test(a_guest_cannot_make_a_piece_another_image),
		cmocka_unit_test(pieces_are_regular_files_beside_the_first),
		cmocka_unit_test(every_failing_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

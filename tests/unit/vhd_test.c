/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/disks.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOOTER_CHECKSUM_AT 64

static const char *convert(const char *name, const char *options)
{
	const char *path = test_path("%s.vhd", name);

	test_need_tool("qemu-img");
	if (access(path, F_OK))
		test_must_run("qemu-img convert -f raw -O vpc -o %s '%s' '%s'", options,
			disks_source(12), path);
	return path;
}

static const char *fixed(void)
{
	return convert("fixed", "subformat=fixed,force_size=on");
}

static const char *dynamic(void)
{
	return convert("dynamic", "subformat=dynamic,force_size=on");
}

/* Writes a copy of an image in which n bytes at off (from the end if negative) are these. */
static const char *patched(const char *from, const char *name, long off, const void *p, size_t n)
{
	const char *path = test_path("%s", name);
	FILE *f;

	test_must_run("cp --sparse=always '%s' '%s'", from, path);
	f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, off, off < 0 ? SEEK_END : SEEK_SET), 0);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return path;
}

static struct disk_info info_of(const char *path)
{
	struct disk_info info;
	struct test_io t;
	struct disk d;

	test_io_init(&t);
	test_must_open_disk(&t, path, "vhd", &d);
	info = d.info;
	disk_close(&d);
	return info;
}

static void contents_are_as_qemu_says(void **state)
{
	(void)state;
	disks_same_as_qemu(fixed(), NULL, "vpc");
	disks_same_as_qemu(dynamic(), NULL, "vpc");
	disks_same_as_qemu(convert("fixed-chs", "subformat=fixed"), NULL, "vpc");
	disks_same_as_qemu(convert("dynamic-chs", "subformat=dynamic"), NULL, "vpc");
}

static void what_a_vhd_says_of_itself(void **state)
{
	struct disk_info info = info_of(fixed());

	(void)state;
	assert_string_equal(info.format, "vhd");
	assert_string_equal(info.subformat, "fixed");
	assert_int_equal(info.virtual_size, 12 << 20);
	assert_int_equal(info.logical_sector, 512);
	assert_int_equal(info.notes.n, 0);
	assert_string_equal(info_of(dynamic()).subformat, "dynamic");
}

static uint64_t qemu_size(const char *path)
{
	json_t *j =
		json_loads(test_output("qemu-img info -f vpc --output=json '%s'", path), 0, NULL);
	uint64_t size = (uint64_t)json_integer_value(json_object_get(j, "virtual-size"));

	json_decref(j);
	return size;
}

static void the_creator_decides_between_size_and_geometry(void **state)
{
	static const char creators[][5] = {
		"vpc ", "vs  ", "qemu", "qem2", "win ", "d2v ", "tap\0", "CTXS"};
	const char *path = fixed();
	uint8_t footer[512];

	(void)state;
	test_must_run("tail -c 512 '%s' >footer", path);
	memcpy(footer, test_read_file(test_path("footer"), NULL), sizeof(footer));
	for (size_t i = 0; i < sizeof(creators) / sizeof(creators[0]); i++) {
		memcpy(footer + 28, creators[i], 4);
		/* 300 cylinders of 5 heads and 16 sectors: another size than 12 MiB. */
		memcpy(footer + 56, "\x01\x2c\x05\x10", 4);
		disks_reseal_vhd(footer, sizeof(footer), FOOTER_CHECKSUM_AT);
		patched(path, "creator.vhd", -512, footer, sizeof(footer));
		if (info_of(test_path("creator.vhd")).virtual_size !=
			qemu_size(test_path("creator.vhd")))
			fail_msg("%s: %llu", creators[i],
				(unsigned long long)info_of(test_path("creator.vhd")).virtual_size);
	}
}

static void the_copy_at_the_start_replaces_a_lost_footer(void **state)
{
	const char *sum, *path = dynamic();
	struct disk_info info;

	(void)state;
	sum = disks_sha256(path, NULL);
	path = patched(path, "damaged.vhd", -300, "x", 1);
	assert_string_equal(disks_sha256(path, NULL), sum);
	info = info_of(path);
	assert_int_equal(info.notes.n, 1);
	assert_non_null(strstr(info.notes.at[0], "footer is damaged; its copy at the start"));
	test_must_run("cp dynamic.vhd tail.vhd && truncate -s -512 tail.vhd");
	assert_string_equal(disks_sha256(test_path("tail.vhd"), NULL), sum);
	assert_non_null(strstr(info_of(test_path("tail.vhd")).notes.at[0], "footer is missing"));
}

static void a_wrong_checksum_is_refused(void **state)
{
	(void)state;
	disks_refused(patched(fixed(), "bad.vhd", -300, "x", 1), NULL, EBADMSG, "checksum");
	patched(dynamic(), "one.vhd", -300, "x", 1);
	disks_refused(patched(test_path("one.vhd"), "both.vhd", 300, "x", 1), NULL, EBADMSG,
		"the checksum of the VHD footer is wrong");
}

static void a_sane_header_with_a_wrong_checksum_is_read_and_noted(void **state)
{
	const char *path = patched(dynamic(), "header.vhd", 512 + 900, "x", 1);

	(void)state;
	assert_string_equal(disks_sha256(path, NULL), disks_sha256(dynamic(), NULL));
	assert_int_equal(info_of(path).notes.n, 1);
}

static void a_header_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	disks_refused(patched(dynamic(), "x.vhd", 512, "y", 1), NULL, EBADMSG, "no header");
	disks_refused(patched(dynamic(), "x.vhd", 512 + 32, "\0\0\0\0", 4), NULL, EBADMSG,
		"block size of 0 bytes");
	disks_refused(patched(dynamic(), "x.vhd", 512 + 32, "\x40\0\0\0", 4), NULL, E2BIG,
		"block size of 1073741824 bytes");
	disks_refused(patched(dynamic(), "x.vhd", 512 + 28, "\0\0\0\1", 4), NULL, EBADMSG,
		"table of 1 blocks is too small");
	disks_refused(patched(dynamic(), "x.vhd", 512 + 16, "\x7f", 1), NULL, EBADMSG,
		"table lies past the end");
}

static void a_block_past_the_end_costs_only_itself(void **state)
{
	const char *path = patched(dynamic(), "block.vhd", 1536, "\x7f\xff\xff\xf0", 4);
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char buf[512];

	(void)state;
	test_io_init(&t);
	test_must_open_disk(&t, path, NULL, &d);
	assert_int_equal(blockdev_read(d.dev, 0, buf, 512, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "block 0 of the VHD lies past the end of the file"));
	assert_int_equal(blockdev_read(d.dev, 11 << 20, buf, 512, &e), 0);
	disk_close(&d);
}

static void a_fixed_vhd_that_is_cut_short_says_so(void **state)
{
	(void)state;
	fixed();
	test_must_run("{ head -c 1M fixed.vhd; tail -c 512 fixed.vhd; } >cut.vhd");
	assert_int_equal(info_of(test_path("cut.vhd")).virtual_size, 12 << 20);
	assert_non_null(strstr(info_of(test_path("cut.vhd")).notes.at[0], "shorter than the disk"));
	disks_refused(patched(test_path("cut.vhd"), "nofooter.vhd", -512, "x", 1), "vhd", EBADMSG,
		"is not a VHD");
}

static void the_first_sector_of_a_fixed_vhd_is_the_guests(void **state)
{
	(void)state;
	assert_string_equal(info_of(patched(fixed(), "k.vhd", 0, "KDMV", 4)).format, "vhd");
	assert_string_equal(
		info_of(patched(fixed(), "noext", 0, "QFI\xfb\0\0\0\3", 8)).format, "vhd");
}

static void opening_and_one_read_cost_little(void **state)
{
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char byte;

	(void)state;
	test_need_tool("qemu-img");
	test_must_run("qemu-img create -f vpc big.vhd 2000G");
	test_io_init(&t);
	test_must_open_disk(&t, test_path("big.vhd"), NULL, &d);
	assert_int_equal(blockdev_read(d.dev, d.info.virtual_size - 1, &byte, 1, &e), 0);
	assert_true(t.io.bytes_read < 16384 && t.io.reads < 8);
	disk_close(&d);
}

static void an_unknown_type_is_refused(void **state)
{
	uint8_t footer[512];

	(void)state;
	memcpy(footer, test_read_file(dynamic(), NULL), sizeof(footer));
	footer[63] = 9;
	disks_reseal_vhd(footer, sizeof(footer), FOOTER_CHECKSUM_AT);
	disks_refused(
		patched(dynamic(), "type.vhd", -512, footer, 512), NULL, EBADMSG, "unknown type 9");
}

/* Virtual PC before 2004 wrote all but the last byte, which is zero. */
static void a_footer_of_511_bytes_is_read(void **state)
{
	(void)state;
	fixed();
	dynamic();
	test_must_run("for i in fixed dynamic; do cp $i.vhd $i-511.vhd && truncate -s -1 "
		      "$i-511.vhd || exit 1; done");
	assert_string_equal(
		disks_sha256(test_path("fixed-511.vhd"), NULL), disks_sha256(fixed(), NULL));
	assert_string_equal(
		disks_sha256(test_path("dynamic-511.vhd"), NULL), disks_sha256(dynamic(), NULL));
	assert_int_equal(info_of(test_path("fixed-511.vhd")).notes.n, 0);
	assert_int_equal(info_of(test_path("dynamic-511.vhd")).notes.n, 0);
}

static void corpus_images_are_as_expected(void **state)
{
	(void)state;
	disks_as_corpus_expects("dfvfs/ext2.vhd", NULL);
	disks_as_corpus_expects("sleuthkit/image.vhd", NULL);
	disks_as_corpus_expects("dfvfs/image.vhd", NULL);
	disks_as_corpus_expects("dfvfs/image-differential.vhd", NULL);
	disks_as_corpus_expects("qemu/afl5.img", "vhd");
	disks_as_corpus_expects("qemu/d2v-zerofilled.vhd", NULL);
}

static void every_failing_read_is_said(void **state)
{
	(void)state;
	disks_survive_faults(fixed());
	disks_survive_faults(dynamic());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_as_qemu_says),
		cmocka_unit_test(what_a_vhd_says_of_itself),
		cmocka_unit_test(the_creator_decides_between_size_and_geometry),
		cmocka_unit_test(the_copy_at_the_start_replaces_a_lost_footer),
		cmocka_unit_test(a_wrong_checksum_is_refused),
		cmocka_unit_test(a_sane_header_with_a_wrong_checksum_is_read_and_noted),
		cmocka_unit_test(a_header_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_block_past_the_end_costs_only_itself),
		cmocka_unit_test(a_fixed_vhd_that_is_cut_short_says_so),
		cmocka_unit_test(the_first_sector_of_a_fixed_vhd_is_the_guests),
		cmocka_unit_test(opening_and_one_read_cost_little),
		cmocka_unit_test(an_unknown_type_is_refused),
		cmocka_unit_test(a_footer_of_511_bytes_is_read),
		cmocka_unit_test(corpus_images_are_as_expected),
		cmocka_unit_test(every_failing_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

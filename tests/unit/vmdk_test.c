/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/disks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"
#include "tests/lib/faultdev.h"

#define SECTOR 512
#define FLAGS_AT 8
#define CAPACITY_AT 12
#define RGD_AT 48
#define GD_AT 56
#define UNCLEAN_AT 72
#define NEWLINES_AT 73

static const char *convert(const char *subformat)
{
	const char *path = test_path("%s.vmdk", subformat);

	test_need_tool("qemu-img");
	if (access(path, F_OK))
		test_must_run("qemu-img convert -f raw -O vmdk -o subformat=%s '%s' '%s'",
			subformat, disks_source(12), path);
	return path;
}

static const char *sparse(void)
{
	return convert("monolithicSparse");
}

static const char *stream(void)
{
	return convert("streamOptimized");
}

static void patch(const char *path, long off, const void *p, size_t n)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, off, SEEK_SET), 0);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void patch_le(const char *path, long off, uint64_t v, size_t n)
{
	uint8_t p[8];

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
	patch(path, off, p, n);
}

static uint64_t header_u64(const char *path, size_t off)
{
	test_must_run("head -c 512 '%s' >header", path);
	return get_le64(test_read_file(test_path("header"), NULL) + off);
}

static const char *copy(const char *from, const char *name)
{
	const char *path = test_path("%s", name);

	test_must_run("cp --sparse=always '%s' '%s'", from, path);
	return path;
}

static struct disk_info info_of(const char *path)
{
	struct disk_info info;
	struct test_io t;
	struct disk d;

	test_io_init(&t);
	test_must_open_disk(&t, path, NULL, &d);
	info = d.info;
	disk_close(&d);
	return info;
}

static void contents_are_as_qemu_says(void **state)
{
	(void)state;
	disks_same_as_qemu(sparse(), NULL, "vmdk");
	disks_same_as_qemu(stream(), NULL, "vmdk");
	disks_same_as_qemu(convert("monolithicFlat"), NULL, "vmdk");
	disks_same_as_qemu(convert("twoGbMaxExtentSparse"), NULL, "vmdk");
	disks_same_as_qemu(convert("twoGbMaxExtentFlat"), NULL, "vmdk");
}

static void what_a_vmdk_says_of_itself(void **state)
{
	const char *path = copy(sparse(), "unclean.vmdk");
	struct disk_info info = info_of(path);

	(void)state;
	assert_string_equal(info.format, "vmdk");
	assert_string_equal(info.subformat, "monolithicSparse");
	assert_int_equal(info.virtual_size, 12 << 20);
	assert_int_equal(info.logical_sector, 512);
	assert_false(info.unclean);
	assert_int_equal(info.notes.n, 0);
	patch(path, UNCLEAN_AT, "\1", 1);
	assert_true(info_of(path).unclean);
	assert_string_equal(info_of(stream()).subformat, "streamOptimized");
	assert_string_equal(info_of(convert("monolithicFlat")).subformat, "monolithicFlat");
}

static void grains_in_a_row_are_one_read(void **state)
{
	struct err e = {0};
	struct test_io t;
	struct disk d;
	static char buf[4 << 20];

	(void)state;
	test_need_tool("qemu-img");
	test_must_run(
		"head -c 4M /dev/urandom >full && qemu-img convert -f raw -O vmdk full full.vmdk");
	test_io_init(&t);
	test_must_open_disk(&t, test_path("full.vmdk"), NULL, &d);
	t.io.reads = 0;
	assert_int_equal(blockdev_read(d.dev, 0, buf, sizeof(buf), &e), 0);
	assert_in_range(t.io.reads, 1, 3);
	disk_close(&d);
}

static void a_grain_is_not_unpacked_twice_in_a_row(void **state)
{
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char buf[4096];

	(void)state;
	test_io_init(&t);
	test_must_open_disk(&t, stream(), NULL, &d);
	assert_int_equal(blockdev_read(d.dev, 0, buf, 512, &e), 0);
	t.io.reads = 0;
	for (unsigned i = 1; i < 16; i++)
		assert_int_equal(blockdev_read(d.dev, i * 4096, buf, 4096, &e), 0);
	assert_int_equal(t.io.reads, 0);
	disk_close(&d);
}

static void the_second_directory_replaces_a_damaged_one(void **state)
{
	const char *path = copy(sparse(), "gd.vmdk"), *sum = disks_sha256(sparse(), NULL);
	uint64_t gd = header_u64(path, GD_AT);

	(void)state;
	patch_le(path, (long)(gd * SECTOR), 0x7fffffff, 4);
	assert_string_equal(disks_sha256(path, NULL), sum);
	assert_int_equal(info_of(path).notes.n, 1);
	patch_le(path, GD_AT, 0x7fffffffffff, 8);
	assert_string_equal(disks_sha256(path, NULL), sum);
	assert_non_null(strstr(info_of(path).notes.at[0], "second copy is used"));
	patch_le(path, RGD_AT, 0x7fffffffffff, 8);
	disks_refused(path, NULL, EBADMSG, "grain directory lies past the end");
}

static void a_grain_past_the_end_costs_only_itself(void **state)
{
	const char *path = copy(sparse(), "grain.vmdk");
	struct err e = {0};
	struct test_io t;
	struct disk d;
	uint64_t table;
	char buf[512];

	(void)state;
	test_must_run("tail -c +%llu '%s' | head -c 4 >entry",
		(unsigned long long)header_u64(path, GD_AT) * SECTOR + 1, path);
	table = get_le32(test_read_file(test_path("entry"), NULL));
	patch_le(path, (long)(table * SECTOR), 0x7fffffff, 4);
	/* Its second copy still knows the place; without that flag there is none. */
	assert_string_equal(disks_sha256(path, NULL), disks_sha256(sparse(), NULL));
	patch_le(path, FLAGS_AT, 1, 4);
	test_io_init(&t);
	test_must_open_disk(&t, path, NULL, &d);
	assert_int_equal(blockdev_read(d.dev, 0, buf, 512, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "grain 0 of the VMDK lies past the end"));
	assert_int_equal(blockdev_read(d.dev, 65536, buf, 512, &e), 0);
	disk_close(&d);
}

static void grains_of_zeros_are_holes(void **state)
{
	const char *path = test_path("zeroed.vmdk");
	struct err e = {0};
	struct test_io t;
	struct disk d;
	uint64_t len;
	bool hole;

	(void)state;
	test_need_tool("qemu-io");
	test_must_run(
		"qemu-img create -f vmdk -o zeroed_grain=on zeroed.vmdk 4M"
		" && qemu-io -f vmdk -c 'write -P 7 0 192k' -c 'write -z 64k 64k' zeroed.vmdk");
	disks_same_as_qemu(path, NULL, "vmdk");
	test_io_init(&t);
	test_must_open_disk(&t, path, NULL, &d);
	assert_int_equal(blockdev_extent(d.dev, 65536, &len, &hole, &e), 0);
	assert_true(hole && len == 65536);
	assert_int_equal(blockdev_extent(d.dev, 0, &len, &hole, &e), 0);
	assert_false(hole);
	disk_close(&d);
}

/* As VMware writes a stream: the header says that the directory's place is in the footer. */
static void the_footer_of_a_stream_is_used(void **state)
{
	const char *path = copy(stream(), "footer.vmdk");
	static uint8_t end[3 * SECTOR];

	(void)state;
	test_must_run("head -c 512 footer.vmdk >header");
	end[0] = 1;
	end[12] = 3;
	memcpy(end + SECTOR, test_read_file(test_path("header"), NULL), SECTOR);
	test_write_file(test_path("end"), end, sizeof(end));
	test_must_run("cat end >>footer.vmdk");
	patch_le(path, GD_AT, UINT64_MAX, 8);
	disks_same_as_qemu(path, NULL, "vmdk");
	test_must_run("truncate -s -512 footer.vmdk");
	disks_refused(path, NULL, EBADMSG, "cut short: it has no footer");
}

static void a_damaged_stream_says_which_grain(void **state)
{
	const char *path = copy(stream(), "broken.vmdk");
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char buf[512];

	(void)state;
	/* The first grain follows the overhead of 64 KiB; its data begins after 12 bytes. */
	patch(path, 65536 + 40, "damage", 6);
	test_io_init(&t);
	test_must_open_disk(&t, path, NULL, &d);
	assert_int_equal(blockdev_read(d.dev, 0, buf, 512, &e), -EBADMSG);
	assert_string_equal(e.msg, "grain 0 of the VMDK does not decompress");
	disk_close(&d);
	patch(path, 65536, "x", 1);
	test_must_open_disk(&t, path, NULL, &d);
	assert_int_equal(blockdev_read(d.dev, 0, buf, 512, &e), -EBADMSG);
	assert_string_equal(e.msg, "grain 0 of the VMDK is not where its table says");
	disk_close(&d);
}

static void headers_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		long off;
		uint64_t value;
		size_t n;
		int num;
		const char *says;
	} bad[] = {
		{4, 4, 4, ENOTSUP, "version 4"},
		{NEWLINES_AT, 0x0a0a200a, 4, EBADMSG, "transfer as text"},
		{CAPACITY_AT, 0, 8, EBADMSG, "0 sectors"},
		{CAPACITY_AT, UINT64_MAX, 8, EBADMSG, "sectors"},
		{CAPACITY_AT, 1ULL << 50, 8, EBADMSG, "grain directory lies past the end"},
		{20, 0, 8, EBADMSG, "grain size of 0 sectors"},
		{20, 100, 8, EBADMSG, "grain size of 100 sectors"},
		{20, 1 << 20, 8, E2BIG, "grain size of 1048576 sectors"},
		{28, 0, 8, ENOTSUP, "no VMDK descriptor inside"},
		{28, UINT64_MAX, 8, EBADMSG, "descriptor lies past the end"},
		{28, 1ULL << 40, 8, EBADMSG, "cut short"},
		{36, 1 << 20, 8, E2BIG, "the VMDK descriptor has"},
		{44, 0, 4, EBADMSG, "have 0 entries"},
		{44, 1 << 30, 4, E2BIG, "entries"},
		{FLAGS_AT, 0x10001, 4, ENOTSUP, "compressed by an unknown method"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *path = copy(sparse(), "bad.vmdk");

		patch_le(path, bad[i].off, bad[i].value, bad[i].n);
		disks_refused(path, NULL, bad[i].num, bad[i].says);
	}
}

static void truncated_images_never_crash(void **state)
{
	static const unsigned sizes[] = {
		1, 4, 511, 512, 513, 1024, 4096, 10752, 11000, 20000, 65536, 65537, 70000, 300000};
	const char *const images[] = {sparse(), stream()};
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char buf[512];

	(void)state;
	test_io_init(&t);
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			test_must_run("head -c %u '%s' >cut.vmdk", sizes[k], images[i]);
			if (test_open_disk(&t, test_path("cut.vmdk"), "vmdk", &d, &e) < 0)
				continue;
			for (uint64_t off = 0; off < d.dev->size; off += 1 << 20)
				blockdev_read(d.dev, off, buf, sizeof(buf), &e);
			disk_close(&d);
		}
	}
}

/* Its header says 64 TiB; the grain directory for that is 8 MiB of holes at the end of the file. */
static void the_size_of_the_disk_does_not_matter_to_opening(void **state)
{
	const char *path = copy(sparse(), "huge.vmdk");
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char byte = 1;

	(void)state;
	test_must_run("truncate -s 16M huge.vmdk && truncate -s 32M huge.vmdk");
	patch_le(path, GD_AT, (16 << 20) / SECTOR, 8);
	patch_le(path, FLAGS_AT, 1, 4);
	patch_le(path, CAPACITY_AT, 1ULL << 37, 8);
	test_io_init(&t);
	test_must_open_disk(&t, path, NULL, &d);
	assert_true(d.info.virtual_size == 64ULL << 40);
	assert_int_equal(blockdev_read(d.dev, d.info.virtual_size - 1, &byte, 1, &e), 0);
	assert_int_equal(byte, 0);
	assert_true(t.io.bytes_read < 65536);
	disk_close(&d);
}

static void a_symlink_to_a_descriptor_finds_its_extent(void **state)
{
	(void)state;
	convert("monolithicFlat");
	test_must_run("mkdir -p elsewhere && ln -sf ../monolithicFlat.vmdk elsewhere/link.vmdk");
	assert_string_equal(disks_sha256(test_path("elsewhere/link.vmdk"), NULL),
		disks_sha256(disks_source(12), NULL));
}

static void corpus_images_are_as_expected(void **state)
{
	(void)state;
	disks_as_corpus_expects("plaso/image.vmdk", NULL);
	disks_as_corpus_expects("go-vmdk/vmdk-monolith.img", "vmdk");
	disks_refused(test_unxz(test_corpus("images/go-vmdk/vmdk-invalid.img.xz")), "vmdk", ENOTSUP,
		"no VMDK descriptor inside");
	assert_int_equal(
		info_of(test_unxz(test_corpus("images/qemu/iotest-version3.vmdk.xz"))).virtual_size,
		17179869184);
}

static void every_failing_read_is_said(void **state)
{
	(void)state;
	disks_survive_faults(sparse());
	disks_survive_faults(stream());
	disks_survive_faults(convert("monolithicFlat"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_as_qemu_says),
		cmocka_unit_test(what_a_vmdk_says_of_itself),
		cmocka_unit_test(grains_in_a_row_are_one_read),
		cmocka_unit_test(a_grain_is_not_unpacked_twice_in_a_row),
		cmocka_unit_test(the_second_directory_replaces_a_damaged_one),
		cmocka_unit_test(a_grain_past_the_end_costs_only_itself),
		cmocka_unit_test(grains_of_zeros_are_holes),
		cmocka_unit_test(the_footer_of_a_stream_is_used),
		cmocka_unit_test(a_damaged_stream_says_which_grain),
		cmocka_unit_test(headers_that_make_no_sense_are_refused),
		cmocka_unit_test(truncated_images_never_crash),
		cmocka_unit_test(the_size_of_the_disk_does_not_matter_to_opening),
		cmocka_unit_test(a_symlink_to_a_descriptor_finds_its_extent),
		cmocka_unit_test(corpus_images_are_as_expected),
		cmocka_unit_test(every_failing_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/lib/opens.h"

#define SECTOR 512

/* A descriptor with these lines of extents, in a directory of its own. */
static const char *describe(const char *type, const char *extents)
{
	const char *path = test_path("named/disk.vmdk"), *text;

	test_must_run("mkdir -p named");
	text = arena_printf(&test_arena,
		"# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
		"createType=\"%s\"\n# Extent description\n%s\n",
		type, extents);
	test_write_file(path, text, strlen(text));
	return path;
}

/* Noise of some sectors as a file beside the descriptor. */
static const uint8_t *noise_file(const char *name, size_t sectors, unsigned seed)
{
	uint8_t *noise = arena_alloc(&test_arena, sectors * SECTOR);

	test_must_run("mkdir -p named");
	test_noise(noise, sectors * SECTOR, seed);
	test_write_file(test_path("named/%s", name), noise, sectors * SECTOR);
	return noise;
}

/* A piece of the given type beside the descriptor, with the contents of disks_source(). */
static void piece(const char *name, const char *subformat)
{
	test_need_tool("qemu-img");
	test_must_run("mkdir -p named && qemu-img convert -f raw -O vmdk -o subformat=%s '%s' "
		      "'named/%s'",
		subformat, disks_source(12), name);
}

static void reads_as(const char *path, uint64_t off, const uint8_t *want, size_t n)
{
	uint8_t *buf = arena_alloc(&test_arena, n);
	struct image i;

	image_open(&i, path, NULL);
	if (blockdev_read(i.d.dev, off, buf, n, &i.e) < 0)
		fail_msg("%s", i.e.msg);
	assert_memory_equal(buf, want, n);
	image_close(&i);
}

static void pieces_of_two_gibibytes_are_one_disk(void **state)
{
	const uint64_t border = 4192256ULL * SECTOR;
	const char *types[] = {"twoGbMaxExtentSparse", "twoGbMaxExtentFlat"};
	static uint8_t noise[2 << 20];
	struct image i;

	(void)state;
	test_need_tool("qemu-img");
	test_noise(noise, sizeof(noise), 77);
	test_write_file(test_path("noise"), noise, sizeof(noise));
	test_must_run("truncate -s 4200M large.raw && dd if=noise of=large.raw bs=512 seek=%llu "
		      "conv=notrunc status=none && dd if=noise of=large.raw bs=512 seek=%llu "
		      "conv=notrunc status=none",
		(unsigned long long)border / SECTOR - 3, (unsigned long long)border / 256 - 2048);
	for (size_t k = 0; k < 2; k++) {
		test_must_run("qemu-img convert -S 4k -f raw -O vmdk -o subformat=%s large.raw "
			      "%s.vmdk",
			types[k], types[k]);
		image_open(&i, test_path("%s.vmdk", types[k]), NULL);
		assert_int_equal(i.d.dev->size, 4200ULL << 20);
		assert_string_equal(i.d.info.subformat, types[k]);
		image_same_at(&i, test_path("large.raw"), border - 100000, 3 << 20);
		image_same_at(&i, test_path("large.raw"), 2 * border - (1 << 20), 3 << 20);
		image_close(&i);
	}
	test_must_run("rm -f large.raw twoGb*");
}

static void kinds_of_extent_can_be_mixed(void **state)
{
	const char *path;

	(void)state;
	piece("a.vmdk", "twoGbMaxExtentSparse");
	piece("b.vmdk", "streamOptimized");
	noise_file("c.bin", 100, 3);
	path = describe("twoGbMaxExtentSparse",
		"RW 24576 SPARSE \"a-s001.vmdk\"\nRW 90 FLAT \"c.bin\" 7\n"
		"RW 24576 SPARSE \"b.vmdk\"\nRW 50 FLAT \"c.bin\" 0");
	disks_same_as_qemu(path, NULL, "vmdk");
	disks_survive_faults(path);
}

static void extents_of_vmfs_are_flat(void **state)
{
	const uint8_t *noise = noise_file("x-flat.vmdk", 64, 4);
	const char *path = describe("vmfs", "RW 64 VMFS \"x-flat.vmdk\"");

	(void)state;
	reads_as(path, 0, noise, 64 * SECTOR);
	if (test_have_tool("qemu-img"))
		disks_same_as_qemu(path, NULL, "vmdk");
	reads_as(describe("vmfsRaw", "RW 64 VMFSRAW \"x-flat.vmdk\""), 0, noise, 64 * SECTOR);
}

static void a_flat_extent_may_begin_within_its_file(void **state)
{
	const uint8_t *noise = noise_file("x.bin", 20, 5);

	(void)state;
	test_must_run("mkdir -p named/sub && mv named/x.bin named/sub");
	reads_as(describe("monolithicFlat", "RW 8 FLAT \"sub/x.bin\" 3"), 0, noise + 3 * SECTOR,
		8 * SECTOR);
}

static void extents_of_zeros_are_holes(void **state)
{
	const uint8_t *noise = noise_file("x.bin", 20, 6);
	const char *path =
		describe("custom", "RW 1000 ZERO\nRDONLY 8 FLAT \"x.bin\" 0\nRW 4000000000 ZERO");
	struct image i;

	(void)state;
	reads_as(path, 1000 * SECTOR, noise, 8 * SECTOR);
	image_open(&i, path, NULL);
	assert_true(i.d.dev->size == 4000001008ULL * SECTOR);
	image_extent_is(&i, 0, 1000 * SECTOR, true);
	image_extent_is(&i, 1000 * SECTOR, 8 * SECTOR, false);
	image_extent_is(&i, 1008 * SECTOR, 4000000000ULL * SECTOR, true);
	image_close(&i);
}

static void a_flat_extent_that_is_cut_short_says_so(void **state)
{
	struct image i;

	(void)state;
	noise_file("short.bin", 4, 7);
	image_open(&i, describe("monolithicFlat", "RW 8 FLAT \"short.bin\" 0"), NULL);
	assert_true(image_noted(&i.d.info, "short.bin is shorter than"));
	image_same_at(&i, test_path("named/short.bin"), 3 * SECTOR, SECTOR);
	image_damaged_at(&i, 4 * SECTOR, "short.bin: is cut short");
	image_close(&i);
}

static void what_cannot_be_read_is_refused_by_name(void **state)
{
	static const struct {
		const char *type, *extents;
		int num;
		const char *says;
	} bad[] = {
		{"fullDevice", "RW 8 FLAT \"/dev/sda\" 0", ENOTSUP, "type \"fullDevice\""},
		{"partitionedDevice", "RW 8 ZERO", ENOTSUP, "on a device of the host"},
		{"vmfsRawDeviceMap", "RW 8 VMFSRDM \"x-rdm.vmdk\"", ENOTSUP, "vmfsRawDeviceMap"},
		{"vmfsPassthroughRawDeviceMap", "RW 8 VMFSRDM \"x-rdmp.vmdk\"", ENOTSUP,
			"vmfsPassthroughRawDeviceMap"},
		{"vmfs", "RW 8 VMFSRDM \"x-rdm.vmdk\"", ENOTSUP, "raw device mapping (VMFSRDM)"},
		{"custom", "NOACCESS 8 ZERO", ENOTSUP, "NOACCESS"},
		{"custom", "RW 8 HOLOGRAM \"x\"", ENOTSUP, "an extent of type \"HOLOGRAM\""},
		{"custom", "", EBADMSG, "names no extent"},
		{"", "RW 8 ZERO", EBADMSG, "does not say its createType"},
		{"custom", "RW 0 ZERO", EBADMSG, "extent of 0 sectors"},
		{"custom", "RW 8 FLAT", EBADMSG, "a FLAT extent without a file"},
		{"custom", "RW 18014398509481983 ZERO\nRW 18014398509481983 ZERO", EBADMSG,
			"makes no sense"},
		{"custom", "RW 9223372036854775807 ZERO", EBADMSG, "9223372036854775807 sectors"},
		{"custom", "RW 8 FLAT \"x.bin\" 9223372036854775807", EBADMSG,
			"x.bin: it cannot begin at sector"},
		{"custom", "RW 8 FLAT \"x.bin\" 18014398509481980", EBADMSG, "x.bin"},
		{"custom", "RW 8 SPARSE \"x.bin\"", EBADMSG, "x.bin: is not a sparse extent"},
		{"custom", "RW 8 SPARSE \"none.vmdk\"", ENOENT, "none.vmdk: No such file"},
		{"custom", "RW 24577 SPARSE \"a-s001.vmdk\"", EBADMSG,
			"a-s001.vmdk: its header gives it 12582912 bytes"},
	};

	(void)state;
	noise_file("x.bin", 8, 8);
	piece("a.vmdk", "twoGbMaxExtentSparse");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		disks_refused(describe(bad[i].type, bad[i].extents), NULL, bad[i].num, bad[i].says);
	disks_refused(describe("vmfs", "RW 8 VMFS \"x.bin\"\nddb.iofilters = \"vmwarevmcrypt\""),
		NULL, ENOTSUP, "is an encrypted VMDK");
}

static void a_part_is_refused_for_its_descriptor(void **state)
{
	(void)state;
	piece("a.vmdk", "twoGbMaxExtentSparse");
	piece("b.vmdk", "twoGbMaxExtentFlat");
	disks_refused(test_path("named/a-s001.vmdk"), NULL, ENOTSUP,
		"one piece of a VMDK that is split; give a.vmdk instead");
	disks_refused(test_path("named/b-f001.vmdk"), NULL, ENOTSUP,
		"one piece of a VMDK that is split; give b.vmdk instead");
	test_must_run("rm named/a.vmdk named/b.vmdk");
	disks_refused(test_path("named/a-s001.vmdk"), NULL, ENOTSUP,
		"the descriptor file that names it is the disk");
	assert_string_equal(
		disks_sha256(test_path("named/b-f001.vmdk"), NULL), image_sum(disks_source(12)));
}

static void flat_data_is_read_as_raw_and_its_descriptor_named(void **state)
{
	const char *flat = test_path("named/m-flat.vmdk");
	struct disk_info info;

	(void)state;
	piece("m.vmdk", "monolithicFlat");
	assert_string_equal(disks_sha256(flat, NULL), image_sum(disks_source(12)));
	info = image_info(flat, NULL);
	assert_string_equal(info.format, "raw");
	assert_true(image_noted(&info, "the VMDK it belongs to is m.vmdk"));
	/* A file that only has the name is none. */
	test_must_run("echo other >named/m.vmdk");
	assert_int_equal(image_info(flat, NULL).notes.n, 0);
	test_must_run("rm named/m.vmdk && ln -s /etc/passwd named/m.vmdk");
	opens_watch(test_tmpdir());
	assert_int_equal(image_info(flat, NULL).notes.n, 0);
	assert_null(opens_outside());
	test_must_run("rm named/m.vmdk");
}

static void many_extents_are_read_and_more_refused(void **state)
{
	char *lines = arena_alloc(&test_arena, 12 * (VMDK_EXTENTS_MAX + 1) + 1), *p = lines;
	struct image i;

	(void)state;
	for (size_t k = 0; k < VMDK_EXTENTS_MAX; k++)
		p = stpcpy(p, "RW 8 ZERO\n");
	image_open(&i, describe("custom", lines), NULL);
	assert_int_equal(i.d.dev->size, 8ULL * SECTOR * VMDK_EXTENTS_MAX);
	image_close(&i);
	stpcpy(p, "RW 8 ZERO\n");
	disks_refused(describe("custom", lines), NULL, E2BIG, "over 32768 extents");
}

/* The usual soft limit is 1,024 descriptors, a disk of 2 TiB in pieces. */
static void the_soft_limit_of_open_files_is_no_limit(void **state)
{
	char *lines = arena_alloc(&test_arena, 40 * 100), *p = lines;
	struct rlimit before, low;

	(void)state;
	noise_file("x.bin", 8, 9);
	for (size_t k = 0; k < 100; k++)
		p = stpcpy(p, "RW 8 FLAT \"x.bin\" 0\n");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(
		image_info(describe("custom", lines), NULL).virtual_size, 100 * 8 * SECTOR);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void extents_cannot_name_host_files(void **state)
{
	static const char *const names[] = {"/etc/passwd", "../source-12.raw", "link", "pipe",
		"dirlink/passwd", "/proc/self/environ", "proc/self/environ", "/dev/zero", "null",
		".", "sub", "sub/", "./../../etc/passwd", "sub/../../source-12.raw",
		"//etc/passwd"};
	static const char *const types[] = {"FLAT", "SPARSE"};

	(void)state;
	disks_source(12);
	test_subdir("named");
	test_must_run("cd named && ln -s /etc/passwd link && mkfifo pipe && mkdir sub"
		      " && ln -s /etc dirlink && ln -s /proc proc");
	/* Only root can make a device; for others the name is just not there. */
	test_run("mknod named/null c 1 3");
	opens_watch(test_path("named"));
	for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
		const char *path = describe("custom",
			arena_printf(&test_arena, "RW 8 %s \"%s\" 0", types[i % 2], names[i / 2]));
		struct err e = {0};
		struct test_io t;
		struct disk d;

		test_io_init(&t);
		if (test_open_disk(&t, path, NULL, &d, &e) >= 0)
			fail_msg("%s was opened", names[i / 2]);
		assert_memory_equal(e.msg, path, strlen(path));
		assert_null(t.io.files);
		if (opens_outside())
			fail_msg("%s opened %s", names[i / 2], opens_outside());
	}
}

static void cut_descriptors_never_crash(void **state)
{
	(void)state;
	noise_file("x.bin", 100, 10);
	image_survives_cutting(describe("custom", "RW 90 FLAT \"x.bin\" 7\nRW 9 ZERO"), "vmdk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_of_two_gibibytes_are_one_disk),
		cmocka_unit_test(kinds_of_extent_can_be_mixed),
		cmocka_unit_test(extents_of_vmfs_are_flat),
		cmocka_unit_test(a_flat_extent_may_begin_within_its_file),
		cmocka_unit_test(extents_of_zeros_are_holes),
		cmocka_unit_test(a_flat_extent_that_is_cut_short_says_so),
		cmocka_unit_test(what_cannot_be_read_is_refused_by_name),
		cmocka_unit_test(a_part_is_refused_for_its_descriptor),
		cmocka_unit_test(flat_data_is_read_as_raw_and_its_descriptor_named),
		cmocka_unit_test(many_extents_are_read_and_more_refused),
		cmocka_unit_test(the_soft_limit_of_open_files_is_no_limit),
		cmocka_unit_test(extents_cannot_name_host_files),
		cmocka_unit_test(cut_descriptors_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

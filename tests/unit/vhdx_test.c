/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "tests/lib/opens.h"

#define KIB 1024L
#define MIB (1024 * KIB)
#define HEADERS_AT (64 * KIB)
#define REGIONS_AT (192 * KIB)

static const char *convert(const char *name, const char *options)
{
	const char *path = test_path("%s.vhdx", name);

	test_need_tool("qemu-img");
	if (access(path, F_OK))
		test_must_run("qemu-img convert -f raw -O vhdx -o %s '%s' '%s'", options,
			disks_source(12), path);
	return path;
}

static const char *dynamic(void)
{
	return convert("dynamic", "block_size=1M");
}

/* An image of the writer in tests/lib/mkvhdx.py, or its truth. */
static const char *made(const char *kind, const char *name)
{
	const char *path = test_path("%s/%s", kind, name);
	char top[4096];

	test_need_tool("python3");
	if (access(path, F_OK)) {
		assert_non_null(getcwd(top, sizeof(top)));
		test_must_run("mkdir -p %s && python3 '%s/tests/lib/mkvhdx.py' %s %s", kind, top,
			kind, kind);
	}
	return path;
}

static void is_as_made(const char *kind, const char *image, const char *truth)
{
	assert_string_equal(disks_sha256(made(kind, image), NULL), image_sum(made(kind, truth)));
}

/* Changes a header, a region table or a log entry and makes its checksum right again. */
static void patch_sealed(const char *path, long at, size_t n, long off, uint64_t v, size_t width)
{
	uint8_t *p = malloc(n);

	assert_non_null(p);
	image_patch_le(path, at + off, v, width);
	image_peek(path, at, p, n);
	memset(p + 4, 0, 4);
	image_patch_le(path, at + 4, crc32c(0, p, n), 4);
	free(p);
}

static void contents_are_as_qemu_says(void **state)
{
	static const char *const sizes[] = {"1M", "2M", "8M", "32M"};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *options = arena_printf(&test_arena, "block_size=%s", sizes[i]);

		disks_same_as_qemu(convert(sizes[i], options), NULL, "vhdx");
		options = arena_printf(&test_arena, "%s,subformat=fixed", options);
		disks_same_as_qemu(
			convert(arena_printf(&test_arena, "fixed-%s", sizes[i]), options), NULL,
			"vhdx");
	}
	disks_same_as_qemu(convert("undefined", "block_state_zero=off"), NULL, "vhdx");
}

static void what_a_vhdx_says_of_itself(void **state)
{
	struct disk_info info = image_info(dynamic(), NULL);

	(void)state;
	assert_string_equal(info.format, "vhdx");
	assert_string_equal(info.subformat, "dynamic");
	assert_int_equal(info.virtual_size, 12 * MIB);
	assert_int_equal(info.logical_sector, 512);
	assert_int_equal(info.physical_sector, 512);
	assert_false(info.unclean || info.replayed);
	assert_int_equal(info.notes.n, 0);
	assert_int_equal(strlen(info.identity), 36);
	info = image_info(convert("fixed-1M", "block_size=1M,subformat=fixed"), NULL);
	assert_string_equal(info.subformat, "fixed");
}

static void what_qemu_reads_of_the_test_writer_is_its_truth(void **state)
{
	static const long windows[] = {0, 4094, 8190};

	(void)state;
	test_need_tool("qemu-img");
	test_must_run("qemu-img compare -f vhdx -F raw '%s' '%s'",
		made("differencing", "parent.vhdx"), made("differencing", "parent.raw"));
	/* Comparing 8 GiB of holes takes long. */
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		test_must_run(
			"qemu-img compare --image-opts "
			"driver=raw,offset=%ldM,size=4M,file.driver=vhdx,file.file.filename=%s "
			"driver=raw,offset=%ldM,size=4M,file.filename=%s",
			windows[i], made("large", "chunks.vhdx"), windows[i],
			made("large", "chunks.raw"));
}

static void a_child_is_read_through_its_parents(void **state)
{
	struct disk_info info = image_info(made("differencing", "grandchild.avhdx"), NULL);

	(void)state;
	is_as_made("differencing", "parent.vhdx", "parent.raw");
	is_as_made("differencing", "child.vhdx", "child.raw");
	is_as_made("differencing", "grandchild.avhdx", "grandchild.raw");
	assert_string_equal(info.subformat, "differencing");
	assert_int_equal(info.parents.n, 2);
	assert_string_equal(info.parents.at[0], "child.vhdx");
	assert_string_equal(info.parents.at[1], "parent.vhdx");
}

static void a_parent_that_is_not_the_one_is_refused(void **state)
{
	const char *child;

	(void)state;
	made("differencing", "child.vhdx");
	test_must_run("mkdir -p other && cp differencing/child.vhdx other");
	child = test_path("other/child.vhdx");
	disks_refused(child, NULL, ENOENT, "its parent cannot be opened: parent.vhdx");
	test_must_run("cp '%s' other/parent.vhdx", dynamic());
	disks_refused(child, NULL, EBADMSG, "its parent parent.vhdx has changed since");
	test_must_run("cp '%s' other/parent.vhdx", disks_source(12));
	disks_refused(child, NULL, EBADMSG, "parent parent.vhdx: is not a VHDX");
	test_must_run("cp other/child.vhdx other/parent.vhdx");
	disks_refused(child, NULL, EBADMSG, "leads back to \"parent.vhdx\"");
}

static void cannot_be_opened(const char *path, const char *words)
{
	struct err e = {0};
	struct test_io t;
	struct disk d;

	test_io_init(&t);
	assert_true(test_open_disk(&t, path, NULL, &d, &e) < 0);
	assert_non_null(strstr(e.msg, words));
	assert_null(t.io.files);
}

/* Each name is as long as the one it replaces. */
static void parents_cannot_be_host_files(void **state)
{
	static const char was[] = ".\\parent.vhdx";
	static const char *const names[] = {"../secret.raw", "..\\secret.raw", "/etc///passwd",
		"\\etc\\\\\\passwd", "link12345.raw", "pipe12345.raw", "/dev/////zero",
		"proc/self/exe", "/proc/self/fd", "sub/../../x.z", "./././././sub",
		"C:\\etc\\passwd", "device123.raw"};
	uint8_t wide[2 * sizeof(was)] = {0};
	const char *bytes, *at;
	size_t n;

	(void)state;
	made("differencing", "child.vhdx");
	test_must_run("head -c 1M /dev/zero >secret.raw && mkdir -p host/sub && cp "
		      "differencing/child.vhdx host && cd host && ln -sf ../secret.raw "
		      "link12345.raw && mkfifo pipe12345.raw && ln -s /proc proc");
	/* Only root can make a device; for others the name is just not there. */
	test_run("mknod host/device123.raw c 1 3");
	for (size_t i = 0; i + 1 < sizeof(was); i++)
		wide[2 * i] = (uint8_t)was[i];
	bytes = test_read_file(test_path("host/child.vhdx"), &n);
	at = memmem(bytes, n, wide, 2 * sizeof(was) - 2);
	assert_non_null(at);
	opens_watch(test_path("host"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(strlen(names[i]), sizeof(was) - 1);
		for (size_t k = 0; names[i][k]; k++)
			wide[2 * k] = (uint8_t)names[i][k];
		image_patch(test_path("host/child.vhdx"), at - bytes, wide, 2 * sizeof(was) - 2);
		cannot_be_opened(test_path("host/child.vhdx"), "its parent cannot be opened");
		assert_null(opens_outside());
	}
}

static void sectors_of_4096_bytes_have_a_bit_each(void **state)
{
	static const long spots[] = {0, 1, 2, 3, 32766, 32767, 32768, 32769, 33000, 33001};
	struct image i;

	(void)state;
	image_open(&i, made("sectors4096", "child4k.vhdx"), NULL);
	assert_int_equal(i.d.info.logical_sector, 4096);
	assert_int_equal(i.d.dev->logical_sector, 4096);
	for (size_t k = 0; k < sizeof(spots) / sizeof(spots[0]); k++)
		image_same_at(&i, made("sectors4096", "child4k.raw"), spots[k] * MIB, MIB);
	image_close(&i);
}

static void bitmap_entries_between_the_chunks_are_passed_over(void **state)
{
	static const long spots[] = {0, 1, 4095, 4096, 4097, 8190, 8191, 8192, 8193, 8194};
	struct image i;

	(void)state;
	image_open(&i, made("large", "chunks.vhdx"), NULL);
	for (size_t k = 0; k < sizeof(spots) / sizeof(spots[0]); k++)
		image_same_at(&i, made("large", "chunks.raw"), spots[k] * MIB, MIB);
	image_close(&i);
}

static void the_size_of_the_disk_does_not_matter_to_opening(void **state)
{
	static const uint64_t blocks[] = {0, 4096, (2 << 20) + 5, (64 << 20) - 1};
	uint8_t buf[512];
	struct image i;

	(void)state;
	image_open(&i, made("large", "huge.vhdx"), NULL);
	assert_true(i.d.info.virtual_size == 64ULL << 40);
	assert_true(i.t.io.bytes_read < 210000);
	for (size_t k = 0; k < sizeof(blocks) / sizeof(blocks[0]); k++) {
		assert_int_equal(blockdev_read(i.d.dev, blocks[k] * MIB, buf, 512, &i.e), 0);
		assert_true(get_le64(buf) == blocks[k]);
		assert_int_equal(blockdev_read(i.d.dev, (blocks[k] ^ 1) * MIB, buf, 512, &i.e), 0);
		assert_true(all_zero(buf, 512));
	}
	assert_true(i.t.io.bytes_read < 300000);
	image_close(&i);
}

static void replays_as_qemu_does(const char *path)
{
	struct disk_info info = image_info(path, NULL);
	const char *before = image_sum(path), *ours = disks_sha256(path, NULL);

	assert_true(info.unclean);
	assert_string_equal(image_sum(path), before);
	image_copy(path, "replayed.vhdx");
	/* 0: nothing was wrong; 2: what was is repaired now. */
	test_run("qemu-img check -f vhdx -r all replayed.vhdx");
	assert_string_equal(ours, disks_qemu_sha256(test_path("replayed.vhdx"), "vhdx"));
}

static void a_log_is_replayed_in_memory(void **state)
{
	struct disk_info info = image_info(made("logged", "logged.vhdx"), NULL);

	(void)state;
	is_as_made("logged", "logged.vhdx", "logged.raw");
	assert_true(info.unclean && info.replayed);
	assert_true(image_noted(&info, "its log is replayed in memory"));
	test_need_tool("qemu-img");
	replays_as_qemu_does(made("logged", "logged.vhdx"));
}

static void a_log_can_make_the_file_longer(void **state)
{
	(void)state;
	is_as_made("shortened", "shortened.vhdx", "shortened.raw");
}

/* Kills qemu-io as it writes for the n-th time. */
static void logs_that_qemu_leaves_are_replayed(void **state)
{
	const char *path = test_path("killed.vhdx");
	unsigned replayed = 0;

	(void)state;
	test_need_tool("qemu-io");
	test_need_tool("strace");
	if (test_run("strace -o /dev/null true"))
		test_skip("logs_that_qemu_leaves_are_replayed", "strace may not trace here");
	for (int n = 3; n < 12; n++) {
		struct err e = {0};
		struct test_io t;
		struct disk d;

		test_must_run("rm -f killed.vhdx && qemu-img create -q -f vhdx -o block_size=1M "
			      "killed.vhdx 16M");
		test_run("strace -f -o /dev/null -e trace=pwrite64 -e "
			 "inject=pwrite64:signal=SIGKILL:when=%d qemu-io -f vhdx "
			 "-c 'write -P 1 1M 1M' -c 'write -P 2 5M 1M' killed.vhdx",
			n);
		test_io_init(&t);
		if (test_open_disk(&t, path, NULL, &d, &e) < 0) {
			/* It died within an entry. */
			assert_non_null(strstr(e.msg, "its log, which is needed, is damaged"));
			continue;
		}
		replayed += d.info.replayed;
		disk_close(&d);
		if (d.info.unclean)
			replays_as_qemu_does(path);
	}
	if (!replayed)
		print_message("qemu left no log with an entry this time\n");
}

static void what_must_not_be_read_over_is_refused_by_name(void **state)
{
	(void)state;
	disks_refused(made("refused", "region.vhdx"), NULL, ENOTSUP,
		"needs the region 00112233-4455-6677-8899-aabbccddeeff");
	disks_refused(made("refused", "item.vhdx"), NULL, ENOTSUP,
		"needs the metadata 00112233-4455-6677-8899-aabbccddeeff");
	disks_refused(made("refused", "damaged-log.vhdx"), NULL, EBADMSG, "log, which is needed");
	disks_refused(made("refused", "cut.vhdx"), NULL, EBADMSG, "is cut short, as its log shows");
	is_as_made("refused", "optional.vhdx", "optional.raw");
}

/* What was there may be any value. */
static void invert(const char *path, long at)
{
	uint8_t byte;

	image_peek(path, at, &byte, 1);
	byte = (uint8_t)~byte;
	image_patch(path, at, &byte, 1);
}

static void either_header_and_region_table_will_do(void **state)
{
	const char *sum = disks_sha256(dynamic(), NULL), *path;

	(void)state;
	for (long first = 0; first < 2; first++) {
		path = image_copy(dynamic(), "one.vhdx");
		invert(path, HEADERS_AT * (1 + first) + 8);
		invert(path, REGIONS_AT + 64 * KIB * first + 8);
		assert_string_equal(disks_sha256(path, NULL), sum);
	}
	invert(path, HEADERS_AT + 8);
	disks_refused(path, NULL, EBADMSG, "both headers of the VHDX are damaged");
	path = image_copy(dynamic(), "one.vhdx");
	invert(path, REGIONS_AT + 100);
	invert(path, REGIONS_AT + 64 * KIB + 100);
	disks_refused(path, NULL, EBADMSG, "both region tables of the VHDX are damaged");
	/* A table is zeros behind its entries, and only then its first piece is enough. */
	path = image_copy(dynamic(), "one.vhdx");
	patch_sealed(path, REGIONS_AT, 64 * KIB, 60 * KIB, 0x5a, 1);
	invert(path, REGIONS_AT + 64 * KIB + 100);
	assert_string_equal(disks_sha256(path, NULL), sum);
}

/*
 * What is needed lies in places 64 KiB apart: three at the start of the file, two in the metadata.
 * Two reads that span them, and the probing of the first image, are all.
 */
static void a_link_costs_two_reads(void **state)
{
	struct image i;

	(void)state;
	image_open(&i, made("chain", "c32.vhdx"), NULL);
	assert_int_equal(i.d.info.parents.n, 32);
	assert_int_equal(i.t.io.reads, 2 + 33 * 2);
	assert_in_range(i.t.io.bytes_read, 1, 4096 + 512 + 33 * 200 * KIB);
	image_close(&i);
	is_as_made("chain", "c32.vhdx", "c32.raw");
}

/* The place of a metadata item by its number in the table, as qemu orders them. */
static long item_at(const char *path, unsigned number, long *ret_entry)
{
	uint8_t p[32];
	long metadata = 0;

	for (long i = 0; i < 2; i++) {
		image_peek(path, REGIONS_AT + 16 + 32 * i, p, sizeof(p));
		if (p[0] == 0x06)
			metadata = (long)get_le64(p + 16);
	}
	*ret_entry = metadata + 32 + 32 * number;
	image_peek(path, *ret_entry, p, sizeof(p));
	return metadata + (long)get_le32(p + 16);
}

static void metadata_that_makes_no_sense_is_refused(void **state)
{
	enum { PARAMETERS, SIZE, ID, LOGICAL, PHYSICAL };
	static const struct {
		unsigned item;
		long off; /* in the item; below zero: from the end of its entry in the table */
		uint64_t value;
		size_t n;
		int num;
		const char *says;
	} bad[] = {
		{PARAMETERS, 0, 0, 4, EBADMSG, "block size of 0 bytes"},
		{PARAMETERS, 0, 3 << 20, 4, EBADMSG, "block size of 3145728 bytes"},
		{PARAMETERS, 0, 512 << 20, 4, E2BIG, "larger than the format allows"},
		{PARAMETERS, 4, 2, 4, EBADMSG, "is not complete"},
		{SIZE, 0, 0, 8, EBADMSG, "size of 0 bytes"},
		{SIZE, 0, 1000, 8, EBADMSG, "size of 1000 bytes"},
		{SIZE, 0, UINT64_MAX, 8, E2BIG, "larger than the format allows"},
		{SIZE, 0, 1ULL << 45, 8, EBADMSG, "block allocation table is too small"},
		{LOGICAL, 0, 1024, 4, EBADMSG, "logical sectors of 1024 bytes"},
		{SIZE, -32, 0, 8, ENOTSUP, "needs the metadata"},
		{SIZE, -16, UINT32_MAX, 4, EBADMSG, "metadata of the VHDX makes no sense"},
		{SIZE, -12, 9, 4, EBADMSG, "metadata of the VHDX makes no sense"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *path = image_copy(dynamic(), "bad.vhdx");
		long entry, at = item_at(path, bad[i].item, &entry);

		if (bad[i].off < 0)
			at = entry + 32;
		image_patch_le(path, at + bad[i].off, bad[i].value, bad[i].n);
		disks_refused(path, NULL, bad[i].num, bad[i].says);
	}
}

static void headers_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		long at;
		size_t size;
		long off;
		uint64_t value;
		size_t n;
		int num;
		const char *says;
	} bad[] = {
		{HEADERS_AT, 4096, 66, 2, 2, ENOTSUP, "version 2"},
		{HEADERS_AT, 4096, 48, 1, 8, EBADMSG, ""},
		{REGIONS_AT, 65536, 8, 3000, 4, EBADMSG, "region tables of the VHDX are damaged"},
		{REGIONS_AT, 65536, 8, 1, 4, EBADMSG, "no block allocation table or no metadata"},
		{REGIONS_AT, 65536, 32, 0, 8, EBADMSG, "past the end of the file"},
		{REGIONS_AT, 65536, 32, 1ULL << 62, 8, EBADMSG, "past the end of the file"},
		{REGIONS_AT, 65536, 32, 12345, 8, EBADMSG, "past the end of the file"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *path = image_copy(dynamic(), "bad.vhdx");
		long step = bad[i].at == HEADERS_AT ? HEADERS_AT : 64 * KIB;

		patch_sealed(path, bad[i].at, bad[i].size, bad[i].off, bad[i].value, bad[i].n);
		patch_sealed(
			path, bad[i].at + step, bad[i].size, bad[i].off, bad[i].value, bad[i].n);
		if (*bad[i].says)
			disks_refused(path, NULL, bad[i].num, bad[i].says);
		else
			assert_true(image_info(path, NULL).unclean);
	}
}

/* The BAT entry of block 0 and what reading makes of it. */
static void a_bad_entry_costs_only_its_block(void **state)
{
	static const struct {
		uint64_t entry;
		const char *says;
	} bad[] = {
		{6, "block 0 of the VHDX lies past the end"},
		{6 | 1ULL << 50, "block 0 of the VHDX lies past the end"},
		{7 | 4 << 20, "block 0 of the VHDX has an impossible state"},
		{4, "block 0 of the VHDX has an impossible state"},
	};
	const char *path = image_copy(made("large", "chunks.vhdx"), "entry.vhdx");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct image img;

		image_patch_le(path, 3 * MIB, bad[i].entry, 8);
		image_open(&img, path, NULL);
		image_damaged_at(&img, 0, bad[i].says);
		image_same_at(&img, made("large", "chunks.raw"), 4095 * MIB, MIB);
		image_close(&img);
	}
}

static void blocks_that_are_not_there_are_holes(void **state)
{
	struct image i;

	(void)state;
	image_open(&i, made("large", "chunks.vhdx"), NULL);
	image_extent_is(&i, MIB, MIB, true);
	image_extent_is(&i, 4095 * MIB + 4096, MIB - 4096, false);
	image_close(&i);
}

static void blocks_in_a_row_are_one_read(void **state)
{
	static uint8_t buf[4 * MIB];
	uint64_t before;
	struct image i;

	(void)state;
	image_open(&i, made("differencing", "parent.vhdx"), NULL);
	assert_int_equal(blockdev_read(i.d.dev, 0, buf, 512, &i.e), 0);
	before = i.t.io.reads;
	assert_int_equal(blockdev_read(i.d.dev, MIB, buf, sizeof(buf), &i.e), 0);
	assert_int_equal(i.t.io.reads, before + 1);
	image_close(&i);
}

static void corpus_images_are_as_expected(void **state)
{
	(void)state;
	disks_as_corpus_expects("discutils/btrfs.vhdx", NULL);
	disks_as_corpus_expects("qemu/iotest-dynamic-1G.vhdx", NULL);
}

static void damage_is_survived(void **state)
{
	(void)state;
	image_survives_cutting(dynamic(), "vhdx");
	image_survives_cutting(made("logged", "logged.vhdx"), "vhdx");
	disks_survive_faults(dynamic());
	disks_survive_faults(made("shortened", "shortened.vhdx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_as_qemu_says),
		cmocka_unit_test(what_a_vhdx_says_of_itself),
		cmocka_unit_test(what_qemu_reads_of_the_test_writer_is_its_truth),
		cmocka_unit_test(a_child_is_read_through_its_parents),
		cmocka_unit_test(a_parent_that_is_not_the_one_is_refused),
		cmocka_unit_test(parents_cannot_be_host_files),
		cmocka_unit_test(sectors_of_4096_bytes_have_a_bit_each),
		cmocka_unit_test(bitmap_entries_between_the_chunks_are_passed_over),
		cmocka_unit_test(the_size_of_the_disk_does_not_matter_to_opening),
		cmocka_unit_test(a_log_is_replayed_in_memory),
		cmocka_unit_test(a_log_can_make_the_file_longer),
		cmocka_unit_test(logs_that_qemu_leaves_are_replayed),
		cmocka_unit_test(what_must_not_be_read_over_is_refused_by_name),
		cmocka_unit_test(either_header_and_region_table_will_do),
		cmocka_unit_test(a_link_costs_two_reads),
		cmocka_unit_test(metadata_that_makes_no_sense_is_refused),
		cmocka_unit_test(headers_that_make_no_sense_are_refused),
		cmocka_unit_test(a_bad_entry_costs_only_its_block),
		cmocka_unit_test(blocks_that_are_not_there_are_holes),
		cmocka_unit_test(blocks_in_a_row_are_one_read),
		cmocka_unit_test(corpus_images_are_as_expected),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

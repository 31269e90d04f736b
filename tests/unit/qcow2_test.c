/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/lib/opens.h"

#define KIB 1024L
#define CLUSTER (64 * KIB)
#define INCOMPATIBLE_AT 72

static const char *convert(const char *name, const char *options)
{
	const char *path = test_path("%s.qcow2", name);

	test_need_tool("qemu-img");
	if (access(path, F_OK))
		test_must_run("qemu-img convert -f raw -O qcow2 %s '%s' '%s'", options,
			disks_source(12), path);
	return path;
}

static const char *plain(void)
{
	return convert("plain", "");
}

static const char *packed(void)
{
	return convert("packed", "-c");
}

/* A new image that qemu-io changes by the commands. */
static const char *written(const char *name, const char *options, const char *commands)
{
	const char *path = test_path("%s.qcow2", name);

	test_need_tool("qemu-io");
	test_must_run("rm -f '%s' && qemu-img create -f qcow2 %s '%s' 12M && qemu-io %s '%s'", path,
		options, path, commands, path);
	return path;
}

static uint64_t peek_be64(const char *path, uint64_t at)
{
	uint8_t p[8];

	image_peek(path, (long)at, p, sizeof(p));
	return get_be64(p);
}

/* Where the entry for a cluster of the first L2 table is in the file. */
static uint64_t entry_at(const char *path, uint64_t cluster, unsigned width)
{
	uint64_t table = peek_be64(path, peek_be64(path, 40)) & 0x00fffffffffffe00ULL;

	assert_int_not_equal(table, 0);
	return table + cluster * width;
}

static void contents_are_as_qemu_says(void **state)
{
	static const char *const options[] = {
		"-o cluster_size=512",
		"-o cluster_size=4k",
		"-o cluster_size=64k",
		"-o cluster_size=2M",
		"-c -o cluster_size=512",
		"-c -o cluster_size=4k,compression_type=zstd",
		"-c -o cluster_size=64k",
		"-c -o cluster_size=64k,compression_type=zstd",
		"-c -o cluster_size=2M",
		"-c -o cluster_size=2M,compression_type=zstd",
		"-o compat=0.10",
		"-c -o compat=0.10",
		"-o extended_l2=on,cluster_size=16k",
		"-o extended_l2=on,cluster_size=128k",
		"-c -o extended_l2=on",
		"-o lazy_refcounts=on",
		"-o refcount_bits=1",
		"-o preallocation=metadata",
		"-o preallocation=falloc",
		"-S 0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		disks_same_as_qemu(
			convert(arena_printf(&test_arena, "v%zu", i), options[i]), NULL, "qcow2");
}

static void what_a_qcow2_says_of_itself(void **state)
{
	struct disk_info info = image_info(plain(), NULL);

	(void)state;
	assert_string_equal(info.format, "qcow2");
	assert_string_equal(info.subformat, "1.1");
	assert_int_equal(info.virtual_size, 12 << 20);
	assert_int_equal(info.logical_sector, 512);
	assert_int_equal(info.notes.n + info.parents.n + info.snapshots.n, 0);
	assert_false(info.unclean);
	info = image_info(convert("old", "-o compat=0.10"), NULL);
	assert_string_equal(info.subformat, "0.10");
}

static void zeros_and_discarded_pieces_are_read_as_such(void **state)
{
	static const char commands[] =
		"-c 'write -P 1 0 3M' -c 'write -z 64k 128k' -c 'discard 1M 512k' "
		"-c 'write -z -u 2M 100k' -c 'write -P 2 70k 1k' -c 'write -P 3 9000k 3k'";
	const char *path = written("zeros", "", commands);
	struct image i;

	(void)state;
	disks_same_as_qemu(path, NULL, "qcow2");
	image_open(&i, path, NULL);
	image_extent_is(&i, 128 * KIB, 64 * KIB, true);
	image_close(&i);
	disks_same_as_qemu(written("subclusters", "-o extended_l2=on", commands), NULL, "qcow2");
	disks_same_as_qemu(
		written("lazy", "-o lazy_refcounts=on,cluster_size=4k", commands), NULL, "qcow2");
	disks_same_as_qemu(written("compressed", "",
				   "-c 'write -c -P 5 0 64k' -c 'write -c -P 6 64k 64k' "
				   "-c 'write -P 7 70k 2k' -c 'write -c -P 8 128k 64k'"),
		NULL, "qcow2");
}

static void a_child_is_read_through_its_parents(void **state)
{
	static const char commands[] =
		"-c 'write -P 1 1M 100k' -c 'write -z 2M 300k' -c 'discard 3M 1M' "
		"-c 'write -P 3 7777k 3k' -c 'write -P 4 512 512'";
	const char *path;
	struct disk_info info;

	(void)state;
	plain();
	path = written("child", "-b plain.qcow2 -F qcow2", commands);
	disks_same_as_qemu(path, NULL, "qcow2");
	/* Longer than its parent, and by subclusters. */
	path = test_path("grandchild.qcow2");
	test_must_run(
		"qemu-img create -f qcow2 -o extended_l2=on -b child.qcow2 -F qcow2 '%s' 16M "
		"&& qemu-io -c 'write -P 9 13M 70k' -c 'write -P 8 1M 2k' -c 'write -z 20k 4k' "
		"'%s'",
		path, path);
	disks_same_as_qemu(path, NULL, "qcow2");
	info = image_info(path, NULL);
	assert_int_equal(info.parents.n, 2);
	assert_string_equal(info.parents.at[0], "child.qcow2");
	assert_string_equal(info.parents.at[1], "plain.qcow2");
	/* Shorter. */
	test_must_run("qemu-img create -f qcow2 -b plain.qcow2 -F qcow2 short.qcow2 5M");
	disks_same_as_qemu(test_path("short.qcow2"), NULL, "qcow2");
}

static void parents_may_be_of_other_formats(void **state)
{
	static const struct {
		const char *format, *options;
	} parents[] = {{"raw", ""}, {"vmdk", ""}, {"vpc", "-o force_size=on"}, {"vhdx", ""},
		{"vdi", ""}, {"qcow2", "-c"}};

	(void)state;
	test_need_tool("qemu-io");
	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		const char *format = parents[i].format;

		test_must_run(
			"qemu-img convert -f raw -O %s %s '%s' base.%s && qemu-img create -f "
			"qcow2 -b base.%s -F %s over-%s.qcow2 && qemu-io -c 'write -P 1 1M 3k' "
			"over-%s.qcow2",
			format, parents[i].options, disks_source(12), format, format, format,
			format, format);
		disks_same_as_qemu(test_path("over-%s.qcow2", format), NULL, "qcow2");
	}
}

static void a_data_file_is_read(void **state)
{
	const char *path = written("outside", "-o data_file=outside.raw",
		"-c 'write -P 1 0 100k' -c 'write -P 2 5M 64k' -c 'write -z 64k 64k'");

	(void)state;
	disks_same_as_qemu(path, NULL, "qcow2");
	disks_same_as_qemu(written("outside-raw", "-o data_file=outside2.raw,data_file_raw=on",
				   "-c 'write -P 1 0 100k' -c 'write -P 2 5M 64k'"),
		NULL, "qcow2");
	test_must_run("rm outside.raw");
	disks_refused(path, NULL, ENOENT, "its data file cannot be opened: outside.raw");
}

/* Each name is as long as the one it replaces. */
static void a_data_file_cannot_be_a_host_file(void **state)
{
	static const char was[] = "inside1.raw";
	static const char *const names[] = {"/etc/passwd", "../sec1.raw", "symlink.raw",
		"fifofif.raw", "/dev///zero", "//proc/stat", "proc/uptime", "a/../../b.c",
		"././././sub", "devices.raw"};
	const char *path, *bytes, *at;
	size_t n;

	(void)state;
	written("inside", "-o data_file=inside1.raw", "-c 'write -P 1 0 100k'");
	test_must_run(
		"head -c 12M /dev/zero >sec1.raw && mkdir -p host/sub && mv inside.qcow2 host && "
		"cd host && ln -s ../sec1.raw symlink.raw && mkfifo fifofif.raw && ln -s /proc "
		"proc");
	/* Only root can make a device; for others the name is just not there. */
	test_run("mknod host/devices.raw c 1 3");
	path = test_path("host/inside.qcow2");
	bytes = test_read_file(path, &n);
	at = memmem(bytes, n, was, sizeof(was) - 1);
	assert_non_null(at);
	opens_watch(test_path("host"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct err e = {0};
		struct test_io t;
		struct disk d;

		assert_int_equal(strlen(names[i]), sizeof(was) - 1);
		image_patch(path, at - bytes, names[i], sizeof(was) - 1);
		test_io_init(&t);
		assert_true(test_open_disk(&t, path, NULL, &d, &e) < 0);
		assert_non_null(strstr(e.msg, "its data file cannot be opened"));
		assert_null(t.io.files);
		assert_null(opens_outside());
	}
}

static void snapshots_inside_are_listed_and_the_latest_state_is_read(void **state)
{
	const char *path = image_copy(plain(), "snapshots.qcow2");
	struct disk_info info;

	(void)state;
	test_need_tool("qemu-io");
	test_must_run("qemu-img snapshot -c 'before the update' snapshots.qcow2"
		      " && qemu-io -c 'write -P 1 0 4M' snapshots.qcow2"
		      " && qemu-img snapshot -c second snapshots.qcow2"
		      " && qemu-io -c 'write -P 2 1M 1M' snapshots.qcow2");
	disks_same_as_qemu(path, NULL, "qcow2");
	info = image_info(path, NULL);
	assert_int_equal(info.snapshots.n, 2);
	assert_string_equal(info.snapshots.at[0], "before the update");
	assert_string_equal(info.snapshots.at[1], "second");
	image_patch_be(path, 64, 1ULL << 60, 8);
	info = image_info(path, NULL);
	assert_int_equal(info.snapshots.n, 0);
	assert_true(image_noted(&info, "not all snapshots"));
}

static void marks_of_damage_are_noted(void **state)
{
	const char *path = image_copy(plain(), "marked.qcow2");
	struct disk_info info;

	(void)state;
	image_patch_be(path, INCOMPATIBLE_AT, 1, 8);
	info = image_info(path, NULL);
	assert_true(info.unclean && image_noted(&info, "was not closed"));
	image_patch_be(path, INCOMPATIBLE_AT, 2, 8);
	info = image_info(path, NULL);
	assert_true(info.unclean && image_noted(&info, "marked as corrupt"));
	assert_string_equal(disks_sha256(path, NULL), disks_sha256(plain(), NULL));
}

static void encryption_is_refused_by_name(void **state)
{
	static const char *const methods[][3] = {
		{"aes", "", "(AES)"}, {"luks", ",encrypt.iter-time=10", "(LUKS)"}};

	(void)state;
	test_need_tool("qemu-img");
	for (size_t i = 0; i < 2; i++) {
		test_must_run("rm -f secret.qcow2; qemu-img create -f qcow2 --object "
			      "secret,id=s,data=x -o encrypt.format=%s,encrypt.key-secret=s%s "
			      "secret.qcow2 1M",
			methods[i][0], methods[i][1]);
		disks_refused(test_path("secret.qcow2"), NULL, ENOTSUP, methods[i][2]);
	}
}

static void unknown_features_are_refused_by_their_names(void **state)
{
	const char *path = image_copy(plain(), "features.qcow2");
	uint8_t head[512];
	size_t at = 0;

	(void)state;
	image_patch_be(path, INCOMPATIBLE_AT, 1ULL << 37, 8);
	disks_refused(path, NULL, ENOTSUP, "needs the feature of bit 37");
	/* qemu's own table gives bit 0 a name; here bit 37 gets that. */
	image_peek(path, 0, head, sizeof(head));
	while (at < sizeof(head) - 60 && memcmp(head + at, "\x68\x03\xf8\x57", 4))
		at += 4;
	assert_in_range(at, 72, 400);
	image_patch(path, (long)at + 9, "\x25", 1);
	disks_refused(path, NULL, ENOTSUP, "needs the feature \"dirty bit\", which is not known");
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
		{0, 0, 4, EBADMSG, "it has no header"},
		{4, 4, 4, ENOTSUP, "version 4"},
		{8, 1 << 20, 8, EBADMSG, "does not lie in its first cluster"},
		{20, 8, 4, EBADMSG, "clusters of 2^8 bytes"},
		{20, 22, 4, E2BIG, "clusters of 2^22 bytes"},
		{24, 0, 8, EBADMSG, "size of 0 bytes"},
		{24, UINT64_MAX, 8, EBADMSG, "size of 18446744073709551615 bytes"},
		{24, 1ULL << 60, 8, EBADMSG, "L1 table of 1 entries is too small"},
		{32, 9, 4, ENOTSUP, "encrypted"},
		{36, 0, 4, EBADMSG, "too small"},
		{36, UINT32_MAX, 4, EBADMSG, "L1 table lies past the end"},
		{40, 0, 8, EBADMSG, "other than the first"},
		{40, 12345, 8, EBADMSG, "does not begin where a cluster"},
		{40, 1ULL << 62, 8, EBADMSG, "L1 table lies past the end"},
		{100, 8, 4, EBADMSG, "header of 8 bytes"},
		{100, 1 << 30, 4, EBADMSG, "header of 1073741824 bytes"},
		{72, 8, 8, EBADMSG, "contradicts itself"},
		{104, 1, 1, EBADMSG, "contradicts itself"},
		{72, 4, 8, EBADMSG, "does not name it"},
		{116, UINT32_MAX, 4, EBADMSG, "extensions"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *path = image_copy(plain(), "bad.qcow2");

		image_patch_be(path, bad[i].off, bad[i].value, bad[i].n);
		disks_refused(path, "qcow2", bad[i].num, bad[i].says);
	}
	test_must_run("qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd '%s' bad.qcow2",
		disks_source(12));
	image_patch(test_path("bad.qcow2"), 104, "\2", 1);
	disks_refused(test_path("bad.qcow2"), NULL, ENOTSUP, "unknown method 2");
}

static void a_bad_entry_costs_only_its_cluster(void **state)
{
	static const struct {
		uint64_t entry;
		const char *says;
	} bad[] = {
		{1ULL << 50, "cluster 0 of the qcow2 lies past the end"},
		{0x50200, "cluster 0 of the qcow2 does not begin where a cluster does"},
		{1ULL << 62 | 1ULL << 52, "compressed cluster 0 of the qcow2 lies past the end"},
		{1ULL << 62 | 0x60000, "compressed cluster 0 of the qcow2 does not decompress"},
	};
	const char *path = image_copy(plain(), "entry.qcow2");
	struct image img;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		image_patch_be(path, (long)entry_at(path, 0, 8), bad[i].entry, 8);
		image_open(&img, path, NULL);
		image_damaged_at(&img, 0, bad[i].says);
		image_same_at(&img, disks_source(12), CLUSTER, 1 << 20);
		image_close(&img);
	}
	image_patch_be(path, (long)peek_be64(path, 40), 1ULL << 50, 8);
	image_open(&img, path, NULL);
	image_damaged_at(&img, 0, "an L2 table of the qcow2 lies past the end");
	image_close(&img);
	image_patch_be(path, (long)peek_be64(path, 40), 0x50200, 8);
	image_open(&img, path, NULL);
	image_damaged_at(&img, 0, "an L2 table of the qcow2 does not begin");
	image_close(&img);
}

static void marks_that_contradict_each_other_are_refused(void **state)
{
	const char *path = written("both", "-o extended_l2=on", "-c 'write -P 1 0 4k'");
	struct image i;

	(void)state;
	image_patch_be(path, (long)entry_at(path, 0, 16) + 8, 1ULL << 32 | 1, 8);
	image_open(&i, path, NULL);
	image_damaged_at(&i, 0, "subclusters that are both stored and zeros");
	image_close(&i);
	image_patch_be(path, (long)entry_at(path, 1, 16) + 8, 1, 8);
	image_open(&i, path, NULL);
	image_damaged_at(&i, CLUSTER, "has stored subclusters, but no place");
	image_close(&i);
	path = written("v2", "-o compat=0.10", "-c 'write -P 1 0 4k'");
	image_patch_be(path, (long)entry_at(path, 1, 8), 1, 8);
	image_open(&i, path, NULL);
	image_damaged_at(&i, CLUSTER, "version 2 has no mark for");
	image_close(&i);
}

static void clusters_in_a_row_are_one_read(void **state)
{
	static uint8_t buf[1 << 20];
	uint64_t before;
	struct image i;

	(void)state;
	image_open(&i, convert("row", "-o preallocation=metadata"), NULL);
	assert_int_equal(blockdev_read(i.d.dev, 0, buf, 512, &i.e), 0);
	before = i.t.io.reads;
	assert_int_equal(blockdev_read(i.d.dev, 1 << 20, buf, sizeof(buf), &i.e), 0);
	assert_int_equal(i.t.io.reads, before + 1);
	image_close(&i);
}

static void a_cluster_is_not_unpacked_twice_in_a_row(void **state)
{
	uint8_t buf[512];
	uint64_t before;
	struct image i;

	(void)state;
	image_open(&i, packed(), NULL);
	assert_int_equal(blockdev_read(i.d.dev, 0, buf, 512, &i.e), 0);
	before = i.t.io.reads;
	assert_int_equal(blockdev_read(i.d.dev, 40000, buf, 512, &i.e), 0);
	assert_int_equal(i.t.io.reads, before);
	image_close(&i);
}

/* Many more clusters than are kept, in small pieces and in no order. */
static void small_reads_of_compressed_clusters_are_right(void **state)
{
	uint64_t at = 1;
	struct image i;

	(void)state;
	image_open(&i, packed(), NULL);
	for (int k = 0; k < 600; k++) {
		at = at * 6364136223846793005ULL + 1442695040888963407ULL;
		image_same_at(&i, disks_source(12), (at >> 20) % ((12 << 20) - 9000), 9000);
	}
	image_close(&i);
}

static void the_size_of_the_disk_does_not_matter_to_opening(void **state)
{
	const char *path = test_path("huge.qcow2");
	struct image i;
	char byte = 1;

	(void)state;
	test_need_tool("qemu-io");
	test_must_run("qemu-img create -f qcow2 -o cluster_size=2M huge.qcow2 64T"
		      " && qemu-io -c 'write -P 7 60T 64k' huge.qcow2");
	image_open(&i, path, NULL);
	assert_true(i.d.info.virtual_size == 64ULL << 40);
	assert_int_equal(blockdev_read(i.d.dev, i.d.info.virtual_size - 1, &byte, 1, &i.e), 0);
	assert_int_equal(byte, 0);
	assert_int_equal(blockdev_read(i.d.dev, 60ULL << 40, &byte, 1, &i.e), 0);
	assert_int_equal(byte, 7);
	assert_true(i.t.io.bytes_read < 65536);
	image_close(&i);
}

static void corpus_images_are_as_expected(void **state)
{
	(void)state;
	disks_as_corpus_expects("dfvfs/ext2.qcow2", NULL);
	disks_as_corpus_expects("keramics/fat16.qcow2", NULL);
}

static void damage_is_survived(void **state)
{
	(void)state;
	image_survives_cutting(plain(), "qcow2");
	image_survives_cutting(packed(), "qcow2");
	disks_survive_faults(plain());
	disks_survive_faults(written("few", "-o extended_l2=on", "-c 'write -c -P 1 1M 64k'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_are_as_qemu_says),
		cmocka_unit_test(what_a_qcow2_says_of_itself),
		cmocka_unit_test(zeros_and_discarded_pieces_are_read_as_such),
		cmocka_unit_test(a_child_is_read_through_its_parents),
		cmocka_unit_test(parents_may_be_of_other_formats),
		cmocka_unit_test(a_data_file_is_read),
		cmocka_unit_test(a_data_file_cannot_be_a_host_file),
		cmocka_unit_test(snapshots_inside_are_listed_and_the_latest_state_is_read),
		cmocka_unit_test(marks_of_damage_are_noted),
		cmocka_unit_test(encryption_is_refused_by_name),
		cmocka_unit_test(unknown_features_are_refused_by_their_names),
		cmocka_unit_test(headers_that_make_no_sense_are_refused),
		cmocka_unit_test(a_bad_entry_costs_only_its_cluster),
		cmocka_unit_test(marks_that_contradict_each_other_are_refused),
		cmocka_unit_test(clusters_in_a_row_are_one_read),
		cmocka_unit_test(a_cluster_is_not_unpacked_twice_in_a_row),
		cmocka_unit_test(small_reads_of_compressed_clusters_are_right),
		cmocka_unit_test(the_size_of_the_disk_does_not_matter_to_opening),
		cmocka_unit_test(corpus_images_are_as_expected),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

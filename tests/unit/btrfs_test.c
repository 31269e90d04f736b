/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Btrfs against mkfs.btrfs, the tree it was given, and btrfs inspect-internal.  What only a kernel
 * can make is in btrfs_kernel_test.c.
 */
#include "tests/lib/fstree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "tests/lib/faultdev.h"

#define SBIN "PATH=$PATH:/usr/sbin:/sbin; "
#define SUPER 65536L

/* Both have the same hash in directories. */
#define TWIN_A "fc8be9tfj"
#define TWIN_B "v52kkba36"

static void need_tools(void)
{
	test_need_tool("mkfs.btrfs");
}

/* Files of all kinds of names and sizes, holes, links. */
static void source_tree(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	test_subdir("tree");
	test_must_run("cd tree && for n in 0 1 2047 2048 2049 4095 4096 4097 65536 1000001; do "
		      "head -c $n /dev/urandom >size$n; done");
	test_must_run("cd tree && mkdir many && cd many && seq 1500 | split -l 1 -a 4");
	test_must_run(
		"cd tree && mkdir -p a/b/c/d/e/f/g && echo deep >a/b/c/d/e/f/g/h && "
		"echo 1 >" TWIN_A " && echo 2 >" TWIN_B " && echo 3 >%s && "
		"echo 4 >'\303\204rger \342\230\203 \320\226' && echo 5 >' blank ' && "
		"printf 6 >\"$(printf 'new\\nline')\" && ln size4097 hard && ln size4097 a/hard",
		arena_printf(&test_arena, "%0255d", 3));
	test_must_run("cd tree && ln -s size4097 link && ln -s /a/b/../b/c abs && ln -s nowhere "
		      "dangling && ln -s %s long",
		arena_printf(&test_arena, "%01000d", 0));
	test_must_run("cd tree && truncate -s 3000000 sparse && for at in 10 100 500; do "
		      "echo data | dd of=sparse bs=4096 seek=$at conv=notrunc status=none; done");
}

static const char *make_image(const char *name, const char *options)
{
	need_tools();
	source_tree();
	test_must_run(SBIN
		"rm -f %s && truncate -s 160M %s && mkfs.btrfs -q %s --rootdir tree %s 2>&1",
		name, name, options, name);
	return test_path("%s", name);
}

static const char *plain_image(void)
{
	static const char *image;

	if (!image)
		image = make_image("plain.img", "-L label");
	return image;
}

static void every_file_equals_the_source_tree(void **state)
{
	static const char *const variants[] = {"", "--csum xxhash -M", "--csum sha256 -n 4096",
		"--csum blake2 -n 65536", "-s 65536 -n 65536", "-s 16384 -n 32768 -m single",
		"-O ^no-holes,^skinny-metadata,^extref -R ^free-space-tree -d dup -m dup"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		const char *image = make_image("variant.img", variants[i]);
		const char *out = test_subdir("out");
		struct test_fs t;

		test_fs_must_open(&t, "btrfs", image);
		assert_int_equal(t.fs->state, FS_CLEAN);
		assert_null(t.fs->raid);
		assert_int_equal(t.fs->devices, 1);
		test_fs_extract(&t, out);
		test_fs_close(&t);
		test_must_run("diff -r --no-dereference tree out");
	}
}

static void what_stat_says_is_that_of_the_source_tree(void **state)
{
	static const char *const names[] = {"size4097", "many", "link", "a/hard"};
	struct test_fs t;
	struct fs_file f;
	struct stat st;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "btrfs", plain_image());
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(lstat(test_path("tree/%s", names[i]), &st), 0);
		assert_int_equal(fs_walk(&t.tree, names[i], FS_NOFOLLOW, &f, &e), 0);
		assert_int_equal(f.st.mode, st.st_mode);
		assert_int_equal(f.st.uid, st.st_uid);
		assert_int_equal(f.st.mtime, st.st_mtime);
		if (!S_ISDIR(st.st_mode)) {
			assert_int_equal(f.st.nlink, st.st_nlink);
			assert_int_equal(f.st.size, st.st_size);
		}
	}
	test_fs_close(&t);
}

static void names_with_one_hash_are_told_apart(void **state)
{
	char bytes[2];
	struct test_fs t;
	struct fs_file f;
	struct err e;
	size_t n;

	(void)state;
	test_fs_must_open(&t, "btrfs", plain_image());
	assert_int_equal(fs_walk(&t.tree, "/" TWIN_A, 0, &f, &e), 0);
	assert_int_equal(fs_read(&f, 0, bytes, 2, &n, &e), 0);
	assert_memory_equal(bytes, "1\n", 2);
	assert_int_equal(fs_walk(&t.tree, "/" TWIN_B, 0, &f, &e), 0);
	assert_int_equal(fs_read(&f, 0, bytes, 2, &n, &e), 0);
	assert_memory_equal(bytes, "2\n", 2);
	test_fs_close(&t);
}

static void reading_begins_and_ends_anywhere(void **state)
{
	const char *want;
	char got[70000];
	struct test_fs t;
	struct fs_file f;
	struct err e;
	size_t size, n;

	(void)state;
	test_fs_must_open(&t, "btrfs", plain_image());
	want = test_read_file(test_path("tree/sparse"), &size);
	assert_int_equal(fs_walk(&t.tree, "/sparse", 0, &f, &e), 0);
	for (uint64_t off = 0; off < size + 5000; off += 38231) {
		const size_t left = off < size ? size - off : 0;

		assert_int_equal(fs_read(&f, off, got, sizeof(got), &n, &e), 0);
		assert_int_equal(n, min_u64(left, sizeof(got)));
		assert_memory_equal(got, want + off, n);
	}
	test_fs_close(&t);
}

/* ---- Reads ---- */

static unsigned reads_of_lookup(const char *image, const char *path)
{
	struct faultdev fault;
	struct test_fs t;
	struct fs_file f;
	struct disk disk;
	struct blockdev *dev;
	struct fs *fs;
	struct err e;
	unsigned before;

	test_io_init(&t.io);
	test_must_open_disk(&t.io, image, NULL, &disk);
	faultdev_init(&fault, disk.dev, FAULT_FAIL, 0);
	dev = &fault.dev;
	assert_int_equal(fs_open("btrfs", &dev, 1, &fs, &e), 0);
	test_fs_tree(&t, fs);
	before = fault.reads;
	assert_int_equal(fs_walk(&t.tree, path, 0, &f, &e), 0);
	before = fault.reads - before;
	fs_close(fs);
	disk_close(&disk);
	return before;
}

/* 1,500 names in blocks of 4 KiB are some 60 leaves; the way to one is three blocks. */
static void a_name_is_found_by_its_hash_in_few_reads(void **state)
{
	(void)state;
	assert_in_range(reads_of_lookup(make_image("small.img", "-n 4096"), "/many/xabxz"), 1, 8);
}

static void a_name_among_many_costs_a_few_reads(void **state)
{
	(void)state;
	need_tools();
	test_subdir("lots");
	test_must_run("mkdir lots/many && cd lots/many && "
		      "seq -f 'a-name-of-some-length-%%.0f' 20000 | xargs touch");
	test_must_run(SBIN "truncate -s 300M lots.img && "
			   "mkfs.btrfs -q -n 4096 --rootdir lots lots.img 2>&1 && rm -rf lots");
	/* The directory and the file, each by two or three nodes and a leaf of its own. */
	assert_in_range(
		reads_of_lookup(test_path("lots.img"), "/many/a-name-of-some-length-14159"), 1, 16);
}

static void opening_reads_little(void **state)
{
	struct faultdev fault;
	struct test_io io;
	struct disk disk;
	struct blockdev *dev;
	struct fs *fs;
	struct err e;

	(void)state;
	test_io_init(&io);
	test_must_open_disk(&io, plain_image(), NULL, &disk);
	faultdev_init(&fault, disk.dev, FAULT_FAIL, 0);
	dev = &fault.dev;
	assert_int_equal(fs_open("btrfs", &dev, 1, &fs, &e), 0);
	assert_in_range(fault.reads, 4, 6); /* superblock, chunk tree, root tree, subvolume */
	fs_close(fs);
	disk_close(&disk);
}

/* ---- Damage ---- */

static void patch(const char *image, long at, const void *bytes, size_t n)
{
	FILE *f = fopen(image, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static const char *copy_of_plain(const char *name)
{
	plain_image();
	test_must_run("cp --sparse=always plain.img %s", name);
	return test_path("%s", name);
}

static void open_says(const char *image, int num, const char *what)
{
	struct test_fs t;
	struct err e;

	assert_int_equal(test_fs_open(&t, "btrfs", image, 0, 0, &e), -num);
	if (!strstr(e.msg, what))
		fail_msg("%s", e.msg);
}

static void state_says(const char *image, enum fs_state want, const char *what)
{
	struct test_fs t;
	struct fs_file f;
	struct err e;

	test_fs_must_open(&t, "btrfs", image);
	assert_int_equal(fs_walk(&t.tree, "/a/b/c/d/e/f/g/h", 0, &f, &e), 0);
	assert_int_equal(t.fs->state, want);
	if (!strstr(t.fs->state_detail, what))
		fail_msg("%s", t.fs->state_detail);
	test_fs_close(&t);
}

static void a_copy_of_the_superblock_serves(void **state)
{
	const char *image = copy_of_plain("super.img");

	(void)state;
	patch(image, SUPER + 100, "\xff", 1);
	state_says(image, FS_ERRORS, "its copy was used");
	patch(image, (64L << 20) + 100, "\xff", 1);
	open_says(image, EBADMSG, "checksum is wrong");
}

static long node_of_tree(const char *image, const char *name)
{
	/* A line is " root tree key (CHUNK_TREE ROOT_ITEM 0) 22036480 level 0". */
	long logical = atol(test_output(SBIN "btrfs inspect-internal dump-tree -r %s | "
					     "sed -n 's/.*(%s .*) \\([0-9]*\\) level.*/\\1/p'",
		image, name));

	/* "mirror 1 logical N physical N device NAME" */
	return atol(test_output(SBIN "btrfs-map-logical -l %ld %s | "
				     "sed -n 's/.*mirror 1 .*physical \\([0-9]*\\) .*/\\1/p'",
		logical, image));
}

static void a_damaged_block_is_read_from_its_other_copy(void **state)
{
	const char *image = copy_of_plain("copy.img");
	long at;

	(void)state;
	test_need_tool("btrfs-map-logical");
	at = node_of_tree(image, "FS_TREE");
	assert_true(at > 0);
	patch(image, at + 200, "\xff\xff\xff\xff", 4);
	state_says(image, FS_ERRORS, "its other copy was used");
}

static void a_block_without_another_copy_is_an_error(void **state)
{
	const char *image = make_image("single.img", "-m single");

	(void)state;
	test_need_tool("btrfs-map-logical");
	patch(image, node_of_tree(image, "FS_TREE") + 200, "\xff\xff\xff\xff", 4);
	open_says(image, EBADMSG, "of tree 5 is damaged: its checksum is wrong");
}

static void put_crc(const char *image, uint8_t *super)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 32; i < 4096; i++) {
		crc ^= super[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	crc = ~crc;
	for (size_t i = 0; i < 4; i++)
		super[i] = (uint8_t)(crc >> 8 * i);
	patch(image, SUPER, super, 4096);
}

/* Sets some bits of a field of the superblock, and its checksum right. */
static const char *with_bits(const char *name, size_t at, uint64_t bits)
{
	const char *image = copy_of_plain(name);
	uint8_t super[4096];
	FILE *f = fopen(image, "rb");

	assert_non_null(f);
	assert_int_equal(fseek(f, SUPER, SEEK_SET), 0);
	assert_int_equal(fread(super, 1, sizeof(super), f), sizeof(super));
	fclose(f);
	for (size_t i = 0; i < 8; i++)
		super[at + i] |= (uint8_t)(bits >> 8 * i);
	put_crc(image, super);
	return image;
}

static void what_is_not_read_is_refused_by_name(void **state)
{
	(void)state;
	open_says(with_bits("zoned.img", 188, 1 << 12), ENOTSUP, "a zoned device");
	open_says(with_bits("v2.img", 188, 1 << 13), ENOTSUP, "second format of the extent tree");
	open_says(with_bits("rst.img", 188, 1 << 14), ENOTSUP, "a stripe tree");
	open_says(with_bits("new.img", 188, 1ULL << 40), ENOTSUP, "0x10000000000");
	open_says(with_bits("csum.img", 196, 0x80), ENOTSUP, "checksums of type 128");
	open_says(with_bits("tune.img", 56, 1ULL << 38), ENOTSUP, "btrfstune");
	open_says(with_bits("devices.img", 136, 1ULL << 30), E2BIG, "devices");
}

static void recorded_trouble_is_told(void **state)
{
	(void)state;
	state_says(with_bits("error.img", 56, 4), FS_ERRORS, "recorded errors");
	state_says(with_bits("log.img", 96, 4096), FS_DIRTY, "log tree needs replay");
	state_says(with_bits("dump.img", 56, 1ULL << 34), FS_ERRORS, "btrfs-image");
}

static void reads_that_fail_or_are_garbled_do_no_harm(void **state)
{
	static const char *image;

	(void)state;
	need_tools();
	test_subdir("few");
	test_must_run("cd few && mkdir -p d/e && echo x >d/e/f && ln -s d l && "
		      "for i in $(seq 20); do head -c 5000 /dev/urandom >big$i; done");
	test_must_run(SBIN "truncate -s 16M few.img && "
			   "mkfs.btrfs -q -M -m single -n 4096 --rootdir few few.img");
	image = test_path("few.img");
	test_fs_faults("btrfs", image, 60);
}

static void images_of_the_corpus_are_read(void **state)
{
	static const char *const types[] = {"btrfs", NULL};

	(void)state;
	assert_true(test_fs_corpus(types) >= 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_equals_the_source_tree),
		cmocka_unit_test(what_stat_says_is_that_of_the_source_tree),
		cmocka_unit_test(names_with_one_hash_are_told_apart),
		cmocka_unit_test(reading_begins_and_ends_anywhere),
		cmocka_unit_test(a_name_is_found_by_its_hash_in_few_reads),
		cmocka_unit_test(a_name_among_many_costs_a_few_reads),
		cmocka_unit_test(opening_reads_little),
		cmocka_unit_test(a_copy_of_the_superblock_serves),
		cmocka_unit_test(a_damaged_block_is_read_from_its_other_copy),
		cmocka_unit_test(a_block_without_another_copy_is_an_error),
		cmocka_unit_test(what_is_not_read_is_refused_by_name),
		cmocka_unit_test(recorded_trouble_is_told),
		cmocka_unit_test(reads_that_fail_or_are_garbled_do_no_harm),
		cmocka_unit_test(images_of_the_corpus_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

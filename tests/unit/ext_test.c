/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * ext2/3/4 against mke2fs, debugfs, dumpe2fs, e2fsck, the kernel where root is at hand, and the
 * corpus.
 */
#include "tests/lib/fstree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Sizes around block borders, holes, symlinks short and long, odd names, many names, depth. */
static void source_tree(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	test_subdir("tree");
	test_must_run(
		"cd tree && for n in 0 1 59 60 61 156 157 1023 1024 1025 4095 4096 4097 12288 "
		"12289 300000 1200001; do head -c $n /dev/urandom >size-$n; done");
	test_must_run("cd tree && truncate -s 3M holes && printf x | dd of=holes bs=1 "
		      "seek=1500000 conv=notrunc status=none && truncate -s 900k all-hole");
	test_must_run("cd tree && ln -s size-1 short && ln -s %s long && ln -s %s fifty-nine",
		arena_printf(&test_arena, "%0200d", 7), arena_printf(&test_arena, "%059d", 7));
	test_must_run("cd tree && printf a >\"$(printf 'tab\\tnewline\\nescape\\033[31m')\" && "
		      "printf b >\"$(printf '\\377\\376')\" && printf c >' blanks ' && "
		      "printf d >%s",
		arena_printf(&test_arena, "%0255d", 1));
	test_must_run(
		"cd tree && mkdir many && cd many && seq -f 'a-name-of-some-length-%%g' 250 | "
		"xargs touch && mkdir -p %s",
		arena_printf(&test_arena, "x/%0100d/y/z/1/2/3/4/5/6/7/8/9/10", 3));
	test_must_run("cd tree && mkdir few && cd few && printf 1 >one && printf 2 >two");
	/* mke2fs cuts files with holes short where data may lie in inodes. */
	test_must_run("cp -a tree whole && rm whole/holes whole/all-hole");
}

/* An image of the tree; one that was made before with the same options is copied. */
static const char *make_image(const char *name, const char *options, const char *size)
{
	const char *image = test_path("%s", name), *base = test_path("%s %s", options, size);
	const char *from = strstr(options, "inline_data") ? "whole" : "tree";

	test_need_tool("mke2fs");
	source_tree();
	if (access(base, R_OK))
		test_must_run("PATH=$PATH:/sbin:/usr/sbin; "
			      "mke2fs -q -F %s -d %s '%s' %s 2>/dev/null",
			options, from, base, size);
	test_must_run("cp --sparse=always '%s' '%s'", base, image);
	return image;
}

/* What another program got out of the image, or put into it, is in the directory want. */
static void same_as(const char *want, const char *type, const char *image)
{
	const char *out = test_subdir("out");
	struct test_fs t;

	test_fs_must_open(&t, type, image);
	assert_int_equal(t.fs->state, FS_CLEAN);
	test_fs_extract(&t, out);
	test_fs_close(&t);
	test_must_run("rmdir out/lost+found && diff -r --no-dereference '%s' out", want);
}

static void every_file_equals_the_source_tree(void **state)
{
	static const struct {
		const char *type, *options;
	} variants[] = {
		{"ext2", "-t ext2 -b 1024"},
		{"ext3", "-t ext3 -b 2048"},
		{"ext4", "-t ext4 -b 1024"},
		{"ext4", "-t ext4 -b 4096"},
		{"ext4", "-t ext4 -b 2048 -O ^extent,^64bit,^metadata_csum,uninit_bg"},
		{"ext4", "-t ext4 -b 4096 -I 128 -O ^metadata_csum"},
		{"ext4", "-t ext4 -b 1024 -O bigalloc -C 16384"},
		{"ext4", "-t ext4 -b 1024 -O meta_bg,^resize_inode"},
		{"ext4", "-t ext4 -b 65536 -N 1024 -O ^has_journal"},
		{"ext4", "-t ext4 -O casefold,large_dir,verity,ea_inode,project,quota"},
		{"ext4", "-t ext4 -O ^flex_bg,sparse_super2,metadata_csum_seed"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(variants); i++)
		same_as("tree", variants[i].type,
			make_image("variant", variants[i].options, "32M"));
}

static void a_directory_with_a_hash_tree_equals_the_source_tree(void **state)
{
	const char *image = make_image("htree", "-t ext4 -b 1024", "32M");

	(void)state;
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; e2fsck -fyD htree 2>&1 || [ $? -eq 1 ]");
	same_as("tree", "ext4", image);
}

static void data_in_inodes_equals_the_source_tree(void **state)
{
	(void)state;
	same_as("whole", "ext4",
		make_image("in.img", "-t ext4 -b 1024 -I 256 -O inline_data", "32M"));
	same_as("whole", "ext4",
		make_image("in.img", "-t ext4 -b 4096 -I 1024 -O inline_data", "32M"));
}

static void debugfs_reads_the_same_bytes(void **state)
{
	const char *image = make_image("debugfs.img", "-t ext3 -b 1024", "32M");

	(void)state;
	test_need_tool("debugfs");
	test_subdir("theirs");
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; debugfs -R 'rdump / theirs' '%s' 2>&1 && "
		      "rmdir theirs/lost+found",
		image);
	same_as("theirs", "ext3", image);
}

static void inline_data_is_read_whole(void **state)
{
	const char *image = test_unxz(test_corpus("images/e2fsprogs/d_inline_dump.img.xz"));
	const char *want, *got;
	struct test_fs t;
	uint64_t size;

	(void)state;
	test_need_tool("debugfs");
	want = test_output(
		"PATH=$PATH:/sbin:/usr/sbin; debugfs -R 'cat /file' '%s' 2>/dev/null | sha256sum",
		image);
	test_fs_must_open(&t, "ext4", image);
	got = test_fs_sha256(&t, "/file", &size);
	assert_non_null(got);
	assert_memory_equal(got, want, 64);
	test_fs_close(&t);
}

static void times_owners_and_modes_are_kept(void **state)
{
	static const char *const dates[] = {"1960-01-02", "1970-01-01", "2024-06-30", "2100-12-31"};
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_subdir("stat");
	for (size_t i = 0; i < ARRAY_LEN(dates); i++)
		test_must_run("touch -d '%s 12:34:56 UTC' stat/%s", dates[i], dates[i]);
	test_must_run("chmod 4751 stat/1970-01-01");
	test_need_tool("debugfs");
	test_need_tool("mke2fs");
	test_must_run(
		"PATH=$PATH:/sbin:/usr/sbin; mke2fs -q -F -t ext4 -I 256 -d stat st.img 4M && "
		"debugfs -w -R 'sif 2100-12-31 mtime_extra 1' st.img 2>&1"); /* mke2fs does not */
	test_fs_must_open(&t, "ext4", test_path("st.img"));
	for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
		struct stat st;

		assert_int_equal(stat(test_path("stat/%s", dates[i]), &st), 0);
		assert_int_equal(fs_walk(&t.tree, dates[i], 0, &f, &e), 0);
		assert_int_equal(f.st.mtime, st.st_mtime);
		assert_int_equal(f.st.mode, st.st_mode);
		assert_int_equal(f.st.uid, st.st_uid);
		assert_int_equal(f.st.nlink, 1);
	}
	test_fs_close(&t);
}

/* ---- Looking up ---- */

/* Bytes that opening and one walk read of the image. */
static unsigned long bytes_of_walk(const char *image, const char *path, int want)
{
	struct test_fs t;
	struct fs_file file;
	struct err e;
	unsigned long bytes;

	test_fs_must_open(&t, "ext4", image);
	assert_int_equal(fs_walk(&t.tree, path, 0, &file, &e), want);
	bytes = t.io.io.bytes_read;
	test_fs_close(&t);
	return bytes;
}

static void a_hash_tree_saves_reading_the_directory(void **state)
{
	const char *image = test_path("wide.img");
	unsigned long linear;

	(void)state;
	test_need_tool("mke2fs");
	test_subdir("wide");
	test_must_run("cd wide && seq -f 'a-name-of-some-length-%%g' 2000 | xargs touch");
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; mke2fs -q -F -t ext4 -b 1024 -N 4000 -d wide "
		      "wide.img 16M");
	linear = bytes_of_walk(image, "/none", -ENOENT);
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; e2fsck -fyD wide.img 2>&1 || [ $? -eq 1 ]");
	assert_true(bytes_of_walk(image, "/none", -ENOENT) + 50000 < linear);
	assert_true(bytes_of_walk(image, "/a-name-of-some-length-1777", 0) + 50000 < linear);
}

static void case_is_folded_where_the_directory_says_so(void **state)
{
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_need_tool("mke2fs");
	test_need_tool("debugfs");
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; mke2fs -q -F -t ext4 -O casefold fold.img 4M && "
		      "printf 'mkdir d\\nset_inode_field d flags 0x40080000\\ncd d\\n"
		      "write /etc/passwd Caf\\303\\251\\ncd /\\nwrite /etc/passwd Plain\\n' | "
		      "debugfs -w fold.img 2>&1");
	test_fs_must_open(&t, "ext4", test_path("fold.img"));
	assert_int_equal(fs_walk(&t.tree, "/d/Caf\303\251", 0, &f, &e), 0);
	assert_int_equal(fs_walk(&t.tree, "/d/CAF\303\211", 0, &f, &e), 0);
	assert_int_equal(fs_walk(&t.tree, "/d/cafe", 0, &f, &e), -ENOENT);
	assert_int_equal(fs_walk(&t.tree, "/Plain", 0, &f, &e), 0);
	assert_int_equal(fs_walk(&t.tree, "/plain", 0, &f, &e), -ENOENT);
	test_fs_close(&t);
}

static int ignore_entry(void *ctx, const struct fs_entry *entry)
{
	(void)ctx, (void)entry;
	return 0;
}

static void names_behind_damage_are_not_called_absent(void **state)
{
	const char *image = test_unxz(test_corpus("images/e2fsprogs/f_dir_bad_csum.img.xz"));
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "ext4", image);
	assert_int_equal(fs_walk(&t.tree, "/1/x", 0, &f, &e), -EBADMSG);
	assert_string_equal(e.msg, "/1/x: block 0 of directory 12 has a wrong checksum");
	assert_int_equal(fs_walk(&t.tree, "/1", 0, &f, &e), 0);
	assert_int_equal(fs_list(&f, ignore_entry, NULL, &e), -EBADMSG);
	test_fs_close(&t);
}

static void encrypted_names_are_not_read(void **state)
{
	const char *image = test_unxz(test_corpus("images/e2fsprogs/f_bad_encryption.img.xz"));
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "ext4", image);
	assert_int_equal(fs_walk(&t.tree, "/edir/x", 0, &f, &e), -ENOTSUP);
	assert_non_null(strstr(e.msg, "encrypted"));
	assert_int_equal(fs_walk(&t.tree, "/edir", 0, &f, &e), 0);
	assert_int_equal(fs_list(&f, ignore_entry, NULL, &e), -ENOTSUP);
	test_fs_close(&t);
}

/* ---- State and space ---- */

static struct fs_space space_of(const char *image)
{
	struct fs_space space;
	struct test_fs t;
	struct err e;

	test_fs_must_open(&t, "ext4", image);
	assert_int_equal(fs_space(t.fs, &space, &e), 0);
	test_fs_close(&t);
	return space;
}

static uint64_t field_of(const char *image, const char *field)
{
	return strtoull(test_output("PATH=$PATH:/sbin:/usr/sbin; dumpe2fs -h '%s' 2>/dev/null | "
				    "sed -n 's/^%s: *//p'",
				image, field),
		NULL, 10);
}

static void free_space_is_that_of_dumpe2fs_less_what_is_kept(void **state)
{
	static const char *const options[] = {"-t ext3 -b 1024 -m 0", "-t ext2 -b 1024",
		"-t ext4 -b 4096", "-t ext4 -b 1024 -O bigalloc -C 16384", "-t ext4 -b 2048 -m 50"};

	(void)state;
	test_need_tool("dumpe2fs");
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *image = make_image("space.img", options[i], "32M");
		const struct fs_space space = space_of(image);
		const uint64_t size = field_of(image, "Block size");
		uint64_t cluster = field_of(image, "Cluster size"), kept = 0;

		/* Where there are extents, the kernel keeps a fiftieth, at most 4,096 clusters. */
		if (strstr(options[i], "ext4"))
			kept = field_of(image, "Block count") * size / (cluster ? cluster : size) /
			       50 * (cluster ? cluster : size);
		kept += field_of(image, "Reserved block count") * size;
		cluster = field_of(image, "Free blocks") * size;
		assert_int_equal(space.available, cluster > kept ? cluster - kept : 0);
		assert_int_equal(space.size, field_of(image, "Block count") * size);
		assert_int_equal(space.inodes_available, field_of(image, "Free inodes"));
		assert_false(space.approximate);
	}
}

static void free_space_is_that_of_the_kernel(void **state)
{
	static const char *const options[] = {
		"-t ext2 -b 1024", "-t ext4 -b 4096", "-t ext4 -b 1024 -O bigalloc -C 16384"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *image = make_image("kernel.img", options[i], "32M");

		test_subdir("mnt");
		if (geteuid() || test_run("mount -o loop,ro kernel.img mnt"))
			test_skip("kernel", "cannot mount a loop device");
		assert_int_equal(space_of(image).available,
			strtoull(test_output("stat -f -c '%%a' mnt"), NULL, 10) *
				strtoull(
					test_output("stat -f -c '%%S' mnt; umount mnt"), NULL, 10));
	}
}

static void state_is(const char *image, enum fs_state want, const char *detail)
{
	struct test_fs t;

	test_fs_must_open(&t, "ext4", image);
	assert_string_equal(t.fs->state_detail, detail);
	assert_int_equal(t.fs->state, want);
	test_fs_close(&t);
}

static void debugfs_write(const char *image, const char *command)
{
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; debugfs -w -R '%s' '%s' 2>&1", command, image);
}

static void what_the_superblock_says_becomes_the_state(void **state)
{
	const char *image = make_image("state.img", "-t ext4 -b 1024", "32M");

	(void)state;
	test_need_tool("debugfs");
	state_is(image, FS_CLEAN, "");
	debugfs_write(image, "feature needs_recovery");
	state_is(image, FS_REPLAYED, "it was not unmounted, and its journal is empty");
	assert_false(space_of(image).approximate);
	debugfs_write(image, "ssv state 3");
	state_is(image, FS_ERRORS,
		"the filesystem recorded errors; it was not unmounted, and its journal is empty");
	assert_true(space_of(image).approximate);
	debugfs_write(image, "feature -needs_recovery");
	debugfs_write(image, "ssv state 0");
	state_is(image, FS_DIRTY, "it was not cleanly unmounted");
}

/* ---- Damage ---- */

static void patch(const char *image, long at, const char *bytes, size_t n)
{
	FILE *f = fopen(image, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void a_backup_is_used_where_the_superblock_is_damaged(void **state)
{
	static const char zeros[4096];
	const char *image = make_image("backup.img", "-t ext4 -b 1024", "32M");
	const char *out = test_subdir("out");
	struct test_fs t;

	(void)state;
	patch(image, 1024, zeros, 1024);
	test_fs_must_open(&t, "ext4", image);
	assert_int_equal(t.fs->state, FS_ERRORS);
	assert_string_equal(
		t.fs->state_detail, "the superblock is damaged, its backup at block 8193 was used");
	test_fs_extract(&t, out);
	test_fs_close(&t);
	test_must_run("rmdir out/lost+found && diff -r --no-dereference tree out");

	/* The same where the group descriptors are gone, and so the way to the root directory. */
	make_image("backup.img", "-t ext4 -b 1024", "32M");
	patch(image, 2048, zeros, 1024);
	state_is(image, FS_ERRORS, "the superblock is damaged, its backup at block 8193 was used");
}

static void a_wrong_checksum_alone_is_read_around_and_told(void **state)
{
	const char *image = make_image("csum.img", "-t ext4 -b 4096", "32M");

	(void)state;
	patch(image, 1024 + 1020, "\x55\x55", 2);
	state_is(image, FS_ERRORS, "checksums of the metadata are wrong");
	image = make_image("csum.img", "-t ext4 -b 4096", "32M");
	patch(image, 4096 + 0x1e, "\x55\x55", 2);
	state_is(image, FS_ERRORS, "a group descriptor's checksum is wrong");
}

static void impossible_superblocks_are_refused(void **state)
{
	static const struct {
		long at;
		const char *bytes;
		size_t n;
		int num;
	} cases[] = {
		{0x38, "\0\0", 2, EBADMSG},             /* magic */
		{0x18, "\7", 1, EBADMSG},               /* block size 128 KiB */
		{0x58, "\x81\0", 2, EBADMSG},           /* inode size 129 */
		{0x28, "\0\0\0\0", 4, EBADMSG},         /* no inodes a group */
		{0x20, "\1\0\0\0", 4, EBADMSG},         /* one block a group */
		{0x04, "\xff\xff\xff\xff", 4, EBADMSG}, /* 4 Gi blocks */
		{0x14, "\xff\xff\xff\x7f", 4, EBADMSG}, /* first data block */
		{0x60, "\xff\xff\xff\xff", 4, ENOTSUP}, /* features from the future */
		{0x4c, "\xff\0\0\0", 4, ENOTSUP},       /* revision */
	};
	const char *image = make_image("bad.img", "-t ext2 -b 4096 -O ^resize_inode", "16M");

	(void)state;
	test_must_run("head -c 2048 bad.img >head");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct test_fs t;
		struct err e;

		patch(image, 1024 + cases[i].at, cases[i].bytes, cases[i].n);
		assert_int_equal(test_fs_open(&t, "ext4", image, 0, 0, &e), -cases[i].num);
		assert_true(strlen(e.msg) > 10);
		test_must_run("dd if=head of=bad.img conv=notrunc status=none");
	}
}

static void a_journal_device_is_refused(void **state)
{
	struct test_fs t;
	struct err e;

	(void)state;
	test_need_tool("mke2fs");
	test_must_run("PATH=$PATH:/sbin:/usr/sbin; mke2fs -q -F -O journal_dev jdev.img 4M");
	assert_int_equal(test_fs_open(&t, "ext4", test_path("jdev.img"), 0, 0, &e), -ENOTSUP);
}

static void a_truncated_image_is_read_as_far_as_it_goes(void **state)
{
	static const uint64_t sizes[] = {1, 1024, 1500, 2047, 2048, 3000, 8192, 100000, 5000000};
	const char *image = make_image("cut.img", "-t ext4 -b 1024", "32M");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct test_fs t;
		struct err e;

		if (test_fs_open(&t, "ext4", image, 0, sizes[i], &e) < 0)
			continue;
		assert_int_equal(t.fs->state, FS_ERRORS);
		test_fs_visit(&t);
		test_fs_close(&t);
	}
}

static void no_failing_or_garbled_read_does_harm(void **state)
{
	(void)state;
	test_fs_faults("ext4", "tests/fuzz/corpus/ext/extents", 200);
	test_fs_faults("ext4", "tests/fuzz/corpus/ext/indirect", 200);
	test_fs_faults("ext4", "tests/fuzz/corpus/ext/inline_csum", 200);
	test_fs_faults("ext4", "tests/fuzz/corpus/ext/tree", 200);
}

static void the_corpus_is_read_as_the_kernel_reads_it(void **state)
{
	static const char *const types[] = {"ext2", "ext3", "ext4", NULL};

	(void)state;
	assert_true(test_fs_corpus(types) > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_equals_the_source_tree),
		cmocka_unit_test(a_directory_with_a_hash_tree_equals_the_source_tree),
		cmocka_unit_test(data_in_inodes_equals_the_source_tree),
		cmocka_unit_test(debugfs_reads_the_same_bytes),
		cmocka_unit_test(inline_data_is_read_whole),
		cmocka_unit_test(times_owners_and_modes_are_kept),
		cmocka_unit_test(a_hash_tree_saves_reading_the_directory),
		cmocka_unit_test(case_is_folded_where_the_directory_says_so),
		cmocka_unit_test(names_behind_damage_are_not_called_absent),
		cmocka_unit_test(encrypted_names_are_not_read),
		cmocka_unit_test(free_space_is_that_of_dumpe2fs_less_what_is_kept),
		cmocka_unit_test(free_space_is_that_of_the_kernel),
		cmocka_unit_test(what_the_superblock_says_becomes_the_state),
		cmocka_unit_test(a_backup_is_used_where_the_superblock_is_damaged),
		cmocka_unit_test(a_wrong_checksum_alone_is_read_around_and_told),
		cmocka_unit_test(impossible_superblocks_are_refused),
		cmocka_unit_test(a_journal_device_is_refused),
		cmocka_unit_test(a_truncated_image_is_read_as_far_as_it_goes),
		cmocka_unit_test(no_failing_or_garbled_read_does_harm),
		cmocka_unit_test(the_corpus_is_read_as_the_kernel_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

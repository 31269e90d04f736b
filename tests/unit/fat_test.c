/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * FAT12/16/32 against mkfs.fat, mtools, fsck.fat and the corpus.
 */
#include "tests/lib/fstree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/cleanup.h"

/* mtools takes names in the character set of the locale. */
#define MTOOLS "export LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1;"

static void need_tools(void)
{
	test_need_tool("mkfs.fat");
	test_need_tool("mcopy");
}

/* Names short and long, of many scripts, in both cases; sizes around the borders of clusters. */
static void source_tree(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	test_subdir("tree");
	test_must_run("cd tree && for n in 0 1 511 512 513 2048 4095 4096 4097 100000; do "
		      "head -c $n /dev/urandom >SIZE$n.BIN; done");
	test_must_run("cd tree && mkdir EFI EFI/BOOT efi-lower && echo 1 >EFI/BOOT/BOOTX64.EFI && "
		      "echo 2 >EFI/BOOT/grub.cfg && echo 3 >'a long name with  blanks.and.dots' && "
		      "echo 4 >lower.txt && echo 5 >Mixed.Txt && echo 6 >'.hidden file' && "
		      "echo 7 >'\303\204rger \342\230\203 \320\226.txt' && echo 8 >%s",
		arena_printf(&test_arena, "%0255d", 8));
	test_must_run("cd tree/efi-lower && for i in $(seq 120); do echo $i >\"file number $i\"; "
		      "done && mkdir -p d/e/f/g && echo deep >d/e/f/g/h");
}

/* bits is 12, 16 or 32; kib the image's size. */
static const char *make_image(const char *name, unsigned bits, const char *options, unsigned kib)
{
	const char *image = test_path("%s", name);

	need_tools();
	source_tree();
	test_must_run(MTOOLS "rm -f %s && PATH=$PATH:/sbin:/usr/sbin && "
			     "mkfs.fat -F %u %s -C %s %u && mcopy -s -i %s tree/* tree/.h* ::",
		name, bits, options, name, kib, name);
	return image;
}

static void every_file_equals_the_source_tree(void **state)
{
	static const struct {
		unsigned bits;
		const char *options;
		unsigned kib;
	} variants[] = {
		{12, "-s 2", 2048},
		{12, "-s 1 -f 1", 1440},
		{16, "-s 1", 8192},
		{16, "-s 8 -S 1024 -r 2048", 65536},
		{32, "-s 1", 40960},
		{32, "-s 1 -S 4096", 280000},
	};

	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		const char *image = make_image(
			"variant.img", variants[i].bits, variants[i].options, variants[i].kib);
		const char *out = test_subdir("out");
		struct test_fs t;

		test_fs_must_open(&t, "vfat", image);
		assert_int_equal(t.fs->state, FS_CLEAN);
		test_fs_extract(&t, out);
		test_fs_close(&t);
		test_must_run("diff -r tree out");
	}
	(void)state;
}

/* Fewer clusters than the specification wants of FAT32, as mkfs.fat makes for small partitions. */
static void a_small_fat32_is_known_by_its_table(void **state)
{
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "vfat", "tests/fuzz/corpus/fat/fat32");
	assert_int_equal(fs_walk(&t.tree, "/sub/x", 0, &f, &e), 0);
	assert_int_equal(f.st.size, 6);
	test_fs_close(&t);
}

static bool is_there(const struct test_fs *t, const char *path)
{
	struct fs_file f;
	struct err e;
	int r = fs_walk(&t->tree, path, 0, &f, &e);

	assert_true(!r || r == -ENOENT);
	return !r;
}

static void names_compare_without_case(void **state)
{
	struct test_fs t;

	(void)state;
	test_fs_must_open(&t, "vfat", make_image("case.img", 16, "-s 1", 8192));
	assert_true(t.fs->fold_case);
	assert_true(is_there(&t, "/efi/boot/bootx64.efi"));
	assert_true(is_there(&t, "/EFI/Boot/GRUB.CFG"));
	assert_true(is_there(&t, "/A LONG NAME WITH  BLANKS.AND.DOTS"));
	assert_true(is_there(&t, "/\303\244RGER \342\230\203 \320\226.TXT"));
	assert_false(is_there(&t, "/ARGER \342\230\203 \320\226.TXT"));
	assert_false(is_there(&t, "/efi/boot/bootx64.ef"));
	assert_false(is_there(&t, "/efi/boot/bootx64.efi2"));
	test_fs_close(&t);
}

static void files_are_found_by_their_short_names_too(void **state)
{
	const char *image = make_image("short.img", 16, "-s 1", 8192), *name;
	struct test_fs t;

	(void)state;
	/* mdir prints the short name in two columns: "ALONGN~1 DOT". */
	name = test_output(MTOOLS "mdir -i short.img :: | "
				  "sed -n 's/^\\([^ ]*\\) *\\(DOT\\).*/\\1.\\2/p' | tr -d '\\n'");
	assert_true(strlen(name) > 4);
	test_fs_must_open(&t, "vfat", image);
	assert_true(is_there(&t, name));
	test_fs_close(&t);
}

static int find_name(void *ctx, const struct fs_entry *entry)
{
	const char *want = *(const char **)ctx;

	if (strlen(want) != entry->name_len || memcmp(want, entry->name, entry->name_len))
		return 0;
	*(const char **)ctx = NULL;
	return 1;
}

static bool lists(const char *image, const char *name)
{
	struct fs_file root;
	struct test_fs t;
	struct err e;

	test_fs_must_open(&t, "vfat", image);
	assert_int_equal(fs_walk(&t.tree, "/", 0, &root, &e), 0);
	assert_int_equal(fs_list(&root, find_name, &name, &e), 0);
	test_fs_close(&t);
	return !name;
}

static void patch(const char *image, long at, const void *bytes, size_t n)
{
	FILE *f = fopen(image, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Where some bytes first lie in an image. */
static long place_of(const char *image, const char *bytes, size_t n)
{
	size_t size;
	const char *p = test_read_file(image, &size), *at = memmem(p, size, bytes, n);

	assert_non_null(at);
	return at - p;
}

static void long_names_that_do_not_belong_are_left_out(void **state)
{
	const char *image = test_path("orphan.img");

	(void)state;
	need_tools();
	test_must_run(MTOOLS "PATH=$PATH:/sbin:/usr/sbin; mkfs.fat -F 12 -C orphan.img 512 && "
			     "echo x >x && mcopy -i orphan.img x '::some long name'");
	assert_true(lists(image, "some long name"));
	patch(image, place_of(image, "SOMELO~1", 8), "OTHER~1 ", 8);
	assert_false(lists(image, "some long name"));
	assert_true(lists(image, "OTHER~1"));
}

static void surrogates_become_one_character_or_a_mark(void **state)
{
	const char *image = test_path("pair.img");
	long at;

	(void)state;
	need_tools();
	test_must_run(MTOOLS "PATH=$PATH:/sbin:/usr/sbin; mkfs.fat -F 12 -C pair.img 512 && "
			     "echo x >x && mcopy -i pair.img x '::ab long name'");
	at = place_of(image, "a\0b\0 \0", 6);
	patch(image, at, "\x3d\xd8\x00\xde", 4);
	assert_true(lists(image, "\360\237\230\200 long name"));
	patch(image, at, "\x00\xde\x3d\xd8", 4);
	assert_true(lists(image, "\357\277\275\357\277\275 long name"));
}

static void deleted_files_and_the_label_are_not_listed(void **state)
{
	const char *image = test_path("del.img");

	(void)state;
	need_tools();
	test_must_run(
		MTOOLS "PATH=$PATH:/sbin:/usr/sbin; mkfs.fat -F 12 -n LABEL -C del.img 512 && "
		       "echo x >x && mcopy -i del.img x '::some long name' && "
		       "mcopy -i del.img x ::KEPT && mdel -i del.img '::some long name'");
	assert_false(lists(image, "some long name"));
	assert_false(lists(image, "LABEL"));
	assert_true(lists(image, "KEPT"));
}

static void names_in_code_page_437_become_utf8(void **state)
{
	const char *image = test_path("oem.img");

	(void)state;
	need_tools();
	test_must_run(MTOOLS "PATH=$PATH:/sbin:/usr/sbin; mkfs.fat -F 12 -C oem.img 512 && "
			     "echo x >x && mcopy -i oem.img x ::ABC.TXT");
	patch(image, place_of(image, "ABC     TXT", 11), "\x05\x8e\xe1", 3);
	assert_true(lists(image, "\317\203\303\204\303\237.TXT"));
}

static void times_are_those_of_the_entry(void **state)
{
	const char *image = test_path("time.img");
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	need_tools();
	test_must_run(
		MTOOLS "PATH=$PATH:/sbin:/usr/sbin; export TZ=UTC; "
		       "mkfs.fat -F 12 -C time.img 512 && echo x >old && "
		       "touch -d '2001-02-03 04:05:06 UTC' old && mcopy -m -i time.img old ::");
	test_fs_must_open(&t, "vfat", image);
	assert_int_equal(fs_walk(&t.tree, "/OLD", 0, &f, &e), 0);
	assert_int_equal(f.st.mtime, 981173106);
	assert_int_equal(f.st.size, 2);
	assert_true(S_ISREG(f.st.mode));
	test_fs_close(&t);
}

/* ---- Space and state ---- */

static struct fs_space space_of(const char *image, enum fs_state want)
{
	struct fs_space space;
	struct test_fs t;
	struct err e;

	test_fs_must_open(&t, "vfat", image);
	assert_int_equal(t.fs->state, want);
	assert_int_equal(fs_space(t.fs, &space, &e), 0);
	test_fs_close(&t);
	return space;
}

/* mtools counts the table of FAT12 and FAT16, and believes the information sector of FAT32. */
static uint64_t free_of(const char *name)
{
	return strtoull(test_output(MTOOLS "mdir -i %s ::/EFI/BOOT | sed -n 's/ bytes free//p' | "
					   "tr -d ' '",
				name),
		NULL, 10);
}

static void free_space_is_that_of_mtools(void **state)
{
	(void)state;
	for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
		const char *image = make_image("free.img", bits, "-s 1",
			bits == 12   ? 2000
			: bits == 16 ? 8192
				     : 40960);

		assert_true(free_of("free.img") > 0);
		assert_int_equal(space_of(image, FS_CLEAN).available, free_of("free.img"));
	}
}

static void an_implausible_free_count_is_counted_again(void **state)
{
	const char *image = make_image("info.img", 32, "-s 1", 40960);
	const uint64_t want = free_of("info.img");

	(void)state;
	patch(image, 512 + 488, "\xff\xff\xff\xff", 4);
	assert_int_equal(space_of(image, FS_CLEAN).available, want);
	patch(image, 512 + 488, "\0\0\0\x7f", 4);
	assert_int_equal(space_of(image, FS_CLEAN).available, want);
	patch(image, 512 + 488, "\1\0\0\0", 4);
	assert_int_equal(space_of(image, FS_CLEAN).available, 512);
	patch(image, 0x41, "\1", 1);
	assert_int_equal(space_of(image, FS_DIRTY).available, want);
}

static void marks_of_an_unclean_volume_are_seen(void **state)
{
	const char *image = make_image("mark.img", 16, "-s 1 -R 1", 8192);

	(void)state;
	space_of(image, FS_CLEAN);
	patch(image, 0x25, "\1", 1);
	assert_true(space_of(image, FS_DIRTY).approximate);
	patch(image, 0x25, "\0", 1);
	patch(image, 512 + 2, "\xff\x7f", 2);
	space_of(image, FS_DIRTY);
	patch(image, 512 + 2, "\xff\xbf", 2);
	space_of(image, FS_ERRORS);
}

/* ---- Damage ---- */

/* A volume with one file of eight clusters, 2 to 9, whose table begins at byte 512. */
static const char *chain_image(void)
{
	const char *image = test_path("chain.img");

	need_tools();
	test_must_run(MTOOLS "PATH=$PATH:/sbin:/usr/sbin; rm -f chain.img; "
			     "mkfs.fat -F 16 -s 1 -R 1 -C chain.img 8192 && "
			     "head -c 4000 /dev/urandom >f && mcopy -i chain.img f ::F");
	return image;
}

static int read_chain(const char *image, uint64_t off, size_t len, struct err *e)
{
	char buf[4000];
	struct test_fs t;
	struct fs_file f;
	size_t n;
	int r;

	test_fs_must_open(&t, "vfat", image);
	assert_int_equal(fs_walk(&t.tree, "/f", 0, &f, e), 0);
	r = fs_read(&f, off, buf, len, &n, e);
	test_fs_close(&t);
	return r;
}

static void a_chain_that_ends_too_early_is_read_up_to_there(void **state)
{
	const char *image = chain_image();
	struct err e;

	(void)state;
	patch(image, 512 + 2 * 5, "\xff\xff", 2); /* four clusters */
	assert_int_equal(read_chain(image, 0, 2048, &e), 0);
	assert_int_equal(read_chain(image, 0, 2049, &e), -EBADMSG);
	assert_string_equal(e.msg, "/f: FAT: the cluster chain at 2 is shorter than the file");
	assert_int_equal(read_chain(image, 3000, 1, &e), -EBADMSG);
}

static void a_chain_that_bites_its_tail_ends(void **state)
{
	const char *image = chain_image();
	struct err e;

	(void)state;
	patch(image, 512 + 2 * 5, "\3\0", 2);
	assert_int_equal(read_chain(image, 0, 2048, &e), 0);
	assert_int_equal(read_chain(image, 0, 4000, &e), -EBADMSG);
	assert_string_equal(e.msg, "/f: FAT: the cluster chain at 2 runs in a circle");
}

static void a_chain_that_leaves_the_volume_is_refused(void **state)
{
	const char *image = chain_image();
	struct err e;

	(void)state;
	patch(image, 512 + 2 * 5, "\0\0", 2);
	assert_int_equal(read_chain(image, 0, 4000, &e), -EBADMSG);
	patch(image, 512 + 2 * 5, "\xf0\xff", 2);
	assert_int_equal(read_chain(image, 0, 4000, &e), -EBADMSG);
}

static void a_directory_that_bites_its_tail_ends(void **state)
{
	const char *image = make_image("dir.img", 16, "-s 1 -R 1", 8192);
	struct test_fs t;
	struct fs_file f;
	struct err e;
	uint8_t first[2];
	long at = place_of(image, "EFI-LO~1   \x10", 12);

	(void)state;
	/* Its first cluster is followed by itself. */
	memcpy(first, test_read_file(image, NULL) + at + 26, 2);
	patch(image, 512 + 2 * get_le16(first), first, 2);
	test_fs_must_open(&t, "vfat", image);
	assert_int_equal(fs_walk(&t.tree, "/efi-lower/none", 0, &f, &e), -EBADMSG);
	test_fs_visit(&t);
	test_fs_close(&t);
}

static void impossible_boot_sectors_are_refused(void **state)
{
	static const struct {
		long at;
		const char *bytes;
		size_t n;
	} cases[] = {
		{0x0b, "\1\2", 2},     /* sectors of 513 bytes */
		{0x0b, "\0\1", 2},     /* sectors of 256 bytes */
		{0x0d, "\0", 1},       /* clusters of no sectors */
		{0x0d, "\3", 1},       /* clusters of three sectors */
		{0x0e, "\0\0", 2},     /* nothing before the table */
		{0x10, "\0", 1},       /* no table */
		{0x11, "\0\0", 2},     /* no root directory */
		{0x13, "\1\0", 2},     /* a volume of one sector */
		{0x16, "\0\0", 2},     /* would be FAT32, but is not */
		{0x16, "\xff\xff", 2}, /* a table larger than the volume */
		{0x13, "\0\0\xf8\x08\0\x20\0\2\0\0\0\0\0\xff\xff\xff\xff",
			17}, /* too many clusters */
	};
	const char *image = chain_image();

	(void)state;
	test_must_run("head -c 512 chain.img >boot");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct test_fs t;
		struct err e;

		patch(image, cases[i].at, cases[i].bytes, cases[i].n);
		assert_int_equal(test_fs_open(&t, "vfat", image, 0, 0, &e), -EBADMSG);
		assert_memory_equal(e.msg, "FAT: ", 5);
		test_must_run("dd if=boot of=chain.img conv=notrunc status=none");
	}
}

static void a_truncated_image_is_read_as_far_as_it_goes(void **state)
{
	static const uint64_t sizes[] = {1, 511, 512, 1000, 16896, 50000, 65536, 100000, 1000000};
	const char *image = make_image("cut.img", 16, "-s 1", 8192);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct test_fs t;
		struct err e;

		if (test_fs_open(&t, "vfat", image, 0, sizes[i], &e) < 0)
			continue;
		assert_int_equal(t.fs->state, FS_ERRORS);
		test_fs_visit(&t);
		test_fs_close(&t);
	}
}

static void no_failing_or_garbled_read_does_harm(void **state)
{
	(void)state;
	test_fs_faults("vfat", "tests/fuzz/corpus/fat/fat12", 300);
	test_fs_faults("vfat", "tests/fuzz/corpus/fat/fat16", 300);
	test_fs_faults("vfat", "tests/fuzz/corpus/fat/fat32", 300);
}

static void the_corpus_is_read_as_others_read_it(void **state)
{
	static const char *const types[] = {"vfat", NULL};

	(void)state;
	assert_true(test_fs_corpus(types) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_equals_the_source_tree),
		cmocka_unit_test(a_small_fat32_is_known_by_its_table),
		cmocka_unit_test(names_compare_without_case),
		cmocka_unit_test(files_are_found_by_their_short_names_too),
		cmocka_unit_test(long_names_that_do_not_belong_are_left_out),
		cmocka_unit_test(surrogates_become_one_character_or_a_mark),
		cmocka_unit_test(deleted_files_and_the_label_are_not_listed),
		cmocka_unit_test(names_in_code_page_437_become_utf8),
		cmocka_unit_test(times_are_those_of_the_entry),
		cmocka_unit_test(free_space_is_that_of_mtools),
		cmocka_unit_test(an_implausible_free_count_is_counted_again),
		cmocka_unit_test(marks_of_an_unclean_volume_are_seen),
		cmocka_unit_test(a_chain_that_ends_too_early_is_read_up_to_there),
		cmocka_unit_test(a_chain_that_bites_its_tail_ends),
		cmocka_unit_test(a_chain_that_leaves_the_volume_is_refused),
		cmocka_unit_test(a_directory_that_bites_its_tail_ends),
		cmocka_unit_test(impossible_boot_sectors_are_refused),
		cmocka_unit_test(a_truncated_image_is_read_as_far_as_it_goes),
		cmocka_unit_test(no_failing_or_garbled_read_does_harm),
		cmocka_unit_test(the_corpus_is_read_as_others_read_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

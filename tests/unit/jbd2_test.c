/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Journals that debugfs wrote, in every form there is, against e2fsck, which replays them too; and
 * journals that make no sense.  The kernel's own are in ext_replay_test.c.
 */
#include "tests/lib/fstree.h"

#include <ext2fs/ext2fs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "tests/lib/faultdev.h"

#define SBIN "PATH=$PATH:/usr/sbin:/sbin; "

/* No checksums; and the journal lies in one piece, unlike that of ext3. */
#define PLAIN "-t ext4 -O ^metadata_csum,^64bit"

/* ---- Images ---- */

/* "target" has 64 blocks, which the journal is to hold newer copies of. */
static void make_image(const char *options, unsigned block)
{
	test_need_tool("mke2fs");
	test_need_tool("debugfs");
	test_subdir("tree");
	test_must_run(SBIN "seq -s, 200000 | head -c %u >tree/target && "
			   "mke2fs -q -F -b %u %s -d tree j.img 12M 2>/dev/null",
		64 * block, block, options);
	test_must_run(SBIN "debugfs -R 'blocks /target' j.img 2>/dev/null | tr ' ' '\\n' | "
			   "grep . >blocks; [ $(wc -l <blocks) -ge 64 ]");
	for (unsigned i = 0; i < 4; i++)
		test_must_run(
			"seq -s. %u 90000 | head -c %u >data%u", i * 1000 + 100, 24 * block, i);
	/* One block that looks like the journal's own. */
	test_must_run("printf '\\300\\073\\071\\230\\0\\0\\0\\1' | dd of=data1 bs=1 seek=%u "
		      "conv=notrunc status=none",
		2 * block);
}

/* Blocks first to last of the target, as debugfs takes a list. */
static const char *blocks(unsigned first, unsigned last)
{
	return test_output("sed -n %u,%up blocks | tr '\\n' , | sed 's/,$//'", first, last);
}

/* Commands of debugfs, which opens the journal before them and closes it behind. */
static void write_journal(const char *open, const char *commands)
{
	const char *script = arena_printf(&test_arena, "jo %s\n%s\njc\n", open, commands);

	test_write_file(test_path("commands"), script, strlen(script));
	test_must_run(SBIN "debugfs -w -f commands j.img 2>&1");
}

static const char *some_transactions(void)
{
	return arena_printf(&test_arena,
		"jw -b %s data0\njw -b %s data1\njw -r %s\njw -b %s data2\njw -b %s -c data3",
		blocks(1, 20), blocks(11, 30), blocks(5, 14), blocks(8, 9), blocks(40, 60));
}

/* ---- The block of the journal that begins at block n of the file ---- */

struct journal {
	uint8_t *p;
	size_t size, at;
	unsigned block;
};

static struct journal load_journal(unsigned block)
{
	struct journal j = {.block = block, .size = 12 << 20};
	const char *first = test_output(SBIN "debugfs -R 'bmap <8> 0' j.img 2>/dev/null");
	FILE *f = fopen(test_path("j.img"), "rb");

	j.p = malloc(j.size);
	assert_non_null(f);
	assert_non_null(j.p);
	assert_int_equal(fread(j.p, 1, j.size, f), j.size);
	fclose(f);
	j.at = strtoul(first, NULL, 10) * block;
	assert_true(j.at && get_be32(j.p + j.at) == 0xc03b3998);
	return j;
}

static void save_journal(const struct journal *j)
{
	test_write_file(test_path("j.img"), j->p, j->size);
	free(j->p);
}

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* What a kernel of 2008 would have written: a CRC-32 of each transaction in its commit block. */
static void add_sums(const struct journal *j)
{
	uint32_t crc = ~0U;
	bool revoke = false;

	put_be32(j->p + j->at + 36, 1);
	for (uint8_t *p = j->p + j->at + j->block; p < j->p + j->at + 200 * j->block;
		p += j->block) {
		const bool ours = get_be32(p) == 0xc03b3998 && get_be32(p + 4) <= 5;

		if (ours && get_be32(p + 4) == 2) {
			p[12] = 1;
			p[13] = 4;
			put_be32(p + 16, crc);
			crc = ~0U;
		} else if (!ours || get_be32(p + 4) != 5) {
			crc = ext2fs_crc32_be(crc, p, j->block);
		}
		revoke |= ours && get_be32(p + 4) == 5;
	}
	assert_true(revoke);
}

/* ---- Comparing ---- */

static void detail_is(enum fs_state state, const char *detail)
{
	struct test_fs t;

	test_fs_must_open(&t, "ext4", test_path("j.img"));
	assert_string_equal(t.fs->state_detail, detail);
	assert_int_equal(t.fs->state, state);
	test_fs_visit(&t);
	test_fs_close(&t);
}

/* What e2fsck makes of a copy is what we see. */
static void same_as_e2fsck(void)
{
	struct test_fs t;

	test_must_run(SBIN "cp --sparse=always j.img fsck.img && e2fsck -fy fsck.img >fsck 2>&1; "
			   "[ $? -le 1 ] && grep -q 'recovering journal' fsck");
	test_fs_must_open(&t, "ext4", test_path("fsck.img"));
	assert_int_equal(t.fs->state, FS_CLEAN);
	test_fs_extract(&t, test_subdir("want"));
	test_fs_close(&t);
	test_fs_must_open(&t, "ext4", test_path("j.img"));
	test_fs_extract(&t, test_subdir("got"));
	test_fs_close(&t);
	test_must_run("diff -r want got");
}

static const struct {
	const char *make, *open;
	unsigned block;
} forms[] = {
	{"-t ext3", "", 1024},
	{"-t ext3", "", 4096},
	{PLAIN, "", 1024},
	{"-t ext4 -O ^metadata_csum,64bit", "", 2048},
	{"-t ext4 -O metadata_csum,64bit", "-c", 4096},
	{"-t ext4 -O metadata_csum,64bit", "-c -v 2", 1024},
	{"-t ext4 -O metadata_csum,^64bit", "-c -v 2", 4096},
	{"-t ext4 -O metadata_csum,64bit", "-c -v 3", 1024},
	{"-t ext4 -O metadata_csum,^64bit", "-c -v 3", 2048},
};

static void every_form_is_replayed_as_e2fsck_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		make_image(forms[i].make, forms[i].block);
		write_journal(forms[i].open, some_transactions());
		detail_is(FS_REPLAYED, "4 transactions of its journal were replayed in memory");
		same_as_e2fsck();
		test_must_run("! cmp -s tree/target got/target");
	}
}

/* debugfs counts a revoke block into the sum, which neither e2fsck nor the kernel does. */
static void a_wrong_sum_is_as_wrong_as_to_e2fsck(void **state)
{
	(void)state;
	make_image(PLAIN, 1024);
	write_journal("-c", some_transactions());
	detail_is(FS_ERRORS, "a transaction of its journal has a wrong checksum");
	same_as_e2fsck();
	test_must_run("grep -q 'transaction 3 was corrupt' fsck");
}

static void sums_of_whole_transactions_are_looked_at(void **state)
{
	struct journal j;

	(void)state;
	for (unsigned damaged = 0; damaged < 2; damaged++) {
		make_image(PLAIN, 1024);
		write_journal("", some_transactions());
		j = load_journal(1024);
		add_sums(&j);
		j.p[j.at + 27 * 1024 + 100] ^= damaged; /* in the second transaction */
		save_journal(&j);
		if (damaged)
			detail_is(FS_ERRORS, "a transaction of its journal has a wrong checksum");
		else
			detail_is(FS_REPLAYED,
				"4 transactions of its journal were replayed in memory");
		same_as_e2fsck();
	}
}

static void a_journal_of_the_first_version_has_no_features(void **state)
{
	struct journal j;

	(void)state;
	make_image(PLAIN, 1024);
	write_journal("", arena_printf(&test_arena, "jw -b %s data0", blocks(1, 20)));
	j = load_journal(1024);
	put_be32(j.p + j.at + 4, 3);
	put_be32(j.p + j.at + 40, 0x80000000);
	save_journal(&j);
	detail_is(FS_REPLAYED, "1 transaction of its journal was replayed in memory");
}

static void the_corpus_is_replayed_as_e2fsck_does(void **state)
{
	static const struct {
		const char *name;
		enum fs_state state;
		const char *detail;
	} images[] = {
		{"f_jnl_64bit", FS_REPLAYED,
			"3 transactions of its journal were replayed in memory"},
		{"j_recover_csum3_64bit", FS_REPLAYED,
			"2 transactions of its journal were replayed in memory"},
		{"j_corrupt_journal_block", FS_ERRORS,
			"a block in its journal has a wrong checksum"},
		{"j_corrupt_descr_csum", FS_ERRORS,
			"its journal cannot be replayed: transaction 3 has a wrong checksum"},
	};

	(void)state;
	test_need_tool("e2fsck");
	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		const char *xz = test_corpus(
			arena_printf(&test_arena, "images/e2fsprogs/%s.img.xz", images[i].name));

		test_must_run("cp --sparse=always '%s' j.img", test_unxz(xz));
		detail_is(images[i].state, images[i].detail);
		same_as_e2fsck();
	}
}

/* ---- The superblock in the journal ---- */

static uint64_t available(void)
{
	struct fs_space s;
	struct test_fs t;
	struct err e;

	test_fs_must_open(&t, "ext4", test_path("j.img"));
	assert_int_equal(t.fs->state, FS_REPLAYED);
	assert_int_equal(fs_space(t.fs, &s, &e), 0);
	test_fs_close(&t);
	return s.available;
}

static void the_superblock_is_that_of_the_journal(void **state)
{
	(void)state;
	for (unsigned size = 1024; size <= 4096; size *= 4) {
		uint64_t want;

		make_image("-t ext4", size);
		test_must_run(SBIN
			"cp j.img k.img; tune2fs -r 1000 k.img; "
			"dd if=k.img of=super bs=%u skip=%u count=1 status=none; "
			"debugfs -w -R 'feature needs_recovery' k.img 2>&1; cp j.img l.img; "
			"cp k.img j.img",
			size, size == 1024);
		want = available();
		test_must_run("cp l.img j.img");
		write_journal("-c", size == 1024 ? "jw -b 1 super" : "jw -b 0 super");
		assert_int_equal(available(), want);
	}
}

static void a_superblock_that_the_journal_spoils_is_not_used(void **state)
{
	(void)state;
	make_image("-t ext4", 1024);
	write_journal("-c", "jw -b 1,2,3,4 data0");
	detail_is(FS_ERRORS, "its journal holds a superblock that is damaged");
}

/* ---- Nonsense ---- */

static void journals_that_make_no_sense_are_told(void **state)
{
	static const struct {
		size_t at; /* in the journal; its second block is a descriptor */
		uint32_t value;
		enum fs_state state;
		const char *detail;
	} cases[] = {
		{0, 0, FS_ERRORS, "it does not begin with a superblock"},
		{4, 9, FS_ERRORS, "it does not begin with a superblock"},
		{12, 2048, FS_ERRORS, "its blocks are not those of the filesystem"},
		{16, 0xffffffff, FS_ERRORS, "it is cut short"},
		{16, 1, FS_ERRORS, "its superblock makes no sense"},
		{20, 0, FS_ERRORS, "its superblock makes no sense"},
		{20, 0xffffffff, FS_ERRORS, "its superblock makes no sense"},
		{28, 0xffffffff, FS_ERRORS, "it begins outside of itself"},
		{40, 0x40, FS_DIRTY, "it has features that are not known"},
		{40, 24, FS_ERRORS, "it has checksums of several kinds"},
		{40, 8, FS_ERRORS, "it has checksums of several kinds"},
		{32, 5, FS_ERRORS, NULL},
		{1024 + 12, 0x7fffffff, FS_ERRORS, NULL},
		{24, 77, FS_REPLAYED, NULL},
	};
	static const char *const whole[] = {
		"the filesystem recorded an error in its journal",
		"its journal names blocks past the end of the device",
		"it was not unmounted, and its journal is empty",
	};
	unsigned w = 0;

	(void)state;
	make_image(PLAIN, 1024);
	write_journal("", some_transactions());
	test_must_run("cp j.img good.img");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct journal j;

		test_must_run("cp good.img j.img");
		j = load_journal(1024);
		put_be32(j.p + j.at + cases[i].at, cases[i].value);
		save_journal(&j);
		detail_is(cases[i].state,
			cases[i].detail
				? arena_printf(&test_arena, "its journal cannot be replayed: %s",
					  cases[i].detail)
				: whole[w++]);
	}
}

/* Every block of the ring claims to be of the transaction that is looked for. */
static void a_journal_that_goes_round_and_round_ends(void **state)
{
	struct journal j;

	(void)state;
	for (uint32_t kind = 1; kind <= 5; kind += 4) {
		make_image(PLAIN, 1024);
		write_journal("", some_transactions());
		j = load_journal(1024);
		for (uint32_t i = 1; i < get_be32(j.p + j.at + 16); i++) {
			uint8_t *p = j.p + j.at + (size_t)i * 1024;

			if (p + 1024 > j.p + j.size)
				break;
			memset(p, kind == 1 ? 0 : 0xff, 1024);
			put_be32(p, 0xc03b3998);
			put_be32(p + 4, kind);
			put_be32(p + 8, get_be32(j.p + j.at + 24));
			put_be32(p + 12, 1024);
		}
		save_journal(&j);
		detail_is(FS_REPLAYED, "it was not unmounted, and its journal is empty");
	}
}

static void an_absurd_count_of_revocations_is_refused(void **state)
{
	struct journal j;

	(void)state;
	make_image(PLAIN, 1024);
	write_journal("",
		arena_printf(&test_arena, "jw -r %s\njw -b %s data0", blocks(1, 9), blocks(3, 20)));
	j = load_journal(1024);
	put_be32(j.p + j.at + 1024 + 12, 0xfffffff0);
	save_journal(&j);
	detail_is(FS_ERRORS, "its journal cannot be replayed: a revoke block in it makes no sense");
}

static void no_failing_or_garbled_read_does_harm(void **state)
{
	(void)state;
	test_fs_faults("ext4", test_unxz("fixtures/images/ext4-replay/plain.img.xz"), 60);
	test_fs_faults("ext4", test_unxz("fixtures/images/ext4-replay/round.img.xz"), 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_replayed_as_e2fsck_does),
		cmocka_unit_test(a_wrong_sum_is_as_wrong_as_to_e2fsck),
		cmocka_unit_test(sums_of_whole_transactions_are_looked_at),
		cmocka_unit_test(a_journal_of_the_first_version_has_no_features),
		cmocka_unit_test(the_corpus_is_replayed_as_e2fsck_does),
		cmocka_unit_test(the_superblock_is_that_of_the_journal),
		cmocka_unit_test(a_superblock_that_the_journal_spoils_is_not_used),
		cmocka_unit_test(journals_that_make_no_sense_are_told),
		cmocka_unit_test(a_journal_that_goes_round_and_round_ends),
		cmocka_unit_test(an_absurd_count_of_revocations_is_refused),
		cmocka_unit_test(no_failing_or_garbled_read_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/lib/opens.h"

#define SECTOR 512
#define BLOCK_SECTORS 4096
#define HEADER_AT 512
#define HEADER_SIZE 1024
#define CHECKSUM_AT 36
#define TABLE_AT 1536

/* An empty directory with base.vhd in it: disks_source() with a known id; truth.raw is the same. */
static void base(void)
{
	uint8_t footer[SECTOR];
	const char *path = test_path("v/base.vhd");

	test_need_tool("qemu-img");
	test_need_tool("python3");
	test_subdir("v");
	test_must_run("qemu-img convert -f raw -O vpc -o subformat=dynamic,force_size=on '%s' "
		      "v/base.vhd && cp --sparse=always '%s' v/truth.raw",
		disks_source(12), disks_source(12));
	image_peek(path, -SECTOR, footer, sizeof(footer));
	for (unsigned i = 0; i < 16; i++)
		footer[68 + i] = (uint8_t)(i * 0x11);
	disks_reseal_vhd(footer, sizeof(footer), 64);
	image_patch(path, -SECTOR, footer, sizeof(footer));
	image_patch(path, 0, footer, sizeof(footer));
}

/* Makes differencing disks in that directory; the arguments are those of mkvhd.py. */
static void mkvhd(const char *args)
{
	char here[4096];

	assert_non_null(getcwd(here, sizeof(here)));
	test_must_run("cd v && python3 '%s/tests/lib/mkvhd.py' %s", here, args);
}

static const char *child(
	const char *name, const char *parent, const char *options, const char *writes)
{
	mkvhd(arena_printf(&test_arena, "%s %s %s truth.raw %s", options, name, parent, writes));
	return test_path("v/%s", name);
}

static void changes_header(const char *path, long off, const void *p, size_t n)
{
	uint8_t header[HEADER_SIZE];

	image_peek(path, HEADER_AT, header, sizeof(header));
	memcpy(header + off, p, n);
	disks_reseal_vhd(header, sizeof(header), CHECKSUM_AT);
	image_patch(path, HEADER_AT, header, sizeof(header));
}

static void sectors_that_differ_hide_the_parents(void **state)
{
	const char *path, *truth;
	struct disk_info info;

	(void)state;
	base();
	path = child(
		"a.vhd", "base.vhd", "", "0+1=1 3+2=2 4090+12=3 8192+4096=4 20000+9=5 24575+1=6");
	truth = image_sum(test_path("v/truth.raw"));
	assert_string_equal(disks_sha256(path, NULL), truth);
	assert_string_not_equal(truth, image_sum(disks_source(12)));
	info = image_info(path, NULL);
	assert_string_equal(info.subformat, "differencing");
	assert_int_equal(info.virtual_size, 12 << 20);
	assert_int_equal(info.parents.n, 1);
	assert_string_equal(info.parents.at[0], "base.vhd");
	path = child("b.vhd", "a.vhd", "", "1+3=7 4095+2=8 24574+1=9");
	assert_string_equal(disks_sha256(path, NULL), image_sum(test_path("v/truth.raw")));
	assert_int_equal(image_info(path, NULL).parents.n, 2);
	disks_survive_faults(path);
}

static void a_fixed_disk_can_be_a_parent(void **state)
{
	const char *path;

	(void)state;
	base();
	test_must_run("qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on '%s' "
		      "v/base.vhd",
		disks_source(12));
	path = child("a.vhd", "base.vhd", "", "100+100=1");
	assert_string_equal(disks_sha256(path, NULL), image_sum(test_path("v/truth.raw")));
}

static void a_parent_is_found_by_each_kind_of_name(void **state)
{
	static const char *const options[] = {"own=base.vhd", "'own=C:\\vm\\base.vhd'",
		"own= 'W2ru=.\\base.vhd'", "own=gone.vhd 'W2ru=base.vhd'",
		"own= 'W2ku=D:\\virtual machines\\base.vhd'", "own= 'Wi2r=.\\base.vhd'",
		"own= 'MacX=file://localhost/Users/x/b%61se.vhd'", "own=base.vhd W2ru=gone.vhd",
		"own=base.vhd 'W2ru=..\\elsewhere\\base.vhd'"};
	const char *args = "'W2ru=.\\sub\\base.vhd' sub.vhd base.vhd truth.raw"
			   " -- own= none.vhd base.vhd truth.raw"
			   " -- own=self.vhd self.vhd base.vhd truth.raw";
	size_t n = sizeof(options) / sizeof(options[0]);

	(void)state;
	base();
	for (size_t i = 0; i < n; i++)
		args = arena_printf(
			&test_arena, "%s -- %s a%zu.vhd base.vhd truth.raw", args, options[i], i);
	mkvhd(args);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(image_info(test_path("v/a%zu.vhd", i), NULL).parents.n, 1);
	disks_refused(test_path("v/none.vhd"), NULL, EBADMSG, "does not name its parent");
	disks_refused(test_path("v/self.vhd"), NULL, EBADMSG, "leads back to \"self.vhd\"");
	test_must_run("cd v && mkdir sub && mv base.vhd sub");
	assert_string_equal(image_info(test_path("v/sub.vhd"), NULL).parents.at[0], "sub/base.vhd");
	disks_refused(test_path("v/a0.vhd"), NULL, ENOENT,
		"its parent cannot be opened: base.vhd: No such file");
}

static void another_disk_is_no_parent(void **state)
{
	const char *path;

	(void)state;
	base();
	mkvhd("id=ffeeddccbbaa99887766554433221100 a.vhd base.vhd truth.raw"
	      " -- own=other.vhd b.vhd base.vhd truth.raw");
	path = test_path("v/a.vhd");
	disks_refused(path, NULL, EBADMSG,
		"was made for a parent with the id ffeeddcc-bbaa-9988-7766-554433221100, but "
		"base.vhd has the id 00112233-4455-6677-8899-aabbccddeeff");
	test_must_run("cd v && qemu-img create -f vpc base.vhd 12M && "
		      "qemu-img create -f vmdk other.vhd 12M");
	disks_refused(path, NULL, EBADMSG, "but base.vhd has the id");
	disks_refused(test_path("v/b.vhd"), NULL, EBADMSG, "parent other.vhd: is not a VHD");
}

static void another_time_of_the_parent_is_noted(void **state)
{
	static const char *const times[] = {"1600000000", "1599999998", "1599999000", "1600001000"};

	(void)state;
	base();
	mkvhd("time=1600000000 a.vhd base.vhd truth.raw -- b.vhd base.vhd truth.raw");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct disk_info info;

		test_must_run("touch -d @%s v/base.vhd", times[i]);
		info = image_info(test_path("v/a.vhd"), NULL);
		assert_int_equal(image_noted(&info, "not of the time"), i >= 2);
	}
	assert_int_equal(image_info(test_path("v/b.vhd"), NULL).notes.n, 0);
}

static void damage_costs_only_itself(void **state)
{
	const char *path;
	struct image i;

	(void)state;
	base();
	mkvhd("a.vhd base.vhd truth.raw 0+8=1 4096+8=1 8192+8=1 -- b.vhd a.vhd truth.raw");
	path = test_path("v/a.vhd");
	image_patch_be(path, TABLE_AT + 4, 0x7fffffff, 4);
	image_open(&i, path, NULL);
	image_same_at(&i, test_path("v/truth.raw"), 0, BLOCK_SECTORS * SECTOR);
	image_damaged_at(&i, BLOCK_SECTORS * SECTOR, "block 1 of the VHD lies past the end");
	image_same_at(&i, test_path("v/truth.raw"), 2 * BLOCK_SECTORS * SECTOR, 1 << 20);
	image_close(&i);
	image_open(&i, test_path("v/b.vhd"), NULL);
	image_damaged_at(&i, BLOCK_SECTORS * SECTOR, "a.vhd: block 1 of the VHD lies past");
	image_close(&i);
}

static void locators_that_make_no_sense_are_passed_over(void **state)
{
	static const char *const lengths[] = {"\0\0\0\0", "\x7f\xff\xff\xff", "\0\0\x20\0"};
	const char *path;

	(void)state;
	base();
	mkvhd("W2ru=gone.vhd a.vhd base.vhd truth.raw"
	      " -- own= W2ru=gone.vhd b.vhd base.vhd truth.raw");
	path = test_path("v/a.vhd");
	disks_refused(test_path("v/b.vhd"), NULL, ENOENT, "gone.vhd");
	for (size_t i = 0; i < 3; i++) {
		changes_header(path, 576 + 8, lengths[i], 4);
		changes_header(path, 576 + 16, "\0\0\0\1\0\0\0\0", i == 2 ? 8 : 0);
		assert_string_equal(image_info(path, NULL).parents.at[0], "base.vhd");
	}
}

static void a_chain_that_bites_its_tail_is_refused(void **state)
{
	(void)state;
	base();
	mkvhd("own=a.vhd a.vhd base.vhd truth.raw -- own=c.vhd b.vhd base.vhd truth.raw"
	      " -- own=b.vhd c.vhd base.vhd truth.raw");
	disks_refused(test_path("v/a.vhd"), NULL, EBADMSG, "leads back to \"a.vhd\"");
	disks_refused(test_path("v/c.vhd"), NULL, EBADMSG, "leads back to \"c.vhd\"");
}

static void a_link_costs_few_reads(void **state)
{
	const char *args = "";
	struct image i;

	(void)state;
	base();
	for (unsigned n = 0; n < 6; n++)
		args = arena_printf(&test_arena, "%s W2ku=y s%u.vhd %s.vhd truth.raw 0+8=1 %s",
			args, n, n ? arena_printf(&test_arena, "s%u", n - 1) : "base",
			n < 5 ? "--" : "");
	mkvhd(args);
	image_open(&i, test_path("v/s5.vhd"), NULL);
	assert_int_equal(i.d.info.parents.n, 6);
	assert_in_range(i.t.io.reads, 1, 2 * 7 + 2);
	assert_in_range(i.t.io.bytes_read, 1, 7 * 65536);
	image_close(&i);
}

static void parents_cannot_be_host_files(void **state)
{
	static const char *const names[] = {"/etc/passwd", "../source-12.raw", "link", "pipe",
		"dirlink/passwd", "/proc/self/environ", "proc/self/environ", "/dev/zero", "null",
		".", "sub", "sub/", "..\\..\\etc\\passwd", "\\etc\\passwd",
		"sub\\..\\..\\source-12.raw", "C:\\..\\..\\etc\\passwd"};

	(void)state;
	base();
	child("a.vhd", "base.vhd", "own= W2ru=123456789012345678901234567890", "");
	test_must_run("cd v && rm base.vhd && ln -s /etc/passwd link && mkfifo pipe && mkdir sub"
		      " && ln -s /etc dirlink && ln -s /proc proc");
	/* Only root can make a device; for others the name is just not there. */
	test_run("mknod v/null c 1 3");
	opens_watch(test_path("v"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint8_t text[60] = {0}, own[512] = {0}, at[8];
		struct err e = {0};
		struct test_io t;
		struct disk d;
		uint64_t where = 0;

		for (size_t k = 0; names[i][k]; k++)
			text[2 * k] = own[2 * k + 1] = (uint8_t)names[i][k];
		image_peek(test_path("v/a.vhd"), HEADER_AT + 576 + 16, at, sizeof(at));
		for (size_t k = 0; k < 8; k++)
			where = where << 8 | at[k];
		image_patch(test_path("v/a.vhd"), (long)where, text, sizeof(text));
		changes_header(test_path("v/a.vhd"), 64, own, sizeof(own));
		test_io_init(&t);
		if (test_open_disk(&t, test_path("v/a.vhd"), NULL, &d, &e) >= 0)
			fail_msg("%s was opened", names[i]);
		assert_non_null(strstr(e.msg, "its parent cannot be opened"));
		assert_null(t.io.files);
		if (opens_outside())
			fail_msg("%s opened %s", names[i], opens_outside());
	}
}

/* Their writer left wrong checksums, for which they are refused (see vhd_test.c). */
static void the_corpus_has_a_parent_and_its_child(void **state)
{
	static const char *const names[] = {"image", "image-differential"};

	(void)state;
	test_subdir("v");
	for (size_t i = 0; i < 2; i++) {
		const char *from = test_unxz(
			test_corpus(arena_printf(&test_arena, "images/dfvfs/%s.vhd.xz", names[i])));
		const char *path = test_path("v/%s.vhd", names[i]);
		uint8_t footer[SECTOR];

		test_must_run("cp '%s' '%s'", from, path);
		image_peek(path, -SECTOR, footer, sizeof(footer));
		disks_reseal_vhd(footer, sizeof(footer), 64);
		image_patch(path, -SECTOR, footer, sizeof(footer));
		changes_header(path, 0, "cxsparse", 8);
	}
	/* All sectors of its one block are the child's own, from sector 5 of the file on. */
	test_must_run("dd if=v/image-differential.vhd of=v/truth.raw bs=512 skip=5 count=204 "
		      "status=none");
	assert_string_equal(disks_sha256(test_path("v/image-differential.vhd"), NULL),
		image_sum(test_path("v/truth.raw")));
	if (test_have_tool("e2fsck"))
		test_must_run("e2fsck -fn v/truth.raw 2>/dev/null");
	image_patch(test_path("v/image-differential.vhd"), 2048, "\0", 1);
	assert_string_equal(disks_sha256(test_path("v/image-differential.vhd"), NULL),
		image_sum(test_path("v/truth.raw")));
	test_must_run("rm v/image.vhd");
	disks_refused(test_path("v/image-differential.vhd"), NULL, ENOENT, "image.vhd: No such");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sectors_that_differ_hide_the_parents),
		cmocka_unit_test(a_fixed_disk_can_be_a_parent),
		cmocka_unit_test(a_parent_is_found_by_each_kind_of_name),
		cmocka_unit_test(another_disk_is_no_parent),
		cmocka_unit_test(another_time_of_the_parent_is_noted),
		cmocka_unit_test(damage_costs_only_itself),
		cmocka_unit_test(locators_that_make_no_sense_are_passed_over),
		cmocka_unit_test(a_chain_that_bites_its_tail_is_refused),
		cmocka_unit_test(a_link_costs_few_reads),
		cmocka_unit_test(parents_cannot_be_host_files),
		cmocka_unit_test(the_corpus_has_a_parent_and_its_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/lib/opens.h"

#define SECTOR 512

/* An empty directory with base.vmdk in it: the 24,576 sectors of disks_source() as this subformat.
 */
static void base_of(const char *subformat)
{
	test_need_tool("qemu-img");
	test_subdir("c");
	test_must_run("qemu-img convert -f raw -O vmdk -o subformat=%s '%s' c/base.vmdk", subformat,
		disks_source(12));
}

/* A snapshot of another that qemu writes to. */
static void snapshot(const char *name, const char *parent, const char *subformat)
{
	test_need_tool("qemu-io");
	test_must_run("cd c && qemu-img create -f vmdk -o subformat=%s -b %s.vmdk -F vmdk %s.vmdk "
		      "&& qemu-io -f vmdk -c 'write -P 1 100k 300k' -c 'write -P 2 5M 512' "
		      "-c 'write -P %u 11M 1M' %s.vmdk",
		subformat, parent, name, (unsigned)(unsigned char)name[0], name);
}

static const char *in_c(const char *name)
{
	return test_path("c/%s.vmdk", name);
}

static const char *cid_of(const char *name)
{
	return test_output("tr '\\0' '\\n' <c/%s.vmdk | grep -a '^CID=' | head -1 | cut -c5- | "
			   "tr -d '\\n'",
		name);
}

#define COWD_WRITES "0+1=7 5+3=9 4090+20=1 10000+3000=3 24575+1=2"
#define SESPARSE_WRITES "8+8=z 32+16=5 0+8=4 12000+2000=8 1000+8=u 24568+8=9"

/* Snapshots as ESX writes them, in the directory c. */
static void esx(const char *images)
{
	char here[4096];

	test_need_tool("python3");
	assert_non_null(getcwd(here, sizeof(here)));
	test_must_run("cd c && python3 '%s/tests/lib/mkvmdk.py' %s", here, images);
}

/* base, one snapshot of each kind that ESX makes, and one more; made once. */
static const char *esx_chain(void)
{
	if (access(test_path("esx"), F_OK)) {
		base_of("monolithicFlat");
		esx("cowd one 24576 base.vmdk " COWD_WRITES
		    " -- sesparse two 24576 one.vmdk " SESPARSE_WRITES
		    " -- cowd three 24576 two.vmdk " COWD_WRITES);
		test_must_run("mv c esx");
	}
	test_must_run("rm -rf c && cp -r esx c");
	return in_c("three");
}

static void snapshots_are_as_qemu_says(void **state)
{
	static const char *const bases[] = {
		"monolithicSparse", "monolithicFlat", "streamOptimized", "twoGbMaxExtentSparse"};
	struct disk_info info;

	(void)state;
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		base_of(bases[i]);
		snapshot("one", "base", "monolithicSparse");
		snapshot("two", "one", "twoGbMaxExtentSparse");
		disks_same_as_qemu(in_c("one"), NULL, "vmdk");
		disks_same_as_qemu(in_c("two"), NULL, "vmdk");
	}
	info = image_info(in_c("two"), NULL);
	assert_int_equal(info.parents.n, 2);
	assert_string_equal(info.parents.at[0], "one.vmdk");
	assert_string_equal(info.parents.at[1], "base.vmdk");
}

static void snapshots_of_esx_are_as_qemu_says(void **state)
{
	const char *last = esx_chain();

	(void)state;
	disks_same_as_qemu(in_c("one"), NULL, "vmdk");
	disks_same_as_qemu(in_c("two"), NULL, "vmdk");
	disks_same_as_qemu(last, NULL, "vmdk");
	assert_string_equal(image_info(in_c("one"), NULL).subformat, "vmfsSparse");
	assert_string_equal(image_info(in_c("two"), NULL).subformat, "seSparse");
	assert_int_equal(image_info(last, NULL).parents.n, 3);
	disks_refused(test_path("c/one-delta.vmdk"), NULL, ENOTSUP,
		"(vmfsSparse), not the disk; "
		"give one.vmdk");
	disks_refused(test_path("c/two-sesparse.vmdk"), NULL, ENOTSUP,
		"(seSparse), not the disk; give two.vmdk");
}

static void a_parent_may_be_smaller_than_its_child(void **state)
{
	(void)state;
	base_of("monolithicSparse");
	test_must_run("cd c && qemu-img create -f vmdk -b base.vmdk -F vmdk large.vmdk 20M");
	disks_same_as_qemu(in_c("large"), NULL, "vmdk");
}

static void zeros_of_a_child_hide_its_parent(void **state)
{
	(void)state;
	base_of("monolithicSparse");
	test_must_run("cd c && qemu-img create -f vmdk -o zeroed_grain=on -b base.vmdk -F vmdk "
		      "z.vmdk && qemu-io -f vmdk -c 'write -z 0 4M' z.vmdk");
	disks_same_as_qemu(in_c("z"), NULL, "vmdk");
}

/* All snapshots of a split disk stand on their own piece of it. */
static void pieces_stand_on_their_part_of_the_parent(void **state)
{
	static const char text[] =
		"# Disk DescriptorFile\nversion=1\nCID=00000001\nparentCID=%s\n"
		"createType=\"twoGbMaxExtentSparse\"\nparentFileNameHint=\"base.vmdk\"\n"
		"# Extent description\nRW 10240 SPARSE \"p-s001.vmdk\"\n"
		"RW 10240 SPARSE \"q-s001.vmdk\"\nRW 10240 SPARSE \"p-s001.vmdk\"\n";
	const char *full;

	(void)state;
	base_of("monolithicSparse");
	test_must_run(
		"cd c && for i in p q; do qemu-img create -f vmdk -o "
		"subformat=twoGbMaxExtentSparse $i.vmdk 5M && qemu-io -f vmdk -c 'write -P 3 1M "
		"100k' $i.vmdk; done");
	full = arena_printf(&test_arena, text, cid_of("base"));
	test_write_file(in_c("split"), full, strlen(full));
	disks_same_as_qemu(in_c("split"), NULL, "vmdk");
}

static void a_parent_that_changed_is_refused(void **state)
{
	(void)state;
	base_of("monolithicSparse");
	snapshot("one", "base", "monolithicSparse");
	test_must_run("cd c && sed -i 's/^CID=[0-9a-f]*/CID=12345678/' base.vmdk");
	disks_refused(in_c("one"), NULL, EBADMSG,
		"but its parent base.vmdk has the CID 12345678: it is another disk, or was "
		"changed since");
	test_must_run("cd c && sed -i 's/^CID=[0-9a-f]*/CID=ffffffff/' base.vmdk");
	disks_refused(in_c("one"), NULL, EBADMSG, "has the CID ffffffff");
}

static void what_is_wrong_with_a_parent_names_it(void **state)
{
	struct image i;

	(void)state;
	base_of("monolithicSparse");
	snapshot("one", "base", "monolithicSparse");
	snapshot("two", "one", "monolithicSparse");
	test_must_run("cd c && truncate -s 100K base.vmdk");
	image_open(&i, in_c("two"), NULL);
	image_damaged_at(&i, 9453 * SECTOR, "base.vmdk: grain 73 of the VMDK lies past the end");
	image_close(&i);
	/* The key's place in the text is as long as it. */
	test_must_run("cd c && sed -i 's/^ddb.adapterType = /encryptionKeys   =/' base.vmdk");
	disks_refused(in_c("two"), NULL, ENOTSUP, "parent base.vmdk: is an encrypted VMDK");
	test_must_run("rm c/base.vmdk");
	disks_refused(in_c("two"), NULL, ENOENT,
		"parent one.vmdk: its parent cannot be opened: base.vmdk: No such file");
	test_must_run("cp '%s' c/base.vmdk", disks_source(12));
	disks_refused(in_c("one"), NULL, EBADMSG, "parent base.vmdk: is not a VMDK");
}

/* Writes a descriptor of a snapshot that names its parent so. */
static void child_of(const char *name, const char *hint)
{
	const char *text = arena_printf(&test_arena,
		"# Disk DescriptorFile\nversion=1\nCID=00000001\nparentCID=00000001\n"
		"createType=\"custom\"\n%s\nRW 8 ZERO\n",
		hint ? arena_printf(&test_arena, "parentFileNameHint=\"%s\"", hint) : "");

	test_write_file(in_c(name), text, strlen(text));
}

static void a_parent_is_found_by_the_names_other_hosts_use(void **state)
{
	static const char *const hints[] = {"p.vmdk", "./p.vmdk", "C:\\\\vm\\\\p.vmdk",
		".\\\\p.vmdk", "/vmfs/volumes/4f1b/vm/p.vmdk", "../elsewhere/p.vmdk", "sub/p.vmdk",
		"[datastore1] vm/p.vmdk"};

	(void)state;
	test_subdir("c");
	test_write_file(in_c("p"), "", 0);
	child_of("p", NULL);
	test_must_run("cd c && sed -i 's/parentCID=.*/parentCID=ffffffff/' p.vmdk");
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		child_of("child", hints[i]);
		assert_int_equal(image_info(in_c("child"), NULL).parents.n, 1);
	}
	child_of("child", arena_printf(&test_arena, "%s/c/p.vmdk", test_tmpdir()));
	assert_string_equal(image_info(in_c("child"), NULL).parents.at[0], "p.vmdk");
	child_of("child", NULL);
	disks_refused(in_c("child"), NULL, EBADMSG, "does not name the parent");
}

static void a_chain_that_bites_its_tail_is_refused(void **state)
{
	(void)state;
	test_subdir("c");
	child_of("self", "self.vmdk");
	disks_refused(in_c("self"), NULL, EBADMSG, "leads back to \"self.vmdk\"");
	child_of("a", "b.vmdk");
	child_of("b", "c.vmdk");
	child_of("c", "a.vmdk");
	disks_refused(in_c("a"), NULL, EBADMSG, "leads back to \"a.vmdk\"");
	test_must_run("cd c && ln a.vmdk d.vmdk");
	child_of("c", "d.vmdk");
	disks_refused(in_c("a"), NULL, EBADMSG, "leads back to \"d.vmdk\"");
}

static void a_chain_has_an_end(void **state)
{
	(void)state;
	test_subdir("c");
	for (unsigned i = 0; i < DISK_CHAIN_MAX + 2; i++)
		child_of(arena_printf(&test_arena, "s%u", i),
			arena_printf(&test_arena, "s%u.vmdk", i + 1));
	disks_refused(in_c("s0"), NULL, E2BIG, "a chain of more than 128");
	child_of("s100", NULL);
	test_must_run("cd c && sed -i 's/parentCID=.*/parentCID=ffffffff/' s100.vmdk");
	assert_int_equal(image_info(in_c("s0"), NULL).parents.n, 100);
}

static void a_link_costs_two_reads(void **state)
{
	struct image i;
	char byte;

	(void)state;
	base_of("monolithicSparse");
	test_must_run("cd c && p=base && for i in $(seq 32); do qemu-img create -f vmdk -b "
		      "$p.vmdk -F vmdk s$i.vmdk && p=s$i || exit 1; done");
	image_open(&i, in_c("s32"), NULL);
	assert_int_equal(i.d.info.parents.n, 32);
	assert_in_range(i.t.io.reads, 1, 2 * 33 + 2);
	assert_in_range(i.t.io.bytes_read, 1, 33 * 65536);
	assert_int_equal(blockdev_read(i.d.dev, 0, &byte, 1, &i.e), 0);
	assert_in_range(i.t.io.reads, 1, 4 * 33 + 2);
	image_same_at(&i, disks_source(12), 0, 1 << 20);
	image_close(&i);
}

static void a_link_of_esx_costs_two_reads(void **state)
{
	const char *images = "";
	struct image i;
	unsigned n = 0;

	(void)state;
	base_of("monolithicFlat");
	for (; n < 8; n++) {
		const char *kind = n % 2 ? "cowd" : "sesparse";
		const char *parent = n ? arena_printf(&test_arena, "s%u", n - 1) : "base";

		images = arena_printf(&test_arena, "%s %s %s s%u 24576 %s.vmdk 0+8=1", images,
			n ? "--" : "", kind, n, parent);
	}
	esx(images);
	image_open(&i, in_c("s7"), NULL);
	assert_in_range(i.t.io.reads, 1, 2 * (n + 1) + 2);
	assert_in_range(i.t.io.bytes_read, 1, (n + 1) * 65536);
	image_close(&i);
}

static void parents_cannot_be_host_files(void **state)
{
	static const char *const names[] = {"/etc/passwd", "../source-12.raw", "link", "pipe",
		"dirlink/passwd", "/proc/self/environ", "proc/self/environ", "/dev/zero", "null",
		".", "sub", "sub/", "./../../etc/passwd", "sub/../../source-12.raw", "//etc/passwd",
		"C:\\\\..\\\\..\\\\etc\\\\passwd", "..\\\\..\\\\source-12.raw",
		"\\\\etc\\\\passwd"};

	(void)state;
	disks_source(12);
	test_subdir("c");
	test_must_run("cd c && ln -s /etc/passwd link && mkfifo pipe && mkdir sub"
		      " && ln -s /etc dirlink && ln -s /proc proc");
	test_run("mknod c/null c 1 3");
	opens_watch(test_path("c"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct err e = {0};
		struct test_io t;
		struct disk d;

		child_of("child", names[i]);
		test_io_init(&t);
		if (test_open_disk(&t, in_c("child"), NULL, &d, &e) >= 0)
			fail_msg("%s was opened", names[i]);
		assert_non_null(strstr(e.msg, "its parent cannot be opened"));
		assert_null(t.io.files);
		if (opens_outside())
			fail_msg("%s opened %s", names[i], opens_outside());
	}
}

/* A guest can write the header of a VMDK to its first sector. */
static void contents_alone_lead_to_no_parent(void **state)
{
	(void)state;
	base_of("monolithicSparse");
	snapshot("one", "base", "monolithicSparse");
	test_must_run("cd c && mv one.vmdk one && cp base.vmdk base");
	opens_watch(test_path("c"));
	disks_refused(test_path("c/one"), NULL, ENOTSUP,
		"\"base.vmdk\", which it names, is not looked for");
	assert_null(opens_outside());
	test_must_run("cp c/one c/one.raw");
	assert_string_equal(image_info(test_path("c/one.raw"), NULL).format, "raw");
	assert_int_equal(image_info(test_path("c/one"), "vmdk").parents.n, 1);
}

static void data_of_esx_that_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *data, *disk;
		long off;
		uint64_t value;
		size_t n;
		int num;
		const char *says;
	} bad[] = {
		{"one-delta", "one", 4, 2, 4, ENOTSUP, "(COWD) of version 2"},
		{"one-delta", "one", 12, 0, 4, EBADMSG, "0 sectors"},
		{"one-delta", "one", 12, 100, 4, EBADMSG, "its header gives it 51200 bytes"},
		{"one-delta", "one", 16, 3, 4, EBADMSG, "grain size of 3 sectors"},
		{"one-delta", "one", 16, 1 << 20, 4, E2BIG, "grain size of 1048576 sectors"},
		{"one-delta", "one", 20, 0x7fffffff, 4, EBADMSG, "grain directory lies past"},
		{"one-delta", "one", 24, 5, 4, EBADMSG, "directory of 5 entries is too small"},
		{"one-delta", "one", 0, 0, 4, EBADMSG, "is not a sparse extent"},
		{"two-sesparse", "two", 8, 0x300000000, 8, ENOTSUP, "version 3.0"},
		{"two-sesparse", "two", 16, 0, 8, EBADMSG, "0 sectors"},
		{"two-sesparse", "two", 16, 1 << 10, 8, EBADMSG,
			"its header gives it 524288 bytes"},
		{"two-sesparse", "two", 16, 1ULL << 60, 8, EBADMSG, "names sector"},
		{"two-sesparse", "two", 24, 16, 8, ENOTSUP, "grains of 16 and tables of 64"},
		{"two-sesparse", "two", 80, 7, 8, EBADMSG, "no second header"},
		{"two-sesparse", "two", 80, 1 << 30, 8, EBADMSG, "second header lies past the end"},
		{"two-sesparse", "two", 128, 1 << 30, 8, EBADMSG, "grain directory lies past"},
		{"two-sesparse", "two", 136, 0, 8, EBADMSG, "directory of 0 bytes is too small"},
		{"two-sesparse", "two", 144, UINT64_MAX, 8, EBADMSG, "names sector"},
		{"two-sesparse", "two", 192, 1ULL << 59, 8, EBADMSG, "names sector"},
		{"two-sesparse", "two", 512 + 24, 1, 8, ENOTSUP, "journal has to be replayed"},
	};
	const char *last = esx_chain();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		test_must_run("cp c/%s.vmdk saved", bad[i].data);
		image_patch_le(in_c(bad[i].data), bad[i].off, bad[i].value, bad[i].n);
		disks_refused(in_c(bad[i].disk), NULL, bad[i].num, bad[i].says);
		disks_refused(last, NULL, bad[i].num, bad[i].says);
		test_must_run("cp saved c/%s.vmdk", bad[i].data);
	}
}

static void damaged_tables_of_esx_cost_only_themselves(void **state)
{
	const char *data = test_path("c/two-sesparse.vmdk");
	uint64_t grain = (4096 + 1) * SECTOR;
	struct image i;
	char buf[SECTOR];

	(void)state;
	esx_chain();
	/* Its one table: grain 0 of an unknown kind, grain 1 past the end, grain 2 as it was. */
	image_patch_le(data, (long)grain, 9ULL << 60, 8);
	image_patch_le(data, (long)grain + 8, 3ULL << 60 | 0x7fffff, 8);
	image_open(&i, in_c("two"), NULL);
	image_damaged_at(&i, 0, "two-sesparse.vmdk: grain 0 of the VMDK lies past the end");
	image_damaged_at(&i, 4096, "two-sesparse.vmdk: grain 1 of the VMDK lies past the end");
	assert_int_equal(blockdev_read(i.d.dev, 8192, buf, sizeof(buf), &i.e), 0);
	image_close(&i);
	image_patch_le(data, 4096 * SECTOR, 2ULL << 60, 8);
	image_open(&i, in_c("two"), NULL);
	image_damaged_at(&i, 8192, "an unknown entry for grain 2");
	image_close(&i);
}

static void cut_files_never_crash(void **state)
{
	static const unsigned sizes[] = {1, 8, 512, 600, 1024, 2048, 2600, 30000, 2097152, 2097200,
		2097700, 2130000, 2131000};
	static const char *const data[] = {"one-delta", "two-sesparse", "base-flat"};
	const char *last = esx_chain();
	struct err e = {0};
	struct test_io t;
	struct disk d;
	char buf[SECTOR];

	(void)state;
	for (size_t i = 0; i < 3 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		test_must_run("cp c/%s.vmdk saved && truncate -s %u c/%s.vmdk", data[i % 3],
			sizes[i / 3], data[i % 3]);
		test_io_init(&t);
		if (test_open_disk(&t, last, NULL, &d, &e) >= 0) {
			for (uint64_t off = 0; off < d.dev->size; off += 100 * SECTOR)
				blockdev_read(d.dev, off, buf, sizeof(buf), &e);
			disk_close(&d);
		}
		assert_null(t.io.files);
		test_must_run("mv saved c/%s.vmdk", data[i % 3]);
	}
}

static void every_failing_read_is_said(void **state)
{
	(void)state;
	base_of("monolithicSparse");
	snapshot("one", "base", "twoGbMaxExtentSparse");
	disks_survive_faults(in_c("one"));
	disks_survive_faults(esx_chain());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshots_are_as_qemu_says),
		cmocka_unit_test(snapshots_of_esx_are_as_qemu_says),
		cmocka_unit_test(a_parent_may_be_smaller_than_its_child),
		cmocka_unit_test(zeros_of_a_child_hide_its_parent),
		cmocka_unit_test(pieces_stand_on_their_part_of_the_parent),
		cmocka_unit_test(a_parent_that_changed_is_refused),
		cmocka_unit_test(what_is_wrong_with_a_parent_names_it),
		cmocka_unit_test(a_parent_is_found_by_the_names_other_hosts_use),
		cmocka_unit_test(a_chain_that_bites_its_tail_is_refused),
		cmocka_unit_test(a_chain_has_an_end),
		cmocka_unit_test(a_link_costs_two_reads),
		cmocka_unit_test(a_link_of_esx_costs_two_reads),
		cmocka_unit_test(parents_cannot_be_host_files),
		cmocka_unit_test(contents_alone_lead_to_no_parent),
		cmocka_unit_test(data_of_esx_that_makes_no_sense_is_refused),
		cmocka_unit_test(damaged_tables_of_esx_cost_only_themselves),
		cmocka_unit_test(cut_files_never_crash),
		cmocka_unit_test(every_failing_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

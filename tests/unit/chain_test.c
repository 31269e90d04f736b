/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Chains of parents, with qcow2 as the format: the files an image names, and what they cost.
 */
#include "tests/lib/images.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "disk/chain.h"

/* An opener that remembers how many files it opened. */
struct counting {
	struct opener opener;
	struct host_opener host;
	unsigned opened;
};

static int counting_open(struct opener *o, const char *dir, const char *name, struct err *e)
{
	struct counting *c = (struct counting *)o;
	int fd = c->host.opener.open(&c->host.opener, dir, name, e);

	c->opened += fd >= 0;
	return fd;
}

struct counted {
	struct counting opener;
	struct host_io io;
	struct disk d;
	struct err e;
};

static int counted_open(struct counted *c, const char *path, const char *format)
{
	struct disk_open_args args = {.io = &c->io, .arena = &test_arena, .path = path};

	memset(c, 0, sizeof(*c));
	args.image_format = format;
	host_opener_init(&c->opener.host, NULL, 0);
	c->opener.opener.open = counting_open;
	c->io.opener = &c->opener.opener;
	return disk_open(&args, &c->d, &c->e);
}

/* A child of the base whose name for it is replaced by another. */
static const char *child_of(const char *name, const char *file)
{
	const char *path = test_path("%s", file);

	test_need_tool("qemu-img");
	test_must_run(
		"cd '%s/..' && [ -e '%s' ] || qemu-img create -f qcow2 -u -b x -F qcow2 '%s' 1M",
		path, path, path);
	test_must_run("qemu-img rebase -u -b '%s' -F qcow2 '%s'", name, path);
	return path;
}

static const char *base(void)
{
	const char *path = test_path("base.qcow2");

	test_need_tool("qemu-img");
	if (access(path, F_OK))
		test_must_run("qemu-img convert -f raw -O qcow2 '%s' '%s'", disks_source(12), path);
	return path;
}

static void a_name_cannot_lead_to_other_host_files(void **state)
{
	static const char *const names[] = {"/etc/passwd", "../base.qcow2", "sub/../../base.qcow2",
		"link", "pipe", "dirlink/passwd", "/proc/self/environ", "proc/self/environ", "sub",
		"/dev/null", "null", ".", "file:/etc/passwd", "file:../base.qcow2"};

	(void)state;
	base();
	test_must_run(
		"mkdir -p named/sub && cd named && ln -sf ../base.qcow2 link && rm -f pipe && "
		"mkfifo pipe && ln -sfn /etc dirlink && ln -sfn /proc proc");
	/* Only root can make a device; for others the name is just not there. */
	test_run("mknod named/null c 1 3");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = child_of(names[i], "named/child.qcow2");
		struct counted c;

		if (counted_open(&c, path, NULL) >= 0)
			fail_msg("%s was opened", names[i]);
		assert_true(str_starts(c.e.msg, path));
		assert_non_null(strstr(c.e.msg, "its parent cannot be opened"));
		assert_int_equal(c.opener.opened, 1);
		assert_null(c.io.files);
	}
}

static void names_that_are_no_files_are_refused(void **state)
{
	(void)state;
	base();
	disks_refused(child_of("nbd://host/disk", "no-file.qcow2"), NULL, ENOTSUP,
		"\"nbd://host/disk\", which is not a file");
	disks_refused(child_of("json:{\"driver\":\"qcow2\"}", "no-file.qcow2"), NULL, ENOTSUP,
		"which is not a file");
	test_must_run("qemu-img rebase -u -b base.qcow2 -F qed no-file.qcow2");
	disks_refused(test_path("no-file.qcow2"), NULL, ENOTSUP, "its parent is a qed image");
}

static void the_image_s_own_directory_may_be_named_in_full(void **state)
{
	const char *sum = disks_sha256(base(), NULL);

	(void)state;
	test_must_run("mkdir -p below && cp base.qcow2 below");
	for (int i = 0; i < 3; i++) {
		const char *const names[] = {base(), "below/base.qcow2", "file:base.qcow2"};

		test_must_run(
			"qemu-img create -f qcow2 -b '%s' -F qcow2 -u full.qcow2 12M", names[i]);
		assert_string_equal(disks_sha256(test_path("full.qcow2"), NULL), sum);
	}
}

static void a_parent_s_own_directory_is_where_its_names_begin(void **state)
{
	(void)state;
	base();
	test_must_run(
		"mkdir -p deep/er && cp base.qcow2 deep/er/first.qcow2 && cd deep && qemu-img "
		"create -f qcow2 -b er/first.qcow2 -F qcow2 second.qcow2 && cd .. && qemu-img "
		"create -f qcow2 -b deep/second.qcow2 -F qcow2 third.qcow2");
	disks_same_as_qemu(test_path("third.qcow2"), NULL, "qcow2");
}

static void a_chain_that_comes_back_is_refused(void **state)
{
	(void)state;
	child_of("loop2.qcow2", "loop1.qcow2");
	child_of("loop3.qcow2", "loop2.qcow2");
	disks_refused(child_of("loop3.qcow2", "loop3.qcow2"), NULL, EBADMSG,
		"leads back to \"loop3.qcow2\"");
	child_of("loop1.qcow2", "loop3.qcow2");
	disks_refused(test_path("loop1.qcow2"), NULL, EBADMSG, "leads back to \"loop1.qcow2\"");
	/* The same file by another name. */
	test_must_run("ln -f loop1.qcow2 twin.qcow2");
	child_of("twin.qcow2", "loop3.qcow2");
	disks_refused(test_path("loop1.qcow2"), NULL, EBADMSG, "leads back to \"twin.qcow2\"");
}

/* c000 is the base, each later one a child of the one before. */
static const char *chain(unsigned n)
{
	const char *last = test_path("chain/c%03u.qcow2", n);

	base();
	if (!access(last, F_OK))
		return last;
	test_must_run("mkdir -p chain && cd chain && cp ../base.qcow2 c000.qcow2 && "
		      "qemu-img create -f qcow2 -b c000.qcow2 -F qcow2 c001.qcow2 && "
		      "last=c001 && for next in $(seq -f c%%03g 2 %u); do "
		      "LC_ALL=C sed \"s/c000/$last/\" c001.qcow2 >$next.qcow2; last=$next; done",
		n);
	return last;
}

static void a_chain_has_an_end(void **state)
{
	(void)state;
	assert_string_equal(
		disks_sha256(chain(DISK_CHAIN_MAX - 1), NULL), disks_sha256(base(), NULL));
	disks_refused(chain(DISK_CHAIN_MAX + 2), NULL, E2BIG, "a chain of more than 128 parents");
}

static void a_snapshot_costs_two_reads_and_64_kib(void **state)
{
	uint64_t reads, bytes;
	struct counted c;
	char buf[4096];

	(void)state;
	for (unsigned n = 0; n <= 32; n += 32) {
		assert_int_equal(counted_open(&c, chain(n), NULL), 0);
		if (n) {
			print_message("opening: %llu reads, %llu bytes a link\n",
				(unsigned long long)(c.io.reads - reads) / n,
				(unsigned long long)(c.io.bytes_read - bytes) / n);
			assert_true(c.io.reads - reads <= 2 * n);
			assert_true(c.io.bytes_read - bytes <= 65536 * n);
		}
		reads = c.io.reads;
		bytes = c.io.bytes_read;
		assert_int_equal(blockdev_read(c.d.dev, 0, buf, sizeof(buf), &c.e), 0);
		disk_close(&c.d);
	}
	/* And reading through it: an entry of each L1 table more, which is one line of the cache.
	 */
	assert_true(c.io.reads - reads <= 2 * 32);
}

static void contents_alone_do_not_make_an_image_of_a_disk(void **state)
{
	struct disk_info info;
	struct counted c;

	(void)state;
	base();
	test_must_run("qemu-img create -f qcow2 -b base.qcow2 -F qcow2 disk.qcow2 && truncate "
		      "-s %%512 disk.qcow2 && cp disk.qcow2 disk.img && cp disk.qcow2 disk && cp "
		      "disk.qcow2 disk.snap1");
	/* The name says raw: the bytes are the disk. */
	assert_string_equal(
		disks_sha256(test_path("disk.img"), NULL), image_sum(test_path("disk.img")));
	info = image_info(test_path("disk.img"), NULL);
	assert_true(image_noted(&info, "look like a qcow2"));
	/* The name says nothing: it is a qcow2, but no file it names is touched. */
	assert_int_equal(counted_open(&c, test_path("disk"), NULL), -ENOTSUP);
	assert_non_null(strstr(c.e.msg, "\"base.qcow2\", which it names, is not looked for"));
	assert_int_equal(c.opener.opened, 1);
	disks_refused(test_path("disk.snap1"), NULL, ENOTSUP, "--image-format qcow2 makes it one");
	/* The user says so. */
	assert_string_equal(disks_sha256(test_path("disk"), "qcow2"), disks_sha256(base(), NULL));
}

/* As an image without the name of its parent's format, which older programs wrote. */
static void strip_format(const char *path)
{
	uint8_t head[512];
	long at = 0;

	image_peek(path, 0, head, sizeof(head));
	while (at < 400 && memcmp(head + at, "\xe2\x79\x2a\xca", 4))
		at += 4;
	assert_in_range(at, 72, 399);
	image_patch(path, at, "\x12\x34\x56\x78", 4);
}

static void without_a_format_the_parent_is_what_it_looks_like(void **state)
{
	(void)state;
	base();
	test_must_run("qemu-img create -f qcow2 -b base.qcow2 -F qcow2 unsaid.qcow2");
	strip_format(test_path("unsaid.qcow2"));
	assert_string_equal(
		disks_sha256(test_path("unsaid.qcow2"), NULL), disks_sha256(base(), NULL));
	/* A raw parent in which a guest has written the header of a qcow2 stays raw by its name. */
	test_must_run("cp disk.qcow2 guest.img && qemu-img create -f qcow2 -u -b guest.img -F raw "
		      "unsaid.qcow2 $(stat -c %%s guest.img)");
	strip_format(test_path("unsaid.qcow2"));
	assert_string_equal(
		disks_sha256(test_path("unsaid.qcow2"), NULL), image_sum(test_path("guest.img")));
	/* Where the name does not say so, it is not followed any further. */
	test_must_run("cp disk.qcow2 guest && qemu-img create -f qcow2 -u -b guest -F raw "
		      "unsaid.qcow2 1M");
	strip_format(test_path("unsaid.qcow2"));
	disks_refused(
		test_path("unsaid.qcow2"), NULL, ENOTSUP, "which it names, is not looked for");
}

static void damage_in_a_parent_names_the_parent(void **state)
{
	struct image i;

	(void)state;
	base();
	test_must_run("cp base.qcow2 hurt.qcow2 && qemu-img create -f qcow2 -b hurt.qcow2 -F qcow2 "
		      "healthy.qcow2");
	/* The L1 table of an image of qemu's begins at 192 KiB. */
	image_patch_be(test_path("hurt.qcow2"), 3 << 16, 1ULL << 50, 8);
	image_open(&i, test_path("healthy.qcow2"), NULL);
	image_damaged_at(&i, 0, "hurt.qcow2: an L2 table of the qcow2 lies past the end");
	image_close(&i);
}

static void what_a_parent_has_to_say_is_told_by_the_child(void **state)
{
	struct disk_info info;

	(void)state;
	base();
	test_must_run("cp base.qcow2 marked.qcow2");
	image_patch_be(test_path("marked.qcow2"), 72, 2, 8);
	test_must_run("qemu-img create -f qcow2 -u -b marked.qcow2 -F qcow2 middle.qcow2 12M && "
		      "qemu-img create -f qcow2 -u -b middle.qcow2 -F qcow2 top.qcow2 12M");
	info = image_info(test_path("top.qcow2"), NULL);
	assert_int_equal(info.notes.n, 1);
	assert_string_equal(
		info.notes.at[0], "parent marked.qcow2: the qcow2 is marked as corrupt");
}

static void names_of_windows_become_ours(void **state)
{
	(void)state;
	assert_string_equal(chain_base_name("C:\\vm\\parent.vhdx"), "parent.vhdx");
	assert_string_equal(chain_base_name("sub/parent.vhdx"), "parent.vhdx");
	assert_string_equal(chain_base_name("parent.vhdx"), "parent.vhdx");
	assert_string_equal(chain_unix_name(&test_arena, ".\\sub\\parent.vhdx"), "sub/parent.vhdx");
	assert_string_equal(chain_unix_name(&test_arena, "..\\parent.vhdx"), "../parent.vhdx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_cannot_lead_to_other_host_files),
		cmocka_unit_test(names_that_are_no_files_are_refused),
		cmocka_unit_test(the_image_s_own_directory_may_be_named_in_full),
		cmocka_unit_test(a_parent_s_own_directory_is_where_its_names_begin),
		cmocka_unit_test(a_chain_that_comes_back_is_refused),
		cmocka_unit_test(a_chain_has_an_end),
		cmocka_unit_test(a_snapshot_costs_two_reads_and_64_kib),
		cmocka_unit_test(contents_alone_do_not_make_an_image_of_a_disk),
		cmocka_unit_test(without_a_format_the_parent_is_what_it_looks_like),
		cmocka_unit_test(damage_in_a_parent_names_the_parent),
		cmocka_unit_test(what_a_parent_has_to_say_is_told_by_the_child),
		cmocka_unit_test(names_of_windows_become_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

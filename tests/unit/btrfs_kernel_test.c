/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Btrfs against the kernel: what only it writes (compression, snapshots, several devices, holes
 * punched, extents shared), read back by it and by us.  Needs root and loop devices; skipped where
 * they are not at hand.
 */
#include "tests/lib/fstree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SBIN "PATH=$PATH:/usr/sbin:/sbin; "
#define DISKS_MOST 5

static void need_kernel(void)
{
	test_need_tool("mkfs.btrfs");
	test_need_mount("btrfs");
}

/* A filesystem of several disks, opened by us from their images. */
struct pool {
	unsigned n;
	struct test_io io;
	struct disk disks[DISKS_MOST];
	struct test_fs t;
};

/* Makes images d0.img ..., of given MiB. */
static void make_disks(unsigned n, unsigned mib, const char *options)
{
	const char *names = "";

	for (unsigned i = 0; i < n; i++)
		names = arena_printf(&test_arena, "%s d%u.img", names, i);
	test_must_run(SBIN "rm -f d?.img && truncate -s %uM %s && mkfs.btrfs -q -f %s %s", mib,
		names, options, names);
}

/*
 * Runs commands in the mounted filesystem, then unmounts it.  The mount is in a name space of its
 * own and its loop devices go with it, so that nothing stays behind however the commands end.
 */
static void in_mounted(unsigned n, const char *mount_options, const char *commands)
{
	const char *attach = "";

	for (unsigned i = 0; i < n; i++)
		attach = arena_printf(&test_arena,
			"%s loops=\"$loops $(losetup -f --show d%u.img)\"\n", attach, i);
	test_write_file(test_path("commands"), commands, strlen(commands));
	attach = arena_printf(&test_arena,
		"set -e; mkdir -p m; loops=''\n"
		"trap 'for l in $loops; do losetup -d $l; done' EXIT\n"
		"%sfirst=${loops# }; first=${first%%%% *}\n"
		"btrfs device scan $loops; mount -o 'defaults,%s' $first m\n"
		"for l in $loops; do losetup -d $l; done; loops=''\n" /* in use, so later */
		"s=0; (cd m; sh -e ../commands) || s=$?; umount m; exit $s\n",
		attach, mount_options);
	test_write_file(test_path("mounted"), attach, strlen(attach));
	test_must_run(SBIN "unshare -m sh mounted 2>&1");
}

static int pool_open(struct pool *p, const unsigned *which, unsigned n, struct err *e)
{
	struct blockdev *devs[DISKS_MOST];
	struct fs *fs;
	int r;

	*p = (struct pool){.n = n};
	test_io_init(&p->io);
	for (unsigned i = 0; i < n; i++) {
		test_must_open_disk(&p->io, test_path("d%u.img", which[i]), NULL, &p->disks[i]);
		devs[i] = p->disks[i].dev;
	}
	r = fs_open("btrfs", devs, n, &fs, e);
	if (!r)
		test_fs_tree(&p->t, fs);
	return r;
}

static void pool_close(struct pool *p)
{
	fs_close(p->t.fs);
	for (unsigned i = 0; i < p->n; i++)
		disk_close(&p->disks[i]);
}

static const unsigned in_order[DISKS_MOST] = {0, 1, 2, 3, 4};

static void pool_must_open(struct pool *p, unsigned n)
{
	struct err e;

	if (pool_open(p, in_order, n, &e) < 0)
		fail_msg("%s", e.msg);
}

/* Files, directories and links are as the kernel copied them out, and df says the same; subvolume
 * 0: what a mount without options shows. */
static void compare(unsigned n, uint64_t subvolume)
{
	struct fs_space space;
	struct pool p;
	struct err e;

	test_subdir("want");
	in_mounted(n,
		subvolume ? arena_printf(
				    &test_arena, "ro,subvolid=%llu", (unsigned long long)subvolume)
			  : "ro",
		"cp -a . ../want/; stat -f -c '%a %b %S' . >../df");
	pool_must_open(&p, n);
	if (subvolume)
		assert_int_equal(fs_subvolume(p.t.fs, subvolume, &p.t.mount.top, &e), 0);
	test_fs_extract(&p.t, test_subdir("got"));
	test_must_run("diff -r --no-dereference want got");
	assert_int_equal(fs_space(p.t.fs, &space, &e), 0);
	assert_string_equal(arena_printf(&test_arena, "%llu %llu 4096\n",
				    (unsigned long long)space.available / 4096,
				    (unsigned long long)space.size / 4096),
		test_read_file(test_path("df"), NULL));
	assert_false(space.approximate);
	pool_close(&p);
}

/* Text that compresses, noise that does not, small and large, and holes. */
#define SOME_FILES                                                                                 \
	"seq 200000 >text; head -c 3000000 /dev/urandom >noise; seq 300 >small; "                  \
	"(seq 5000; head -c 200000 /dev/zero; head -c 100000 /dev/urandom; seq 9000) >mixed; "     \
	"truncate -s 10M hole; echo end >>hole; mkdir -p d/e/f; cp small d/e/f; ln -s text link; " \
	"head -c 2000 /dev/zero >zeros; printf x >x; : >empty"

static void compressed_files_are_read(void **state)
{
	static const char *const methods[] = {"zlib", "lzo", "zstd"};

	(void)state;
	need_kernel();
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		make_disks(1, 200, "");
		in_mounted(1, arena_printf(&test_arena, "compress-force=%s", methods[i]),
			/* Some of these end, packed, just before a sector does, and unpacked within
			   one. */
			SOME_FILES "; for i in $(seq 3650 3850); do (head -c $i noise; head -c "
				   "9000 /dev/zero) >end$i; done; sync; printf patch | dd of=text "
				   "bs=1 seek=300000 "
				   "conv=notrunc status=none");
		compare(1, 0);
	}
}

static void files_in_many_pieces_are_read(void **state)
{
	(void)state;
	need_kernel();
	make_disks(1, 200, "-n 4096");
	in_mounted(1, "max_inline=0",
		SOME_FILES
		"; for i in $(seq 1 3 700); do echo $i | dd of=noise bs=4096 seek=$i conv=notrunc,"
		"fdatasync status=none; done; cp --reflink=always noise shared; "
		"fallocate -l 1M reserved; echo in | dd of=reserved bs=1 seek=500000 conv=notrunc "
		"status=none; fallocate -p -o 8192 -l 100000 shared; fallocate -z -o 300000 -l "
		"70000 shared; truncate -s 1234567 shared; chattr +C d; cp text d/nocow; "
		"for i in $(seq 2000); do echo $i >d/name-$i; done; rm d/name-1*");
	compare(1, 0);
}

static void a_filesystem_with_mixed_groups_is_read(void **state)
{
	(void)state;
	need_kernel();
	make_disks(1, 200, "-M -d dup -m dup");
	in_mounted(1, "", SOME_FILES);
	compare(1, 0);
}

static void every_profile_is_read(void **state)
{
	static const struct {
		const char *options;
		unsigned disks;
	} profiles[] = {
		{"-d single -m raid1", 2},
		{"-d raid0 -m raid1", 3},
		{"-d raid1 -m raid1c3", 3},
		{"-d raid10 -m raid10", 4},
		{"-d raid1c4 -m raid1c4", 4},
		{"-d raid5 -m raid5", 3},
		{"-d raid6 -m raid6", 4},
		{"-d raid5 -m raid1c3", 5},
		{"-d dup -m dup", 1},
	};

	(void)state;
	need_kernel();
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
		const unsigned n = profiles[i].disks;

		make_disks(n, 300, profiles[i].options);
		in_mounted(n, "", SOME_FILES);
		compare(n, 0);
	}
}

static const char *read_text(struct pool *p, const char *path, struct err *e)
{
	struct fs_file f;
	size_t n;
	char *text;

	if (fs_walk(&p->t.tree, path, 0, &f, e) < 0 ||
		fs_read_whole(&f, 4 << 20, &test_arena, &text, &n, e) < 0)
		return NULL;
	return text;
}

static void a_missing_mirror_is_not_missed(void **state)
{
	static const unsigned one[] = {1};
	struct pool p;
	struct err e;

	(void)state;
	need_kernel();
	make_disks(2, 200, "-d raid1 -m raid1");
	in_mounted(2, "", "echo hello >small; yes hello | head -c 100000 >large");
	assert_int_equal(pool_open(&p, one, 1, &e), 0);
	assert_int_equal(p.t.fs->state, FS_DIRTY);
	assert_string_equal(p.t.fs->state_detail, "device 1 is missing");
	assert_int_equal(p.t.fs->devices, 2);
	assert_string_equal(p.t.fs->raid, "raid1");
	assert_non_null(read_text(&p, "/large", &e));
	pool_close(&p);
}

static void a_missing_device_is_named_where_it_is_missed(void **state)
{
	static const unsigned one[] = {1};
	struct pool p;
	struct err e;

	(void)state;
	need_kernel();
	make_disks(2, 200, "-d raid0 -m raid1");
	in_mounted(2, "", "echo hello >small; yes hello | head -c 1000000 >large");
	assert_int_equal(pool_open(&p, one, 1, &e), 0);
	assert_non_null(read_text(&p, "/small", &e));
	assert_null(read_text(&p, "/large", &e));
	assert_int_equal(e.num, ENODEV);
	assert_non_null(strstr(e.msg, "device 1, which holds this, is not among the given disks"));
	pool_close(&p);
}

static void a_device_that_missed_writes_is_asked_last(void **state)
{
	static const unsigned turned[] = {1, 0};
	struct pool p;
	struct err e;

	(void)state;
	need_kernel();
	make_disks(2, 200, "-d raid1 -m raid1");
	in_mounted(2, "", "yes old | head -c 100000 >file; sync");
	test_must_run("cp --sparse=always d1.img old.img");
	in_mounted(2, "", "yes new | head -c 100000 >file; rm -rf gone; echo x >more");
	test_must_run("mv old.img d1.img");
	assert_int_equal(pool_open(&p, turned, 2, &e), 0);
	assert_string_equal(p.t.fs->state_detail, "device 2 has missed writes");
	assert_int_equal(strncmp(read_text(&p, "/file", &e), "new", 3), 0);
	assert_non_null(read_text(&p, "/more", &e));
	pool_close(&p);
}

static void a_seed_device_belongs_to_what_grew_from_it(void **state)
{
	static const unsigned order[] = {1, 0};
	struct pool p;
	struct err e;

	(void)state;
	need_kernel();
	make_disks(2, 300, "-d single -m single");
	test_must_run(SBIN "rm d1.img && truncate -s 300M d1.img && mkfs.btrfs -q -f d0.img");
	in_mounted(1, "", "yes seed | head -c 100000 >seed");
	test_must_run(SBIN "btrfstune -S 1 d0.img");
	in_mounted(1, "",
		"new=$(losetup -f --show ../d1.img); trap 'losetup -d $new' EXIT; "
		"btrfs device add -f $new .; mount -o remount,rw .; yes new | head -c 50000 >new; "
		"sync");
	assert_int_equal(pool_open(&p, order, 2, &e), 0);
	assert_int_equal(p.t.fs->state, FS_CLEAN);
	assert_non_null(read_text(&p, "/seed", &e));
	assert_non_null(read_text(&p, "/new", &e));
	pool_close(&p);
	assert_int_equal(pool_open(&p, order, 1, &e), 0);
	assert_string_equal(p.t.fs->state_detail, "seed device 1 is missing");
	assert_non_null(read_text(&p, "/new", &e));
	assert_null(read_text(&p, "/seed", &e));
	pool_close(&p);
}

/* ---- Subvolumes ---- */

static int note_subvolume(void *ctx, const struct fs_subvolume *s)
{
	const char **text = ctx;

	*text = arena_printf(&test_arena, "%s%llu in %llu %s%s%s%s\n", *text,
		(unsigned long long)s->id, (unsigned long long)s->parent, s->path,
		s->is_default ? " default" : "", s->read_only ? " ro" : "",
		s->snapshot ? " snapshot" : "");
	return 0;
}

static void subvolumes_are_listed_and_crossed(void **state)
{
	const char *list = "";
	struct fs_node by_id, by_path;
	struct fs_file f;
	struct pool p;
	struct err e;

	(void)state;
	need_kernel();
	make_disks(1, 200, "");
	in_mounted(1, "",
		"btrfs subvolume create @; mkdir -p @/a/b; btrfs subvolume create @/a/b/inner; "
		"echo 1 >@/a/b/inner/file; btrfs subvolume create @/.snapshots; mkdir "
		"@/.snapshots/1; btrfs subvolume snapshot @ @/.snapshots/1/snapshot; "
		"btrfs subvolume snapshot -r @ keep; btrfs subvolume create gone; "
		"echo top >top; echo x >@/file; btrfs subvolume set-default 256 .; "
		"btrfs subvolume delete gone");
	compare(1, 0);
	pool_must_open(&p, 1);
	assert_int_equal(fs_subvolumes(p.t.fs, note_subvolume, &list, &e), 0);
	assert_string_equal(list, "256 in 5 @ default\n"
				  "257 in 256 @/a/b/inner\n"
				  "258 in 256 @/.snapshots\n"
				  "259 in 258 @/.snapshots/1/snapshot snapshot\n"
				  "260 in 5 keep ro snapshot\n");
	assert_int_equal(fs_subvolume_at(p.t.fs, "/@/a/b/inner", &by_path, &e), 0);
	assert_int_equal(fs_subvolume(p.t.fs, 257, &by_id, &e), 0);
	assert_int_equal(by_id.id, by_path.id);
	assert_int_equal(fs_subvolume(p.t.fs, 261, &by_id, &e), -ENOENT);
	assert_int_equal(fs_subvolume(p.t.fs, 2, &by_id, &e), -ENOENT);
	assert_int_equal(fs_subvolume_at(p.t.fs, "gone", &by_id, &e), -ENOENT);
	assert_int_equal(fs_subvolume_at(p.t.fs, "top", &by_id, &e), -ENOENT);
	/* In a snapshot there is nothing where its original has a subvolume. */
	assert_int_equal(fs_walk(&p.t.tree, "/.snapshots/1/snapshot/a/b/inner", 0, &f, &e), 0);
	assert_int_equal(f.st.inode, 2);
	assert_int_equal(
		fs_walk(&p.t.tree, "/.snapshots/1/snapshot/a/b/inner/file", 0, &f, &e), -ENOENT);
	pool_close(&p);
	compare(1, FS_TOP_LEVEL);
}

/* ---- State ---- */

static void a_log_tree_is_noticed(void **state)
{
	struct pool p;
	struct err e;

	(void)state;
	need_kernel();
	make_disks(1, 200, "");
	in_mounted(1, "commit=300",
		"echo old >old; sync; echo new >new; sync new; sync -d ../d0.img; "
		"cp --sparse=always ../d0.img ../log.img");
	test_must_run("mv log.img d0.img");
	pool_must_open(&p, 1);
	assert_int_equal(p.t.fs->state, FS_DIRTY);
	assert_string_equal(p.t.fs->state_detail, "log tree needs replay");
	assert_non_null(read_text(&p, "/old", &e));
	pool_close(&p);
}

static void a_converted_filesystem_is_read(void **state)
{
	(void)state;
	need_kernel();
	test_need_tool("btrfs-convert");
	test_subdir("tree");
	test_must_run("cd tree; " SOME_FILES);
	test_must_run(SBIN "rm -f d0.img; truncate -s 300M d0.img; mke2fs -q -t ext4 -b 4096 -d "
			   "tree d0.img && btrfs-convert d0.img 2>&1");
	compare(1, 0);
}

static void a_file_of_many_extents_in_a_deep_tree_is_streamed(void **state)
{
	(void)state;
	need_kernel();
	make_disks(2, 400, "-d raid0 -m raid1 --csum xxhash");
	in_mounted(2, "",
		"head -c 100000000 /dev/urandom >big; mkdir d; cd d; seq 20000 | split -l 1 -a 5; "
		"cd ..");
	compare(2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compressed_files_are_read),
		cmocka_unit_test(files_in_many_pieces_are_read),
		cmocka_unit_test(a_filesystem_with_mixed_groups_is_read),
		cmocka_unit_test(every_profile_is_read),
		cmocka_unit_test(a_missing_mirror_is_not_missed),
		cmocka_unit_test(a_missing_device_is_named_where_it_is_missed),
		cmocka_unit_test(a_device_that_missed_writes_is_asked_last),
		cmocka_unit_test(a_seed_device_belongs_to_what_grew_from_it),
		cmocka_unit_test(subvolumes_are_listed_and_crossed),
		cmocka_unit_test(a_log_tree_is_noticed),
		cmocka_unit_test(a_converted_filesystem_is_read),
		cmocka_unit_test(a_file_of_many_extents_in_a_deep_tree_is_streamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

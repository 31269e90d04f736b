/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Journals of ext3 and ext4, replayed in memory, against the kernel: a mounted filesystem's image
 * is copied, and what we see in the copy is what the kernel shows when it has mounted another.
 * Needs root and loop devices; skipped where they are not at hand.
 */
#include "tests/lib/fstree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "engine/vm.h"

#define SBIN "PATH=$PATH:/usr/sbin:/sbin; "

static void need_kernel(void)
{
	test_need_tool("mke2fs");
	test_need_mount("ext4");
}

/*
 * Mounts are the script's own, and go with it; images in memory spare waiting for the disk. Another
 * test may be faster to take the loop device that mount has seen to be free.
 */
static void run_script(const char *script)
{
	script = arena_printf(&test_arena,
		"mount() { command mount \"$@\" || { sleep 1; command mount \"$@\"; }; }\n"
		"set -e; mkdir -p m ram; mount -t tmpfs none ram\n%s\n",
		script);
	test_write_file(test_path("script"), script, strlen(script));
	test_must_run(SBIN "unshare -m sh script 2>&1");
}

/* Runs commands in the mounted filesystem, and copies its image while it is mounted. */
static void copy_while_mounted(
	const char *make, const char *size, const char *mount_options, const char *commands)
{
	run_script(arena_printf(&test_arena,
		"mke2fs -q -F %s ram/live.img %s 2>/dev/null; mount -o loop,%s ram/live.img m\n"
		"cd m; %s\ncp --sparse=always ../ram/live.img ../copy.img; cd ..; exec 3>&-; "
		"umount m",
		make, size, mount_options, commands));
}

/* What the kernel shows of a copy: its files in the directory want, and its df. */
static void mount_copy(void)
{
	test_subdir("want");
	run_script("cp --sparse=always copy.img ram/theirs.img; mount -o loop ram/theirs.img m\n"
		   "stat -f -c '%a %b %S %d' m >df; cp -a m/. want; umount m");
}

static void see_the_same(struct test_fs *t)
{
	struct fs_space s;
	struct err e;

	test_fs_extract(t, test_subdir("got"));
	test_must_run("diff -r --no-dereference want got >differ 2>&1 || { head differ; false; }");
	assert_int_equal(fs_space(t->fs, &s, &e), 0);
	if (!s.approximate)
		assert_string_equal(test_read_file(test_path("df"), NULL),
			test_output("set -- $(cat df); echo $((%llu / $3)) $2 $3 %llu",
				(unsigned long long)s.available,
				(unsigned long long)s.inodes_available));
}

static void compare(void)
{
	struct test_fs t;

	mount_copy();
	test_fs_must_open(&t, "ext4", test_path("copy.img"));
	assert_int_equal(t.fs->state, FS_REPLAYED);
	assert_non_null(strstr(t.fs->state_detail, "of its journal w"));
	see_the_same(&t);
	test_fs_close(&t);
}

/* ---- Images made before, with what the kernel showed: fixtures/images/ext4-replay/recipe ---- */

#define TREE_LIST                                                                                  \
	"find . -type f | LC_ALL=C sort | xargs -d '\\n' -r sha256sum; "                           \
	"find . -type l -printf '%%p %%l\\n' | LC_ALL=C sort; find . -type d | LC_ALL=C sort"

static const char *fixture(const char *name, const char *ending)
{
	return arena_printf(&test_arena, "fixtures/images/ext4-replay/%s.%s", name, ending);
}

static void same_as_fixture(const struct test_fs *t, const char *name)
{
	const char *want = test_read_file(fixture(name, "want"), NULL);
	struct fs_space s;
	struct err e;
	unsigned size;

	assert_int_equal(t->fs->state, FS_REPLAYED);
	assert_int_equal(fs_space(t->fs, &s, &e), 0);
	assert_false(s.approximate);
	test_fs_extract(t, test_subdir("got"));
	assert_int_equal(sscanf(want, "%*u %*u %u", &size), 1);
	assert_string_equal(want, test_output("echo %llu %llu %u; cd got; " TREE_LIST,
					  (unsigned long long)s.available / size,
					  (unsigned long long)s.inodes_available, size));
}

static void compare_fixture(const char *name, const char *detail)
{
	struct test_fs t;

	test_fs_must_open(&t, "ext4", test_unxz(fixture(name, "img.xz")));
	assert_string_equal(t.fs->state_detail, detail);
	same_as_fixture(&t, name);
	test_fs_close(&t);
}

static void images_are_what_the_kernel_showed(void **state)
{
	(void)state;
	compare_fixture("ordered",
		"12 transactions of its journal were replayed in memory; its orphan list has 1 "
		"file");
	compare_fixture("journal",
		"17 transactions of its journal were replayed in memory; its orphan list has 1 "
		"file");
	compare_fixture("plain",
		"21 transactions of its journal were replayed in memory; its orphan list has 1 "
		"file");
	compare_fixture("ext3",
		"16 transactions of its journal were replayed in memory; its orphan list has 1 "
		"file");
	compare_fixture("round", "12 transactions of its journal were replayed in memory");
}

static void fast_commits_are_not_passed_over_in_silence(void **state)
{
	struct fs_space s;
	struct test_fs t;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "ext4", test_unxz(fixture("fast", "img.xz")));
	assert_int_equal(t.fs->state, FS_DIRTY);
	assert_string_equal(t.fs->state_detail,
		"its journal was replayed, but not the fast commits at its end");
	assert_int_equal(fs_space(t.fs, &s, &e), 0);
	assert_true(s.approximate);
	assert_true(test_fs_visit(&t) >= 8);
	test_fs_close(&t);
}

/* The engine hands the journals of all disks to the driver. */
static void a_journal_is_found_among_the_disks(void **state)
{
	const struct disk_request requests[] = {
		{test_unxz(fixture("device-log", "img.xz")), NULL},
		{test_unxz(fixture("device", "img.xz")), NULL},
	};
	struct engine_args args = {.arena = &test_arena, .requests = requests};
	struct test_io io;
	struct test_fs t;
	struct err e;
	struct vm vm;

	(void)state;
	test_io_init(&io);
	args.io = &io.io;
	for (args.n_requests = 2; args.n_requests; args.n_requests--) {
		if (args.n_requests == 1)
			args.requests = &requests[1];
		if (native_engine.open(&vm, &args, &e) < 0)
			fail_msg("%s", e.msg);
		assert_int_equal(vm.filesystems.n, 1);
		assert_non_null(vm.filesystems.at[0].fs);
		if (args.n_requests == 2) {
			test_fs_tree(&t, vm.filesystems.at[0].fs);
			same_as_fixture(&t, "device");
		} else {
			assert_int_equal(vm.filesystems.at[0].state, FS_DIRTY);
			assert_string_equal(vm.filesystems.at[0].why,
				"its journal cannot be replayed: it is on another device, which "
				"is not among the given disks");
		}
		native_engine.close(&vm);
	}
}

/* ---- Against the kernel ---- */

/* Mostly commands that are built into the shell: there are many. */

/* Files that are made, written again, renamed and removed, each step committed. */
#define SOME_FILES                                                                                 \
	"text=$(seq 900); mkdir -p a/b/c; for i in $(seq 40); do echo \"$i $text\" >a/f$i; "       \
	"[ $((i % 5)) -gt 0 ] || sync a/f$i; done; mv a/f7 a/b/moved; rm a/f8 a/f9; "              \
	"ln -s ../f1 a/b/link; ln a/f2 a/b/hard; head -c 300000 /dev/urandom >a/b/c/noise; "       \
	"sync a/b/c/noise; printf over | dd of=a/f3 bs=1 seek=20 conv=notrunc,fsync status=none; "

/* A file that is removed while it is open. */
#define REMOVED_OPEN "exec 3>gone; seq 90000 >&3; sync gone; rm gone; sync a; "

/* Blocks that begin as those of the journal do, in two sizes. */
#define MAGIC_FILES                                                                                \
	"for i in 1 2 3 4 5 6 7 8; do printf '\300\073\071\230block %d' $i; head -c 1009 "         \
	"/dev/urandom; done >magic; cat magic magic magic >more; sync magic; sync more; "

/* Directories and files that are removed, and whose blocks are used again for others. */
#define REVOKED                                                                                    \
	"mkdir $(seq -f d%g 60); touch $(seq -f d%g/x 60); sync d1; seq 30000 >big; sync big; "    \
	"rm -rf d* big; touch t; sync t; for i in $(seq 60); do echo \"$i $text\" >r$i; done; "    \
	"sync r60; "

static const struct {
	const char *make, *mount;
} variants[] = {
	{"-t ext4 -b 4096", "data=ordered"},
	{"-t ext4 -b 1024", "data=ordered"},
	{"-t ext4 -b 1024", "data=journal"},
	{"-t ext4 -b 4096", "data=journal"},
	{"-t ext4 -b 2048", "data=writeback,nodelalloc"},
	{"-t ext4 -b 4096 -O ^metadata_csum", "data=ordered"},
	{"-t ext4 -b 1024 -O ^metadata_csum,^64bit", "data=journal"},
	{"-t ext4 -b 1024 -O ^metadata_csum,^64bit", "journal_checksum"},
	{"-t ext4 -b 1024 -O ^metadata_csum", "data=writeback,journal_async_commit"},
	{"-t ext3 -b 1024", "data=journal"},
	{"-t ext3 -b 4096", "data=ordered"},
	{"-t ext4 -b 1024 -O bigalloc -C 16384", "data=ordered"},
	{"-t ext4 -b 4096 -O inline_data,orphan_file", "data=ordered"},
	{"-t ext4 -b 1024 -J size=1", "data=journal"},
};

static void files_are_those_that_the_kernel_recovers(void **state)
{
	(void)state;
	need_kernel();
	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		copy_while_mounted(variants[i].make, "48M", variants[i].mount,
			SOME_FILES MAGIC_FILES REVOKED REMOVED_OPEN);
		compare();
	}
}

/* Several write, commit and remove all the time, and nobody waits for the copy. */
static void copies_taken_amid_writes_are_seen_as_the_kernel_sees_them(void **state)
{
	static const char writer[] =
		"w() { mkdir $1; while [ ! -e ../stop ]; do for i in 1 2 3 4 5 6 7; do echo $1 $i "
		"$i $i >$1/a$i; printf '%%0999d' $i >>$1/b; done; sync $1/b; mv $1/a3 $1/c3; rm "
		"$1/a4; [ $(stat -c %%s $1/b) -lt 200000 ] || rm $1/b; done; }; rm -f ../stop; "
		"w one & w two & w three & sleep 0.%u; cp --sparse=always ../ram/live.img "
		"../copy.img; touch ../stop; wait";

	(void)state;
	need_kernel();
	for (unsigned i = 0; i < 6; i++) {
		const char *mount = i % 2 ? "data=journal" : "data=ordered";

		run_script(arena_printf(&test_arena,
			"mke2fs -q -F -t ext4 -b %u -J size=4 ram/live.img 32M 2>/dev/null\n"
			"mount -o loop,%s ram/live.img m; cd m\n%s\ncd ..; umount m",
			i < 3 ? 1024 : 4096, mount, arena_printf(&test_arena, writer, 2 + i)));
		compare();
	}
}

static void a_journal_on_another_device_is_found(void **state)
{
	struct blockdev *devs[3];
	struct disk disks[3];
	struct test_io io;
	struct test_fs t;
	struct fs *fs;
	struct err e;

	(void)state;
	need_kernel();
	for (unsigned size = 1024; size <= 4096; size *= 4) {
		test_subdir("want");
		run_script(arena_printf(&test_arena,
			"mke2fs -q -F -O journal_dev -b %u ram/j.img 8M\n"
			"mke2fs -q -F -O journal_dev -b %u other.img 8M\n"
			"j=$(losetup -f --show ram/j.img); trap 'umount m; losetup -d $j' EXIT\n"
			"mke2fs -q -F -t ext4 -b %u -J device=$j ram/live.img 48M 2>/dev/null\n"
			"mount -o loop,data=journal ram/live.img m; cd m; %s cd ..\n"
			"cp --sparse=always ram/live.img copy.img; cp ram/j.img j.img; mkdir -p "
			"want\n"
			"cp -a m/. want",
			size, size, size, SOME_FILES));
		test_io_init(&io);
		test_must_open_disk(&io, test_path("copy.img"), NULL, &disks[0]);
		test_must_open_disk(&io, test_path("other.img"), NULL, &disks[1]);
		test_must_open_disk(&io, test_path("j.img"), NULL, &disks[2]);
		for (size_t i = 0; i < 3; i++)
			devs[i] = disks[i].dev;
		assert_int_equal(fs_open("ext4", devs, 3, &fs, &e), 0);
		assert_int_equal(fs->state, FS_REPLAYED);
		test_fs_tree(&t, fs);
		test_fs_extract(&t, test_subdir("got"));
		test_must_run("diff -r --no-dereference want got ");
		fs_close(fs);
		assert_int_equal(fs_open("ext4", devs, 2, &fs, &e), 0);
		assert_int_equal(fs->state, FS_DIRTY);
		assert_string_equal(fs->state_detail,
			"its journal cannot be replayed: it is on another device, which is not "
			"among the given disks");
		fs_close(fs);
		for (size_t i = 0; i < 3; i++)
			disk_close(&disks[i]);
	}
}

static void a_journal_that_went_round_is_read_across_its_end(void **state)
{
	(void)state;
	need_kernel();
	for (unsigned rounds = 30; rounds < 70; rounds += 13) {
		const char *commands = arena_printf(&test_arena,
			"text=$(seq 600); for k in $(seq %u); do for j in 1 2 3; do echo $k "
			"\"$text\" "
			">f$((k %% 9))-$j; done; sync f$((k %% 9))-3; done;",
			rounds);

		copy_while_mounted("-t ext4 -b 1024 -J size=1", "32M", "data=journal", commands);
		compare();
		copy_while_mounted("-t ext4 -b 4096 -J size=4", "32M", "data=journal", commands);
		compare();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_what_the_kernel_showed),
		cmocka_unit_test(fast_commits_are_not_passed_over_in_silence),
		cmocka_unit_test(a_journal_is_found_among_the_disks),
		cmocka_unit_test(files_are_those_that_the_kernel_recovers),
		cmocka_unit_test(copies_taken_amid_writes_are_seen_as_the_kernel_sees_them),
		cmocka_unit_test(a_journal_on_another_device_is_found),
		cmocka_unit_test(a_journal_that_went_round_is_read_across_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

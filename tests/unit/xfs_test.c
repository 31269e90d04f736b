/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * XFS against mkfs.xfs, xfs_db, xfs_logprint, the kernel where root is at hand, and the corpus.
 */
#include "tests/lib/fstree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/crc32c.h"
#include "tests/lib/faultdev.h"

/* mkfs.xfs makes filesystems below 300 MB only for tests. */
#define MKFS "PATH=$PATH:/sbin:/usr/sbin TEST_DIR=. TEST_DEV=. QA_CHECK_FS=1 mkfs.xfs -q -f "
#define TOOLS "PATH=$PATH:/sbin:/usr/sbin; "
#define KERNEL_OPTIONS "-l size=16m"

/* Sizes around block borders, symlinks short and long, names of all lengths, directories of every
 * form.  A protofile knows no blanks in names, no holes and no hard links. */
static void source_tree(void)
{
	static bool made;

	if (made)
		return;
	made = true;
	test_subdir("tree");
	test_must_run("cd tree && for n in 0 1 59 60 61 156 157 511 512 513 1023 1024 1025 4095 "
		      "4096 4097 12288 12289 300000 1200001; do head -c $n /dev/urandom "
		      ">size-$n; done");
	test_must_run("cd tree && ln -s size-1 short && for n in 50 150 255 300; do ln -s "
		      "$(printf '%%0*d' $n 7) long-$n; done");
	test_must_run("cd tree && printf b >\"$(printf '\\377\\376')\" && "
		      "printf c >Z\xc3\xbcrich-\xe6\x97\xa5\xe6\x9c\xac && printf d >%s && "
		      "for n in $(seq 1 254); do printf '%%0*d ' $n 3; done | xargs touch",
		arena_printf(&test_arena, "%0255d", 1));
	test_must_run("cd tree && mkdir -p %s && mkdir few empty && printf 1 >few/one",
		arena_printf(&test_arena, "x/%0100d/y/z/1/2/3/4/5/6/7/8/9/10", 3));
	test_must_run("cd tree && for n in 5 20 100 300 1200; do mkdir dir-$n && (cd dir-$n && "
		      "seq -f 'a-name-of-some-length-%%g' $n | xargs touch); done");
}

/* Everything below a directory of the host in the language of mkfs.xfs -p. */
static void write_proto(FILE *out, const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	assert_non_null(d);
	while ((entry = readdir(d))) {
		CLEANUP(cleanup_free) char *path = NULL;
		char target[4096] = "";
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		assert_true(asprintf(&path, "%s/%s", dir, entry->d_name) > 0);
		assert_int_equal(lstat(path, &st), 0);
		if (S_ISLNK(st.st_mode))
			assert_true(readlink(path, target, sizeof(target) - 1) > 0);
		fprintf(out, "%s %c--%03o 7 8 ", entry->d_name,
			S_ISDIR(st.st_mode)   ? 'd'
			: S_ISLNK(st.st_mode) ? 'l'
					      : '-',
			st.st_mode & 0777);
		if (S_ISDIR(st.st_mode)) {
			fputc('\n', out);
			write_proto(out, path);
			fputs("$\n", out);
		} else {
			fprintf(out, "%s\n", S_ISLNK(st.st_mode) ? target : path);
		}
	}
	closedir(d);
}

static const char *proto_of_tree(void)
{
	const char *path = test_path("proto");
	FILE *out;

	if (!access(path, R_OK))
		return path;
	source_tree();
	out = fopen(path, "w");
	assert_non_null(out);
	fputs("/dev/null\n0 0\nd--755 0 0\n", out);
	write_proto(out, test_path("tree"));
	fputs("$\n", out);
	fclose(out);
	return path;
}

/* With the source tree in it. */
static const char *make_image(const char *name, const char *options)
{
	const char *image = test_path("%s", name);

	test_need_tool("mkfs.xfs");
	test_must_run("rm -f '%s' && truncate -s 64M '%s' && " MKFS "-p '%s' %s '%s'", image, image,
		proto_of_tree(), options, image);
	return image;
}

/* An empty one of that size. */
static const char *make_empty(const char *name, const char *options, const char *size)
{
	const char *image = test_path("%s", name);

	test_need_tool("mkfs.xfs");
	test_must_run("rm -f '%s' && truncate -s %s '%s' && " MKFS "%s '%s'", image, size, image,
		options, image);
	return image;
}

static void patch(const char *image, uint64_t at, const void *bytes, size_t n)
{
	FILE *f = fopen(image, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A number that xfs_db prints. */
static uint64_t db_number(const char *image, const char *commands, const char *field)
{
	return strtoull(test_output(TOOLS "xfs_db -r %s -c 'print %s' '%s' | sed 's/.*= //'",
				commands, field, image),
		NULL, 0);
}

static uint64_t inode_of(const struct test_fs *t, const char *path)
{
	struct fs_file f;
	struct err e;

	if (fs_walk(&t->tree, path, FS_NOFOLLOW, &f, &e) < 0)
		fail_msg("%s", e.msg);
	return f.node.id;
}

/* ---- Trees ---- */

static void every_file_equals_the_source_tree(void **state)
{
	static const char *const variants[] = {
		"",
		"-m crc=0 -n ftype=0 -i size=256",
		"-m crc=0 -b size=512 -n ftype=1",
		"-m crc=0 -b size=2048 -n size=8192,version=ci",
		"-b size=1024",
		"-b size=1024 -n size=4096 -d agcount=3",
		"-b size=2048 -i size=1024",
		"-s size=4096 -i size=1024",
		"-n size=65536",
		"-b size=65536 -d agcount=1 -i size=1024",
		"-i nrext64=1,sparse=0",
		"-m bigtime=0,reflink=0,finobt=0,inobtcount=0",
		"-m rmapbt=1,inobtcount=0 -n version=ci",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		const char *image = make_image("variant", variants[i]);
		struct test_fs t;

		test_fs_must_open(&t, "xfs", image);
		assert_string_equal(t.fs->state_detail, "");
		assert_int_equal(t.fs->version, strstr(variants[i], "crc=0") ? 4 : 5);
		assert_true(test_fs_compare(&t, test_path("tree"), "/", false) > 1800);
		test_fs_close(&t);
	}
}

static void xfs_db_finds_the_same_inodes(void **state)
{
	static const char *const dirs[] = {"/", "/dir-5", "/dir-100", "/dir-1200"};
	const char *image = make_image("db.img", "-b size=1024");
	struct test_fs t;

	(void)state;
	test_need_tool("xfs_db");
	test_fs_must_open(&t, "xfs", image);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		const char *list =
			test_output(TOOLS "xfs_db -r -c 'ls %s' '%s' | "
					  "awk '$6 !~ /^[.][.]?$/ && NF > 5 {print $2, $6}'",
				dirs[i], image);
		char name[300];
		unsigned long long ino;
		int n, seen = 0;

		for (; sscanf(list, "%llu %299s\n%n", &ino, name, &n) == 2; list += n, seen++)
			assert_int_equal(
				inode_of(&t, arena_printf(&test_arena, "%s/%s", dirs[i], name)),
				ino);
		assert_true(seen >= 5);
	}
	test_fs_close(&t);
}

/* ---- The kernel ---- */

static bool can_mount(const char *image, const char *options)
{
	test_subdir("mnt");
	return !geteuid() && !test_run("mount -t xfs -o loop%s '%s' mnt", options, image);
}

static void unmount(void)
{
	test_must_run("umount mnt");
}

/* A cmocka assertion that fails would leave the mount behind. */
static int unmount_after(void **state)
{
	(void)state;
	test_run("umount mnt");
	return 0;
}

/* A file whose every second block is missing: its extents need a tree. */
static void punch_holes(const char *path)
{
	static uint8_t noise[3000 * 1024];
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	test_noise(noise, sizeof(noise), 1);
	assert_int_equal(fwrite(noise, 1, sizeof(noise), f), sizeof(noise));
	assert_int_equal(fflush(f), 0);
	for (long at = 0; at < (long)sizeof(noise); at += 8192)
		assert_int_equal(
			fallocate(fileno(f), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, 4096),
			0);
	fclose(f);
}

/* What a protofile cannot say: odd names, holes, hard links, attributes, times, fragments. */
static void populate(void)
{
	test_must_run("cp -a tree/. mnt/ && cd mnt && "
		      "printf a >\"$(printf 'tab\\tnewline\\nescape\\033[31m')\" && "
		      "printf c >' blanks ' && ln size-4096 hard && mkfifo fifo && "
		      "mknod null c 1 3 && mknod disk b 8 70000");
	test_must_run("cd mnt && truncate -s 3M holes && printf x | dd of=holes bs=1 "
		      "seek=1500000 conv=notrunc status=none && truncate -s 900k all-hole && "
		      "fallocate -l 700k unwritten && printf y | dd of=unwritten bs=1 seek=300000 "
		      "conv=notrunc status=none && truncate -s 5T huge && printf z | dd of=huge "
		      "bs=1 seek=2000000000 conv=notrunc status=none && rm huge");
	test_must_run("cd mnt && touch -d '1960-01-02 UTC' old && touch -d '2024-06-30' now && "
		      "for n in 400 800 960 970 1000 1020; do "
		      "ln -s $(printf '%%0*d' $n 7) long-$n; done && touch -d '2100-01-01' later "
		      "&& chmod 4751 old && chown 70000:80000 now");
	punch_holes(test_path("mnt/comb"));
	/* Directories that shrank, and whose attributes take room in the inode. */
	test_must_run("cd mnt && cp -a dir-1200 holed && rm holed/*[1-7] && cp -a dir-300 less && "
		      "rm less/*[0-8] && setfattr -n user.a -v %s dir-5 few short 2>/dev/null; "
		      "sync",
		arena_printf(&test_arena, "%0150d", 1));
}

static void everything_is_as_the_kernel_has_it(void **state)
{
	static const char *const variants[] = {
		"",
		"-b size=1024 -i size=512",
		"-b size=1024 -n size=8192 -i nrext64=1 -m rmapbt=1",
		"-s size=4096 -n size=16384 -i size=2048",
	};

	(void)state;
	source_tree();
	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		const char *image = make_empty("kernel.img", variants[i], "200M");
		struct test_fs t;

		if (!can_mount(image, ""))
			test_skip("kernel", "cannot mount a loop device");
		populate();
		unmount();
		assert_true(can_mount(image, ",ro,norecovery"));
		test_fs_must_open(&t, "xfs", image);
		assert_int_equal(t.fs->state, FS_CLEAN);
		assert_true(test_fs_compare(&t, test_path("mnt"), "/", true) > 2000);
		test_fs_close(&t);
		unmount();
	}
}

/* ---- Looking up ---- */

/* Opens an image so that reads are counted. */
static void open_counted(struct test_fs *t, struct faultdev *f, const char *image)
{
	struct blockdev *dev = &f->dev;
	struct fs *fs;
	struct err e;

	test_fs_must_open(t, "xfs", image);
	faultdev_init(f, t->part, FAULT_FAIL, 0);
	assert_int_equal(fs_open("xfs", &dev, 1, &fs, &e), 0);
	fs_close(t->fs);
	test_fs_tree(t, fs);
}

static unsigned reads_of_walk(
	const struct test_fs *t, const struct faultdev *f, const char *path, int want)
{
	const unsigned before = f->reads;
	struct fs_file file;
	struct err e;

	assert_int_equal(fs_walk(&t->tree, path, 0, &file, &e), want);
	return f->reads - before;
}

/* What one walk costs when nothing is known yet. */
static unsigned reads_of(const char *image, const char *path, int want)
{
	struct faultdev f;
	struct test_fs t;
	unsigned n;

	open_counted(&t, &f, image);
	n = reads_of_walk(&t, &f, path, want);
	test_fs_close(&t);
	return n;
}

static int count_entry(void *ctx, const struct fs_entry *entry)
{
	(void)entry;
	++*(unsigned *)ctx;
	return 0;
}

static void a_name_among_many_costs_a_few_reads(void **state)
{
	const unsigned many = 40000;
	FILE *out = fopen(test_path("many.proto"), "w");
	const char *image = test_path("many.img");
	struct test_fs t;
	struct fs_file f;
	struct err e;
	unsigned n = 0;

	(void)state;
	test_need_tool("mkfs.xfs");
	assert_non_null(out);
	fputs("/dev/null\n0 0\nd--755 0 0\nmany d--755 0 0\n", out);
	for (unsigned i = 0; i < many; i++)
		fprintf(out, "a-name-of-some-length-%u ---644 0 0 /dev/null\n", i);
	fputs("$\n$\n", out);
	fclose(out);
	test_must_run("truncate -s 80M many.img && " MKFS
		      "-p many.proto -b size=1024 -i maxpct=90 many.img");
	test_fs_must_open(&t, "xfs", image);
	assert_int_equal(fs_walk(&t.tree, "/many", 0, &f, &e), 0);
	assert_true(f.st.size > 1000000);
	assert_int_equal(fs_list(&f, count_entry, &n, &e), 0);
	assert_int_equal(n, many);
	for (unsigned i = 0; i < many; i += 37)
		inode_of(&t, arena_printf(&test_arena, "/many/a-name-of-some-length-%u", i));
	test_fs_close(&t);
	/* The root twice, the directory twice, extents, two nodes and a leaf, an entry, a file. */
	assert_true(reads_of(image, "/many/a-name-of-some-length-12345", 0) <= 16);
	assert_true(reads_of(image, "/many/none", -ENOENT) <= 16);
}

static void blocks_of_a_directory_are_read_once(void **state)
{
	const char *image = make_image("again.img", "-n size=65536");
	struct faultdev f;
	struct test_fs t;

	(void)state;
	open_counted(&t, &f, image);
	reads_of_walk(&t, &f, "/dir-1200/a-name-of-some-length-1", 0);
	/* The inodes of the directory and of the file. */
	assert_true(reads_of_walk(&t, &f, "/dir-1200/a-name-of-some-length-2", 0) <= 2);
	assert_true(reads_of_walk(&t, &f, "/dir-1200/none", -ENOENT) <= 1);
	test_fs_close(&t);
}

static void case_is_folded_where_the_filesystem_says_so(void **state)
{
	const char *image = make_image("fold.img", "-n version=ci");
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "xfs", image);
	inode_of(&t, "/DIR-1200/A-name-of-SOME-length-1199");
	inode_of(&t, "/FEW/ONE");
	inode_of(&t, "/Size-4096");
	assert_int_equal(fs_walk(&t.tree, "/FEW/TWO", 0, &f, &e), -ENOENT);
	test_fs_close(&t);
	image = make_image("fold.img", "");
	test_fs_must_open(&t, "xfs", image);
	assert_int_equal(fs_walk(&t.tree, "/FEW", 0, &f, &e), -ENOENT);
	assert_int_equal(fs_walk(&t.tree, "/dir-1200/A-NAME-OF-SOME-LENGTH-7", 0, &f, &e), -ENOENT);
	test_fs_close(&t);
}

/* ---- State and space ---- */

static void state_is(const char *image, enum fs_state want, const char *detail)
{
	struct test_fs t;

	test_fs_must_open(&t, "xfs", image);
	assert_string_equal(t.fs->state_detail, detail);
	assert_int_equal(t.fs->state, want);
	test_fs_close(&t);
}

static struct fs_space space_of(const char *image)
{
	struct fs_space space;
	struct test_fs t;
	struct err e;

	test_fs_must_open(&t, "xfs", image);
	assert_int_equal(fs_space(t.fs, &space, &e), 0);
	test_fs_close(&t);
	return space;
}

static void free_space_is_that_of_the_kernel(void **state)
{
	static const struct {
		const char *options, *size;
	} variants[] = {
		{"", "200M"},
		{"-b size=1024 -m rmapbt=1 -d agcount=9", "400M"},
		{"-m reflink=0,finobt=0,inobtcount=0 -i maxpct=0", "100M"},
		{"-m inobtcount=0 -i maxpct=1", "2G"},
		{"-s size=4096 -l size=20m", "4T"},
		{"-m rmapbt=1 -l size=20m,agnum=1", "40G"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		const char *image = make_empty("df.img", variants[i].options, variants[i].size);
		struct fs_space space;
		struct statfs theirs;

		if (!can_mount(image, ""))
			test_skip("kernel", "cannot mount a loop device");
		test_must_run("cd mnt && head -c 30M /dev/zero >file && mkdir d && cd d && "
			      "seq 3000 | xargs touch && rm *[13579] && sync");
		unmount();
		space = space_of(image);
		assert_true(can_mount(image, ""));
		assert_int_equal(statfs(test_path("mnt"), &theirs), 0);
		unmount();
		assert_int_equal(space.available, theirs.f_bavail * (uint64_t)theirs.f_bsize);
		assert_int_equal(space.size, theirs.f_blocks * (uint64_t)theirs.f_bsize);
		assert_int_equal(space.inodes, theirs.f_files);
		assert_int_equal(space.inodes_available, theirs.f_ffree);
		assert_false(space.approximate);
	}
}

static bool kernel_tools_call_the_log_clean(const char *image)
{
	return strstr(test_output(TOOLS "xfs_logprint -t '%s' 2>&1", image), "<CLEAN>") != NULL;
}

static void a_log_to_replay_is_told_from_one_without(void **state)
{
	const char *image = make_empty("log.img", "-l size=6m -b size=1024", "50M");

	(void)state;
	test_need_tool("xfs_logprint");
	test_need_tool("xfs_io");
	state_is(image, FS_CLEAN, "");
	if (!can_mount(image, ""))
		test_skip("kernel", "cannot mount a loop device");
	unmount();
	/* Several times around the ring, and looked at on the way. */
	for (int i = 0; i < 6; i++) {
		bool clean;

		assert_true(can_mount(image, ""));
		test_must_run("cd mnt && mkdir d%d && cd d%d && seq -f %%050g 900 | xargs touch && "
			      "xfs_io -c fsync . && cp ../../log.img ../../live.img",
			i, i);
		clean = kernel_tools_call_the_log_clean(test_path("live.img"));
		state_is(test_path("live.img"), clean ? FS_CLEAN : FS_DIRTY,
			clean ? "" : "the log needs replay");
		assert_false(clean);
		if (i % 3 == 2)
			test_must_run(TOOLS "xfs_io -x -c shutdown mnt");
		unmount();
		clean = kernel_tools_call_the_log_clean(image);
		assert_int_equal(clean, i % 3 != 2);
		state_is(image, clean ? FS_CLEAN : FS_DIRTY, clean ? "" : "the log needs replay");
	}
	assert_true(space_of(test_path("live.img")).approximate);
}

static void a_record_that_did_not_reach_the_disk_ends_the_log(void **state)
{
	const char *image = make_empty("gap.img", "-l size=8m", "100M");
	uint64_t at, blocks;

	(void)state;
	test_need_tool("xfs_logprint");
	if (!can_mount(image, ""))
		test_skip("kernel", "cannot mount a loop device");
	unmount();
	test_must_run("cp gap.img before.img");
	assert_true(can_mount(image, ""));
	test_must_run("cd mnt && touch a && xfs_io -c fsync a && touch b && xfs_io -c fsync b && "
		      "cp ../gap.img ../live.img");
	unmount();
	/* The first record after the unmount is as it was before, all the later ones are there. */
	at = db_number(image, "-c 'sb 0'", "logstart");
	at = ((at >> db_number(image, "-c 'sb 0'", "agblklog")) *
			     db_number(image, "-c 'sb 0'", "agblocks") +
		     (at & ((1U << db_number(image, "-c 'sb 0'", "agblklog")) - 1))) *
	     8;
	blocks = strtoull(test_output(TOOLS "xfs_logprint -t before.img | "
					    "sed -n 's/.*head: \\([0-9]*\\).*/\\1/p'"),
		NULL, 10);
	state_is(test_path("live.img"), FS_DIRTY, "the log needs replay");
	test_must_run("dd if=before.img of=live.img bs=512 count=8 conv=notrunc status=none "
		      "skip=%llu seek=%llu",
		(unsigned long long)(at + blocks), (unsigned long long)(at + blocks));
	assert_true(kernel_tools_call_the_log_clean(test_path("live.img")));
	state_is(test_path("live.img"), FS_CLEAN, "");
}

static void a_log_on_another_device_is_not_known(void **state)
{
	(void)state;
	test_must_run("rm -f ext.log && truncate -s 16M ext.log");
	state_is(make_empty("noname.img", "-l logdev=ext.log,size=16m", "64M"), FS_DIRTY,
		"its log is on another device");
}

/* ---- What is not read ---- */

/* Makes the checksum of a sector that holds a superblock right again. */
static void reseal(const char *image, uint64_t at, size_t size, size_t crc_at)
{
	CLEANUP(cleanup_free) uint8_t *p = malloc(size);
	FILE *f = fopen(image, "rb");
	uint8_t le[4] = {0};
	uint32_t crc;

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
	assert_int_equal(fread(p, 1, size, f), size);
	fclose(f);
	memcpy(p + crc_at, le, 4);
	crc = crc32c(0, p, size);
	for (int i = 0; i < 4; i++)
		le[i] = (uint8_t)(crc >> 8 * i);
	patch(image, at + crc_at, le, 4);
}

static void realtime_files_are_refused_by_name(void **state)
{
	const char *image = make_image("rt.img", "");
	struct test_fs t;
	struct fs_file f;
	struct err e;
	uint64_t ino;
	char buf[10];
	size_t n;

	(void)state;
	test_need_tool("xfs_db");
	test_fs_must_open(&t, "xfs", image);
	ino = inode_of(&t, "/size-4096");
	test_fs_close(&t);
	test_must_run(TOOLS "xfs_db -x -c 'inode %llu' -c 'write core.realtime 1' '%s'",
		(unsigned long long)ino, image);
	test_fs_must_open(&t, "xfs", image);
	assert_int_equal(fs_walk(&t.tree, "/size-4096", 0, &f, &e), 0);
	assert_int_equal(fs_read(&f, 0, buf, sizeof(buf), &n, &e), -ENOTSUP);
	assert_string_equal(e.msg, "/size-4096: the file is on the realtime device of its "
				   "filesystem, which is not read");
	test_fs_close(&t);
}

static void refused(const char *image, int num, const char *words)
{
	struct test_fs t;
	struct err e = {0};

	assert_int_equal(test_fs_open(&t, "xfs", image, 0, 0, &e), -num);
	if (!strstr(e.msg, words))
		fail_msg("\"%s\" is not in \"%s\"", words, e.msg);
}

static void features_from_the_future_are_named(void **state)
{
	const char *image = make_empty("future.img", "", "64M");

	(void)state;
	patch(image, 216, "\x00\x80\x00\x0b", 4);
	reseal(image, 0, 512, 224);
	refused(image, ENOTSUP, "the incompatible features 0x800000 are not known");
	patch(image, 100, "\xb4\xa6", 2);
	refused(image, ENOTSUP, "version 6");
	image = make_empty("future.img", "-m crc=0", "64M");
	patch(image, 100, "\x94\xa4", 2);
	refused(image, ENOTSUP, "directories of version 1");
}

static void a_filesystem_in_need_of_repair_says_so(void **state)
{
	const char *image = make_empty("repair.img", "", "64M");

	(void)state;
	patch(image, 219, "\x1b", 1);
	reseal(image, 0, 512, 224);
	state_is(image, FS_ERRORS, "it is marked as in need of xfs_repair");
}

/* ---- Damage ---- */

static void impossible_superblocks_are_refused(void **state)
{
	static const struct {
		uint64_t at;
		const char *bytes;
		size_t n;
	} cases[] = {
		{0, "XFSC", 4},       /* magic */
		{4, "\0\0\0\0", 4},   /* block size */
		{120, "\x0d", 1},     /* and its logarithm */
		{102, "\0\0", 2},     /* sector size */
		{104, "\xff\xff", 2}, /* inode size */
		{123, "\xff", 1},     /* inodes a block */
		{192, "\xff", 1},     /* blocks of a directory */
		{84, "\0\0\0\1", 4},  /* blocks a group */
		{84, "\xff\xff\xff\xff", 4},
		{88, "\xff\xff\xff\xff", 4}, /* groups */
		{88, "\0\0\0\0", 4},
		{124, "\xff", 1},            /* their logarithm */
		{8, "\xff\xff\xff\xff", 4},  /* all blocks */
		{56, "\xff\xff\xff\xff", 4}, /* the root directory */
		{56, "\0\0\0\0\0\0\0\0", 8},
	};
	const char *image = make_empty("bad.img", "-m crc=0 -d agcount=1", "32M");

	(void)state;
	test_must_run("head -c 2048 bad.img >head");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		patch(image, cases[i].at, cases[i].bytes, cases[i].n);
		refused(image, EBADMSG, " ");
		test_must_run("dd if=head of=bad.img conv=notrunc status=none");
	}
}

static void a_copy_is_used_where_the_superblock_is_damaged(void **state)
{
	static const char zeros[512];
	const char *image = make_image("copy.img", "");
	struct test_fs t;

	(void)state;
	patch(image, 130, "x", 1);
	test_fs_must_open(&t, "xfs", image);
	assert_int_equal(t.fs->state, FS_ERRORS);
	assert_string_equal(t.fs->state_detail,
		"the superblock is damaged, its copy at byte 50331648 was used");
	assert_true(test_fs_compare(&t, test_path("tree"), "/", false) > 1800);
	test_fs_close(&t);
	/* Without the primary its geometry is guessed. */
	patch(image, 0, zeros, sizeof(zeros));
	state_is(image, FS_ERRORS, "the superblock is damaged, its copy at byte 50331648 was used");
	image = make_image("copy.img", "-d agcount=1");
	patch(image, 130, "x", 1);
	refused(image, EBADMSG, "the superblock has a wrong checksum");
}

/* Damages one byte, 300 behind the start of the block that xfs_db finds. */
static void damage_block(const char *image, const char *commands)
{
	const uint64_t at = strtoull(test_output(TOOLS "xfs_db -r %s -c 'daddr' '%s' | "
						       "sed 's/.*is //'",
					     commands, image),
		NULL, 10);

	assert_true(at > 0);
	patch(image, at * 512 + 300, "\x5a", 1);
}

static void damaged_metadata_is_named(void **state)
{
	const char *image = make_image("crc.img", "-b size=1024");
	unsigned long long dir, single, file;
	struct test_fs t;
	struct fs_file f;
	struct err e;
	unsigned n = 0;

	(void)state;
	test_need_tool("xfs_db");
	test_fs_must_open(&t, "xfs", image);
	dir = inode_of(&t, "/dir-1200");
	single = inode_of(&t, "/dir-20");
	file = inode_of(&t, "/size-1");
	test_fs_close(&t);
	damage_block(image, arena_printf(&test_arena, "-c 'inode %llu' -c 'dblock 12'", dir));
	damage_block(image, arena_printf(&test_arena, "-c 'inode %llu' -c 'dblock 0'", single));
	damage_block(image, arena_printf(&test_arena, "-c 'inode %llu'", file));
	test_fs_must_open(&t, "xfs", image);
	assert_int_equal(fs_walk(&t.tree, "/size-1", 0, &f, &e), -EBADMSG);
	assert_non_null(strstr(e.msg, "has a wrong checksum"));
	assert_int_equal(fs_walk(&t.tree, "/dir-20/none", 0, &f, &e), -EBADMSG);
	assert_int_equal(fs_walk(&t.tree, "/dir-1200", 0, &f, &e), 0);
	assert_int_equal(fs_list(&f, count_entry, &n, &e), -EBADMSG);
	assert_true(n > 1050 && n < 1200);
	assert_string_equal(
		e.msg, arena_printf(&test_arena,
			       "/dir-1200: block 12 of directory %llu has a wrong checksum", dir));
	test_fs_close(&t);
}

static void names_are_found_without_the_hashes(void **state)
{
	const char *image = make_image("hash.img", "-b size=1024");
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_need_tool("xfs_db");
	test_fs_must_open(&t, "xfs", image);
	damage_block(image, arena_printf(&test_arena, "-c 'inode %llu' -c 'dblock 33554432'",
				    (unsigned long long)inode_of(&t, "/dir-1200")));
	inode_of(&t, "/dir-1200/a-name-of-some-length-777");
	assert_int_equal(fs_walk(&t.tree, "/dir-1200/none", 0, &f, &e), -ENOENT);
	test_fs_close(&t);
}

static void a_truncated_image_is_read_as_far_as_it_goes(void **state)
{
	static const uint64_t sizes[] = {1, 511, 512, 1000, 4096, 60000, 100000, 5000000, 30000000};
	const char *image = make_image("cut.img", "");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct test_fs t;
		struct err e;

		if (test_fs_open(&t, "xfs", image, 0, sizes[i], &e) < 0)
			continue;
		assert_int_equal(t.fs->state, FS_ERRORS);
		test_fs_visit(&t);
		test_fs_close(&t);
	}
}

/* ---- The corpus ---- */

static void inodes_of_version_1_are_read(void **state)
{
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "xfs", test_unxz(test_corpus("images/util-linux/xfs.img.xz")));
	assert_int_equal(fs_walk(&t.tree, "/", 0, &f, &e), 0);
	assert_int_equal(f.st.nlink, 2);
	test_fs_close(&t);
}

static void the_corpus_is_read_as_the_kernel_reads_it(void **state)
{
	static const char *const types[] = {"xfs", NULL};

	(void)state;
	assert_int_equal(test_fs_corpus(types), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_equals_the_source_tree),
		cmocka_unit_test(xfs_db_finds_the_same_inodes),
		cmocka_unit_test_teardown(everything_is_as_the_kernel_has_it, unmount_after),
		cmocka_unit_test(a_name_among_many_costs_a_few_reads),
		cmocka_unit_test(blocks_of_a_directory_are_read_once),
		cmocka_unit_test(case_is_folded_where_the_filesystem_says_so),
		cmocka_unit_test_teardown(free_space_is_that_of_the_kernel, unmount_after),
		cmocka_unit_test_teardown(a_log_to_replay_is_told_from_one_without, unmount_after),
		cmocka_unit_test_teardown(
			a_record_that_did_not_reach_the_disk_ends_the_log, unmount_after),
		cmocka_unit_test(a_log_on_another_device_is_not_known),
		cmocka_unit_test(realtime_files_are_refused_by_name),
		cmocka_unit_test(features_from_the_future_are_named),
		cmocka_unit_test(a_filesystem_in_need_of_repair_says_so),
		cmocka_unit_test(impossible_superblocks_are_refused),
		cmocka_unit_test(a_copy_is_used_where_the_superblock_is_damaged),
		cmocka_unit_test(damaged_metadata_is_named),
		cmocka_unit_test(names_are_found_without_the_hashes),
		cmocka_unit_test(a_truncated_image_is_read_as_far_as_it_goes),
		cmocka_unit_test(inodes_of_version_1_are_read),
		cmocka_unit_test(the_corpus_is_read_as_the_kernel_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

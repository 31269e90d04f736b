/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * NTFS against ntfs-3g's tools, The Sleuth Kit and the corpus.  Images are made by mkntfs, filled
 * through libntfs-3g (tests/lib/mkntfs.py), and damaged here.
 */
#include "tests/lib/fstree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "tests/lib/faultdev.h"

#define TOOLS "PATH=$PATH:/sbin:/usr/sbin; "

static char here[4096]; /* where the tests began */

/*
 * lines are mkntfs.py's; they may name the files small, text, noise, resident and empty.  An image
 * that is like one made before is a copy of that: each costs the disk a flush or two.
 */
static const char *make_image(
	const char *name, unsigned long long kib, const char *options, const char *lines)
{
	static struct {
		const char *key, *image;
	} known[64];
	const char *key = arena_printf(&test_arena, "%llu %s\n%s", kib, options, lines);
	size_t i = 0;

	test_need_tool("mkntfs");
	test_need_tool("python3");
	if (!known[0].key)
		test_must_run("echo hello >small; seq 1 40000 >text; : >empty; "
			      "head -c 300001 /dev/urandom >noise; head -c 500 noise >resident");
	while (known[i].key && strcmp(known[i].key, key))
		assert_true(++i < ARRAY_LEN(known));
	if (!known[i].key) {
		known[i].key = key;
		known[i].image = arena_printf(&test_arena, "made%zu.img", i);
		test_write_file(test_path("lines"), lines, strlen(lines));
		test_must_run("python3 '%s/tests/lib/mkntfs.py' %s %llu %s <lines", here,
			known[i].image, kib * 1024, options);
	}
	test_must_run("cp --sparse=always %s %s", known[i].image, name);
	return test_path("%s", name);
}

static void patch(const char *image, uint64_t at, const void *bytes, size_t n)
{
	FILE *f = fopen(image, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Of a volume with clusters of 4 KiB and records of 1 KiB, whose MFT is in one piece. */
static uint64_t record_at(const char *image, uint64_t number)
{
	FILE *f = fopen(image, "rb");
	uint8_t boot[512];

	assert_non_null(f);
	assert_int_equal(fread(boot, 1, sizeof(boot), f), sizeof(boot));
	fclose(f);
	return get_le64(boot + 0x30) * 4096 + number * 1024;
}

static const char *sha256_of(const char *host)
{
	return arena_strndup(&test_arena, test_output("sha256sum <%s", host), 64);
}

static void expect_file(const struct test_fs *t, const char *path, const char *host)
{
	uint64_t size;
	const char *got = test_fs_sha256(t, path, &size);

	if (!got || strcmp(got, sha256_of(host)))
		fail_msg("%s is not %s", path, host);
}

static struct fs_file walk(const struct test_fs *t, const char *path)
{
	struct fs_file f;
	struct err e;

	if (fs_walk(&t->tree, path, 0, &f, &e) < 0)
		fail_msg("%s", e.msg);
	return f;
}

/* Walking to path, or reading it, fails so. */
static void expect_refusal(const struct test_fs *t, const char *path, int num, const char *words)
{
	struct fs_file f;
	struct err e;
	char byte;
	size_t n;
	int r = fs_walk(&t->tree, path, 0, &f, &e);

	if (!r)
		r = fs_read(&f, 0, &byte, 1, &n, &e);
	if (r != -num || !strstr(e.msg, words))
		fail_msg("%s: %d, %s", path, r, r ? e.msg : "read");
}

/* ---- Files ---- */

static const char tree_lines[] = "dir /Windows/System32/config\n"
				 "file /Windows/System32/config/SYSTEM noise\n"
				 "file /resident resident\n"
				 "file /empty empty\n"
				 "compressed /packed text\n"
				 "compressed /packed-noise noise\n"
				 "sparse /holes 3000000 100000=text 2000000=small\n"
				 "interleaved /a /b noise\n"
				 "file /named small\n"
				 "stream /named Second text\n"
				 "stream /named tiny small\n"
				 "link /named /Windows/again\n"
				 "link /named /Windows/once-more\n";

/* Does ntfsinfo say so of a file? */
static bool holds(const char *image, const char *path, const char *words)
{
	return !test_run("ntfsinfo -F %s %s | grep -q '%s'", path, image, words);
}

/* Clusters of all sizes; sectors of 4 KiB make MFT records of as many. */
static void every_file_is_as_ntfscat_reads_it(void **state)
{
	static const char *const options[] = {
		"-c 512", "-c 1024", "-c 4096", "-c 65536", "-s 4096 -c 4096", "-s 4096 -c 32768"};
	static const char *const files[] = {"/Windows/System32/config/SYSTEM", "/resident",
		"/empty", "/packed", "/packed-noise", "/holes", "/a", "/b", "/named",
		"/Windows/again", "/Windows/once-more"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const bool packs = !strstr(options[i], "65536") && !strstr(options[i], "32768");
		const char *image = make_image("files.img", 40000, options[i], tree_lines);
		struct test_fs t;

		test_fs_must_open(&t, "ntfs", image);
		assert_int_equal(t.fs->state, FS_CLEAN);
		for (size_t k = 0; k < ARRAY_LEN(files); k++) {
			test_must_run("ntfscat files.img %s >want", files[k]);
			expect_file(&t, files[k], "want");
		}
		expect_file(&t, "/packed", "text");
		expect_file(&t, "/b", "noise");
		/* Larger clusters are not compressed; the others are, or this proves nothing. */
		assert_int_equal(packs, holds("files.img", "/packed", "Compressed size"));
		test_fs_close(&t);
	}
}

static void the_sleuth_kit_lists_the_same_files(void **state)
{
	const char *out;
	struct test_fs t;

	(void)state;
	test_need_tool("fls");
	test_fs_must_open(&t, "ntfs", make_image("list.img", 20000, "-c 4096", tree_lines));
	out = test_subdir("listed");
	test_fs_extract(&t, out);
	test_fs_close(&t);
	test_must_run("(cd listed && find . -type f | cut -c3- | sort) >ours");
	test_must_run("fls -r -p -F -u list.img | cut -f2 | grep -v -e '^\\$' -e : | sort >theirs");
	test_must_run("diff ours theirs");
	test_must_run("cd listed && cmp packed ../text && cmp Windows/again ../small");
}

static void pieces_of_files_are_read_at_any_offset(void **state)
{
	static const char *const files[] = {"/packed", "/holes", "/a"};
	uint8_t piece[70000];
	struct test_fs t;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "ntfs", make_image("pieces.img", 20000, "-c 1024", tree_lines));
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *want;
		struct fs_file f = walk(&t, files[i]);
		size_t size, n;

		test_must_run("ntfscat pieces.img %s >want", files[i]);
		want = test_read_file(test_path("want"), &size);
		for (uint64_t off = 0; off < size; off += 31337) {
			assert_int_equal(fs_read(&f, off, piece, sizeof(piece), &n, &e), 0);
			assert_int_equal(n, min_u64(sizeof(piece), size - off));
			assert_memory_equal(piece, want + off, n);
		}
	}
	test_fs_close(&t);
}

static void streams_have_paths_with_a_colon(void **state)
{
	struct test_fs t;
	struct fs_file f;

	(void)state;
	test_fs_must_open(&t, "ntfs",
		make_image("streams.img", 20000, "-c 4096",
			arena_printf(&test_arena, "%sfile /odd:name small\n", tree_lines)));
	expect_file(&t, "/named:Second", "text");
	expect_file(&t, "/Windows/AGAIN:tiny", "small");
	expect_file(&t, "/named:second:$DATA", "text");
	expect_file(&t, "/named::$DATA", "small");
	expect_file(&t, "/odd:name", "small");
	f = walk(&t, "/NAMED:SECOND");
	assert_string_equal(f.path, "/named:Second");
	assert_int_equal(f.st.size, walk(&t, "/packed").st.size);
	expect_refusal(&t, "/named:third", ENOENT, "no such stream");
	expect_refusal(&t, "/absent:second", ENOENT, "no such file");
	test_fs_close(&t);
}

static void what_stat_says_is_true(void **state)
{
	struct test_fs t;
	struct fs_file f;

	(void)state;
	test_fs_must_open(&t, "ntfs",
		make_image("stat.img", 20000, "-c 4096",
			arena_printf(&test_arena,
				"%sfile /has-two-names text\nshort /has-two-names HAS-TW~1\n",
				tree_lines)));
	f = walk(&t, "/named");
	assert_true(S_ISREG(f.st.mode));
	assert_int_equal(f.st.nlink, 3);
	assert_int_equal(f.st.size, 6);
	assert_true(llabs(f.st.mtime - time(NULL)) < 3600);
	assert_int_equal(walk(&t, "/Windows/again").st.inode, f.st.inode);
	assert_int_equal(walk(&t, "/has-two-names").st.nlink, 1);
	assert_true(S_ISDIR(walk(&t, "/Windows").st.mode));
	test_fs_close(&t);
}

/* ---- Names ---- */

static void names_are_found_by_any_case_and_reported_by_their_own(void **state)
{
	static const char *const paths[][2] = {
		{"/windows/SYSTEM32/Config/system", "/Windows/System32/config/SYSTEM"},
		{"/\303\244RGER/\320\266.TXT", "/\303\204rger/\320\226.txt"},
		{"/progra~1/X", "/Program Files/x"},
		{"/Windows/../windows/./AGAIN", "/Windows/again"},
		{"/CASE", "/Case"},
		{"/case", "/case"},
	};
	struct test_fs t;

	(void)state;
	test_fs_must_open(&t, "ntfs",
		make_image("names.img", 20000, "-c 4096",
			arena_printf(&test_arena,
				"%sfile /\303\204rger/\320\226.txt small\nfile /Case small\n"
				"dir /Program%%20Files\nshort /Program%%20Files PROGRA~1\n"
				"file /Program%%20Files/x small\nfile /case text\n",
				tree_lines)));
	assert_true(t.fs->fold_case);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		assert_string_equal(walk(&t, paths[i][0]).path, paths[i][1]);
		/* Again: now from what was remembered. */
		assert_string_equal(walk(&t, paths[i][0]).path, paths[i][1]);
	}
	expect_file(&t, "/Case", "small");
	expect_file(&t, "/case", "text");
	expect_refusal(&t, "/window", ENOENT, "no such");
	expect_refusal(&t, "/arger", ENOENT, "no such");
	test_fs_close(&t);
}

static void a_large_directory_is_searched_and_not_read(void **state)
{
	struct blockdev *mem, *dev;
	const char *bytes;
	struct faultdev counter;
	struct test_fs t;
	struct fs *fs;
	struct err e;
	unsigned before;
	size_t size;

	(void)state;
	test_must_run("for i in $(seq 5000); do echo dir /d/some-quite-long-name-number-$i; done "
		      ">many");
	bytes = test_read_file(
		make_image("large.img", 16000, "-c 4096", test_read_file(test_path("many"), &size)),
		&size);
	assert_int_equal(mem_open(bytes, size, &mem, &e), 0);
	faultdev_init(&counter, mem, FAULT_FAIL, 0);
	dev = &counter.dev;
	assert_int_equal(fs_open("ntfs", &dev, 1, &fs, &e), 0);
	test_fs_tree(&t, fs);
	walk(&t, "/d");
	before = counter.reads;
	assert_string_equal(walk(&t, "/d/SOME-quite-long-name-number-4711").path,
		"/d/some-quite-long-name-number-4711");
	assert_true(counter.reads - before <= 6);
	before = counter.reads;
	expect_refusal(&t, "/d/some-quite-long-name-number-5001", ENOENT, "no such");
	assert_true(counter.reads - before <= 6);
	assert_int_equal(test_fs_visit(&t), 0);
	fs_close(fs);
	blockdev_close(mem);
}

static int count_entry(void *ctx, const struct fs_entry *entry)
{
	assert_int_equal(entry->type, S_IFDIR);
	++*(unsigned *)ctx;
	return 0;
}

static void all_names_of_a_large_directory_are_listed(void **state)
{
	unsigned n = 0;
	struct test_fs t;
	struct fs_file f;
	struct err e;
	size_t size;

	(void)state;
	test_must_run("for i in $(seq 5000); do echo dir /d/name-$i; done >many");
	test_fs_must_open(&t, "ntfs",
		make_image("all.img", 20000, "-c 1024", test_read_file(test_path("many"), &size)));
	f = walk(&t, "/d");
	assert_int_equal(fs_list(&f, count_entry, &n, &e), 0);
	assert_int_equal(n, 5000);
	test_fs_close(&t);
}

/* ---- Reparse points ---- */

#define LINKS                                                                                      \
	"symlink /dir/relative ..\\packed\n"                                                       \
	"symlink /absolute \\??\\c:\\dir\\System32\\config\\SYSTEM\n"                              \
	"junction /junction \\??\\C:\\dir\\System32\\\n"                                           \
	"junction /top \\??\\C:\\\n"                                                               \
	"junction /drive \\??\\D:\\dir\n"                                                          \
	"junction /loop \\??\\C:\\loop\n"                                                          \
	"junction /volume \\??\\Volume{0b506d49-5f2d-248f-0000-000000000000}\\\n"                  \
	"symlink /share \\??\\UNC\\server\\share\\x\n"                                             \
	"file /wsl empty\nreparse /wsl 0xa000001d 020000006469722f616761696e\n"

static const char *links_image(const char *name, const char *more)
{
	return make_image(name, 20000, "-c 4096",
		arena_printf(&test_arena,
			"file /dir/System32/config/SYSTEM noise\ncompressed /packed text\n"
			"file /dir/again small\n%s%s",
			LINKS, more));
}

static void links_lead_to_places_on_the_volume(void **state)
{
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "ntfs", links_image("links.img", "dir /Windows\n"));
	assert_string_equal(walk(&t, "/dir/relative").path, "/packed");
	assert_string_equal(walk(&t, "/absolute").path, "/dir/System32/config/SYSTEM");
	assert_string_equal(walk(&t, "/JUNCTION/Config").path, "/dir/System32/config");
	assert_string_equal(walk(&t, "/top/top/DIR").path, "/dir");
	assert_string_equal(walk(&t, "/wsl").path, "/dir/again");
	expect_refusal(&t, "/loop/x", ELOOP, "symlinks");
	expect_refusal(&t, "/drive", ENOTSUP, "D:\\dir, which may be on another volume");
	expect_refusal(&t, "/volume", ENOTSUP, "Volume{0b506d49-5f2d-248f-0000-000000000000}");
	expect_refusal(&t, "/share", ENOTSUP, "UNC\\server\\share\\x, which is not on this");
	assert_int_equal(fs_walk(&t.tree, "/drive", FS_NOFOLLOW, &f, &e), 0);
	assert_true(S_ISLNK(f.st.mode));
	test_fs_close(&t);
}

static void a_drive_is_the_volume_only_where_that_is_known(void **state)
{
	struct test_fs t;

	(void)state;
	test_fs_must_open(&t, "ntfs", links_image("data.img", ""));
	assert_string_equal(walk(&t, "/dir/relative").path, "/packed");
	expect_refusal(&t, "/junction", ENOTSUP, "may be on another volume");
	t.fs->drive = 'D';
	assert_string_equal(walk(&t, "/drive").path, "/dir");
	test_fs_close(&t);
}

/* Where a Linux guest has the volume mounted, its links stay on it. */
static void links_stay_below_the_place_of_a_mount(void **state)
{
	struct test_fs t;
	struct fs_file f;
	struct err e;

	(void)state;
	test_fs_must_open(&t, "ntfs", links_image("mounted.img", "dir /Windows\n"));
	{
		struct fs_mount mounts[] = {t.mount, t.mount};
		const struct fs_tree tree = {mounts, 2};

		mounts[1].dir = "/dir";
		assert_int_equal(fs_walk(&tree, "/dir/junction/config", 0, &f, &e), 0);
		assert_string_equal(f.path, "/dir/dir/System32/config");
	}
	test_fs_close(&t);
}

static void a_link_whose_target_lies_outside_is_refused(void **state)
{
	const char *image = make_image("torn.img", 4000, "", "symlink /torn ..\\else\n"), *p, *at;
	struct test_fs t;
	size_t n;

	(void)state;
	p = test_read_file(image, &n);
	at = memmem(p, n, ".\0.\0\\\0e\0l\0", 10);
	assert_non_null(at);
	patch(image, (uint64_t)(at - p) - 10, "\xf0\x0f", 2);
	test_fs_must_open(&t, "ntfs", image);
	expect_refusal(&t, "/torn", EBADMSG, "without a possible target");
	test_fs_close(&t);
}

static void data_that_is_kept_elsewhere_is_named(void **state)
{
	static const char lines[] =
		"file /xpress text\nreparse /xpress 0x80000017 01000000020000000100000000000000\n"
		"file /lzx text\nreparse /lzx 0x80000017 01000000020000000100000001000000\n"
		"file /wim text\nreparse /wim 0x80000017 01000000010000000100000000000000\n"
		"file /new text\nreparse /new 0x80000017 01000000020000000100000009000000\n"
		"file /dedup text\nreparse /dedup 0x80000013 00000000\n"
		"file /cloud text\nreparse /cloud 0x9000601a 00000000\n"
		"attributes /cloud 0x1000\n"
		"file /hydrated text\nreparse /hydrated 0x9000601a 00000000\n"
		"file /offline text\nattributes /offline 0x1000\n";
	struct test_fs t;

	(void)state;
	test_fs_must_open(&t, "ntfs", make_image("elsewhere.img", 20000, "-c 4096", lines));
	expect_refusal(&t, "/xpress", ENOTSUP, "(WOF, XPRESS4K)");
	expect_refusal(&t, "/lzx", ENOTSUP, "(WOF, LZX)");
	expect_refusal(&t, "/wim", ENOTSUP, "WIM archive");
	expect_refusal(&t, "/new", ENOTSUP, "not known");
	expect_refusal(&t, "/dedup", ENOTSUP, "deduplicated");
	expect_refusal(&t, "/cloud", ENOTSUP, "kept elsewhere (reparse tag 0x9000601a)");
	expect_file(&t, "/hydrated", "text");
	expect_file(&t, "/offline", "text");
	test_fs_close(&t);
}

/* ---- State and space ---- */

static enum fs_state state_of(const char *image, const char *words)
{
	enum fs_state state;
	struct test_fs t;

	test_fs_must_open(&t, "ntfs", image);
	state = t.fs->state;
	if (words ? !strstr(t.fs->state_detail, words) : t.fs->state_detail[0])
		fail_msg("%s: %s", image, t.fs->state_detail);
	test_fs_close(&t);
	return state;
}

static void a_dirty_volume_says_so(void **state)
{
	(void)state;
	assert_int_equal(state_of(make_image("clean.img", 20000, "", ""), NULL), FS_CLEAN);
	assert_int_equal(
		state_of(make_image("dirty.img", 20000, "", "volume 1\n"), "chkdsk"), FS_DIRTY);
}

static void a_hibernated_windows_says_so(void **state)
{
	static const struct {
		const char *magic, *words;
		enum fs_state state;
		bool probed; /* ntfs-3g refuses to write to it too */
	} cases[] = {
		{"hibr", "hibernated", FS_DIRTY, true},
		{"HIBR", "hibernated", FS_DIRTY, true},
		{"wake", "resuming", FS_DIRTY, false},
		{"\\0\\0\\0\\0", NULL, FS_CLEAN, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *image;

		test_must_run(
			"(printf '%s'; head -c 5000 /dev/zero) >hiberfil%zu", cases[i].magic, i);
		image = make_image("hibr.img", 4000, "",
			arena_printf(&test_arena, "file /hiberfil.sys hiberfil%zu\n", i));
		assert_int_equal(state_of(image, cases[i].words), cases[i].state);
		assert_int_equal(test_run(TOOLS "ntfs-3g.probe --readwrite hibr.img"),
			cases[i].probed ? 14 : 0);
	}
}

static void put_le16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, v & 0xffff);
	put_le16(p + 2, v >> 16);
}

/* A restart page of a log of 2 MiB, with one client, which is in use or not. */
static void make_restart(uint8_t page[4096], uint32_t lsn, unsigned in_use, unsigned flags)
{
	uint8_t *area = page + 0x30, *client = area + 0x40;

	memset(page, 0, 4096);
	memcpy(page, "RSTR", 4);
	put_le16(page + 4, 0x1e);
	put_le16(page + 6, 9);
	put_le32(page + 0x10, 4096);
	put_le32(page + 0x14, 4096);
	put_le16(page + 0x18, 0x30);
	put_le16(page + 0x1a, 1);
	put_le16(page + 0x1c, 1);
	put_le32(area, lsn);
	put_le16(area + 8, 1);
	put_le16(area + 10, in_use == 0xffff ? 0 : 0xffff);
	put_le16(area + 12, in_use);
	put_le16(area + 14, flags);
	put_le32(area + 16, 67 - 22);
	put_le16(area + 20, 0x40 + 0xa0);
	put_le16(area + 22, 0x40);
	put_le32(area + 24, 2 << 20);
	put_le16(area + 36, 0x30);
	put_le16(area + 38, 0x40);
	put_le16(client + 16, 0xffff);
	put_le16(client + 18, 0xffff);
	put_le32(client + 28, 8);
	memcpy(client + 32, "N\0T\0F\0S\0", 8);
	for (unsigned i = 0; i < 9; i++)
		put_le16(i ? page + 512 * i - 2 : page + 0x1e, 7);
}

/* What lies where the log begins: mkntfs fills it, and nothing else so large, with 0xff. */
static uint64_t log_at(const char *image)
{
	uint8_t ones[8192];
	const char *p, *at;
	size_t n;

	memset(ones, 0xff, sizeof(ones));
	p = test_read_file(image, &n);
	at = memmem(p, n, ones, sizeof(ones));
	assert_non_null(at);
	return (uint64_t)(at - p);
}

static void a_log_that_is_not_closed_makes_it_dirty(void **state)
{
	static const struct {
		unsigned in_use[2], flags[2];
		uint32_t lsn[2];
		bool dirty;
	} cases[] = {
		{{0, 0}, {0, 0}, {5, 5}, true},
		{{0xffff, 0xffff}, {0, 0}, {5, 5}, false},
		{{0, 0}, {2, 2}, {5, 5}, false},
		{{0xffff, 0}, {0, 0}, {5, 6}, true},
		{{0, 0xffff}, {0, 0}, {5, 6}, false},
		{{0, 0xffff}, {0, 0}, {6, 5}, true},
	};
	uint8_t page[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *image = make_image("log.img", 4000, "", "");
		const uint64_t at = log_at(image);

		for (unsigned k = 0; k < 2; k++) {
			make_restart(page, cases[i].lsn[k], cases[i].in_use[k], cases[i].flags[k]);
			patch(image, at + 4096 * k, page, sizeof(page));
		}
		assert_int_equal(state_of(image, cases[i].dirty ? "$LogFile" : NULL),
			cases[i].dirty ? FS_DIRTY : FS_CLEAN);
		assert_int_equal(test_run(TOOLS "ntfs-3g.probe --readwrite log.img"),
			cases[i].dirty ? 15 : 0);
	}
}

static void free_space_is_that_of_ntfsinfo(void **state)
{
	static const char *const options[] = {"-c 512", "-c 4096", "-c 65536"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *image = make_image("space.img", 30001, options[i], tree_lines);
		const char *said = test_output("ntfsinfo -m space.img | sed -n "
					       "'s/.*\\(Free Clusters\\|Cluster Size\\|Volume Size "
					       "in Clusters\\): *\\([0-9]*\\).*/\\2/p'");
		struct fs_space space;
		struct test_fs t;
		struct err e;
		char *p;
		const uint64_t size = strtoull(said, &p, 10), clusters = strtoull(p, &p, 10),
			       available = strtoull(p, &p, 10);

		test_fs_must_open(&t, "ntfs", image);
		assert_int_equal(fs_space(t.fs, &space, &e), 0);
		assert_int_equal(space.size, clusters * size);
		assert_int_equal(t.fs->size, clusters * size);
		assert_true(available > 0);
		assert_int_equal(space.available, available * size);
		assert_false(space.approximate);
		test_fs_close(&t);
	}
}

/* ---- Little is read ---- */

static void hives_on_a_large_volume_cost_their_own_bytes(void **state)
{
	static const char *const hives[] = {"/windows/system32/config/system",
		"/windows/system32/config/software", "/windows/system32/config/security"};
	CLEANUP(cleanup_free) char *bytes = malloc(20 << 20);
	const char *image;
	struct test_fs t;
	struct err e;
	size_t n;

	(void)state;
	assert_non_null(bytes);
	test_must_run("head -c %u /dev/urandom >hive", 20 << 20);
	image = make_image("huge.img", 512ULL << 20, "-c 4096",
		"file /Windows/System32/config/SYSTEM hive\n"
		"file /Windows/System32/config/SOFTWARE hive\n"
		"file /Windows/System32/config/SECURITY hive\n");
	test_fs_must_open(&t, "ntfs", image);
	for (size_t i = 0; i < ARRAY_LEN(hives); i++) {
		struct fs_file f = walk(&t, hives[i]);

		assert_int_equal(fs_read(&f, 0, bytes, 20 << 20, &n, &e), 0);
		assert_int_equal(n, 20 << 20);
	}
	print_message("%llu bytes in %llu reads\n", (unsigned long long)t.io.io.bytes_read,
		(unsigned long long)t.io.io.reads);
	assert_true(t.io.io.bytes_read < 60 * 1.01 * (1 << 20));
	test_fs_close(&t);
	unlink(image);
}

/* ---- Damage ---- */

static void a_damaged_record_costs_its_file(void **state)
{
	const char *image = make_image("record.img", 20000, "-c 4096", tree_lines);
	struct test_fs t;
	uint64_t number;

	(void)state;
	test_fs_must_open(&t, "ntfs", image);
	number = walk(&t, "/packed").st.inode;
	test_fs_close(&t);
	patch(image, record_at(image, number) + 510, "\xde\xad", 2);
	test_fs_must_open(&t, "ntfs", image);
	expect_refusal(&t, "/packed", EBADMSG, "damaged");
	expect_file(&t, "/Windows/System32/config/SYSTEM", "noise");
	expect_file(&t, "/named:second", "text");
	assert_int_equal(test_fs_visit(&t), 10);
	test_fs_close(&t);
}

static void the_mirror_stands_in_for_the_first_records(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const char *image = make_image("mirror.img", 20000, "-c 4096", tree_lines);
		struct test_fs t;

		patch(image, record_at(image, i) + 510, "\xde\xad", 2);
		test_fs_must_open(&t, "ntfs", image);
		assert_int_equal(t.fs->state, FS_ERRORS);
		assert_string_equal(t.fs->state_detail, "the MFT is damaged, its mirror was used");
		expect_file(&t, "/packed", "text");
		test_fs_close(&t);
	}
}

static void the_last_sector_stands_in_for_the_first(void **state)
{
	const char *image = make_image("boot.img", 20000, "-c 4096", tree_lines);
	struct test_fs t;

	(void)state;
	/* mkntfs puts it behind the volume, at the end of what holds that. */
	test_must_run("head -c 512 boot.img >first; tail -c 512 boot.img | cmp - first");
	patch(image, 0x0d, "\x03", 1);
	test_fs_must_open(&t, "ntfs", image);
	assert_int_equal(t.fs->state, FS_ERRORS);
	assert_string_equal(t.fs->state_detail, "the boot sector is damaged, its copy was used");
	expect_file(&t, "/packed", "text");
	test_fs_close(&t);
}

static void a_boot_sector_is_bounded_field_by_field(void **state)
{
	static const struct {
		uint64_t at;
		const char *bytes;
		size_t n;
		const char *words;
	} cases[] = {
		{0x03, "MSDOS   ", 8, "not one of NTFS"},
		{0x0b, "\x00\x20", 2, "sectors of 8192 bytes"},
		{0x0b, "\x01\x02", 2, "sectors of 513 bytes"},
		{0x0d, "\x00", 1, "clusters of 0 sectors"},
		{0x0d, "\x03", 1, "clusters of 3 sectors"},
		{0x0d, "\xe0", 1, "clusters of 0 sectors"},
		{0x0d, "\xf0", 1, "clusters of 65536 sectors"},
		{0x28, "\0\0\0\0\0\0\0\0", 8, "0 clusters"},
		{0x28, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8, "clusters"},
		{0x30, "\0\0\0\0\0\0\0\0", 8, "the MFT and its mirror"},
		{0x30, "\0\0\0\0\1\0\0\0", 8, "the MFT and its mirror"},
		{0x38, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "the MFT and its mirror"},
		{0x40, "\x80", 1, "MFT records of 0 bytes"},
		{0x40, "\xe1", 1, "MFT records of 2147483648 bytes"},
		{0x40, "\x7f", 1, "MFT records of"},
		{0x44, "\xe1", 1, "index blocks of 2147483648 bytes"},
		{0x44, "\x00", 1, "index blocks of 0 bytes"},
	};
	struct test_fs t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *image = make_image("field.img", 20000, "-c 4096", "");
		struct err e;

		patch(image, (20000 << 10) - 512, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
		patch(image, cases[i].at, cases[i].bytes, cases[i].n);
		assert_int_equal(test_fs_open(&t, "ntfs", image, 0, 0, &e), -EBADMSG);
		if (!strstr(e.msg, cases[i].words))
			fail_msg("%s, not %s", e.msg, cases[i].words);
	}
}

static void a_volume_larger_than_its_device_says_so(void **state)
{
	const char *image = make_image("cut.img", 20000, "-c 4096", tree_lines);
	struct test_fs t;

	(void)state;
	assert_int_equal(truncate(image, 18000 << 10), 0);
	test_fs_must_open(&t, "ntfs", image);
	assert_int_equal(t.fs->state, FS_ERRORS);
	assert_string_equal(t.fs->state_detail, "the filesystem is larger than its device");
	test_fs_close(&t);
}

static void a_damaged_upcase_table_is_replaced(void **state)
{
	const char *image = make_image("upcase.img", 20000, "-c 4096", tree_lines);
	struct test_fs t;

	(void)state;
	patch(image, record_at(image, 10) + 510, "\xde\xad", 2);
	test_fs_must_open(&t, "ntfs", image);
	assert_int_equal(t.fs->state, FS_ERRORS);
	assert_string_equal(walk(&t, "/PACKED").path, "/packed");
	test_fs_close(&t);
}

/* A child that is its own parent ends the search. */
static void a_directory_that_bites_its_tail_ends(void **state)
{
	const char *image, *bytes, *at;
	struct test_fs t;
	size_t size;

	(void)state;
	test_must_run("for i in $(seq 500); do echo dir /d/name-$i; done >many");
	image = make_image("tail.img", 20000, "-c 4096", test_read_file(test_path("many"), &size));
	bytes = test_read_file(image, &size);
	for (at = bytes; (at = memmem(at, size - (size_t)(at - bytes), "INDX", 4)); at += 4) {
		const uint64_t off = (uint64_t)(at - bytes);

		/* Each entry of a block says that it has a child: the last gets one. */
		if (off % 4096 == 0)
			patch(image, off + 24 + 12, "\1", 1);
	}
	test_fs_must_open(&t, "ntfs", image);
	test_fs_visit(&t);
	test_fs_close(&t);
}

static void reads_that_fail_or_lie_do_no_harm(void **state)
{
	(void)state;
	test_fs_faults("ntfs", make_image("fault.img", 4000, "-c 512", tree_lines), 400);
}

static void files_of_the_corpus_have_their_hashes(void **state)
{
	static const char *const types[] = {"ntfs", NULL};

	(void)state;
	assert_true(test_fs_corpus(types) >= 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_is_as_ntfscat_reads_it),
		cmocka_unit_test(the_sleuth_kit_lists_the_same_files),
		cmocka_unit_test(pieces_of_files_are_read_at_any_offset),
		cmocka_unit_test(streams_have_paths_with_a_colon),
		cmocka_unit_test(what_stat_says_is_true),
		cmocka_unit_test(names_are_found_by_any_case_and_reported_by_their_own),
		cmocka_unit_test(a_large_directory_is_searched_and_not_read),
		cmocka_unit_test(all_names_of_a_large_directory_are_listed),
		cmocka_unit_test(links_lead_to_places_on_the_volume),
		cmocka_unit_test(a_drive_is_the_volume_only_where_that_is_known),
		cmocka_unit_test(links_stay_below_the_place_of_a_mount),
		cmocka_unit_test(a_link_whose_target_lies_outside_is_refused),
		cmocka_unit_test(data_that_is_kept_elsewhere_is_named),
		cmocka_unit_test(a_dirty_volume_says_so),
		cmocka_unit_test(a_hibernated_windows_says_so),
		cmocka_unit_test(a_log_that_is_not_closed_makes_it_dirty),
		cmocka_unit_test(free_space_is_that_of_ntfsinfo),
		cmocka_unit_test(hives_on_a_large_volume_cost_their_own_bytes),
		cmocka_unit_test(a_damaged_record_costs_its_file),
		cmocka_unit_test(the_mirror_stands_in_for_the_first_records),
		cmocka_unit_test(the_last_sector_stands_in_for_the_first),
		cmocka_unit_test(a_boot_sector_is_bounded_field_by_field),
		cmocka_unit_test(a_volume_larger_than_its_device_says_so),
		cmocka_unit_test(a_damaged_upcase_table_is_replaced),
		cmocka_unit_test(a_directory_that_bites_its_tail_ends),
		cmocka_unit_test(reads_that_fail_or_lie_do_no_harm),
		cmocka_unit_test(files_of_the_corpus_have_their_hashes),
	};

	if (!getcwd(here, sizeof(here)))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

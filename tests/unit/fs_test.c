/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The walk, over a driver that is a table in memory.
 */
#include "tests/lib/testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "fs/fs.h"

/* ---- A filesystem in memory ---- */

struct item {
	uint64_t parent;
	const char *name;
	uint32_t mode;
	const char *text; /* of a file, or a symlink's target */
};

struct table_fs {
	struct fs fs;
	const struct item *items; /* a node is an index; 0 is the root */
	size_t n;
	unsigned lookups;
};

static int table_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len,
	struct fs_node *ret, struct err *e)
{
	struct table_fs *t = (struct table_fs *)fs;

	t->lookups++;
	for (size_t i = 1; i < t->n; i++)
		if (t->items[i].parent == dir.id && strlen(t->items[i].name) == len &&
			!memcmp(t->items[i].name, name, len)) {
			ret->id = i;
			return 0;
		}
	return err_set(e, ENOENT, "not in the table");
}

static int table_stat(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	const struct item *i = &((struct table_fs *)fs)->items[node.id];

	(void)e;
	*ret = (struct fs_stat){
		.mode = i->mode, .size = i->text ? strlen(i->text) : 0, .inode = node.id};
	return 0;
}

static int table_read(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	(void)e;
	memcpy(buf, ((struct table_fs *)fs)->items[node.id].text + off, len);
	*ret_n = len;
	return 0;
}

static int table_readlink(struct fs *fs, struct fs_node node, char *buf, struct err *e)
{
	(void)e;
	strcpy(buf, ((struct table_fs *)fs)->items[node.id].text);
	return 0;
}

static int table_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e)
{
	struct table_fs *t = (struct table_fs *)fs;
	int r = 0;

	(void)e;
	for (size_t i = 1; i < t->n && !r; i++) {
		const struct fs_entry entry = {
			.name = t->items[i].name,
			.name_len = strlen(t->items[i].name),
			.node.id = i,
		};

		if (t->items[i].parent == dir.id)
			r = fn(ctx, &entry);
	}
	return r < 0 ? r : 0;
}

static void table_close(struct fs *fs)
{
	(void)fs; /* is nobody's to free */
}

static const struct fs_driver table_driver = {
	.name = "table",
	.close = table_close,
	.lookup = table_lookup,
	.stat = table_stat,
	.list = table_list,
	.read = table_read,
	.readlink = table_readlink,
};

static const struct item root_items[] = {
	{0, "", S_IFDIR, NULL},
	{0, "etc", S_IFDIR, NULL},
	{1, "hostname", S_IFREG, "web01\n"},
	{1, "os-release", S_IFLNK, "../usr/lib/os-release"},
	{0, "usr", S_IFDIR, NULL},
	{4, "lib", S_IFDIR, NULL},
	{5, "os-release", S_IFREG, "ID=debian\n"},
	{0, "lib", S_IFLNK, "usr/lib"},
	{0, "abs", S_IFLNK, "/usr/../etc/hostname"},
	{0, "up", S_IFLNK, "../../../../etc"},
	{0, "loop", S_IFLNK, "loop"},
	{0, "to-dir", S_IFLNK, "/lib/"},
	{0, "dangling", S_IFLNK, "nowhere"},
	{0, "empty", S_IFLNK, ""},
	{0, "boot", S_IFDIR, NULL},
	{14, "hidden", S_IFREG, "under the mount"},
	{0, "\xff\x01 odd", S_IFREG, "x"},
	{0, "via", S_IFLNK, "/boot/grub/../grub/grub.cfg"},
	{0, "a", S_IFLNK, "b"},
	{0, "b", S_IFLNK, "etc/hostname"},
	{0, "damaged", S_IFDIR, NULL},
	{20, "before", S_IFREG, "1"},
	{20, "../../etc/shadow", S_IFREG, "2"},
	{20, "behind", S_IFREG, "3"},
};

static const struct item boot_items[] = {
	{0, "", S_IFDIR, NULL},
	{0, "grub", S_IFDIR, NULL},
	{1, "grub.cfg", S_IFREG, "menuentry\n"},
	{0, "out", S_IFLNK, "../etc/hostname"},
	{0, "abs", S_IFLNK, "/etc/hostname"},
};

static struct table_fs root_fs = {{.driver = &table_driver}, root_items, ARRAY_LEN(root_items), 0};
static struct table_fs boot_fs = {{.driver = &table_driver}, boot_items, ARRAY_LEN(boot_items), 0};
static const struct fs_mount mounts[] = {
	{.dir = "/", .fs = &root_fs.fs, .volume = "disk0p2"},
	{.dir = "/boot", .fs = &boot_fs.fs, .volume = "disk0p1"},
	{.dir = "/srv", .volume = "disk1p1", .why = "a filesystem of type xfs"},
	{.dir = "/boot/grub/extra", .fs = &boot_fs.fs, .volume = "disk0p1"},
};
static const struct fs_tree tree = {mounts, ARRAY_LEN(mounts)};
static const struct fs_tree bare = {mounts, 1};

static void leads_to(const struct fs_tree *t, const char *path, unsigned flags, const char *want)
{
	struct fs_file f;
	struct err e;

	if (fs_walk(t, path, flags, &f, &e) < 0)
		fail_msg("%s", e.msg);
	assert_string_equal(f.path, want);
}

static void fails_with(const char *path, unsigned flags, int num)
{
	struct fs_file f;
	struct err e;

	assert_int_equal(fs_walk(&tree, path, flags, &f, &e), -num);
	assert_int_equal(e.num, num);
	assert_true(strlen(e.msg) > strlen(path) || num == E2BIG);
}

/* ---- Tests ---- */

static void plain_paths_are_walked(void **state)
{
	(void)state;
	leads_to(&tree, "/", 0, "/");
	leads_to(&tree, "", 0, "/");
	leads_to(&tree, "/etc/hostname", 0, "/etc/hostname");
	leads_to(&tree, "etc//.//hostname", 0, "/etc/hostname");
	leads_to(&tree, "//etc/", 0, "/etc");
	leads_to(&tree, "/\xff\x01 odd", 0, "/\xff\x01 odd");
}

static void dot_dot_never_leaves_the_root(void **state)
{
	(void)state;
	leads_to(&tree, "/../../etc/../etc/./hostname", 0, "/etc/hostname");
	leads_to(&tree, "/etc/..", 0, "/");
	leads_to(&tree, "/up/hostname", 0, "/etc/hostname");
}

static void symlinks_are_followed_inside_the_tree(void **state)
{
	(void)state;
	leads_to(&tree, "/etc/os-release", 0, "/usr/lib/os-release");
	leads_to(&tree, "/lib/os-release", 0, "/usr/lib/os-release");
	leads_to(&tree, "/abs", 0, "/etc/hostname");
	leads_to(&tree, "/a", 0, "/etc/hostname");
	leads_to(&tree, "/to-dir/os-release", 0, "/usr/lib/os-release");
	leads_to(&tree, "/lib/..", 0, "/usr");
}

static void nofollow_stops_at_the_last_symlink_only(void **state)
{
	(void)state;
	leads_to(&tree, "/etc/os-release", FS_NOFOLLOW, "/etc/os-release");
	leads_to(&tree, "/lib/os-release", FS_NOFOLLOW, "/usr/lib/os-release");
	leads_to(&tree, "/lib", FS_NOFOLLOW, "/lib");
	leads_to(&tree, "/lib/", FS_NOFOLLOW, "/usr/lib");
	leads_to(&tree, "/a", FS_NOFOLLOW, "/a");
}

static void what_is_wrong_has_its_own_code(void **state)
{
	char longest[GUEST_PATH_MAX + 1];

	(void)state;
	fails_with("/nowhere", 0, ENOENT);
	fails_with("/nowhere/below", 0, ENOENT);
	fails_with("/dangling", 0, ENOENT);
	fails_with("/empty", 0, ENOENT);
	fails_with("/etc/hostname/x", 0, ENOTDIR);
	fails_with("/etc/hostname/", 0, ENOTDIR);
	fails_with("/etc/hostname/..", 0, ENOTDIR);
	fails_with("/loop", 0, ELOOP);
	fails_with("/loop/x", FS_NOFOLLOW, ELOOP);
	fails_with("/srv", 0, ENODEV);
	fails_with("/srv/www", 0, ENODEV);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	fails_with(longest, 0, E2BIG);
}

static void the_reason_of_an_unreadable_mount_is_told(void **state)
{
	struct fs_file f;
	struct err e;

	(void)state;
	assert_int_equal(fs_walk(&tree, "/srv/x", 0, &f, &e), -ENODEV);
	assert_string_equal(
		e.msg, "/srv/x: disk1p1 on /srv cannot be read: a filesystem of type xfs");
}

static void forty_symlinks_are_followed_and_no_more(void **state)
{
	struct item items[SYMLINKS_MAX + 3] = {{0, "", S_IFDIR, NULL}, {0, "0", S_IFREG, "x"}};
	struct table_fs fs = {{.driver = &table_driver}, items, ARRAY_LEN(items), 0};
	struct fs_mount mount = {.dir = "/", .fs = &fs.fs};
	struct fs_tree links = {&mount, 1};
	struct fs_file f;
	struct err e;

	(void)state;
	for (unsigned i = 1; i <= SYMLINKS_MAX + 1; i++)
		items[i + 1] = (struct item){0, arena_printf(&test_arena, "%u", i), S_IFLNK,
			arena_printf(&test_arena, "%u", i - 1)};
	leads_to(&links, arena_printf(&test_arena, "%u", SYMLINKS_MAX), 0, "/0");
	assert_int_equal(
		fs_walk(&links, arena_printf(&test_arena, "%u", SYMLINKS_MAX + 1), 0, &f, &e),
		-ELOOP);
	fs_close(&fs.fs);
}

static void a_path_is_as_deep_as_the_limit_and_no_deeper(void **state)
{
	struct item items[PATH_DEPTH_MAX + 2] = {{0, "", S_IFDIR, NULL}};
	struct table_fs fs = {{.driver = &table_driver}, items, ARRAY_LEN(items), 0};
	struct fs_mount mount = {.dir = "/", .fs = &fs.fs};
	struct fs_tree deep = {&mount, 1};
	char path[2 * ARRAY_LEN(items)] = "";
	struct fs_file f;
	struct err e;

	(void)state;
	for (unsigned i = 1; i < ARRAY_LEN(items); i++)
		items[i] = (struct item){i - 1, "d", S_IFDIR, NULL};
	for (unsigned i = 0; i < PATH_DEPTH_MAX; i++)
		strcat(path, "/d");
	leads_to(&deep, path, 0, path);
	strcat(path, "/d");
	assert_int_equal(fs_walk(&deep, path, 0, &f, &e), -E2BIG);
	fs_close(&fs.fs);
}

static void mounts_cover_what_is_below_them(void **state)
{
	struct fs_file f;
	struct err e;

	(void)state;
	leads_to(&tree, "/boot/grub/grub.cfg", 0, "/boot/grub/grub.cfg");
	leads_to(&tree, "/via", 0, "/boot/grub/grub.cfg");
	leads_to(&tree, "/boot/out", 0, "/etc/hostname");
	leads_to(&tree, "/boot/abs", 0, "/etc/hostname");
	leads_to(&tree, "/boot/..", 0, "/");
	fails_with("/boot/hidden", 0, ENOENT);
	leads_to(&bare, "/boot/hidden", 0, "/boot/hidden");
	assert_int_equal(fs_walk(&tree, "/boot/grub", 0, &f, &e), 0);
	assert_ptr_equal(f.mount, &mounts[1]);
	/* The directory a filesystem is mounted on need not be there. */
	leads_to(&tree, "/boot/grub/extra/grub/grub.cfg", 0, "/boot/grub/extra/grub/grub.cfg");
}

static void a_name_is_looked_up_once(void **state)
{
	struct table_fs fs = {{.driver = &table_driver}, root_items, ARRAY_LEN(root_items), 0};
	struct fs_mount mount = {.dir = "/", .fs = &fs.fs};
	struct fs_tree one = {&mount, 1};
	struct fs_file f;
	struct err e;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		leads_to(&one, "/usr/lib/os-release", 0, "/usr/lib/os-release");
		assert_int_equal(fs_walk(&one, "/etc/none", 0, &f, &e), -ENOENT);
	}
	assert_int_equal(fs.lookups, 5);
	fs_close(&fs.fs);
}

static int count_entries(void *ctx, const struct fs_entry *entry)
{
	(void)entry;
	return ++*(unsigned *)ctx == 3;
}

static void files_are_read_and_listed_by_their_kind(void **state)
{
	struct fs_file dir, file, link;
	char buf[4096], *text;
	unsigned count = 0;
	struct err e;
	size_t n;

	(void)state;
	assert_int_equal(fs_walk(&tree, "/", 0, &dir, &e), 0);
	assert_int_equal(fs_walk(&tree, "/etc/hostname", 0, &file, &e), 0);
	assert_int_equal(fs_walk(&tree, "/abs", FS_NOFOLLOW, &link, &e), 0);
	assert_int_equal(fs_list(&dir, count_entries, &count, &e), 0);
	assert_int_equal(count, 3);
	assert_int_equal(fs_list(&file, count_entries, &count, &e), -ENOTDIR);
	assert_int_equal(fs_read(&file, 3, buf, sizeof(buf), &n, &e), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(buf, "01\n", 3);
	assert_int_equal(fs_read(&file, 6, buf, sizeof(buf), &n, &e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(fs_read(&dir, 0, buf, sizeof(buf), &n, &e), -EINVAL);
	assert_int_equal(fs_readlink(&link, buf, &e), 0);
	assert_string_equal(buf, "/usr/../etc/hostname");
	assert_int_equal(fs_readlink(&file, buf, &e), -EINVAL);
	assert_int_equal(fs_read_whole(&file, 6, &test_arena, &text, &n, &e), 0);
	assert_string_equal(text, "web01\n");
	assert_int_equal(fs_read_whole(&file, 5, &test_arena, &text, &n, &e), -E2BIG);
}

static int fail_entry(void *ctx, const struct fs_entry *entry)
{
	(void)entry;
	return err_set(ctx, EBADMSG, "a sentence of its own");
}

static void a_name_with_a_slash_is_never_given(void **state)
{
	struct fs_file dir;
	unsigned count = 0;
	struct err e;

	(void)state;
	assert_int_equal(fs_walk(&tree, "/damaged", 0, &dir, &e), 0);
	assert_int_equal(fs_list(&dir, count_entries, &count, &e), -EBADMSG);
	assert_int_equal(count, 2);
	assert_string_equal(e.msg, "/damaged: holds an impossible name");
}

static void a_listing_ends_with_the_error_of_its_callback(void **state)
{
	struct err e = {0}, own;
	struct fs_file dir;

	(void)state;
	assert_int_equal(fs_walk(&tree, "/", 0, &dir, &e), 0);
	assert_int_equal(fs_list(&dir, fail_entry, &own, &e), -EBADMSG);
	assert_string_equal(own.msg, "a sentence of its own");
	assert_int_equal(e.num, 0);
}

static void types_are_those_of_blkid(void **state)
{
	static const char *const readable[] = {"ext2", "ext3", "ext4", "vfat"};
	struct fs *fs;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readable); i++)
		assert_true(fs_type_is_readable(readable[i]));
	assert_false(fs_type_is_readable("swap"));
	assert_int_equal(fs_open("swap", NULL, 0, &fs, &e), -ENOTSUP);
	assert_string_equal(fs_state_name(FS_UNREADABLE), "unreadable");
}

static void a_state_grows_worse_and_keeps_its_reasons(void **state)
{
	struct fs fs = {0};

	(void)state;
	fs_state_add(&fs, FS_ERRORS, "one");
	fs_state_add(&fs, FS_DIRTY, "two");
	assert_int_equal(fs.state, FS_ERRORS);
	assert_string_equal(fs.state_detail, "one; two");
	for (unsigned i = 0; i < 100; i++)
		fs_state_add(&fs, FS_DIRTY, "a sentence that will not fit");
	assert_int_equal(strlen(fs.state_detail), sizeof(fs.state_detail) - 1);
}

static int close_all(void **state)
{
	(void)state;
	fs_close(&root_fs.fs);
	fs_close(&boot_fs.fs);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_paths_are_walked),
		cmocka_unit_test(dot_dot_never_leaves_the_root),
		cmocka_unit_test(symlinks_are_followed_inside_the_tree),
		cmocka_unit_test(nofollow_stops_at_the_last_symlink_only),
		cmocka_unit_test(what_is_wrong_has_its_own_code),
		cmocka_unit_test(the_reason_of_an_unreadable_mount_is_told),
		cmocka_unit_test(forty_symlinks_are_followed_and_no_more),
		cmocka_unit_test(a_path_is_as_deep_as_the_limit_and_no_deeper),
		cmocka_unit_test(mounts_cover_what_is_below_them),
		cmocka_unit_test(a_name_is_looked_up_once),
		cmocka_unit_test(files_are_read_and_listed_by_their_kind),
		cmocka_unit_test(a_name_with_a_slash_is_never_given),
		cmocka_unit_test(a_listing_ends_with_the_error_of_its_callback),
		cmocka_unit_test(types_are_those_of_blkid),
		cmocka_unit_test(a_state_grows_worse_and_keeps_its_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, close_all);
}

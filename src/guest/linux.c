/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finds the Linux guests: a root filesystem is one with /etc/fstab, or with /etc/passwd and a
 * release file.  Of a Btrfs, one of its subvolumes may be: the first that is counts, and its
 * snapshots and other subvolumes are no further guests.
 */
#include "guest/collect.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"

static bool has(struct guest *g, const char *path)
{
	return guest_stat(g, path, NULL) == FILE_READ;
}

static bool is_linux_root(struct guest *g)
{
	if (has(g, "/etc/fstab"))
		return true;
	return has(g, "/etc/passwd") &&
	       (has(g, "/etc/os-release") || has(g, "/usr/lib/os-release"));
}

/* A guest whose tree is this filesystem alone, or a subvolume of it. */
static struct guest *bare_guest(struct facts *f, struct filesystem *fs, struct fs_node root)
{
	struct arena *a = f->vm->arena;
	struct guest *g = arena_new(a, struct guest);
	struct fs_mount *top = arena_new(a, struct fs_mount);

	*top = (struct fs_mount){
		.dir = "/",
		.fs = fs->fs,
		.volume = fs->volume->name,
		.top = root,
	};
	g->family = GUEST_LINUX;
	g->vm = f->vm;
	g->root = fs->volume;
	g->root_fs = fs;
	g->tree = (struct fs_tree){top, 1};
	return g;
}

/* ---- Roots in subvolumes ---- */

struct root_search {
	struct facts *facts;
	struct filesystem *fs;
	struct guest *found;
	unsigned left; /* subvolumes still to be looked at */
};

static bool try_root(struct root_search *s, struct fs_node root)
{
	struct guest *g = bare_guest(s->facts, s->fs, root);

	if (is_linux_root(g))
		s->found = g;
	return s->found;
}

/* Not what may hold copies: snapshots, what was received, what a container store keeps below. */
static int try_subvolume(void *ctx, const struct fs_subvolume *v)
{
	struct root_search *s = ctx;
	struct fs_node root;
	struct err e;

	if (v->snapshot || v->read_only || v->parent != FS_TOP_LEVEL || strchr(v->path, '/'))
		return 0;
	if (!s->left--)
		return 1;
	return !fs_subvolume(s->fs->fs, v->id, &root, &e) && try_root(s, root);
}

/* What is mounted without options, then the names that distributions use, then any other. */
static struct guest *find_root(struct facts *f, struct filesystem *fs)
{
	static const char *const names[] = {"", "@", "@rootfs", "root", "@root"};
	struct root_search s = {f, fs, NULL, ROOT_SUBVOLUMES_MAX};
	struct fs_node root;
	struct err e;

	if (try_root(&s, fs->fs->root) || !fs->fs->driver->subvolume)
		return s.found;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!fs_subvolume_at(fs->fs, names[i], &root, &e) && root.id != fs->fs->root.id &&
			try_root(&s, root))
			return s.found;
	fs_subvolumes(fs->fs, try_subvolume, &s, &e);
	return s.found;
}

/*
 * fstab may name another subvolume for "/" than the one it was found in, as after a restored
 * backup; where that is a root too, it is the one.
 */
static struct guest *named_root(struct facts *f, struct guest *g)
{
	const struct mount *m = guest_mount(g, "/");
	struct root_search s = {.facts = f, .fs = g->root_fs};
	struct fs_node root;
	struct err e;

	if (!m || m->fs != g->root_fs || !mount_names_subvolume(m) || mount_top(m, &root, &e) < 0 ||
		root.id == g->tree.mounts[0].top.id || !try_root(&s, root))
		return g;
	collect_mounts(s.found);
	return s.found;
}

/*
 * A copy of a root (a backup, the other half of an upgrade) carries the original's fstab: its line
 * for "/" names another root that is here too.
 */
static bool is_copy_of_another(const struct guest *g, const struct facts *f)
{
	const struct mount *m = guest_mount(g, "/");

	if (!m || !m->volume || m->volume == g->root || m->guess || m->matches > 1)
		return false;
	list_each(other, &f->guests) {
		if ((*other)->root == m->volume)
			return true;
	}
	return false;
}

static void drop_copies(struct facts *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->guests.n; i++) {
		if (!is_copy_of_another(f->guests.at[i], f))
			f->guests.at[kept++] = f->guests.at[i];
	}
	f->guests.n = kept;
}

void collect_linux_guests(struct facts *f)
{
	list_each(fs, &f->vm->filesystems) {
		struct guest *g = fs->fs && !fs->fs->fold_case ? find_root(f, fs) : NULL;

		if (g)
			*list_add(f->vm->arena, &f->guests) = g;
	}
	list_each(g, &f->guests) {
		collect_mounts(*g);
		*g = named_root(f, *g);
	}
	drop_copies(f);
	list_each(g, &f->guests) {
		collect_identity(*g);
		collect_boot(*g, f);
		collect_linux_agent(*g);
		collect_login(*g);
		collect_storage(*g);
		collect_linux_traces(*g);
	}
}

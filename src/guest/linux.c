/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finds the Linux guests: a root filesystem is one with /etc/fstab, or with /etc/passwd and a
 * release file.
 */
#include "guest/collect.h"

#include <string.h>

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

/* A guest whose tree is this filesystem alone. */
static struct guest *bare_guest(struct facts *f, struct filesystem *fs)
{
	struct arena *a = f->vm->arena;
	struct guest *g = arena_new(a, struct guest);
	struct fs_mount *top = arena_new(a, struct fs_mount);

	*top = (struct fs_mount){
		.dir = "/",
		.fs = fs->fs,
		.volume = fs->volume->name,
		.top = fs->fs->root,
	};
	g->family = GUEST_LINUX;
	g->vm = f->vm;
	g->root = fs->volume;
	g->root_fs = fs;
	g->tree = (struct fs_tree){top, 1};
	return g;
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
		struct guest *g;

		if (!fs->fs || fs->fs->fold_case)
			continue;
		g = bare_guest(f, fs);
		if (is_linux_root(g))
			*list_add(f->vm->arena, &f->guests) = g;
	}
	list_each(g, &f->guests)
		collect_mounts(*g);
	drop_copies(f);
	list_each(g, &f->guests) {
		collect_identity(*g);
		collect_boot(*g, f);
		collect_login(*g);
	}
}

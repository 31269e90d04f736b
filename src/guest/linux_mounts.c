/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * /etc/fstab, what its lines name on the given disks, and the tree of mounts they make.
 */
#include "guest/collect.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

/* "/boot//efi/" is "/boot/efi". */
static const char *normal_dir(struct arena *a, const char *dir)
{
	char *out = arena_strdup(a, dir), *w = out;

	for (const char *r = dir; *r; r++) {
		if (*r != '/' || w == out || w[-1] != '/')
			*w++ = *r;
	}
	if (w > out + 1 && w[-1] == '/')
		w--;
	*w = '\0';
	return out;
}

static bool is_bind(const struct fstab_entry *e)
{
	return fstab_has_option(e, "bind") || fstab_has_option(e, "rbind");
}

static struct mount mount_of(struct guest *g, const struct fstab_entry *e)
{
	struct arena *a = g->vm->arena;
	struct mount m = {
		.entry = e,
		.dir = normal_dir(a, e->dir),
		.from = origin_line(g->fstab, e->line, e->text),
		.spec = devspec_parse(a, e->spec),
	};

	m.not_mounted =
		!strcmp(e->type, "swap") || e->dir[0] != '/' || fstab_has_option(e, "noauto");
	if (m.spec.class == DEVSPEC_OTHER || m.spec.class == DEVSPEC_NET || is_bind(e))
		return m;
	m.volume = map_resolve(&g->vm->map, e->spec, &m.guess, &m.matches);
	if (m.volume)
		m.fs = vm_filesystem(g->vm, m.volume);
	if (m.fs && m.fs->fs && m.fs->fs->driver->subvolume) {
		m.subvol = fstab_option_value(a, e, "subvol");
		m.subvolid = fstab_option_value(a, e, "subvolid");
	}
	return m;
}

/* ---- Subvolumes ---- */

bool mount_names_subvolume(const struct mount *m)
{
	return m->subvol || m->subvolid;
}

/* subvolid=0 is another name of the top level; with both options, the kernel wants them to agree.
 */
int mount_top(const struct mount *m, struct fs_node *ret, struct err *e)
{
	unsigned long long id;

	if (m->subvol)
		return fs_subvolume_at(m->fs->fs, m->subvol, ret, e);
	if (!m->subvolid) {
		*ret = m->fs->fs->root;
		return 0;
	}
	if (!span_u64(span_of(m->subvolid), &id))
		return err_set(e, ENOENT, "subvolid=%s is not a number", m->subvolid);
	return fs_subvolume(m->fs->fs, id ? id : FS_TOP_LEVEL, ret, e);
}

/* ---- The tree ---- */

/* Where something is mounted that cannot be looked into, the reason why. */
static const char *why_not_seen(const struct guest *g, const struct mount *m)
{
	struct arena *a = g->vm->arena;

	if (m->spec.class == DEVSPEC_NET)
		return arena_printf(a, "%s is a network mount (%s)", m->dir, m->entry->spec);
	if (!m->volume)
		return arena_printf(
			a, "%s is on %s, which is not on the given disks", m->dir, m->entry->spec);
	if (!m->volume->dev)
		return arena_printf(a, "%s is on %s: %s", m->dir, m->volume->name, m->volume->why);
	if (!m->fs)
		return arena_printf(a, "%s is on %s, which holds no filesystem that is known",
			m->dir, m->volume->name);
	return arena_printf(a, "%s is on %s: %s", m->dir, m->volume->name, m->fs->why);
}

/* tmpfs, proc, bind mounts: nothing that a fact is read from lies there. */
static bool is_of_disks(const struct mount *m)
{
	return m->spec.class != DEVSPEC_OTHER && !is_bind(m->entry);
}

static void make_tree(struct guest *g)
{
	struct arena *a = g->vm->arena;
	struct fs_mount *at = arena_alloc(a, (g->mounts.n + 1) * sizeof(*at));
	struct err e = {0};
	size_t n = 1;

	at[0] = g->tree.mounts[0];
	list_each(m, &g->mounts) {
		if (m->not_mounted || !strcmp(m->dir, "/") || !is_of_disks(m))
			continue;
		at[n] = (struct fs_mount){.dir = m->dir, .volume = m->entry->spec};
		if (m->volume)
			at[n].volume = m->volume->name;
		if (!m->fs || !m->fs->fs)
			at[n].why = why_not_seen(g, m);
		else if (mount_top(m, &at[n].top, &e) < 0)
			at[n].why =
				arena_printf(a, "%s is on %s: %s", m->dir, m->volume->name, e.msg);
		else
			at[n].fs = m->fs->fs;
		n++;
	}
	g->tree = (struct fs_tree){at, n};
}

/* Which volume holds dir: its own, or what its parent directory lies on. */
static void find_boot(struct guest *g)
{
	const struct mount *boot = guest_mount(g, "/boot"), *efi = guest_mount(g, "/boot/efi");

	g->boot = g->root;
	g->boot_fs = g->root_fs;
	if (boot && !boot->not_mounted) {
		g->boot = boot->volume;
		g->boot_fs = boot->fs;
		if (!boot->fs || !boot->fs->fs) {
			g->boot_missing = boot->entry->spec;
			g->boot_missing_reason = REASON_MISSING_DISK;
			if (boot->volume)
				g->boot_missing_reason =
					boot->fs ? reason_of(boot->fs->why_num) : REASON_UNREADABLE;
			g->boot_missing_why = why_not_seen(g, boot);
		}
	}
	if (efi) {
		g->efi = efi->volume;
		g->efi_fs = efi->fs;
	}
}

void collect_mounts(struct guest *g)
{
	struct arena *a = g->vm->arena;
	struct fstab *fstab = arena_new(a, struct fstab);

	g->fstab = guest_read(g, "/etc/fstab");
	if (g->fstab->status == FILE_READ)
		fstab_parse(fstab, a, g->fstab->text, g->fstab->len);
	for (size_t i = 0; i < fstab->n; i++)
		*list_add(a, &g->mounts) = mount_of(g, &fstab->at[i]);
	make_tree(g);
	find_boot(g);
}

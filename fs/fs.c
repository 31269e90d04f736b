/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of filesystem drivers, and the one walk over paths, symlinks and mount points.
 *
 * The walk keeps a stack of the directories it came through, so ".." needs no help from a driver
 * and cannot leave the tree.  It follows path_resolution(7), but asks for no permissions: what is
 * inspected is what root of the guest would see.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "fs/fs.h"

static const struct fs_driver *const drivers[] = {
	&ext_driver, &fat_driver, &xfs_driver, &btrfs_driver, &ntfs_driver};

static const struct fs_driver *driver_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
		if (drivers[i]->serves(type))
			return drivers[i];
	return NULL;
}

bool fs_type_is_readable(const char *type)
{
	return driver_of(type) != NULL;
}

bool fs_type_has_members(const char *type)
{
	const struct fs_driver *driver = driver_of(type);

	return driver && driver->has_members;
}

const char *fs_type_companion(const char *type)
{
	const struct fs_driver *driver = driver_of(type);

	return driver ? driver->companion : NULL;
}

/* ---- Names looked up before ---- */

/*
 * Most probes of a run share their first components, and many ask for names that are not there.
 * One slot a hash value, the last comer stays.
 */
#define NAME_SLOTS 512U

struct known_name {
	uint64_t dir;
	size_t len;
	bool absent; /* then there is nothing of found */
	char *name;
	struct found {
		struct fs_node node;
		struct fs_stat st;
		const char *spelled; /* as the directory has it */
		size_t spelled_len;
	} found;
};

struct fs_names {
	struct known_name *slots[NAME_SLOTS];
};

static void forget_names(struct fs *fs)
{
	for (size_t i = 0; fs->names && i < NAME_SLOTS; i++)
		free(fs->names->slots[i]);
	free(fs->names);
}

static struct known_name **slot_of(struct fs *fs, struct fs_node dir, const char *name, size_t len)
{
	uint64_t h = (dir.id + 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd;

	if (!fs->names)
		fs->names = calloc(1, sizeof(*fs->names));
	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 0x100000001b3;
	return fs->names ? &fs->names->slots[(h >> 32) % NAME_SLOTS] : NULL;
}

static int no_such_name(struct err *e)
{
	return err_set(e, ENOENT, "no such file or directory");
}

static int ask_driver(struct fs *fs, struct fs_node dir, const char *name, size_t len,
	struct found *ret, struct err *e)
{
	int r = fs->driver->lookup(fs, dir, name, len, &ret->node, e);

	if (r)
		return r;
	ret->spelled = name;
	ret->spelled_len = len;
	if (fs->driver->spelling)
		ret->spelled = fs->driver->spelling(fs, &ret->spelled_len);
	return fs->driver->stat(fs, ret->node, &ret->st, e);
}

/* One block holds it all, and no more than it needs: there are hundreds.  found: NULL if absent. */
static void remember(struct known_name **slot, struct fs_node dir, const char *name, size_t len,
	const struct found *found)
{
	size_t head = found ? sizeof(struct known_name) : offsetof(struct known_name, found);
	struct known_name *k = malloc(head + len + (found ? found->spelled_len : 0));

	if (!k)
		return;
	free(*slot);
	*slot = k;
	k->dir = dir.id;
	k->len = len;
	k->absent = !found;
	k->name = (char *)k + head;
	memcpy(k->name, name, len);
	if (!found)
		return;
	k->found = *found;
	k->found.spelled = memcpy(k->name + len, found->spelled, found->spelled_len);
}

static int lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len,
	struct found *ret, struct err *e)
{
	struct known_name **slot = slot_of(fs, dir, name, len);
	const struct known_name *k = slot ? *slot : NULL;
	int r;

	if (k && k->len == len && k->dir == dir.id && !memcmp(k->name, name, len)) {
		if (k->absent)
			return no_such_name(e);
		*ret = k->found;
		return 0;
	}
	r = ask_driver(fs, dir, name, len, ret, e);
	if (slot && (!r || r == -ENOENT))
		remember(slot, dir, name, len, r ? NULL : ret);
	return r;
}

/* ---- One filesystem ---- */

int fs_open(
	const char *type, struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e)
{
	const struct fs_driver *driver = driver_of(type);

	if (!driver)
		return err_set(e, ENOTSUP, "filesystems of type %s are not read yet", type);
	return driver->open(devs, n, ret, e);
}

void fs_close(struct fs *fs)
{
	if (!fs)
		return;
	forget_names(fs);
	fs->driver->close(fs);
}

int fs_space(struct fs *fs, struct fs_space *ret, struct err *e)
{
	return fs->driver->space(fs, ret, e);
}

bool fs_space_is_slow(const struct fs *fs)
{
	return fs->driver->space_is_slow;
}

const char *fs_state_name(enum fs_state s)
{
	static const char *const names[] = {
		[FS_CLEAN] = "clean",
		[FS_REPLAYED] = "replayed",
		[FS_DIRTY] = "dirty",
		[FS_ERRORS] = "errors",
		[FS_UNREADABLE] = "unreadable",
	};

	return names[s];
}

void fs_state_add(struct fs *fs, enum fs_state s, const char *sentence)
{
	size_t used = strlen(fs->state_detail);

	if (s > fs->state)
		fs->state = s;
	snprintf(fs->state_detail + used, sizeof(fs->state_detail) - used, "%s%s", used ? "; " : "",
		sentence);
}

/* ---- The walk ---- */

struct frame {
	struct fs_node node;
	const struct fs_mount *mount;
	size_t path_len; /* of the path so far, in file.path; the root has none */
};

struct walk {
	const struct fs_tree *tree;
	struct frame stack[PATH_DEPTH_MAX + 1]; /* directories; only the last may be a file */
	size_t depth;
	struct fs_file file; /* path is that of the stack; st counts while have_st */
	bool have_st;
	unsigned links;
	char *p; /* what of rest is still to be walked */
	char rest[2 * GUEST_PATH_MAX];
};

static const struct fs_mount *mount_at(const struct fs_tree *t, const char *path)
{
	for (size_t i = t->n; i-- > 1;) /* the later one covers the earlier */
		if (!strcmp(t->mounts[i].dir, path))
			return &t->mounts[i];
	return NULL;
}

static int enter_mount(struct walk *w, const struct fs_mount *m, size_t path_len, struct err *e)
{
	if (!m->fs)
		return err_set(e, ENODEV, "%s on %s cannot be read: %s",
			m->volume ? m->volume : "?", m->dir, m->why ? m->why : "it was not opened");
	w->stack[w->depth] = (struct frame){m->top, m, path_len};
	w->have_st = false;
	return 0;
}

/*
 * Where an absolute target begins.  Windows knows no other tree than the volume's own: within a
 * guest that mounts one somewhere, its links stay below that place.
 */
static void step_to_root(struct walk *w, const struct fs *fs)
{
	const struct fs_mount *m = w->stack[w->depth].mount;

	while (w->depth && !(fs->driver->links_stay && w->stack[w->depth - 1].mount != m))
		w->depth--;
	w->file.path[w->stack[w->depth].path_len] = '\0';
	w->have_st = false;
}

/* Puts what remains to be walked behind a symlink's target. */
static int follow_link(struct walk *w, struct fs *fs, struct fs_node link, struct err *e)
{
	char target[GUEST_PATH_MAX];
	size_t len, left = strlen(w->p);
	int r;

	if (++w->links > SYMLINKS_MAX)
		return err_set(e, ELOOP, "more than %d symlinks", SYMLINKS_MAX);
	if (!fs->driver->readlink)
		return err_set(e, EBADMSG, "a symlink on a filesystem that has none");
	r = fs->driver->readlink(fs, link, target, e);
	if (r < 0)
		return r;
	len = strlen(target);
	if (!len)
		return no_such_name(e);
	if (len + left >= GUEST_PATH_MAX)
		return err_set(e, E2BIG, "longer than %d bytes", GUEST_PATH_MAX);
	if (target[0] == '/')
		step_to_root(w, fs);
	/* rest has room for two paths, and what is left lies within it: move it first. */
	memmove(w->rest + len, w->p, left + 1);
	memcpy(w->rest, target, len);
	w->p = w->rest;
	return 0;
}

static void step_up(struct walk *w)
{
	if (w->depth)
		w->depth--;
	w->file.path[w->stack[w->depth].path_len] = '\0';
	w->have_st = false;
}

/* Appends a name to the path so far; *ret_len is how long that is then. */
static int put_name(struct walk *w, size_t path_len, const char *name, size_t len, size_t *ret_len,
	struct err *e)
{
	if (path_len + 1 + len >= GUEST_PATH_MAX || w->depth == PATH_DEPTH_MAX)
		return err_set(e, E2BIG, "longer than %d bytes or deeper than %d directories",
			GUEST_PATH_MAX, PATH_DEPTH_MAX);
	*ret_len = path_len + 1 + len;
	w->file.path[path_len] = '/';
	memcpy(w->file.path + path_len + 1, name, len);
	w->file.path[*ret_len] = '\0';
	return 0;
}

/* Walks one name, which ends where w->p begins. */
static int step_down(struct walk *w, const char *name, size_t len, bool keep_link, struct err *e)
{
	const struct frame top = w->stack[w->depth];
	const struct fs_mount *m;
	struct found found;
	size_t path_len;
	int r = put_name(w, top.path_len, name, len, &path_len, e);

	if (r < 0)
		return r;
	m = mount_at(w->tree, w->file.path);
	if (m) {
		w->depth++;
		return enter_mount(w, m, path_len, e);
	}
	r = lookup(top.mount->fs, top.node, name, len, &found, e);
	if (r < 0)
		return r;
	if (S_ISLNK(found.st.mode) && !keep_link) {
		w->file.path[top.path_len] = '\0';
		return follow_link(w, top.mount->fs, found.node, e);
	}
	r = put_name(w, top.path_len, found.spelled, found.spelled_len, &path_len, e);
	if (r < 0)
		return r;
	if (*w->p && !S_ISDIR(found.st.mode))
		return err_set(e, ENOTDIR, "%s is not a directory", w->file.path);
	w->stack[++w->depth] = (struct frame){found.node, top.mount, path_len};
	w->file.st = found.st;
	w->have_st = true;
	return 0;
}

static int walk_all(struct walk *w, unsigned flags, struct err *e)
{
	int r = 0;

	while (r >= 0) {
		const char *name;
		size_t len;

		w->p += strspn(w->p, "/");
		len = strcspn(w->p, "/");
		if (!len)
			break;
		name = w->p;
		w->p += len; /* now at the slash behind the name, or at the end */
		if (len == 1 && name[0] == '.')
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.')
			step_up(w);
		else
			r = step_down(w, name, len, (flags & FS_NOFOLLOW) && !*w->p, e);
	}
	return r;
}

int fs_walk(const struct fs_tree *t, const char *path, unsigned flags, struct fs_file *ret,
	struct err *e)
{
	struct walk w;
	int r;

	w.tree = t;
	w.depth = 0;
	w.links = 0;
	w.p = w.rest;
	w.file.path[0] = '\0';
	if (strlen(path) >= GUEST_PATH_MAX)
		return err_set(e, E2BIG, "a path longer than %d bytes", GUEST_PATH_MAX);
	strcpy(w.rest, path);
	r = enter_mount(&w, &t->mounts[0], 0, e);
	if (r >= 0)
		r = walk_all(&w, flags, e);
	if (r >= 0) {
		const struct frame *top = &w.stack[w.depth];

		w.file.node = top->node;
		w.file.mount = top->mount;
		w.file.fs = top->mount->fs;
		if (!w.have_st)
			r = w.file.fs->driver->stat(w.file.fs, top->node, &w.file.st, e);
	}
	if (r < 0)
		return err_prefix(e, "%s", path);
	if (!w.file.path[0])
		strcpy(w.file.path, "/");
	/* Of the path, which is the last of it, only what there is. */
	memcpy(ret, &w.file, offsetof(struct fs_file, path) + strlen(w.file.path) + 1);
	return 0;
}

/* ---- Subvolumes ---- */

int fs_subvolume(struct fs *fs, uint64_t id, struct fs_node *ret, struct err *e)
{
	if (!fs->driver->subvolume)
		return err_set(
			e, ENOENT, "a filesystem of type %s has no subvolumes", fs->driver->name);
	return fs->driver->subvolume(fs, id, ret, e);
}

int fs_subvolume_at(struct fs *fs, const char *path, struct fs_node *ret, struct err *e)
{
	struct fs_mount top = {.dir = "/", .fs = fs};
	const struct fs_tree tree = {&top, 1};
	struct fs_file file = {0};
	int r = fs_subvolume(fs, FS_TOP_LEVEL, &top.top, e);

	if (!r)
		r = fs_walk(&tree, path, 0, &file, e);
	if (!r && !S_ISDIR(file.st.mode))
		r = err_set(e, ENOENT, "%s is not a subvolume", path);
	if (!r)
		*ret = file.node;
	return r;
}

/* ---- Files that were walked to ---- */

/* A callback's own error stops the listing, but is none of the driver's. */
struct lister {
	fs_list_fn *fn;
	void *ctx;
	int r;
	bool odd; /* a name was left out */
};

/* No path leads to a name with a slash, and no caller should be given a NUL. */
static int list_one(void *ctx, const struct fs_entry *entry)
{
	struct lister *l = ctx;

	if (memchr(entry->name, '/', entry->name_len) ||
		memchr(entry->name, '\0', entry->name_len)) {
		l->odd = true;
		return 0;
	}
	l->r = l->fn(l->ctx, entry);
	return l->r != 0;
}

int fs_list(const struct fs_file *dir, fs_list_fn *fn, void *ctx, struct err *e)
{
	struct lister l = {.fn = fn, .ctx = ctx};
	int r;

	if (!S_ISDIR(dir->st.mode))
		return err_set(e, ENOTDIR, "%s: not a directory", dir->path);
	r = dir->fs->driver->list(dir->fs, dir->node, list_one, &l, e);
	if (!r && !l.r && l.odd)
		r = err_set(e, EBADMSG, "holds an impossible name");
	if (r < 0)
		return err_prefix(e, "%s", dir->path);
	return l.r < 0 ? l.r : 0;
}

struct subvolume_lister {
	fs_subvolume_fn *fn;
	void *ctx;
	int r;
};

static int list_subvolume(void *ctx, const struct fs_subvolume *subvolume)
{
	struct subvolume_lister *l = ctx;

	l->r = l->fn(l->ctx, subvolume);
	return l->r != 0;
}

int fs_subvolumes(struct fs *fs, fs_subvolume_fn *fn, void *ctx, struct err *e)
{
	struct subvolume_lister l = {fn, ctx, 0};
	int r = 0;

	if (fs->driver->subvolumes)
		r = fs->driver->subvolumes(fs, list_subvolume, &l, e);
	return r < 0 ? r : l.r < 0 ? l.r : 0;
}

int fs_read(
	const struct fs_file *f, uint64_t off, void *buf, size_t len, size_t *ret_n, struct err *e)
{
	size_t n;
	int r;

	if (!S_ISREG(f->st.mode))
		return err_set(e, EINVAL, "%s: not a regular file", f->path);
	if (off >= f->st.size) {
		*ret_n = 0;
		return 0;
	}
	len = min_u64(len, f->st.size - off);
	r = f->fs->driver->read(f->fs, f->node, off, buf, len, &n, e);
	if (r < 0)
		return err_prefix(e, "%s", f->path);
	*ret_n = n;
	return 0;
}

int fs_read_exact(const struct fs_file *f, uint64_t off, void *buf, size_t len, struct err *e)
{
	size_t n = 0;
	int r = fs_read(f, off, buf, len, &n, e);

	if (r < 0 || n == len)
		return r;
	return err_set(e, EBADMSG, "the file ends after %llu bytes", (unsigned long long)(off + n));
}

int fs_readlink(const struct fs_file *f, char buf[4096], struct err *e)
{
	int r;

	if (!S_ISLNK(f->st.mode) || !f->fs->driver->readlink)
		return err_set(e, EINVAL, "%s: not a symlink", f->path);
	r = f->fs->driver->readlink(f->fs, f->node, buf, e);
	return r < 0 ? err_prefix(e, "%s", f->path) : 0;
}

int fs_read_whole(const struct fs_file *f, size_t max, struct arena *a, char **ret_text,
	size_t *ret_len, struct err *e)
{
	size_t n = 0;
	char *text;
	int r;

	if (f->st.size > max)
		return err_set(e, E2BIG, "%s: larger than %zu bytes", f->path, max);
	text = arena_alloc(a, f->st.size + 1);
	r = fs_read(f, 0, text, f->st.size, &n, e);
	if (r < 0)
		return r;
	*ret_text = text;
	*ret_len = n;
	return 0;
}

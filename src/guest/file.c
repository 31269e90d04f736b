/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Files of a guest: looked up through its own tree, read once and kept.
 */
#include "guest/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"

enum reason reason_of(int num)
{
	switch (num) {
	case E2BIG:
		return REASON_LIMIT;
	case ENOTSUP:
		return REASON_UNSUPPORTED;
	case ENODEV:
		return REASON_MISSING_DISK;
	default:
		return REASON_UNREADABLE;
	}
}

const char *evidence_state(const struct filesystem *fs)
{
	return fs && fs->fs && fs->state != FS_CLEAN ? fs_state_name(fs->state) : NULL;
}

struct origin origin_found(const struct fs_file *f, const char *path)
{
	return (struct origin){
		.device = f->mount->volume,
		.path = path,
		.state = f->fs->state != FS_CLEAN ? fs_state_name(f->fs->state) : NULL,
	};
}

struct origin origin_line(const struct guest_file *f, unsigned line, const char *text)
{
	struct origin o = f->from;

	o.line = line;
	o.text = text;
	return o;
}

struct origin origin_volume(const struct volume *v)
{
	return (struct origin){.device = v->name};
}

/* Nothing there, as opposed to something that could not be seen. */
static bool is_absence(int num)
{
	return num == ENOENT || num == ENOTDIR;
}

static struct guest_file *new_file(struct guest *g, const char *path)
{
	struct guest_file *f = arena_new(g->vm->arena, struct guest_file);

	f->path = arena_strdup(g->vm->arena, path);
	f->from.path = f->path;
	*list_add(g->vm->arena, &g->files) = f;
	return f;
}

static void could_not(struct guest_file *f, struct arena *a, const struct err *e)
{
	if (is_absence(e->num)) {
		f->status = FILE_ABSENT;
		return;
	}
	f->status = FILE_UNREADABLE;
	f->reason = reason_of(e->num);
	f->why = arena_strdup(a, e->msg);
}

static void read_into(struct guest_file *f, const struct fs_file *found, struct arena *a)
{
	struct err e = {0};
	char *text;

	f->st = found->st;
	f->from = origin_found(found, arena_strdup(a, found->path));
	if (!S_ISREG(found->st.mode)) {
		err_set(&e, EBADMSG, "is not a regular file");
		could_not(f, a, &e);
		return;
	}
	if (fs_read_whole(found, CONFIG_FILE_MAX, a, &text, &f->len, &e) < 0) {
		could_not(f, a, &e);
		return;
	}
	f->text = text;
	f->status = FILE_READ;
}

static const struct guest_file *known_file(const struct guest *g, const char *path)
{
	list_each(f, &g->files) {
		if (!strcmp((*f)->path, path))
			return *f;
	}
	return NULL;
}

const struct guest_file *guest_read(struct guest *g, const char *path)
{
	const struct guest_file *known = known_file(g, path);
	struct guest_file *f;
	struct fs_file found;
	struct err e = {0};

	if (known)
		return known;
	f = new_file(g, path);
	if (fs_walk(&g->tree, path, 0, &found, &e) < 0)
		could_not(f, g->vm->arena, &e);
	else
		read_into(f, &found, g->vm->arena);
	return f;
}

const struct guest_file *guest_read_found(
	struct guest *g, const char *path, const struct fs_file *file)
{
	const struct guest_file *known = known_file(g, path);
	struct guest_file *f;

	if (known)
		return known;
	f = new_file(g, path);
	read_into(f, file, g->vm->arena);
	return f;
}

enum file_status guest_stat(struct guest *g, const char *path, struct fs_file *ret_file)
{
	struct fs_file found;
	struct err e = {0};

	if (fs_walk(&g->tree, path, 0, &found, &e) < 0)
		return is_absence(e.num) ? FILE_ABSENT : FILE_UNREADABLE;
	if (ret_file)
		*ret_file = found;
	return FILE_READ;
}

int guest_read_head(struct guest *g, const char *path, void *buf, size_t len)
{
	struct fs_file found;
	struct err e = {0};
	size_t n = 0;
	int r = fs_walk(&g->tree, path, 0, &found, &e);

	if (r < 0)
		return r;
	r = fs_read(&found, 0, buf, len, &n, &e);
	return r < 0 ? r : (int)n;
}

const char *guest_readlink(struct guest *g, const char *path)
{
	struct fs_file found;
	char target[GUEST_PATH_MAX];
	struct err e = {0};

	if (fs_walk(&g->tree, path, FS_NOFOLLOW, &found, &e) < 0 || !S_ISLNK(found.st.mode))
		return NULL;
	if (fs_readlink(&found, target, &e) < 0)
		return NULL;
	return arena_strdup(g->vm->arena, target);
}

struct list_ctx {
	struct arena *a;
	struct name_list *names;
};

static int add_name(void *ctx, const struct fs_entry *entry)
{
	struct list_ctx *c = ctx;
	struct dir_name *n;

	if (c->names->n >= DIR_ENTRIES_MAX)
		return 1;
	n = list_add(c->a, c->names);
	n->name = arena_strndup(c->a, entry->name, entry->name_len);
	n->node = entry->node;
	n->type = entry->type;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct dir_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

enum file_status guest_list(
	struct guest *g, const char *path, struct name_list *ret, const char **ret_why)
{
	struct list_ctx ctx = {g->vm->arena, ret};
	struct fs_file dir;
	struct err e = {0};

	*ret = (struct name_list){0};
	if (fs_walk(&g->tree, path, 0, &dir, &e) < 0 || fs_list(&dir, add_name, &ctx, &e) < 0) {
		if (is_absence(e.num))
			return FILE_ABSENT;
		if (ret_why)
			*ret_why = arena_strdup(g->vm->arena, e.msg);
		return FILE_UNREADABLE;
	}
	if (ret->n)
		qsort(ret->at, ret->n, sizeof(*ret->at), by_name);
	return FILE_READ;
}

const struct mount *guest_mount(const struct guest *g, const char *dir)
{
	list_each(m, &g->mounts) {
		if (!strcmp(m->dir, dir))
			return m;
	}
	return NULL;
}

/* Does path lie at or below dir? */
static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1)
		return true;
	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

struct filesystem *guest_filesystem_of(const struct guest *g, const char *path)
{
	const struct mount *best = NULL;

	list_each(m, &g->mounts) {
		if (m->dir[0] == '/' && m->dir[1] && !m->not_mounted && is_below(path, m->dir) &&
			(!best || strlen(m->dir) > strlen(best->dir)))
			best = m;
	}
	return best ? best->fs : g->root_fs;
}

const struct disk_boot *facts_disk(const struct facts *f, const struct disk_map *d)
{
	list_each(b, &f->disks) {
		if (b->disk == d)
			return b;
	}
	return NULL;
}

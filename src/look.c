/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/pages.h"
#include "report/report.h"

/* What cat reads at a time: it stays in the processor's cache until it is written. */
#define PIECE (256U << 10)

/* ---- ls ---- */

/* As little as a line needs: there may be millions. */
struct line {
	const char *name, *target; /* target: of a symlink, else NULL */
	uint64_t size;
	int64_t mtime;
	uint32_t mode, len;
	bool known;
};

struct listing {
	const struct fs_tree *tree;
	const struct fs_file *dir;
	struct arena arena; /* of the names */
	struct line *lines;
	size_t n, room;
	struct err first; /* the first entry that could not be read */
};

static const char *mode_text(const struct line *l, char buf[11])
{
	static const char bits[] = "rwxrwxrwx";
	static const struct {
		mode_t type;
		char letter;
	} types[] = {{S_IFREG, '-'}, {S_IFDIR, 'd'}, {S_IFLNK, 'l'}, {S_IFCHR, 'c'}, {S_IFBLK, 'b'},
		{S_IFIFO, 'p'}, {S_IFSOCK, 's'}};
	mode_t mode = l->mode;

	memcpy(buf, "??????????", 11);
	if (!l->known)
		return buf;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if ((mode & S_IFMT) == types[i].type)
			buf[0] = types[i].letter;
	}
	for (size_t i = 0; i < 9; i++)
		buf[1 + i] = mode & (0400U >> i) ? bits[i] : '-';
	if (mode & S_ISUID)
		buf[3] = mode & 0100 ? 's' : 'S';
	if (mode & S_ISGID)
		buf[6] = mode & 0010 ? 's' : 'S';
	if (mode & S_ISVTX)
		buf[9] = mode & 0001 ? 't' : 'T';
	return buf;
}

static void print_line(FILE *out, const struct line *l, int size_width)
{
	time_t seconds = l->mtime;
	char mode[11], when[64] = "?";
	struct tm tm;

	if (l->known && gmtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(out, "%s %*llu %20s ", mode_text(l, mode), size_width, (unsigned long long)l->size,
		when);
	text_escaped(out, l->name, l->len);
	if (l->target) {
		fputs(" -> ", out);
		text_escaped(out, l->target, strlen(l->target));
	}
	fputc('\n', out);
}

static int by_name(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void print_lines(FILE *out, struct listing *l)
{
	uint64_t largest = 0;
	int width;

	for (size_t i = 0; i < l->n; i++) {
		if (l->lines[i].size > largest)
			largest = l->lines[i].size;
	}
	width = snprintf(NULL, 0, "%llu", (unsigned long long)largest);
	if (l->n)
		qsort(l->lines, l->n, sizeof(*l->lines), by_name);
	for (size_t i = 0; i < l->n; i++)
		print_line(out, &l->lines[i], width);
}

static struct line *new_line(struct listing *l, const char *name, size_t len)
{
	struct line *line;

	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		void *more = reallocarray(l->lines, room, sizeof(*l->lines));

		if (!more)
			arena_exhausted();
		l->lines = more;
		l->room = room;
	}
	line = &l->lines[l->n++];
	*line = (struct line){.name = arena_strndup(&l->arena, name, len), .len = (uint32_t)len};
	return line;
}

/* Adds file under a name; where a symlink points is part of the line. */
static int add_line(
	struct listing *l, const struct fs_file *file, const char *name, size_t len, struct err *e)
{
	struct line *line = new_line(l, name, len);
	char target[GUEST_PATH_MAX];

	line->size = file->st.size;
	line->mtime = file->st.mtime;
	line->mode = file->st.mode;
	line->known = true;
	if (!S_ISLNK(file->st.mode))
		return 0;
	if (fs_readlink(file, target, e) < 0)
		return -e->num;
	line->target = arena_strdup(&l->arena, target);
	return 0;
}

static bool is_mounted_on(
	const struct fs_mount *m, const struct fs_file *dir, const struct fs_entry *entry)
{
	size_t n = strcmp(dir->path, "/") ? strlen(dir->path) : 0;
	const char *name = m->dir + n + 1;

	return m->fs && !strncmp(m->dir, dir->path, n) && m->dir[n] == '/' &&
	       strlen(name) == entry->name_len && !memcmp(name, entry->name, entry->name_len);
}

/* The entry as the guest sees it: where something is mounted, that. */
static int find_entry(
	const struct listing *l, const struct fs_entry *entry, struct fs_file *ret, struct err *e)
{
	const struct fs_file *dir = l->dir;

	for (size_t i = 1; i < l->tree->n; i++) {
		if (is_mounted_on(&l->tree->mounts[i], dir, entry))
			return fs_walk(l->tree, l->tree->mounts[i].dir, 0, ret, e);
	}
	ret->fs = dir->fs;
	ret->mount = dir->mount;
	ret->node = entry->node;
	snprintf(ret->path, sizeof(ret->path), "%s/%.*s", strcmp(dir->path, "/") ? dir->path : "",
		(int)entry->name_len, entry->name);
	return dir->fs->driver->stat(dir->fs, entry->node, &ret->st, e);
}

static int list_entry(void *ctx, const struct fs_entry *entry)
{
	struct listing *l = ctx;
	struct fs_file file;
	struct err e = {0};

	if (find_entry(l, entry, &file, &e) < 0) {
		new_line(l, entry->name, entry->name_len);
		err_prefix(&e, "%s: %.*s", l->dir->path, (int)entry->name_len, entry->name);
	} else {
		add_line(l, &file, entry->name, entry->name_len, &e);
	}
	if (e.num && !l->first.num)
		l->first = e;
	return 0;
}

int look_ls(FILE *out, const struct fs_tree *t, const char *path, struct err *e)
{
	struct listing l = {.tree = t};
	struct fs_file file;
	int r = fs_walk(t, path, 0, &file, e);

	if (r >= 0 && S_ISDIR(file.st.mode)) {
		l.dir = &file;
		r = fs_list(&file, list_entry, &l, e);
	} else if (r >= 0 || r == -ENOENT) {
		/* A symlink that leads nowhere is there all the same. */
		r = fs_walk(t, path, FS_NOFOLLOW, &file, e);
		if (r >= 0)
			r = add_line(&l, &file, path, strlen(path), e);
	}
	if (r >= 0)
		print_lines(out, &l);
	if (r >= 0 && l.first.num) {
		*e = l.first;
		r = -e->num;
	}
	arena_free(&l.arena);
	free(l.lines);
	return r;
}

/* ---- cat ---- */

static int write_piece(FILE *out, const void *p, size_t n, struct err *e)
{
	if (fwrite(p, 1, n, out) == n)
		return 0;
	return err_set(e, EIO, "the output cannot be written: %s", strerror(errno));
}

int look_cat(FILE *out, const struct fs_tree *t, const char *path, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *piece = NULL;
	struct fs_file file;
	int r = fs_walk(t, path, 0, &file, e);
	size_t n;

	if (r < 0)
		return r;
	if (!S_ISREG(file.st.mode))
		return err_set(e, EINVAL, "%s is %s", path,
			S_ISDIR(file.st.mode) ? "a directory" : "not a regular file");
	piece = pages_alloc(PIECE);
	if (!piece)
		arena_exhausted();
	for (uint64_t off = 0; off < file.st.size; off += n) {
		r = fs_read(&file, off, piece, PIECE, &n, e);
		if (r < 0)
			return err_prefix(e, "%s", path);
		if (!n)
			return err_set(e, EBADMSG, "%s ends before its size", path);
		r = write_piece(out, piece, n, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int look_raw(FILE *out, struct blockdev *dev, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *piece = pages_alloc(PIECE);
	size_t n;

	if (!piece)
		arena_exhausted();
	for (uint64_t off = 0; off < dev->size; off += n) {
		int r;

		n = min_u64(PIECE, dev->size - off);
		r = blockdev_read(dev, off, piece, n, e);
		if (r >= 0)
			r = write_piece(out, piece, n, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- --device ---- */

int look_device(struct looked_at *ret, const struct vm *vm, const char *name, struct err *e)
{
	list_each(v, &vm->map.volumes) {
		if (strcmp((*v)->name, name))
			continue;
		if (!(*v)->dev)
			return err_set(e, EIO, "%s cannot be read: %s", name,
				(*v)->why ? (*v)->why : "its device is missing");
		*ret = (struct looked_at){(*v)->dev, *v};
		return 0;
	}
	list_each(d, &vm->machine.disks) {
		if (!strcmp(d->name, name)) {
			*ret = (struct looked_at){d->disk.dev, NULL};
			return 0;
		}
	}
	return err_set(e, ENOENT,
		"there is no volume \"%s\"; \"asr-inspect layout\" shows those "
		"there are",
		name);
}

int look_volume(
	struct fs_tree *ret, struct fs_mount *mount, struct vm *vm, const char *name, struct err *e)
{
	struct looked_at at;
	struct filesystem *f;
	int r = look_device(&at, vm, name, e);

	if (r < 0)
		return r;
	f = at.volume ? vm_filesystem(vm, at.volume) : NULL;
	if (!f)
		return err_set(e, ENOENT, "%s holds no filesystem%s%s", name,
			at.volume && at.volume->sig.type ? ", but " : "",
			at.volume && at.volume->sig.type ? at.volume->sig.type : "");
	if (!f->fs)
		return err_set(e, EIO, "%s cannot be read: %s", name, f->why);
	*mount = (struct fs_mount){.dir = "/", .fs = f->fs, .volume = name, .top = f->fs->root};
	*ret = (struct fs_tree){mount, 1};
	return 0;
}

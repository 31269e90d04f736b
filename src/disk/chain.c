/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk/chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

/* An image on the way down, on the stack of the call that opens its parent. */
struct chain_link {
	const struct chain_link *child;
	struct stat st;
	unsigned depth;
};

const char *chain_base_name(const char *name)
{
	const char *base = name;

	for (const char *p = name; *p; p++)
		if (*p == '/' || *p == '\\')
			base = p + 1;
	return base;
}

const char *chain_unix_name(struct arena *a, const char *windows)
{
	char *name = arena_strdup(a, windows);

	for (char *p = name; *p; p++)
		if (*p == '\\')
			*p = '/';
	while (str_starts(name, "./"))
		name += 2;
	return name;
}

/* An absolute name that leads into the image's own directory, as seen from there. */
static const char *seen_from(const char *dir, const char *name)
{
	CLEANUP(cleanup_free) char *real = *name == '/' ? realpath(*dir ? dir : ".", NULL) : NULL;
	size_t n = real ? strlen(real) : 0;

	return real && str_starts(name, real) && name[n] == '/' ? name + n + 1 : name;
}

static int may_follow(const struct disk_open_args *args, const char *name,
	const struct disk_info *info, struct err *e)
{
	if (args->follow)
		return 0;
	return err_set(e, ENOTSUP,
		"\"%s\", which it names, is not looked for: only the contents, which a guest may "
		"have written, say that it is a %s image; --image-format %s makes it one",
		name, info->format, info->format);
}

int chain_open_file(const struct disk_open_args *args, const char *dir, const char *name,
	const struct disk_info *info, struct hostfile **ret, struct err *e)
{
	int r = may_follow(args, name, info, e);

	return r < 0 ? r : hostfile_open(args->io, dir, seen_from(dir, name), ret, e);
}

/* The first of the names that can be opened; the first error, as the others are only guesses. */
static int open_first(const struct disk_open_args *args, const char *dir, const char *const *names,
	const struct disk_info *info, const char **ret_name, struct hostfile **ret, struct err *e)
{
	struct err guess;
	int r = chain_open_file(args, dir, names[0], info, ret, e);

	*ret_name = names[0];
	for (size_t i = 1; names[i] && r < 0 && args->follow; i++) {
		if (chain_open_file(args, dir, names[i], info, ret, &guess) >= 0) {
			*ret_name = names[i];
			return 0;
		}
	}
	return r < 0 ? err_prefix(e, "its parent cannot be opened") : 0;
}

/* One more link, unless the chain is too long or comes back to a file it has passed. */
static int link_init(struct chain_link *link, const struct disk_open_args *args,
	const struct hostfile *child, const struct hostfile *parent, struct err *e)
{
	struct stat st;

	*link = (struct chain_link){.child = args->chain};
	link->depth = args->chain ? args->chain->depth + 1 : 1;
	if (link->depth >= DISK_CHAIN_MAX)
		return err_set(e, E2BIG, "has a chain of more than %d parents", DISK_CHAIN_MAX);
	if (fstat(child->fd, &link->st) || fstat(parent->fd, &st))
		return err_set(e, EIO, "%s: %s", parent->name, strerror(errno));
	for (const struct chain_link *l = link; l; l = l->child)
		if (l->st.st_dev == st.st_dev && l->st.st_ino == st.st_ino)
			return err_set(e, EBADMSG, "the chain of parents leads back to \"%s\"",
				parent->name);
	return 0;
}

static void tell(
	struct arena *a, const char *name, const struct disk_info *parent, struct disk_info *info)
{
	*list_add(a, &info->parents) = name;
	list_each(p, &parent->parents)
		*list_add(a, &info->parents) = *p;
	info->unclean |= parent->unclean;
	info->damaged |= parent->damaged;
	info->cut_short |= parent->cut_short;
	/* Notes of parents further on already begin with their names. */
	list_each(n, &parent->notes)
		*list_add(a, &info->notes) =
			str_starts(*n, "parent ") ? *n : arena_printf(a, "parent %s: %s", name, *n);
}

int chain_open_parent(const struct disk_open_args *args, const char *dir,
	const struct hostfile *child, const char *const *names, const char *format,
	struct disk_info *info, struct disk_info *ret_info, struct blockdev **ret, struct err *e)
{
	struct disk_open_args a = *args;
	struct disk_info parent = {0};
	struct hostfile *f = NULL;
	struct chain_link link;
	const char *name;
	int r = open_first(args, dir, names, info, &name, &f, e);

	if (r < 0)
		return r;
	name = seen_from(dir, name);
	a.path = *name == '/' || !*dir ? name : arena_printf(args->arena, "%s/%s", dir, name);
	a.image_format = format;
	a.chain = &link;
	parent.modified = f->mtime.tv_sec;
	r = link_init(&link, args, child, f, e);
	if (r >= 0)
		r = disk_open_image(&a, &f, &parent, ret, e);
	if (r < 0) {
		hostfile_close(f);
		return str_starts(e->msg, "parent ") ? r : err_prefix(e, "parent %s", name);
	}
	parent.virtual_size = (*ret)->size;
	tell(args->arena, name, &parent, info);
	*ret_info = parent;
	return 0;
}

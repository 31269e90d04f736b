/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Names from images are walked one component at a time, each step from the descriptor of the one
 * before and never through a symlink, so that nothing renamed meanwhile leads out of the directory.
 */
#include "base/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "is a directory";
	case S_IFIFO:
		return "is a pipe, not a regular file or block device";
	case S_IFSOCK:
		return "is a socket, not a regular file or block device";
	case S_IFCHR:
		return "is a character device, not a regular file or block device";
	case S_IFLNK:
		return "is a symbolic link, which a name inside an image may not be";
	default:
		return "is not a regular file or block device";
	}
}

static int not_found(const char *name, struct err *e)
{
	return err_set(e, errno, "%s: %s", name, strerror(errno));
}

static int check_kind(const struct stat *st, bool named_by_user, const char *name, struct err *e)
{
	if (S_ISREG(st->st_mode) || (named_by_user && S_ISBLK(st->st_mode)))
		return 0;
	if (S_ISBLK(st->st_mode))
		return err_set(e, EACCES,
			"%s: is a block device, which a name inside an image may not be", name);
	return err_set(
		e, S_ISDIR(st->st_mode) ? EISDIR : EACCES, "%s: %s", name, kind_of(st->st_mode));
}

/*
 * Opens what at (a directory and its entry, or a path) is.  It is looked at first, because opening
 * a device or a pipe has effects of its own, and again once open, because it may have been
 * replaced.
 */
static int open_at(int dirfd, const char *at, bool named_by_user, const char *name, struct err *e)
{
	int nofollow = named_by_user ? 0 : O_NOFOLLOW;
	CLEANUP(cleanup_close) int fd = -1;
	struct stat st;
	int r, ret;

	if (fstatat(dirfd, at, &st, named_by_user ? 0 : AT_SYMLINK_NOFOLLOW))
		return not_found(name, e);
	r = check_kind(&st, named_by_user, name, e);
	if (r < 0)
		return r;
	fd = openat(dirfd, at, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | nofollow);
	if (fd < 0 || fstat(fd, &st))
		return not_found(name, e);
	r = check_kind(&st, named_by_user, name, e);
	if (r < 0)
		return r;
	if (fcntl(fd, F_SETFL, 0) < 0)
		return not_found(name, e);
	ret = fd;
	fd = -1;
	return ret;
}

/* Opens the file that path names below dirfd; path has no ".." and is not absolute. */
static int walk_below(int dirfd, const char *path, const char *name, struct err *e)
{
	CLEANUP(cleanup_close) int here = -1;
	char step[NAME_MAX + 1];

	for (;;) {
		size_t n = strcspn(path, "/");
		int next;

		if (n > NAME_MAX)
			return err_set(e, ENAMETOOLONG, "%s: %s", name, strerror(ENAMETOOLONG));
		memcpy(step, path, n);
		step[n] = '\0';
		path += n + strspn(path + n, "/");
		if (!*path)
			return open_at(here < 0 ? dirfd : here, step, false, name, e);
		next = openat(here < 0 ? dirfd : here, step,
			O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return not_found(name, e);
		cleanup_close(&here);
		here = next;
	}
}

static int open_below(const char *dir, const char *path, const char *name, struct err *e)
{
	CLEANUP(cleanup_close) int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? not_found(dir, e) : walk_below(fd, path, name, e);
}

/* Takes "." and ".." out of an absolute path, in place; ".." at the root stays there. */
static void flatten(char *path)
{
	char *out = path;
	const char *in = path;

	while (*in) {
		size_t n;

		in += strspn(in, "/");
		n = strcspn(in, "/");
		if (n == 2 && in[0] == '.' && in[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (n && !(n == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, n);
			out += n;
		}
		in += n;
	}
	*out = '\0';
}

/* What of path is below dir, or NULL. */
static const char *below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n && dir[n - 1] == '/')
		n--;
	return !strncmp(path, dir, n) && path[n] == '/' ? path + n + 1 : NULL;
}

static bool leaves(const char *name)
{
	if (name[0] == '/')
		return true;
	for (const char *p = name; *p; p += strspn(p, "/")) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return true;
		p += n;
	}
	return false;
}

/* Cuts path to its directory, to be typed; "DIR" where that could mean something to a shell. */
static const char *directory_words(char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/._-+,:@%";
	char *slash = strrchr(path, '/');

	if (!slash || path[strspn(path, plain)])
		return "DIR";
	slash[slash == path] = '\0';
	return path;
}

/* A name that leaves its directory may still lie below one that the user allowed. */
static int open_allowed(struct host_opener *o, const char *dir, const char *name, struct err *e)
{
	CLEANUP(cleanup_free) char *real = realpath(*dir ? dir : ".", NULL);
	CLEANUP(cleanup_free) char *full = NULL;
	int n;

	if (!real)
		return not_found(dir, e);
	n = name[0] == '/' ? asprintf(&full, "%s", name) : asprintf(&full, "%s/%s", real, name);
	if (n < 0) {
		full = NULL;
		return err_set(e, ENOMEM, "out of memory");
	}
	flatten(full);
	for (size_t i = 0; i < o->n_allowed; i++) {
		CLEANUP(cleanup_free) char *allowed = realpath(o->allowed[i], NULL);
		const char *rest = below(full, o->allowed[i]);

		if (!rest && allowed)
			rest = below(full, allowed);
		if (rest && *rest)
			return open_below(o->allowed[i], rest, name, e);
	}
	return err_set(e, EACCES,
		"it names \"%s\", which is outside its directory; --allow-path %s permits it", name,
		directory_words(full));
}

static int host_open(struct opener *opener, const char *dir, const char *name, struct err *e)
{
	struct host_opener *o = (struct host_opener *)opener;

	if (!dir)
		return open_at(AT_FDCWD, name, true, name, e);
	if (!*name || name[strlen(name) - 1] == '/')
		return err_set(e, EBADMSG, "it names \"%s\", which is no file name", name);
	if (leaves(name))
		return open_allowed(o, dir, name, e);
	return open_below(*dir ? dir : ".", name, name, e);
}

/* A disk may be in more files than a process has open by default. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void host_opener_init(struct host_opener *o, const char *const *allowed, size_t n_allowed)
{
	raise_file_limit();
	*o = (struct host_opener){{host_open}, allowed, n_allowed};
}

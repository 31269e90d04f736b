/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The names of the pieces are made from the one the user gave, not read from an image.
 */
#include "disk/split.h"

#include <errno.h>
#include <string.h>

#include "base/checked.h"
#include "base/limits.h"
#include "disk/chain.h"
#include "disk/concat.h"
#include "disk/filedev.h"

#define SECTOR 512
#define DIGITS 3
/* How far past the last piece one more is looked for, to tell the end from a gap. */
#define GAP_MAX 8

bool split_is_number(const char *extension)
{
	return strlen(extension) == DIGITS && strspn(extension, "0123456789") == DIGITS;
}

bool split_is_numbered(const char *extension)
{
	return split_is_number(extension) && *extension == '0';
}

/* The pieces of one disk, named like the one that was given. */
struct pieces {
	const struct disk_open_args *args;
	const char *dir, *given;
};

static unsigned number_of(const char *name)
{
	const char *p = name + strlen(name) - DIGITS;

	return (unsigned)(100 * (p[0] - '0') + 10 * (p[1] - '0') + (p[2] - '0'));
}

static const char *name_of(const struct pieces *p, unsigned number)
{
	return arena_printf(
		p->args->arena, "%.*s%03u", (int)(strlen(p->given) - DIGITS), p->given, number);
}

/* 1: opened, 0: there is none. */
static int piece_open(const struct pieces *p, unsigned number, struct hostfile **ret, struct err *e)
{
	int r;

	if (number >= SPLIT_PIECES_MAX)
		return 0;
	r = hostfile_open(p->args->io, p->dir, name_of(p, number), ret, e);
	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static bool is_there(const struct pieces *p, unsigned number)
{
	struct hostfile *f = NULL;
	struct err e;
	int r = piece_open(p, number, &f, &e);

	hostfile_close(f);
	return r != 0;
}

/* The piece given must be the first one; a number without a zero in front may be no piece's. */
static int first_check(const struct pieces *p, unsigned number, struct err *e)
{
	unsigned first = number;

	while (first && is_there(p, first - 1))
		first--;
	if (first != number)
		return err_set(e, EINVAL, "is a later piece of a split disk; give %s, its first",
			name_of(p, first));
	if (number > 1 && (number < 100 || is_there(p, number + 1)))
		return err_set(e, ENOENT,
			"is piece %u of a split disk, whose first piece %s is not there", number,
			name_of(p, 1));
	return 0;
}

/* After the last piece there must be no other. */
static int gap_check(const struct pieces *p, unsigned missing, struct err *e)
{
	for (unsigned i = 1; i <= GAP_MAX; i++)
		if (is_there(p, missing + i))
			return err_set(e, ENOENT,
				"the piece %s of the split disk is missing: %s is there",
				name_of(p, missing), name_of(p, missing + i));
	return 0;
}

static int piece_add(struct concat *c, struct hostfile **f, bool last, struct err *e)
{
	uint64_t size = last ? div_up((*f)->size, SECTOR) * SECTOR : (*f)->size;
	struct blockdev *d = NULL;
	int r = filedev_open(f, 0, size, &d, e);

	if (r >= 0)
		r = concat_add(c, d, size, e);
	if (r < 0)
		blockdev_close(d);
	return r;
}

/* Adds *f, which is the piece before *next, and those from *next on, which becomes the first that
 * is missing. */
static int pieces_add(const struct pieces *p, struct concat *c, struct hostfile **f, unsigned *next,
	struct disk_info *info, struct err *e)
{
	uint64_t size = (*f)->size;
	int more = 1;

	while (more > 0) {
		struct hostfile *after = NULL;
		bool other = (*f)->size != size;
		int r;

		more = piece_open(p, *next, &after, e);
		if (more > 0 && other) {
			info->damaged = true;
			*list_add(p->args->arena, &info->notes) = arena_printf(p->args->arena,
				"the piece %s of the split disk has another size than the "
				"first: it may be cut short",
				name_of(p, *next - 1));
		}
		r = more < 0 ? more : piece_add(c, f, !more, e);
		hostfile_close(*f);
		*f = after;
		if (r < 0)
			return r;
		*next += more > 0;
	}
	return 0;
}

int split_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	struct pieces p = {args, dir, chain_base_name(args->path)};
	unsigned number = number_of(p.given), next = number + 1;
	struct concat *c = NULL;
	int r = first_check(&p, number, e);

	if (r >= 0 && !is_there(&p, next))
		return gap_check(&p, next, e);
	if (r >= 0)
		r = concat_new(&c, e);
	if (r >= 0)
		r = pieces_add(&p, c, f, &next, info, e);
	if (r >= 0)
		r = gap_check(&p, next, e);
	if (r < 0) {
		blockdev_close(c ? concat_dev(c) : NULL);
		return r;
	}
	info->subformat = "split";
	*ret = concat_dev(c);
	return 0;
}

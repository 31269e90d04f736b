/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk/concat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

struct part {
	struct blockdev *dev;
	uint64_t start;
};

struct concat {
	struct blockdev dev;
	struct part *parts;
	size_t n, room;
	struct blockdev *below;
};

static const struct part *part_at(const struct concat *c, uint64_t off)
{
	size_t low = 0, high = c->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (c->parts[mid].start <= off)
			low = mid;
		else
			high = mid;
	}
	return &c->parts[low];
}

static int concat_locate(
	struct blockdev *d, uint64_t off, struct blockdev_place *ret, struct err *e)
{
	const struct concat *c = (struct concat *)d;
	const struct part *p = part_at(c, off);
	uint64_t end = p + 1 < c->parts + c->n ? p[1].start : c->dev.size;

	(void)e;
	*ret = (struct blockdev_place){p->dev, off - p->start, end - off};
	return 0;
}

/* The last first: files that were opened last are found soonest when they are closed. */
static void concat_close(struct blockdev *d)
{
	struct concat *c = (struct concat *)d;

	while (c->n)
		blockdev_close(c->parts[--c->n].dev);
	blockdev_close(c->below);
	free(c->parts);
	free(c);
}

static const struct blockdev_ops concat_ops = {
	.name = "concat", .locate = concat_locate, .close = concat_close};

int concat_new(struct concat **ret, struct err *e)
{
	struct concat *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(e, ENOMEM, "out of memory");
	c->dev.ops = &concat_ops;
	*ret = c;
	return 0;
}

int concat_add(struct concat *c, struct blockdev *d, uint64_t size, struct err *e)
{
	uint64_t end;

	if (!size || !checked_add(c->dev.size, size, &end) || end > INT64_MAX)
		return err_set(e, EBADMSG, "a piece of %" PRIu64 " bytes makes no sense", size);
	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 8;
		struct part *parts = realloc(c->parts, room * sizeof(*parts));

		if (!parts)
			return err_set(e, ENOMEM, "out of memory");
		c->parts = parts;
		c->room = room;
	}
	c->parts[c->n++] = (struct part){d, c->dev.size};
	c->dev.size = end;
	return 0;
}

uint64_t concat_size(const struct concat *c)
{
	return c->dev.size;
}

void concat_keep(struct concat *c, struct blockdev *below)
{
	c->below = below;
}

struct blockdev *concat_dev(struct concat *c)
{
	return &c->dev;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk/filedev.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"

#define SECTOR 512

struct filedev {
	struct blockdev dev;
	struct hostfile *f;
	uint64_t start;
};

/* How many of the len bytes at off of the file are only there to fill up its last sector. */
static size_t padding(const struct hostfile *f, uint64_t off, size_t len)
{
	uint64_t pad = (SECTOR - f->size % SECTOR) % SECTOR;

	if (off + len <= f->size || off + len > f->size + pad)
		return 0;
	return (size_t)min_u64(len, off + len - f->size);
}

static int filedev_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct filedev *w = (struct filedev *)d;
	size_t zeros = padding(w->f, w->start + off, len);

	memset((char *)buf + (len - zeros), 0, zeros);
	return len == zeros ? 0 : hostfile_read(w->f, w->start + off, buf, len - zeros, e);
}

static int filedev_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct filedev *w = (struct filedev *)d;

	if (w->start + off < w->f->size)
		return hostfile_extent(w->f, w->start + off, ret_len, ret_hole, e);
	/* Past the end: called data, so that reading it says what is wrong. */
	*ret_len = d->size - off;
	*ret_hole = false;
	return 0;
}

static void filedev_close(struct blockdev *d)
{
	hostfile_close(((struct filedev *)d)->f);
	free(d);
}

static const struct blockdev_ops filedev_ops = {
	.name = "file", .read = filedev_read, .extent = filedev_extent, .close = filedev_close};

int filedev_open(
	struct hostfile **f, uint64_t off, uint64_t size, struct blockdev **ret, struct err *e)
{
	struct filedev *w;
	uint64_t end;

	if (!checked_add(off, size, &end) || end > INT64_MAX - SECTOR)
		return err_set(e, EBADMSG, "%s: a size of %llu bytes makes no sense", (*f)->name,
			(unsigned long long)size);
	w = malloc(sizeof(*w));
	if (!w)
		return err_set(e, ENOMEM, "out of memory");
	w->dev = (struct blockdev){&filedev_ops, size, (*f)->logical_sector, (*f)->physical_sector};
	w->start = off;
	w->f = TAKE(*f);
	*ret = &w->dev;
	return 0;
}

int filedev_open_cached(struct hostfile **f, struct blockdev **ret, struct err *e)
{
	struct blockdev *whole = NULL;
	int r = filedev_open(f, 0, (*f)->size, &whole, e);

	if (r < 0)
		return r;
	r = cache_open(whole, ret, e);
	if (r < 0)
		blockdev_close(whole);
	return r;
}

/* Adds to a run what follows it both in the disk and in the file, up to want bytes. */
static int run_extend(struct blockdev *d, run_find *find, uint64_t off, uint64_t want,
	struct run *run, struct err *e)
{
	while (run->len < want) {
		struct run more;
		int r = find(d, off + run->len, &more, e);

		if (r < 0)
			return r;
		if (more.hole != run->hole || (!run->hole && more.at != run->at + run->len))
			break;
		run->len += more.len;
	}
	return 0;
}

int runs_read(struct blockdev *d, run_find *find, struct hostfile *f, uint64_t off, void *buf,
	size_t len, struct err *e)
{
	char *out = buf;

	while (len) {
		struct run run;
		size_t n;
		int r = find(d, off, &run, e);

		if (r >= 0)
			r = run_extend(d, find, off, len, &run, e);
		if (r < 0)
			return r;
		n = (size_t)min_u64(len, run.len);
		if (run.hole)
			memset(out, 0, n);
		else
			r = hostfile_read(f, run.at, out, n, e);
		if (r < 0)
			return r;
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

int runs_extent(struct blockdev *d, run_find *find, struct hostfile *f, uint64_t off,
	uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	struct run run;
	int r = find(d, off, &run, e);

	if (r < 0)
		return r;
	*ret_len = run.len;
	*ret_hole = run.hole;
	/* Blocks may be allocated in the image and yet be holes of its file. */
	if (!run.hole && run.at < f->size) {
		r = hostfile_extent(f, run.at, ret_len, ret_hole, e);
		*ret_len = min_u64(*ret_len, run.len);
	}
	return r;
}

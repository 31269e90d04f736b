/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The journal of an ext filesystem, replayed in memory: the device as it will be when the machine
 * has mounted it, over the device as it is.  Of each block the journal holds a copy of, it is known
 * where the newest lies; reading the block reads that.  So nothing above knows of a journal.
 *
 * The journal is a file of the filesystem, or has a device of its own, which is known by its UUID.
 *
 * And what the machine does next, when it mounts: delete the files that were removed while they
 * were open.  These are on a list, each naming the next where its time of deletion would be.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "fs/ext.h"
#include "fs/jbd2.h"

/* ---- The device ---- */

struct overlay {
	struct blockdev dev;
	struct blockdev *below, *journal; /* borrowed */
	uint32_t block_size;
	struct jbd2_copy *copies;
	size_t n;
};

/* The first copy of this block or a later one. */
static size_t copy_from(const struct overlay *o, uint64_t block)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (o->copies[mid].block >= block)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Of how many blocks, this one and those behind it, do the copies lie side by side? */
static size_t copies_in_row(const struct overlay *o, size_t i, uint64_t most)
{
	const struct jbd2_copy *first = &o->copies[i];
	size_t n = 1;

	while (n < most && i + n < o->n && o->copies[i + n].block == first->block + n &&
		o->copies[i + n].at == first->at + n)
		n++;
	return n;
}

/* Reads from the copy of block i on; skip is where in the block.  *ret_n is how many bytes. */
static int read_copies(struct overlay *o, size_t i, uint64_t skip, uint8_t *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	const uint64_t at = o->copies[i].at & ~JBD2_ESCAPED, size = o->block_size;
	const bool escaped = o->copies[i].at & JBD2_ESCAPED;
	const size_t row = escaped ? 1 : copies_in_row(o, i, div_up(skip + len, size));
	const size_t n = min_u64(len, row * size - skip);
	int r = blockdev_read(o->journal, at * size + skip, buf, n, e);

	for (uint64_t k = skip; escaped && k < 4 && k - skip < n; k++)
		buf[k - skip] = (uint8_t)(JBD2_MAGIC >> (24 - 8 * k));
	*ret_n = n;
	return r;
}

static int overlay_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct overlay *o = (struct overlay *)d;
	const uint64_t size = o->block_size;
	size_t i = copy_from(o, off / size);
	uint8_t *p = buf;
	int r = 0;

	while (len && !r) {
		size_t n;

		while (i < o->n && o->copies[i].block < off / size)
			i++;
		if (i < o->n && o->copies[i].block == off / size) {
			r = read_copies(o, i, off % size, p, len, &n, e);
		} else {
			n = i < o->n ? min_u64(len, o->copies[i].block * size - off) : len;
			r = blockdev_read(o->below, off, p, n, e);
		}
		p += n;
		off += n;
		len -= n;
	}
	return r;
}

static void overlay_close(struct blockdev *d)
{
	free(((struct overlay *)d)->copies);
	free(d);
}

static const struct blockdev_ops overlay_ops = {
	.name = "jbd2", .read = overlay_read, .close = overlay_close};

/* Takes the copies. */
static int overlay_open(struct blockdev *below, const struct jbd2_place *place,
	struct jbd2_log *log, struct blockdev **ret, struct err *e)
{
	struct overlay *o = malloc(sizeof(*o));

	if (!o)
		return err_set(e, ENOMEM, "out of memory");
	*o = (struct overlay){
		.dev = *below,
		.below = below,
		.journal = place->dev,
		.block_size = place->block_size,
		.copies = TAKE(log->copies),
		.n = log->n,
	};
	o->dev.ops = &overlay_ops;
	*ret = &o->dev;
	return 0;
}

/* ---- A journal that is a file ---- */

struct file_journal {
	struct ext_fs *x;
	struct ext_file f;
	ext2_extent_handle_t h;
};

static void close_file(struct file_journal *j)
{
	ext_free_extents(&j->h);
}

static int map_file(
	void *ctx, uint32_t block, uint64_t *ret_start, uint32_t *ret_count, struct err *e)
{
	struct file_journal *j = ctx;
	const uint64_t size = j->x->e2->blocksize;
	struct ext_run run;
	/* The run of a file without extents is found block by block. */
	int r = ext_find_run(j->x, &j->f, &j->h, block, 1024, &run, e);

	if (r < 0)
		return r;
	if (!run.start)
		return err_set(e, EBADMSG, "it has holes");
	if (!range_inside(run.start * size, run.count * size, j->x->io.dev->size))
		return err_set(e, EBADMSG, "it lies past the end of the device");
	*ret_start = run.start;
	*ret_count = (uint32_t)run.count;
	return 0;
}

static int find_file(struct file_journal *j, struct jbd2_place *ret, struct err *e)
{
	const struct ext2_super_block *s = j->x->e2->super;
	int r = ext_load(j->x, s->s_journal_inum, &j->f, e);

	if (r < 0)
		return r;
	if (!LINUX_S_ISREG(j->f.inode.i_mode) ||
		j->f.inode.i_flags & (EXT4_INLINE_DATA_FL | EXT4_ENCRYPT_FL))
		return err_set(e, EBADMSG, "it is not a regular file");
	*ret = (struct jbd2_place){
		.dev = j->x->io.dev,
		.block_size = j->x->e2->blocksize,
		.blocks = (uint32_t)min_u64(ext_file_size(&j->f) / j->x->e2->blocksize, UINT32_MAX),
		.map = map_file,
		.ctx = j,
	};
	return 0;
}

/* ---- A journal that has a device ---- */

/* Its blocks are counted from the beginning of the device, where an ext superblock stands. */
static int map_device(
	void *ctx, uint32_t block, uint64_t *ret_start, uint32_t *ret_count, struct err *e)
{
	const struct jbd2_place *p = ctx;
	const uint64_t blocks = min_u64(p->dev->size / p->block_size, UINT32_MAX);

	if (block >= blocks)
		return err_set(e, EBADMSG, "it lies past the end of its device");
	*ret_start = block;
	*ret_count = (uint32_t)(blocks - block);
	return 0;
}

/* Is it the one that the filesystem names? */
static bool is_journal(const struct ext_fs *x, struct blockdev *dev, uint64_t *ret_blocks)
{
	uint8_t p[SUPERBLOCK_SIZE];
	struct err ignored;

	if (!range_inside(SUPERBLOCK_OFFSET, sizeof(p), dev->size) ||
		blockdev_read(dev, SUPERBLOCK_OFFSET, p, sizeof(p), &ignored) < 0)
		return false;
	*ret_blocks = get_le32(p + 4);
	return get_le16(p + 56) == EXT2_SUPER_MAGIC &&
	       get_le32(p + 96) & EXT3_FEATURE_INCOMPAT_JOURNAL_DEV &&
	       get_le32(p + 24) == x->e2->super->s_log_block_size &&
	       !memcmp(p + 104, x->e2->super->s_journal_uuid, 16);
}

/* place itself is the context of its map. */
static int find_device(const struct ext_fs *x, struct jbd2_place *place, struct err *e)
{
	uint64_t blocks;

	for (size_t i = 1; i < x->n_devs; i++) {
		if (!is_journal(x, x->devs[i], &blocks))
			continue;
		*place = (struct jbd2_place){
			.dev = x->devs[i],
			.block_size = x->e2->blocksize,
			.blocks = (uint32_t)blocks,
			.super = x->e2->blocksize == 1024 ? 2 : 1,
			.map = map_device,
			.ctx = place,
		};
		return 0;
	}
	return err_set(e, ENODEV, "it is on another device, which is not among the given disks");
}

/* ---- Replaying ---- */

static void __attribute__((format(printf, 3, 4)))
say(struct ext_journal *j, enum fs_state state, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->text, sizeof(j->text), fmt, ap);
	va_end(ap);
	j->state = state;
}

static void tell(struct ext_journal *j, const struct jbd2_log *log)
{
	const uint32_t n = log->transactions;

	if (log->damage)
		say(j, FS_ERRORS, "%s", log->damage);
	else if (log->failed)
		say(j, FS_ERRORS, "the filesystem recorded an error in its journal");
	else if (log->fast_commits)
		say(j, FS_DIRTY, "its journal was replayed, but not the fast commits at its end");
	else if (!n)
		say(j, FS_REPLAYED, "it was not unmounted, and its journal is empty");
	else
		say(j, FS_REPLAYED,
			"%" PRIu32 " transaction%s of its journal %s replayed in memory", n,
			n == 1 ? "" : "s", n == 1 ? "was" : "were");
}

/* What cannot be replayed is told, and the device is read as it is. */
static int cannot(struct ext_fs *x, struct err *e)
{
	if (e->num == ENOMEM)
		return -ENOMEM;
	say(&x->journal, e->num == EBADMSG ? FS_ERRORS : FS_DIRTY,
		"its journal cannot be replayed: %s", e->msg);
	return 0;
}

int ext_replay(struct ext_fs *x, struct err *e)
{
	struct ext2_super_block *s = x->e2->super;
	CLEANUP(close_file) struct file_journal file = {.x = x};
	struct blockdev *below = x->io.dev;
	struct jbd2_place place;
	struct jbd2_log log;
	int r;

	if (!ext2fs_has_feature_journal_needs_recovery(s))
		return 0;
	if (!ext2fs_has_feature_journal(s))
		r = err_set(e, EBADMSG, "there is none");
	else if (s->s_journal_inum)
		r = find_file(&file, &place, e);
	else
		r = find_device(x, &place, e);
	if (!r)
		r = jbd2_scan(&place, below->size / x->e2->blocksize, &log, e);
	if (r < 0)
		return cannot(x, e);
	tell(&x->journal, &log);
	if (log.n)
		r = overlay_open(below, &place, &log, &x->replayed, e);
	free(log.copies);
	return r;
}

/* ---- Orphans ---- */

#define FEATURE_ORPHAN_PRESENT 0x10000U /* there are some in the orphan file */

void ext_find_orphans(struct ext_fs *x)
{
	const struct ext2_super_block *s = x->e2->super;
	struct ext_orphans *o = &x->orphans;
	ext2_ino_t ino = s->s_last_orphan;

	*o = (struct ext_orphans){.unknown = s->s_feature_ro_compat & FEATURE_ORPHAN_PRESENT};
	while (ino && !o->unknown) {
		struct ext2_inode inode;

		if (ino > s->s_inodes_count || o->deleted + o->others == EXT_ORPHANS_MAX ||
			ext2fs_read_inode(x->e2, ino, &inode)) {
			o->unknown = true;
			return;
		}
		if (inode.i_links_count) {
			o->others++;
		} else {
			o->deleted++;
			o->blocks +=
				ext2fs_get_stat_i_blocks(x->e2, &inode) / (x->e2->blocksize / 512);
		}
		ino = inode.i_dtime;
	}
}

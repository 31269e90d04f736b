/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Btrfs, after the "On-disk Format" of the Btrfs documentation and the Linux driver: superblocks,
 * devices and opening.  Zoned filesystems, the stripe tree and the second extent tree format are
 * refused by name.  The log tree, which holds what was synced after the last commit, is noticed and
 * not replayed.
 */
#include "fs/btrfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"

#define SUPER_SIZE 4096U
#define SUPER_DEVICE 201U /* where it holds its device's own item */
#define SUPER_CHUNKS 811U
#define MAGIC "_BHRfS_M"
#define NODE_MIN 4096U
#define NODE_MAX 65536U

#define FLAG_ERROR 0x4U
#define FLAG_METADUMPS (3ULL << 33)
#define FLAG_IN_CHANGE (7ULL << 38) /* of its checksums or its tree of block groups */

#define INCOMPAT_METADATA_UUID 0x400U
#define INCOMPAT_KNOWN 0x10fffU

static const uint64_t super_places[] = {64ULL << 10, 64ULL << 20, 256ULL << 30};

/* ---- The superblock ---- */

static void decode_super(const uint8_t *p, struct btrfs_super *s)
{
	struct bytes b = bytes_at(p, SUPER_SIZE, 32);

	bytes_copy(&b, s->fsid, 16);
	s->at = bytes_le64(&b);
	s->flags = bytes_le64(&b);
	bytes_skip(&b, 8); /* magic */
	s->generation = bytes_le64(&b);
	s->root = (struct btrfs_tree){
		.id = BTRFS_ROOT_TREE, .at = bytes_le64(&b), .generation = s->generation};
	s->chunk = (struct btrfs_tree){.id = BTRFS_CHUNK_TREE, .at = bytes_le64(&b)};
	s->log_root = bytes_le64(&b);
	bytes_skip(&b, 8);
	s->total_bytes = bytes_le64(&b);
	s->bytes_used = bytes_le64(&b);
	s->root_dir = bytes_le64(&b);
	s->num_devices = bytes_le64(&b);
	s->sector_size = bytes_le32(&b);
	s->node_size = bytes_le32(&b);
	bytes_skip(&b, 8);
	s->chunks_size = bytes_le32(&b);
	s->chunk.generation = bytes_le64(&b);
	bytes_skip(&b, 8); /* features that nobody needs to know */
	s->compat_ro = bytes_le64(&b);
	s->incompat = bytes_le64(&b);
	s->csum_type = bytes_le16(&b);
	s->root.level = bytes_u8(&b);
	s->chunk.level = bytes_u8(&b);
	s->device_id = get_le64(p + SUPER_DEVICE);
	s->device_size = get_le64(p + SUPER_DEVICE + 8);
	memcpy(s->device_uuid, p + SUPER_DEVICE + 66, 16);
	memcpy(s->metadata_fsid, s->incompat & INCOMPAT_METADATA_UUID ? p + 571 : s->fsid, 16);
	memcpy(s->chunks, p + SUPER_CHUNKS, sizeof(s->chunks));
}

static int check_features(const struct btrfs_super *s, struct err *e)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} refused[] = {
		{0x1000, "a zoned device"},
		{0x2000, "the second format of the extent tree"},
		{0x4000, "a stripe tree"},
	};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (s->incompat & refused[i].bit)
			return err_set(e, ENOTSUP, "Btrfs with %s is not read", refused[i].name);
	if (s->incompat & ~(uint64_t)INCOMPAT_KNOWN)
		return err_set(e, ENOTSUP, "Btrfs with unknown features (0x%" PRIx64 ")",
			s->incompat & ~(uint64_t)INCOMPAT_KNOWN);
	if (s->flags & FLAG_IN_CHANGE)
		return err_set(e, ENOTSUP, "a Btrfs that btrfstune has not finished changing");
	return 0;
}

static int check_super(const struct btrfs_super *s, struct err *e)
{
	if (s->node_size < NODE_MIN || s->node_size > NODE_MAX || !is_power_of_two(s->node_size) ||
		s->sector_size < NODE_MIN || s->sector_size > s->node_size ||
		!is_power_of_two(s->sector_size))
		return err_set(e, EBADMSG, "Btrfs: sectors of %u and nodes of %u bytes",
			s->sector_size, s->node_size);
	if (!s->num_devices || s->num_devices > BTRFS_DEVICES_MAX)
		return err_set(e, s->num_devices ? E2BIG : EBADMSG, "Btrfs: %" PRIu64 " devices",
			s->num_devices);
	if (s->chunks_size > BTRFS_SYSTEM_CHUNKS)
		return err_set(e, EBADMSG, "Btrfs: the superblock's chunks are damaged");
	return check_features(s, e);
}

static int read_super_at(struct blockdev *dev, uint64_t at, struct btrfs_super *ret, struct err *e)
{
	uint8_t p[SUPER_SIZE];
	uint16_t type;
	int r;

	if (!range_inside(at, SUPER_SIZE, dev->size))
		return err_set(e, EBADMSG, "Btrfs: the superblock is cut short");
	r = blockdev_read(dev, at, p, SUPER_SIZE, e);
	if (r < 0)
		return r;
	if (memcmp(p + 64, MAGIC, 8) != 0 || get_le64(p + 48) != at)
		return err_set(e, EBADMSG, "Btrfs: the superblock is damaged");
	type = get_le16(p + 196);
	if (!btrfs_csum_size(type))
		return err_set(e, ENOTSUP, "Btrfs with checksums of type %u is not read", type);
	r = btrfs_csum_matches(type, p + BTRFS_CSUM_MAX, SUPER_SIZE - BTRFS_CSUM_MAX, p, e);
	if (r < 0)
		return r;
	if (!r)
		return err_set(e, EBADMSG, "Btrfs: the superblock's checksum is wrong");
	decode_super(p, ret);
	return check_super(ret, e);
}

/* The first one, as the kernel; where it is damaged the newest of its copies, and *ret_copy. */
static int read_super(struct blockdev *dev, struct btrfs_super *ret, bool *ret_copy, struct err *e)
{
	struct btrfs_super s;
	struct err later;
	int r = read_super_at(dev, super_places[0], ret, e);

	*ret_copy = false;
	for (size_t i = 1; i < ARRAY_LEN(super_places) && r == -EBADMSG; i++) {
		if (read_super_at(dev, super_places[i], &s, &later) < 0 ||
			(*ret_copy && s.generation <= ret->generation))
			continue;
		*ret = s;
		*ret_copy = true;
	}
	return *ret_copy ? 0 : r;
}

/* ---- Devices ---- */

/* Notes a device that was given; the newest superblock of the same filesystem is the one to use. */
static int add_device(struct btrfs_fs *x, struct blockdev *dev, struct err *e)
{
	const bool first = !x->devices.n;
	struct btrfs_super s;
	struct btrfs_device *d;
	bool copy;
	int r = read_super(dev, &s, &copy, e);

	if (r < 0)
		return r;
	if (copy)
		fs_state_add(&x->fs, FS_ERRORS, "the superblock is damaged, its copy was used");
	list_each(other, &x->devices) {
		if (other->id != s.device_id || memcmp(other->uuid, s.device_uuid, 16) != 0)
			continue;
		fs_state_add(&x->fs, FS_ERRORS, "one of its devices is here twice");
		return 0;
	}
	d = list_add(&x->arena, &x->devices);
	d->id = s.device_id;
	d->dev = dev;
	d->generation = s.generation;
	memcpy(d->uuid, s.device_uuid, 16);
	memcpy(d->fsid, s.fsid, 16);
	if (s.device_size > dev->size)
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem is larger than its device");
	if (first || (!memcmp(s.fsid, x->super.fsid, 16) && s.generation > x->super.generation))
		x->super = s;
	return 0;
}

/* Further devices that cannot be used count as missing. */
static int add_devices(struct btrfs_fs *x, struct blockdev *const *devs, size_t n, struct err *e)
{
	struct err ignored;
	int r = add_device(x, devs[0], e);

	for (size_t i = 1; i < n && i < BTRFS_DEVICES_MAX && !r; i++)
		add_device(x, devs[i], &ignored);
	list_each(d, &x->devices)
		d->stale =
			!memcmp(d->fsid, x->super.fsid, 16) && d->generation < x->super.generation;
	return r;
}

static void note_devices(struct btrfs_fs *x)
{
	char text[80];

	list_each(d, &x->devices) {
		if (d->named && !d->dev)
			snprintf(text, sizeof(text), "%sdevice %" PRIu64 " is missing",
				d->seed ? "seed " : "", d->id);
		else if (d->named && d->stale)
			snprintf(text, sizeof(text), "device %" PRIu64 " has missed writes", d->id);
		else
			continue;
		fs_state_add(&x->fs, FS_DIRTY, text);
	}
}

static void note_profiles(struct btrfs_fs *x)
{
	list_each(d, &x->devices)
		x->fs.devices += d->named;
	list_each(c, &x->map.chunks) {
		if (c->profile->bit && strcmp(c->profile->name, "dup") != 0)
			x->fs.raid = c->profile->name;
	}
}

/* ---- Opening ---- */

/* What a mount without options shows. */
static int find_default(struct btrfs_fs *x, struct err *e)
{
	struct btrfs_key where;
	int r = btrfs_find_entry(x, &x->super.root, x->super.root_dir, "default", 7, &where, e);

	x->default_subvol = r < 0 ? BTRFS_TOP_LEVEL : where.objectid;
	if (r < 0 && r != -ENOENT)
		return r;
	r = btrfs_subvolume(&x->fs, x->default_subvol, &x->fs.root, e);
	if (r == -ENOENT)
		return err_set(e, EBADMSG, "%s", e->msg);
	return r;
}

static int check_root(struct btrfs_fs *x, struct err *e)
{
	struct btrfs_inode i;
	int r = btrfs_load(x, x->fs.root, &i, e);

	if (!r && !S_ISDIR(i.mode))
		r = err_set(e, EBADMSG, "Btrfs: the root is not a directory");
	return r;
}

static void btrfs_close(struct fs *fs)
{
	struct btrfs_fs *x = (struct btrfs_fs *)fs;

	arena_free(&x->arena);
	free(x);
}

static bool btrfs_serves(const char *type)
{
	return !strcmp(type, "btrfs");
}

static int btrfs_open(struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e)
{
	struct btrfs_fs *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return err_set(e, ENOMEM, "out of memory");
	x->fs.driver = &btrfs_driver;
	r = add_devices(x, devs, n, e);
	if (!r)
		r = btrfs_load_chunks(x, e);
	if (!r)
		r = find_default(x, e);
	if (!r)
		r = check_root(x, e);
	if (r < 0) {
		btrfs_close(&x->fs);
		return r;
	}
	note_devices(x);
	note_profiles(x);
	if (x->super.flags & FLAG_ERROR)
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem recorded errors");
	if (x->super.flags & FLAG_METADUMPS)
		fs_state_add(&x->fs, FS_ERRORS, "a copy by btrfs-image, without files' contents");
	if (x->super.log_root)
		fs_state_add(&x->fs, FS_DIRTY, "log tree needs replay");
	*ret = &x->fs;
	return 0;
}

const struct fs_driver btrfs_driver = {
	.name = "btrfs",
	.has_members = true,
	.serves = btrfs_serves,
	.open = btrfs_open,
	.close = btrfs_close,
	.lookup = btrfs_lookup,
	.stat = btrfs_stat,
	.list = btrfs_list,
	.read = btrfs_read,
	.readlink = btrfs_readlink,
	.space = btrfs_space,
	.subvolume = btrfs_subvolume,
	.subvolumes = btrfs_subvolumes,
};

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libntfs-3g over a block device, and what it is given.
 *
 * The library is started with a boot sector of our own, made of the fields that were checked here,
 * and with the first records of the MFT from whichever of the MFT and its mirror has them whole.
 * All else it reads from the device, never past its end.  It is not asked to mount: that wants
 * every system file to be sound, when reading files needs two.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/lazylib.h"
#include "fs/ntfs.h"

int nt_fail(struct nt_fs *x, struct err *e, const char *fmt, ...)
{
	const int num = errno;
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (x->err.num)
		return err_set(e, x->err.num, "%s: %s", what, x->err.msg);
	switch (num) {
	case ENOMEM:
		return err_set(e, ENOMEM, "%s: out of memory", what);
	case EOPNOTSUPP:
		return err_set(e, ENOTSUP, "%s: not handled by libntfs-3g", what);
	case EACCES:
		return err_set(e, ENOTSUP, "%s: encrypted by Windows (EFS)", what);
	case ENOENT:
	case ESPIPE:
		return err_set(e, EBADMSG, "%s: not in use", what);
	default:
		return err_set(e, EBADMSG, "%s: damaged", what);
	}
}

/* ---- The library ---- */

static int load(struct nt_lib *l, struct err *e)
{
	const struct lazylib_symbol wanted[] = {
		{"ntfs_volume_startup", &l->volume_startup},
		{"ntfs_umount", &l->umount},
		{"ntfs_device_alloc", &l->device_alloc},
		{"ntfs_device_free", &l->device_free},
		{"ntfs_inode_open", &l->inode_open},
		{"ntfs_inode_close", &l->inode_close},
		{"ntfs_attr_open", &l->attr_open},
		{"ntfs_attr_close", &l->attr_close},
		{"ntfs_attr_pread", &l->attr_pread},
		{"ntfs_attr_get_search_ctx", &l->get_search_ctx},
		{"ntfs_attr_put_search_ctx", &l->put_search_ctx},
		{"ntfs_attr_lookup", &l->attr_lookup},
		{"ntfs_log_set_handler", &l->log_set_handler},
		{"ntfs_log_handler_null", &l->log_handler_null},
	};

	if (lazylib_load(LAZYLIB_NTFS, wanted, ARRAY_LEN(wanted), e) < 0)
		return err_prefix(e, "NTFS");
	l->log_set_handler(l->log_handler_null);
	return 0;
}

static int dev_open(struct ntfs_device *d, int flags)
{
	(void)d, (void)flags;
	return 0;
}

static int dev_close(struct ntfs_device *d)
{
	(void)d;
	return 0;
}

static s64 dev_seek(struct ntfs_device *d, s64 off, int whence)
{
	(void)d, (void)whence;
	return off;
}

static s64 dev_read(struct ntfs_device *d, void *buf, s64 n)
{
	(void)d, (void)buf, (void)n;
	errno = EIO;
	return -1;
}

static s64 dev_write(struct ntfs_device *d, const void *buf, s64 n)
{
	(void)d, (void)buf, (void)n;
	errno = EROFS;
	return -1;
}

static s64 dev_pwrite(struct ntfs_device *d, const void *buf, s64 n, s64 off)
{
	(void)off;
	return dev_write(d, buf, n);
}

/* What of [at, at + size) lies in the n bytes at off is taken from with. */
static void overlay(
	uint8_t *buf, uint64_t off, uint64_t n, uint64_t at, const uint8_t *with, uint64_t size)
{
	const uint64_t begin = off > at ? off : at, end = min_u64(off + n, at + size);

	if (begin < end)
		memcpy(buf + (begin - off), with + (begin - at), end - begin);
}

static s64 dev_pread(struct ntfs_device *d, void *buf, s64 n, s64 off)
{
	struct nt_fs *x = d->d_private;
	const uint64_t at = (uint64_t)off, len = (uint64_t)n;
	int r;

	errno = EIO;
	if (off < 0 || n < 0 || !range_inside(at, len, x->dev->size)) {
		err_set(&x->err, EBADMSG, "it lies past the end of the volume");
		return -1;
	}
	r = blockdev_read(x->dev, at, buf, len, &x->err);
	if (r < 0)
		return -1;
	overlay(buf, at, len, 0, x->sector, NT_SECTOR);
	overlay(buf, at, len, x->boot.mft * x->boot.cluster_size, x->records,
		(uint64_t)NT_FIRST_RECORDS * x->boot.record_size);
	return n;
}

static int dev_sync(struct ntfs_device *d)
{
	(void)d;
	return 0;
}

static int dev_stat(struct ntfs_device *d, struct stat *st)
{
	(void)d, (void)st;
	errno = EOPNOTSUPP;
	return -1;
}

static int dev_ioctl(struct ntfs_device *d, unsigned long request, void *arg)
{
	(void)d, (void)request, (void)arg;
	errno = EOPNOTSUPP;
	return -1;
}

static struct ntfs_device_operations operations = {
	.open = dev_open,
	.close = dev_close,
	.seek = dev_seek,
	.read = dev_read,
	.write = dev_write,
	.pread = dev_pread,
	.pwrite = dev_pwrite,
	.sync = dev_sync,
	.stat = dev_stat,
	.ioctl = dev_ioctl,
};

/* ---- The boot sector ---- */

/* A size in clusters, or, when negative, the power of two that it is in bytes. */
static uint32_t record_size(int8_t v, uint32_t cluster_size)
{
	if (v >= 0)
		return (uint32_t)min_u64((uint64_t)v * cluster_size, UINT32_MAX);
	return v > -32 ? 1U << -v : 0;
}

/* A number of sectors, or, when above 128, the power of two that it is. */
static uint32_t cluster_sectors(uint8_t v)
{
	if (v <= 128)
		return v;
	return v >= 240 ? 1U << (256 - v) : 0;
}

static int decode_boot(const uint8_t *p, struct nt_boot *b, struct err *e)
{
	const uint32_t sectors = cluster_sectors(p[0x0d]);

	if (memcmp(p + 3, "NTFS    ", 8))
		return err_set(e, EBADMSG, "NTFS: the boot sector is not one of NTFS");
	*b = (struct nt_boot){
		.sector_size = get_le16(p + 0x0b),
		.sectors = get_le64(p + 0x28),
		.mft = get_le64(p + 0x30),
		.mirror = get_le64(p + 0x38),
	};
	if (b->sector_size < 512 || b->sector_size > 4096 || !is_power_of_two(b->sector_size))
		return err_set(e, EBADMSG, "NTFS: sectors of %u bytes", b->sector_size);
	if (!is_power_of_two(sectors) || b->sector_size * sectors > NTFS_CLUSTER_MAX)
		return err_set(e, EBADMSG, "NTFS: clusters of %u sectors", sectors);
	b->cluster_size = b->sector_size * sectors;
	b->clusters = b->sectors / sectors;
	b->record_size = record_size((int8_t)p[0x40], b->cluster_size);
	b->index_size = record_size((int8_t)p[0x44], b->cluster_size);
	return 0;
}

static int check_boot(const struct nt_boot *b, uint64_t size, struct err *e)
{
	const uint64_t first = (uint64_t)NT_FIRST_RECORDS * b->record_size;

	if (b->record_size < NT_SECTOR || b->record_size > NTFS_RECORD_MAX ||
		!is_power_of_two(b->record_size))
		return err_set(e, EBADMSG, "NTFS: MFT records of %u bytes", b->record_size);
	if (b->index_size < NT_SECTOR || b->index_size > NTFS_CLUSTER_MAX ||
		!is_power_of_two(b->index_size))
		return err_set(e, EBADMSG, "NTFS: index blocks of %u bytes", b->index_size);
	if (!b->clusters || b->clusters > NTFS_CLUSTERS_MAX)
		return err_set(e, EBADMSG, "NTFS: %llu clusters", (unsigned long long)b->clusters);
	if (!b->mft || b->mft >= b->clusters || !b->mirror || b->mirror >= b->clusters ||
		b->mft == b->mirror)
		return err_set(e, EBADMSG,
			"NTFS: the MFT and its mirror are said to begin at "
			"clusters %llu and %llu",
			(unsigned long long)b->mft, (unsigned long long)b->mirror);
	if (!range_inside(b->mft * b->cluster_size, first, size))
		return err_set(e, EBADMSG, "NTFS: the MFT lies past the end of the volume");
	return 0;
}

static int read_boot(struct nt_fs *x, uint64_t at, struct err *e)
{
	uint8_t raw[NT_SECTOR];
	int r;

	if (!range_inside(at, NT_SECTOR, x->dev->size))
		return err_set(e, EBADMSG, "NTFS: the boot sector is cut short");
	r = blockdev_read(x->dev, at, raw, NT_SECTOR, e);
	if (!r)
		r = decode_boot(raw, &x->boot, e);
	if (!r)
		r = check_boot(&x->boot, x->dev->size, e);
	if (r)
		return r;
	/* The library refuses others in between that Windows does not look at. */
	memset(x->sector, 0, NT_SECTOR);
	memcpy(x->sector, raw, 0x0e);
	memcpy(x->sector + 0x28, raw + 0x28, 0x48 - 0x28);
	return 0;
}

/* ---- The first records of the MFT ---- */

bool nt_fixup(uint8_t *record, size_t size, const char *magic)
{
	const size_t at = get_le16(record + 4), n = get_le16(record + 6),
		     sectors = size / NT_SECTOR;

	if (memcmp(record, magic, 4) || n != sectors + 1 || at & 1 || at < 8 ||
		at + 2 * n > NT_SECTOR - 2)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (memcmp(record + i * NT_SECTOR - 2, record + at, 2))
			return false;
	}
	for (size_t i = 1; i < n; i++)
		memcpy(record + i * NT_SECTOR - 2, record + at + 2 * i, 2);
	return true;
}

static bool is_whole(const uint8_t *record, size_t size)
{
	CLEANUP(cleanup_free) uint8_t *copy = malloc(size);

	if (!copy)
		return false;
	memcpy(copy, record, size);
	return nt_fixup(copy, size, "FILE");
}

static bool take_from_mirror(struct nt_fs *x, uint32_t i, uint8_t *record)
{
	const uint32_t size = x->boot.record_size;
	const uint64_t at = x->boot.mirror * x->boot.cluster_size + (uint64_t)i * size;
	CLEANUP(cleanup_free) uint8_t *copy = malloc(size);
	struct err ignored;

	if (!copy || !range_inside(at, size, x->dev->size) ||
		blockdev_read(x->dev, at, copy, size, &ignored) < 0 || !is_whole(copy, size))
		return false;
	memcpy(record, copy, size);
	return true;
}

/* Takes from the mirror what is damaged in the MFT itself. */
static int read_records(struct nt_fs *x, struct err *e)
{
	const uint32_t size = x->boot.record_size;
	bool repaired = false;
	int r;

	x->records = malloc((size_t)NT_FIRST_RECORDS * size);
	if (!x->records)
		return err_set(e, ENOMEM, "out of memory");
	r = blockdev_read(x->dev, x->boot.mft * x->boot.cluster_size, x->records,
		(size_t)NT_FIRST_RECORDS * size, e);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < NT_FIRST_RECORDS; i++) {
		uint8_t *record = x->records + (size_t)i * size;

		if (!is_whole(record, size) && take_from_mirror(x, i, record))
			repaired = true;
	}
	if (repaired)
		fs_state_add(&x->fs, FS_ERRORS, "the MFT is damaged, its mirror was used");
	return 0;
}

/* ---- Both ---- */

static int start_library(struct nt_fs *x, struct err *e)
{
	struct ntfs_device *d = x->lib.device_alloc("volume", 1L << ND_ReadOnly, &operations, x);

	if (!d)
		return err_set(e, ENOMEM, "out of memory");
	x->err.num = errno = 0;
	x->vol = x->lib.volume_startup(d, NTFS_MNT_RDONLY);
	if (!x->vol) {
		int r = nt_fail(x, e, "NTFS: the MFT");

		x->lib.device_free(d);
		return r;
	}
	return 0;
}

int nt_start(struct nt_fs *x, struct err *e)
{
	struct err later;
	int r = read_boot(x, 0, e);

	if (r == -EBADMSG && x->dev->size >= NT_SECTOR &&
		!read_boot(x, x->dev->size - NT_SECTOR, &later)) {
		fs_state_add(&x->fs, FS_ERRORS, "the boot sector is damaged, its copy was used");
		r = 0;
	}
	if (!r)
		r = load(&x->lib, e);
	if (!r)
		r = read_records(x, e);
	if (!r)
		r = start_library(x, e);
	if (!r && x->boot.clusters * x->boot.cluster_size > x->dev->size)
		fs_state_add(&x->fs, FS_ERRORS, "the filesystem is larger than its device");
	return r;
}

void nt_stop(struct nt_fs *x)
{
	if (x->vol)
		x->lib.umount(x->vol, FALSE);
	x->vol = NULL;
	free(x->records);
	x->records = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the files of the NTFS driver share: ntfs.c (the driver, bytes of files), ntfs_dev.c
 * (libntfs-3g over a block device, and what it is given), ntfs_dir.c (directories and names),
 * ntfs_reparse.c (links, and data that is kept elsewhere) and ntfs_state.c.  Nobody else includes
 * this.
 *
 * Ours begin with nt_; what begins with ntfs_ is the library's.
 */
#ifndef FS_NTFS_H
#define FS_NTFS_H

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/device.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/logging.h>
#include <ntfs-3g/volume.h>

#include "base/limits.h"
#include "fs/fs.h"

#define NT_NAME_UNITS 255U
#define NT_NAME_BYTES (3U * NT_NAME_UNITS)
#define NT_UPCASE_UNITS 65536U
#define NT_FIRST_RECORDS 4U /* as many as $MFTMirr keeps copies of */
#define NT_SECTOR 512U      /* what is protected against torn writes, whatever a sector's size */

/* Its functions, loaded on first use; types are those of its headers. */
struct nt_lib {
	__typeof__(ntfs_volume_startup) *volume_startup;
	__typeof__(ntfs_umount) *umount;
	__typeof__(ntfs_device_alloc) *device_alloc;
	__typeof__(ntfs_device_free) *device_free;
	__typeof__(ntfs_inode_open) *inode_open;
	__typeof__(ntfs_inode_close) *inode_close;
	__typeof__(ntfs_attr_open) *attr_open;
	__typeof__(ntfs_attr_close) *attr_close;
	__typeof__(ntfs_attr_pread) *attr_pread;
	__typeof__(ntfs_attr_get_search_ctx) *get_search_ctx;
	__typeof__(ntfs_attr_put_search_ctx) *put_search_ctx;
	__typeof__(ntfs_attr_lookup) *attr_lookup;
	__typeof__(ntfs_log_set_handler) *log_set_handler;
	__typeof__(ntfs_log_handler_null) *log_handler_null;
};

/* What the boot sector says, checked. */
struct nt_boot {
	uint32_t sector_size, cluster_size, record_size, index_size;
	uint64_t clusters, mft, mirror; /* mft, mirror: clusters where these begin */
	uint64_t sectors;
};

/* A stream that was walked to by its name. */
struct nt_stream {
	uint32_t record;
	uint16_t units;
	ntfschar name[NT_NAME_UNITS];
};

/*
 * A file that is open.  na is the attribute with its bytes; NULL: it has none.
 */
struct nt_file {
	uint64_t id;
	ntfs_inode *ni;
	ntfs_attr *na;
};

struct nt_fs {
	struct fs fs;
	struct nt_lib lib;
	struct blockdev *dev;
	struct err err; /* that of the last read which failed, for nt_fail() */
	struct nt_boot boot;
	uint8_t sector[NT_SECTOR]; /* the boot sector, as the library gets it */
	uint8_t *records;          /* the first of the MFT, as the library gets them */
	ntfs_volume *vol;
	uint16_t *upcase;          /* NT_UPCASE_UNITS */
	uint64_t index_bytes_left; /* NTFS_INDEX_BYTES_MAX, counted down */
	struct nt_file last;       /* what was read last */
	struct nt_stream *streams;
	uint32_t n_streams;
	char found[2 * NT_NAME_BYTES + 1]; /* the name the last lookup found, and its stream's */
	size_t found_len;
	int own_letter; /* of the drive that it is in the guest: 'C'; 0: not asked, -1: not known */
};

/* ---- ntfs_dev.c ---- */

/* Loads the library, bounds what it will see, and starts it on x->dev. */
int nt_start(struct nt_fs *x, struct err *e);
void nt_stop(struct nt_fs *x); /* of a half-started one too */
/* The library's errno as ours, or the error of the read that failed below it. */
int nt_fail(struct nt_fs *x, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Undoes the protection of a record against torn writes; false: it was torn, or is none. */
bool nt_fixup(uint8_t *record, size_t size, const char *magic);

/* ---- ntfs.c ---- */

/* The node of a file by its reference, of its stream number - 1 if that is not 0. */
struct fs_node nt_node(uint64_t reference, uint32_t stream);
uint32_t nt_record_of(struct fs_node node);
/* Opens the file's MFT record; *ret is closed with x->lib.inode_close(). */
int nt_inode(struct nt_fs *x, struct fs_node node, ntfs_inode **ret, struct err *e);
/* 1: it has such an attribute, which is closed with x->lib.attr_close(); 0: it has none. */
int nt_attr(struct nt_fs *x, ntfs_inode *ni, ATTR_TYPES type, const ntfschar *name, size_t units,
	ntfs_attr **ret, struct err *e);
/* Exactly len bytes. */
int nt_read_attr(
	struct nt_fs *x, ntfs_attr *na, uint64_t off, void *buf, size_t len, struct err *e);
/* The file that is read from again and again; borrowed until the next call. */
int nt_file(struct nt_fs *x, struct fs_node node, struct nt_file **ret, struct err *e);

/* ---- ntfs_dir.c ---- */

int nt_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e);
int nt_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e);
const char *nt_spelling(struct fs *fs, size_t *ret_len);
/* The volume's own table, or the library's where that is damaged. */
int nt_load_upcase(struct nt_fs *x, struct err *e);

/* ---- ntfs_reparse.c ---- */

/* What a file is instead of what its record says: S_IFLNK, another type, or 0. */
int nt_reparse_type(struct nt_fs *x, ntfs_inode *ni, uint32_t *ret, struct err *e);
int nt_readlink(struct fs *fs, struct fs_node node, char *buf, struct err *e);
/* Refuses a file whose bytes are not in its data, and says where they are. */
int nt_check_stored(struct nt_fs *x, ntfs_inode *ni, struct err *e);

/* ---- ntfs_state.c ---- */

void nt_find_state(struct nt_fs *x);

#endif

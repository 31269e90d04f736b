/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * NTFS 1.2 to 3.1, read through libntfs-3g.  The library does MFT records, attributes and their
 * lists, runs of clusters and their decompression.  What it is given has been bounded in
 * ntfs_dev.c; directories, reparse points and the volume's state are read here.
 *
 * A damaged record costs the file that it is of.  $LogFile is not replayed; the state says so.
 * Files that Windows keeps elsewhere (WOF, deduplication, a cloud) and encrypted ones are named
 * and not read.  Owners and permissions are not looked at.
 */
#include "fs/ntfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"

#define RECORD_VOLUME_BITMAP 6U
/* Of $Bitmap, read at a time. */
#define BITMAP_PIECE (256U << 10)
/* 100 ns since 1601. */
#define TICKS_A_SECOND 10000000LL
#define SECONDS_TO_1970 11644473600LL
#define NAME_KIND_AT 65U /* in a $FILE_NAME */

/* ---- Nodes ---- */

#define SEQUENCE_SHIFT 32
#define STREAM_SHIFT 48

struct fs_node nt_node(uint64_t reference, uint32_t stream)
{
	uint64_t record = min_u64(MREF(reference), UINT32_MAX);

	return (struct fs_node){record | (uint64_t)MSEQNO(reference) << SEQUENCE_SHIFT |
				(uint64_t)stream << STREAM_SHIFT};
}

uint32_t nt_record_of(struct fs_node node)
{
	return (uint32_t)node.id;
}

static const struct nt_stream *stream_of(const struct nt_fs *x, struct fs_node node)
{
	const uint64_t n = node.id >> STREAM_SHIFT;

	return n && n <= x->n_streams ? &x->streams[n - 1] : NULL;
}

/* ---- Records and attributes ---- */

int nt_inode(struct nt_fs *x, struct fs_node node, ntfs_inode **ret, struct err *e)
{
	const uint16_t sequence = (uint16_t)(node.id >> SEQUENCE_SHIFT);
	ntfs_inode *ni;

	x->err.num = errno = 0;
	ni = x->lib.inode_open(x->vol, MK_MREF((uint64_t)nt_record_of(node), sequence));
	if (!ni)
		return nt_fail(x, e, "MFT record %u", nt_record_of(node));
	*ret = ni;
	return 0;
}

int nt_attr(struct nt_fs *x, ntfs_inode *ni, ATTR_TYPES type, const ntfschar *name, size_t units,
	ntfs_attr **ret, struct err *e)
{
	ntfs_attr *na;

	x->err.num = errno = 0;
	na = x->lib.attr_open(ni, type, (ntfschar *)name, (u32)units);
	if (!na && errno == ENOENT)
		return 0;
	if (!na)
		return nt_fail(x, e, "MFT record %llu", (unsigned long long)ni->mft_no);
	/* Asked for the nameless, it takes any: that sorts first. */
	if (na->name_len != units) {
		x->lib.attr_close(na);
		return 0;
	}
	if (na->data_size < 0) {
		x->lib.attr_close(na);
		return err_set(e, EBADMSG, "MFT record %llu: a negative size",
			(unsigned long long)ni->mft_no);
	}
	*ret = na;
	return 1;
}

int nt_read_attr(struct nt_fs *x, ntfs_attr *na, uint64_t off, void *buf, size_t len, struct err *e)
{
	size_t done = 0;

	while (done < len) {
		s64 n;

		x->err.num = errno = 0;
		n = x->lib.attr_pread(
			na, (s64)(off + done), (s64)(len - done), (uint8_t *)buf + done);
		if (n <= 0)
			return nt_fail(x, e, "MFT record %llu: its data",
				(unsigned long long)na->ni->mft_no);
		done += (size_t)n;
	}
	return 0;
}

static void close_file(struct nt_fs *x, struct nt_file *f)
{
	if (f->na)
		x->lib.attr_close(f->na);
	if (f->ni)
		x->lib.inode_close(f->ni);
	*f = (struct nt_file){0};
}

int nt_file(struct nt_fs *x, struct fs_node node, struct nt_file **ret, struct err *e)
{
	const struct nt_stream *s = stream_of(x, node);
	struct nt_file f = {.id = node.id};
	int r = 0;

	if (!x->last.ni || x->last.id != node.id) {
		r = nt_inode(x, node, &f.ni, e);
		if (r < 0)
			return r;
		r = nt_attr(x, f.ni, AT_DATA, s ? s->name : NULL, s ? s->units : 0, &f.na, e);
		if (r < 0) {
			close_file(x, &f);
			return r;
		}
		close_file(x, &x->last);
		x->last = f;
	}
	*ret = &x->last;
	return 0;
}

/* ---- Opening ---- */

static bool nt_serves(const char *type)
{
	return !strcmp(type, "ntfs");
}

static void nt_close(struct fs *fs)
{
	struct nt_fs *x = (struct nt_fs *)fs;

	close_file(x, &x->last);
	nt_stop(x);
	free(x->upcase);
	free(x->streams);
	free(x);
}

static int nt_open(struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e)
{
	struct nt_fs *x = calloc(1, sizeof(*x));
	ntfs_inode *root = NULL;
	int r;

	(void)n;
	if (!x)
		return err_set(e, ENOMEM, "out of memory");
	x->fs.driver = &ntfs_driver;
	x->fs.fold_case = true;
	x->fs.root = nt_node(FILE_root, 0);
	x->dev = devs[0];
	x->index_bytes_left = NTFS_INDEX_BYTES_MAX;
	r = nt_start(x, e);
	if (!r)
		r = nt_load_upcase(x, e);
	if (!r)
		r = nt_inode(x, x->fs.root, &root, e);
	if (!r)
		x->lib.inode_close(root);
	if (r) {
		nt_close(&x->fs);
		return r;
	}
	x->fs.size = x->boot.clusters * x->boot.cluster_size;
	nt_find_state(x);
	*ret = &x->fs;
	return 0;
}

/* ---- Files ---- */

static int64_t time_of(ntfs_time t)
{
	const int64_t ticks = sle64_to_cpu(t);

	return ticks / TICKS_A_SECOND - (ticks % TICKS_A_SECOND < 0) - SECONDS_TO_1970;
}

static uint32_t type_of(const ntfs_inode *ni)
{
	return ni->mrec->flags & MFT_RECORD_IS_DIRECTORY ? S_IFDIR : S_IFREG;
}

/* The record counts a name for DOS as a link. */
static unsigned dos_names(const struct nt_fs *x, const ntfs_inode *ni)
{
	const uint8_t *record = (const uint8_t *)ni->mrec;
	struct bytes b = bytes_at(record, x->boot.record_size, le16_to_cpu(ni->mrec->attrs_offset));
	unsigned n = 0;

	for (size_t left; (left = bytes_left(&b)) > NAME_KIND_AT;) {
		const uint32_t type = get_le32(b.p), len = get_le32(b.p + 4);
		const uint16_t value = get_le16(b.p + 20);

		if (type == le32_to_cpu(AT_END) || !len || len > left)
			break;
		n += type == le32_to_cpu(AT_FILE_NAME) && value + NAME_KIND_AT < len &&
		     b.p[value + NAME_KIND_AT] == FILE_NAME_DOS;
		bytes_skip(&b, len);
	}
	return n;
}

static uint32_t links_of(const struct nt_fs *x, const ntfs_inode *ni)
{
	const uint32_t n = le16_to_cpu(ni->mrec->link_count), dos = dos_names(x, ni);

	return n > dos ? n - dos : n;
}

static int nt_stat(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e)
{
	struct nt_fs *x = (struct nt_fs *)fs;
	struct nt_file *f;
	uint32_t type = 0;
	int r = nt_file(x, node, &f, e);

	if (!r && stream_of(x, node))
		type = S_IFREG;
	else if (!r)
		r = nt_reparse_type(x, f->ni, &type, e);
	if (r < 0)
		return r;
	if (!type)
		type = type_of(f->ni);
	*ret = (struct fs_stat){
		.mode = (f->ni->flags & FILE_ATTR_READONLY ? 0555 : 0755) | type,
		.nlink = links_of(x, f->ni),
		.size = type == S_IFREG && f->na ? (uint64_t)f->na->data_size : 0,
		.inode = nt_record_of(node),
		.mtime = time_of(f->ni->last_data_change_time),
	};
	return 0;
}

/* Compression is only for clusters of up to 4 KiB: in others, it is damage that asks for memory. */
static int check_readable(struct nt_fs *x, const struct nt_file *f, struct err *e)
{
	if (f->na->data_flags & ATTR_IS_ENCRYPTED)
		return err_set(e, ENOTSUP, "the file is encrypted by Windows (EFS)");
	if (f->na->data_flags & ATTR_COMPRESSION_MASK && x->boot.cluster_size > 4096)
		return err_set(e, EBADMSG, "MFT record %llu: compressed in clusters of %u bytes",
			(unsigned long long)f->ni->mft_no, x->boot.cluster_size);
	return 0;
}

static int nt_read(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
	size_t *ret_n, struct err *e)
{
	struct nt_fs *x = (struct nt_fs *)fs;
	struct nt_file *f;
	uint64_t size;
	int r = nt_file(x, node, &f, e);

	if (!r && !stream_of(x, node)) {
		if (type_of(f->ni) != S_IFREG)
			return err_set(e, EINVAL, "MFT record %u is not a regular file",
				nt_record_of(node));
		r = nt_check_stored(x, f->ni, e);
	}
	if (!r && f->na)
		r = check_readable(x, f, e);
	if (r < 0)
		return r;
	size = f->na ? (uint64_t)f->na->data_size : 0;
	len = off < size ? min_u64(len, size - off) : 0;
	r = len ? nt_read_attr(x, f->na, off, buf, len, e) : 0;
	if (r < 0)
		return r;
	*ret_n = len;
	return 0;
}

/* ---- Free space ---- */

/* Bits that are zero among the first n. */
static uint64_t count_zeros(const uint8_t *p, uint64_t n)
{
	uint64_t zeros = 0, word;
	size_t i = 0;

	for (; n >= 64; n -= 64, i += 8) {
		memcpy(&word, p + i, 8);
		zeros += 64 - (unsigned)__builtin_popcountll(word);
	}
	for (uint64_t bit = 0; bit < n; bit++)
		zeros += !(p[i + bit / 8] >> bit % 8 & 1);
	return zeros;
}

static int count_free(struct nt_fs *x, ntfs_attr *bitmap, uint64_t *ret, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *piece = NULL;
	const uint64_t size = div_up(x->boot.clusters, 8);
	uint64_t free_clusters = 0;

	if ((uint64_t)bitmap->data_size < size)
		return err_set(e, EBADMSG, "NTFS: $Bitmap is shorter than the volume");
	piece = malloc(BITMAP_PIECE);
	if (!piece)
		return err_set(e, ENOMEM, "out of memory");
	for (uint64_t off = 0; off < size; off += BITMAP_PIECE) {
		size_t n = min_u64(BITMAP_PIECE, size - off);
		int r = nt_read_attr(x, bitmap, off, piece, n, e);

		if (r < 0)
			return r;
		free_clusters += count_zeros(piece, min_u64(8 * n, x->boot.clusters - 8 * off));
	}
	*ret = free_clusters;
	return 0;
}

static int nt_space(struct fs *fs, struct fs_space *ret, struct err *e)
{
	struct nt_fs *x = (struct nt_fs *)fs;
	uint64_t free_clusters = 0;
	struct nt_file *f;
	int r = nt_file(x, nt_node(RECORD_VOLUME_BITMAP, 0), &f, e);

	if (!r && !f->na)
		r = err_set(e, EBADMSG, "NTFS: $Bitmap is empty");
	if (!r)
		r = count_free(x, f->na, &free_clusters, e);
	if (r < 0)
		return r;
	*ret = (struct fs_space){
		.size = fs->size,
		.available = free_clusters * x->boot.cluster_size,
		.approximate = fs->state != FS_CLEAN,
	};
	return 0;
}

const struct fs_driver ntfs_driver = {
	.name = "ntfs",
	.serves = nt_serves,
	.space_is_slow = true,
	.links_stay = true,
	.open = nt_open,
	.close = nt_close,
	.lookup = nt_lookup,
	.spelling = nt_spelling,
	.stat = nt_stat,
	.list = nt_list,
	.read = nt_read,
	.readlink = nt_readlink,
	.space = nt_space,
};

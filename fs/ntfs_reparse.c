/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reparse points of NTFS, after [MS-FSCC] 2.1.2: symlinks, junctions and WSL's own links become
 * symlinks, with a target that fs.c can walk.  Absolute ones name a drive; when it is the volume's
 * own, the target begins at its root.  Another drive, a volume by its GUID and a share are named.
 *
 * Of other tags only those matter that keep a file's bytes elsewhere than in its data.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/utf16.h"
#include "fs/ntfs.h"

#define TAG_JUNCTION 0xa0000003U
#define TAG_SYMLINK 0xa000000cU
#define TAG_WSL_SYMLINK 0xa000001dU
#define TAG_DEDUP 0x80000013U
#define TAG_WOF 0x80000017U
#define TAG_SOCKET 0x80000023U
#define TAG_WSL_FIFO 0x80000024U
#define TAG_WSL_CHAR 0x80000025U
#define TAG_WSL_BLOCK 0x80000026U
#define REPARSE_HEAD 8U /* tag, length, reserved */
#define SYMLINK_IS_RELATIVE 1U
/* Of files whose bytes must be fetched from where a service keeps them. */
#define ATTRIBUTE_OFFLINE 0x00001000U
#define ATTRIBUTE_RECALL_ON_OPEN 0x00040000U
#define ATTRIBUTE_RECALL_ON_ACCESS 0x00400000U

struct reparse {
	uint32_t tag;
	uint8_t *value; /* from malloc */
	size_t len;
};

static void cleanup_reparse(struct reparse *p)
{
	free(p->value);
}

static int read_reparse(struct nt_fs *x, ntfs_inode *ni, struct reparse *ret, struct err *e)
{
	struct reparse p = {0};
	ntfs_attr *na = NULL;
	int r = nt_attr(x, ni, AT_REPARSE_POINT, NULL, 0, &na, e);

	if (r < 0)
		return r;
	if (!r || na->data_size < REPARSE_HEAD || na->data_size > NTFS_REPARSE_MAX)
		r = err_set(e, EBADMSG, "MFT record %llu: its reparse point is damaged",
			(unsigned long long)ni->mft_no);
	else if (!(p.value = malloc((size_t)na->data_size)))
		r = err_set(e, ENOMEM, "out of memory");
	else
		r = nt_read_attr(x, na, 0, p.value, (size_t)na->data_size, e);
	if (!r) {
		p.len = (size_t)na->data_size;
		p.tag = get_le32(p.value);
		*ret = p;
	} else {
		free(p.value);
	}
	if (na)
		x->lib.attr_close(na);
	return r;
}

static uint32_t attributes_of(const ntfs_inode *ni)
{
	return le32_to_cpu(ni->flags);
}

static bool has_reparse(const ntfs_inode *ni)
{
	return attributes_of(ni) & le32_to_cpu(FILE_ATTR_REPARSE_POINT);
}

int nt_reparse_type(struct nt_fs *x, ntfs_inode *ni, uint32_t *ret, struct err *e)
{
	static const struct {
		uint32_t tag, type;
	} types[] = {
		{TAG_JUNCTION, S_IFLNK},
		{TAG_SYMLINK, S_IFLNK},
		{TAG_WSL_SYMLINK, S_IFLNK},
		{TAG_SOCKET, S_IFSOCK},
		{TAG_WSL_FIFO, S_IFIFO},
		{TAG_WSL_CHAR, S_IFCHR},
		{TAG_WSL_BLOCK, S_IFBLK},
	};
	CLEANUP(cleanup_reparse) struct reparse p = {0};
	int r;

	*ret = 0;
	if (!has_reparse(ni))
		return 0;
	r = read_reparse(x, ni, &p, e);
	for (size_t i = 0; !r && i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].tag == p.tag)
			*ret = types[i].type;
	}
	return r;
}

/* ---- Data kept elsewhere ---- */

static int wof_compressed(const struct reparse *p, struct err *e)
{
	static const char *const algorithms[] = {"XPRESS4K", "LZX", "XPRESS8K", "XPRESS16K"};
	struct bytes b = bytes_at(p->value, p->len, REPARSE_HEAD);
	uint32_t provider, algorithm;

	bytes_le32(&b); /* version */
	provider = bytes_le32(&b);
	bytes_le32(&b); /* the provider's version */
	algorithm = bytes_le32(&b);
	if (provider == 1)
		return err_set(e, ENOTSUP, "the file is kept in a WIM archive (WOF)");
	return err_set(e, ENOTSUP, "the file is compressed by the operating system (WOF, %s)",
		provider == 2 && !b.bad && algorithm < 4 ? algorithms[algorithm]
							 : "in a way that is not known");
}

int nt_check_stored(struct nt_fs *x, ntfs_inode *ni, struct err *e)
{
	CLEANUP(cleanup_reparse) struct reparse p = {0};
	int r;

	if (!has_reparse(ni))
		return 0;
	r = read_reparse(x, ni, &p, e);
	if (r < 0)
		return r;
	if (p.tag == TAG_WOF)
		return wof_compressed(&p, e);
	if (p.tag == TAG_DEDUP)
		return err_set(e, ENOTSUP, "the file's data was deduplicated by Windows Server");
	if (attributes_of(ni) &
		(ATTRIBUTE_OFFLINE | ATTRIBUTE_RECALL_ON_OPEN | ATTRIBUTE_RECALL_ON_ACCESS))
		return err_set(e, ENOTSUP, "the file's data is kept elsewhere (reparse tag 0x%08x)",
			p.tag);
	return 0;
}

/* ---- Links ---- */

/* The text of a symlink or junction: off and len count in the buffer behind its head. */
static int take_target(const struct reparse *p, size_t head, uint16_t off, uint16_t len, char *ret,
	size_t *ret_len, struct err *e)
{
	if (!range_inside(head + off, len, p->len) || UTF16_ROOM((size_t)len) >= GUEST_PATH_MAX)
		return err_set(e, EBADMSG, "a link without a possible target");
	*ret_len = utf16_name(ret, p->value + head + off, len, UTF16_LE);
	ret[*ret_len] = '\0';
	return 0;
}

/*
 * The letter of the volume itself.  The registry knows it, but lies on the volume: here, one with
 * Windows on it is C:, and of others it is not known.
 */
static int own_letter(struct nt_fs *x)
{
	static const char name[] = "Windows";
	struct fs_node ignored_node;
	struct err ignored;

	if (x->fs.drive)
		return x->fs.drive;
	if (!x->own_letter)
		x->own_letter = nt_lookup(&x->fs, x->fs.root, name, sizeof(name) - 1, &ignored_node,
					&ignored) < 0
					? -1
					: 'C';
	return x->own_letter;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* An absolute target becomes one from the root of the volume, or is refused by its own words. */
static int take_drive(struct nt_fs *x, const char **target, struct err *e)
{
	const char *p = *target;

	if (!strncmp(p, "\\??\\", 4) || !strncmp(p, "\\\\?\\", 4))
		p += 4;
	if (!is_letter(p[0]) || p[1] != ':' || (p[2] && p[2] != '\\'))
		return err_set(e, ENOTSUP, "a link to %s, which is not on this volume", p);
	if ((p[0] & ~0x20) != own_letter(x))
		return err_set(e, ENOTSUP, "a link to %s, which may be on another volume", p);
	*target = p[2] ? p + 2 : "\\";
	return 0;
}

static void put_slashes(char *to, const char *from)
{
	size_t n = strlen(from);

	memmove(to, from, n + 1);
	for (size_t i = 0; i < n; i++) {
		if (to[i] == '\\')
			to[i] = '/';
	}
}

static int windows_link(struct nt_fs *x, const struct reparse *p, char *buf, struct err *e)
{
	struct bytes b = bytes_at(p->value, p->len, REPARSE_HEAD);
	const uint16_t off = bytes_le16(&b), len = bytes_le16(&b);
	size_t head = REPARSE_HEAD + 8, n;
	const char *target = buf;
	uint32_t flags = 0;
	int r;

	bytes_skip(&b, 4); /* the name that is shown */
	if (p->tag == TAG_SYMLINK) {
		flags = bytes_le32(&b);
		head += 4;
	}
	if (b.bad)
		return err_set(e, EBADMSG, "a link without a possible target");
	r = take_target(p, head, off, len, buf, &n, e);
	if (!r && !(flags & SYMLINK_IS_RELATIVE))
		r = take_drive(x, &target, e);
	if (!r)
		put_slashes(buf, target);
	return r;
}

static int wsl_link(const struct reparse *p, char *buf, struct err *e)
{
	const size_t head = REPARSE_HEAD + 4; /* and a version */
	size_t n;

	if (p->len <= head || p->len - head >= GUEST_PATH_MAX)
		return err_set(e, EBADMSG, "a link without a possible target");
	n = p->len - head;
	memcpy(buf, p->value + head, n);
	buf[n] = '\0';
	return 0;
}

int nt_readlink(struct fs *fs, struct fs_node node, char *buf, struct err *e)
{
	CLEANUP(cleanup_reparse) struct reparse p = {0};
	struct nt_fs *x = (struct nt_fs *)fs;
	ntfs_inode *ni;
	int r = nt_inode(x, node, &ni, e);

	if (r < 0)
		return r;
	r = read_reparse(x, ni, &p, e);
	x->lib.inode_close(ni);
	if (r < 0)
		return r;
	if (p.tag == TAG_WSL_SYMLINK)
		return wsl_link(&p, buf, e);
	return windows_link(x, &p, buf, e);
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What an NTFS volume says of itself: the flags in $Volume, the restart pages of $LogFile, and the
 * head of hiberfil.sys.  A volume that Windows has not closed has changes in $LogFile that Windows
 * will make when it starts; one of a hibernated Windows is still open, and fast startup is that.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "fs/ntfs.h"

#define RECORD_LOG 2U
#define RECORD_VOLUME 3U
#define VOLUME_IS_DIRTY 0x0001U
#define LOG_PAGE 4096U
#define LOG_NO_CLIENT 0xffffU
#define LOG_IS_CLEAN 0x0002U

/* ---- $Volume ---- */

static bool read_volume_information(struct nt_fs *x, uint8_t p[12])
{
	ntfs_attr *na = NULL;
	struct err ignored;
	ntfs_inode *ni;
	bool read = false;

	if (nt_inode(x, nt_node(RECORD_VOLUME, 0), &ni, &ignored) < 0)
		return false;
	if (nt_attr(x, ni, AT_VOLUME_INFORMATION, NULL, 0, &na, &ignored) > 0) {
		read = na->data_size >= 12 && !nt_read_attr(x, na, 0, p, 12, &ignored);
		x->lib.attr_close(na);
	}
	x->lib.inode_close(ni);
	return read;
}

static void look_at_volume(struct nt_fs *x)
{
	uint8_t p[12];

	/* The library takes compressed files from version 3 on only. */
	x->vol->major_ver = 3;
	x->vol->minor_ver = 1;
	if (!read_volume_information(x, p)) {
		fs_state_add(&x->fs, FS_ERRORS, "$Volume is damaged");
		return;
	}
	x->vol->major_ver = p[8];
	x->vol->minor_ver = p[9];
	if (get_le16(p + 10) & VOLUME_IS_DIRTY)
		fs_state_add(&x->fs, FS_DIRTY, "marked dirty: chkdsk runs when Windows starts");
}

/* ---- $LogFile ---- */

struct restart {
	uint64_t lsn; /* the later of two counts */
	bool clean;
};

/* A restart page that is whole. */
static bool decode_restart(uint8_t *page, struct restart *ret)
{
	uint16_t at;

	if (!nt_fixup(page, LOG_PAGE, "RSTR"))
		return false;
	at = get_le16(page + 24);
	if (!range_inside(at, 16, LOG_PAGE))
		return false;
	ret->lsn = get_le64(page + at);
	ret->clean = get_le16(page + at + 12) == LOG_NO_CLIENT ||
		     get_le16(page + at + 14) & LOG_IS_CLEAN;
	return true;
}

static void look_at_log(struct nt_fs *x)
{
	uint8_t pages[2][LOG_PAGE];
	struct restart restart, best = {0};
	bool found = false;
	struct nt_file *f;
	struct err ignored;

	if (nt_file(x, nt_node(RECORD_LOG, 0), &f, &ignored) < 0 || !f->na ||
		f->na->data_size < (s64)sizeof(pages) ||
		nt_read_attr(x, f->na, 0, pages, sizeof(pages), &ignored) < 0) {
		fs_state_add(&x->fs, FS_ERRORS, "$LogFile cannot be read");
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!decode_restart(pages[i], &restart) || (found && restart.lsn <= best.lsn))
			continue;
		best = restart;
		found = true;
	}
	/* Without a restart page it is empty: new, or reset by a repair. */
	if (found && !best.clean)
		fs_state_add(&x->fs, FS_DIRTY, "$LogFile holds changes to replay");
}

/* ---- hiberfil.sys ---- */

static void look_at_hibernation(struct nt_fs *x)
{
	static const char name[] = "hiberfil.sys";
	struct err ignored;
	struct fs_node node;
	struct nt_file *f;
	char magic[4];

	if (nt_lookup(&x->fs, x->fs.root, name, sizeof(name) - 1, &node, &ignored) < 0 ||
		nt_file(x, node, &f, &ignored) < 0 || !f->na || f->na->data_size < 4 ||
		nt_read_attr(x, f->na, 0, magic, 4, &ignored) < 0)
		return;
	if (!strncasecmp(magic, "hibr", 4))
		fs_state_add(&x->fs, FS_DIRTY,
			"Windows is hibernated (hiberfil.sys), or fast startup is on");
	else if (!strncasecmp(magic, "wake", 4))
		fs_state_add(&x->fs, FS_DIRTY, "Windows was resuming from hiberfil.sys");
}

void nt_find_state(struct nt_fs *x)
{
	look_at_volume(x);
	look_at_log(x);
	look_at_hibernation(x);
}

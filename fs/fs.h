/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Filesystems, read-only.  A driver knows nodes, never paths; the walk over paths, symlinks and
 * mount points is here, once, for all of them.
 *
 * A driver is a struct fs_driver at the end of its file and a row in the table of fs.c.  An engine
 * that is given paths by somebody else (libguestfs) is a driver too and keeps its own table behind
 * the node number.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "disk/blockdev.h"

struct fs;

/* A file of one filesystem, by a number only its driver understands.  A plain value to copy. */
struct fs_node {
	uint64_t id;
};

struct fs_stat {
	uint32_t mode; /* as st_mode: type and permissions */
	uint32_t uid, gid, nlink;
	uint64_t size, inode;
	int64_t mtime; /* seconds since 1970, UTC */
};

/* Bytes.  available is what df in the guest would call so: for a user who is not root. */
struct fs_space {
	uint64_t size, available;
	uint64_t inodes, inodes_available; /* 0, 0: the filesystem has no fixed number */
	bool approximate; /* a journal was not replayed, or a counter could not be trusted */
};

enum fs_state {
	FS_CLEAN,
	FS_REPLAYED,   /* read through an in-memory replay of its journal */
	FS_DIRTY,      /* has a journal to replay, or was not unmounted */
	FS_ERRORS,     /* the filesystem itself recorded errors */
	FS_UNREADABLE, /* of a known type, but could not be opened */
};
const char *fs_state_name(enum fs_state s); /* as in the JSON report */

/* One entry of a directory; name is borrowed for the call, UTF-8 or whatever the guest wrote. */
struct fs_entry {
	const char *name;
	size_t name_len;
	struct fs_node node;
	uint32_t type; /* S_IFREG ... as in st_mode; 0: only stat knows */
};

/* Return 0 to go on, 1 to stop without error, a negative code to stop with it. */
typedef int fs_list_fn(void *ctx, const struct fs_entry *entry);

/* A tree of files within a filesystem that can be mounted on its own; path is borrowed. */
struct fs_subvolume {
	uint64_t id, parent;
	const char *path; /* from the top level, without a leading slash, as the guest wrote it */
	bool is_default;  /* what a mount without options shows */
	bool read_only, snapshot;
};
typedef int fs_subvolume_fn(void *ctx, const struct fs_subvolume *subvolume);

struct fs_driver {
	const char *name; /* the type blkid gives, "ext4" serves "ext2" and "ext3" too */
	bool (*serves)(const char *type);
	bool has_members; /* devices with one UUID are members of one filesystem */
	/* Nothing keeps a count of what is free: space() reads in proportion to the volume. */
	bool space_is_slow;
	bool links_stay; /* absolute symlinks begin at this filesystem's top, wherever it is */
	/* The type, as blkid has it, of devices that may belong to a filesystem: ext's journals. */
	const char *companion;
	/*
	 * Several devices: members of one filesystem, or external journals.  Borrowed.  Behind
	 * the members may be others of the type: Btrfs takes its seed devices from them.  And ext
	 * is given all journals there are, and takes the one it names.
	 */
	int (*open)(struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e);
	void (*close)(struct fs *fs);
	/* ENOENT: no such name.  dir is a directory. */
	int (*lookup)(struct fs *fs, struct fs_node dir, const char *name, size_t len,
		struct fs_node *ret, struct err *e);
	/*
	 * The directory's own spelling of the name that lookup has just found, where names are
	 * found by others too; borrowed until the next lookup.  NULL: it is that asked for.
	 */
	const char *(*spelling)(struct fs *fs, size_t *ret_len);
	int (*stat)(struct fs *fs, struct fs_node node, struct fs_stat *ret, struct err *e);
	/* Without "." and "..".  fn returns 0 to go on, 1 to stop. */
	int (*list)(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e);
	/* Up to len bytes of a regular file from off; *ret_n is less only at its end. */
	int (*read)(struct fs *fs, struct fs_node node, uint64_t off, void *buf, size_t len,
		size_t *ret_n, struct err *e);
	/* The target, NUL-terminated, in a buffer of GUEST_PATH_MAX bytes.  NULL: has no symlinks.
	 */
	int (*readlink)(struct fs *fs, struct fs_node node, char *buf, struct err *e);
	int (*space)(struct fs *fs, struct fs_space *ret, struct err *e);
	/* The root of a subvolume; ENOENT: there is none of that number.  NULL: there are none. */
	int (*subvolume)(struct fs *fs, uint64_t id, struct fs_node *ret, struct err *e);
	/* All but the top level, by number.  NULL: there are none. */
	int (*subvolumes)(struct fs *fs, fs_subvolume_fn *fn, void *ctx, struct err *e);
};

/* The head of every driver's state. */
struct fs {
	const struct fs_driver *driver;
	struct fs_node root;
	enum fs_state state;
	char state_detail[128]; /* a sentence when state is not clean, else "" */
	bool fold_case;         /* names compare without case: FAT, NTFS */
	char drive;       /* NTFS: its letter in the guest, 'C', from who has read that; or 0 */
	uint64_t size;    /* bytes, where space_is_slow; 0 elsewhere */
	unsigned version; /* XFS: 4 or 5, which rules ask for; 0 elsewhere */
	unsigned devices; /* Btrfs: its members, those that are missing too; 0 elsewhere */
	const char *raid; /* Btrfs: "raid1", if it has chunks of such a profile; else NULL */
	struct fs_names *names; /* what fs_walk() looked up before; fs.c's own */
};

/* For drivers: makes the state at least s (they grow worse in order) and adds to the detail. */
void fs_state_add(struct fs *fs, enum fs_state s, const char *sentence);

/* Opens devs[0] (and its further members) as type, blkid's name of it.  ENOTSUP: no driver. */
int fs_open(
	const char *type, struct blockdev *const *devs, size_t n, struct fs **ret, struct err *e);
bool fs_type_is_readable(const char *type);
bool fs_type_has_members(const char *type);
/* NULL: it has none. */
const char *fs_type_companion(const char *type);
void fs_close(struct fs *fs); /* NULL is allowed */
int fs_space(struct fs *fs, struct fs_space *ret, struct err *e);
bool fs_space_is_slow(const struct fs *fs);

/*
 * The root of a subvolume, as the mount options subvolid= and subvol= name it; the top level is
 * FS_TOP_LEVEL.  ENOENT: there is none.
 */
#define FS_TOP_LEVEL 5U
int fs_subvolume(struct fs *fs, uint64_t id, struct fs_node *ret, struct err *e);
int fs_subvolume_at(struct fs *fs, const char *path, struct fs_node *ret, struct err *e);
/* What fn stopped with, when negative, as in fs_list(). */
int fs_subvolumes(struct fs *fs, fs_subvolume_fn *fn, void *ctx, struct err *e);

/* ---- A name space: filesystems mounted at places, as the guest sees them ---- */

struct fs_mount {
	const char *dir;    /* "/", "/boot": absolute, no trailing slash, no symlink */
	struct fs *fs;      /* NULL: something is mounted here that cannot be read */
	const char *volume; /* "disk0p2", for evidence */
	const char *why;    /* when fs is NULL: the reason */
	struct fs_node top; /* what appears at dir: the fs root, or a subvolume's */
};

struct fs_tree {
	const struct fs_mount *mounts; /* the first is "/" */
	size_t n;
};

struct fs_file {
	struct fs *fs;
	struct fs_node node;
	struct fs_stat st;
	const struct fs_mount *mount;
	char path[4096]; /* where it really is in the guest, after symlinks */
};

enum { FS_NOFOLLOW = 1 }; /* the last component itself, even if it is a symlink */

/*
 * Walks path in the guest, never on the host.  Symlinks are followed inside the tree, at most
 * SYMLINKS_MAX; ".." of the root is the root.
 * ENOENT; ENOTDIR; ELOOP; E2BIG: longer or deeper than limits.h allows; ENODEV: the path lies on a
 * mount whose fs is NULL (the sentence says why).
 */
int fs_walk(const struct fs_tree *t, const char *path, unsigned flags, struct fs_file *ret,
	struct err *e);
/* What fn stopped with, when negative: fn has put its sentence somewhere itself. */
int fs_list(const struct fs_file *dir, fs_list_fn *fn, void *ctx, struct err *e);
int fs_read(
	const struct fs_file *f, uint64_t off, void *buf, size_t len, size_t *ret_n, struct err *e);
/* All of len bytes; EBADMSG: the file ends before. */
int fs_read_exact(const struct fs_file *f, uint64_t off, void *buf, size_t len, struct err *e);
int fs_readlink(const struct fs_file *f, char buf[4096], struct err *e);

/* A whole file in the arena, NUL-terminated behind its end.  E2BIG: larger than max. */
int fs_read_whole(const struct fs_file *f, size_t max, struct arena *a, char **ret_text,
	size_t *ret_len, struct err *e);

extern const struct fs_driver ext_driver, fat_driver, xfs_driver, btrfs_driver, ntfs_driver;

#endif

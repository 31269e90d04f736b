/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A virtual machine as an engine presents it: its disks, what lies on them, and its filesystems,
 * opened.  Both engines (native, guestfs) end here; everything above sees no difference.
 */
#ifndef ENGINE_VM_H
#define ENGINE_VM_H

#include "base/arena.h"
#include "base/err.h"
#include "fs/fs.h"
#include "machine/machine.h"
#include "map/map.h"

/* What lies on a volume whose signature is a filesystem's, or on several that are its members. */
struct filesystem {
	const struct volume *volume;
	LIST(const struct volume *) further; /* its other members, of a Btrfs of several devices */
	struct fs *fs;                       /* NULL: cannot be read, and why says so */
	enum fs_state state;                 /* FS_UNREADABLE with fs == NULL */
	const char *why;                     /* a sentence when state is not clean, else NULL */
	int why_num; /* the error's code when unreadable: ENOTSUP, EBADMSG, E2BIG, EIO */
	struct fs_space space;
	bool space_known; /* of NTFS, whose size is known before, only after vm_ask_space() */
	/* By vm_list_subvolumes(), at most SUBVOLUMES_LISTED_MAX; their paths live in the arena. */
	LIST(struct fs_subvolume) subvolumes;
	bool more_subvolumes; /* than could be listed */
};

struct vm {
	const char *name;
	struct machine machine;
	struct map map;
	LIST(struct filesystem) filesystems; /* in the order of map.volumes */
	struct arena *arena;
	const struct engine *engine;
};

/* Everything an engine needs.  The opener and the arena outlive the vm. */
struct engine_args {
	struct host_io *io;
	struct arena *arena;
	const struct disk_request *requests;
	size_t n_requests;
	void (*stage)(const char *name); /* told when a stage begins ("open", "map"); may be NULL */
};

struct engine {
	const char *name;
	int (*open)(struct vm *ret, const struct engine_args *args, struct err *e);
	void (*close)(struct vm *vm);
};

extern const struct engine native_engine;

/* The filesystem on a volume, or that it is a member of, or NULL. */
struct filesystem *vm_filesystem(const struct vm *vm, const struct volume *v);

/*
 * Counts what is free, where that was too slow to do for everyone: for those who need it.  False:
 * it is not known.
 */
bool vm_ask_space(struct filesystem *f);
/* Fills the subvolumes of all filesystems that have such, for reports that show them. */
void vm_list_subvolumes(struct vm *vm);

#endif

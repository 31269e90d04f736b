/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The disk's bytes and nothing else, in a file, a block device or several files.  A file that ends
 * within a sector is filled up with zeros, as other tools do.
 */
#include "disk/disk.h"

#include <errno.h>
#include <string.h>

#include "disk/filedev.h"
#include "disk/split.h"
#include "disk/vmdk.h"

static bool raw_probe(const struct disk_probe *p)
{
	(void)p;
	return true;
}

/*
 * The data of a VMDK, without the descriptor that makes it one.  A part of such data is no disk
 * while there is a descriptor that has it all.
 */
static int vmdk_data_check(
	const struct disk_open_args *args, const char *dir, struct disk_info *info, struct err *e)
{
	const char *beside = vmdk_descriptor_beside(args, dir);

	if (beside && vmdk_is_piece(args->path))
		return err_set(e, ENOTSUP, "is one piece of a VMDK that is split; give %s instead",
			beside);
	if (beside)
		*list_add(args->arena, &info->notes) = arena_printf(
			args->arena, "is read as raw data; the VMDK it belongs to is %s", beside);
	else if (vmdk_is_piece(args->path))
		*list_add(args->arena, &info->notes) =
			"is named like one piece of a VMDK that is split, and read as a whole disk";
	return 0;
}

static int whole_open(const struct disk_open_args *args, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	uint64_t tail = (*f)->size % 512;
	int r = filedev_open(f, 0, (*f)->size + (tail ? 512 - tail : 0), ret, e);

	if (r < 0)
		return r;
	info->logical_sector = (*ret)->logical_sector;
	info->physical_sector = (*ret)->physical_sector;
	if (tail) {
		info->damaged = true;
		*list_add(args->arena, &info->notes) = arena_printf(args->arena,
			"the file ends %llu bytes into a sector", (unsigned long long)tail);
	}
	return 0;
}

static int raw_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	const char *dot = strrchr(args->path, '.');
	int r = vmdk_data_check(args, dir, info, e);

	info->format = "raw";
	*ret = NULL;
	if (r >= 0 && dot && split_is_number(dot + 1))
		r = split_open(args, dir, f, info, ret, e);
	if (r >= 0 && !*ret)
		r = whole_open(args, f, info, ret, e);
	return r;
}

const struct disk_format raw_format = {.name = "raw", .probe = raw_probe, .open = raw_open};

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The disk's bytes and nothing else, in a file or a block device.  A file that ends within a sector
 * is filled up with zeros, as other tools do.
 */
#include "disk/disk.h"

#include <errno.h>

#include "base/limits.h"
#include "disk/filedev.h"

static bool raw_probe(const struct disk_probe *p)
{
	(void)p;
	return true;
}

static int raw_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	uint64_t tail = (*f)->size % 512;
	int r;

	(void)dir;
	r = filedev_open(f, 0, (*f)->size + (tail ? 512 - tail : 0), ret, e);
	if (r < 0)
		return r;
	info->format = "raw";
	info->logical_sector = (*ret)->logical_sector;
	info->physical_sector = (*ret)->physical_sector;
	if (tail)
		*list_add(args->arena, &info->notes) = arena_printf(args->arena,
			"the file ends %llu bytes into a sector", (unsigned long long)tail);
	return 0;
}

const struct disk_format raw_format = {.name = "raw", .probe = raw_probe, .open = raw_open};

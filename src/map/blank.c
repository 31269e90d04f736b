/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/blank.h"

#include "base/bytes.h"
#include "base/checked.h"

#define LOOKED_AT (1U << 20)
#define PIECE (32U << 10)

static bool is_zero(struct blockdev *dev, uint64_t off, uint64_t end)
{
	uint8_t buf[PIECE];
	struct err e;

	while (off < end) {
		uint64_t run;
		bool hole;

		if (blockdev_extent(dev, off, &run, &hole, &e) < 0)
			return false;
		run = min_u64(run, end - off);
		if (!hole) {
			run = min_u64(run, sizeof(buf));
			if (blockdev_read(dev, off, buf, (size_t)run, &e) < 0 ||
				!all_zero(buf, (size_t)run))
				return false;
		}
		off += run;
	}
	return true;
}

bool disk_is_blank(struct blockdev *dev)
{
	uint64_t head = min_u64(dev->size, LOOKED_AT);
	uint64_t tail = min_u64(dev->size - head, LOOKED_AT);

	return is_zero(dev, 0, head) && is_zero(dev, dev->size - tail, dev->size);
}

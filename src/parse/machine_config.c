/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/machine_config.h"

#include <errno.h>

#include "base/limits.h"

const char *config_bus_name(enum config_bus bus)
{
	static const char *const names[] = {
		[BUS_IDE] = "ide",
		[BUS_SCSI] = "scsi",
		[BUS_SATA] = "sata",
		[BUS_VIRTIO] = "virtio",
		[BUS_NVME] = "nvme",
		[BUS_OTHER] = "disk",
	};

	return names[bus];
}

int config_add_disk(
	struct machine_config *c, struct arena *a, const struct config_disk *d, struct err *e)
{
	if (c->disks.n == DISKS_MAX)
		return err_set(
			e, E2BIG, "describes more than the %d disks of one machine", DISKS_MAX);
	*list_add(a, &c->disks) = *d;
	return 0;
}

static bool comes_before(const struct config_disk *a, const struct config_disk *b)
{
	if (a->boot != b->boot)
		return a->boot && (!b->boot || a->boot < b->boot);
	if (a->bus != b->bus)
		return a->bus < b->bus;
	if (a->controller != b->controller)
		return a->controller < b->controller;
	return a->unit < b->unit;
}

void config_order_disks(struct machine_config *c)
{
	for (size_t i = 1; i < c->disks.n; i++) {
		struct config_disk d = c->disks.at[i];
		size_t j = i;

		for (; j && comes_before(&d, &c->disks.at[j - 1]); j--)
			c->disks.at[j] = c->disks.at[j - 1];
		c->disks.at[j] = d;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine/machine.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

static const char *name_from_path(struct arena *a, const char *path)
{
	const char *base = strrchr(path, '/');
	const char *dot;

	base = base ? base + 1 : path;
	dot = strrchr(base, '.');
	return arena_strndup(a, base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

int machine_open(struct machine *m, struct host_io *io, struct arena *a,
	const struct disk_request *requests, size_t n, struct err *e)
{
	*m = (struct machine){0};
	if (n > DISKS_MAX)
		return err_set(
			e, E2BIG, "%zu disks, more than the %d of one machine", n, DISKS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct disk_open_args args = {
			.io = io,
			.arena = a,
			.path = requests[i].path,
			.image_format = requests[i].image_format,
		};
		struct machine_disk d = {
			.name = arena_printf(a, "disk%zu", i),
			.path = arena_strdup(a, requests[i].path),
		};
		int r = disk_open(&args, &d.disk, e);

		if (r < 0) {
			machine_close(m);
			return r;
		}
		*list_add(a, &m->disks) = d;
	}
	if (n)
		m->name = name_from_path(a, requests[0].path);
	return 0;
}

void machine_close(struct machine *m)
{
	list_each(d, &m->disks)
		disk_close(&d->disk);
	m->disks.n = 0;
}

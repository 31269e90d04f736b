/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"

int memfd_new(const char *name, uint64_t size, struct err *e)
{
	CLEANUP(cleanup_close) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int ret;

	if (fd < 0 || ftruncate(fd, (off_t)size) ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return err_set(e, errno, "a file in memory could not be made: %s", strerror(errno));
	ret = fd;
	fd = -1;
	return ret;
}

int memfd_write(int fd, uint64_t off, const void *p, size_t n, struct err *e)
{
	const char *at = p;

	while (n) {
		ssize_t w = pwrite(fd, at, n, (off_t)off);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_set(e, errno, "a file in memory could not be written: %s",
				strerror(errno));
		at += w;
		off += (uint64_t)w;
		n -= (size_t)w;
	}
	return 0;
}

struct memfd_path memfd_path(int fd)
{
	struct memfd_path p;

	snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}

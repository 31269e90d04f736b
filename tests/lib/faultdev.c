/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/faultdev.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static void garble(void *p, size_t n)
{
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(b[i] * 31 + i * 7 + 0xA5);
}

static int faultdev_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct faultdev *f = (struct faultdev *)d;
	bool now = ++f->reads == f->n || (f->on && f->n && f->reads > f->n);
	int r;

	if (now && f->fault == FAULT_FAIL)
		return err_set(e, EIO, "read %u was made to fail", f->reads);
	r = blockdev_read(f->below, off, buf, len, e);
	if (r >= 0 && now)
		garble(buf, len);
	return r;
}

static void faultdev_close(struct blockdev *d)
{
	(void)d;
}

static const struct blockdev_ops faultdev_ops = {
	.name = "fault", .read = faultdev_read, .close = faultdev_close};

void faultdev_init(struct faultdev *f, struct blockdev *below, enum fault fault, unsigned n)
{
	*f = (struct faultdev){
		.dev = {&faultdev_ops, below->size, below->logical_sector, below->physical_sector},
		.below = below,
		.fault = fault,
		.n = n,
	};
}

static struct {
	enum fault fault;
	unsigned n, reads;
} host;

void faultdev_host(enum fault fault, unsigned n)
{
	host.fault = fault;
	host.n = n;
	host.reads = 0;
}

unsigned faultdev_host_reads(void)
{
	return host.reads;
}

/* Takes the place of the C library's own in this program. */
ssize_t pread64(int fd, void *buf, size_t n, off64_t off);
ssize_t pread64(int fd, void *buf, size_t n, off64_t off)
{
	ssize_t got;

	if (++host.reads == host.n && host.fault == FAULT_FAIL) {
		errno = EIO;
		return -1;
	}
	got = syscall(SYS_pread64, fd, buf, n, off);
	if (got > 0 && host.reads == host.n)
		garble(buf, (size_t)got);
	return got;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libext2fs over a block device: an io_manager that only reads.
 *
 * The library opens its device by a name.  Ours spells the address of the struct ext_io, which
 * begins with a magic number, so that nothing needs to be global.  A read that fails leaves its
 * error in that struct and gives its errno as the error code; ext_fail() puts the two together.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "fs/ext.h"

#define EXT_IO_MAGIC 0x6578745f696f2e31ULL

void ext_io_init(struct ext_io *io, struct blockdev *dev, char name[EXT_IO_NAME])
{
	*io = (struct ext_io){.magic = EXT_IO_MAGIC, .dev = dev};
	snprintf(name, EXT_IO_NAME, "%p", (void *)io);
}

static errcode_t io_open(const char *name, int flags, io_channel *ret)
{
	struct ext_io *io;
	io_channel c;
	void *p = NULL;

	if (flags & IO_FLAG_RW)
		return EXT2_ET_RO_FILSYS;
	if (sscanf(name, "%p", &p) != 1 || !p)
		return EXT2_ET_BAD_DEVICE_NAME;
	io = p;
	if (io->magic != EXT_IO_MAGIC)
		return EXT2_ET_BAD_DEVICE_NAME;
	c = calloc(1, sizeof(*c));
	if (!c)
		return EXT2_ET_NO_MEMORY;
	c->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	c->manager = ext_io_manager();
	c->name = (char *)c->manager->name;
	c->block_size = 1024;
	c->refcount = 1;
	c->private_data = io;
	*ret = c;
	return 0;
}

static errcode_t io_close(io_channel c)
{
	if (--c->refcount == 0)
		free(c);
	return 0;
}

static errcode_t io_set_blksize(io_channel c, int size)
{
	c->block_size = size;
	return 0;
}

/* A negative count is one of bytes. */
static errcode_t io_read64(io_channel c, unsigned long long block, int count, void *buf)
{
	struct ext_io *io = c->private_data;
	uint64_t off, len = (uint64_t)count * (uint64_t)c->block_size;

	if (count < 0)
		len = (uint64_t) - (int64_t)count;
	if (!checked_mul(block, (uint64_t)c->block_size, &off) ||
		!range_inside(off, len, io->dev->size))
		return -err_set(&io->err, EBADMSG, "block %llu is not on the device", block);
	return -blockdev_read(io->dev, off, buf, len, &io->err);
}

static errcode_t io_read(io_channel c, unsigned long block, int count, void *buf)
{
	return io_read64(c, block, count, buf);
}

static errcode_t io_write64(io_channel c, unsigned long long block, int count, const void *buf)
{
	(void)c, (void)block, (void)count, (void)buf;
	return EXT2_ET_RO_FILSYS;
}

static errcode_t io_write(io_channel c, unsigned long block, int count, const void *buf)
{
	return io_write64(c, block, count, buf);
}

static errcode_t io_flush(io_channel c)
{
	(void)c;
	return 0;
}

static errcode_t io_refuse_range(io_channel c, unsigned long long block, unsigned long long count)
{
	(void)c, (void)block, (void)count;
	return EXT2_ET_RO_FILSYS;
}

io_manager ext_io_manager(void)
{
	static struct struct_io_manager manager = {
		.magic = EXT2_ET_MAGIC_IO_MANAGER,
		.name = "blockdev",
		.open = io_open,
		.close = io_close,
		.set_blksize = io_set_blksize,
		.read_blk = io_read,
		.write_blk = io_write,
		.flush = io_flush,
		.read_blk64 = io_read64,
		.write_blk64 = io_write64,
		.discard = io_refuse_range,
		.zeroout = io_refuse_range,
	};

	return &manager;
}

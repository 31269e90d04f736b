/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/cleanup.h"

/* The kernel moves at most this much in one call. */
#define PREAD_MAX 0x7ffff000U

static int read_block_geometry(struct hostfile *f, struct err *e)
{
	int logical = 0;
	unsigned physical = 0;

	if (ioctl(f->fd, BLKGETSIZE64, &f->whole_size))
		return err_set(
			e, EIO, "%s: its size could not be read: %s", f->name, strerror(errno));
	if (!ioctl(f->fd, BLKSSZGET, &logical) && logical > 0)
		f->logical_sector = (uint32_t)logical;
	if (!ioctl(f->fd, BLKPBSZGET, &physical))
		f->physical_sector = physical;
	return 0;
}

static int examine(struct hostfile *f, struct err *e)
{
	struct stat st;
	int r;

	if (fstat(f->fd, &st))
		return err_set(e, EIO, "%s: %s", f->name, strerror(errno));
	if (S_ISBLK(st.st_mode)) {
		r = read_block_geometry(f, e);
		if (r < 0)
			return r;
	} else {
		f->whole_size = (uint64_t)st.st_size;
		f->mtime = st.st_mtim;
		f->ctime = st.st_ctim;
	}
	if (!f->whole_size)
		return err_set(e, EBADMSG, "%s: is empty", f->name);
	f->size = f->whole_size;
	return 0;
}

/* One that is open but not yet, or no longer, in the list of its host_io. */
static void release(struct hostfile *f)
{
	cleanup_close(&f->fd);
	free(f->name);
	free(f);
}

int hostfile_open(
	struct host_io *io, const char *dir, const char *name, struct hostfile **ret, struct err *e)
{
	struct hostfile *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(e, ENOMEM, "out of memory");
	f->io = io;
	f->fd = -1;
	f->name = strdup(name);
	r = f->name ? io->opener->open(io->opener, dir, name, e)
		    : err_set(e, ENOMEM, "out of memory");
	if (r >= 0) {
		f->fd = r;
		r = examine(f, e);
	}
	if (r < 0) {
		release(f);
		return r;
	}
	f->next = io->files;
	io->files = f;
	*ret = f;
	return 0;
}

int hostfile_window(const struct hostfile *whole, const char *name, uint64_t off, uint64_t size,
	struct hostfile **ret, struct err *e)
{
	struct hostfile *f;

	if (!size)
		return err_set(e, EBADMSG, "%s: is empty", name);
	if (!range_inside(off, size, whole->size))
		return err_set(e, EBADMSG, "%s: lies past the end of %s", name, whole->name);
	f = malloc(sizeof(*f));
	if (!f)
		return err_set(e, ENOMEM, "out of memory");
	*f = *whole;
	f->start += off;
	f->size = size;
	f->name = strdup(name);
	f->fd = f->name ? fcntl(whole->fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (f->fd < 0) {
		release(f);
		return err_set(e, ENOMEM, "%s: cannot be opened: %s", name, strerror(errno));
	}
	f->next = f->io->files;
	f->io->files = f;
	*ret = f;
	return 0;
}

int hostfile_read(struct hostfile *f, uint64_t off, void *buf, size_t len, struct err *e)
{
	char *p = buf;

	if (!range_inside(off, len, f->size))
		return err_set(e, EBADMSG,
			"%s: is cut short: %zu bytes at %" PRIu64 " are wanted, it has %" PRIu64,
			f->name, len, off, f->size);
	while (len) {
		ssize_t n =
			pread(f->fd, p, (size_t)min_u64(len, PREAD_MAX), (off_t)(f->start + off));

		f->io->reads++;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, EIO, "%s: reading at %" PRIu64 " failed: %s", f->name,
				off, strerror(errno));
		if (!n)
			return err_set(e, EIO, "%s: shrank while it was being read", f->name);
		f->io->bytes_read += (uint64_t)n;
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* A block device, or a filesystem without holes, refuses the question: all is data. */
static void ask_kernel(struct hostfile *f, off_t at)
{
	off_t data = lseek(f->fd, at, SEEK_DATA), end = data;

	f->extent.start = (uint64_t)at;
	f->extent.end = UINT64_MAX;
	f->extent.hole = data > at || (data < 0 && errno == ENXIO);
	if (data == at)
		end = lseek(f->fd, at, SEEK_HOLE);
	if (end > at)
		f->extent.end = (uint64_t)end;
}

int hostfile_extent(
	struct hostfile *f, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	uint64_t at = f->start + off;

	if (off >= f->size)
		return err_set(
			e, EBADMSG, "%s: is cut short: it has %" PRIu64 " bytes", f->name, f->size);
	if (at < f->extent.start || at >= f->extent.end)
		ask_kernel(f, (off_t)at);
	*ret_len = min_u64(f->size - off, f->extent.end - at);
	*ret_hole = f->extent.hole;
	return 0;
}

void hostfile_close(struct hostfile *f)
{
	if (!f)
		return;
	for (struct hostfile **at = &f->io->files; *at; at = &(*at)->next) {
		if (*at == f) {
			*at = f->next;
			break;
		}
	}
	release(f);
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int unchanged(const struct hostfile *f, struct err *e)
{
	uint64_t size;
	struct stat st;

	if (fstat(f->fd, &st))
		return err_set(e, EIO, "%s: %s", f->name, strerror(errno));
	size = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode)) {
		/* The times are those of the node in /dev, not of the contents. */
		if (ioctl(f->fd, BLKGETSIZE64, &size) || size != f->whole_size)
			return err_set(
				e, EIO, "%s: its size changed while it was being read", f->name);
		return 0;
	}
	if (size != f->whole_size || !same_time(st.st_mtim, f->mtime) ||
		!same_time(st.st_ctim, f->ctime))
		return err_set(e, EIO, "%s: changed while it was being read", f->name);
	return 0;
}

int host_io_unchanged(const struct host_io *io, struct err *e)
{
	for (const struct hostfile *f = io->files; f; f = f->next) {
		int r = unchanged(f, e);

		if (r < 0)
			return r;
	}
	return 0;
}

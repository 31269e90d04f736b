/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A compressed grain follows a marker: its first sector of the disk, and how many bytes of zlib's
 * format there are.  While grains are read in the order of the file, it is read ahead.
 */
#include "disk/vmdk_inflate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/unpack.h"

#define SECTOR 512
#define MARKER_SIZE 12
/* What is read of a grain before its length is known; and at most, when reading ahead. */
#define FIRST_READ 4096
#define WINDOW (1U << 20)
/* Deflate adds little to what it cannot shrink; twice the size is generous. */
_Static_assert(MARKER_SIZE + 2 * VMDK_PACKED_GRAIN_MAX <= WINDOW, "a grain fits the window");

static struct {
	unsigned users;
	uint8_t *window;
	/* What is in it; file is NULL when nothing is. */
	const struct blockdev *file;
	uint64_t at;
	size_t n, ahead;
} shared;

int vmdk_inflate_use(struct err *e)
{
	if (!shared.users) {
		shared.window = malloc(WINDOW);
		if (!shared.window)
			return err_set(e, ENOMEM, "out of memory");
	}
	shared.users++;
	return 0;
}

void vmdk_inflate_release(const struct blockdev *file)
{
	if (shared.file == file)
		shared.file = NULL;
	if (--shared.users)
		return;
	free(TAKE(shared.window));
}

/* *ret is n bytes of the file, or NULL when it ends before. */
static int window_get(
	struct blockdev *file, uint64_t at, size_t n, const uint8_t **ret, struct err *e)
{
	bool known = file == shared.file && at >= shared.at;
	size_t want;
	int r;

	if (known && range_inside(at - shared.at, n, shared.n)) {
		*ret = shared.window + (at - shared.at);
		return 0;
	}
	*ret = NULL;
	if (!range_inside(at, n, file->size) || n > WINDOW)
		return 0;
	if (known && at - shared.at < shared.n + SECTOR)
		shared.ahead = (size_t)min_u64(2 * shared.ahead, WINDOW);
	else
		shared.ahead = FIRST_READ;
	want = (size_t)min_u64(n > shared.ahead ? n : shared.ahead, file->size - at);
	shared.file = NULL;
	r = blockdev_read(file, at, shared.window, want, e);
	if (r < 0)
		return r;
	shared.file = file;
	shared.at = at;
	shared.n = want;
	*ret = shared.window;
	return 0;
}

/* The compressed bytes of a grain. */
static int packed_get(struct blockdev *file, uint64_t at, uint64_t sector, size_t size,
	struct bytes *ret, struct err *e)
{
	const uint8_t *p = NULL;
	uint32_t n = 0;
	int r = window_get(file, at, MARKER_SIZE, &p, e);

	if (r >= 0 && p && get_le64(p) == sector)
		n = get_le32(p + 8);
	if (r >= 0 && n && n <= 2 * size)
		r = window_get(file, at, MARKER_SIZE + n, &p, e);
	else
		p = NULL;
	if (r < 0)
		return r;
	if (!p)
		return err_set(e, EBADMSG,
			"grain %" PRIu64 " of the VMDK is not where its table says",
			sector * SECTOR / size);
	*ret = bytes_of(p + MARKER_SIZE, n);
	return 0;
}

int vmdk_inflate(struct blockdev *file, uint64_t at, uint64_t grain, uint8_t *buf, size_t size,
	size_t needed, struct err *e)
{
	struct bytes packed;
	size_t got;
	int r = packed_get(file, at, grain * (size / SECTOR), size, &packed, e);

	if (r >= 0)
		r = unpack(UNPACK_ZLIB, packed.p, bytes_left(&packed), buf, size, &got, e);
	if (r < 0)
		return r;
	if (r != UNPACK_WHOLE || got < needed)
		return err_set(
			e, EBADMSG, "grain %" PRIu64 " of the VMDK does not decompress", grain);
	memset(buf + got, 0, size - got);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As libbde's format notes and cryptsetup describe it: a block begins with "-FVE-FS-" and names the
 * places of all three; behind its 64 bytes follow 48 of header and then entries, of which those of
 * type 2 hold a volume master key each, wrapped by one protector.  Left out: Windows Vista, whose
 * block (version 1) has no such list of its copies.
 */
#include "map/bitlocker.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "map/bootsector.h"

#define BLOCK_HEADER 64U
#define HEADER 48U
#define ENTRY_HEADER 8U
#define CHECKSUM 8U /* a size, a version, CRC-32 of the block before */
#define COPIES 3

enum { ENTRY_VMK = 2, ENTRY_DESCRIPTION = 7, VALUE_STRING = 2, VALUE_VMK = 8 };

static const struct {
	uint16_t type;
	const char *words;
} protectors[] = {
	{0x0000, "clear key"},
	{0x0100, "TPM"},
	{0x0200, "startup key"},
	{0x0500, "TPM and PIN"},
	{0x0800, "recovery password"},
	{0x1000, "smart card"},
	{0x2000, "password"},
};

/* The boot sector names the three places; that of BitLocker To Go has them elsewhere. */
static bool find_copies(struct blockdev *dev, uint64_t at[COPIES])
{
	uint8_t sector[BOOTSECTOR];
	size_t off;

	if (!bootsector_read(dev, sector))
		return false;
	off = !memcmp(sector + 3, "MSWIN4.1", 8) ? 440 : 176;
	for (size_t i = 0; i < COPIES; i++)
		at[i] = get_le64(sector + off + 8 * i);
	return true;
}

static void take_protector(struct bitlocker *v, struct arena *a, struct bytes b)
{
	const char *words = "a protector of an unknown kind";
	uint16_t type;

	bytes_skip(&b, 26);
	type = bytes_le16(&b);
	if (b.bad)
		return;
	for (size_t i = 0; i < ARRAY_LEN(protectors); i++) {
		if (protectors[i].type == type)
			words = protectors[i].words;
	}
	v->suspended |= type == 0;
	v->protectors = v->protectors ? arena_printf(a, "%s, %s", v->protectors, words) : words;
}

static int read_entries(struct bytes b, struct arena *a, struct bitlocker *v, struct err *e)
{
	for (int n = 0; bytes_left(&b) >= ENTRY_HEADER; n++) {
		uint16_t size = bytes_le16(&b), type = bytes_le16(&b), value = bytes_le16(&b);
		struct bytes data;

		bytes_skip(&b, 2);
		if (!size)
			return 0;
		if (size < ENTRY_HEADER || bytes_left(&b) < size - ENTRY_HEADER)
			return err_set(e, EBADMSG, "an entry of BitLocker's metadata is cut short");
		if (n >= BITLOCKER_ENTRIES_MAX)
			return err_set(e, E2BIG, "BitLocker's metadata has more than %d entries",
				BITLOCKER_ENTRIES_MAX);
		data = bytes_of(b.p, size - ENTRY_HEADER);
		bytes_skip(&b, size - ENTRY_HEADER);
		if (type == ENTRY_VMK && value == VALUE_VMK)
			take_protector(v, a, data);
		else if (type == ENTRY_DESCRIPTION && value == VALUE_STRING)
			v->description = utf16_to_utf8(a, data.p, bytes_left(&data), UTF16_LE);
	}
	return 0;
}

/* A whole copy with its checksum behind it. */
static int read_block(struct blockdev *dev, uint64_t at, struct arena *a, uint8_t **ret,
	size_t *ret_n, struct err *e)
{
	uint8_t head[BLOCK_HEADER];
	size_t n;
	int r;

	if (!at || !range_inside(at, sizeof(head), dev->size))
		return err_set(e, EBADMSG, "BitLocker's metadata lies past the end");
	r = blockdev_read(dev, at, head, sizeof(head), e);
	if (r < 0)
		return r;
	n = (size_t)get_le16(head + 8) * 16;
	if (memcmp(head, "-FVE-FS-", 8) || get_le16(head + 10) != 2)
		return err_set(e, EBADMSG, "BitLocker's metadata is not where it should be");
	if (n < BLOCK_HEADER + HEADER || n > BITLOCKER_METADATA_MAX)
		return err_set(e, E2BIG, "BitLocker's metadata has %zu bytes", n);
	if (!range_inside(at, n + CHECKSUM, dev->size))
		return err_set(e, EBADMSG, "BitLocker's metadata lies past the end");
	*ret = arena_alloc(a, n + CHECKSUM);
	*ret_n = n;
	r = blockdev_read(dev, at, *ret, n + CHECKSUM, e);
	if (r < 0)
		return r;
	if (crc32_ieee(0, *ret, n) != get_le32(*ret + n + 4))
		return err_set(e, EBADMSG, "the checksum of BitLocker's metadata is wrong");
	return 0;
}

static int read_copy(
	struct blockdev *dev, uint64_t at, struct arena *a, struct bitlocker *ret, struct err *e)
{
	struct bitlocker v = {0};
	uint8_t *block = NULL;
	uint32_t size;
	size_t n = 0;
	int r = read_block(dev, at, a, &block, &n, e);

	if (r < 0)
		return r;
	size = get_le32(block + BLOCK_HEADER);
	if (size < HEADER || size > n - BLOCK_HEADER ||
		get_le32(block + BLOCK_HEADER + 8) != HEADER)
		return err_set(e, EBADMSG, "the header of BitLocker's metadata is damaged");
	r = read_entries(bytes_of(block + BLOCK_HEADER + HEADER, size - HEADER), a, &v, e);
	if (r < 0)
		return r;
	v.uuid = arena_strdup(a, guid_text(block + BLOCK_HEADER + 16).s);
	*ret = v;
	return 0;
}

int bitlocker_read(struct blockdev *dev, struct arena *a, struct bitlocker *ret, struct err *e)
{
	uint64_t at[COPIES];
	int r = -EBADMSG;

	if (!find_copies(dev, at))
		return err_set(e, EIO, "the boot sector cannot be read");
	for (size_t i = 0; i < COPIES && r < 0; i++)
		r = read_copy(dev, at[i], a, ret, e);
	return r;
}

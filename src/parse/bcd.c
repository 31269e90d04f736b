/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A device element: 16 bytes of options, then a header (kind, flags, size) and what the kind wants.
 * A partition by its disk, kind 6: the partition's GUID, or its byte on a disk with an MBR; then
 * what holds it, the table's kind, and the disk's GUID or signature.
 */
#include "parse/bcd.h"

#include <string.h>

#include "base/bytes.h"
#include "base/utf16.h"

enum { KIND_BOOT = 5, KIND_PARTITION = 6, KIND_LOCATE = 8 };
enum { HOLDER_DISK = 0 };
enum { TABLE_IS_GPT = 0, TABLE_IS_MBR = 1 };

static void partition_of(struct bcd_device *d, const uint8_t *p, size_t len)
{
	struct bytes b = bytes_at(p, len, 0x30);
	uint32_t holder = bytes_le32(&b), table = bytes_le32(&b);

	d->kind = BCD_DEVICE_BAD;
	if (b.bad)
		return;
	if (holder != HOLDER_DISK) {
		/* On a file (a VHD), or on something that is no disk. */
		d->kind = BCD_DEVICE_OTHER;
	} else if (table == TABLE_IS_MBR && len >= 0x3C) {
		d->kind = BCD_DEVICE_MBR;
		d->offset = get_le64(p + 0x20);
		d->signature = get_le32(p + 0x38);
	} else if (table == TABLE_IS_GPT && len >= 0x48) {
		d->kind = BCD_DEVICE_GPT;
		memcpy(d->partition, guid_text(p + 0x20).s, sizeof(d->partition));
		memcpy(d->disk, guid_text(p + 0x38).s, sizeof(d->disk));
	}
}

struct bcd_device bcd_device_parse(const void *p, size_t len)
{
	struct bcd_device d = {.kind = BCD_DEVICE_BAD};
	struct bytes b = bytes_at(p, len, 0x10);
	uint32_t kind = bytes_le32(&b);

	if (b.bad)
		return d;
	switch (kind) {
	case KIND_BOOT:
		d.kind = BCD_DEVICE_BOOT;
		break;
	case KIND_PARTITION:
		partition_of(&d, p, len);
		break;
	case KIND_LOCATE:
		d.kind = BCD_DEVICE_LOCATE;
		break;
	default:
		d.kind = BCD_DEVICE_OTHER;
	}
	return d;
}

const char *bcd_device_words(struct arena *a, const struct bcd_device *d)
{
	switch (d->kind) {
	case BCD_DEVICE_BOOT:
		return "the partition that the boot manager is on";
	case BCD_DEVICE_MBR:
		return arena_printf(a, "disk 0x%08x, partition at byte %llu", d->signature,
			(unsigned long long)d->offset);
	case BCD_DEVICE_GPT:
		return arena_printf(a, "disk %s, partition %s", d->disk, d->partition);
	case BCD_DEVICE_LOCATE:
		return "whatever partition holds the file";
	case BCD_DEVICE_OTHER:
		return "a device that is no partition of a disk";
	default:
		return "a device that cannot be decoded";
	}
}

struct mounted_device mounted_device_parse(struct arena *a, const void *p, size_t len)
{
	struct mounted_device m = {.kind = MOUNTED_BAD};
	const uint8_t *b = p;

	if (len == 12) {
		m.kind = MOUNTED_MBR;
		m.signature = get_le32(b);
		m.offset = get_le64(b + 4);
	} else if (len == 24 && !memcmp(b, "DMIO:ID:", 8)) {
		m.kind = MOUNTED_GPT;
		memcpy(m.partition, guid_text(b + 8).s, sizeof(m.partition));
	} else if (len > 8) {
		m.kind = MOUNTED_NAME;
		m.name = utf16_to_utf8(a, p, len, UTF16_LE);
	}
	return m;
}

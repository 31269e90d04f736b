/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The layout is that of LVM2's own headers (format_text: label_header, pv_header, mda_header,
 * raw_locn).  Data areas are left to the metadata text, bootloader areas are of no interest, and a
 * text that was written but not committed is not read.
 */
#include "map/lvm_label.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/crc32.h"
#include "base/limits.h"

#define SECTOR 512U
#define LABEL_SECTORS 4U
#define LABEL_CRC_FROM 20U
#define AREA_HEADER 512U
#define AREA_IGNORED 1U

static const char area_magic[] = "\x20\x4c\x56\x4d\x32\x20\x78\x5b\x35\x41\x25\x72\x30\x4e\x2a\x3e";

/* CRC-32 from a start value of LVM's own, and not inverted at the end. */
static uint32_t lvm_crc(const void *p, size_t n)
{
	return ~crc32_ieee(~0xf597a6cfU, p, n);
}

/* 6-4-4-4-4-4-6 characters, which may be anything on a damaged disk. */
static void format_uuid(const uint8_t *raw, char *ret)
{
	static const uint8_t groups[] = {6, 4, 4, 4, 4, 4, 6};

	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (i)
			*ret++ = '-';
		for (unsigned k = 0; k < groups[i]; k++, raw++)
			*ret++ = *raw > ' ' && *raw < 0x7F ? (char)*raw : '?';
	}
	*ret = '\0';
}

/* Skips a list of areas that ends with one at 0; keeps up to max of where they begin. */
static unsigned read_areas(struct bytes *b, uint64_t *ret, unsigned max)
{
	unsigned n = 0;

	while (!b->bad) {
		uint64_t off = bytes_le64(b);

		bytes_skip(b, 8);
		if (!off)
			break;
		if (!b->bad && n < max)
			ret[n++] = off;
	}
	return n;
}

static int label_parse(const uint8_t *sector, struct lvm_label *ret, struct err *e)
{
	struct lvm_label label = {0};
	struct bytes b = bytes_at(sector, SECTOR, get_le32(sector + 20));
	uint8_t uuid[32];

	if (get_le32(sector + 16) != lvm_crc(sector + LABEL_CRC_FROM, SECTOR - LABEL_CRC_FROM))
		return err_set(e, EBADMSG, "the checksum of the LVM label is wrong");
	bytes_copy(&b, uuid, sizeof(uuid));
	bytes_skip(&b, 8); /* the size of the device, as it was */
	read_areas(&b, NULL, 0);
	label.n_areas = read_areas(&b, label.areas, LVM_AREAS_MAX);
	if (b.bad)
		return err_set(e, EBADMSG, "the LVM label is cut short");
	format_uuid(uuid, label.uuid);
	*ret = label;
	return 0;
}

int lvm_label_read(struct blockdev *dev, struct lvm_label *ret, struct err *e)
{
	uint8_t head[LABEL_SECTORS * SECTOR];
	size_t len = (size_t)min_u64(dev->size, sizeof(head));
	int r = blockdev_read(dev, 0, head, len, e);

	if (r < 0)
		return r;
	for (size_t i = 0; (i + 1) * SECTOR <= len; i++) {
		const uint8_t *s = head + i * SECTOR;

		if (!memcmp(s, "LABELONE", 8) && get_le64(s + 8) == i &&
			!memcmp(s + 24, "LVM2 001", 8))
			return label_parse(s, ret, e);
	}
	return err_set(e, EBADMSG, "there is no LVM label");
}

int lvm_area_read(struct blockdev *dev, uint64_t area, struct lvm_copy *ret, struct err *e)
{
	uint8_t buf[AREA_HEADER];
	struct lvm_copy t = {.area = area};
	struct bytes b;
	uint64_t start;
	int r;

	if (!range_inside(area, AREA_HEADER, dev->size))
		return err_set(e, EBADMSG, "the LVM metadata area lies past the end");
	r = blockdev_read(dev, area, buf, sizeof(buf), e);
	if (r < 0)
		return r;
	if (memcmp(buf + 4, area_magic, 16) || get_le32(buf) != lvm_crc(buf + 4, sizeof(buf) - 4))
		return err_set(e, EBADMSG, "the LVM metadata area has no header, or a damaged one");
	b = bytes_at(buf, sizeof(buf), 20);
	if (bytes_le32(&b) != 1)
		return err_set(e, ENOTSUP, "the LVM metadata area is of an unknown version");
	start = bytes_le64(&b);
	t.area_size = bytes_le64(&b);
	t.off = bytes_le64(&b);
	t.size = bytes_le64(&b);
	t.crc = bytes_le32(&b);
	if (!t.off || bytes_le32(&b) & AREA_IGNORED)
		t.size = 0;
	if (start != area || !range_inside(area, t.area_size, dev->size))
		return err_set(e, EBADMSG, "the LVM metadata area lies elsewhere than it says");
	if (t.size &&
		(t.off < AREA_HEADER || t.off >= t.area_size || t.size > t.area_size - AREA_HEADER))
		return err_set(e, EBADMSG, "the LVM metadata does not fit its area");
	if (t.size > LVM_METADATA_MAX)
		return err_set(
			e, E2BIG, "the LVM metadata is larger than %lu bytes", LVM_METADATA_MAX);
	*ret = t;
	return 0;
}

int lvm_copy_read(struct blockdev *dev, const struct lvm_copy *t, char **ret, struct err *e)
{
	size_t size = (size_t)t->size, first = (size_t)min_u64(size, t->area_size - t->off);
	CLEANUP(cleanup_free) char *text = malloc(size);
	int r;

	if (!text)
		return err_set(e, ENOMEM, "out of memory");
	r = blockdev_read(dev, t->area + t->off, text, first, e);
	if (r >= 0 && first < size) /* the area is a ring, behind its header */
		r = blockdev_read(dev, t->area + AREA_HEADER, text + first, size - first, e);
	if (r < 0)
		return r;
	if (lvm_crc(text, size) != t->crc)
		return err_set(e, EBADMSG, "the checksum of the LVM metadata is wrong");
	*ret = TAKE(text);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * As the Linux-NTFS project's documentation of LDM and libldm describe it; all numbers are
 * big-endian. PRIVHEAD says where the configuration lies, the TOCBLOCK behind its first sector
 * where in it the database is, VMDB how large its records are; VBLKs are the records.  Left out:
 * records that are continued in another, which those of disks never are, and copies of what is
 * damaged.
 */
#include "map/ldm.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"

#define SECTOR 512U
#define ID_MAX 64U
#define NAME_MAX_LDM 32U

enum { VBLK_DISK3 = 0x34, VBLK_DISK4 = 0x44, VBLK_VOLUME = 0x51 };

struct database {
	uint64_t start; /* bytes, of VMDB */
	uint32_t record, first, records;
};

static const char *text_at(struct arena *a, const uint8_t *p, size_t max, bool lower)
{
	char *out = arena_strndup(a, (const char *)p, strnlen((const char *)p, max));

	for (char *c = out; lower && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return *out ? out : NULL;
}

static int read_sector(
	struct blockdev *dev, uint64_t off, uint8_t *buf, const char *magic, struct err *e)
{
	if (!range_inside(off, SECTOR, dev->size))
		return err_set(e, EBADMSG, "LDM's %s lies past the end of the disk", magic);
	if (blockdev_read(dev, off, buf, SECTOR, e) < 0)
		return -e->num;
	if (memcmp(buf, magic, strlen(magic)))
		return err_set(e, ENOENT, "LDM's %s is not where it should be", magic);
	return 0;
}

/* Its first two copies lie in the second and third sector of the configuration. */
static int read_contents(struct blockdev *dev, uint64_t config, uint8_t *buf, struct err *e)
{
	int r = read_sector(dev, config + SECTOR, buf, "TOCBLOCK", e);

	return r < 0 ? read_sector(dev, config + 2 * SECTOR, buf, "TOCBLOCK", e) : r;
}

static int find_database(
	struct blockdev *dev, uint64_t config, uint64_t size, struct database *ret, struct err *e)
{
	uint8_t buf[SECTOR];
	uint64_t at;
	int r;

	if (!range_inside(config, size, dev->size / SECTOR) || !size)
		return err_set(e, EBADMSG, "LDM's configuration lies past the end of the disk");
	at = config * SECTOR;
	r = read_contents(dev, at, buf, e);
	if (r < 0)
		return r;
	if (get_be64(buf + 0x2E) >= size)
		return err_set(e, EBADMSG, "LDM's database lies outside its configuration");
	ret->start = at + get_be64(buf + 0x2E) * SECTOR;
	r = read_sector(dev, ret->start, buf, "VMDB", e);
	if (r < 0)
		return r;
	ret->records = get_be32(buf + 4);
	ret->record = get_be32(buf + 8);
	ret->first = get_be32(buf + 12);
	if (ret->record < 0x40 || ret->record > SECTOR || SECTOR % ret->record)
		return err_set(
			e, EBADMSG, "records of LDM's database are of %u bytes", ret->record);
	if (ret->first % SECTOR || ret->records > LDM_RECORDS_MAX)
		return err_set(e, E2BIG, "LDM's database has %u records", ret->records);
	return 0;
}

/* A number or a text is its length and so many bytes. */
static struct bytes next_field(struct bytes *b)
{
	uint8_t n = bytes_u8(b);
	struct bytes field = bytes_of(b->p, n <= bytes_left(b) ? n : 0);

	bytes_skip(b, n);
	return field;
}

static const char *field_text(struct arena *a, struct bytes f, bool lower)
{
	return text_at(a, f.p, bytes_left(&f) < ID_MAX ? bytes_left(&f) : ID_MAX, lower);
}

static const char *big_endian_guid(struct arena *a, const uint8_t *p)
{
	return arena_printf(a, "%08x-%04x-%04x-%04x-%08x%04x", get_be32(p), get_be16(p + 4),
		get_be16(p + 6), get_be16(p + 8), get_be32(p + 10), get_be16(p + 14));
}

static void take_disk(struct ldm *ret, struct arena *a, struct bytes b, bool binary)
{
	struct bytes name;
	struct ldm_disk d = {0};

	next_field(&b); /* its number */
	name = next_field(&b);
	if (binary && bytes_left(&b) >= 16)
		d.uuid = big_endian_guid(a, b.p);
	else if (!binary)
		d.uuid = field_text(a, next_field(&b), true);
	d.name = field_text(a, name, false);
	if (!b.bad && d.uuid && ret->disks.n < LDM_DISKS_MAX)
		*list_add(a, &ret->disks) = d;
}

static void take_record(struct ldm *ret, struct arena *a, const uint8_t *p, uint32_t size)
{
	struct bytes b = bytes_at(p, size, 0x18);

	/* Not the first of a record in pieces, whose further ones begin elsewhere. */
	if (memcmp(p, "VBLK", 4) || get_be16(p + 0x0C))
		return;
	if (p[0x13] == VBLK_DISK3 || p[0x13] == VBLK_DISK4)
		take_disk(ret, a, b, p[0x13] == VBLK_DISK4);
	ret->volumes += p[0x13] == VBLK_VOLUME;
}

static int read_database(struct blockdev *dev, const struct database *db, struct arena *a,
	struct ldm *ret, struct err *e)
{
	uint64_t end = (uint64_t)db->record * db->records;
	uint8_t buf[SECTOR];

	for (uint64_t at = db->first; at < end; at += SECTOR) {
		if (!range_inside(db->start + at, SECTOR, dev->size))
			return err_set(e, EBADMSG, "LDM's database lies past the end of the disk");
		if (blockdev_read(dev, db->start + at, buf, SECTOR, e) < 0)
			return -e->num;
		for (uint32_t i = 0; i < SECTOR; i += db->record)
			take_record(ret, a, buf + i, db->record);
	}
	return 0;
}

int ldm_read(struct blockdev *dev, uint64_t off, struct arena *a, struct ldm *ret, struct err *e)
{
	struct ldm found = {0};
	struct database db = {0};
	uint8_t buf[SECTOR];
	struct err why = {0};
	int r = read_sector(dev, off, buf, "PRIVHEAD", e);

	if (r < 0)
		return r;
	found.uuid = text_at(a, buf + 0x30, ID_MAX, true);
	found.group_uuid = text_at(a, buf + 0xB0, ID_MAX, true);
	found.group_name = text_at(a, buf + 0xF0, NAME_MAX_LDM, false);
	r = find_database(dev, get_be64(buf + 0x12B), get_be64(buf + 0x133), &db, &why);
	if (r >= 0)
		r = read_database(dev, &db, a, &found, &why);
	if (r < 0) {
		found.disks.n = 0;
		found.why = arena_strdup(a, why.msg);
	}
	*ret = found;
	return 0;
}

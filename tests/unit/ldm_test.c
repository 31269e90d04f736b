/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The layout made here is that of the disks of Windows Server 2003 and 2008 that come with libldm,
 * with which the decoder was compared.
 */
#include "map/ldm.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/testing.h"

#define SECTOR 512U
#define SIZE (4096U * SECTOR)
#define CONFIG 2048U /* sectors */
#define VMDB ((CONFIG + 17) * SECTOR)
#define FIRST_UUID "06495a85-fbfd-11e1-8cf9-52540061f5db"

static uint8_t disk[SIZE];

static void put(size_t at, uint64_t v, int n)
{
	for (int i = n; i--; v >>= 8)
		disk[at + (size_t)i] = (uint8_t)v;
}

static void put_text(size_t at, const char *text)
{
	memcpy(disk + at, text, strlen(text));
}

static size_t record(unsigned i, unsigned type)
{
	size_t at = VMDB + 512 + 128 * i;

	put_text(at, "VBLK");
	put(at + 4, i + 4, 4);
	put(at + 0x0E, 1, 2);
	disk[at + 0x13] = (uint8_t)type;
	return at + 0x18;
}

static size_t field(size_t at, const char *text)
{
	disk[at] = (uint8_t)strlen(text);
	put_text(at + 1, text);
	return at + 1 + strlen(text);
}

static void make(unsigned toc)
{
	size_t at;

	memset(disk, 0, sizeof(disk));
	put_text(6 * SECTOR, "PRIVHEAD");
	put_text(6 * SECTOR + 0x30, "06495A85-FBFD-11E1-8CF9-52540061F5DB");
	put_text(6 * SECTOR + 0xB0, "06495a84-fbfd-11e1-8cf9-52540061f5db");
	put_text(6 * SECTOR + 0xF0, "WEB01-Dg0");
	put(6 * SECTOR + 0x12B, CONFIG, 8);
	put(6 * SECTOR + 0x133, 2048, 8);
	put_text((CONFIG + toc) * SECTOR, "TOCBLOCK");
	put_text((CONFIG + toc) * SECTOR + 0x24, "config");
	put((CONFIG + toc) * SECTOR + 0x2E, 17, 8);
	put_text(VMDB, "VMDB");
	put(VMDB + 4, 16, 4);
	put(VMDB + 8, 128, 4);
	put(VMDB + 12, 512, 4);
	/* As Windows 2000 and 2003 write a disk, then as later ones do. */
	at = field(field(record(0, 0x34), "\x05"), "Disk1");
	field(at, FIRST_UUID);
	at = field(field(record(1, 0x44), "\x06"), "Disk2");
	memcpy(disk + at, "\x06\x49\x5a\x86\xfb\xfd\x11\xe1\x8c\xf9\x52\x54\x00\x61\xf5\xdb", 16);
	field(field(record(2, 0x51), "\x07"), "Volume1");
	/* The second piece of a record in two. */
	at = record(3, 0x51);
	put(at - 0x18 + 0x0C, 1, 2);
}

static int read_it(struct ldm *ret, struct err *e)
{
	struct blockdev *dev;
	int r;

	assert_int_equal(mem_open(disk, SIZE, &dev, e), 0);
	r = ldm_read(dev, 6 * SECTOR, &test_arena, ret, e);
	blockdev_close(dev);
	return r;
}

static void group_and_its_disks_are_named(void **state)
{
	struct ldm l = {0};
	struct err e = {0};

	(void)state;
	for (unsigned toc = 1; toc <= 2; toc++) {
		make(toc);
		assert_int_equal(read_it(&l, &e), 0);
		assert_null(l.why);
		assert_string_equal(l.uuid, FIRST_UUID);
		assert_string_equal(l.group_name, "WEB01-Dg0");
		assert_int_equal(l.volumes, 1);
		assert_int_equal(l.disks.n, 2);
		assert_string_equal(l.disks.at[0].uuid, l.uuid);
		assert_string_equal(l.disks.at[1].name, "Disk2");
		assert_string_equal(l.disks.at[1].uuid, "06495a86-fbfd-11e1-8cf9-52540061f5db");
	}
}

static const char *why(size_t at, uint64_t v, int n)
{
	struct ldm l = {0};
	struct err e = {0};

	make(1);
	put(at, v, n);
	assert_int_equal(read_it(&l, &e), 0);
	assert_int_equal(l.disks.n, 0);
	assert_string_equal(l.group_name, "WEB01-Dg0");
	return l.why;
}

static void damaged_database_leaves_the_header(void **state)
{
	const char *past = "LDM's configuration lies past the end of the disk";
	struct ldm l;
	struct err e = {0};

	(void)state;
	assert_string_equal(why(6 * SECTOR + 0x12B, UINT64_MAX, 8), past);
	assert_string_equal(why(6 * SECTOR + 0x133, UINT64_MAX - 5, 8), past);
	assert_string_equal(why((CONFIG + 1) * SECTOR + 0x2E, 1ULL << 60, 8),
		"LDM's database lies outside its configuration");
	assert_string_equal(why(VMDB, 0, 4), "LDM's VMDB is not where it should be");
	assert_string_equal(why(VMDB + 8, 0, 4), "records of LDM's database are of 0 bytes");
	assert_string_equal(why(VMDB + 4, UINT32_MAX, 4), "LDM's database has 4294967295 records");
	assert_string_equal(
		why(VMDB + 4, 16000, 4), "LDM's database lies past the end of the disk");
	make(1);
	disk[6 * SECTOR] = 0;
	assert_int_equal(read_it(&l, &e), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_and_its_disks_are_named),
		cmocka_unit_test(damaged_database_leaves_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

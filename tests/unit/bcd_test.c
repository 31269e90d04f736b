/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "parse/bcd.h"
#include "tests/lib/testing.h"

/* "partition=C:" of a Windows 8.1, as published with what bcdedit says of it. */
static const uint8_t real_mbr[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0,
	0, 0, 0x48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 1, 0, 0, 0, 0xf1, 0xa8, 0xeb, 0xb3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0};

static void partition_of_an_mbr(void **state)
{
	struct bcd_device d = bcd_device_parse(real_mbr, sizeof(real_mbr));

	(void)state;
	assert_int_equal(d.kind, BCD_DEVICE_MBR);
	assert_int_equal(d.offset, 368050176);
	assert_int_equal(d.signature, 0xb3eba8f1);
	assert_string_equal(
		bcd_device_words(&test_arena, &d), "disk 0xb3eba8f1, partition at byte 368050176");
}

static void partition_of_a_gpt(void **state)
{
	uint8_t p[0x58] = {0};
	struct bcd_device d;

	(void)state;
	p[0x10] = 6;
	/* GUIDs are little-endian in their first three parts. */
	memcpy(p + 0x20, "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	memcpy(p + 0x38, "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b", 16);
	d = bcd_device_parse(p, sizeof(p));
	assert_int_equal(d.kind, BCD_DEVICE_GPT);
	assert_string_equal(d.partition, "00112233-4455-6677-8899-aabbccddeeff");
	assert_string_equal(d.disk, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	p[0x30] = 5; /* not a disk: a file, say a VHD */
	assert_int_equal(bcd_device_parse(p, sizeof(p)).kind, BCD_DEVICE_OTHER);
}

static void other_devices(void **state)
{
	uint8_t p[0x58] = {0};

	(void)state;
	p[0x10] = 5;
	assert_int_equal(bcd_device_parse(p, sizeof(p)).kind, BCD_DEVICE_BOOT);
	p[0x10] = 8;
	assert_int_equal(bcd_device_parse(p, sizeof(p)).kind, BCD_DEVICE_LOCATE);
	p[0x10] = 3;
	assert_int_equal(bcd_device_parse(p, sizeof(p)).kind, BCD_DEVICE_OTHER);
	for (size_t n = 0; n < 0x3C; n++)
		assert_int_not_equal(bcd_device_parse(real_mbr, n).kind, BCD_DEVICE_MBR);
}

static void letters(void **state)
{
	struct mounted_device m =
		mounted_device_parse(&test_arena, "\xf1\xa8\xeb\xb3\0\0\xf0\x15\0\0\0\0", 12);

	(void)state;
	assert_int_equal(m.kind, MOUNTED_MBR);
	assert_int_equal(m.signature, 0xb3eba8f1);
	assert_int_equal(m.offset, 368050176);
	m = mounted_device_parse(&test_arena,
		"DMIO:ID:\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 24);
	assert_int_equal(m.kind, MOUNTED_GPT);
	assert_string_equal(m.partition, "00112233-4455-6677-8899-aabbccddeeff");
	m = mounted_device_parse(&test_arena, "\\\0?\0?\0\\\0S\0C\0S\0", 14);
	assert_int_equal(m.kind, MOUNTED_NAME);
	assert_int_equal(mounted_device_parse(&test_arena, "x", 1).kind, MOUNTED_BAD);
	assert_int_equal(mounted_device_parse(&test_arena, NULL, 0).kind, MOUNTED_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partition_of_an_mbr),
		cmocka_unit_test(partition_of_a_gpt),
		cmocka_unit_test(other_devices),
		cmocka_unit_test(letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

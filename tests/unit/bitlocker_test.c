/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Volumes are made here, and "cryptsetup bitlkDump" must read of them what we do.
 */
#include "map/bitlocker.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "tests/lib/testing.h"

#define SIZE (4U << 20)
#define BLOCK 0x40000U /* the first copy; the others follow at this distance */

static uint8_t volume[SIZE];

static void put(size_t at, uint64_t v, int n)
{
	for (int i = 0; i < n; i++)
		volume[at + (size_t)i] = (uint8_t)(v >> 8 * i);
}

static size_t entry(size_t at, unsigned type, unsigned value, size_t data)
{
	put(at, 8 + data, 2);
	put(at + 2, type, 2);
	put(at + 4, value, 2);
	put(at + 6, 1, 2);
	return at + 8;
}

/* A key wrapped by a protector of that type. */
static size_t vmk(size_t at, unsigned char id, unsigned protector)
{
	size_t data = entry(at, 2, 8, 28);

	memset(volume + data, id, 16);
	put(data + 26, protector, 2);
	return data + 28;
}

static void seal(size_t at)
{
	size_t n = (size_t)(volume[at + 8] | volume[at + 9] << 8) * 16;

	put(at + n, 0x100, 2);
	put(at + n + 2, 2, 2);
	put(at + n + 4, crc32(0, volume + at, (unsigned)n), 4);
}

static void make_copy(size_t at, const unsigned *types, size_t n)
{
	static const char name[] = "WEB01 C: 3/1/2024";
	size_t p, end;

	memcpy(volume + at, "-FVE-FS-", 8);
	put(at + 10, 2, 2);
	put(at + 12, 4, 2);
	put(at + 14, 4, 2);
	put(at + 16, SIZE, 8);
	for (unsigned i = 0; i < 3; i++)
		put(at + 32 + 8 * i, BLOCK * (i + 1), 8);
	put(at + 64 + 4, 1, 4);
	put(at + 64 + 8, 48, 4);
	memcpy(volume + at + 64 + 16,
		"\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0"
		"\x01",
		16);
	put(at + 64 + 36, 0x8004, 4);
	p = entry(at + 112, 7, 2, 2 * sizeof(name));
	for (size_t i = 0; i < sizeof(name); i++)
		put(p + 2 * i, (unsigned char)name[i], 2);
	p += 2 * sizeof(name);
	for (size_t i = 0; i < n; i++)
		p = vmk(p, (unsigned char)(0x11 * (i + 1)), types[i]);
	end = entry(p, 3, 5, 72) + 72;
	put(at + 64, end - at - 64, 4);
	put(at + 64 + 12, end - at - 64, 4);
	put(at + 8, (end - at + 15) / 16, 2);
	seal(at);
}

static void make(const unsigned *types, size_t n)
{
	memset(volume, 0, sizeof(volume));
	memcpy(volume, "\xEB\x58\x90-FVE-FS-", 11);
	put(11, 512, 2);
	put(13, 8, 1);
	put(510, 0xAA55, 2);
	memcpy(volume + 160, "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01",
		16);
	for (unsigned i = 0; i < 3; i++) {
		put(176 + 8 * i, BLOCK * (i + 1), 8);
		make_copy(BLOCK * (i + 1), types, n);
	}
}

static int read_it(struct bitlocker *ret, struct err *e)
{
	struct blockdev *dev;
	int r;

	assert_int_equal(mem_open(volume, SIZE, &dev, e), 0);
	r = bitlocker_read(dev, &test_arena, ret, e);
	blockdev_close(dev);
	return r;
}

static void protectors_are_those_of_cryptsetup(void **state)
{
	static const unsigned types[] = {0x0100, 0x0800, 0};
	struct bitlocker b = {0};
	const char *dump;
	struct err e = {0};

	(void)state;
	make(types, ARRAY_LEN(types));
	assert_int_equal(read_it(&b, &e), 0);
	assert_string_equal(b.uuid, "4967d63b-2e29-4ad8-8399-f6a339e3d001");
	assert_string_equal(b.description, "WEB01 C: 3/1/2024");
	assert_string_equal(b.protectors, "TPM, recovery password, clear key");
	assert_true(b.suspended);
	test_need_tool("cryptsetup");
	test_write_file(test_path("volume"), volume, SIZE);
	dump = test_output("cryptsetup bitlkDump volume");
	assert_non_null(strstr(dump, b.uuid));
	assert_non_null(strstr(dump, b.description));
	assert_non_null(strstr(dump, "protected with TPM"));
	assert_non_null(strstr(dump, "protected with recovery passphrase"));
	assert_non_null(strstr(dump, "protected with clear key"));
}

static void without_a_clear_key_it_is_not_suspended(void **state)
{
	static const unsigned types[] = {0x2000, 0x4321};
	struct bitlocker b = {0};
	struct err e = {0};

	(void)state;
	make(types, ARRAY_LEN(types));
	assert_int_equal(read_it(&b, &e), 0);
	assert_false(b.suspended);
	assert_string_equal(b.protectors, "password, a protector of an unknown kind");
}

static void damaged_copies_give_way_to_the_next(void **state)
{
	static const unsigned types[] = {0x0800};
	struct bitlocker b = {0};
	struct err e = {0};

	(void)state;
	make(types, 1);
	volume[BLOCK + 130] ^= 1;
	volume[2 * BLOCK] = 0;
	assert_int_equal(read_it(&b, &e), 0);
	assert_string_equal(b.description, "WEB01 C: 3/1/2024");
	put(3 * BLOCK + 64, 0xFFFFFF, 4);
	seal(3 * BLOCK);
	assert_int_equal(read_it(&b, &e), -EBADMSG);
	put(176 + 16, UINT64_MAX, 8);
	assert_int_equal(read_it(&b, &e), -EBADMSG);
}

static void entries_that_lie_are_refused(void **state)
{
	static const unsigned types[] = {0x0800};
	struct bitlocker b = {0};
	struct err e = {0};

	(void)state;
	make(types, 1);
	for (unsigned i = 1; i <= 3; i++) {
		put(BLOCK * i + 112, 7, 2);
		seal(BLOCK * i);
	}
	assert_int_equal(read_it(&b, &e), -EBADMSG);
	assert_string_equal(e.msg, "an entry of BitLocker's metadata is cut short");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(protectors_are_those_of_cryptsetup),
		cmocka_unit_test(without_a_clear_key_it_is_not_suspended),
		cmocka_unit_test(damaged_copies_give_way_to_the_next),
		cmocka_unit_test(entries_that_lie_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The resource is what GNU windres makes of FILEVERSION 9,67,7789,1 and PRODUCTVERSION 9,66,0,0.
 */
#include <string.h>

#include "parse/pe.h"
#include "tests/lib/testing.h"

static const uint8_t resource[] = {0x5c, 0, 0x34, 0, 0, 0, 'V', 0, 'S', 0, '_', 0, 'V', 0, 'E', 0,
	'R', 0, 'S', 0, 'I', 0, 'O', 0, 'N', 0, '_', 0, 'I', 0, 'N', 0, 'F', 0, 'O', 0, 0, 0, 0, 0,
	0xbd, 0x04, 0xef, 0xfe, 0, 0, 1, 0, 0x43, 0, 9, 0, 1, 0, 0x6d, 0x1e, 0x42, 0, 9, 0, 0, 0, 0,
	0};
#define SIGNATURE_AT 40

static void the_version_of_the_file_is_found(void **state)
{
	uint8_t file[512] = "MZ";
	uint16_t v[4];

	(void)state;
	memcpy(file + 200, resource, sizeof(resource));
	assert_true(pe_file_version(file, sizeof(file), v));
	assert_int_equal(v[0], 9);
	assert_int_equal(v[1], 67);
	assert_int_equal(v[2], 7789);
	assert_int_equal(v[3], 1);
}

static void other_bytes_have_none(void **state)
{
	uint8_t file[512] = "MZ";
	uint16_t v[4];

	(void)state;
	assert_false(pe_file_version(file, sizeof(file), v));
	memcpy(file + 200, resource, sizeof(resource));
	file[200 + 8] = 'T';
	assert_false(pe_file_version(file, sizeof(file), v));
	file[200 + 8] = 'S';
	/* What follows the signature is cut off. */
	assert_false(pe_file_version(file, 200 + SIGNATURE_AT + 51, v));
	assert_true(pe_file_version(file, 200 + SIGNATURE_AT + 52, v));
	file[0] = 'N';
	assert_false(pe_file_version(file, sizeof(file), v));
	assert_false(pe_file_version(file, 1, v));
	/* The signature at the first place that is looked at: nothing stands before the file. */
	memset(file, 0, sizeof(file));
	memcpy(file, "MZ", 2);
	memcpy(file + 64, resource + SIGNATURE_AT, sizeof(resource) - SIGNATURE_AT);
	assert_false(pe_file_version(file, sizeof(file), v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_of_the_file_is_found),
		cmocka_unit_test(other_bytes_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

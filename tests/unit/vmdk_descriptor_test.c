/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/testing.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "parse/vmdk_descriptor.h"

static struct vmdk_descriptor parse(const char *text)
{
	struct vmdk_descriptor d = {0};
	struct err e = {0};

	if (vmdk_descriptor_parse(&test_arena, text, strlen(text), &d, &e) < 0)
		fail_msg("%s", e.msg);
	return d;
}

static void refused(const char *text, int num, const char *says)
{
	struct vmdk_descriptor d = {0};
	struct err e = {0};

	assert_int_equal(vmdk_descriptor_parse(&test_arena, text, strlen(text), &d, &e), -num);
	assert_string_equal(e.msg, says);
}

static void keys_and_extents_are_read(void **state)
{
	struct vmdk_descriptor d = parse("# Disk DescriptorFile\r\n"
					 "version=1\r\n"
					 "CID=fffffffe\r\n"
					 "parentCID=ffffffff\r\n"
					 "createType=\"monolithicFlat\"\r\n"
					 "\r\n"
					 "# Extent description\r\n"
					 "RW 4192256 FLAT \"my disk-flat.vmdk\" 63\r\n"
					 "RDONLY 8 ZERO\r\n"
					 "\r\n"
					 "ddb.adapterType = \"lsilogic\"\r\n");

	(void)state;
	assert_string_equal(d.create_type, "monolithicFlat");
	assert_string_equal(d.cid, "fffffffe");
	assert_null(d.parent_cid);
	assert_null(d.parent);
	assert_false(d.encrypted);
	assert_int_equal(d.extents.n, 2);
	assert_string_equal(d.extents.at[0].access, "RW");
	assert_int_equal(d.extents.at[0].sectors, 4192256);
	assert_string_equal(d.extents.at[0].type, "FLAT");
	assert_string_equal(d.extents.at[0].file, "my disk-flat.vmdk");
	assert_int_equal(d.extents.at[0].offset, 63);
	assert_string_equal(d.extents.at[1].type, "ZERO");
	assert_null(d.extents.at[1].file);
}

static void blanks_and_case_do_not_matter_to_keys(void **state)
{
	struct vmdk_descriptor d = parse("  CreateType = \"custom\"  \nPARENTCID = 12345678");

	(void)state;
	assert_string_equal(d.create_type, "custom");
	assert_string_equal(d.parent_cid, "12345678");
	assert_string_equal(parse("").create_type, "");
	assert_null(parse("parentCID=FFFFFFFF\n").parent_cid);
}

static void a_parent_is_named_and_known_by_its_cid(void **state)
{
	struct vmdk_descriptor d =
		parse("CID=ABC12\nparentCID=00f0E1d2\nparentFileNameHint=\"C:\\my vm\\a.vmdk\"");

	(void)state;
	assert_string_equal(d.cid, "000abc12");
	assert_string_equal(d.parent_cid, "00f0e1d2");
	assert_string_equal(d.parent, "C:\\my vm\\a.vmdk");
	/* What is no CID is not taken for "no parent". */
	assert_string_equal(parse("parentCID=none").parent_cid, "none");
	assert_string_equal(parse("parentCID=fffffffff").parent_cid, "fffffffff");
}

static void what_follows_a_nul_is_not_read(void **state)
{
	static const char text[] = "createType=\"a\"\n\0createType=\"b\"\n";
	struct vmdk_descriptor d;
	struct err e;

	(void)state;
	assert_int_equal(vmdk_descriptor_parse(&test_arena, text, sizeof(text), &d, &e), 0);
	assert_string_equal(d.create_type, "a");
}

static void encryption_is_seen(void **state)
{
	(void)state;
	assert_true(parse("encryptionKeys=\"vmware:key/list/x\"\n").encrypted);
	assert_true(parse("ddb.iofilters = \"vmwarevmcrypt\"\n").encrypted);
}

static void bad_extents_are_refused_with_their_line(void **state)
{
	(void)state;
	refused("#\nRW x FLAT \"a\" 0\n", EBADMSG, "line 2 of the VMDK descriptor is no extent");
	refused("RW 8\n", EBADMSG, "line 1 of the VMDK descriptor is no extent");
	refused("RW 8 FLAT \"a\n", EBADMSG, "line 1 of the VMDK descriptor is no extent");
	refused("RW 8 FLAT \"\" 0\n", EBADMSG, "line 1 of the VMDK descriptor is no extent");
	refused("RW 8 FLAT \"a\" -1\n", EBADMSG, "line 1 of the VMDK descriptor is no extent");
	refused("RW 99999999999999999999 FLAT \"a\" 0\n", EBADMSG,
		"line 1 of the VMDK descriptor is no extent");
}

static void the_number_of_extents_is_bounded(void **state)
{
	static char text[(VMDK_EXTENTS_MAX + 1) * sizeof("RW 8 ZERO\n")];
	char *p = text;

	(void)state;
	for (unsigned i = 0; i <= VMDK_EXTENTS_MAX; i++)
		p = stpcpy(p, "RW 8 ZERO\n");
	refused(text, E2BIG, "the VMDK descriptor names over 32768 extents");
}

static void a_descriptor_is_known_by_its_first_line(void **state)
{
	(void)state;
	assert_true(vmdk_descriptor_probe("# Disk DescriptorFile\n", 22));
	assert_true(vmdk_descriptor_probe("# disk descriptorfile", 21));
	assert_false(vmdk_descriptor_probe("# Disk Descriptor", 17));
	assert_false(vmdk_descriptor_probe("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_extents_are_read),
		cmocka_unit_test(blanks_and_case_do_not_matter_to_keys),
		cmocka_unit_test(a_parent_is_named_and_known_by_its_cid),
		cmocka_unit_test(what_follows_a_nul_is_not_read),
		cmocka_unit_test(encryption_is_seen),
		cmocka_unit_test(bad_extents_are_refused_with_their_line),
		cmocka_unit_test(the_number_of_extents_is_bounded),
		cmocka_unit_test(a_descriptor_is_known_by_its_first_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

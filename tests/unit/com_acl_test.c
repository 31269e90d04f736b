/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The descriptors are those that setup writes (Windows Server 2019), and pieces of them.
 */
#include "parse/com_acl.h"
#include "tests/lib/testing.h"

#define REMOTE COM_EXECUTE_REMOTE
#define LAUNCH (COM_EXECUTE_REMOTE | COM_ACTIVATE_REMOTE)

#define HEAD "\x01\x00\x04\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00"
#define ADMINISTRATORS "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00"
#define EVERYONE "\x01\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"
#define ACE_ADMINISTRATORS(type, mask) type "\x00\x18\x00" mask "\x00\x00\x00" ADMINISTRATORS
#define ACE_EVERYONE(type, mask) type "\x00\x14\x00" mask "\x00\x00\x00" EVERYONE

/* Everyone local only, administrators all, as MachineLaunchRestriction has it. */
#define LAUNCH_LIST                                                                                \
	HEAD "\x02\x00\x34\x00\x02\x00\x00\x00" ACE_EVERYONE("\x00", "\x0b")                       \
		ACE_ADMINISTRATORS("\x00", "\x1f")

static void administrators_by_a_binary_descriptor(void **state)
{
	static const char everyone[] =
		HEAD "\x02\x00\x1c\x00\x01\x00\x00\x00" ACE_EVERYONE("\x00", "\x07");
	static const char local[] =
		HEAD "\x02\x00\x1c\x00\x01\x00\x00\x00" ACE_EVERYONE("\x00", "\x0b");
	static const char old[] =
		HEAD "\x02\x00\x1c\x00\x01\x00\x00\x00" ACE_EVERYONE("\x00", "\x01");
	static const char denied[] = HEAD "\x02\x00\x34\x00\x02\x00\x00\x00" ACE_EVERYONE(
		"\x01", "\x04") ACE_ADMINISTRATORS("\x00", "\x1f");
	static const char denied_late[] =
		HEAD "\x02\x00\x34\x00\x02\x00\x00\x00" ACE_ADMINISTRATORS("\x00", "\x1f")
			ACE_EVERYONE("\x01", "\x04");
	static const char empty[] = HEAD "\x02\x00\x08\x00\x00\x00\x00\x00";

	(void)state;
	assert_int_equal(
		com_acl_binary(LAUNCH_LIST, sizeof(LAUNCH_LIST) - 1, LAUNCH), COM_ACL_GRANTED);
	assert_int_equal(com_acl_binary(everyone, sizeof(everyone) - 1, REMOTE), COM_ACL_GRANTED);
	assert_int_equal(com_acl_binary(everyone, sizeof(everyone) - 1, LAUNCH), COM_ACL_REFUSED);
	assert_int_equal(com_acl_binary(local, sizeof(local) - 1, REMOTE), COM_ACL_REFUSED);
	assert_int_equal(com_acl_binary(old, sizeof(old) - 1, LAUNCH), COM_ACL_GRANTED);
	assert_int_equal(com_acl_binary(denied, sizeof(denied) - 1, REMOTE), COM_ACL_REFUSED);
	assert_int_equal(
		com_acl_binary(denied_late, sizeof(denied_late) - 1, REMOTE), COM_ACL_GRANTED);
	assert_int_equal(com_acl_binary(empty, sizeof(empty) - 1, REMOTE), COM_ACL_REFUSED);
	/* No list at all keeps nobody out. */
	assert_int_equal(com_acl_binary("\x01\0\0\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, REMOTE),
		COM_ACL_GRANTED);
}

static void what_is_cut_short_is_bad(void **state)
{
	static const char whole[] = LAUNCH_LIST;

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		char *p = arena_strndup(&test_arena, whole, n);

		assert_int_equal(com_acl_binary(p, n, LAUNCH), COM_ACL_BAD);
	}
}

static void administrators_by_text(void **state)
{
	static const struct {
		const char *text;
		uint32_t rights;
		enum com_acl want;
	} known[] = {
		{"O:BAG:BAD:(A;;CCDCLCSWRP;;;BA)(A;;CCDCSW;;;WD)", LAUNCH, COM_ACL_GRANTED},
		{"O:BAG:BAD:(A;;CCDCSW;;;WD)", LAUNCH, COM_ACL_REFUSED},
		{"D:(A;;CCDCLC;;;WD)(A;;CCDCLC;;;AN)", REMOTE, COM_ACL_GRANTED},
		{"D:(A;;0x7;;;S-1-5-11)", REMOTE, COM_ACL_GRANTED},
		{"D:(D;;LC;;;NU)(A;;CCDCLC;;;WD)", REMOTE, COM_ACL_REFUSED},
		{"D:(A;;CCDCLC;;;S-1-5-32-555)", REMOTE, COM_ACL_REFUSED},
		{"D:PAI(A;;GA;;;BA)", LAUNCH, COM_ACL_GRANTED},
		{"D:NO_ACCESS_CONTROL", LAUNCH, COM_ACL_GRANTED},
		{"D:", REMOTE, COM_ACL_REFUSED},
		{"", REMOTE, COM_ACL_BAD},
		{"D:(A;;XX;;;BA)", REMOTE, COM_ACL_BAD},
		{"D:(A;;CC;;BA)", REMOTE, COM_ACL_BAD},
		{"D:(A;;CC;;;;;BA)", REMOTE, COM_ACL_BAD},
		{"D:(OA;;CC;;;BA)", REMOTE, COM_ACL_BAD},
		{"D:(A;;CC;;;BA", REMOTE, COM_ACL_BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (com_acl_text(known[i].text, known[i].rights) != known[i].want)
			fail_msg("%s", known[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(administrators_by_a_binary_descriptor),
		cmocka_unit_test(what_is_cut_short_is_bad),
		cmocka_unit_test(administrators_by_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

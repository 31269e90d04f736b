/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/elf.h"

#include <string.h>
#include <sys/utsname.h>

#include "tests/lib/testing.h"

static void this_program_is_for_this_machine(void **state)
{
	struct utsname u;
	const char *head = test_read_file("/proc/self/exe", NULL);

	(void)state;
	assert_int_equal(uname(&u), 0);
	assert_string_equal(elf_arch(head, ELF_HEAD), u.machine);
}

static void known_machines_have_their_names(void **state)
{
	static const unsigned char i386[20] = "\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\3\0\3";
	static const unsigned char arm64[20] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\267";
	static const unsigned char s390[20] = "\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\26";
	static const unsigned char other[20] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\377\377";

	(void)state;
	assert_string_equal(elf_arch(i386, 20), "i686");
	assert_string_equal(elf_arch(arm64, 20), "aarch64");
	assert_string_equal(elf_arch(s390, 20), "s390x");
	assert_string_equal(elf_arch(other, 20), "unknown");
}

static void other_files_are_not_elf(void **state)
{
	(void)state;
	assert_null(elf_arch("#!/bin/sh\n0123456789", 20));
	assert_null(elf_arch("\177ELF\2\1\1", 7));
	assert_null(elf_arch("", 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_program_is_for_this_machine),
		cmocka_unit_test(known_machines_have_their_names),
		cmocka_unit_test(other_files_are_not_elf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * System V ABI, "ELF Header": e_ident, e_type, e_machine.
 */
#include "parse/elf.h"

#include "base/bytes.h"
#include "base/cleanup.h"

enum { CLASS_32 = 1, CLASS_64 = 2, DATA_LE = 1, DATA_BE = 2, IDENT = 16 };

static const struct {
	uint16_t machine;
	uint8_t class, data;
	const char *arch;
} machines[] = {
	{62, CLASS_64, DATA_LE, "x86_64"},
	{62, CLASS_32, DATA_LE, "x32"},
	{3, CLASS_32, DATA_LE, "i686"},
	{183, CLASS_64, DATA_LE, "aarch64"},
	{40, CLASS_32, DATA_LE, "armv7l"},
	{21, CLASS_64, DATA_LE, "ppc64le"},
	{21, CLASS_64, DATA_BE, "ppc64"},
	{20, CLASS_32, DATA_BE, "ppc"},
	{22, CLASS_64, DATA_BE, "s390x"},
	{243, CLASS_64, DATA_LE, "riscv64"},
	{50, CLASS_64, DATA_LE, "ia64"},
	{258, CLASS_64, DATA_LE, "loongarch64"},
};

const char *elf_arch(const void *head, size_t len)
{
	struct bytes b = bytes_of(head, len);
	bool magic = bytes_match(&b, "\177ELF", 4);
	uint8_t class = bytes_u8(&b), data = bytes_u8(&b);
	uint16_t machine;

	bytes_skip(&b, IDENT - 6 + 2);
	machine = data == DATA_BE ? bytes_be16(&b) : bytes_le16(&b);
	if (!magic || b.bad)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		if (machines[i].machine == machine && machines[i].class == class &&
			machines[i].data == data)
			return machines[i].arch;
	}
	return "unknown";
}

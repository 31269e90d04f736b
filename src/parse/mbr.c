/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Boot sectors are told apart by the messages they carry and, where two share them, by their first
 * jump or the fields behind it.  Code that is none of these is MBR_OTHER, not wrong.
 */
#include "parse/mbr.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"

enum {
	CODE_SIZE = 440, /* the disk signature follows */
	SIGNATURE_AT = 510,
	GRUB2_KERNEL_LBA = 0x5c,
	GRUB1_STAGE2_LBA = 0x44,
};

/* In this order: the messages of older code are parts of newer ones'. */
static const struct {
	enum mbr_code code;
	int at; /* -1: anywhere in the code */
	const char *bytes;
	size_t n;
	const char *also; /* a second text, anywhere; NULL: none */
} marks[] = {
	{MBR_GRUB2, 0, "\xeb\x63", 2, "GRUB "},
	{MBR_GRUB1, 0, "\xeb\x48", 2, "GRUB "},
	{MBR_LILO, 6, "LILO", 4, NULL},
	{MBR_LILO, 2, "LILO", 4, NULL},
	{MBR_ISOLINUX, -1, "isolinux.bin", 12, NULL},
	{MBR_SYSLINUX, -1, "Multiple active partitions.", 27, NULL},
	{MBR_SYSLINUX, -1, "Missing OS\r\n", 12, NULL},
	{MBR_SYSLINUX, -1, "SYSLINUX", 8, NULL},
	{MBR_SYSLINUX, -1, "EXTLINUX", 8, NULL},
	{MBR_WINDOWS, -1, "TCPA", 4, "Missing operating system"},
	{MBR_WINDOWS_XP, -1, "Error loading operating system", 30, "Missing operating system"},
	{MBR_DOS, 3, "NTFS    ", 8, NULL},
	{MBR_DOS, 3, "MSDOS", 5, NULL},
	{MBR_DOS, 3, "MSWIN", 5, NULL},
	{MBR_DOS, 3, "mkfs.fat", 8, NULL},
	{MBR_DOS, 3, "mkdosfs", 7, NULL},
	{MBR_DOS, 3, "MTOO", 4, NULL},
	{MBR_DOS, 3, "EXFAT   ", 8, NULL},
};

static const char *const code_names[] = {
	[MBR_NONE] = "none",
	[MBR_GRUB2] = "GRUB 2",
	[MBR_GRUB1] = "GRUB Legacy",
	[MBR_LILO] = "LILO",
	[MBR_SYSLINUX] = "SYSLINUX",
	[MBR_ISOLINUX] = "isohybrid",
	[MBR_WINDOWS] = "Windows",
	[MBR_WINDOWS_XP] = "Windows XP",
	[MBR_DOS] = "filesystem boot sector",
	[MBR_OTHER] = "unknown code",
};

static bool contains(const uint8_t *sector, const char *text, size_t n)
{
	return memmem(sector, SIGNATURE_AT, text, n) != NULL;
}

static enum mbr_code code_of(const uint8_t *sector)
{
	if (all_zero(sector, CODE_SIZE))
		return MBR_NONE;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		bool hit = marks[i].at < 0
				   ? contains(sector, marks[i].bytes, marks[i].n)
				   : !memcmp(sector + marks[i].at, marks[i].bytes, marks[i].n);

		if (hit &&
			(!marks[i].also || contains(sector, marks[i].also, strlen(marks[i].also))))
			return marks[i].code;
	}
	return MBR_OTHER;
}

struct mbr mbr_parse(const void *sector, size_t len)
{
	const uint8_t *p = sector;
	struct mbr m = {.code = MBR_NONE};

	if (len < MBR_SECTOR)
		return m;
	m.code = code_of(p);
	m.signature = p[SIGNATURE_AT] == 0x55 && p[SIGNATURE_AT + 1] == 0xaa;
	if (m.code == MBR_GRUB2)
		m.next_lba = get_le64(p + GRUB2_KERNEL_LBA);
	else if (m.code == MBR_GRUB1)
		m.next_lba = get_le32(p + GRUB1_STAGE2_LBA);
	return m;
}

const char *mbr_code_name(enum mbr_code code)
{
	return code_names[code];
}

bool mbr_is_grub_core(const void *sector, size_t len)
{
	/* "push dx; push si" to keep the drive's number, then the message it prints. */
	return len >= MBR_SECTOR && !memcmp(sector, "\x52\x56\xbe", 3) &&
	       memmem(sector, MBR_SECTOR, "loading", 7);
}

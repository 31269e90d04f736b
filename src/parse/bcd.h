/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Elements of the Boot Configuration Data whose value is a device: which partition of which disk,
 * as the boot manager finds it.  Objects, and elements that are strings and numbers, are plain
 * registry values and need no decoder.
 */
#ifndef PARSE_BCD_H
#define PARSE_BCD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Object types and elements that are read; names as in Microsoft's documents. */
#define BCD_OBJECT_BOOTMGR 0x10100002U
#define BCD_OBJECT_OSLOADER 0x10200003U
#define BCD_LIBRARY_DEVICE "11000001"
#define BCD_LIBRARY_PATH "12000002"
#define BCD_LIBRARY_DESCRIPTION "12000004"
#define BCD_LIBRARY_EMS "16000020"
#define BCD_LIBRARY_RECOVERY "16000009"
#define BCD_OSLOADER_OSDEVICE "21000001"
#define BCD_OSLOADER_EMS "260000b0"
#define BCD_BOOTMGR_DEFAULT "23000003"
#define BCD_BOOTMGR_TIMEOUT "25000004"
#define BCD_BOOTMGR_ORDER "24000001"
#define BCD_BOOTMGR_EMS "16000020"

enum bcd_device_kind {
	BCD_DEVICE_BAD,    /* cut short, or of a layout that is not known */
	BCD_DEVICE_BOOT,   /* "boot": the partition that the boot manager came from */
	BCD_DEVICE_MBR,    /* signature, offset */
	BCD_DEVICE_GPT,    /* disk and partition by GUID */
	BCD_DEVICE_LOCATE, /* searched for by a file */
	BCD_DEVICE_OTHER,  /* a RAM disk, a file on another device (VHD), the network */
};

struct bcd_device {
	enum bcd_device_kind kind;
	uint32_t signature;           /* of MBR */
	uint64_t offset;              /* of MBR: bytes from the disk's start */
	char disk[37], partition[37]; /* of GPT, lower case, without braces */
};

struct bcd_device bcd_device_parse(const void *p, size_t len);
/* "disk 0x1234abcd, byte 1048576". */
const char *bcd_device_words(struct arena *a, const struct bcd_device *d);

/* What MountedDevices says of a letter: the same identities in another layout. */
enum mounted_kind { MOUNTED_BAD, MOUNTED_MBR, MOUNTED_GPT, MOUNTED_NAME };
struct mounted_device {
	enum mounted_kind kind;
	uint32_t signature;
	uint64_t offset;
	char partition[37]; /* of GPT */
	const char *name;   /* of a removable device: its PnP name */
};
struct mounted_device mounted_device_parse(struct arena *a, const void *p, size_t len);

#endif

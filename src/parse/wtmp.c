/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/wtmp.h"

#include "base/bytes.h"

#define BOOT_TIME 2
#define AT_USER 44
#define AT_SECONDS 340

int64_t wtmp_last_boot(const void *p, size_t len)
{
	for (size_t n = len / WTMP_RECORD; n-- > 0;) {
		const uint8_t *record = (const uint8_t *)p + n * WTMP_RECORD;
		struct bytes user = bytes_at(record, WTMP_RECORD, AT_USER);

		if (get_le16(record) == BOOT_TIME && bytes_match(&user, "reboot", 7))
			return get_le32(record + AT_SECONDS);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GRUB Legacy's menu.lst / grub.conf, and elilo.conf, which says the same things in other words.
 */
#ifndef PARSE_GRUB_LEGACY_H
#define PARSE_GRUB_LEGACY_H

#include <stdbool.h>
#include <stddef.h>

#include "parse/boot_entry.h"

struct grub_legacy {
	struct boot_entries entries;
	const char *default_is; /* "2" or "saved"; elilo: a label; NULL when not set */
	unsigned default_line;
	const char *fallback, *timeout;
};

void grub_legacy_parse(struct grub_legacy *ret, struct arena *a, const char *text, size_t len);

/* image= sections; root=, append= and initrd= of the head of the file hold where a section is
 * silent. */
void elilo_parse(struct grub_legacy *ret, struct arena *a, const char *text, size_t len);

#endif

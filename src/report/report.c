/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The table of formats, and what several of them share.
 */
#include "report/formats.h"

#include <string.h>

#include "base/cleanup.h"

static const struct report_format formats[] = {
	{"text", check_text},
	{"json", check_json},
};

const struct report_format *report_format_at(size_t i)
{
	return i < ARRAY_LEN(formats) ? &formats[i] : NULL;
}

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	}
	return NULL;
}

const char *machine_firmware(const struct facts *f)
{
	bool bios = false, uefi = false;

	if (!f)
		return NULL;
	list_each(d, &f->disks) {
		bios |= d->boots_bios;
		uefi |= d->boots_uefi;
	}
	if (bios && uefi)
		return "both";
	return bios ? "bios" : uefi ? "uefi" : "none";
}

const char *mount_point(const struct facts *f, const struct filesystem *fs)
{
	if (!f)
		return NULL;
	list_each(g, &f->guests) {
		const struct fs_tree *t = &(*g)->tree;

		for (size_t i = 0; i < t->n; i++) {
			if (!strcmp(t->mounts[i].volume, fs->volume->name))
				return t->mounts[i].dir;
		}
	}
	return NULL;
}

const char *applies_name(enum applies a)
{
	return a == LINUX ? "linux" : a == WINDOWS ? "windows" : "any";
}

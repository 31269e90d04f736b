/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libvirt's .xml.
 */
#include "parse/libvirt.h"

#include "machine/descriptor.h"

static int libvirt_read(struct descriptor *d, struct err *e)
{
	const char *text = NULL;
	int r = descriptor_text(d, d->file, &text, e);

	return r < 0 ? r : libvirt_parse(d->arena, text, d->file->size, d->config, e);
}

const struct descriptor_kind libvirt_kind = {
	.name = "libvirt",
	.extensions = {".xml"},
	.probe = descriptor_is_xml,
	.read = libvirt_read,
	.open = descriptor_open_beside,
};

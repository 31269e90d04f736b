/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * .ovf with its disks beside it.
 */
#include "parse/ovf.h"

#include "machine/descriptor.h"

static int ovf_read(struct descriptor *d, struct err *e)
{
	const char *text = NULL;
	int r = descriptor_text(d, d->file, &text, e);

	return r < 0 ? r : ovf_parse(d->arena, text, d->file->size, d->config, e);
}

const struct descriptor_kind ovf_kind = {
	.name = "ovf",
	.extensions = {".ovf"},
	.probe = descriptor_is_xml,
	.read = ovf_read,
	.open = descriptor_open_beside,
};

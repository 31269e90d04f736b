/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * .vmx, and .vmtx, as vSphere calls it where the machine is a template.
 */
#include "machine/descriptor.h"

#include <string.h>

#include "parse/vmx.h"

/* Text of any kind: what is no .vmx names no disk. */
static bool vmx_probe(const uint8_t *head, size_t n)
{
	return !memchr(head, '\0', n) && !descriptor_is_xml(head, n);
}

static int vmx_read(struct descriptor *d, struct err *e)
{
	const char *text = NULL;
	int r = descriptor_text(d, d->file, &text, e);

	return r < 0 ? r : vmx_parse(d->arena, text, d->file->size, d->config, e);
}

const struct descriptor_kind vmx_kind = {
	.name = "vmx",
	.extensions = {".vmx", ".vmtx"},
	.probe = vmx_probe,
	.read = vmx_read,
	.open = descriptor_open_beside,
};

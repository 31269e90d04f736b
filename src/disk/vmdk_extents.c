/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The extents that a VMDK descriptor lists, in a row: flat ones (monolithicFlat,
 * twoGbMaxExtentFlat, vmfs, vmfsRaw), files of grains (twoGbMaxExtentSparse, vmfsSparse, seSparse)
 * and zeros.  Of a snapshot each file of grains stands on its part of the parent.
 *
 * Left out, and refused: extents on devices, and those the descriptor says not to touch.
 */
#include "disk/vmdk.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "disk/chain.h"
#include "disk/concat.h"
#include "disk/filedev.h"

#define SECTOR VMDK_SECTOR

static const struct extent_kind {
	const char *name;
	enum { FLAT, GRAINS, ZERO, DEVICE } kind;
} kinds[] = {
	{"FLAT", FLAT},
	{"VMFS", FLAT},
	{"VMFSRAW", FLAT},
	{"SPARSE", GRAINS},
	{"VMFSSPARSE", GRAINS},
	{"SESPARSE", GRAINS},
	{"ZERO", ZERO},
	{"VMFSRDM", DEVICE},
	{"VMFSRDMP", DEVICE},
};

static int kind_find(const struct vmdk_extent *x, const struct extent_kind **ret, struct err *e)
{
	if (!strcmp(x->access, "NOACCESS"))
		return err_set(e, ENOTSUP,
			"has an extent that its VMDK descriptor says not to read (NOACCESS)");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcasecmp(x->type, kinds[i].name))
			continue;
		*ret = &kinds[i];
		if (kinds[i].kind == DEVICE)
			return err_set(e, ENOTSUP,
				"is a raw device mapping (%s): its bytes are on a device of the "
				"host, not in a file",
				x->type);
		return 0;
	}
	return err_set(
		e, ENOTSUP, "has an extent of type \"%.64s\", which cannot be read", x->type);
}

/* What is being put together. */
struct disk_parts {
	const struct disk_open_args *args;
	const char *dir;
	struct disk_info *info;
	struct blockdev *parent; /* borrowed; NULL: none */
	struct concat *all;
};

static int flat_open(const struct disk_parts *p, const struct vmdk_extent *x, struct hostfile **f,
	uint64_t size, struct blockdev **ret, struct err *e)
{
	uint64_t at;

	if (!checked_mul(x->offset, SECTOR, &at))
		return err_set(e, EBADMSG, "it cannot begin at sector %" PRIu64, x->offset);
	if (!range_inside(at, size, (*f)->size)) {
		p->info->cut_short = true;
		*list_add(p->args->arena, &p->info->notes) = arena_printf(
			p->args->arena, "%s is shorter than the VMDK descriptor says", x->file);
	}
	return filedev_open(f, at, size, ret, e);
}

static int grains_open(const struct disk_parts *p, struct hostfile **f, uint64_t size,
	struct blockdev **ret, struct err *e)
{
	CLEANUP(cleanup_free) struct vmdk_head *head = NULL;
	struct blockdev *under = NULL;
	uint64_t start = concat_size(p->all);
	struct vmdk_grains g = {.f = f,
		.parent = &under,
		.size = size,
		.name = arena_strdup(p->args->arena, (*f)->name)};
	struct vmdk_header h;
	int r = vmdk_head_read(*f, &head, e);

	if (r >= 0 && p->parent && start < p->parent->size)
		r = slice_open(p->parent, start, min_u64(size, p->parent->size - start), &under, e);
	if (r < 0)
		return r;
	switch (vmdk_kind(head->bytes, head->n)) {
	case VMDK_HOSTED:
		r = vmdk_header_read(*f, head, &h, e);
		if (r >= 0)
			r = vmdk_hosted_open(p->args, &h, &g, p->info, ret, e);
		break;
	case VMDK_COWD:
		r = vmdk_cowd_open(head, &g, ret, e);
		break;
	case VMDK_SESPARSE:
		r = vmdk_sesparse_open(head, &g, ret, e);
		break;
	default:
		r = err_set(e, EBADMSG, "is not a sparse extent of a VMDK");
	}
	blockdev_close(under);
	return r;
}

static int file_open(const struct disk_parts *p, const struct vmdk_extent *x, bool flat,
	uint64_t size, struct blockdev **ret, struct err *e)
{
	struct hostfile *f = NULL;
	int r;

	if (!x->file)
		return err_set(
			e, EBADMSG, "the VMDK descriptor has a %s extent without a file", x->type);
	r = chain_open_file(p->args, p->dir, x->file, p->info, &f, e);
	if (r < 0)
		return r;
	r = flat ? flat_open(p, x, &f, size, ret, e) : grains_open(p, &f, size, ret, e);
	hostfile_close(f);
	return r < 0 && !str_starts(e->msg, x->file) ? err_prefix(e, "%s", x->file) : r;
}

static int extent_add(const struct disk_parts *p, const struct vmdk_extent *x, struct err *e)
{
	const struct extent_kind *k = NULL;
	struct blockdev *d = NULL;
	uint64_t size;
	int r = kind_find(x, &k, e);

	if (r < 0)
		return r;
	if (!x->sectors || !checked_mul(x->sectors, SECTOR, &size))
		return err_set(e, EBADMSG,
			"the VMDK descriptor has an extent of %" PRIu64 " sectors", x->sectors);
	if (k->kind != ZERO)
		r = file_open(p, x, k->kind == FLAT, size, &d, e);
	if (r >= 0)
		r = concat_add(p->all, d, size, e);
	if (r < 0)
		blockdev_close(d);
	return r;
}

int vmdk_extents_open(const struct disk_open_args *args, const char *dir,
	const struct vmdk_descriptor *d, struct blockdev **parent, struct disk_info *info,
	struct blockdev **ret, struct err *e)
{
	struct disk_parts p = {.args = args, .dir = dir, .info = info, .parent = *parent};
	int r;

	if (!d->extents.n)
		return err_set(e, EBADMSG, "the VMDK descriptor names no extent");
	r = concat_new(&p.all, e);
	for (size_t i = 0; i < d->extents.n && r >= 0; i++)
		r = extent_add(&p, &d->extents.at[i], e);
	if (r < 0) {
		blockdev_close(p.all ? concat_dev(p.all) : NULL);
		return r;
	}
	concat_keep(p.all, TAKE(*parent));
	*ret = concat_dev(p.all);
	return 0;
}

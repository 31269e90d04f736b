/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VMDK, by VMware's "Virtual Disk Format 5.0": opening what a file begins as.  A disk is a
 * descriptor (a text that lists extents, see vmdk_extents.c), or one hosted sparse extent with its
 * descriptor inside (see vmdk_sparse.c).  A snapshot's descriptor names its parent, and the CID the
 * parent had then; a parent that was changed since has another.
 *
 * Left out, and refused by name: encryption, disks that are devices of a host, parts of a disk
 * given in place of their descriptor.
 */
#include "disk/vmdk.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "disk/chain.h"

#define SECTOR VMDK_SECTOR

/* ---- what a file begins as ---- */

static const struct {
	enum vmdk_kind kind;
	const char *magic;
	size_t n;
} magics[] = {
	{VMDK_HOSTED, "KDMV", 4},
	{VMDK_COWD, "COWD", 4},
	{VMDK_SESPARSE, "\xbe\xba\xfe\xca\0\0\0\0", 8},
};

enum vmdk_kind vmdk_kind(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (n >= SECTOR && !memcmp(head, magics[i].magic, magics[i].n))
			return magics[i].kind;
	return vmdk_descriptor_probe(head, n) ? VMDK_DESCRIPTOR : VMDK_UNKNOWN;
}

int vmdk_head_read(struct hostfile *f, struct vmdk_head **ret, struct err *e)
{
	struct vmdk_head *head = malloc(sizeof(*head));
	int r;

	if (!head)
		return err_set(e, ENOMEM, "out of memory");
	head->n = (size_t)min_u64(sizeof(head->bytes), f->size);
	r = hostfile_read(f, 0, head->bytes, head->n, e);
	if (r < 0)
		free(head);
	else
		*ret = head;
	return r;
}

static bool vmdk_probe(const struct disk_probe *p)
{
	enum vmdk_kind kind = vmdk_kind(p->head, p->head_len);

	/*
	 * A descriptor names other files.  No disk of a machine is as small as one, so a guest
	 * cannot make its own disk look like a descriptor.
	 */
	return kind != VMDK_UNKNOWN &&
	       (kind != VMDK_DESCRIPTOR || p->file_size <= VMDK_DESCRIPTOR_MAX);
}

/* ---- parts of a disk, by their names ---- */

/* The length of "-flat.vmdk", "-s001.vmdk" ... at the end of a name; 0: it has no such end. */
static size_t part_suffix(const char *name)
{
	static const char *const suffixes[] = {
		"-flat", "-delta", "-sesparse", "-rdm", "-rdmp", "-f#", "-s#"};
	size_t end = strlen(name);

	if (end < 5 || strcasecmp(name + end - 5, ".vmdk"))
		return 0;
	end -= 5;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		size_t at = end, n = strlen(suffixes[i]);

		if (suffixes[i][n - 1] == '#') {
			n--;
			while (at && isdigit((unsigned char)name[at - 1]))
				at--;
			if (end - at < 3)
				continue;
		}
		if (at > n && !strncmp(name + at - n, suffixes[i], n))
			return strlen(name) - (at - n);
	}
	return 0;
}

bool vmdk_is_piece(const char *path)
{
	size_t n = part_suffix(path);

	return n && isdigit((unsigned char)path[strlen(path) - n + 2]);
}

const char *vmdk_descriptor_beside(const struct disk_open_args *args, const char *dir)
{
	const char *base = chain_base_name(args->path), *name;
	size_t n = part_suffix(base);
	CLEANUP(cleanup_free) struct vmdk_head *head = NULL;
	struct hostfile *f = NULL;
	struct err e;
	bool is = false;

	if (!n || n >= strlen(base))
		return NULL;
	name = arena_printf(args->arena, "%.*s.vmdk", (int)(strlen(base) - n), base);
	if (hostfile_open(args->io, dir, name, &f, &e) >= 0)
		is = vmdk_head_read(f, &head, &e) >= 0 &&
		     vmdk_kind(head->bytes, head->n) == VMDK_DESCRIPTOR;
	hostfile_close(f);
	return is ? name : NULL;
}

static int part_refuse(
	const struct disk_open_args *args, const char *dir, const char *why, struct err *e)
{
	const char *beside = vmdk_descriptor_beside(args, dir);

	if (beside)
		return err_set(e, ENOTSUP, "%s; give %s instead", why, beside);
	return err_set(e, ENOTSUP, "%s; the descriptor file that names it is the disk", why);
}

/* ---- the descriptor ---- */

/* size bytes at "at" of the file, of which the first are in head. */
static int descriptor_read(const struct disk_open_args *args, struct hostfile *f,
	const struct vmdk_head *head, uint64_t at, uint64_t size, struct vmdk_descriptor *ret,
	struct err *e)
{
	CLEANUP(cleanup_free) char *text = NULL;
	int r;

	if (size > VMDK_DESCRIPTOR_MAX)
		return err_set(e, E2BIG, "the VMDK descriptor has %" PRIu64 " bytes, over %u", size,
			VMDK_DESCRIPTOR_MAX);
	if (range_inside(at, size, head->n))
		return vmdk_descriptor_parse(
			args->arena, (const char *)head->bytes + at, size, ret, e);
	text = malloc(size + 1);
	if (!text)
		return err_set(e, ENOMEM, "out of memory");
	r = hostfile_read(f, at, text, size, e);
	return r < 0 ? r : vmdk_descriptor_parse(args->arena, text, size, ret, e);
}

/* Refuses by name what is not read. */
static int descriptor_check(const struct vmdk_descriptor *d, struct err *e)
{
	static const char *const devices[] = {"fullDevice", "partitionedDevice", "vmfsRDM",
		"vmfsRDMP", "vmfsRawDeviceMap", "vmfsPassthroughRawDeviceMap"};

	if (d->encrypted)
		return err_set(e, ENOTSUP, "is an encrypted VMDK, which cannot be read");
	if (!*d->create_type)
		return err_set(e, EBADMSG, "the VMDK descriptor does not say its createType");
	for (size_t i = 0; i < ARRAY_LEN(devices); i++)
		if (!strcasecmp(d->create_type, devices[i]))
			return err_set(e, ENOTSUP,
				"is a VMDK of type \"%s\": its bytes are on a device of the host, "
				"not in a file",
				devices[i]);
	return 0;
}

static int parent_check(const struct vmdk_descriptor *d, const struct disk_info *info,
	const struct disk_info *parent, struct err *e)
{
	const char *cid = parent->identity;

	if (cid && !strcmp(cid, d->parent_cid))
		return 0;
	return err_set(e, EBADMSG,
		"is a snapshot of a disk with the CID %.64s, but its parent %s has the CID %.64s: "
		"it "
		"is another disk, or was changed since",
		d->parent_cid, info->parents.at[0], cid ? cid : "ffffffff");
}

/* The parent of a snapshot; *ret stays NULL for any other disk. */
static int parent_open(const struct disk_open_args *args, const char *dir, const struct hostfile *f,
	const struct vmdk_descriptor *d, struct disk_info *info, struct blockdev **ret,
	struct err *e)
{
	const char *names[3] = {NULL};
	struct disk_info parent;
	int r;

	if (!d->parent_cid)
		return 0;
	if (!d->parent)
		return err_set(e, EBADMSG,
			"is a snapshot, but its VMDK descriptor does not name the parent");
	names[0] = chain_unix_name(args->arena, d->parent);
	names[1] = chain_base_name(names[0]);
	r = chain_open_parent(args, dir, f, names, "vmdk", info, &parent, ret, e);
	if (r >= 0)
		r = parent_check(d, info, &parent, e);
	return r;
}

static void tell(const struct vmdk_descriptor *d, struct disk_info *info)
{
	info->format = "vmdk";
	info->subformat = d->create_type;
	info->identity = d->cid;
}

/* ---- opening ---- */

/* *parent is opened here and closed by the caller unless it was taken. */
static int described_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	const struct vmdk_head *head, struct disk_info *info, struct blockdev **parent,
	struct blockdev **ret, struct err *e)
{
	struct vmdk_descriptor d;
	int r = descriptor_read(args, *f, head, 0, (*f)->size, &d, e);

	if (r >= 0)
		r = descriptor_check(&d, e);
	if (r < 0)
		return r;
	tell(&d, info);
	r = parent_open(args, dir, *f, &d, info, parent, e);
	if (r >= 0)
		r = vmdk_extents_open(args, dir, &d, parent, info, ret, e);
	if (r >= 0)
		hostfile_close(TAKE(*f));
	return r;
}

static int embedded_descriptor_read(const struct disk_open_args *args, const char *dir,
	struct hostfile *f, const struct vmdk_head *head, const struct vmdk_header *h,
	struct vmdk_descriptor *ret, struct err *e)
{
	uint64_t at, size;
	int r;

	if (!checked_mul(h->descriptor_at, SECTOR, &at) ||
		!checked_mul(h->descriptor_size, SECTOR, &size))
		return err_set(e, EBADMSG, "the VMDK descriptor lies past the end of the file");
	*ret = (struct vmdk_descriptor){.create_type = ""};
	r = at ? descriptor_read(args, f, head, at, size, ret, e) : 0;
	if (r >= 0 && !*ret->create_type)
		return part_refuse(args, dir,
			"has no VMDK descriptor inside, as one piece of a VMDK that is split", e);
	return r < 0 ? r : descriptor_check(ret, e);
}

static int hosted_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	const struct vmdk_head *head, struct disk_info *info, struct blockdev **parent,
	struct blockdev **ret, struct err *e)
{
	struct vmdk_grains g = {.f = f, .parent = parent, .name = args->chain ? args->path : NULL};
	struct vmdk_descriptor d;
	struct vmdk_header h;
	int r = vmdk_header_read(*f, head, &h, e);

	if (r >= 0)
		r = embedded_descriptor_read(args, dir, *f, head, &h, &d, e);
	if (r < 0)
		return r;
	tell(&d, info);
	r = parent_open(args, dir, *f, &d, info, parent, e);
	return r < 0 ? r : vmdk_hosted_open(args, &h, &g, info, ret, e);
}

static int vmdk_open(const struct disk_open_args *args, const char *dir, struct hostfile **f,
	struct disk_info *info, struct blockdev **ret, struct err *e)
{
	CLEANUP(cleanup_free) struct vmdk_head *head = NULL;
	struct blockdev *parent = NULL;
	int r = vmdk_head_read(*f, &head, e);

	if (r < 0)
		return r;
	info->format = "vmdk";
	switch (vmdk_kind(head->bytes, head->n)) {
	case VMDK_DESCRIPTOR:
		r = described_open(args, dir, f, head, info, &parent, ret, e);
		break;
	case VMDK_COWD:
		r = part_refuse(args, dir, "is the data of a VMDK (vmfsSparse), not the disk", e);
		break;
	case VMDK_SESPARSE:
		r = part_refuse(args, dir, "is the data of a VMDK (seSparse), not the disk", e);
		break;
	default:
		r = hosted_open(args, dir, f, head, info, &parent, ret, e);
	}
	if (r < 0)
		blockdev_close(parent);
	return r;
}

const struct disk_format vmdk_format = {.name = "vmdk", .probe = vmdk_probe, .open = vmdk_open};

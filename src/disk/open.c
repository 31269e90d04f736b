/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Which format an image is in, and opening it.
 */
#include "disk/disk.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "disk/split.h"

/*
 * VHD first: its footer lies after the guest's bytes, where the guest cannot write one, while the
 * first sector of a fixed VHD is the guest's and may look like anything.  raw takes all.
 */
static const struct disk_format *const formats[] = {
	&vhd_format, &vhdx_format, &vmdk_format, &qcow2_format, &vdi_format, &raw_format};

/* Containers that are known by their magic but not read. */
static const struct container {
	const char *name;
	enum { HEAD, TAIL } where;
	unsigned offset;
	const char *magic;
	unsigned magic_len;
} containers[] = {
	{"qcow", HEAD, 0, "QFI\xfb\0\0\0\1", 8},
	{"QED", HEAD, 0, "QED\0", 4},
	{"Parallels", HEAD, 0, "WithoutFreeSpace", 16},
	{"Parallels", HEAD, 0, "WithouFreSpacExt", 16},
	{"Bochs", HEAD, 0, "Bochs Virtual HD Image", 22},
	{"cloop", HEAD, 0, "#!/bin/sh\n#V2.0 Format\nmodprobe cloop", 37},
	{"EWF", HEAD, 0, "EVF\x09\x0d\x0a\xff\0", 8},
	{"EWF 2", HEAD, 0, "EVF2\x0d\x0a\x81\0", 8},
	{"AFF", HEAD, 0, "AFF10\x0d\x0a\0", 8},
	{"dmg", TAIL, 0, "koly", 4},
};

/* Extensions that say that the file is the disk's bytes, whatever the guest wrote into them. */
static const char *const raw_extensions[] = {"raw", "img", "dd", "bin", "iso"};

const char *disk_format_name(size_t i)
{
	return i < ARRAY_LEN(formats) ? formats[i]->name : NULL;
}

static const struct container *container_find(const struct disk_probe *p)
{
	for (size_t i = 0; i < ARRAY_LEN(containers); i++) {
		const struct container *c = &containers[i];
		const uint8_t *at = c->where == HEAD ? p->head : p->tail;
		size_t len = c->where == HEAD ? p->head_len : p->tail ? 512 : 0;

		if (range_inside(c->offset, c->magic_len, len) &&
			!memcmp(at + c->offset, c->magic, c->magic_len))
			return c;
	}
	return NULL;
}

/* Is it the format that an image with this extension is expected in? */
static bool extension_fits(const struct disk_format *format, const char *extension)
{
	return !strcmp(format->name, extension) ||
	       (format->also && !strcmp(format->also, extension));
}

/* The format the contents look like; raw, the last, if they look like nothing. */
static const struct disk_format *format_find(const struct disk_probe *p)
{
	size_t i = 0;

	for (size_t k = 0; k < ARRAY_LEN(formats) - 1; k++)
		if (extension_fits(formats[k], p->extension) && formats[k]->probe(p))
			return formats[k];
	while (!formats[i]->probe(p))
		i++;
	return formats[i];
}

static bool name_says_raw(const struct disk_probe *p, const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(raw_extensions); i++)
		if (!strcmp(p->extension, raw_extensions[i]))
			return true;
	return split_is_numbered(p->extension) || str_ends(path, "-flat.vmdk");
}

static int by_name(const char *name, const struct disk_format **ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (!strcmp(formats[i]->name, name)) {
			*ret = formats[i];
			return 0;
		}
	}
	return err_set(e, EINVAL, "no image format is called \"%s\"", name);
}

static int choose(const struct disk_open_args *args, const struct disk_probe *p,
	struct disk_info *info, const struct disk_format **ret, struct err *e)
{
	const struct container *c = container_find(p);
	const struct disk_format *found = format_find(p);

	if (name_says_raw(p, args->path)) {
		if (c || found != &raw_format)
			*list_add(args->arena, &info->notes) = arena_printf(args->arena,
				"the contents look like a %s image, but the file name says raw and "
				"is "
				"believed; --image-format decides otherwise",
				c ? c->name : found->name);
		found = &raw_format;
	} else if (c && found == &raw_format) {
		return err_set(e, ENOTSUP,
			"is a %s image, which cannot be read yet; convert it, or say "
			"--image-format "
			"raw if it is a disk that only begins like one",
			c->name);
	}
	*ret = found;
	return 0;
}

/* Lower case, without the dot. */
static const char *extension_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	char *ext = arena_strdup(a, dot ? dot + 1 : "");

	for (char *p = ext; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return ext;
}

/* The directory the image lies in, not that of a symlink to it. */
static const char *dir_of(struct arena *a, const char *path)
{
	CLEANUP(cleanup_free) char *real = realpath(path, NULL);
	const char *full = real ? real : path, *slash = strrchr(full, '/');

	if (!slash)
		return "";
	return slash == full ? "/" : arena_strndup(a, full, (size_t)(slash - full));
}

/* The format that the contents and the name of the file say. */
static int find_out(const struct disk_open_args *args, struct hostfile *f, const char *extension,
	struct disk_info *info, const struct disk_format **ret, struct err *e)
{
	uint8_t head[PROBE_HEAD], tail[512];
	struct disk_probe p = {
		.head = head,
		.head_len = (size_t)min_u64(sizeof(head), f->size),
		.tail = f->size >= sizeof(tail) ? tail : NULL,
		.file_size = f->size,
		.extension = extension,
	};
	int r = hostfile_read(f, 0, head, p.head_len, e);

	if (r >= 0 && p.tail)
		r = hostfile_read(f, f->size - sizeof(tail), tail, sizeof(tail), e);
	return r < 0 ? r : choose(args, &p, info, ret, e);
}

int disk_open_image(const struct disk_open_args *args, struct hostfile **f, struct disk_info *info,
	struct blockdev **ret, struct err *e)
{
	const char *extension = extension_of(args->arena, args->path);
	const struct disk_format *format = NULL;
	struct disk_open_args a = *args;
	int r;

	if (args->image_format)
		r = by_name(args->image_format, &format, e);
	else
		r = find_out(args, *f, extension, info, &format, e);
	if (r < 0)
		return r;
	a.follow = args->image_format || extension_fits(format, extension);
	return format->open(&a, dir_of(args->arena, args->path), f, info, ret, e);
}

/* Does the sentence already begin with the path? */
static bool says_path(const struct err *e, const char *path)
{
	size_t n = strlen(path);

	return !strncmp(e->msg, path, n) && e->msg[n] == ':';
}

int disk_open_file(
	const struct disk_open_args *args, struct hostfile **f, struct disk *ret, struct err *e)
{
	struct blockdev *dev = NULL, *cached;
	struct disk_info info = {0};
	int r = disk_open_image(args, f, &info, &dev, e);

	if (r >= 0)
		r = cache_open(dev, &cached, e);
	if (r < 0) {
		blockdev_close(dev);
		return says_path(e, args->path) ? r : err_prefix(e, "%s", args->path);
	}
	info.virtual_size = dev->size;
	info.logical_sector = info.logical_sector ? info.logical_sector : 512;
	info.physical_sector = info.physical_sector ? info.physical_sector : info.logical_sector;
	*ret = (struct disk){cached, info};
	return 0;
}

int disk_open(const struct disk_open_args *args, struct disk *ret, struct err *e)
{
	struct hostfile *f = NULL;
	int r = hostfile_open(args->io, NULL, args->path, &f, e);

	if (r < 0)
		return says_path(e, args->path) ? r : err_prefix(e, "%s", args->path);
	r = disk_open_file(args, &f, ret, e);
	hostfile_close(f);
	return r;
}

void disk_close(struct disk *d)
{
	blockdev_close(d->dev);
	d->dev = NULL;
}

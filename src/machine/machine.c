/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Disks that are given, or a description that names them.
 */
#include "machine/machine.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "disk/chain.h"
#include "machine/descriptor.h"

/* ---- which description it is ---- */

static const struct descriptor_kind *const kinds[] = {
	&vmx_kind, &ovf_kind, &ova_kind, &libvirt_kind};

/* How much of a file tells whether it is what its extension says. */
#define KIND_HEAD TAR_BLOCK

bool descriptor_is_xml(const uint8_t *head, size_t n)
{
	struct span s = {(const char *)head, n};

	if (span_starts(s, "\xef\xbb\xbf"))
		s = (struct span){s.p + 3, s.n - 3};
	s = span_trim(s);
	return s.n && s.p[0] == '<';
}

/* By the extension alone: the first bytes of a disk are the guest's to write. */
static const struct descriptor_kind *kind_find(const struct disk_request *r)
{
	const char *dot = strrchr(r->path, '.');

	for (size_t i = 0; dot && !r->image_format && i < ARRAY_LEN(kinds); i++) {
		for (size_t k = 0; k < ARRAY_LEN(kinds[i]->extensions); k++) {
			const char *extension = kinds[i]->extensions[k];

			if (extension && span_is_nocase(span_of(dot), extension))
				return kinds[i];
		}
	}
	return NULL;
}

static int kind_check(const struct descriptor *d, const struct descriptor_kind *kind, struct err *e)
{
	uint8_t head[KIND_HEAD];
	size_t n = (size_t)min_u64(sizeof(head), d->file->size);
	int r = hostfile_read(d->file, 0, head, n, e);

	if (r < 0 || kind->probe(head, n))
		return r;
	return err_set(e, EBADMSG,
		"is no description of a machine (%s), as its name says; --image-format raw takes "
		"it "
		"for a disk",
		kind->extensions[0]);
}

/* ---- for the kinds ---- */

int descriptor_text(struct descriptor *d, struct hostfile *f, const char **ret, struct err *e)
{
	char *text;
	int r;

	if (f->size > XML_BYTES_MAX)
		return err_set(
			e, E2BIG, "describes a machine in more than %u bytes", XML_BYTES_MAX);
	text = arena_alloc(d->arena, (size_t)f->size + 1);
	r = hostfile_read(f, 0, text, (size_t)f->size, e);
	if (r >= 0)
		*ret = text;
	return r;
}

/* A URI's %20. */
static const char *decoded(struct arena *a, const char *uri)
{
	char *out = arena_alloc(a, strlen(uri) + 1);
	size_t n = 0;

	for (const char *p = uri; *p; p++) {
		int high = *p == '%' ? hex_digit(p[1]) : -1, low = high >= 0 ? hex_digit(p[2]) : -1;

		if (low >= 0 && (high || low)) {
			out[n++] = (char)(high << 4 | low);
			p += 2;
		} else {
			out[n++] = *p;
		}
	}
	return out;
}

void descriptor_names(
	struct descriptor *d, const struct config_disk *disk, const char *ret[DESCRIPTOR_NAMES])
{
	const char *name = disk->file.value, *plain = decoded(d->arena, name);
	const char *base = chain_base_name(name);
	size_t n = 0;

	ret[n++] = name;
	if (strcmp(plain, name) != 0)
		ret[n++] = plain;
	if (*base && base != name)
		ret[n++] = base;
	ret[n] = NULL;
}

int descriptor_open_beside(struct descriptor *d, const struct config_disk *disk,
	const char **ret_path, struct hostfile **ret, struct err *e)
{
	const char *names[DESCRIPTOR_NAMES], *name;
	struct err guess;
	size_t i = 0;
	int r;

	descriptor_names(d, disk, names);
	name = names[0];
	r = hostfile_open(d->io, d->dir, name, ret, e);
	/* The first error stays, as the other names are only guesses. */
	while (r < 0 && names[++i]) {
		if (hostfile_open(d->io, d->dir, names[i], ret, &guess) >= 0) {
			name = names[i];
			r = 0;
		}
	}
	if (r >= 0)
		*ret_path = *name == '/' || !*d->dir
				    ? name
				    : arena_printf(d->arena, "%s/%s", d->dir, name);
	return r;
}

/* ---- opening ---- */

/* The machine was moved, and its disks with it. */
static void note_moved(
	struct arena *a, const struct config_disk *said, const char *path, struct disk_info *info)
{
	const char *name = said->file.value;

	if (!strcmp(chain_base_name(path), chain_base_name(name)) && !str_ends(path, name))
		*list_add(a, &info->notes) = arena_printf(a,
			"the description names %s; the file of that name beside it is read", name);
}

static const char *name_from_path(struct arena *a, const char *path)
{
	const char *base = strrchr(path, '/');
	const char *dot;

	base = base ? base + 1 : path;
	dot = strrchr(base, '.');
	return arena_strndup(a, base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

static int open_given(struct machine *m, struct host_io *io, struct arena *a,
	const struct disk_request *request, struct err *e)
{
	struct disk_open_args args = {
		.io = io,
		.arena = a,
		.path = request->path,
		.image_format = request->image_format,
	};
	struct machine_disk d = {
		.name = arena_printf(a, "disk%zu", m->disks.n),
		.path = arena_strdup(a, request->path),
	};
	int r = disk_open(&args, &d.disk, e);

	if (r >= 0)
		*list_add(a, &m->disks) = d;
	return r;
}

static int open_said(struct machine *m, struct descriptor *d, const struct descriptor_kind *kind,
	const struct config_disk *said, struct err *e)
{
	struct disk_open_args args = {
		.io = d->io, .arena = d->arena, .image_format = said->image_format};
	struct machine_disk disk = {
		.name = arena_printf(d->arena, "disk%zu", m->disks.n), .said = said};
	struct hostfile *f = NULL;
	int r;

	if (said->refused)
		return err_set(e, ENOTSUP, "%s", said->refused);
	r = kind->open(d, said, &args.path, &f, e);
	if (r >= 0) {
		disk.path = args.path;
		r = disk_open_file(&args, &f, &disk.disk, e);
		hostfile_close(f);
	}
	if (r < 0)
		return r;
	note_moved(d->arena, said, disk.path, &disk.disk.info);
	*list_add(d->arena, &m->disks) = disk;
	return 0;
}

/* What is not there, or of a kind that is not read, is missing; the rest is worth a look. */
static int open_all_said(
	struct machine *m, struct descriptor *d, const struct descriptor_kind *kind, struct err *e)
{
	list_each(said, &d->config->disks) {
		int r = open_said(m, d, kind, said, e);

		if (r == -ENOENT || r == -ENOTSUP)
			*list_add(d->arena, &m->missing) =
				(struct missing_disk){said, -r, arena_strdup(d->arena, e->msg)};
		else if (r < 0)
			return err_prefix(e, "%s", said->slot);
	}
	if (m->disks.n)
		return 0;
	if (m->missing.n)
		return err_set(e, m->missing.at[0].num, "%s: %s", m->missing.at[0].said->slot,
			m->missing.at[0].why);
	return err_set(e, EBADMSG, "names no disk");
}

/*
 * The directory the description lies in, not that of a symlink to it.  Where that is no question it
 * stays as it was typed, as no other path of the host belongs in a report.
 */
static const char *dir_of(struct arena *a, const char *path)
{
	CLEANUP(cleanup_free) char *real = NULL;
	const char *slash;
	struct stat st;

	if (!lstat(path, &st) && S_ISLNK(st.st_mode))
		real = realpath(path, NULL);
	path = real ? real : path;
	slash = strrchr(path, '/');
	if (!slash)
		return "";
	return slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

static int open_described(struct machine *m, struct host_io *io, struct arena *a,
	const struct descriptor_kind *kind, const char *path, struct err *e)
{
	struct machine_config *config = arena_new(a, struct machine_config);
	struct descriptor d = {
		.io = io,
		.arena = a,
		.path = arena_strdup(a, path),
		.dir = dir_of(a, path),
		.config = config,
	};
	int r = hostfile_open(io, NULL, path, &m->description, e);

	if (r < 0)
		return r;
	d.file = m->description;
	r = kind_check(&d, kind, e);
	if (r >= 0)
		r = kind->read(&d, e);
	if (r < 0)
		return err_prefix(e, "%s", path);
	config->kind = kind->name;
	if (!config->path)
		config->path = d.path;
	m->config = config;
	r = open_all_said(m, &d, kind, e);
	return r < 0 ? err_prefix(e, "%s", path) : 0;
}

/* A description is of the whole machine. */
static int find_description(const struct disk_request *requests, size_t n,
	const struct descriptor_kind **ret, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct descriptor_kind *kind = kind_find(&requests[i]);

		if (kind && n > 1)
			return err_set(e, EINVAL,
				"%s describes a whole machine: give it alone, or the disks without "
				"it",
				requests[i].path);
		if (kind)
			*ret = kind;
	}
	return 0;
}

int machine_open(struct machine *m, struct host_io *io, struct arena *a,
	const struct disk_request *requests, size_t n, struct err *e)
{
	const struct descriptor_kind *kind = NULL;
	int r;

	*m = (struct machine){0};
	if (n > DISKS_MAX)
		return err_set(
			e, E2BIG, "%zu disks, more than the %d of one machine", n, DISKS_MAX);
	r = find_description(requests, n, &kind, e);
	if (r >= 0 && kind)
		r = open_described(m, io, a, kind, requests[0].path, e);
	for (size_t i = 0; i < n && !kind && r >= 0; i++)
		r = open_given(m, io, a, &requests[i], e);
	if (r < 0) {
		machine_close(m);
		return r;
	}
	if (m->config && m->config->name.value)
		m->name = m->config->name.value;
	else if (n)
		m->name = name_from_path(a, requests[0].path);
	return 0;
}

void machine_close(struct machine *m)
{
	list_each(d, &m->disks)
		disk_close(&d->disk);
	m->disks.n = 0;
	hostfile_close(m->description);
	m->description = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * .ova: a tar archive (ustar, GNU or pax) of an .ovf and its disks, which are read where they lie.
 * The .ovf should be the first member, but is found wherever it is.  The manifest (.mf) is not
 * looked at.  A disk's own files (extents, parents) are not looked for in the archive.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "machine/descriptor.h"
#include "parse/ovf.h"

static bool ova_probe(const uint8_t *head, size_t n)
{
	struct tar_header h;

	return n >= TAR_BLOCK && tar_header_parse(head, &h);
}

/* What a header says of the member after it. */
struct pending {
	const char *name; /* NULL: nothing */
	uint64_t size;
	bool has_size, sparse;
};

static int read_text(struct descriptor *d, uint64_t at, uint64_t size, char **ret, struct err *e)
{
	if (size > TAR_PAX_MAX)
		return err_set(e, E2BIG,
			"a header of the archive has %" PRIu64 " bytes, more than %u", size,
			TAR_PAX_MAX);
	*ret = arena_alloc(d->arena, (size_t)size + 1);
	return hostfile_read(d->file, at, *ret, (size_t)size, e);
}

static void use_pax(struct descriptor *d, const char *text, size_t n, struct pending *p)
{
	unsigned long long size;
	struct span value;

	/* Of a sparse file, path is made up. */
	if (tar_pax_find(text, n, "GNU.sparse.name", &value) ||
		tar_pax_find(text, n, "path", &value))
		p->name = arena_strndup(d->arena, value.p, value.n);
	if (tar_pax_find(text, n, "size", &value) && span_u64(value, &size)) {
		p->size = size;
		p->has_size = true;
	}
	p->sparse |= tar_pax_has(text, n, "GNU.sparse.");
}

static void add_member(struct descriptor *d, const struct tar_header *h, const struct pending *p,
	uint64_t at, uint64_t size)
{
	const char *name = p->name ? p->name : arena_strdup(d->arena, h->name);

	while (str_starts(name, "./"))
		name += 2;
	*list_add(d->arena, &d->members) =
		(struct member){name, at, size, p->sparse || h->type == 'S'};
}

/* What a header leaves of the map of a sparse file is not counted in its size. */
static int skip_map(struct descriptor *d, const struct tar_header *h, uint64_t *at, struct err *e)
{
	uint8_t block[TAR_BLOCK];
	bool more = h->map_goes_on;
	int r = 0;

	while (more && r >= 0) {
		r = hostfile_read(d->file, *at, block, sizeof(block), e);
		more = r >= 0 && tar_map_goes_on(block);
		*at += TAR_BLOCK;
	}
	return r;
}

/* One header, and what it is for; *at moves behind what follows it.  0: the archive ends. */
static int walk_step(struct descriptor *d, uint64_t *at, struct pending *p, struct err *e)
{
	uint8_t block[TAR_BLOCK];
	struct tar_header h;
	uint64_t size;
	char *text = NULL;
	int r;

	if (!range_inside(*at, TAR_BLOCK, d->file->size))
		return 0;
	r = hostfile_read(d->file, *at, block, sizeof(block), e);
	if (r < 0)
		return r;
	if (all_zero(block, sizeof(block)))
		return 0;
	if (!tar_header_parse(block, &h))
		return err_set(e, EBADMSG, "has no tar header at %" PRIu64, *at);
	*at += TAR_BLOCK;
	r = skip_map(d, &h, at, e);
	if (r < 0)
		return r;
	size = p->has_size && h.type != 'x' && h.type != 'L' ? p->size : h.size;
	if (!range_inside(*at, size, d->file->size))
		return err_set(e, EBADMSG,
			"is cut short: %s has %" PRIu64 " bytes, not all are there", h.name, size);
	if (h.type == 'x' || h.type == 'L') {
		r = read_text(d, *at, size, &text, e);
		if (r >= 0 && h.type == 'x')
			use_pax(d, text, (size_t)size, p);
		else if (r >= 0)
			p->name = text;
	} else if (h.type != 'g' && h.type != 'K') {
		if (h.type == '0' || h.type == 'S')
			add_member(d, &h, p, *at, size);
		*p = (struct pending){0};
	}
	*at += div_up(size, TAR_BLOCK) * TAR_BLOCK;
	return r < 0 ? r : 1;
}

static int walk(struct descriptor *d, struct err *e)
{
	struct pending p = {0};
	uint64_t at = 0;
	int r = 1;

	for (unsigned i = 0; r > 0; i++) {
		if (i == OVA_MEMBERS_MAX)
			return err_set(e, E2BIG, "has more than %d members", OVA_MEMBERS_MAX);
		r = walk_step(d, &at, &p, e);
	}
	return r;
}

static const struct member *find_ovf(const struct descriptor *d)
{
	list_each(m, &d->members) {
		size_t n = strlen(m->name);

		if (n > 4 && !strcasecmp(m->name + n - 4, ".ovf"))
			return m;
	}
	return NULL;
}

static int open_member(
	struct descriptor *d, const struct member *m, struct hostfile **ret, struct err *e)
{
	if (m->sparse)
		return err_set(e, ENOTSUP,
			"is stored without its holes (sparse), which cannot be read in place; "
			"unpack the "
			"archive");
	return hostfile_window(
		d->file, arena_printf(d->arena, "%s/%s", d->path, m->name), m->at, m->size, ret, e);
}

static int ova_read(struct descriptor *d, struct err *e)
{
	const struct member *ovf;
	struct hostfile *f = NULL;
	const char *text = NULL;
	int r = walk(d, e);

	if (r < 0)
		return r;
	ovf = find_ovf(d);
	if (!ovf)
		return err_set(e, EBADMSG, "is an archive without an .ovf");
	r = open_member(d, ovf, &f, e);
	if (r >= 0)
		r = descriptor_text(d, f, &text, e);
	if (r >= 0)
		r = ovf_parse(d->arena, text, f->size, d->config, e);
	hostfile_close(f);
	if (r < 0)
		return err_prefix(e, "%s", ovf->name);
	d->config->path = arena_printf(d->arena, "%s/%s", d->path, ovf->name);
	return 0;
}

static const struct member *find_member(const struct descriptor *d, const char *name)
{
	list_each(m, &d->members) {
		if (!strcmp(m->name, name))
			return m;
	}
	return NULL;
}

static int ova_open(struct descriptor *d, const struct config_disk *disk, const char **ret_path,
	struct hostfile **ret, struct err *e)
{
	const char *names[DESCRIPTOR_NAMES];
	const struct member *m = NULL;

	descriptor_names(d, disk, names);
	for (size_t i = 0; names[i] && !m; i++)
		m = find_member(d, names[i]);
	if (!m)
		return err_set(e, ENOENT, "%s: is not in the archive", names[0]);
	*ret_path = arena_printf(d->arena, "%s/%s", d->path, m->name);
	return open_member(d, m, ret, e);
}

const struct descriptor_kind ova_kind = {
	.name = "ova",
	.extensions = {".ova"},
	.probe = ova_probe,
	.read = ova_read,
	.open = ova_open,
};

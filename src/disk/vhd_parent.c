/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How a differencing VHD names its parent: a file name in its header, and up to eight locators with
 * paths as different systems write them.  All numbers are big-endian.
 *
 * Left out: the locators of Mac OS 9 ("Mac "), which are no text.
 */
#include "disk/vhd.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf16.h"
#include "disk/chain.h"

#define ID_AT 40
#define ID_SIZE 16
#define TIME_AT 56
#define NAME_AT 64
#define NAME_SIZE 512
#define LOCATORS_AT 576
#define LOCATORS 8
/* Times count from the beginning of the year 2000. */
#define EPOCH 946684800

enum text_kind { UTF16, BYTES, URL };
/* The kinds of locator that are text, the most telling first. */
static const struct locator_kind {
	const char *code;
	enum text_kind text;
	bool relative;
} kinds[] = {
	{"W2ru", UTF16, true},
	{"Wi2r", BYTES, true},
	{"W2ku", UTF16, false},
	{"Wi2k", BYTES, false},
	{"MacX", URL, false},
};

const char *vhd_id(struct arena *a, const uint8_t *id)
{
	return arena_printf(a,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", id[0],
		id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11],
		id[12], id[13], id[14], id[15]);
}

static int hex_value(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The last part of a URL, with its %XX as the bytes they stand for. */
static const char *url_base_name(struct arena *a, const char *url)
{
	char *name = arena_strdup(a, chain_base_name(url)), *out = name;

	for (const char *p = name; *p; p++, out++) {
		int high = *p == '%' ? hex_value(p[1]) : -1;
		int low = high >= 0 ? hex_value(p[2]) : -1;

		*out = *p;
		/* A NUL would end the name early, a slash make it a path. */
		if (low >= 0 && (high || low) && high * 16 + low != '/') {
			*out = (char)(high * 16 + low);
			p += 2;
		}
	}
	*out = '\0';
	return name;
}

static const char *as_text(struct arena *a, enum text_kind kind, const uint8_t *p, size_t n)
{
	if (kind == UTF16)
		return chain_unix_name(a, utf16_to_utf8(a, p, n, UTF16_LE));
	if (kind == BYTES)
		return chain_unix_name(a, arena_strndup(a, (const char *)p, n));
	return url_base_name(a, arena_strndup(a, (const char *)p, n));
}

static const uint8_t *locator_find(const uint8_t *header, const char *code)
{
	for (size_t i = 0; i < LOCATORS; i++)
		if (!memcmp(header + LOCATORS_AT + 24 * i, code, 4))
			return header + LOCATORS_AT + 24 * i;
	return NULL;
}

/* *ret stays as it is when there is no such locator, or none that makes sense. */
static int locator_read(struct arena *a, struct layer *l, const uint8_t *header,
	const struct locator_kind *kind, const char **ret, struct err *e)
{
	const uint8_t *at = locator_find(header, kind->code);
	CLEANUP(cleanup_free) uint8_t *p = NULL;
	uint32_t n = at ? get_be32(at + 8) : 0;
	const char *name;
	int r;

	if (!n || n > VHD_LOCATOR_MAX)
		return 0;
	p = malloc(n);
	if (!p)
		return err_set(e, ENOMEM, "out of memory");
	r = layer_read_table(l, get_be64(at + 16), p, n, "a parent locator of the VHD", e);
	if (r == -EBADMSG)
		return 0;
	if (r < 0)
		return r;
	name = as_text(a, kind->text, p, n);
	if (*name)
		*ret = kind->relative ? name : chain_base_name(name);
	return 0;
}

/* The first locator of this sort that is there. */
static int first_locator(struct arena *a, struct layer *l, const uint8_t *header, bool relative,
	const char **ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds) && !*ret && r >= 0; i++)
		if (kinds[i].relative == relative)
			r = locator_read(a, l, header, &kinds[i], ret, e);
	return r;
}

/*
 * A relative path and the name in the header say where a parent is that was moved together with its
 * child.  Of an absolute path only the last part can be of use here, and it mostly says the same.
 */
int vhd_parent_read(struct arena *a, struct layer *l, const uint8_t *header, struct vhd_parent *ret,
	struct err *e)
{
	const char *own = utf16_to_utf8(a, header + NAME_AT, NAME_SIZE, UTF16_BE);
	uint32_t time = get_be32(header + TIME_AT);
	size_t n = 0;
	int r;

	*ret = (struct vhd_parent){.id = vhd_id(a, header + ID_AT)};
	ret->modified = time ? (int64_t)time + EPOCH : 0;
	r = first_locator(a, l, header, true, &ret->names[0], e);
	n = ret->names[0] != NULL;
	if (r >= 0 && *own)
		ret->names[n++] = chain_base_name(own);
	if (r >= 0 && !n)
		r = first_locator(a, l, header, false, &ret->names[0], e);
	if (r >= 0 && !ret->names[0])
		r = err_set(e, EBADMSG, "is a differencing VHD, but does not name its parent");
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The descriptor of VMware's "Virtual Disk Format 5.0".  Keys that say nothing of where the bytes
 * are (the disk database, change tracking) are skipped.
 */
#include "parse/vmdk_descriptor.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

#define FIRST_LINE "# Disk DescriptorFile"

bool vmdk_descriptor_probe(const void *text, size_t n)
{
	struct span s = {text, n < strlen(FIRST_LINE) ? n : strlen(FIRST_LINE)};

	return span_is_nocase(s, FIRST_LINE);
}

static bool is_extent(struct span line)
{
	static const char *const access[] = {"RW", "RDONLY", "NOACCESS"};
	struct span word;

	if (!next_word(&line, &word))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(access); i++)
		if (span_is(word, access[i]))
			return true;
	return false;
}

/* Takes a name in double quotes off rest; false when there is none. */
static bool next_quoted(struct span *rest, struct span *ret)
{
	const char *end;

	*rest = span_trim(*rest);
	if (!rest->n || rest->p[0] != '"')
		return false;
	end = memchr(rest->p + 1, '"', rest->n - 1);
	if (!end)
		return false;
	*ret = (struct span){rest->p + 1, (size_t)(end - rest->p - 1)};
	rest->n -= (size_t)(end + 1 - rest->p);
	rest->p = end + 1;
	return true;
}

static bool next_number(struct span *rest, uint64_t *ret)
{
	unsigned long long v;
	struct span word;

	if (!next_word(rest, &word) || !span_u64(word, &v))
		return false;
	*ret = v;
	return true;
}

/* ACCESS SECTORS TYPE ["FILE" [OFFSET ...]] */
static bool extent_parse(struct arena *a, struct span line, struct vmdk_extent *ret)
{
	struct span access, type, file;

	if (!next_word(&line, &access) || !next_number(&line, &ret->sectors) ||
		!next_word(&line, &type))
		return false;
	ret->access = arena_strndup(a, access.p, access.n);
	ret->type = arena_strndup(a, type.p, type.n);
	if (!next_quoted(&line, &file))
		return !span_trim(line).n;
	/* A NUL would make the name another one for the host. */
	if (!file.n || memchr(file.p, '\0', file.n))
		return false;
	ret->file = arena_strndup(a, file.p, file.n);
	return !span_trim(line).n || next_number(&line, &ret->offset);
}

static bool split_key(struct span line, struct span *ret_key, struct span *ret_value)
{
	const char *equals = memchr(line.p, '=', line.n);

	if (!equals)
		return false;
	*ret_key = span_trim((struct span){line.p, (size_t)(equals - line.p)});
	*ret_value = span_trim((struct span){equals + 1, line.n - (size_t)(equals + 1 - line.p)});
	if (ret_value->n >= 2 && ret_value->p[0] == '"' && ret_value->p[ret_value->n - 1] == '"')
		*ret_value = (struct span){ret_value->p + 1, ret_value->n - 2};
	return true;
}

/* Some writers leave out leading zeros.  What is no number stays as it is, and equals nothing. */
static const char *cid_parse(struct arena *a, struct span value)
{
	uint32_t id = 0;

	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (value.n > 8 || !isxdigit((unsigned char)c))
			return arena_strndup(a, value.p, value.n);
		id = id << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return id == UINT32_MAX ? NULL : arena_printf(a, "%08" PRIx32, id);
}

static void key_use(struct arena *a, struct span key, struct span value, struct vmdk_descriptor *d)
{
	if (span_is_nocase(key, "createType"))
		d->create_type = arena_strndup(a, value.p, value.n);
	else if (span_is_nocase(key, "parentCID"))
		d->parent_cid = cid_parse(a, value);
	else if (span_is_nocase(key, "CID"))
		d->cid = cid_parse(a, value);
	else if (span_is_nocase(key, "parentFileNameHint") && value.n)
		d->parent = arena_strndup(a, value.p, value.n);
	else if (span_is_nocase(key, "encryptionKeys") || span_is_nocase(key, "encryption.keySafe"))
		d->encrypted = true;
	else if (span_is_nocase(key, "ddb.iofilters") && span_is_nocase(value, "vmwarevmcrypt"))
		d->encrypted = true;
}

int vmdk_descriptor_parse(
	struct arena *a, const char *text, size_t n, struct vmdk_descriptor *ret, struct err *e)
{
	struct vmdk_descriptor d = {.create_type = ""};
	struct span rest = {text, strnlen(text, n)}, line, key, value;
	unsigned number = 0;

	while (next_line(&rest, &line, &number)) {
		line = span_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		if (is_extent(line)) {
			if (d.extents.n == VMDK_EXTENTS_MAX)
				return err_set(e, E2BIG,
					"the VMDK descriptor names over %u extents",
					VMDK_EXTENTS_MAX);
			if (!extent_parse(a, line, list_add(a, &d.extents)))
				return err_set(e, EBADMSG,
					"line %u of the VMDK descriptor is no extent", number);
		} else if (split_key(line, &key, &value)) {
			key_use(a, key, value, &d);
		}
	}
	*ret = d;
	return 0;
}

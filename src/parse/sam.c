/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/sam.h"

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "base/utf16.h"

/* 1601 to 1970, in steps of 100 ns. */
#define EPOCH_1970 116444736000000000ULL
#define TICKS 10000000

int64_t filetime_seconds(uint64_t t)
{
	/* 0x7FFF... is "never", and nothing after the year 9999 is a time. */
	if (t < EPOCH_1970 || t > EPOCH_1970 + 253402300799ULL * TICKS)
		return 0;
	return (int64_t)((t - EPOCH_1970) / TICKS);
}

bool sam_user_parse(struct sam_user *ret, const void *f, size_t len)
{
	struct bytes b = bytes_at(f, len, 0x08);

	*ret = (struct sam_user){0};
	ret->last_logon = filetime_seconds(bytes_le64(&b));
	bytes_skip(&b, 8);
	ret->password_set = filetime_seconds(bytes_le64(&b));
	ret->expires = filetime_seconds(bytes_le64(&b));
	ret->last_bad_password = filetime_seconds(bytes_le64(&b));
	ret->rid = bytes_le32(&b);
	bytes_skip(&b, 4);
	ret->flags = bytes_le16(&b);
	bytes_skip(&b, 6);
	ret->failed_logons = bytes_le16(&b);
	return !b.bad;
}

char *sam_user_name(struct arena *a, const void *v, size_t len)
{
	/* Offset and length of each field, counted from behind the table. */
	struct bytes b = bytes_at(v, len, 0x0C);
	uint32_t off = bytes_le32(&b), size = bytes_le32(&b);

	if (b.bad || len < 0xCC || !size || !range_inside(off, size, len - 0xCC))
		return NULL;
	return utf16_to_utf8(a, (const uint8_t *)v + 0xCC + off, size, UTF16_LE);
}

/* A span of time: negative; the smallest number is without end. */
static int64_t span_seconds(uint64_t v)
{
	if (v == 0x8000000000000000ULL)
		return -1;
	return v >> 63 ? (int64_t)((0 - v) / TICKS) : 0;
}

bool sam_policy_parse(struct sam_policy *ret, const void *f, size_t len)
{
	struct bytes b = bytes_at(f, len, 0x30);

	*ret = (struct sam_policy){0};
	ret->duration = span_seconds(bytes_le64(&b));
	ret->window = span_seconds(bytes_le64(&b));
	bytes_skip(&b, 0x54 - 0x40);
	ret->threshold = bytes_le16(&b);
	return !b.bad;
}

#define SID_PARTS_MAX 15

char *sid_text(struct arena *a, const void *p, size_t len, size_t *ret_size)
{
	struct bytes b = bytes_of(p, len);
	uint8_t revision = bytes_u8(&b), parts = bytes_u8(&b);
	uint64_t authority = (uint64_t)bytes_be16(&b) << 32;
	char *text;

	authority |= bytes_be32(&b);
	if (b.bad || revision != 1 || parts > SID_PARTS_MAX || bytes_left(&b) < 4 * (size_t)parts)
		return NULL;
	text = arena_printf(a, "S-1-%llu", (unsigned long long)authority);
	for (unsigned i = 0; i < parts; i++)
		text = arena_printf(a, "%s-%u", text, bytes_le32(&b));
	if (ret_size)
		*ret_size = 8 + 4 * (size_t)parts;
	return text;
}

bool sam_members(struct sid_list *ret, struct arena *a, const void *c, size_t len)
{
	/* Three fields of 12 bytes each before: name, comment, and at 0x28 the members. */
	struct bytes b = bytes_at(c, len, 0x28);
	uint32_t off = bytes_le32(&b), size = bytes_le32(&b), count = bytes_le32(&b);
	const uint8_t *at;

	*ret = (struct sid_list){0};
	if (b.bad || !range_inside(off, size, len - 0x34) || count > ACCOUNTS_MAX)
		return false;
	at = (const uint8_t *)c + 0x34 + off;
	for (uint32_t i = 0; i < count; i++) {
		size_t one;
		const char *sid = sid_text(a, at, size, &one);

		if (!sid)
			return false;
		*list_add(a, ret) = sid;
		at += one;
		size -= one;
	}
	return true;
}

char *sam_machine_sid(struct arena *a, const void *v, size_t len)
{
	struct bytes b;
	unsigned part[3];

	if (len < 12)
		return NULL;
	b = bytes_at(v, len, len - 12);
	for (int i = 0; i < 3; i++)
		part[i] = bytes_le32(&b);
	return arena_printf(a, "S-1-5-21-%u-%u-%u", part[0], part[1], part[2]);
}

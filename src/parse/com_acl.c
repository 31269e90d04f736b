/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A self-relative descriptor ([MS-DTYP] 2.4.6): revision, control, and offsets of owner, group,
 * SACL and DACL; a list of entries, each with a type, flags, a mask and a SID.  SDDL:
 * [MS-DTYP] 2.5.1.
 */
#include "parse/com_acl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/text.h"
#include "parse/sam.h"

#define DACL_PRESENT 4U
#define INHERIT_ONLY 8U
enum { ACE_ALLOW = 0, ACE_DENY = 1 };

/* Whom an administrator of the machine is, over the network. */
static const struct {
	const char *sid, *word;
} mine[] = {
	{"S-1-5-32-544", "BA"}, /* Administrators */
	{"S-1-1-0", "WD"},      /* Everyone */
	{"S-1-5-11", "AU"},     /* Authenticated Users */
	{"S-1-5-2", "NU"},      /* Network */
};

static bool is_mine(struct span sid)
{
	for (size_t i = 0; i < sizeof(mine) / sizeof(mine[0]); i++) {
		if (span_is_nocase(sid, mine[i].sid) || span_is_nocase(sid, mine[i].word))
			return true;
	}
	return false;
}

/* What is wanted, less what entries so far gave; refused: for good. */
struct judge {
	uint32_t wanted;
	bool refused;
};

/* The first entry that names a right decides on it.  Alone, "execute" means everything. */
static void judge_entry(struct judge *j, bool deny, uint32_t mask)
{
	if ((mask & COM_ALL) == COM_EXECUTE)
		mask |= COM_ALL;
	if (deny && (mask & j->wanted))
		j->refused = true;
	else if (!deny)
		j->wanted &= ~mask;
}

static enum com_acl answer(const struct judge *j)
{
	return j->refused || j->wanted ? COM_ACL_REFUSED : COM_ACL_GRANTED;
}

/* ---- binary ---- */

/* The entry at *off, which is moved behind it; false: it is cut short. */
static bool binary_entry(const uint8_t *acl, size_t len, size_t *off, struct judge *j)
{
	struct bytes b = bytes_at(acl, len, *off);
	uint8_t type = bytes_u8(&b), flags = bytes_u8(&b);
	uint16_t size = bytes_le16(&b);
	uint32_t mask = bytes_le32(&b);
	struct arena a = {0};
	char *sid;

	if (b.bad || size < 8 || size > len - *off)
		return false;
	sid = sid_text(&a, acl + *off + 8, size - 8U, NULL);
	if (sid && type <= ACE_DENY && !(flags & INHERIT_ONLY) && is_mine(span_of(sid)))
		judge_entry(j, type == ACE_DENY, mask);
	arena_free(&a);
	*off += size;
	return sid || type > ACE_DENY;
}

enum com_acl com_acl_binary(const void *p, size_t len, uint32_t rights)
{
	struct judge j = {.wanted = rights};
	struct bytes b = bytes_of(p, len);
	uint8_t revision = bytes_u8(&b);
	uint16_t control, size, count;
	uint32_t dacl;
	size_t off = 8;

	bytes_skip(&b, 1);
	control = bytes_le16(&b);
	bytes_skip(&b, 12);
	dacl = bytes_le32(&b);
	if (b.bad || revision != 1)
		return COM_ACL_BAD;
	if (!(control & DACL_PRESENT) || !dacl)
		return COM_ACL_GRANTED;
	if (dacl > len)
		return COM_ACL_BAD;
	b = bytes_at(p, len, dacl);
	bytes_skip(&b, 2);
	size = bytes_le16(&b);
	count = bytes_le16(&b);
	bytes_skip(&b, 2);
	if (b.bad || size < 8 || size > len - dacl)
		return COM_ACL_BAD;
	for (; count; count--) {
		if (!binary_entry((const uint8_t *)p + dacl, size, &off, &j))
			return COM_ACL_BAD;
	}
	return answer(&j);
}

/* ---- SDDL ---- */

/* "CCDCLCSWRP", "GA", "0x1f"; false: a word that is not known. */
static bool text_rights(struct span s, uint32_t *ret)
{
	static const struct {
		const char *word;
		uint32_t mask;
	} words[] = {{"CC", 1}, {"DC", 2}, {"LC", 4}, {"SW", 8}, {"RP", 16}, {"GA", COM_ALL},
		{"GX", COM_ALL}, {"WP", 0}, {"DT", 0}, {"LO", 0}, {"CR", 0}, {"SD", 0}, {"RC", 0},
		{"WD", 0}, {"WO", 0}, {"GR", 0}, {"GW", 0}};
	size_t i;

	*ret = 0;
	if (s.n > 2 && s.n < 11 && s.p[0] == '0' && (s.p[1] | 32) == 'x') {
		for (i = 2; i < s.n; i++) {
			if (hex_digit(s.p[i]) < 0)
				return false;
			*ret = *ret << 4 | (unsigned)hex_digit(s.p[i]);
		}
		return true;
	}
	for (; s.n >= 2; s.p += 2, s.n -= 2) {
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (!strncasecmp(s.p, words[i].word, 2))
				break;
		}
		if (i == sizeof(words) / sizeof(words[0]))
			return false;
		*ret |= words[i].mask;
	}
	return !s.n;
}

/* "A;;CCDCLC;;;BA" between parentheses. */
static bool text_entry(struct span s, struct judge *j)
{
	struct span fields[6] = {{s.p, 0}};
	size_t n = 0;
	uint32_t mask;
	bool deny;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != ';')
			fields[n].n++;
		else if (++n == 6)
			return false;
		else
			fields[n] = (struct span){s.p + i + 1, 0};
	}
	if (n != 5 || !text_rights(fields[2], &mask))
		return false;
	deny = span_is_nocase(fields[0], "D");
	if (!deny && !span_is_nocase(fields[0], "A"))
		return false;
	if (is_mine(fields[5]))
		judge_entry(j, deny, mask);
	return true;
}

enum com_acl com_acl_text(const char *sddl, uint32_t rights)
{
	struct judge j = {.wanted = rights};
	const char *p = strstr(sddl, "D:");

	/* Owner and group, which come before, are words without a colon of their own. */
	if (!p)
		return COM_ACL_BAD;
	p += 2;
	if (!strncasecmp(p, "NO_ACCESS_CONTROL", 17))
		return COM_ACL_GRANTED;
	p += strcspn(p, "(");
	while (*p == '(') {
		size_t n = strcspn(p + 1, ")");

		if (p[n + 1] != ')' || !text_entry((struct span){p + 1, n}, &j))
			return COM_ACL_BAD;
		p += n + 2;
	}
	return answer(&j);
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Members of MD arrays for a fuzz target: a superblock where its version wants it, with its
 * checksum and its place made right, and nothing else.
 */
#ifndef TESTS_FUZZ_MD_MEMBERS_H
#define TESTS_FUZZ_MD_MEMBERS_H

#include "tests/fuzz/padded.h"

#define MD_MEMBERS 8
#define MD_MEMBER_SIZE (4U << 20)

struct md_member {
	struct blockdev dev;
	uint8_t super[MD_SUPER];
	uint64_t at;
};

static int md_member_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	const struct md_member *m = (struct md_member *)d;

	(void)e;
	memset(buf, 0, len);
	for (size_t i = 0; i < MD_SUPER; i++) {
		if (m->at + i >= off && m->at + i < off + len)
			((uint8_t *)buf)[m->at + i - off] = m->super[i];
	}
	return 0;
}

static const struct blockdev_ops md_member_ops = {.name = "member", .read = md_member_read};

static void md_member_init(struct md_member *m, const uint8_t *super)
{
	uint64_t sector;

	*m = (struct md_member){.dev = {&md_member_ops, MD_MEMBER_SIZE, 0, 0}};
	memcpy(m->super, super, MD_SUPER);
	if (get_le32(super + 4) != 1) {
		m->at = MD_MEMBER_SIZE - 65536;
	} else {
		m->at = 4096;
		sector = m->at / 512;
		memcpy(m->super + 144, &sector, 8);
	}
	seal_md(m->super);
}

#endif

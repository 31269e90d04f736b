/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "map/md.h"
#include "tests/fuzz/md_members.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Superblocks of 4 KiB each, of members that are zeros but for them; then the arrays are read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct md_member members[MD_MEMBERS];
	struct volume volumes[MD_MEMBERS];
	struct arena a = {0};
	struct map map = {0};
	struct md *md;
	struct err e;

	if (md_new(&map, &a, &md, &e) < 0)
		return 0;
	for (size_t i = 0; i < MD_MEMBERS && (i + 1) * MD_SUPER <= size; i++) {
		md_member_init(&members[i], data + i * MD_SUPER);
		volumes[i] = (struct volume){.kind = VOLUME_DISK,
			.name = "member",
			.size = MD_MEMBER_SIZE,
			.dev = &members[i].dev};
		md_scan(md, &volumes[i]);
	}
	md_assemble(md, false);
	md_assemble(md, true);
	read_volumes(&map);
	md_free(md);
	map_close(&map);
	arena_free(&a);
	return 0;
}

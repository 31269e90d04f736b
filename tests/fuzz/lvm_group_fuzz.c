/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "map/lvm.h"
#include "tests/fuzz/padded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text of a group, on a physical volume whose UUID is all zeros. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t all = PV_TEXT_AT + size;
	uint8_t *p = calloc(1, all);
	struct padded disk = padded(p, all);
	struct volume v = {.kind = VOLUME_DISK, .name = "disk0", .dev = &disk.dev};
	struct arena a = {0};
	struct map map = {0};
	struct lvm *lvm;
	struct err e;

	disk.dev.size = v.size = 64 << 20;
	write_pv(p, data, size);
	if (lvm_new(&map, &a, &lvm, &e) == 0) {
		lvm_scan(lvm, &v);
		lvm_assemble(lvm, true);
		lvm_explain_orphans(lvm);
		read_volumes(&map);
		lvm_free(lvm);
	}
	map_close(&map);
	arena_free(&a);
	free(p);
	return 0;
}

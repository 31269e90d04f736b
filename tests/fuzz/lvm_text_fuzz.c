/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/lvm_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct lvm_node *root;
	size_t nodes = 10000;
	struct err e;

	if (lvm_text_parse((const char *)data, size, &nodes, &a, &root, &e) == 0) {
		const struct lvm_node *vg = lvm_section(root, "vg0");
		uint64_t v;

		lvm_string(vg, "id");
		lvm_number(vg, "seqno", &v);
		lvm_list_has(vg, "status", "READ");
	}
	arena_free(&a);
	return 0;
}

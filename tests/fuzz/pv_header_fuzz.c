/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "map/lvm_label.h"
#include "tests/fuzz/padded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A physical volume: its label, and the areas it names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size + 1);
	struct padded disk = padded(p, size);
	struct lvm_label label;
	struct err e;

	memcpy(p, data, size);
	reseal(p, size);
	if (lvm_label_read(&disk.dev, &label, &e) == 0) {
		for (unsigned i = 0; i < label.n_areas; i++) {
			struct lvm_copy copy;
			char *text = NULL;

			if (lvm_area_read(&disk.dev, label.areas[i], &copy, &e) == 0 && copy.size)
				lvm_copy_read(&disk.dev, &copy, &text, &e);
			free(text);
		}
	}
	free(p);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/devspec.h"
#include "parse/fstab.h"
#include "parse/passwd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct fstab f;
	struct passwd p;
	struct shadow s;

	fstab_parse(&f, &a, (const char *)data, size);
	list_each(e, &f) {
		devspec_parse(&a, e->spec);
		fstab_option_value(&a, e, "subvol");
	}
	passwd_parse(&p, &a, (const char *)data, size);
	shadow_parse(&s, &a, (const char *)data, size);
	arena_free(&a);
	return 0;
}

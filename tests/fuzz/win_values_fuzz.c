/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/bcd.h"
#include "parse/com_acl.h"
#include "parse/sam.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct bcd_device d = bcd_device_parse(data, size);
	struct sam_user u;
	struct sam_policy p;
	struct sid_list l;

	bcd_device_words(&a, &d);
	mounted_device_parse(&a, data, size);
	sam_user_parse(&u, data, size);
	sam_user_name(&a, data, size);
	sam_policy_parse(&p, data, size);
	sam_members(&l, &a, data, size);
	sam_machine_sid(&a, data, size);
	sid_text(&a, data, size, NULL);
	com_acl_binary(data, size, COM_ALL);
	com_acl_text(arena_strndup(&a, (const char *)data, size), COM_ALL);
	arena_free(&a);
	return 0;
}

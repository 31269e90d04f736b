/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "parse/sshd_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct self {
	struct sshd_includer base;
	const char *text;
	size_t len;
};

/* Every Include finds the same text again. */
static void include(struct sshd_includer *i, const char *pattern, struct sshd_reader *r)
{
	struct self *self = (struct self *)i;

	sshd_include_text(r, pattern, self->text, self->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct self self = {{include}, (const char *)data, size};
	struct arena a = {0};
	struct sshd_config c;

	sshd_config_read(&c, &a, "/etc/ssh/sshd_config", self.text, size, &self.base);
	sshd_for_root(&c, "passwordauthentication");
	sshd_subsystem(&c, "sftp");
	arena_free(&a);
	return 0;
}

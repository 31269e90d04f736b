/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/rule.h"

/* One text as sshd's configuration, the accounts and what a socket listens on. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	char *text = arena_strndup(&a, (const char *)data, size);
	struct guest_file file = {"/f", FILE_READ, text, size, .from.path = "/f"};
	struct sshd sshd = {.binary = FILE_READ, .config_file = &file, .enabled_by.path = "/s"};
	struct accounts accounts = {.passwd_file = &file, .shadow_file = &file, .image_time = 1};
	struct guest g = {.sshd = sshd, .accounts = accounts};
	struct options options = {.account = "root"};

	*list_add(&a, &g.sshd.socket_ports) = (struct fact){text, {.path = "/s"}};
	sshd_config_read(&g.sshd.config, &a, file.path, text, size, NULL);
	passwd_parse(&g.accounts.passwd, &a, text, size);
	shadow_parse(&g.accounts.shadow, &a, text, size);
	group_parse(&g.accounts.groups, &a, text, size);
	for (size_t i = 0; i < 2 * ssh_rules.n; i++) {
		struct finding finding = {0};
		struct check c = {NULL, &g, &options, &a, &finding};

		g.sshd.enabled = i % 2 ? ENABLED_BY_SOCKET : ENABLED;
		ssh_rules.rules[i / 2].check(&c);
	}
	arena_free(&a);
	return 0;
}

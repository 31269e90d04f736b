/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "rules/rule.h"
#include "tests/lib/testing.h"

/* A machine whose facts are made by hand, and the last finding about it. */
struct world {
	struct guest g;
	struct vm vm;
	struct facts facts;
	struct options options;
	struct finding finding;
	const struct evidence *worst;
};

static const struct guest_file *file(const char *path, const char *text)
{
	struct guest_file *f = arena_new(&test_arena, struct guest_file);

	*f = (struct guest_file){
		.path = path,
		.status = text ? FILE_READ : FILE_ABSENT,
		.text = text,
		.len = text ? strlen(text) : 0,
		.from = {.device = "disk0p1", .path = path},
	};
	return f;
}

static const struct guest_file *unreadable(const char *path)
{
	struct guest_file *f = arena_new(&test_arena, struct guest_file);

	*f = (struct guest_file){
		.path = path,
		.status = FILE_UNREADABLE,
		.reason = REASON_UNREADABLE,
		.why = "its blocks are damaged",
		.from = {.device = "disk0p1", .path = path},
	};
	return f;
}

/* Every Include of a test names this file. */
struct includer {
	struct sshd_includer base;
	const struct guest_file *file;
};

static void include(struct sshd_includer *i, const char *pattern, struct sshd_reader *r)
{
	const struct guest_file *f = ((struct includer *)i)->file;

	(void)pattern;
	sshd_include_text(r, f->path, f->text, f->len);
}

static void set_config_with(struct world *w, const char *text, const char *dropin)
{
	struct sshd *s = &w->g.sshd;
	struct includer i = {{include}, file("/etc/ssh/sshd_config.d/50-cloud-init.conf", dropin)};

	s->config_file = file("/etc/ssh/sshd_config", text);
	s->includes.n = 0;
	if (dropin)
		*list_add(&test_arena, &s->includes) = i.file;
	sshd_config_read(&s->config, &test_arena, "/etc/ssh/sshd_config", text, strlen(text),
		dropin ? &i.base : NULL);
}

static void set_config(struct world *w, const char *text)
{
	set_config_with(w, text, NULL);
}

static void set_passwd(struct world *w, const char *text)
{
	w->g.accounts.passwd_file = file("/etc/passwd", text);
	passwd_parse(&w->g.accounts.passwd, &test_arena, text, strlen(text));
}

static void set_shadow(struct world *w, const char *text)
{
	w->g.accounts.shadow_file = file("/etc/shadow", text);
	shadow_parse(&w->g.accounts.shadow, &test_arena, text, strlen(text));
}

#define OPEN "PermitRootLogin yes\nPasswordAuthentication yes\nSubsystem sftp internal-sftp\n"
#define HASH "$6$fGrVz5a7$T0pSecretT0pSecret"

/* A Debian into which root may log in. */
static struct world *open_world(void)
{
	struct world *w = arena_new(&test_arena, struct world);

	w->g.vm = w->facts.vm = &w->vm;
	w->vm.arena = &test_arena;
	w->g.id.value = "debian";
	w->g.version.value = "12";
	w->g.sshd.binary = FILE_READ;
	w->g.sshd.enabled = ENABLED;
	w->g.sshd.enabled_by.path = "/etc/systemd/system/multi-user.target.wants/ssh.service";
	w->g.accounts.image_time = 19800 * 86400LL;
	set_config(w, OPEN);
	set_passwd(w, "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n");
	set_shadow(w, "root:" HASH ":19700:0:99999:7:::\n");
	return w;
}

static enum verdict verdict_of(struct world *w, const char *id)
{
	struct check c = {&w->facts, &w->g, &w->options, &test_arena, &w->finding};

	w->finding = (struct finding){0};
	for (size_t i = 0; i < ssh_rules.n; i++) {
		if (!strcmp(ssh_rules.rules[i].id, id))
			w->finding.rule = &ssh_rules.rules[i];
	}
	assert_non_null(w->finding.rule);
	w->finding.rule->check(&c);
	assert_true(w->finding.evidence.n > 0);
	w->worst = w->finding.evidence.at;
	list_each(ev, &w->finding.evidence) {
		if (ev->verdict < w->worst->verdict)
			w->worst = ev;
		/* Nothing of a password may ever be shown. */
		assert_null(strstr(ev->message, "Secret"));
		assert_false(ev->from.text && strstr(ev->from.text, "$6$"));
	}
	assert_true(w->finding.rule->reaches & CAN(w->worst->verdict));
	return w->worst->verdict;
}

#define assert_verdict(w, id, want) assert_string_equal(verdict_name(verdict_of(w, id)), want)
#define assert_says(w, part)                                                                       \
	do {                                                                                       \
		if (!strstr((w)->worst->message, part))                                            \
			fail_msg("\"%s\" is not in \"%s\"", part, (w)->worst->message);            \
	} while (0)

/* ---- ASR-95108: the vectors of appendix A.4 ---- */

static void settings_that_permit_all_pass(void **state)
{
	struct world *w = open_world();

	(void)state;
	assert_verdict(w, "ASR-95108", "pass");
	assert_says(w, "cannot be seen on a disk");
	assert_int_equal(w->worst->from.line, 2);
}

static void key_only_root_by_default_warns(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_config(w, "#PasswordAuthentication yes\nSubsystem sftp internal-sftp\n");
	assert_verdict(w, "ASR-95108", "warn");
	assert_says(w, "PermitRootLogin is not set");
	assert_string_equal(w->worst->remedy, "\tsed -i '1i PermitRootLogin yes' "
					      "/etc/ssh/sshd_config && systemctl restart ssh");
	w->g.sshd.permits_root_by_default = true;
	assert_verdict(w, "ASR-95108", "pass");
}

static void first_value_in_a_drop_in_wins(void **state)
{
	struct world *w = open_world();

	(void)state;
	w->g.id.value = "rhel";
	set_config_with(w, "Include /etc/ssh/sshd_config.d/*.conf\n" OPEN,
		"# by cloud-init\nPasswordAuthentication no\n");
	assert_verdict(w, "ASR-95108", "fail");
	assert_string_equal(w->worst->from.path, "/etc/ssh/sshd_config.d/50-cloud-init.conf");
	assert_int_equal(w->worst->from.line, 2);
	assert_string_equal(w->worst->from.text, "PasswordAuthentication no");
	assert_string_equal(w->worst->remedy,
		"\tsed -i '2s/.*/PasswordAuthentication yes/' "
		"/etc/ssh/sshd_config.d/50-cloud-init.conf && systemctl restart sshd");
}

static void match_user_root_after_a_global_no_warns(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_config(w,
		"PasswordAuthentication no\nPermitRootLogin yes\n"
		"Subsystem sftp internal-sftp\nMatch User root\nPasswordAuthentication yes\n");
	assert_verdict(w, "ASR-95108", "warn");
	assert_says(w, "conditional");
	assert_int_equal(w->worst->from.line, 5);
}

static void commented_subsystem_fails_at_its_line(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_config(w, "PermitRootLogin yes\n\n#Subsystem sftp /usr/lib/openssh/sftp-server\n");
	assert_verdict(w, "ASR-95108", "fail");
	assert_int_equal(w->worst->from.line, 3);
	assert_string_equal(w->worst->remedy, "\tsed -i '3s/.*/Subsystem sftp internal-sftp/' "
					      "/etc/ssh/sshd_config && systemctl restart ssh");
}

static void locked_root_fails_where_that_is_not_stock(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_shadow(w, "root:!" HASH ":19700:0:99999:7:::\n");
	assert_verdict(w, "ASR-95108", "fail");
	assert_string_equal(w->worst->from.text, "root: password locked");
	assert_string_equal(w->worst->remedy, "\tpasswd root");
	w->g.cloud_image = true;
	assert_verdict(w, "ASR-95108", "warn");
}

static void locked_root_warns_where_that_is_stock(void **state)
{
	static const struct {
		const char *id, *version, *want;
	} cases[] = {{"ubuntu", "22.04", "warn"}, {"rhel", "9.4", "warn"}, {"rhel", "8.10", "fail"},
		{"rocky", "10.0", "warn"}, {"sles", "15.5", "fail"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = open_world();

		w->g.id.value = cases[i].id;
		w->g.version.value = cases[i].version;
		set_shadow(w, "root:*:19700:0:99999:7:::\n");
		assert_verdict(w, "ASR-95108", cases[i].want);
	}
}

/* ---- ASR-95108: everything else ---- */

static void explicit_settings_that_block_fail(void **state)
{
	static const char *const lines[] = {"PasswordAuthentication no\n", "PermitRootLogin no\n",
		"PermitRootLogin prohibit-password\n", "PermitRootLogin without-password\n",
		"PermitRootLogin forced-commands-only\n", "AuthenticationMethods publickey\n",
		"AuthenticationMethods publickey,password\n", "AllowUsers ada admin\n",
		"DenyUsers ro*\n", "Match User root\nPasswordAuthentication no\n",
		"Subsystem sftp /no/such/file\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct world *w = open_world();
		const char *text = lines[i];

		set_config(w, str_starts(text, "Match")
				      ? arena_printf(&test_arena, "%s%s", OPEN, text)
				      : arena_printf(&test_arena, "%s%s", text, OPEN));
		if (strstr(text, "/no/such"))
			w->g.sshd.sftp_server = "/no/such/file";
		assert_verdict(w, "ASR-95108", "fail");
		assert_int_equal(w->worst->from.line, str_starts(text, "Match") ? 5 : 1);
		assert_non_null(w->worst->remedy);
	}
}

static void settings_that_leave_a_way_pass(void **state)
{
	static const char *const lines[] = {"AuthenticationMethods publickey password\n",
		"AuthenticationMethods any\n", "AllowUsers ada root\n", "AllowUsers root@*\n",
		"DenyUsers ada\n", "Match User ada\nPasswordAuthentication no\nMatch all\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct world *w = open_world();

		set_config(w, arena_printf(&test_arena, "%s%s", lines[i], OPEN));
		assert_verdict(w, "ASR-95108", "pass");
	}
}

static void what_holds_for_some_connections_warns(void **state)
{
	static const char *const lines[] = {"AllowUsers root@10.0.0.5\n" OPEN,
		"DenyUsers root@10.0.0.5\n" OPEN,
		OPEN "Match Address 10.0.0.0/8\nPasswordAuthentication no\n",
		OPEN "Match Address 10.0.0.0/8\nDenyUsers root\n",
		"PermitRootLogin no\nSubsystem sftp internal-sftp\n"
		"Match Address 10.0.0.0/8\nPermitRootLogin yes\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct world *w = open_world();

		set_config(w, lines[i]);
		assert_verdict(w, "ASR-95108", "warn");
		assert_non_null(w->worst->remedy);
	}
}

static void groups_of_root_are_compared(void **state)
{
	static const char groups[] = "root:x:0:\nwheel:x:10:ada,root\nstaff:x:50:ada\n";
	static const struct {
		const char *line, *want;
	} cases[] = {{"AllowGroups wheel\n", "pass"}, {"AllowGroups root\n", "pass"},
		{"AllowGroups staff\n", "fail"}, {"DenyGroups wheel\n", "fail"},
		{"DenyGroups staff\n", "pass"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = open_world();

		group_parse(&w->g.accounts.groups, &test_arena, groups, strlen(groups));
		set_config(w, arena_printf(&test_arena, "%s%s", cases[i].line, OPEN));
		assert_verdict(w, "ASR-95108", cases[i].want);
	}
}

static void accounts_that_cannot_log_in_fail(void **state)
{
	static const char *const shadows[] = {"root::19700:0:99999:7:::\n",
		"ada:*:19700:0:99999:7:::\n", "root:" HASH ":0:0:99999:7:::\n",
		"root:" HASH ":19700:0:90:7:::\n", "root:" HASH ":19700:0:99999:7::19750:\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(shadows) / sizeof(shadows[0]); i++) {
		struct world *w = open_world();

		set_shadow(w, shadows[i]);
		assert_verdict(w, "ASR-95108", "fail");
		assert_non_null(w->worst->remedy);
	}
}

static void expiry_after_the_last_known_moment_passes(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_shadow(w, "root:" HASH ":19700:0:101:7::19801:\n");
	assert_verdict(w, "ASR-95108", "pass");
}

static void huge_dates_are_no_trouble(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_shadow(w, "root:" HASH ":9223372036854775807:0:9223372036854775807:7::"
		      "9223372036854775807:\n");
	assert_verdict(w, "ASR-95108", "pass");
	w->g.accounts.image_time = INT64_MAX;
	set_shadow(w, "root:" HASH ":19700:0:106751991000000:7:::\n");
	assert_verdict(w, "ASR-95108", "fail");
}

static void shell_that_ends_the_login_fails(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_passwd(w, "root:x:0:0:root:/root:/usr/sbin/nologin\n");
	assert_verdict(w, "ASR-95108", "fail");
	assert_string_equal(w->worst->from.text, "root: shell /usr/sbin/nologin");
}

static void pam_gate_warns(void **state)
{
	struct world *w = open_world();

	(void)state;
	*list_add(&test_arena, &w->g.sshd.pam_gates) = (struct origin){.path = "/etc/pam.d/sshd"};
	assert_verdict(w, "ASR-95108", "warn");
}

static void missing_sshd_or_configuration_fails(void **state)
{
	struct world *w = open_world();

	(void)state;
	w->g.sshd.binary = FILE_ABSENT;
	assert_verdict(w, "ASR-95108", "fail");
	assert_verdict(w, "ASR-95117-LNX", "fail");
	w = open_world();
	w->g.sshd.config_file = file("/etc/ssh/sshd_config", NULL);
	assert_verdict(w, "ASR-95108", "fail");
}

static void unreadable_files_are_unknown(void **state)
{
	struct world *w = open_world();

	(void)state;
	w->g.sshd.config_file = unreadable("/etc/ssh/sshd_config");
	assert_verdict(w, "ASR-95108", "unknown");
	assert_int_equal(w->worst->reason, REASON_UNREADABLE);
	assert_says(w, "its blocks are damaged");

	/* A drop-in that cannot be read may say otherwise than what follows it. */
	w = open_world();
	set_config(w, "PasswordAuthentication no\n");
	*list_add(&test_arena, &w->g.sshd.includes) = unreadable("/etc/ssh/sshd_config.d");
	assert_verdict(w, "ASR-95108", "unknown");

	w = open_world();
	w->g.accounts.shadow_file = unreadable("/etc/shadow");
	assert_verdict(w, "ASR-95108", "unknown");

	w = open_world();
	w->g.accounts.passwd_file = unreadable("/etc/passwd");
	assert_verdict(w, "ASR-95108", "unknown");
	assert_verdict(w, "ASR-95517-LNX", "unknown");
	assert_int_equal(w->worst->reason, REASON_UNREADABLE);

	w = open_world();
	w->g.sshd.config.limit = true;
	assert_verdict(w, "ASR-95108", "unknown");
	assert_int_equal(w->worst->reason, REASON_LIMIT);
}

static void remedy_quotes_a_strange_path(void **state)
{
	struct world *w = open_world();
	struct sshd_value *v;

	(void)state;
	set_config(w, "PasswordAuthentication no\n" OPEN);
	v = &w->g.sshd.config.values.at[0];
	v->file = "/etc/ssh/$(reboot)'.conf";
	assert_verdict(w, "ASR-95108", "fail");
	assert_string_equal(w->worst->remedy,
		"\tsed -i '1s/.*/PasswordAuthentication yes/' '/etc/ssh/$(reboot)'\\''.conf' && "
		"systemctl restart ssh");
}

/* ---- ASR-95117-LNX ---- */

static void sshd_on_22_passes(void **state)
{
	static const char *const configs[] = {"", "Port 22\n", "Port 2222\nPort 22\n",
		"ListenAddress 0.0.0.0\n", "ListenAddress [::]:22\nPort 2222\n",
		"ListenAddress 127.0.0.1\nListenAddress 10.1.2.3\n", "ListenAddress ::\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct world *w = open_world();

		set_config(w, configs[i]);
		assert_verdict(w, "ASR-95117-LNX", "pass");
		assert_says(w, "the network on the way cannot be seen");
	}
}

static void sshd_elsewhere_fails(void **state)
{
	static const struct {
		const char *config, *remedy;
	} cases[] = {
		{"\nPort 2222\n", "\tsed -i '2s/.*/Port 22/'"},
		{"\nListenAddress 127.0.0.1\n", "\tsed -i '2s/.*/ListenAddress 0.0.0.0:22/'"},
		{"Port 22\nListenAddress ::1\n", "\tsed -i '2s/.*/ListenAddress 0.0.0.0:22/'"},
		{"\nListenAddress 0.0.0.0:2022\n", "ListenAddress 0.0.0.0:22/"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *w = open_world();

		set_config(w, cases[i].config);
		assert_verdict(w, "ASR-95117-LNX", "fail");
		assert_int_equal(w->worst->from.line, 2);
		assert_non_null(strstr(w->worst->remedy, cases[i].remedy));
	}
}

static void sshd_that_is_not_started_fails(void **state)
{
	struct world *w = open_world();

	(void)state;
	w->g.sshd.enabled = DISABLED;
	assert_verdict(w, "ASR-95117-LNX", "fail");
	assert_string_equal(w->worst->remedy, "\tsystemctl enable --now ssh.service");
	w->g.sshd.enabled = MASKED;
	assert_verdict(w, "ASR-95117-LNX", "fail");
	w->g.sshd.enabled = ENABLED_UNKNOWN;
	assert_verdict(w, "ASR-95117-LNX", "unknown");
}

static void socket_decides_the_port(void **state)
{
	struct world *w = open_world();
	struct fact *f;

	(void)state;
	w->g.sshd.enabled = ENABLED_BY_SOCKET;
	w->g.sshd.enabled_by.path = "/etc/systemd/system/sockets.target.wants/ssh.socket";
	set_config(w, "Port 2222\n");
	assert_verdict(w, "ASR-95117-LNX", "pass");
	w->g.sshd.socket_follows_config = true;
	assert_verdict(w, "ASR-95117-LNX", "fail");

	w->g.sshd.socket_follows_config = false;
	f = list_add(&test_arena, &w->g.sshd.socket_ports);
	f->value = "2022";
	f->from =
		(struct origin){.path = "/etc/systemd/system/ssh.socket.d/listen.conf", .line = 3};
	assert_verdict(w, "ASR-95117-LNX", "fail");
	assert_int_equal(w->worst->from.line, 3);
	f->value = "127.0.0.1:22";
	assert_verdict(w, "ASR-95117-LNX", "fail");
	f->value = "[::]:22";
	assert_verdict(w, "ASR-95117-LNX", "pass");
}

static void firewall_without_an_allowance_warns(void **state)
{
	static const char *const names[] = {
		"ufw", "firewalld", "iptables", "nftables", "SuSEfirewall2", "tcp_wrappers"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct world *w = open_world();
		struct firewall *f = list_add(&test_arena, &w->g.firewalls);

		*f = (struct firewall){names[i], {.path = "/etc/f"}, SSH_NOT_ALLOWED};
		assert_verdict(w, "ASR-95117-LNX", "warn");
		assert_non_null(w->worst->remedy);
		f->ssh = SSH_DEPENDS;
		assert_verdict(w, "ASR-95117-LNX", "warn");
		f->ssh = SSH_ALLOWED;
		assert_verdict(w, "ASR-95117-LNX", "pass");
	}
}

static void line_that_sshd_does_not_know_warns(void **state)
{
	struct world *w = open_world();

	(void)state;
	set_config(w, OPEN "PermitRootLogon yes\n");
	assert_verdict(w, "ASR-95117-LNX", "warn");
	assert_int_equal(w->worst->from.line, 4);
}

/* ---- ASR-95517-LNX, ASR-SSH-PKGS ---- */

static void account_is_judged_by_its_uid(void **state)
{
	struct world *w = open_world();

	(void)state;
	assert_verdict(w, "ASR-95517-LNX", "unknown");
	assert_int_equal(w->worst->reason, REASON_NOT_ON_DISK);
	assert_says(w, "accounts with uid 0: root");
	w->options.account = "root";
	assert_verdict(w, "ASR-95517-LNX", "pass");
	w->options.account = "ada";
	assert_verdict(w, "ASR-95517-LNX", "fail");
	assert_string_equal(w->worst->from.text, "ada: uid 1000");
	w->options.account = "nobody-here";
	assert_verdict(w, "ASR-95517-LNX", "fail");
}

static void packages_are_listed(void **state)
{
	struct world *w = open_world();
	struct package *p;

	(void)state;
	assert_verdict(w, "ASR-SSH-PKGS", "unknown");
	assert_int_equal(w->worst->reason, REASON_UNSUPPORTED);
	w->g.package_system = PACKAGES_RPM;
	assert_verdict(w, "ASR-SSH-PKGS", "unknown");
	assert_says(w, "/usr/sbin/sshd is there");
	w->g.package_system = PACKAGES_DPKG;
	p = list_add(&test_arena, &w->g.packages);
	*p = (struct package){"openssl", FILE_READ, {0}};
	assert_verdict(w, "ASR-SSH-PKGS", "info");
	p->status = FILE_ABSENT;
	assert_verdict(w, "ASR-SSH-PKGS", "fail");
	assert_string_equal(w->worst->remedy, "apt-get install openssl");
	p->status = FILE_UNREADABLE;
	assert_verdict(w, "ASR-SSH-PKGS", "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_that_permit_all_pass),
		cmocka_unit_test(key_only_root_by_default_warns),
		cmocka_unit_test(first_value_in_a_drop_in_wins),
		cmocka_unit_test(match_user_root_after_a_global_no_warns),
		cmocka_unit_test(commented_subsystem_fails_at_its_line),
		cmocka_unit_test(locked_root_fails_where_that_is_not_stock),
		cmocka_unit_test(locked_root_warns_where_that_is_stock),
		cmocka_unit_test(explicit_settings_that_block_fail),
		cmocka_unit_test(settings_that_leave_a_way_pass),
		cmocka_unit_test(what_holds_for_some_connections_warns),
		cmocka_unit_test(groups_of_root_are_compared),
		cmocka_unit_test(accounts_that_cannot_log_in_fail),
		cmocka_unit_test(expiry_after_the_last_known_moment_passes),
		cmocka_unit_test(huge_dates_are_no_trouble),
		cmocka_unit_test(shell_that_ends_the_login_fails),
		cmocka_unit_test(pam_gate_warns),
		cmocka_unit_test(missing_sshd_or_configuration_fails),
		cmocka_unit_test(unreadable_files_are_unknown),
		cmocka_unit_test(remedy_quotes_a_strange_path),
		cmocka_unit_test(sshd_on_22_passes),
		cmocka_unit_test(sshd_elsewhere_fails),
		cmocka_unit_test(sshd_that_is_not_started_fails),
		cmocka_unit_test(socket_decides_the_port),
		cmocka_unit_test(firewall_without_an_allowance_warns),
		cmocka_unit_test(line_that_sshd_does_not_know_warns),
		cmocka_unit_test(account_is_judged_by_its_uid),
		cmocka_unit_test(packages_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

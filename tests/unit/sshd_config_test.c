/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/sshd_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "tests/lib/testing.h"

/* Gives the same files to every pattern that is their path, or ends in the same '*'. */
struct files {
	struct sshd_includer base;
	struct {
		const char *pattern, *path, *text;
	} at[4];
	unsigned asked;
};

static void include(struct sshd_includer *i, const char *pattern, struct sshd_reader *r)
{
	struct files *f = (struct files *)i;

	f->asked++;
	for (size_t k = 0; k < ARRAY_LEN(f->at) && f->at[k].path; k++) {
		if (!strcmp(f->at[k].pattern, pattern))
			sshd_include_text(r, f->at[k].path, f->at[k].text, strlen(f->at[k].text));
	}
}

static struct sshd_config read_with(const char *text, struct files *f)
{
	struct sshd_config c;

	if (f)
		f->base.include = include;
	sshd_config_read(
		&c, &test_arena, "/etc/ssh/sshd_config", text, strlen(text), f ? &f->base : NULL);
	return c;
}

static const char *value(const struct sshd_value *v)
{
	return v ? v->value : NULL;
}

static void the_first_value_of_a_keyword_wins(void **state)
{
	struct sshd_config c = read_with("#PermitRootLogin no\n"
					 "PasswordAuthentication no # why\n  "
					 "passwordauthentication yes\nPERMITROOTLOGIN=\"yes\"\n"
					 "UsePAM = yes\nChallengeResponseAuthentication "
					 "no\nKbdInteractiveAuthentication yes\n",
		NULL);
	const struct sshd_value *v = sshd_global(&c, "passwordauthentication");

	(void)state;
	assert_string_equal(v->value, "no");
	assert_int_equal(v->line, 2);
	assert_string_equal(v->text, "PasswordAuthentication no # why");
	assert_string_equal(v->file, "/etc/ssh/sshd_config");
	assert_string_equal(value(sshd_global(&c, "permitrootlogin")), "yes");
	assert_string_equal(value(sshd_global(&c, "usepam")), "yes");
	assert_string_equal(value(sshd_global(&c, "kbdinteractiveauthentication")), "no");
	assert_null(sshd_global(&c, "port"));
}

static void includes_are_read_in_place(void **state)
{
	struct files f = {
		.at = {{"/etc/ssh/sshd_config.d/*.conf", "/etc/ssh/sshd_config.d/50-a.conf",
			       "PasswordAuthentication no\nMatch User bob\nX11Forwarding no\n"},
			{"/etc/ssh/sshd_config.d/*.conf", "/etc/ssh/sshd_config.d/60-b.conf",
				"PasswordAuthentication yes\nPermitRootLogin no\n"}}};
	struct sshd_config c = read_with("Include sshd_config.d/*.conf /gone/*\n"
					 "PasswordAuthentication yes\nPermitRootLogin yes\n",
		&f);
	const struct sshd_value *v = sshd_global(&c, "passwordauthentication");

	(void)state;
	assert_int_equal(f.asked, 2);
	assert_string_equal(v->value, "no");
	assert_string_equal(v->file, "/etc/ssh/sshd_config.d/50-a.conf");
	assert_int_equal(v->line, 1);
	/* The block ended with its file. */
	assert_string_equal(value(sshd_global(&c, "permitrootlogin")), "no");
}

static void a_block_for_root_goes_before_the_global_value(void **state)
{
	struct sshd_config c = read_with(
		"PasswordAuthentication no\nMatch Address 10.0.0.0/8\n"
		"PermitRootLogin yes\nMatch User bob,!root,*\nPasswordAuthentication maybe\n"
		"Match User adm,r??t\nPasswordAuthentication yes\n",
		NULL);
	const struct sshd_value *v = sshd_for_root(&c, "passwordauthentication");

	(void)state;
	assert_string_equal(v->value, "yes");
	assert_int_equal(v->scope, SSHD_MATCH_ROOT);
	assert_string_equal(v->match, "User adm,r??t");
	assert_string_equal(value(sshd_global(&c, "passwordauthentication")), "no");
	assert_null(sshd_for_root(&c, "permitrootlogin"));
	v = sshd_conditional(&c, "permitrootlogin", NULL);
	assert_string_equal(v->value, "yes");
	assert_null(sshd_conditional(&c, "permitrootlogin", v));
	assert_null(sshd_conditional(&c, "passwordauthentication", NULL));
}

static void match_all_beats_what_stands_before_it(void **state)
{
	struct sshd_config c =
		read_with("PasswordAuthentication no\nMatch all\n"
			  "PasswordAuthentication yes\nSubsystem sftp internal-sftp\n",
			NULL);

	(void)state;
	assert_string_equal(value(sshd_global(&c, "passwordauthentication")), "yes");
	assert_string_equal(sshd_subsystem(&c, "sftp")->args[1], "internal-sftp");
}

static void an_include_inside_a_block_stays_inside_it(void **state)
{
	struct files f = {
		.at = {{"/x", "/x", "PermitRootLogin no\nMatch User root\nPermitRootLogin yes\n"}}};
	struct sshd_config c =
		read_with("Match User bob\nInclude /x\nMatch Group wheel\nInclude /x\n", &f);

	(void)state;
	assert_null(sshd_for_root(&c, "permitrootlogin"));
	assert_int_equal(c.values.at[0].scope, SSHD_MATCH_OTHER);
	assert_int_equal(c.values.at[1].scope, SSHD_MATCH_OTHER);
	assert_int_equal(c.values.at[2].scope, SSHD_MATCH_SOME);
	assert_int_equal(c.values.at[3].scope, SSHD_MATCH_SOME);
}

static void ports_add_up_and_nonsense_is_noted(void **state)
{
	struct sshd_config c = read_with(
		"Port 22\nPort 2222\nFoo bar\nListenAddress\nMatch\nX11Forwarding no\n", NULL);
	const struct sshd_value *v = sshd_next(&c, "port", NULL);

	(void)state;
	assert_string_equal(v->value, "22");
	assert_string_equal(sshd_next(&c, "port", v)->value, "2222");
	assert_null(sshd_next(&c, "port", sshd_next(&c, "port", v)));
	assert_int_equal(c.unknown.n, 2);
	assert_string_equal(c.unknown.at[0].keyword, "foo");
	assert_int_equal(c.unknown.at[1].line, 4);
}

static void an_include_of_itself_ends(void **state)
{
	struct files f = {.at = {{"/x", "/x", "Include /x /x\nPort 1\n"}}};
	struct sshd_config c = read_with("Include /x\n", &f);

	(void)state;
	assert_true(c.limit);
	assert_true(c.values.n <= SSHD_FILES_MAX);
}

/* ---- sshd itself ---- */

struct oracle {
	const char *key;
	bool made_run_sshd;
};

static struct oracle oracle;

static void need_sshd(void)
{
	test_need_tool("/usr/sbin/sshd");
	test_need_tool("ssh-keygen");
	if (oracle.key)
		return;
	/* sshd wants its empty directory even for a test. */
	if (!geteuid() && !mkdir("/run/sshd", 0755))
		oracle.made_run_sshd = true;
	if (access("/run/sshd", F_OK))
		test_skip("sshd", "there is no /run/sshd");
	test_must_run("ssh-keygen -q -t ed25519 -N '' -f key");
	oracle.key = test_path("key");
}

static int clean_up(void **state)
{
	(void)state;
	if (oracle.made_run_sshd)
		rmdir("/run/sshd");
	return 0;
}

/* What sshd -T says for root, keyword and value; "" when it refuses the file. */
static const char *sshd_says(const char *file, const char *keyword)
{
	return test_output(
		"/usr/sbin/sshd -T -h %s -f %s -C user=root,host=h,addr=192.0.2.1 2>/dev/null |"
		" sed -n 's/^%s //p'",
		oracle.key, file, keyword);
}

static void compare_with_sshd(const char *name, const char *text)
{
	static const char *const keywords[] = {"passwordauthentication", "permitrootlogin",
		"usepam", "kbdinteractiveauthentication", "port", "permitemptypasswords",
		"x11forwarding", "pubkeyauthentication", "maxauthtries", "subsystem"};
	const char *file = test_path("%s", name);
	struct sshd_config c = read_with(text, NULL);

	test_write_file(file, text, strlen(text));
	if (!*sshd_says(file, "port"))
		fail_msg("sshd refuses %s", name);
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		const struct sshd_value *v = sshd_for_root(&c, keywords[i]);
		const char *said = sshd_says(file, keywords[i]), *want = v ? v->value : NULL;

		if (!want)
			continue; /* defaults are not ours */
		if (!strcmp(want, "prohibit-password"))
			want = "without-password";
		if (strcmp(keywords[i], "port"))
			want = arena_printf(&test_arena, "%s\n", want);
		assert_true(str_starts(said, want));
	}
}

static void sshd_finds_the_same_values(void **state)
{
	static const char *const texts[] = {
		"PasswordAuthentication no\nMatch all\nPasswordAuthentication yes\n",
		"PermitRootLogin \"prohibit-password\" # x\nPasswordAuthentication=no\nUsePAM = "
		"no\n",
		"X11Forwarding no\nMatch User root,!bob\nX11Forwarding yes\nMatch User "
		"*\nX11Forwarding no\n",
		"PermitRootLogin no\nMatch User bob\nPermitRootLogin yes\nMatch User=root\n"
		"PasswordAuthentication no\n",
		"Port 2200\nPort 2201\nMaxAuthTries 3\nSubsystem sftp \"/usr/lib/x y\" -l INFO\n",
		"ChallengeResponseAuthentication no\nKbdInteractiveAuthentication yes\n",
		"Match User root Address 10.0.0.0/8\nPermitRootLogin yes\nMatch User ro?t\n"
		"PermitRootLogin no\n",
	};

	(void)state;
	need_sshd();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		compare_with_sshd(arena_printf(&test_arena, "c%zu", i), texts[i]);
}

/* Without the lines that this sshd, of another version, refuses. */
static const char *acceptable(const char *path)
{
	const char *file = test_path("part"), *whole = test_read_file(path, NULL);

	for (int i = 0; i < 20; i++) {
		const char *bad;

		test_write_file(file, whole, strlen(whole));
		bad = test_output("/usr/sbin/sshd -T -h %s -f part 2>&1 | sed -n "
				  "'s/^part:* line \\([0-9]*\\).*/\\1/p' | tail -n 1",
			oracle.key);
		if (!*bad || *sshd_says(file, "port"))
			return whole;
		whole = test_output(
			"sed -i '%.*ss/.*/#/' part; cat part", (int)strcspn(bad, "\n"), bad);
	}
	return whole;
}

static void sshd_finds_the_same_in_the_corpus(void **state)
{
	static const char *const paths[] = {"configs/sshd/openssh-default-sshd_config",
		"configs/sshd/walinuxagent-sshd_config", "configs/augeas/test_sshd__accept_env.txt",
		"configs/augeasproviders/sshd_config-full",
		"configs/insights/ssh__SSHD_CONFIG_COMPLETE.txt",
		"configs/insights/ssh__SSHD_CONFIG_INPUT.txt"};

	(void)state;
	need_sshd();
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		compare_with_sshd(arena_printf(&test_arena, "corpus%zu", i),
			acceptable(test_corpus(paths[i])));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_value_of_a_keyword_wins),
		cmocka_unit_test(includes_are_read_in_place),
		cmocka_unit_test(a_block_for_root_goes_before_the_global_value),
		cmocka_unit_test(match_all_beats_what_stands_before_it),
		cmocka_unit_test(an_include_inside_a_block_stays_inside_it),
		cmocka_unit_test(ports_add_up_and_nonsense_is_noted),
		cmocka_unit_test(an_include_of_itself_ends),
		cmocka_unit_test(sshd_finds_the_same_values),
		cmocka_unit_test(sshd_finds_the_same_in_the_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}

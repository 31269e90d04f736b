/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/judge.h"
#include "tests/lib/winfactory.h"

static const struct policy usual = {.required = CAN(REPLICATION) | CAN(BOOT_IN_AZURE)};

static struct judgement judged(struct world *w, const struct policy *p)
{
	struct judgement j;

	judge(&j, &w->facts, &w->options, p, &test_arena);
	return j;
}

static const struct finding *finding_of(const struct judgement *j, const char *id)
{
	list_each(f, &j->findings) {
		if (!strcmp((*f)->rule->id, id))
			return *f;
	}
	fail_msg("no finding of %s", id);
	return NULL;
}

/* The factory's machine with an account and an sshd that let root in. */
static struct world *healthy(void)
{
	struct world *w = world_new();
	struct accounts *acc = &w->g->accounts;
	struct sshd *sshd = &w->g->sshd;

	acc->passwd_file = make_file("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
	passwd_parse(&acc->passwd, &test_arena, acc->passwd_file->text, acc->passwd_file->len);
	acc->shadow_file = make_file("/etc/shadow", "root:$6$a$b:19000:0:99999:7:::\n");
	shadow_parse(&acc->shadow, &test_arena, acc->shadow_file->text, acc->shadow_file->len);
	sshd->binary = FILE_READ;
	sshd->enabled = ENABLED;
	sshd->config_file = make_file(
		"/etc/ssh/sshd_config", "PermitRootLogin yes\nSubsystem sftp internal-sftp\n");
	sshd_config_read(&sshd->config, &test_arena, sshd->config_file->path,
		sshd->config_file->text, sshd->config_file->len, NULL);
	return w;
}

/* A machine that ASR refuses for one reason. */
static struct world *full_root(void)
{
	struct world *w = healthy();

	w->g->root_fs->space.available = GIB - 4096;
	return w;
}

static void a_healthy_machine_is_no_finding(void **state)
{
	struct judgement j = judged(healthy(), &usual);

	(void)state;
	assert_int_equal(j.summary.replication, ANSWER_YES);
	assert_int_equal(j.summary.boot_in_azure, ANSWER_YES);
	assert_int_equal(j.summary.counts[FAIL], 0);
	assert_int_equal(judge_exit_status(&j, &usual), 0);
}

static void every_rule_has_one_finding_worst_first(void **state)
{
	struct judgement j = judged(full_root(), &usual);
	const struct rule *r;
	size_t n = 0;

	(void)state;
	for (; (r = rule_at(n)); n++)
		finding_of(&j, r->id);
	assert_int_equal(j.findings.n, n);
	for (size_t i = 1; i < n; i++)
		assert_true(j.findings.at[i - 1]->verdict <= j.findings.at[i]->verdict);
}

static void a_fail_decides_the_answer_and_the_exit_status(void **state)
{
	struct judgement j = judged(full_root(), &usual);
	struct policy p = usual;

	(void)state;
	assert_int_equal(j.summary.verdict, INCOMPATIBLE);
	assert_int_equal(j.summary.replication, ANSWER_NO);
	assert_int_equal(judge_exit_status(&j, &usual), 1);
	p.required = CAN(BOOT_IN_AZURE);
	assert_int_equal(judge_exit_status(&j, &p), 0);
	p = usual;
	p.fail_on = FAIL_ON_NEVER;
	assert_int_equal(judge_exit_status(&j, &p), 0);
}

static void a_warning_counts_only_when_asked(void **state)
{
	struct world *w = healthy();
	struct policy p = usual;
	struct judgement j;

	(void)state;
	w->g->root_fs->space.available = GIB;
	j = judged(w, &p);
	assert_int_equal(j.summary.replication, ANSWER_WARNINGS);
	assert_int_equal(judge_exit_status(&j, &p), 0);
	p.fail_on = FAIL_ON_WARN;
	assert_int_equal(judge_exit_status(&j, &p), 1);
}

static void a_severity_changes_a_problem_but_makes_none(void **state)
{
	struct policy p = usual;
	struct judgement j;

	(void)state;
	*list_add(&test_arena, &p.severities) =
		(struct severity){rule_find("ASR-SPACE-ROOT"), WARN};
	j = judged(full_root(), &p);
	assert_int_equal(finding_of(&j, "ASR-SPACE-ROOT")->verdict, WARN);
	assert_int_equal(finding_of(&j, "ASR-SPACE-ROOT")->judged, FAIL);
	assert_int_equal(judge_exit_status(&j, &p), 0);
	p.severities.at[0].verdict = FAIL;
	j = judged(healthy(), &p);
	assert_int_equal(finding_of(&j, "ASR-SPACE-ROOT")->verdict, PASS);
}

static void an_ignored_rule_is_not_run(void **state)
{
	struct policy p = usual;
	struct judgement j;

	(void)state;
	*list_add(&test_arena, &p.ignored) = rule_find("ASR-SPACE-ROOT");
	j = judged(full_root(), &p);
	list_each(f, &j.findings)
		assert_string_not_equal((*f)->rule->id, "ASR-SPACE-ROOT");
	assert_int_equal(judge_exit_status(&j, &p), 0);
}

static void without_a_guest_it_is_undetermined(void **state)
{
	struct world *w = healthy();
	struct judgement j;

	(void)state;
	forget_guest(w);
	j = judged(w, &usual);
	assert_int_equal(j.summary.verdict, UNDETERMINED);
	assert_int_equal(j.summary.push_install, PUSH_UNKNOWN);
	assert_int_equal(judge_exit_status(&j, &usual), 3);
	list_each(f, &j.findings)
		assert_int_equal((*f)->rule->applies, ANY_GUEST);
}

static void a_boot_that_is_elsewhere_is_undetermined(void **state)
{
	struct world *w = healthy();
	struct judgement j;

	(void)state;
	lose_boot(w, "UUID=77");
	j = judged(w, &usual);
	assert_non_null(j.summary.undetermined);
	assert_int_equal(judge_exit_status(&j, &usual), 3);
}

static void linux_rules_do_not_apply_to_windows(void **state)
{
	struct world *w = healthy();
	struct judgement j;

	(void)state;
	make_windows(w);
	j = judged(w, &usual);
	assert_int_equal(finding_of(&j, "ASR-95320")->verdict, NA);
	assert_int_equal(judge_exit_status(&j, &usual), 3);
}

static enum verdict verdict_on(const struct judgement *j, const struct guest *g, const char *id)
{
	list_each(f, &j->findings) {
		if ((*f)->guest == g && !strcmp((*f)->rule->id, id))
			return (*f)->verdict;
	}
	fail_msg("no finding of %s", id);
	return NA;
}

static void each_family_has_its_own_rules_on_a_set_with_both(void **state)
{
	struct world *w = windows_world();
	struct guest *windows = w->g, *linux_guest, *donor = healthy()->g;
	struct judgement j;

	(void)state;
	linux_guest = add_guest(w, add_partition(w, disk_at(w, 0), "ext4", ROOT_UUID));
	linux_guest->sshd = donor->sshd;
	linux_guest->accounts = donor->accounts;
	linux_guest->id = donor->id;
	j = judged(w, &usual);
	assert_int_equal(verdict_on(&j, windows, "ASR-95107"), WARN);
	assert_int_equal(verdict_on(&j, windows, "ASR-95108"), NA);
	assert_int_equal(verdict_on(&j, linux_guest, "ASR-95107"), NA);
	assert_int_equal(verdict_on(&j, linux_guest, "ASR-95108"), PASS);
}

static void a_windows_that_is_read_is_judged(void **state)
{
	struct world *w = windows_world();
	struct judgement j = judged(w, &usual);

	(void)state;
	assert_null(j.summary.undetermined);
	assert_int_equal(j.summary.replication, ANSWER_YES);
	assert_int_equal(j.summary.push_install, PUSH_BLOCKED);
	assert_int_equal(judge_exit_status(&j, &usual), 0);
	lose_windows(w);
	j = judged(w, &usual);
	assert_non_null(strstr(j.summary.undetermined, "its boot sector is damaged"));
	assert_int_equal(judge_exit_status(&j, &usual), 3);
}

static void a_manual_installation_makes_push_findings_information(void **state)
{
	struct world *w = healthy();
	struct judgement j;

	(void)state;
	w->g->sshd.binary = FILE_ABSENT;
	j = judged(w, &usual);
	assert_int_equal(finding_of(&j, "ASR-95117-LNX")->verdict, FAIL);
	assert_int_equal(j.summary.push_install, PUSH_BLOCKED);
	w->options.install = INSTALL_MANUAL;
	j = judged(w, &usual);
	assert_int_equal(finding_of(&j, "ASR-95117-LNX")->verdict, INFO);
	assert_int_equal(j.summary.push_install, PUSH_BLOCKED);
}

static void rules_are_ordered_and_found_without_regard_to_case(void **state)
{
	(void)state;
	for (size_t i = 1; rule_at(i); i++)
		assert_true(strcmp(rule_at(i - 1)->id, rule_at(i)->id) < 0);
	assert_string_equal(rule_find("asr-95320")->id, "ASR-95320");
	assert_true(rule_has_error(rule_find("ASR-95320"), 151126));
	assert_null(rule_find("95320"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_machine_is_no_finding),
		cmocka_unit_test(every_rule_has_one_finding_worst_first),
		cmocka_unit_test(a_fail_decides_the_answer_and_the_exit_status),
		cmocka_unit_test(a_warning_counts_only_when_asked),
		cmocka_unit_test(a_severity_changes_a_problem_but_makes_none),
		cmocka_unit_test(an_ignored_rule_is_not_run),
		cmocka_unit_test(without_a_guest_it_is_undetermined),
		cmocka_unit_test(a_boot_that_is_elsewhere_is_undetermined),
		cmocka_unit_test(linux_rules_do_not_apply_to_windows),
		cmocka_unit_test(each_family_has_its_own_rules_on_a_set_with_both),
		cmocka_unit_test(a_windows_that_is_read_is_judged),
		cmocka_unit_test(a_manual_installation_makes_push_findings_information),
		cmocka_unit_test(rules_are_ordered_and_found_without_regard_to_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

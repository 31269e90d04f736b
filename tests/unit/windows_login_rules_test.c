/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

#define DAY 86400LL

static struct world *with_account(const char *name)
{
	struct world *w = windows_world();

	add_account(w, "ada", 1000, true);
	add_account(w, "eve", 1001, false);
	w->options.account = name;
	return w;
}

/* ---- ASR-95107 ---- */

static void the_value_as_a_dword_of_1_passes(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_number(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY, 1);
	assert_verdict(w, "ASR-95107", "pass");
	assert_says(w, "cannot be seen on a disk");
}

static void other_types_places_and_numbers_do_not_count(void **state)
{
	struct world *w = with_account("ada");

	(void)state;
	set_text(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY, "1");
	assert_verdict(w, "ASR-95107", "fail");
	assert_says(w, "REG_SZ, not a DWORD");
	assert_remedy(w, "/v LocalAccountTokenFilterPolicy /t REG_DWORD /d 1 /f");
	set_number(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY, 0);
	assert_verdict(w, "ASR-95107", "fail");
	unset(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY);
	set_number(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY_WOW, 1);
	assert_verdict(w, "ASR-95107", "fail");
	assert_int_equal(count_evidence(w, INFO), 1);
}

/* Appendix A.5 of the rules. */
static void a_value_of_another_type_fails_for_whoever_set_it(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_text(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY, "1");
	assert_verdict(w, "ASR-95107", "fail");
	assert_says(w, "counts as not set");
	set_number(w, SET_ENABLE_LUA, 0);
	assert_verdict(w, "ASR-95107", "info");
}

static void the_stock_server_warns_by_its_administrator(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95107", "warn");
	assert_says(w, "(Administrator, RID 500)");
	set_number(w, SET_FILTER_ADMINISTRATOR_TOKEN, 1);
	assert_verdict(w, "ASR-95107", "fail");
	assert_says(w, "FilterAdministratorToken=1");
	unset(w, SET_FILTER_ADMINISTRATOR_TOKEN);
	account(w, "Administrator")->user.flags |= SAM_DISABLED;
	assert_verdict(w, "ASR-95107", "fail");
	assert_says(w, "disabled");
	set_number(w, SET_ENABLE_LUA, 0);
	assert_verdict(w, "ASR-95107", "info");
}

static void an_account_sharpens_it(void **state)
{
	(void)state;
	assert_verdict(with_account("Administrator"), "ASR-95107", "warn");
	assert_verdict(with_account("ada"), "ASR-95107", "fail");
	assert_verdict(with_account("nobody"), "ASR-95107", "fail");
	assert_verdict(with_account("CORP\\ada"), "ASR-95107", "info");
}

static void a_domain_member_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	join_domain(w, "CORP");
	assert_verdict(w, "ASR-95107", "warn");
	assert_says(w, "local accounts only");
	w->options.account = "nobody";
	assert_verdict(w, "ASR-95107", "unknown");
	w->g->windows->is_dc = true;
	assert_verdict(w, "ASR-95107", "na");
	unsee(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY);
	assert_verdict(w, "ASR-95107", "unknown");
	assert_reason(w, "unreadable");
}

static void a_dirty_hive_never_fails(void **state)
{
	struct world *w = with_account("ada");

	(void)state;
	make_dirty(w, HIVE_SOFTWARE);
	assert_verdict(w, "ASR-95107", "warn");
	assert_says(w, "being written to");
}

/* ---- ASR-95517-WIN ---- */

static void only_members_are_administrators(void **state)
{
	struct world *w;

	(void)state;
	assert_verdict(with_account("ada"), "ASR-95517-WIN", "pass");
	w = with_account("eve");
	assert_verdict(w, "ASR-95517-WIN", "fail");
	assert_remedy(w, "\tnet localgroup Administrators eve /add");
	assert_verdict(with_account("no body"), "ASR-95517-WIN", "fail");
	w = with_account(NULL);
	assert_verdict(w, "ASR-95517-WIN", "unknown");
	assert_says(w, "Administrator, ada");
	assert_reason(w, "not-on-disk");
	assert_verdict(with_account("CORP\\x"), "ASR-95517-WIN", "unknown");
	w = with_account("x");
	join_domain(w, "CORP");
	assert_verdict(w, "ASR-95517-WIN", "unknown");
	w->g->windows->accounts.state = REG_UNSEEN;
	assert_verdict(w, "ASR-95517-WIN", "unknown");
	assert_reason(w, "unreadable");
	w->g->windows->is_dc = true;
	assert_verdict(w, "ASR-95517-WIN", "na");
}

static void names_that_no_quotes_help_are_not_put_into_commands(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_account(w, "x\" & del y", 1000, false);
	w->options.account = "x\" & del y";
	assert_verdict(w, "ASR-95517-WIN", "fail");
	assert_remedy(w, "Administrators ACCOUNT /add");
}

/* ---- ASR-95519, 95520 ---- */

static void a_disabled_or_expired_account_fails(void **state)
{
	struct world *w = with_account("ada");

	(void)state;
	assert_verdict(w, "ASR-95519", "pass");
	account(w, "ada")->user.expires = WIN_NOW - DAY;
	assert_verdict(w, "ASR-95519", "fail");
	assert_remedy(w, "\tnet user ada /expires:never");
	account(w, "ada")->user.flags |= SAM_DISABLED;
	assert_verdict(w, "ASR-95519", "fail");
	assert_remedy(w, "\tnet user ada /active:yes");
	assert_verdict(with_account("CORP\\ada"), "ASR-95519", "unknown");
	assert_verdict(with_account("nobody"), "ASR-95519", "unknown");
}

static void without_a_name_one_enabled_administrator_is_enough(void **state)
{
	struct world *w = with_account(NULL);

	(void)state;
	account(w, "Administrator")->user.flags |= SAM_DISABLED;
	assert_verdict(w, "ASR-95519", "pass");
	assert_says(w, "ada");
	account(w, "ada")->user.flags |= SAM_DISABLED;
	assert_verdict(w, "ASR-95519", "warn");
	assert_says(w, "Administrator is disabled, ada is disabled");
}

static void enough_failed_logons_lock_an_account(void **state)
{
	struct world *w = with_account("ada");
	struct win_accounts *acc = &w->g->windows->accounts;

	(void)state;
	account(w, "ada")->user.failed_logons = 5;
	account(w, "ada")->user.last_bad_password = WIN_NOW - 60;
	assert_verdict(w, "ASR-95520", "pass");
	assert_says(w, "never lock");
	acc->policy.threshold = 5;
	assert_verdict(w, "ASR-95520", "warn");
	assert_says(w, "5 failed logons of 5");
	acc->policy.duration = 30;
	assert_verdict(w, "ASR-95520", "pass");
	acc->policy.duration = -1;
	assert_verdict(w, "ASR-95520", "warn");
	w->options.account = NULL;
	assert_verdict(w, "ASR-95520", "warn");
	w->options.account = "eve";
	assert_verdict(w, "ASR-95520", "pass");
	acc->policy_known = false;
	assert_verdict(w, "ASR-95520", "unknown");
	assert_verdict(with_account("CORP\\ada"), "ASR-95520", "unknown");
}

#define LOCKED(id, seconds, ...)                                                                   \
	add_event(w, EVENTS_SECURITY, WIN_NOW - (seconds), "Microsoft-Windows-Security-Auditing",  \
		id, (const char *const[]){__VA_ARGS__, NULL})

static struct world *with_lockout(int64_t duration)
{
	struct world *w = with_account(NULL);

	w->g->windows->accounts.policy.threshold = 5;
	w->g->windows->accounts.policy.duration = duration;
	return w;
}

static void the_security_log_tells_of_locks(void **state)
{
	struct world *w = with_lockout(1800);

	(void)state;
	LOCKED(4740, 1700, "TargetUserName=ADA", "TargetDomainName=WS017");
	assert_verdict(w, "ASR-95520", "warn");
	assert_says(w, "ada was locked out at");
	assert_remedy(w, "net user ada /active:yes");
	w->options.account = "eve";
	assert_verdict(w, "ASR-95520", "pass");
	/* Its time is over. */
	w = with_lockout(1800);
	LOCKED(4740, 1801, "TargetUserName=ada");
	assert_verdict(w, "ASR-95520", "pass");
	w = with_lockout(-1);
	LOCKED(4740, 100 * DAY, "TargetUserName=ada");
	assert_verdict(w, "ASR-95520", "warn");
	/* It was unlocked: the newer event comes first. */
	w = with_lockout(-1);
	LOCKED(4767, 50 * DAY, "TargetUserName=ada");
	LOCKED(4740, 100 * DAY, "TargetUserName=ada");
	assert_verdict(w, "ASR-95520", "pass");
}

static void a_lock_of_a_domains_account_is_another_matter(void **state)
{
	struct world *w = with_lockout(1800);

	(void)state;
	LOCKED(4625, 60, "TargetUserName=ada", "TargetDomainName=CORP");
	assert_verdict(w, "ASR-95520", "pass");
	LOCKED(4625, 70, "TargetUserName=ada", "TargetDomainName=-");
	assert_verdict(w, "ASR-95520", "warn");
	w = with_lockout(1800);
	LOCKED(4625, 70, "TargetUserName=ada", "TargetDomainName=.");
	assert_verdict(w, "ASR-95520", "warn");
}

static void an_unread_security_log_is_no_pass(void **state)
{
	struct world *w = with_lockout(1800);

	(void)state;
	lose_events(w, EVENTS_SECURITY);
	assert_verdict(w, "ASR-95520", "unknown");
	assert_says(w, "Security.evtx cannot be read");
	assert_reason(w, "unreadable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_value_as_a_dword_of_1_passes),
		cmocka_unit_test(other_types_places_and_numbers_do_not_count),
		cmocka_unit_test(a_value_of_another_type_fails_for_whoever_set_it),
		cmocka_unit_test(the_stock_server_warns_by_its_administrator),
		cmocka_unit_test(an_account_sharpens_it),
		cmocka_unit_test(a_domain_member_warns),
		cmocka_unit_test(a_dirty_hive_never_fails),
		cmocka_unit_test(only_members_are_administrators),
		cmocka_unit_test(names_that_no_quotes_help_are_not_put_into_commands),
		cmocka_unit_test(a_disabled_or_expired_account_fails),
		cmocka_unit_test(without_a_name_one_enabled_administrator_is_enough),
		cmocka_unit_test(enough_failed_logons_lock_an_account),
		cmocka_unit_test(the_security_log_tells_of_locks),
		cmocka_unit_test(a_lock_of_a_domains_account_is_another_matter),
		cmocka_unit_test(an_unread_security_log_is_no_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

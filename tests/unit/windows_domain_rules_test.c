/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "tests/lib/winfactory.h"

#define DAY 86400LL
#define EVENT(seconds, provider, id, ...)                                                          \
	add_event(w, EVENTS_SYSTEM, WIN_NOW - (seconds), provider, id,                             \
		(const char *const[]){__VA_ARGS__, NULL})
#define SERVICES "Service Control Manager"

/* ---- ASR-95518, 95521, 95522 ---- */

static void set_secret_time(struct world *w, int64_t seconds)
{
	uint64_t t = ((uint64_t)seconds + 11644473600ULL) * 10000000ULL;
	uint8_t bytes[8];

	for (size_t i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(t >> (8 * i));
	set_bytes(w, SET_MACHINE_ACC_CUPD_TIME, bytes, 8);
}

static void an_old_machine_password_warns(void **state)
{
	struct world *w = windows_world();

	(void)state;
	set_secret_time(w, WIN_NOW - 100 * DAY);
	assert_verdict(w, "ASR-95518", "na");
	join_domain(w, "CORP");
	assert_verdict(w, "ASR-95518", "warn");
	assert_says(w, "100 days old");
	set_number(w, SET_NETLOGON_DISABLE_PASSWORD_CHANGE, 1);
	assert_verdict(w, "ASR-95518", "unknown");
	unset(w, SET_NETLOGON_DISABLE_PASSWORD_CHANGE);
	set_number(w, SET_NETLOGON_MAXIMUM_PASSWORD_AGE, 200);
	assert_verdict(w, "ASR-95518", "unknown");
	unset(w, SET_NETLOGON_MAXIMUM_PASSWORD_AGE);
	set_secret_time(w, WIN_NOW - 10 * DAY);
	assert_verdict(w, "ASR-95518", "unknown");
	w->g->windows->joined = JOIN_UNKNOWN;
	assert_verdict(w, "ASR-95518", "unknown");
	assert_reason(w, "unreadable");
}

static void public_name_servers_alone_warn_a_member(void **state)
{
	struct world *w = windows_world();
	struct win_interface *nic = &w->g->windows->interfaces.at[0];

	(void)state;
	assert_verdict(w, "ASR-95521", "na");
	join_domain(w, "CORP");
	assert_verdict(w, "ASR-95521", "unknown");
	*list_add(&test_arena, &nic->name_servers) = "8.8.8.8";
	assert_verdict(w, "ASR-95521", "warn");
	*list_add(&test_arena, &nic->name_servers) = "172.16.0.10";
	assert_verdict(w, "ASR-95521", "unknown");
	set_text(w, SET_GP_HISTORY_DC_NAME, "\\\\dc1.corp");
	assert_verdict(w, "ASR-95521", "unknown");
	assert_says(w, "dc1.corp");
}

static void netlogon_starts_by_hand_outside_a_domain_only(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95522", "pass");
	w->g->windows->joined = JOIN_UNKNOWN;
	assert_verdict(w, "ASR-95522", "unknown");
	w->g->windows->joined = JOIN_DOMAIN;
	assert_verdict(w, "ASR-95522", "warn");
	service(w, "Netlogon")->start = START_AUTO;
	assert_verdict(w, "ASR-95522", "pass");
	service(w, "LanmanWorkstation")->start = START_DISABLED;
	assert_verdict(w, "ASR-95522", "fail");
	assert_says(w, "LanmanWorkstation");
	service(w, "Netlogon")->start = START_DISABLED;
	assert_verdict(w, "ASR-95522", "fail");
	drop_service(set_at(w, 0), "Netlogon");
	assert_verdict(w, "ASR-95522", "fail");
	assert_says(w, "not installed");
}

/* ---- what Netlogon wrote ---- */

static struct world *member(void)
{
	struct world *w = windows_world();

	join_domain(w, "CORP");
	return w;
}

static void netlogons_errors_warn(void **state)
{
	static const uint32_t ids[] = {3210, 5719, 5721, 5722, 5805};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct world *w = member();

		EVENT(100, "NETLOGON", ids[i], "=CORP");
		assert_verdict(w, "ASR-95518", "warn");
		assert_string_equal(
			w->worst->from.path, "/Windows/System32/winevt/Logs/System.evtx");
		assert_verdict(w, "ASR-95521", "unknown");
		assert_int_equal(!w->worst->from.text || !strstr(w->worst->from.text, "NETLOGON"),
			ids[i] != 5719);
	}
}

static void what_the_domain_took_later_ends_them(void **state)
{
	struct world *w = member();

	(void)state;
	EVENT(50, "Microsoft-Windows-GroupPolicy", 1502, "=");
	EVENT(100, "NETLOGON", 3210, "=CORP");
	EVENT(100, "NETLOGON", 5719, "=CORP");
	assert_verdict(w, "ASR-95518", "unknown");
	assert_verdict(w, "ASR-95521", "unknown");
	assert_true(!w->worst->from.text || !strstr(w->worst->from.text, "NETLOGON"));
	w = member();
	EVENT(50, "NETLOGON", 5823, "=CORP");
	EVENT(100, "NETLOGON", 3210, "=CORP");
	assert_verdict(w, "ASR-95518", "unknown");
	w = member();
	EVENT(50, "NETLOGON", 3210, "=CORP");
	EVENT(100, "Microsoft-Windows-GroupPolicy", 1500, "=");
	assert_verdict(w, "ASR-95518", "warn");
	/* The password was changed since. */
	set_secret_time(w, WIN_NOW - 10);
	assert_verdict(w, "ASR-95518", "unknown");
	/* Of another program's the number says nothing. */
	w = member();
	EVENT(50, "Something", 3210, "=CORP");
	assert_verdict(w, "ASR-95518", "unknown");
}

static void on_a_controller_they_may_be_of_other_machines(void **state)
{
	struct world *w = member();

	(void)state;
	w->g->windows->is_dc = true;
	w->g->hostname.value = "DC1";
	EVENT(50, "NETLOGON", 5722, "=WS017", "=WS017$");
	EVENT(60, "NETLOGON", 5805, "=WS018");
	assert_verdict(w, "ASR-95518", "unknown");
	EVENT(70, "NETLOGON", 5722, "=dc1", "=DC1$");
	assert_verdict(w, "ASR-95518", "warn");
}

static void an_unread_log_is_said(void **state)
{
	struct world *w = member();

	(void)state;
	lose_events(w, EVENTS_SYSTEM);
	assert_verdict(w, "ASR-95522", "unknown");
	assert_says(w, "System.evtx cannot be read");
	assert_verdict(w, "ASR-95518", "unknown");
	assert_verdict(w, "ASR-95521", "unknown");
	w = member();
	EVENT(50, "X", 1, "=");
	w->g->windows->events[EVENTS_SYSTEM].damaged = 2;
	assert_verdict(w, "ASR-95518", "unknown");
	assert_says(w, "2 damaged pieces of System.evtx were left out");
}

/* ---- whether Netlogon ran ---- */

#define HEX_NETLOGON "4E00650074006C006F0067006F006E00"

static void a_netlogon_that_did_not_start_warns(void **state)
{
	static const uint32_t ids[] = {7000, 7001, 7023};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct world *w = member();

		EVENT(100, SERVICES, ids[i], "param1=netlogon", "param2=%%1787");
		assert_verdict(w, "ASR-95522", "warn");
		/* Outside a domain it ends by itself. */
		w->g->windows->joined = JOIN_WORKGROUP;
		assert_verdict(w, "ASR-95522", "pass");
		/* Of another service. */
		w = member();
		EVENT(100, SERVICES, ids[i], "param1=NetlogonX", "param2=%%1787");
		assert_verdict(w, "ASR-95522", "pass");
		assert_says(w, "whether it ran is not on the disk");
	}
}

static void binary_names_it_in_every_language(void **state)
{
	struct world *w = member();
	struct win_event *ev;

	(void)state;
	ev = EVENT(100, SERVICES, 7023, "param1=Anmeldedienst", "param2=%%1787");
	assert_verdict(w, "ASR-95522", "pass");
	ev->e.binary = HEX_NETLOGON;
	assert_verdict(w, "ASR-95522", "warn");
	ev->e.binary = HEX_NETLOGON "0000";
	assert_verdict(w, "ASR-95522", "warn");
	ev->e.binary = HEX_NETLOGON "58000000";
	assert_verdict(w, "ASR-95522", "pass");
	ev->e.binary = "4E";
	assert_verdict(w, "ASR-95522", "pass");
	ev->e.binary = "";
	assert_verdict(w, "ASR-95522", "pass");
	ev->e.binary = NULL;
	service(w, "Netlogon")->display_name = "Anmeldedienst";
	assert_verdict(w, "ASR-95522", "warn");
}

static void one_that_ran_later_passes(void **state)
{
	struct world *w = member();
	struct win_event *ev =
		EVENT(50, SERVICES, 7036, "param1=Anmeldedienst", "param2=wird ausgeführt");

	(void)state;
	ev->e.binary = HEX_NETLOGON "2F0034000000";
	EVENT(100, SERVICES, 7000, "param1=Netlogon", "param2=%%1787");
	assert_verdict(w, "ASR-95522", "pass");
	assert_says(w, "ran after the last boot");
	w = member();
	ev = EVENT(50, SERVICES, 7036, "param1=Netlogon", "param2=stopped");
	ev->e.binary = HEX_NETLOGON "2F0031000000";
	EVENT(100, SERVICES, 7000, "param1=Netlogon", "param2=%%1787");
	assert_verdict(w, "ASR-95522", "warn");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_machine_password_warns),
		cmocka_unit_test(public_name_servers_alone_warn_a_member),
		cmocka_unit_test(netlogon_starts_by_hand_outside_a_domain_only),
		cmocka_unit_test(netlogons_errors_warn),
		cmocka_unit_test(what_the_domain_took_later_ends_them),
		cmocka_unit_test(on_a_controller_they_may_be_of_other_machines),
		cmocka_unit_test(an_unread_log_is_said),
		cmocka_unit_test(a_netlogon_that_did_not_start_warns),
		cmocka_unit_test(binary_names_it_in_every_language),
		cmocka_unit_test(one_that_ran_later_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

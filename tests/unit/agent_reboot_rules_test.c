/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

#define LOG "ASRUnifiedAgentInstaller.log"
#define DAY 86400LL
#define RULE "ASR-95265-95266"

/* ---- Windows ---- */

static void set_shutdown(struct world *w, int64_t seconds)
{
	uint64_t t = ((uint64_t)seconds + 11644473600ULL) * 10000000ULL;
	uint8_t bytes[8];

	for (size_t i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(t >> (8 * i));
	set_bytes(w, SET_LAST_SHUTDOWN, bytes, 8);
}

static void a_log_may_ask_for_a_reboot(void **state)
{
	struct world *w = windows_world();

	(void)state;
	assert_verdict(w, "ASR-95265-95266", "na");
	w->g->windows->agent_seen = true;
	assert_verdict(w, "ASR-95265-95266", "unknown");
	add_log(w, LOG, "Installation succeeded. A reboot is required.\n");
	assert_verdict(w, "ASR-95265-95266", "warn");
	assert_int_equal(w->worst->from.line, 1);
	set_shutdown(w, WIN_NOW);
	assert_verdict(w, "ASR-95265-95266", "pass");
	set_shutdown(w, WIN_NOW - 2 * 86400);
	assert_verdict(w, "ASR-95265-95266", "warn");
	w = windows_world();
	add_log(w, LOG, "nothing\n");
	assert_verdict(w, "ASR-95265-95266", "pass");
	w->g->windows->logs.at[0].status = FILE_UNREADABLE;
	assert_verdict(w, "ASR-95265-95266", "unknown");
	assert_reason(w, "unreadable");
}

static void boots(struct world *w, int64_t at)
{
	add_event(w, EVENTS_SYSTEM, at, "Microsoft-Windows-Kernel-General", 12, NULL);
}

static void installs(struct world *w, int64_t at, const char *version, const char *status)
{
	w->g->windows->agent_seen = true;
	add_event(w, EVENTS_APPLICATION, at, "MsiInstaller", 1033,
		(const char *const[]){"=Microsoft Azure Site Recovery Mobility Service",
			arena_printf(&test_arena, "=%s", version), "=1033",
			arena_printf(&test_arena, "=%s", status), NULL});
}

static void an_update_after_the_last_boot_is_due(void **state)
{
	struct world *w = windows_world();

	(void)state;
	boots(w, WIN_NOW - 5 * DAY);
	installs(w, WIN_NOW - DAY, "9.67.0.0", "0");
	installs(w, WIN_NOW - 90 * DAY, "9.63.0.0", "0");
	assert_verdict(w, RULE, "warn");
	assert_says(w, "agent 9.63.0.0 was updated to 9.67.0.0");
	assert_remedy(w, "shutdown /r");
	w->g->windows->events[EVENTS_APPLICATION].events.at[1].e.data.at[1].text = "9.62.0.0";
	assert_verdict(w, RULE, "fail");
	assert_says(w, "5 releases newer");
	/* The driver on the disk is of an older release than what was installed. */
	w->g->windows->agent_driver.value = "9.66.7689.1";
	assert_verdict(w, RULE, "warn");
	/* The same version again asks for nothing. */
	w->g->windows->agent_driver.value = "9.62.7000.1";
	assert_verdict(w, RULE, "unknown");
	assert_reason(w, "not-on-disk");
}

static void a_boot_after_it_passes(void **state)
{
	struct world *w = windows_world();

	(void)state;
	boots(w, WIN_NOW - DAY / 2);
	installs(w, WIN_NOW - DAY, "9.67.0.0", "0");
	installs(w, WIN_NOW - 90 * DAY, "9.50.0.0", "0");
	assert_verdict(w, RULE, "pass");
	assert_says(w, "there was a boot since");
	assert_string_equal(w->worst->from.path, "/Windows/System32/winevt/Logs/System.evtx");
}

static void what_failed_to_install_does_not_count(void **state)
{
	struct world *w = windows_world();

	(void)state;
	boots(w, WIN_NOW - 5 * DAY);
	installs(w, WIN_NOW - DAY, "9.67.0.0", "1603");
	installs(w, WIN_NOW - 90 * DAY, "9.50.0.0", "0");
	assert_verdict(w, RULE, "pass");
}

/* Logs from before the last boot name the version of then. */
static void older_logs_name_the_version_before(void **state)
{
	struct world *w = windows_world();
	struct guest_file *old;

	(void)state;
	boots(w, WIN_NOW - 3 * DAY);
	set_text(w, SET_AGENT_VERSION, "9.67.0.0");
	add_log(w, LOG, "Installation succeeded. A reboot is required.\n");
	assert_verdict(w, RULE, "warn");
	assert_says(w, "the last boot was before");
	add_log(w, "1UA_InstallLogFile.log", "Product version: 9.60.5000.1\n");
	old = (struct guest_file *)(uintptr_t)w->g->windows->logs.at[1].file;
	old->st.mtime = WIN_NOW - 30 * DAY;
	assert_verdict(w, RULE, "fail");
	assert_says(w, "agent 9.60 was updated to 9.67.0.0, 7 releases newer");
	make_dirty(w, HIVE_SOFTWARE);
	assert_verdict(w, RULE, "warn");
}

static void an_unread_system_log_is_said(void **state)
{
	struct world *w = windows_world();

	(void)state;
	add_log(w, LOG, "nothing\n");
	lose_events(w, EVENTS_SYSTEM);
	assert_verdict(w, RULE, "unknown");
	assert_says(w, "System.evtx cannot be read");
}

/* ---- Linux ---- */

static struct world *linux_agent(int64_t installed, int64_t booted)
{
	struct world *w = world_new();
	struct guest_file *f = (struct guest_file *)(uintptr_t)make_file(
		"/usr/local/.vx_version", "VERSION=9.67.0.0\n");

	f->st.mtime = installed;
	w->g->agent.version_file = f;
	w->g->traces.version.value = "9.67.0.0";
	w->g->agent.last_boot = booted;
	w->g->agent.boot_from.path = "/var/log/wtmp";
	w->g->agent.boot_why = "it is not there";
	w->g->agent.boot_reason = REASON_NOT_ON_DISK;
	return w;
}

static void linux_compares_its_files_with_wtmp(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_verdict(w, RULE, "na");
	forget_guest(w);
	assert_verdict(w, RULE, "unknown");
	w = linux_agent(WIN_NOW, WIN_NOW + 10);
	assert_verdict(w, RULE, "pass");
	w = linux_agent(WIN_NOW, WIN_NOW - 10);
	assert_verdict(w, RULE, "warn");
	assert_remedy(w, "shutdown -r now");
	w->g->agent.before.value = "9.64.0.0";
	assert_verdict(w, RULE, "warn");
	w->g->agent.before.value = "9.62.0.0";
	assert_verdict(w, RULE, "fail");
	/* The driver is newer than the version file. */
	w = linux_agent(WIN_NOW - 20, WIN_NOW - 10);
	assert_verdict(w, RULE, "pass");
	w->g->agent.driver_time = WIN_NOW;
	w->g->agent.driver_from.path = "/lib/modules/x/kernel/drivers/char/involflt.ko";
	assert_verdict(w, RULE, "warn");
	assert_string_equal(w->worst->from.path, w->g->agent.driver_from.path);
}

static void without_wtmp_only_the_installers_word_counts(void **state)
{
	struct world *w = linux_agent(WIN_NOW, 0);

	(void)state;
	assert_verdict(w, RULE, "unknown");
	assert_says(w, "it is not there");
	assert_reason(w, "not-on-disk");
	w->g->agent.advised.path = "/var/log/InstallerErrors.json";
	assert_verdict(w, RULE, "warn");
	w->g->agent.before.value = "9.62.0.0";
	assert_verdict(w, RULE, "fail");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_may_ask_for_a_reboot),
		cmocka_unit_test(an_update_after_the_last_boot_is_due),
		cmocka_unit_test(a_boot_after_it_passes),
		cmocka_unit_test(what_failed_to_install_does_not_count),
		cmocka_unit_test(older_logs_name_the_version_before),
		cmocka_unit_test(an_unread_system_log_is_said),
		cmocka_unit_test(linux_compares_its_files_with_wtmp),
		cmocka_unit_test(without_wtmp_only_the_installers_word_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

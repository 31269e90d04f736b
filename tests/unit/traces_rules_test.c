/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Rules on traces of ASR in Linux, where a guest of fixtures/guests would cost too much.
 */
#include "tests/lib/factory.h"

static void set_fact(struct fact *f, const char *value)
{
	*f = (struct fact){value, {.device = "disk0p1", .path = "/x", .line = 3, .text = value}};
}

static const char *const of_agents[] = {"ASR-AGENT-VERSION", "ASR-AGENT-STALE"};

static void what_cannot_be_read_may_be_an_agent(void **state)
{
	struct world *w = world_new();

	(void)state;
	*list_add(&test_arena, &w->g->traces.unreadable) =
		make_unreadable("/usr/local/.vx_version");
	for (size_t i = 0; i < 2; i++) {
		w->options.scenario = i ? A2A : V2A;
		assert_verdict(w, of_agents[i], "unknown");
		assert_says(w, "/usr/local/.vx_version cannot be read");
	}
	set_fact(&w->g->traces.version, "9.67.0.0");
	w->g->traces.seen = true;
	w->options.scenario = V2A;
	assert_verdict(w, "ASR-AGENT-VERSION", "pass");
	w->options.scenario = A2A;
	assert_verdict(w, "ASR-AGENT-STALE", "unknown");
}

static void what_the_agent_was_installed_for(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->g->traces.seen = true;
	set_fact(&w->g->traces.version, "9.67.0.0");
	set_fact(&w->g->traces.cs_type, "cslegacy");
	assert_verdict(w, "ASR-AGENT-VERSION", "info");
	assert_says(w, "the classic experience");
	w->options.experience = CLASSIC;
	assert_verdict(w, "ASR-AGENT-VERSION", "pass");
	set_fact(&w->g->traces.cs_type, "CSPrime");
	assert_verdict(w, "ASR-AGENT-VERSION", "info");
	set_fact(&w->g->traces.platform, "azure");
	assert_verdict(w, "ASR-AGENT-VERSION", "warn");
	w->options.scenario = A2A;
	assert_verdict(w, "ASR-AGENT-VERSION", "pass");
}

static void a_default_entry_that_is_not_known_may_have_fips(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->g->boot_config.default_entry = NULL;
	w->g->boot_config.why_no_default = "no menu was found";
	assert_verdict(w, "ASR-FIPS", "unknown");
	assert_says(w, "no menu was found");
	w->g->traces.system_fips = make_file("/etc/system-fips", "");
	assert_verdict(w, "ASR-FIPS", "warn");
}

static void one_root_that_openssl_finds_is_enough(void **state)
{
	struct world *w = world_new();
	struct trusted_root *r;

	(void)state;
	assert_verdict(w, "ASR-CERTS", "warn");
	assert_remedy(w, "apt-get install --reinstall ca-certificates");
	w->g->traces.certificates = make_unreadable("/etc/ssl/certs/ca-certificates.crt");
	assert_verdict(w, "ASR-CERTS", "unknown");
	r = list_add(&test_arena, &w->g->traces.roots);
	*r = (struct trusted_root){.name = "DigiCert Global Root CA",
		.no_link = true,
		.link = "/etc/ssl/certs/3513523f.0"};
	assert_verdict(w, "ASR-CERTS", "warn");
	assert_says(w, "3513523f.0");
	r = list_add(&test_arena, &w->g->traces.roots);
	*r = (struct trusted_root){.name = "DigiCert Global Root G2"};
	assert_verdict(w, "ASR-CERTS", "pass");
}

static void passwords_of_proxies_are_not_shown(void **state)
{
	static const char *const none[] = {"#http_proxy=http://u:p@x", "MAIL=http://u:p@x", ""};
	struct world *w = world_new();
	const struct guest_file **f = list_add(&test_arena, &w->g->traces.proxy_files);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		*f = make_file("/etc/environment", none[i]);
		assert_verdict(w, "ASR-PROXY", "info");
		assert_says(w, "no proxy");
	}
	*f = make_file("/etc/environment", "A=b\nHTTPS_PROXY=\"http://u:secret@x:80\"\n");
	assert_verdict(w, "ASR-PROXY", "fail");
	assert_int_equal(w->worst->from.line, 2);
	assert_null(w->worst->from.text);
	assert_null(strstr(w->worst->message, "secret"));
	*f = make_unreadable("/etc/environment");
	assert_verdict(w, "ASR-PROXY", "unknown");
}

static void without_a_guest_nothing_is_said(void **state)
{
	static const char *const ids[] = {
		"ASR-AGENT-VERSION", "ASR-CERTS", "ASR-FIPS", "ASR-HYDRATED", "ASR-PROXY"};
	struct world *w = world_new();

	(void)state;
	forget_guest(w);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_verdict(w, ids[i], "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_read_may_be_an_agent),
		cmocka_unit_test(what_the_agent_was_installed_for),
		cmocka_unit_test(a_default_entry_that_is_not_known_may_have_fips),
		cmocka_unit_test(one_root_that_openssl_finds_is_enough),
		cmocka_unit_test(passwords_of_proxies_are_not_shown),
		cmocka_unit_test(without_a_guest_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

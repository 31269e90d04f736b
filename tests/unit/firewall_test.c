/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/firewall.h"
#include "tests/lib/testing.h"

static const char *name(enum ssh_answer a)
{
	static const char *const names[] = {
		[SSH_ALLOWED] = "allowed", [SSH_NOT_ALLOWED] = "not", [SSH_DEPENDS] = "depends"};

	return names[a];
}

#define assert_answer(v, want, at)                                                                 \
	do {                                                                                       \
		struct ssh_verdict v_ = (v);                                                       \
		assert_string_equal(name(v_.answer), want);                                        \
		assert_int_equal(v_.line, at);                                                     \
		assert_int_equal(!v_.line, !v_.text);                                              \
	} while (0)

static void ports_are_numbers_names_and_ranges(void **state)
{
	static const char *const yes[] = {"22", "ssh", "80,22", "20:25", "20-25", "http,ssh"};
	static const char *const no[] = {"", "2222", "23:25", "80", "25:20", "x", "22222", "-22"};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		assert_true(ports_have_ssh(span_of(yes[i])));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(ports_have_ssh(span_of(no[i])));
}

/* ---- iptables ---- */

static struct ssh_verdict iptables(const char *rules)
{
	const char *text = arena_printf(&test_arena,
		"*nat\n:INPUT DROP [0:0]\nCOMMIT\n*filter\n"
		"%s\nCOMMIT\n",
		rules);

	return iptables_ssh(&test_arena, span_of(text));
}

/* As RHEL 6 and 7 install it. */
static void stock_rules_of_red_hat_allow(void **state)
{
	(void)state;
	assert_answer(iptables(":INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
			       "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n"
			       "-A INPUT -p icmp -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n"
			       "-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT\n"
			       "-A INPUT -j REJECT --reject-with icmp-host-prohibited"),
		"allowed", 11);
}

static void chains_are_followed(void **state)
{
	(void)state;
	assert_answer(
		iptables(":INPUT ACCEPT [0:0]\n:RH-Firewall-1-INPUT - [0:0]\n"
			 "-A INPUT -j RH-Firewall-1-INPUT\n"
			 "-A RH-Firewall-1-INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT\n"
			 "-A RH-Firewall-1-INPUT -j REJECT"),
		"not", 9);
	assert_answer(iptables(":INPUT DROP [0:0]\n:A - [0:0]\n-A INPUT -j A\n-A A -j RETURN\n"
			       "-A A -j ACCEPT"),
		"not", 5);
	/* A chain that jumps to itself. */
	assert_answer(
		iptables(":INPUT DROP [0:0]\n-A INPUT -j INPUT\n-A INPUT -j INPUT"), "depends", 0);
}

static void conditions_make_it_depend(void **state)
{
	(void)state;
	assert_answer(iptables(":INPUT DROP [0:0]\n-A INPUT -s 10.0.0.0/8 -p tcp --dport 22 -j "
			       "ACCEPT"),
		"depends", 6);
	assert_answer(iptables(":INPUT DROP [0:0]\n-A INPUT -i eth1 -j ACCEPT"), "depends", 6);
	assert_answer(
		iptables(":INPUT DROP [0:0]\n-A INPUT ! -s 10.0.0.0/8 -j ACCEPT"), "depends", 6);
	/* What an unknown match consumes must not hide the target. */
	assert_answer(iptables(":INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --tcp-flags SYN,RST SYN "
			       "-m recent --rcheck --name x --dport 22 -j ACCEPT"),
		"depends", 6);
	/* Rate limits come before the rule that lets in. */
	assert_answer(iptables(":INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -m recent --update "
			       "--hitcount 4 -j DROP\n-A INPUT -p tcp --dport ssh -m comment "
			       "--comment \"let -j DROP in\" -j ACCEPT"),
		"allowed", 7);
}

static void policy_decides_last(void **state)
{
	(void)state;
	assert_answer(iptables(":INPUT DROP [0:0]"), "not", 5);
	assert_answer(
		iptables(":INPUT ACCEPT [0:0]\n-A INPUT -p udp --dport 22 -j DROP"), "allowed", 5);
	assert_answer(iptables(""), "allowed", 0);
}

/* ---- nft ---- */

static struct ssh_verdict nft(const char *text)
{
	return nft_ssh(&test_arena, span_of(text));
}

/* As Debian installs it. */
static void stock_nftables_of_debian_allow(void **state)
{
	(void)state;
	assert_answer(nft("#!/usr/sbin/nft -f\n\nflush ruleset\n\ntable inet filter {\n"
			  "\tchain input {\n\t\ttype filter hook input priority filter;\n\t}\n"
			  "\tchain forward {\n\t\ttype filter hook forward priority filter; policy "
			  "drop;\n\t}\n}\n"),
		"allowed", 0);
}

#define CHAIN "table inet f {\n chain i {\n  type filter hook input priority 0; policy drop;\n"

static void nft_rules_are_followed_in_order(void **state)
{
	(void)state;
	assert_answer(nft(CHAIN "ct state established,related accept\niif lo accept\n"
				"tcp dport { 80, 443 } accept\n}\n}\n"),
		"not", 3);
	assert_answer(
		nft(CHAIN "ct state vmap { established : accept, invalid : drop }\n"
			  "iifname \"lo\" accept # lo\nmeta l4proto { icmp, ipv6-icmp } accept\n"
			  "tcp dport { 22, \\\n 80 } ct state new counter packets 0 bytes 0 "
			  "accept comment \"x ; drop\"\n}\n}\n"),
		"allowed", 7);
	assert_answer(
		nft(CHAIN "tcp dport ssh accept\n}\n}\ntable ip g {\nchain i {\ntype filter "
			  "hook input priority 5\ntcp dport 20-25 reject with tcp reset\n}\n}"),
		"not", 10);
	assert_answer(nft("table ip6 f { chain i { type filter hook input priority 0; policy drop; "
			  "} }"),
		"allowed", 0);
	assert_answer(nft("table f { chain i { type filter hook input priority 0; policy accept; "
			  "tcp dport != 22 drop; tcp dport 22 drop; } }"),
		"not", 1);
}

static void nft_that_is_not_followed_depends(void **state)
{
	(void)state;
	assert_answer(nft(CHAIN "ip saddr 10.0.0.0/8 tcp dport 22 accept\n}\n}\n"), "depends", 4);
	assert_answer(nft(CHAIN "tcp dport @open accept\n}\n}\n"), "depends", 4);
	assert_answer(
		nft(CHAIN "tcp dport vmap { 22 : accept, 80 : accept }\n}\n}\n"), "depends", 4);
	assert_answer(nft(CHAIN "jump services\n}\n}\n"), "depends", 4);
	assert_answer(nft("include \"/etc/nftables/*.nft\"\n"), "depends", 1);
	assert_answer(nft("# include \"/etc/nftables/*.nft\"\n"), "allowed", 0);
}

/* ---- ufw, firewalld, tcp_wrappers ---- */

#define TUPLE "*filter\n### tuple ### "

static struct ssh_verdict ufw(const char *text)
{
	return ufw_ssh(&test_arena, span_of(text), false);
}

static void ufw_tuples_decide_in_order(void **state)
{
	(void)state;
	assert_answer(
		ufw(TUPLE "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in\n"), "allowed", 2);
	assert_answer(
		ufw(TUPLE "limit any 22 0.0.0.0/0 any 0.0.0.0/0 in comment=aa\n"), "allowed", 2);
	assert_answer(ufw(TUPLE "allow_log tcp 20:80 0.0.0.0/0 any 0.0.0.0/0 in\n"), "allowed", 2);
	assert_answer(ufw(TUPLE "allow tcp 22 0.0.0.0/0 any 10.0.0.0/8 in\n"), "depends", 2);
	assert_answer(ufw(TUPLE "allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth0\n"), "depends", 2);
	assert_answer(ufw(TUPLE "deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n### tuple ### allow any "
				"any 0.0.0.0/0 any 0.0.0.0/0 in\n"),
		"not", 2);
	assert_answer(ufw(TUPLE "allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in\n"), "not", 0);
	assert_answer(ufw(TUPLE "route:allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n"), "not", 0);
	assert_answer(ufw_ssh(&test_arena, span_of(""), true), "allowed", 0);
}

static struct ssh_verdict zone(const char *text)
{
	return firewalld_zone_ssh(&test_arena, span_of(text));
}

/* The first is as firewalld ships it. */
static void zones_are_read(void **state)
{
	(void)state;
	assert_answer(zone("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<zone>\n  <short>Public"
			   "</short>\n  <service name=\"ssh\"/>\n  <service name=\"cockpit\"/>\n"
			   "</zone>\n"),
		"allowed", 4);
	assert_answer(zone("<zone>\n<!-- <service name=\"ssh\"/> -->\n<service name='sshx'/>\n"
			   "</zone>"),
		"not", 0);
	assert_answer(zone("<zone>\n<port protocol=\"tcp\" port=\"20-30\"/></zone>"), "allowed", 2);
	assert_answer(zone("<zone><port protocol=\"udp\" port=\"22\"/></zone>"), "not", 0);
	assert_answer(zone("<zone target=\"ACCEPT\"></zone>"), "allowed", 1);
	assert_answer(zone("<zone>\n<rule family=\"ipv4\">\n<source address=\"10.0.0.0/8\"/>\n"
			   "<service name=\"ssh\"/>\n<accept/></rule></zone>"),
		"depends", 4);
	assert_answer(zone("<zone><service name=\"ssh\""), "not", 0);
}

static struct ssh_verdict hosts(const char *deny, const char *allow)
{
	return hosts_ssh(&test_arena, span_of(deny), span_of(allow));
}

static void hosts_allow_goes_before_hosts_deny(void **state)
{
	(void)state;
	assert_answer(hosts("# ALL: PARANOID\n", ""), "allowed", 0);
	assert_answer(hosts("\nsshd : ALL : spawn x\n", ""), "not", 2);
	assert_answer(hosts("ALL: ALL\n", "sshd: ALL\n"), "allowed", 0);
	assert_answer(hosts("ALL: ALL\n", "vsftpd: ALL\nsshd, x: 10.\n"), "depends", 1);
	assert_answer(hosts("sshd: 192.168.\n", ""), "allowed", 0);
	assert_answer(hosts("ALL EXCEPT sshd: ALL\n", ""), "allowed", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_are_numbers_names_and_ranges),
		cmocka_unit_test(stock_rules_of_red_hat_allow),
		cmocka_unit_test(chains_are_followed),
		cmocka_unit_test(conditions_make_it_depend),
		cmocka_unit_test(policy_decides_last),
		cmocka_unit_test(stock_nftables_of_debian_allow),
		cmocka_unit_test(nft_rules_are_followed_in_order),
		cmocka_unit_test(nft_that_is_not_followed_depends),
		cmocka_unit_test(ufw_tuples_decide_in_order),
		cmocka_unit_test(zones_are_read),
		cmocka_unit_test(hosts_allow_goes_before_hosts_deny),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

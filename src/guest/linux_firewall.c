/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Host firewalls that start at boot, and what their files say of SSH.  Zones that single interfaces
 * or connections are put into are not looked at: firewalld's default zone stands for all.
 */
#include "guest/linux_login.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

static struct span text_of(const struct guest_file *f)
{
	return f->status == FILE_READ ? (struct span){f->text, f->len} : (struct span){"", 0};
}

static void add(struct guest *g, const char *name, const struct guest_file *f, struct ssh_verdict v)
{
	struct firewall *w = list_add(g->vm->arena, &g->firewalls);

	*w = (struct firewall){name, origin_line(f, v.line, v.text), v.answer};
	/* What it lets in cannot be said without its file. */
	if (f->status != FILE_READ)
		w->ssh = SSH_DEPENDS;
}

static const struct shellvar *variable(
	struct guest *g, const struct guest_file *f, struct shellvars *vars, const char *name)
{
	struct span text = text_of(f);

	*vars = (struct shellvars){0};
	shellvars_parse(vars, g->vm->arena, text.p, text.n, 0);
	return shellvars_get(vars, name);
}

static bool is_yes(const struct shellvar *v)
{
	return v && !strcasecmp(v->value, "yes");
}

static bool starts(const struct services *s, const char *unit, const char *script)
{
	return services_unit(s, unit) || services_script(s, script);
}

static void collect_ufw(struct guest *g, const struct services *s)
{
	const struct guest_file *conf, *rules;
	struct shellvars vars;
	const struct shellvar *policy;

	if (s->units.n && !services_unit(s, "ufw.service"))
		return;
	conf = guest_read(g, "/etc/ufw/ufw.conf");
	if (!is_yes(variable(g, conf, &vars, "ENABLED")))
		return;
	rules = guest_read(g, "/etc/ufw/user.rules");
	if (rules->status == FILE_ABSENT)
		rules = guest_read(g, "/lib/ufw/user.rules");
	policy = variable(g, guest_read(g, "/etc/default/ufw"), &vars, "DEFAULT_INPUT_POLICY");
	add(g, "ufw", rules->status == FILE_ABSENT ? conf : rules,
		ufw_ssh(g->vm->arena, text_of(rules), policy && !strcmp(policy->value, "ACCEPT")));
}

static void collect_firewalld(struct guest *g, const struct services *s)
{
	struct arena *a = g->vm->arena;
	const struct guest_file *conf, *file;
	const struct shellvar *zone;
	struct shellvars vars;
	const char *name;

	if (!services_unit(s, "firewalld.service"))
		return;
	conf = guest_read(g, "/etc/firewalld/firewalld.conf");
	zone = variable(g, conf, &vars, "DefaultZone");
	name = zone && *zone->value && !strchr(zone->value, '/') ? zone->value : "public";
	file = guest_read(g, arena_printf(a, "/etc/firewalld/zones/%s.xml", name));
	if (file->status == FILE_ABSENT)
		file = guest_read(g, arena_printf(a, "/usr/lib/firewalld/zones/%s.xml", name));
	add(g, "firewalld", file, firewalld_zone_ssh(a, text_of(file)));
}

static void collect_iptables(struct guest *g, const struct services *s)
{
	const char *path = NULL;
	const struct guest_file *f;

	if (starts(s, "iptables.service", "iptables"))
		path = "/etc/sysconfig/iptables";
	else if (starts(s, "netfilter-persistent.service", "netfilter-persistent"))
		path = "/etc/iptables/rules.v4";
	if (!path)
		return;
	f = guest_read(g, path);
	if (f->status != FILE_ABSENT)
		add(g, "iptables", f, iptables_ssh(g->vm->arena, text_of(f)));
}

static void collect_nftables(struct guest *g, const struct services *s)
{
	const struct guest_file *f;

	if (!services_unit(s, "nftables.service"))
		return;
	f = guest_read(g, "/etc/sysconfig/nftables.conf");
	if (f->status == FILE_ABSENT)
		f = guest_read(g, "/etc/nftables.conf");
	if (f->status != FILE_ABSENT)
		add(g, "nftables", f, nft_ssh(g->vm->arena, text_of(f)));
}

/* Is ssh among the words of a list of services or ports? */
static bool names_ssh(const struct shellvar *v, const char *service)
{
	struct span rest, word;

	if (!v)
		return false;
	rest = span_of(v->value);
	while (next_word(&rest, &word)) {
		if (span_is(word, service) || ports_have_ssh(word))
			return true;
	}
	return false;
}

static void collect_suse(struct guest *g, const struct services *s)
{
	static const struct {
		const char *name, *service;
	} lists[] = {{"FW_CONFIGURATIONS_EXT", "sshd"}, {"FW_SERVICES_EXT_TCP", "ssh"}};
	struct ssh_verdict v = {SSH_NOT_ALLOWED, 0, NULL};
	const struct guest_file *f;
	struct shellvars vars;

	if (!starts(s, "SuSEfirewall2.service", "SuSEfirewall2_setup"))
		return;
	f = guest_read(g, "/etc/sysconfig/SuSEfirewall2");
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct shellvar *list = variable(g, f, &vars, lists[i].name);

		if (list && (!v.line || names_ssh(list, lists[i].service)))
			v = (struct ssh_verdict){v.answer, list->line, list->text};
		if (names_ssh(list, lists[i].service))
			v.answer = SSH_ALLOWED;
	}
	add(g, "SuSEfirewall2", f, v);
}

static void collect_tcp_wrappers(struct guest *g)
{
	const struct guest_file *deny = guest_read(g, "/etc/hosts.deny");
	const struct guest_file *allow;
	struct ssh_verdict v;

	if (deny->status != FILE_READ)
		return;
	v = hosts_ssh(g->vm->arena, text_of(deny), (struct span){"", 0});
	if (v.answer == SSH_ALLOWED)
		return;
	allow = guest_read(g, "/etc/hosts.allow");
	add(g, "tcp_wrappers", deny, hosts_ssh(g->vm->arena, text_of(deny), text_of(allow)));
}

void collect_firewalls(struct guest *g, const struct services *s)
{
	if (g->sshd.binary == FILE_ABSENT)
		return;
	collect_ufw(g, s);
	collect_firewalld(g, s);
	collect_iptables(g, s);
	collect_nftables(g, s);
	collect_suse(g, s);
	collect_tcp_wrappers(g);
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Push installation over SSH: does sshd answer on port 22, may root log in, are the packages there.
 * What only the network or the person at the portal knows is said, and never turned into a verdict.
 */
#include "rules/ssh.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/matrix.h"

/* ---- places and repairs ---- */

static const struct guest_file *config_file(const struct sshd *s, const char *path)
{
	list_each(f, &s->includes) {
		if (!strcmp((*f)->path, path))
			return *f;
	}
	return s->config_file;
}

struct origin sshd_origin(const struct check *c, const struct sshd_value *v)
{
	return origin_line(config_file(&c->guest->sshd, v->file), v->line, v->text);
}

const char *shell_word(struct arena *a, const char *s)
{
	char *out, *w;

	if (!s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%")])
		return s;
	w = out = arena_alloc(a, strlen(s) * 4 + 3);
	*w++ = '\'';
	for (; *s; s++) {
		if (*s == '\'')
			w = stpcpy(w, "'\\'");
		*w++ = *s;
	}
	*w = '\'';
	return out;
}

static const char *service_name(const struct check *c)
{
	return is_debian_like(c->guest) ? "ssh" : "sshd";
}

const char *sshd_restart(const struct check *c)
{
	const char *by = c->guest->sshd.enabled_by.path, *name = service_name(c);

	if (by && (str_starts(by, "/etc/rc") || str_starts(by, "/etc/init")))
		return arena_printf(c->arena, "service %s restart", name);
	return arena_printf(c->arena, "systemctl restart %s", name);
}

const char *sshd_set(const struct check *c, const struct sshd_value *v, const char *setting)
{
	const char *file = v ? v->file : c->guest->sshd.config_file->path;
	const char *restart = sshd_restart(c);

	/* A distribution's own file is not edited: the next update brings it again. */
	if (str_starts(file, "/usr/"))
		return arena_printf(c->arena,
			"\techo '%s' > /etc/ssh/sshd_config.d/00-site-recovery.conf && %s", setting,
			restart);
	if (!v)
		return arena_printf(c->arena, "\tsed -i '1i %s' %s && %s", setting,
			shell_word(c->arena, file), restart);
	return arena_printf(c->arena, "\tsed -i '%us/.*/%s/' %s && %s", v->line, setting,
		shell_word(c->arena, file), restart);
}

void say_not_readable(struct check *c, const struct guest_file *f, const char *what)
{
	say_unknown(c, f->reason, &f->from, "%s cannot be read: %s", what, f->why);
}

bool sshd_config_is_known(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;
	const struct guest_file *f = s->config_file;
	bool known = true;

	if (f->status == FILE_ABSENT) {
		say(c, FAIL, ENG, &f->from, "sshd has no configuration file and will not start")
			->remedy = "Reinstall openssh-server: its package brings sshd_config.";
		return false;
	}
	if (f->status == FILE_UNREADABLE) {
		say_not_readable(c, f, "sshd's configuration");
		return false;
	}
	list_each(i, &s->includes) {
		if ((*i)->status == FILE_UNREADABLE) {
			say_not_readable(c, *i, "a file that sshd_config includes");
			known = false;
		}
	}
	if (s->config.limit) {
		say_unknown(c, REASON_LIMIT, &f->from,
			"sshd's configuration is too large to be read as a whole");
		known = false;
	}
	return known;
}

/* ---- ASR-95117-LNX ---- */

enum listening { NOT_ON_22, LOOPBACK_22, ON_22 };

/* What ADDRESS[:PORT] listens on; a bare number is a port only in a socket unit. */
static enum listening listens(const char *text, bool on_22_without_port, bool socket_unit)
{
	struct span address = span_of(text), port = {0};
	const char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');
	unsigned long long n;

	if (socket_unit && span_u64(address, &n))
		return n == 22 ? ON_22 : NOT_ON_22;
	/* More than one colon without brackets is an IPv6 address alone. */
	if (colon && (bracket ? colon > bracket : colon == strchr(text, ':'))) {
		address.n = (size_t)(colon - text);
		port = span_of(colon + 1);
	}
	if (port.n ? !ports_have_ssh(port) : !on_22_without_port)
		return NOT_ON_22;
	if (span_starts(address, "127.") || span_is(address, "::1") || span_is(address, "[::1]") ||
		span_is(address, "localhost"))
		return LOOPBACK_22;
	return ON_22;
}

static enum listening socket_listens(const struct sshd *s, struct origin *ret)
{
	enum listening best = s->socket_ports.n ? NOT_ON_22 : ON_22;

	list_each(f, &s->socket_ports) {
		enum listening l = listens(f->value, false, true);

		if (f == s->socket_ports.at || l > best)
			*ret = f->from;
		best = l > best ? l : best;
	}
	return best;
}

static enum listening config_listens(const struct check *c, struct origin *ret)
{
	const struct sshd_config *cfg = &c->guest->sshd.config;
	const struct sshd_value *v = NULL, *port = sshd_next(cfg, "port", NULL);
	enum listening best = NOT_ON_22;
	bool on_22 = !port;

	*ret = port ? sshd_origin(c, port) : c->guest->sshd.config_file->from;
	while ((v = sshd_next(cfg, "port", v))) {
		if (ports_have_ssh(span_of(v->value))) {
			on_22 = true;
			*ret = sshd_origin(c, v);
		}
	}
	if (!sshd_next(cfg, "listenaddress", NULL))
		return on_22 ? ON_22 : NOT_ON_22;
	while ((v = sshd_next(cfg, "listenaddress", v))) {
		enum listening l = listens(v->args[0], on_22, false);

		if (l > best || (on_22 && best == NOT_ON_22))
			*ret = sshd_origin(c, v);
		best = l > best ? l : best;
	}
	return best;
}

static void check_listening(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;
	bool socket = s->enabled == ENABLED_BY_SOCKET && !s->socket_follows_config;
	struct origin at = s->enabled_by;
	enum listening l = socket ? socket_listens(s, &at) : config_listens(c, &at);
	struct evidence *ev;

	if (l == ON_22)
		return;
	if (l == LOOPBACK_22)
		ev = say(c, FAIL, DOC, &at,
			"sshd listens only on the machine's own loopback address");
	else
		ev = say(c, FAIL, DOC, &at, "sshd does not listen on port 22");
	if (socket)
		ev->remedy = arena_printf(c->arena,
			"\tsed -i '%us/.*/ListenStream=22/' %s && systemctl daemon-reload && "
			"systemctl restart %s",
			at.line, shell_word(c->arena, at.path),
			strrchr(s->enabled_by.path, '/') + 1);
	else if (at.line)
		ev->remedy = arena_printf(c->arena, "\tsed -i '%us/.*/%s/' %s && %s", at.line,
			l == LOOPBACK_22 || !sshd_next(&s->config, "port", NULL)
				? "ListenAddress 0.0.0.0:22"
				: "Port 22",
			shell_word(c->arena, at.path), sshd_restart(c));
}

static const char *open_firewall(struct check *c, const struct firewall *w)
{
	static const struct {
		const char *name, *remedy;
	} remedies[] = {
		{"ufw", "\tufw allow OpenSSH"},
		{"firewalld",
			"\tfirewall-cmd --permanent --add-service=ssh && firewall-cmd --reload"},
		{"iptables",
			"\tiptables -I INPUT -p tcp --dport 22 -j ACCEPT && iptables-save > %s"},
		{"nftables", "Put \"tcp dport 22 accept\" into the input chain of %s, then:\n"
			     "\tsystemctl reload nftables"},
		{"SuSEfirewall2", "Add sshd to FW_CONFIGURATIONS_EXT in %s, then:\n"
				  "\tSuSEfirewall2 start"},
		{"tcp_wrappers", "\techo 'sshd: ALL' >> /etc/hosts.allow"},
	};

	for (size_t i = 0; i < ARRAY_LEN(remedies); i++) {
		const char *mark = strstr(remedies[i].remedy, "%s");

		if (strcmp(w->name, remedies[i].name))
			continue;
		if (!mark)
			return remedies[i].remedy;
		return arena_printf(c->arena, "%.*s%s%s", (int)(mark - remedies[i].remedy),
			remedies[i].remedy, shell_word(c->arena, w->from.path), mark + 2);
	}
	return NULL;
}

static void check_firewalls(struct check *c)
{
	list_each(w, &c->guest->firewalls) {
		if (w->ssh == SSH_NOT_ALLOWED)
			say(c, WARN, DOC, &w->from, "%s is on and has no allowance for SSH",
				w->name)
				->remedy = open_firewall(c, w);
		else if (w->ssh == SSH_DEPENDS)
			say(c, WARN, ENG, &w->from,
				"%s is on, and lets SSH in for some connections only, or not as "
				"far as its file tells",
				w->name)
				->remedy = open_firewall(c, w);
	}
}

/* False when it does not, or when that cannot be told. */
static bool starts_at_boot(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;
	const char *unit = service_name(c);

	switch (s->enabled) {
	case ENABLED:
	case ENABLED_BY_SOCKET:
		return true;
	case MASKED:
		say(c, FAIL, DOC, &s->enabled_by, "sshd is masked: it cannot be started")
			->remedy = arena_printf(c->arena,
			"\tsystemctl unmask %s.service && systemctl enable --now %s.service", unit,
			unit);
		return false;
	case DISABLED:
		say(c, FAIL, DOC, &s->enabled_by, "sshd is installed, but not started at boot")
			->remedy =
			arena_printf(c->arena, "\tsystemctl enable --now %s.service", unit);
		return false;
	default:
		say_unknown(c, REASON_UNREADABLE, &s->enabled_by,
			"whether sshd is started at boot cannot be read: %s",
			s->enabled_why ? s->enabled_why : "its links are damaged");
		return false;
	}
}

static void check_start(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;

	if (s->config.unknown.n) {
		struct origin at = sshd_origin(c, &s->config.unknown.at[0]);

		say(c, WARN, ENG, &at, "sshd does not know this line, and may refuse to start")
			->remedy = "Run sshd -t in the guest, and correct the line it names.";
	}
}

static void ssh_port(struct check *c)
{
	const struct sshd *s = &c->guest->sshd;

	if (s->binary == FILE_ABSENT) {
		say(c, FAIL, DOC, &s->binary_from, "sshd is not installed")->remedy =
			"install the package openssh-server, and start it";
		return;
	}
	if (s->binary == FILE_UNREADABLE)
		say_unknown(c, REASON_UNREADABLE, &s->binary_from,
			"whether sshd is installed cannot be read");
	if (starts_at_boot(c) && sshd_config_is_known(c)) {
		check_start(c);
		check_listening(c);
	}
	check_firewalls(c);
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &s->enabled_by,
			"sshd starts at boot and listens on port 22, and no firewall in the "
			"guest keeps SSH out; the network on the way cannot be seen on a disk");
}

/* ---- ASR-95517-LNX ---- */

static const char *uid_0_accounts(const struct check *c)
{
	const char *names = "";

	list_each(p, &c->guest->accounts.passwd) {
		if (p->uid == 0 && strlen(names) < 200)
			names = arena_printf(
				c->arena, "%s%s%s", names, *names ? ", " : "", p->name);
	}
	return *names ? names : "none";
}

static void account_is_root(struct check *c)
{
	const struct accounts *acc = &c->guest->accounts;
	const char *name = c->options->account;
	const struct passwd_entry *p = name ? passwd_get(&acc->passwd, name) : NULL;
	struct origin at = acc->passwd_file->from;

	if (acc->passwd_file->status == FILE_UNREADABLE) {
		say_not_readable(c, acc->passwd_file, "the list of accounts");
		return;
	}
	if (p)
		at = origin_line(acc->passwd_file, p->line,
			arena_printf(c->arena, "%s: uid %lld", p->name, p->uid));
	if (!name)
		say_unknown(c, REASON_NOT_ON_DISK, &at,
			"which account ASR will use is not on the disk (--account NAME says it); "
			"accounts with uid 0: %s",
			uid_0_accounts(c));
	else if (!p)
		say(c, FAIL, DOC, &at, "no account %s is in /etc/passwd; accounts with uid 0: %s",
			name, uid_0_accounts(c));
	else if (p->uid != 0)
		say(c, FAIL, DOC, &at,
			"the account %s has uid %lld, not 0; accounts with uid 0: %s", name, p->uid,
			uid_0_accounts(c));
	else
		say(c, PASS, DOC, &at, "the account %s has uid 0", name);
}

/* ---- ASR-SSH-PKGS ---- */

static void ssh_packages(struct check *c)
{
	const struct guest *g = c->guest;

	if (g->package_system != PACKAGES_DPKG) {
		say_unknown(c, REASON_UNSUPPORTED, &g->sshd.binary_from,
			g->package_system == PACKAGES_RPM ? "the database of RPM packages is not "
							    "read yet; /usr/sbin/sshd is %s"
							  : "no package database that is known was "
							    "found; /usr/sbin/sshd is %s",
			g->sshd.binary == FILE_READ ? "there" : "not there");
		return;
	}
	list_each(p, &g->packages) {
		if (p->status == FILE_READ)
			say(c, INFO, DOC, &p->from, "%s is installed", p->name);
		else if (p->status == FILE_UNREADABLE)
			say_unknown(c, REASON_UNREADABLE, &p->from,
				"whether %s is installed cannot be read", p->name);
		else
			say(c, FAIL, DOC, &p->from, "%s is not installed", p->name)->remedy =
				arena_printf(c->arena, "apt-get install %s", p->name);
	}
}

static const struct rule rules[] = {
	{
		.id = "ASR-95108",
		.errors = {95108},
		.category = PUSH_INSTALL,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Root cannot log in over SSH and SFTP with a password",
		.about =
			"To install the agent remotely, ASR logs in as root with a password over "
			"SSH "
			"and copies files over SFTP. Looked at are the settings of sshd as they "
			"hold "
			"for root (the first value wins, Include and Match are followed), the SFTP "
			"subsystem, and the state of root's account. Whether the password given to "
			"ASR is right cannot be seen on a disk. A manual installation avoids all "
			"of "
			"this.",
		.remedy =
			"Set PasswordAuthentication yes and PermitRootLogin yes, activate the sftp "
			"Subsystem, give root a password and restart sshd; or install the agent "
			"manually.",
		.source = PUSH_PAGE "; " INSTALL_PAGE,
		.check = ssh_root_login,
	},
	{
		.id = "ASR-95117-LNX",
		.errors = {95117, 97118},
		.category = PUSH_INSTALL,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "SSH does not answer on port 22",
		.about = "The remote installation reaches a Linux machine over SSH on port 22. "
			 "Looked "
			 "at are the sshd program, the link that starts it at boot (a service, a "
			 "socket "
			 "or a SysV script), the ports and addresses it listens on, and the "
			 "firewalls of "
			 "the guest itself. The network on the way cannot be seen on a disk.",
		.remedy = "Enable sshd on port 22 and open the firewall for it.",
		.source = PUSH_PAGE "; " INSTALL_PAGE "; migration preparation page, 2020-06-08",
		.check = ssh_port,
	},
	{
		.id = "ASR-95517-LNX",
		.errors = {95517},
		.category = PUSH_INSTALL,
		.applies = LINUX,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "The account for the installation is not root",
		.about =
			"The account that is entered in ASR for a Linux machine has to have uid 0; "
			"rights by sudo do not help. Which account that is only the option "
			"--account "
			"can tell.",
		.remedy = "Enter root, or another account with uid 0, in ASR.",
		.source = PUSH_PAGE "; " INSTALL_PAGE,
		.check = account_is_root,
	},
	{
		.id = "ASR-SSH-PKGS",
		.category = PUSH_INSTALL,
		.applies = LINUX,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO),
		.title = "OpenSSH or OpenSSL packages are missing",
		.about = "The remote installation wants the packages openssh-server, openssh (on "
			 "Debian "
			 "openssh-client) and openssl, in their latest versions. Looked at is "
			 "whether "
			 "they are installed; which version is the latest cannot be known offline.",
		.remedy = "Install openssh-server, openssh and openssl from the distribution.",
		.source = PUSH_PAGE "; " INSTALL_PAGE,
		.check = ssh_packages,
	},
};

const struct rule_set ssh_rules = {rules, ARRAY_LEN(rules)};

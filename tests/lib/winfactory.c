/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lib/winfactory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

static struct arena *const A = &test_arena;

static struct origin from_hive(enum win_hive h, const char *text)
{
	static const char *const files[WIN_HIVES] = {"/Windows/System32/config/SYSTEM",
		"/Windows/System32/config/SOFTWARE", "/Windows/System32/config/SAM",
		"/Windows/System32/config/SECURITY", "/Boot/BCD"};

	return (struct origin){
		.device = h == HIVE_BCD ? "disk0p1" : "disk0p2", .path = files[h], .text = text};
}

/* ---- the registry ---- */

/* Settings of SECURITY and SOFTWARE; what is left is SYSTEM's. */
static enum win_hive hive_of(enum win_setting s)
{
	static const enum win_setting security[] = {SET_PRIMARY_DOMAIN, SET_PRIMARY_DOMAIN_SID,
		SET_DNS_DOMAIN, SET_MACHINE_ACC_CUPD_TIME};
	static const enum win_setting software[] = {SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY,
		SET_ENABLE_LUA, SET_FILTER_ADMINISTRATOR_TOKEN, SET_ENABLE_DCOM, SET_CURRENT_BUILD,
		SET_AGENT_VERSION, SET_WSH_ENABLED};

	for (size_t i = 0; i < ARRAY_LEN(security); i++) {
		if (security[i] == s)
			return HIVE_SECURITY;
	}
	for (size_t i = 0; i < ARRAY_LEN(software); i++) {
		if (software[i] == s)
			return HIVE_SOFTWARE;
	}
	return HIVE_SYSTEM;
}

static struct reg_value *put(struct world *w, enum win_setting s, enum reg_state state)
{
	struct reg_value *v = &w->g->windows->settings[s];

	*v = (struct reg_value){.state = state,
		.name = arena_printf(A, "setting%d", (int)s),
		.from = from_hive(hive_of(s), arena_printf(A, "HKLM: setting%d", (int)s))};
	return v;
}

static void fill_number(struct reg_value *v, uint64_t number)
{
	v->type = REG_DWORD;
	v->is_number = true;
	v->number = number;
}

void set_number(struct world *w, enum win_setting s, uint64_t number)
{
	fill_number(put(w, s, REG_THERE), number);
}

void set_text(struct world *w, enum win_setting s, const char *text)
{
	struct reg_value *v = put(w, s, REG_THERE);

	v->type = REG_SZ;
	v->text = text;
}

void set_strings(struct world *w, enum win_setting s, const char *const *strings, size_t n)
{
	struct reg_value *v = put(w, s, REG_THERE);

	v->type = REG_MULTI_SZ;
	for (size_t i = 0; i < n; i++)
		*list_add(A, &v->strings) = strings[i];
}

void set_bytes(struct world *w, enum win_setting s, const void *p, size_t n)
{
	struct reg_value *v = put(w, s, REG_THERE);

	v->type = REG_BINARY;
	v->data = (const uint8_t *)arena_strndup(A, p, n);
	v->len = n;
}

void unset(struct world *w, enum win_setting s)
{
	put(w, s, REG_ABSENT);
}

void unsee(struct world *w, enum win_setting s)
{
	struct reg_value *v = put(w, s, REG_UNSEEN);

	v->reason = REASON_UNREADABLE;
	v->why = "its block is damaged";
}

static enum win_hive hive_of_key(enum win_key k)
{
	return k >= KEY_CLASS_DISK || k == KEY_PERSISTENT_ROUTES || k == KEY_VSS_PROVIDERS
		       ? HIVE_SYSTEM
		       : HIVE_SOFTWARE;
}

static struct reg_key *put_key(struct world *w, enum win_key k, enum reg_state state)
{
	struct reg_key *key = &w->g->windows->keys[k];

	*key = (struct reg_key){.state = state, .path = arena_printf(A, "HKLM: key%d", (int)k)};
	key->from = from_hive(hive_of_key(k), key->path);
	return key;
}

struct reg_key *make_key(struct world *w, enum win_key k)
{
	return put_key(w, k, REG_THERE);
}

void unsee_key(struct world *w, enum win_key k)
{
	struct reg_key *key = put_key(w, k, REG_UNSEEN);

	key->reason = REASON_UNREADABLE;
	key->why = "its block is damaged";
}

static struct reg_key *key_there(struct world *w, enum win_key k)
{
	struct reg_key *key = &w->g->windows->keys[k];

	return key->state == REG_THERE ? key : make_key(w, k);
}

void add_subkey(struct world *w, enum win_key k, const char *name)
{
	*list_add(A, &key_there(w, k)->subkeys) = name;
}

static struct reg_value *add_value(struct world *w, enum win_key k, const char *name)
{
	struct reg_key *key = key_there(w, k);
	struct reg_value *v = list_add(A, &key->values);

	v->state = REG_THERE;
	v->name = name;
	v->from = from_hive(hive_of_key(k), arena_printf(A, "%s: %s", key->path, name));
	return v;
}

struct reg_value *add_number(struct world *w, enum win_key k, const char *name, uint64_t number)
{
	struct reg_value *v = add_value(w, k, name);

	fill_number(v, number);
	return v;
}

struct reg_value *add_strings(
	struct world *w, enum win_key k, const char *name, const char *const *strings, size_t n)
{
	struct reg_value *v = add_value(w, k, name);

	v->type = REG_MULTI_SZ;
	for (size_t i = 0; i < n; i++)
		*list_add(A, &v->strings) = strings[i];
	return v;
}

void make_dirty(struct world *w, enum win_hive h)
{
	w->g->windows->hives[h].dirty = true;
}

void unsee_system(struct world *w)
{
	struct hive_fact *h = &w->g->windows->hives[HIVE_SYSTEM];

	h->status = FILE_UNREADABLE;
	h->reason = REASON_UNREADABLE;
	h->why = "it has no regf signature";
	w->g->windows->current = NULL;
	w->g->windows->control_sets.n = 0;
	w->g->windows->firewall.rules.n = 0;
	for (unsigned i = 0; i < FW_PROFILES; i++)
		w->g->windows->firewall.profiles[i].seen = false;
	for (size_t s = 0; s < WIN_SETTINGS; s++) {
		if (hive_of((enum win_setting)s) == HIVE_SYSTEM)
			unsee(w, (enum win_setting)s);
	}
}

/* ---- services ---- */

struct control_set *set_at(struct world *w, size_t i)
{
	assert_true(i < w->g->windows->control_sets.n);
	return &w->g->windows->control_sets.at[i];
}

struct win_service *service(struct world *w, const char *name)
{
	list_each(s, &set_at(w, 0)->services) {
		if (!strcasecmp(s->name, name))
			return s;
	}
	fail_msg("there is no service %s", name);
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct win_service *x = a, *y = b;

	return strcasecmp(x->name, y->name);
}

static struct win_service *put_service(
	struct control_set *cs, const char *name, int start, uint32_t type)
{
	struct win_service *s = list_add(A, &cs->services);

	s->name = name;
	s->start = start;
	s->type = type;
	s->from =
		from_hive(HIVE_SYSTEM, arena_printf(A, "HKLM\\SYSTEM\\%s\\Services\\%s: Start = %d",
					       cs->name, name, start));
	if (type == 1 && cs->current) {
		s->file = SERVICE_FILE_THERE;
		s->file_path = arena_printf(A, "/Windows/System32/drivers/%s.sys", name);
	}
	return s;
}

struct win_service *add_service(
	struct world *w, struct control_set *cs, const char *name, int start, uint32_t type)
{
	(void)w;
	put_service(cs, name, start, type);
	qsort(cs->services.at, cs->services.n, sizeof(*cs->services.at), by_name);
	list_each(s, &cs->services) {
		if (!strcmp(s->name, name))
			return s;
	}
	return NULL;
}

void drop_service(struct control_set *cs, const char *name)
{
	size_t kept = 0;

	list_each(s, &cs->services) {
		if (strcasecmp(s->name, name))
			cs->services.at[kept++] = *s;
	}
	assert_true(kept < cs->services.n);
	cs->services.n = kept;
}

static const struct stock_service {
	const char *name;
	int start;
	uint32_t type;
} stock_services[] = {
	{"atapi", START_BOOT, 1},
	{"BFE", START_AUTO, 0x20},
	{"cdrom", START_SYSTEM, 1},
	{"COMSysApp", START_MANUAL, 0x10},
	{"DcomLaunch", START_AUTO, 0x20},
	{"Dhcp", START_AUTO, 0x20},
	{"Dnscache", START_AUTO, 0x20},
	{"EventSystem", START_AUTO, 0x20},
	{"fvevol", START_BOOT, 1},
	{"IKEEXT", START_MANUAL, 0x20},
	{"intelide", START_BOOT, 1},
	{"iorate", START_BOOT, 1},
	{"iphlpsvc", START_AUTO, 0x20},
	{"LanmanServer", START_AUTO, 0x20},
	{"LanmanWorkstation", START_AUTO, 0x20},
	{"mpssvc", START_AUTO, 0x20},
	{"MSDTC", START_AUTO, 0x10},
	{"Netlogon", START_MANUAL, 0x20},
	{"Netman", START_MANUAL, 0x20},
	{"nsi", START_AUTO, 0x20},
	{"partmgr", START_BOOT, 1},
	{"pci", START_BOOT, 1},
	{"rdyboost", START_BOOT, 1},
	{"RemoteRegistry", START_AUTO, 0x20},
	{"RpcEptMapper", START_AUTO, 0x20},
	{"RpcSs", START_AUTO, 0x20},
	{"storflt", START_BOOT, 1},
	{"storvsc", START_BOOT, 1},
	{"swprv", START_MANUAL, 0x10},
	{"TermService", START_MANUAL, 0x20},
	{"vds", START_MANUAL, 0x10},
	{"vmbus", START_BOOT, 1},
	{"volsnap", START_BOOT, 1},
	{"VSS", START_MANUAL, 0x10},
	{"W32Time", START_MANUAL, 0x20},
	{"WinDefend", START_AUTO, 0x10},
	{"Winmgmt", START_AUTO, 0x20},
};

static void put_control_sets(struct world *w)
{
	struct windows *win = w->g->windows;

	for (unsigned i = 1; i <= 2; i++) {
		struct control_set *cs = list_add(A, &win->control_sets);

		cs->name = arena_printf(A, "ControlSet%03u", i);
		cs->number = i;
		cs->current = cs->is_default = i == 1;
		cs->last_known_good = i == 2;
		cs->state = REG_THERE;
		cs->from = from_hive(
			HIVE_SYSTEM, arena_printf(A, "HKLM\\SYSTEM\\%s\\Services", cs->name));
		for (size_t s = 0; s < ARRAY_LEN(stock_services); s++)
			put_service(cs, stock_services[s].name, stock_services[s].start,
				stock_services[s].type);
		qsort(cs->services.at, cs->services.n, sizeof(*cs->services.at), by_name);
	}
	win->current = &win->control_sets.at[0];
	*list_add(A, &service(w, "Netlogon")->depends) = "LanmanWorkstation";
}

/* ---- firewall ---- */

void add_fw_rule(struct world *w, const char *id, const char *text)
{
	struct fw_rule_fact *r = list_add(A, &w->g->windows->firewall.rules);

	if (!win_fw_parse(&r->rule, A, id, text))
		fail_msg("\"%s\" is no rule", text);
	r->from = from_hive(HIVE_SYSTEM, arena_printf(A, "%s = %s", id, text));
}

void open_group(struct world *w, const char *resource)
{
	list_each(r, &w->g->windows->firewall.rules) {
		if (win_fw_in_group(&r->rule, resource, NULL))
			r->rule.active = true;
	}
}

void switch_firewall(struct world *w, unsigned profile, bool on)
{
	w->g->windows->firewall.profiles[profile].enabled = on;
}

#define SMB_RULE "v2.30|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=445|App=System|"
#define NB_RULE "v2.30|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=139|App=System|"
#define FPS "EmbedCtxt=@FirewallAPI.dll,-28502|"
#define WMI_MAPPER                                                                                 \
	"v2.30|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=135|"                             \
	"App=%SystemRoot%\\system32\\svchost.exe|Svc=rpcss|"
#define WMI_SERVICE                                                                                \
	"v2.30|Action=Allow|Active=FALSE|Dir=In|Protocol=6|"                                       \
	"App=%SystemRoot%\\system32\\svchost.exe|Svc=winmgmt|"
#define WMI "EmbedCtxt=@FirewallAPI.dll,-34251|"

static void put_firewall(struct world *w)
{
	struct win_firewall *fw = &w->g->windows->firewall;

	fw->state = REG_THERE;
	fw->from = from_hive(HIVE_SYSTEM, "HKLM\\SYSTEM\\...\\FirewallRules");
	for (unsigned i = 0; i < FW_PROFILES; i++) {
		fw->profiles[i].seen = fw->profiles[i].enabled = true;
		fw->profiles[i].from = from_hive(HIVE_SYSTEM,
			arena_printf(A, "HKLM\\SYSTEM\\...\\%s: EnableFirewall = REG_DWORD 1",
				fw_profile_name(i)));
	}
	add_fw_rule(w, "FPS-SMB-In-TCP", SMB_RULE "Profile=Private|" FPS);
	add_fw_rule(w, "FPS-SMB-In-TCP-NoScope", SMB_RULE "Profile=Domain|" FPS);
	add_fw_rule(w, "FPS-SMB-In-TCP-Public", SMB_RULE "Profile=Public|" FPS);
	add_fw_rule(w, "FPS-NB_Session-In-TCP", NB_RULE FPS);
	add_fw_rule(w, "WMI-RPCSS-In-TCP", WMI_MAPPER WMI);
	add_fw_rule(w, "WMI-WINMGMT-In-TCP", WMI_SERVICE WMI);
	add_fw_rule(w, "RemoteDesktop-UserMode-In-TCP",
		"v2.30|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=3389|"
		"App=%SystemRoot%\\system32\\svchost.exe|Svc=termservice|"
		"EmbedCtxt=@FirewallAPI.dll,-28752|");
}

void open_all(struct world *w)
{
	set_number(w, SET_LOCAL_ACCOUNT_TOKEN_FILTER_POLICY, 1);
	open_group(w, "-28502");
	open_group(w, "-34251");
}

/* ---- accounts ---- */

struct win_account *account(struct world *w, const char *name)
{
	list_each(u, &w->g->windows->accounts.users) {
		if (!strcmp(u->name, name))
			return u;
	}
	fail_msg("there is no account %s", name);
	return NULL;
}

#define MACHINE_SID "S-1-5-21-1-2-3"

struct win_account *add_account(struct world *w, const char *name, uint32_t rid, bool admin)
{
	struct win_accounts *acc = &w->g->windows->accounts;
	struct win_account *u = list_add(A, &acc->users);

	u->name = name;
	u->rid = u->user.rid = rid;
	u->user.flags = SAM_NORMAL_ACCOUNT;
	u->is_admin = admin;
	u->from = from_hive(HIVE_SAM, arena_printf(A, "HKLM\\SAM\\...\\%08X", rid));
	if (admin)
		*list_add(A, &acc->admins) = arena_printf(A, MACHINE_SID "-%u", rid);
	return u;
}

static void put_accounts(struct world *w)
{
	struct win_accounts *acc = &w->g->windows->accounts;

	acc->state = REG_THERE;
	acc->policy_known = acc->admins_known = true;
	acc->policy.duration = acc->policy.window = 1800;
	acc->machine_sid = MACHINE_SID;
	acc->policy_from = from_hive(HIVE_SAM, "HKLM\\SAM\\SAM\\Domains\\Account: F");
	acc->admins_from =
		from_hive(HIVE_SAM, "HKLM\\SAM\\SAM\\Domains\\Builtin\\Aliases\\00000220: C");
	add_account(w, "Administrator", 500, true);
	add_account(w, "Guest", 501, false)->user.flags |= SAM_DISABLED;
	add_account(w, "DefaultAccount", 503, false)->user.flags |= SAM_DISABLED;
}

/* ---- files ---- */

void set_path(struct world *w, enum win_path p, enum file_status status)
{
	struct win_path_fact *f = &w->g->windows->paths[p];

	f->status = status;
	f->from = (struct origin){.device = "disk0p2", .path = arena_printf(A, "/path%d", (int)p)};
}

static struct win_events *events_of(struct world *w, enum win_event_log log)
{
	static const char *const paths[WIN_EVENT_LOGS] = {
		"/Windows/System32/winevt/Logs/System.evtx",
		"/Windows/System32/winevt/Logs/Security.evtx",
		"/Windows/System32/winevt/Logs/Application.evtx"};
	struct win_events *l = &w->g->windows->events[log];

	l->asked = true;
	l->from = (struct origin){.device = "disk0p2", .path = paths[log]};
	return l;
}

struct win_event *add_event(struct world *w, enum win_event_log log, int64_t time,
	const char *provider, uint32_t id, const char *const *data)
{
	struct win_events *l = events_of(w, log);
	struct win_event *ev = list_add(A, &l->events);

	l->status = FILE_READ;
	l->oldest = time;
	if (!l->newest)
		l->newest = time;
	ev->from = l->from;
	ev->from.text = arena_printf(A, "%s %u", provider, id);
	ev->e.id = id;
	ev->e.time = time;
	snprintf(ev->e.provider, sizeof(ev->e.provider), "%s", provider);
	for (; data && *data; data++) {
		size_t n = strcspn(*data, "=");
		struct evtx_data *d = list_add(A, &ev->e.data);

		d->name = n ? arena_strndup(A, *data, n) : NULL;
		d->text = *data + n + 1;
	}
	return ev;
}

void lose_events(struct world *w, enum win_event_log log)
{
	struct win_events *l = events_of(w, log);

	l->status = FILE_UNREADABLE;
	l->reason = REASON_UNREADABLE;
	l->why = "its newest chunks are damaged";
}

struct win_log_fact *add_log(struct world *w, const char *name, const char *text)
{
	struct win_log_fact *l = list_add(A, &w->g->windows->logs);
	struct guest_file *f = arena_new(A, struct guest_file);

	f->path = arena_printf(A, "/ProgramData/ASRSetupLogs/%s", name);
	f->status = FILE_READ;
	f->st.mtime = WIN_NOW - 86400;
	f->from = (struct origin){.device = "disk0p2", .path = f->path};
	l->name = name;
	l->status = FILE_READ;
	l->file = f;
	win_log_parse(&l->log, A, win_log_utf8(A, text, strlen(text)));
	return l;
}

/* ---- the whole ---- */

static void put_settings(struct world *w)
{
	static const char *const bindings[] = {"\\Device\\Tcpip_{1}", "\\Device\\Tcpip6_{1}"};

	for (size_t i = 0; i < WIN_SETTINGS; i++)
		unset(w, (enum win_setting)i);
	set_text(w, SET_CURRENT_BUILD, "20348");
	set_text(w, SET_INSTALLATION_TYPE, "Server");
	set_text(w, SET_PRODUCT_TYPE, "ServerNT");
	set_text(w, SET_COMPUTER_NAME, "WIN-2022");
	set_text(w, SET_PROCESSOR_ARCHITECTURE, "AMD64");
	set_number(w, SET_ENABLE_LUA, 1);
	set_text(w, SET_ENABLE_DCOM, "Y");
	set_strings(w, SET_LANMANSERVER_BIND, bindings, 2);
	set_number(w, SET_DENY_TS_CONNECTIONS, 1);
	set_number(w, SET_RDP_PORT, 3389);
	set_number(w, SET_RDP_LAN_ADAPTER, 0);
	set_number(w, SET_RDP_USER_AUTHENTICATION, 1);
	set_text(w, SET_TEMP, "%SystemRoot%\\TEMP");
	set_text(w, SET_TMP, "%SystemRoot%\\TEMP");
}

static void put_keys(struct world *w)
{
	static const char *const disk[] = {"partmgr"};
	static const char *const volume[] = {"volsnap"};
	static const char *const lower[] = {"fvevol", "iorate", "rdyboost"};

	for (size_t i = 0; i < WIN_KEYS; i++)
		put_key(w, (enum win_key)i, REG_ABSENT);
	make_key(w, KEY_PERSISTENT_ROUTES);
	make_key(w, KEY_DEFENDER_PATHS);
	make_key(w, KEY_COM3);
	make_key(w, KEY_ROOT_CERTIFICATES);
	add_subkey(w, KEY_AUTHROOT_CERTIFICATES, "A8985D3A65E5E5C4B2D7D66D40C6DD2FB19C5436");
	add_number(w, KEY_SAFER_POLICY, "authenticodeenabled", 0);
	add_strings(w, KEY_CLASS_DISK, "UpperFilters", disk, 1);
	add_strings(w, KEY_CLASS_VOLUME, "UpperFilters", volume, 1);
	add_strings(w, KEY_CLASS_VOLUME, "LowerFilters", lower, 3);
	make_key(w, KEY_CLASS_SCSI);
	make_key(w, KEY_CLASS_NET);
}

static void put_bcd(struct world *w, const char *path, const char *loader)
{
	struct win_bcd *b = &w->g->windows->bcd;
	struct origin from = from_hive(HIVE_BCD, "{bootmgr}: 23000003 = REG_SZ {default}");
	struct bcd_loader *l = list_add(A, &b->loaders);

	from.path = path;
	b->hive.status = FILE_READ;
	b->hive.from = from;
	b->volume = w->g->boot;
	b->decoded = true;
	b->default_id = (struct fact){"{default}", from};
	l->id = "{default}";
	l->is_windows = true;
	l->path = (struct fact){loader, from};
	l->from = from;
	l->device = l->osdevice = (struct bcd_place){
		.target = BCD_FOUND, .volume = w->g->root, .words = "disk 0x1", .from = from};
	w->g->windows->hives[HIVE_BCD] = b->hive;
}

static void put_paths(struct world *w)
{
	static const enum win_path absent[] = {
		PATH_PENDING_XML, PATH_AGENT_DIR, PATH_AZURE_PACKAGES};

	for (size_t i = 0; i < WIN_PATHS; i++)
		set_path(w, (enum win_path)i, FILE_READ);
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		set_path(w, absent[i], FILE_ABSENT);
}

static void put_windows(struct world *w)
{
	struct windows *win = arena_new(A, struct windows);
	struct win_interface *nic;

	w->g->windows = win;
	win->interfaces_known = win->devices_known = true;
	w->facts.windows_seen = true;
	for (size_t i = 0; i < WIN_HIVES; i++) {
		win->hives[i].status = FILE_READ;
		win->hives[i].asked = true;
		win->hives[i].from = from_hive((enum win_hive)i, NULL);
	}
	put_settings(w);
	put_keys(w);
	put_paths(w);
	put_control_sets(w);
	put_firewall(w);
	put_accounts(w);
	set_windows(w, true, 10, 0, 20348);
	win->pe_machine = 0x8664;
	win->joined = JOIN_WORKGROUP;
	win->domain.value = "WORKGROUP";
	win->domain.from = from_hive(HIVE_SECURITY, "HKLM\\SECURITY\\Policy\\PolPrDmN");
	win->last_seen = WIN_NOW;
	nic = list_add(A, &win->interfaces);
	nic->id = "{1}";
	nic->dhcp = true;
	nic->from = from_hive(HIVE_SYSTEM, "HKLM\\SYSTEM\\...\\Interfaces\\{1}");
}

static struct world *bare_world(void)
{
	struct world *w = world_new();

	w->g->family = GUEST_WINDOWS;
	w->g->id.value = "windows";
	w->g->name.value = "Windows Server 2022 Standard";
	w->g->version.value = "10.0.20348";
	w->g->agent_os_key = NULL;
	return w;
}

void set_partition_type(struct world *w, const char *name, const char *type)
{
	list_each(d, &w->vm.map.disks) {
		list_each(p, &(*d)->partitions) {
			if (!strcmp((*p)->name, name))
				(*p)->type = type;
		}
	}
}

struct world *windows_world(void)
{
	struct world *w = bare_world();
	struct volume *boot = volume_named(w, "disk0p1"), *root = volume_named(w, "disk0p2");
	struct disk_boot *b = boot_of(w, disk_at(w, 0));

	boot->sig.type = root->sig.type = "ntfs";
	set_partition_type(w, "disk0p1", "0x07");
	set_partition_type(w, "disk0p2", "0x07");
	put_root(w, root);
	put_boot(w, boot);
	b->mbr.code = MBR_WINDOWS;
	b->bios_why = "boot code: Windows";
	b->core = CORE_NOT_NEEDED;
	b->active = boot->partition;
	put_windows(w);
	put_bcd(w, "/Boot/BCD", "\\Windows\\system32\\winload.exe");
	return w;
}

struct world *windows_uefi_world(void)
{
	static const char *const loaders[] = {
		"/EFI/Boot/bootx64.efi", "/EFI/Microsoft/Boot/bootmgfw.efi", NULL};
	struct world *w = bare_world();
	struct volume *root = volume_named(w, "disk0p2");
	struct disk_map *d = disk_at(w, 0);
	struct disk_boot *b = boot_of(w, d);
	struct esp *esp;

	d->table = TABLE_GPT;
	b->boots_bios = false;
	b->mbr.code = MBR_NONE;
	b->bios_why = "the first sector holds no boot code";
	volume_named(w, "disk0p1")->sig.type = "ntfs";
	root->sig.type = "ntfs";
	esp = add_esp(w, d, loaders);
	put_root(w, root);
	w->g->boot = w->g->efi = (struct volume *)esp->volume;
	w->g->boot_fs = w->g->efi_fs = esp->fs;
	put_windows(w);
	put_bcd(w, "/EFI/Microsoft/Boot/BCD", "\\Windows\\system32\\winload.efi");
	w->g->windows->bcd.on_esp = true;
	return w;
}

void set_windows(struct world *w, bool server, unsigned major, unsigned minor, unsigned build)
{
	struct windows *win = w->g->windows;

	win->is_server = server;
	win->is_client = !server;
	win->major = major;
	win->minor = minor;
	win->build = build;
	w->g->name.value = arena_printf(A, "Windows %u.%u", major, minor);
	w->g->version.value = arena_printf(A, "%u.%u.%u", major, minor, build);
}

void join_domain(struct world *w, const char *name)
{
	w->g->windows->joined = JOIN_DOMAIN;
	w->g->windows->domain.value = name;
	service(w, "Netlogon")->start = START_AUTO;
}

void lose_windows(struct world *w)
{
	w->g->windows = NULL;
	w->g->root_fs->fs = NULL;
	w->g->root_fs->why = "its boot sector is damaged";
	w->g->root_fs->why_num = EBADMSG;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Will Windows find its disk and its network on Azure's virtual hardware?  Drivers and services of
 * every control set, their files, and filters of other programs.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* What ASR wants in every control set; storflt's file is vmstorfl.sys. */
static const char *const boot_drivers[] = {"atapi", "intelide", "storflt", "storvsc", "vmbus"};

#define SERVICES_KEY "HKLM\\SYSTEM\\%s\\Services\\%s"

/* The SYSTEM hive has control sets; else UNKNOWN was said. */
static bool has_sets(struct check *c, const struct windows *w)
{
	if (w->control_sets.n)
		return true;
	current_set(c);
	return false;
}

static bool set_unseen(struct check *c, const struct control_set *cs)
{
	if (cs->state == REG_THERE)
		return false;
	say_unknown(c, REASON_UNREADABLE, &cs->from, "the services of %s cannot be read", cs->name);
	return true;
}

static const char *set_words(struct arena *a, const struct control_set *cs)
{
	return arena_printf(a, "%s%s", cs->name, cs->current ? "" : " (non-current)");
}

/* ---- ASR-DRV-CS ---- */

static const struct control_set *set_that_has(const struct windows *w, const char *driver)
{
	list_each(cs, &w->control_sets) {
		if (win_service(cs, driver))
			return cs;
	}
	return NULL;
}

#define REPAIR_WINDOWS                                                                             \
	"\tDISM /Online /Cleanup-Image /RestoreHealth\n"                                           \
	"\tsfc /scannow"

static const char *copy_driver(
	struct arena *a, const struct windows *w, const struct control_set *to, const char *driver)
{
	const struct control_set *from = set_that_has(w, driver);

	if (!from)
		return "Reinstall the driver, by a repair of Windows:\n" REPAIR_WINDOWS;
	return arena_printf(a,
		"Copy the key from %s:\n\treg copy " SERVICES_KEY " " SERVICES_KEY " /s /f",
		from->name, from->name, driver, to->name, driver);
}

static void judge_driver_keys(
	struct check *c, const struct windows *w, const struct control_set *cs)
{
	for (size_t i = 0; i < ARRAY_LEN(boot_drivers); i++) {
		const struct win_service *s = win_service(cs, boot_drivers[i]);
		struct origin o = service_origin(c->arena, cs, s, boot_drivers[i]);

		if (!s)
			say_reg(c, cs->failed && !cs->current ? WARN : FAIL, DOC, &o,
				"the driver %s is missing in %s%s", boot_drivers[i],
				set_words(c->arena, cs), cs->failed ? ", which failed to boot" : "")
				->remedy = copy_driver(c->arena, w, cs, boot_drivers[i]);
		else if (s->type && s->type != 1)
			say(c, WARN, ENG, &o, "%s is no kernel driver in %s", boot_drivers[i],
				set_words(c->arena, cs))
				->remedy = arena_printf(c->arena,
				"\treg add " SERVICES_KEY " /v Type /t REG_DWORD /d 1 /f", cs->name,
				boot_drivers[i]);
	}
}

static void drivers_in_sets(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w || !has_sets(c, w))
		return;
	list_each(cs, &w->control_sets) {
		if (!set_unseen(c, cs))
			judge_driver_keys(c, w, cs);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &w->control_sets.at[0].from,
			"atapi, intelide, storflt, storvsc and vmbus are in %s%zu control set%s",
			w->control_sets.n > 1 ? "all " : "", w->control_sets.n,
			w->control_sets.n > 1 ? "s" : "");
}

/* ---- ASR-DRV-FILES ---- */

struct driver_file {
	const char *service; /* NULL: the file is a library of another driver */
	enum win_path path;
	const char *file;
	bool needed;      /* by any machine */
	bool needed_bios; /* by one that boots by BIOS, whose disk is IDE */
};

static const struct driver_file driver_files[] = {
	{"vmbus", PATH_DRV_VMBUS, "vmbus.sys", true, true},
	{"storvsc", PATH_DRV_STORVSC, "storvsc.sys", true, true},
	{"storflt", PATH_DRV_VMSTORFL, "vmstorfl.sys", false, false},
	{"intelide", PATH_DRV_INTELIDE, "intelide.sys", false, true},
	{"atapi", PATH_DRV_ATAPI, "atapi.sys", false, true},
	{NULL, PATH_DRV_PCIIDEX, "pciidex.sys", false, false},
	{NULL, PATH_DRV_ATAPORT, "ataport.sys", false, false},
};

static enum file_status file_of(
	const struct windows *w, const struct driver_file *f, struct origin *ret_from)
{
	const struct win_service *s = f->service ? win_service(w->current, f->service) : NULL;

	*ret_from = win_path(w, f->path)->from;
	if (!s || s->file == SERVICE_FILE_UNASKED)
		return win_path(w, f->path)->status;
	ret_from->path = s->file_path;
	switch (s->file) {
	case SERVICE_FILE_THERE:
		return FILE_READ;
	case SERVICE_FILE_MISSING:
		return FILE_ABSENT;
	default:
		return FILE_UNREADABLE;
	}
}

static bool made_for_bios(const struct check *c)
{
	struct firmware fw = firmware_of(c);

	return fw.bios && c->options->target_gen != GEN_2;
}

static void driver_files_there(struct check *c)
{
	const struct windows *w = windows_of(c);
	bool bios = made_for_bios(c);
	struct origin o;

	if (!w)
		return;
	for (size_t i = 0; i < ARRAY_LEN(driver_files); i++) {
		const struct driver_file *f = &driver_files[i];
		enum file_status status = file_of(w, f, &o);
		bool needed = f->needed || (bios && f->needed_bios);

		if (status == FILE_ABSENT)
			say(c, needed ? FAIL : WARN, needed ? HYDRATION : ENG, &o,
				"the driver's file %s is missing%s", f->file,
				!needed     ? ""
				: f->needed ? ": Windows cannot reach its disk in Azure"
					    : ": a Generation 1 machine boots from IDE");
		else if (status == FILE_UNREADABLE)
			say_unknown(c, REASON_UNREADABLE, &o,
				"whether the driver's file %s is there cannot be read", f->file);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, HYDRATION, &o, "the files of all Hyper-V and IDE drivers are there");
}

/* ---- ASR-170010 ---- */

#define BOOT_START                                                                                 \
	"Set the start types in every control set (or run Script-no-hydration.ps1 -set):\n"        \
	"\treg add " SERVICES_KEY " /v Start /t REG_DWORD /d %d /f"

static void judge_start(struct check *c, const struct control_set *cs, const char *driver,
	const struct win_service *s)
{
	bool vital = !strcmp(driver, "vmbus") || !strcmp(driver, "storvsc");
	const struct win_device *device =
		s->start == START_DISABLED ? NULL : win_device_of(c->guest->windows, driver);
	enum verdict v = INFO;
	const char *why;

	if (c->options->scenario != V2A && vital && !device)
		v = cs->current ? FAIL : INFO;
	else if (s->start == START_DISABLED)
		v = WARN;
	why = c->options->scenario == V2A
		      ? "failover sets it to start at boot; if that fails the machine stops with "
			"INACCESSIBLE_BOOT_DEVICE"
	      : device ? "but it runs a device, for which Windows starts it"
		       : "nothing will change that before the machine boots in Azure";
	say_reg(c, v, c->options->scenario == V2A ? HYDRATION : ENG, &s->from, "%s is %s in %s: %s",
		driver, start_words(s->start), set_words(c->arena, cs), why)
		->remedy = arena_printf(c->arena, BOOT_START, cs->name, driver, START_BOOT);
}

static void hydration_needed(struct check *c)
{
	const struct windows *w = windows_of(c);

	if (!w || !has_sets(c, w))
		return;
	list_each(cs, &w->control_sets) {
		const struct win_service *dhcp = win_service(cs, "Dhcp");

		if (set_unseen(c, cs))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(boot_drivers); i++) {
			const struct win_service *s = win_service(cs, boot_drivers[i]);

			if (s && s->start != START_BOOT)
				judge_start(c, cs, boot_drivers[i], s);
		}
		if (dhcp && dhcp->start != START_AUTO)
			say(c, INFO, HYDRATION, &dhcp->from,
				"the DHCP client is %s in %s: failover makes it automatic",
				start_words(dhcp->start), set_words(c->arena, cs))
				->remedy =
				arena_printf(c->arena, BOOT_START, cs->name, "Dhcp", START_AUTO);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, HYDRATION, &w->control_sets.at[0].from,
			"all drivers start at boot: failover has nothing to change");
}

/* ---- ASR-DRV-STARTOVERRIDE ---- */

static void start_override(struct check *c)
{
	static const char *const drivers[] = {"pci", "storflt", "storvsc", "vmbus"};
	const struct windows *w = windows_of(c);

	if (!w || !has_sets(c, w))
		return;
	if (!windows_is(w, 6, 2)) {
		say(c, NA, ENG, &w->control_sets.at[0].from,
			"Windows before 8 and Server 2012 knows no StartOverride");
		return;
	}
	list_each(cs, &w->control_sets) {
		if (set_unseen(c, cs))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
			const struct win_service *s = win_service(cs, drivers[i]);

			if (!s || s->start != START_BOOT || !s->has_override ||
				s->start_override != START_MANUAL)
				continue;
			say(c, c->options->scenario == HYPERV ? WARN : INFO, ENG, &s->from,
				"%s starts at boot in %s, but its StartOverride (0 = 3) cancels "
				"that",
				drivers[i], set_words(c->arena, cs))
				->remedy = arena_printf(c->arena,
				"\treg delete " SERVICES_KEY "\\StartOverride /f", cs->name,
				drivers[i]);
		}
	}
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, &w->control_sets.at[0].from,
			"no StartOverride cancels a boot driver");
}

/* ---- ASR-SVC-DHCP ---- */

static void dhcp_service(struct check *c)
{
	struct service_view dhcp;
	const struct win_service *s;

	if (!look_at_service(c, "Dhcp", &dhcp))
		return;
	s = dhcp.service;
	if (!s)
		say_reg(c, FAIL, DOC, &dhcp.from, "the DHCP client service is missing");
	else if (s->start == START_AUTO)
		say(c, PASS, DOC, &dhcp.from, "the DHCP client is automatic");
	else if (c->options->scenario == V2A)
		say(c, WARN, DOC, &dhcp.from, "the DHCP client is %s; failover makes it automatic",
			start_words(s->start));
	else
		say_reg(c, FAIL, DOC, &dhcp.from,
			"the DHCP client is %s: the machine gets no address in Azure",
			start_words(s->start));
}

/* ---- ASR-WIN-SVCSTART ---- */

static const struct azure_service {
	const char *name;
	int wanted; /* START_AUTO, or START_MANUAL and better */
	enum verdict disabled;
} azure_services[] = {
	{"BFE", START_AUTO, FAIL},
	{"Dhcp", START_AUTO, FAIL},
	{"Dnscache", START_AUTO, FAIL},
	{"IKEEXT", START_AUTO, INFO},
	{"iphlpsvc", START_AUTO, INFO},
	{"mpssvc", START_AUTO, FAIL},
	{"Netlogon", START_MANUAL, INFO},
	{"Netman", START_MANUAL, INFO},
	{"nsi", START_AUTO, FAIL},
	{"RemoteRegistry", START_AUTO, INFO},
	{"TermService", START_MANUAL, WARN},
	{"w32time", START_AUTO, INFO},
};

static void service_starts(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w)
		return;
	for (size_t i = 0; i < ARRAY_LEN(azure_services); i++) {
		const struct azure_service *want = &azure_services[i];
		const struct win_service *s = win_service(cs, want->name);
		struct origin o = service_origin(c->arena, cs, s, want->name);
		bool off = s && s->start == START_DISABLED;
		bool manual = want->wanted == START_MANUAL;

		if (s && s->start >= 0 && s->start <= want->wanted)
			continue;
		say_reg(c, off ? want->disabled : INFO, DOC, &o, "%s is %s; Azure expects it %s",
			want->name, s ? start_words(s->start) : "not installed",
			manual ? "manual or automatic" : "automatic")
			->remedy = arena_printf(c->arena, "\tsc config %s start= %s", want->name,
			manual ? "demand" : "auto");
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &cs->from, "all services start as Azure expects them");
}

/* ---- ASR-WIN-FILTERS ---- */

static const struct filter_class {
	enum win_key key;
	const char *what, *guid;
} filter_classes[] = {
	{KEY_CLASS_DISK, "disks", "{4D36E967-E325-11CE-BFC1-08002BE10318}"},
	{KEY_CLASS_VOLUME, "volumes", "{71A27CDD-812A-11D0-BEC7-08002BE2092F}"},
	{KEY_CLASS_SCSI, "SCSI adapters", "{4D36E97B-E325-11CE-BFC1-08002BE10318}"},
	{KEY_CLASS_NET, "network adapters", "{4D36E972-E325-11CE-BFC1-08002BE10318}"},
};

static bool is_windows_own(const char *filter)
{
	static const char *const own[] = {"partmgr", "EhStorClass", "volsnap", "fvevol", "iorate",
		"rdyboost", "volume", "volmgr", "WdFilter", "storqosflt"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (!strcasecmp(own[i], filter))
			return true;
	}
	return false;
}

static const char *drop_filter(struct arena *a, const struct filter_class *class,
	const struct reg_value *v, const char *orphan)
{
	const char *rest = "";
	unsigned n = 0;

	list_each(s, &v->strings) {
		if (strcasecmp(*s, orphan))
			rest = arena_printf(a, "%s%s%s", rest, n++ ? "\\0" : "", *s);
	}
	if (!n)
		return arena_printf(a,
			"\treg delete HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\%s /v %s /f",
			class->guid, v->name);
	return arena_printf(a,
		"\treg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\%s /v %s /t "
		"REG_MULTI_SZ /d %s /f",
		class->guid, v->name, cmd_word(a, rest, "REMAINING"));
}

static void judge_filter(struct check *c, const struct filter_class *class,
	const struct control_set *cs, const struct reg_value *v, const char *filter)
{
	const struct win_service *s = win_service(cs, filter);
	bool missing = s && s->file == SERVICE_FILE_MISSING;

	if (!s || missing)
		say_reg(c, FAIL, ENG, &v->from,
			"%s, a filter of %s, is %s%s: Windows would stop with 0x7B", filter,
			class->what, s ? "without its file " : "not installed as a service",
			s ? s->file_path : "")
			->remedy = drop_filter(c->arena, class, v, filter);
	else if (s->file == SERVICE_FILE_UNSEEN)
		say_unknown(c, REASON_UNREADABLE, &v->from,
			"whether the file of %s, a filter of %s, is there cannot be seen", filter,
			class->what);
	else if (!is_windows_own(filter))
		say(c, INFO, ENG, &v->from, "%s filters %s", filter, class->what);
}

static void filters(struct check *c)
{
	static const char *const names[] = {"UpperFilters", "LowerFilters"};
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w)
		return;
	for (size_t i = 0; i < ARRAY_LEN(filter_classes); i++) {
		const struct reg_key *k = win_key(w, filter_classes[i].key);

		if (key_unseen(c, k, "a list of filters"))
			continue;
		for (size_t j = 0; j < ARRAY_LEN(names); j++) {
			const struct reg_value *v = reg_key_value(k, names[j]);

			for (size_t n = 0; v && n < v->strings.n; n++)
				judge_filter(c, &filter_classes[i], cs, v, v->strings.at[n]);
		}
	}
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, &win_key(w, KEY_CLASS_DISK)->from,
			"all filters of disks, volumes and adapters are Windows' own");
}

/* ---- ASR-WIN-VMTOOLS ---- */

static const struct {
	const char *service, *what;
} hypervisor_services[] = {
	{"VMTools", "VMware Tools"},
	{"VGAuthService", "VMware's guest authentication"},
	{"xenbus", "the bus driver of Xen"},
	{"xenvbd", "the disk driver of Xen"},
	{"xennet", "the network driver of Xen"},
	{"vioscsi", "the SCSI driver of virtio"},
	{"viostor", "the disk driver of virtio"},
	{"netkvm", "the network driver of virtio"},
	{"QEMU-GA", "QEMU's guest agent"},
	{"VBoxService", "VirtualBox' guest additions"},
	{"prl_tools", "Parallels Tools"},
};

static void hypervisor_tools(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w)
		return;
	for (size_t i = 0; i < ARRAY_LEN(hypervisor_services); i++) {
		const char *name = hypervisor_services[i].service;
		const struct win_service *s = win_service(cs, name);

		if (!s || s->start > START_AUTO || s->start < 0)
			continue;
		say(c, INFO, HYDRATION, &s->from, "%s (%s) starts by itself%s",
			hypervisor_services[i].what, name,
			!strcmp(name, "VMTools") && c->options->scenario == V2A
				? "; failover disables it"
				: "");
	}
	if (!c->finding->evidence.n)
		say(c, PASS, HYDRATION, &cs->from, "no tools of another hypervisor start");
}

/* ---- ASR-151025 ---- */

static void com_and_vss(struct check *c)
{
	static const struct {
		const char *name;
		enum verdict disabled;
	} services[] = {{"COMSysApp", FAIL}, {"EventSystem", WARN}, {"MSDTC", WARN},
		{"swprv", WARN}, {"vds", WARN}, {"VSS", FAIL}};
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);

	if (!w)
		return;
	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		const struct win_service *s = win_service(cs, services[i].name);

		if (s && s->start == START_DISABLED)
			say_reg(c, services[i].disabled, DOC, &s->from, "%s is disabled",
				services[i].name)
				->remedy = arena_printf(
				c->arena, "\tsc config %s start= demand", services[i].name);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, DOC, &cs->from, "no service of COM+ and VSS is disabled");
}

static const struct rule rules[] = {
	{
		.id = "ASR-151025",
		.errors = {151025},
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "COM+ System Application and VSS",
		.about = "Without them no application-consistent point is made, and enabling "
			 "replication fails. Looked at: start types of COMSysApp and VSS, and of "
			 "EventSystem, MSDTC, swprv and vds.",
		.remedy = "Set the service to manual or automatic.",
		.source = A2A_ERRORS_PAGE,
		.check = com_and_vss,
	},
	{
		.id = "ASR-170010",
		.errors = {170010},
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.scenarios = CAN(V2A) | CAN(HYPERV),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Failover preparation of drivers",
		.about = "In every control set atapi, intelide, storflt, storvsc and vmbus must "
			 "start at boot, and the DHCP client by itself. Failover from VMware sets "
			 "this; from elsewhere nobody does.",
		.remedy = "Set the start types in every control set.",
		.source = FAILOVER_PAGE "; " HYDRATION_PAGE "; " HYDRATION_CODE,
		.check = hydration_needed,
	},
	{
		.id = "ASR-DRV-CS",
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Boot drivers in every control set",
		.about = "The agent wants the keys of atapi, intelide, storflt, storvsc and vmbus "
			 "in every ControlSet00N\\Services, not in the current one only.",
		.remedy = "Reinstall the missing drivers, or repair Windows.",
		.source = PUSH_PAGE "; " PUSH_LVM_PAGE,
		.check = drivers_in_sets,
	},
	{
		.id = "ASR-DRV-FILES",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Files of the boot drivers",
		.about = "Looked at: the files that the drivers' ImagePath names, else those in "
			 "\\Windows\\System32\\drivers. A BIOS machine also needs the IDE ones.",
		.remedy = "Restore the files from the component store:\n"
			  "\tDISM /Online /Cleanup-Image /RestoreHealth\n\tsfc /scannow",
		.source = HYDRATION_CODE "; " HYDRATION_PAGE,
		.check = driver_files_there,
	},
	{
		.id = "ASR-DRV-STARTOVERRIDE",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Boot start cancelled by StartOverride",
		.about = "Since Windows 8 a value 0 = 3 in a driver's StartOverride key makes "
			 "Windows skip it at boot, whatever Start says. Windows writes such keys "
			 "itself on machines without that hardware.",
		.remedy = "Delete the subkey in all control sets.",
		.source = "engineering knowledge",
		.check = start_override,
	},
	{
		.id = "ASR-SVC-DHCP",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "DHCP client service",
		.about = "In Azure the machine gets its address by DHCP: the service must be "
			 "automatic. Failover from VMware sets it.",
		.remedy = "\tsc config Dhcp start= auto",
		.source = FAILOVER_PAGE "; " HYDRATION_PAGE,
		.check = dhcp_service,
	},
	{
		.id = "ASR-WIN-FILTERS",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Filters of disks, volumes and adapters",
		.about = "A filter driver whose service or file is gone stops Windows at boot "
			 "(0x7B). Looked at: UpperFilters and LowerFilters of the classes disk, "
			 "volume, SCSI adapter and network adapter.",
		.remedy = "Remove the orphan from the list.",
		.source = UPLOAD_WINDOWS_PAGE "; engineering knowledge",
		.check = filters,
	},
	{
		.id = "ASR-WIN-SVCSTART",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Start types that Azure expects",
		.about = "Looked at: BFE, Dhcp, Dnscache, IKEEXT, iphlpsvc, mpssvc, Netlogon, "
			 "Netman, nsi, RemoteRegistry, TermService and w32time.",
		.remedy = "Set the start types.",
		.source = UPLOAD_WINDOWS_PAGE,
		.check = service_starts,
	},
	{
		.id = "ASR-WIN-VMTOOLS",
		.category = ADVICE,
		.applies = WINDOWS,
		.reaches = CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Tools of other hypervisors",
		.about = "VMware Tools and drivers of Xen and virtio do nothing in Azure. Failover "
			 "from VMware disables VMware Tools.",
		.remedy = "Uninstall them after failover.",
		.source = HYDRATION_PAGE "; " HYDRATION_CODE,
		.check = hypervisor_tools,
	},
};

const struct rule_set windows_drivers_rules = {rules, ARRAY_LEN(rules)};

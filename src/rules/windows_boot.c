/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * How Windows boots: system partition, boot configuration (BCD), the SYSTEM hive, a reboot that is
 * due, and what it does with its disks.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* ---- repairs ---- */

const char *windows_repair_bios(struct arena *a)
{
	(void)a;
	return "From the recovery console, with the system partition as S: (diskpart: select "
	       "volume N, assign letter=S; of its partition: active):\n"
	       "\tbootsect /nt60 S: /mbr\n"
	       "\tbcdboot C:\\Windows /s S: /f BIOS";
}

const char *windows_repair_uefi(struct arena *a)
{
	(void)a;
	return "With the EFI system partition as S: (in a running Windows: mountvol S: /s):\n"
	       "\tbcdboot C:\\Windows /s S: /f UEFI";
}

const char *windows_repair_boot(struct check *c)
{
	struct firmware fw = firmware_of(c);
	const struct windows *w = c->guest->windows;

	if (c->options->target_gen == GEN_2 || (fw.uefi && !fw.bios) ||
		(w && w->bcd.volume && w->bcd.on_esp))
		return windows_repair_uefi(c->arena);
	return windows_repair_bios(c->arena);
}

/* FAIL once all disks are known to be there; before, the missing part may be on another one. */
static void say_lacking(struct check *c, const struct origin *o, const char *what)
{
	if (c->options->complete)
		say(c, FAIL, ENG, o, "%s", what)->remedy = windows_repair_boot(c);
	else
		say_unknown(c, REASON_MISSING_DISK, o,
			"%s; it may be on a disk that was not given (--complete says that there is "
			"none)",
			what);
}

/* ---- ASR-95309 ---- */

static bool on_one_disk(const struct volume *a, const struct volume *b)
{
	list_each(d, &a->disks) {
		if (volume_on_disk(b, *d))
			return true;
	}
	return false;
}

void windows_system_disk(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct volume *root = c->guest->root, *sys;
	const char *here, *there;
	struct origin o;

	if (!w)
		return;
	sys = w->bcd.volume;
	if (!sys) {
		say_unknown(c, c->options->complete ? REASON_UNREADABLE : REASON_MISSING_DISK,
			&w->bcd.hive.from, "no boot configuration (BCD) was found%s",
			c->options->complete ? ""
					     : ": the companion disk with the system partition was "
					       "not supplied");
		return;
	}
	o = origin_volume(sys);
	o.path = w->bcd.hive.from.path;
	here = disk_words(c->arena, root->disks.at, root->disks.n);
	there = disk_words(c->arena, sys->disks.at, sys->disks.n);
	if (on_one_disk(sys, root))
		say(c, PASS, ENG, &o, "the system partition and Windows share %s", here);
	else if (agent_before(c, "9.20"))
		say(c, FAIL, DOC, &o,
			"the system partition is on %s and Windows on %s; agents before 9.20 "
			"refuse this",
			there, here);
	else
		say(c, WARN, DOC, &o,
			"the system partition is on %s and Windows on %s: allowed since agent 9.20 "
			"by the push installation page, ruled out by the support matrix",
			there, here);
}

/* ---- ASR-95310 ---- */

static bool has_boot_manager(const struct disk_boot *b)
{
	list_each(esp, &b->esps) {
		list_each(l, &esp->loaders) {
			if (!strcasecmp(l->path, "/EFI/Microsoft/Boot/bootmgfw.efi"))
				return true;
		}
	}
	return false;
}

static bool boots_by_esp(const struct check *c)
{
	list_each(b, &c->facts->disks) {
		if (is_own_disk(c, b->disk) && b->boots_uefi && has_boot_manager(b))
			return true;
	}
	return false;
}

void windows_boot_files(struct check *c, const char *disk, const char *boots)
{
	const struct windows *w = windows_of(c);
	const struct win_path_fact *bootmgr;
	struct firmware fw = firmware_of(c);
	struct origin o;

	if (!w)
		return;
	bootmgr = win_path(w, PATH_BOOTMGR);
	o = w->bcd.hive.from;
	if (w->bcd.hive.status == FILE_ABSENT)
		say_lacking(c, &o, "no disk holds a boot configuration (BCD)");
	else if (w->bcd.hive.status == FILE_UNREADABLE)
		say_unknown(c, w->bcd.hive.reason ? w->bcd.hive.reason : REASON_UNREADABLE, &o,
			"the boot configuration (BCD) cannot be read: %s", w->bcd.hive.why);
	if (fw.bios && !boots_by_esp(c) && bootmgr->status == FILE_ABSENT)
		say_lacking(c, &bootmgr->from, "the system partition holds no bootmgr");
	else if (fw.bios && !boots_by_esp(c) && bootmgr->status == FILE_UNREADABLE)
		say_unknown(c, REASON_UNREADABLE, &bootmgr->from,
			"whether the system partition holds bootmgr cannot be read");
	else if (!fw.bios && fw.uefi && !boots_by_esp(c))
		say_lacking(c, &o,
			"no EFI system partition holds \\EFI\\Microsoft\\Boot\\bootmgfw.efi");
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, &o, "%s %s, with boot manager and boot configuration", disk,
			boots);
}

/* ---- ASR-BOOT-UEFI-WIN2008 ---- */

static void old_windows_on_uefi(struct check *c)
{
	const struct windows *w = windows_of(c);
	struct firmware fw = firmware_of(c);
	struct origin o;

	if (!w)
		return;
	o = win_setting(w, SET_CURRENT_VERSION)->from;
	if (!w->major)
		say_unknown(c, REASON_UNREADABLE, &o, "the version of Windows is not known");
	else if (w->major != 6 || w->minor > 1 || w->is_client)
		say(c, NA, DOC, &o, "the system is not Windows Server 2008 or 2008 R2");
	else if (fw.uefi && !fw.bios)
		say_reg(c, FAIL, DOC, &o,
			"%s boots by UEFI from %s: it is protected with BIOS boot only",
			guest_words(c->guest), fw.uefi->disk->name);
	else if (!fw.bios)
		say_unknown(c, REASON_UNREADABLE, &o, "what the machine boots by is not known");
	else
		say(c, PASS, DOC, &o, "%s boots by BIOS", guest_words(c->guest));
}

/* ---- ASR-WIN-BCD ---- */

static bool is_root_of_other(const struct check *c, const struct volume *v)
{
	list_each(g, &c->facts->guests) {
		if (*g != c->guest && (*g)->root == v)
			return true;
	}
	return false;
}

/* osdevice must be Windows, device the volume that winload is read from: the same one. */
static void judge_place(
	struct check *c, const struct win_bcd *b, const struct bcd_place *p, const char *what)
{
	const struct volume *v = p->target == BCD_BOOT ? b->volume : p->volume;
	const char *words = p->words ? p->words : "an unknown place";

	switch (p->target) {
	case BCD_NOT_FOUND:
		if (c->options->complete)
			say_reg(c, FAIL, ENG, &p->from,
				"the default entry's %s is %s, which is on no disk", what, words)
				->remedy = windows_repair_boot(c);
		else
			say_unknown(c, REASON_MISSING_DISK, &p->from,
				"the default entry's %s is %s, which is on no given disk", what,
				words);
		break;
	case BCD_NO_DEVICE:
		say_reg(c, FAIL, ENG, &p->from, "the default entry has no %s", what)->remedy =
			windows_repair_boot(c);
		break;
	case BCD_UNDECODED:
		say_unknown(c, REASON_UNSUPPORTED, &p->from,
			"the default entry's %s cannot be decoded", what);
		break;
	case BCD_OTHER:
		say(c, INFO, ENG, &p->from, "the default entry's %s is no partition: %s", what,
			words);
		break;
	default:
		if (!v || v == c->guest->root)
			return;
		if (is_root_of_other(c, v))
			say(c, INFO, ENG, &p->from,
				"the default entry boots another Windows, on %s", v->name);
		else
			say_reg(c, FAIL, ENG, &p->from,
				"the default entry's %s is %s, and Windows is on %s", what, v->name,
				c->guest->root->name)
				->remedy = windows_repair_boot(c);
	}
}

static void judge_loader_path(struct check *c, const struct win_bcd *b, const struct bcd_loader *l)
{
	const char *path = l->path.value;
	bool efi = path && strlen(path) > 4 && !strcasecmp(path + strlen(path) - 4, ".efi");

	if (!path)
		say_reg(c, FAIL, ENG, &l->from, "the default entry names no program to load")
			->remedy = windows_repair_boot(c);
	else if (efi != b->on_esp)
		say_reg(c, FAIL, ENG, &l->path.from, "the default entry loads %s, by %s", path,
			b->on_esp ? "UEFI" : "BIOS")
			->remedy = windows_repair_boot(c);
}

/* A part of the store that was not read may hold anything; over a limit it is not damaged. */
static void say_damaged(struct check *c, const struct win_bcd *b, const struct origin *o,
	const char *what, const char *why)
{
	if (b->damage == REASON_LIMIT)
		say_unknown(c, b->damage, o, "%s cannot be read: %s", what, why);
	else
		say_reg(c, FAIL, ENG, o, "%s is damaged: %s", what, why)->remedy =
			windows_repair_boot(c);
}

/* An entry that is not the loader of a Windows since Vista. */
static void judge_other(struct check *c, const struct win_bcd *b, const struct bcd_object *o)
{
	if (o->damaged)
		say_damaged(c, b, &o->from, "the default entry", o->damaged);
	else
		say_unknown(c, REASON_UNSUPPORTED, &o->from,
			"the default entry %s is no loader of Windows (0x%08x): what it boots is "
			"not known",
			o->id, o->type);
}

/* The loader that the default entry is; NULL: something was said. */
static const struct bcd_loader *default_loader(struct check *c, const struct win_bcd *b)
{
	const struct fact *id = &b->default_id;

	if (b->default_loader >= 0)
		return &b->loaders.at[b->default_loader];
	if (b->default_other)
		judge_other(c, b, b->default_other);
	else if (b->damaged)
		say_damaged(c, b, &b->hive.from, "the boot configuration", b->damaged);
	else if (!id->value)
		say_reg(c, FAIL, ENG, &id->from, "the boot manager has no default entry")->remedy =
			windows_repair_boot(c);
	else
		say_reg(c, FAIL, ENG, &id->from, "the default entry %s does not exist", id->value)
			->remedy = windows_repair_boot(c);
	return NULL;
}

static void judge_default(struct check *c, const struct win_bcd *b)
{
	const struct bcd_loader *l = default_loader(c, b);

	if (!l)
		return;
	if (l->damaged) {
		say_damaged(c, b, &l->from, "the default entry", l->damaged);
		return;
	}
	judge_place(c, b, &l->device, "device");
	judge_place(c, b, &l->osdevice, "osdevice");
	judge_loader_path(c, b, l);
	if (!l->has_ems || !l->ems)
		say(c, INFO, DOC, &l->from, "the emergency console (EMS) is off")->remedy =
			"\tbcdedit /ems {default} on\n"
			"\tbcdedit /emssettings EMSPORT:1 EMSBAUDRATE:115200";
	if (!l->has_recovery || l->recovery)
		say(c, INFO, DOC, &l->from, "automatic recovery is on")->remedy =
			"\tbcdedit /set {default} recoveryenabled off";
}

static unsigned count_windows(const struct win_bcd *b)
{
	unsigned n = 0;

	list_each(l, &b->loaders)
		n += l->is_windows;
	return n;
}

static void boot_configuration(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct win_bcd *b;
	const struct hive_fact *h;

	if (!w)
		return;
	b = &w->bcd;
	h = &b->hive;
	if (h->status == FILE_ABSENT) {
		say_lacking(c, &h->from, "no disk holds a boot configuration (BCD)");
		return;
	}
	if (h->status == FILE_UNREADABLE && h->reason != REASON_UNREADABLE) {
		say_unknown(c, h->reason ? h->reason : REASON_UNSUPPORTED, &h->from,
			"the boot configuration cannot be read: %s", h->why);
		return;
	}
	if (h->status == FILE_READ && !b->decoded && b->damaged) {
		say_damaged(c, b, &h->from, "the boot configuration", b->damaged);
		return;
	}
	if (h->status == FILE_UNREADABLE || !b->decoded) {
		say_reg(c, FAIL, ENG, &h->from, "the boot configuration is damaged: %s",
			h->why ? h->why : "it holds no boot manager")
			->remedy = windows_repair_boot(c);
		return;
	}
	judge_default(c, b);
	if (b->damaged && b->default_loader >= 0)
		say_unknown(c, b->damage, &h->from,
			"the default entry is there; the rest of the boot configuration cannot be "
			"read: %s",
			b->damaged);
	if (count_windows(b) > 1)
		say(c, INFO, ENG, &h->from, "%u entries boot a Windows", count_windows(b));
	if (b->has_timeout && !b->timeout)
		say(c, INFO, DOC, &h->from, "the boot menu is off")->remedy =
			"\tbcdedit /set {bootmgr} displaybootmenu yes\n"
			"\tbcdedit /set {bootmgr} timeout 5";
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, &b->default_id.from, "the default entry boots this Windows");
}

/* ---- ASR-WIN-OSVOLUME ---- */

/* Its loader is there, but no registry was found. */
static void judge_lost_volume(struct check *c)
{
	const struct guest *g = c->guest;
	struct origin o = g->root ? origin_volume(g->root) : g->id.from;

	if (g->root && g->root->sig.type && !strcmp(g->root->sig.type, "BitLocker"))
		say(c, FAIL, HYDRATION, &o,
			"%s is encrypted by BitLocker: failover finds no Windows on it",
			g->root->name)
			->remedy = "Decrypt the volume, and wait until it is done:\n"
				   "\tmanage-bde -off C:\n\tmanage-bde -status C:";
	else if (!g->root_fs || !g->root_fs->fs)
		windows_of(c);
	else
		say_lacking(c, &o, "no volume holds \\Windows\\System32\\config\\SYSTEM");
}

static void os_volume(struct check *c)
{
	const struct windows *w = c->guest->windows;
	const struct hive_fact *h;

	if (!w) {
		judge_lost_volume(c);
		return;
	}
	h = &w->hives[HIVE_SYSTEM];
	if (h->status == FILE_READ)
		say(c, PASS, HYDRATION, &h->from, "the SYSTEM hive can be read%s",
			h->dirty      ? "; it was being written to when the image was taken"
			: h->replayed ? ", after a replay of its log"
				      : "");
	else if (h->status == FILE_ABSENT)
		say(c, FAIL, HYDRATION, &h->from, "there is no SYSTEM hive");
	else if (h->reason != REASON_UNREADABLE)
		say_unknown(c, h->reason ? h->reason : REASON_UNSUPPORTED, &h->from,
			"the SYSTEM hive cannot be read: %s", h->why);
	else
		say(c, FAIL, HYDRATION, &h->from, "the SYSTEM hive is damaged: %s", h->why);
}

/* ---- ASR-WIN-SANPOLICY ---- */

/* Without a value Enterprise and Datacenter leave shared disks offline, and others none. */
static bool is_online_by_edition(const struct windows *w, const struct reg_value *san)
{
	const struct reg_value *edition = win_setting(w, SET_EDITION_ID);

	return san->state == REG_ABSENT && edition->text &&
	       !strcasestr(edition->text, "Enterprise") && !strcasestr(edition->text, "Datacenter");
}

static const char *san_words(const struct reg_value *v)
{
	static const char *const words[] = {"an unknown one", "online all", "offline shared",
		"offline all", "offline internal"};

	if (v->state == REG_ABSENT)
		return "the edition's default";
	return words[v->is_number && v->number < ARRAY_LEN(words) ? v->number : 0];
}

/* Volumes besides C:, which the temporary disk of Azure could push off their letters. */
static bool has_data_volumes(const struct check *c, const struct windows *w)
{
	size_t disks = 0;

	list_each(d, &c->facts->vm->map.disks)
		disks += is_own_disk(c, *d);
	list_each(d, &w->drives) {
		if (d->letter && d->state == DRIVE_FOUND && d->volume != c->guest->root)
			return true;
	}
	return disks > 1;
}

static void san_policy(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct reg_value *san, *mount;
	enum verdict v;

	if (!w)
		return;
	san = win_setting(w, SET_SAN_POLICY);
	mount = win_setting(w, SET_NO_AUTO_MOUNT);
	if (value_unseen(c, san, "the SAN policy"))
		return;
	v = c->options->scenario != V2A && has_data_volumes(c, w) ? WARN : INFO;
	if (is_online_by_edition(w, san))
		say(c, INFO, HYDRATION, &san->from,
			"the SAN policy is the edition's default, online all");
	else if (!reg_is(san, 1))
		say(c, v, HYDRATION, &san->from, "the SAN policy is %s%s", san_words(san),
			c->options->scenario == V2A ? ": failover sets it to online all"
						    : ": data disks may stay offline in Azure");
	if (reg_is(mount, 1))
		say(c, v, HYDRATION, &mount->from, "new volumes get no drive letter (NoAutoMount)")
			->remedy = "\tmountvol /e";
	if (!c->finding->evidence.n)
		say(c, PASS, HYDRATION, &san->from, "the SAN policy is online all");
}

/* ---- ASR-WIN-PENDINGREBOOT ---- */

/* Files that come and go at every boot: those of installers' and antivirus programs. */
static bool is_harmless(const char *path)
{
	static const char *const marks[] = {"\\temp\\", "\\tmp\\", "windows defender",
		"microsoft\\edgeupdate", "symantec", "mcafee", "trend micro", "sophos", "eset",
		"kaspersky", "sentinelone", "crowdstrike", "bitdefender", "malwarebytes",
		"f-secure", "avast", "avira"};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (strcasestr(path, marks[i]))
			return true;
	}
	return false;
}

static void judge_renames(struct check *c, const struct reg_value *v)
{
	const char *first = NULL;

	if (v->state != REG_THERE || !v->strings.n)
		return;
	list_each(s, &v->strings) {
		if (!is_harmless(*s) && !first)
			first = *s;
	}
	say(c, first ? WARN : INFO, DOC, &v->from,
		"files are to be renamed or deleted at the next boot: %s%s",
		first ? first : v->strings.at[0],
		first ? "" : " (all of temporary folders or antivirus programs)");
}

static void judge_reboot_keys(struct check *c, const struct windows *w)
{
	static const struct {
		enum win_key key;
		const char *what;
	} keys[] = {
		{KEY_CBS_REBOOT_PENDING, "an update or feature waits for a reboot"},
		{KEY_CBS_REBOOT_IN_PROGRESS, "an update is being finished by a reboot"},
		{KEY_CBS_PACKAGES_PENDING, "packages wait to be installed"},
		{KEY_WU_REBOOT_REQUIRED, "Windows Update waits for a reboot"},
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct reg_key *k = win_key(w, keys[i].key);

		if (k->state == REG_THERE)
			say(c, WARN, DOC, &k->from, "%s", keys[i].what);
	}
}

static void judge_new_name(struct check *c, const struct windows *w)
{
	const struct reg_value *name = win_setting(w, SET_COMPUTER_NAME);
	const struct reg_value *active = win_setting(w, SET_COMPUTER_NAME_ACTIVE);

	if (name->text && active->text && strcasecmp(name->text, active->text))
		say(c, WARN, DOC, &name->from,
			"the machine was renamed from %s to %s and not restarted", active->text,
			name->text);
}

static void pending_reboot(struct check *c)
{
	const struct windows *w = windows_of(c);
	const struct win_path_fact *pending;
	const struct reg_value *renames, *updates;

	if (!w)
		return;
	pending = win_path(w, PATH_PENDING_XML);
	renames = win_setting(w, SET_PENDING_FILE_RENAMES);
	updates = win_setting(w, SET_UPDATE_EXE_VOLATILE);
	judge_renames(c, renames);
	judge_renames(c, win_setting(w, SET_PENDING_FILE_RENAMES_2));
	judge_reboot_keys(c, w);
	if (updates->is_number && updates->number)
		say(c, WARN, DOC, &updates->from, "an update waits for a reboot");
	judge_new_name(c, w);
	if (pending->status == FILE_READ)
		say(c, WARN, ENG, &pending->from,
			"servicing operations are pending; if Windows does not boot, they are the "
			"likely cause");
	if (c->finding->evidence.n)
		return;
	if (value_unseen(c, renames, "whether a reboot is due") ||
		key_unseen(c, win_key(w, KEY_CBS_REBOOT_PENDING), "whether a reboot is due"))
		return;
	say(c, PASS, DOC, &renames->from, "no reboot is due");
}

static const struct rule rules[] = {
	{
		.id = "ASR-BOOT-UEFI-WIN2008",
		.category = REPLICATION,
		.applies = WINDOWS,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "UEFI with Windows Server 2008",
		.about = "Windows Server 2008 SP2 and 2008 R2 SP1 are protected with BIOS boot "
			 "only.",
		.remedy = "Upgrade the operating system, or move it to a machine with BIOS.",
		.source = V2A_MATRIX,
		.check = old_windows_on_uefi,
	},
	{
		.id = "ASR-WIN-BCD",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Boot configuration (BCD)",
		.about = "The boot manager's default entry must exist, name the volume that "
			 "Windows is on, and load winload.exe by BIOS or winload.efi by UEFI. "
			 "Disks are found by their signature or GUID. Failover runs bcdboot again "
			 "on UEFI machines.",
		.remedy = "Write the boot configuration anew with bcdboot.",
		.source = UPLOAD_WINDOWS_PAGE "; " HYDRATION_CODE,
		.check = boot_configuration,
	},
	{
		.id = "ASR-WIN-OSVOLUME",
		.category = BOOT_IN_AZURE,
		.applies = WINDOWS,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Volume and SYSTEM hive of Windows",
		.about = "Failover looks for a readable \\Windows\\System32\\config\\SYSTEM, and "
			 "gives up without one.",
		.remedy = "Repair the volume, or restore the hive from a backup.",
		.source = HYDRATION_PAGE "; " HYDRATION_CODE,
		.check = os_volume,
	},
	{
		.id = "ASR-WIN-PENDINGREBOOT",
		.category = REPLICATION,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Reboot pending",
		.about = "A machine that waits for a reboot cannot be selected for replication. "
			 "Looked at: renames of files at boot, servicing, Windows Update, and the "
			 "machine's name.",
		.remedy = "Restart the machine, and try again:\n\tshutdown /r /t 0",
		.source = REPLICATION_PAGE "; " UPLOAD_WINDOWS_PAGE "; " PUSH_PAGE,
		.check = pending_reboot,
	},
	{
		.id = "ASR-WIN-SANPOLICY",
		.category = ADVICE,
		.applies = WINDOWS,
		.reaches = CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "SAN policy",
		.about = "Data disks come online in Azure, with the letters they had, if the SAN "
			 "policy is online all (1). Without a value the edition decides.",
		.remedy = "\techo san policy=onlineall | diskpart",
		.source = HYDRATION_PAGE "; " UPLOAD_WINDOWS_PAGE "; " HYDRATION_CODE,
		.check = san_policy,
	},
};

const struct rule_set windows_boot_rules = {rules, ARRAY_LEN(rules)};

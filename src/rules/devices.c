/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Names of devices that a Linux guest's configuration uses, the drivers it forces; and in either
 * family multipath, and disks over a network.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

static const char *const os_dirs[] = {
	"/", "/boot", "/boot/efi", "/usr", "/usr/local", "/var", "/etc"};

static bool is_os_dir(const char *dir)
{
	for (size_t i = 0; dir && i < ARRAY_LEN(os_dirs); i++) {
		if (!strcmp(dir, os_dirs[i]))
			return true;
	}
	return false;
}

/* The end of a rule that found nothing: what could not be read may hide something. */
static void say_none(struct check *c, const char *none)
{
	if (c->finding->evidence.n)
		return;
	list_each(f, &c->guest->storage.unreadable)
		say_unknown(c, (*f)->reason, &(*f)->from, "%s cannot be read: %s", (*f)->path,
			(*f)->why);
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, NULL, "%s", none);
}

/* Drivers that a file puts into every initramfs. */
static void say_drivers(struct check *c, enum verdict v, const char *const *names, size_t n)
{
	list_each(d, &c->guest->storage.drivers) {
		for (size_t i = 0; i < n; i++) {
			char plain[32];
			size_t len = strlen(d->name);

			if (len >= sizeof(plain))
				continue;
			for (size_t k = 0; k <= len; k++)
				plain[k] = d->name[k] == '-' ? '_' : d->name[k];
			if (!strcmp(plain, names[i]))
				say(c, v, ENG, &d->from, "the driver %s is part of every initramfs",
					d->name);
		}
	}
}

/* ---- ASR-DISK-PARAVIRT ---- */

static bool is_paravirtual(const struct device_ref *r)
{
	return r->spec.class == DEVSPEC_KERNEL_NAME &&
	       (str_starts(r->spec.value, "vd") || str_starts(r->spec.value, "xvd"));
}

/* What the machine needs at boot: root=, resume=, fstab. */
static enum verdict when_named(const struct device_ref *r)
{
	if (r->place == REF_CRYPTTAB || r->place == REF_DEVICE_MAP)
		return WARN;
	if (!r->idle)
		return FAIL;
	return r->place == REF_FSTAB ? WARN : INFO;
}

/* "a|^/dev/vd.*|": a pattern that only such names fit. */
static void judge_filter_names(struct check *c, const struct lvm_filter *f,
	const struct guest_file *file, const char *const *prefixes, size_t n, const char *what)
{
	struct origin o;

	if (!file || !f->line)
		return;
	o = origin_line(file, f->line, f->text);
	list_each(p, &f->patterns) {
		for (size_t i = 0; i < n; i++) {
			if (p->accept && strstr(p->regex, prefixes[i]))
				say(c, WARN, ENG, &o, "LVM's %s names %s: %s", f->name, what,
					p->regex);
		}
	}
}

static void paravirtual(struct check *c)
{
	static const char *const drivers[] = {"xen_blkfront", "virtio_blk"};
	static const char *const prefixes[] = {"/dev/vd", "/dev/xvd"};
	const struct storage *s = &c->guest->storage;

	list_each(r, &s->refs) {
		if (is_paravirtual(r))
			say(c, when_named(r), DOC, &r->from,
				"%s names a paravirtual disk of Xen or KVM: %s", r->where, r->text);
	}
	judge_filter_names(c, &s->lvm.filter, s->filter_file, prefixes, ARRAY_LEN(prefixes),
		"paravirtual disks");
	judge_filter_names(c, &s->lvm.global_filter, s->global_filter_file, prefixes,
		ARRAY_LEN(prefixes), "paravirtual disks");
	say_drivers(c, WARN, drivers, ARRAY_LEN(drivers));
	list_each(k, &c->guest->boot_config.kernels) {
		if (str_ends(k->release, "xen"))
			say(c, WARN, ENG, &k->from, "%s is a kernel for Xen", k->release);
	}
	say_none(c, "nothing names a disk of Xen or KVM");
}

/* ---- ASR-DISK-CCISS ---- */

static void cciss(struct check *c)
{
	static const char *const drivers[] = {"cciss"};

	list_each(r, &c->guest->storage.refs) {
		if (r->spec.class == DEVSPEC_CCISS)
			say(c, r->idle && r->place != REF_FSTAB ? INFO : FAIL, DOC, &r->from,
				"%s names a disk of an HP CCISS controller: %s", r->where, r->text);
	}
	say_drivers(c, INFO, drivers, ARRAY_LEN(drivers));
	say_none(c, "nothing names a disk of a CCISS controller");
}

/* ---- ASR-DISK-BLKMQ ---- */

static bool is_on(const char *value)
{
	return value && (!*value || strchr("1yYtT", *value));
}

static void judge_mq_arguments(
	struct check *c, const struct boot_file *file, const struct boot_entry *entry)
{
	static const char *const keys[] = {"scsi_mod.use_blk_mq", "dm_mod.use_blk_mq"};
	const struct kernel_line *line = boot_entry_kernel(entry);
	struct origin o;

	for (size_t i = 0; line && i < ARRAY_LEN(keys); i++) {
		const struct kernel_arg *arg = boot_entry_arg(entry, keys[i]);

		if (!arg || !is_on(arg->value ? arg->value : ""))
			continue;
		o = origin_line(file->file, line->line, line->text);
		say(c, entry->kind == BOOT_NORMAL && !entry->unreachable ? WARN : INFO, DOC, &o,
			"the kernel is told to use multi-queue block I/O (%s)", keys[i]);
	}
}

static void multi_queue(struct check *c)
{
	list_each(file, &c->guest->boot_config.files) {
		list_each(entry, &(*file)->entries)
			judge_mq_arguments(c, *file, entry);
	}
	list_each(m, &c->guest->storage.modprobe) {
		const struct modprobe_line *l = m->line;

		if (l->kind == MODPROBE_OPTIONS &&
			(!strcmp(l->name, "scsi_mod") || !strcmp(l->name, "dm_mod")) &&
			is_on(modprobe_option(c->arena, l, "use_blk_mq")))
			say(c, WARN, DOC, &m->from, "%s is told to use multi-queue block I/O",
				l->name);
	}
	say_none(c, "nothing switches on multi-queue block I/O");
}

/* ---- ASR-DISK-MULTIPATH ---- */

static bool is_wwid(const char *name)
{
	size_t n = 0;

	while (isxdigit((unsigned char)name[n]))
		n++;
	return n >= 17 && name[0] == '3';
}

/* A name that multipath gives to a disk or, with p2 or -part2 behind it, to a partition. */
static bool is_multipath_name(const struct storage *s, const struct device_ref *r)
{
	const char *name = r->spec.value;

	if (r->spec.class != DEVSPEC_MAPPER)
		return false;
	if (str_starts(name, "mpath") || is_wwid(name))
		return true;
	list_each(b, &s->multipath.bindings) {
		size_t n = strlen(b->name);

		if (str_starts(name, b->name) && (!name[n] || strchr("p-", name[n])))
			return true;
	}
	list_each(m, &s->multipath.conf) {
		if (!strcmp(m->name, "alias") && str_starts(name, m->value) && *m->value)
			return true;
	}
	return false;
}

static void judge_multipath_names(struct check *c)
{
	list_each(r, &c->guest->storage.refs) {
		bool os = r->place == REF_ROOT || r->place == REF_RESUME || is_os_dir(r->dir);

		if (!is_multipath_name(&c->guest->storage, r))
			continue;
		if (r->idle)
			say(c, INFO, ENG, &r->from, "%s names a multipath device: %s", r->where,
				r->text);
		else
			say(c, os ? FAIL : WARN, DOC, &r->from, "%s names a multipath device: %s",
				r->where, r->text);
	}
}

/* Ubuntu's server installs and starts the daemon everywhere; without a path it does nothing. */
static bool is_as_installed(const struct guest *g)
{
	const struct multipath_conf *conf = &g->storage.multipath.conf;

	return g->id.value && !strcmp(g->id.value, "ubuntu") && conf->n <= 1 &&
	       (!conf->n || !strcmp(conf->at[0].name, "user_friendly_names"));
}

static void judge_multipathd(struct check *c, const struct multipath_facts *m)
{
	struct origin wwid = {0};

	if (m->wwids.n)
		wwid = origin_line(m->wwids_file, m->wwids.at[0].line, m->wwids.at[0].text);
	if (m->wwids.n)
		say(c, WARN, DOC, &wwid,
			"multipathd is started at boot, and takes %zu disk%s, %s the first",
			m->wwids.n, m->wwids.n == 1 ? "" : "s", m->wwids.at[0].device);
	else if (is_as_installed(c->guest))
		say(c, INFO, ENG, &m->enabled_by,
			"multipathd is started at boot as Ubuntu installs it, and has taken no "
			"disk");
	else if (m->conf_file->status == FILE_ABSENT)
		say(c, PASS, ENG, &m->enabled_by,
			"multipathd is enabled, and does not start without /etc/multipath.conf");
	else
		say(c, WARN, DOC, &m->enabled_by,
			"multipathd is started at boot, and has taken no disk yet");
}

/* What the feature writes into its lists when it is installed. */
static bool is_placeholder(const char *device)
{
	return str_starts(device, "Vendor 8Product");
}

/* The disks, by maker and model, that a list claims; true: something was said. */
static bool judge_claims(struct check *c, const struct reg_value *v, const char *whose)
{
	list_each(device, &v->strings) {
		if (is_placeholder(*device))
			continue;
		say(c, WARN, DOC, &v->from,
			"%s starts at boot and takes disks such as \"%s\"; whether Windows itself "
			"is on one is not known",
			whose, *device);
		return true;
	}
	return false;
}

static bool judge_paths(struct check *c, const struct windows *w)
{
	list_each(d, &w->devices) {
		if (!str_starts(d->id, "MPIO\\"))
			continue;
		say(c, WARN, DOC, &d->from,
			"Windows has reached a disk over several paths; whether it is on that disk "
			"itself is not known");
		return true;
	}
	return false;
}

static void windows_multipath(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);
	const struct win_service *mpio = win_service(cs, "mpio");
	bool used;

	if (!w)
		return;
	if (!mpio || mpio->start != START_BOOT) {
		say(c, PASS, DOC, mpio ? &mpio->from : &cs->from, "multipath (MPIO) is %s",
			mpio ? "installed, and not started at boot" : "not installed");
		return;
	}
	used = judge_paths(c, w);
	used |= judge_claims(c, win_setting(w, SET_MPIO_DEVICES), "multipath (MPIO)");
	used |= judge_claims(c, win_setting(w, SET_MSDSM_DEVICES), "Microsoft's multipath module");
	if (!used)
		say(c, WARN, DOC, &mpio->from,
			"multipath (MPIO) starts at boot, and has taken no disk yet");
	list_each(ev, &c->finding->evidence)
		ev->remedy = "Remove the feature, in PowerShell, once no disk needs it:\n"
			     "\tUninstall-WindowsFeature Multipath-IO -Restart";
}

static void multipath(struct check *c)
{
	const struct multipath_facts *m;

	if (no_guest(c))
		return;
	if (c->guest->family == GUEST_WINDOWS) {
		windows_multipath(c);
		return;
	}
	m = &c->guest->storage.multipath;
	judge_multipath_names(c);
	if (m->enabled)
		judge_multipathd(c, m);
	say_none(c, m->installed ? "multipath is installed, and not started"
				 : "multipath is not installed");
}

/* ---- ASR-DISK-REMOTE ---- */

static void judge_network_mounts(struct check *c)
{
	list_each(m, &c->guest->mounts) {
		const char *type = m->entry->type;
		bool net = m->spec.class == DEVSPEC_NET || str_starts(type, "nfs") ||
			   !strcmp(type, "cifs") || !strcmp(type, "smb3");

		if (!net && !fstab_has_option(m->entry, "_netdev"))
			continue;
		if (is_os_dir(m->dir))
			say(c, FAIL, DOC, &m->from, "%s comes over a network: %s", m->dir,
				m->entry->spec);
		else if (fstab_has_option(m->entry, "noauto"))
			say(c, INFO, DOC, &m->from,
				"%s may be mounted over a network, from %s; it is not replicated",
				m->dir, m->entry->spec);
		else
			say(c, WARN, DOC, &m->from,
				"%s comes over a network, from %s; it is not replicated", m->dir,
				m->entry->spec);
	}
}

static void judge_network_root(struct check *c)
{
	const struct boot_entry *entry = c->guest->boot_config.default_entry;
	const struct boot_file *file = c->guest->boot_config.default_file;
	const struct kernel_line *line = entry ? boot_entry_kernel(entry) : NULL;
	const struct kernel_arg *root, *net;
	struct origin o;

	if (!line || !file)
		return;
	o = origin_line(file->file, line->line, line->text);
	root = boot_entry_arg(entry, "root");
	net = boot_entry_arg(entry, "netroot");
	if (root && root->value &&
		(str_starts(root->value, "iscsi") || str_starts(root->value, "nfs") ||
			!strcmp(root->value, "/dev/nfs")))
		say(c, FAIL, DOC, &o, "root comes over a network: root=%s", root->value);
	if (!net || !net->value)
		return;
	/* Its value may hold a password. */
	o.text = NULL;
	say(c, FAIL, DOC, &o, "root comes over a network: the kernel is given netroot=");
}

/* Setup leaves the service to be started by hand; false: UNKNOWN was said. */
static bool windows_initiator(struct check *c)
{
	const struct control_set *cs;
	const struct windows *w = windows_with_set(c, &cs);
	const struct win_service *s = win_service(cs, "MSiSCSI");

	if (!w)
		return false;
	list_each(t, &w->iscsi_targets)
		say(c, WARN, ENG, &t->from,
			"Windows logs in to the iSCSI target %s at every start; its disks are not "
			"replicated",
			t->value);
	if (s && s->start == START_AUTO && !w->iscsi_targets.n)
		say(c, INFO, ENG, &s->from,
			"the iSCSI initiator starts by itself, and logs in to no target");
	return true;
}

static void remote(struct check *c)
{
	if (no_guest(c) || (c->guest->family == GUEST_WINDOWS && !windows_initiator(c)))
		return;
	judge_network_mounts(c);
	judge_network_root(c);
	list_each(n, &c->guest->storage.iscsi_nodes)
		say(c, WARN, DOC, &n->from,
			"the guest knows the iSCSI target %s, whose disks are not replicated",
			n->value);
	if (c->finding->evidence.n)
		return;
	if (c->facts->vm->machine.config)
		say(c, PASS, DOC, NULL,
			"nothing comes over iSCSI, NFS or SMB, and the machine's disks are "
			"virtual");
	else
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"nothing comes over iSCSI, NFS or SMB; whether a disk is attached by Fibre "
			"Channel cannot be seen on it");
}

static const struct rule rules[] = {
	{
		.id = "ASR-DISK-BLKMQ",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(WARN) | CAN(PASS),
		.title = "Multi-queue block I/O",
		.about = "The support matrix does not take multi-queue block I/O. Kernels from 5.0 "
			 "on have nothing else and are supported all the same; so only switches "
			 "count. Looked at: scsi_mod.use_blk_mq and dm_mod.use_blk_mq on the "
			 "kernel's command line and in /etc/modprobe.d.",
		.remedy = "Remove the switch, and rebuild the boot configuration.",
		.source = V2A_MATRIX "; " AGENT_CHECK,
		.check = multi_queue,
	},
	{
		.id = "ASR-DISK-CCISS",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(INFO) | CAN(PASS),
		.title = "HP CCISS controllers",
		.about = "Disks of an HP CCISS controller are not supported. Looked at: names such "
			 "as /dev/cciss/c0d0p1 in boot entries, fstab, crypttab and device.map, "
			 "and the driver in the initramfs's configuration.",
		.remedy = "Name storage by UUID, and ask support: such a machine cannot be "
			  "protected as it is.",
		.source = V2A_MATRIX,
		.check = cciss,
	},
	{
		.id = "ASR-DISK-MULTIPATH",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A) | CAN(A2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Multipath in the guest",
		.about =
			"Disks that the guest reaches over several paths are not supported. "
			"Looked at: multipathd, /etc/multipath.conf, the wwids and bindings it "
			"keeps, and names of its devices in boot entries and fstab; in Windows the "
			"service mpio, the devices that it is told to take, and those that it "
			"has made.",
		.remedy = "Disable multipath in the guest, and rebuild the initramfs:\n"
			  "\tsystemctl disable multipathd.service multipathd.socket",
		.source = V2A_MATRIX "; " A2A_MATRIX "; " AGENT_CHECK,
		.check = multipath,
	},
	{
		.id = "ASR-DISK-PARAVIRT",
		.category = REPLICATION,
		.applies = LINUX,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(INFO) | CAN(PASS),
		.title = "Paravirtual disks of Xen and KVM",
		.about = "Names such as /dev/xvda and /dev/vda are those of paravirtual disks, "
			 "which ASR does not take, and which are not there in Azure. Looked at: "
			 "boot entries, fstab, crypttab, device.map, LVM's filters, kernels for "
			 "Xen, and drivers forced into the initramfs.",
		.remedy = "Name filesystems by UUID, and take the drivers out of the initramfs's "
			  "configuration.",
		.source = V2A_MATRIX,
		.check = paravirtual,
	},
	{
		.id = "ASR-DISK-REMOTE",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Storage over a network",
		.about =
			"What the guest mounts over iSCSI, NFS or SMB is not replicated, and an "
			"operating system on it cannot be protected. Looked at: fstab, the "
			"kernel's command line, and the targets that the iSCSI initiator knows (in "
			"Windows: logs in to at every start).",
		.remedy = "Bring the data onto disks of the machine, or protect it separately.",
		.source = V2A_MATRIX "; " A2A_MATRIX,
		.check = remote,
	},
};

const struct rule_set device_rules = {rules, ARRAY_LEN(rules)};

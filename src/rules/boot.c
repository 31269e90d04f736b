/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the machine boots from: which disks, by which firmware, and whether the chain holds.
 */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "rules/common.h"
#include "rules/matrix.h"
#include "rules/windows.h"

/* "boots by BIOS (boot code: GRUB 2) and by UEFI", for one disk. */
static const char *boots_words(struct arena *a, const struct disk_boot *b)
{
	const char *bios = b->boots_bios ? arena_printf(a, "by BIOS (%s)", b->bios_why) : "";
	const char *uefi = b->boots_uefi ? "by UEFI" : "";

	return arena_printf(a, "boots %s%s%s", bios, *bios && *uefi ? " and " : "", uefi);
}

/* FAIL once all disks are known to be there; before, the missing part may be on another one. */
static struct evidence *say_lacking(struct check *c, const struct origin *o, const char *what)
{
	if (c->options->complete)
		return say(c, FAIL, ENG, o, "%s", what);
	return say_unknown(c, REASON_MISSING_DISK, o,
		"%s; it may be on a disk that was not given (--complete says that there is none)",
		what);
}

/* ---- ASR-95309 ---- */

static bool share_a_disk(const struct volume *a, const struct volume *b)
{
	list_each(d, &a->disks) {
		if (volume_on_disk(b, *d))
			return true;
	}
	return false;
}

/* The members of a Btrfs on several devices lie each on a disk. */
static bool root_shares_disk(const struct guest *g, const struct volume *v)
{
	if (share_a_disk(v, g->root))
		return true;
	list_each(member, &g->root_fs->further) {
		if (share_a_disk(v, *member))
			return true;
	}
	return false;
}

static void compare_with_root(struct check *c, const char *dir, const struct volume *v)
{
	const struct volume *root = c->guest->root;
	const struct mount *m = guest_mount(c->guest, dir);
	const char *here = disk_words(c->arena, root->disks.at, root->disks.n), *there;

	if (root_shares_disk(c->guest, v) || !v->disks.n || !root->disks.n)
		return;
	there = disk_words(c->arena, v->disks.at, v->disks.n);
	if (agent_before(c, "9.20"))
		say(c, FAIL, DOC, m ? &m->from : NULL,
			"%s is on %s and / on %s; agents before 9.20 refuse this", dir, there,
			here);
	else
		say(c, WARN, DOC, m ? &m->from : NULL,
			"%s is on %s and / on %s: allowed since agent 9.20 by the push "
			"installation page, ruled out by the support matrix",
			dir, there, here);
}

/* The mount at dir is on a device that is not there. */
static bool not_supplied(struct check *c, const char *dir)
{
	const struct mount *m = guest_mount(c->guest, dir);

	if (!m || m->volume || m->not_mounted || m->spec.class == DEVSPEC_OTHER)
		return false;
	say_unknown(c, REASON_MISSING_DISK, &m->from,
		"%s is on %s, which is on no given disk: its companion disk was not supplied", dir,
		m->entry->spec);
	return true;
}

static void boot_and_root(struct check *c)
{
	const struct guest *g = c->guest;
	struct origin o;
	bool unseen;

	if (no_guest(c))
		return;
	if (g->family == GUEST_WINDOWS) {
		windows_system_disk(c);
		return;
	}
	if (g->boot)
		compare_with_root(c, "/boot", g->boot);
	if (g->efi)
		compare_with_root(c, "/boot/efi", g->efi);
	unseen = not_supplied(c, "/boot");
	unseen |= not_supplied(c, "/boot/efi");
	if (unseen || c->finding->evidence.n)
		return;
	o = origin_volume(g->root);
	say(c, PASS, ENG, &o, "/ and /boot share %s",
		disk_words(c->arena, g->root->disks.at, g->root->disks.n));
}

/* ---- ASR-95310 ---- */

static bool boots_unified_image(const struct check *c)
{
	list_each(b, &c->facts->disks) {
		list_each(esp, &b->esps) {
			list_each(l, &esp->loaders) {
				if (!strncasecmp(l->path, "/EFI/Linux/", strlen("/EFI/Linux/")))
					return true;
			}
		}
	}
	return false;
}

static bool has_kernel(const struct check *c)
{
	const struct boot_config *b = &c->guest->boot_config;

	list_each(k, &b->kernels) {
		if (k->image)
			return true;
	}
	return b->default_entry || boots_unified_image(c);
}

static void kernel_is_there(struct check *c)
{
	const struct guest *g = c->guest;
	const struct mount *m = guest_mount(g, "/boot");
	struct origin o = g->boot ? origin_volume(g->boot) : (struct origin){0};

	o.path = "/boot";
	if (g->boot && g->boot->kind == VOLUME_ARRAY) {
		say(c, FAIL, AGENT, &o,
			"%s is on software RAID (%s): the agent follows partitions, LVM and "
			"dm-crypt to a disk, and finds no boot disk",
			g->boot == g->root ? "/, with /boot," : "/boot", g->boot->name);
		return;
	}
	if (m && !m->not_mounted && m->spec.class == DEVSPEC_MD) {
		say(c, FAIL, AGENT, &m->from,
			"/boot is on software RAID (%s): the agent follows partitions, LVM and "
			"dm-crypt to a disk, and finds no boot disk",
			m->entry->spec);
		return;
	}
	if (boot_unseen(c))
		return;
	if (g->boot_config.boot_dir == FILE_UNREADABLE)
		say_unknown(c, REASON_UNREADABLE, &o, "/boot cannot be listed: %s",
			g->boot_config.boot_dir_why);
	else if (!has_kernel(c))
		say_lacking(c, &o, "/boot holds no kernel");
}

static void loader_is_there(struct check *c, const struct firmware *fw)
{
	if (fw->bios || fw->uefi)
		return;
	if (fw->unread) {
		say_unknown(
			c, REASON_UNREADABLE, NULL, "no disk is seen to boot, and %s", fw->unread);
		return;
	}
	list_each(b, &c->facts->disks) {
		struct origin o = origin_disk(b->disk);

		if (is_own_disk(c, b->disk))
			say_lacking(c, &o,
				arena_printf(c->arena,
					"%s has no boot loader: %s, and no EFI loader",
					b->disk->name, b->bios_why));
	}
}

static void boot_disk(struct check *c)
{
	struct firmware fw = firmware_of(c);
	const struct disk_boot *b = fw.bios ? fw.bios : fw.uefi;
	struct origin o;

	loader_is_there(c, &fw);
	if (!c->guest) {
		if (!c->finding->evidence.n)
			no_guest(c);
		return;
	}
	if (c->guest->family == GUEST_LINUX)
		kernel_is_there(c);
	else if (b)
		windows_boot_files(c, b->disk->name, boots_words(c->arena, b));
	if (c->finding->evidence.n)
		return;
	o = origin_disk(b->disk);
	say(c, PASS, ENG, &o, "%s %s", b->disk->name, boots_words(c->arena, b));
}

/* ---- ASR-95311 ---- */

static bool can_boot(const struct disk_boot *b)
{
	return b && (b->boots_bios || b->boots_uefi);
}

static const struct disk_boot *bootable_disk_of(const struct facts *f, const struct volume *v)
{
	for (size_t i = 0; v && i < v->disks.n; i++) {
		const struct disk_boot *b = facts_disk(f, v->disks.at[i]);

		if (can_boot(b))
			return b;
	}
	return NULL;
}

/* The one disk that a guest boots from: a root spread over two disks is still one system. */
static const struct disk_boot *home_of(const struct facts *f, const struct guest *g)
{
	const struct disk_boot *b = bootable_disk_of(f, g->boot);

	if (!b)
		b = bootable_disk_of(f, g->efi);
	return b ? b : bootable_disk_of(f, g->root);
}

static const struct guest *guest_at(const struct facts *f, const struct disk_boot *b)
{
	list_each(g, &f->guests) {
		if (home_of(f, *g) == b)
			return *g;
	}
	return NULL;
}

#define TYPE_LINUX_GUID "0fc63daf-8483-4772-8e79-3d69d8477de4"
#define TYPE_DATA_GUID "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"

static const char *deactivate_disk(struct arena *a, const struct disk_boot *b)
{
	const char *text = arena_printf(a,
		"Exclude %s from replication, or make it unbootable in Windows (list disk tells "
		"its "
		"number there):\n\tdiskpart\n\tselect disk %u",
		b->disk->name, b->disk->index);

	if (b->active && b->disk->table == TABLE_DOS)
		text = arena_printf(
			a, "%s\n\tselect partition %u\n\tinactive", text, b->active->number);
	list_each(esp, &b->esps) {
		if (esp->loaders.n && esp->volume && esp->volume->partition)
			text = arena_printf(a, "%s\n\tselect partition %u\n\tset id=%s override",
				text, esp->volume->partition->number,
				b->disk->table == TABLE_GPT ? TYPE_DATA_GUID : "07");
	}
	return text;
}

static const char *clear_boot(struct arena *a, const struct disk_boot *b)
{
	unsigned i = b->disk->index;
	const char *dev = i < 26 ? arena_printf(a, "/dev/sd%c", 'a' + i) : "/dev/sdX";
	const char *text = arena_printf(a,
		"Exclude %s from replication, or make it unbootable in the guest (lsblk tells "
		"whether it is %s there):",
		b->disk->name, dev);

	if (b->boots_bios)
		text = arena_printf(a, "%s\n    dd if=/dev/zero of=%s bs=440 count=1", text, dev);
	if (b->active && b->disk->table == TABLE_DOS)
		text = arena_printf(a, "%s\n    sfdisk --activate %s -", text, dev);
	list_each(esp, &b->esps) {
		if (esp->loaders.n && esp->volume && esp->volume->partition)
			text = arena_printf(a, "%s\n    sfdisk --part-type %s %u %s", text, dev,
				esp->volume->partition->number,
				b->disk->table == TABLE_GPT ? TYPE_LINUX_GUID : "83");
	}
	return text;
}

static void judge_boot_disk(struct check *c, const struct disk_boot *b, unsigned systems)
{
	const struct guest *g = guest_at(c->facts, b);
	struct origin o = origin_disk(b->disk);
	const char *boots = boots_words(c->arena, b);

	if (g && systems > 1)
		say(c, FAIL, DOC, &o, "%s %s and holds %s: one of several boot disks",
			b->disk->name, boots, guest_words(g));
	else if (!g)
		say(c, WARN, DOC, &o,
			"%s %s, but no operating system found here starts from it: a former boot "
			"disk, or a stray boot flag",
			b->disk->name, boots)
			->remedy = c->guest && c->guest->family == GUEST_WINDOWS
					   ? deactivate_disk(c->arena, b)
					   : clear_boot(c->arena, b);
}

static void count_boot_disks(struct check *c)
{
	const struct facts *f = c->facts;
	struct firmware fw = firmware_of(c);
	unsigned bootable = 0, systems = 0;

	if (f->separate_machines) {
		say(c, NA, ENG, NULL,
			"the disks look like those of %zu machines, so their boot disks are not "
			"compared",
			f->guests.n);
		return;
	}
	list_each(b, &f->disks) {
		bootable += can_boot(b);
		systems += can_boot(b) && guest_at(f, b);
	}
	if (bootable > 1 && !f->guests.n) {
		no_guest(c);
		return;
	}
	if (bootable > 1) {
		list_each(b, &f->disks) {
			if (can_boot(b))
				judge_boot_disk(c, b, systems);
		}
		return;
	}
	if (fw.unread)
		say_unknown(c, REASON_UNREADABLE, NULL, "%s", fw.unread);
	else
		say(c, PASS, ENG, NULL, "%u of %zu disks can be booted", bootable, f->disks.n);
}

/* ---- ASR-BOOT-FIRMWARE ---- */

/* Directories of the ESP that the failover preparation code looks for. */
static bool hydration_knows(const char *vendor)
{
	static const char *const known[] = {"redhat", "centos", "opensuse", "ubuntu", "debian"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (!strcasecmp(vendor, known[i]))
			return true;
	}
	return false;
}

static const char *unknown_vendor(const struct disk_boot *b)
{
	const char *unknown = NULL;

	list_each(esp, &b->esps) {
		list_each(v, &esp->vendors) {
			if (hydration_knows(*v))
				return NULL;
			if (!unknown)
				unknown = *v;
		}
	}
	return unknown;
}

static const char *install_loader(struct check *c)
{
	const struct guest *g = c->guest;

	if (!g)
		return NULL;
	if (g->family == GUEST_WINDOWS)
		return c->options->target_gen == GEN_2
			       ? "Convert the disk, with Windows 10, Server 2019 or newer:\n"
				 "\tmbr2gpt /validate /allowFullOS\n"
				 "\tmbr2gpt /convert /allowFullOS"
			       : windows_repair_boot(c);
	if (is_debian_like(g))
		return "In the guest (or in a chroot of it), for BIOS and then for UEFI:\n"
		       "    grub-install --target=i386-pc /dev/sda && update-grub\n"
		       "    grub-install --target=x86_64-efi --force-extra-removable && "
		       "update-grub";
	return "In the guest (or in a chroot of it), for BIOS:\n"
	       "    grub2-install /dev/sda && grub2-mkconfig -o /boot/grub2/grub.cfg\n"
	       "for UEFI reinstall the packages of shim and GRUB (RHEL family; on SUSE run "
	       "shim-install):\n"
	       "    dnf reinstall shim-x64 grub2-efi-x64";
}

static void no_firmware(struct check *c, const struct firmware *fw)
{
	if (fw->unread) {
		say_unknown(
			c, REASON_UNREADABLE, NULL, "no disk is seen to boot, and %s", fw->unread);
		return;
	}
	if (c->guest->family == GUEST_LINUX && !c->options->complete &&
		(not_supplied(c, "/boot") || not_supplied(c, "/boot/efi")))
		return;
	list_each(b, &c->facts->disks) {
		struct origin o = origin_disk(b->disk);

		if (is_os_disk(c->guest, b->disk))
			say(c, FAIL, ENG, &o, "%s boots neither by BIOS nor by UEFI: %s",
				b->disk->name, b->bios_why)
				->remedy = install_loader(c);
	}
}

static void judge_generation(struct check *c, const struct firmware *fw)
{
	const struct disk_boot *b = fw->bios ? fw->bios : fw->uefi;
	struct origin o = origin_disk(b->disk);
	const char *boots = fw->bios && fw->uefi ? "by BIOS and by UEFI: Generation 1 or 2"
			    : fw->bios           ? "by BIOS: Generation 1"
						 : "by UEFI: Generation 2";
	enum target_gen want = c->options->target_gen;

	if ((want == GEN_1 && !fw->bios) || (want == GEN_2 && !fw->uefi))
		say(c, FAIL, DOC, &o, "Generation %s is wanted, but the machine boots %s",
			target_gen_name(want), boots)
			->remedy = install_loader(c);
	else
		say(c, PASS, ENG, &o, "%s boots %s", b->disk->name, boots);
}

static void firmware(struct check *c)
{
	struct firmware fw = firmware_of(c);
	const char *vendor = fw.uefi ? unknown_vendor(fw.uefi) : NULL;
	struct origin o;

	if (!fw.bios && !fw.uefi) {
		if (!no_guest(c))
			no_firmware(c, &fw);
		return;
	}
	judge_generation(c, &fw);
	if (!vendor || c->options->scenario != V2A || !c->guest || c->guest->family != GUEST_LINUX)
		return;
	o = origin_disk(fw.uefi->disk);
	say(c, INFO, HYDRATION, &o,
		"EFI/%s is no directory that the published failover preparation knows: it works on "
		"the grub.cfg below /boot, which the one on the ESP loads",
		vendor);
}

/* ---- ASR-BOOT-MBR ---- */

static const char *reinstall_grub(const struct guest *g)
{
	if (is_debian_like(g))
		return "In the guest (or in a chroot of it), with the disk that holds /boot:\n"
		       "    grub-install --target=i386-pc /dev/sda && update-grub";
	return "In the guest (or in a chroot of it), with the disk that holds /boot:\n"
	       "    grub2-install --target=i386-pc /dev/sda";
}

static void judge_gpt(struct check *c, const struct disk_boot *b, const struct origin *o)
{
	if (b->disk->table != TABLE_GPT || b->mbr.code != MBR_GRUB2 || b->bios_boot)
		return;
	if (b->core == CORE_FOUND)
		say(c, WARN, ENG, o,
			"%s is GPT without a BIOS boot partition: GRUB's core image lies among "
			"files, where the next update may move it",
			b->disk->name);
	else
		say(c, FAIL, ENG, o,
			"%s is GPT without a BIOS boot partition, so there is no place for GRUB's "
			"core image",
			b->disk->name);
}

static void judge_modules(struct check *c, const struct disk_boot *b)
{
	const struct guest *g = c->guest;
	struct origin o;

	if (!g || g->family != GUEST_LINUX || b->mbr.code != MBR_GRUB2 || boot_unseen(c))
		return;
	o = g->boot ? origin_volume(g->boot) : (struct origin){0};
	o.path = "/boot";
	if (g->boot_config.boot_dir == FILE_UNREADABLE)
		say_unknown(c, REASON_UNREADABLE, &o, "/boot cannot be listed: %s",
			g->boot_config.boot_dir_why);
	else if (!g->boot_config.grub_modules)
		say(c, FAIL, ENG, &o,
			"GRUB's modules for BIOS are missing: neither "
			"/boot/grub/i386-pc/normal.mod nor /boot/grub2/i386-pc/normal.mod exists");
}

/* A disk that has BIOS boot code, or should have. */
static void judge_chain(struct check *c, const struct disk_boot *b)
{
	struct origin o = origin_disk(b->disk);

	if (b->mbr_status == FILE_UNREADABLE || b->core == CORE_UNREADABLE)
		say_unknown(c, REASON_UNREADABLE, &o, "%s: %s", b->disk->name, b->bios_why);
	else if (!b->boots_bios)
		say(c, FAIL, ENG, &o, "%s does not boot by BIOS: %s", b->disk->name, b->bios_why);
	judge_gpt(c, b, &o);
	judge_modules(c, b);
}

/* The disk whose chain matters: one that boots, else that of the guest's /boot. */
static const struct disk_boot *bios_disk(const struct check *c, const struct firmware *fw)
{
	const struct guest *g = c->guest;
	const struct volume *v = g && g->boot ? g->boot : g ? g->root : NULL;

	if (fw->bios)
		return fw->bios;
	return v && v->disks.n ? facts_disk(c->facts, v->disks.at[0]) : NULL;
}

/* Made to boot by UEFI, whether it can or not: an ESP, or a line for one, and no boot code. */
static bool is_made_for_uefi(const struct check *c, const struct firmware *fw)
{
	const struct disk_boot *b = bios_disk(c, fw);

	if (fw->bios || c->options->target_gen == GEN_1)
		return false;
	if (fw->uefi)
		return true;
	if (!b || b->mbr_status != FILE_READ || b->mbr.code != MBR_NONE)
		return false;
	list_each(d, &c->facts->disks) {
		if (d->esps.n && is_own_disk(c, d->disk))
			return true;
	}
	return c->guest->family == GUEST_LINUX && guest_mount(c->guest, "/boot/efi");
}

static void bios_chain(struct check *c)
{
	struct firmware fw = firmware_of(c);
	const struct disk_boot *b = bios_disk(c, &fw);
	struct origin o = b ? origin_disk(b->disk) : (struct origin){0};

	if (is_made_for_uefi(c, &fw)) {
		say(c, NA, ENG, &o, "the machine boots by UEFI");
		return;
	}
	/* Where /boot is missing, the disk that boots may be missing with it. */
	if (!fw.bios && (no_guest(c) || boot_unseen(c)))
		return;
	if (!b)
		return;
	judge_chain(c, b);
	list_each(ev, &c->finding->evidence) {
		if (c->guest)
			ev->remedy = c->guest->family == GUEST_LINUX
					     ? reinstall_grub(c->guest)
					     : windows_repair_bios(c->arena);
	}
	if (!c->finding->evidence.n)
		say(c, PASS, ENG, &o, "%s %s", b->disk->name, boots_words(c->arena, b));
}

/* ---- ASR-BOOT-EFI-FALLBACK ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_distribution_loader(const struct efi_loader *l)
{
	static const char *const names[] = {
		"shimx64.efi", "grubx64.efi", "grub.efi", "bootmgfw.efi", "systemd-bootx64.efi"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!strcasecmp(base_name(l->path), names[i]))
			return true;
	}
	return false;
}

static const struct efi_loader *vendor_loader(const struct esp *esp)
{
	list_each(l, &esp->loaders) {
		if (is_distribution_loader(l))
			return l;
	}
	return NULL;
}

static const struct efi_loader *loader_at(const struct esp *esp, const char *path)
{
	list_each(l, &esp->loaders) {
		if (!strcasecmp(l->path, path))
			return l;
	}
	return NULL;
}

/* "debian" of /EFI/debian/shimx64.efi. */
static const char *vendor_of(struct arena *a, const struct efi_loader *l)
{
	const char *p = l->path + strlen("/EFI/");

	return arena_strndup(a, p, strcspn(p, "/"));
}

/* The one worth judging: of the guest's own mount, else that with most in it. */
static const struct esp *choose_esp(const struct check *c)
{
	const struct esp *best = NULL;
	int best_worth = -1;

	list_each(b, &c->facts->disks) {
		if (!is_own_disk(c, b->disk))
			continue;
		list_each(esp, &b->esps) {
			int worth = esp->fallback ? 4 : vendor_loader(esp) ? 3 : esp->loaders.n > 0;

			if (c->guest && esp->volume && esp->volume == c->guest->efi)
				worth += 8;
			if (worth > best_worth) {
				best = esp;
				best_worth = worth;
			}
		}
	}
	return best;
}

/* A shim starts GRUB, or looks through the ESP, only by files that lie next to it. */
static bool lone_shim(const struct esp *esp)
{
	const struct efi_loader *vendor = vendor_loader(esp);

	return vendor && !strcasecmp(base_name(vendor->path), "shimx64.efi") &&
	       vendor->size == esp->fallback->size && !loader_at(esp, "/EFI/BOOT/grubx64.efi") &&
	       !loader_at(esp, "/EFI/BOOT/fbx64.efi");
}

static const char *copy_loader(struct check *c, const struct efi_loader *l)
{
	const char *vendor = vendor_of(c->arena, l);

	if (c->guest && c->guest->family == GUEST_WINDOWS)
		return windows_repair_uefi(c->arena);
	if (c->guest && is_debian_like(c->guest))
		return "In the guest:\n"
		       "    grub-install --target=x86_64-efi --force-extra-removable";
	return arena_printf(c->arena,
		"In the guest:\n    mkdir -p /boot/efi/EFI/BOOT\n"
		"    cp /boot/efi/EFI/%s/*.efi /boot/efi/EFI/BOOT/\n"
		"    cp /boot/efi%s /boot/efi/EFI/BOOT/BOOTX64.EFI",
		vendor, l->path);
}

/* There is a loader, but not where a firmware without boot entries looks. */
static void judge_vendor_only(struct check *c, const struct efi_loader *l, const struct origin *o)
{
	const char *vendor = vendor_of(c->arena, l);
	struct evidence *ev;

	if (c->options->scenario == V2A && hydration_knows(vendor))
		ev = say(c, INFO, HYDRATION, o,
			"\\EFI\\BOOT\\BOOTX64.EFI is missing; the failover preparation copies "
			"EFI/%s there",
			vendor);
	else if (c->options->scenario == V2A)
		ev = say(c, WARN, HYDRATION, o,
			"\\EFI\\BOOT\\BOOTX64.EFI is missing, and EFI/%s is no directory that the "
			"published failover preparation knows",
			vendor);
	else
		ev = say(c, WARN, ENG, o,
			"\\EFI\\BOOT\\BOOTX64.EFI is missing: the loader in EFI/%s starts only by "
			"a boot entry, which a new virtual machine does not have",
			vendor);
	ev->remedy = copy_loader(c, l);
}

static void judge_esp(struct check *c, const struct esp *esp, const struct firmware *fw)
{
	struct origin o = esp->volume ? origin_volume(esp->volume) : (struct origin){0};
	const struct efi_loader *vendor = vendor_loader(esp);
	bool needed = !fw->bios || c->options->target_gen == GEN_2;

	o.state = evidence_state(esp->fs);
	o.path = esp->fallback ? esp->fallback->path : vendor ? vendor->path : "/EFI";
	if (esp->status == FILE_UNREADABLE)
		say(c, needed ? FAIL : WARN, ENG, &o, "the EFI system partition cannot be read: %s",
			esp->why);
	else if (esp->fallback && lone_shim(esp))
		say(c, WARN, ENG, &o,
			"BOOTX64.EFI is shim, and neither grubx64.efi nor fbx64.efi lies next to "
			"it")
			->remedy = copy_loader(c, vendor);
	else if (esp->fallback)
		say(c, PASS, ENG, &o, "the fallback loader is there");
	else if (vendor)
		judge_vendor_only(c, vendor, &o);
	else
		say(c, needed ? FAIL : INFO, HYDRATION, &o,
			"the EFI system partition holds neither \\EFI\\BOOT\\BOOTX64.EFI nor a "
			"shim or GRUB to copy there%s",
			needed ? "" : "; the machine boots by BIOS");
	if (o.state && esp->status == FILE_READ)
		say(c, WARN, ENG, &o, "the EFI system partition is %s%s%s", o.state,
			esp->fs->why ? ": " : "", esp->fs->why ? esp->fs->why : "");
}

static void efi_fallback(struct check *c)
{
	struct firmware fw = firmware_of(c);
	const struct esp *esp = choose_esp(c);
	bool linux_guest = c->guest && c->guest->family == GUEST_LINUX;
	const struct mount *m = linux_guest ? guest_mount(c->guest, "/boot/efi") : NULL;

	if (!fw.bios && !fw.uefi && no_guest(c))
		return;
	if (esp) {
		judge_esp(c, esp, &fw);
	} else if (m && !m->volume && !c->options->complete) {
		not_supplied(c, "/boot/efi");
	} else if (m && !m->volume) {
		say(c, FAIL, ENG, &m->from, "/boot/efi is on %s, which is on no disk",
			m->entry->spec);
	}
	if (!c->finding->evidence.n)
		say(c, NA, ENG, NULL, "no disk has an EFI system partition%s",
			fw.bios ? ": the machine boots by BIOS" : "");
}

/* ---- ASR-BOOT-SECUREBOOT ---- */

static void described_secure_boot(struct check *c, const struct machine_config *m)
{
	bool on = !strcmp(m->secure_boot.value, "on");
	struct origin o = origin_config(m, &m->secure_boot);

	if (on && m->firmware.value && !strcmp(m->firmware.value, "bios"))
		say(c, PASS, DOC, &o, "Secure Boot is switched on, but the firmware is BIOS");
	else if (on && c->options->scenario == A2A)
		say(c, INFO, DOC, &o,
			"Secure Boot is on: trusted launch has its own support matrix");
	else if (on)
		say(c, FAIL, DOC, &o, "Secure Boot is on, which ASR does not protect");
	else
		say(c, PASS, DOC, &o, "by its description the machine has no Secure Boot");
}

/* Windows notes the state while it runs, mostly in a part of the registry that no disk holds. */
static bool noted_secure_boot(struct check *c)
{
	const struct windows *w = c->guest ? c->guest->windows : NULL;
	const struct reg_value *v = w ? win_setting(w, SET_SECURE_BOOT) : NULL;

	if (!v || !reg_is(v, 1))
		return false;
	if (c->options->scenario == A2A)
		say(c, INFO, DOC, &v->from,
			"Secure Boot was on: trusted launch has its own support matrix");
	else
		say_reg(c, FAIL, DOC, &v->from,
			"Windows ran with Secure Boot, which ASR does not protect");
	return true;
}

/* The state is in the firmware's memory, which no disk holds. */
static void secure_boot(struct check *c)
{
	const struct machine_config *m = c->facts->vm->machine.config;
	struct firmware fw = firmware_of(c);
	struct origin o = {0};

	if (m && m->secure_boot.value) {
		described_secure_boot(c, m);
	} else if (noted_secure_boot(c)) {
		return;
	} else if (fw.uefi) {
		o.device = fw.uefi->disk->name;
		say_unknown(c, REASON_NOT_ON_DISK, &o,
			"%s boots by UEFI; whether Secure Boot is on is kept in the firmware",
			fw.uefi->disk->name);
	} else if (fw.unread) {
		say_unknown(c, REASON_UNREADABLE, NULL, "%s", fw.unread);
	} else if (fw.bios) {
		o.device = fw.bios->disk->name;
		say(c, PASS, ENG, &o, "%s boots by BIOS, which has no Secure Boot",
			fw.bios->disk->name);
	} else {
		say_unknown(c, REASON_NOT_ON_DISK, NULL,
			"no disk boots, and the firmware's settings are not on a disk");
	}
}

static const struct rule rules[] = {
	{
		.id = "ASR-95309",
		.errors = {95309},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "Boot and system volumes are on different disks",
		.about = "Agents before 9.20 protect a machine only if /boot (and /boot/efi), or "
			 "the system partition of Windows, is on the disk of the root volume. "
			 "Looked at: fstab, and the disks below each volume.",
		.remedy = "Install agent 9.20 or newer, or move /boot (the system partition) to "
			  "the disk of the root volume.",
		.source = PUSH_PAGE "; " V2A_MATRIX,
		.check = boot_and_root,
	},
	{
		.id = "ASR-95310",
		.errors = {95310},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(PASS),
		.title = "No boot disk",
		.about = "One disk must boot: BIOS boot code with what it loads next, or an EFI "
			 "system partition with a loader; and /boot must hold a kernel.",
		.remedy = "Give all disks of the machine, or install the boot loader and a kernel "
			  "on the disk that it starts from.",
		.source = PUSH_PAGE "; " V2A_MATRIX "; " AGENT_CHECK,
		.check = boot_disk,
	},
	{
		.id = "ASR-95311",
		.errors = {95311},
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.scenarios = CAN(V2A),
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "More than one boot disk",
		.about = "ASR protects machines with one boot disk. Disks with boot code or an EFI "
			 "loader are counted, and those that an operating system starts from.",
		.remedy = "Clear the boot flag, boot code or EFI system partition of the disk that "
			  "is not booted, or exclude it from replication.",
		.source = PUSH_PAGE "; " V2A_MATRIX,
		.check = count_boot_disks,
	},
	{
		.id = "ASR-BOOT-EFI-FALLBACK",
		.category = BOOT_IN_AZURE,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "UEFI fallback loader \\EFI\\BOOT\\BOOTX64.EFI",
		.about =
			"Boot entries are kept in the firmware, not on a disk: a recovered machine "
			"starts from the fallback path of its EFI system partition.",
		.remedy = "Reinstall shim and GRUB with the removable path, or run bcdboot.",
		.source = HYDRATION_CODE "; Azure Linux UEFI boot failures page, 2022-06-27",
		.check = efi_fallback,
	},
	{
		.id = "ASR-BOOT-FIRMWARE",
		.category = BOOT_IN_AZURE,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Which Azure generation can boot the disk",
		.about =
			"BIOS boot code makes a Generation 1 machine, an EFI system partition with "
			"a loader a Generation 2 one. --target-gen says which is wanted.",
		.remedy = "Install the missing loader, or choose the other generation.",
		.source = V2A_MATRIX "; Linux upload page, 2022-12-14; " HYDRATION_CODE,
		.check = firmware,
	},
	{
		.id = "ASR-BOOT-MBR",
		.category = BOOT_IN_AZURE,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(PASS),
		.title = "BIOS boot chain",
		.about = "The first sector's code and signature, the core image it loads, the "
			 "active "
			 "partition that Windows needs, GRUB's modules in /boot, and the BIOS boot "
			 "partition of a GPT disk.",
		.remedy = "Reinstall the boot loader on the disk.",
		.source = "Azure Linux boot error page, 2025-02-26",
		.check = bios_chain,
	},
	{
		.id = "ASR-BOOT-SECUREBOOT",
		.category = REPLICATION,
		.applies = ANY_GUEST,
		.reaches = CAN(FAIL) | CAN(WARN) | CAN(UNKNOWN) | CAN(INFO) | CAN(PASS),
		.title = "Secure Boot",
		.about = "ASR does not protect machines whose Secure Boot is on. The setting is in "
			 "the "
			 "firmware; the machine's description may say it.",
		.remedy =
			"Switch Secure Boot off in the settings of the machine, and start it once.",
		.source = V2A_MATRIX "; " HV_MATRIX "; " AGENT_CHECK,
		.check = secure_boot,
	},
};

const struct rule_set boot_rules = {rules, ARRAY_LEN(rules)};

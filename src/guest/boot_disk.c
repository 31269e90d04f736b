/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the firmware would find on each disk: boot code in its first sector and what that loads
 * next, and the loaders of its EFI system partitions.
 */
#include "guest/collect.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/bytes.h"

#define TYPE_ESP_GUID "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define TYPE_ESP_DOS "0xef"
#define TYPE_BIOS_BOOT "21686148-6449-6e6f-744e-656564454649"

/* A loader lies in EFI/VENDOR/ or one directory deeper (EFI/Microsoft/Boot/). */
#define ESP_DEPTH 3

/* ---- BIOS ---- */

static void read_mbr(struct disk_boot *b, struct arena *a)
{
	uint8_t sector[MBR_SECTOR];
	struct err e = {0};

	if (b->disk->size < sizeof(sector)) {
		b->mbr_status = FILE_ABSENT;
		return;
	}
	if (blockdev_read(b->disk->source->disk.dev, 0, sector, sizeof(sector), &e) < 0) {
		b->mbr_status = FILE_UNREADABLE;
		b->mbr_why = arena_strdup(a, e.msg);
		return;
	}
	b->mbr_status = FILE_READ;
	b->mbr = mbr_parse(sector, sizeof(sector));
}

/* Follows boot.img (or stage1) to the sector it loads first. */
static void find_core(struct disk_boot *b)
{
	uint8_t sector[MBR_SECTOR];
	struct err e = {0};

	b->core = CORE_NOT_NEEDED;
	if (b->mbr.code != MBR_GRUB2 && b->mbr.code != MBR_GRUB1)
		return;
	b->core = CORE_MISSING;
	b->core_offset = b->mbr.next_lba * MBR_SECTOR;
	if (!b->mbr.next_lba || b->mbr.next_lba >= b->disk->size / MBR_SECTOR)
		return;
	if (blockdev_read(b->disk->source->disk.dev, b->core_offset, sector, sizeof(sector), &e) <
		0)
		b->core = CORE_UNREADABLE;
	else if (b->mbr.code == MBR_GRUB2 ? mbr_is_grub_core(sector, sizeof(sector))
					  : !all_zero(sector, sizeof(sector)))
		b->core = CORE_FOUND;
}

static bool wants_active_partition(enum mbr_code code)
{
	return code == MBR_WINDOWS || code == MBR_WINDOWS_XP || code == MBR_SYSLINUX ||
	       code == MBR_OTHER;
}

static void judge_bios(struct disk_boot *b, struct arena *a)
{
	if (b->mbr_status != FILE_READ) {
		b->bios_why = b->mbr_why ? b->mbr_why : "the disk is smaller than one sector";
	} else if (!b->mbr.signature) {
		b->bios_why = "the first sector lacks the boot signature 55 AA";
	} else if (b->mbr.code == MBR_NONE) {
		b->bios_why = "the first sector holds no boot code";
	} else if (b->core == CORE_MISSING) {
		b->bios_why = arena_printf(a,
			"%s boot code goes on at sector %llu, where no GRUB core "
			"image is",
			mbr_code_name(b->mbr.code), (unsigned long long)b->mbr.next_lba);
	} else if (b->core == CORE_UNREADABLE) {
		b->bios_why =
			arena_printf(a, "sector %llu, where the boot code goes on, cannot be read",
				(unsigned long long)b->mbr.next_lba);
	} else if (wants_active_partition(b->mbr.code) && !b->active) {
		b->bios_why = "the boot code looks for an active partition, and none is marked so";
	} else {
		b->boots_bios = true;
		b->bios_why = arena_printf(a, "boot code: %s", mbr_code_name(b->mbr.code));
	}
}

/* ---- UEFI ---- */

struct esp_walk {
	struct arena *a;
	struct esp *esp;
	struct fs_mount mount;
	struct fs_tree tree;
	const char *dir;
	LIST(const char *) subdirs;
};

static int esp_entry(void *ctx, const struct fs_entry *entry)
{
	struct esp_walk *w = ctx;
	const char *path = arena_printf(w->a, "%s/%.*s", w->dir, (int)entry->name_len, entry->name);
	struct fs_file file;
	struct err e = {0};

	if (entry->type == S_IFDIR) {
		*list_add(w->a, &w->subdirs) = path;
	} else if (entry->name_len > 4 && !strcasecmp(path + strlen(path) - 4, ".efi") &&
		   fs_walk(&w->tree, path, 0, &file, &e) == 0) {
		*list_add(w->a, &w->esp->loaders) = (struct efi_loader){path, file.st.size};
	}
	return 0;
}

/* Lists dir and adds its loaders; its directories are left in subdirs. */
static int esp_list(struct esp_walk *w, const char *dir, struct err *e)
{
	struct fs_file file;
	int r = fs_walk(&w->tree, dir, 0, &file, e);

	w->dir = dir;
	return r < 0 ? r : fs_list(&file, esp_entry, w, e);
}

static void find_fallback(struct esp *esp)
{
	list_each(l, &esp->loaders) {
		if (!strcasecmp(l->path, "/EFI/BOOT/BOOTX64.EFI"))
			esp->fallback = l;
	}
}

static void read_esp(struct esp *esp, struct arena *a)
{
	struct esp_walk w = {.a = a, .esp = esp};
	struct err e = {0};
	size_t from = 0;

	if (!esp->fs || !esp->fs->fs) {
		esp->status = FILE_UNREADABLE;
		esp->why = esp->fs ? esp->fs->why : "it holds no filesystem that is known";
		return;
	}
	w.mount = (struct fs_mount){"/", esp->fs->fs, esp->volume->name, NULL, esp->fs->fs->root};
	w.tree = (struct fs_tree){&w.mount, 1};
	if (esp_list(&w, "/EFI", &e) < 0) {
		esp->status = e.num == ENOENT ? FILE_ABSENT : FILE_UNREADABLE;
		esp->why = arena_strdup(a, e.msg);
		return;
	}
	esp->status = FILE_READ;
	list_each(d, &w.subdirs) {
		if (strcasecmp(*d, "/EFI/BOOT"))
			*list_add(a, &esp->vendors) = strrchr(*d, '/') + 1;
	}
	for (int depth = 1; depth < ESP_DEPTH; depth++) {
		size_t end = w.subdirs.n;

		for (; from < end; from++)
			esp_list(&w, w.subdirs.at[from], &e);
	}
	find_fallback(esp);
}

static void find_esps(struct disk_boot *b, struct vm *vm)
{
	list_each(p, &b->disk->partitions) {
		struct esp *esp;

		if (strcmp((*p)->type, TYPE_ESP_GUID) && strcmp((*p)->type, TYPE_ESP_DOS))
			continue;
		esp = list_add(vm->arena, &b->esps);
		esp->volume = (*p)->volume;
		if (esp->volume)
			esp->fs = vm_filesystem(vm, esp->volume);
		read_esp(esp, vm->arena);
	}
	list_each(esp, &b->esps)
		b->boots_uefi |= esp->loaders.n != 0;
}

static void look_at_partitions(struct disk_boot *b)
{
	list_each(p, &b->disk->partitions) {
		if ((*p)->active && !b->active)
			b->active = *p;
		if (!strcmp((*p)->type, TYPE_BIOS_BOOT) && !b->bios_boot)
			b->bios_boot = *p;
	}
}

void collect_disks(struct facts *f)
{
	struct vm *vm = f->vm;

	list_each(d, &vm->map.disks) {
		struct disk_boot *b = list_add(vm->arena, &f->disks);

		b->disk = *d;
		look_at_partitions(b);
		read_mbr(b, vm->arena);
		find_core(b);
		judge_bios(b, vm->arena);
		find_esps(b, vm);
	}
}

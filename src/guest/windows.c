/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Finds Windows guests by what can be seen without reading NTFS: a disk that boots Windows, by the
 * boot manager on its ESP or by Windows boot code and an active partition, and an NTFS volume on
 * it.
 */
#include "guest/collect.h"

#include <string.h>
#include <strings.h>

static const char *windows_loader(const struct disk_boot *b, const struct volume **ret_esp)
{
	list_each(esp, &b->esps) {
		list_each(l, &esp->loaders) {
			if (!strcasecmp(l->path, "/EFI/Microsoft/Boot/bootmgfw.efi")) {
				*ret_esp = esp->volume;
				return l->path;
			}
		}
	}
	return NULL;
}

/* Windows itself is the largest NTFS volume; recovery and system partitions are small. */
static const struct volume *largest_ntfs(const struct vm *vm, const struct disk_map *d)
{
	const struct volume *best = NULL;

	list_each(v, &vm->map.volumes) {
		if ((*v)->disk != d || !(*v)->sig.type)
			continue;
		if (strcmp((*v)->sig.type, "ntfs") && strcmp((*v)->sig.type, "BitLocker"))
			continue;
		if (!best || (*v)->size > best->size)
			best = *v;
	}
	return best;
}

static void add_guest(struct facts *f, const struct disk_boot *b, const struct volume *root,
	const struct origin *from)
{
	struct guest *g = arena_new(f->vm->arena, struct guest);

	g->family = GUEST_WINDOWS;
	g->vm = f->vm;
	g->root = root;
	g->root_fs = vm_filesystem(f->vm, root);
	g->boot = b->active ? b->active->volume : root;
	g->id = (struct fact){"windows", *from};
	g->name = (struct fact){"Microsoft Windows", *from};
	*list_add(f->vm->arena, &f->guests) = g;
	f->windows_seen = true;
}

void collect_windows_guests(struct facts *f)
{
	list_each(b, &f->disks) {
		const struct volume *root = largest_ntfs(f->vm, b->disk), *esp = NULL;
		struct origin from = {.device = b->disk->name};
		const char *loader = windows_loader(b, &esp);

		if (!root)
			continue;
		if (loader) {
			from.device = esp->name;
			from.path = loader;
		} else if (!b->active ||
			   (b->mbr.code != MBR_WINDOWS && b->mbr.code != MBR_WINDOWS_XP)) {
			continue;
		}
		add_guest(f, b, root, &from);
	}
}

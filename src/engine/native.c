/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The native engine: our own readers, in this process.
 */
#include "engine/vm.h"

#include <string.h>

#include "base/limits.h"

static bool holds_filesystem(const struct volume *v)
{
	return v->sig.usage && !strcmp(v->sig.usage, "filesystem");
}

static bool holds_type(const struct volume *v, const char *type)
{
	return v->dev && holds_filesystem(v) && !strcmp(v->sig.type, type);
}

/* Of a type that has members: are these of one filesystem? */
static bool belong_together(const struct volume *a, const struct volume *b)
{
	return holds_type(b, a->sig.type) && a->sig.uuid && b->sig.uuid &&
	       !strcmp(a->sig.uuid, b->sig.uuid);
}

struct device_list {
	LIST(struct blockdev *);
};

/* Finds f's further members, and behind them what else a driver of members may ask for. */
static void find_members(
	struct filesystem *f, const struct map *map, struct device_list *devs, struct arena *a)
{
	const struct volume *first = f->volume;

	list_each(v, &map->volumes) {
		if (*v == first || !belong_together(first, *v))
			continue;
		*list_add(a, &f->further) = *v;
		*list_add(a, devs) = (*v)->dev;
	}
	list_each(v, &map->volumes) {
		if (*v != first && holds_type(*v, first->sig.type) && !belong_together(first, *v))
			*list_add(a, devs) = (*v)->dev;
	}
}

/* Devices that a driver may ask for, and that hold no filesystem: journals. */
static void find_companions(
	const struct map *map, const char *type, struct device_list *devs, struct arena *a)
{
	list_each(v, &map->volumes) {
		if ((*v)->dev && (*v)->sig.type && !strcmp((*v)->sig.type, type))
			*list_add(a, devs) = (*v)->dev;
	}
}

static void find_devices(
	struct filesystem *f, const struct map *map, struct device_list *devs, struct arena *a)
{
	const char *type = f->volume->sig.type, *companion = fs_type_companion(type);

	*list_add(a, devs) = f->volume->dev;
	if (fs_type_has_members(type))
		find_members(f, map, devs, a);
	if (companion)
		find_companions(map, companion, devs, a);
}

static void open_filesystem(struct vm *vm, const struct volume *v)
{
	struct filesystem *f = list_add(vm->arena, &vm->filesystems);
	struct device_list devs = {0};
	struct err e = {0};

	f->volume = v;
	f->state = FS_UNREADABLE;
	find_devices(f, &vm->map, &devs, vm->arena);
	if (fs_open(v->sig.type, devs.at, devs.n, &f->fs, &e) < 0) {
		f->why = arena_strdup(vm->arena, e.msg);
		f->why_num = e.num;
		return;
	}
	f->state = f->fs->state;
	if (f->fs->state_detail[0])
		f->why = arena_strdup(vm->arena, f->fs->state_detail);
	f->space.size = f->fs->size;
	if (!fs_space_is_slow(f->fs))
		vm_ask_space(f);
}

static void native_close(struct vm *vm)
{
	list_each(f, &vm->filesystems)
		fs_close(f->fs);
	vm->filesystems.n = 0;
	map_close(&vm->map);
	machine_close(&vm->machine);
}

static int native_open(struct vm *ret, const struct engine_args *args, struct err *e)
{
	struct vm vm = {.arena = args->arena, .engine = &native_engine};
	int r;

	if (args->stage)
		args->stage("open");
	r = machine_open(&vm.machine, args->io, args->arena, args->requests, args->n_requests, e);
	if (r < 0)
		return r;
	vm.name = vm.machine.name;
	if (args->stage)
		args->stage("map");
	r = map_build(&vm.map, &vm.machine, args->arena, e);
	if (r < 0) {
		machine_close(&vm.machine);
		return r;
	}
	list_each(v, &vm.map.volumes) {
		if ((*v)->dev && holds_filesystem(*v) && !vm_filesystem(&vm, *v))
			open_filesystem(&vm, *v);
	}
	*ret = vm;
	return 0;
}

bool vm_ask_space(struct filesystem *f)
{
	struct err ignored;

	if (f->fs && !f->space_known)
		f->space_known = fs_space(f->fs, &f->space, &ignored) == 0;
	return f->space_known;
}

struct filesystem *vm_filesystem(const struct vm *vm, const struct volume *v)
{
	list_each(f, &vm->filesystems) {
		if (f->volume == v)
			return f;
		list_each(member, &f->further) {
			if (*member == v)
				return f;
		}
	}
	return NULL;
}

struct lister {
	struct filesystem *fs;
	struct arena *arena;
};

static int list_subvolume(void *ctx, const struct fs_subvolume *subvolume)
{
	struct lister *l = ctx;
	struct fs_subvolume *copy;

	l->fs->more_subvolumes = l->fs->subvolumes.n == SUBVOLUMES_LISTED_MAX;
	if (l->fs->more_subvolumes)
		return 1;
	copy = list_add(l->arena, &l->fs->subvolumes);
	*copy = *subvolume;
	copy->path = arena_strdup(l->arena, subvolume->path);
	return 0;
}

void vm_list_subvolumes(struct vm *vm)
{
	struct err e;

	list_each(f, &vm->filesystems) {
		struct lister l = {f, vm->arena};

		if (f->fs && f->fs->driver->subvolumes && !f->subvolumes.n &&
			fs_subvolumes(f->fs, list_subvolume, &l, &e) < 0)
			f->more_subvolumes = true;
	}
}

const struct engine native_engine = {
	.name = "native",
	.open = native_open,
	.close = native_close,
};

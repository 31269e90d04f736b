/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The native engine: our own readers, in this process.
 */
#include "engine/vm.h"

#include <string.h>

static bool holds_filesystem(const struct volume *v)
{
	return v->sig.usage && !strcmp(v->sig.usage, "filesystem");
}

static struct filesystem open_filesystem(const struct volume *v, struct arena *a)
{
	struct filesystem f = {.volume = v, .state = FS_UNREADABLE};
	struct err e = {0};

	if (fs_open(v->sig.type, &v->dev, 1, &f.fs, &e) < 0) {
		f.why = arena_strdup(a, e.msg);
		f.why_num = e.num;
		return f;
	}
	f.state = f.fs->state;
	if (f.fs->state_detail[0])
		f.why = arena_strdup(a, f.fs->state_detail);
	f.space_known = fs_space(f.fs, &f.space, &e) == 0;
	return f;
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
		if ((*v)->dev && holds_filesystem(*v))
			*list_add(args->arena, &vm.filesystems) = open_filesystem(*v, args->arena);
	}
	*ret = vm;
	return 0;
}

struct filesystem *vm_filesystem(struct vm *vm, const struct volume *v)
{
	list_each(f, &vm->filesystems) {
		if (f->volume == v)
			return f;
	}
	return NULL;
}

const struct engine native_engine = {
	.name = "native",
	.open = native_open,
	.close = native_close,
};

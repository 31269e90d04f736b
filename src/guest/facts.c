/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * All facts of a machine, in the order in which they build on each other.
 */
#include "guest/facts.h"

#include <stdlib.h>
#include <string.h>

#include "guest/collect.h"

static unsigned first_disk(const struct guest *g)
{
	return g->root->disks.n ? g->root->disks.at[0]->index : 0;
}

static int by_disk(const void *a, const void *b)
{
	const struct guest *x = *(struct guest *const *)a, *y = *(struct guest *const *)b;

	if (first_disk(x) != first_disk(y))
		return first_disk(x) < first_disk(y) ? -1 : 1;
	return strcmp(x->root->name, y->root->name);
}

static void order_guests(struct facts *f)
{
	unsigned i = 0;

	if (f->guests.n)
		qsort(f->guests.at, f->guests.n, sizeof(*f->guests.at), by_disk);
	list_each(g, &f->guests)
		(*g)->index = i++;
}

static bool share_a_disk(const struct guest *a, const struct guest *b)
{
	list_each(x, &a->root->disks) {
		list_each(y, &b->root->disks) {
			if (*x == *y)
				return true;
		}
	}
	return false;
}

static bool differ(const struct fact *a, const struct fact *b)
{
	return a->value && b->value && strcmp(a->value, b->value);
}

/*
 * Two systems on disks of their own that call themselves by different names and ids.  Linux beside
 * Windows is one machine that boots either.
 */
static bool look_separate(const struct facts *f)
{
	for (size_t i = 1; i < f->guests.n; i++) {
		const struct guest *a = f->guests.at[0], *b = f->guests.at[i];

		if (a->family != b->family || share_a_disk(a, b) ||
			!differ(&a->hostname, &b->hostname) ||
			!differ(&a->machine_id, &b->machine_id))
			return false;
	}
	return f->guests.n > 1;
}

void facts_collect(struct facts *ret, struct vm *vm)
{
	*ret = (struct facts){.vm = vm};
	collect_disks(ret);
	collect_linux_guests(ret);
	collect_windows_guests(ret);
	order_guests(ret);
	ret->separate_machines = look_separate(ret);
	list_each(fs, &vm->filesystems) {
		if (!fs->fs)
			*list_add(vm->arena, &ret->unread) = fs;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Machines whose facts are made by hand, for tests of rules.  world_new() is a healthy Debian 12;
 * a test spoils one thing and judges one rule.  Everything lives in test_arena.
 */
#ifndef TESTS_LIB_FACTORY_H
#define TESTS_LIB_FACTORY_H

#include <string.h>

#include "rules/matrix.h"
#include "tests/lib/testing.h"

#define ROOT_UUID "0b0e2dd5-94ad-4e4e-9bb0-4cdd2b4a5a01"
#define SWAP_UUID "5ab1e5ca-3c56-4fb3-95b5-8d0d6b37a402"

struct world {
	struct vm vm;
	struct facts facts;
	struct guest *g; /* NULL it to have no guest */
	struct options options;
	struct finding finding;
	const struct evidence *worst;
};

/*
 * Debian 12 on disk0 (20 GiB, DOS table, boots by GRUB 2): disk0p1 ext4 "/", disk0p2 swap.
 * Scenario v2a, agent 9.67, complete.
 */
struct world *world_new(void);
/* No operating system was found: one unreadable btrfs volume. */
void forget_guest(struct world *w);
void make_windows(struct world *w);
/* Another system with its root there. */
struct guest *add_guest(struct world *w, struct volume *root);

/* ---- disks ---- */

struct disk_map *add_disk(struct world *w, uint64_t size);
struct disk_boot *boot_of(struct world *w, const struct disk_map *d);
struct disk_map *disk_at(struct world *w, size_t i);
struct volume *add_partition(
	struct world *w, struct disk_map *d, const char *type, const char *uuid);
struct volume *volume_named(struct world *w, const char *name);
/* A group over these partitions; then LVs on some of their disks. */
struct volume_group *add_group(
	struct world *w, const char *name, struct volume *const *pvs, size_t n);
void lose_pv(struct world *w, struct volume_group *vg);
struct volume *add_lv(struct world *w, struct volume_group *vg, const char *name, const char *type,
	size_t n_disks);

void boots_bios(struct world *w, struct disk_map *d);
void boots_not(struct world *w, struct disk_map *d, const char *why);
/* An ESP with these loaders ("/EFI/debian/shimx64.efi"), NULL-terminated. */
struct esp *add_esp(struct world *w, struct disk_map *d, const char *const *loaders);

/* ---- the guest ---- */

struct filesystem *add_filesystem(struct volume *v, uint64_t available);
/* Puts "/" or /boot there, without a line in fstab. */
void put_root(struct world *w, struct volume *v);
void put_boot(struct world *w, struct volume *v);
/* A line of fstab; volume NULL: found on no given disk. */
struct mount *add_mount(
	struct world *w, const char *spec, const char *dir, const char *type, struct volume *v);
void lose_boot(struct world *w, const char *spec);

const struct guest_file *make_file(const char *path, const char *text);
const struct guest_file *make_unreadable(const char *path);
struct boot_file *add_grub_cfg(struct world *w, const char *path, const char *text);
struct boot_file *add_menu_lst(struct world *w, const char *text);
struct boot_file *add_bls(struct world *w, const char *text);
struct boot_file *add_esp_cfg(struct world *w, const char *path, const char *text);
void set_grubenv(struct world *w, const char *variables);
void set_defaults(struct world *w, const char *text);
void set_kernel(struct world *w, const char *release);
void set_os(struct world *w, const char *id, const char *version, const char *name,
	const char *agent_key);

/* ---- judging ---- */

/* Runs the rule alone; the verdict of its worst evidence, which w->worst points to. */
const char *judge_rule(struct world *w, const char *id);

#define assert_verdict(w, id, want) assert_string_equal(judge_rule(w, id), want)
#define assert_says(w, part)                                                                       \
	do {                                                                                       \
		if (!strstr((w)->worst->message, part))                                            \
			fail_msg("\"%s\" is not in \"%s\"", part, (w)->worst->message);            \
	} while (0)
#define assert_reason(w, want) assert_string_equal(reason_name((w)->worst->reason), want)
#define assert_basis(w, want) assert_string_equal(basis_name((w)->worst->basis), want)
#define assert_remedy(w, part)                                                                     \
	do {                                                                                       \
		const char *r_ = (w)->worst->remedy;                                               \
		if (!r_ || !strstr(r_, part))                                                      \
			fail_msg("\"%s\" is not in \"%s\"", part, r_ ? r_ : "no remedy");          \
	} while (0)
/* How many pieces of evidence have this verdict? */
size_t count_evidence(const struct world *w, enum verdict v);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A registry hive of the guest, read once into a memfd, completed from its logs when it was being
 * written, checked, and then walked by hivex.  That memfd is the only copy; a hive is closed before
 * the next one is opened.
 *
 * Keys are named by their path from the hive's root, parts between backslashes, without regard to
 * case.  What is returned lives in the guest's arena and outlives the hive.
 */
#ifndef GUEST_HIVE_H
#define GUEST_HIVE_H

#include "guest/windows_facts.h"

struct hive;

/*
 * Opens a hive of the guest.  Fills *fact in any case; NULL when it cannot be read, and the fact
 * says why.  shown is how its root is called in evidence ("HKLM\SOFTWARE").
 */
struct hive *hive_open(struct arena *a, const struct fs_tree *tree, const char *path,
	const char *shown, struct hive_fact *fact);
void hive_close(struct hive *h); /* NULL is allowed */

/* A key; 0: there is none, or it is damaged, which hive_key_fact() tells apart. */
typedef size_t hive_node;
hive_node hive_find(struct hive *h, const char *path);
hive_node hive_child(struct hive *h, hive_node node, const char *name);
/* Did the last hive_find() that gave 0 meet damage, or were more names looked at than allowed? */
bool hive_find_failed(const struct hive *h);
/* Are no more names to be looked at?  What was read of late is then not complete. */
bool hive_is_exhausted(const struct hive *h);

/* Calls fn for every subkey, up to REG_SUBKEYS_MAX; false: the list, or one of them, is damaged. */
typedef void hive_each_fn(void *ctx, struct hive *h, hive_node child, const char *name);
bool hive_each(struct hive *h, hive_node node, hive_each_fn *fn, void *ctx);

/*
 * Value of a key.  path is the key's, for evidence; node may be 0: the value is then absent.  A
 * value larger than REG_DATA_MAX is REG_UNSEEN.
 */
struct reg_value hive_value(struct hive *h, hive_node node, const char *path, const char *name);
/* All of a key; with_values false: names of subkeys only. */
struct reg_key hive_key_fact(struct hive *h, const char *path, bool with_values);

/* For shorter calls: the number of a DWORD, or otherwise; the text of a string, or NULL. */
int64_t hive_number(struct hive *h, hive_node node, const char *name, int64_t otherwise);
const char *hive_text(struct hive *h, hive_node node, const char *name);

/* The values of a key one by one, up to REG_VALUES_MAX, by a handle for the calls below; false: the
 * list, or one of them, is damaged. */
typedef void hive_value_fn(void *ctx, struct hive *h, size_t value, const char *name);
bool hive_each_value(struct hive *h, hive_node node, hive_value_fn *fn, void *ctx);
int64_t hive_value_number(struct hive *h, size_t value, int64_t otherwise);
const char *hive_value_text(struct hive *h, size_t value);
/* The type of a key's default value, which the SAM uses as a number; 0: it has none. */
uint32_t hive_default_type(struct hive *h, hive_node node);
struct reg_value hive_value_at(struct hive *h, size_t value, const char *path, const char *name);

/* Evidence for a key of the hive: its path as regedit shows it, and behind ": " more, if any. */
struct origin hive_origin(struct hive *h, const char *path, const char *more);

/* What a value or key is when the hive could not be opened. */
struct reg_value hive_unseen_value(struct arena *a, const struct hive_fact *fact, const char *shown,
	const char *path, const char *name);
struct reg_key hive_unseen_key(
	struct arena *a, const struct hive_fact *fact, const char *shown, const char *path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The text LVM2 keeps its metadata in: sections, and values that are strings, numbers or lists of
 * them.  Only the grammar; what the keys mean is src/map/lvm.c's business.
 *
 *	vg0 { id = "..."  seqno = 4  status = ["READ", "WRITE"] }	# a comment
 *
 * The tree and its strings live in the arena; the text may go.
 */
#ifndef PARSE_LVM_TEXT_H
#define PARSE_LVM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum lvm_kind { LVM_SECTION, LVM_LIST, LVM_STRING, LVM_NUMBER };

struct lvm_node {
	enum lvm_kind kind;
	unsigned line;   /* from 1; where it begins */
	const char *key; /* NULL: an element of a list */
	union {
		const char *string;     /* without quotes */
		int64_t number;         /* fractions are cut */
		struct lvm_node *child; /* of a section or list: the first, or NULL */
	};
	struct lvm_node *next; /* in the same section or list */
};

/*
 * Parses a whole text; *ret is a section without a key that holds everything.  *nodes is how many
 * nodes may be made, and counts down.  EBADMSG with the line; E2BIG: too deep or too many nodes.
 */
int lvm_text_parse(const char *text, size_t len, size_t *nodes, struct arena *a,
	struct lvm_node **ret, struct err *e);

/* What a section holds under key, or NULL.  A NULL section holds nothing. */
const struct lvm_node *lvm_get(const struct lvm_node *section, const char *key);
const struct lvm_node *lvm_section(const struct lvm_node *section, const char *key);
/* False: there is no such list.  *ret is its first element, NULL in an empty one. */
bool lvm_list(const struct lvm_node *section, const char *key, const struct lvm_node **ret);
const char *lvm_string(const struct lvm_node *section, const char *key);
/* False: it is not there, not a number, or negative. */
bool lvm_number(const struct lvm_node *section, const char *key, uint64_t *ret);
/* Does the list hold this string? */
bool lvm_list_has(const struct lvm_node *section, const char *key, const char *want);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A kernel command line taken apart: words split at blanks outside double quotes, as the kernel
 * does, and single ones, since such text often passes a shell;
 * one pair of quotes around a word or a value is taken off.
 */
#ifndef PARSE_CMDLINE_H
#define PARSE_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

struct kernel_arg {
	const char *key;   /* "root", "ro", "rd.lvm.lv" */
	const char *value; /* NULL when the word has no '=' */
	unsigned line;     /* 0 when the caller gave none */
	bool unresolved;   /* holds a $variable that no literal assignment explains */
};

struct kernel_args {
	LIST(struct kernel_arg);
	size_t bytes; /* of their text */
	bool limit;   /* more than CMDLINE_WORDS_MAX or CMDLINE_BYTES_MAX: the rest was left out */
};

/* Appends the words of text. */
void cmdline_split(struct kernel_args *args, struct arena *a, struct span text, unsigned line);

/* Appends one word that some shell has already unquoted. */
void cmdline_add(struct kernel_args *args, struct arena *a, struct span word, unsigned line,
	bool unresolved);

/* The last of that name, the one the kernel obeys, or NULL. */
const struct kernel_arg *cmdline_get(const struct kernel_args *args, const char *key);

#endif

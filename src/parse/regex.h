/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Regular expressions as LVM's filters have them: . * + ? | ( ) [ ] ^ $ and escapes; no counts, no
 * references.  Time and memory are linear in the pattern, whatever it is, which the C library's
 * do not promise.  Matches anywhere in the text, as "grep -E" does.
 */
#ifndef PARSE_REGEX_H
#define PARSE_REGEX_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct regex;

/* EBADMSG: not a pattern; E2BIG: longer than LVM_PATTERN_MAX. */
int regex_compile(const char *pattern, struct arena *a, const struct regex **ret, struct err *e);
bool regex_matches(const struct regex *r, const char *text);

#endif

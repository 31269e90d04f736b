/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Small helpers for text from a guest: spans, lines, shell-style globs.  Nothing here does I/O.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A borrowed piece of text; not NUL-terminated. */
struct span {
	const char *p;
	size_t n;
};

struct span span_of(const char *s);
struct span span_trim(struct span s); /* without blanks (space, tab, CR, newline) at both ends */
bool span_is(struct span s, const char *want);
bool span_is_nocase(struct span s, const char *want); /* ASCII only */
bool span_starts(struct span s, const char *prefix);
bool span_ends(struct span s, const char *suffix);

/* Takes the next line off rest (without its newline) and counts *line up; false at the end. */
bool next_line(struct span *rest, struct span *ret_line, unsigned *line);
/* Takes the next blank-separated word off rest; false when none is left. */
bool next_word(struct span *rest, struct span *ret_word);

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Unsigned decimal, whole span; false when it is empty, has other characters or overflows. */
bool span_u64(struct span s, unsigned long long *ret);
int hex_digit(char c); /* its value, or -1 */

/* The order of "sort -V" for kernel releases and agent versions: digits compare as numbers. */
int version_compare(const char *a, const char *b);

#endif

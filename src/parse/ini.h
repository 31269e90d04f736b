/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Files of "key = value" lines, as the mobility agent writes them: sections and comments ('#', ';')
 * are passed over, keys are alike whatever their case.
 */
#ifndef PARSE_INI_H
#define PARSE_INI_H

#include "base/text.h"

/* The last value of a key, without blanks and one pair of double quotes around it; *ret_line is its
 * line, trimmed, *ret_number where it stands.  false: the file has no such key. */
bool ini_value(struct span text, const char *key, struct span *ret, struct span *ret_line,
	unsigned *ret_number);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * JSON values in one expression each.  Text is made valid UTF-8 on the way in: every byte that is
 * not becomes U+FFFD.  Out of memory ends the program through the arena's handler.  jansson is
 * loaded by report_load_json() (report.h), before anything here is called.
 */
#ifndef REPORT_VALUE_H
#define REPORT_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

json_t *value_null(void);
json_t *value_text(const char *s); /* NULL gives null */
json_t *value_size(uint64_t n);
json_t *value_real(double d);
json_t *value_bool(bool b);

json_t *value_object(void);
json_t *value_array(void);
/* Both take the reference to v. */
void value_set(json_t *object, const char *key, json_t *v);
void value_add(json_t *array, json_t *v);

static inline void set_text(json_t *object, const char *key, const char *s)
{
	value_set(object, key, value_text(s));
}

static inline void set_size(json_t *object, const char *key, uint64_t n)
{
	value_set(object, key, value_size(n));
}

static inline void set_bool(json_t *object, const char *key, bool b)
{
	value_set(object, key, value_bool(b));
}

/* Prints the document as ASCII with escapes, so that no terminal is at its mercy, and drops it. */
void value_print(FILE *out, json_t *document);

#endif

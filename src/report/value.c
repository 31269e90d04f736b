/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/value.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "report/escape.h"

/* jansson answers NULL or -1 only when memory is out: everything given to it is valid. */
static json_t *sure(json_t *v)
{
	if (!v)
		arena_exhausted();
	return v;
}

json_t *value_text(const char *s)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	CLEANUP(cleanup_free) char *clean = NULL;
	size_t n, used = 0;

	if (!s)
		return json_null();
	n = strlen(s);
	clean = malloc(n * 3 + 1);
	if (!clean)
		arena_exhausted();
	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t len = utf8_next(s + i, n - i, &c);
		size_t put = c == UTF8_BAD ? 3 : len;

		memcpy(clean + used, c == UTF8_BAD ? replacement : s + i, put);
		used += put;
		i += len;
	}
	return sure(json_stringn(clean, used));
}

json_t *value_size(uint64_t n)
{
	return sure(json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n));
}

json_t *value_bool(bool b)
{
	return json_boolean(b);
}

json_t *value_object(void)
{
	return sure(json_object());
}

json_t *value_array(void)
{
	return sure(json_array());
}

void value_set(json_t *object, const char *key, json_t *v)
{
	if (json_object_set_new(object, key, v) < 0)
		arena_exhausted();
}

void value_add(json_t *array, json_t *v)
{
	if (json_array_append_new(array, v) < 0)
		arena_exhausted();
}

/* DEL is the one control character that jansson leaves alone. */
static int print(const char *p, size_t n, void *out)
{
	const char *end = p + n, *del;

	while ((del = memchr(p, 0x7F, (size_t)(end - p)))) {
		fwrite(p, 1, (size_t)(del - p), out);
		fputs("\\u007f", out);
		p = del + 1;
	}
	fwrite(p, 1, (size_t)(end - p), out);
	return 0;
}

void value_print(FILE *out, json_t *document)
{
	json_dump_callback(
		document, print, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(document);
}

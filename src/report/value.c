/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/value.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/lazylib.h"
#include "report/escape.h"
#include "report/report.h"

static struct {
	json_t *(*null)(void);
	json_t *(*yes)(void);
	json_t *(*no)(void);
	json_t *(*integer)(json_int_t);
	json_t *(*real)(double);
	json_t *(*stringn)(const char *, size_t);
	json_t *(*object)(void);
	json_t *(*array)(void);
	int (*object_set_new)(json_t *, const char *, json_t *);
	int (*array_append_new)(json_t *, json_t *);
	int (*dump_callback)(const json_t *, json_dump_callback_t, void *, size_t);
	void (*delete)(json_t *);
} json;

int report_load_json(struct err *e)
{
	const struct lazylib_symbol wanted[] = {
		{"json_null", &json.null},
		{"json_true", &json.yes},
		{"json_false", &json.no},
		{"json_integer", &json.integer},
		{"json_real", &json.real},
		{"json_stringn", &json.stringn},
		{"json_object", &json.object},
		{"json_array", &json.array},
		{"json_object_set_new", &json.object_set_new},
		{"json_array_append_new", &json.array_append_new},
		{"json_dump_callback", &json.dump_callback},
		{"json_delete", &json.delete},
	};

	return lazylib_load(LAZYLIB_JANSSON, wanted, ARRAY_LEN(wanted), e);
}

/* jansson answers NULL or -1 only when memory is out: everything given to it is valid. */
static json_t *sure(json_t *v)
{
	if (!v)
		arena_exhausted();
	return v;
}

json_t *value_null(void)
{
	return json.null();
}

json_t *value_text(const char *s)
{
	static const char replacement[] = "\xEF\xBF\xBD";
	CLEANUP(cleanup_free) char *clean = NULL;
	size_t n, used = 0;

	if (!s)
		return value_null();
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
	return sure(json.stringn(clean, used));
}

json_t *value_size(uint64_t n)
{
	return sure(json.integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n));
}

json_t *value_real(double d)
{
	return sure(json.real(d));
}

json_t *value_bool(bool b)
{
	return b ? json.yes() : json.no();
}

json_t *value_object(void)
{
	return sure(json.object());
}

json_t *value_array(void)
{
	return sure(json.array());
}

void value_set(json_t *object, const char *key, json_t *v)
{
	if (json.object_set_new(object, key, v) < 0)
		arena_exhausted();
}

void value_add(json_t *array, json_t *v)
{
	if (json.array_append_new(array, v) < 0)
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
	json.dump_callback(
		document, print, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json.delete(document);
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The binary XML of an event record, by what is published of it.
 *
 * A document is tokens: elements, attributes, text.  Most of it stands once a chunk, as a template
 * with numbered gaps; a record names the template and brings the values for the gaps, which may be
 * documents themselves.  Names stand once a chunk too.  Whatever names a place names it from the
 * start of the chunk, and what it names may stand right there, behind the number.
 *
 * Of the tree only the elements in the table are of use; all others are gone through.  The work is
 * counted, since a template may name a value of 60 KiB thousands of times.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/text.h"
#include "base/utf16.h"
#include "parse/evtx.h"
#include "parse/sam.h"

enum token {
	TOKEN_END,
	TOKEN_OPEN,
	TOKEN_OPENED,
	TOKEN_CLOSE_EMPTY,
	TOKEN_CLOSE,
	TOKEN_VALUE,
	TOKEN_ATTRIBUTE,
	TOKEN_CDATA,
	TOKEN_CHARACTER,
	TOKEN_ENTITY,
	TOKEN_PI_TARGET,
	TOKEN_PI_DATA,
	TOKEN_TEMPLATE,
	TOKEN_SUBSTITUTION,
	TOKEN_OPTIONAL,
	TOKEN_FRAGMENT,
	TOKEN_MORE = 0x40, /* attributes or other content follow */
};

enum value_type {
	TYPE_NULL,
	TYPE_STRING,
	TYPE_ANSI,
	TYPE_INT8,
	TYPE_UINT8,
	TYPE_INT16,
	TYPE_UINT16,
	TYPE_INT32,
	TYPE_UINT32,
	TYPE_INT64,
	TYPE_UINT64,
	TYPE_FLOAT,
	TYPE_DOUBLE,
	TYPE_BOOL,
	TYPE_BINARY,
	TYPE_GUID,
	TYPE_SIZE,
	TYPE_FILETIME,
	TYPE_SYSTEMTIME,
	TYPE_SID,
	TYPE_HEX32,
	TYPE_HEX64,
	TYPE_XML = 0x21,
	TYPE_ARRAY = 0x80, /* of that type */
};

enum kind {
	KIND_OTHER,
	KIND_EVENT,
	KIND_SYSTEM,
	KIND_PROVIDER,
	KIND_EVENT_ID,
	KIND_LEVEL,
	KIND_EVENT_DATA,
	KIND_DATA,
	KIND_BINARY,
};

/* An element counts where it belongs only. */
static const struct {
	const char *name;
	enum kind kind, parent;
} elements[] = {
	{"Event", KIND_EVENT, KIND_OTHER},
	{"System", KIND_SYSTEM, KIND_EVENT},
	{"Provider", KIND_PROVIDER, KIND_SYSTEM},
	{"EventID", KIND_EVENT_ID, KIND_SYSTEM},
	{"Level", KIND_LEVEL, KIND_SYSTEM},
	{"EventData", KIND_EVENT_DATA, KIND_EVENT},
	{"Data", KIND_DATA, KIND_EVENT_DATA},
	{"Binary", KIND_BINARY, KIND_EVENT_DATA},
};

/* The attribute of each kind of element that is of use, or NULL. */
static const char *const attributes[] = {
	[KIND_PROVIDER] = "Name",
	[KIND_EVENT_ID] = "Qualifiers",
	[KIND_DATA] = "Name",
	[KIND_BINARY] = NULL,
};

/* A value for a gap of a template: where in the chunk it is. */
struct value {
	uint32_t at, size;
	uint8_t type;
};

struct values {
	unsigned n;
	struct value v[EVTX_VALUES_MAX];
};

struct walk {
	const uint8_t *p; /* the chunk */
	struct arena *a;  /* NULL: until the event's id is known */
	struct evtx_event *ev;
	uint64_t *work;
	struct err *e;
	unsigned fragments; /* documents in documents */
	unsigned depth;     /* elements in elements */
	uint8_t kinds[EVTX_DEPTH_MAX];
	bool in_attribute, wanted; /* the text at hand is an attribute's, and of use */
	bool absent; /* it is of a value that is not there, and so the element is not either */
	bool done;
	const char *data_name;
	size_t data_left; /* of EVTX_DATA_MAX */
	size_t len;
	char field[EVTX_FIELD_MAX + 1]; /* the text at hand */
};

static int walk_fragment(struct walk *w, struct bytes *b, const struct values *v, bool numbered);

static int damaged(struct walk *w, const char *what)
{
	return err_set(w->e, EBADMSG, "record %" PRIu64 ": %s", w->ev->record, what);
}

static uint32_t position(const struct walk *w, const struct bytes *b)
{
	return (uint32_t)(b->p - w->p);
}

static enum kind top(const struct walk *w)
{
	return w->depth ? w->kinds[w->depth - 1] : KIND_OTHER;
}

/* ---- text ---- */

static void add_text(struct walk *w, const char *s, size_t n)
{
	size_t room = EVTX_FIELD_MAX - w->len;

	if (n > room) {
		n = room;
		w->ev->cut = true;
	}
	memcpy(w->field + w->len, s, n);
	w->len += n;
	w->field[w->len] = '\0';
}

/* UTF-16 up to its first NUL. */
static void add_utf16(struct walk *w, const uint8_t *p, size_t n)
{
	size_t end = 0, max = (EVTX_FIELD_MAX - w->len) / 3 * 2;

	while (end + 1 < n && (p[end] || p[end + 1]))
		end += 2;
	if (end > max) {
		end = max;
		w->ev->cut = true;
	}
	w->len += utf16_name(w->field + w->len, p, end, UTF16_LE);
	w->field[w->len] = '\0';
}

static void add_ansi(struct walk *w, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && p[i] && w->len < EVTX_FIELD_MAX; i++) {
		uint8_t unit[2] = {p[i], 0};

		add_utf16(w, unit, 2);
	}
}

static void add_hex(struct walk *w, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n && w->len < EVTX_FIELD_MAX; i++)
		add_text(w, (char[]){digits[p[i] >> 4], digits[p[i] & 15]}, 2);
}

__attribute__((format(printf, 2, 3))) static void add_words(struct walk *w, const char *fmt, ...)
{
	char words[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	add_text(w, words, strlen(words));
}

/* "2018-07-06T18:37:44.485817500Z" */
static void add_filetime(struct walk *w, uint64_t t)
{
	time_t seconds = (time_t)(t / 10000000) - 11644473600LL;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return;
	add_words(w, "%04d-%02d-%02dT%02d:%02d:%02d.%07u00Z", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(t % 10000000));
}

static void add_sid(struct walk *w, struct bytes b)
{
	uint8_t revision = bytes_u8(&b), parts = bytes_u8(&b);
	uint64_t authority = (uint64_t)bytes_be16(&b) << 32;

	authority |= bytes_be32(&b);
	add_words(w, "S-%u-%" PRIu64, revision, authority);
	for (unsigned i = 0; i < parts && bytes_left(&b) >= 4; i++)
		add_words(w, "-%" PRIu32, bytes_le32(&b));
}

/* A whole number of 1, 2, 4 or 8 bytes, its highest bit its sign where it has one. */
static uint64_t whole_number(struct bytes *b, size_t n, bool has_sign)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u |= (uint64_t)bytes_u8(b) << (8 * i);
	if (has_sign && n < 8 && u >> (8 * n - 1))
		u |= ~0ULL << (8 * n);
	return u;
}

static void add_float(struct walk *w, struct bytes *b, size_t n)
{
	uint64_t bits = whole_number(b, n, false);
	uint32_t half = (uint32_t)bits;
	double d;
	float f;

	memcpy(&d, &bits, sizeof(d));
	memcpy(&f, &half, sizeof(f));
	add_words(w, "%g", n == 4 ? (double)f : d);
}

/* Bytes of one value of the type; 0: as many as there are. */
static size_t size_of_type(unsigned type, size_t size)
{
	static const uint8_t sizes[] = {[TYPE_INT8] = 1,
		[TYPE_UINT8] = 1,
		[TYPE_INT16] = 2,
		[TYPE_UINT16] = 2,
		[TYPE_INT32] = 4,
		[TYPE_UINT32] = 4,
		[TYPE_INT64] = 8,
		[TYPE_UINT64] = 8,
		[TYPE_FLOAT] = 4,
		[TYPE_DOUBLE] = 8,
		[TYPE_BOOL] = 4,
		[TYPE_GUID] = 16,
		[TYPE_FILETIME] = 8,
		[TYPE_SYSTEMTIME] = 16,
		[TYPE_HEX32] = 4,
		[TYPE_HEX64] = 8};

	if (type == TYPE_SIZE)
		return size >= 8 ? 8 : 4;
	return type < sizeof(sizes) ? sizes[type] : 0;
}

static void add_number(struct walk *w, unsigned type, struct bytes *b, size_t n)
{
	bool has_sign =
		type == TYPE_INT8 || type == TYPE_INT16 || type == TYPE_INT32 || type == TYPE_INT64;
	uint64_t u = whole_number(b, n, has_sign);

	if (type == TYPE_HEX32 || type == TYPE_HEX64 || type == TYPE_SIZE)
		add_words(w, "0x%0*" PRIx64, (int)(2 * n), u);
	else if (type == TYPE_BOOL)
		add_words(w, "%s", u ? "true" : "false");
	else if (has_sign)
		add_words(w, "%" PRId64, (int64_t)u);
	else
		add_words(w, "%" PRIu64, u);
}

/* "{A68CA8B7-...}" */
static void add_guid(struct walk *w, const uint8_t *p)
{
	struct guid_text t = guid_text(p);

	for (char *c = t.s; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	add_words(w, "{%s}", t.s);
}

/* Year, month, day of the week, day, hour, minute, second, millisecond. */
static void add_systemtime(struct walk *w, struct bytes *b)
{
	uint16_t t[8];

	for (size_t i = 0; i < 8; i++)
		t[i] = bytes_le16(b);
	add_words(
		w, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", t[0], t[1], t[3], t[4], t[5], t[6], t[7]);
}

/* One value, which is no document and no array; of one that is cut short nothing. */
static void add_value(struct walk *w, unsigned type, const uint8_t *p, size_t size)
{
	struct bytes b = bytes_of(p, size);
	size_t n = size_of_type(type, size);

	if (size < n)
		return;
	switch (type) {
	case TYPE_STRING:
		add_utf16(w, p, size);
		break;
	case TYPE_ANSI:
		add_ansi(w, p, size);
		break;
	case TYPE_BINARY:
		add_hex(w, p, size);
		break;
	case TYPE_SID:
		add_sid(w, b);
		break;
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		add_float(w, &b, n);
		break;
	case TYPE_GUID:
		add_guid(w, p);
		break;
	case TYPE_SYSTEMTIME:
		add_systemtime(w, &b);
		break;
	case TYPE_FILETIME:
		add_filetime(w, whole_number(&b, n, false));
		break;
	default:
		if (n)
			add_number(w, type, &b, n);
	}
}

/* ---- what the text at hand is for ---- */

static unsigned field_number(const struct walk *w)
{
	unsigned long long n;

	return span_u64(span_of(w->field), &n) && n <= UINT32_MAX ? (unsigned)n : 0;
}

/* The text at hand, for good; NULL: there is too much of it. */
static const char *keep_text(struct walk *w)
{
	if (!w->a || w->len >= w->data_left) {
		w->ev->cut = true;
		return NULL;
	}
	w->data_left -= w->len + 1;
	return arena_strndup(w->a, w->field, w->len);
}

static void put_data(struct walk *w)
{
	const char *text = w->ev->data.n < EVTX_VALUES_MAX ? keep_text(w) : NULL;
	struct evtx_data *d;

	if (!text) {
		w->ev->cut = true;
		return;
	}
	d = list_add(w->a, &w->ev->data);
	d->name = w->data_name;
	d->text = text;
}

static void start_text(struct walk *w, bool wanted)
{
	w->wanted = wanted;
	w->absent = false;
	w->len = 0;
	w->field[0] = '\0';
}

static void take_attribute(struct walk *w, enum kind kind)
{
	if (kind == KIND_EVENT_ID)
		w->ev->qualifiers = field_number(w);
	else if (kind == KIND_DATA && w->a)
		w->data_name = keep_text(w);
	else if (kind == KIND_PROVIDER && w->len < sizeof(w->ev->provider))
		memcpy(w->ev->provider, w->field, w->len + 1);
}

/* The attribute, if there is one, has all its text. */
static void end_attribute(struct walk *w)
{
	enum kind kind = top(w);

	if (w->in_attribute && w->wanted)
		take_attribute(w, kind);
	w->in_attribute = false;
	start_text(w, kind == KIND_EVENT_ID || kind == KIND_LEVEL || kind == KIND_DATA ||
			      kind == KIND_BINARY);
}

static void end_element(struct walk *w)
{
	enum kind kind = top(w);

	if (kind == KIND_EVENT_ID) {
		w->ev->id = field_number(w);
		/* The provider stands before it. */
		w->done = !w->a;
	} else if (kind == KIND_LEVEL) {
		w->ev->level = field_number(w);
	} else if (kind == KIND_DATA && !w->absent) {
		put_data(w);
	} else if (kind == KIND_BINARY && w->a && w->len) {
		w->ev->binary = keep_text(w);
	}
	if (w->depth)
		w->depth--;
	start_text(w, false);
}

/* ---- names ---- */

/* Its characters, as they stand; moves b behind the name where that stands at b. */
static bool take_name(struct walk *w, struct bytes *b, const uint8_t **ret, size_t *ret_n)
{
	uint32_t at = bytes_le32(b);
	bool is_here = at == position(w, b);
	struct bytes name = bytes_at(w->p, EVTX_CHUNK_SIZE, at);
	size_t n;

	bytes_skip(&name, 4 + 2); /* the next of its hash, and the hash */
	n = bytes_le16(&name);
	*ret = name.p;
	*ret_n = n;
	bytes_skip(&name, 2 * n + 2);
	if (is_here)
		bytes_skip(b, 4 + 2 + 2 + 2 * n + 2);
	return !name.bad && !b->bad;
}

static bool name_is(const uint8_t *p, size_t n, const char *want)
{
	if (n != strlen(want))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[2 * i] != (uint8_t)want[i] || p[2 * i + 1])
			return false;
	}
	return true;
}

/* ---- tokens ---- */

static int open_element(struct walk *w, struct bytes *b, bool has_attributes, bool numbered)
{
	enum kind kind = KIND_OTHER, parent = top(w);
	const uint8_t *name;
	size_t n;

	end_attribute(w);
	if (numbered)
		bytes_skip(b, 2);
	bytes_skip(b, 4); /* how long it is */
	if (!take_name(w, b, &name, &n))
		return damaged(w, "the name of an element is damaged");
	if (has_attributes)
		bytes_skip(b, 4);
	if (w->depth >= EVTX_DEPTH_MAX)
		return err_set(w->e, E2BIG, "record %" PRIu64 " nests more than %u elements",
			w->ev->record, EVTX_DEPTH_MAX);
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		if (elements[i].parent == parent && (parent || !w->depth) &&
			name_is(name, n, elements[i].name))
			kind = elements[i].kind;
	}
	w->kinds[w->depth++] = (uint8_t)kind;
	w->data_name = NULL;
	start_text(w, false);
	return 0;
}

static int open_attribute(struct walk *w, struct bytes *b)
{
	enum kind kind = top(w);
	const uint8_t *name;
	size_t n;

	end_attribute(w);
	if (!take_name(w, b, &name, &n))
		return damaged(w, "the name of an attribute is damaged");
	w->in_attribute = true;
	start_text(w, kind < sizeof(attributes) / sizeof(attributes[0]) && attributes[kind] &&
			      name_is(name, n, attributes[kind]));
	return 0;
}

/* What stands in the text itself: a string. */
static int take_string(struct walk *w, struct bytes *b, bool is_text)
{
	size_t n = bytes_le16(b);
	const uint8_t *p = b->p;

	bytes_skip(b, 2 * n);
	if (b->bad)
		return damaged(w, "a text is cut short");
	if (is_text && w->wanted)
		add_utf16(w, p, 2 * n);
	return 0;
}

static int take_entity(struct walk *w, struct bytes *b)
{
	static const struct {
		const char *name, *is;
	} known[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
	const uint8_t *name;
	size_t n;

	if (!take_name(w, b, &name, &n))
		return damaged(w, "the name of an entity is damaged");
	for (size_t i = 0; w->wanted && i < sizeof(known) / sizeof(known[0]); i++) {
		if (name_is(name, n, known[i].name))
			add_text(w, known[i].is, 1);
	}
	return 0;
}

/* Each of an array is a Data of its own; the last is left to the end of the element. */
static void add_array(struct walk *w, unsigned type, const uint8_t *p, size_t size)
{
	size_t n = size_of_type(type, size), at = 0;

	while (at < size && *w->work) {
		size_t one = n ? n : size - at;

		--*w->work;
		if (type == TYPE_STRING) {
			for (one = 0; at + one + 1 < size && (p[at + one] || p[at + one + 1]);)
				one += 2;
			one += 2;
		}
		if (one > size - at)
			one = size - at;
		if (at && top(w) == KIND_DATA && !w->in_attribute) {
			put_data(w);
			start_text(w, true);
		}
		add_value(w, type, p + at, one);
		at += one;
	}
}

static int substitute(struct walk *w, struct bytes *b, const struct values *v, bool optional)
{
	unsigned i = bytes_le16(b);
	const struct value *x;
	struct bytes inner;
	int r;

	bytes_skip(b, 1); /* the type that it should be of; the value says of which it is */
	if (b->bad || !v || i >= v->n)
		return damaged(w, "a value is missing");
	x = &v->v[i];
	if (x->type == TYPE_XML) {
		if (w->fragments >= EVTX_FRAGMENTS_MAX)
			return err_set(
				w->e, E2BIG, "record %" PRIu64 " nests too deep", w->ev->record);
		inner = bytes_of(w->p + x->at, x->size);
		w->fragments++;
		r = walk_fragment(w, &inner, NULL, false);
		w->fragments--;
		return r;
	}
	if (!w->wanted)
		return 0;
	w->absent = optional && x->type == TYPE_NULL && !w->len;
	*w->work -= min_u64(*w->work, x->size / 16);
	if (x->type & TYPE_ARRAY)
		add_array(w, x->type & ~TYPE_ARRAY & 0xff, w->p + x->at, x->size);
	else
		add_value(w, x->type, w->p + x->at, x->size);
	return 0;
}

/* The values of a template: first how long each is, and of which type; then all of them. */
static int take_values(struct walk *w, struct bytes *b, struct values *ret)
{
	uint32_t n = bytes_le32(b);
	struct bytes sizes = *b;

	if (n > EVTX_VALUES_MAX)
		return err_set(w->e, E2BIG, "record %" PRIu64 " has %u values", w->ev->record, n);
	ret->n = n;
	bytes_skip(b, 4 * (size_t)n);
	for (uint32_t i = 0; i < n; i++) {
		struct value *x = &ret->v[i];

		x->size = bytes_le16(&sizes);
		x->type = bytes_u8(&sizes);
		bytes_skip(&sizes, 1);
		x->at = position(w, b);
		bytes_skip(b, x->size);
	}
	*w->work -= min_u64(*w->work, n);
	return b->bad ? damaged(w, "a value is cut short") : 0;
}

static int instantiate(struct walk *w, struct bytes *b)
{
	struct bytes definition;
	struct values values;
	uint32_t at, size;
	int r;

	bytes_skip(b, 1 + 4); /* always 1; the template's number */
	at = bytes_le32(b);
	definition = bytes_at(w->p, EVTX_CHUNK_SIZE, at);
	bytes_skip(&definition, 4 + 16); /* the next of its hash; its GUID */
	size = bytes_le32(&definition);
	if (at == position(w, b))
		bytes_skip(b, 4 + 16 + 4 + (size_t)size);
	if (b->bad || definition.bad || size > bytes_left(&definition))
		return damaged(w, "a template is damaged");
	definition = bytes_of(definition.p, size);
	r = take_values(w, b, &values);
	if (r < 0)
		return r;
	if (w->fragments >= EVTX_FRAGMENTS_MAX)
		return err_set(w->e, E2BIG, "record %" PRIu64 " nests too deep", w->ev->record);
	w->fragments++;
	r = walk_fragment(w, &definition, &values, true);
	w->fragments--;
	return r;
}

static void take_character(struct walk *w, struct bytes *b)
{
	uint16_t unit = bytes_le16(b);

	if (w->wanted)
		add_utf16(w, (uint8_t[]){(uint8_t)unit, (uint8_t)(unit >> 8)}, 2);
}

static int take_token(
	struct walk *w, unsigned token, struct bytes *b, const struct values *v, bool numbered)
{
	const uint8_t *name;
	size_t n;

	switch (token & ~(unsigned)TOKEN_MORE) {
	case TOKEN_OPEN:
		return open_element(w, b, token & TOKEN_MORE, numbered);
	case TOKEN_OPENED:
		end_attribute(w);
		return 0;
	case TOKEN_CLOSE_EMPTY:
	case TOKEN_CLOSE:
		if (w->in_attribute)
			end_attribute(w);
		end_element(w);
		return 0;
	case TOKEN_VALUE:
		if (bytes_u8(b) != TYPE_STRING)
			return damaged(w, "a text is of no type that texts have");
		return take_string(w, b, true);
	case TOKEN_ATTRIBUTE:
		return open_attribute(w, b);
	case TOKEN_CDATA:
	case TOKEN_PI_DATA:
		return take_string(w, b, (token & ~(unsigned)TOKEN_MORE) == TOKEN_CDATA);
	case TOKEN_CHARACTER:
		take_character(w, b);
		return 0;
	case TOKEN_ENTITY:
		return take_entity(w, b);
	case TOKEN_PI_TARGET:
		return take_name(w, b, &name, &n) ? 0 : damaged(w, "a name is damaged");
	case TOKEN_TEMPLATE:
		return instantiate(w, b);
	case TOKEN_SUBSTITUTION:
		return substitute(w, b, v, false);
	case TOKEN_OPTIONAL:
		return substitute(w, b, v, true);
	case TOKEN_FRAGMENT:
		bytes_skip(b, 3); /* version 1.1, flags */
		return 0;
	default:
		return damaged(w, "it has a token of no known kind");
	}
}

static int walk_fragment(struct walk *w, struct bytes *b, const struct values *v, bool numbered)
{
	while (!w->done && bytes_left(b)) {
		uint8_t token = bytes_u8(b);
		int r;

		if (token == TOKEN_END)
			return 0;
		if (!*w->work)
			return err_set(w->e, E2BIG, "its records take too much work");
		--*w->work;
		r = take_token(w, token, b, v, numbered);
		if (r < 0)
			return r;
		if (b->bad)
			return damaged(w, "it is cut short");
	}
	return 0;
}

int evtx_event_parse(struct evtx_event *ret, const struct evtx_chunk *c, unsigned i,
	struct arena *a, uint64_t *work, struct err *e)
{
	uint32_t at = c->at[i], size = get_le32(c->p + at + 4);
	struct bytes b = bytes_of(c->p + at + 24, size - 28);
	struct walk w;

	*ret = (struct evtx_event){.record = get_le64(c->p + at + 8), .time = evtx_time(c, i)};
	w.p = c->p;
	w.a = a;
	w.ev = ret;
	w.work = work;
	w.e = e;
	w.fragments = w.depth = 0;
	w.in_attribute = w.done = false;
	w.data_name = NULL;
	w.data_left = EVTX_DATA_MAX;
	start_text(&w, false);
	return walk_fragment(&w, &b, NULL, false);
}

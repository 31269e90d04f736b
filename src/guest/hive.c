/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/hive.h"

#include <errno.h>
#include <hivex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/lazylib.h"
#include "base/limits.h"
#include "base/pages.h"
#include "base/memfd.h"
#include "base/utf16.h"
#include "guest/collect.h"
#include "parse/hive.h"

/* ---- the library ---- */

static struct {
	__typeof__(&hivex_open) open_hive;
	__typeof__(&hivex_close) close_hive;
	__typeof__(&hivex_root) root;
	__typeof__(&hivex_node_children) children;
	__typeof__(&hivex_node_name) name;
	__typeof__(&hivex_node_values) values;
	__typeof__(&hivex_value_key) key;
	__typeof__(&hivex_value_type) type;
	__typeof__(&hivex_value_value) value;
} hx;

static int load_hivex(struct err *e)
{
	const struct lazylib_symbol wanted[] = {
		{"hivex_open", &hx.open_hive},
		{"hivex_close", &hx.close_hive},
		{"hivex_root", &hx.root},
		{"hivex_node_children", &hx.children},
		{"hivex_node_name", &hx.name},
		{"hivex_node_values", &hx.values},
		{"hivex_value_key", &hx.key},
		{"hivex_value_type", &hx.type},
		{"hivex_value_value", &hx.value},
	};

	return lazylib_load(LAZYLIB_HIVEX, wanted, ARRAY_LEN(wanted), e);
}

/* ---- a hive in memory ---- */

struct hive {
	struct arena *a;
	hive_h *h;
	const char *shown;
	const struct hive_fact *fact;
	/* The key that was found last: most values are asked for key by key. */
	char last[256];
	hive_node last_node;
	bool last_failed;
	size_t names_left; /* HIVE_NAMES_MAX, counted down */
};

/* The memfd of a hive while it is filled and completed. */
struct image {
	int fd;
	uint8_t *p;
	size_t len;
};

static void image_unmap(struct image *m)
{
	if (m->p)
		munmap(m->p, m->len);
	m->p = NULL;
}

static void image_free(struct image *m)
{
	image_unmap(m);
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

static int image_map(struct image *m, struct err *e)
{
	void *p = mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);

	if (p == MAP_FAILED)
		return err_set(e, ENOMEM, "no memory for a hive of %zu bytes", m->len);
	m->p = p;
	return 0;
}

/* Small enough to stay in the processor's cache on its way from one file to the other. */
#define PIECE (256U << 10)

/*
 * The memfd's pages are made by writing, which costs half of what faults on a mapping would.  scan
 * (NULL: not yet) checks the hive on its way.
 */
static int copy_to_image(
	const struct fs_file *f, struct image *m, struct hive_scan *scan, struct err *e)
{
	CLEANUP(cleanup_free) uint8_t *buf = pages_alloc(PIECE);
	size_t n;
	int r = buf ? 0 : err_set(e, ENOMEM, "no memory to read a hive");

	for (uint64_t at = 0; r == 0 && at < f->st.size; at += n) {
		n = f->st.size - at < PIECE ? (size_t)(f->st.size - at) : PIECE;
		r = fs_read_exact(f, at, buf, n, e);
		if (r == 0 && scan)
			r = hive_scan(scan, buf, n, e);
		if (r == 0)
			r = memfd_write(m->fd, at, buf, n, e);
	}
	return r;
}

struct logs {
	struct hive_log at[3]; /* LOG1, LOG2, and the one of old: LOG */
	size_t room;           /* what more may be read of them */
	char lost[128];        /* a sentence: why one of them could not be read; or empty */
};

/* A log beside the hive, malloced; {NULL, 0} when it is absent or empty. */
static int read_log(struct hive_log *ret, const struct fs_tree *tree, const char *name, size_t room,
	struct err *e)
{
	struct fs_file f;
	uint8_t *p;
	int r = fs_walk(tree, name, 0, &f, e);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	if (!S_ISREG(f.st.mode))
		return err_set(e, EBADMSG, "is not a regular file");
	if (f.st.size > room)
		return err_set(e, E2BIG, "has %llu bytes", (unsigned long long)f.st.size);
	if (!f.st.size)
		return 0;
	p = pages_alloc(f.st.size);
	if (!p)
		return err_set(e, ENOMEM, "no memory for it");
	r = fs_read_exact(&f, 0, p, f.st.size, e);
	if (r < 0)
		free(p);
	else
		*ret = (struct hive_log){p, f.st.size};
	return r;
}

static void logs_free(struct logs *l)
{
	for (size_t i = 0; i < ARRAY_LEN(l->at); i++)
		free((void *)l->at[i].p);
}

static void read_logs(struct logs *ret, const struct fs_tree *tree, const char *path)
{
	static const char *const suffixes[] = {".LOG1", ".LOG2", ".LOG"};

	ret->room = HIVE_LOGS_MAX;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		char name[GUEST_PATH_MAX];
		struct err e = {0};

		if ((size_t)snprintf(name, sizeof(name), "%s%s", path, suffixes[i]) >= sizeof(name))
			continue;
		if (read_log(&ret->at[i], tree, name, ret->room, &e) < 0)
			snprintf(ret->lost, sizeof(ret->lost), "its %s cannot be read: %.100s",
				suffixes[i] + 1, e.msg);
		ret->room -= ret->at[i].len;
	}
}

/* The first bytes tell whether the hive is dirty, before memory is made for it. */
static int read_base(const struct fs_file *f, struct hive_base *ret, struct err *e)
{
	uint8_t head[512];
	int r;

	if (f->st.size > HIVE_BYTES_MAX)
		return err_set(e, E2BIG, "the hive has %llu bytes, more than %lu are not read",
			(unsigned long long)f->st.size, HIVE_BYTES_MAX);
	if (f->st.size < HIVE_BASE_SIZE)
		return err_set(e, EBADMSG, "the hive is shorter than its base block");
	r = fs_read_exact(f, 0, head, sizeof(head), e);
	if (r < 0)
		return r;
	if (!hive_base_parse(ret, head, sizeof(head)))
		*ret = (struct hive_base){0};
	return 0;
}

static void note_replay(struct hive_fact *fact, unsigned applied, const char *why, struct arena *a)
{
	fact->replayed = applied != 0;
	fact->dirty = why != NULL;
	fact->from.state = why ? "dirty" : "replayed";
	if (applied && why)
		fact->notes = arena_printf(a,
			"the hive was being written and was completed from its logs (%u pieces), "
			"but %s",
			applied, why);
	else if (applied)
		fact->notes = arena_printf(a,
			"the hive was being written and was completed from its logs (%u pieces)",
			applied);
	else
		fact->notes = arena_printf(
			a, "the hive was being written when the image was taken, and %s", why);
}

/* A hive that nobody was writing. */
static int fill_clean(struct image *m, const struct fs_file *f, struct err *e)
{
	struct hive_scan scan = {0};
	size_t size;
	int r;

	m->len = f->st.size;
	m->fd = memfd_new("hive", m->len, e);
	if (m->fd < 0)
		return m->fd;
	r = copy_to_image(f, m, &scan, e);
	return r < 0 ? r : hive_scan_end(&scan, &size, e);
}

/* A dirty one, completed from its logs if they fit. */
static int fill_dirty(struct image *m, const struct fs_tree *tree, const char *path,
	const struct fs_file *f, struct hive_fact *fact, struct arena *a, struct err *e)
{
	CLEANUP(logs_free) struct logs logs = {0};
	const char *why;
	unsigned applied;
	size_t size;
	int r;

	read_logs(&logs, tree, path);
	r = hive_replayed_size(f->st.size, logs.at, ARRAY_LEN(logs.at), HIVE_BYTES_MAX, &m->len, e);
	if (r < 0)
		return r;
	m->fd = memfd_new("hive", m->len, e);
	if (m->fd < 0)
		return m->fd;
	r = copy_to_image(f, m, NULL, e);
	if (r == 0)
		r = image_map(m, e);
	if (r < 0)
		return r;
	applied = hive_replay(m->p, m->len, logs.at, ARRAY_LEN(logs.at), &why);
	note_replay(fact, applied, *logs.lost ? logs.lost : why, a);
	return hive_check(m->p, m->len, &size, e);
}

static int fill(struct image *m, const struct fs_tree *tree, const char *path,
	const struct fs_file *f, struct hive_fact *fact, struct arena *a, struct err *e)
{
	struct hive_base base;
	int r = read_base(f, &base, e);

	if (r < 0)
		return r;
	return hive_is_dirty(&base) ? fill_dirty(m, tree, path, f, fact, a, e)
				    : fill_clean(m, f, e);
}

static int open_image(struct hive *h, struct image *m, struct err *e)
{
	image_unmap(m);
	h->h = hx.open_hive(memfd_path(m->fd).s, 0);
	if (!h->h)
		return err_set(e, EBADMSG, "the hive is damaged: hivex does not open it");
	return 0;
}

static int try_open(struct hive *h, const struct fs_tree *tree, const char *path,
	struct hive_fact *fact, struct err *e)
{
	CLEANUP(image_free) struct image m = {.fd = -1};
	struct fs_file f;
	int r = load_hivex(e);

	if (r < 0)
		return r;
	r = fs_walk(tree, path, 0, &f, e);
	if (r < 0)
		return r;
	fact->from = origin_found(&f, arena_strdup(h->a, f.path));
	if (!S_ISREG(f.st.mode))
		return err_set(e, EBADMSG, "is not a regular file");
	r = fill(&m, tree, path, &f, fact, h->a, e);
	return r < 0 ? r : open_image(h, &m, e);
}

struct hive *hive_open(struct arena *a, const struct fs_tree *tree, const char *path,
	const char *shown, struct hive_fact *fact)
{
	struct hive *h = arena_new(a, struct hive);
	struct err e = {0};

	*fact = (struct hive_fact){.asked = true};
	fact->from.path = arena_strdup(a, path);
	h->a = a;
	h->shown = shown;
	h->fact = fact;
	if (try_open(h, tree, path, fact, &e) == 0) {
		h->last_node = hx.root(h->h);
		h->names_left = HIVE_NAMES_MAX;
		fact->status = FILE_READ;
		return h;
	}
	if (e.num == ENOENT || e.num == ENOTDIR) {
		fact->status = FILE_ABSENT;
		fact->reason = REASON_UNREADABLE;
		fact->why = "it is not there";
	} else {
		fact->status = FILE_UNREADABLE;
		fact->reason = reason_of(e.num);
		fact->why = arena_strdup(a, e.msg);
	}
	return NULL;
}

void hive_close(struct hive *h)
{
	if (h && h->h)
		hx.close_hive(h->h);
	if (h)
		h->h = NULL;
}

/* ---- keys ---- */

/*
 * Did what has just returned nothing fail?  errno was 0 before.  E2BIG is left behind by names that
 * are not ASCII.
 */
static bool failed(const struct hive *h)
{
	return !h->names_left || (errno && errno != E2BIG && errno != ENOKEY && errno != ENOENT);
}

/* Counts the names of a list that is to be gone through; false: no more of them. */
static bool may_look(struct hive *h, const size_t *list)
{
	size_t n = 0;

	while (list && list[n] && n < h->names_left)
		n++;
	h->names_left -= n;
	return list && h->names_left;
}

/* Subkeys or values of a key, ended by 0; NULL: damaged, or too many were looked at. */
static size_t *list_of(struct hive *h, hive_node node, bool values)
{
	size_t *list = !h->names_left ? NULL
		       : values       ? hx.values(h->h, node)
				      : hx.children(h->h, node);

	if (may_look(h, list))
		return list;
	free(list);
	return NULL;
}

/* By name, without regard to case; 0: none, or damage. */
static size_t look_up(struct hive *h, hive_node node, const char *name, bool values)
{
	CLEANUP(cleanup_free) size_t *list = node ? list_of(h, node, values) : NULL;

	for (size_t i = 0; list && list[i]; i++) {
		CLEANUP(cleanup_free)
		char *has = values ? hx.key(h->h, list[i]) : hx.name(h->h, list[i]);

		if (has && !strcasecmp(has, name)) {
			errno = 0;
			return list[i];
		}
	}
	return 0;
}

hive_node hive_child(struct hive *h, hive_node node, const char *name)
{
	return look_up(h, node, name, false);
}

static hive_value_h value_of(struct hive *h, hive_node node, const char *name)
{
	return look_up(h, node, name, true);
}

static hive_node walk_path(struct hive *h, const char *path)
{
	hive_node node = hx.root(h->h);
	char part[256];

	for (const char *p = path; *p && node;) {
		size_t n = strcspn(p, "\\");

		if (n >= sizeof(part))
			return 0;
		memcpy(part, p, n);
		part[n] = '\0';
		node = look_up(h, node, part, false);
		p += n + (p[n] == '\\');
	}
	return node;
}

hive_node hive_find(struct hive *h, const char *path)
{
	hive_node node;

	if (!strcasecmp(path, h->last))
		return h->last_node;
	errno = 0;
	node = walk_path(h, path);
	h->last_failed = !node && failed(h);
	h->last_node = node;
	/* No path is a backslash: one that is too long is looked for again. */
	snprintf(h->last, sizeof(h->last), "%s", strlen(path) < sizeof(h->last) ? path : "\\");
	return node;
}

bool hive_find_failed(const struct hive *h)
{
	return h->last_failed;
}

bool hive_is_exhausted(const struct hive *h)
{
	return !h->names_left;
}

/* A name that is no text is of no key that is asked for; any other failure is damage. */
static bool is_odd_name(void)
{
	return errno == EILSEQ;
}

bool hive_each(struct hive *h, hive_node node, hive_each_fn *fn, void *ctx)
{
	CLEANUP(cleanup_free) size_t *children = node ? list_of(h, node, false) : NULL;
	bool complete = true;

	if (!children)
		return !node;
	for (size_t i = 0; i < REG_SUBKEYS_MAX && children[i]; i++) {
		CLEANUP(cleanup_free) char *name = hx.name(h->h, children[i]);

		if (name)
			fn(ctx, h, children[i], name);
		else
			complete &= is_odd_name();
	}
	return complete;
}

/* ---- values ---- */

const char *reg_type_name(uint32_t type)
{
	static const char *const names[] = {"REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY",
		"REG_DWORD", "REG_DWORD_BIG_ENDIAN", "REG_LINK", "REG_MULTI_SZ",
		"REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR",
		"REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD"};

	return type < ARRAY_LEN(names) ? names[type] : "of an unknown type";
}

static const char *key_words(struct arena *a, const char *shown, const char *path)
{
	return *path ? arena_printf(a, "%s\\%s", shown, path) : shown;
}

struct origin hive_origin(struct hive *h, const char *path, const char *more)
{
	struct origin o = h->fact->from;
	const char *key = key_words(h->a, h->shown, path);

	o.text = more ? arena_printf(h->a, "%s: %s", key, more) : key;
	return o;
}

static void decode_strings(struct reg_value *v, struct arena *a)
{
	const uint8_t *p = v->data, *end = p + (v->len & ~(size_t)1);

	while (p < end && v->strings.n < REG_VALUES_MAX) {
		const char *s = utf16_to_utf8(a, p, (size_t)(end - p), UTF16_LE);

		while (p < end && (p[0] || p[1]))
			p += 2;
		p += 2;
		if (*s)
			*list_add(a, &v->strings) = s;
	}
}

static void decode(struct reg_value *v, struct arena *a)
{
	switch (v->type) {
	case REG_SZ:
	case REG_EXPAND_SZ:
	case REG_LINK:
		v->text = utf16_to_utf8(a, v->data, v->len, UTF16_LE);
		break;
	case REG_MULTI_SZ:
		decode_strings(v, a);
		break;
	case REG_DWORD:
	case REG_DWORD_BE:
		v->is_number = v->len == 4;
		if (v->is_number)
			v->number = v->type == REG_DWORD ? get_le32(v->data) : get_be32(v->data);
		break;
	case REG_QWORD:
		v->is_number = v->len == 8;
		if (v->is_number)
			v->number = get_le64(v->data);
		break;
	}
}

/* What a value says, for evidence; what is binary is not printed, it may be anything. */
static const char *value_words(struct arena *a, const struct reg_value *v)
{
	const char *name = *v->name ? v->name : "(default)", *type = reg_type_name(v->type);
	const char *words;

	if (v->is_number)
		return arena_printf(a, "%s = %s %llu", name, type, (unsigned long long)v->number);
	if (v->text)
		return arena_printf(a, "%s = %s %.512s", name, type, v->text);
	words = arena_printf(a, "%s = %s", name, type);
	if (v->type != REG_MULTI_SZ)
		return arena_printf(a, "%s, %zu bytes", words, v->len);
	for (size_t i = 0; i < v->strings.n && i < 4; i++)
		words = arena_printf(a, "%s%s %.256s", words, i ? "," : "", v->strings.at[i]);
	return v->strings.n > 4 ? arena_printf(a, "%s ...", words) : words;
}

static struct reg_value absent(struct hive *h, const char *path, const char *name)
{
	struct reg_value v = {.state = REG_ABSENT, .name = name};

	v.from =
		hive_origin(h, path, arena_printf(h->a, "no value %s", *name ? name : "(default)"));
	return v;
}

static struct reg_value damaged(
	struct hive *h, const char *path, const char *name, enum reason reason, const char *why)
{
	struct reg_value v = {.state = REG_UNSEEN, .name = name, .reason = reason, .why = why};

	v.from = hive_origin(h, path, name);
	return v;
}

static struct reg_value read_value(
	struct hive *h, hive_value_h value, const char *path, const char *name)
{
	CLEANUP(cleanup_free) char *data = NULL;
	struct reg_value v = {.state = REG_THERE, .name = name};
	hive_type type;
	size_t len;

	if (hx.type(h->h, value, &type, &len) < 0)
		return damaged(h, path, name, REASON_UNREADABLE, "the value is damaged");
	if (len > REG_DATA_MAX)
		return damaged(h, path, name, REASON_LIMIT,
			arena_printf(h->a, "the value has %zu bytes", len));
	data = hx.value(h->h, value, &type, &len);
	if (!data)
		return damaged(h, path, name, REASON_UNREADABLE, "the value's data is damaged");
	v.type = (uint32_t)type;
	v.len = len;
	v.data = arena_alloc(h->a, len + 1);
	memcpy((void *)v.data, data, len);
	decode(&v, h->a);
	v.from = hive_origin(h, path, value_words(h->a, &v));
	return v;
}

struct reg_value hive_value(struct hive *h, hive_node node, const char *path, const char *name)
{
	hive_value_h value;

	errno = 0;
	value = value_of(h, node, name);
	if (value)
		return read_value(h, value, path, name);
	if (node ? failed(h) : h->last_failed)
		return damaged(h, path, name, h->names_left ? REASON_UNREADABLE : REASON_LIMIT,
			h->names_left ? "the key's values are damaged"
				      : "too many names of the hive were looked at");
	return absent(h, path, name);
}

static void add_subkey(void *ctx, struct hive *h, hive_node child, const char *name)
{
	struct reg_key *k = ctx;

	(void)child;
	*list_add(h->a, &k->subkeys) = arena_strdup(h->a, name);
}

struct key_ctx {
	struct reg_key *key;
	const char *path;
};

static void add_value(void *ctx, struct hive *h, size_t value, const char *name)
{
	struct key_ctx *c = ctx;

	*list_add(h->a, &c->key->values) = hive_value_at(h, value, c->path, name);
}

struct reg_key hive_key_fact(struct hive *h, const char *path, bool with_values)
{
	struct reg_key k = {.state = REG_ABSENT, .path = key_words(h->a, h->shown, path)};
	hive_node node;
	bool complete;

	node = hive_find(h, path);
	k.from = hive_origin(h, path, NULL);
	if (!node && h->last_failed) {
		k.state = REG_UNSEEN;
		k.reason = REASON_UNREADABLE;
		k.why = "a key on the way to it is damaged";
		return k;
	}
	if (!node) {
		k.from.text = arena_printf(h->a, "no key %s", k.path);
		return k;
	}
	k.state = REG_THERE;
	complete = hive_each(h, node, add_subkey, &k);
	if (with_values)
		complete &= hive_each_value(h, node, add_value, &(struct key_ctx){&k, path});
	if (!complete) {
		k.state = REG_UNSEEN;
		k.reason = h->names_left ? REASON_UNREADABLE : REASON_LIMIT;
		k.why = "the key's lists of subkeys and values are damaged, or too long";
	}
	return k;
}

int64_t hive_value_number(struct hive *h, size_t value, int64_t otherwise)
{
	CLEANUP(cleanup_free) char *data = NULL;
	hive_type type;
	size_t len;

	if (!value || hx.type(h->h, value, &type, &len) < 0 || (uint32_t)type != REG_DWORD ||
		len != 4)
		return otherwise;
	data = hx.value(h->h, value, &type, &len);
	return data && len == 4 ? get_le32(data) : otherwise;
}

const char *hive_value_text(struct hive *h, size_t value)
{
	CLEANUP(cleanup_free) char *data = NULL;
	hive_type type;
	size_t len;

	if (!value || hx.type(h->h, value, &type, &len) < 0 || len > REG_DATA_MAX ||
		((uint32_t)type != REG_SZ && (uint32_t)type != REG_EXPAND_SZ))
		return NULL;
	data = hx.value(h->h, value, &type, &len);
	return data ? utf16_to_utf8(h->a, data, len, UTF16_LE) : NULL;
}

int64_t hive_number(struct hive *h, hive_node node, const char *name, int64_t otherwise)
{
	return hive_value_number(h, value_of(h, node, name), otherwise);
}

const char *hive_text(struct hive *h, hive_node node, const char *name)
{
	return hive_value_text(h, value_of(h, node, name));
}

bool hive_each_value(struct hive *h, hive_node node, hive_value_fn *fn, void *ctx)
{
	CLEANUP(cleanup_free) size_t *values = node ? list_of(h, node, true) : NULL;
	bool complete = true;

	if (!values)
		return !node;
	for (size_t i = 0; i < REG_VALUES_MAX && values[i]; i++) {
		CLEANUP(cleanup_free) char *name = hx.key(h->h, values[i]);

		if (name)
			fn(ctx, h, values[i], name);
		else
			complete &= is_odd_name();
	}
	return complete;
}

struct reg_value hive_value_at(struct hive *h, size_t value, const char *path, const char *name)
{
	return read_value(h, value, path, arena_strdup(h->a, name));
}

uint32_t hive_default_type(struct hive *h, hive_node node)
{
	hive_value_h value = value_of(h, node, "");
	hive_type type;
	size_t len;

	return value && hx.type(h->h, value, &type, &len) == 0 ? (uint32_t)type : 0;
}

/* ---- without a hive ---- */

static struct origin unseen_origin(
	struct arena *a, const struct hive_fact *fact, const char *shown, const char *path)
{
	struct origin o = fact->from;

	o.text = key_words(a, shown, path);
	return o;
}

struct reg_value hive_unseen_value(struct arena *a, const struct hive_fact *fact, const char *shown,
	const char *path, const char *name)
{
	struct reg_value v = {
		.state = REG_UNSEEN, .name = name, .reason = fact->reason, .why = fact->why};

	v.from = unseen_origin(a, fact, shown, path);
	return v;
}

struct reg_key hive_unseen_key(
	struct arena *a, const struct hive_fact *fact, const char *shown, const char *path)
{
	struct reg_key k = {.state = REG_UNSEEN, .reason = fact->reason, .why = fact->why};

	k.path = key_words(a, shown, path);
	k.from = unseen_origin(a, fact, shown, path);
	return k;
}

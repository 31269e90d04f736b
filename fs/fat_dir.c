/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Directories of FAT: short entries, and the long names that lie before them in pieces.
 *
 * Names are given as UTF-8.  Short names are in the code page of the machine that wrote them,
 * which is not recorded: 437 is assumed, as Linux does.  Names compare without case for ASCII and
 * Latin-1; other letters compare as they are written.  A file is found by its long and its short
 * name.  Long names whose pieces do not belong together are left out, as the specification wants.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/limits.h"
#include "fs/fat.h"

#define DIR_PIECE 4096U
#define LONG_PIECE_UNITS 13U
#define LONG_PIECES_MAX 20U
#define NAME_UNITS_MAX 255U
/* Three bytes of UTF-8 a unit; a pair of surrogates takes four. */
#define NAME_BYTES_MAX (3 * NAME_UNITS_MAX + 1)
#define SHORT_BYTES_MAX (3 * 12 + 1)

void fat_decode(const struct fat_fs *x, uint64_t at, const uint8_t *raw, struct fat_entry *ret)
{
	*ret = (struct fat_entry){
		.at = at,
		.attr = raw[11],
		.time = get_le16(raw + 22),
		.date = get_le16(raw + 24),
		.first = get_le16(raw + 26),
		.size = get_le32(raw + 28),
	};
	if (x->bits == 32) /* elsewhere these bytes hold something else */
		ret->first |= (uint32_t)get_le16(raw + 20) << 16;
}

int fat_load(struct fat_fs *x, struct fs_node node, struct fat_entry *ret, struct err *e)
{
	uint8_t raw[FAT_ENTRY_SIZE];
	int r;

	if (!node.id) {
		*ret = (struct fat_entry){.attr = FAT_ATTR_DIRECTORY, .first = x->root_cluster};
		return 0;
	}
	r = blockdev_read(x->dev, node.id, raw, sizeof(raw), e);
	if (!r)
		fat_decode(x, node.id, raw, ret);
	return r;
}

/* ---- Names ---- */

static size_t put_utf8(char *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Takes one character; a byte that is no UTF-8 is one of its own, unlike any character. */
static uint32_t take_utf8(const char **p, const char *end)
{
	const uint8_t *s = (const uint8_t *)*p;
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fU >> n);

	if (!n || (size_t)(end - *p) < n) {
		(*p)++;
		return 0x80000000U | s[0];
	}
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	*p += n;
	return c;
}

static uint32_t fold(uint32_t c)
{
	bool upper = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);

	return upper ? c + 0x20 : c;
}

static bool same_name(const char *a, size_t a_len, const char *b, size_t b_len)
{
	const char *a_end = a + a_len, *b_end = b + b_len;

	while (a < a_end && b < b_end)
		if (fold(take_utf8(&a, a_end)) != fold(take_utf8(&b, b_end)))
			return false;
	return a == a_end && b == b_end;
}

/* Code page 437, from 0x80. */
static const uint16_t cp437[128] = {
	0x00c7,
	0x00fc,
	0x00e9,
	0x00e2,
	0x00e4,
	0x00e0,
	0x00e5,
	0x00e7,
	0x00ea,
	0x00eb,
	0x00e8,
	0x00ef,
	0x00ee,
	0x00ec,
	0x00c4,
	0x00c5,
	0x00c9,
	0x00e6,
	0x00c6,
	0x00f4,
	0x00f6,
	0x00f2,
	0x00fb,
	0x00f9,
	0x00ff,
	0x00d6,
	0x00dc,
	0x00a2,
	0x00a3,
	0x00a5,
	0x20a7,
	0x0192,
	0x00e1,
	0x00ed,
	0x00f3,
	0x00fa,
	0x00f1,
	0x00d1,
	0x00aa,
	0x00ba,
	0x00bf,
	0x2310,
	0x00ac,
	0x00bd,
	0x00bc,
	0x00a1,
	0x00ab,
	0x00bb,
	0x2591,
	0x2592,
	0x2593,
	0x2502,
	0x2524,
	0x2561,
	0x2562,
	0x2556,
	0x2555,
	0x2563,
	0x2551,
	0x2557,
	0x255d,
	0x255c,
	0x255b,
	0x2510,
	0x2514,
	0x2534,
	0x252c,
	0x251c,
	0x2500,
	0x253c,
	0x255e,
	0x255f,
	0x255a,
	0x2554,
	0x2569,
	0x2566,
	0x2560,
	0x2550,
	0x256c,
	0x2567,
	0x2568,
	0x2564,
	0x2565,
	0x2559,
	0x2558,
	0x2552,
	0x2553,
	0x256b,
	0x256a,
	0x2518,
	0x250c,
	0x2588,
	0x2584,
	0x258c,
	0x2590,
	0x2580,
	0x03b1,
	0x00df,
	0x0393,
	0x03c0,
	0x03a3,
	0x03c3,
	0x00b5,
	0x03c4,
	0x03a6,
	0x0398,
	0x03a9,
	0x03b4,
	0x221e,
	0x03c6,
	0x03b5,
	0x2229,
	0x2261,
	0x00b1,
	0x2265,
	0x2264,
	0x2320,
	0x2321,
	0x00f7,
	0x2248,
	0x00b0,
	0x2219,
	0x00b7,
	0x221a,
	0x207f,
	0x00b2,
	0x25a0,
	0x00a0,
};

/* Adds len bytes of a short entry without the blanks behind them; lower: as Windows NT keeps it. */
static size_t put_short(char *p, const uint8_t *raw, size_t len, bool lower)
{
	size_t used = 0;

	while (len && raw[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++) {
		uint32_t c = raw[i] < 0x80 ? raw[i] : cp437[raw[i] - 0x80];

		if (lower && c >= 'A' && c <= 'Z')
			c += 0x20;
		used += put_utf8(p + used, c);
	}
	return used;
}

static size_t decode_short(const uint8_t *raw, char ret[SHORT_BYTES_MAX])
{
	uint8_t base[8];
	size_t n;

	memcpy(base, raw, sizeof(base));
	if (base[0] == 0x05) /* stands for 0xe5, which would mark the entry deleted */
		base[0] = 0xe5;
	n = put_short(ret, base, 8, raw[12] & 0x08);
	if (n && raw[8] != ' ') {
		ret[n++] = '.';
		n += put_short(ret + n, raw + 8, 3, raw[12] & 0x10);
	}
	return n;
}

/* ---- Long names ---- */

/* The pieces come last first; due is the number of the next, 0 when all have been seen. */
struct long_name {
	bool open;
	uint8_t due, pieces, checksum;
	uint16_t units[LONG_PIECE_UNITS * LONG_PIECES_MAX];
};

static void take_piece(struct long_name *l, const uint8_t *raw)
{
	static const uint8_t places[LONG_PIECE_UNITS] = {
		1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
	const uint8_t number = raw[0] & 0x3f;

	if (raw[0] & 0x40) {
		l->open = number >= 1 && number <= LONG_PIECES_MAX;
		l->pieces = l->due = number;
		l->checksum = raw[13];
	}
	if (!l->open || !l->due || number != l->due || raw[13] != l->checksum) {
		l->open = false;
		return;
	}
	l->due--;
	for (size_t i = 0; i < LONG_PIECE_UNITS; i++)
		l->units[l->due * LONG_PIECE_UNITS + i] = get_le16(raw + places[i]);
}

static uint8_t checksum_of(const uint8_t *raw)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + raw[i]);
	return sum;
}

/* The long name of the short entry raw, or 0 when it has none. */
static size_t decode_long(const struct long_name *l, const uint8_t *raw, char ret[NAME_BYTES_MAX])
{
	size_t n = 0, end = l->pieces * LONG_PIECE_UNITS;

	if (!l->open || l->due || l->checksum != checksum_of(raw))
		return 0;
	for (size_t i = 0; i < end && l->units[i]; i++) {
		uint32_t c = l->units[i];

		if (i == NAME_UNITS_MAX || c == '/')
			return 0;
		if (c >= 0xd800 && c < 0xdc00 && i + 1 < end && i + 1 < NAME_UNITS_MAX &&
			(l->units[i + 1] & 0xfc00) == 0xdc00)
			c = 0x10000 + ((c & 0x3ff) << 10) + (l->units[++i] & 0x3ff);
		else if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		n += put_utf8(ret + n, c);
	}
	return n;
}

/* ---- Directories ---- */

struct names {
	struct fat_entry entry;
	char name[NAME_BYTES_MAX], short_name[SHORT_BYTES_MAX];
	size_t len, short_len;
};

/* Returns 0 to go on, 1 to stop without error, a negative code to stop with it. */
typedef int names_fn(void *ctx, const struct names *n);

struct scan {
	struct fat_fs *x;
	names_fn *fn;
	void *ctx;
	struct long_name l;
	uint32_t bytes; /* read so far */
};

static int scan_entry(struct scan *s, uint64_t at, const uint8_t *raw)
{
	struct names n;

	if (raw[0] != 0xe5 && (raw[11] & FAT_ATTR_MASK) == FAT_ATTR_LONG_NAME) {
		take_piece(&s->l, raw);
		return 0;
	}
	fat_decode(s->x, at, raw, &n.entry);
	n.len = n.short_len = 0;
	if (raw[0] != 0xe5 && raw[0] != '.' && !(n.entry.attr & FAT_ATTR_VOLUME)) {
		n.short_len = decode_short(raw, n.short_name);
		n.len = decode_long(&s->l, raw, n.name);
	}
	s->l.open = false;
	if (!n.short_len || memchr(n.short_name, '/', n.short_len) ||
		memchr(n.short_name, '\0', n.short_len))
		return 0;
	if (!n.len) {
		memcpy(n.name, n.short_name, n.short_len);
		n.len = n.short_len;
	}
	return s->fn(s->ctx, &n);
}

/* Returns 0 to go on, 1 at the directory's end or when fn stopped. */
static int scan_area(struct scan *s, uint64_t at, uint32_t size, struct err *e)
{
	uint8_t piece[DIR_PIECE];

	for (uint32_t off = 0; off < size; off += DIR_PIECE) {
		uint32_t n = (uint32_t)min_u64(DIR_PIECE, size - off);
		int r;

		s->bytes += n;
		if (s->bytes > FAT_DIR_MAX)
			return err_set(
				e, E2BIG, "FAT: a directory of more than %lu bytes", FAT_DIR_MAX);
		if (!range_inside(at + off, n, s->x->dev->size))
			return err_set(
				e, EBADMSG, "FAT: the directory lies past the end of the device");
		r = blockdev_read(s->x->dev, at + off, piece, n, e);
		for (uint32_t i = 0; i < n && !r; i += FAT_ENTRY_SIZE) {
			if (!piece[i])
				return 1;
			r = scan_entry(s, at + off + i, piece + i);
		}
		if (r)
			return r;
	}
	return 0;
}

static int scan_dir(struct scan *s, struct fs_node dir, struct err *e)
{
	struct fat_fs *x = s->x;
	struct fat_entry f;
	struct fat_chain c;
	int r = fat_load(x, dir, &f, e);

	if (r < 0)
		return r;
	if (!(f.attr & FAT_ATTR_DIRECTORY))
		return err_set(e, ENOTDIR, "FAT: not a directory");
	if (!dir.id && x->bits != 32)
		return scan_area(s, x->root, x->root_size, e);
	if (!fat_is_cluster(x, f.first))
		return err_set(e, EBADMSG, "FAT: the directory begins at cluster %u", f.first);
	fat_chain_begin(&c, f.first);
	do {
		r = scan_area(s, fat_cluster_at(x, c.cluster), x->cluster_size, e);
		if (r)
			return r;
		r = fat_chain_next(x, &c, e);
	} while (r > 0);
	return r;
}

struct wanted {
	const char *name;
	size_t len;
	bool found;
	struct fs_node node;
};

static int compare_names(void *ctx, const struct names *n)
{
	struct wanted *w = ctx;

	w->found = same_name(w->name, w->len, n->name, n->len) ||
		   same_name(w->name, w->len, n->short_name, n->short_len);
	if (w->found)
		w->node.id = n->entry.at;
	return w->found;
}

int fat_lookup(struct fs *fs, struct fs_node dir, const char *name, size_t len, struct fs_node *ret,
	struct err *e)
{
	struct wanted w = {.name = name, .len = len};
	struct scan s = {.x = (struct fat_fs *)fs, .fn = compare_names, .ctx = &w};
	int r = scan_dir(&s, dir, e);

	if (r < 0)
		return r;
	if (!w.found)
		return err_set(e, ENOENT, "no such file or directory");
	*ret = w.node;
	return 0;
}

struct lister {
	fs_list_fn *fn;
	void *ctx;
};

static int give_names(void *ctx, const struct names *n)
{
	const struct lister *l = ctx;
	const struct fs_entry entry = {
		.name = n->name,
		.name_len = n->len,
		.node.id = n->entry.at,
		.type = n->entry.attr & FAT_ATTR_DIRECTORY ? S_IFDIR : S_IFREG,
	};

	return l->fn(l->ctx, &entry);
}

int fat_list(struct fs *fs, struct fs_node dir, fs_list_fn *fn, void *ctx, struct err *e)
{
	struct lister l = {fn, ctx};
	struct scan s = {.x = (struct fat_fs *)fs, .fn = give_names, .ctx = &l};
	int r = scan_dir(&s, dir, e);

	return r < 0 ? r : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Where the bytes of an array lie follows drivers/md of Linux: create_strip_zones() and
 * map_sector() of raid0.c, __raid10_find_phys() of raid10.c, raid5_compute_sector() and
 * raid6_idx_to_slot() of raid5.c.  P is the sum of a stripe's data in GF(2^8) over x^8 + x^4 + x^3
 * + x^2 + 1, Q the sum of the k-th data times 2^k (H. P. Anvin, "The mathematics of RAID-6").
 *
 * Left out is RAID 10 that is near and far at once, which mdadm cannot make.
 */
#include "map/raid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"

/* Made up from parity at a time. */
#define PIECE 4096U

/* Where the array begins to use fewer members, because the others have ended. */
struct zone {
	uint64_t start;     /* in the array */
	uint64_t dev_start; /* on each member */
	size_t n;
	uint16_t *members;
};

enum turn { LEFT, RIGHT, FIRST, LAST };
enum q_place { Q_AFTER_P, Q_BEFORE_P, Q_LAST };

/* How parity moves from stripe to stripe. */
struct layout {
	unsigned number;
	enum turn turn;
	bool symmetric; /* data begins behind parity and wraps; otherwise it goes around it */
	enum q_place q;
	bool ddf;       /* Q counts the members, not the data */
	unsigned ahead; /* stripes */
};

static const struct layout layouts[] = {
	{RAID5_LEFT_ASYMMETRIC, LEFT, false, Q_AFTER_P, false, 0},
	{RAID5_RIGHT_ASYMMETRIC, RIGHT, false, Q_AFTER_P, false, 0},
	{RAID5_LEFT_SYMMETRIC, LEFT, true, Q_AFTER_P, false, 0},
	{RAID5_RIGHT_SYMMETRIC, RIGHT, true, Q_AFTER_P, false, 0},
	{RAID5_PARITY_FIRST, FIRST, false, Q_AFTER_P, false, 0},
	{RAID5_PARITY_LAST, LAST, false, Q_AFTER_P, false, 0},
	{RAID6_ZERO_RESTART, RIGHT, false, Q_AFTER_P, true, 0},
	{RAID6_N_RESTART, LEFT, false, Q_AFTER_P, true, 1},
	{RAID6_N_CONTINUE, LEFT, true, Q_BEFORE_P, true, 0},
	{RAID6_LEFT_ASYMMETRIC_6, LEFT, false, Q_LAST, false, 0},
	{RAID6_RIGHT_ASYMMETRIC_6, RIGHT, false, Q_LAST, false, 0},
	{RAID6_LEFT_SYMMETRIC_6, LEFT, true, Q_LAST, false, 0},
	{RAID6_RIGHT_SYMMETRIC_6, RIGHT, true, Q_LAST, false, 0},
	{RAID6_PARITY_FIRST_6, FIRST, false, Q_LAST, false, 0},
};

struct raid {
	struct blockdev dev;
	struct raid_geometry g;
	struct raid_member *members;
	const struct kind *kind;
	/* linear, RAID 0 */
	struct zone *zones;
	size_t n_zones;
	/* RAID 10 */
	size_t near, far, set; /* copies; members among which far copies turn */
	uint64_t stride;       /* chunks on a member from one far copy to the next */
	/* RAID 4, 5, 6 */
	const struct layout *layout;
	size_t parities, data; /* members' worth of each */
};

/* One copy of some bytes. */
struct place {
	size_t member;
	uint64_t off, run;
};

struct kind {
	int level;
	const char *name;
	/* Checks what is its own and sets dev.size. */
	int (*setup)(struct raid *r, struct err *e);
	/* Where the k-th copy of the byte at off lies; false: there are not so many. */
	bool (*copy)(const struct raid *r, uint64_t off, size_t k, struct place *ret);
	bool striped, by_parity;
};

static int too_many_missing(const struct raid *r, struct err *e)
{
	size_t missing = 0;

	for (size_t i = 0; i < r->g.n; i++)
		missing += !r->members[i].dev;
	return err_set(e, ENODEV, "%zu of the %zu members of the %s are missing", missing, r->g.n,
		r->kind->name);
}

/* ---- linear and RAID 0 ---- */

/* The smallest member that goes on past start; 0: none does. */
static uint64_t next_end(const struct raid *r, uint64_t start, size_t *ret_n)
{
	uint64_t end = 0;

	*ret_n = 0;
	for (size_t i = 0; i < r->g.n; i++) {
		uint64_t size = r->members[i].size;

		if (size <= start)
			continue;
		++*ret_n;
		if (!end || size < end)
			end = size;
	}
	return end;
}

static int add_zone(struct raid *r, uint64_t dev_start, uint64_t dev_end, size_t n, struct err *e)
{
	struct zone *z = &r->zones[r->n_zones];
	uint64_t size;

	*z = (struct zone){r->dev.size, dev_start, 0, malloc(n * sizeof(*z->members))};
	if (!z->members)
		return err_set(e, ENOMEM, "out of memory");
	r->n_zones++;
	if (!checked_mul(dev_end - dev_start, n, &size) ||
		!checked_add(r->dev.size, size, &r->dev.size))
		return err_set(e, EBADMSG, "the array is impossibly large");
	return 0;
}

static int all_there(struct raid *r, struct err *e)
{
	for (size_t i = 0; i < r->g.n; i++) {
		if (!r->members[i].dev)
			return too_many_missing(r, e);
		if (r->g.chunk)
			r->members[i].size -= r->members[i].size % r->g.chunk;
	}
	r->zones = calloc(r->g.n, sizeof(*r->zones));
	return r->zones ? 0 : err_set(e, ENOMEM, "out of memory");
}

static int raid0_setup(struct raid *r, struct err *e)
{
	uint64_t start = 0, end;
	size_t n;
	int rc = all_there(r, e);

	while (rc >= 0 && (end = next_end(r, start, &n))) {
		rc = add_zone(r, start, end, n, e);
		for (size_t i = 0; rc >= 0 && i < r->g.n; i++) {
			struct zone *z = &r->zones[r->n_zones - 1];

			if (r->members[i].size > start)
				z->members[z->n++] = (uint16_t)i;
		}
		start = end;
	}
	if (rc >= 0 && r->n_zones > 1 && r->g.layout != RAID0_ORIGINAL &&
		r->g.layout != RAID0_ALTERNATE)
		return err_set(e, ENOTSUP, "RAID 0 layout %u is not known", r->g.layout);
	return rc;
}

static int linear_setup(struct raid *r, struct err *e)
{
	int rc = all_there(r, e);

	for (size_t i = 0; rc >= 0 && i < r->g.n; i++) {
		if (!r->members[i].size)
			continue;
		rc = add_zone(r, 0, r->members[i].size, 1, e);
		if (rc >= 0) {
			r->zones[r->n_zones - 1].members[0] = (uint16_t)i;
			r->zones[r->n_zones - 1].n = 1;
		}
	}
	return rc;
}

static const struct zone *zone_at(const struct raid *r, uint64_t off, uint64_t *ret_end)
{
	size_t low = 0, high = r->n_zones;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (r->zones[mid].start <= off)
			low = mid;
		else
			high = mid;
	}
	*ret_end = high < r->n_zones ? r->zones[high].start : r->dev.size;
	return &r->zones[low];
}

static bool linear_copy(const struct raid *r, uint64_t off, size_t k, struct place *ret)
{
	uint64_t end;
	const struct zone *z = zone_at(r, off, &end);

	*ret = (struct place){z->members[0], off - z->start, end - off};
	return k == 0;
}

static bool raid0_copy(const struct raid *r, uint64_t off, size_t k, struct place *ret)
{
	uint64_t end, chunk = r->g.chunk;
	const struct zone *z = zone_at(r, off, &end);
	uint64_t in_zone = (off - z->start) / chunk;
	uint64_t turn = r->g.layout == RAID0_ORIGINAL ? off / chunk : in_zone;

	*ret = (struct place){
		.member = z->members[turn % z->n],
		.off = z->dev_start + in_zone / z->n * chunk + off % chunk,
		.run = chunk - off % chunk,
	};
	return k == 0;
}

/* ---- RAID 1 ---- */

static int raid1_setup(struct raid *r, struct err *e)
{
	r->dev.size = r->g.size;
	for (size_t i = 0; i < r->g.n; i++) {
		if (r->members[i].dev)
			return 0;
	}
	return too_many_missing(r, e);
}

static bool raid1_copy(const struct raid *r, uint64_t off, size_t k, struct place *ret)
{
	*ret = (struct place){k, off, r->g.size - off};
	return k < r->g.n;
}

/* ---- RAID 10 ---- */

/* Where copies turn, by how the layout says so: among all members, or in sets of them. */
static size_t far_set(const struct raid *r)
{
	switch (r->g.layout >> 17) {
	case 0:
		return r->g.n;
	case 1:
		return r->g.n / r->far;
	case 2:
		return r->far * r->near;
	default:
		return 0;
	}
}

static bool raid10_copy(const struct raid *r, uint64_t off, size_t k, struct place *ret)
{
	uint64_t chunk = off / r->g.chunk, in = off % r->g.chunk, row;
	size_t n = r->g.n, member, base, set = r->set;

	if (k >= r->near * r->far)
		return false;
	if (r->far == 1) {
		member = (size_t)((chunk * r->near + k) % n);
		row = (chunk * r->near + k) / n;
	} else {
		member = (size_t)(chunk % n);
		base = member / set * set;
		/* The last set takes what is left over. */
		if (base / set >= n / set - 1) {
			base = (n / set - 1) * set;
			set = n - base;
		}
		member = base + (member - base + k) % set;
		row = chunk / n * (r->g.layout & RAID10_OFFSET ? r->far : 1) + k * r->stride;
	}
	*ret = (struct place){member, row * r->g.chunk + in, r->g.chunk - in};
	return true;
}

static int raid10_check_copies(const struct raid *r, struct err *e)
{
	/* From the n-th chunk on, the same members come again. */
	for (size_t i = 0; i < r->g.n && i * r->g.chunk < r->dev.size; i++) {
		struct place p;
		bool there = false;

		for (size_t k = 0; raid10_copy(r, i * r->g.chunk, k, &p); k++)
			there |= r->members[p.member].dev != NULL;
		if (!there)
			return too_many_missing(r, e);
	}
	return 0;
}

static int raid10_setup(struct raid *r, struct err *e)
{
	uint64_t rows = r->g.size / r->g.chunk, chunks;

	r->near = r->g.layout & 0xff;
	r->far = r->g.layout >> 8 & 0xff;
	if (!r->near || !r->far || r->near * r->far > r->g.n)
		return err_set(e, EBADMSG, "RAID 10 layout 0x%x is impossible", r->g.layout);
	r->set = far_set(r);
	if ((r->near > 1 && r->far > 1) || r->set < r->far || r->set > r->g.n)
		return err_set(e, ENOTSUP, "RAID 10 layout 0x%x is not known", r->g.layout);
	r->stride = r->g.layout & RAID10_OFFSET ? 1 : rows / r->far;
	if (!checked_mul(rows / r->far, r->g.n, &chunks) ||
		!checked_mul(chunks / r->near, r->g.chunk, &r->dev.size))
		return err_set(e, EBADMSG, "the array is impossibly large");
	return raid10_check_copies(r, e);
}

/* ---- RAID 4, 5, 6 ---- */

/* The members that hold parity in a stripe; without Q, q is none. */
struct parity {
	size_t p, q;
};

static struct parity parity_at(const struct raid *r, uint64_t stripe)
{
	const struct layout *l = r->layout;
	size_t n = r->g.n, m = l->q == Q_LAST ? n - 1 : n;
	struct parity at = {.q = n};

	switch (l->turn) {
	case LEFT:
		at.p = m - 1 - (size_t)((stripe + l->ahead) % m);
		break;
	case RIGHT:
		at.p = (size_t)(stripe % m);
		break;
	case FIRST:
		break;
	case LAST:
		at.p = r->data;
		break;
	}
	if (r->parities == 1)
		return at;
	at.q = l->q == Q_LAST ? n - 1 : (at.p + (l->q == Q_AFTER_P ? 1 : n - 1)) % n;
	return at;
}

/* The member that holds the i-th data chunk of a stripe. */
static size_t data_member(const struct raid *r, struct parity at, size_t i)
{
	const struct layout *l = r->layout;
	size_t low = at.p < at.q ? at.p : at.q, high = at.p < at.q ? at.q : at.p;

	if (l->symmetric) {
		size_t behind = at.p + 1 + (r->parities == 2 && l->q == Q_AFTER_P);

		return (behind + i) % (l->q == Q_LAST ? r->g.n - 1 : r->g.n);
	}
	i += i >= low;
	return i + (i >= high);
}

static int parity_setup(struct raid *r, struct err *e)
{
	unsigned number = r->g.level == RAID_4 ? RAID5_PARITY_LAST : r->g.layout;
	size_t missing = 0;

	r->parities = r->g.level == RAID_6 ? 2 : 1;
	if (r->g.n <= r->parities || (r->parities == 2 && r->g.n > RAID6_MEMBERS_MAX))
		return err_set(
			e, EBADMSG, "a %s of %zu members is impossible", r->kind->name, r->g.n);
	r->data = r->g.n - r->parities;
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
		if (layouts[i].number == number &&
			(r->parities == 2 || number < RAID6_ZERO_RESTART))
			r->layout = &layouts[i];
	}
	if (!r->layout)
		return err_set(e, ENOTSUP, "%s layout %u is not known", r->kind->name, number);
	for (size_t i = 0; i < r->g.n; i++)
		missing += !r->members[i].dev;
	if (missing > r->parities)
		return too_many_missing(r, e);
	if (!checked_mul(r->g.size / r->g.chunk * r->g.chunk, r->data, &r->dev.size))
		return err_set(e, EBADMSG, "the array is impossibly large");
	return 0;
}

static bool parity_copy(const struct raid *r, uint64_t off, size_t k, struct place *ret)
{
	uint64_t chunk = off / r->g.chunk, in = off % r->g.chunk, stripe = chunk / r->data;

	*ret = (struct place){
		.member = data_member(r, parity_at(r, stripe), (size_t)(chunk % r->data)),
		.off = stripe * r->g.chunk + in,
		.run = r->g.chunk - in,
	};
	return k == 0;
}

/* ---- making up what is missing ---- */

static uint8_t gf_mul(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1d : 0));
	}
	return product;
}

static uint8_t gf_pow(uint8_t a, size_t k)
{
	uint8_t v = 1;

	for (k %= 255; k; k >>= 1) {
		if (k & 1)
			v = gf_mul(v, a);
		a = gf_mul(a, a);
	}
	return v;
}

static uint8_t gf_inverse(uint8_t a)
{
	return gf_pow(a, 254);
}

/* Adds factor times src to dst. */
static void gf_add(uint8_t *dst, const uint8_t *src, size_t n, uint8_t factor)
{
	uint8_t times[256];

	if (factor == 1) {
		for (size_t i = 0; i < n; i++)
			dst[i] ^= src[i];
		return;
	}
	for (unsigned i = 0; i < 256; i++)
		times[i] = gf_mul((uint8_t)i, factor);
	for (size_t i = 0; i < n; i++)
		dst[i] ^= times[src[i]];
}

/* What Q multiplies the data of a member with. */
static uint8_t factor_of(const struct raid *r, struct parity at, size_t member)
{
	size_t n = r->g.n, after, p_after;

	if (r->layout->ddf)
		return gf_pow(2, member);
	after = (member + n - at.q % n - 1) % n;
	p_after = (at.p + n - at.q % n - 1) % n;
	return gf_pow(2, after - (p_after < after));
}

/* What is left of P and Q when the data of all members but two are taken off. */
struct sums {
	uint8_t p[PIECE], q[PIECE];
};

static int add_member(const struct raid *r, struct parity at, size_t member, uint64_t off, size_t n,
	struct sums *s, struct err *e)
{
	const struct raid_member *m = &r->members[member];
	uint8_t buf[PIECE];
	int rc = blockdev_read(m->dev, m->offset + off, buf, n, e);

	if (rc < 0)
		return rc;
	if (member != at.q)
		gf_add(s->p, buf, n, 1);
	if (member == at.q)
		gf_add(s->q, buf, n, 1);
	else if (member != at.p && r->parities == 2)
		gf_add(s->q, buf, n, factor_of(r, at, member));
	return 0;
}

/* The data of member x, and perhaps of y (none: n), from all others. */
static void solve(const struct raid *r, struct parity at, size_t x, size_t y, const struct sums *s,
	uint8_t *out, size_t n)
{
	uint8_t fx, fy;

	memset(out, 0, n);
	if (y == r->g.n && r->members[at.p].dev) {
		memcpy(out, s->p, n);
	} else if (y == r->g.n) {
		gf_add(out, s->q, n, gf_inverse(factor_of(r, at, x)));
	} else {
		fx = factor_of(r, at, x);
		fy = factor_of(r, at, y);
		gf_add(out, s->q, n, gf_inverse(fx ^ fy));
		gf_add(out, s->p, n, gf_mul(fy, gf_inverse(fx ^ fy)));
	}
}

static int rebuild(const struct raid *r, const struct place *at, uint64_t stripe, uint8_t *out,
	size_t n, struct err *e)
{
	struct parity parity = parity_at(r, stripe);
	size_t other = r->g.n, missing = 1;
	struct sums s = {0};

	for (size_t i = 0; i < r->g.n; i++) {
		if (i == at->member)
			continue;
		if (!r->members[i].dev) {
			missing++;
			other = i != parity.p && i != parity.q ? i : other;
			continue;
		}
		int rc = add_member(r, parity, i, at->off, n, &s, e);

		if (rc < 0)
			return rc;
	}
	if (missing > r->parities)
		return too_many_missing(r, e);
	solve(r, parity, at->member, other, &s, out, n);
	return 0;
}

/* ---- the device ---- */

/* Reads up to len bytes from the first copy that can be; how many. */
static int64_t read_some(
	const struct raid *r, uint64_t off, uint8_t *out, size_t len, struct err *e)
{
	struct place p;
	size_t n;
	int rc = 0;

	for (size_t k = 0; r->kind->copy(r, off, k, &p); k++) {
		const struct raid_member *m = &r->members[p.member];

		if (!m->dev)
			continue;
		n = (size_t)min_u64(len, p.run);
		rc = blockdev_read(m->dev, m->offset + p.off, out, n, e);
		if (rc >= 0)
			return (int64_t)n;
	}
	if (!r->kind->by_parity)
		return rc < 0 ? rc : too_many_missing(r, e);
	parity_copy(r, off, 0, &p);
	n = (size_t)min_u64(min_u64(len, p.run), PIECE);
	rc = rebuild(r, &p, off / r->g.chunk / r->data, out, n, e);
	return rc < 0 ? rc : (int64_t)n;
}

static int raid_read(struct blockdev *d, uint64_t off, void *buf, size_t len, struct err *e)
{
	uint8_t *out = buf;

	while (len) {
		int64_t n = read_some((struct raid *)d, off, out, len, e);

		if (n < 0)
			return (int)n;
		out += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int raid_extent(
	struct blockdev *d, uint64_t off, uint64_t *ret_len, bool *ret_hole, struct err *e)
{
	const struct raid *r = (struct raid *)d;
	struct place p;

	*ret_hole = false;
	*ret_len = 1;
	for (size_t k = 0; r->kind->copy(r, off, k, &p); k++) {
		const struct raid_member *m = &r->members[p.member];
		int rc;

		*ret_len = p.run;
		if (!m->dev)
			continue;
		rc = blockdev_extent(m->dev, m->offset + p.off, ret_len, ret_hole, e);
		*ret_len = min_u64(*ret_len, p.run);
		return rc;
	}
	return 0;
}

static void raid_close(struct blockdev *d)
{
	struct raid *r = (struct raid *)d;

	for (size_t i = 0; i < r->n_zones; i++)
		free(r->zones[i].members);
	free(r->zones);
	free(r->members);
	free(r);
}

static const struct blockdev_ops raid_ops = {
	.name = "raid", .read = raid_read, .extent = raid_extent, .close = raid_close};

static const struct kind kinds[] = {
	{RAID_LINEAR, "linear", linear_setup, linear_copy, false, false},
	{RAID_0, "raid0", raid0_setup, raid0_copy, true, false},
	{RAID_1, "raid1", raid1_setup, raid1_copy, false, false},
	{RAID_4, "raid4", parity_setup, parity_copy, true, true},
	{RAID_5, "raid5", parity_setup, parity_copy, true, true},
	{RAID_6, "raid6", parity_setup, parity_copy, true, true},
	{RAID_10, "raid10", raid10_setup, raid10_copy, true, false},
};

static const struct kind *kind_of(int level)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].level == level)
			return &kinds[i];
	}
	return NULL;
}

const char *raid_level_name(int level)
{
	const struct kind *k = kind_of(level);

	return k ? k->name : NULL;
}

bool raid_is_redundant(int level)
{
	return level != RAID_LINEAR && level != RAID_0 && kind_of(level);
}

static int check_geometry(const struct raid_geometry *g, const struct kind *k, struct err *e)
{
	if (!k)
		return err_set(e, ENOTSUP, "RAID level %d is not read", g->level);
	if (!g->n)
		return err_set(e, EBADMSG, "the array has no members");
	if (g->n > RAID_MEMBERS_MAX)
		return err_set(e, E2BIG,
			"the array has %zu members, more than the %d that are read", g->n,
			RAID_MEMBERS_MAX);
	if (k->striped && (!g->chunk || g->chunk % 512))
		return err_set(
			e, EBADMSG, "a chunk size of %" PRIu64 " bytes is impossible", g->chunk);
	if (k->striped && g->chunk > RAID_CHUNK_MAX)
		return err_set(e, E2BIG,
			"the chunk size of %" PRIu64 " bytes is more than the %u that are read",
			g->chunk, RAID_CHUNK_MAX);
	return 0;
}

static int check_member(const struct raid *r, size_t i, struct err *e)
{
	const struct raid_member *m = &r->members[i];
	bool by_size = r->g.level == RAID_LINEAR || r->g.level == RAID_0;

	if (!m->dev)
		return 0;
	if (!range_inside(m->offset, m->size, m->dev->size))
		return err_set(e, EBADMSG, "the data of member %zu go on past its end", i);
	if (!by_size && m->size < r->g.size)
		return err_set(e, EBADMSG, "member %zu is smaller than the array needs", i);
	return 0;
}

static int setup(struct raid *r, struct err *e)
{
	for (size_t i = 0; i < r->g.n; i++) {
		const struct blockdev *below = r->members[i].dev;
		int rc = check_member(r, i, e);

		if (rc < 0)
			return rc;
		if (below && below->logical_sector > r->dev.logical_sector)
			r->dev.logical_sector = below->logical_sector;
		if (below && below->physical_sector > r->dev.physical_sector)
			r->dev.physical_sector = below->physical_sector;
	}
	return r->kind->setup(r, e);
}

int raid_open(const struct raid_geometry *g, const struct raid_member *members,
	struct blockdev **ret, struct err *e)
{
	const struct kind *k = kind_of(g->level);
	int rc = check_geometry(g, k, e);
	struct raid *r;

	if (rc < 0)
		return rc;
	r = calloc(1, sizeof(*r));
	if (r)
		r->members = calloc(g->n, sizeof(*members));
	if (!r || !r->members) {
		free(r);
		return err_set(e, ENOMEM, "out of memory");
	}
	r->dev.ops = &raid_ops;
	r->g = *g;
	r->kind = k;
	memcpy(r->members, members, g->n * sizeof(*members));
	rc = setup(r, e);
	if (rc >= 0 && !r->dev.size)
		rc = err_set(e, EBADMSG, "the array has no room for data");
	if (rc < 0)
		raid_close(&r->dev);
	else
		*ret = &r->dev;
	return rc;
}

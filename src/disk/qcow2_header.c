/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The header of a qcow2 and its extensions, all within the first cluster.
 */
#include "disk/qcow2.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/limits.h"

/* Nearly all headers end, extensions and backing name included, within this. */
#define FIRST_READ 4096
#define LENGTH_V2 72
#define LENGTH_V3 104
#define CLUSTER_BITS_MIN 9
/* A cluster has 32 subclusters of at least a sector. */
#define EXTENDED_CLUSTER_BITS_MIN 14
#define BACKING_NAME_MAX 1023
#define KNOWN_INCOMPATIBLE                                                                         \
	(QCOW2_DIRTY | QCOW2_CORRUPT | QCOW2_DATA_FILE | QCOW2_COMPRESSION | QCOW2_EXTENDED_L2)

enum extension {
	END = 0,
	BACKING_FORMAT = 0xe2792aca,
	FEATURE_NAMES = 0x6803f857,
	DATA_FILE_NAME = 0x44415441,
};

static struct qcow2_header fixed_decode(const uint8_t *p, size_t n)
{
	struct bytes b = bytes_at(p, n, 4);
	struct qcow2_header h = {0};

	h.version = bytes_be32(&b);
	h.backing_at = bytes_be64(&b);
	h.backing_len = bytes_be32(&b);
	h.cluster_bits = bytes_be32(&b);
	h.size = bytes_be64(&b);
	h.crypt = bytes_be32(&b);
	h.l1_entries = bytes_be32(&b);
	h.l1_at = bytes_be64(&b);
	bytes_skip(&b, 12);
	h.snapshots = bytes_be32(&b);
	h.snapshots_at = bytes_be64(&b);
	h.length = LENGTH_V2;
	if (h.version < 3)
		return h;
	h.incompatible = bytes_be64(&b);
	bytes_skip(&b, 20);
	h.length = bytes_be32(&b);
	h.compression = h.length > LENGTH_V3 ? bytes_u8(&b) : 0;
	return h;
}

static int encryption_check(uint32_t method, struct err *e)
{
	static const char *const methods[] = {"", " (AES)", " (LUKS)"};

	if (!method)
		return 0;
	return err_set(e, ENOTSUP, "is an encrypted qcow2%s, which cannot be read",
		method < ARRAY_LEN(methods) ? methods[method] : "");
}

/* What must hold before the extensions can be found. */
static int fixed_check(const struct qcow2_header *h, struct err *e)
{
	if (h->version != 2 && h->version != 3)
		return err_set(
			e, ENOTSUP, "is a qcow2 of version %" PRIu32 ", not 2 or 3", h->version);
	if (h->cluster_bits < CLUSTER_BITS_MIN || h->cluster_bits > QCOW2_CLUSTER_BITS_MAX)
		return err_set(e, h->cluster_bits < CLUSTER_BITS_MIN ? EBADMSG : E2BIG,
			"the qcow2's clusters of 2^%" PRIu32 " bytes are not 2^%u to 2^%u",
			h->cluster_bits, CLUSTER_BITS_MIN, QCOW2_CLUSTER_BITS_MAX);
	if ((h->version == 3 && h->length < LENGTH_V3) || h->length > 1U << h->cluster_bits)
		return err_set(e, EBADMSG, "the qcow2's header of %" PRIu32 " bytes makes no sense",
			h->length);
	if (h->backing_at &&
		(!h->backing_len || h->backing_len > BACKING_NAME_MAX ||
			!range_inside(h->backing_at, h->backing_len, 1U << h->cluster_bits)))
		return err_set(e, EBADMSG,
			"the name of the qcow2's parent does not lie in its first cluster");
	return encryption_check(h->crypt, e);
}

/* Names the first feature that is not known, as the image's own table calls it. */
static int unknown_feature(uint64_t unknown, struct bytes names, struct err *e)
{
	unsigned bit = (unsigned)__builtin_ctzll(unknown);

	for (size_t i = 0; i < QCOW2_FEATURE_NAMES_MAX && bytes_left(&names) >= 48; i++) {
		bool incompatible = bytes_u8(&names) == 0;
		bool same = bytes_u8(&names) == bit;
		char name[47] = "";

		bytes_copy(&names, name, 46);
		if (incompatible && same)
			return err_set(e, ENOTSUP,
				"is a qcow2 that needs the feature \"%s\", which is not known",
				name);
	}
	return err_set(e, ENOTSUP,
		"is a qcow2 that needs the feature of bit %u, which has no name and is not known",
		bit);
}

static int features_check(const struct qcow2_header *h, struct bytes names, struct err *e)
{
	uint64_t unknown = h->incompatible & ~KNOWN_INCOMPATIBLE;

	if (unknown)
		return unknown_feature(unknown, names, e);
	if (!(h->incompatible & QCOW2_COMPRESSION) != (h->compression == QCOW2_ZLIB))
		return err_set(e, EBADMSG, "the qcow2's header contradicts itself on compression");
	if (h->compression > QCOW2_ZSTD)
		return err_set(e, ENOTSUP, "is a qcow2 compressed by an unknown method %d",
			(int)h->compression);
	if (h->incompatible & QCOW2_EXTENDED_L2 && h->cluster_bits < EXTENDED_CLUSTER_BITS_MIN)
		return err_set(e, EBADMSG,
			"the qcow2's clusters of 2^%" PRIu32 " bytes are too small for subclusters",
			h->cluster_bits);
	if (h->incompatible & QCOW2_DATA_FILE && !h->data_file)
		return err_set(
			e, EBADMSG, "the qcow2 has its data in another file, but does not name it");
	return 0;
}

static int tables_check(const struct qcow2_header *h, uint64_t file_size, struct err *e)
{
	uint64_t cluster = 1ULL << h->cluster_bits;
	uint64_t entries = cluster / (h->incompatible & QCOW2_EXTENDED_L2 ? 16 : 8);

	if (h->size < 512 || h->size > INT64_MAX)
		return err_set(e, EBADMSG,
			"the qcow2's header gives the disk a size of %" PRIu64 " bytes", h->size);
	if (div_up(h->size, cluster * entries) > h->l1_entries)
		return err_set(e, EBADMSG,
			"the qcow2's L1 table of %" PRIu64
			" entries is too small for a disk of %" PRIu64 " bytes",
			h->l1_entries, h->size);
	if (h->l1_at % cluster || !h->l1_at)
		return err_set(e, EBADMSG,
			"the qcow2's L1 table does not begin where a cluster other than the first "
			"does");
	if (!range_inside(h->l1_at, h->l1_entries * 8, file_size))
		return err_set(e, EBADMSG, "the qcow2's L1 table lies past the end of the file");
	return 0;
}

static char *take_string(struct arena *a, struct bytes *b, size_t n)
{
	return arena_strndup(a, (const char *)b->p, strnlen((const char *)b->p, n));
}

/*
 * The extensions and the backing name, of which the first n bytes of the file are at hand.  False:
 * they go on past these.
 */
static bool extensions_decode(struct arena *a, const uint8_t *p, size_t n, struct qcow2_header *h,
	struct bytes *ret_feature_names)
{
	/* Old images have no end mark before the name. */
	uint64_t end = h->backing_at ? h->backing_at : 1ULL << h->cluster_bits;
	struct bytes b = bytes_at(p, (size_t)min_u64(n, end), (size_t)min_u64(h->length, end));

	for (size_t i = 0; i < QCOW2_EXTENSIONS_MAX; i++) {
		uint32_t type, len;

		if (!b.bad && end - (uint64_t)(b.p - p) < 8)
			break;
		type = bytes_be32(&b);
		len = bytes_be32(&b);
		if (b.bad || len > bytes_left(&b))
			return false;
		if (type == END)
			break;
		if (type == BACKING_FORMAT)
			h->backing_format = take_string(a, &b, len);
		else if (type == DATA_FILE_NAME)
			h->data_file = take_string(a, &b, len);
		else if (type == FEATURE_NAMES)
			*ret_feature_names = bytes_of(b.p, len);
		bytes_skip(&b, (size_t)min_u64(bytes_left(&b), ((uint64_t)len + 7) & ~7ULL));
	}
	if (!h->backing_at)
		return true;
	b = bytes_at(p, n, h->backing_at);
	if (b.bad || bytes_left(&b) < h->backing_len)
		return false;
	h->backing = take_string(a, &b, h->backing_len);
	return true;
}

/* The extensions, which may fill the first cluster. */
static int extensions_read(const struct disk_open_args *args, struct hostfile *f,
	const uint8_t *first, size_t n, struct qcow2_header *h, struct err *e)
{
	size_t cluster = (size_t)min_u64(1U << h->cluster_bits, f->size);
	CLEANUP(cleanup_free) uint8_t *all = NULL;
	struct bytes names = {0};
	int r;

	if (!extensions_decode(args->arena, first, (size_t)min_u64(n, cluster), h, &names)) {
		all = malloc(cluster);
		r = all ? hostfile_read(f, 0, all, cluster, e)
			: err_set(e, ENOMEM, "out of memory");
		if (r < 0)
			return r;
		if (!extensions_decode(args->arena, all, cluster, h, &names))
			return err_set(e, EBADMSG,
				"the extensions of the qcow2's header lie past its first cluster");
	}
	return features_check(h, names, e);
}

int qcow2_header_read(const struct disk_open_args *args, struct hostfile *f,
	struct qcow2_header *ret, struct err *e)
{
	uint8_t first[FIRST_READ];
	size_t n = (size_t)min_u64(sizeof(first), f->size);
	struct qcow2_header h;
	int r = hostfile_read(f, 0, first, n, e);

	if (r < 0)
		return r;
	if (n <= LENGTH_V3 || memcmp(first, "QFI\xfb", 4))
		return err_set(e, EBADMSG, "is not a qcow2: it has no header");
	h = fixed_decode(first, n);
	r = fixed_check(&h, e);
	if (r >= 0)
		r = extensions_read(args, f, first, n, &h, e);
	if (r >= 0)
		r = tables_check(&h, f->size, e);
	if (r >= 0)
		*ret = h;
	return r;
}

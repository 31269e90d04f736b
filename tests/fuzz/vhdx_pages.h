/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * VHDX images for the fuzz target, from an input that holds only their pages that matter: records
 * of a page's number and length, two bytes each, and its bytes.  Checksums are made right, or
 * nothing behind them would ever be reached.
 */
#ifndef TESTS_FUZZ_VHDX_PAGES_H
#define TESTS_FUZZ_VHDX_PAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"

#define PAGE 4096U
#define PAGES 1280U
#define PAGES_SIZE (PAGES * PAGE)

static struct {
	uint8_t bytes[2 * PAGES_SIZE]; /* of two images, one behind the other */
	bool used[2 * PAGES];
} pages;

static void pages_use(unsigned page)
{
	pages.used[page] = true;
}

/* Most pages of an image are never touched: only those are cleared that the last input used. */
static void pages_fill(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size);

	for (unsigned i = 0; i < 2 * PAGES; i++)
		if (pages.used[i])
			memset(pages.bytes + i * PAGE, 0, PAGE);
	memset(pages.used, 0, sizeof(pages.used));
	while (bytes_left(&b) > 4) {
		unsigned page = bytes_le16(&b) % (2 * PAGES), n = bytes_le16(&b) % (PAGE + 1);

		if (n > bytes_left(&b))
			n = (unsigned)bytes_left(&b);
		bytes_copy(&b, pages.bytes + page * PAGE, n);
		pages_use(page);
	}
}

static void seal(uint8_t *p, size_t n)
{
	uint32_t crc;

	memset(p + 4, 0, 4);
	crc = crc32c(0, p, n);
	memcpy(p + 4, &crc, 4);
}

/* Headers, the first region table, and those entries of a log that are short and in one piece. */
static void pages_seal(unsigned first)
{
	static const struct {
		unsigned page;
		size_t n;
	} sealed[] = {{16, PAGE}, {32, PAGE}, {48, 65536}};

	for (size_t i = 0; i < sizeof(sealed) / sizeof(sealed[0]); i++)
		if (pages.used[first + sealed[i].page])
			seal(pages.bytes + (first + sealed[i].page) * PAGE, sealed[i].n);
	for (unsigned i = first; i < first + PAGES - 16; i++) {
		uint8_t *entry = pages.bytes + i * PAGE;

		if (pages.used[i] && !memcmp(entry, "loge", 4) && get_le32(entry + 8) >= 64 &&
			get_le32(entry + 8) <= 65536)
			seal(entry, get_le32(entry + 8));
	}
}

#endif

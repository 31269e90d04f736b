/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A cursor over bytes from an image.  Reading past the end gives 0 and sets bad for good, so a
 * decoder reads all its fields and looks at bad once.  It borrows the memory it walks.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *p, *end;
	bool bad;
};

struct bytes bytes_of(const void *p, size_t len);
struct bytes bytes_at(const void *p, size_t len, size_t off); /* bad at once if off > len */
size_t bytes_left(const struct bytes *b);

uint8_t bytes_u8(struct bytes *b);
uint16_t bytes_le16(struct bytes *b);
uint32_t bytes_le32(struct bytes *b);
uint64_t bytes_le64(struct bytes *b);
uint16_t bytes_be16(struct bytes *b);
uint32_t bytes_be32(struct bytes *b);
uint64_t bytes_be64(struct bytes *b);

void bytes_skip(struct bytes *b, size_t n);
/* Copies n bytes; all zeros if fewer are left. */
void bytes_copy(struct bytes *b, void *dst, size_t n);
/* Do the next n bytes equal want?  Moves past them either way. */
bool bytes_match(struct bytes *b, const void *want, size_t n);

/* Single fields of a buffer whose length the caller has already checked. */
uint16_t get_le16(const void *p);
uint32_t get_le32(const void *p);
uint64_t get_le64(const void *p);
uint16_t get_be16(const void *p);
uint32_t get_be32(const void *p);
uint64_t get_be64(const void *p);

/* A GUID as Microsoft's formats store its 16 bytes, in lower case. */
struct guid_text {
	char s[37];
};
struct guid_text guid_text(const void *p);

bool all_zero(const void *p, size_t n);

#endif

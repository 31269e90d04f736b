/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The checksums of an event log, made right again after a change.
 */
#ifndef TESTS_LIB_EVTXSEAL_H
#define TESTS_LIB_EVTXSEAL_H

#include <string.h>

#include "base/crc32.h"
#include "parse/evtx.h"

static inline void put_evtx_crc(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void seal_evtx_header(uint8_t *p)
{
	put_evtx_crc(p + 124, crc32_ieee(0, p, 120));
}

static inline void seal_evtx_chunk(uint8_t *p)
{
	uint32_t end;

	memcpy(&end, p + 48, sizeof(end));
	if (end >= 512 && end <= EVTX_CHUNK_SIZE)
		put_evtx_crc(p + 52, crc32_ieee(0, p + 512, end - 512));
	put_evtx_crc(p + 124, crc32_ieee(crc32_ieee(0, p, 120), p + 128, 512 - 128));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A chunk of an event log, of which the input is the beginning.
 */
#include <stdlib.h>

#include "tests/lib/evtxseal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = calloc(1, EVTX_CHUNK_SIZE);
	struct evtx_chunk *c = malloc(sizeof(*c));
	struct evtx_header h;
	struct arena a = {0};
	struct err e;

	if (size > EVTX_CHUNK_SIZE)
		size = EVTX_CHUNK_SIZE;
	memcpy(p, data, size);
	seal_evtx_header(p);
	evtx_header_parse(&h, p, &e);
	seal_evtx_chunk(p);
	for (unsigned open = 0; open < 2; open++) {
		uint64_t work = 1U << 16;

		if (evtx_chunk_parse(c, p, open, &e) < 0)
			continue;
		for (unsigned i = c->n; i-- > 0;) {
			struct evtx_event ev;

			evtx_event_parse(&ev, c, i, NULL, &work, &e);
			evtx_event_parse(&ev, c, i, &a, &work, &e);
			evtx_data(&ev, "param1");
		}
	}
	arena_free(&a);
	free(c);
	free(p);
	return 0;
}

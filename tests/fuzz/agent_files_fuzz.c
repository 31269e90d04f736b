/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Binary files that tell of an installed agent: its driver on Windows, wtmp on Linux.
 */
#include <stdint.h>

#include "parse/pe.h"
#include "parse/wtmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t version[4];

	pe_file_version(data, size, version);
	wtmp_last_boot(data, size);
	return 0;
}

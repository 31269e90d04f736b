/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The line a fact came from, as the guest wrote it: trimmed, and cut at EVIDENCE_TEXT_MAX bytes.
 */
#ifndef PARSE_EVIDENCE_H
#define PARSE_EVIDENCE_H

#include "base/arena.h"
#include "base/text.h"

const char *evidence_text(struct arena *a, struct span line);

#endif

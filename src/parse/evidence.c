/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/evidence.h"

#include "base/limits.h"

const char *evidence_text(struct arena *a, struct span line)
{
	char *text;
	size_t n = 0;

	line = span_trim(line);
	if (line.n > EVIDENCE_TEXT_MAX)
		line.n = EVIDENCE_TEXT_MAX;
	text = arena_alloc(a, line.n + 1);
	for (size_t i = 0; i < line.n; i++) {
		/* A continued line is shown as the one line it is. */
		if (line.p[i] == '\\' && i + 1 < line.n && line.p[i + 1] == '\n')
			continue;
		text[n++] = line.p[i] == '\n' ? ' ' : line.p[i];
	}
	return text;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/ini.h"

#include <string.h>

static struct span unquoted(struct span s)
{
	s = span_trim(s);
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = (struct span){s.p + 1, s.n - 2};
	return s;
}

bool ini_value(struct span text, const char *key, struct span *ret, struct span *ret_line,
	unsigned *ret_number)
{
	struct span line;
	unsigned number = 0;
	bool found = false;

	while (next_line(&text, &line, &number)) {
		const char *equals;
		struct span name;

		line = span_trim(line);
		if (!line.n || strchr("#;[", line.p[0]))
			continue;
		equals = memchr(line.p, '=', line.n);
		name = (struct span){line.p, equals ? (size_t)(equals - line.p) : 0};
		if (!equals || !span_is_nocase(span_trim(name), key))
			continue;
		*ret = unquoted((struct span){equals + 1, line.n - name.n - 1});
		*ret_line = line;
		*ret_number = number;
		found = true;
	}
	return found;
}

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * deb822: stanzas of "Field: value", an empty line between them.  dpkg writes Package: first.
 */
#include "parse/dpkg.h"

#include <string.h>

#include "base/text.h"

/* The value of a field of the stanza that s starts with. */
static struct span field(struct span s, const char *name)
{
	struct span line;
	size_t n = strlen(name);
	unsigned number = 0;

	while (next_line(&s, &line, &number) && span_trim(line).n) {
		if (line.n > n && line.p[n] == ':' &&
			span_is_nocase((struct span){line.p, n}, name))
			return span_trim((struct span){line.p + n + 1, line.n - n - 1});
	}
	return (struct span){"", 0};
}

/* Where the line "Package: NAME" starts, or NULL. */
static const char *find_stanza(const char *text, size_t len, const char *name)
{
	static const char key[] = "Package: ";
	size_t n = strlen(name), at = 0;
	const char *hit;

	while (at < len && (hit = memmem(text + at, len - at, key, sizeof(key) - 1))) {
		struct span rest = {hit + sizeof(key) - 1, 0};

		rest.n = (size_t)(text + len - rest.p);
		if ((hit == text || hit[-1] == '\n') && rest.n >= n && !memcmp(rest.p, name, n) &&
			(rest.n == n || rest.p[n] == '\n' || rest.p[n] == '\r'))
			return hit;
		at = (size_t)(rest.p - text);
	}
	return NULL;
}

bool dpkg_find(
	struct dpkg_package *ret, struct arena *a, const char *text, size_t len, const char *name)
{
	const char *hit = find_stanza(text, len, name);
	struct span stanza, version, status;

	if (!hit)
		return false;
	stanza = (struct span){hit, (size_t)(text + len - hit)};
	version = field(stanza, "Version");
	status = field(stanza, "Status");
	*ret = (struct dpkg_package){
		.version = arena_strndup(a, version.p, version.n),
		.status = arena_strndup(a, status.p, status.n),
		.installed = span_ends(status, " installed"),
		.line = 1,
	};
	for (const char *p = text; (p = memchr(p, '\n', (size_t)(hit - p))); p++)
		ret->line++;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <string.h>
#include <strings.h>

struct span span_of(const char *s)
{
	return (struct span){s, strlen(s)};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct span span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool span_is(struct span s, const char *want)
{
	return s.n == strlen(want) && !memcmp(s.p, want, s.n);
}

bool span_is_nocase(struct span s, const char *want)
{
	return s.n == strlen(want) && !strncasecmp(s.p, want, s.n);
}

bool span_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && !memcmp(s.p, prefix, n);
}

bool span_ends(struct span s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && !memcmp(s.p + s.n - n, suffix, n);
}

bool next_line(struct span *rest, struct span *ret_line, unsigned *line)
{
	const char *nl;

	if (!rest->n)
		return false;
	nl = memchr(rest->p, '\n', rest->n);
	ret_line->p = rest->p;
	ret_line->n = nl ? (size_t)(nl - rest->p) : rest->n;
	rest->n -= ret_line->n + (nl != NULL);
	rest->p += ret_line->n + (nl != NULL);
	++*line;
	return true;
}

bool next_word(struct span *rest, struct span *ret_word)
{
	while (rest->n && is_blank(rest->p[0]))
		rest->p++, rest->n--;
	if (!rest->n)
		return false;
	*ret_word = (struct span){rest->p, 0};
	while (rest->n && !is_blank(rest->p[0]))
		rest->p++, rest->n--, ret_word->n++;
	return true;
}

bool str_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool str_ends(const char *s, const char *suffix)
{
	return span_ends(span_of(s), suffix);
}

bool span_u64(struct span s, unsigned long long *ret)
{
	unsigned long long v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, 10ULL, &v) ||
			__builtin_add_overflow(v, (unsigned long long)(s.p[i] - '0'), &v))
			return false;
	}
	if (s.n)
		*ret = v;
	return s.n != 0;
}

int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		if (is_digit(*a) && is_digit(*b)) {
			size_t na, nb;
			int c;

			a += strspn(a, "0");
			b += strspn(b, "0");
			na = strspn(a, "0123456789");
			nb = strspn(b, "0123456789");
			if (na != nb)
				return na < nb ? -1 : 1;
			c = memcmp(a, b, na);
			if (c)
				return c < 0 ? -1 : 1;
			a += na;
			b += nb;
		} else {
			if (*a != *b)
				return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
			a++;
			b++;
		}
	}
	return 0;
}

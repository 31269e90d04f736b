/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parse/win_log.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/utf16.h"
#include "parse/evidence.h"

struct span win_log_utf8(struct arena *a, const char *bytes, size_t len)
{
	if (len >= 2 && !memcmp(bytes, "\xff\xfe", 2))
		return span_of(utf16_to_utf8(a, bytes + 2, len - 2, UTF16_LE));
	if (len >= 2 && !memcmp(bytes, "\xfe\xff", 2))
		return span_of(utf16_to_utf8(a, bytes + 2, len - 2, UTF16_BE));
	if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
		return (struct span){bytes + 3, len - 3};
	return (struct span){bytes, len};
}

/* ---- numbers ---- */

/* Decimal, up to 11 characters with its sign; the number of them, or 0. */
static size_t decimal(struct span s, bool *ret_negative, unsigned long long *ret)
{
	size_t i = s.n && s.p[0] == '-', from = i;

	*ret_negative = i;
	for (*ret = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && i - from < 10; i++)
		*ret = *ret * 10 + (unsigned)(s.p[i] - '0');
	return i == from ? 0 : i;
}

static size_t hexadecimal(struct span s, uint32_t *ret)
{
	size_t i = 2;

	if (s.n < 3 || s.p[0] != '0' || (s.p[1] | 32) != 'x')
		return 0;
	for (*ret = 0; i < s.n && i < 10 && hex_digit(s.p[i]) >= 0; i++)
		*ret = *ret << 4 | (unsigned)hex_digit(s.p[i]);
	return i == 2 ? 0 : i;
}

/* Facilities of the codes that Microsoft prints without their minus: -2147221164 as 2147221164. */
#define MAGNITUDE_FROM 2147000000ULL
#define MAGNITUDE_TO 2147483648ULL

/* A number at the start of s; how many characters it has. */
static size_t number(struct span s, uint32_t *ret)
{
	unsigned long long n;
	bool negative;
	size_t used = hexadecimal(s, ret);

	if (used)
		return used;
	used = decimal(s, &negative, &n);
	if (!used || n > (negative ? MAGNITUDE_TO : 0xFFFFFFFFULL))
		return 0;
	if (negative || (n >= MAGNITUDE_FROM && n < MAGNITUDE_TO))
		*ret = (uint32_t)(0 - n);
	else
		*ret = (uint32_t)n;
	return used;
}

bool hresult_parse(struct span s, uint32_t *ret)
{
	size_t used;

	s = span_trim(s);
	while (s.n >= 2 && strchr("[({", s.p[0]) && strchr("])}", s.p[s.n - 1]))
		s = (struct span){s.p + 1, s.n - 2};
	used = number(s, ret);
	return used && used == s.n;
}

/* ---- lines ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* The first place of a phrase, without regard to case; NULL: none. */
static const char *find(struct span s, const char *phrase)
{
	size_t n = strlen(phrase);

	for (size_t i = 0; i + n <= s.n; i++) {
		if ((s.p[i] | 32) == (phrase[0] | 32) && !strncasecmp(s.p + i, phrase, n))
			return s.p + i;
	}
	return NULL;
}

/* The number behind a phrase, past blanks, colons and the like. */
static bool number_behind(struct span line, const char *phrase, uint32_t *ret)
{
	const char *at = find(line, phrase);
	struct span rest;

	if (!at)
		return false;
	rest.p = at + strlen(phrase);
	rest.n = (size_t)(line.p + line.n - rest.p);
	while (rest.n && strchr(" \t:=[(#-", rest.p[0]) &&
		!(rest.p[0] == '-' && rest.n > 1 && isdigit((unsigned char)rest.p[1]))) {
		rest.p++;
		rest.n--;
	}
	return number(rest, ret) != 0;
}

struct scan {
	struct win_log *log;
	struct arena *a;
	struct span line;
	unsigned number;
	const char *text; /* made when the first entry wants it */
};

static void add(struct scan *s, enum win_log_kind kind, uint32_t code)
{
	struct win_log_entry *e;

	if (s->log->entries.n >= WIN_LOG_ENTRIES_MAX) {
		s->log->cut = true;
		return;
	}
	if (!s->text)
		s->text = evidence_text(s->a, s->line);
	e = list_add(s->a, &s->log->entries);
	*e = (struct win_log_entry){kind, code, s->number, s->text};
}

#define CODES_OF_LINE_MAX 16

static bool tells(uint32_t code, size_t characters)
{
	return (code >= 0x80000000 && characters >= 9) || code == LOG_ERROR_SCANNED;
}

/* Every number that can be nothing but an HRESULT of a failure: its highest bit is set. */
static void add_hresults(struct scan *s)
{
	const char *p = s->line.p, *end = p + s->line.n;
	uint32_t last = 0, code;
	unsigned found = 0;

	while (p < end && found < CODES_OF_LINE_MAX) {
		struct span rest = {p, (size_t)(end - p)};
		size_t used = 0;

		if (p == s->line.p || !is_word(p[-1]))
			used = number(rest, &code);
		if (used && (p + used == end || !is_word(p[used])) && tells(code, used) &&
			code != last) {
			add(s, LOG_CODE, code);
			last = code;
			found++;
		}
		p += used ? used : 1;
	}
}

/* Digits at p, up to three of which count; where they end. */
static const char *digits(const char *p, const char *end, uint32_t *ret)
{
	*ret = 0;
	while (p < end && isdigit((unsigned char)*p)) {
		if (*ret < 1000)
			*ret = *ret * 10 + (uint32_t)(*p - '0');
		p++;
	}
	return p;
}

/* "9.67.7789.1": the agent's have four numbers, other programs of version 9 have small ones. */
static bool is_version(const char *p, const char *end, uint32_t *ret_minor)
{
	uint32_t rest;
	const char *at = digits(p + 2, end, ret_minor);

	for (int i = 0; i < 2; i++) {
		const char *next = at < end && *at == '.' ? digits(at + 1, end, &rest) : at;

		if (next <= at + 1)
			return false;
		at = next;
	}
	return *ret_minor >= 10 && *ret_minor < 1000;
}

/* One behind a word for what it is of. */
static void add_version(struct scan *s)
{
	const char *p = find(s->line, "version"), *end = s->line.p + s->line.n;
	uint32_t minor;

	if (!p)
		p = find(s->line, "Mobility Service");
	for (; p && end - p > 3; p++) {
		if (p[0] == '9' && p[1] == '.' && !is_word(p[-1]) && is_version(p, end, &minor)) {
			add(s, LOG_VERSION, 9U << 16 | minor);
			return;
		}
	}
}

static void scan_line(struct scan *s)
{
	static const char *const codes[] = {
		"error code", "errorcode", "error number", "error:", "hresult", "hr ="};
	static const char *const exits[] = {
		"exit code", "exitcode", "exit status", "exited with", "return code"};
	uint32_t code;

	add_hresults(s);
	add_version(s);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		/* Large ones were found above, by any words. */
		if (number_behind(s->line, codes[i], &code) && code < 0x80000000) {
			add(s, LOG_CODE, code);
			break;
		}
	}
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		if (number_behind(s->line, exits[i], &code)) {
			add(s, LOG_EXIT, code);
			break;
		}
	}
	if (find(s->line, "installed successfully") || find(s->line, "completed successfully") ||
		find(s->line, "installation has succeeded") ||
		find(s->line, "installation succeeded") || find(s->line, "Successfully installed"))
		add(s, LOG_SUCCESS, 0);
	if (find(s->line, "FilteringStopped"))
		add(s, LOG_STOPPED, 0);
	if (find(s->line, "reboot") || find(s->line, "restart the machine") ||
		find(s->line, "restart the server"))
		add(s, LOG_REBOOT, 0);
}

/* The last line of text, which is taken off it, without its newline. */
static bool last_line(struct span *text, struct span *ret)
{
	const char *newline;

	if (!text->n)
		return false;
	newline = memrchr(text->p, '\n', text->n);
	ret->p = newline ? newline + 1 : text->p;
	ret->n = (size_t)(text->p + text->n - ret->p);
	text->n = newline ? (size_t)(newline - text->p) : 0;
	return true;
}

static unsigned count_lines(struct span text)
{
	unsigned n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* From the end, so that what is left out of a long log is the oldest; then put in order. */
void win_log_parse(struct win_log *ret, struct arena *a, struct span text)
{
	struct scan s = {.log = ret, .a = a};
	size_t n;

	*ret = (struct win_log){0};
	for (s.number = count_lines(text); last_line(&text, &s.line); s.number--) {
		if (ret->cut)
			break;
		s.text = NULL;
		scan_line(&s);
	}
	n = ret->entries.n;
	for (size_t i = 0; i < n / 2; i++) {
		struct win_log_entry swap = ret->entries.at[i];

		ret->entries.at[i] = ret->entries.at[n - 1 - i];
		ret->entries.at[n - 1 - i] = swap;
	}
}

const struct win_log_entry *win_log_last(
	const struct win_log *l, enum win_log_kind kind, uint32_t code)
{
	for (size_t i = l->entries.n; i--;) {
		const struct win_log_entry *e = &l->entries.at[i];

		if (e->kind == kind && (!code || e->code == code))
			return e;
	}
	return NULL;
}

bool win_log_is_open(const struct win_log *l, const struct win_log_entry *e)
{
	for (size_t i = (size_t)(e - l->entries.at) + 1; i < l->entries.n; i++) {
		if (l->entries.at[i].kind == LOG_SUCCESS)
			return false;
	}
	return true;
}

/* The entry of that code nearest to x, within WIN_LOG_NEAR lines; those before it come first. */
static const struct win_log_entry *code_near(
	const struct win_log *l, const struct win_log_entry *x, uint32_t code)
{
	const struct win_log_entry *first = l->entries.at, *end = first + l->entries.n;

	for (const struct win_log_entry *c = x;
		c > first && x->line - (--c)->line <= WIN_LOG_NEAR;) {
		if (c->kind == LOG_CODE && c->code == code)
			return c;
	}
	for (const struct win_log_entry *c = x; ++c < end && c->line - x->line <= WIN_LOG_NEAR;) {
		if (c->kind == LOG_CODE && c->code == code)
			return c;
	}
	return NULL;
}

const struct win_log_entry *win_log_pair(const struct win_log *l, uint32_t code, uint32_t exit,
	const struct win_log_entry **ret_exit)
{
	for (size_t i = l->entries.n; i--;) {
		const struct win_log_entry *x = &l->entries.at[i], *c;

		if (x->kind == LOG_SUCCESS)
			return NULL;
		c = x->kind == LOG_EXIT && x->code == exit ? code_near(l, x, code) : NULL;
		if (c) {
			*ret_exit = x;
			return c;
		}
	}
	return NULL;
}

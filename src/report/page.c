/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/page.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "report/escape.h"
#include "report/report.h"

#define PROSE_COLUMNS 100
#define COLUMNS_LEAST 40

struct page page_open(FILE *out, unsigned columns, bool color)
{
	struct page p = {.out = out, .columns = columns, .color = color};

	if (p.columns < COLUMNS_LEAST)
		p.columns = COLUMNS_LEAST;
	p.prose = p.columns < PROSE_COLUMNS ? p.columns : PROSE_COLUMNS;
	return p;
}

void page_ink(struct page *p, enum ink ink)
{
	static const char *const codes[INKS] = {
		[PLAIN] = "0",
		[BOLD] = "1",
		[DIM] = "2",
		[RED] = "1;31",
		[YELLOW] = "1;33",
		[GREEN] = "1;32",
		[CYAN] = "36",
	};

	if (p->color)
		fprintf(p->out, "\033[%sm", codes[ink]);
}

static unsigned width_of(struct span s)
{
	size_t i = plain_run(s.p, s.n);
	unsigned width = (unsigned)i;

	while (i < s.n) {
		struct glyph g;

		i += glyph_next(s.p + i, s.n - i, &g);
		width += g.width;
	}
	return width;
}

static void put(struct page *p, const char *s, size_t n)
{
	text_escaped(p->out, s, n);
	p->at += width_of((struct span){s, n});
}

void page_put(struct page *p, const char *text)
{
	put(p, text, strlen(text));
}

void page_printf(struct page *p, const char *fmt, ...)
{
	char buf[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	page_put(p, buf);
}

static void new_line(struct page *p)
{
	fputc('\n', p->out);
	p->at = 0;
}

void page_to(struct page *p, unsigned column)
{
	if (p->at > column)
		new_line(p);
	fprintf(p->out, "%*s", (int)(column - p->at), "");
	p->at = column;
}

void page_end(struct page *p)
{
	if (p->at)
		new_line(p);
}

void page_blank(struct page *p)
{
	page_end(p);
	new_line(p);
}

unsigned page_width(const char *text)
{
	return width_of(span_of(text));
}

/* To the line below, at hang. */
static void break_line(struct page *p, unsigned hang)
{
	page_end(p);
	if (p->rail)
		page_put(p, p->rail);
	page_to(p, hang);
}

void page_next(struct page *p, unsigned hang, const char *text)
{
	if (p->at + 1 + page_width(text) > p->columns)
		break_line(p, hang);
	else
		page_put(p, " ");
	page_put(p, text);
}

static void wrap(struct page *p, unsigned hang, unsigned columns, struct span text)
{
	struct span word;
	bool first = true;

	if (!p->at)
		page_to(p, hang);
	for (; next_word(&text, &word); first = false) {
		if (p->at > hang && p->at + !first + width_of(word) > columns)
			break_line(p, hang);
		else if (!first)
			put(p, " ", 1);
		put(p, word.p, word.n);
	}
}

void page_words(struct page *p, unsigned hang, const char *text)
{
	wrap(p, hang, p->columns, span_of(text));
}

void page_prose(struct page *p, unsigned hang, const char *text)
{
	wrap(p, hang, p->prose, span_of(text));
}

void page_repair(struct page *p, unsigned hang, const char *text)
{
	struct span rest = span_of(text), line;
	unsigned n = 0;

	while (next_line(&rest, &line, &n)) {
		bool command = line.n && (line.p[0] == ' ' || line.p[0] == '\t');

		if (n == 1 && !command && p->at > hang)
			put(p, " ", 1);
		if (n > 1)
			page_end(p);
		if (!command) {
			wrap(p, hang, p->prose, line);
			continue;
		}
		line = span_trim(line);
		page_end(p);
		page_to(p, hang + 4);
		put(p, line.p, line.n);
	}
	page_end(p);
}

const char *size_text(uint64_t bytes, char buf[16])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t tenths = bytes * 10;
	unsigned u = 0;

	if (bytes < 1024) {
		snprintf(buf, 16, "%u B", (unsigned)bytes);
		return buf;
	}
	for (double v = (double)bytes; v >= 1024 && u < 6; u++) {
		v /= 1024;
		tenths = (uint64_t)(v * 10 + 0.5);
	}
	if (tenths % 10 && tenths < 1000)
		snprintf(buf, 16, "%u.%u %s", (unsigned)tenths / 10, (unsigned)tenths % 10,
			units[u]);
	else
		snprintf(buf, 16, "%u %s", (unsigned)(tenths + 5) / 10, units[u]);
	return buf;
}

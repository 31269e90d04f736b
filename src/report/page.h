/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A page of text for people: knows its width and where on the line it is, wraps prose, and colours
 * only where it may.  Everything printed through it is escaped.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct page {
	FILE *out;
	unsigned columns; /* of the terminal */
	unsigned prose;   /* where sentences wrap: no wider than a person reads with ease */
	unsigned at;      /* the next character's column */
	bool color;
	const char *rail; /* begins every line that a sentence is wrapped to; NULL: nothing */
};

enum ink { PLAIN, BOLD, DIM, RED, YELLOW, GREEN, CYAN, INKS };

struct page page_open(FILE *out, unsigned columns, bool color);

void page_ink(struct page *p, enum ink ink);
/* As it is, on this line. */
void page_put(struct page *p, const char *text);
void page_printf(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
unsigned page_width(const char *text); /* columns that page_put() would fill */
/* Behind a blank; at hang on the next line where this one has no room for it. */
void page_next(struct page *p, unsigned hang, const char *text);
/* Blanks up to the column; on the next line if this one has passed it. */
void page_to(struct page *p, unsigned column);
void page_end(struct page *p);   /* ends the line, if anything is on it */
void page_blank(struct page *p); /* ends the line and leaves one empty */
/*
 * Words, from where the line is; further lines begin at hang.  A word is never broken: one that is
 * longer than a line stands on a line of its own.
 */
void page_words(struct page *p, unsigned hang, const char *text);
/* The same, wrapped where sentences are. */
void page_prose(struct page *p, unsigned hang, const char *text);
/* A repair: paragraphs of prose; lines that begin with a blank or a tab are commands, kept whole.
 */
void page_repair(struct page *p, unsigned hang, const char *text);

/* "20 GiB", "1.5 TiB", "512 B". */
const char *size_text(uint64_t bytes, char buf[16]);

#endif

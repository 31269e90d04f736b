/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reports render one value.  Each format is one file with one write function and a row in the table
 * of report.c.  Text from a guest is data: each format escapes it in one function of its own.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "guest/facts.h"
#include "rules/judge.h"

/* For --stats only: the one part of a report that differs from run to run. */
#define STAGES 4
struct stats {
	uint64_t host_bytes_read, host_reads;
	struct stage {
		const char *name; /* "open", "map", "guest", "rules" */
		double milliseconds;
	} stages[STAGES];
};

struct report {
	const struct vm *vm;
	const struct facts *facts;         /* NULL: a layout report */
	const struct judgement *judgement; /* NULL: a layout report */
	const struct options *options;
	const struct policy *policy;
	const struct stats *stats; /* NULL: not asked for */
	bool color;
	unsigned columns; /* width to fill; 80 when unknown */
};

struct report_format {
	const char *name; /* "text", "json" */
	void (*write)(FILE *out, const struct report *r);
};
/* To be called before a report in JSON is written.  ENOTSUP: the library for it is not installed.
 */
int report_load_json(struct err *e);
const struct report_format *report_format_find(const char *name);
const struct report_format *report_format_at(size_t i); /* NULL past the last */

/* layout: disks, partitions, volume groups and filesystems as a tree, or the JSON "machine". */
void layout_text(FILE *out, const struct report *r);
void layout_json(FILE *out, const struct report *r);

/* rules and explain: some rules, as a list or each in full. */
struct rule_list {
	LIST(const struct rule *);
};
void rules_text(FILE *out, const struct rule_list *rules, bool color, unsigned columns);
void explain_text(FILE *out, const struct rule_list *rules, bool color, unsigned columns);
/* For both; in_full adds what explain says. */
void rules_json(FILE *out, const struct rule_list *rules, bool in_full);

/*
 * Guest text for a terminal: control characters, bidirectional overrides and bytes that are not
 * UTF-8 become \xNN or U+NNNN escapes; everything else is left alone.
 */
void text_escaped(FILE *out, const char *s, size_t n);

#endif

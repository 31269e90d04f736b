/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One fixed report, made by hand: what the formats are compared on.
 */
#ifndef TESTS_LIB_SAMPLE_H
#define TESTS_LIB_SAMPLE_H

#include "report/report.h"

/* A machine of two disks with a volume group over both, judged; no colour, 80 columns. */
const struct report *sample_report(void);

/* What a writer prints of a report, in the arena of the test program. */
const char *sample_written(
	void (*write)(FILE *out, const struct report *r), const struct report *r);

/*
 * Compares with tests/unit/expected/NAME, and fails the test with a diff.  With UPDATE_EXPECTED in
 * the environment the file is written instead: look at the change before it is committed.
 */
void sample_expect(const char *name, const char *text);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between the files of this folder only.
 */
#ifndef REPORT_FORMATS_H
#define REPORT_FORMATS_H

#include "report/report.h"

void check_text(FILE *out, const struct report *r);
void check_json(FILE *out, const struct report *r);
/* The last line of a text report, after --stats. */
void stats_text(FILE *out, const struct stats *s);

/* What several formats say of the same value. */

/* "bios", "uefi", "both", "none"; NULL: not looked at. */
const char *machine_firmware(const struct facts *f);
/* Where the first guest that mounts the filesystem does so; NULL: nowhere. */
const char *mount_point(const struct facts *f, const struct filesystem *fs);
/* "linux", "windows", "any" */
const char *applies_name(enum applies a);

#endif

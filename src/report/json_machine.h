/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The parts of the JSON report that layout and check share.
 */
#ifndef REPORT_JSON_MACHINE_H
#define REPORT_JSON_MACHINE_H

#include "report/report.h"
#include "report/value.h"

/* {"schema":1,"tool":{...}}, to be filled; engine may be NULL. */
json_t *json_document(const struct engine *engine);
json_t *json_machine(const struct report *r);
json_t *json_stats(const struct stats *s);

#endif

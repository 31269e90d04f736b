/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The command line.  Nothing is printed here: what is wrong with it becomes one sentence.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "report/report.h"

enum command { CHECK, LAYOUT, LS, CAT, HASH, RULES, EXPLAIN, HELP, SHOW_VERSION };
enum output_format { FORMAT_TEXT, FORMAT_JSON };
enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct command_line {
	enum command command;
	LIST(struct disk_request) disks;
	LIST(const char *) paths;   /* of ls and cat */
	LIST(const char *) allowed; /* directories of --allow-path */
	struct rule_list rules;     /* of explain */
	const char *device;         /* --device, or NULL */
	const char *output;         /* --output, or NULL */
	enum output_format format;
	enum color_when color;
	bool stats;
	struct options options;
	struct policy policy;
};

/* Strings are borrowed from argv, lists live in the arena. */
int command_line_parse(
	struct command_line *ret, struct arena *a, int argc, char **argv, struct err *e);

extern const char command_line_help[];

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The shape of the generated kernel_table.c; ask through kernels.h.  No pointers in it, so it costs
 * nothing at start-up.
 */
#ifndef RULES_KERNEL_TABLE_H
#define RULES_KERNEL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define KERNEL_SYSTEM_SIZE 20

/* Kernels called BEFORE number BEHIND: "5.15.0-" 91 "-generic". */
struct kernel_series {
	uint8_t system;
	uint16_t first_run, n_runs;
	char before[24], behind[24];
};

/* The numbers lo to hi, and the agent version (9.67 is 9067) that listed them first; 0: none did.
 */
struct kernel_run {
	uint16_t lo, hi, since[2];
};

extern const char kernel_lists_as_of[];
extern const char kernel_systems[][KERNEL_SYSTEM_SIZE];
extern const struct kernel_series kernel_series[];
extern const struct kernel_run kernel_runs[];
extern const size_t n_kernel_systems, n_kernel_series;

#endif

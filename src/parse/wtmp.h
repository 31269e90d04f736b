/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * /var/log/wtmp: who logged in and when the machine booted, in records of 384 bytes, the newest
 * last, as glibc writes them on x86.
 */
#ifndef PARSE_WTMP_H
#define PARSE_WTMP_H

#include <stddef.h>
#include <stdint.h>

#define WTMP_RECORD 384U

/* The time of the last boot among these records, seconds since 1970; 0: none of them is of one. */
int64_t wtmp_last_boot(const void *p, size_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Text logs of Windows programs: their encodings, and the error codes in them, in whatever
 * notation, as one 32-bit number.
 */
#ifndef PARSE_WIN_LOG_H
#define PARSE_WIN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum win_log_kind {
	LOG_CODE,    /* an error code: code */
	LOG_EXIT,    /* a program's exit code: code */
	LOG_SUCCESS, /* an installation, or a step of it, that succeeded */
	LOG_REBOOT,  /* a reboot is asked for */
	LOG_VERSION, /* a version of the agent: code is its first two numbers, 9.67 as 0x90043 */
	LOG_STOPPED, /* the agent's driver has stopped filtering a disk */
};

/* ASR's own error for a failure that scanners cause: its number is found by itself. */
#define LOG_ERROR_SCANNED 78169U

/* One thing that a line says; a line may say several. */
struct win_log_entry {
	enum win_log_kind kind;
	uint32_t code;
	unsigned line;
	const char *text; /* the line, trimmed */
};

struct win_log {
	LIST(struct win_log_entry) entries; /* as they stand: the oldest first */
	bool cut;                           /* over a limit: the oldest part was not looked at */
};

/* UTF-8, with or without a mark, UTF-16 with one, or an OEM code page (bytes stay as they are). */
struct span win_log_utf8(struct arena *a, const char *bytes, size_t len);

void win_log_parse(struct win_log *ret, struct arena *a, struct span text);

/* The newest entry of the kind and code; 0 for any code.  NULL: none. */
const struct win_log_entry *win_log_last(
	const struct win_log *l, enum win_log_kind kind, uint32_t code);
/*
 * The newest place where an error code stands near (within WIN_LOG_NEAR lines of) an exit code, and
 * no success follows: the code's entry, and the exit's in *ret_exit.
 */
#define WIN_LOG_NEAR 40
const struct win_log_entry *win_log_pair(const struct win_log *l, uint32_t code, uint32_t exit,
	const struct win_log_entry **ret_exit);
/* Does the entry belong to the newest run, with no success behind it? */
bool win_log_is_open(const struct win_log *l, const struct win_log_entry *e);

/* A number in any notation ("-2147023170", "2147944126", "0x800706BE", "[0x800706be]"); false:
 * none.  Decimal numbers that Microsoft prints without their minus are taken as meant. */
bool hresult_parse(struct span s, uint32_t *ret);

#endif

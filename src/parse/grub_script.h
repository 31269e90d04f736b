/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The language of grub.cfg below its commands: words, quotes, comments, variables.  grub_cfg gives
 * the commands their meaning.
 *
 * One command at a time lies in the reader's own buffer; copy what shall stay.
 */
#ifndef PARSE_GRUB_SCRIPT_H
#define PARSE_GRUB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/grubenv.h"

struct grub_word {
	const char *p; /* NUL-terminated */
	size_t n;
	bool unresolved; /* holds a reference as it was written: nobody sets that variable literally
			  */
	bool runtime;    /* that variable is set by the firmware or by a running GRUB */
};

struct grub_var {
	const char *name, *value;
	bool unresolved, runtime;
};

struct grub_script {
	/* The present command, of words[]. */
	size_t n_words;
	char end; /* what ended it: '\n', ';', '{', '}' or 0 at the end of the file */
	unsigned first_line;
	struct span text; /* as written */
	bool limit;       /* something was left out so far */

	/* Private. */
	struct arena *a;
	const struct grubenv *env;
	const char *p, *stop;
	unsigned line;
	struct {
		LIST(struct grub_var);
	} vars;
	size_t expanded, used;
	bool in_word;

	/* The large ones lie last, and are not cleared. */
	struct grub_word words[CMDLINE_WORDS_MAX + 16];
	char buf[GRUB_COMMAND_MAX];
};

void grub_script_init(struct grub_script *s, struct arena *a, const char *text, size_t len,
	const struct grubenv *env);

/* Reads the next command; one without words ends in '{' or '}'.  False at the end of the file. */
bool grub_script_next(struct grub_script *s);

/* Takes a '{' that stands on a line behind the command; end tells whether there was one. */
void grub_script_take_brace(struct grub_script *s);

/* A NULL value: set to something that only a running GRUB knows. */
void grub_script_set(struct grub_script *s, struct span name, const struct grub_word *value);

/* Variables set after the mark are forgotten, those before have their old values. */
size_t grub_script_mark(const struct grub_script *s);
void grub_script_restore(struct grub_script *s, size_t mark);

#endif

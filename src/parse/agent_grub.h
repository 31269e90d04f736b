/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the published mobility agent's own installer check sees in its one GRUB file: a line-by-line
 * search that knows nothing of entries, quotes or conditions.  It is simulated because it refuses
 * machines that boot well, and accepts some that do not.
 *
 * Which file: the first that exists of /boot/grub/grub.cfg, /boot/grub2/grub.cfg and
 * /boot/grub/menu.lst; the caller chooses and resolves symlinks.
 */
#ifndef PARSE_AGENT_GRUB_H
#define PARSE_AGENT_GRUB_H

#include <stddef.h>

#include "base/arena.h"

enum agent_answer {
	AGENT_ACCEPTS,
	AGENT_REFUSES,
	AGENT_ASKS_DM, /* accepts it only if it resolves to a device-mapper linear or crypt device
			*/
};

struct agent_hit {
	const char *key;   /* "root" or "resume" */
	const char *value; /* the text behind the first key= up to a blank, quotes and all */
	enum agent_answer answer;
	unsigned line;
	const char *text;
};

struct agent_hits {
	LIST(struct agent_hit);
};

void agent_grub_check(struct agent_hits *ret, struct arena *a, const char *text, size_t len);

#endif

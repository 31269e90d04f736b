/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The check of the agent generation published in 2022.  It reads with the shell, so: a last line
 * without a newline is lost, runs of blanks count as one space, and a line is skipped when it then
 * starts with '#'.  A line is looked at when "kernel" or "linux" (in small letters, anywhere) comes
 * before KEY=/dev/ (spaces around '=' allowed); the value is what follows the first KEY= on the
 * line.
 */
#include "parse/agent_grub.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/devspec.h"
#include "parse/evidence.h"

static const char *squeeze(struct span line, char *buf)
{
	struct span word;
	size_t n = 0;

	while (next_word(&line, &word)) {
		if (n)
			buf[n++] = ' ';
		memcpy(buf + n, word.p, word.n);
		n += word.n;
	}
	buf[n] = '\0';
	return buf;
}

/* Behind the next KEY=, spaces around the sign included, or NULL; ret_at: where it starts. */
static const char *behind_key(const char *s, const char *key, const char **ret_at)
{
	while ((s = strstr(s, key))) {
		const char *p = s + strlen(key);

		p += strspn(p, " ");
		if (*p == '=') {
			*ret_at = s;
			return p + 1 + strspn(p + 1, " ");
		}
		s++;
	}
	return NULL;
}

static bool names_device(const char *s, const char *key)
{
	const char *kernel = strstr(s, "kernel"), *linux_ = strstr(s, "linux"), *at;

	if (kernel && (!linux_ || kernel < linux_))
		s = kernel + strlen("kernel");
	else if (linux_)
		s = linux_ + strlen("linux");
	else
		return false;
	while ((s = behind_key(s, key, &at))) {
		if (str_starts(s, "/dev/"))
			return true;
	}
	return false;
}

static enum agent_answer judge(struct arena *a, const char *value)
{
	static const char *const good[] = {
		"UUID", "LABEL", "/dev/disk/by-uuid/", "/dev/disk/by-label/"};
	enum devspec_class class;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (str_starts(value, good[i]))
			return AGENT_ACCEPTS;
	}
	class = devspec_parse(a, value).class;
	if (class == DEVSPEC_MAPPER || class == DEVSPEC_VG_LV || class == DEVSPEC_DM_NUMBER ||
		str_starts(value, "/dev/disk/by-id/dm-"))
		return AGENT_ASKS_DM;
	return AGENT_REFUSES;
}

static void check_key(struct agent_hits *ret, struct arena *a, const char *s, const char *key,
	struct span line, unsigned number)
{
	const char *value, *at, *stop;
	struct agent_hit *hit;
	size_t n;

	if (ret->n >= BOOT_ENTRIES_MAX || !names_device(s, key))
		return;
	value = behind_key(s, key, &at);
	n = strcspn(value, " ");
	/* The check cuts at the next KEY= as well. */
	if (behind_key(value, key, &stop) && (size_t)(stop - value) < n)
		n = (size_t)(stop - value);
	if (!n)
		return;
	hit = list_add(a, ret);
	hit->key = key;
	hit->value = arena_strndup(a, value, n);
	hit->answer = judge(a, hit->value);
	hit->line = number;
	hit->text = evidence_text(a, line);
}

void agent_grub_check(struct agent_hits *ret, struct arena *a, const char *text, size_t len)
{
	const char *last = len ? memrchr(text, '\n', len) : NULL;
	struct span rest = {text, last ? (size_t)(last + 1 - text) : 0}, line;
	char *buf = arena_alloc(a, rest.n + 1);
	unsigned number = 0;

	*ret = (struct agent_hits){0};
	while (next_line(&rest, &line, &number)) {
		const char *s = squeeze(line, buf);

		if (*s == '#')
			continue;
		check_key(ret, a, s, "root", line, number);
		check_key(ret, a, s, "resume", line, number);
	}
}

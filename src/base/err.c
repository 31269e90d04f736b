/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, int num, const char *fmt, ...)
{
	va_list ap;

	e->num = num;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return -num;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	va_list ap;
	int n;

	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	n = vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n + 2 < sizeof(e->msg)) {
		memcpy(e->msg + n, ": ", 2);
		/* What does not fit of the old sentence is cut. */
		snprintf(e->msg + n + 2, sizeof(e->msg) - (size_t)n - 2, "%.*s",
			(int)(sizeof(e->msg) - (size_t)n - 3), old);
	}
	return -e->num;
}

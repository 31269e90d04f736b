/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"

#include <stdlib.h>
#include <unistd.h>

void cleanup_free(void *pp)
{
	free(*(void **)pp);
}

void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

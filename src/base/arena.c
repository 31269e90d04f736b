/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 32768
#define ALIGN 16

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, room;
	_Alignas(ALIGN) char data[];
};

static void (*exhausted)(void) = abort;

void arena_on_exhausted(void (*handler)(void))
{
	exhausted = handler;
}

_Noreturn void arena_exhausted(void)
{
	exhausted();
	abort();
}

static struct arena_chunk *chunk_add(struct arena *a, size_t room)
{
	struct arena_chunk *c;

	if (room > ARENA_MAX - a->total)
		exhausted();
	c = calloc(1, sizeof(*c) + room);
	if (!c)
		exhausted();
	c->room = room;
	a->total += room;
	/* A chunk made for one large block goes behind the current one, which still has room. */
	if (room > CHUNK && a->chunks) {
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		c->next = a->chunks;
		a->chunks = c;
	}
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunks;
	void *p;

	if (size > ARENA_MAX)
		exhausted();
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!c || size > c->room - c->used)
		c = chunk_add(a, size > CHUNK ? size : CHUNK);
	p = c->data + c->used;
	c->used += size;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s, *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		exhausted();
	p = arena_strndup(a, s, (size_t)n);
	free(s);
	return p;
}

void arena_free(struct arena *a)
{
	struct arena_chunk *next;

	for (struct arena_chunk *c = a->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	*a = (struct arena){0};
}

void *list_grow(struct arena *a, void **at, size_t *n, size_t *room, size_t size)
{
	if (*n == *room) {
		size_t more = *room ? *room * 2 : 4;
		void *p = arena_alloc(a, more * size);

		if (*n)
			memcpy(p, *at, *n * size);
		*at = p;
		*room = more;
	}
	return (char *)*at + (*n)++ * size;
}

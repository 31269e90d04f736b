/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Every file that the code under test opens passes here, for proving that an image could not make
 * it open any other.
 */
#ifndef TESTS_LIB_OPENS_H
#define TESTS_LIB_OPENS_H

/* Forgets what was seen; from now on only files in dir, below it or itself, are expected. */
void opens_watch(const char *dir);
/* The first file that was opened elsewhere since, or NULL. */
const char *opens_outside(void);

#endif

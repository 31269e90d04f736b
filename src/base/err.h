/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * An error is a code and one sentence, set once where it happened.
 *
 * Codes: EBADMSG the image is wrong; ENOTSUP valid but not handled; E2BIG over a limit of limits.h;
 * EIO the host could not read; ENOENT not there; ENOMEM; EINVAL the caller's request makes no
 * sense. Functions return 0 or more on success and a negative code on failure; outputs named ret_
 * are untouched on failure.  The caller owns the struct; nothing in it points elsewhere.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

struct err {
	int num;
	char msg[512];
};

/* Sets code and sentence; returns -num. */
int err_set(struct err *e, int num, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "text: " before the sentence; returns the code it already had, negative. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Reading that goes wrong at the n-th time, for proving that nothing crashes, leaks or hangs.
 */
#ifndef TESTS_LIB_FAULTDEV_H
#define TESTS_LIB_FAULTDEV_H

#include "disk/blockdev.h"

enum fault {
	FAULT_FAIL,   /* EIO */
	FAULT_GARBLE, /* success, with other bytes than asked for */
};

/*
 * A device over another, which is borrowed.  The n-th read (counted from 1) goes wrong, and all
 * after it if "on" is set; n == 0: none does.
 */
struct faultdev {
	struct blockdev dev;
	struct blockdev *below;
	enum fault fault;
	unsigned n;
	bool on;
	unsigned reads; /* so far */
};
void faultdev_init(struct faultdev *f, struct blockdev *below, enum fault fault, unsigned n);

/*
 * The same for reads of host files: every pread() of the test program passes here.  n as above;
 * faultdev_host_reads() is how many there were since.
 */
void faultdev_host(enum fault fault, unsigned n);
unsigned faultdev_host_reads(void);

#endif

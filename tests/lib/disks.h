/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What the tests of the image formats share.
 */
#ifndef TESTS_LIB_DISKS_H
#define TESTS_LIB_DISKS_H

#include "tests/lib/testing.h"

/* A raw disk with pieces of noise between holes, made once; returns its path. */
const char *disks_source(unsigned mebibytes);

/* The sha256 by qemu-img of an image in the given format of qemu's. */
const char *disks_qemu_sha256(const char *path, const char *qemu_format);
/* Ours; fails the test if it cannot be had.  format may be NULL. */
const char *disks_sha256(const char *path, const char *format);
/* Are both the same, and size, times and bytes of the file as before? */
void disks_same_as_qemu(const char *path, const char *format, const char *qemu_format);

/* Opening must fail with this code and a sentence that holds the words. */
void disks_refused(const char *path, const char *format, int num, const char *words);

/* Opens and hashes with the n-th host read failing or garbled, for every n. */
void disks_survive_faults(const char *path);

/* A corpus image against what its expect.json says. */
void disks_as_corpus_expects(const char *name, const char *format);

/* Makes the checksum of a VHD footer or header right again after a change. */
void disks_reseal_vhd(uint8_t *p, size_t n, size_t checksum_at);

#endif

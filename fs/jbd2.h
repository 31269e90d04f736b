/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The journal of ext3 and ext4: which blocks it holds newer copies of.
 *
 * A journal is a ring of blocks.  What was committed and is perhaps not yet in its place stands in
 * it as transactions: descriptor blocks, which name the blocks that follow them, revoke blocks,
 * which name blocks whose older copies no longer count, and a commit block.  jbd2_scan() reads that
 * part of the ring once, in order, and gives for each block where its newest copy that counts lies.
 * It decides as the kernel's recovery does: what is whole counts, an unfinished last transaction
 * does not.  No data is kept, only where it lies.
 */
#ifndef FS_JBD2_H
#define FS_JBD2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "disk/blockdev.h"

/* Blocks are those of the journal, which are the filesystem's. */
struct jbd2_place {
	struct blockdev *dev; /* borrowed */
	uint32_t block_size;
	uint32_t blocks; /* that the journal has room for */
	uint32_t super;  /* which of them is its superblock */
	/* Where a block of the journal lies on dev, and how many follow it there, at least one. */
	int (*map)(
		void *ctx, uint32_t block, uint64_t *ret_start, uint32_t *ret_count, struct err *e);
	void *ctx;
};

#define JBD2_ESCAPED (1ULL << 63)
#define JBD2_MAGIC 0xc03b3998U

/* at is the block of the journal's device where the copy of a block lies.  With JBD2_ESCAPED set,
 * the first four bytes of the copy are to be JBD2_MAGIC, big-endian. */
struct jbd2_copy {
	uint64_t block, at;
};

struct jbd2_log {
	struct jbd2_copy *copies; /* by block, each once; from malloc */
	size_t n;
	uint32_t transactions; /* that are whole */
	bool fast_commits;     /* there are newer changes, in a form that is not read */
	bool failed;           /* the filesystem recorded an error in its journal */
	/* A sentence where the kernel replays the copies and then refuses to mount; else NULL. */
	const char *damage;
};

/*
 * A copy of a block at or past end is damage.  EBADMSG: the kernel would replay nothing, and refuse
 * to mount; ENOTSUP, E2BIG.
 */
int jbd2_scan(const struct jbd2_place *place, uint64_t end, struct jbd2_log *ret, struct err *e);

#endif

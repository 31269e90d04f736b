#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkpieces.py IMAGE >SEED: an XFS image as an input of xfs_fuzz, which xfs_pieces.h describes.

Of the copies of the superblock and of data blocks nothing is kept that is not needed.
"""
import struct
import sys

SECTOR = 512


def main():
    with open(sys.argv[1], "rb") as f:
        image = f.read()
    block, = struct.unpack_from(">I", image, 4)
    pieces, run = [], None
    for at in range(0, len(image), block):
        data = image[at:at + block]
        if not any(data) or at and data.startswith(b"XFSB") and not any(data[SECTOR:]):
            run = None
        elif run is None:
            run = [at, data]
            pieces.append(run)
        else:
            run[1] += data
    for at, data in pieces:
        sys.stdout.buffer.write(struct.pack(">II", len(data), at // SECTOR) + data)


if __name__ == "__main__":
    main()

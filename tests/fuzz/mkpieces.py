#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkpieces.py IMAGE >SEED: an XFS or Btrfs image as an input of their fuzz targets (pieces.h).

Of the copies of the superblock nothing is kept, of the log of an XFS only its beginning, no inode
that is not in use, and of a Btrfs no block that belonged to a tree once.
"""
import re
import struct
import subprocess
import sys

SECTOR = 512
LOG_KEPT = 8192


def xfs_log(image, block):
    """The bytes of the log that are left out."""
    start, = struct.unpack_from(">Q", image, 48)
    group, blocks = struct.unpack_from(">I", image, 84)[0], struct.unpack_from(">I", image, 96)[0]
    shift = image[124]
    at = ((start >> shift) * group + (start & (1 << shift) - 1)) * block
    return range(at + LOG_KEPT, at + blocks * block)


def forget_free_inodes(image):
    size, = struct.unpack_from(">H", image, 104)
    for at in range(0, len(image), size):
        if image[at:at + 4] == b"IN\0\0":
            image[at:at + size] = bytes(size)


def is_stale(image, data, used):
    """Is it a block of a tree of Btrfs that no tree has now?"""
    fsid, address = data[32:48], struct.unpack_from("<Q", data, 48)[0]
    return used and fsid == image[65568:65584] and address not in used and address != 65536


def blocks_of_trees(path):
    says = subprocess.run(["btrfs", "inspect-internal", "dump-tree", path], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    return {int(n) for n in re.findall(r"^(?:leaf|node) (\d+)", says, re.M)}


def main():
    with open(sys.argv[1], "rb") as f:
        image = bytearray(f.read())
    if image.startswith(b"XFSB"):
        forget_free_inodes(image)
    block, = struct.unpack_from(">I", image, 4) if image.startswith(b"XFSB") else (4096,)
    log = xfs_log(image, block) if image.startswith(b"XFSB") else range(0)
    used = blocks_of_trees(sys.argv[1]) if not image.startswith(b"XFSB") else set()
    pieces, run = [], None
    for at in range(0, len(image), block):
        data = image[at:at + block]
        copy = at and data.startswith(b"XFSB") and not any(data[SECTOR:])
        if at in log or copy or not any(data) or is_stale(image, data, used):
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

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkntfspieces.py IMAGE >SEED: an NTFS image, as mkntfs makes one, as an input of ntfs_fuzz.

Of the filesystem's own files only those are kept that are read, and not $UpCase: without it the
library's own table is used.
"""
import struct
import sys

SECTOR = 512
FIRST_UNREAD, FIRST_USER = 7, 64 # MFT records


def main():
    with open(sys.argv[1], "rb") as f:
        image = bytearray(f.read())
    table = image.find(struct.pack("<32H", *range(32)))
    image[table:table + 131072] = bytes(131072)
    sector, = struct.unpack_from("<H", image, 0x0b)
    mft = struct.unpack_from("<Q", image, 0x30)[0] * sector * image[0x0d]
    mirror = struct.unpack_from("<Q", image, 0x38)[0] * sector * image[0x0d]
    size = max(1024, sector)
    for place in list(range(mft + FIRST_UNREAD * size, mft + FIRST_USER * size, size)) + [
            mirror, mirror + size, mirror + 2 * size, mirror + 3 * size]:
        image[place:place + size] = bytes(size)
    image[-SECTOR:] = bytes(SECTOR)
    pieces, run = [], None
    for at in range(0, len(image), SECTOR):
        data = image[at:at + SECTOR]
        if not any(data) or data == b"\xff" * SECTOR:
            run = None
        elif run is None:
            run = [at, bytes(data)]
            pieces.append(run)
        else:
            run[1] += data
    for at, data in pieces:
        sys.stdout.buffer.write(struct.pack(">II", len(data), at // SECTOR) + data)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds for the fuzz targets of volumes, from images of fixtures/images.

mkvolumes.py md MEMBER... >SEED      their superblocks, for md_fuzz
mkvolumes.py text PV >SEED           the newest text of a physical volume, for lvm_group_fuzz
mkvolumes.py tree PV LV BLOCKS >SEED the first blocks of a metadata volume that is in one piece, for
                                     dm_btree_fuzz
"""
import re
import struct
import sys

NOBODY = "-".join("0" * n for n in (6, 4, 4, 4, 4, 4, 6))
SUPER, MAGIC = 4096, 0xA92B4EFC


def md(*members):
    for path in members:
        with open(path, "rb") as f:
            image = f.read()
        sectors = len(image) // 512
        for at in (0, 8, (sectors - 16) & ~7, (sectors & ~127) - 128):
            block = image[at * 512:at * 512 + SUPER]
            if len(block) == SUPER and struct.unpack_from("<I", block)[0] == MAGIC:
                yield block


def newest_text(image):
    off, size = struct.unpack_from("<QQ", image, 4096 + 40)
    return image[4096 + off:4096 + off + size].rstrip(b"\0").decode()


def text(path):
    with open(path, "rb") as f:
        found = newest_text(f.read(1 << 20))
    # The first physical volume is the one that lvm_group_fuzz has.
    yield re.sub(r'(physical_volumes \{\s*pv0 \{\s*id = ")[^"]*', r"\g<1>" + NOBODY, found).encode()


def tree(path, lv, blocks):
    with open(path, "rb") as f:
        image = f.read()
    found = newest_text(image)
    extent = int(re.search(r"extent_size = (\d+)", found)[1]) * 512
    start = int(re.search(r"pe_start = (\d+)", found)[1]) * 512
    section = found[found.index(f"\n{lv} {{"):]
    at = int(re.search(r'stripes = \[\s*"pv\d+", (\d+)', section)[1]) * extent + start
    yield image[at:at + int(blocks) * 4096]


def main():
    for piece in {"md": md, "text": text, "tree": tree}[sys.argv[1]](*sys.argv[2:]):
        sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main()

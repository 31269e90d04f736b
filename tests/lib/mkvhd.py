#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkvhd.py [OPTION=VALUE...] CHILD PARENT RAW WRITE... [-- [OPTION=VALUE...] CHILD ...]...
#
# CHILD, a differencing VHD of the VHD PARENT, by Microsoft's "Virtual Hard Disk Image Format
# Specification"; no tool that runs here writes one.  WRITE is SECTOR+COUNT=BYTE: sectors of the
# child filled with a byte.  The same is written into the file RAW, a copy of the parent's contents,
# which so is what the child must read as.
#   own=NAME     the parent's name in the header (default: PARENT)
#   CODE=NAME    a parent locator, such as W2ru=.\parent.vhd
#   time=SECONDS when the parent was changed, since 1970
#   id=HEX       the parent's unique id, if not what PARENT says
import re
import struct
import sys

SECTOR = 512
BLOCK = 2 << 20
BITMAP = BLOCK // SECTOR // 8


def seal(data, at):
    data[at:at + 4] = bytes(4)
    data[at:at + 4] = struct.pack('>I', ~sum(data) & 0xffffffff)
    return bytes(data)


def locators(options, at):
    """The eight entries of the header, and the text they point at, which begins at that byte."""
    entries, text = b'', b''
    for code, name in options.items():
        data = name.encode('utf-16-le' if code.startswith('W2') else 'utf-8')
        entries += struct.pack('>4sIIIQ', code.encode(), SECTOR, len(data), 0, at + len(text))
        text += data.ljust(SECTOR, b'\0')
    return entries.ljust(8 * 24, b'\0'), text


def blocks_of(writes):
    blocks = {}
    for write in writes:
        start, count, byte = map(int, re.split('[+=]', write))
        for sector in range(start, start + count):
            bitmap, data = blocks.setdefault(sector * SECTOR // BLOCK,
                                             (bytearray(BITMAP), bytearray(BLOCK)))
            i = sector % (BLOCK // SECTOR)
            bitmap[i // 8] |= 0x80 >> i % 8
            data[i * SECTOR:(i + 1) * SECTOR] = bytes([byte]) * SECTOR
    return blocks


def apply(raw, writes):
    with open(raw, 'r+b') as out:
        for write in writes:
            start, count, byte = map(int, re.split('[+=]', write))
            out.seek(start * SECTOR)
            out.write(bytes([byte]) * (count * SECTOR))


def make(args):
    options = dict(a.split('=', 1) for a in args if re.match(r'[A-Za-z]\w*=', a))
    child, parent, raw, *writes = (a for a in args if not re.match(r'[A-Za-z]\w*=', a))
    with open(parent, 'rb') as f:
        f.seek(-SECTOR, 2)
        footer = bytearray(f.read())
    parent_id = bytes.fromhex(options.pop('id', footer[68:84].hex()))
    own = options.pop('own', parent)
    time = int(options.pop('time', 946684800)) - 946684800
    count = -(-struct.unpack('>Q', footer[48:56])[0] // BLOCK)

    footer[16:24] = struct.pack('>Q', SECTOR)
    footer[60:64] = struct.pack('>I', 4)
    footer[68:84] = bytes((b + 1) % 256 for b in parent_id)
    footer = seal(footer, 64)
    table_at = SECTOR + 1024
    names_at = table_at + -(-count * 4 // SECTOR) * SECTOR
    entries, names = locators(options, names_at)
    header = seal(bytearray((
        struct.pack('>8sQQIIII16sII', b'cxsparse', 2**64 - 1, table_at, 0x10000, count, BLOCK,
                    0, parent_id, time, 0)
        + own.encode('utf-16-be').ljust(512, b'\0') + entries).ljust(1024, b'\0')), 36)
    table, data, at = [0xffffffff] * count, b'', (names_at + len(names)) // SECTOR
    for number, (bitmap, block) in sorted(blocks_of(writes).items(), reverse=True):
        table[number] = at + len(data) // SECTOR
        data += bitmap + block
    packed = b''.join(struct.pack('>I', t) for t in table).ljust(names_at - table_at, b'\xff')
    with open(child, 'wb') as out:
        out.write(footer + header + packed + names + data + footer)
    apply(raw, writes)


def main():
    images = [[]]
    for arg in sys.argv[1:]:
        if arg == '--':
            images.append([])
        else:
            images[-1].append(arg)
    for image in images:
        make(image)


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkvmdk.py KIND NAME SECTORS PARENT CID WRITE...
#
# NAME.vmdk and its data, as ESX makes them for a snapshot of PARENT (whose CID is given; "" and
# ffffffff: of nothing).  No other tool writes these; KIND is
#   cowd      NAME-delta.vmdk, by the COWD disk header of VMware's "Virtual Disk Format"
#   sesparse  NAME-sesparse.vmdk, by the layout that qemu's block/vmdk.c reads
# WRITE is SECTOR+COUNT=BYTE: sectors filled with a byte ("z": a grain of zeros, "u": one the guest
# unmapped; seSparse only).  qemu-img reads both kinds and is the judge of them.
import struct
import sys

SECTOR = 512


def grains_of(writes, per_grain, sectors):
    """Grain number -> its bytes, or the letter of a kind without any."""
    grains = {}
    for write in writes:
        where, what = write.split('=')
        start, count = map(int, where.split('+'))
        assert start % per_grain == 0 and count % per_grain == 0 and start + count <= sectors
        for grain in range(start // per_grain, (start + count) // per_grain):
            grains[grain] = what if what in 'zu' else bytes([int(what)]) * SECTOR * per_grain
    return grains


def put(out, sector, data):
    out.seek(sector * SECTOR)
    out.write(data)


def cowd(name, sectors, parent, writes):
    grains = grains_of(writes, 1, sectors)
    tables = -(-sectors // 4096)
    directory = [0] * tables
    free = 4 + -(-tables * 4 // SECTOR)
    with open(name + '-delta.vmdk', 'wb') as out:
        for t in sorted({g // 4096 for g in grains}):
            directory[t], entries, free = free, [0] * 4096, free + 32
            for g in (g for g in sorted(grains) if g // 4096 == t):
                put(out, free, grains[g])
                entries[g % 4096], free = free, free + 1
            put(out, directory[t], struct.pack('<4096I', *entries))
        put(out, 4, struct.pack('<%dI' % tables, *directory))
        header = struct.pack('<4s7I', b'COWD', 1, 3, sectors, 1, 4, tables, free)
        put(out, 0, (header + parent.encode()).ljust(2048, b'\0'))
        out.truncate(free * SECTOR)
    return 'VMFSSPARSE', name + '-delta.vmdk'


def sesparse(name, sectors, parent, writes):
    grains = grains_of(writes, 8, sectors)
    tables = -(-sectors // (8 * 4096))
    directory_at, directory_sectors = 4096, -(-tables * 8 // SECTOR)
    tables_at = directory_at + directory_sectors
    grains_at = tables_at + tables * 64
    directory, number = [0] * tables, 0
    with open(name + '-sesparse.vmdk', 'wb') as out:
        for n, t in enumerate(sorted({g // 4096 for g in grains}, reverse=True)):
            directory[t], entries = 1 << 60 | n, [0] * 4096
            for g in (g for g in sorted(grains) if g // 4096 == t):
                if grains[g] in ('z', 'u'):
                    entries[g % 4096] = (2 if grains[g] == 'z' else 1) << 60
                    continue
                put(out, grains_at + number * 8, grains[g])
                entries[g % 4096] = 3 << 60 | (number & 0xfff) << 48 | number >> 12
                number += 1
            put(out, tables_at + n * 64, struct.pack('<4096Q', *entries))
        put(out, directory_at, struct.pack('<%dQ' % tables, *directory))
        end = grains_at + number * 8
        header = struct.pack('<26Q', 0xcafebabe, 0x200000001, sectors, 8, 64, 0, 0, 0, 0, 0,
                             1, 1, 2, 2, 2048, 2048, directory_at, directory_sectors,
                             tables_at, tables * 64, 3, 1, 2, 1, grains_at, end - grains_at)
        put(out, 0, header.ljust(SECTOR, b'\0'))
        put(out, 1, struct.pack('<4Q', 0xcafecafe, 0, 1, 0).ljust(SECTOR, b'\0'))
        out.truncate(end * SECTOR)
    return 'SESPARSE', name + '-sesparse.vmdk'


def main():
    kind, name, sectors, parent, cid = sys.argv[1:6]
    extent, data = {'cowd': cowd, 'sesparse': sesparse}[kind](
        name, int(sectors), parent, sys.argv[6:])
    with open(name + '.vmdk', 'w') as out:
        out.write('# Disk DescriptorFile\nversion=1\nCID=%08x\nparentCID=%s\n'
                  'createType="%s"\n' % (sum(map(ord, name)), cid,
                                         'vmfsSparse' if kind == 'cowd' else 'seSparse'))
        if parent:
            out.write('parentFileNameHint="%s"\n' % parent)
        out.write('# Extent description\nRW %s %s "%s"\n\nddb.adapterType = "lsilogic"\n' % (
            sectors, extent, data))


main()

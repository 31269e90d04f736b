#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkvmdk.py KIND NAME SECTORS PARENT WRITE... [-- KIND NAME ...]...
#
# NAME.vmdk and its data, as ESX makes them for a snapshot of PARENT.  No other tool writes these;
# KIND is
#   cowd      NAME-delta.vmdk, by the COWD disk header of VMware's "Virtual Disk Format"
#   sesparse  NAME-sesparse.vmdk, by the layout that qemu's block/vmdk.c reads
# WRITE is SECTOR+COUNT=BYTE: sectors filled with a byte ("z": a grain of zeros, "u": one the guest
# unmapped; seSparse only).  qemu-img reads both kinds and is the judge of them.
import io
import re
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


class Image(io.BytesIO):
    """A file that is written in one go when it is complete."""

    def put(self, sector, data):
        self.seek(sector * SECTOR)
        self.write(data)

    def save(self, path, sectors):
        with open(path, 'wb') as out:
            out.write(self.getvalue().ljust(sectors * SECTOR, b'\0'))


def cowd(name, sectors, parent, writes):
    grains = grains_of(writes, 1, sectors)
    tables = -(-sectors // 4096)
    directory = [0] * tables
    free = 4 + -(-tables * 4 // SECTOR)
    out = Image()
    for t in sorted({g // 4096 for g in grains}):
        directory[t], entries, free = free, [0] * 4096, free + 32
        for g in (g for g in sorted(grains) if g // 4096 == t):
            out.put(free, grains[g])
            entries[g % 4096], free = free, free + 1
        out.put(directory[t], struct.pack('<4096I', *entries))
    out.put(4, struct.pack('<%dI' % tables, *directory))
    header = struct.pack('<4s7I', b'COWD', 1, 3, sectors, 1, 4, tables, free)
    out.put(0, (header + parent.encode()).ljust(2048, b'\0'))
    out.save(name + '-delta.vmdk', free)
    return 'VMFSSPARSE', name + '-delta.vmdk'


def sesparse(name, sectors, parent, writes):
    grains = grains_of(writes, 8, sectors)
    tables = -(-sectors // (8 * 4096))
    directory_at, directory_sectors = 4096, -(-tables * 8 // SECTOR)
    tables_at = directory_at + directory_sectors
    grains_at = tables_at + tables * 64
    directory, number = [0] * tables, 0
    out = Image()
    for n, t in enumerate(sorted({g // 4096 for g in grains}, reverse=True)):
        directory[t], entries = 1 << 60 | n, [0] * 4096
        for g in (g for g in sorted(grains) if g // 4096 == t):
            if grains[g] in ('z', 'u'):
                entries[g % 4096] = (2 if grains[g] == 'z' else 1) << 60
                continue
            out.put(grains_at + number * 8, grains[g])
            entries[g % 4096] = 3 << 60 | (number & 0xfff) << 48 | number >> 12
            number += 1
        out.put(tables_at + n * 64, struct.pack('<4096Q', *entries))
    out.put(directory_at, struct.pack('<%dQ' % tables, *directory))
    end = grains_at + number * 8
    header = struct.pack('<26Q', 0xcafebabe, 0x200000001, sectors, 8, 64, 0, 0, 0, 0, 0,
                         1, 1, 2, 2, 2048, 2048, directory_at, directory_sectors,
                         tables_at, tables * 64, 3, 1, 2, 1, grains_at, end - grains_at)
    out.put(0, header.ljust(SECTOR, b'\0'))
    out.put(1, struct.pack('<4Q', 0xcafecafe, 0, 1, 0).ljust(SECTOR, b'\0'))
    out.save(name + '-sesparse.vmdk', end)
    return 'SESPARSE', name + '-sesparse.vmdk'


def cid_of(path):
    with open(path, 'rb') as f:
        return re.search(rb'^CID=(\w+)', f.read(65536), re.M)[1].decode()


def make(kind, name, sectors, parent, *writes):
    extent, data = {'cowd': cowd, 'sesparse': sesparse}[kind](name, int(sectors), parent, writes)
    with open(name + '.vmdk', 'w') as out:
        out.write('# Disk DescriptorFile\nversion=1\nCID=%08x\nparentCID=%s\n'
                  'createType="%s"\nparentFileNameHint="%s"\n'
                  '# Extent description\nRW %s %s "%s"\n\nddb.adapterType = "lsilogic"\n' % (
                      sum(map(ord, name)), cid_of(parent),
                      'vmfsSparse' if kind == 'cowd' else 'seSparse', parent,
                      sectors, extent, data))


def main():
    images = [[]]
    for arg in sys.argv[1:]:
        if arg == '--':
            images.append([])
        else:
            images[-1].append(arg)
    for image in images:
        make(*image)


main()

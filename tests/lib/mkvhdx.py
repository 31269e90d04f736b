#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkvhdx.py KIND DIRECTORY: VHDX images that no tool at hand makes, and what is in them.

They are written from [MS-VHDX] alone, by no code of the program's.  For each image NAME.vhdx the
truth is NAME.raw, which is made of the same blocks without any VHDX between; a block of the disk of
64 TiB holds its own number over and over.  Where qemu reads an image of the kind (all but
differencing ones and those with sectors of 4096 bytes; one with a log after "qemu-img check -r
all"), the tests compare with qemu as well, which vouches for the writer.
"""
import os
import random
import struct
import sys
import uuid

MIB = 1 << 20
NOT_PRESENT, UNDEFINED, ZERO, UNMAPPED, FULL, PARTIAL = 0, 1, 2, 3, 6, 7
BAT = uuid.UUID("2DC27766-F623-4200-9D64-115E9BFD4A08")
METADATA = uuid.UUID("8B7CA206-4790-4B9A-B8FE-575F050F886E")
FILE_PARAMETERS = uuid.UUID("CAA16737-FA36-4D43-B3B6-33F0AA44E76B")
DISK_SIZE = uuid.UUID("2FA54224-CD1B-4876-B211-5DBED83BF4B8")
DISK_ID = uuid.UUID("BECA12AB-B2E6-4523-93EF-C309E000C746")
LOGICAL = uuid.UUID("8141BF1D-A96F-4709-BA47-F233A8FAAB5F")
PHYSICAL = uuid.UUID("CDA348C7-445D-4471-9CC9-E9885251C556")
LOCATOR = uuid.UUID("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C")
VHDX_LOCATOR = uuid.UUID("B04AEFB7-D19E-4A81-B789-25B8E9445913")
LOG_GUID = uuid.UUID("11111111-2222-3333-4444-555555555555")
NO_GUID = uuid.UUID(int=0)
RAW_MAX = 1 << 40
LOG_AT, METADATA_AT, BAT_AT = MIB, 2 * MIB, 3 * MIB

rng = random.Random(3)


def crc_table():
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
        yield i


TABLE = list(crc_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def sealed(data):
    """With its checksum, which stands behind the signature of four bytes."""
    data = data[:4] + bytes(4) + data[8:]
    return data[:4] + struct.pack("<I", crc32c(data)) + data[8:]


def header(number, data_guid, log_guid):
    h = b"head" + bytes(4) + struct.pack("<Q", number) + uuid.uuid4().bytes_le
    h += data_guid.bytes_le + log_guid.bytes_le + struct.pack("<HHIQ", 0, 1, MIB, LOG_AT)
    return sealed(h.ljust(4096, b"\0"))


def region_table(bat_len, extra=b""):
    entries = BAT.bytes_le + struct.pack("<QII", BAT_AT, bat_len, 1)
    entries += METADATA.bytes_le + struct.pack("<QII", METADATA_AT, MIB, 1) + extra
    t = b"regi" + bytes(4) + struct.pack("<II", len(entries) // 32, 0) + entries
    return sealed(t.ljust(65536, b"\0"))


def locator(pairs):
    heads, texts, at = b"", b"", 20 + 12 * len(pairs)
    for key, value in pairs.items():
        key, value = key.encode("utf-16-le"), value.encode("utf-16-le")
        heads += struct.pack("<IIHH", at, at + len(key), len(key), len(value))
        texts += key + value
        at += len(key) + len(value)
    return VHDX_LOCATOR.bytes_le + struct.pack("<HH", 0, len(pairs)) + heads + texts


def metadata(items):
    """items: (guid, data, flags)"""
    table, data = b"", b""
    for guid, value, flags in items:
        table += guid.bytes_le + struct.pack("<IIII", 65536 + len(data), len(value), flags, 0)
        data += value.ljust(-(-len(value) // 8) * 8, b"\0")
    head = b"metadata" + struct.pack("<HH", 0, len(items)) + bytes(20) + table
    return head.ljust(65536, b"\0") + data


class Image:
    def __init__(self, path, size, block=MIB, sector=512, parent=None, fixed=False):
        self.path, self.size, self.block, self.sector = path, size, block, sector
        self.parent, self.fixed = parent, fixed
        self.guid = uuid.UUID(int=rng.getrandbits(128))
        self.ratio = (1 << 23) * sector // block
        self.blocks = -(-size // block)
        chunks = -(-self.blocks // self.ratio)
        entries = chunks * (self.ratio + 1) if parent else \
            self.blocks + (self.blocks - 1) // self.ratio
        self.bat_len = -(-entries * 8 // MIB) * MIB
        self.end = BAT_AT + self.bat_len
        self.bat, self.bitmaps = {}, {}
        self.written = set()  # pieces of 1 MiB of the truth that are not all zeros
        self.file = open(path, "w+b")
        self.raw = None
        if size <= RAW_MAX:
            self.raw = open(os.path.splitext(path)[0] + ".raw", "w+b")
            self.raw.truncate(size)

    def put(self, at, data):
        self.file.seek(at)
        self.file.write(data)

    def place(self, n):
        at = self.end
        self.end += -(-n // MIB) * MIB
        self.file.truncate(self.end)
        return at

    def set(self, index, state, at=0):
        self.bat[index + index // self.ratio] = at | state

    def put_raw(self, off, data):
        if self.raw:
            self.written.update(range(off // MIB * MIB, off + len(data), MIB))
            self.raw.seek(off)
            self.raw.write(data[:max(0, self.size - off)])

    def full(self, index, data=None):
        data = data or rng.randbytes(self.block)
        at = self.place(self.block)
        self.put(at, data)
        self.set(index, FULL, at)
        self.put_raw(index * self.block, data)

    def empty(self, index, state):
        """A block that is there as zeros, whatever the parent has."""
        self.set(index, state)
        self.put_raw(index * self.block, bytes(self.block))

    def partial(self, index, sectors):
        """The ranges of sectors of the block are here, the others with the parent."""
        at = self.place(self.block)
        self.put(at, b"\xee" * self.block)
        self.set(index, PARTIAL, at)
        chunk = index // self.ratio
        if chunk not in self.bitmaps:
            self.bitmaps[chunk] = (self.place(MIB), bytearray(MIB))
            self.bat[(chunk + 1) * self.ratio + chunk] = self.bitmaps[chunk][0] | FULL
        first = index % self.ratio * (self.block // self.sector)
        for a, b in sectors:
            data = rng.randbytes((b - a) * self.sector)
            self.put(at + a * self.sector, data)
            self.put_raw(index * self.block + a * self.sector, data)
            for i in range(first + a, first + b):
                self.bitmaps[chunk][1][i // 8] |= 1 << i % 8

    def from_parent(self):
        """The truth begins as the parent's, as far as that goes."""
        for off in sorted(self.parent[0].written):
            self.parent[0].raw.seek(off)
            self.put_raw(off, self.parent[0].raw.read(MIB))

    def items(self):
        flags = (1 if self.fixed else 0) | (2 if self.parent else 0)
        items = [(FILE_PARAMETERS, struct.pack("<II", self.block, flags), 4),
                 (DISK_SIZE, struct.pack("<Q", self.size), 6),
                 (DISK_ID, uuid.uuid4().bytes_le, 6),
                 (LOGICAL, struct.pack("<I", self.sector), 6),
                 (PHYSICAL, struct.pack("<I", 4096), 6)]
        if self.parent:
            pairs = {"parent_linkage": "{%s}" % self.parent[0].guid, **self.parent[1]}
            items.append((LOCATOR, locator(pairs), 4))
        return items

    def close(self, extra_items=(), extra_regions=b"", log_guid=NO_GUID):
        self.file.truncate(self.end)
        self.put(0, b"vhdxfile" + "a test".encode("utf-16-le"))
        self.put(64 * 1024, header(7, self.guid, log_guid))
        self.put(128 * 1024, header(6, uuid.uuid4(), NO_GUID))
        for at in (192, 256):
            self.put(at * 1024, region_table(self.bat_len, extra_regions))
        self.put(METADATA_AT, metadata(self.items() + list(extra_items)))
        for index, entry in self.bat.items():
            self.put(BAT_AT + index * 8, struct.pack("<Q", entry))
        for at, bits in self.bitmaps.values():
            self.put(at, bits)
        self.file.flush()
        if self.raw:
            self.raw.flush()


def log_entry(number, tail, changes, flushed, last, guid=LOG_GUID):
    """changes: (file offset, 4096 bytes) or (file offset, how many zeros)"""
    descriptors, sectors = b"", b""
    for off, what in changes:
        if isinstance(what, int):
            descriptors += b"zero" + bytes(4) + struct.pack("<QQQ", what, off, number)
        else:
            descriptors += b"desc" + what[-4:] + what[:8] + struct.pack("<QQ", off, number)
            sectors += b"data" + struct.pack("<I", number >> 32) + what[8:-4]
            sectors += struct.pack("<I", number & 0xFFFFFFFF)
    head = 64 + len(descriptors)
    padded = -(-head // 4096) * 4096
    h = b"loge" + bytes(4) + struct.pack("<IIQII", padded + len(sectors), tail, number,
                                         len(changes), 0)
    h += guid.bytes_le + struct.pack("<QQ", flushed, last)
    return sealed((h + descriptors).ljust(padded, b"\0") + sectors)


def differencing(d):
    """A parent with everything, a child that has some of it anew, and a child of that."""
    parent = Image(f"{d}/parent.vhdx", 20 * MIB)
    for i in range(12):
        parent.full(i)
    parent.close()
    child = Image(f"{d}/child.vhdx", 24 * MIB, block=2 * MIB, parent=(parent, {
        "relative_path": ".\\parent.vhdx", "absolute_win32_path": "C:\\vm\\parent.vhdx"}))
    child.from_parent()
    child.full(0)
    child.empty(1, ZERO)
    child.partial(2, [(0, 1), (7, 9), (1000, 3000), (4095, 4096)])
    child.empty(3, UNMAPPED)
    child.partial(5, [(1, 4095)])
    child.partial(10, [(8, 16)])
    child.full(11)
    child.close()
    grandchild = Image(f"{d}/grandchild.avhdx", 24 * MIB, parent=(child, {
        "volume_path": "\\\\?\\Volume{26A21BDA-A627-11D7-9931-806E6F6E6963}\\vm\\child.vhdx",
        "relative_path": "..\\gone\\child.vhdx"}))
    grandchild.from_parent()
    grandchild.partial(0, [(3, 5)])
    grandchild.partial(7, [(0, 2048)])
    grandchild.full(9)
    grandchild.close()


def chain(d):
    """A disk and 32 snapshots, each with a sector of its own."""
    image = Image(f"{d}/c0.vhdx", 4 * MIB)
    image.full(0)
    image.close()
    for i in range(1, 33):
        image = Image(f"{d}/c{i}.vhdx", 4 * MIB, parent=(image, {
            "relative_path": f".\\c{i - 1}.vhdx"}))
        image.from_parent()
        image.partial(0, [(i, i + 1)])
        image.close()


def sectors4096(d):
    """Sectors of 4096 bytes: a bit of a bitmap is one of these, and a chunk is 32 GiB."""
    parent = Image(f"{d}/parent4k.vhdx", 33 << 30, block=2 * MIB, sector=4096)
    for i in (0, 1, 16383, 16384, 16500):
        parent.full(i)
    parent.close()
    child = Image(f"{d}/child4k.vhdx", 33 << 30, block=MIB, sector=4096, parent=(parent, {
        "relative_path": "parent4k.vhdx"}))
    child.from_parent()
    child.partial(1, [(0, 1), (100, 200)])
    child.full(32767)
    child.partial(32768, [(5, 6), (255, 256)])
    child.empty(33000, ZERO)
    child.close()


def large(d):
    """Two chunks of 4 GiB and a bit, and more than 2 TiB."""
    chunks = Image(f"{d}/chunks.vhdx", (8 << 30) + 3 * MIB)
    for i in (0, 4095, 4096, 8191, 8192, 8194):
        chunks.full(i)
    chunks.close()
    huge = Image(f"{d}/huge.vhdx", 64 << 40)
    for i in (0, 4096, (2 << 20) + 5, (64 << 20) - 1):
        huge.full(i, struct.pack("<Q", i) * (MIB // 8))
    huge.close()


def logged(d):
    """What the file lacks is in its log, of which a part is old and a part was not finished."""
    image = Image(f"{d}/logged.vhdx", 40 * MIB)
    for i in (1, 5, 6, 30, 39):
        image.full(i)
    image.close(log_guid=LOG_GUID)
    size = image.end

    def sector(at):
        image.file.seek(at)
        return image.file.read(4096)

    bat, meta, items = sector(BAT_AT), sector(METADATA_AT), sector(METADATA_AT + 65536)
    wrong = b"\xcc" * 4096
    entries = [
        # Replayed in turn: wrong things first, then zeros over a part, then the right ones.
        (11, [(BAT_AT, wrong), (METADATA_AT, wrong), (METADATA_AT + 65536, wrong)]),
        (12, [(BAT_AT, 8192), (METADATA_AT, 65536)]),
        (13, [(METADATA_AT, meta), (METADATA_AT + 65536, wrong)]),
        (14, [(METADATA_AT + 65536, items), (BAT_AT, bat)]),
    ]
    ring = bytearray(MIB)
    # Goes round the end of the ring: the first entry has three sectors and the header.
    at = tail = MIB - 8192
    for number, changes in entries:
        entry = log_entry(number, tail, changes, size, size)
        for i, byte in enumerate(entry):
            ring[(at + i) % MIB] = byte
        at = (at + len(entry)) % MIB
    torn = log_entry(15, tail, [(BAT_AT, wrong)], size, size)
    ring[at:at + len(torn)] = torn[:-1] + b"x"
    old = log_entry(9, 65536, [(METADATA_AT, wrong)], size, size)
    ring[65536:65536 + len(old)] = old
    other = log_entry(99, 131072, [(METADATA_AT, wrong)], size, size, uuid.uuid4())
    ring[131072:131072 + len(other)] = other
    image.put(LOG_AT, ring)
    for at in (BAT_AT, BAT_AT + 4096, METADATA_AT, METADATA_AT + 65536):
        image.put(at, b"\xdd" * 4096)


def shortened(d):
    """The log makes the file longer, and the blocks there read as zeros."""
    image = Image(f"{d}/shortened.vhdx", 8 * MIB)
    image.full(2)
    image.full(3, bytes(MIB))
    image.close(log_guid=LOG_GUID)
    size = image.end
    image.file.seek(BAT_AT)
    bat = image.file.read(4096)
    entry = log_entry(1, 0, [(BAT_AT, bat)], size - MIB, size)
    image.put(LOG_AT, entry)
    image.put(BAT_AT, bytes(4096))
    image.file.truncate(size - MIB)


def refused(d):
    """Each has one thing that must not be read over."""
    some = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff").bytes_le
    image = Image(f"{d}/region.vhdx", 4 * MIB)
    image.place(MIB)
    image.close(extra_regions=some + struct.pack("<QII", image.end - MIB, MIB, 1))
    image = Image(f"{d}/optional.vhdx", 4 * MIB)
    image.full(1)
    image.place(MIB)
    image.close(extra_regions=some + struct.pack("<QII", image.end - MIB, MIB, 0),
                extra_items=[(uuid.UUID(bytes_le=some), b"12345678", 0)])
    image = Image(f"{d}/item.vhdx", 4 * MIB)
    image.close(extra_items=[(uuid.UUID(bytes_le=some), b"12345678", 4)])
    image = Image(f"{d}/damaged-log.vhdx", 4 * MIB)
    image.close(log_guid=LOG_GUID)
    entry = log_entry(1, 0, [(BAT_AT, bytes(4096))], image.end, image.end)
    image.put(LOG_AT, entry[:-1] + b"x")
    image = Image(f"{d}/cut.vhdx", 4 * MIB)
    image.close(log_guid=LOG_GUID)
    image.put(LOG_AT, log_entry(1, 0, [(BAT_AT, 4096)], 1 << 30, 1 << 30))


def main():
    kinds = {f.__name__: f for f in (differencing, chain, sectors4096, large, logged, shortened, refused)}
    kinds[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes an XFS from a tree of files, by mkfs.xfs and a protofile, without root.

A protofile knows neither blanks in names nor times: the inodes get theirs afterwards, with their
checksums.
"""
import os
import stat
import struct

SECTOR = 512
BIGTIME = 8
EPOCH = 1 << 31  # seconds before 1970 that times are counted from


class ProtoError(Exception):
    pass


def protofile(files):
    lines = ["/dev/null", "0 0", "d--755 0 0"]

    def add(directory):
        for entry in sorted(os.scandir(directory), key=lambda e: e.name):
            st = entry.stat(follow_symlinks=False)
            if any(c.isspace() for c in entry.name):
                raise ProtoError(f"{entry.path}: mkfs.xfs takes no blanks in names")
            if stat.S_ISDIR(st.st_mode):
                lines.append(f"{entry.name} d--{st.st_mode & 0o777:03o} 0 0")
                add(entry.path)
                lines.append("$")
            elif stat.S_ISLNK(st.st_mode):
                lines.append(f"{entry.name} l--777 0 0 {os.readlink(entry.path)}")
            else:
                lines.append(f"{entry.name} ---{st.st_mode & 0o777:03o} 0 0 {entry.path}")

    add(files)
    return "\n".join(lines + ["$", ""])


def crc32c_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


TABLE = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def with_time(inode, when):
    """The inode with all its times the same, or None: it is none, but looks like one."""
    inode = bytearray(inode)
    crc = inode[100:104]
    inode[100:104] = bytes(4)
    if struct.pack("<I", crc32c(inode)) != crc:
        return None
    big = struct.unpack_from(">Q", inode, 120)[0] & BIGTIME
    time = struct.pack(">Q", (when + EPOCH) * 10**9) if big else struct.pack(">II", when, 0)
    for at in (32, 40, 48, 144):
        inode[at:at + 8] = time
    inode[100:104] = struct.pack("<I", crc32c(inode))
    return bytes(inode)


def set_times(image, when):
    fd = os.open(image, os.O_RDWR)
    try:
        size, = struct.unpack(">H", os.pread(fd, 2, 104))
        end, at = os.fstat(fd).st_size, 0
        while at < end:
            try:
                at = os.lseek(fd, at, os.SEEK_DATA)
            except OSError:
                return
            hole = os.lseek(fd, at, os.SEEK_HOLE)
            for at in range(at, hole, size):
                inode = os.pread(fd, size, at)
                if inode[:2] == b"IN" and inode[4] == 3:
                    os.pwrite(fd, with_time(inode, when) or inode, at)
            at = hole
    finally:
        os.close(fd)

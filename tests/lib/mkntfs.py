#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkntfs.py IMAGE SIZE [OPTION...] <LINES: an NTFS image made by mkntfs, whose OPTIONs are given,
and filled through libntfs-3g; neither needs root.  %20 in a line is a blank, - an empty value.  Each line is one of

  dir PATH
  file PATH HOSTFILE            its bytes; directories on the way are made
  compressed PATH HOSTFILE
  sparse PATH SIZE OFFSET=HOSTFILE...
  interleaved PATH PATH HOSTFILE        the same bytes twice, 512 of the one, 512 of the other ...
  stream PATH NAME HOSTFILE
  link PATH TO                  another name for what is at PATH
  short PATH NAME               its name for DOS; it must have no other
  symlink PATH TARGET           as Windows writes it: \\??\\C:\\x, or relative
  junction PATH TARGET
  reparse PATH TAG HEX          the value that follows the tag of a reparse point
  attributes PATH NUMBER        added to the file's
  times PATH SECONDS            created, changed and read then, since 1970
  volume NUMBER                 the flags of $Volume: 1 is dirty
"""
import ctypes
import os
import struct
import subprocess
import sys

LIB = ctypes.CDLL("libntfs-3g.so.89", use_errno=True)
POINTER, TEXT, S64 = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64
DATA, REG, DIR = 0x80, 0o100000, 0o040000
ROOT, FIRST_USER = 5, 16
COMPRESSED = 0x800
SYMLINK, JUNCTION = 0xA000000C, 0xA0000003


def function(name, result, *args):
    f = getattr(LIB, name)
    f.restype, f.argtypes = result, args
    return f


mount = function("ntfs_mount", POINTER, TEXT, ctypes.c_ulong)
umount = function("ntfs_umount", ctypes.c_int, POINTER, ctypes.c_int)
write_flags = function("ntfs_volume_write_flags", ctypes.c_int, POINTER, ctypes.c_uint16)
inode_open = function("ntfs_inode_open", POINTER, POINTER, ctypes.c_uint64)
inode_close = function("ntfs_inode_close", ctypes.c_int, POINTER)
look_up = function("ntfs_inode_lookup_by_name", ctypes.c_uint64, POINTER, TEXT, ctypes.c_int)
create = function("ntfs_create", POINTER, POINTER, ctypes.c_uint32, TEXT, ctypes.c_uint8,
                  ctypes.c_uint32)
link = function("ntfs_link", ctypes.c_int, POINTER, POINTER, TEXT, ctypes.c_uint8)
attr_add = function("ntfs_attr_add", ctypes.c_int, POINTER, ctypes.c_uint32, TEXT, ctypes.c_uint8,
                    TEXT, S64)
attr_open = function("ntfs_attr_open", POINTER, POINTER, ctypes.c_uint32, TEXT, ctypes.c_uint32)
attr_close = function("ntfs_attr_close", None, POINTER)
attr_pclose = function("ntfs_attr_pclose", ctypes.c_int, POINTER)
attr_pwrite = function("ntfs_attr_pwrite", S64, POINTER, S64, S64, TEXT)
attr_truncate = function("ntfs_attr_truncate", ctypes.c_int, POINTER, S64)
get_attributes = function("ntfs_get_ntfs_attrib", ctypes.c_int, POINTER, TEXT, ctypes.c_size_t)
set_attributes = function("ntfs_set_ntfs_attrib", ctypes.c_int, POINTER, TEXT, ctypes.c_size_t,
                          ctypes.c_int)
set_reparse = function("ntfs_set_ntfs_reparse_data", ctypes.c_int, POINTER, TEXT, ctypes.c_size_t,
                       ctypes.c_int)
set_times = function("ntfs_inode_set_times", ctypes.c_int, POINTER, TEXT, ctypes.c_size_t,
                     ctypes.c_int)
set_dos_name = function("ntfs_set_ntfs_dos_name", ctypes.c_int, POINTER, POINTER, TEXT,
                        ctypes.c_size_t, ctypes.c_int)


def check(good, what):
    if not good:
        sys.exit(f"mkntfs.py: {what}: {os.strerror(ctypes.get_errno())}")


def wide(text):
    return text.encode("utf-16-le")


def units(text):
    return len(wide(text)) // 2


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Volume:
    def __init__(self, image):
        LIB.ntfs_set_char_encoding(b"utf8")
        self.vol = mount(image.encode(), 0)
        check(self.vol, f"mounting {image}")

    def close(self):
        check(umount(self.vol, 0) == 0, "closing")

    def child(self, parent, name):
        ref = look_up(parent, wide(name), units(name))
        return None if ref == 2**64 - 1 else ref & 0xFFFFFFFFFFFF

    def parent(self, path, make=True):
        """The directory of a path, open, and the last name."""
        *above, last = path.strip("/").split("/")
        here = inode_open(self.vol, ROOT)
        for name in above:
            number = self.child(here, name)
            if number is None:
                check(make, f"no {path}")
                below = self.create_in(here, name, DIR)
            else:
                below = inode_open(self.vol, number)
            check(below, name)
            inode_close(here)
            here = below
        return here, last

    def create_in(self, parent, name, kind):
        ni = create(parent, 0, wide(name), units(name), kind)
        check(ni, name)
        return ni

    def make(self, path, kind):
        """What is at a path, open; it is made if it is not there."""
        parent, name = self.parent(path)
        number = self.child(parent, name)
        ni = self.create_in(parent, name, kind) if number is None else inode_open(self.vol, number)
        check(ni, path)
        inode_close(parent)
        return ni

    def find(self, path):
        parent, name = self.parent(path, make=False)
        number = self.child(parent, name)
        inode_close(parent)
        check(number is not None, f"no {path}")
        ni = inode_open(self.vol, number)
        check(ni, path)
        return ni

    def write(self, ni, data, at=0, stream="", compressed=False):
        na = attr_open(ni, DATA, wide(stream) if stream else None, units(stream))
        check(na, "opening data")
        done = 0
        while done < len(data):
            n = attr_pwrite(na, at + done, len(data) - done, data[done:])
            check(n > 0, "writing")
            done += n
        if compressed:
            check(attr_pclose(na) == 0, "compressing")
        attr_close(na)

    def change_attributes(self, ni, on=0, off=0):
        old = ctypes.create_string_buffer(4)
        check(get_attributes(ni, old, 4) == 4, "attributes")
        new = struct.pack("<I", struct.unpack("<I", old.raw)[0] & ~off | on)
        check(set_attributes(ni, new, 4, 0) == 0, "attributes")

    # ---- lines ----

    def dir(self, path):
        inode_close(self.make(path, DIR))

    def file(self, path, host):
        ni = self.make(path, REG)
        self.write(ni, read(host))
        inode_close(ni)

    def compressed(self, path, host):
        """New files of a compressed directory are."""
        parent, name = self.parent(path)
        self.change_attributes(parent, on=COMPRESSED)
        ni = self.create_in(parent, name, REG)
        self.write(ni, read(host), compressed=True)
        self.change_attributes(parent, off=COMPRESSED)
        inode_close(ni)
        inode_close(parent)

    def sparse(self, path, size, *pieces):
        ni = self.make(path, REG)
        na = attr_open(ni, DATA, None, 0)
        check(na and attr_truncate(na, int(size)) == 0, "truncating")
        attr_close(na)
        for piece in pieces:
            at, host = piece.split("=")
            self.write(ni, read(host), int(at))
        inode_close(ni)

    def interleaved(self, one, other, host):
        a, b, data = self.make(one, REG), self.make(other, REG), read(host)
        for at in range(0, len(data), 512):
            self.write(a, data[at:at + 512], at)
            self.write(b, data[at:at + 512], at)
        inode_close(a)
        inode_close(b)

    def stream(self, path, name, host):
        ni = self.find(path)
        check(attr_add(ni, DATA, wide(name), units(name), None, 0) == 0, name)
        self.write(ni, read(host), stream=name)
        inode_close(ni)

    def link(self, path, to):
        ni = self.find(path)
        parent, name = self.parent(to)
        check(link(ni, parent, wide(name), units(name)) == 0, to)
        inode_close(ni)
        inode_close(parent)

    def short(self, path, name):
        ni = self.find(path)
        parent, _ = self.parent(path)
        check(set_dos_name(ni, parent, name.encode(), len(name), 0) == 0, name)

    def reparse(self, path, tag, value):
        self.set_reparse(self.find(path), int(tag, 0), bytes.fromhex(value.strip("-")))

    def set_reparse(self, ni, tag, value):
        value = struct.pack("<IHH", tag, len(value), 0) + value
        check(set_reparse(ni, value, len(value), 0) == 0, "reparse point")
        inode_close(ni)

    def point(self, ni, tag, target):
        shown = wide(target.replace("\\??\\", ""))
        head = struct.pack("<HHHH", 0, len(wide(target)), len(wide(target)) + 2, len(shown))
        if tag == SYMLINK:
            head += struct.pack("<I", 0 if target.startswith("\\??\\") else 1)
        self.set_reparse(ni, tag, head + wide(target) + b"\0\0" + shown + b"\0\0")

    def symlink(self, path, target):
        self.point(self.make(path, REG), SYMLINK, target)

    def junction(self, path, target):
        self.point(self.make(path, DIR), JUNCTION, target)

    def attributes(self, path, number):
        ni = self.find(path)
        self.change_attributes(ni, on=int(number, 0))
        inode_close(ni)

    def times(self, path, seconds):
        ni = self.find(path)
        ticks = (int(seconds) + 11644473600) * 10000000
        check(set_times(ni, struct.pack("<QQQ", ticks, ticks, ticks), 24, 0) == 0, "times")
        inode_close(ni)

    def volume(self, number):
        check(write_flags(self.vol, int(number, 0)) == 0, "flags of the volume")


def copy_data(fd, size, image):
    """Holes stay holes."""
    with open(image, "wb") as out:
        out.truncate(size)
        at = 0
        while at < size:
            try:
                at = os.lseek(fd, at, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(fd, at, os.SEEK_HOLE)
            out.seek(at)
            while at < end:
                at += out.write(os.pread(fd, min(end - at, 1 << 20), at))


def main():
    image, size, *options = sys.argv[1:]
    # In memory: mkntfs and the library wait for the disk again and again.
    fd = os.memfd_create("ntfs")
    os.truncate(fd, int(size))
    path = f"/proc/{os.getpid()}/fd/{fd}"
    geometry = "-p 0 -H 255 -S 63".split() + ([] if "-s" in options else ["-s", "512"])
    made = subprocess.run(["mkntfs", "-q", "-Q", "-F", *geometry, *options, path],
                          capture_output=True, text=True,
                          env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})
    if made.returncode:
        sys.exit(made.stderr)
    volume = Volume(path)
    for line in sys.stdin:
        verb, *args = (word.replace("%20", " ") for word in line.split())
        getattr(volume, verb)(*args)
    volume.close()
    copy_data(fd, int(size), image)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mkhive.py HIVE TEXT.reg...: a registry hive with the keys and values of these texts, which
hivexregedit puts in.  Keys are named from the hive's root, [\\ControlSet001\\Services\\Dhcp], and
those above one need not be written.  Beside what .reg files know, a value may be

  expand:"%SystemRoot%\\x"         multi:"a","b"      time:2024-02-01 (a FILETIME; never)
  device:SIGNATURE,BYTE    device:DISK-GUID,PARTITION-GUID    device:boot    of a BCD
  mounted:SIGNATURE,BYTE   mounted:PARTITION-GUID             of MountedDevices
  account:rid=500,flags=0210,failed=0,bad=2024-02-01,expires=never   a value F of the SAM
  lockout:threshold=10,duration=600                 the domain's
  machine:1-2-3      its value V ends in this       members:S-1-5-21-1-2-3-500,...
  sid:S-1-5-21-1-2-3    lsa:"WORKGROUP"             of SECURITY

mkhive.py --merge HIVE TEXT.reg...: the same into a hive that is there.

mkhive.py --grow HIVE MIB: a key Filler of the root, with so many keys and values below it that the
hive has that size, as those of old machines have.

mkhive.py --break HIVE NAME: the key or value of that name, of which there must be one, is damaged.

mkhive.py --dirty HIVE FORMAT LATER.reg: as the image of a running machine has it.  What LATER.reg
changes stands in the log only, HIVE.LOG1 (and HIVE.LOG2, for FORMAT "new" with two entries).  The
truth of what a replay must give is hivexregedit's: HIVE with LATER.reg merged.  FORMATs: new (HvLE,
Windows 8.1 and later), old (DIRT), torn (new, its second half not written), none (no log at all).
"""
import datetime
import re
import struct
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

WHEN = 133537248000000000  # 2024-03-01, a FILETIME
NONE = 0xFFFFFFFF
PAGE = 4096


def checksum(base):
    value = 0
    for word in struct.unpack("<127I", bytes(base[:508])):
        value ^= word
    return {0: 1, NONE: NONE - 1}.get(value, value)


def sealed(base):
    struct.pack_into("<I", base, 508, checksum(base))
    return base


def cell(data):
    size = -(-(len(data) + 4) // 8) * 8
    return struct.pack("<i", -size) + data.ljust(size - 4, b"\0")


def empty():
    """A hive with a root key and nothing in it."""
    name, descriptor = b"ROOT", bytes.fromhex("0100048000000000000000000000000000000000")
    root_at = 32
    key_size = len(cell(bytes(76 + len(name))))
    security_at = root_at + key_size
    key = struct.pack("<2sHQ15IHH", b"nk", 0x2C, WHEN, 0, NONE, 0, 0, NONE, NONE, 0, NONE,
                      security_at, NONE, 0, 0, 0, 0, 0, len(name), 0) + name
    security = struct.pack("<2sHIIII", b"sk", 0, security_at, security_at, 1,
                           len(descriptor)) + descriptor
    cells = cell(key) + cell(security)
    rest = PAGE - root_at - len(cells)
    bins = struct.pack("<4sIIQQI", b"hbin", 0, PAGE, 0, WHEN, 0) + cells + struct.pack(
        "<i", rest) + bytes(rest - 4)
    base = bytearray(PAGE)
    struct.pack_into("<4sIIQIIIIIII", base, 0, b"regf", 1, 1, WHEN, 1, 5, 0, 1, root_at, PAGE, 1)
    return bytes(sealed(base)) + bins


# ---- texts ----

def wide(text):
    return text.encode("utf-16-le") + b"\0\0"


def filetime(text):
    if text in ("never", "0"):
        return 0
    day = datetime.datetime.fromisoformat(text) - datetime.datetime(1601, 1, 1)
    return int(day.total_seconds()) * 10000000


def sid(text):
    _, revision, authority, *parts = text.split("-")
    return bytes([int(revision), len(parts)]) + struct.pack(">Q", int(authority))[2:] + b"".join(
        struct.pack("<I", int(p)) for p in parts)


def device(text):
    if text == "boot":
        return bytes(16) + struct.pack("<IIII", 5, 0, 0x48, 0).ljust(0x48, b"\0")
    disk, part = text.split(",")
    if "-" in disk:
        where = uuid.UUID(part).bytes_le + struct.pack("<II", 0, 0) + uuid.UUID(disk).bytes_le
    else:
        where = struct.pack("<QQIII", int(part), 0, 0, 1, int(disk, 16))
    return bytes(16) + struct.pack("<IIII", 6, 0, 0x48, 0) + where.ljust(0x38, b"\0")


def mounted(text):
    disk, comma, at = text.partition(",")
    if comma:
        return struct.pack("<IQ", int(disk, 16), int(at))
    return b"DMIO:ID:" + uuid.UUID(disk).bytes_le


def fields(text):
    return dict(f.split("=") for f in text.split(","))


def account(text):
    f = fields(text)
    value = bytearray(80)
    struct.pack_into("<Q", value, 0x18, filetime("2024-01-10"))
    struct.pack_into("<Q", value, 0x20, filetime(f.get("expires", "never")))
    struct.pack_into("<Q", value, 0x28, filetime(f.get("bad", "never")))
    struct.pack_into("<I", value, 0x30, int(f["rid"]))
    struct.pack_into("<H", value, 0x38, int(f["flags"], 16))
    struct.pack_into("<H", value, 0x40, int(f.get("failed", "0")))
    return bytes(value)


def lockout(text):
    f = fields(text)
    value = bytearray(240)
    for at in (0x30, 0x38):
        struct.pack_into("<q", value, at, -int(f.get("duration", "1800")) * 10000000)
    struct.pack_into("<H", value, 0x54, int(f["threshold"]))
    return bytes(value)


def machine(text):
    return bytes(64) + struct.pack("<III", *map(int, text.split("-")))


def members(text):
    sids = [sid(s) for s in text.split(",") if s]
    body = b"".join(sids)
    return struct.pack("<I", 0x220).ljust(0x28, b"\0") + struct.pack(
        "<III", 0, len(body), len(sids)) + body


def lsa(text):
    data = wide(text.strip('"'))
    return struct.pack("<HHI", len(data) - 2, len(data), 8) + data[:-2]


def strings(text):
    return [s.replace('\\"', '"').replace("\\\\", "\\") for s in re.findall(
        r'"((?:[^"\\]|\\.)*)"', text)]


# word: (type of the registry, what makes its bytes)
WORDS = {
    "expand": (2, lambda t: wide(strings(t)[0])),
    "multi": (7, lambda t: b"".join(wide(s) for s in strings(t)) + b"\0\0"),
    "time": (3, lambda t: struct.pack("<Q", filetime(t))),
    "device": (3, device), "mounted": (3, mounted), "account": (3, account),
    "lockout": (3, lockout), "machine": (3, machine), "members": (3, members),
    "sid": (0, sid), "lsa": (0, lsa),
}


def plain(text):
    """The text as hivexregedit wants it: all keys, and the words above in hexadecimal."""
    lines, known = [], set()
    for line in text.splitlines():
        key = re.match(r"\[(\\[^\]]*)\]$", line)
        value = re.match(r'(@|"(?:[^"\\]|\\.)*")=(\w+):(.*)$', line)
        if line.startswith("[") and lines and lines[-1]:
            lines.append("")
        if key:
            parts = key[1].split("\\")
            for n in range(2, len(parts)):
                if "\\".join(parts[:n]) not in known:
                    lines += ["[" + "\\".join(parts[:n]) + "]", ""]
                known.add("\\".join(parts[:n]))
            known.add(key[1])
        if value and value[2] in WORDS:
            kind, encode = WORDS[value[2]]
            line = f"{value[1]}=hex({kind:x}):" + encode(value[3]).hex(",")
        lines.append(line)
    return "\n".join(lines) + "\n"


def merge(hive, *texts):
    for text in texts:
        with tempfile.NamedTemporaryFile("w", suffix=".reg") as f:
            f.write(plain(Path(text).read_text()))
            f.flush()
            done = subprocess.run(["hivexregedit", "--merge", str(hive), f.name],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"hivexregedit {text}: {done.stdout}")


def make(hive, texts):
    Path(hive).write_bytes(empty())
    merge(hive, *texts)


# ---- large hives ----

class Bins:
    """New bins behind those of a hive, filled cell by cell."""

    def __init__(self, start):
        self.start, self.parts, self.size, self.left = start, [], 0, 0

    def add(self, data):
        """Where the cell is, as other cells say it."""
        made = cell(data)
        if len(made) > self.left:
            self.close()
            pages = -(-(len(made) + 32) // PAGE)
            self.parts.append(struct.pack("<4sIIQQI", b"hbin", self.start + self.size,
                                          pages * PAGE, 0, WHEN, 0))
            self.size += 32
            self.left = pages * PAGE - 32
        at = self.start + self.size
        self.parts.append(made)
        self.size += len(made)
        self.left -= len(made)
        return at

    def close(self):
        if self.left:
            self.parts.append(struct.pack("<i", self.left) + bytes(self.left - 4))
        self.size += self.left
        self.left = 0


FILLER_VALUES = (("InstallLocation", 1, wide("C:\\Program Files\\Common Files\\Filler\\Component")),
                 ("DisplayName", 1, wide("A component of some length")),
                 ("Assignment", 3, bytes(range(48))), ("Flags", 4, None))
FILLER_KEYS = 400


def filler_key(bins, parent, security, name, values=(), children=()):
    """children: (name, where) of each"""
    name = name.encode()
    refs = []
    for value, kind, data in values:
        size, where = (len(data), bins.add(data)) if data is not None else (1 << 31 | 4, 1)
        refs.append(bins.add(struct.pack("<2sHIIIHH", b"vk", len(value), size, where, kind, 1, 0)
                             + value.encode()))
    listed = bins.add(struct.pack(f"<{len(refs)}I", *refs)) if refs else NONE
    subkeys = bins.add(struct.pack("<2sH", b"lf", len(children)) + b"".join(
        struct.pack("<I4s", at, child.encode()[:4]) for child, at in children)
    ) if children else NONE
    return bins.add(struct.pack("<2sHQ15IHH", b"nk", 0x20, WHEN, 0, parent, len(children), 0,
                                subkeys, NONE, len(refs), listed, security, NONE, 0, 0, 0, 0, 0,
                                len(name), 0) + name)


def grow(path, mib):
    path = Path(path)
    with tempfile.NamedTemporaryFile("w", suffix=".reg") as f:
        f.write("[\\Filler]\n\"Of\"=\"mkhive\"\n")
        f.flush()
        merge(path, f.name)
    hive = bytearray(path.read_bytes())
    top = hive.index(b"Filler", PAGE) - 76  # its nk record
    here, security = top - 4 - PAGE, struct.unpack_from("<I", hive, top + 44)[0]
    end = struct.unpack_from("<I", hive, 40)[0]
    bins, children = Bins(end), []
    while end + bins.size < (mib << 20) - PAGE:
        below = [(name, filler_key(bins, here, security, name, FILLER_VALUES))
                 for name in (f"{{{uuid.UUID(int=n)}}}" for n in range(FILLER_KEYS))]
        name = f"F{len(children):07}"
        children.append((name, filler_key(bins, here, security, name, (), below)))
    struct.pack_into("<I", hive, top + 20, len(children))
    struct.pack_into("<I", hive, top + 28, bins.add(struct.pack(
        "<2sH", b"lf", len(children)) + b"".join(
            struct.pack("<I4s", at, name.encode()[:4]) for name, at in children)))
    bins.close()
    struct.pack_into("<I", hive, 40, end + bins.size)
    path.write_bytes(sealed(hive)[:PAGE + end] + b"".join(bins.parts))


# ---- hives of a running machine ----

def rotate(value, n):
    return (value << n | value >> (32 - n)) & NONE


def marvin32(data):
    """With the seed of log entries."""
    lo, hi = 0x7A4E55C5, 0x82EF4D88
    for word in struct.unpack(f"<{len(data) // 4 + 2}I", data + b"\x80" + bytes(7 - len(data) % 4)):
        lo = lo + word & NONE
        hi ^= lo
        lo = rotate(lo, 20) + hi & NONE
        hi = rotate(hi, 9) ^ lo
        lo = rotate(lo, 27) + hi & NONE
        hi = rotate(hi, 19)
    return struct.pack("<II", lo, hi)


def entry(sequence, bins, pages):
    body = b"".join(struct.pack("<II", at, len(data)) for at, data in pages)
    body += b"".join(data for _, data in pages)
    size = -(-(40 + len(body)) // 512) * 512
    body = body.ljust(size - 40, b"\0")
    head = struct.pack("<4sIIIII", b"HvLE", size, 0, sequence, bins, len(pages)) + marvin32(body)
    return head + marvin32(head) + body


def log_base(hive, kind, sequence):
    base = bytearray(hive[:512])
    struct.pack_into("<II", base, 4, sequence, sequence)
    struct.pack_into("<I", base, 28, kind)
    return bytes(sealed(base))


def dirty(path, form, later):
    path = Path(path)
    before = bytearray(path.read_bytes())
    merge(path, later)
    after = path.read_bytes()
    sequence = struct.unpack_from("<I", before, 4)[0] + 1
    bins = struct.unpack_from("<I", after, 40)[0]
    changed = [at for at in range(0, bins, PAGE)
               if after[PAGE + at:2 * PAGE + at] != before[PAGE + at:2 * PAGE + at]]
    pages = [(at, after[PAGE + at:2 * PAGE + at]) for at in changed]
    # The hive's first number was counted up, and then the machine was imaged.
    struct.pack_into("<I", before, 4, sequence)
    path.write_bytes(sealed(before))
    log = Path(f"{path}.LOG1")
    if form in ("new", "torn"):
        half = len(pages) // 2 or 1
        entries = entry(sequence, bins, pages[:half])
        log.write_bytes(log_base(after, 6, sequence) + (
            entries if form == "new" else entries[:len(entries) // 2]))
        if pages[half:]:
            Path(f"{path}.LOG2").write_bytes(log_base(after, 6, sequence + 1) + entry(
                sequence + 1, bins, pages[half:]))
    elif form == "old":
        bits = bytearray(bins // 512 // 8)
        for at in changed:
            bits[at // PAGE] = 0xFF
        vector = b"DIRT" + bits
        log.write_bytes(log_base(after, 1, sequence) + vector.ljust(
            -(-len(vector) // 512) * 512, b"\0") + b"".join(data for _, data in pages))


def break_one(path, name):
    """Takes the mark off its cell: "nk" 76 bytes before a key's name, "vk" 20 before a value's."""
    data, at, places = bytearray(Path(path).read_bytes()), -1, []
    while (at := data.find(name.encode(), at + 1)) >= 0:
        places += [at - n for n, mark in ((76, b"nk"), (20, b"vk")) if data[at - n:at - n + 2] == mark]
    if len(places) != 1:
        sys.exit(f"{path}: {len(places)} keys and values are named {name}")
    data[places[0]:places[0] + 2] = b"xx"
    Path(path).write_bytes(data)


if __name__ == "__main__":
    if sys.argv[1] == "--break":
        break_one(*sys.argv[2:])
    elif sys.argv[1] == "--dirty":
        dirty(*sys.argv[2:])
    elif sys.argv[1] == "--grow":
        grow(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "--merge":
        merge(*sys.argv[2:])
    else:
        make(sys.argv[1], sys.argv[2:])

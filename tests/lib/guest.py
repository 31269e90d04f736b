# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the disks of a guest of fixtures/guests from its recipe, without root.

A recipe is lines of words; an indented line belongs to the line above it.  A guest's folder holds
its recipe and in root/ its own text files.

  base NAME                     begin with that guest's recipe and files
  edit EXPR                     change the base's recipe by a sed expression
  new-disks                     forget the base's disks and what is on them

  disk0 SIZE                    a disk; indented: its partitions, in sfdisk's language
  pv VG DEVICE...               a volume group over these
  lv VG/NAME SIZE[@DEVICE]...   a logical volume of linear pieces
  segment VG/NAME EXTENTS       a logical volume of one segment; indented: its text in the metadata
  array NAME MEMBER...          a RAID 1 of these; "missing" is a member that is not there
  ext4 DEVICE DIR [OPTION...]   a filesystem (ext2, ext3, vfat too) with what lies below DIR;
                                the options are mke2fs's or mkfs.fat's
  xfs DEVICE DIR [OPTION...]    the same by mkfs.xfs
  btrfs DEVICE[,DEVICE...] DIR [OPTION...]   by mkfs.btrfs, or with subvolumes, which mkbtrfs.py
                                says how to write and keeps
  ntfs DEVICE DIR [OPTION...]   the same in NTFS; the options are mkntfs's, and --dirty
  swap DEVICE UUID              swap space
  fill DEVICE SIZE              leaves SIZE for df to call available; "inodes": leaves none
  debugfs DEVICE COMMAND        damage to a filesystem, in debugfs's language
  grub DISK DIR [SECTOR]        GRUB 2 for BIOS, its modules in DIR, its core where it belongs
  grub-legacy DISK              stage1 and a stage 2 behind it
  copy DISK DISK                the bytes of one as the other
  bytes DEVICE OFFSET HEX       what no tool would write
  btrfs-super DEVICE OFFSET HEX   the same in the superblock of a Btrfs, and its checksum right
  container DISK FORMAT [OPTION]   qemu-img's names
  omit DISK                     made, but not given to the inspector
  blank DISK FORMAT SIZE        an empty disk that exists in its container only
  overlay DISK FORMAT           an empty snapshot over it, which is given in its place
  old-qemu DISK                 makes the VHD one that qemu-img 2.3 wrote
  large-sectors DISK            a GPT for sectors of 4,096 bytes, with one partition
  text FILE                     a file of the host beside the disks; indented: its lines
  patch FILE OFFSET HEX         changes a container's own bytes
  archive FILE MEMBER...        a tar archive of files of the host, as ovftool makes an .ova
  give FILE...                  given to the inspector instead of the disks
  (disk[1-60] repeats its line for each, disk{1..60} its word)

  link PATH TARGET   dir PATH   empty PATH   remove PATH   many PATH N (small files)
  sed PATH EXPR                 change one of the base's files
  hive PATH      a registry hive (mkhive.py) of PATH.reg and then of every PATH.*.reg
  grow-hive PATH MIB   with keys below Filler, until it has that size
  break-hive PATH NAME     its key or value of that name is damaged
  dirty-hive PATH FORMAT   what PATH.later.reg changes in it stands in its log only
  evtx PATH      an event log (mkevtx.py) of PATH.txt
  wtmp PATH TIME...    boots at these times, 2024-02-28T08:00:00Z
  utf16 PATH     the text becomes UTF-16 with a mark   windows-mbr DISK SIGNATURE
  root-certificate PATH          DigiCert's, as a distribution ships it
  pe PATH ARCH [VERSION]   elf PATH ARCH   bzimage PATH RELEASE   initrd PATH   efi PATH   grubenv PATH [NAME=VALUE...]
                                files that are more than text, only as much as identifies them
"""
import calendar
import fcntl
import gzip
import hashlib
import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import tarfile
import time
from pathlib import Path

import mkbtrfs
import mkevtx
import mkhive
import mklvm
import mkxfs

TOP = Path(__file__).resolve().parent.parent.parent
GUESTS = TOP / "fixtures/guests"
MKNTFS = Path(__file__).resolve().parent / "mkntfs.py"
WHEN = 1709251200  # 2024-03-01, the time of every file
SECTOR = 512
MIB = 1 << 20
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class RecipeError(Exception):
    pass


def size_of(text):
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def tool(*args, text=None):
    """Runs a tool; what it says is shown only when it fails."""
    done = subprocess.run([str(a) for a in args], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=dict(os.environ, LC_ALL="C.UTF-8"))
    if done.returncode != 0:
        raise RecipeError(f"{shlex.join(map(str, args))}: {done.stdout}{done.stderr}")
    return done.stdout


# ---- recipes ----

OF_DISKS = re.compile(r"\s|(disk\d+|pv|lv|segment|array|ext[234]|xfs|btrfs|vfat|ntfs|swap|fill|grub"
                      r"|grub-legacy|copy|bytes|btrfs-super|container|omit|blank|debugfs|overlay"
                      r"|old-qemu|large-sectors|text|patch"
                      r"|give)\b")


def recipe_text(name):
    """The recipe with its base's before it, and the folders of files, the base's first."""
    text = (GUESTS / name / "recipe").read_text()
    base, folders = "", []
    own = []
    for line in text.splitlines():
        verb, _, rest = line.partition(" ")
        if verb == "base":
            base, folders = recipe_text(rest)
        elif verb == "new-disks":
            base = "".join(l + "\n" for l in base.splitlines() if not OF_DISKS.match(l))
        elif verb == "edit":
            edited = tool("sed", "-E", rest, text=base)
            if edited == base:
                raise RecipeError(f"{name}: edit {rest} changes nothing")
            base = edited
        else:
            own.append(line)
    return base + "\n".join(own) + "\n", folders + [GUESTS / name / "root"]


def recipe_lines(text):
    """(words, indented lines) of each line"""
    lines = []
    for line in text.splitlines():
        line = re.sub(r"(\S+)\{(\d+)\.\.(\d+)\}", lambda m: " ".join(
            f"{m[1]}{n}" for n in range(int(m[2]), int(m[3]) + 1)), line)
        span = re.search(r"\[(\d+)-(\d+)\]", line)
        if line.startswith("sed "):
            lines.append((line.split(" ", 2), []))
        elif span:
            lines += [(shlex.split(line.replace(span.group(), str(n))), [])
                      for n in range(int(span.group(1)), int(span.group(2)) + 1)]
        elif line[:1] in ("\t", " ") and line.strip():
            lines[-1][1].append(line.strip())
        elif shlex.split(line, comments=True):
            lines.append((shlex.split(line, comments=True), []))
    return lines


def fingerprint(name):
    """Changes when anything does that the disks are made from."""
    text, folders = recipe_text(name)
    h = hashlib.sha256(text.encode())
    sources = [MKNTFS, TOP / "tests/lib/digicert-global-root-g2.pem"]
    sources += [Path(m.__file__) for m in (mkbtrfs, mkevtx, mkhive, mklvm, mkxfs)]
    sources.append(Path(__file__))
    for folder in folders:
        sources += sorted(p for p in folder.rglob("*") if p.is_symlink() or p.is_file())
    for p in sources:
        h.update(str(p.relative_to(TOP)).encode())
        h.update(os.readlink(p).encode() if p.is_symlink() else p.read_bytes())
    return h.hexdigest()


# ---- files that are more than text ----

def elf(arch):
    word, machine = {"x86_64": (2, 62), "i686": (1, 3), "aarch64": (2, 183)}[arch]
    return (b"\x7fELF" + bytes([word, 1, 1]) + bytes(9) + struct.pack("<HHI", 3, machine, 1)).ljust(
        4096, b"\0")


def version_resource(version):
    """VS_VERSIONINFO, of which readers go by the fixed part."""
    a, b, c, d = (int(n) for n in version.split("."))
    fixed = struct.pack("<4H", 0x04BD, 0xFEEF, 0, 1) + 2 * struct.pack("<4H", b, a, d, c)
    key = "VS_VERSION_INFO\0".encode("utf-16-le")
    return struct.pack("<3H", 0x5C, 0x34, 0) + key + b"\0\0" + fixed.ljust(0x34, b"\0")


def pe(arch, version=None):
    image = bytearray(4096)
    image[0:2] = b"MZ"
    image[0x3C:0x40] = struct.pack("<I", 0xE8)
    image[0xE8:0xEE] = b"PE\0\0" + struct.pack("<H", {
        "x86_64": 0x8664, "i686": 0x14C, "aarch64": 0xAA64}[arch])
    if version:
        resource = version_resource(version)
        image[0x800:0x800 + len(resource)] = resource
    return bytes(image)


def wtmp(times):
    """Records of boots, as utmpdump -r makes them of text on x86."""
    records = b""
    for when in times:
        record = bytearray(384)
        record[0:2] = struct.pack("<H", 2)
        record[8:9], record[40:42], record[44:50] = b"~", b"~~", b"reboot"
        record[340:344] = struct.pack("<I", calendar.timegm(time.strptime(
            when, "%Y-%m-%dT%H:%M:%SZ")))
        records += record
    return records


def windows_mbr(signature):
    """The marks of its boot code since Vista: what it asks a TPM for, and its messages."""
    code = bytearray(446)
    code[0:4] = b"\x33\xc0\x8e\xd0"
    code[0xE0:0xE4] = b"TCPA"
    messages = b"Invalid partition table\0Error loading operating system\0Missing operating system\0"
    code[0x163:0x163 + len(messages)] = messages
    code[440:444] = struct.pack("<I", int(signature, 16))
    return bytes(code)


def bzimage(release):
    image = bytearray(8192)
    image[0:2] = b"MZ"
    image[0x1FE:0x202] = b"\x55\xaa\xeb\x6a"
    image[0x202:0x206] = b"HdrS"
    image[0x206:0x208] = struct.pack("<H", 0x020F)
    image[0x20E:0x210] = struct.pack("<H", 0x400)
    version = f"{release} (builder@localhost) #1 SMP".encode()
    image[0x600:0x600 + len(version)] = version
    return bytes(image)


def initrd():
    trailer = b"070701" + b"0" * 40 + b"00000001" + b"0" * 40 + b"0000000b" + b"0" * 8
    return gzip.compress((trailer + b"TRAILER!!!\0").ljust(512, b"\0"), mtime=0)


def efi():
    image = bytearray(4096)
    image[0:2] = b"MZ"
    image[0x3C:0x40] = struct.pack("<I", 0x80)
    image[0x80:0x86] = b"PE\0\0" + struct.pack("<H", 0x8664)
    return bytes(image)


def grubenv(*assignments):
    return ("# GRUB Environment Block\n" + "".join(a + "\n" for a in assignments)).ljust(
        1024, "#").encode()


def grub_legacy_stage1(next_lba):
    """The marks of stage1 0.97: its jump, version, blocklist head and messages."""
    sector = bytearray(440)
    sector[0:3] = b"\xeb\x48\x90"
    sector[0x3E:0x40] = bytes([3, 2])
    sector[0x40:0x4A] = struct.pack("<BBHIH", 0xFF, 0, 0x8000, next_lba, 0x0800)
    sector[0x4A:0x50] = b"\xfa\xeb\x07\xf6\xc2\x80"
    messages = b"GRUB \0Geom\0Hard Disk\0Read\0 Error\0"
    sector[0x17F:0x17F + len(messages)] = messages
    return bytes(sector)


def md_superblock(name, slot, slots, size, there):
    """Version 1.2; size in bytes of each member's data, which begins at 1 MiB."""
    sb = bytearray(256 + 2 * 128)
    uuid = hashlib.sha256(name.encode()).digest()
    struct.pack_into("<III", sb, 0, 0xA92B4EFC, 1, 0)
    sb[16:32] = uuid[:16]
    sb[32:64] = f"localhost:{name}".encode().ljust(32, b"\0")
    struct.pack_into("<QIIQII", sb, 64, WHEN, 1, 0, size // SECTOR, 0, slots)
    struct.pack_into("<QQQQII", sb, 128, MIB // SECTOR, size // SECTOR, 8, 0, slot, 0)
    sb[168:184] = hashlib.sha256(f"{name} {slot}".encode()).digest()[:16]
    struct.pack_into("<QQQII", sb, 192, WHEN, 17, 2 ** 64 - 1, 0, 128)
    roles = [i if i < slots and there[i] else 0xFFFE for i in range(128)]
    struct.pack_into("<128H", sb, 256, *roles)
    total = sum(struct.unpack("<128I", sb))
    struct.pack_into("<I", sb, 216, ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF)
    return bytes(sb)


class Builder:
    """One guest being built in a folder of its own."""

    def __init__(self, name, out, keep=False):
        self.name, self.out = name, out
        self.keep = keep  # make the Btrfs that are to be kept
        self.root = out / "root"
        self.disks = {}    # disk0 -> size
        self.devices = {}  # disk0p1, vg0/root -> [(disk, offset, length)]
        self.groups = {}
        self.filesystems, self.fills, self.damage = [], {}, {}
        self.late = []     # (function, arguments) once the filesystems are on the disks
        self.omitted, self.paths, self.given = set(), {}, []

    # -- files --

    def path(self, guest_path):
        """In the tree of files, following the guest's own links on the way."""
        parts, at = guest_path.strip("/").split("/"), self.root
        for part in parts[:-1]:
            at = at / part
            if at.is_symlink():
                target = os.readlink(at)
                at = self.root / target.lstrip("/") if target.startswith("/") else at.parent / target
        at.mkdir(parents=True, exist_ok=True)
        return at / parts[-1]

    def write(self, guest_path, data):
        self.path(guest_path).write_bytes(data)

    def do_link(self, path, target):
        at = self.path(path)
        at.unlink(missing_ok=True)
        at.symlink_to(target)

    def do_dir(self, path):
        self.path(path).mkdir(parents=True, exist_ok=True)

    def do_many(self, path, number):
        """As a package tree spreads them: a hundred a directory."""
        for n in range(int(number)):
            self.write(f"{path}/{n // 100:03}/file-{n:05}", b"%d\n" % n * (n % 64))

    def do_remove(self, path):
        at = self.path(path)
        shutil.rmtree(at) if at.is_dir() and not at.is_symlink() else at.unlink()

    def do_sed(self, path, expr):
        at = self.path(path)
        before = at.read_bytes()
        tool("sed", "-E", "-i", expr, at)
        if at.read_bytes() == before:
            raise RecipeError(f"sed {path} {expr} changes nothing")

    def do_empty(self, path):
        self.write(path, b"")

    def do_root_certificate(self, path):
        self.write(path, (TOP / "tests/lib/digicert-global-root-g2.pem").read_bytes())

    def do_elf(self, path, arch):
        self.write(path, elf(arch))

    def do_pe(self, path, arch, version=None):
        self.write(path, pe(arch, version))

    def do_evtx(self, path):
        text = self.path(path + ".txt")
        self.write(path, mkevtx.make(text.read_text()))
        text.unlink()

    def do_wtmp(self, path, *times):
        self.write(path, wtmp(times))

    def do_utf16(self, path):
        self.write(path, b"\xff\xfe" + self.path(path).read_text().encode("utf-16-le"))

    def do_windows_mbr(self, disk, signature):
        self.late.append((self.store, (disk, windows_mbr(signature))))

    def do_hive(self, path):
        at = self.path(path)
        texts = [t for t in sorted(at.parent.glob(at.name + ".*reg"))
                 if not t.name.endswith(".later.reg")]
        mkhive.make(at, sorted(texts, key=lambda t: len(t.name)))
        for text in texts:
            text.unlink()

    def do_dirty_hive(self, path, form):
        later = self.path(path + ".later.reg")
        mkhive.dirty(self.path(path), form, later)
        later.unlink()

    def do_grow_hive(self, path, mib):
        mkhive.grow(self.path(path), int(mib))

    def do_break_hive(self, path, name):
        mkhive.break_one(self.path(path), name)

    def do_bzimage(self, path, release):
        self.write(path, bzimage(release))

    def do_initrd(self, path):
        self.write(path, initrd())

    def do_efi(self, path):
        self.write(path, efi())

    def do_grubenv(self, path, *assignments):
        self.write(path, grubenv(*assignments))

    # -- disks and volumes --

    def image(self, disk):
        return self.out / f"{disk}.raw"

    def do_disk(self, disk, size, table):
        image = self.image(disk)
        with open(image, "wb") as f:
            f.truncate(size_of(size))
        self.disks[disk], self.paths[disk] = size_of(size), image
        self.devices[disk] = [(disk, 0, size_of(size))]
        if not table:
            return
        tool("sfdisk", "-q", image, text="\n".join(table) + "\n")
        for p in json.loads(tool("sfdisk", "-J", image))["partitiontable"].get("partitions", []):
            number = p["node"].removeprefix(str(image))
            self.devices[disk + "p" + number.lstrip("p")] = [
                (disk, p["start"] * SECTOR, p["size"] * SECTOR)]

    def do_pv(self, vg, *devices):
        self.groups[vg] = mklvm.Vg(vg, [mklvm.Pv(d, self.size(d)) for d in devices])

    def do_lv(self, name, *pieces):
        vg = self.groups[name.split("/")[0]]
        by_device = {pv.device: pv for pv in vg.pvs}
        wanted = []
        for piece in pieces:
            size, _, device = piece.partition("@")
            wanted.append((by_device[device or vg.pvs[0].device], size_of(size)))
        lv = vg.add_lv(name.split("/")[1], wanted)
        self.devices[name] = [
            self.part_of(pv.device, mklvm.DATA_START + first * mklvm.EXTENT, n * mklvm.EXTENT)
            for pv, first, n in lv.segments]

    def do_segment(self, name, extents, text):
        vg = self.groups[name.split("/")[0]]
        vg.lvs.append(mklvm.Lv(name.split("/")[1], [], "\n".join("\t\t\t\t" + t for t in text),
                               int(extents)))

    def do_array(self, name, *members):
        """MD superblocks of version 1.2, as Documentation/driver-api/md.rst of Linux has them."""
        there = [m for m in members if m != "missing"]
        data = min(self.size(m) for m in there) - MIB
        for i, member in enumerate(members):
            if member != "missing":
                self.late.append((self.store, (member, md_superblock(name, i, len(members), data,
                                                                     [m != "missing" for m in members]), 4096)))
        self.devices[name] = [self.part_of(there[0], MIB, data)]
        self.late.append((self.mirror, (there, data)))

    def mirror(self, members, size):
        disk, start, _ = self.part_of(members[0], MIB, size)
        for member in members[1:]:
            with open(self.image(disk), "rb") as f:
                at = start
                while True:
                    try:
                        at = os.lseek(f.fileno(), at, os.SEEK_DATA)
                    except OSError:
                        break
                    if at >= start + size:
                        break
                    f.seek(at)
                    self.store(member, f.read(min(4096, start + size - at)), at - start + MIB)
                    at += 4096

    def size(self, device):
        return sum(length for _, _, length in self.devices[device])

    def part_of(self, device, offset, length):
        (disk, start, _), = self.devices[device]
        return disk, start + offset, length

    def store(self, device, source, at=0):
        """Copies the data of a sparse file, or bytes, to a device."""
        if isinstance(source, bytes):
            disk, start, _ = self.piece(device, at)
            with open(self.image(disk), "r+b") as f:
                f.seek(start)
                f.write(source)
            return
        with open(source, "rb") as src:
            end, at = os.fstat(src.fileno()).st_size, 0
            while at < end:
                try:
                    at = os.lseek(src.fileno(), at, os.SEEK_DATA)
                except OSError:
                    break
                hole = os.lseek(src.fileno(), at, os.SEEK_HOLE)
                while at < hole:
                    n = min(hole - at, MIB, self.piece(device, at)[2])
                    src.seek(at)
                    self.store(device, src.read(n), at)
                    at += n

    def piece(self, device, at):
        for disk, start, length in self.devices[device]:
            if at < length:
                return disk, start + at, length - at
            at -= length
        raise RecipeError(f"{device} is too small")

    # -- filesystems --

    def make_filesystem(self, kind, device, directory, options, below):
        """From what lies below directory, which then is an empty mount point."""
        files = self.out / "files"
        if directory == "/":
            files = self.root
        elif directory == "-":
            files.mkdir()
        else:
            self.path(directory).rename(files)
            self.path(directory).mkdir()
        for p in [files, *files.rglob("*")]:
            os.utime(p, (WHEN, WHEN), follow_symlinks=False)
        if below:
            self.store_btrfs(device.split(","), files, options, below)
        else:
            self.store_filesystem(kind, device, files, options)
        if files != self.root:
            shutil.rmtree(files)

    def store_btrfs(self, devices, files, options, below):
        """One with subvolumes, that only a kernel makes, and that is kept."""
        lines = [shlex.split(line) for line in below if line != "-"]
        sizes = [self.size(d) for d in devices]
        name = mkbtrfs.fingerprint(files, sizes, options, lines)
        if self.keep:
            mkbtrfs.make(GUESTS / self.name, name, files, sizes, options, lines, WHEN)
            return
        _, folders = recipe_text(self.name)
        try:
            images = mkbtrfs.kept([f.parent for f in folders], name, len(devices))
        except mkbtrfs.Missing as e:
            raise RecipeError(f"{self.name}: {e}") from None
        for device, packed in zip(devices, images):
            (self.out / "kept").write_bytes(packed)
            tool("qemu-img", "convert", "-f", "qcow2", "-O", "raw", self.out / "kept",
                 self.out / "filesystem")
            self.store(device, self.out / "filesystem")
            (self.out / "filesystem").unlink()
            (self.out / "kept").unlink()

    def store_filesystem(self, kind, device, files, options):
        image = self.out / "filesystem"
        with open(image, "wb") as f:
            f.truncate(self.size(device))
        if kind == "ntfs":
            self.make_ntfs(image, files, options)
            self.number_ntfs(image, device)
        elif kind == "vfat":
            tool("mkfs.fat", "--invariant", *options, image)
            tool("mcopy", "-s", "-Q", "-m", "-i", image, *sorted(files.iterdir()), "::")
        elif kind == "xfs":
            (self.out / "proto").write_text(mkxfs.protofile(files))
            tool("mkfs.xfs", "-q", "-f", "-p", self.out / "proto", *options, image)
            mkxfs.set_times(image, WHEN)
            (self.out / "proto").unlink()
        elif kind == "btrfs":
            tool("mkfs.btrfs", "-q", "--rootdir", files, *options, image)
        else:
            tool("mke2fs", "-q", "-F", "-t", kind, "-d", files, *([] if kind == "ext2" else
                 ["-J", "size=4"]), "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard",
                 *options, image)
            if device in self.fills:
                self.fill(image, self.fills[device])
            for command in self.damage.get(device, []):
                tool("debugfs", "-w", "-R", command, image)
        self.store(device, image)
        image.unlink()

    @staticmethod
    def make_ntfs(image, files, options):
        def word(path):
            return str(path).replace(" ", "%20")
        lines = []
        for p in sorted(files.rglob("*")):
            at = word("/" + str(p.relative_to(files)))
            lines += [f"dir {at}" if p.is_dir() else f"file {at} {word(p)}", f"times {at} {WHEN}"]
        if "--dirty" in options:
            lines.append("volume 1")
            options = [o for o in options if o != "--dirty"]
        tool("python3", MKNTFS, image, image.stat().st_size, "-f", *options,
             text="\n".join(lines) + "\n")

    @staticmethod
    def number_ntfs(image, device):
        """mkntfs takes the time for a serial number: volumes of one second would be twins."""
        with open(image, "r+b") as f:
            for at in (0, image.stat().st_size - SECTOR):
                f.seek(at)
                if f.read(SECTOR)[3:7] == b"NTFS":
                    f.seek(at + 0x48)
                    f.write(hashlib.sha256(device.encode()).digest()[:8])

    @staticmethod
    def fill(image, available):
        """One file takes what is too much, its blocks allocated but not written."""
        says = dict(line.split(":", 1) for line in tool("dumpe2fs", "-h", image).splitlines()
                    if ":" in line)
        if available == "inodes":
            tool("debugfs", "-w", "-f", "-", image, text="mkdir ballast\ncd ballast\n" + "".join(
                f"write /dev/null {n}\n" for n in range(int(says["Free inodes"]) - 1)))
            return
        # The kernel keeps these back where there are extents, and df does not count them.
        kept = min(int(says["Block count"]) // 50, 4096) if "extent" in says[
            "Filesystem features"] else 0
        spare = (int(says["Free blocks"]) - int(says["Reserved block count"]) - kept
                 - size_of(available) // int(says["Block size"]))
        if spare > 0:
            tool("debugfs", "-w", "-f", "-", image,
                 text=f"write /dev/null ballast\nfallocate ballast 0 {spare - 1}\n")

    # -- boot loaders --

    def do_grub(self, disk, directory, sector=None):
        lib = Path("/usr/lib/grub/i386-pc")
        modules = self.path(f"{directory}/i386-pc/normal.mod")
        shutil.copy(lib / "normal.mod", modules)
        core = self.out / "core.img"
        mkimage = shutil.which("grub-mkimage") or "grub2-mkimage"
        tool(mkimage, "-O", "i386-pc", "-d", lib, "-p", directory, "-o", core,
             "biosdisk", "part_msdos", "part_gpt", "ext2")
        core_bytes = bytearray(core.read_bytes())
        core.unlink()
        core_bytes += bytes(-len(core_bytes) % SECTOR)
        at = int(sector) if sector else self.core_offset(disk) // SECTOR
        # diskboot.img ends in the list of blocks that hold the rest of core.img.
        core_bytes[SECTOR - 12:SECTOR] = struct.pack(
            "<QHH", at + 1, len(core_bytes) // SECTOR - 1, 0x820)
        boot = bytearray((lib / "boot.img").read_bytes()[:440])
        boot[0x5C:0x64] = struct.pack("<Q", at)
        self.late.append((self.store, (disk, bytes(boot))))
        self.late.append((self.store, (disk, bytes(core_bytes), at * SECTOR)))

    def core_offset(self, disk):
        """The BIOS boot partition, or the gap behind the MBR."""
        for p in json.loads(tool("sfdisk", "-J", self.image(disk)))["partitiontable"]["partitions"]:
            if p["type"].upper() == "21686148-6449-6E6F-744E-656564454649":
                return p["start"] * SECTOR
        return SECTOR

    def do_grub_legacy(self, disk):
        self.late.append((self.store, (disk, grub_legacy_stage1(1))))
        self.late.append((self.store, (disk, b"\xea\x70\x82\0\0".ljust(SECTOR, b"\x90"), SECTOR)))

    # -- the rest --

    def do_copy(self, source, target):
        self.store(target, self.image(source))

    def do_blank(self, disk, form, size):
        path = self.out / f"{disk}.{form}"
        tool("qemu-img", "create", "-q", "-f", form, path, size)
        self.disks[disk], self.paths[disk] = size_of(size), path

    def do_container(self, disk, form, *options):
        path = self.out / f"{disk}.{ {'vpc': 'vhd'}.get(form, form) }"
        tool("qemu-img", "convert", "-f", "raw", "-O", form,
             *(w for o in options for w in ("-o", o)), self.image(disk), path)
        self.image(disk).unlink()
        self.paths[disk] = path

    def do_archive(self, name, *members):
        """ustar, the .ovf first; the members themselves are gone then."""
        with tarfile.open(self.out / name, "w", format=tarfile.USTAR_FORMAT) as archive:
            for member in members:
                archive.add(self.out / member, member)
                (self.out / member).unlink()

    def do_overlay(self, disk, form):
        path = self.out / f"{disk}-snapshot.{form}"
        base = self.paths[disk]
        tool("qemu-img", "create", "-q", "-f", form, "-F", base.suffix[1:], "-b", base.name, path)
        self.paths[disk] = path

    def do_old_qemu(self, disk):
        """It called itself "qemu" even where its size was none that a geometry can say."""
        path = self.paths[disk]
        data = bytearray(path.read_bytes())
        footer = data[-SECTOR:]
        footer[28:32] = b"qemu"
        footer[56:60] = struct.pack(">HBB", self.disks[disk] // SECTOR // (16 * 63), 16, 63)
        footer[64:68] = bytes(4)
        footer[64:68] = struct.pack(">I", ~sum(footer) & 0xFFFFFFFF)
        data[-SECTOR:] = footer
        path.write_bytes(data)

    def btrfs_super(self, device, offset, data):
        """In the first superblock, which counts where it is whole."""
        disk, start, _ = self.piece(device, 65536)
        with open(self.image(disk), "r+b") as f:
            f.seek(start)
            block = bytearray(f.read(4096))
            at, data = size_of(offset), bytes.fromhex(data)
            block[at:at + len(data)] = data
            block[:4] = struct.pack("<I", mkxfs.crc32c(block[32:]))
            f.seek(start)
            f.write(block)

    def do_large_sectors(self, disk):
        tool("fdisk", "-b", "4096", self.image(disk), text="g\nn\n\n\n\nw\n")

    def do_patch(self, name, offset, data):
        with open(self.out / name, "r+b") as f:
            f.seek(size_of(offset))
            f.write(bytes.fromhex(data))

    def build(self):
        text, folders = recipe_text(self.name)
        for folder in folders:
            if folder.is_dir():
                shutil.copytree(folder, self.root, symlinks=True, dirs_exist_ok=True)
        self.root.mkdir(exist_ok=True)
        at_the_end = {"copy": self.do_copy, "container": self.do_container,
                      "overlay": self.do_overlay, "archive": self.do_archive, "old-qemu": self.do_old_qemu,
                      "large-sectors": self.do_large_sectors, "patch": self.do_patch,
                      "btrfs-super": self.btrfs_super,
                      "bytes": lambda d, at, data: self.store(d, bytes.fromhex(data), size_of(at))}
        # A variant may add a disk to a volume group that its base declares.
        order = {"array": 0.5, "pv": 1, "lv": 2, "segment": 2}
        lines = sorted(recipe_lines(text), key=lambda line: 0 if re.match(
            r"disk|blank", line[0][0]) else order.get(line[0][0], 3))
        for words, below in lines:
            verb, args = words[0], words[1:]
            if verb.startswith("disk"):
                self.do_disk(verb, args[0], below)
            elif verb == "segment":
                self.do_segment(*args, below)
            elif verb in ("ext2", "ext3", "ext4", "vfat", "ntfs", "xfs", "btrfs"):
                self.filesystems.append((verb, args[0], args[1], args[2:], below))
            elif verb == "swap":
                # mkswap asks for no more than a file, so a filesystem's way serves.
                self.late.append((self.swap, args))
            elif verb == "fill":
                self.fills[args[0]] = args[1]
            elif verb == "debugfs":
                self.damage.setdefault(args[0], []).append(" ".join(args[1:]))
            elif verb == "text":
                (self.out / args[0]).write_text("".join(line + "\n" for line in below))
            elif verb == "give":
                self.given = [self.out / name for name in args]
            elif verb == "omit":
                self.omitted.add(args[0])
            elif verb in at_the_end:
                self.late.append((at_the_end[verb], args))
            elif hasattr(self, "do_" + verb.replace("-", "_")):
                getattr(self, "do_" + verb.replace("-", "_"))(*args)
            else:
                raise RecipeError(f"{self.name}: {verb} is no word of a recipe")
        # The deepest mount point first: it must be gone before what holds it is made.
        for filesystem in sorted(
                self.filesystems, key=lambda f: f[2].rstrip("/").count("/"), reverse=True):
            self.make_filesystem(*filesystem)
        for vg in self.groups.values():
            for pv in vg.pvs:
                self.store(pv.device, bytes(mklvm.pv_head(vg, pv)))
        for function, args in self.late:
            function(*args)
        shutil.rmtree(self.root)
        return self.given or [self.paths[d] for d in self.disks if d not in self.omitted]

    def swap(self, device, uuid):
        image = self.out / "swap"
        with open(image, "wb") as f:
            f.truncate(self.size(device))
        tool("mkswap", "-q", "-U", uuid, image)
        self.store(device, image)
        image.unlink()


def guest_disks(name, cache):
    """The disks of a guest in the cache, built if anything of it changed."""
    home, fresh = Path(cache) / name, Path(cache) / f".{name}"
    mark = home / "made-from"
    home.parent.mkdir(parents=True, exist_ok=True)
    with open(Path(cache) / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = fingerprint(name)
        if not (mark.exists() and mark.read_text().splitlines()[0] == sources):
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            disks = Builder(name, fresh).build()
            (fresh / "made-from").write_text("\n".join([sources, *(d.name for d in disks)]) + "\n")
            shutil.rmtree(home, ignore_errors=True)
            fresh.rename(home)
    return [home / d for d in mark.read_text().splitlines()[1:]]

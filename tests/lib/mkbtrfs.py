#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Btrfs with subvolumes, or of several devices, for the guests of fixtures/guests.

Only a kernel makes these, so they are made once, by root, and kept beside the recipe as
btrfs-HASH-N.qcow2.xz, N the device.  The hash is of everything they are made from: when a file of
the guest changes, the kept image no longer is the one that is looked for, and has to be made again:

  mkbtrfs.py GUEST...

The lines below "btrfs DEVICE[,DEVICE...] DIR [OPTION...]" in a recipe:

  subvolume PATH [DIR]      made in this order; it takes what lies below DIR of the guest
  snapshot PATH FROM [ro]   made after all files are there
  default PATH              what a mount without options shows
"""
import hashlib
import lzma
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT_MAX = 256 << 10


class Missing(Exception):
    """There is no kept image of these files."""


def fingerprint(files, sizes, options, lines):
    h = hashlib.sha256(repr((sizes, options, lines)).encode())
    for p in sorted(files.rglob("*")):
        mode = p.lstat().st_mode
        h.update(f"\n{p.relative_to(files)} {mode & 0o777 if not stat.S_ISLNK(mode) else 0:o} ".encode())
        if stat.S_ISLNK(mode):
            h.update(os.readlink(p).encode())
        elif stat.S_ISREG(mode) and p.suffix != ".mod":  # of the host's GRUB: empty in the image
            h.update(hashlib.sha256(p.read_bytes()).digest())
    return h.hexdigest()[:16]


def kept(folders, name, devices):
    """The kept images, by device, unpacked by xz but not yet from qcow2."""
    for folder in folders:
        paths = [folder / f"btrfs-{name}-{n}.qcow2.xz" for n in range(devices)]
        if all(p.exists() for p in paths):
            return [lzma.decompress(p.read_bytes()) for p in paths]
    raise Missing(f"there is no kept Btrfs {name}; root makes it with tests/lib/mkbtrfs.py")


SCRIPT = """
set -e
mkdir m; loops=''
trap 'for l in $loops; do losetup -d $l; done' EXIT
for d in DEVICES; do loops="$loops $(losetup -f --show $d)"; done
first=${loops# }; first=${first%% *}
btrfs -q device scan $loops
mount -o noatime $first m
for l in $loops; do losetup -d $l; done; loops=''
s=0; (cd m; sh -e ../commands) || s=$?
umount m
exit $s
"""


def commands(files, lines, when):
    """What is done in the mounted filesystem."""
    out, taken = [], {}
    for words in lines:
        if words[0] == "subvolume":
            out += [f"mkdir -p {os.path.dirname(words[1]) or '.'}",
                    f"btrfs -q subvolume create {words[1]}"]
            if len(words) > 2:
                taken[words[2].strip("/")] = words[1]
    if "" not in taken:
        taken[""] = "."
    # The deepest directory first, so that what holds it finds an empty place.
    for directory in sorted(taken, key=lambda d: d.count("/") + bool(d), reverse=True):
        source = files / directory
        out += [f"cp -a --reflink=never {source}/. {taken[directory]}/"]
        if directory:
            out += [f"rm -rf {source}; mkdir {source}"]
    out += [f"find . -xdev -exec touch -h -d @{when} {{}} +", "sync"]
    for words in lines:
        if words[0] == "snapshot":
            out += [f"mkdir -p {os.path.dirname(words[1]) or '.'}",
                    f"btrfs -q subvolume snapshot {'-r' if 'ro' in words[3:] else ''} "
                    f"{words[2]} {words[1]}"]
        elif words[0] == "default":
            out += [f"btrfs subvolume set-default {words[1]}"]
    return "\n".join(out + ["sync", ""])


def make(folder, name, files, sizes, options, lines, when):
    """Makes what is missing, in the folder of a guest; root only."""
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        shutil.copytree(files, work / "files", symlinks=True)
        for p in (work / "files").rglob("*.mod"):
            p.write_bytes(b"")
        names = [f"d{n}.img" for n in range(len(sizes))]
        for image, size in zip(names, sizes):
            with open(work / image, "wb") as f:
                f.truncate(size)
        env = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        subprocess.run(["mkfs.btrfs", "-q", *options, *names], cwd=work, env=env, check=True)
        (work / "commands").write_text(commands(work / "files", lines, when))
        subprocess.run(["unshare", "-m", "sh", "-c", SCRIPT.replace("DEVICES", " ".join(names))],
                       cwd=work, env=env, check=True)
        for old in folder.glob("btrfs-*.qcow2.xz"):
            old.unlink()
        for n, image in enumerate(names):
            subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o",
                            "cluster_size=4096", image, "kept"], cwd=work, env=env, check=True)
            packed = lzma.compress((work / "kept").read_bytes(), preset=9 | lzma.PRESET_EXTREME)
            if len(packed) > KEPT_MAX:
                raise SystemExit(f"{folder.name}: {len(packed)} bytes are too many to keep")
            (folder / f"btrfs-{name}-{n}.qcow2.xz").write_bytes(packed)
            print(f"{folder.name}: btrfs-{name}-{n}.qcow2.xz, {len(packed)} bytes")


def main():
    import guest  # pylint: disable=import-outside-toplevel; it imports this file
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as out:
            guest.Builder(name, Path(out), keep=True).build()


if __name__ == "__main__":
    main()

#!/bin/sh
# shellcheck disable=SC2016 # what is in single quotes expands in another shell
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkseeds.sh DIR: makes the seeds of xfs_fuzz and btrfs_fuzz anew, DIR/xfs/* and DIR/btrfs/*, of small
# filesystems that the kernel has written: every form of directory, file and symlink once. Needs
# root, loop devices, mkfs.xfs and mkfs.btrfs. Most data is zeros, which an input leaves out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$PATH:/usr/sbin:/sbin" TEST_DIR=. TEST_DEV=. QA_CHECK_FS=1
mkdir -p "$1/xfs" "$1/btrfs"
cd "$1"

# in_mounted IMAGE OPTIONS COMMANDS, in a name space of its own
in_mounted() {
	unshare -m sh -euc 'mkdir -p m; mount -o "loop,$2" "$1" m; cd m; eval "$3"; cd ..; umount m' \
		sh "$@"
}

# A file of 60 pieces needs a tree for its extents.
files='head -c 5000 /dev/zero >file; ln -s file link; ln -s $(printf %0700d 1) far; mkfifo fifo
	head -c 120k /dev/zero >comb; for i in $(seq 0 59); do
		fallocate -p -o $((i * 2048)) -l 1024 comb; done
	fallocate -l 20k unwritten; truncate -s 1M hole'
dirs='mkdir short block leaf node; touch short/a short/bc; for i in $(seq 12); do ln file block/n$i; done
	for i in $(seq 70); do ln file leaf/n$i; done; for i in $(seq 260); do ln file node/n$i; done
	rm node/n1[3-6]?'

# Blocks of directories are made as small as those of the filesystem, which mkfs.xfs refuses: so few
# names need a tree.
# make_xfs NAME OPTIONS
make_xfs() {
	rm -f xfs.img
	truncate -s 32M xfs.img
	# shellcheck disable=SC2086 # options are words
	mkfs.xfs -q -f $2 xfs.img
	xfs_db -x -c 'sb 0' -c 'write dirblklog 0' xfs.img >/dev/null
	in_mounted xfs.img noatime "$files; $dirs"
	python3 "$here/mkpieces.py" xfs.img >"xfs/$1"
}

# make_btrfs NAME MKFS-OPTIONS MOUNT-OPTIONS COMMANDS
make_btrfs() {
	rm -f btrfs.img
	truncate -s 200M btrfs.img
	# shellcheck disable=SC2086 # options are words
	mkfs.btrfs -q -f $2 btrfs.img >/dev/null
	in_mounted btrfs.img "noatime,$3" "$4"
	python3 "$here/mkpieces.py" btrfs.img >"btrfs/$1"
}

rm -f xfs.img
truncate -s 32M xfs.img
mkfs.xfs -q -f -b size=1024 -d agcount=2 xfs.img
in_mounted xfs.img noatime 'touch a; xfs_io -c fsync a; cp ../xfs.img ../live.img'
python3 "$here/mkpieces.py" live.img >xfs/live
make_xfs v5 '-b size=1024 -d agcount=2'
make_xfs counted '-b size=1024 -m rmapbt=1 -i nrext64=1 -d agcount=2'
# Names in lower case have the same hashes where case is folded.
xfs_db -x -c 'sb 0' -c 'write versionnum 0xf4b5' xfs.img >/dev/null
python3 "$here/mkpieces.py" xfs.img >xfs/folded
# In both a file that is in its leaf, and one in an extent of its own.
packed='for m in zlib lzo zstd; do mkdir $m; btrfs property set $m compression $m
	seq 60 >$m/small; seq 3000 >$m/large; done'
make_btrfs packed '-M -n 4096 -m single -d single' compress-force "$packed"
make_btrfs forest '-M -n 4096 -m single -d single' max_inline=0 "$files
	btrfs subvolume create a; btrfs subvolume create a/b; touch a/b/c
	btrfs subvolume snapshot a s; btrfs subvolume snapshot -r a r; btrfs subvolume set-default a"

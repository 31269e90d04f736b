/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * minreader IMAGE OFFSET PATH... [OFFSET PATH...]: the least that reading a guest's files costs.
 * It opens the ext4 filesystems at the given byte offsets of a raw image with libext2fs's own
 * unix_io, reads the files that asr-inspect's facts come from, and does nothing with them.
 */
#include <ctype.h>
#include <ext2fs/ext2fs.h>
#include <stdio.h>
#include <stdlib.h>

static void read_file(ext2_filsys fs, const char *path)
{
	char buf[65536];
	ext2_file_t file;
	ext2_ino_t ino;
	unsigned got = 0;

	if (ext2fs_namei_follow(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, &ino)) {
		fprintf(stderr, "minreader: no %s\n", path);
		return;
	}
	if (ext2fs_file_open(fs, ino, 0, &file))
		exit(EXIT_FAILURE);
	while (!ext2fs_file_read(file, buf, sizeof(buf), &got) && got)
		;
	ext2fs_file_close(file);
}

int main(int argc, char **argv)
{
	ext2_filsys fs = NULL;

	for (int i = 2; i < argc; i++) {
		char options[32];

		if (!isdigit((unsigned char)argv[i][0])) {
			read_file(fs, argv[i]);
			continue;
		}
		if (fs)
			ext2fs_close(fs);
		snprintf(options, sizeof(options), "offset=%s", argv[i]);
		if (ext2fs_open2(argv[1], options, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs)) {
			fprintf(stderr, "minreader: no ext4 at %s of %s\n", argv[i], argv[1]);
			return EXIT_FAILURE;
		}
	}
	if (fs)
		ext2fs_close(fs);
	return EXIT_SUCCESS;
}

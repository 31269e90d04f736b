/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The machine a program was built for, from the first 20 bytes of its ELF header.
 */
#ifndef PARSE_ELF_H
#define PARSE_ELF_H

#include <stddef.h>

#define ELF_HEAD 64

/* As uname -m says it: "x86_64", "i686", "aarch64" ...; "unknown" for another machine; NULL when
 * this is no ELF file.  Static. */
const char *elf_arch(const void *head, size_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lazylib.h"

#include <dlfcn.h>
#include <errno.h>

#include "base/cleanup.h"

static struct {
	const char *sonames[2]; /* tried in this order; messages name the first */
	void *handle;
} libs[] = {
	[LAZYLIB_CRYPTO] = {{"libcrypto.so.3", "libcrypto.so.1.1"}, NULL},
	[LAZYLIB_ZLIB] = {{"libz.so.1"}, NULL},
	[LAZYLIB_DEFLATE] = {{"libdeflate.so.0"}, NULL},
	[LAZYLIB_ZSTD] = {{"libzstd.so.1"}, NULL},
	[LAZYLIB_LZO] = {{"liblzo2.so.2"}, NULL},
	[LAZYLIB_NTFS] = {{"libntfs-3g.so.89"}, NULL},
	[LAZYLIB_XML] = {{"libxml2.so.2", "libxml2.so.16"}, NULL},
	[LAZYLIB_HIVEX] = {{"libhivex.so.0"}, NULL},
	[LAZYLIB_JANSSON] = {{"libjansson.so.4"}, NULL},
};

void *lazylib_sym(enum lazylib lib, const char *symbol, struct err *e)
{
	void *p;

	for (size_t i = 0; i < ARRAY_LEN(libs[lib].sonames) && !libs[lib].handle; i++)
		if (libs[lib].sonames[i])
			libs[lib].handle = dlopen(libs[lib].sonames[i], RTLD_NOW | RTLD_LOCAL);
	if (!libs[lib].handle) {
		err_set(e, ENOTSUP, "the library %s is not installed", libs[lib].sonames[0]);
		return NULL;
	}
	p = dlsym(libs[lib].handle, symbol);
	if (!p)
		err_set(e, ENOTSUP, "the library %s has no %s", libs[lib].sonames[0], symbol);
	return p;
}

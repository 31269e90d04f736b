/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lazylib.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

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

static void *handle_of(enum lazylib lib)
{
	for (size_t i = 0; i < ARRAY_LEN(libs[lib].sonames) && !libs[lib].handle; i++)
		if (libs[lib].sonames[i])
			libs[lib].handle = dlopen(libs[lib].sonames[i], RTLD_NOW | RTLD_LOCAL);
	return libs[lib].handle;
}

int lazylib_load(enum lazylib lib, const struct lazylib_symbol *wanted, size_t n, struct err *e)
{
	const char *soname = libs[lib].sonames[0];
	void *handle = handle_of(lib);

	if (!handle)
		return err_set(e, ENOTSUP, "the library %s is not installed", soname);
	for (size_t i = 0; i < n; i++) {
		void *p = dlsym(handle, wanted[i].name);

		if (!p)
			return err_set(
				e, ENOTSUP, "the library %s has no %s", soname, wanted[i].name);
		memcpy(wanted[i].to, &p, sizeof(p));
	}
	return 0;
}

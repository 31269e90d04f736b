# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make                                  build/release/asr-inspect
#   make test [SAN=address,undefined]     unit and command-line tests
#   make lint                             layers, rules, formatting, static analysis
#   make fuzz CC=clang                    the fuzz targets; make fuzz-all runs them
#   make bench                            figures of design.md, against the peers that are installed
#   make install PREFIX= DESTDIR=
#
# V=1 shows the commands; config.mk holds local overrides.  Nothing is written outside build/.

-include config.mk

VERSION = 0.1.0
PREFIX ?= /usr/local
CC ?= cc
CFLAGS ?= -O2 -g
SAN ?=
comma := ,
VARIANT := $(if $(SAN),$(subst $(comma),-,$(SAN)),release)
B := build/$(VARIANT)
PKG_CONFIG ?= pkg-config

LIBS := blkid fdisk ext2fs com_err jansson
OUR_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' -Isrc -I. \
	$(shell $(PKG_CONFIG) --cflags $(LIBS))
OUR_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wundef -fno-common $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
OUR_LDFLAGS := $(if $(SAN),-fsanitize=$(SAN)) -Wl,--as-needed
LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS)) -ldl

Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(2)")

MAIN_SRC := src/main.c
LIB_SRC := $(filter-out $(MAIN_SRC),$(wildcard src/*/*.c)) $(wildcard fs/*.c)
TEST_LIB_SRC := $(wildcard tests/lib/*.c)
UNIT_SRC := $(wildcard tests/unit/*_test.c)
FUZZ_SRC := $(wildcard tests/fuzz/*_fuzz.c)
obj = $(patsubst %.c,$(B)/%.o,$(1))

.PHONY: all test unit lint fuzz fuzz-all bench install clean
.DELETE_ON_ERROR:

all: $(B)/asr-inspect

$(B)/libasr.a: $(call obj,$(LIB_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/asr-inspect: $(call obj,$(MAIN_SRC)) $(B)/libasr.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# ---- tests ----

UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(UNIT_SRC))

$(UNIT_BIN): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(call obj,$(TEST_LIB_SRC)) $(B)/libasr.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

unit: $(UNIT_BIN)

clean:
	rm -rf build

-include $(patsubst %.o,%.d,$(call obj,$(MAIN_SRC) $(LIB_SRC) $(TEST_LIB_SRC) $(UNIT_SRC) $(FUZZ_SRC)))

# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make                                  build/release/asr-inspect
#   make test [SAN=address,undefined]     unit, guest and command-line tests
#   make lint                             layers, rules, formatting, static analysis
#   make fuzz                             the fuzz targets (clang); make fuzz-all runs them
#   make bench                            CPU, memory and reads, against the peers installed here
#   make install PREFIX= DESTDIR=
#
# V=1 shows the commands; config.mk holds local overrides.  Nothing is written outside build/.

-include config.mk

VERSION = 0.1.0
PREFIX ?= /usr/local
CC ?= cc
CFLAGS ?= -O2 -g
SAN ?=
FUZZ_SECONDS ?= 180
FUZZ_ROUNDS ?= 2000
comma := ,
VARIANT := $(if $(SAN),$(subst $(comma),-,$(SAN)),release)
B := build/$(VARIANT)
PKG_CONFIG ?= pkg-config

LIBS := blkid fdisk ext2fs com_err
# Loaded on first use, never linked: only what they declare is needed.
LAZY_LIBS := jansson libntfs-3g zlib
# What tests check against.
TEST_LIBS := jansson zlib
OUR_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' -Isrc -I. \
	$(shell $(PKG_CONFIG) --cflags $(LIBS) $(LAZY_LIBS))
OUR_CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wundef -fno-common $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
OUR_LDFLAGS := $(if $(SAN),-fsanitize=$(SAN)) -Wl,--as-needed
LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS)) -ldl -pthread

Q := $(if $(V),,@)
silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V)$(silent),,@echo "  $(1)	$(2)")

MAIN_SRC := $(wildcard src/*.c)
LIB_SRC := $(filter-out $(MAIN_SRC),$(wildcard src/*/*.c)) $(wildcard fs/*.c)
TEST_LIB_SRC := $(wildcard tests/lib/*.c)
UNIT_SRC := $(wildcard tests/unit/*_test.c)
FUZZ_SRC := $(wildcard tests/fuzz/*_fuzz.c)
REPLAY_SRC := tests/fuzz/replay.c
BENCH_SRC := $(wildcard tests/bench/*.c)
obj = $(patsubst %.c,$(B)/%.o,$(1))

PROGRAM := $(B)/asr-inspect
LIBRARY := $(B)/libasr.a
UNIT_BIN := $(patsubst %.c,$(B)/%,$(UNIT_SRC))
REPLAY_BIN := $(patsubst %_fuzz.c,$(B)/%_replay,$(FUZZ_SRC))
FUZZ_BIN := $(patsubst %.c,$(B)/%,$(FUZZ_SRC))
BENCH_BIN := $(patsubst %.c,$(B)/%,$(BENCH_SRC))

.PHONY: all test unit unit-bin lint fuzz fuzz-bin fuzz-all bench install clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAM)

$(LIBRARY): $(call obj,$(LIB_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(PROGRAM): $(call obj,$(MAIN_SRC)) $(LIBRARY)
$(UNIT_BIN): $(B)/%: $(B)/%.o $(call obj,$(TEST_LIB_SRC)) $(LIBRARY)
$(REPLAY_BIN): $(B)/%_replay: $(B)/%_fuzz.o $(call obj,$(REPLAY_SRC)) $(LIBRARY)
$(FUZZ_BIN): $(B)/%: $(B)/%.o $(LIBRARY)
$(BENCH_BIN): $(B)/%: $(B)/%.o

$(UNIT_BIN): LDLIBS += -lcmocka
$(UNIT_BIN) $(REPLAY_BIN) $(FUZZ_BIN): LDLIBS += $(shell $(PKG_CONFIG) --libs $(TEST_LIBS))
$(FUZZ_BIN): OUR_LDFLAGS += -fsanitize=fuzzer

$(PROGRAM) $(UNIT_BIN) $(REPLAY_BIN) $(FUZZ_BIN) $(BENCH_BIN):
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# ---- tests ----

unit-bin: $(UNIT_BIN) $(REPLAY_BIN)

unit: unit-bin
	tests/run --build $(B) $(UNIT_BIN) $(REPLAY_BIN)

test: $(PROGRAM) unit-bin
	tests/run --build $(B) tests/run-guests tests/run-cli $(UNIT_BIN) $(REPLAY_BIN)

lint: $(PROGRAM)
	scripts/lint $(PROGRAM)

bench: $(PROGRAM) $(BENCH_BIN)
	tests/bench/run --build $(B)

# The library is built once for the fuzzers too, with coverage; only the targets link libFuzzer.
fuzz:
	$(MAKE) fuzz-bin CC=clang SAN=fuzzer-no-link,address,undefined

fuzz-bin: $(FUZZ_BIN)

# And more of the rounds of random disks that "make test" has 200 of.
fuzz-all: fuzz $(B)/tests/unit/roundtrip_test
	ROUNDS=$(FUZZ_ROUNDS) SEED=201 $(B)/tests/unit/roundtrip_test
	tests/fuzz/run $(FUZZ_SECONDS) build/fuzzer-no-link-address-undefined/tests/fuzz

# ---- the rest ----

install: $(PROGRAM)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 src/asr-inspect.1 $(DESTDIR)$(PREFIX)/share/man/man1/

clean:
	rm -rf build

-include $(patsubst %.o,%.d,$(call obj,$(MAIN_SRC) $(LIB_SRC) $(TEST_LIB_SRC) $(UNIT_SRC) \
	$(FUZZ_SRC) $(REPLAY_SRC) $(BENCH_SRC)))

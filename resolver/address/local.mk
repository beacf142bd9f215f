# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	resolver/address/address.c \
	resolver/address/arena.c \
	resolver/address/arena.h \
	resolver/address/domain.c \
	resolver/address/imceaex.c \
	resolver/address/mailbox.c \
	resolver/address/mailbox.h \
	resolver/address/plain.c \
	resolver/address/siphash.c \
	resolver/address/siphash.h \
	resolver/address/tenant.c

check_PROGRAMS += tests/unit/test-address
TESTS += tests/unit/test-address
tests_unit_test_address_SOURCES = tests/unit/test-address.c
tests_unit_test_address_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-imceaex
TESTS += tests/unit/test-imceaex
tests_unit_test_imceaex_SOURCES = tests/unit/test-imceaex.c
tests_unit_test_imceaex_LDADD = $(RESOLVER_LIBS)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-address tests/fuzz/fuzz-imceaex
FUZZ_TARGETS += tests/fuzz/fuzz-address tests/fuzz/fuzz-imceaex
tests_fuzz_fuzz_address_SOURCES = tests/fuzz/fuzz-address.c
tests_fuzz_fuzz_address_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_address_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_imceaex_SOURCES = tests/fuzz/fuzz-imceaex.c
tests_fuzz_fuzz_imceaex_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_imceaex_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

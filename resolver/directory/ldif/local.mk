# SPDX-License-Identifier: BSD-2-Clause
# The directory in an LDIF file.
libresolver_a_SOURCES += \
	resolver/directory/ldif/ldif-lines.c \
	resolver/directory/ldif/ldif-lines.h \
	resolver/directory/ldif/ldif-reader.c \
	resolver/directory/ldif/ldif-reader.h \
	resolver/directory/ldif/ldif-value.c \
	resolver/directory/ldif/ldif-value.h \
	resolver/directory/ldif/ldif.c

check_PROGRAMS += \
	tests/unit/test-ldif
TESTS += \
	tests/unit/test-ldif
tests_unit_test_ldif_SOURCES = tests/unit/test-ldif.c
tests_unit_test_ldif_LDADD = $(RESOLVER_LIBS)

EXTRA_DIST += tests/fuzz/corpus/fuzz-ldif/content.ldif tests/fuzz/corpus/fuzz-ldif/refused.ldif
if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-ldif
FUZZ_TARGETS += tests/fuzz/fuzz-ldif
tests_fuzz_fuzz_ldif_SOURCES = tests/fuzz/fuzz-ldif.c
tests_fuzz_fuzz_ldif_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_ldif_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

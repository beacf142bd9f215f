# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	resolver/filter/filter-anr.c \
	resolver/filter/filter-anr.h \
	resolver/filter/filter-fold.c \
	resolver/filter/filter-item.c \
	resolver/filter/filter-leaf.c \
	resolver/filter/filter-literal.c \
	resolver/filter/filter-literal.h \
	resolver/filter/filter-match.c \
	resolver/filter/filter-node.h \
	resolver/filter/filter-parse.c \
	resolver/filter/filter-print.c \
	resolver/filter/filter-reader.h \
	resolver/filter/filter-widen.c \
	resolver/filter/filter.c

check_PROGRAMS += tests/unit/test-filter-parse
TESTS += tests/unit/test-filter-parse
tests_unit_test_filter_parse_SOURCES = tests/unit/test-filter-parse.c tests/unit/filter-sanitizer.h
tests_unit_test_filter_parse_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-filter-corpus
TESTS += tests/unit/test-filter-corpus
tests_unit_test_filter_corpus_SOURCES = tests/unit/test-filter-corpus.c \
	tests/unit/filter-company.h tests/unit/filter-entries.h
tests_unit_test_filter_corpus_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-filter-fold
TESTS += tests/unit/test-filter-fold
tests_unit_test_filter_fold_SOURCES = tests/unit/test-filter-fold.c
tests_unit_test_filter_fold_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-filter-match
TESTS += tests/unit/test-filter-match
tests_unit_test_filter_match_SOURCES = tests/unit/test-filter-match.c \
	tests/unit/filter-company.h tests/unit/filter-entries.h tests/unit/filter-sanitizer.h
tests_unit_test_filter_match_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-filter-property
TESTS += tests/unit/test-filter-property
tests_unit_test_filter_property_SOURCES = tests/unit/test-filter-property.c tests/unit/filter-entries.h
tests_unit_test_filter_property_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-filter-semantics
TESTS += tests/unit/test-filter-semantics
tests_unit_test_filter_semantics_SOURCES = tests/unit/test-filter-semantics.c \
	tests/unit/filter-company.h tests/unit/filter-entries.h
tests_unit_test_filter_semantics_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-filter-widen
TESTS += tests/unit/test-filter-widen
tests_unit_test_filter_widen_SOURCES = tests/unit/test-filter-widen.c tests/unit/filter-entries.h
tests_unit_test_filter_widen_LDADD = $(RESOLVER_LIBS)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-filter
FUZZ_TARGETS += tests/fuzz/fuzz-filter
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz-filter.c
tests_fuzz_fuzz_filter_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_filter_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

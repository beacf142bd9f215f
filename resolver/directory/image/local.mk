# SPDX-License-Identifier: BSD-2-Clause
# A directory held in memory, with its indexes.
libresolver_a_SOURCES += \
	resolver/directory/image/change.h \
	resolver/directory/image/dictionary.c \
	resolver/directory/image/dictionary.h \
	resolver/directory/image/dn-parts.c \
	resolver/directory/image/dn-parts.h \
	resolver/directory/image/id-set.c \
	resolver/directory/image/id-set.h \
	resolver/directory/image/id-table.c \
	resolver/directory/image/id-table.h \
	resolver/directory/image/image-address.c \
	resolver/directory/image/image-answer.c \
	resolver/directory/image/image-answer.h \
	resolver/directory/image/image-columns.c \
	resolver/directory/image/image-eval.c \
	resolver/directory/image/image-export.c \
	resolver/directory/image/image-filters.c \
	resolver/directory/image/image-import.c \
	resolver/directory/image/image-keys.c \
	resolver/directory/image/image-leaf.c \
	resolver/directory/image/image-links.c \
	resolver/directory/image/image-move.c \
	resolver/directory/image/image-nodes.c \
	resolver/directory/image/image-place.c \
	resolver/directory/image/image-plan.c \
	resolver/directory/image/image-private.h \
	resolver/directory/image/image-put.c \
	resolver/directory/image/image-quick.c \
	resolver/directory/image/image-quick.h \
	resolver/directory/image/image-row-name.c \
	resolver/directory/image/image-row-name.h \
	resolver/directory/image/image-row.h \
	resolver/directory/image/image-rows.c \
	resolver/directory/image/image-rows.h \
	resolver/directory/image/image-scope.c \
	resolver/directory/image/image-search.c \
	resolver/directory/image/image-selection.c \
	resolver/directory/image/image-superiors.c \
	resolver/directory/image/image-term.c \
	resolver/directory/image/image-term.h \
	resolver/directory/image/image-values.c \
	resolver/directory/image/image.c \
	resolver/directory/image/image.h \
	resolver/directory/image/octets.h \
	resolver/directory/image/postings.c \
	resolver/directory/image/postings.h \
	resolver/directory/image/record.c \
	resolver/directory/image/record.h \
	resolver/directory/image/room.c \
	resolver/directory/image/room.h \
	resolver/directory/image/row-octets.h

check_PROGRAMS += \
	tests/unit/test-id-set \
	tests/unit/test-image \
	tests/unit/test-image-change \
	tests/unit/test-image-property \
	tests/unit/test-image-quick \
	tests/unit/test-image-scan \
	tests/unit/test-image-threads
TESTS += \
	tests/unit/test-id-set \
	tests/unit/test-image \
	tests/unit/test-image-change \
	tests/unit/test-image-property \
	tests/unit/test-image-quick \
	tests/unit/test-image-scan \
	tests/unit/test-image-threads
tests_unit_test_id_set_SOURCES = tests/unit/test-id-set.c
tests_unit_test_id_set_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_SOURCES = tests/unit/test-image.c
tests_unit_test_image_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_change_SOURCES = tests/unit/test-image-change.c
tests_unit_test_image_change_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_property_SOURCES = tests/unit/test-image-property.c tests/unit/image-model.h
tests_unit_test_image_property_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_quick_SOURCES = tests/unit/test-image-quick.c
tests_unit_test_image_quick_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_scan_SOURCES = tests/unit/test-image-scan.c
tests_unit_test_image_scan_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_threads_SOURCES = tests/unit/test-image-threads.c
tests_unit_test_image_threads_LDADD = $(RESOLVER_LIBS)

EXTRA_DIST += tests/fuzz/corpus/fuzz-image-row/group tests/fuzz/corpus/fuzz-image-row/names
if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-image-row
FUZZ_TARGETS += tests/fuzz/fuzz-image-row
tests_fuzz_fuzz_image_row_SOURCES = tests/fuzz/fuzz-image-row.c
tests_fuzz_fuzz_image_row_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_image_row_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

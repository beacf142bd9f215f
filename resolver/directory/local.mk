# SPDX-License-Identifier: BSD-2-Clause
include resolver/directory/ldap/local.mk

libresolver_a_SOURCES += \
	resolver/directory/answers.c \
	resolver/directory/answers.h \
	resolver/directory/cache.c \
	resolver/directory/directory-class.h \
	resolver/directory/directory.c \
	resolver/directory/entry-pack.h \
	resolver/directory/entry.c \
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
	resolver/directory/image/image-term.c \
	resolver/directory/image/image-term.h \
	resolver/directory/image/image-values.c \
	resolver/directory/image/image.c \
	resolver/directory/image/image.h \
	resolver/directory/image/postings.c \
	resolver/directory/image/postings.h \
	resolver/directory/image/record.c \
	resolver/directory/image/record.h \
	resolver/directory/image/room.c \
	resolver/directory/image/room.h \
	resolver/directory/image/row-octets.h \
	resolver/directory/ldif/ldif-lines.c \
	resolver/directory/ldif/ldif-lines.h \
	resolver/directory/ldif/ldif-reader.c \
	resolver/directory/ldif/ldif-reader.h \
	resolver/directory/ldif/ldif-value.c \
	resolver/directory/ldif/ldif-value.h \
	resolver/directory/ldif/ldif.c \
	resolver/directory/lookup.c \
	resolver/directory/mirror/checksum.c \
	resolver/directory/mirror/checksum.h \
	resolver/directory/mirror/conveyor.c \
	resolver/directory/mirror/conveyor.h \
	resolver/directory/mirror/gate.c \
	resolver/directory/mirror/gate.h \
	resolver/directory/mirror/mirror-apply.c \
	resolver/directory/mirror/mirror-attributes.c \
	resolver/directory/mirror/mirror-disk.h \
	resolver/directory/mirror/mirror-keeper.c \
	resolver/directory/mirror/mirror-load.c \
	resolver/directory/mirror/mirror-naming.c \
	resolver/directory/mirror/mirror-places.c \
	resolver/directory/mirror/mirror-rights.c \
	resolver/directory/mirror/mirror-private.h \
	resolver/directory/mirror/mirror-save.c \
	resolver/directory/mirror/mirror-status.c \
	resolver/directory/mirror/mirror-view.c \
	resolver/directory/mirror/mirror.c \
	resolver/directory/mirror/store-file.c \
	resolver/directory/mirror/store-file.h \
	resolver/directory/mirror/store-private.h \
	resolver/directory/mirror/store-read.c \
	resolver/directory/mirror/store.c \
	resolver/directory/mirror/store.h

include resolver/directory/mirror/stream.mk

check_PROGRAMS += tests/unit/test-entry tests/unit/test-image tests/unit/test-id-set tests/unit/test-image-change tests/unit/test-image-property tests/unit/test-image-quick tests/unit/test-image-threads tests/unit/test-ldif
TESTS += tests/unit/test-entry tests/unit/test-image tests/unit/test-id-set tests/unit/test-image-change tests/unit/test-image-property tests/unit/test-image-quick tests/unit/test-image-threads tests/unit/test-ldif
tests_unit_test_entry_SOURCES = tests/unit/test-entry.c
tests_unit_test_entry_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_SOURCES = tests/unit/test-image.c
tests_unit_test_image_LDADD = $(RESOLVER_LIBS)
tests_unit_test_id_set_SOURCES = tests/unit/test-id-set.c
tests_unit_test_id_set_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_change_SOURCES = tests/unit/test-image-change.c
tests_unit_test_image_change_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_threads_SOURCES = tests/unit/test-image-threads.c
tests_unit_test_image_threads_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_quick_SOURCES = tests/unit/test-image-quick.c
tests_unit_test_image_quick_LDADD = $(RESOLVER_LIBS)
tests_unit_test_image_property_SOURCES = tests/unit/test-image-property.c tests/unit/image-model.h
tests_unit_test_image_property_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldif_SOURCES = tests/unit/test-ldif.c
tests_unit_test_ldif_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-lookup
TESTS += tests/unit/test-lookup
tests_unit_test_lookup_SOURCES = tests/unit/test-lookup.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_lookup_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-cache tests/unit/test-gate tests/unit/test-mirror tests/unit/test-store
TESTS += tests/unit/test-cache tests/unit/test-gate tests/unit/test-mirror tests/unit/test-store
tests_unit_test_cache_SOURCES = tests/unit/test-cache.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_cache_LDADD = $(RESOLVER_LIBS)
tests_unit_test_gate_SOURCES = tests/unit/test-gate.c
tests_unit_test_gate_LDADD = $(RESOLVER_LIBS)
tests_unit_test_mirror_SOURCES = tests/unit/test-mirror.c
tests_unit_test_mirror_LDADD = $(RESOLVER_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test-store.c
tests_unit_test_store_LDADD = $(RESOLVER_LIBS)

# a long run, by hand
noinst_PROGRAMS += tests/drill/million
tests_drill_million_SOURCES = tests/drill/million.c
tests_drill_million_LDADD = $(RESOLVER_LIBS)

EXTRA_DIST += tests/fuzz/corpus/fuzz-ldif/content.ldif tests/fuzz/corpus/fuzz-ldif/refused.ldif \
	tests/fuzz/corpus/fuzz-image-row/group tests/fuzz/corpus/fuzz-image-row/names
if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-ldif tests/fuzz/fuzz-image-row
FUZZ_TARGETS += tests/fuzz/fuzz-ldif tests/fuzz/fuzz-image-row
tests_fuzz_fuzz_image_row_SOURCES = tests/fuzz/fuzz-image-row.c
tests_fuzz_fuzz_image_row_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_image_row_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_ldif_SOURCES = tests/fuzz/fuzz-ldif.c
tests_fuzz_fuzz_ldif_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_ldif_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

# SPDX-License-Identifier: BSD-2-Clause
include resolver/directory/ldif/local.mk
include resolver/directory/ldap/local.mk
include resolver/directory/image/local.mk
include resolver/directory/mirror/local.mk

libresolver_a_SOURCES += \
	resolver/directory/answers.c \
	resolver/directory/answers.h \
	resolver/directory/cache.c \
	resolver/directory/directory-class.h \
	resolver/directory/directory.c \
	resolver/directory/entry-pack.h \
	resolver/directory/entry.c \
	resolver/directory/lookup.c

check_PROGRAMS += \
	tests/unit/test-cache \
	tests/unit/test-entry \
	tests/unit/test-lookup
TESTS += \
	tests/unit/test-cache \
	tests/unit/test-entry \
	tests/unit/test-lookup
tests_unit_test_cache_SOURCES = tests/unit/test-cache.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_cache_LDADD = $(RESOLVER_LIBS)
tests_unit_test_entry_SOURCES = tests/unit/test-entry.c
tests_unit_test_entry_LDADD = $(RESOLVER_LIBS)
tests_unit_test_lookup_SOURCES = tests/unit/test-lookup.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_lookup_LDADD = $(RESOLVER_LIBS)

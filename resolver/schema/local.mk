# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	resolver/schema/assertion.c \
	resolver/schema/assertion.h \
	resolver/schema/attribute-key.c \
	resolver/schema/builtin.c \
	resolver/schema/definition.c \
	resolver/schema/dn.c \
	resolver/schema/dn-match.c \
	resolver/schema/dn-match.h \
	resolver/schema/dn-walk.c \
	resolver/schema/dn-walk.h \
	resolver/schema/fold.c \
	resolver/schema/fold.h \
	resolver/schema/fold-table.c \
	resolver/schema/forms.c \
	resolver/schema/octets-hash.h \
	resolver/schema/rules.c \
	resolver/schema/rules.h \
	resolver/schema/schema.c \
	resolver/schema/schema-builder.c \
	resolver/schema/schema-octets.c \
	resolver/schema/schema-private.h \
	resolver/schema/schema-struct.h \
	resolver/schema/substring.c \
	resolver/schema/value.c \
	resolver/schema/value.h \
	resolver/schema/value-time.c

# The built-in schemas: tables of facts, turned into initializers that builtin.c includes.
SCHEMA_TABLES = \
	$(srcdir)/resolver/schema/ad-attributes.tsv \
	$(srcdir)/resolver/schema/ad-classes.tsv \
	$(srcdir)/resolver/schema/rfc-attributes.tsv \
	$(srcdir)/resolver/schema/rfc-classes.tsv
EXTRA_DIST += $(SCHEMA_TABLES) resolver/schema/tables.awk
BUILT_SOURCES += resolver/schema/tables.inc
CLEANFILES += resolver/schema/tables.inc resolver/schema/tables.inc.tmp
resolver/schema/tables.inc: $(srcdir)/resolver/schema/tables.awk $(SCHEMA_TABLES)
	@$(MKDIR_P) resolver/schema
	$(AM_V_GEN)$(AWK) -f $(srcdir)/resolver/schema/tables.awk $(SCHEMA_TABLES) > $@.tmp && mv $@.tmp $@
resolver/schema/builtin.$(OBJEXT): resolver/schema/tables.inc

check_PROGRAMS += tests/unit/test-dn
TESTS += tests/unit/test-dn
tests_unit_test_dn_SOURCES = tests/unit/test-dn.c
tests_unit_test_dn_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-schema-match
TESTS += tests/unit/test-schema-match
tests_unit_test_schema_match_SOURCES = tests/unit/test-schema-match.c
tests_unit_test_schema_match_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-schema
TESTS += tests/unit/test-schema
tests_unit_test_schema_SOURCES = tests/unit/test-schema.c
tests_unit_test_schema_LDADD = $(RESOLVER_LIBS)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-dn
FUZZ_TARGETS += tests/fuzz/fuzz-dn
tests_fuzz_fuzz_dn_SOURCES = tests/fuzz/fuzz-dn.c
tests_fuzz_fuzz_dn_LDADD = $(RESOLVER_LIBS)
tests_fuzz_fuzz_dn_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	resolver/expand/expand.c resolver/expand/meet.c resolver/expand/relay.c \
	resolver/expand/roster-builder.c resolver/expand/roster-builder.h \
	resolver/expand/roster.c resolver/expand/roster-private.h resolver/expand/single.c resolver/expand/walk.h

check_PROGRAMS += tests/unit/test-roster
TESTS += tests/unit/test-roster
tests_unit_test_roster_SOURCES = tests/unit/test-roster.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_roster_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/unit/test-relay
TESTS += tests/unit/test-relay
tests_unit_test_relay_SOURCES = tests/unit/test-relay.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_relay_LDADD = $(RESOLVER_LIBS)

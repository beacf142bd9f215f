# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += include/rollcall/state.h \
	resolver/state/approvals.c resolver/state/approvals.h resolver/state/names.c resolver/state/names.h \
	resolver/state/state.c resolver/state/state-approvals.c resolver/state/state-file.c resolver/state/state-file.h \
	resolver/state/state-history.c resolver/state/state-private.h resolver/state/state-rows.c \
	resolver/state/state-sql.c resolver/state/state-sql.h resolver/state/state-writer.c

STATE_TEST_HELP = tests/unit/state-help.c tests/unit/state-help.h \
	tests/unit/scripted-directory.c tests/unit/scripted-directory.h
check_PROGRAMS += tests/unit/test-names tests/unit/test-state tests/unit/test-state-file
TESTS += tests/unit/test-names tests/unit/test-state tests/unit/test-state-file
tests_unit_test_names_SOURCES = tests/unit/test-names.c $(STATE_TEST_HELP)
tests_unit_test_names_LDADD = $(RESOLVER_LIBS)
tests_unit_test_state_SOURCES = tests/unit/test-state.c $(STATE_TEST_HELP)
tests_unit_test_state_LDADD = $(RESOLVER_LIBS)
tests_unit_test_state_file_SOURCES = tests/unit/test-state-file.c $(STATE_TEST_HELP)
tests_unit_test_state_file_LDADD = $(RESOLVER_LIBS)

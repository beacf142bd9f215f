# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	include/rollcall/guard.h \
	resolver/policy/audience.c resolver/policy/audience.h resolver/policy/guard.c resolver/policy/online.c resolver/policy/policy.c \
	resolver/policy/verdict.c resolver/policy/verdict.h

check_PROGRAMS += tests/unit/test-guard tests/unit/test-policy
TESTS += tests/unit/test-guard tests/unit/test-policy
tests_unit_test_guard_SOURCES = tests/unit/test-guard.c $(STATE_TEST_HELP)
tests_unit_test_guard_LDADD = $(RESOLVER_LIBS)
tests_unit_test_policy_SOURCES = tests/unit/test-policy.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_policy_LDADD = $(RESOLVER_LIBS)

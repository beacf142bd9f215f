# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	resolver/policy/audience.c resolver/policy/audience.h resolver/policy/online.c resolver/policy/policy.c \
	resolver/policy/verdict.c resolver/policy/verdict.h

check_PROGRAMS += tests/unit/test-policy
TESTS += tests/unit/test-policy
tests_unit_test_policy_SOURCES = tests/unit/test-policy.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_policy_LDADD = $(RESOLVER_LIBS)

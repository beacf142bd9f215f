# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += resolver/policy/policy.c

check_PROGRAMS += tests/unit/test-policy
TESTS += tests/unit/test-policy
tests_unit_test_policy_SOURCES = tests/unit/test-policy.c
tests_unit_test_policy_LDADD = $(RESOLVER_LIBS)

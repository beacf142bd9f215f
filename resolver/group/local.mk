# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	resolver/group/attributes.c resolver/group/classify.c resolver/group/describe.c resolver/group/forwarding.c \
	resolver/group/group.c resolver/group/group-private.h resolver/group/mailbox-filter.c resolver/group/member-url.c \
	resolver/group/member-values.c resolver/group/reports.c resolver/group/restrictions.c resolver/group/route.c

check_PROGRAMS += tests/unit/test-group tests/unit/test-route
TESTS += tests/unit/test-group tests/unit/test-route
tests_unit_test_group_SOURCES = tests/unit/test-group.c
tests_unit_test_group_LDADD = $(RESOLVER_LIBS)
tests_unit_test_route_SOURCES = tests/unit/test-route.c
tests_unit_test_route_LDADD = $(RESOLVER_LIBS)

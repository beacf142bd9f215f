# SPDX-License-Identifier: BSD-2-Clause
liborigin_a_SOURCES += \
	include/rollcall/origin.h \
	origin/case.c \
	origin/headers.c origin/headers.h \
	origin/judge.c origin/judge.h \
	origin/networks.c

ORIGIN_TESTS = \
	tests/unit/test-networks \
	tests/unit/test-origin
check_PROGRAMS += $(ORIGIN_TESTS)
TESTS += $(ORIGIN_TESTS)
tests_unit_test_networks_SOURCES = tests/unit/test-networks.c
tests_unit_test_networks_LDADD = $(ORIGIN_LIBS)
tests_unit_test_origin_SOURCES = tests/unit/test-origin.c
tests_unit_test_origin_LDADD = $(ORIGIN_LIBS)

# SPDX-License-Identifier: BSD-2-Clause
libresolver_a_SOURCES += \
	resolver/answer.c resolver/answer.h resolver/decide.c resolver/flight.c resolver/flight.h resolver/guarding.c \
	resolver/memo.c resolver/memo.h resolver/question.c resolver/question.h resolver/reports.c \
	resolver/resolver.c resolver/rosters.c resolver/verify.c

check_PROGRAMS += tests/unit/test-company tests/unit/test-memo tests/unit/test-resolver tests/unit/test-sender tests/unit/test-views
TESTS += tests/unit/test-company tests/unit/test-memo tests/unit/test-resolver tests/unit/test-sender tests/unit/test-views
tests_unit_test_company_SOURCES = tests/unit/test-company.c
tests_unit_test_company_LDADD = $(RESOLVER_LIBS)
tests_unit_test_memo_SOURCES = tests/unit/test-memo.c
tests_unit_test_memo_LDADD = $(RESOLVER_LIBS)
tests_unit_test_resolver_SOURCES = tests/unit/test-resolver.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_resolver_LDADD = $(RESOLVER_LIBS)
tests_unit_test_sender_SOURCES = tests/unit/test-sender.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_sender_LDADD = $(RESOLVER_LIBS)
tests_unit_test_views_SOURCES = tests/unit/test-views.c tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_views_LDADD = $(RESOLVER_LIBS)

# SPDX-License-Identifier: BSD-2-Clause
liborigin_a_SOURCES += \
	include/rollcall/origin.h \
	origin/case.c \
	origin/client-name.c origin/client-name.h \
	origin/endpoints-list.c origin/endpoints-list.h \
	origin/endpoints-private.h \
	origin/endpoints-service.c origin/endpoints-service.h \
	origin/endpoints.c \
	origin/factors.c origin/factors.h \
	origin/fetcher.c origin/fetcher.h \
	origin/from.c origin/from.h \
	origin/headers.c origin/headers.h \
	origin/judge.c origin/judge.h \
	origin/networks.c \
	origin/proof.c origin/proof.h \
	origin/secret.c origin/secret.h

ORIGIN_TESTS = \
	tests/unit/test-client-name \
	tests/unit/test-endpoints-list \
	tests/unit/test-from \
	tests/unit/test-networks \
	tests/unit/test-origin \
	tests/unit/test-published \
	tests/unit/test-secret
check_PROGRAMS += $(ORIGIN_TESTS)
TESTS += $(ORIGIN_TESTS)
tests_unit_test_client_name_SOURCES = tests/unit/test-client-name.c
tests_unit_test_client_name_LDADD = $(ORIGIN_LIBS)
tests_unit_test_endpoints_list_SOURCES = tests/unit/test-endpoints-list.c
tests_unit_test_endpoints_list_LDADD = $(ORIGIN_LIBS)
tests_unit_test_from_SOURCES = tests/unit/test-from.c
tests_unit_test_from_LDADD = $(ORIGIN_LIBS)
tests_unit_test_networks_SOURCES = tests/unit/test-networks.c
tests_unit_test_networks_LDADD = $(ORIGIN_LIBS)
tests_unit_test_origin_SOURCES = tests/unit/test-origin.c
tests_unit_test_origin_LDADD = $(ORIGIN_LIBS)
tests_unit_test_published_SOURCES = tests/unit/test-published.c
tests_unit_test_published_LDADD = $(ORIGIN_LIBS)
tests_unit_test_secret_SOURCES = tests/unit/test-secret.c
tests_unit_test_secret_LDADD = $(ORIGIN_LIBS)

# Published addresses against a web server, for test_endpoints.py.
check_PROGRAMS += tests/integration/endpoints-probe
tests_integration_endpoints_probe_SOURCES = tests/integration/endpoints-probe.c
tests_integration_endpoints_probe_LDADD = $(ORIGIN_LIBS)
EXTRA_DIST += tests/integration/test_endpoints.py

EXTRA_DIST += \
	tests/fuzz/corpus/fuzz-endpoints/answer.json tests/fuzz/corpus/fuzz-endpoints/cache.json \
	tests/fuzz/corpus/fuzz-endpoints/version.json \
	tests/fuzz/corpus/fuzz-origin/postfix tests/fuzz/corpus/fuzz-origin/sendmail
if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-endpoints tests/fuzz/fuzz-origin
FUZZ_TARGETS += tests/fuzz/fuzz-endpoints tests/fuzz/fuzz-origin
tests_fuzz_fuzz_endpoints_SOURCES = tests/fuzz/fuzz-endpoints.c
tests_fuzz_fuzz_endpoints_LDADD = $(ORIGIN_LIBS)
tests_fuzz_fuzz_endpoints_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_origin_SOURCES = tests/fuzz/fuzz-origin.c
tests_fuzz_fuzz_origin_LDADD = $(ORIGIN_LIBS)
tests_fuzz_fuzz_origin_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

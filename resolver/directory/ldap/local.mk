# SPDX-License-Identifier: BSD-2-Clause
# The live LDAP directory.
libresolver_a_SOURCES += \
	resolver/directory/ldap/ldap-private.h \
	resolver/directory/ldap/ldap-pool.h \
	resolver/directory/ldap/ldap.c \
	resolver/directory/ldap/ldap-check.c \
	resolver/directory/ldap/ldap-config.c \
	resolver/directory/ldap/ldap-connect.c \
	resolver/directory/ldap/ldap-find.c \
	resolver/directory/ldap/ldap-guard.c \
	resolver/directory/ldap/ldap-job.c \
	resolver/directory/ldap/ldap-kerberos.c \
	resolver/directory/ldap/ldap-line.c \
	resolver/directory/ldap/ldap-message.c \
	resolver/directory/ldap/ldap-outcome.c \
	resolver/directory/ldap/ldap-pool.c \
	resolver/directory/ldap/ldap-range.c \
	resolver/directory/ldap/ldap-read.c \
	resolver/directory/ldap/ldap-reason.c \
	resolver/directory/ldap/ldap-run.c \
	resolver/directory/ldap/ldap-sasl.c \
	resolver/directory/ldap/ldap-schema.c \
	resolver/directory/ldap/ldap-search.c \
	resolver/directory/ldap/ldap-server.c \
	resolver/directory/ldap/ldap-srv.c \
	resolver/directory/ldap/ldap-thread.c \
	resolver/directory/ldap/ldap-tls.c \
	resolver/directory/ldap/ldap-uri.c \
	resolver/directory/ldap/ldap-watch.c \
	resolver/directory/ldap/ldap-worker.c

# Kerberos credentials come from a keytab by name (ldap-kerberos.c).
AM_CFLAGS += $(GSSAPI_CFLAGS)
RESOLVER_LIBS += $(GSSAPI_LIBS)

check_PROGRAMS += \
	tests/unit/test-ldap-names \
	tests/unit/test-ldap-outcome \
	tests/unit/test-ldap-servers \
	tests/unit/test-ldap-thread \
	tests/unit/test-ldap-find \
	tests/integration/ldap-probe
TESTS += \
	tests/unit/test-ldap-names \
	tests/unit/test-ldap-outcome \
	tests/unit/test-ldap-servers \
	tests/unit/test-ldap-thread \
	tests/unit/test-ldap-find
tests_unit_test_ldap_names_SOURCES = tests/unit/test-ldap-names.c
tests_unit_test_ldap_names_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldap_outcome_SOURCES = tests/unit/test-ldap-outcome.c
tests_unit_test_ldap_outcome_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldap_servers_SOURCES = tests/unit/test-ldap-servers.c
tests_unit_test_ldap_servers_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldap_thread_SOURCES = tests/unit/test-ldap-thread.c
tests_unit_test_ldap_thread_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldap_find_SOURCES = tests/unit/test-ldap-find.c
tests_unit_test_ldap_find_LDADD = $(RESOLVER_LIBS)
tests_integration_ldap_probe_SOURCES = tests/integration/ldap-probe.c
tests_integration_ldap_probe_LDADD = $(RESOLVER_LIBS)
EXTRA_DIST += tests/integration/test_ldap_directory.py tests/integration/ldap_responder.py

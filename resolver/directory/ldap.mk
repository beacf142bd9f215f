# SPDX-License-Identifier: BSD-2-Clause
# The live LDAP directory.
libresolver_a_SOURCES += \
	resolver/directory/ldap-private.h \
	resolver/directory/ldap-pool.h \
	resolver/directory/ldap.c \
	resolver/directory/ldap-check.c \
	resolver/directory/ldap-config.c \
	resolver/directory/ldap-connect.c \
	resolver/directory/ldap-find.c \
	resolver/directory/ldap-guard.c \
	resolver/directory/ldap-job.c \
	resolver/directory/ldap-kerberos.c \
	resolver/directory/ldap-line.c \
	resolver/directory/ldap-message.c \
	resolver/directory/ldap-outcome.c \
	resolver/directory/ldap-pool.c \
	resolver/directory/ldap-range.c \
	resolver/directory/ldap-read.c \
	resolver/directory/ldap-reason.c \
	resolver/directory/ldap-run.c \
	resolver/directory/ldap-sasl.c \
	resolver/directory/ldap-schema.c \
	resolver/directory/ldap-search.c \
	resolver/directory/ldap-server.c \
	resolver/directory/ldap-srv.c \
	resolver/directory/ldap-thread.c \
	resolver/directory/ldap-tls.c \
	resolver/directory/ldap-uri.c \
	resolver/directory/ldap-watch.c \
	resolver/directory/ldap-worker.c

# Kerberos credentials come from a keytab by name (ldap-kerberos.c).
AM_CFLAGS += $(GSSAPI_CFLAGS)
RESOLVER_LIBS += $(GSSAPI_LIBS)

check_PROGRAMS += \
	tests/unit/test-ldap-names \
	tests/unit/test-ldap-outcome \
	tests/unit/test-ldap-servers \
	tests/unit/test-ldap-find \
	tests/integration/ldap-probe
TESTS += \
	tests/unit/test-ldap-names \
	tests/unit/test-ldap-outcome \
	tests/unit/test-ldap-servers \
	tests/unit/test-ldap-find
tests_unit_test_ldap_names_SOURCES = tests/unit/test-ldap-names.c
tests_unit_test_ldap_names_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldap_outcome_SOURCES = tests/unit/test-ldap-outcome.c
tests_unit_test_ldap_outcome_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldap_servers_SOURCES = tests/unit/test-ldap-servers.c
tests_unit_test_ldap_servers_LDADD = $(RESOLVER_LIBS)
tests_unit_test_ldap_find_SOURCES = tests/unit/test-ldap-find.c
tests_unit_test_ldap_find_LDADD = $(RESOLVER_LIBS)
tests_integration_ldap_probe_SOURCES = tests/integration/ldap-probe.c
tests_integration_ldap_probe_LDADD = $(RESOLVER_LIBS)
EXTRA_DIST += tests/integration/test_ldap_directory.py tests/integration/ldap_responder.py

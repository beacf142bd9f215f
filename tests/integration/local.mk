# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	tests/integration/conftest.py \
	tests/integration/servers/__init__.py tests/integration/servers/cache.py \
	tests/integration/servers/certificates.py tests/integration/servers/company.py \
	tests/integration/servers/endpoints.py \
	tests/integration/servers/filters.py tests/integration/servers/ldif.py \
	tests/integration/servers/login.py tests/integration/servers/mail.py \
	tests/integration/servers/milter_driver.py tests/integration/servers/postfix.py \
	tests/integration/servers/process.py tests/integration/servers/rollcalld.py tests/integration/servers/samba.py \
	tests/integration/servers/samba_provision.py tests/integration/servers/schema.py \
	tests/integration/servers/sendmail.py tests/integration/servers/silent.py tests/integration/servers/sink.py \
	tests/integration/servers/slapd.py \
	tests/integration/test_command.py tests/integration/test_daemon.py tests/integration/test_edit_requests.py tests/integration/test_edits.py \
	tests/integration/test_expansion.py tests/integration/test_members.py tests/integration/test_mta_config.py tests/integration/test_outages.py tests/integration/test_replies.py \
	tests/integration/test_semantics.py tests/integration/test_sendmail.py tests/integration/test_spellings.py \
	tests/integration/test_split.py tests/integration/test_submission.py tests/integration/test_waiting.py
EXTRA_DIST += \
	tests/integration/servers/control.py tests/integration/test_control.py tests/integration/test_guard.py \
	tests/integration/servers/accounts.py tests/integration/servers/authority.py tests/integration/servers/front.py \
	tests/integration/test_hostile.py tests/integration/test_hostile_addresses.py \
	tests/integration/test_hostile_settings.py tests/integration/test_hostile_split.py \
	tests/integration/test_sendmail_scenarios.py
EXTRA_DIST += \
	tests/integration/servers/exchange.py \
	tests/integration/test_exchange_expansion.py tests/integration/test_exchange_members.py \
	tests/integration/test_exchange_moderation.py tests/integration/test_exchange_reports.py \
	tests/integration/test_exchange_resolution.py tests/integration/test_exchange_restrictions.py \
	tests/integration/test_exchange_table.py
EXTRA_DIST += \
	tests/integration/servers/mirrored.py tests/integration/servers/senders.py tests/integration/servers/slow.py \
	tests/integration/servers/world.py tests/integration/test_mirror_scenarios.py

check_PROGRAMS += tests/integration/mirror-probe
tests_integration_mirror_probe_SOURCES = tests/integration/mirror-probe.c
tests_integration_mirror_probe_LDADD = $(CONFIG_LIBS)
EXTRA_DIST += tests/integration/servers/mirror.py tests/integration/test_mirror.py tests/integration/test_mirror_outages.py

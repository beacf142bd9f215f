# SPDX-License-Identifier: BSD-2-Clause
bin_PROGRAMS += rollcall
rollcall_SOURCES = \
	admin/approve.c \
	admin/check-addresses.c \
	admin/check-attributes.c \
	admin/check-control.c \
	admin/check-endpoints.c \
	admin/check-groups.c \
	admin/check-mta.h \
	admin/check-origin.c \
	admin/check-postfix.c \
	admin/check-rules.c \
	admin/check-sendmail.c \
	admin/check-split.c \
	admin/check-state.c \
	admin/check-user.c admin/check-user.h \
	admin/check.c admin/check.h \
	admin/command.c admin/command.h \
	admin/daemon.c admin/daemon.h \
	admin/directory-state.c admin/directory-state.h \
	admin/diff.c \
	admin/filter-notes.c admin/filter-notes.h \
	admin/filter.c \
	admin/forget.c \
	admin/history.c admin/history.h \
	admin/main.c \
	admin/match.c \
	admin/members-guard.c \
	admin/members-remote.c \
	admin/members-rules.c \
	admin/members.c admin/members.h \
	admin/message-file.c admin/message-file.h \
	admin/mirror.c \
	admin/mta-config.c admin/mta-config.h \
	admin/mta-postfix.c \
	admin/mta-sendmail.c \
	admin/origin.c \
	admin/output.c admin/output.h \
	admin/postfix.c admin/postfix.h \
	admin/reload.c \
	admin/status.c
rollcall_LDADD = libconfig.a $(ORIGIN_LIBS)

check_PROGRAMS += tests/unit/test-output tests/unit/test-command tests/unit/test-mta-config
TESTS += tests/unit/test-output tests/unit/test-command tests/unit/test-mta-config
tests_unit_test_output_SOURCES = tests/unit/test-output.c admin/output.c
tests_unit_test_output_LDADD = $(JANSSON_LIBS) $(GLIB_LIBS)
# Runs ./rollcall.
tests_unit_test_command_SOURCES = tests/unit/test-command.c
tests_unit_test_command_LDADD = $(JANSSON_LIBS) $(GLIB_LIBS)
tests_unit_test_mta_config_SOURCES = tests/unit/test-mta-config.c admin/command.c admin/mta-config.c \
	admin/mta-postfix.c admin/mta-sendmail.c admin/output.c admin/postfix.c
tests_unit_test_mta_config_LDADD = libconfig.a $(ORIGIN_LIBS)

check_PROGRAMS += tests/unit/test-check-user
TESTS += tests/unit/test-check-user
tests_unit_test_check_user_SOURCES = tests/unit/test-check-user.c admin/check-user.c
tests_unit_test_check_user_LDADD = $(GLIB_LIBS)

check_PROGRAMS += tests/unit/test-message-file tests/unit/test-origin-command
TESTS += tests/unit/test-message-file tests/unit/test-origin-command
tests_unit_test_message_file_SOURCES = tests/unit/test-message-file.c admin/message-file.c
tests_unit_test_message_file_LDADD = $(GLIB_LIBS)
# Runs ./rollcall.
tests_unit_test_origin_command_SOURCES = tests/unit/test-origin-command.c
tests_unit_test_origin_command_LDADD = $(JANSSON_LIBS) $(GLIB_LIBS)

# SPDX-License-Identifier: BSD-2-Clause

# Everything but the calls into libmilter, so that unit tests can link it.
noinst_LIBRARIES += libmilterside.a
libmilterside_a_SOURCES = \
	milter/admission.c milter/admission.h \
	milter/admission-limits.c milter/admission-limits.h \
	milter/auto-response.c milter/auto-response.h \
	milter/conclusion.c milter/conclusion.h \
	milter/control.c milter/control.h \
	milter/control-answer.c \
	milter/control-approvals.c \
	milter/control-clients.c milter/control-clients.h \
	milter/control-daemon.c \
	milter/control-mirror.c \
	milter/control-request.c milter/control-request.h \
	milter/control-routes.c \
	milter/control-socket.c milter/control-socket.h \
	milter/control-state.c milter/control-state.h \
	milter/control-when.c \
	milter/control-verify.c \
	milter/daemon.c milter/daemon.h \
	milter/drain.c milter/drain.h \
	milter/edit-list.c milter/edit-list.h \
	milter/header-notes.c milter/header-notes.h \
	milter/header-table.c milter/header-table.h \
	milter/hygiene.c milter/hygiene.h \
	milter/judgement.c milter/judgement.h \
	milter/keeper.c milter/keeper.h \
	milter/log-line.c milter/log-line.h \
	milter/maillog.c milter/maillog.h \
	milter/message-log.c milter/message-log.h \
	milter/message-size.c milter/message-size.h \
	milter/negotiate.c milter/negotiate.h \
	milter/notices.c milter/notices.h \
	milter/notify.c milter/notify.h \
	milter/orcpt.c milter/orcpt.h \
	milter/plan.c milter/plan.h \
	milter/plan-view.c milter/plan-view.h \
	milter/recipient-address.c milter/recipient-address.h \
	milter/recipient-list.c milter/recipient-list.h \
	milter/refusal.h \
	milter/reply.c milter/reply.h \
	milter/runtime.c milter/runtime.h \
	milter/service.c milter/service.h \
	milter/session.c milter/session.h \
	milter/split.c milter/split.h \
	milter/ticket.c milter/ticket.h \
	milter/trace.c milter/trace.h \
	milter/transaction.c milter/transaction.h \
	milter/treatment.c milter/treatment.h
MILTERSIDE_LIBS = libmilterside.a libconfig.a $(MICROHTTPD_LIBS) $(ORIGIN_LIBS) $(SYSTEMD_LIBS)

sbin_PROGRAMS += rollcalld
rollcalld_SOURCES = \
	milter/edits.c milter/edits.h \
	milter/glue.c milter/glue.h \
	milter/listener.c milter/listener.h \
	milter/main.c
rollcalld_LDADD = $(MILTERSIDE_LIBS) $(MILTER_LIBS)

MILTER_TESTS = \
	tests/unit/test-admission \
	tests/unit/test-conclusion \
	tests/unit/test-control \
	tests/unit/test-control-clients \
	tests/unit/test-control-when \
	tests/unit/test-control-verify \
	tests/unit/test-drain \
	tests/unit/test-edit-list \
	tests/unit/test-guarded \
	tests/unit/test-header-notes \
	tests/unit/test-header-table \
	tests/unit/test-hygiene \
	tests/unit/test-maillog \
	tests/unit/test-message-size \
	tests/unit/test-negotiate \
	tests/unit/test-notices \
	tests/unit/test-notify \
	tests/unit/test-orcpt \
	tests/unit/test-plan \
	tests/unit/test-plan-any \
	tests/unit/test-plan-mixes \
	tests/unit/test-reply \
	tests/unit/test-runtime \
	tests/unit/test-second-pass \
	tests/unit/test-split \
	tests/unit/test-trace \
	tests/unit/test-transaction
check_PROGRAMS += $(MILTER_TESTS)
TESTS += $(MILTER_TESTS)
MILTER_TEST_HELP = tests/unit/milter-help.c tests/unit/milter-help.h \
	tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_admission_SOURCES = tests/unit/test-admission.c $(MILTER_TEST_HELP)
tests_unit_test_admission_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_conclusion_SOURCES = tests/unit/test-conclusion.c $(MILTER_TEST_HELP)
tests_unit_test_conclusion_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_control_SOURCES = tests/unit/test-control.c
tests_unit_test_control_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_control_when_SOURCES = tests/unit/test-control-when.c
tests_unit_test_control_when_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_control_clients_SOURCES = tests/unit/test-control-clients.c
tests_unit_test_control_clients_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_control_verify_SOURCES = tests/unit/test-control-verify.c \
	tests/unit/scripted-directory.c tests/unit/scripted-directory.h
tests_unit_test_control_verify_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_drain_SOURCES = tests/unit/test-drain.c
tests_unit_test_drain_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_edit_list_SOURCES = tests/unit/test-edit-list.c
tests_unit_test_edit_list_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_guarded_SOURCES = tests/unit/test-guarded.c tests/unit/state-help.c tests/unit/state-help.h $(MILTER_TEST_HELP)
tests_unit_test_guarded_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_header_notes_SOURCES = tests/unit/test-header-notes.c
tests_unit_test_header_notes_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_header_table_SOURCES = tests/unit/test-header-table.c
tests_unit_test_header_table_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_hygiene_SOURCES = tests/unit/test-hygiene.c $(MILTER_TEST_HELP)
tests_unit_test_hygiene_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_maillog_SOURCES = tests/unit/test-maillog.c
tests_unit_test_maillog_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_message_size_SOURCES = tests/unit/test-message-size.c
tests_unit_test_message_size_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_negotiate_SOURCES = tests/unit/test-negotiate.c
tests_unit_test_negotiate_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_notices_SOURCES = tests/unit/test-notices.c
tests_unit_test_notices_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_notify_SOURCES = tests/unit/test-notify.c
tests_unit_test_notify_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_orcpt_SOURCES = tests/unit/test-orcpt.c
tests_unit_test_orcpt_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_plan_SOURCES = tests/unit/test-plan.c
tests_unit_test_plan_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_plan_any_SOURCES = tests/unit/test-plan-any.c tests/unit/plan-mix.c tests/unit/plan-mix.h
tests_unit_test_plan_any_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_plan_mixes_SOURCES = tests/unit/test-plan-mixes.c tests/unit/plan-mix.c tests/unit/plan-mix.h
tests_unit_test_plan_mixes_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_reply_SOURCES = tests/unit/test-reply.c
tests_unit_test_reply_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_runtime_SOURCES = tests/unit/test-runtime.c $(MILTER_TEST_HELP)
tests_unit_test_runtime_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_second_pass_SOURCES = tests/unit/test-second-pass.c $(MILTER_TEST_HELP)
tests_unit_test_second_pass_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_split_SOURCES = tests/unit/test-split.c
tests_unit_test_split_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_trace_SOURCES = tests/unit/test-trace.c
tests_unit_test_trace_LDADD = $(MILTERSIDE_LIBS)
tests_unit_test_transaction_SOURCES = tests/unit/test-transaction.c $(MILTER_TEST_HELP)
tests_unit_test_transaction_LDADD = $(MILTERSIDE_LIBS)

# What MTAs make of each edit: a milter of its own for the integration tests.
check_PROGRAMS += tests/integration/edit-probe
tests_integration_edit_probe_SOURCES = tests/integration/edit-probe.c milter/edits.c milter/edits.h
tests_integration_edit_probe_LDADD = $(MILTERSIDE_LIBS) $(MILTER_LIBS)

EXTRA_DIST += tests/fuzz/corpus/fuzz-split
if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-split
FUZZ_TARGETS += tests/fuzz/fuzz-split
tests_fuzz_fuzz_split_SOURCES = tests/fuzz/fuzz-split.c
tests_fuzz_fuzz_split_LDADD = $(MILTERSIDE_LIBS)
tests_fuzz_fuzz_split_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

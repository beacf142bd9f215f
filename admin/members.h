/* SPDX-License-Identifier: BSD-2-Clause
 * members.h - what `rollcall members` shows beside the members themselves
 */
#pragma once

#include "admin/command.h"

#include <jansson.h>

/* What the group asks of its senders, and what becomes of reports: rows of a table, nothing if it is like any other
 * mailbox. members-rules.c */
void members_print_rules(const Answer *answer);
/* The same as members of `object`. */
void members_add_rules(json_t *object, const Answer *answer);

/* What the guard would say, if it is on: a line, and a member of `object`. members-guard.c */
void members_print_guard(const Answer *answer);
void members_add_guard(json_t *object, const Answer *answer);

/* Whether the filters met test for a mailbox server, and the setting that widens such tests is off. members-remote.c */
gboolean members_tests_server(const Answer *answer);
/* Who would be a member too with mailboxes-include-remote = yes: addresses, of char *, sorted. NULL with `error`.
 * Caller: g_ptr_array_unref(). */
GPtrArray *members_remote(Source *source, const Address *address, const Answer *answer,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

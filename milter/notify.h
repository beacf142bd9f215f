/* SPDX-License-Identifier: BSD-2-Clause
 * notify.h - what a client asked to be told about a recipient (RFC 3461 section 4.1)
 */
#pragma once

#include "rollcall/group.h"

#include <glib.h>

/* A set. NOTIFY_DEFAULT alone: the client did not say. Empty: NEVER. */
typedef enum {
    NOTIFY_NEVER = 0,
    NOTIFY_SUCCESS = 1 << 0,
    NOTIFY_FAILURE = 1 << 1,
    NOTIFY_DELAY = 1 << 2,
    NOTIFY_DEFAULT = 1 << 3,
} Notify;

/* The parameters behind the address of a RCPT command, NULL-terminated. A NOTIFY that cannot be read counts as
 * not said: the MTA answers for its syntax, not we. */
Notify notify_of_parameters(const char *const *parameters);
/* What to ask for a recipient that two groups with different wishes have in common: everything that one of them
 * asked for. Not said means failures and delays, so next to a wish of the same content it stays not said. */
Notify notify_union(Notify a, Notify b);
/* What to ask for a group's members if the client asked `notify` for the group ["Recipient resolution in Exchange
 * Server", delivery reports]. To the originator: the same. To the manager: failures, and nothing else, since they are
 * his now; none if the client wanted none. To nobody: NEVER. */
Notify notify_for_reports(Notify notify, GroupReports reports);
/* "NOTIFY=SUCCESS,FAILURE", static; NULL for NOTIFY_DEFAULT. */
const char *notify_parameter(Notify notify);

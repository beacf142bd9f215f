/* SPDX-License-Identifier: BSD-2-Clause
 * ticket.h - what the first pass knew of the sender, handed to the second
 */
#pragma once

#include "milter/transaction.h"

#include <glib.h>

/* First pass: the value for a message of which something is split off. `shared`: who gets it without that (Plan.shared;
 * may be NULL). Caller: g_free(). */
char *ticket_issue(const Transaction *transaction, const GPtrArray *shared, gint64 today) G_GNUC_WARN_UNUSED_RESULT;
/* Second pass: FALSE if the message has no valid ticket. From here on transaction_origin() and transaction_trust()
 * know. */
gboolean ticket_take(Transaction *transaction, gint64 today) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: BSD-2-Clause
 * admission.h - whether one recipient is taken
 */
#pragma once

#include "milter/reply.h"
#include "milter/transaction.h"

#include <glib.h>

/* `arguments`: of RCPT, the address first, NULL-terminated. `resolved`: {rcpt_addr}, where the MTA says the recipient
 * is; NULL or "" if it does not. TRUE: taken and kept in the transaction. FALSE: `reply` says why not. In observe mode
 * always TRUE, and the log says what would have been answered. For mail submitted on Postfix's own host TRUE too: there
 * the end of the message turns away what could not be taken. */
gboolean admit_recipient(Transaction *transaction, const char *const *arguments, const char *resolved,
                         Reply *reply) G_GNUC_WARN_UNUSED_RESULT;

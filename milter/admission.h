/* SPDX-License-Identifier: BSD-2-Clause
 * admission.h - whether one recipient is taken
 */
#pragma once

#include "milter/reply.h"
#include "milter/transaction.h"

#include <glib.h>

/* `arguments`: of RCPT, the address first, NULL-terminated. `resolved`: {rcpt_addr}, where the MTA says the recipient
 * is; NULL or "" if it does not. TRUE: taken and kept in the transaction. FALSE: `reply` says why not. In observe mode
 * always TRUE, and the log says what would have been answered. */
gboolean admit_recipient(Transaction *transaction, const char *const *arguments, const char *resolved,
                         Reply *reply) G_GNUC_WARN_UNUSED_RESULT;

/* Octets that `n_members` additions with addresses of `octets` in all add to Postfix's queue file (measured: 2L+21
 * for each address of length L; a NOTIFY adds a record of its own). */
guint64 admission_queue_file_octets(gsize n_members, gsize octets, gboolean with_notify);

/* SPDX-License-Identifier: BSD-2-Clause
 * admission-limits.h - whether there is room for one more recipient, or for one more group
 */
#pragma once

#include "milter/refusal.h"
#include "milter/transaction.h"

#include <glib.h>

/* NULL: there is room. */
const Refusal *check_recipient_limits(const Transaction *transaction);
const Refusal *check_group_limits(const Transaction *transaction, const Answer *answer,
                                  const RecipientCommand *command);

/* What `n_members` additions with addresses of `octets` in all add to Postfix's queue file (measured: 2L+21 for each
 * address of length L; a NOTIFY adds a record of its own, and an ORCPT of this length too; 0: none). */
guint64 admission_queue_file_octets(gsize n_members, gsize octets, gboolean with_notify, gsize orcpt_length);

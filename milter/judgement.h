/* SPDX-License-Identifier: BSD-2-Clause
 * judgement.h - what becomes of one recipient, now that the whole message was seen
 */
#pragma once

#include "milter/reply.h"
#include "milter/transaction.h"

#include <glib.h>

/* Zeroed for a recipient that is no group: it passes. */
typedef struct {
    Reply         reply;  /* set: it is turned away */
    const char   *reason; /* for the log; set with `reply` */
    const Roster *roster; /* who gets it; borrowed from the answer; NULL if it is turned away */
    gboolean      held;   /* for a moderator to release */
} Judgement;

/* One for each recipient, in their order. The case must be closed, and in the second pass the ticket read. No I/O.
 * Caller: judgements_free(). */
Judgement *judgements_new(const Transaction *transaction, gint64 today) G_GNUC_WARN_UNUSED_RESULT;
void       judgements_free(Judgement *judgements, gsize n);

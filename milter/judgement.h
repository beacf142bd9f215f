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
    gboolean      held;   /* for a moderator to release, or for whom the guard asks to look at it */
    /* What the guard found of the roster; zeroed for a report to a group's manager, which is no message to its members.
     */
    GuardFinding guard;
    StateClaim
        *claim; /* the guard lets it pass by this approval; NULL: it needs none, or has another's of the message */
} Judgement;

/* One for each recipient, in their order. The case must be closed, and in the second pass the ticket read. No I/O.
 * Approvals are claimed for this message. Caller: judgements_free(), which gives back those that are not used. */
Judgement *judgements_new(const Transaction *transaction, gint64 today) G_GNUC_WARN_UNUSED_RESULT;
/* The message passed with this one. */
void judgement_use_claim(Judgement *judgement);
void judgements_free(Judgement *judgements, gsize n);

/* SPDX-License-Identifier: BSD-2-Clause
 * conclusion.h - what is done to the message at its end
 */
#pragma once

#include "milter/edit-list.h"
#include "milter/judgement.h"
#include "milter/plan-view.h"
#include "milter/reply.h"
#include "milter/transaction.h"

#include <glib.h>

typedef enum {
    CONCLUSION_NOTHING, /* the message goes on as it is */
    CONCLUSION_EDIT,    /* by the edits */
    CONCLUSION_DISCARD, /* only empty groups, and empty-group = accept: it goes nowhere, and the log says so */
    CONCLUSION_REPLY,   /* the whole message is turned away */
} ConclusionKind;

/* Borrows from the transaction it was made of. */
typedef struct {
    ConclusionKind kind;
    Edits          edits;
    Reply          reply;
    Judgement     *judgements; /* by recipient; NULL: there was nothing to judge */
    PlanView      *view;       /* what the plan was made of */
    Plan          *plan;       /* NULL: none came about. In observe mode what would have been done */
    gsize          n;          /* recipients */
} Conclusion;

/* Works everything out, and writes nothing but the log: of what the message is, and of what is turned away. The headers
 * must have ended. `now`: seconds since 1970. The caller clears it. */
void conclude(Transaction *transaction, gint64 now, Conclusion *conclusion);
/* The log lines of a message that goes on, once it is certain that it goes out that way. */
void conclusion_log(const Transaction *transaction, const Conclusion *conclusion);
/* The edits were made, or the message is discarded: what it went to becomes each group's last roster, and approvals are
 * used. */
void conclusion_record(const Transaction *transaction, Conclusion *conclusion);
void conclusion_clear(Conclusion *conclusion);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Conclusion, conclusion_clear)

/* SPDX-License-Identifier: BSD-2-Clause
 * plan-view.h - the judged recipients of a message as the plan sees them
 */
#pragma once

#include "milter/judgement.h"
#include "milter/plan.h"
#include "milter/transaction.h"

/* Borrows from the transaction and the judgements. */
typedef struct {
    PlanRecipient *recipients; /* in their order */
    RosterMember  *restored;   /* second pass: the recipient itself, if it is no group any more; else NULL */
    GPtrArray     *addresses;  /* of Address, in the reserved domain */
    SplitHolder    holder;     /* second pass: whom the first one served */
} PlanView;

/* Caller: plan_view_free(). */
PlanView *plan_view_new(const Transaction *transaction, const Judgement *judgements) G_GNUC_WARN_UNUSED_RESULT;
void      plan_view_free(PlanView *plan_view);

/* SPDX-License-Identifier: BSD-2-Clause
 * treatment.c - what a group asks of the message that its members get
 *
 * Threads:  those of a transaction.
 */
#include "milter/treatment.h"

Treatment
treatment_of(const Transaction *transaction, const Answer *answer, gboolean held)
{
    Treatment treatment = {.suppress_oof = answer->suppress_oof, .hold = held};
    if (transaction->sender_empty)
        return treatment;
    if (answer->reports == REPORTS_NOBODY)
        treatment.empty_sender = TRUE;
    else if (answer->reports == REPORTS_MANAGER && !address_equal(answer->report_to, transaction->sender))
        treatment.sender = answer->report_to;
    return treatment;
}

gboolean
treatment_is_shared(const Transaction *transaction, const Answer *answer)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    if (n == 0)
        return TRUE;
    const Answer *other = recipients[0].answer;
    Treatment     mine = {0}, first = {0};
    if (answer != NULL)
        mine = treatment_of(transaction, answer, answer->held);
    if (other != NULL)
        first = treatment_of(transaction, other, other->held);
    return treatment_equal(&mine, &first);
}

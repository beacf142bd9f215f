/* SPDX-License-Identifier: BSD-2-Clause
 * ticket.c - what the first pass knew of the sender, handed to the second
 *
 * Promises: two tickets are none.
 * Threads:  those of a transaction.
 */
#include "milter/ticket.h"

/* As the MTA completed it: so the second pass gets it. */
static const char *
sender_of(const Transaction *transaction)
{
    return transaction->sender != NULL ? address_text(transaction->sender) : "";
}

char *
ticket_issue(const Transaction *transaction, const GPtrArray *shared, gint64 today)
{
    SplitTicket ticket = {
        .origin = transaction_origin(transaction),
        .trust = transaction_trust(transaction),
        .size = transaction_octets(transaction),
    };
    const TraceKey *key = transaction->runtime->trace_key;
    const char     *message_id = transaction->headers.message_id;
    split_ticket_add_others(&ticket, key, message_id, shared);
    return split_ticket_value(key, &ticket, message_id, sender_of(transaction), today);
}

gboolean
ticket_take(Transaction *transaction, gint64 today)
{
    const HeaderNotes *headers = &transaction->headers;
    SplitTicket        ticket;
    if (headers->tickets != 1 || !split_ticket_read(transaction->runtime->trace_key, headers->ticket,
                                                    headers->message_id, sender_of(transaction), today, &ticket))
        return FALSE;
    transaction->ticket = ticket;
    transaction->has_ticket = TRUE;
    return TRUE;
}

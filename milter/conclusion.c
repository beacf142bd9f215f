/* SPDX-License-Identifier: BSD-2-Clause
 * conclusion.c - what is done to the message at its end
 *
 * Promises: no network and no waiting; the plan is whole before anything is done by it.
 * Threads:  those of a transaction.
 */
#include "milter/conclusion.h"

#include "milter/message-log.h"

#include <string.h>

static const char *
group_identity_of(const Recipient *recipient)
{
    return group_identity(recipient->answer->group);
}

/* ---- loops ---- */

/* How many of the groups carry a trace in this message already; *first is one of them. */
static gsize
count_loops(const Transaction *transaction, gint64 today, const Recipient **first)
{
    gsize            n, loops = 0;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    if (transaction->traces == NULL)
        return 0;
    for (gsize i = n; i-- > 0;) {
        if (recipients[i].answer == NULL ||
            !trace_is_present(transaction->runtime->trace_key, group_identity_of(&recipients[i]),
                              transaction->message_id, today, (const char *const *)transaction->traces->pdata))
            continue;
        loops++;
        *first = &recipients[i];
    }
    return loops;
}

/* The verdict needs headers, so it comes after the recipients were taken. It is meant for the looping groups alone,
 * but a reply here is for all: where others share the message, a 554 would lose their copy, so all of it waits. (Once a
 * group can be split off, it is refused alone.) */
static gboolean
conclude_loop(const Transaction *transaction, gint64 today, Conclusion *conclusion)
{
    const Recipient *first = NULL;
    gsize            n, loops = count_loops(transaction, today, &first);
    recipient_list_items(&transaction->recipients, &n);
    if (loops == 0)
        return FALSE;
    conclusion->kind = CONCLUSION_REPLY;
    if (loops == n)
        reply_set(&conclusion->reply, 554, "5.4.6", "Mail loop: this message was expanded for this group already");
    else
        reply_set(&conclusion->reply, 451, "4.5.3",
                  "Mail loop: this message was expanded for one of its groups already, try one recipient at a time");
    g_autofree char *detail =
        g_strdup_printf("expanded before for %s, %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " recipients loop",
                        address_text(first->address), loops, n);
    message_log_message_turned_away(transaction, &conclusion->reply, "mail-loop", detail);
    return TRUE;
}

/* ---- the plan ---- */

/* One for each group, also where two of its addresses were named. */
static void
insert_traces(const Transaction *transaction, gint64 today, Edits *edits)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < n; i++) {
        if (recipients[i].answer == NULL)
            continue;
        const char *identity = group_identity_of(&recipients[i]);
        if (!g_hash_table_add(seen, (gpointer)identity))
            continue;
        g_autofree char *value = trace_value(transaction->runtime->trace_key, identity, transaction->message_id, today);
        edits_insert(edits, TRACE_HEADER, value);
    }
}

void
conclude(const Transaction *transaction, gint64 now, Conclusion *conclusion)
{
    gint64 today = trace_day(now);
    *conclusion = (Conclusion){.kind = CONCLUSION_NOTHING};
    if (!transaction_has_groups(transaction))
        return;
    gboolean observe = transaction_settings(transaction)->observe;
    if (conclude_loop(transaction, today, conclusion)) {
        conclusion->kind = observe ? CONCLUSION_NOTHING : CONCLUSION_REPLY;
        return;
    }
    gsize n;
    recipient_list_items(&transaction->recipients, &n);
    conclusion->recipients = recipient_list_for_plan(&transaction->recipients);
    conclusion->plan = plan_new(conclusion->recipients, n);
    if (observe)
        return;
    conclusion->kind = conclusion->plan->nobody ? CONCLUSION_DISCARD : CONCLUSION_EDIT;
    edits_set_plan(&conclusion->edits, conclusion->plan, NULL);
    insert_traces(transaction, today, &conclusion->edits);
}

void
conclusion_log(const Transaction *transaction, const Conclusion *conclusion)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    if (conclusion->plan == NULL)
        return;
    for (gsize i = 0; i < n; i++) {
        if (recipients[i].answer != NULL)
            message_log_expanded(transaction, &recipients[i], conclusion->plan->fresh[i]);
    }
    message_log_envelope(transaction, conclusion->plan);
}

void
conclusion_clear(Conclusion *conclusion)
{
    g_clear_pointer(&conclusion->plan, plan_free);
    g_clear_pointer(&conclusion->recipients, g_free);
    edits_clear(&conclusion->edits);
    reply_clear(&conclusion->reply);
}

/* SPDX-License-Identifier: BSD-2-Clause
 * plan-view.c - the judged recipients of a message as the plan sees them
 *
 * Owns:     the addresses of the reserved domain that groups may be split off to.
 * Threads:  those of a transaction.
 */
#include "milter/plan-view.h"

#include "milter/orcpt.h"
#include "milter/treatment.h"

/* Two addresses of one group make one message. */
static const Address *
split_address_of(const Transaction *transaction, const Recipient *recipient, GHashTable *by_group, PlanView *plan_view)
{
    const char *identity = recipient->answer != NULL ? group_identity(recipient->answer->group) : NULL;
    if (transaction->runtime->split_domain == NULL || transaction->second_pass || recipient->address == NULL)
        return NULL;
    Address *address = identity != NULL ? g_hash_table_lookup(by_group, identity) : NULL;
    if (address != NULL)
        return address;
    address = split_address(recipient->address, transaction_settings(transaction)->split_domain);
    if (address == NULL)
        return NULL;
    g_ptr_array_add(plan_view->addresses, address);
    if (identity != NULL)
        g_hash_table_insert(by_group, (gpointer)identity, address);
    return address;
}

static void
view_group(const Transaction *transaction, const Recipient *recipient, const Judgement *judgement, PlanRecipient *view)
{
    view->expanded = TRUE;
    view->refused = judgement->reply.code != 0;
    if (judgement->roster != NULL)
        view->members = roster_members(judgement->roster, &view->n_members);
    if (recipient->answer == NULL)
        return;
    view->reports = recipient->answer->reports;
    view->treatment = treatment_of(transaction, recipient->answer, judgement->held);
}

/* What was split off as a group and is none any more goes to where it was addressed. */
static void
view_restored(const Recipient *recipient, PlanView *plan_view, PlanRecipient *view)
{
    plan_view->restored = g_new0(RosterMember, 1);
    plan_view->restored->route = recipient->address;
    view->expanded = TRUE;
    view->members = plan_view->restored;
    view->n_members = 1;
}

/* What the first pass put in for the report of a refusal is no wish of the client's. */
static const char *
orcpt_of_client(const Recipient *recipient)
{
    g_autofree char *ours = orcpt_of_address(recipient->address);
    return g_strcmp0(ours, recipient->orcpt) == 0 ? NULL : recipient->orcpt;
}

static void
view_recipient(const Transaction *transaction, const Recipient *recipient, PlanRecipient *view)
{
    view->argument = recipient->argument;
    view->address = recipient->address;
    view->route = recipient->route;
    view->notify = recipient->notify;
    view->orcpt = transaction->second_pass ? orcpt_of_client(recipient) : recipient->orcpt;
}

static void
view_holder(const Transaction *transaction, PlanView *plan_view, PlanRecipient *view)
{
    if (!transaction->has_ticket || transaction->ticket.n_others == 0)
        return;
    plan_view->holder =
        (SplitHolder){&transaction->ticket, transaction->runtime->trace_key, transaction->headers.message_id};
    view->has_it = split_ticket_has_other;
    view->has_it_data = &plan_view->holder;
}

PlanView *
plan_view_new(const Transaction *transaction, const Judgement *judgements)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    g_autoptr(GHashTable) by_group = g_hash_table_new(g_str_hash, g_str_equal);
    PlanView *plan_view = g_new0(PlanView, 1);
    plan_view->recipients = g_new0(PlanRecipient, n);
    plan_view->addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    for (gsize i = 0; i < n; i++) {
        const Recipient *recipient = &recipients[i];
        PlanRecipient   *view = &plan_view->recipients[i];
        gboolean         passes = recipient->answer == NULL && recipient->reply.code == 0;
        view_recipient(transaction, recipient, view);
        if (passes && transaction->second_pass)
            view_restored(recipient, plan_view, view);
        if (passes)
            continue;
        view_group(transaction, recipient, &judgements[i], view);
        view_holder(transaction, plan_view, view);
        view->split_address = split_address_of(transaction, recipient, by_group, plan_view);
    }
    return plan_view;
}

void
plan_view_free(PlanView *plan_view)
{
    g_ptr_array_unref(plan_view->addresses);
    g_free(plan_view->restored);
    g_free(plan_view->recipients);
    g_free(plan_view);
}

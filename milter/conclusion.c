/* SPDX-License-Identifier: BSD-2-Clause
 * conclusion.c - what is done to the message at its end
 *
 * Promises: no network and no waiting; the plan is whole before anything is done by it.
 * Threads:  those of a transaction.
 */
#include "milter/conclusion.h"

#include "milter/hygiene.h"
#include "milter/message-log.h"
#include "milter/refusal.h"
#include "milter/ticket.h"

#include <string.h>

static const Refusal no_ticket = {550, "5.7.1", "split-listener", "Only what was split off is accepted here"};
/* What rewrites senders between the passes makes a ticket invalid, and so does another key: that can be repaired. */
static const Refusal bad_ticket = {451, "4.7.1", "split-listener",
                                   "What was split off cannot be recognised now, please try again later"};
static const Refusal unknown_origin = {451, "4.4.3", "origin-unknown",
                                       "Where this message comes from cannot be found out now, please try again later"};
static const Refusal too_many_headers = {554, "5.6.0", "too-many-headers",
                                         "The message has too many header fields of the kinds that are looked after"};
static const Refusal cannot_share = {
    451, "4.5.3", "other-treatment",
    "The recipients of this message cannot share it, please send it to one recipient at a time"};
/* Nobody would try again with fewer recipients: the message would stay in the queue of local mail for ever. */
static const Refusal cannot_share_locally = {
    550, "5.5.3", "other-treatment",
    "The recipients of this message cannot share it, please send it to one recipient at a time"};

/* No group, or observed: the envelope stays as it is. */
static void
conclude_hygiene(const Transaction *transaction, Conclusion *conclusion)
{
    conclusion->kind = hygiene_is_needed(transaction, FALSE) ? CONCLUSION_EDIT : CONCLUSION_NOTHING;
    hygiene_fill(transaction, FALSE, &conclusion->edits);
}

static void
set_reply(const Transaction *transaction, const Refusal *refusal, Conclusion *conclusion)
{
    conclusion->kind = CONCLUSION_REPLY;
    if (transaction_observes(transaction))
        conclude_hygiene(transaction, conclusion);
    reply_set(&conclusion->reply, refusal->code, refusal->enhanced, refusal->text);
}

/* ---- turned away as a whole ---- */

/* What could not be found out for one of them may be known later, so it waits with all. */
static void
conclude_refused(const Transaction *transaction, Conclusion *conclusion)
{
    const Judgement *says = NULL;
    for (gsize i = 0; i < conclusion->n; i++) {
        const Judgement *judgement = &conclusion->judgements[i];
        if (judgement->reply.code == 0)
            continue;
        if (says == NULL || (reply_is_permanent(&says->reply) && !reply_is_permanent(&judgement->reply)))
            says = judgement;
    }
    Refusal refusal = {says->reply.code, says->reply.enhanced, says->reason, says->reply.text};
    set_reply(transaction, &refusal, conclusion);
}

static const Recipient *
first_turned_away(const Transaction *transaction, const Conclusion *conclusion, const Judgement **judgement)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    for (gsize i = 0; i < n; i++) {
        *judgement = &conclusion->judgements[i];
        if ((*judgement)->reply.code != 0)
            return &recipients[i];
    }
    return NULL;
}

static gboolean
any_is_temporary(const Conclusion *conclusion)
{
    for (gsize i = 0; i < conclusion->n; i++) {
        const Reply *reply = &conclusion->judgements[i].reply;
        if (reply->code != 0 && !reply_is_permanent(reply))
            return TRUE;
    }
    return FALSE;
}

/* The reply is for all. Where others share the message, a refusal of one of them would lose their copy, so it waits and
 * is sent again, until whoever sends it parts them; whom nobody would part is told instead. */
static void
conclude_conflict(const Transaction *transaction, Conclusion *conclusion)
{
    const Judgement *judgement = NULL;
    const Recipient *recipient = first_turned_away(transaction, conclusion, &judgement);
    gboolean         told = transaction->submitted && !any_is_temporary(conclusion);
    const Refusal   *refusal = told ? &cannot_share_locally : &cannot_share;
    g_autofree char *text = NULL;
    Refusal          named = *refusal;
    if (recipient != NULL) {
        text = g_strdup_printf("%s; one of them is refused: %s", refusal->text, judgement->reply.text);
        named.text = text;
        named.reason = judgement->reason;
    }
    set_reply(transaction, &named, conclusion);
    message_log_message_turned_away(transaction, &conclusion->reply, named.reason,
                                    recipient != NULL ? message_log_recipient(recipient) : NULL);
}

/* ---- the edits ---- */

/* One for each group, also where two of its addresses were named. */
static void
insert_traces(const Transaction *transaction, gint64 today, Conclusion *conclusion)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < n; i++) {
        if (recipients[i].answer == NULL || conclusion->plan->split[i])
            continue;
        const char *identity = group_identity(recipients[i].answer->group);
        if (!g_hash_table_add(seen, (gpointer)identity))
            continue;
        g_autofree char *value =
            trace_value(transaction->runtime->trace_key, identity, transaction->headers.message_id, today);
        edits_insert(&conclusion->edits, TRACE_HEADER, value);
    }
}

/* The MTA would add one on the way, and the ticket would not be for that message. */
static void
insert_message_id(Transaction *transaction, Edits *edits)
{
    transaction->headers.message_id = split_message_id(transaction_settings(transaction)->split_domain);
    edits_insert(edits, "Message-ID", transaction->headers.message_id);
}

static void
conclude_edit(Transaction *transaction, gint64 today, Conclusion *conclusion)
{
    const GPtrArray *suppress = transaction->headers.suppress;
    Edits           *edits = &conclusion->edits;
    if (conclusion->plan->n_split > 0 && transaction->headers.message_id == NULL)
        insert_message_id(transaction, edits);
    conclusion->kind = conclusion->plan->nobody ? CONCLUSION_DISCARD : CONCLUSION_EDIT;
    edits_set_plan(edits, conclusion->plan, "moderated");
    if (conclusion->plan->treatment.suppress_oof)
        edits_suppress_oof(edits, suppress != NULL ? (const char *const *)suppress->pdata : NULL);
    hygiene_fill(transaction, TRUE, edits);
    insert_traces(transaction, today, conclusion);
    if (conclusion->plan->n_split == 0)
        return;
    g_autofree char *ticket = ticket_issue(transaction, conclusion->plan->shared, today);
    edits_insert(edits, SPLIT_HEADER, ticket);
}

/* ---- all of it ---- */

static void
log_turned_away(const Transaction *transaction, const Conclusion *conclusion)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    for (gsize i = 0; i < n; i++) {
        const Judgement *judgement = &conclusion->judgements[i];
        if (judgement->reply.code != 0 && recipients[i].answer != NULL)
            message_log_turned_away(transaction, "group", message_log_recipient(&recipients[i]), &judgement->reply,
                                    judgement->reason, NULL);
        if (judgement->reply.code != 0 && recipients[i].answer != NULL && guard_stops(&judgement->guard))
            message_log_guard(transaction, message_log_recipient(&recipients[i]), &judgement->guard);
    }
}

/* Whether somebody's copy depends on where the message comes from, and that could not be found out. */
static gboolean
origin_is_missed(const Transaction *transaction)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    gboolean         unknown = !transaction->second_pass && origin_case_unknown(transaction->origin) != NULL;
    for (gsize i = 0; unknown && i < n; i++) {
        if (recipients[i].answer != NULL && recipients[i].answer->undecided)
            return TRUE;
    }
    return FALSE;
}

static void
conclude_groups(Transaction *transaction, gint64 today, Conclusion *conclusion)
{
    message_log_origin(transaction);
    if (origin_is_missed(transaction)) {
        set_reply(transaction, &unknown_origin, conclusion);
        message_log_message_turned_away(transaction, &conclusion->reply, unknown_origin.reason,
                                        origin_case_unknown(transaction->origin));
        return;
    }
    conclusion->judgements = judgements_new(transaction, today);
    recipient_list_items(&transaction->recipients, &conclusion->n);
    conclusion->view = plan_view_new(transaction, conclusion->judgements);
    conclusion->plan = plan_new(conclusion->view->recipients, conclusion->n);
    log_turned_away(transaction, conclusion);
    if (conclusion->plan->refused)
        conclude_refused(transaction, conclusion);
    else if (conclusion->plan->conflict)
        conclude_conflict(transaction, conclusion);
    else if (transaction_observes(transaction))
        conclude_hygiene(transaction, conclusion);
    else
        conclude_edit(transaction, today, conclusion);
}

void
conclude(Transaction *transaction, gint64 now, Conclusion *conclusion)
{
    gint64 today = trace_day(now);
    *conclusion = (Conclusion){.kind = CONCLUSION_NOTHING};
    if (hygiene_is_beyond_counting(transaction)) {
        set_reply(transaction, &too_many_headers, conclusion);
        message_log_message_turned_away(transaction, &conclusion->reply, too_many_headers.reason, NULL);
    } else if (!transaction_has_groups(transaction)) {
        conclude_hygiene(transaction, conclusion);
    } else if (transaction->second_pass && !ticket_take(transaction, today)) {
        set_reply(transaction, transaction->headers.tickets == 0 ? &no_ticket : &bad_ticket, conclusion);
        message_log_no_ticket(transaction, &conclusion->reply);
    } else {
        conclude_groups(transaction, today, conclusion);
    }
}

static void
log_group(const Transaction *transaction, const Recipient *recipient, const Judgement *judgement, gsize fresh)
{
    message_log_expanded(transaction, recipient, judgement->roster, fresh);
    message_log_guard(transaction, message_log_recipient(recipient), &judgement->guard);
    if (judgement->held)
        message_log_held(transaction, recipient, guard_stops(&judgement->guard) ? "max-change" : "moderated");
}

void
conclusion_log(const Transaction *transaction, const Conclusion *conclusion)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    const Plan      *plan = conclusion->plan;
    if (plan == NULL || plan->refused || plan->conflict)
        return;
    for (gsize i = 0; i < n; i++) {
        const Judgement *judgement = &conclusion->judgements[i];
        if (plan->split[i])
            message_log_split(transaction, &recipients[i], &conclusion->view->recipients[i], &judgement->reply);
        else if (recipients[i].answer != NULL)
            log_group(transaction, &recipients[i], judgement, plan->fresh[i]);
    }
    message_log_envelope(transaction, plan);
}

/* Whether the message went to the group's members: not by way of a split, not to the manager as a report. In the second
 * pass it may be discarded because they all have it already. What the guard holds goes nowhere before somebody has
 * looked, and then others may be right. */
static gboolean
went_out(const Transaction *transaction, const Conclusion *conclusion, gsize i, const Answer *answer)
{
    const Judgement *judgement = &conclusion->judgements[i];
    return answer != NULL && !conclusion->plan->split[i] && judgement->roster != NULL && !transaction->sender_empty &&
           !guard_stops(&judgement->guard);
}

void
conclusion_record(const Transaction *transaction, Conclusion *conclusion)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    State           *state = transaction->runtime->state;
    if (conclusion->plan == NULL || conclusion->kind == CONCLUSION_REPLY || transaction_observes(transaction) ||
        state == NULL)
        return;
    for (gsize i = 0; i < n; i++) {
        const Answer *answer = recipients[i].answer;
        if (!went_out(transaction, conclusion, i, answer))
            continue;
        const Roster *roster = conclusion->judgements[i].roster;
        state_delivered(state, group_identity(answer->group), group_name(answer->group), roster, guard_is_whole(roster),
                        g_get_real_time());
        judgement_use_claim(&conclusion->judgements[i]);
    }
}

void
conclusion_clear(Conclusion *conclusion)
{
    judgements_free(conclusion->judgements, conclusion->n);
    conclusion->judgements = NULL;
    edits_clear(&conclusion->edits);
    g_clear_pointer(&conclusion->plan, plan_free);
    g_clear_pointer(&conclusion->view, plan_view_free);
    reply_clear(&conclusion->reply);
}

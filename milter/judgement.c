/* SPDX-License-Identifier: BSD-2-Clause
 * judgement.c - what becomes of one recipient, now that the whole message was seen
 *
 * Promises: no network and no waiting. Whatever was left open at RCPT is decided here, and nothing that was decided
 *           there is decided otherwise.
 * Threads:  those of a transaction.
 */
#include "milter/judgement.h"

#include "milter/refusal.h"

static const Refusal mail_loop = {554, "5.4.6", "mail-loop",
                                  "Mail loop: this message was expanded for this group already"};
static const Refusal no_report = {550, "5.7.1", "empty-sender",
                                  "Mail without a sender is taken for this group only if it is a delivery report"};

static void
turn_away(Judgement *judgement, const Refusal *refusal)
{
    reply_set(&judgement->reply, refusal->code, refusal->enhanced, refusal->text);
    judgement->reason = refusal->reason;
    judgement->roster = NULL;
}

static gboolean
is_loop(const Transaction *transaction, const Group *group, gint64 today)
{
    const HeaderNotes *headers = &transaction->headers;
    return headers->traces != NULL &&
           trace_is_present(transaction->runtime->trace_key, group_identity(group), headers->message_id, today,
                            (const char *const *)headers->traces->pdata);
}

/* What was taken at RCPT without a sender is a report, for the group's manager. Only those about undelivered mail go
 * there ["Recipient resolution": reports to groups]. */
static gboolean
is_wrong_report(const Transaction *transaction)
{
    return transaction->sender_empty && !transaction->headers.delivery_report;
}

static void
take_verdict(Judgement *judgement, const Verdict *verdict)
{
    judgement->held = verdict->kind == VERDICT_HELD;
    if (verdict->kind != VERDICT_REFUSED)
        return;
    reply_set(&judgement->reply, verdict->code, verdict->enhanced, verdict->text);
    judgement->reason = verdict->reason;
    judgement->roster = NULL;
}

static void
decide(const Transaction *transaction, const Answer *answer, Judgement *judgement)
{
    Sender sender = transaction_sender(transaction, TRUE);
    g_auto(Verdict) verdict = {0};
    judgement->roster = answer_decide(answer, &sender, &verdict);
    if (judgement->roster != NULL)
        judgement->guard = *answer_guard(answer, judgement->roster);
    take_verdict(judgement, &verdict);
}

/* Two addresses of one group are one use of its approval. */
static gboolean
is_claimed(const Recipient *recipients, const Judgement *judgements, gsize n, const char *identity)
{
    for (gsize i = 0; i < n; i++)
        if (judgements[i].claim != NULL && g_str_equal(group_identity(recipients[i].answer->group), identity))
            return TRUE;
    return FALSE;
}

/* What was approved at RCPT may have been used since then, or have run out: then the guard is asked again, because the
 * message that used it may have been the same for it. */
static void
claim_approval(const Transaction *transaction, const Answer *answer, Judgement *judgement)
{
    const Group *group = answer->group;
    g_auto(Verdict) verdict = {.kind = judgement->held ? VERDICT_HELD : VERDICT_ALLOWED};
    judgement->claim = state_claim(transaction->runtime->state, group_identity(group), g_get_real_time());
    if (judgement->claim != NULL)
        return;
    resolver_guard(transaction->runtime->resolver, group, judgement->roster, &judgement->guard);
    judgement->guard.approved = FALSE;
    guard_judge(&judgement->guard, group_primary(group), &verdict);
    take_verdict(judgement, &verdict);
}

static gboolean
needs_claim(const Transaction *transaction, const Judgement *judgement)
{
    return judgement->roster != NULL && judgement->guard.approved && !transaction_observes(transaction);
}

static void
judge_group(const Transaction *transaction, const Answer *answer, gint64 today, Judgement *judgement)
{
    judgement->roster = answer->roster;
    judgement->held = answer->held;
    judgement->guard = answer->guard;
    if (is_loop(transaction, answer->group, today))
        turn_away(judgement, &mail_loop);
    else if (is_wrong_report(transaction))
        turn_away(judgement, &no_report);
    else if (answer->undecided)
        decide(transaction, answer, judgement);
}

Judgement *
judgements_new(const Transaction *transaction, gint64 today)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    Judgement       *judgements = g_new0(Judgement, n);
    for (gsize i = 0; i < n; i++) {
        const Recipient *recipient = &recipients[i];
        if (recipient->answer != NULL)
            judge_group(transaction, recipient->answer, today, &judgements[i]);
        if (needs_claim(transaction, &judgements[i]) &&
            !is_claimed(recipients, judgements, i, group_identity(recipient->answer->group)))
            claim_approval(transaction, recipient->answer, &judgements[i]);
        if (recipient->reply.code == 0)
            continue;
        reply_set(&judgements[i].reply, recipient->reply.code, recipient->reply.enhanced, recipient->reply.text);
        judgements[i].reason = recipient->reason;
    }
    return judgements;
}

void
judgement_use_claim(Judgement *judgement)
{
    state_claim_use(g_steal_pointer(&judgement->claim));
}

void
judgements_free(Judgement *judgements, gsize n)
{
    for (gsize i = 0; judgements != NULL && i < n; i++) {
        reply_clear(&judgements[i].reply);
        state_claim_return(judgements[i].claim);
    }
    g_free(judgements);
}

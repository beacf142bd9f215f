/* SPDX-License-Identifier: BSD-2-Clause
 * message-log.c - the lines about a message: queue ID first, fixed words, then name=value
 *
 * Owns:     the wording.
 * Promises: text from outside is escaped; one message causes a bounded number of lines.
 * Threads:  any.
 */
#include "milter/message-log.h"

#include "milter/log-line.h"

#include <string.h>

enum { MOST_SKIPS = 20 };

const char *
message_log_recipient(const Recipient *recipient)
{
    return recipient->address != NULL ? address_text(recipient->address) : recipient->argument;
}

static void
log_skips(const Transaction *transaction, const char *group, const Roster *roster)
{
    gsize             n;
    const RosterSkip *skips = roster_skips(roster, &n);
    for (gsize i = 0; i < MIN(n, MOST_SKIPS); i++) {
        GString *line = log_line_new(transaction, "skipped", "would-skip");
        log_line_address(line, "group", group);
        log_line_text(line, "dn", skips[i].dn);
        log_line_text(line, "reason", skips[i].reason);
        log_line_write(MAILLOG_INFO, line);
    }
    if (n <= MOST_SKIPS)
        return;
    GString *line = log_line_new(transaction, "skipped", "would-skip");
    log_line_address(line, "group", group);
    g_string_append_printf(line, " more=%" G_GSIZE_FORMAT, n - MOST_SKIPS);
    log_line_write(MAILLOG_INFO, line);
}

/* Repairs name the position in the filter; other notes are advice: who would be missed, whose forwarding is left. */
static void
log_notes(const Transaction *transaction, const Answer *answer, const Roster *roster)
{
    const GPtrArray *notes = roster_notes(roster);
    for (guint i = 0; notes != NULL && i < notes->len; i++) {
        const char *note = g_ptr_array_index(notes, i);
        gboolean    is_repair = strstr(note, ": position ") != NULL;
        g_autoptr(GString) line = g_string_new(is_repair ? "warning: filter repaired:" : "warning: group:");
        log_line_address(line, "group", group_name(answer->group));
        log_line_text(line, is_repair ? "repair" : "note", note);
        if (notices_is_first(transaction->house->notices, line->str))
            maillog(MAILLOG_WARNING, "%s", line->str);
    }
}

/* From where, how old, and whether it is older than it should be. */
static void
append_source(GString *line, const Answer *answer)
{
    g_string_append_printf(line, " via=%s", answer->via != NULL ? answer->via : "none");
    if (answer->age >= 0)
        g_string_append_printf(line, " age=%" G_GINT64_FORMAT "s", answer->age / G_USEC_PER_SEC);
    if (answer->stale)
        g_string_append(line, " stale=yes");
}

void
message_log_expanded(const Transaction *transaction, const Recipient *recipient, const Roster *roster, gsize fresh)
{
    const Answer *answer = recipient->answer;
    const char   *group = message_log_recipient(recipient);
    gsize         n_members, n_skips;
    roster_members(roster, &n_members);
    roster_skips(roster, &n_skips);

    GString *line = log_line_new(transaction, "expanded", "would-expand");
    log_line_address(line, "group", group);
    g_string_append_printf(line, " members=%" G_GSIZE_FORMAT " new=%" G_GSIZE_FORMAT " skipped=%" G_GSIZE_FORMAT,
                           n_members, fresh, n_skips);
    append_source(line, answer);
    g_string_append_printf(line, " time=%.1fms", (double)answer->elapsed / 1000);
    log_line_write(MAILLOG_INFO, line);
    if (n_members == 0)
        message_log_empty(transaction, group, roster);
    else
        log_skips(transaction, group, roster);
    log_notes(transaction, answer, roster);
}

static const char *
why_split(const Treatment *treatment)
{
    if (treatment->hold)
        return "held";
    if (treatment->sender != NULL || treatment->empty_sender)
        return "reports";
    return treatment->suppress_oof ? "oof" : "alone";
}

void
message_log_split(const Transaction *transaction, const Recipient *recipient, const PlanRecipient *planned,
                  const Reply *reply)
{
    GString *line = log_line_new(transaction, "split", "would-split");
    log_line_address(line, "group", message_log_recipient(recipient));
    log_line_address(line, "to", address_text(planned->split_address));
    log_line_text(line, "reason", reply->code != 0 ? "refused" : why_split(&planned->treatment));
    if (reply->code != 0)
        log_line_code(line, reply->code, reply->enhanced);
    log_line_write(MAILLOG_INFO, line);
}

void
message_log_held(const Transaction *transaction, const Recipient *recipient, const char *reason)
{
    GString *line = log_line_new(transaction, "held", "would-hold");
    log_line_address(line, "group", message_log_recipient(recipient));
    log_line_text(line, "reason", reason);
    log_line_write(MAILLOG_INFO, line);
}

void
message_log_guard(const Transaction *transaction, const char *group, const GuardFinding *finding)
{
    gboolean is_new = finding->cause == GUARD_PASS && finding->is_on && !finding->has_history;
    if (finding->cause == GUARD_PASS && !is_new)
        return;
    g_autofree char *text = guard_describe(finding);
    GString         *line = log_line_new(transaction, "guard", "would-guard");
    log_line_address(line, "group", group);
    g_string_append_printf(line, " %s", text);
    log_line_text(line, "action",
                  is_new              ? "none"
                  : finding->approved ? "approved"
                                      : guard_action_word(finding->action));
    log_line_write(is_new ? MAILLOG_INFO : MAILLOG_WARNING, line);
}

void
message_log_no_ticket(const Transaction *transaction, const Reply *reply)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    GString         *line = log_line_new(transaction, "warning: split listener", "warning: split listener");
    log_line_address(line, "group", n > 0 ? message_log_recipient(&recipients[0]) : "");
    log_line_address(line, "from", transaction->sender_text);
    log_line_code(line, reply->code, reply->enhanced);
    log_line_text(line, "reason",
                  transaction->headers.tickets == 0 ? "no ticket" : "the ticket is not for this message and sender");
    log_line_write(MAILLOG_WARNING, line);
}

void
message_log_turned_away(const Transaction *transaction, const char *kind, const char *address, const Reply *reply,
                        const char *reason, const char *detail)
{
    gboolean permanent = reply_is_permanent(reply);
    GString *line = permanent ? log_line_new(transaction, "refused", "would-refuse")
                              : log_line_new(transaction, "deferred", "would-defer");
    log_line_address(line, kind, address);
    if (permanent)
        log_line_address(line, "from", transaction->sender_text);
    log_line_code(line, reply->code, reply->enhanced);
    /* A refusal is looked for by its word; of a deferral one wants to know what happened. */
    log_line_text(line, "reason", permanent || detail == NULL ? reason : detail);
    if (permanent && detail != NULL)
        log_line_text(line, "detail", detail);
    log_line_write(permanent ? MAILLOG_INFO : MAILLOG_WARNING, line);
}

void
message_log_message_turned_away(const Transaction *transaction, const Reply *reply, const char *reason,
                                const char *detail)
{
    GString *line = reply_is_permanent(reply) ? log_line_new(transaction, "refused", "would-refuse")
                                              : log_line_new(transaction, "deferred", "would-defer");
    log_line_address(line, "from", transaction->sender_text);
    log_line_code(line, reply->code, reply->enhanced);
    log_line_text(line, "reason", reason);
    if (detail != NULL)
        log_line_text(line, "detail", detail);
    log_line_write(MAILLOG_ERROR, line);
}

void
message_log_repair(const Transaction *transaction, const char *group, const char *detail)
{
    g_autoptr(GString) line = g_string_new("error: to be repaired:");
    log_line_address(line, "group", group);
    log_line_text(line, "what", detail);
    if (notices_is_first(transaction->house->notices, line->str))
        maillog(MAILLOG_ERROR, "%s", line->str);
}

void
message_log_empty(const Transaction *transaction, const char *address, const Roster *roster)
{
    gsize n_skips = 0;
    if (roster != NULL)
        roster_skips(roster, &n_skips);
    GString *line = log_line_new(transaction, "warning: empty", "warning: empty");
    log_line_address(line, "group", address);
    g_string_append_printf(line, " members=0 skipped=%" G_GSIZE_FORMAT, n_skips);
    log_line_write(MAILLOG_WARNING, line);
    if (roster != NULL)
        log_skips(transaction, address, roster);
}

/* Factors are the case's; in the second pass the first one has logged them. */
void
message_log_origin(Transaction *transaction)
{
    static const char *const trusts[] = {
        [SENDER_EXTERNAL] = "external", [SENDER_AUTHENTICATED] = "authenticated", [SENDER_UNDECIDED] = "undecided"};
    SenderTrust trust = transaction_trust(transaction);
    gsize       n = 0;
    if (transaction->origin_logged)
        return;
    transaction->origin_logged = trust != SENDER_UNDECIDED;
    GString *line = log_line_new(transaction, "origin", "origin");
    log_line_address(line, "from", transaction->sender_text);
    log_line_text(line, "origin", origin_word(transaction_origin(transaction)));
    log_line_text(line, "trust", trusts[trust]);
    const OriginFactor *factors = transaction->second_pass ? NULL : origin_case_factors(transaction->origin, &n);
    for (gsize i = 0; i < n; i++)
        log_line_text(line, factors[i].name, factors[i].value);
    log_line_write(MAILLOG_INFO, line);
}

static void
append_treatment(GString *line, const Treatment *treatment)
{
    if (treatment->empty_sender || treatment->sender != NULL)
        log_line_address(line, "sender", treatment->sender != NULL ? address_text(treatment->sender) : "");
    if (treatment->suppress_oof)
        log_line_text(line, "oof", "suppressed");
    if (treatment->hold)
        log_line_text(line, "hold", "yes");
}

void
message_log_envelope(const Transaction *transaction, const Plan *plan)
{
    GString *line = log_line_new(transaction, "envelope", "would-edit");
    log_line_address(line, "from", transaction->sender_text);
    g_string_append_printf(line,
                           " removed=%" G_GSIZE_FORMAT " added=%" G_GSIZE_FORMAT " split=%" G_GSIZE_FORMAT " origin=%s",
                           plan->n_deletions, plan->n_additions - plan->n_split, plan->n_split,
                           origin_word(transaction_origin(transaction)));
    append_treatment(line, &plan->treatment);
    if (plan->nobody)
        g_string_append(line, " discarded=yes");
    /* In the second pass everybody may have got it in the first. */
    log_line_write(plan->nobody && !transaction->second_pass ? MAILLOG_WARNING : MAILLOG_INFO, line);
}

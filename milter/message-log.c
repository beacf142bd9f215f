/* SPDX-License-Identifier: BSD-2-Clause
 * message-log.c - the lines about a message: queue ID first, fixed words, then name=value
 *
 * Owns:     the wording.
 * Promises: text from outside is escaped; one message causes a bounded number of lines.
 * Threads:  any.
 */
#include "milter/message-log.h"

#include "milter/maillog.h"

#include <string.h>

enum { MOST_SKIPS = 20 };

static GString *
line_new(const Transaction *transaction, const char *words, const char *observed)
{
    GString    *line = g_string_sized_new(256);
    const char *said = transaction_settings(transaction)->observe ? observed : words;
    g_string_append_printf(line, "%s: %s:", transaction_queue_id(transaction), said);
    return line;
}

static void
append_address(GString *line, const char *name, const char *address)
{
    g_string_append_printf(line, " %s=<", name);
    maillog_append(line, address);
    g_string_append_c(line, '>');
}

/* Quoted unless it is a plain word. */
static void
append_text(GString *line, const char *name, const char *text)
{
    gboolean word = *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
    g_string_append_printf(line, " %s=%s", name, word ? "" : "\"");
    maillog_append(line, text);
    g_string_append(line, word ? "" : "\"");
}

static void
write_line(MaillogLevel level, GString *line)
{
    maillog(level, "%s", line->str);
    g_string_free(line, TRUE);
}

static const char *
recipient_text(const Recipient *recipient)
{
    return recipient->address != NULL ? address_text(recipient->address) : recipient->argument;
}

static void
log_skips(const Transaction *transaction, const char *group, const Roster *roster)
{
    gsize             n;
    const RosterSkip *skips = roster_skips(roster, &n);
    for (gsize i = 0; i < MIN(n, MOST_SKIPS); i++) {
        GString *line = line_new(transaction, "skipped", "would-skip");
        append_address(line, "group", group);
        append_text(line, "dn", skips[i].dn);
        append_text(line, "reason", skips[i].reason);
        write_line(MAILLOG_INFO, line);
    }
    if (n <= MOST_SKIPS)
        return;
    GString *line = line_new(transaction, "skipped", "would-skip");
    append_address(line, "group", group);
    g_string_append_printf(line, " more=%" G_GSIZE_FORMAT, n - MOST_SKIPS);
    write_line(MAILLOG_INFO, line);
}

static void
log_repairs(const Transaction *transaction, const Answer *answer)
{
    const GPtrArray *notes = roster_notes(answer->roster);
    for (guint i = 0; notes != NULL && i < notes->len; i++) {
        g_autoptr(GString) line = g_string_new("warning: filter repaired:");
        append_address(line, "group", group_name(answer->group));
        append_text(line, "repair", g_ptr_array_index(notes, i));
        if (notices_is_first(transaction->house->notices, line->str))
            maillog(MAILLOG_WARNING, "%s", line->str);
    }
}

void
message_log_expanded(const Transaction *transaction, const Recipient *recipient, gsize fresh)
{
    const Answer *answer = recipient->answer;
    const char   *group = recipient_text(recipient);
    gsize         n_members, n_skips;
    roster_members(answer->roster, &n_members);
    roster_skips(answer->roster, &n_skips);

    GString *line = line_new(transaction, "expanded", "would-expand");
    append_address(line, "group", group);
    g_string_append_printf(
        line, " members=%" G_GSIZE_FORMAT " new=%" G_GSIZE_FORMAT " skipped=%" G_GSIZE_FORMAT " via=%s time=%.1fms",
        n_members, fresh, n_skips, answer->via != NULL ? answer->via : "none", (double)answer->elapsed / 1000);
    write_line(MAILLOG_INFO, line);
    if (answer->empty)
        message_log_empty(transaction, group, answer->roster);
    else
        log_skips(transaction, group, answer->roster);
    log_repairs(transaction, answer);
}

void
message_log_turned_away(const Transaction *transaction, const char *kind, const char *address, const Reply *reply,
                        const char *reason, const char *detail)
{
    gboolean permanent = reply_is_permanent(reply);
    GString *line =
        permanent ? line_new(transaction, "refused", "would-refuse") : line_new(transaction, "deferred", "would-defer");
    append_address(line, kind, address);
    if (permanent)
        append_address(line, "from", transaction->sender_text);
    g_string_append_printf(line, " code=%d %s", reply->code, reply->enhanced);
    /* A refusal is looked for by its word; of a deferral one wants to know what happened. */
    append_text(line, "reason", permanent || detail == NULL ? reason : detail);
    if (permanent && detail != NULL)
        append_text(line, "detail", detail);
    write_line(permanent ? MAILLOG_INFO : MAILLOG_WARNING, line);
}

void
message_log_message_turned_away(const Transaction *transaction, const Reply *reply, const char *reason,
                                const char *detail)
{
    GString *line = reply_is_permanent(reply) ? line_new(transaction, "refused", "would-refuse")
                                              : line_new(transaction, "deferred", "would-defer");
    append_address(line, "from", transaction->sender_text);
    g_string_append_printf(line, " code=%d %s", reply->code, reply->enhanced);
    append_text(line, "reason", reason);
    if (detail != NULL)
        append_text(line, "detail", detail);
    write_line(MAILLOG_ERROR, line);
}

void
message_log_repair(const Transaction *transaction, const char *group, const char *detail)
{
    g_autoptr(GString) line = g_string_new("error: to be repaired:");
    append_address(line, "group", group);
    append_text(line, "what", detail);
    if (notices_is_first(transaction->house->notices, line->str))
        maillog(MAILLOG_ERROR, "%s", line->str);
}

void
message_log_empty(const Transaction *transaction, const char *address, const Roster *roster)
{
    gsize n_skips = 0;
    if (roster != NULL)
        roster_skips(roster, &n_skips);
    GString *line = line_new(transaction, "warning: empty", "warning: empty");
    append_address(line, "group", address);
    g_string_append_printf(line, " members=0 skipped=%" G_GSIZE_FORMAT, n_skips);
    write_line(MAILLOG_WARNING, line);
    if (roster != NULL)
        log_skips(transaction, address, roster);
}

void
message_log_envelope(const Transaction *transaction, const Plan *plan)
{
    GString *line = line_new(transaction, "envelope", "would-edit");
    append_address(line, "from", transaction->sender_text);
    g_string_append_printf(line, " removed=%" G_GSIZE_FORMAT " added=%" G_GSIZE_FORMAT " split=0 origin=%s",
                           plan->n_deletions, plan->n_additions, origin_word(origin_case_origin(transaction->origin)));
    if (plan->nobody)
        g_string_append(line, " discarded=yes");
    write_line(plan->nobody ? MAILLOG_WARNING : MAILLOG_INFO, line);
}

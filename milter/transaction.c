/* SPDX-License-Identifier: BSD-2-Clause
 * transaction.c - what is known about the message that is under way
 *
 * Owns:     the message's sender, recipients and headers, and a hold on the configuration it began with.
 * Promises: what a client can make us keep is bounded here and in admission.c; the reset is idempotent, because abort,
 *           end of message, the next MAIL and close may each come, in any number (libmilter's xxfi_abort page).
 * Threads:  one at a time.
 */
#include "milter/transaction.h"

#include "milter/maillog.h"
#include "milter/split.h"

#include <stdatomic.h>
#include <string.h>

void
transaction_init(Transaction *transaction, House *house)
{
    *transaction = (Transaction){.house = house};
    recipient_list_init(&transaction->recipients);
}

void
transaction_reset(Transaction *transaction)
{
    atomic_fetch_sub(&transaction->house->members_held, transaction->members_held);
    transaction->members_held = 0;
    recipient_list_clear(&transaction->recipients);
    g_clear_pointer(&transaction->sender_text, g_free);
    g_clear_pointer(&transaction->sender, address_unref);
    g_clear_pointer(&transaction->queue_id, g_free);
    g_clear_pointer(&transaction->origin, origin_case_free);
    header_notes_clear(&transaction->headers);
    /* Last: rosters and groups may refer to what the resolver owns, the case to its judge. */
    if (transaction->runtime != NULL)
        runtime_store_release(transaction->house->runtimes, g_steal_pointer(&transaction->runtime));
}

void
transaction_hold_members(Transaction *transaction, gsize n_members)
{
    transaction->members_held += n_members;
    atomic_fetch_add(&transaction->house->members_held, n_members);
}

void
transaction_destroy(Transaction *transaction)
{
    transaction_reset(transaction);
    recipient_list_destroy(&transaction->recipients);
}

static guint64
size_of_parameters(const char *const *parameters)
{
    for (; parameters != NULL && *parameters != NULL; parameters++) {
        guint64 size;
        if (g_ascii_strncasecmp(*parameters, "SIZE=", 5) == 0 &&
            g_ascii_string_to_unsigned(*parameters + 5, 10, 0, G_MAXINT64, &size, NULL))
            return size;
    }
    return 0;
}

/* Sendmail's version is a bare number, Postfix says its name. Without either: only Sendmail (and Postfix for mail of
 * its own host, which has its name in v) knows the queue ID at MAIL. */
static gboolean
is_sendmail(const MailFacts *facts)
{
    if (facts->mta != NULL && *facts->mta != '\0')
        return g_ascii_isdigit(*facts->mta);
    return facts->queue_id != NULL && *facts->queue_id != '\0';
}

static void
set_sender(Transaction *transaction, const MailFacts *facts)
{
    const char *text = facts->argument != NULL ? facts->argument : "";
    gsize       length = strlen(text);
    gboolean    bracketed = length >= 2 && text[0] == '<' && text[length - 1] == '>';
    transaction->sender_text = bracketed ? g_strndup(text + 1, length - 2) : g_strdup(text);
    transaction->sender_empty = *transaction->sender_text == '\0';
    if (transaction->sender_empty)
        return;
    transaction->sender = address_new(text, NULL);
    if (transaction->sender == NULL && facts->mail_address != NULL)
        transaction->sender = address_new(facts->mail_address, NULL);
}

/* Mail of Postfix's own host (sendmail(1), or bounces if they are filtered) has a queue ID before its sender is named,
 * and a client without a port: cleanup plays the client then (cleanup_milter.c). No client can make smtpd say either.
 */
static gboolean
is_submitted(const Transaction *transaction, const MailFacts *facts)
{
    return !transaction->sendmail && facts->queue_id != NULL && *facts->queue_id != '\0' &&
           g_strcmp0(facts->client_port, "0") == 0;
}

static OriginCase *
open_case(const Transaction *transaction, const MailFacts *facts)
{
    OriginFacts known = facts->origin;
    known.sendmail = transaction->sendmail;
    known.submitted = transaction->submitted;
    return origin_case_new(transaction->runtime->judge, &known);
}

void
transaction_begin(Transaction *transaction, const MailFacts *facts)
{
    transaction_reset(transaction);
    transaction->runtime = runtime_store_acquire(transaction->house->runtimes);
    set_sender(transaction, facts);
    transaction->size = size_of_parameters(facts->parameters);
    transaction->sendmail = is_sendmail(facts);
    transaction->submitted = is_submitted(transaction, facts);
    transaction->second_pass = g_strcmp0(facts->daemon_name, SPLIT_DAEMON) == 0;
    transaction->origin = open_case(transaction, facts);
    transaction->headers_ended = transaction->origin_logged = transaction->has_ticket = FALSE;
    message_size_reset(&transaction->measured);
    transaction_set_queue_id(transaction, facts->queue_id);
}

gboolean
transaction_is_under_way(const Transaction *transaction)
{
    return transaction->runtime != NULL;
}

gboolean
transaction_has_groups(const Transaction *transaction)
{
    return transaction->second_pass || transaction->recipients.groups > 0 || transaction->recipients.turned_away > 0;
}

void
transaction_header(Transaction *transaction, const char *name, const char *value)
{
    if (origin_judge_watches(transaction->runtime->judge, name))
        header_notes_watch(&transaction->headers, name);
    origin_case_header(transaction->origin, name, value);
    if (!transaction_has_groups(transaction))
        return;
    header_notes_read(&transaction->headers, name, value);
    message_size_header(&transaction->measured, name, value);
}

void
transaction_end_headers(Transaction *transaction)
{
    if (!transaction->headers_ended)
        origin_case_close(transaction->origin);
    transaction->headers_ended = TRUE;
}

gboolean
transaction_needs_size(const Transaction *transaction)
{
    gsize            n;
    const Recipient *recipients = recipient_list_items(&transaction->recipients, &n);
    for (gsize i = 0; i < n && transaction_has_groups(transaction); i++) {
        const Answer *answer = recipients[i].answer;
        if (answer != NULL && answer_needs_size(answer))
            return TRUE;
    }
    return FALSE;
}

guint64
transaction_octets(const Transaction *transaction)
{
    /* The first pass saw it as it came, before headers were added. */
    if (transaction->has_ticket && transaction->ticket.size > 0)
        return transaction->ticket.size;
    guint64 measured = message_size_octets(&transaction->measured);
    if (measured == 0 || transaction->size == 0)
        return MAX(measured, transaction->size);
    return MIN(measured, transaction->size);
}

Origin
transaction_origin(const Transaction *transaction)
{
    if (transaction->second_pass)
        return transaction->has_ticket ? transaction->ticket.origin : ORIGIN_ANONYMOUS;
    return origin_case_origin(transaction->origin);
}

SenderTrust
transaction_trust(const Transaction *transaction)
{
    if (transaction->second_pass)
        return transaction->has_ticket ? transaction->ticket.trust : SENDER_UNDECIDED;
    return origin_case_trust(transaction->origin);
}

Sender
transaction_sender(const Transaction *transaction, gboolean final)
{
    return (Sender){
        .address = transaction->sender,
        .from = final ? origin_case_from(transaction->origin) : NULL,
        .trust = transaction_trust(transaction),
        .size = final ? transaction_octets(transaction) : transaction->size,
        .final = final,
    };
}

gboolean
transaction_sender_is_unreadable(const Transaction *transaction)
{
    return transaction->sender == NULL && !transaction->sender_empty;
}

void
transaction_set_queue_id(Transaction *transaction, const char *queue_id)
{
    if (queue_id == NULL || *queue_id == '\0')
        return;
    g_free(transaction->queue_id);
    transaction->queue_id = maillog_escape(queue_id);
}

const char *
transaction_queue_id(const Transaction *transaction)
{
    return transaction->queue_id != NULL ? transaction->queue_id : "NOQUEUE";
}

gboolean
transaction_observes(const Transaction *transaction)
{
    return transaction_settings(transaction)->observe && !transaction->second_pass;
}

const MilterSettings *
transaction_settings(const Transaction *transaction)
{
    return settings_milter(transaction->runtime->settings);
}

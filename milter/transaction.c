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

#include <stdatomic.h>
#include <string.h>

/* A message that hopped so often is given up by every MTA before. */
enum { MOST_TRACES = 100, LONGEST_MESSAGE_ID = 2000 };

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
    g_clear_pointer(&transaction->message_id, g_free);
    g_clear_pointer(&transaction->traces, g_ptr_array_unref);
    g_clear_pointer(&transaction->origin, origin_case_free);
    /* Last: rosters and groups may refer to what the resolver owns. */
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

void
transaction_begin(Transaction *transaction, const MailFacts *facts)
{
    transaction_reset(transaction);
    transaction->runtime = runtime_store_acquire(transaction->house->runtimes);
    set_sender(transaction, facts);
    OriginFacts origin = {.sasl_user = facts->sasl_user, .client_address = facts->client_address};
    transaction->origin = origin_case_new(transaction->runtime->judge, &origin);
    transaction->size = size_of_parameters(facts->parameters);
    transaction->sendmail = is_sendmail(facts);
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
    return transaction->recipients.groups > 0;
}

static void
remember_trace(Transaction *transaction, const char *value)
{
    if (transaction->traces == NULL) {
        transaction->traces = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(transaction->traces, NULL);
    }
    if (transaction->traces->len > MOST_TRACES)
        return;
    while (g_ascii_isspace(*value))
        value++;
    g_ptr_array_insert(transaction->traces, 0, g_strndup(value, TRACE_VALUE_LENGTH + 1));
}

void
transaction_header(Transaction *transaction, const char *name, const char *value)
{
    if (!transaction_has_groups(transaction))
        return;
    if (transaction->message_id == NULL && g_ascii_strcasecmp(name, "Message-ID") == 0)
        transaction->message_id = g_strndup(value, LONGEST_MESSAGE_ID);
    else if (g_ascii_strcasecmp(name, TRACE_HEADER) == 0)
        remember_trace(transaction, value);
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

const MilterSettings *
transaction_settings(const Transaction *transaction)
{
    return settings_milter(transaction->runtime->settings);
}

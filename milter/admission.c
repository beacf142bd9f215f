/* SPDX-License-Identifier: BSD-2-Clause
 * admission.c - whether one recipient is taken
 *
 * Promises: the reply concerns this recipient alone; nothing of the message is edited here.
 * Threads:  those of a transaction.
 */
#include "milter/admission.h"

#include "milter/admission-limits.h"
#include "milter/message-log.h"
#include "milter/orcpt.h"
#include "milter/recipient-address.h"
#include "milter/split.h"
#include "milter/treatment.h"

#include <string.h>

/* One RCPT command on its way through this file. */
typedef struct {
    Transaction     *transaction;
    RecipientCommand command;
    Address         *address; /* borrowed; NULL: none that we can read */
    Reply           *reply;
} Request;

static const Refusal bad_spelling = {553, "5.1.3", "bad-recipient",
                                     "This is no way to spell the address of a group (RFC 5321 section 4.1.2)"};
static const Refusal other_treatment = {452, "4.5.3", "other-treatment",
                                        "This recipient needs a message of its own, please send it separately"};
static const Refusal reserved = {550, "5.7.1", "reserved-domain", "Mail to this domain is not accepted here"};
static const Refusal bad_sender = {550, "5.1.7", "bad-sender", "The sender's address cannot be read"};
static const Refusal not_split = {550, "5.7.1", "split-listener", "Only what was split off is accepted here"};
static const Refusal no_split_domain = {451, "4.3.5", "split-listener",
                                        "No split-domain is configured, please try again later"};
static const Refusal one_at_a_time = {452, "4.5.3", "split-listener", "One recipient at a time"};

static const char *
request_text(const Request *request)
{
    return request->address != NULL ? address_text(request->address) : request->command.argument;
}

/* ---- turning away ---- */

/* FALSE, or TRUE where the recipient passes all the same: in observe mode as if we were not there, and where none can
 * be refused with what to say at the end. */
static gboolean
turn_away(Request *request, const char *reason)
{
    Transaction *transaction = request->transaction;
    gboolean     full = check_recipient_limits(transaction) != NULL;
    Address     *address = request->address;
    if (transaction_observes(transaction)) {
        if (!full)
            recipient_list_add(&transaction->recipients, &request->command,
                               address != NULL ? address_ref(address) : NULL, NULL);
        return TRUE;
    }
    if (!transaction->submitted || full)
        return FALSE;
    recipient_list_add_turned_away(&transaction->recipients, &request->command,
                                   address != NULL ? address_ref(address) : NULL, request->reply, reason);
    return TRUE;
}

static gboolean
refuse(Request *request, const char *kind, const Refusal *refusal)
{
    reply_set(request->reply, refusal->code, refusal->enhanced, refusal->text);
    message_log_turned_away(request->transaction, kind, request_text(request), request->reply, refusal->reason, NULL);
    return turn_away(request, refusal->reason);
}

/* ---- what the resolver said ---- */

/* Takes over `answer` if the group is taken. */
static gboolean
admit_group(Request *request, Answer **answer)
{
    Transaction   *transaction = request->transaction;
    const Refusal *refusal = recipient_is_surely_deleted(request->command.argument) ? NULL : &bad_spelling;
    if (refusal == NULL)
        refusal = check_group_limits(transaction, *answer, &request->command);
    if (refusal != NULL)
        return refuse(request, "group", refusal);
    gsize n_held = answer_members_held(*answer);
    recipient_list_add(&transaction->recipients, &request->command, address_ref(request->address),
                       g_steal_pointer(answer));
    transaction_hold_members(transaction, n_held);
    return TRUE;
}

static gboolean
admit_not(Request *request, const Answer *answer)
{
    Transaction *transaction = request->transaction;
    const char  *reason = answer->reason != NULL ? answer->reason : "unspecified";
    /* Where we could not find out, or not read it, it is taken for one. */
    const char *kind = answer->group != NULL || answer->kind == ANSWER_DEFERRED ? "group" : "recipient";
    reply_set(request->reply, answer->code, answer->enhanced, answer->text);
    message_log_turned_away(transaction, kind, address_text(request->address), request->reply, reason, answer->detail);
    if (answer->kind == ANSWER_REFUSED && answer->group != NULL)
        message_log_origin(transaction);
    if (guard_stops(&answer->guard))
        message_log_guard(transaction, address_text(request->address), &answer->guard);
    if (answer->repair)
        message_log_repair(transaction,
                           answer->group != NULL ? group_name(answer->group) : address_key(request->address),
                           answer->detail != NULL ? answer->detail : reason);
    if (answer->empty)
        message_log_empty(transaction, address_text(request->address), answer->roster);
    return turn_away(request, reason);
}

/* ---- both passes ---- */

static Answer *
resolve(const Request *request)
{
    Transaction *transaction = request->transaction;
    Answer      *known = recipient_list_answer(&transaction->recipients, request->address);
    Sender       sender = transaction_sender(transaction, FALSE);
    return known != NULL ? known : resolver_resolve(transaction->runtime->resolver, request->address, &sender);
}

/* Only without a way to split, and where the client can send it again: what shows later is left to the end. */
static gboolean
must_come_alone(const Transaction *transaction, const Answer *answer)
{
    return !transaction->submitted && !transaction->second_pass && transaction->runtime->split_domain == NULL &&
           !treatment_is_shared(transaction, answer);
}

static gboolean
admit_address(Request *request)
{
    Transaction *transaction = request->transaction;
    g_autoptr(Answer) answer = resolve(request);
    gboolean is_roster = answer->kind == ANSWER_ROSTER;
    /* The policy was asked about nobody, which is not who it is. */
    if (answer->group != NULL && answer->kind != ANSWER_DEFERRED && transaction_sender_is_unreadable(transaction))
        return refuse(request, "group", &bad_sender);
    if (answer->kind == ANSWER_REFUSED || answer->kind == ANSWER_DEFERRED)
        return admit_not(request, answer);
    if (must_come_alone(transaction, is_roster ? answer : NULL))
        return refuse(request, is_roster ? "group" : "recipient", &other_treatment);
    if (is_roster)
        return admit_group(request, &answer);
    if (transaction->second_pass && answer->kind == ANSWER_NOT_OURS)
        return refuse(request, "recipient", &not_split);
    recipient_list_add(&transaction->recipients, &request->command, address_ref(request->address),
                       g_steal_pointer(&answer));
    return TRUE;
}

static gboolean
is_reserved(const Request *request)
{
    const char *domain = request->transaction->runtime->split_domain;
    return domain != NULL && request->address != NULL && split_is_reserved(request->address, domain);
}

/* On the listener for what was split off. Whoever else gets there is told nothing about our groups before the message
 * has shown its ticket, but whether there is one (only the MTA's own host can ask). */
static gboolean
admit_split(Request *request)
{
    const Transaction *transaction = request->transaction;
    if (transaction->runtime->split_domain == NULL)
        return refuse(request, "recipient", &no_split_domain);
    if (!is_reserved(request))
        return refuse(request, "recipient", &not_split);
    if (transaction->recipients.recipients->len > 0)
        return refuse(request, "recipient", &one_at_a_time);
    g_autoptr(Address) original = split_original(request->address);
    if (original == NULL)
        return refuse(request, "recipient", &not_split);
    request->address = original;
    return admit_address(request);
}

static gboolean
admit_first(Request *request)
{
    Transaction *transaction = request->transaction;
    if (is_reserved(request))
        return refuse(request, "recipient", &reserved);
    if (request->address != NULL)
        return admit_address(request);
    if (must_come_alone(transaction, NULL))
        return refuse(request, "recipient", &other_treatment);
    recipient_list_add(&transaction->recipients, &request->command, NULL, NULL);
    return TRUE;
}

gboolean
admit_recipient(Transaction *transaction, const char *const *arguments, const char *resolved, Reply *reply)
{
    g_autoptr(Address) address = recipient_read(arguments[0], resolved, transaction->sendmail);
    g_autofree char *argument = recipient_deletion_argument(arguments[0], transaction->sendmail);
    Request          request = {
                 .transaction = transaction,
                 .command = {argument, notify_of_parameters(arguments + 1), orcpt_of_parameters(arguments + 1)},
                 .address = address,
                 .reply = reply,
    };
    const Refusal *full = check_recipient_limits(transaction);
    if (full != NULL)
        return refuse(&request, "recipient", full);
    return transaction->second_pass ? admit_split(&request) : admit_first(&request);
}

/* SPDX-License-Identifier: BSD-2-Clause
 * admission.c - whether one recipient is taken
 *
 * Promises: the reply concerns this recipient alone; nothing of the message is edited here. What one transaction may
 *           hold is bounded, and where a recipient would fit into a message of its own, the answer is 452: the client
 *           then sends it again in another transaction (RFC 5321 section 4.5.3.1.10).
 * Threads:  those of a transaction.
 */
#include "milter/admission.h"

#include "milter/message-log.h"

#include <stdatomic.h>
#include <string.h>

enum {
    MOST_RECIPIENTS = 50000,
    MOST_GROUPS = 1000,
    MOST_MEMBERS = 1000000, /* of all groups together; one group alone is max-members' business */
    MOST_HELD = 3000000,    /* of all messages under way: some 500 MB */
    NOTIFY_OCTETS = 16,
};

guint64
admission_queue_file_octets(gsize n_members, gsize octets, gboolean with_notify)
{
    guint64 each = 21 + (with_notify ? NOTIFY_OCTETS : 0);
    return 2 * (guint64)octets + each * (guint64)n_members;
}

/* FALSE, or TRUE in observe mode, where the recipient passes as if we were not there. */
static gboolean
turn_away(Transaction *transaction, const char *argument, Address *address)
{
    if (!transaction_settings(transaction)->observe)
        return FALSE;
    if (transaction->recipients.recipients->len < MOST_RECIPIENTS)
        recipient_list_add(&transaction->recipients, argument, address != NULL ? address_ref(address) : NULL, NULL,
                           NOTIFY_DEFAULT);
    return TRUE;
}

/* ---- limits of the transaction ---- */

typedef struct {
    int         code;
    const char *enhanced, *reason, *text;
} Refusal;

static const Refusal too_many_recipients = {452, "4.5.3", "too-many-recipients", "Too many recipients"};
static const Refusal too_many_groups = {452, "4.5.3", "too-many-groups", "Too many groups in one message"};
static const Refusal too_many_together = {452, "4.5.3", "too-many-members",
                                          "The groups of this message have too many members together"};
static const Refusal too_many_held = {451, "4.3.2", "too-many-members-at-once",
                                      "Too many members are being served at once, please try again later"};
static const Refusal sendmail_never = {550, "5.5.3", "max-sendmail-members",
                                       "The group has more members than max-sendmail-members allows"};
static const Refusal size_never = {552, "5.3.4", "message-size-limit",
                                   "The message and the recipients of this group exceed the size limit"};
static const Refusal size_together = {452, "4.5.3", "message-size-limit",
                                      "The message and the recipients of its groups exceed the size limit"};

static const Refusal bad_spelling = {553, "5.1.3", "bad-recipient",
                                     "This is no way to spell the address of a group (RFC 5321 section 4.1.2)"};

/* NULL: there is room. */
static const Refusal *
check_size(const Transaction *transaction, gsize n_members, gsize octets, Notify notify)
{
    const RecipientList *list = &transaction->recipients;
    guint64              limit = transaction_settings(transaction)->mta_message_size_limit;
    gboolean             with_notify = notify != NOTIFY_DEFAULT;
    guint64              alone = transaction->size + admission_queue_file_octets(n_members, octets, with_notify);
    if (limit == 0)
        return NULL;
    if (alone > limit)
        return &size_never;
    guint64 before = admission_queue_file_octets(list->members, list->octets, with_notify);
    return alone + before > limit ? &size_together : NULL;
}

static const Refusal *
check_members(const Transaction *transaction, gsize n_members)
{
    const RecipientList *list = &transaction->recipients;
    gsize                together = list->members + n_members;
    gsize                sendmail_limit = transaction_settings(transaction)->max_sendmail_members;
    gsize                held = atomic_load(&transaction->house->members_held);
    if (list->groups >= MOST_GROUPS)
        return &too_many_groups;
    if (held > transaction->members_held && held + n_members > MOST_HELD)
        return &too_many_held;
    if (transaction->sendmail && n_members > sendmail_limit)
        return &sendmail_never;
    if (transaction->sendmail && together > sendmail_limit)
        return &too_many_together;
    return list->groups > 0 && together > MOST_MEMBERS ? &too_many_together : NULL;
}

/* ---- what the resolver said ---- */

static gboolean
refuse_for_limit(Transaction *transaction, const char *argument, Address *address, const char *kind,
                 const Refusal *refusal, Reply *reply)
{
    reply_set(reply, refusal->code, refusal->enhanced, refusal->text);
    const char *text = address != NULL ? address_text(address) : argument;
    message_log_turned_away(transaction, kind, text, reply, refusal->reason, NULL);
    return turn_away(transaction, argument, address);
}

/* A recipient without a domain, such as <sales>, which the MTA completes. */
static gboolean
is_local_part(const char *argument)
{
    gsize length = strlen(argument);
    if (length < 3 || argument[0] != '<' || argument[length - 1] != '>')
        return FALSE;
    g_autofree char *completed = g_strdup_printf("%.*s@invalid>", (int)(length - 1), argument);
    g_autoptr(Address) address = address_new(completed, NULL);
    return address != NULL;
}

/* Postfix says nothing about a deletion that names nobody, and its two readers of addresses differ about what is none
 * (`<;sales@example.com>`). Where we cannot be sure that the group goes, its members must not come. */
static gboolean
is_surely_deleted(const char *argument)
{
    g_autoptr(Address) address = address_new(argument, NULL);
    return address != NULL || is_local_part(argument);
}

/* Takes over `answer` if the group is taken. */
static gboolean
admit_group(Transaction *transaction, const char *argument, Address *address, Answer **answer, Notify notify,
            Reply *reply)
{
    gsize n_members;
    roster_members((*answer)->roster, &n_members);
    const Refusal *refusal = is_surely_deleted(argument) ? check_members(transaction, n_members) : &bad_spelling;
    if (refusal == NULL)
        refusal = check_size(transaction, n_members, roster_octets((*answer)->roster), notify);
    if (refusal != NULL)
        return refuse_for_limit(transaction, argument, address, "group", refusal, reply);
    recipient_list_add(&transaction->recipients, argument, address_ref(address), g_steal_pointer(answer), notify);
    transaction_hold_members(transaction, n_members);
    return TRUE;
}

/* A sender whom we cannot read is not the empty sender: the policy was asked about nobody, so its answer about a group
 * is replaced by one that says what is wrong. */
static gboolean
sender_is_unreadable(const Transaction *transaction)
{
    return transaction->sender == NULL && !transaction->sender_empty;
}

static gboolean
admit_not(Transaction *transaction, const char *argument, Address *address, const Answer *answer, Reply *reply)
{
    const char *reason = answer->reason != NULL ? answer->reason : "unspecified";
    /* Where we could not find out, or not read it, it is taken for one. */
    const char *kind = answer->group != NULL || answer->kind == ANSWER_DEFERRED ? "group" : "recipient";
    reply_set(reply, answer->code, answer->enhanced, answer->text);
    if (answer->kind == ANSWER_REFUSED && answer->group != NULL && sender_is_unreadable(transaction)) {
        reply_set(reply, 550, "5.1.7", "The sender's address cannot be read");
        reason = "bad-sender";
    }
    message_log_turned_away(transaction, kind, address_text(address), reply, reason, answer->detail);
    if (answer->repair)
        message_log_repair(transaction, answer->group != NULL ? group_name(answer->group) : address_key(address),
                           answer->detail != NULL ? answer->detail : reason);
    if (answer->empty)
        message_log_empty(transaction, address_text(address), answer->roster);
    return turn_away(transaction, argument, address);
}

/* ---- who is meant ---- */

/* The address that the MTA will deliver to. Postfix repairs what RFC 5321 does not allow (blanks, comments, a dot at
 * the end), completes what lacks a domain and resolves percent signs, before it says {rcpt_addr}; a group must not be
 * reached past its restrictions by such a spelling. Sendmail's is what its mailer gets, which may be less than an
 * address. */
static Address *
read_recipient(const Transaction *transaction, const char *argument, const char *resolved)
{
    g_autoptr(Address) given = address_new(argument, NULL);
    gboolean has_say = resolved != NULL && (given == NULL || !transaction->sendmail);
    g_autoptr(Address) meant = has_say ? address_new(resolved, NULL) : NULL;
    if (meant == NULL || (given != NULL && address_equal(given, meant)))
        return g_steal_pointer(&given);
    return g_steal_pointer(&meant);
}

/* What a deletion must name. Postfix keeps what the client said, but for a source route, and compares letter by
 * letter (smtpd's extract_addr() drops it, cleanup's cleanup_del_rcpt() does not). */
static char *
deletion_argument(const Transaction *transaction, const char *argument)
{
    gboolean routed = !transaction->sendmail && g_str_has_prefix(argument, "<@");
    g_autoptr(Address) address = routed ? address_new(argument, NULL) : NULL;
    return address != NULL ? g_strdup_printf("<%s>", address_text(address)) : g_strdup(argument);
}

static gboolean
admit_address(Transaction *transaction, const char *argument, Address *address, Notify notify, Reply *reply)
{
    Sender sender = {
        .address = transaction->sender,
        .trust = origin_case_trust(transaction->origin),
    };
    g_autoptr(Answer) answer = recipient_list_answer(&transaction->recipients, address);
    if (answer == NULL)
        answer = resolver_resolve(transaction->runtime->resolver, address, &sender);
    switch (answer->kind) {
    case ANSWER_NOT_OURS:
    case ANSWER_UNKNOWN:
    case ANSWER_RECIPIENT:
        recipient_list_add(&transaction->recipients, argument, address_ref(address), g_steal_pointer(&answer), notify);
        return TRUE;
    case ANSWER_ROSTER:
        return admit_group(transaction, argument, address, &answer, notify, reply);
    case ANSWER_REFUSED:
    case ANSWER_DEFERRED:
        break;
    }
    return admit_not(transaction, argument, address, answer, reply);
}

gboolean
admit_recipient(Transaction *transaction, const char *const *arguments, const char *resolved, Reply *reply)
{
    g_autoptr(Address) address = read_recipient(transaction, arguments[0], resolved);
    if (transaction->recipients.recipients->len >= MOST_RECIPIENTS)
        return refuse_for_limit(transaction, arguments[0], address, "recipient", &too_many_recipients, reply);
    Notify           notify = notify_of_parameters(arguments + 1);
    g_autofree char *argument = deletion_argument(transaction, arguments[0]);
    if (address != NULL)
        return admit_address(transaction, argument, address, notify, reply);
    recipient_list_add(&transaction->recipients, argument, NULL, NULL, notify);
    return TRUE;
}

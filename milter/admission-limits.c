/* SPDX-License-Identifier: BSD-2-Clause
 * admission-limits.c - whether there is room for one more recipient, or for one more group
 *
 * Promises: what one transaction, and all together, may hold is bounded; where a recipient would fit into a message of
 *           its own, the answer is 452: the client then sends it again in another transaction (RFC 5321 section
 *           4.5.3.1.10).
 * Threads:  those of a transaction.
 */
#include "milter/admission-limits.h"

#include "milter/orcpt.h"

#include "milter/orcpt.h"

#include <stdatomic.h>
#include <string.h>

enum {
    MOST_RECIPIENTS = 50000,
    MOST_GROUPS = 1000,
    MOST_MEMBERS = 1000000, /* of all groups together; one group alone is max-members' business */
    MOST_HELD = 3000000,    /* of all messages under way: some 500 MB */
    NOTIFY_OCTETS = 16,
    ORCPT_OCTETS = 13,
};

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

guint64
admission_queue_file_octets(gsize n_members, gsize octets, gboolean with_notify, gsize orcpt_length)
{
    guint64 each = 21 + (with_notify ? NOTIFY_OCTETS : 0) + (orcpt_length > 0 ? ORCPT_OCTETS + orcpt_length : 0);
    return 2 * (guint64)octets + each * (guint64)n_members;
}

/* The groups taken before are reckoned as if they had come with the same parameters. */
static const Refusal *
check_size(const Transaction *transaction, const Answer *answer, const RecipientCommand *command)
{
    const RecipientList *list = &transaction->recipients;
    guint64              limit = transaction_settings(transaction)->mta_message_size_limit;
    gboolean             with_notify =
        command->notify != NOTIFY_DEFAULT || answer->reports == REPORTS_MANAGER || answer->reports == REPORTS_NOBODY;
    const char *orcpt = orcpt_for_members(command->orcpt, command->notify, answer->reports);
    gsize       orcpt_length = orcpt != NULL ? strlen(orcpt) : 0;
    gsize       octets, n_members = answer_members_at_most(answer, &octets);
    guint64     alone = transaction->size + admission_queue_file_octets(n_members, octets, with_notify, orcpt_length);
    if (limit == 0)
        return NULL;
    if (alone > limit)
        return &size_never;
    guint64 before = admission_queue_file_octets(list->members, list->octets, with_notify, orcpt_length);
    return alone + before > limit ? &size_together : NULL;
}

static const Refusal *
check_held(const Transaction *transaction, gsize n_held)
{
    gsize held = atomic_load(&transaction->house->members_held);
    /* Who holds nothing yet is let in at an idle moment, however large the group: max-members judged that. */
    return held > transaction->members_held && held + n_held > MOST_HELD ? &too_many_held : NULL;
}

static const Refusal *
check_members(const Transaction *transaction, gsize n_members)
{
    const RecipientList *list = &transaction->recipients;
    gsize                together = list->members + n_members;
    gsize                sendmail_limit = transaction_settings(transaction)->max_sendmail_members;
    if (transaction->sendmail && n_members > sendmail_limit)
        return &sendmail_never;
    if (transaction->sendmail && together > sendmail_limit)
        return &too_many_together;
    return list->groups > 0 && together > MOST_MEMBERS ? &too_many_together : NULL;
}

const Refusal *
check_recipient_limits(const Transaction *transaction)
{
    return transaction->recipients.recipients->len >= MOST_RECIPIENTS ? &too_many_recipients : NULL;
}

const Refusal *
check_group_limits(const Transaction *transaction, const Answer *answer, const RecipientCommand *command)
{
    gsize octets, n_members = answer_members_at_most(answer, &octets);
    if (transaction->recipients.groups >= MOST_GROUPS)
        return &too_many_groups;
    const Refusal *refusal = check_held(transaction, answer_members_held(answer));
    if (refusal == NULL)
        refusal = check_members(transaction, n_members);
    if (refusal == NULL)
        refusal = check_size(transaction, answer, command);
    return refusal;
}

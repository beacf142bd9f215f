/* SPDX-License-Identifier: BSD-2-Clause
 * recipient-list.c - the recipients of one message that were taken, in the order of their RCPT commands
 *
 * Owns:     the recipients, with the rosters of the groups among them.
 * Promises: nothing is allocated for a message without recipients; the array is used again for the next message.
 * Threads:  one at a time.
 */
#include "milter/recipient-list.h"

enum { KEEP_ROOM_FOR = 64 };

static void
recipient_clear(gpointer data)
{
    Recipient *recipient = data;
    g_free(recipient->argument);
    g_free(recipient->orcpt);
    reply_clear(&recipient->reply);
    g_clear_pointer(&recipient->address, address_unref);
    g_clear_pointer(&recipient->route, address_unref);
    g_clear_pointer(&recipient->answer, answer_free);
}

void
recipient_list_init(RecipientList *list)
{
    *list = (RecipientList){.recipients = g_array_new(FALSE, FALSE, sizeof(Recipient))};
    g_array_set_clear_func(list->recipients, recipient_clear);
}

void
recipient_list_destroy(RecipientList *list)
{
    g_clear_pointer(&list->answers, g_hash_table_unref);
    g_array_unref(list->recipients);
}

void
recipient_list_clear(RecipientList *list)
{
    if (list->recipients->len > KEEP_ROOM_FOR) {
        recipient_list_destroy(list);
        recipient_list_init(list);
        return;
    }
    g_clear_pointer(&list->answers, g_hash_table_unref);
    g_array_set_size(list->recipients, 0);
    list->groups = list->turned_away = list->members = list->octets = 0;
}

Answer *
recipient_list_answer(const RecipientList *list, const Address *address)
{
    const Answer *known = list->answers != NULL ? g_hash_table_lookup(list->answers, address) : NULL;
    return known != NULL ? answer_copy(known) : NULL;
}

static gsize
addresses_held(const Answer *answer)
{
    if (answer->policy == NULL)
        return 0;
    g_autoptr(GHashTable) counted = g_hash_table_new(NULL, NULL);
    gsize n = policy_addresses_held(answer->policy, counted);
    for (guint i = 0; answer->doubtful != NULL && i < answer->doubtful->len; i++)
        n += policy_addresses_held(g_ptr_array_index(answer->doubtful, i), counted);
    return n;
}

gsize
answer_members_held(const Answer *answer)
{
    gsize n, n_external = 0;
    roster_members(answer->roster, &n);
    if (answer->external_roster != NULL)
        roster_members(answer->external_roster, &n_external);
    return n + n_external + addresses_held(answer);
}

gsize
answer_members_at_most(const Answer *answer, gsize *octets)
{
    gsize n, n_external = 0;
    roster_members(answer->roster, &n);
    *octets = roster_octets(answer->roster);
    if (answer->external_roster == NULL)
        return n;
    roster_members(answer->external_roster, &n_external);
    *octets = MAX(*octets, roster_octets(answer->external_roster));
    return MAX(n, n_external);
}

static Recipient
recipient_new(const RecipientCommand *command, Address *address)
{
    return (Recipient){
        .argument = g_strdup(command->argument),
        .address = address,
        .notify = command->notify,
    };
}

void
recipient_list_add(RecipientList *list, const RecipientCommand *command, Address *address, Answer *answer)
{
    Recipient recipient = recipient_new(command, address);
    gboolean  is_group = answer != NULL && answer->kind == ANSWER_ROSTER;
    if (answer != NULL)
        recipient.route = g_steal_pointer(&answer->route);
    recipient.answer = is_group ? answer : NULL;
    recipient.orcpt = is_group ? g_strdup(command->orcpt) : NULL;
    if (!is_group)
        answer_free(answer);
    g_array_append_val(list->recipients, recipient);
    if (!is_group)
        return;
    gsize octets;
    if (list->answers == NULL)
        list->answers = g_hash_table_new(address_hash, address_equal);
    g_hash_table_insert(list->answers, address, answer);
    list->groups++;
    list->members += answer_members_at_most(answer, &octets);
    list->octets += octets;
}

void
recipient_list_add_turned_away(RecipientList *list, const RecipientCommand *command, Address *address, Reply *reply,
                               const char *reason)
{
    Recipient recipient = recipient_new(command, address);
    recipient.orcpt = g_strdup(command->orcpt);
    recipient.reply = *reply;
    recipient.reason = reason;
    *reply = (Reply){0};
    g_array_append_val(list->recipients, recipient);
    list->turned_away++;
}

const Recipient *
recipient_list_items(const RecipientList *list, gsize *n)
{
    *n = list->recipients->len;
    return (const Recipient *)list->recipients->data;
}

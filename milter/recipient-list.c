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
    list->groups = list->members = list->octets = 0;
}

Answer *
recipient_list_answer(const RecipientList *list, const Address *address)
{
    const Answer *known = list->answers != NULL ? g_hash_table_lookup(list->answers, address) : NULL;
    if (known == NULL)
        return NULL;
    Answer *copy = g_new(Answer, 1);
    *copy = (Answer){
        .kind = known->kind,
        .roster = roster_ref(known->roster),
        .group = group_ref(known->group),
        .reason = known->reason,
        .detail = g_strdup(known->detail),
        .empty = known->empty,
        .via = known->via,
    };
    return copy;
}

void
recipient_list_add(RecipientList *list, const char *argument, Address *address, Answer *answer, Notify notify)
{
    Recipient recipient = {.argument = g_strdup(argument), .address = address, .notify = notify};
    gboolean  is_group = answer != NULL && answer->kind == ANSWER_ROSTER;
    if (answer != NULL)
        recipient.route = g_steal_pointer(&answer->route);
    if (is_group)
        recipient.answer = answer;
    else
        answer_free(answer);
    g_array_append_val(list->recipients, recipient);
    if (!is_group)
        return;
    gsize n_members;
    roster_members(answer->roster, &n_members);
    if (list->answers == NULL)
        list->answers = g_hash_table_new(address_hash, address_equal);
    g_hash_table_insert(list->answers, address, answer);
    list->groups++;
    list->members += n_members;
    list->octets += roster_octets(answer->roster);
}

const Recipient *
recipient_list_items(const RecipientList *list, gsize *n)
{
    *n = list->recipients->len;
    return (const Recipient *)list->recipients->data;
}

PlanRecipient *
recipient_list_for_plan(const RecipientList *list)
{
    gsize            n;
    const Recipient *items = recipient_list_items(list, &n);
    PlanRecipient   *view = g_new0(PlanRecipient, n);
    for (gsize i = 0; i < n; i++) {
        view[i].argument = items[i].argument;
        view[i].address = items[i].address;
        view[i].route = items[i].route;
        view[i].notify = items[i].notify;
        view[i].expanded = items[i].answer != NULL;
        if (view[i].expanded)
            view[i].members = roster_members(items[i].answer->roster, &view[i].n_members);
    }
    return view;
}

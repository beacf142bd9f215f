/* SPDX-License-Identifier: BSD-2-Clause
 * recipient-list.h - the recipients of one message that were taken, in the order of their RCPT commands
 *
 * For one thread at a time.
 */
#pragma once

#include "milter/plan.h"
#include "rollcall/resolver.h"

#include <glib.h>

typedef struct {
    char    *argument; /* of RCPT, byte for byte, as far as the MTA keeps it */
    Address *address;  /* NULL: no address that we can read */
    Address *route;    /* of the entry that has the address, if it is no group and has one */
    Answer  *answer;   /* set for a group that is to be expanded, NULL for any other recipient */
    Notify   notify;
} Recipient;

typedef struct {
    GArray     *recipients; /* of Recipient */
    GHashTable *answers;    /* Address -> Answer of a group; both borrowed from `recipients`; NULL: no group yet */
    gsize       groups;
    gsize       members; /* of all groups, duplicates counted */
    gsize       octets;  /* of their addresses */
} RecipientList;

void recipient_list_init(RecipientList *list);
void recipient_list_clear(RecipientList *list); /* empty again; keeps its room for the next message */
void recipient_list_destroy(RecipientList *list);

/* A copy of what was answered for a group of this message, or NULL if the address was not taken as a group's yet: a
 * client that names one group a thousand times costs one search and one roster. Caller: answer_free(). */
Answer *recipient_list_answer(const RecipientList *list, const Address *address) G_GNUC_WARN_UNUSED_RESULT;

/* Takes over `address` (may be NULL) and `answer` (NULL: no look-up was made). */
void recipient_list_add(RecipientList *list, const char *argument, Address *address, Answer *answer, Notify notify);

const Recipient *recipient_list_items(const RecipientList *list, gsize *n);
/* How the plan sees them. Caller: g_free(); borrows from the list. */
PlanRecipient *recipient_list_for_plan(const RecipientList *list) G_GNUC_WARN_UNUSED_RESULT;

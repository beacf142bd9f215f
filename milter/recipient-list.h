/* SPDX-License-Identifier: BSD-2-Clause
 * recipient-list.h - the recipients of one message that were taken, in the order of their RCPT commands
 *
 * For one thread at a time.
 */
#pragma once

#include "milter/plan.h"
#include "milter/reply.h"
#include "rollcall/resolver.h"

#include <glib.h>

typedef struct {
    char       *argument; /* of RCPT, byte for byte, as far as the MTA keeps it */
    Address    *address;  /* NULL: no address that we can read. In the second pass the one that was split off */
    Address    *route;    /* of the entry that has the address, if it is no group and has one */
    Answer     *answer;   /* set for a group that is to be expanded, NULL for any other recipient */
    Notify      notify;
    char       *orcpt;  /* as the client gave it; NULL if it did not, and for a recipient that only passes */
    Reply       reply;  /* set: it was taken because no recipient can be refused there, and must be turned away */
    const char *reason; /* for the log, with `reply`; static */
} Recipient;

typedef struct {
    GArray     *recipients;  /* of Recipient */
    GHashTable *answers;     /* Address -> Answer of a group; both borrowed from `recipients`; NULL: no group yet */
    gsize       groups;      /* that are to be expanded */
    gsize       turned_away; /* that have a reply */
    gsize       members;     /* of all groups, duplicates counted */
    gsize       octets;      /* of their addresses */
} RecipientList;

void recipient_list_init(RecipientList *list);
void recipient_list_clear(RecipientList *list); /* empty again; keeps its room for the next message */
void recipient_list_destroy(RecipientList *list);

/* A copy of what was answered for a group of this message, or NULL if the address was not taken as a group's yet: a
 * client that names one group a thousand times costs one search and one roster. Caller: answer_free(). */
Answer *recipient_list_answer(const RecipientList *list, const Address *address) G_GNUC_WARN_UNUSED_RESULT;

/* One RCPT command. */
typedef struct {
    const char *argument;
    Notify      notify;
    const char *orcpt; /* NULL: none */
} RecipientCommand;

/* Takes over `address` (may be NULL) and `answer` (NULL: no look-up was made). */
void recipient_list_add(RecipientList *list, const RecipientCommand *command, Address *address, Answer *answer);
/* One that must be turned away later. Takes over `address` and what stands in `reply`. */
void recipient_list_add_turned_away(RecipientList *list, const RecipientCommand *command, Address *address,
                                    Reply *reply, const char *reason);

const Recipient *recipient_list_items(const RecipientList *list, gsize *n);
/* How many members and addresses on lists the answer keeps in memory, and how many it may add to the message at most.
 */
gsize answer_members_held(const Answer *answer);
gsize answer_members_at_most(const Answer *answer, gsize *octets);

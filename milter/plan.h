/* SPDX-License-Identifier: BSD-2-Clause
 * plan.h - the edits to one message, worked out completely before the first of them is made
 *
 * A pure function: recipients in, edits out. No I/O, no MTA, no log.
 */
#pragma once

#include "milter/notify.h"
#include "rollcall/group.h"
#include "rollcall/roster.h"

#include <glib.h>

/* What a copy of the message needs. Recipients whose treatments are equal can share one. Zeroed: nothing. */
typedef struct {
    const Address *sender;       /* the envelope sender it needs; NULL: the one it has, or none: */
    gboolean       empty_sender; /* the empty one */
    gboolean       suppress_oof; /* a header that keeps out-of-office replies away */
    gboolean       hold;         /* the MTA's hold queue */
} Treatment;
gboolean treatment_equal(const Treatment *a, const Treatment *b);

/* One recipient of the message. All of it is borrowed. */
typedef struct {
    const char         *argument; /* of RCPT, byte for byte: what a deletion must name */
    const Address      *address;  /* NULL: the argument is no address that we can read */
    const Address      *route;    /* where a member with this address gets mail; NULL: not known */
    gboolean            expanded; /* a group: it goes, its members come */
    const RosterMember *members;  /* without duplicates */
    gsize               n_members;
    Notify              notify;  /* as the client gave it */
    GroupReports        reports; /* what its members' NOTIFY becomes (notify_for_reports()); UNSET for plain ones */
    const char         *orcpt;  /* RFC 3461 section 4.2, as the client gave it: "rfc822;xtext"; NULL if it did not */
    Treatment           treatment;     /* zeroed for a recipient that is not expanded */
    gboolean            refused;       /* a group that is turned away now that the message was seen */
    const Address      *split_address; /* where this group goes if it must be split off; NULL: it cannot be */
} PlanRecipient;

typedef struct {
    const Address *address;
    Notify         notify;
    const char    *orcpt; /* NULL: none */
} PlanAddition;

/* Borrows from the recipients it was made of. */
typedef struct {
    const char  **deletions; /* each exactly once */
    gsize         n_deletions;
    PlanAddition *additions; /* each address exactly once, and none that the client named beside the groups */
    gsize         n_additions;
    gsize        *fresh;  /* by recipient: how many of the additions it was the first to bring */
    gboolean      nobody; /* the message would be left without any recipient */
    gsize         n_split;   /* how many of the additions, the last ones, are groups that are split off */
    gboolean     *split;     /* by recipient: whether it is */
    Treatment     treatment; /* what this message needs as a whole */
    gboolean      refused;   /* every recipient is refused: nothing is to be edited, the message is */
    gboolean      conflict;  /* somebody can neither share the message nor be split off: nothing is to be edited */
} Plan;

/* Groups are replaced by their members. A member whom the client named itself, by whichever of its addresses, is not
 * added again; one who is in
 * several groups is added once and told about what any of their RCPT commands asked (notify_union()). A member who has
 * the very address of a group of this message stays a member: deletions come before additions.
 * What cannot share the message is split off: if plain recipients are left, they keep it as it is and every group with
 * another treatment goes; else the treatment of the first group counts. A refused group goes unless all are refused.
 * Caller: plan_free(). */
Plan *plan_new(const PlanRecipient *recipients, gsize n_recipients) G_GNUC_WARN_UNUSED_RESULT;
void  plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* SPDX-License-Identifier: BSD-2-Clause
 * plan.h - the edits to one message, worked out completely before the first of them is made
 *
 * A pure function: recipients in, edits out. No I/O, no MTA, no log.
 */
#pragma once

#include "milter/notify.h"
#include "rollcall/roster.h"

#include <glib.h>

/* One recipient of the message. All of it is borrowed. */
typedef struct {
    const char         *argument; /* of RCPT, byte for byte: what a deletion must name */
    const Address      *address;  /* NULL: the argument is no address that we can read */
    const Address      *route;    /* where a member with this address gets mail; NULL: not known */
    gboolean            expanded; /* a group: it goes, its members come */
    const RosterMember *members;  /* without duplicates */
    gsize               n_members;
    Notify              notify; /* as the client gave it */
} PlanRecipient;

typedef struct {
    const Address *address;
    Notify         notify;
} PlanAddition;

/* Borrows from the recipients it was made of. */
typedef struct {
    const char  **deletions; /* each exactly once */
    gsize         n_deletions;
    PlanAddition *additions; /* each address exactly once, and none that the client named beside the groups */
    gsize         n_additions;
    gsize        *fresh;  /* by recipient: how many of the additions it was the first to bring */
    gboolean      nobody; /* the message would be left without any recipient */
} Plan;

/* Groups are replaced by their members. A member whom the client named itself, by whichever of its addresses, is not
 * added again; one who is in
 * several groups is added once and told about what any of their RCPT commands asked (notify_union()). A member who has
 * the very address of a group of this message stays a member: deletions come before additions. Caller: plan_free(). */
Plan *plan_new(const PlanRecipient *recipients, gsize n_recipients) G_GNUC_WARN_UNUSED_RESULT;
void  plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

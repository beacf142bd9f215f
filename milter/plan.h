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
gboolean treatment_is_none(const Treatment *treatment);

/* One recipient of the message. All of it is borrowed. */
typedef struct {
    const char         *argument; /* of RCPT, byte for byte: what a deletion must name */
    const Address      *address;  /* NULL: the argument is no address that we can read */
    const Address      *route;    /* where a member with this address gets mail; NULL: not known */
    gboolean            expanded; /* a group: it goes, its members come */
    const RosterMember *members;  /* without duplicates */
    gsize               n_members;
    Notify              notify;    /* as the client gave it */
    GroupReports        reports;   /* what its members' NOTIFY becomes (notify_for_reports()); UNSET for plain ones */
    const char         *orcpt;     /* RFC 3461 section 4.2, as the client gave it: "rfc822;xtext"; NULL if it did not */
    Treatment           treatment; /* zeroed for a recipient that is not expanded */
    gboolean            refused;   /* a group that is turned away now that the message was seen */
    const Address      *split_address; /* where this group goes if it must be split off; NULL: it cannot be */
    /* Whether a member got the message otherwise already and is left out: asked in the second pass, about those whom
     * the first had in Plan.shared; NULL: nobody did. */
    gboolean (*has_it)(const Address *route, gconstpointer has_it_data);
    gconstpointer has_it_data;
} PlanRecipient;

typedef struct {
    const Address *address;
    Notify         notify;
    const char    *orcpt; /* NULL: none */
} PlanAddition;

/* Borrows from the recipients it was made of. At most one of `nobody`, `refused` and `conflict` is set. */
typedef struct {
    const char  **deletions; /* each exactly once */
    gsize         n_deletions;
    PlanAddition *additions; /* each address exactly once, and none that the client named beside the groups */
    gsize         n_additions;
    gsize        *fresh;   /* by recipient: how many of the additions it was the first to bring as members */
    gboolean      nobody;  /* the message would be left without any recipient */
    gsize         n_split; /* how many of the additions, the last ones, are groups that are split off */
    gboolean     *split; /* by recipient: whether it is a group that is split off, or in a conflict would have to be */
    Treatment     treatment; /* what this message needs as a whole; nothing if a group is split off */
    gboolean      refused;   /* every recipient is refused: nothing is to be edited, the message is */
    gboolean      conflict;  /* somebody can neither share the message nor be split off: nothing is to be edited */
    GPtrArray    *orcpts;    /* the ORCPTs that the client did not give; owned; NULL: none */
    GPtrArray    *shared; /* of const Address *: members of groups that are split off who get this message as well, each
                           * once; NULL: none */
} Plan;

/* Groups are replaced by their members. A member whom the client named itself, by whichever of its addresses, is not
 * added again; one who is in several groups is added once and told about what any of their RCPT commands asked
 * (notify_union()). A member who has the very address of a group of this message stays a member: deletions come before
 * additions. What the members ask of reports is what the client asked for the group as far as the group's own reports
 * allow (notify_for_reports()); they keep the ORCPT that the client gave where it will need it (orcpt_for_members()),
 * and get none of ours.
 *
 * Who can share the message: if nobody is refused and the treatments of all are equal, the message gets that treatment
 * as it is. Else it gets none, because the MTA would give it to the groups that are split off as well: every group that
 * is refused or needs a treatment is split off, even if nobody else is left. A group without members needs nothing.
 * A group that is split off is replaced by its split address, once however many of its addresses were named, with the
 * NOTIFY of the client (the second pass will do by the group's reports) and the client's ORCPT, or else the group's
 * address as ORCPT, so that a report does not name the reserved domain. A member of it who gets this message as well,
 * named beside it or in a group that shares it, is in `shared`, so that the second pass can leave it out. One who is in
 * two groups that are split off gets both copies: only one of them is to be lost if its group is held or turned away.
 * Caller: plan_free(). */
Plan *plan_new(const PlanRecipient *recipients, gsize n_recipients) G_GNUC_WARN_UNUSED_RESULT;
void  plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

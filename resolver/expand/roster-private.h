/* SPDX-License-Identifier: BSD-2-Clause
 * roster-private.h - the inside of a roster, for its builder
 */
#pragma once

#include "rollcall/roster.h"

typedef struct {
    const char *dn;
    guint       selected_by; /* index of a group; its own for the top group */
} RosterGroup;

struct Roster {
    int           reference_count;
    GStringChunk *texts;  /* every DN and reason: one owner instead of thousands of small blocks */
    GArray       *groups; /* of RosterGroup, in the order of the walk */
    GHashTable   *by_dn;  /* DN of a group -> its index */
    RosterMember *members;
    gsize         n_members;
    RosterSkip   *skips;
    gsize         n_skips;
    RosterRelay  *relays;
    gsize         n_relays;
    GPtrArray    *notes; /* of char * */
    gsize         octets;
};

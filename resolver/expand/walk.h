/* SPDX-License-Identifier: BSD-2-Clause
 * walk.h - one walk from a group to its roster: what its parts share
 *
 * expand.c goes from level to level, meet.c looks at each entry, relay.c follows those that lead on. One thread a walk.
 */
#pragma once

#include "resolver/expand/roster-builder.h"

/* A nested group that was met and waits for the next level. */
typedef struct {
    char *key; /* of its DN */
    char *dn;
    guint selected_by;
} PendingGroup;
void pending_group_clear(PendingGroup *pending);

typedef struct Relays Relays;

typedef struct {
    Directory           *directory;
    const ExpandOptions *options;
    const char *const   *attributes; /* that are asked of members */
    RosterBuilder       *roster;
    AddressArena        *arena;   /* for the routes */
    GHashTable          *met;     /* set of DN keys (owned) of the groups met */
    GHashTable          *asked;   /* set of member DNs read already, as spelled, borrowed from `kept` */
    GPtrArray           *kept;    /* of Group */
    GArray              *pending; /* of PendingGroup */
    Relays              *relays;  /* NULL until there is one */
    guint                current; /* index of the group being expanded */
} Walk;

/* ---- meet.c ---- */

/* DirectoryEntryFunc; user_data is the Walk. An entry that walk->current selected. */
gboolean walk_meet(const Entry *entry, gpointer user_data, GError **error);
/* A DN that gave no entry. */
gboolean walk_meet_missing(Walk *walk, const char *dn, GError **error);

/* ---- relay.c ---- */

typedef enum { RELAY_CONTACT, RELAY_FORWARDING } RelayKind;

/* The entry's mail goes on to an address of ours (`address`, else NULL), or to the entry `dn`. An entry that was added
 * before is not added again. FALSE with EXPAND_ERROR_TOO_MANY. */
gboolean relays_add(Walk *walk, const Entry *entry, RelayKind kind, gboolean keeps_copy, const Address *address,
                    const char *dn, GError **error);
/* Follows all that were added, and whatever these lead to in turn, but for the groups among them. */
gboolean relays_follow(Walk *walk, GError **error);
/* Once all are followed: those that lead in a circle are skipped. */
void relays_skip_loops(Walk *walk);
void relays_free(Relays *relays);

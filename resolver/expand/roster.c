/* SPDX-License-Identifier: BSD-2-Clause
 * roster.c - what a group expands to, for reading
 *
 * Owns:     members, skipped entries, the groups between them, and all their texts.
 * Promises: never changes once its builder has finished.
 * Threads:  any.
 */
#include "resolver/expand/roster-private.h"

Roster *
roster_ref(Roster *roster)
{
    g_atomic_int_inc(&roster->reference_count);
    return roster;
}

void
roster_unref(Roster *roster)
{
    if (roster == NULL || !g_atomic_int_dec_and_test(&roster->reference_count))
        return;
    for (gsize i = 0; i < roster->n_members; i++)
        address_unref(roster->members[i].route);
    g_free(roster->members);
    g_free(roster->skips);
    g_free(roster->relays);
    g_hash_table_unref(roster->by_dn);
    g_array_unref(roster->groups);
    g_ptr_array_unref(roster->notes);
    g_string_chunk_free(roster->texts);
    g_free(roster);
}

const RosterMember *
roster_members(const Roster *roster, gsize *n_members)
{
    *n_members = roster->n_members;
    return roster->members;
}

gboolean
roster_is_empty(const Roster *roster)
{
    return roster->n_members == 0;
}

const RosterSkip *
roster_skips(const Roster *roster, gsize *n_skips)
{
    *n_skips = roster->n_skips;
    return roster->skips;
}

const RosterRelay *
roster_relays(const Roster *roster, gsize *n_relays)
{
    *n_relays = roster->n_relays;
    return roster->relays;
}

const char **
roster_path(const Roster *roster, const char *via)
{
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    gpointer found;

    if (g_hash_table_lookup_extended(roster->by_dn, via, NULL, &found)) {
        guint index = GPOINTER_TO_UINT(found);
        for (;;) {
            const RosterGroup *group = &g_array_index(roster->groups, RosterGroup, index);
            g_ptr_array_insert(path, 0, (gpointer)group->dn);
            if (group->selected_by == index)
                break;
            index = group->selected_by;
        }
    }
    g_ptr_array_add(path, NULL);
    return (const char **)g_ptr_array_free(g_steal_pointer(&path), FALSE);
}

const GPtrArray *
roster_notes(const Roster *roster)
{
    return roster->notes;
}

gsize
roster_octets(const Roster *roster)
{
    return roster->octets;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * single.c - a roster of one, for what is not for a group's members
 *
 * Owns:     nothing.
 * Promises: a roster like any other.
 * Threads:  any.
 */
#include "resolver/expand/roster-builder.h"

Roster *
roster_new_single(const Group *group, const char *dn, const Address *route, GError **error)
{
    ExpandOptions options = {.max_members = 1};
    g_autoptr(RosterBuilder) builder = roster_builder_new(&options);
    guint index = roster_builder_add_group(builder, group, 0);

    if (!roster_builder_add_member(builder, index, dn, address_ref((Address *)route), error))
        return NULL;
    return roster_builder_finish(g_steal_pointer(&builder), error);
}

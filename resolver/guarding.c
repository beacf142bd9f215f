/* SPDX-License-Identifier: BSD-2-Clause
 * guarding.c - the guard's rules for one group, and what it finds
 *
 * Owns:     nothing.
 * Threads:  any.
 */
#include "resolver/question.h"

/* They may name any of the group's addresses; the primary's count first. */
static const GroupSettings *
own_settings(const Resolver *resolver, const Group *group)
{
    const GPtrArray *addresses = group_addresses(group);

    for (guint i = 0; i < addresses->len; i++) {
        const GroupSettings *own =
            g_hash_table_lookup(resolver->settings, address_key(g_ptr_array_index(addresses, i)));
        if (own != NULL)
            return own;
    }
    return NULL;
}

GuardRules
resolver_guard_rules(const Resolver *resolver, const Group *group)
{
    const GroupSettings *own = own_settings(resolver, group);
    GuardRules           rules = resolver->guard;

    if (own == NULL)
        return rules;
    if (own->max_members > 0)
        rules.max_members = own->max_members;
    if (own->has_percent)
        rules.percent = own->change_percent;
    if (own->has_count)
        rules.count = own->change_count;
    if (own->has_action)
        rules.action = own->guard_action;
    return rules;
}

void
resolver_guard(Resolver *resolver, const Group *group, const Roster *roster, GuardFinding *finding)
{
    GuardRules rules = resolver_guard_rules(resolver, group);
    guard_check(resolver->state, &rules, group_identity(group), roster, finding);
}

/* SPDX-License-Identifier: BSD-2-Clause
 * meet.c - what becomes of an entry that a group selected
 *
 * Owns:     nothing.
 * Promises: each entry is a group for the next level, a member, a skip with its reason, or leads on (relay.c); a member
 *           that is no contact and does not forward costs no look-up.
 * Threads:  one a walk.
 */
#include "resolver/expand/walk.h"

/* ---- groups ---- */

void
pending_group_clear(PendingGroup *pending)
{
    g_free(pending->key);
    g_free(pending->dn);
}

static void
meet_group(Walk *walk, const Entry *entry)
{
    if (!g_hash_table_add(walk->met, g_strdup(entry_key(entry))))
        return;
    if (!entry_is_expanded_when_nested(entry)) {
        roster_builder_skip(walk->roster, walk->current, entry_dn(entry), "not-mail-enabled");
        return;
    }
    PendingGroup pending = {
        .key = g_strdup(entry_key(entry)),
        .dn = g_strdup(entry_dn(entry)),
        .selected_by = walk->current,
    };
    g_array_append_val(walk->pending, pending);
}

/* ---- members ---- */

/* Somebody of a trusted forest, known here by a SID only (MS-ADTS, Foreign Security Principals container). */
static gboolean
is_foreign(const Entry *entry)
{
    return entry_has_class(entry, "foreignSecurityPrincipal");
}

static gboolean
skip(Walk *walk, const Entry *entry, const char *reason)
{
    roster_builder_skip(walk->roster, walk->current, entry_dn(entry), reason);
    return TRUE;
}

/* Takes over `route`. */
static gboolean
add(Walk *walk, const Entry *entry, Address *route, GError **error)
{
    return roster_builder_add_member(walk->roster, walk->current, entry_dn(entry), route, error);
}

/* Whether an entry of ours may have the address. */
static gboolean
is_ours(const ExpandOptions *options, const Address *address)
{
    return options->is_ours != NULL && !address_is_tenant_routing(address) &&
           options->is_ours(address, options->user_data);
}

/* To nobody, if all that a mailbox does with its mail is to send it where it cannot go. */
static gboolean
forward_nowhere(Walk *walk, const Entry *entry, const Forwarding *forwarding)
{
    if (!forwarding->keeps_copy)
        return skip(walk, entry, forwarding->reason);
    g_autofree char *note = g_strconcat("forwarding: ", forwarding->reason, NULL);
    roster_builder_note(walk->roster, entry_dn(entry), note);
    return TRUE;
}

static gboolean
forward(Walk *walk, const Entry *entry, Forwarding *forwarding, GError **error)
{
    if (forwarding->reason != NULL)
        return forward_nowhere(walk, entry, forwarding);
    if (forwarding->address == NULL || is_ours(walk->options, forwarding->address))
        return relays_add(walk, entry, RELAY_FORWARDING, forwarding->keeps_copy, forwarding->address, forwarding->dn,
                          error);
    roster_builder_relay(walk->roster, walk->current, entry_dn(entry), address_text(forwarding->address));
    return add(walk, entry, g_steal_pointer(&forwarding->address), error);
}

/* To the mailbox, to whom it forwards, or to both. Takes over `route`. */
static gboolean
deliver_or_forward(Walk *walk, const Entry *entry, Address *route, GError **error)
{
    g_auto(Forwarding) forwarding = {NULL};

    if (!entry_forwarding(entry, &forwarding))
        return add(walk, entry, route, error);
    if (!forwarding.keeps_copy)
        address_unref(route);
    else if (!add(walk, entry, route, error))
        return FALSE;
    return forward(walk, entry, &forwarding, error);
}

/* Takes over `taken`. */
static gboolean
route_member(Walk *walk, const Entry *entry, Address *taken, RouteSource source, GError **error)
{
    g_autoptr(Address) route = taken;

    if (source != ROUTE_PRIMARY && is_ours(walk->options, route) && entry_points_at(entry, route, source))
        return relays_add(walk, entry, RELAY_CONTACT, FALSE, route, NULL, error);
    if (walk->options->follow_forwarding && source != ROUTE_TARGET)
        return deliver_or_forward(walk, entry, g_steal_pointer(&route), error);
    return add(walk, entry, g_steal_pointer(&route), error);
}

static gboolean
meet_member(Walk *walk, const Entry *entry, GError **error)
{
    const ExpandOptions *options = walk->options;
    RouteSource          source;
    const char          *reason;
    g_autoptr(Address) route = entry_route_from(entry, walk->arena, &source, &reason);

    if (options->visit != NULL)
        options->visit(entry, options->user_data);
    if (route == NULL)
        return skip(walk, entry, is_foreign(entry) ? "foreign-principal" : reason);

    reason = NULL;
    if (options->admit_member != NULL && !options->admit_member(entry, route, &reason, options->user_data, error))
        return FALSE;
    return reason != NULL ? skip(walk, entry, reason)
                          : route_member(walk, entry, g_steal_pointer(&route), source, error);
}

gboolean
walk_meet(const Entry *entry, gpointer user_data, GError **error)
{
    Walk *walk = user_data;

    if (!entry_check_class(entry, error))
        return FALSE;
    if (!entry_is_group(entry))
        return meet_member(walk, entry, error);
    meet_group(walk, entry);
    return TRUE;
}

/* Members whose DNs gave no entry. In AD a link cannot dangle (MS-ADTS 3.1.1.1.6: removing an object removes the links
 * to it), so the account may not read it, or it lives in a naming context that was not asked: somebody is missing, and
 * the roster with it. An account that may not see an entry gets the same answer from other servers, but there a member
 * may as well have been deleted long ago; deferring all mail for it would be wrong, so it is skipped and said. */
gboolean
walk_meet_missing(Walk *walk, const char *dn, GError **error)
{
    g_autoptr(Schema) schema = directory_schema(walk->directory);

    if (schema != NULL && schema_rules(schema) == SCHEMA_RULES_RFC) {
        roster_builder_skip(walk->roster, walk->current, dn, "not-found");
        return TRUE;
    }
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                "member %s cannot be read: no right to, or outside the bases", dn);
    return FALSE;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * online.c - is a member's mail delivered to Exchange Online
 *
 * Owns:     nothing.
 * Promises: no I/O: the entry and its route tell.
 * Threads:  any.
 */
#include "rollcall/policy.h"

/* msExchRecipientTypeDetails of what lives in a tenant: remote user, room, equipment, shared and team mailboxes, and
 * written-back Microsoft 365 groups. One value an entry, compared for equality although they look like bits. */
static gboolean
is_remote(const Entry *entry)
{
    switch (entry_integer(entry, "msexchrecipienttypedetails", 0)) {
    case G_GINT64_CONSTANT(2147483648):
    case G_GINT64_CONSTANT(8589934592):
    case G_GINT64_CONSTANT(17179869184):
    case G_GINT64_CONSTANT(34359738368):
    case G_GINT64_CONSTANT(274877906944):
    case G_GINT64_CONSTANT(8796093022208):
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
member_is_online(const Entry *entry, const Address *route)
{
    return address_is_tenant_routing(route) || is_remote(entry);
}

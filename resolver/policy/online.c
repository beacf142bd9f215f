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

/* The domains that every tenant has, in the worldwide, the US government's and the Chinese cloud. */
gboolean
member_is_online(const Entry *entry, const Address *route)
{
    static const char *const tenants[] = {".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn"};

    for (gsize i = 0; i < G_N_ELEMENTS(tenants); i++)
        if (g_str_has_suffix(address_domain_key(route), tenants[i]))
            return TRUE;
    return is_remote(entry);
}

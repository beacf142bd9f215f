/* SPDX-License-Identifier: BSD-2-Clause
 * tenant.c - the domains that Microsoft gives to tenants of Exchange Online
 *
 * Owns:     nothing.
 * Threads:  any.
 */
#include "rollcall/address.h"

#include <string.h>

/* Worldwide with GCC, GCC High with DoD, 21Vianet. */
static const char *const clouds[] = {".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn"};

gboolean
address_is_tenant_routing(const Address *address)
{
    const char *domain = address_domain_key(address);

    for (gsize i = 0; i < G_N_ELEMENTS(clouds); i++)
        if (g_str_has_suffix(domain, clouds[i]) && strlen(domain) > strlen(clouds[i]))
            return TRUE;
    return FALSE;
}

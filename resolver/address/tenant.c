/* SPDX-License-Identifier: BSD-2-Clause
 * tenant.c - the domains that Microsoft gives to tenants of Exchange Online
 *
 * Owns:     nothing.
 * Threads:  any.
 */
#include "rollcall/address.h"

#include <string.h>

/* Worldwide with GCC, GCC High with DoD, 21Vianet. */
#define CLOUD(suffix)             \
    {                             \
        suffix, sizeof suffix - 1 \
    }
static const struct {
    const char *suffix;
    gsize       length;
} clouds[] = {CLOUD(".onmicrosoft.com"), CLOUD(".onmicrosoft.us"), CLOUD(".partner.onmschina.cn")};
#undef CLOUD

/* It is asked of every member that is a remote mailbox. */
gboolean
address_is_tenant_routing(const Address *address)
{
    const char *domain = address_domain_key(address);
    gsize       length = strlen(domain);

    for (gsize i = 0; i < G_N_ELEMENTS(clouds); i++)
        if (length > clouds[i].length &&
            memcmp(domain + length - clouds[i].length, clouds[i].suffix, clouds[i].length) == 0)
            return TRUE;
    return FALSE;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-config.c - any octets as rollcall.conf: settings or an error with a message, never both, never neither
 */
#include "rollcall/settings.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = settings_parse("fuzz", (const char *)data, size, &error);

    g_assert((settings == NULL) == (error != NULL));
    if (error != NULL) {
        g_assert(g_utf8_validate(error->message, -1, NULL));
        return 0;
    }
    g_assert(settings_milter(settings)->domains[0] != NULL);
    g_assert((settings_ldap(settings) == NULL) != (settings_ldif(settings) == NULL));
    g_assert(settings_ldap(settings) == NULL || settings_ldap(settings)->uris[0] != NULL);
    g_assert(settings_limits(settings)->max_members > 0);
    const OriginSettings *origin = settings_origin(settings);
    g_assert((origin->tenant_header == NULL) == (origin->tenant_secret_file == NULL));
    g_assert(settings_endpoints(settings) == NULL || origin->tenant_header != NULL);
    g_assert(settings_milter(settings)->split_domain != NULL);
    return 0;
}

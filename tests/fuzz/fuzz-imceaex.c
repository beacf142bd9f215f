/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-imceaex.c - any local part: no crash, what is decoded is clean text, and encoded again it decodes to the same
 */
#include "rollcall/address.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Address *
encode(const char *legacy_dn)
{
    g_autoptr(GString) text = g_string_new("IMCEAEX-");

    for (const char *at = legacy_dn; *at != '\0'; at++) {
        if (g_ascii_isalnum(*at))
            g_string_append_c(text, *at);
        else if (*at == '/')
            g_string_append_c(text, '_');
        else
            g_string_append_printf(text, "+%02X", (guint8)*at);
    }
    g_string_append(text, "@example.com");
    return address_new(text->str, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *input = g_strndup((const char *)data, size);
    g_autofree char *text = g_strdup_printf("IMCEAEX-%s@example.com", input);
    g_autoptr(Address) address = address_new(text, NULL);
    if (address == NULL)
        return 0;
    g_autofree char *decoded = address_to_legacy_dn(address);
    if (decoded == NULL)
        return 0;
    g_assert_true(g_utf8_validate(decoded, -1, NULL));
    g_assert_cmpuint(strlen(decoded), <=, strlen(address_local(address)));
    for (const char *at = decoded; *at != '\0'; at++)
        g_assert_false(g_ascii_iscntrl(*at));

    g_autoptr(Address) encoded = encode(decoded); /* may have grown too long */
    if (encoded == NULL)
        return 0;
    g_autofree char *again = address_to_legacy_dn(encoded);
    g_assert_cmpstr(again, ==, decoded);
    return 0;
}

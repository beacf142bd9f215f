/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-dn.c - any text: a key is its own key, and the comparison without a key agrees with it
 */
#include "resolver/schema/dn-match.h"
#include "rollcall/dn.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *key = dn_key(text);
    if (key == NULL)
        return 0;

    g_autofree char *again = dn_key(key);
    if (strchr(key, '#') == NULL) /* a BER encoding that was no string may not be read twice */
        g_assert_cmpstr(again, ==, key);
    Value dn = {text, strlen(text)};
    g_assert_true(*key == '\0' || dn_has_key(&dn, key, FALSE));
    for (const char *at = key; at != NULL; at = dn_key_parent(at))
        g_assert_true(dn_key_is_within(key, at));
    return 0;
}

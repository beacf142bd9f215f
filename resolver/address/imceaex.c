/* SPDX-License-Identifier: BSD-2-Clause
 * imceaex.c - Exchange's addresses in the local part of a mail address: IMCEAEX-_O=ORG_CN=ANN@example.com
 *
 * What is not a letter or a digit of an X.500 address cannot stand in every local part, so Exchange writes `/` as `_`
 * and other characters as `+` and two hex digits ["Recipient resolution in Exchange Server"].
 *
 * Owns:     nothing.
 * Promises: what is decoded is text that a legacyExchangeDN can be, no longer than what it was decoded from.
 * Threads:  any.
 */
#include "rollcall/address.h"

#include <string.h>

static const char prefix[] = "IMCEAEX-";

gboolean
address_is_imceaex(const Address *address)
{
    return g_ascii_strncasecmp(address_local(address), prefix, sizeof prefix - 1) == 0;
}

/* What the octets at *at stand for; *at moves behind them. -1: nothing. */
static int
decode_octet(const char **at)
{
    char c = *(*at)++;

    if (c == '_')
        return '/';
    if (c != '+')
        return (guchar)c;
    if (!g_ascii_isxdigit((*at)[0]) || !g_ascii_isxdigit((*at)[1]))
        return -1;
    int octet = g_ascii_xdigit_value((*at)[0]) << 4 | g_ascii_xdigit_value((*at)[1]);
    *at += 2;
    return octet;
}

/* An escape can stand for any octet, but no such address has control characters in it, and all are UTF-8 in LDAP. */
static gboolean
is_legacy_dn(const GString *text)
{
    if (text->str[0] != '/' || !g_utf8_validate(text->str, (gssize)text->len, NULL))
        return FALSE;
    for (const char *at = text->str; *at != '\0'; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return FALSE;
    return TRUE;
}

char *
address_to_legacy_dn(const Address *address)
{
    if (!address_is_imceaex(address))
        return NULL;

    g_autoptr(GString) decoded = g_string_new(NULL);
    for (const char *at = address_local(address) + sizeof prefix - 1; *at != '\0';) {
        int octet = decode_octet(&at);
        if (octet < 0)
            return NULL;
        g_string_append_c(decoded, (char)octet);
    }
    return is_legacy_dn(decoded) ? g_string_free(g_steal_pointer(&decoded), FALSE) : NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * domain.c - the domain of an address as it is compared: lower case, in A-labels (RFC 5890), or an address literal
 *
 * Owns:     nothing.
 * Promises: what comes back is ASCII and fit for the DNS, or a literal of RFC 5321 section 4.1.3.
 * Threads:  any.
 */
#include "rollcall/address.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>

/* RFC 1035 section 2.3.4: a name has 255 octets in the message, 253 as text; a label 63. */
enum { MAX_DOMAIN = 253, MAX_LABEL = 63 };
/* U-labels are longer in UTF-8 than as A-labels, but not by more than this. */
enum { MAX_SPELLED = 4 * MAX_DOMAIN };

/* `[192.0.2.1]`, `[IPv6:2001:db8::1]`. There is no other registered kind of literal. */
static char *
literal_to_key(const char *domain)
{
    gsize length = strlen(domain);
    if (length < 3 || length > 64 || domain[length - 1] != ']')
        return NULL;

    g_autofree char *inner = g_strndup(domain + 1, length - 2);
    char             text[INET6_ADDRSTRLEN];
    struct in6_addr  binary;
    if (g_ascii_strncasecmp(inner, "IPv6:", 5) == 0) {
        if (inet_pton(AF_INET6, inner + 5, &binary) != 1)
            return NULL;
        return g_strdup_printf("[ipv6:%s]", inet_ntop(AF_INET6, &binary, text, sizeof text));
    }
    if (inet_pton(AF_INET, inner, &binary) != 1)
        return NULL;
    return g_strdup_printf("[%s]", inet_ntop(AF_INET, &binary, text, sizeof text));
}

/* Letters, digits, hyphens inside. The underscore is no part of RFC 5321's grammar, but names with one are delivered
 * to by every MTA, and a member must not be lost over it. */
static gboolean
is_label(const char *label, gsize length)
{
    if (length == 0 || length > MAX_LABEL || label[0] == '-' || label[length - 1] == '-')
        return FALSE;
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isalnum(label[i]) && label[i] != '-' && label[i] != '_')
            return FALSE;
    return TRUE;
}

static gboolean
is_domain(const char *ascii)
{
    if (strlen(ascii) > MAX_DOMAIN)
        return FALSE;
    for (const char *label = ascii;;) {
        gsize length = strcspn(label, ".");
        if (!is_label(label, length))
            return FALSE;
        if (label[length] == '\0')
            return TRUE;
        label += length + 1;
    }
}

/* Mapped as UTS 46 says, non-transitionally, as registries and mail clients do today (ß stays ß). */
static char *
to_a_labels(const char *domain)
{
    char *ascii = NULL;
    int   flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
    if (idn2_to_ascii_8z(domain, &ascii, flags) != IDN2_OK)
        return NULL;
    char *key = g_ascii_strdown(ascii, -1);
    idn2_free(ascii);
    return key;
}

char *
address_domain_to_key(const char *domain)
{
    g_return_val_if_fail(domain != NULL, NULL);

    if (*domain == '[')
        return literal_to_key(domain);
    if (strnlen(domain, MAX_SPELLED + 1) > MAX_SPELLED)
        return NULL;
    g_autofree char *key = g_str_is_ascii(domain)              ? g_ascii_strdown(domain, -1)
                           : g_utf8_validate(domain, -1, NULL) ? to_a_labels(domain)
                                                               : NULL;
    if (key == NULL || !is_domain(key)) /* the mapping may bring forth any ASCII: check after it */
        return NULL;
    return g_steal_pointer(&key);
}

/* Taken only if it means the same domain again: an A-label may be anybody's invention. */
char *
address_domain_to_unicode(const char *domain_key)
{
    char *text = NULL;

    if (strstr(domain_key, "xn--") == NULL || idn2_to_unicode_8z8z(domain_key, &text, 0) != IDN2_OK)
        return NULL;
    g_autofree char *unicode = g_strdup(text);
    idn2_free(text);
    g_autofree char *key = address_domain_to_key(unicode);
    if (g_str_is_ascii(unicode) || g_strcmp0(key, domain_key) != 0)
        return NULL;
    return g_steal_pointer(&unicode);
}

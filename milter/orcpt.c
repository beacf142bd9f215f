/* SPDX-License-Identifier: BSD-2-Clause
 * orcpt.c - the address that a report names as the original recipient (RFC 3461 section 4.2)
 *
 * Threads:  any.
 */
#include "milter/orcpt.h"

#include <string.h>

enum { LONGEST = 500 }; /* RFC 3461 section 4.2 */

/* RFC 3461 section 4: printable, but for "+" and "=", which introduce something. */
static gboolean
is_xchar(char c)
{
    return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

static gboolean
is_hex_digit(char c)
{
    return g_ascii_isdigit(c) || (c >= 'A' && c <= 'F');
}

static gboolean
is_xtext(const char *text)
{
    while (*text != '\0') {
        if (is_xchar(*text))
            text++;
        else if (*text == '+' && is_hex_digit(text[1]) && is_hex_digit(text[2]))
            text += 3;
        else
            return FALSE;
    }
    return TRUE;
}

/* An atom, and no more than types are made of. */
static gsize
type_length(const char *text)
{
    gsize length = 0;
    while (g_ascii_isalnum(text[length]) || text[length] == '-')
        length++;
    return length;
}

static gboolean
is_orcpt(const char *text)
{
    gsize type = type_length(text);
    return type > 0 && text[type] == ';' && text[type + 1] != '\0' && strlen(text) <= LONGEST &&
           is_xtext(text + type + 1);
}

const char *
orcpt_of_parameters(const char *const *parameters)
{
    for (; *parameters != NULL; parameters++) {
        if (g_ascii_strncasecmp(*parameters, "ORCPT=", 6) == 0)
            return is_orcpt(*parameters + 6) ? *parameters + 6 : NULL;
    }
    return NULL;
}

const char *
orcpt_for_members(const char *orcpt, Notify notify, GroupReports reports)
{
    gboolean asked = notify != NOTIFY_DEFAULT && notify != NOTIFY_NEVER;
    gboolean reaches_sender = reports != REPORTS_MANAGER && reports != REPORTS_NOBODY;
    return asked && reaches_sender ? orcpt : NULL;
}

static void
append_xtext(GString *text, const char *from)
{
    for (; *from != '\0'; from++) {
        if (is_xchar(*from))
            g_string_append_c(text, *from);
        else
            g_string_append_printf(text, "+%02X", (guint)(guchar)*from);
    }
}

/* The domain is always given in A-labels, which any reader understands. */
static void
append_utf8_xtext(GString *text, const char *from)
{
    for (; *from != '\0'; from = g_utf8_next_char(from)) {
        gunichar c = g_utf8_get_char(from);
        if (c < 0x7f && is_xchar((char)c) && c != '\\')
            g_string_append_c(text, (char)c);
        else
            g_string_append_printf(text, "\\x{%02X}", c);
    }
}

char *
orcpt_of_address(const Address *address)
{
    const char      *whole = address_text(address);
    g_autofree char *local = g_strndup(whole, strlen(whole) - strlen(address_domain(address)) - 1);
    g_autoptr(GString) text = g_string_new(NULL);
    if (g_str_is_ascii(local)) {
        g_string_append(text, "rfc822;");
        append_xtext(text, local);
    } else {
        g_string_append(text, "utf-8;");
        append_utf8_xtext(text, local);
    }
    g_string_append_c(text, '@');
    append_xtext(text, address_domain_key(address));
    return text->len <= LONGEST ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

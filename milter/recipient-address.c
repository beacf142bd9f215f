/* SPDX-License-Identifier: BSD-2-Clause
 * recipient-address.c - who is meant by the argument of a RCPT command
 *
 * Threads:  any.
 */
#include "milter/recipient-address.h"

#include <string.h>

/* Postfix folds {rcpt_addr} fully ("ß" to "ss"), but delivers to, and deletes by, what the client said. */
static gboolean
is_folded(const Address *given, const Address *meant)
{
    g_autofree char *a = g_utf8_casefold(address_local(given), -1);
    g_autofree char *b = g_utf8_casefold(address_local(meant), -1);
    return strcmp(address_domain_key(given), address_domain_key(meant)) == 0 && strcmp(a, b) == 0;
}

Address *
recipient_read(const char *argument, const char *resolved, gboolean sendmail)
{
    g_autoptr(Address) given = address_new(argument, NULL);
    gboolean has_say = resolved != NULL && (given == NULL || !sendmail);
    g_autoptr(Address) meant = has_say ? address_new(resolved, NULL) : NULL;
    if (meant == NULL || (given != NULL && (address_equal(given, meant) || is_folded(given, meant))))
        return g_steal_pointer(&given);
    return g_steal_pointer(&meant);
}

/* Postfix keeps what the client said, but for a source route, and compares letter by letter (smtpd's extract_addr()
 * drops it, cleanup's cleanup_del_rcpt() does not). */
char *
recipient_deletion_argument(const char *argument, gboolean sendmail)
{
    gboolean routed = !sendmail && g_str_has_prefix(argument, "<@");
    g_autoptr(Address) address = routed ? address_new(argument, NULL) : NULL;
    return address != NULL ? g_strdup_printf("<%s>", address_text(address)) : g_strdup(argument);
}

/* A recipient without a domain, such as <sales>, which the MTA completes. */
static gboolean
is_local_part(const char *argument)
{
    gsize length = strlen(argument);
    if (length < 3 || argument[0] != '<' || argument[length - 1] != '>')
        return FALSE;
    g_autofree char *completed = g_strdup_printf("%.*s@invalid>", (int)(length - 1), argument);
    g_autoptr(Address) address = address_new(completed, NULL);
    return address != NULL;
}

gboolean
recipient_is_surely_deleted(const char *argument)
{
    g_autoptr(Address) address = address_new(argument, NULL);
    return address != NULL || is_local_part(argument);
}

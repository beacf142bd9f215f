/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-range.c - attribute descriptions with options, and the range option of Active Directory
 *
 * `member;range=0-1499` holds the first 1500 values of member, `member;range=1500-*` the rest
 * [MS-ADTS 3.1.1.3.1.3.3, draft-kashi-incremental].
 *
 * Promises: pure; an option that starts with "range=" and is not understood is reported, never dropped.
 * Threads:  any.
 */
#include "ldap-private.h"

#include <string.h>

void
ldap_range_free(LdapRange *range)
{
    if (range == NULL)
        return;
    g_free(range->attribute);
    g_free(range);
}

static gboolean
read_number(const char **text, guint64 *number)
{
    if (!g_ascii_isdigit(**text))
        return FALSE;
    char *end = NULL;
    *number = g_ascii_strtoull(*text, &end, 10);
    /* a server that counts further than this has lost its way, and so would our sums */
    if (*number > G_MAXINT64)
        return FALSE;
    *text = end;
    return TRUE;
}

static LdapRange *
read_range(const char *option, const char *attribute)
{
    guint64     first = 0, last = 0;
    const char *rest = option;

    if (!read_number(&rest, &first) || *rest != '-')
        return NULL;
    rest++;
    gboolean final = g_str_equal(rest, "*");
    if (!final && (!read_number(&rest, &last) || *rest != '\0' || last < first))
        return NULL;

    LdapRange *range = g_new0(LdapRange, 1);
    range->attribute = g_strdup(attribute);
    range->first = first;
    range->last = last;
    range->final = final;
    return range;
}

gboolean
ldap_range_parse(const char *description, gsize length, char **base, LdapRange **range)
{
    *base = NULL;
    *range = NULL;
    if (length > 0 && memchr(description, ';', length) == NULL) { /* nearly always */
        *base = g_strndup(description, length);
        return TRUE;
    }
    g_autofree char *text = g_strndup(description, length);
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    g_autofree char *type = g_strdup(parts[0] != NULL ? parts[0] : "");

    for (guint i = 1; *type != '\0' && parts[i] != NULL; i++) {
        if (g_ascii_strncasecmp(parts[i], "range=", strlen("range=")) != 0)
            continue; /* ;binary, ;lang-xx: the values are the attribute's all the same (RFC 4512 section 2.5.2) */
        LdapRange *found = *range == NULL ? read_range(parts[i] + strlen("range="), type) : NULL;
        if (found == NULL) {
            g_clear_pointer(range, ldap_range_free);
            return FALSE;
        }
        *range = found;
    }
    *base = g_steal_pointer(&type);
    return TRUE;
}

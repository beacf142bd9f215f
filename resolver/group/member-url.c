/* SPDX-License-Identifier: BSD-2-Clause
 * member-url.c - a value of memberURL: an LDAP URL (RFC 4516) that stands for a search
 *
 * Owns:     nothing.
 * Promises: a URL that asks for more than base, scope and filter of our own directory is an error, never read as less.
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

#include "rollcall/directory.h"
#include "rollcall/dn.h"

#include <ldap.h>
#include <string.h>

typedef LDAPURLDesc LdapUrl;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapUrl, ldap_free_urldesc)

static gboolean
fail(GError **error, GroupError code, const char *what)
{
    g_set_error(error, GROUP_ERROR, code, "memberURL: %s", what);
    return FALSE;
}

/* An attribute list makes OpenLDAP's dynlist take the members from values of the entries found instead of the entries
 * themselves (slapo-dynlist(5)). `mail` comes to the same here, the entry's DN and "all" or "none" (RFC 4511 section
 * 4.5.1.8) say nothing about members; anything else would select other people than the entries found. */
static gboolean
attributes_select_entries(char **attributes)
{
    static const char *const harmless[] = {"", "*", "1.1", "dn", "mail", NULL};

    for (char **attribute = attributes; attribute != NULL && *attribute != NULL; attribute++) {
        g_autofree char *lower = g_ascii_strdown(*attribute, -1);
        if (!g_strv_contains(harmless, lower))
            return FALSE;
    }
    return TRUE;
}

/* libldap gives an absent scope as base, RFC 4516 section 3. */
static gboolean
read_scope(int scope, int *into)
{
    switch (scope) {
    case LDAP_SCOPE_BASE:
        *into = SCOPE_BASE;
        return TRUE;
    case LDAP_SCOPE_ONELEVEL:
        *into = SCOPE_ONE;
        return TRUE;
    case LDAP_SCOPE_SUBTREE:
        *into = SCOPE_SUBTREE;
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean
read_base(const LdapUrl *url, GroupQuery *query, GError **error)
{
    if (url->lud_host != NULL && *url->lud_host != '\0')
        return fail(error, GROUP_ERROR_BASE, "names another server");

    g_autofree char *key = url->lud_dn == NULL ? NULL : dn_key(url->lud_dn);
    if (key == NULL || *key == '\0')
        return fail(error, GROUP_ERROR_BASE, "the base is missing or no DN");
    query->base = g_strdup(url->lud_dn);
    return TRUE;
}

gboolean
member_url_read(const char *text, GroupQuery *query, GError **error)
{
    g_autoptr(LdapUrl) url = NULL;

    /* libldap undoes percent-encoding in place, so that this would end base or filter early; a filter spells it \00 */
    if (strstr(text, "%00") != NULL)
        return fail(error, GROUP_ERROR_FILTER, "has a NUL");
    if (ldap_url_parse(text, &url) != LDAP_URL_SUCCESS)
        return fail(error, GROUP_ERROR_FILTER, "is no LDAP URL");
    if (url->lud_crit_exts > 0)
        return fail(error, GROUP_ERROR_FILTER, "has a critical extension");
    if (!attributes_select_entries(url->lud_attrs))
        return fail(error, GROUP_ERROR_FILTER, "selects attributes, not entries");
    if (!read_scope(url->lud_scope, &query->scope))
        return fail(error, GROUP_ERROR_BASE, "has a scope other than base, one and sub");
    if (!read_base(url, query, error))
        return FALSE;

    /* RFC 4516 section 3: without a filter, every entry */
    const char *filter = url->lud_filter;
    return group_query_parse(query, "memberURL", filter == NULL || *filter == '\0' ? "(objectClass=*)" : filter, error);
}

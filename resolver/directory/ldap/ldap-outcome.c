/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-outcome.c - what a result code and a search reference mean
 *
 * Promises: pure; what is not known for certain to be harmless is a failure.
 * Threads:  any.
 */
#include "ldap-private.h"

#include "rollcall/dn.h"

#include <string.h>

/* RFC 4511 appendix A. Whatever is not listed is a refusal. */
static const struct {
    int            result;
    DirectoryError code;
} meanings[] = {
    {LDAP_TIMELIMIT_EXCEEDED, DIRECTORY_ERROR_INCOMPLETE},
    {LDAP_SIZELIMIT_EXCEEDED, DIRECTORY_ERROR_INCOMPLETE},
    {LDAP_PARTIAL_RESULTS, DIRECTORY_ERROR_INCOMPLETE},
    {LDAP_REFERRAL, DIRECTORY_ERROR_INCOMPLETE},
    {LDAP_ADMINLIMIT_EXCEEDED, DIRECTORY_ERROR_INCOMPLETE},
    {LDAP_BUSY, DIRECTORY_ERROR_UNAVAILABLE},
    {LDAP_UNAVAILABLE, DIRECTORY_ERROR_UNAVAILABLE},
    {LDAP_OTHER, DIRECTORY_ERROR_UNAVAILABLE}, /* AD: internal errors */
    {LDAP_SERVER_DOWN, DIRECTORY_ERROR_UNAVAILABLE},
    {LDAP_CONNECT_ERROR, DIRECTORY_ERROR_UNAVAILABLE},
    {LDAP_TIMEOUT, DIRECTORY_ERROR_UNAVAILABLE},
    {LDAP_LOCAL_ERROR, DIRECTORY_ERROR_UNAVAILABLE},
    {LDAP_DECODING_ERROR, DIRECTORY_ERROR_UNAVAILABLE},
    {LDAP_NO_MEMORY, DIRECTORY_ERROR_UNAVAILABLE},
};

LdapOutcome
ldap_outcome(int result, gboolean later, DirectoryError *code)
{
    if (result == LDAP_SUCCESS)
        return OUTCOME_GOOD;
    /* invalidDNSyntax: no object can have that name */
    if (!later && (result == LDAP_NO_SUCH_OBJECT || result == LDAP_INVALID_DN_SYNTAX))
        return OUTCOME_NO_OBJECT;
    /* what came before a refusal of the next page is a part */
    *code = later ? DIRECTORY_ERROR_INCOMPLETE : DIRECTORY_ERROR_REFUSED;
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (meanings[i].result == result)
            *code = meanings[i].code;
    return OUTCOME_ERROR;
}

/* Naming contexts that every forest has and that hold no recipients (MS-ADTS 3.1.1.1.6, 6.1.1.1). Their parent is the
 * forest's root domain, so nothing but domain components may follow. */
static const char *const harmless[] = {"dc=domaindnszones,", "dc=forestdnszones,", "cn=configuration,",
                                       "cn=schema,cn=configuration,"};

static gboolean
is_domain(const char *key)
{
    for (; key != NULL && *key != '\0'; key = dn_key_parent(key))
        if (!g_str_has_prefix(key, "dc="))
            return FALSE;
    return key != NULL;
}

gboolean
ldap_reference_is_harmless(const char *url)
{
    LDAPURLDesc *parts = NULL;

    if (ldap_url_parse(url, &parts) != LDAP_URL_SUCCESS)
        return FALSE;
    g_autofree char *key = parts->lud_dn != NULL ? dn_key(parts->lud_dn) : NULL;
    ldap_free_urldesc(parts);

    for (gsize i = 0; key != NULL && i < G_N_ELEMENTS(harmless); i++)
        if (g_str_has_prefix(key, harmless[i]) && key[strlen(harmless[i])] != '\0' &&
            is_domain(key + strlen(harmless[i])))
            return TRUE;
    return FALSE;
}

gboolean
ldap_reference_check(char *const *urls, GError **error)
{
    for (guint i = 0; urls != NULL && urls[i] != NULL; i++) {
        if (ldap_reference_is_harmless(urls[i]))
            continue;
        g_autofree char *shown = g_strescape(urls[i], NULL);
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                    "the server refers to %s for a part of the answer", shown);
        return FALSE;
    }
    if (urls != NULL && urls[0] != NULL)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server refers elsewhere without saying where");
    return FALSE;
}

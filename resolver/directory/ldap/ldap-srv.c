/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-srv.c - servers named by DNS: srv:DOMAIN and srv:SITE._sites.DOMAIN (RFC 2782; MS-ADTS 6.3.2.3)
 *
 * DNS is not signed as a rule. What keeps a forged answer from leading us astray is the certificate or the Kerberos
 * name of the target, so a target must lie inside the domain that the administrator wrote.
 *
 * Threads: any; ldap_srv_resolve() waits for DNS and belongs on the pool's own threads.
 */
#include "ldap-private.h"

#include <string.h>

#define PREFIX "srv:"
#define SITES "._sites."

gboolean
ldap_srv_is(const char *uri)
{
    return g_ascii_strncasecmp(uri, PREFIX, strlen(PREFIX)) == 0;
}

static gboolean
is_host_name(const char *name)
{
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);

    if (strlen(name) > 253 || labels[0] == NULL)
        return FALSE;
    for (guint i = 0; labels[i] != NULL; i++) {
        gsize length = strlen(labels[i]);
        if (length == 0 || length > 63 || labels[i][0] == '-' || labels[i][length - 1] == '-')
            return FALSE;
        for (const char *c = labels[i]; *c != '\0'; c++)
            if (!g_ascii_isalnum(*c) && *c != '-' && *c != '_') /* AD allows _ in computer names */
                return FALSE;
    }
    return TRUE;
}

/* A label of DNS holds any octets; what the resolver's text form would misread is refused. */
static gboolean
is_site(const char *site, gsize length)
{
    if (length == 0 || length > 63)
        return FALSE;
    for (gsize i = 0; i < length; i++)
        if (g_ascii_iscntrl(site[i]) || strchr(". \\\"", site[i]) != NULL)
            return FALSE;
    return TRUE;
}

char *
ldap_srv_domain(const char *uri, GError **error)
{
    const char *name = uri + strlen(PREFIX);
    const char *sites = strstr(name, SITES);
    const char *domain = sites != NULL ? sites + strlen(SITES) : name;

    if (!is_host_name(domain) || strchr(domain, '.') == NULL || (sites != NULL && !is_site(name, sites - name))) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS,
                    "uri %s: expected srv:DOMAIN or srv:SITE._sites.DOMAIN", uri);
        return NULL;
    }
    return g_strdup(domain);
}

gboolean
ldap_srv_target_is_within(const char *host, const char *domain)
{
    gsize host_length = strlen(host), domain_length = strlen(domain);

    if (host_length > 0 && host[host_length - 1] == '.')
        host_length--;
    return host_length > domain_length + 1 && host[host_length - domain_length - 1] == '.' &&
           g_ascii_strncasecmp(host + host_length - domain_length, domain, domain_length) == 0;
}

GPtrArray *
ldap_srv_uris(const char *list, const char *domain, GError **error)
{
    g_auto(GStrv) targets = g_strsplit(list, " ", -1);
    g_autoptr(GPtrArray) uris = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; targets[i] != NULL; i++) {
        char   *colon = strrchr(targets[i], ':');
        guint64 port = 0;
        if (*targets[i] == '\0')
            continue;
        if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL)) {
            g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "DNS names a target without a port");
            return NULL;
        }
        *colon = '\0';
        if (!is_host_name(targets[i]) || !ldap_srv_target_is_within(targets[i], domain)) {
            g_autofree char *shown = g_strescape(targets[i], NULL);
            g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                        "DNS names the target %s, which is not in %s", shown, domain);
            return NULL;
        }
        g_ptr_array_add(uris, g_strdup_printf("ldap://%s:%d", targets[i], (int)port));
    }
    if (uris->len == 0) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "DNS names no server");
        return NULL;
    }
    return g_steal_pointer(&uris);
}

GPtrArray *
ldap_srv_resolve(const char *uri, GError **error)
{
    g_autofree char *domain = ldap_srv_domain(uri, error);
    if (domain == NULL)
        return NULL;

    /* libldap puts _ldap._tcp. before it, and sorts by priority and weight */
    char *list = NULL;
    ldap_thread_initialize_library();
    if (ldap_domain2hostlist(uri + strlen(PREFIX), &list) != LDAP_SUCCESS || list == NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "DNS has no answer to _ldap._tcp.%s",
                    uri + strlen(PREFIX));
        return NULL;
    }
    GPtrArray *uris = ldap_srv_uris(list, domain, error);
    ldap_memfree(list);
    return uris;
}

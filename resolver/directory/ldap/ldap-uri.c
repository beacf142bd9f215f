/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-uri.c - what a server's URI may say
 *
 * ldap://host[:port], ldaps://host[:port], ldapi://%2Fpath%2Fto%2Fsocket, nothing behind it: base, attributes, filter
 * and extensions of RFC 4516 have no place in the name of a server.
 *
 * Promises: pure.
 * Threads:  any.
 */
#include "ldap-private.h"

#include <string.h>

enum { PORT_GC = 3268, PORT_GC_TLS = 3269 };

void
ldap_uri_free(LdapUri *uri)
{
    if (uri == NULL)
        return;
    g_free(uri->text);
    g_free(uri->label);
    g_free(uri->host);
    g_free(uri);
}

static LdapUri *
refuse(const char *text, const char *why, GError **error)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "uri %s: %s", text, why);
    return NULL;
}

static LdapUri *
new_local(const char *text, const char *path, GError **error)
{
    g_autofree char *plain = g_uri_unescape_string(path, NULL);
    if (plain == NULL || *plain != '/' || strchr(path, '/') != NULL)
        return refuse(text, "expected ldapi:// and a socket's path with each / written as %2F", error);

    LdapUri *uri = g_new0(LdapUri, 1);
    uri->text = g_strdup(text);
    uri->label = g_steal_pointer(&plain);
    uri->local = TRUE;
    return uri;
}

/* Host and port of `authority`; a host of IPv6 stands in brackets (RFC 3986 section 3.2.2). */
static gboolean
split_authority(const char *authority, char **host, int *port)
{
    const char *end = authority[0] == '[' ? strchr(authority, ']') : NULL;
    const char *colon = strchr(end != NULL ? end : authority, ':');
    gsize       length = colon != NULL ? (gsize)(colon - authority) : strlen(authority);

    if (authority[0] == '[' && (end == NULL || (gsize)(end + 1 - authority) != length))
        return FALSE;
    if (colon != NULL) {
        guint64 number = 0;
        if (!g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &number, NULL))
            return FALSE;
        *port = (int)number;
    }
    if (length == 0)
        return FALSE;
    *host = g_strndup(authority, length);
    for (const char *c = *host; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && strchr("-._:[]", *c) == NULL)
            return FALSE;
    return TRUE;
}

LdapUri *
ldap_uri_new(const char *text, GError **error)
{
    const char *rest = strstr(text, "://");
    if (rest == NULL)
        return refuse(text, "expected ldaps://HOST, ldap://HOST, ldapi://PATH or srv:DOMAIN", error);
    rest += strlen("://");
    if (g_ascii_strncasecmp(text, "ldapi://", strlen("ldapi://")) == 0)
        return new_local(text, rest, error);

    gboolean tls = g_ascii_strncasecmp(text, "ldaps://", strlen("ldaps://")) == 0;
    if (!tls && g_ascii_strncasecmp(text, "ldap://", strlen("ldap://")) != 0)
        return refuse(text, "expected ldaps://, ldap://, ldapi:// or srv:", error);

    g_autofree char *authority = g_strdup(rest);
    g_autofree char *host = NULL;
    int              usual = tls ? LDAPS_PORT : LDAP_PORT, port = usual;
    if (g_str_has_suffix(authority, "/"))
        authority[strlen(authority) - 1] = '\0';
    if (!split_authority(authority, &host, &port))
        return refuse(text, "expected a host name or address, and nothing behind it but :PORT", error);

    LdapUri *uri = g_new0(LdapUri, 1);
    uri->text = g_strdup_printf("%s://%s:%d", tls ? "ldaps" : "ldap", host, port);
    uri->label = port == usual ? g_strdup(host) : g_strdup_printf("%s:%d", host, port);
    uri->host = g_steal_pointer(&host);
    uri->port = port;
    uri->tls = tls;
    uri->global_catalog = port == PORT_GC || port == PORT_GC_TLS;
    return uri;
}

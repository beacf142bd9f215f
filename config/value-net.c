/* SPDX-License-Identifier: BSD-2-Clause
 * value-net.c - one raw value of rollcall.conf, read as what its key says: sockets, networks, URIs of servers
 *
 * Owns:     nothing; what is read goes to the settings.
 * Promises: looks at the form only; no name is looked up, no file opened.
 * Threads:  each works on settings of its own.
 */
#include "config/settings-private.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

gboolean
value_is_port(const char *text)
{
    return g_ascii_string_to_unsigned(text, 10, 1, 65535, NULL, NULL);
}

/* What may stand in a host name; underscores only because administrators use them. */
static gboolean
is_host(const char *text)
{
    if (!g_ascii_isalnum(*text))
        return FALSE;
    for (const char *p = text; *p != '\0'; p++)
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != '.' && *p != '_')
            return FALSE;
    return TRUE;
}

static gboolean
is_ipv6(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* PORT@HOST as libmilter takes it. */
static gboolean
is_port_at_host(const char *text, gboolean v6)
{
    g_auto(GStrv) parts = g_strsplit(text, "@", 2);

    if (g_strv_length(parts) != 2 || !value_is_port(parts[0]))
        return FALSE;
    return is_host(parts[1]) || (v6 && is_ipv6(parts[1]));
}

static gboolean
is_unix_path(const char *path)
{
    return *path == '/' && strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path);
}

gboolean
read_socket(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    const char *rest = strchr(text, ':');
    gboolean    good = FALSE;

    if (g_str_has_prefix(text, "unix:") || g_str_has_prefix(text, "local:"))
        good = is_unix_path(rest + 1);
    else if (g_str_has_prefix(text, "inet:") || g_str_has_prefix(text, "inet6:"))
        good = is_port_at_host(rest + 1, g_str_has_prefix(text, "inet6:"));
    if (!good)
        return value_refuse(text, error, "unix:/PATH of at most 107 octets, inet:PORT@HOST or inet6:PORT@HOST");
    value_store_text(key, settings, text);
    return TRUE;
}

static gboolean
is_loopback(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return g_str_equal(host, "::1");
}

/* What this listener is handed has been judged already: nobody else may reach it, so an address of this host only. */
gboolean
read_loopback(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    g_autofree char *given = g_strdup(text);
    char            *port = strchr(given, ':'), *host = strchr(given, '@');
    gboolean         good = FALSE;

    if (port != NULL && host != NULL && port < host) {
        *port++ = *host++ = '\0';
        good = value_is_port(port) && is_loopback(host) && g_str_equal(given, is_ipv6(host) ? "inet6" : "inet");
    }
    if (!good)
        return value_refuse(text, error, "inet:PORT@127.0.0.1 or inet6:PORT@::1");
    value_store_text(key, settings, text);
    return TRUE;
}

/* Whether all bits of `address` behind the first `prefix` are zero. */
static gboolean
host_bits_are_zero(const guint8 *address, guint octets, guint prefix)
{
    for (guint bit = prefix; bit < octets * 8; bit++)
        if (address[bit / 8] & (0x80 >> (bit % 8)))
            return FALSE;
    return TRUE;
}

static gboolean
is_network(const char *word)
{
    g_auto(GStrv) parts = g_strsplit(word, "/", 2);
    guint8   address[16];
    gboolean v6 = inet_pton(AF_INET6, parts[0], address) == 1;
    guint    octets = v6 ? 16 : 4;
    guint64  prefix = octets * 8;

    if (!v6 && inet_pton(AF_INET, parts[0], address) != 1)
        return FALSE;
    if (parts[1] != NULL && !g_ascii_string_to_unsigned(parts[1], 10, 0, octets * 8, &prefix, NULL))
        return FALSE;
    return host_bits_are_zero(address, octets, (guint)prefix);
}

gboolean
read_networks(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    g_autoptr(GPtrArray) words = value_words(text);

    for (guint i = 0; i < words->len; i++)
        if (!is_network(g_ptr_array_index(words, i)))
            return value_refuse(g_ptr_array_index(words, i), error,
                                "networks such as 192.0.2.0/24 or 2001:db8::/32 (no bit set behind the prefix)");
    g_ptr_array_set_free_func(words, NULL);
    value_store_list(key, settings, g_steal_pointer(&words));
    return TRUE;
}

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT, and perhaps a slash behind it. */
static gboolean
is_host_and_port(const char *text)
{
    g_autofree char *host = g_strdup(text);
    gsize            length = strlen(host);

    if (length > 0 && host[length - 1] == '/')
        host[length - 1] = '\0';
    if (*host != '[') {
        char *colon = strchr(host, ':');
        if (colon != NULL)
            *colon++ = '\0';
        return is_host(host) && (colon == NULL || value_is_port(colon));
    }
    char *bracket = strchr(host, ']');
    if (bracket == NULL)
        return FALSE;
    *bracket++ = '\0';
    return is_ipv6(host + 1) && (*bracket == '\0' || (*bracket == ':' && value_is_port(bracket + 1)));
}

static gboolean
is_uri(const char *word)
{
    if (g_str_has_prefix(word, "ldaps://") || g_str_has_prefix(word, "ldap://"))
        return is_host_and_port(strstr(word, "://") + 3);
    if (g_str_has_prefix(word, "srv:"))
        return is_host(word + 4);
    return g_str_has_prefix(word, "ldapi://") && strpbrk(word, "#?") == NULL;
}

gboolean
read_uris(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    g_autoptr(GPtrArray) words = value_words(text);

    for (guint i = 0; i < words->len; i++)
        if (!is_uri(g_ptr_array_index(words, i)))
            return value_refuse(g_ptr_array_index(words, i), error,
                                "ldaps://HOST[:PORT], ldap://HOST[:PORT], ldapi://PATH or srv:DOMAIN");
    g_ptr_array_set_free_func(words, NULL);
    value_store_list(key, settings, g_steal_pointer(&words));
    return TRUE;
}

/* Plain HTTP would let anybody on the way say whose addresses are Exchange Online's. */
gboolean
read_https(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (!g_str_has_prefix(text, "https://") || !is_host_and_port(text + strlen("https://")))
        return value_refuse(text, error, "https://HOST[:PORT]");
    g_autofree char *url = g_strdup(text);
    gsize            length = strlen(url);
    if (url[length - 1] == '/')
        url[length - 1] = '\0';
    value_store_text(key, settings, url);
    return TRUE;
}

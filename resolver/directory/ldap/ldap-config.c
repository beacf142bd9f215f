/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-config.c - the settings of the live LDAP directory, copied and checked
 *
 * Promises: settings that would send a password in the clear by accident, trust DNS alone, or cannot bind are refused.
 * Threads:  immutable once made.
 */
#include "ldap-private.h"

#include "rollcall/dn.h"

enum { CONNECTIONS_MAX = 64, PAGE_MAX = 100000 };

static const char *
keep(LdapConfig *config, const char *text)
{
    if (text == NULL)
        return NULL;
    char *copy = g_strdup(text);
    g_ptr_array_add(config->strings, copy);
    return copy;
}

static const char *const *
keep_array(LdapConfig *config, char **array)
{
    g_ptr_array_add(config->arrays, array);
    return (const char *const *)array;
}

/* Bases that lie inside another one would bring their entries twice. */
static char **
distinct_bases(const char *const *bases)
{
    GPtrArray *kept = g_ptr_array_new();

    for (guint i = 0; bases[i] != NULL; i++) {
        g_autofree char *key = dn_key(bases[i]);
        gboolean         covered = FALSE;
        for (guint k = 0; bases[k] != NULL && !covered; k++) {
            g_autofree char *other = dn_key(bases[k]);
            gboolean         equal = g_strcmp0(key, other) == 0;
            covered = k != i && key != NULL && other != NULL && dn_key_is_within(key, other) && (!equal || k < i);
        }
        if (!covered)
            g_ptr_array_add(kept, g_strdup(bases[i]));
    }
    g_ptr_array_add(kept, NULL);
    return (char **)g_ptr_array_free(kept, FALSE);
}

static gboolean
refuse(GError **error, const char *why)
{
    g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, why);
    return FALSE;
}

static gboolean
is_empty(const char *const *array)
{
    return array == NULL || array[0] == NULL;
}

static gboolean
check_bases(const LdapSettings *settings, GError **error)
{
    if (is_empty(settings->bases))
        return refuse(error, "base: at least one DN is needed");
    for (guint i = 0; settings->bases[i] != NULL; i++) {
        g_autofree char *key = dn_key(settings->bases[i]);
        if (key == NULL || *key == '\0') {
            g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "base %s: expected a DN", settings->bases[i]);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
check_uri(const LdapSettings *settings, const char *text, GError **error)
{
    if (ldap_srv_is(text)) {
        g_autofree char *domain = ldap_srv_domain(text, error);
        if (domain == NULL)
            return FALSE;
        /* DNS chooses the server, so something else must prove who it is */
        return settings->tls == TLS_REQUIRED || settings->bind == BIND_GSSAPI ||
               refuse(error, "uri srv: needs TLS, or bind = gssapi");
    }
    g_autoptr(LdapUri) uri = ldap_uri_new(text, error);
    if (uri == NULL)
        return FALSE;
    if (settings->bind == BIND_EXTERNAL && !uri->local &&
        (settings->cert_file == NULL || (settings->tls == TLS_NONE && !uri->tls)))
        return refuse(error, "bind external needs ldapi://, or TLS with a client certificate");
    if (settings->bind == BIND_GSSAPI && uri->local)
        return refuse(error, "bind gssapi needs a host name: ldapi:// has none");
    return TRUE;
}

static gboolean
check_bind(const LdapSettings *settings, GError **error)
{
    if (settings->bind == BIND_SIMPLE && (settings->bind_dn == NULL || *settings->bind_dn == '\0'))
        return refuse(error, "bind simple needs a bind-dn");
    if (settings->bind == BIND_SIMPLE && settings->password_file == NULL)
        return refuse(error, "bind simple needs a password-file");
    if (settings->bind == BIND_GSSAPI && !ldap_kerberos_available())
        return refuse(error, "bind gssapi: this build has no Kerberos");
    if ((settings->cert_file == NULL) != (settings->key_file == NULL))
        return refuse(error, "cert-file and key-file go together");
    return TRUE;
}

static gboolean
check_numbers(const LdapSettings *settings, GError **error)
{
    if (settings->connections < 1 || settings->connections > CONNECTIONS_MAX)
        return refuse(error, "connections: expected 1 to 64");
    if (settings->page_size < 1 || settings->page_size > PAGE_MAX)
        return refuse(error, "page-size: expected 1 to 100000");
    if (settings->connect_timeout <= 0 || settings->answer_timeout <= 0 || settings->retry_interval <= 0)
        return refuse(error, "timeouts: expected more than 0");
    return TRUE;
}

static gboolean
check(const LdapSettings *settings, GError **error)
{
    const char *schema = settings->schema;

    if (is_empty(settings->uris))
        return refuse(error, "uri: at least one server is needed");
    for (guint i = 0; settings->uris[i] != NULL; i++)
        if (!check_uri(settings, settings->uris[i], error))
            return FALSE;
    if (is_empty(settings->address_attributes))
        return refuse(error, "address-attributes: at least one is needed");
    if (schema != NULL && !g_str_equal(schema, "auto") && !g_str_equal(schema, "ad") && !g_str_equal(schema, "rfc"))
        return refuse(error, "schema: expected auto, ad or rfc");
    return check_bases(settings, error) && check_bind(settings, error) && check_numbers(settings, error);
}

LdapConfig *
ldap_config_new(const LdapSettings *settings, GError **error)
{
    if (!check(settings, error))
        return NULL;

    LdapConfig   *config = g_new0(LdapConfig, 1);
    LdapSettings *own = &config->settings;
    config->strings = g_ptr_array_new_with_free_func(g_free);
    config->arrays = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    *own = *settings;
    own->uris = keep_array(config, g_strdupv((char **)settings->uris));
    own->bases = keep_array(config, distinct_bases(settings->bases));
    own->address_attributes = keep_array(config, g_strdupv((char **)settings->address_attributes));
    own->schema = keep(config, settings->schema != NULL ? settings->schema : "auto");
    own->bind_dn = keep(config, settings->bind_dn);
    own->password_file = keep(config, settings->password_file);
    own->keytab = keep(config, settings->keytab);
    own->principal = keep(config, settings->principal);
    own->ca_file = keep(config, settings->ca_file);
    own->cert_file = keep(config, settings->cert_file);
    own->key_file = keep(config, settings->key_file);
    return config;
}

void
ldap_config_free(LdapConfig *config)
{
    if (config == NULL)
        return;
    g_ptr_array_unref(config->strings);
    g_ptr_array_unref(config->arrays);
    g_free(config);
}

/* SPDX-License-Identifier: BSD-2-Clause
 * cross-check.c - what no single key of rollcall.conf shows: keys that need, exclude or contradict each other
 *
 * Owns:     nothing.
 * Promises: names the key to change; what passes can be opened as far as the file alone can tell.
 * Threads:  any.
 */
#include "config/settings-private.h"

#include "rollcall/address.h"

/* Fails unless `value` is set exactly when `wanted`. */
static gboolean
only_with(const ConfigFile *file, const char *key, const char *value, gboolean wanted, gboolean required,
          const char *condition, GError **error)
{
    if (value != NULL && !wanted)
        return settings_refuse(file, "directory", key, error, "only for %s", condition);
    if (value == NULL && wanted && required)
        return settings_refuse(file, "directory", key, error, "missing, %s needs it", condition);
    return TRUE;
}

static gboolean
has_scheme(const LdapSettings *ldap, const char *scheme)
{
    for (const char *const *uri = ldap->uris; *uri != NULL; uri++)
        if (g_str_has_prefix(*uri, scheme))
            return TRUE;
    return FALSE;
}

/* Whether each server is reached by a local socket, whose peer is known without a certificate. */
static gboolean
all_local(const LdapSettings *ldap)
{
    return !has_scheme(ldap, "ldap://") && !has_scheme(ldap, "ldaps://") && !has_scheme(ldap, "srv:");
}

static gboolean
check_bind(const LdapSettings *ldap, const ConfigFile *file, GError **error)
{
    gboolean simple = ldap->bind == BIND_SIMPLE, gssapi = ldap->bind == BIND_GSSAPI;

    if (!only_with(file, "bind-dn", ldap->bind_dn, simple, TRUE, "bind = simple", error) ||
        !only_with(file, "password-file", ldap->password_file, simple, TRUE, "bind = simple", error) ||
        !only_with(file, "keytab", ldap->keytab, gssapi, FALSE, "bind = gssapi", error) ||
        !only_with(file, "principal", ldap->principal, gssapi, FALSE, "bind = gssapi", error))
        return FALSE;
    if (ldap->bind == BIND_EXTERNAL && ldap->cert_file == NULL && !all_local(ldap))
        return settings_refuse(file, "directory", "bind", error,
                               "external needs tls-cert-file, or only ldapi:// servers");
    if (gssapi && has_scheme(ldap, "ldapi://"))
        return settings_refuse(file, "directory", "bind", error, "gssapi needs a host name, but ldapi:// has none");
    return TRUE;
}

static gboolean
check_tls(const LdapSettings *ldap, const ConfigFile *file, GError **error)
{
    gboolean tls = ldap->tls == TLS_REQUIRED;

    if (!only_with(file, "tls-ca-file", ldap->ca_file, tls, FALSE, "tls = required", error) ||
        !only_with(file, "tls-cert-file", ldap->cert_file, tls, FALSE, "tls = required", error) ||
        !only_with(file, "tls-key-file", ldap->key_file, tls, FALSE, "tls = required", error) ||
        !only_with(file, "tls-key-file", ldap->key_file, ldap->cert_file != NULL, TRUE, "tls-cert-file", error))
        return FALSE;
    if (!tls && has_scheme(ldap, "ldaps://"))
        return settings_refuse(file, "directory", "tls", error, "none, but a server of uri is ldaps://");
    /* Names out of DNS prove nothing: only TLS or Kerberos shows that it is the directory's server. */
    if (!tls && has_scheme(ldap, "srv:") && ldap->bind != BIND_GSSAPI)
        return settings_refuse(file, "directory", "tls", error, "none, but srv: needs tls = required or bind = gssapi");
    return TRUE;
}

/* Keys that say how Exchange Online is recognised, written where they would do nothing. */
static gboolean
check_recognition(const OriginSettings *origin, const ConfigFile *file, GError **error)
{
    static const char *const published[] = {"endpoints-url",  "endpoints-instance", "endpoints-cache",
                                            "endpoints-file", "endpoints-ca-file",  NULL};
    gboolean by_address = origin->exchange_online == CLOUD_PUBLISHED_ADDRESS || origin->exchange_online == CLOUD_EITHER;
    gboolean by_name = origin->exchange_online == CLOUD_CERTIFICATE || origin->exchange_online == CLOUD_EITHER;

    for (const char *const *key = published; *key != NULL; key++)
        if (!by_address && config_file_line(file, "origin", *key) > 0)
            return settings_refuse(file, "origin", *key, error,
                                   "only for exchange-online = published-address or either");
    if (!by_name && config_file_line(file, "origin", "tls-names") > 0)
        return settings_refuse(file, "origin", "tls-names", error, "only for exchange-online = certificate or either");
    return TRUE;
}

static gboolean
check_origin(const OriginSettings *origin, const ConfigFile *file, GError **error)
{
    gboolean by_address = origin->exchange_online == CLOUD_PUBLISHED_ADDRESS || origin->exchange_online == CLOUD_EITHER;
    gboolean has_header = origin->tenant_header != NULL, has_file = origin->tenant_secret_file != NULL;

    /* All tenants, and everything else that runs there, share the published addresses. */
    if (by_address && !has_header)
        return settings_refuse(file, "origin", "tenant-header", error,
                               "missing, exchange-online = published-address or either needs it");
    if (has_header && !has_file)
        return settings_refuse(file, "origin", "tenant-secret-file", error, "missing, tenant-header needs it");
    if (has_file && !has_header)
        return settings_refuse(file, "origin", "tenant-header", error, "missing, tenant-secret-file needs it");
    if (origin->exchange_online == CLOUD_NO && *origin->tenant_ids != NULL)
        return settings_refuse(file, "origin", "tenant-ids", error, "not with exchange-online = no");
    return check_recognition(origin, file, error);
}

/* What no answer can do without. */
static gboolean
check_omitted(const Settings *settings, const ConfigFile *file, GError **error)
{
    static const char *const needed[] = {"objectClass", "objectGUID", "entryUUID", NULL};
    const char *const       *lists[] = {needed, (const char *const *)settings->address_attributes};

    for (const char *const *omitted = settings->mirror.omit; *omitted != NULL; omitted++)
        for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
            for (const char *const *name = lists[i]; *name != NULL; name++)
                if (g_ascii_strcasecmp(*omitted, *name) == 0)
                    return settings_refuse(file, "directory", "omit-attributes", error,
                                           "got %s, which no mirror can do without", *omitted);
    return TRUE;
}

static gboolean
check_mirror(const Settings *settings, const ConfigFile *file, GError **error)
{
    static const char *const of_mirror[] = {"mirror-file", "mirror-method", "omit-attributes",
                                            "max-age",     "poll-interval", "presence-interval",
                                            "max-shrink",  "verify",        NULL};

    for (const char *const *key = of_mirror; *key != NULL; key++)
        if (!settings->keeps_mirror && config_file_line(file, "directory", *key) > 0)
            return settings_refuse(file, "directory", *key, error, "only for mirror = yes");
    if (!settings->keeps_mirror)
        return TRUE;
    if (config_file_line(file, "directory", "cache-time") > 0)
        return settings_refuse(file, "directory", "cache-time", error, "only for mirror = no");
    if (settings->mirror.stale_limit < settings->mirror.max_age)
        return settings_refuse(file, "directory", "stale-limit", error, "expected no less than max-age");
    return check_omitted(settings, file, error);
}

typedef struct {
    GHashTable *domains; /* their A-labels */
    GHashTable *groups;  /* address keys of the sections seen so far */
} Names;

static gboolean
check_domains(const MilterSettings *milter, const ConfigFile *file, Names *names, GError **error)
{
    for (char **domain = milter->domains; *domain != NULL; domain++)
        if (!g_hash_table_add(names->domains, address_domain_to_key(*domain)))
            return settings_refuse(file, "milter", "domains", error, "got %s twice", *domain);
    return TRUE;
}

/* Nothing at all is more likely a section that was meant to say something. */
static gboolean
check_group_keys(const ConfigFile *file, const char *section, GError **error)
{
    for (const SettingsKey *known = settings_keys; known->section != NULL; known++)
        if (g_str_equal(known->section, SETTINGS_GROUP_SECTION) && config_file_line(file, section, known->key) > 0)
            return TRUE;
    return settings_refuse(file, section, NULL, error, "got no key, expected at least one");
}

static gboolean
check_group(const ConfigFile *file, const char *section, const char *key, gpointer user_data, GError **error)
{
    const Names *names = user_data;
    const char  *text = settings_group_address(section);

    if (key != NULL || text == NULL)
        return TRUE;
    g_autoptr(GError) cause = NULL;
    g_autoptr(Address) address = address_new(text, &cause);
    if (address == NULL)
        return settings_refuse(file, section, NULL, error, "expected [group ADDRESS]: %s", cause->message);
    if (!g_hash_table_contains(names->domains, address_domain_key(address)))
        return settings_refuse(file, section, NULL, error, "%s is not among domains, so this would never apply",
                               address_domain(address));
    if (!g_hash_table_add(names->groups, g_strdup(address_key(address))))
        return settings_refuse(file, section, NULL, error, "the same address has a section already");
    return check_group_keys(file, section, error);
}

static gboolean
check_names(const Settings *settings, const ConfigFile *file, GError **error)
{
    g_autoptr(GHashTable) domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Names names = {domains, groups};

    if (!check_domains(&settings->milter, file, &names, error))
        return FALSE;
    g_autofree char *split = address_domain_to_key(settings->milter.split_domain);
    if (split != NULL && g_hash_table_contains(domains, split))
        return settings_refuse(file, "milter", "split-domain", error,
                               "%s is among domains, expected a domain that nobody's mail is in", split);
    return config_file_foreach(file, check_group, &names, error);
}

static gboolean
check_control(const Settings *settings, const ConfigFile *file, GError **error)
{
    const ControlSettings *control = &settings->control;
    g_autofree char       *as_milter = g_strconcat("unix:", control->socket, NULL);

    if (*control->socket == '\0' && *control->socket_group != '\0')
        return settings_refuse(file, "control", "socket-group", error, "only with a socket");
    if (g_str_equal(as_milter, settings->milter.socket))
        return settings_refuse(file, "control", "socket", error, "the MTA's socket is the same, expected another");
    return TRUE;
}

gboolean
settings_cross_check(const Settings *settings, const ConfigFile *file, GError **error)
{
    const MilterSettings *milter = &settings->milter;
    const LdapSettings   *ldap = settings_ldap(settings);

    if (config_file_line(file, "milter", "socket-group") > 0 && *milter->socket_group != '\0' &&
        g_str_has_prefix(milter->socket, "inet"))
        return settings_refuse(file, "milter", "socket-group", error, "only for a unix: socket");
    if (ldap != NULL && *ldap->uris == NULL)
        return settings_refuse(file, "directory", "uri", error, "got nothing, expected URIs");
    if (ldap != NULL &&
        (!check_bind(ldap, file, error) || !check_tls(ldap, file, error) || !check_mirror(settings, file, error)))
        return FALSE;
    return check_control(settings, file, error) && check_origin(&settings->origin, file, error) &&
           check_names(settings, file, error);
}

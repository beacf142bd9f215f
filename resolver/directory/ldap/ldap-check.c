/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-check.c - examines every server, with connections of its own
 *
 * Owns:    nothing; the watchdog of the pool looks after its guard.
 * Threads: any.
 */
#include "ldap-private.h"

#include <sys/stat.h>

static const char *const one_attribute[] = {LDAP_NO_ATTRS, NULL};

/* Without these Exchange's dynamic groups cannot be recognised or restricted. */
static const char *const exchange_attributes[] = {
    "msExchDynamicDLFilter", "msExchDynamicDLBaseDN",     "proxyAddresses",
    "targetAddress",         "msExchRequireAuthToSendTo", "msExchRecipientTypeDetails"};

static void
find(GPtrArray *findings, gboolean good, const char *server, const char *text)
{
    DirectoryFinding *finding = g_new0(DirectoryFinding, 1);

    finding->good = good;
    finding->server = g_strdup(server);
    finding->text = g_strdup(text);
    g_ptr_array_add(findings, finding);
}

static void
check_secret(GPtrArray *findings, const char *what, const char *file)
{
    struct stat      status;
    g_autofree char *text = NULL;

    if (file == NULL)
        return;
    if (stat(file, &status) != 0)
        text = g_strdup_printf("%s %s: cannot be read", what, file);
    else if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        text = g_strdup_printf("%s %s: mode %04o lets others at it: chmod 0600 or 0640", what, file,
                               (unsigned)(status.st_mode & 07777));
    if (text != NULL)
        find(findings, FALSE, "", text);
}

static void
check_files(GPtrArray *findings, const LdapSettings *settings)
{
    check_secret(findings, "password-file", settings->bind == BIND_SIMPLE ? settings->password_file : NULL);
    check_secret(findings, "key-file", settings->key_file);
    check_secret(findings, "keytab", settings->bind == BIND_GSSAPI ? settings->keytab : NULL);
}

static void
check_base(GPtrArray *findings, LdapConnection *connection, const char *base)
{
    const char *uri = connection->server->uri->text;
    g_autoptr(LDAPMessage) entry = NULL;
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;

    if (!ldap_connection_read(connection, base, "(objectClass=*)", one_attribute, &entry, &why))
        text = g_strdup_printf("base %s: %s", base, why->message);
    else if (entry == NULL)
        text = g_strdup_printf("base %s: does not exist, or this account cannot see it", base);
    else
        text = g_strdup_printf("base %s: readable", base);
    find(findings, why == NULL && entry != NULL, uri, text);
}

static void
count_attribute(const AttributeType *type, gpointer user_data)
{
    guint *count = user_data;

    (*count) += type != NULL;
}

static void
check_catalog(GPtrArray *findings, const LdapUri *uri, const Schema *schema)
{
    g_autoptr(GString) missing = g_string_new(NULL);

    for (gsize i = 0; uri->global_catalog && i < G_N_ELEMENTS(exchange_attributes); i++) {
        const AttributeType *type = schema_attribute(schema, exchange_attributes[i]);
        if (type != NULL && (type->flags & (ATTRIBUTE_PARTIAL_SET | ATTRIBUTE_ALWAYS)) == 0)
            g_string_append_printf(missing, " %s", type->name);
    }
    if (missing->len == 0)
        return;
    g_autofree char *text = g_strdup_printf("global catalogue: does not hold%s", missing->str);
    find(findings, FALSE, uri->text, text);
}

static void
check_schema(GPtrArray *findings, LdapConnection *connection)
{
    const LdapUri *uri = connection->server->uri;
    gboolean       own = FALSE;
    guint          count = 0;
    g_autoptr(GError) why = NULL;
    g_autoptr(Schema) schema = ldap_schema_load(connection, &own, &why);
    g_autoptr(GString) missing = g_string_new(NULL);

    if (schema == NULL) {
        g_autofree char *text = g_strdup_printf("schema: %s", why->message);
        find(findings, FALSE, uri->text, text);
        return;
    }
    schema_foreach(schema, count_attribute, &count);
    for (gsize i = 0; i < G_N_ELEMENTS(exchange_attributes); i++)
        if (schema_attribute(schema, exchange_attributes[i]) == NULL)
            g_string_append_printf(missing, " %s", exchange_attributes[i]);
    g_autofree char *text = g_strdup_printf(
        "schema: %u attributes, from %s%s%s", count,
        own ? "the server" : "the built-in table (the server's own is not readable, or was not asked for)",
        missing->len > 0 ? "; without Exchange's" : ", Exchange's among them", missing->str);
    find(findings, own || !g_str_equal(connection->config->settings.schema, "auto"), uri->text, text);
    check_catalog(findings, uri, schema);
}

static void
check_server(GPtrArray *findings, LdapPool *pool, LdapServer *server, LdapGuard *guard, gint64 deadline)
{
    const LdapConfig *config = ldap_pool_config(pool);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) why = NULL;
    g_autoptr(LdapConnection) connection = ldap_connection_open(config, server, guard, notes, &why);

    for (guint i = 0; i < notes->len; i++)
        find(findings, TRUE, server->uri->text, notes->pdata[i]);
    if (connection == NULL) {
        find(findings, FALSE, server->uri->text, why->message);
        return;
    }
    connection->deadline = deadline;
    for (guint i = 0; config->settings.bases[i] != NULL; i++)
        check_base(findings, connection, config->settings.bases[i]);
    check_schema(findings, connection);
}

GPtrArray *
ldap_check(LdapPool *pool, gint64 deadline)
{
    GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)directory_finding_free);
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) servers = ldap_pool_servers(pool, troubles, deadline);
    LdapPipeSignal signal;
    LdapGuard      guard;

    ldap_thread_hold_pipe(&signal);
    check_files(findings, &ldap_pool_config(pool)->settings);
    for (guint i = 0; i < troubles->len; i++)
        find(findings, FALSE, "", troubles->pdata[i]);
    ldap_guard_init(&guard);
    ldap_pool_watch(pool, &guard);
    for (guint i = 0; i < servers->len; i++) {
        const LdapServer *server = servers->pdata[i];
        if (g_get_monotonic_time() >= deadline)
            find(findings, FALSE, server->uri->text, "not examined: the time was over");
        else
            check_server(findings, pool, servers->pdata[i], &guard, deadline);
    }
    ldap_pool_unwatch(pool, &guard);
    ldap_guard_clear(&guard);
    ldap_thread_release_pipe(&signal);
    return findings;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * stream-server.c - what a server says of itself: which methods it has, who it is, how far it has got
 *
 * Threads: the stream's.
 */
#include "stream-private.h"

#include "rollcall/dn.h"

#include <string.h>

static const char *const root_attributes[] = {"supportedControl",    "namingContexts", "dsServiceName",
                                              "highestCommittedUSN", "vendorName",     NULL};

static gboolean
read_entry(StreamRun *run, const char *dn, const char *const *attributes, const Entry **entry, GError **error)
{
    g_autoptr(LDAPMessage) message = NULL;
    g_autoptr(EntryBuilder) builder = entry_builder_new(dn);
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);

    *entry = NULL;
    if (!ldap_connection_read(run->connection, dn, "(objectClass=*)", attributes, &message, error))
        return FALSE;
    if (message == NULL || builder == NULL)
        return TRUE;
    if (!ldap_message_add(run->connection->ld, message, builder, ranges, error))
        return FALSE;
    *entry = entry_builder_finish(g_steal_pointer(&builder));
    return TRUE;
}

void
stream_server_control(StreamRun *run, const char *oid, const struct berval *value)
{
    LDAPControl  control = {.ldctl_oid = (char *)oid};
    LDAPControl *controls[] = {&control, NULL};

    if (value != NULL)
        control.ldctl_value = *value;
    ldap_set_option(run->connection->ld, LDAP_OPT_SERVER_CONTROLS, oid != NULL ? controls : NULL);
}

gboolean
stream_server_value(StreamRun *run, const char *dn, const char *attribute, char **value, GError **error)
{
    const char *const attributes[] = {attribute, NULL};
    g_autoptr(EntryRef) entry = NULL;
    const Value *values = NULL;

    *value = NULL;
    if (!read_entry(run, dn, attributes, &entry, error))
        return FALSE;
    guint n = entry != NULL ? entry_all(entry, attribute, &values) : 0;
    if (n == 0)
        return TRUE;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(text, "%s%.*s", i > 0 ? " " : "", (int)values[i].length, values[i].data);
    *value = g_string_free(text, FALSE);
    return TRUE;
}

static gboolean
has_value(const Entry *entry, const char *attribute, const char *value)
{
    const Value *values = NULL;
    guint        n = entry_all(entry, attribute, &values);

    for (guint i = 0; i < n; i++)
        if (values[i].length == strlen(value) && memcmp(values[i].data, value, values[i].length) == 0)
            return TRUE;
    return FALSE;
}

/* The naming context that holds the base; the innermost. */
static char *
find_suffix(const Entry *root, const char *base)
{
    const Value     *values = NULL;
    guint            n = entry_all(root, "namingContexts", &values);
    g_autofree char *key = dn_key(base);
    const char      *best = NULL;
    gsize            length = 0;

    for (guint i = 0; i < n; i++) {
        g_autofree char *suffix = dn_key(values[i].data);
        if (suffix == NULL || *suffix == '\0' || !dn_key_is_within(key, suffix) || strlen(suffix) <= length)
            continue;
        length = strlen(suffix);
        best = values[i].data;
    }
    return g_strdup(best);
}

/* A controller that has been restored as it should be counts as another one: it has a new invocationId. */
static gboolean
read_identity(StreamRun *run, const char *service, GError **error)
{
    static const char *const attributes[] = {"invocationId", NULL};
    g_autoptr(EntryRef) entry = NULL;
    const Value *values = NULL;

    if (service == NULL) {
        run->server.identity = g_strdup(run->connection->server->uri->text);
        return TRUE;
    }
    if (!read_entry(run, service, attributes, &entry, error))
        return FALSE;
    GString *text = g_string_new(service);
    if (entry != NULL && entry_all(entry, "invocationId", &values) > 0) {
        g_string_append_c(text, '/');
        for (gsize i = 0; i < values->length; i++)
            g_string_append_printf(text, "%02x", (guchar)values->data[i]);
    }
    run->server.identity = g_string_free(text, FALSE);
    return TRUE;
}

gboolean
stream_server_read(StreamRun *run, GError **error)
{
    g_autoptr(EntryRef) root = NULL;

    if (!read_entry(run, "", root_attributes, &root, error))
        return FALSE;
    if (root == NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED, "%s: shows no root entry",
                    run->connection->server->uri->label);
        return FALSE;
    }
    run->server.dirsync = has_value(root, "supportedControl", LDAP_CONTROL_X_DIRSYNC);
    run->server.extended = has_value(root, "supportedControl", LDAP_CONTROL_X_EXTENDED_DN);
    run->server.syncrepl = has_value(root, "supportedControl", LDAP_CONTROL_SYNC);
    const char *vendor = entry_text(root, "vendorName");
    run->server.samba = vendor != NULL && g_str_has_prefix(vendor, "Samba");
    run->server.suffix = find_suffix(root, run->context);
    run->server.usn = (guint64)entry_integer(root, "highestCommittedUSN", 0);
    return read_identity(run, entry_text(root, "dsServiceName"), error);
}

gboolean
stream_server_usn(StreamRun *run, GError **error)
{
    g_autofree char *value = NULL;

    if (run->server.usn == 0)
        return TRUE;
    if (!stream_server_value(run, "", "highestCommittedUSN", &value, error))
        return FALSE;
    if (value != NULL)
        run->server.usn = g_ascii_strtoull(value, NULL, 10);
    return TRUE;
}

void
stream_server_clear(StreamServer *server)
{
    g_clear_pointer(&server->identity, g_free);
    g_clear_pointer(&server->suffix, g_free);
}

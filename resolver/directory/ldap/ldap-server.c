/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-server.c - one server's breaker, and the ordered list of servers
 *
 * A server that failed is skipped until a probe has succeeded; the first that has not failed is used.
 *
 * Owns:    servers (reference-counted), slots.
 * Threads: the caller holds the pool's lock, except for references.
 */
#include "ldap-private.h"

LdapServer *
ldap_server_new(LdapUri *uri)
{
    LdapServer *server = g_new0(LdapServer, 1);
    server->references = 1;
    server->uri = uri;
    return server;
}

LdapServer *
ldap_server_ref(LdapServer *server)
{
    g_atomic_int_inc(&server->references);
    return server;
}

void
ldap_server_unref(LdapServer *server)
{
    if (server == NULL || !g_atomic_int_dec_and_test(&server->references))
        return;
    ldap_uri_free(server->uri);
    g_free(server->error);
    g_free(server);
}

gboolean
ldap_server_fail(LdapServer *server, const char *why, gint64 next_probe)
{
    gboolean changed = !server->failed;

    g_free(server->error);
    server->error = g_strdup(why);
    server->failed = TRUE;
    server->suspect = FALSE;
    server->next_probe = next_probe;
    return changed;
}

gboolean
ldap_server_recover(LdapServer *server)
{
    gboolean changed = server->failed;

    g_clear_pointer(&server->error, g_free);
    server->failed = FALSE;
    server->suspect = FALSE;
    return changed;
}

static void
slot_free(gpointer data)
{
    LdapSlot *slot = data;

    g_ptr_array_unref(slot->servers);
    g_free(slot->uri);
    g_free(slot->error);
    g_free(slot);
}

static LdapSlot *
slot_new(const char *uri, GError **error)
{
    g_autoptr(GPtrArray) servers = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_server_unref);

    if (!ldap_srv_is(uri)) {
        LdapUri *parsed = ldap_uri_new(uri, error);
        if (parsed == NULL)
            return NULL;
        g_ptr_array_add(servers, ldap_server_new(parsed));
    } else {
        g_autofree char *domain = ldap_srv_domain(uri, error);
        if (domain == NULL)
            return NULL;
    }
    LdapSlot *slot = g_new0(LdapSlot, 1);
    slot->uri = g_strdup(uri);
    slot->srv = ldap_srv_is(uri);
    slot->servers = g_steal_pointer(&servers);
    return slot;
}

LdapServerList *
ldap_server_list_new(const char *const *uris, GError **error)
{
    LdapServerList *list = g_new0(LdapServerList, 1);

    list->slots = g_ptr_array_new_with_free_func(slot_free);
    for (guint i = 0; uris[i] != NULL; i++) {
        LdapSlot *slot = slot_new(uris[i], error);
        if (slot == NULL) {
            ldap_server_list_free(list);
            return NULL;
        }
        g_ptr_array_add(list->slots, slot);
    }
    return list;
}

void
ldap_server_list_free(LdapServerList *list)
{
    if (list == NULL)
        return;
    g_ptr_array_unref(list->slots);
    g_free(list);
}

LdapServer *
ldap_server_list_pick_other(const LdapServerList *list, const LdapServer *avoid)
{
    LdapServer *last = NULL;

    for (guint i = 0; i < list->slots->len; i++) {
        const LdapSlot *slot = list->slots->pdata[i];
        for (guint k = 0; k < slot->servers->len; k++) {
            LdapServer *server = slot->servers->pdata[k];
            if (!server->failed && server != avoid)
                return server;
            if (!server->failed)
                last = server;
        }
    }
    return last;
}

LdapServer *
ldap_server_list_pick(const LdapServerList *list)
{
    return ldap_server_list_pick_other(list, NULL);
}

gboolean
ldap_server_list_usable(const LdapServerList *list)
{
    for (guint i = 0; i < list->slots->len; i++) {
        const LdapSlot *slot = list->slots->pdata[i];
        if (slot->srv && !slot->asked)
            return TRUE;
    }
    return ldap_server_list_pick(list) != NULL;
}

gboolean
ldap_server_list_is_silent(const LdapServerList *list)
{
    gboolean any = FALSE;

    for (guint i = 0; i < list->slots->len; i++) {
        const LdapSlot *slot = list->slots->pdata[i];
        for (guint k = 0; k < slot->servers->len; k++) {
            const LdapServer *server = slot->servers->pdata[k];
            if (!server->failed && !server->suspect)
                return FALSE;
            any = any || server->suspect;
        }
    }
    return any;
}

LdapServer *
ldap_server_list_next_probe(const LdapServerList *list)
{
    LdapServer *next = NULL;

    for (guint i = 0; i < list->slots->len; i++) {
        const LdapSlot *slot = list->slots->pdata[i];
        for (guint k = 0; k < slot->servers->len; k++) {
            LdapServer *server = slot->servers->pdata[k];
            if ((server->failed || server->suspect) && (next == NULL || server->next_probe < next->next_probe))
                next = server;
        }
    }
    return next;
}

char *
ldap_server_list_summary(const LdapServerList *list)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < list->slots->len; i++) {
        const LdapSlot *slot = list->slots->pdata[i];
        if (slot->servers->len == 0)
            g_string_append_printf(text, "%s%s: %s", text->len > 0 ? "; " : "", slot->uri,
                                   slot->error != NULL ? slot->error : "DNS has not answered yet");
        for (guint k = 0; k < slot->servers->len; k++) {
            const LdapServer *server = slot->servers->pdata[k];
            g_string_append_printf(text, "%s%s: %s", text->len > 0 ? "; " : "", server->uri->label,
                                   server->error != NULL ? server->error : "no answer yet");
        }
    }
    return g_string_free(text, FALSE);
}

static LdapServer *
take_known(GPtrArray *servers, const char *uri)
{
    for (guint i = 0; i < servers->len; i++) {
        LdapServer *server = servers->pdata[i];
        if (g_str_equal(server->uri->text, uri))
            return ldap_server_ref(server);
    }
    LdapUri *parsed = ldap_uri_new(uri, NULL);
    return parsed != NULL ? ldap_server_new(parsed) : NULL;
}

void
ldap_slot_update(LdapSlot *slot, GPtrArray *uris, const char *why)
{
    slot->asked = TRUE;
    g_free(slot->error);
    slot->error = g_strdup(why);
    if (uris == NULL) /* the servers known so far stay: an answer that did not come says nothing about them */
        return;

    GPtrArray *servers = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_server_unref);
    for (guint i = 0; i < uris->len; i++) {
        LdapServer *server = take_known(slot->servers, uris->pdata[i]);
        if (server != NULL)
            g_ptr_array_add(servers, server);
    }
    g_ptr_array_unref(slot->servers);
    slot->servers = servers;
    g_ptr_array_unref(uris);
}

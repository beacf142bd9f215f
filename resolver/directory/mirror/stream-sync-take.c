/* SPDX-License-Identifier: BSD-2-Clause
 * stream-sync-take.c - the messages of content synchronization, as changes of the pass under way
 *
 * Threads: the stream's.
 */
#include "stream-sync.h"

enum { MOST_GATHERED = 200000 }; /* changed entries of a refresh: a full one, which is not gathered, costs no more */

gboolean
sync_incomplete(const Sync *sync, const char *what, GError **error)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "%s: synchronizing %s: %s",
                sync->run->connection->server->uri->label, sync->run->context, what);
    return FALSE;
}

static void
take_cookie(Sync *sync, GBytes *cookie)
{
    if (cookie == NULL)
        return;
    g_clear_pointer(&sync->cookie, g_bytes_unref);
    sync->cookie = cookie;
}

/* Into the pass under way, or, while it is not known which it will be, aside. */
static gboolean
take_change(Sync *sync, StreamChange *change, GError **error)
{
    if (sync->full || sync->refreshed)
        return stream_pass_add(sync->run, change, error);
    g_ptr_array_add(sync->changes, change);
    if (sync->changes->len <= MOST_GATHERED)
        return TRUE;
    g_set_error(error, STREAM_ERROR, STREAM_ERROR_AGAIN, "more than %d entries have changed", MOST_GATHERED);
    return FALSE;
}

static gboolean
take_put(Sync *sync, LDAPMessage *message, const EntryId *id, GError **error)
{
    const Entry *entry = stream_whole_entry(sync->run, message, error);

    if (entry == NULL)
        return FALSE;
    StreamChange *change = stream_change_new(STREAM_PUT, id);
    change->entry = entry;
    return take_change(sync, change, error);
}

static gboolean
take_entry(Sync *sync, LDAPMessage *message, GError **error)
{
    LDAPControl **controls = NULL;
    SyncState     state = {0};

    ldap_get_entry_controls(sync->run->connection->ld, message, &controls);
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls, NULL);
    gboolean     good = control != NULL && sync_state_read(&control->ldctl_value, &state);
    ldap_controls_free(controls);
    if (!good)
        return sync_incomplete(sync, "an entry without its state", error);
    take_cookie(sync, state.cookie);
    switch (state.state) {
    case LDAP_SYNC_ADD:
    case LDAP_SYNC_MODIFY:
        return take_put(sync, message, &state.id, error);
    case LDAP_SYNC_DELETE:
        return take_change(sync, stream_change_new(STREAM_REMOVE, &state.id), error);
    default:
        g_array_append_val(sync->existing, state.id);
        return TRUE;
    }
}

static gboolean
take_ids(Sync *sync, const SyncInfo *info, GError **error)
{
    for (guint i = 0; i < info->ids->len; i++) {
        const EntryId *id = &g_array_index(info->ids, EntryId, i);
        if (!info->flag)
            g_array_append_vals(sync->existing, id, 1);
        else if (!take_change(sync, stream_change_new(STREAM_REMOVE, id), error))
            return FALSE;
    }
    sync->present = sync->present || !info->flag;
    return TRUE;
}

static gboolean
take_info(Sync *sync, LDAPMessage *message, GError **error)
{
    char          *oid = NULL;
    struct berval *value = NULL;
    SyncInfo       info = {0};

    ldap_parse_intermediate(sync->run->connection->ld, message, &oid, &value, NULL, 0);
    gboolean ours = g_strcmp0(oid, LDAP_SYNC_INFO) == 0;
    gboolean good = ours && value != NULL && sync_info_read(value, &info);
    ldap_memfree(oid);
    ber_bvfree(value);
    if (!ours)
        return TRUE; /* RFC 4511 section 4.13 */
    if (!good)
        return sync_incomplete(sync, "a message that cannot be read", error);
    if (info.cookie != NULL)
        take_cookie(sync, g_bytes_ref(info.cookie));
    if (info.kind == SYNC_INFO_PRESENT)
        sync->present = TRUE;
    if (info.kind == SYNC_INFO_IDS)
        good = take_ids(sync, &info, error);
    else if (info.kind != SYNC_INFO_COOKIE && info.flag)
        sync->refreshed = TRUE;
    sync_info_clear(&info);
    return good;
}

/* The server ends it: it wants a full refresh, it takes no such cookie, or it will not at all. */
static gboolean
take_result(const Sync *sync, LDAPMessage *message, GError **error)
{
    LdapConnection *connection = sync->run->connection;
    DirectoryError  code = DIRECTORY_ERROR_REFUSED;
    int             result = LDAP_OTHER;

    ldap_parse_result(connection->ld, message, &result, NULL, NULL, NULL, NULL, 0);
    g_autofree char *why = ldap_connection_explain(connection->ld, result);
    if (result == LDAP_SUCCESS)
        return sync_incomplete(sync, "the server has ended it", error);
    if (ldap_outcome(result, FALSE, &code) == OUTCOME_NO_OBJECT)
        return sync_incomplete(sync, "the base does not exist", error);
    if (result == LDAP_UNAVAILABLE)
        connection->state = CONNECTION_LEAVING;
    if (result == LDAP_SYNC_REFRESH_REQUIRED || (code == DIRECTORY_ERROR_REFUSED && sync->cookie != NULL))
        g_set_error(error, STREAM_ERROR, STREAM_ERROR_AGAIN, "cookie refused: %s", why);
    else
        g_set_error(error, DIRECTORY_ERROR, code, "%s: synchronizing %s: %s", connection->server->uri->label,
                    sync->run->context, why);
    return FALSE;
}

static gboolean
take_reference(const Sync *sync, LDAPMessage *message, GError **error)
{
    char **urls = NULL;

    if (ldap_parse_reference(sync->run->connection->ld, message, &urls, NULL, 0) != LDAP_SUCCESS)
        return sync_incomplete(sync, "a reference that cannot be read", error);
    gboolean harmless = ldap_reference_check(urls, error);
    ldap_memvfree((void **)urls);
    return harmless;
}

gboolean
sync_take_message(Sync *sync, LDAPMessage *message, GError **error)
{
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY:
        return take_entry(sync, message, error);
    case LDAP_RES_SEARCH_REFERENCE:
        return take_reference(sync, message, error);
    case LDAP_RES_INTERMEDIATE:
        return take_info(sync, message, error);
    case LDAP_RES_SEARCH_RESULT:
        return take_result(sync, message, error);
    default:
        return sync_incomplete(sync, "unexpected message", error);
    }
}

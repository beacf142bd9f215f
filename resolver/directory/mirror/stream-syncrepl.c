/* SPDX-License-Identifier: BSD-2-Clause
 * stream-syncrepl.c - OpenLDAP and others: content synchronization, refreshAndPersist (RFC 4533)
 *
 * The refresh says what has changed since the cookie, and either what has been deleted or what is present; which of
 * both is known only at its end, so it is gathered whole unless it is a full one. Then each change comes by itself.
 *
 * The messages are read here and not by ldap_sync_init(), which waits for the end of the refresh by itself: a stop, or
 * a server that has fallen silent, would not be noticed.
 *
 * Threads: the stream's.
 */
#include "stream-sync.h"

#define SLICE (100 * 1000)
enum { MOST_AT_ONCE = 1000 };

static const char *const own[] = {"objectClass", NULL};

static const char *
syncrepl_context(const StreamRun *run)
{
    return run->settings->context;
}

static gboolean
send_request(Sync *sync, GError **error)
{
    StreamRun *run = sync->run;
    g_autoptr(GPtrArray) names = stream_attribute_names(run, own);
    struct berval *value = sync_request_write(sync->cookie);

    if (value == NULL)
        return sync_incomplete(sync, "no memory", error);
    LDAPControl  control = {.ldctl_oid = (char *)LDAP_CONTROL_SYNC, .ldctl_value = *value, .ldctl_iscritical = 1};
    LDAPControl *controls[] = {&control, NULL};
    LdapRequest  request = {run->context, LDAP_SCOPE_SUBTREE, "(objectClass=*)", (const char *const *)names->pdata,
                            controls};
    sync->begin = g_get_monotonic_time();
    gboolean sent = ldap_connection_send(run->connection, &request, &sync->id, error);
    ber_bvfree(value);
    return sent;
}

/* ---- the refresh ---- */

static gboolean
receive_refresh(Sync *sync, GError **error)
{
    while (!sync->refreshed) {
        if (!stream_goes_on(sync->run->stream, error))
            return FALSE;
        g_autoptr(LDAPMessage) message = ldap_connection_receive(sync->run->connection, sync->id, error);
        if (message == NULL || !sync_take_message(sync, message, error))
            return FALSE;
    }
    if (sync->cookie != NULL)
        return TRUE;
    return sync_incomplete(sync, "the refresh has ended without a cookie", error);
}

/* What was gathered: all of it, now that it is known what it means. */
static gboolean
add_gathered(Sync *sync, GError **error)
{
    StreamRun *run = sync->run;
    g_autoptr(GPtrArray) changes = g_steal_pointer(&sync->changes);

    stream_pass_begin(run, sync->present ? STREAM_PRESENCE : STREAM_CHANGES);
    for (guint i = 0; i < changes->len; i++)
        if (!stream_pass_add(run, g_steal_pointer(&changes->pdata[i]), error))
            return FALSE;
    for (guint i = 0; sync->present && i < sync->existing->len; i++)
        if (!stream_pass_add(run, stream_change_new(STREAM_EXISTS, &g_array_index(sync->existing, EntryId, i)), error))
            return FALSE;
    return TRUE;
}

static gboolean
refresh(Sync *sync, GError **error)
{
    StreamRun *run = sync->run;

    stream_doing(run->stream, sync->full ? "full pass" : "following");
    if (sync->full)
        stream_pass_begin(run, STREAM_FULL);
    stream_be_patient(run, TRUE);
    gboolean good = send_request(sync, error) && receive_refresh(sync, error);
    stream_be_patient(run, FALSE);
    if (!good || (!sync->full && !add_gathered(sync, error)))
        return FALSE;
    sync->verified = sync->begin;
    g_array_set_size(sync->existing, 0);
    return stream_arrive(run, g_bytes_ref(sync->cookie), sync->begin, error);
}

/* ---- afterwards ---- */

/* What is there already, as one batch. `wait`: for the first message. */
static gboolean
take_changes(Sync *sync, gint64 wait, GError **error)
{
    StreamRun *run = sync->run;
    guint      n = 0;

    stream_pass_begin(run, STREAM_CHANGES);
    run->batch->in_order = TRUE;
    for (; n < MOST_AT_ONCE; n++) {
        g_autoptr(LDAPMessage) message = NULL;
        if (!ldap_connection_wait(run->connection, sync->id, n == 0 ? wait : 0, &message, error))
            return FALSE;
        if (message == NULL)
            break;
        if (!sync_take_message(sync, message, error))
            return FALSE;
    }
    if (n > 0)
        return stream_arrive(run, g_bytes_ref(sync->cookie), sync->verified, error);
    stream_pass_drop(run);
    return TRUE;
}

/* The server is there, and has nothing that has not come. A change that is not for us never comes, so what the cookie
 * has not seen counts as seen once it had time to come until the next look. */
static gboolean
look(Sync *sync, GError **error)
{
    StreamRun       *run = sync->run;
    gint64           now = g_get_monotonic_time();
    g_autofree char *csn = NULL;

    if (!stream_server_value(run, run->server.suffix != NULL ? run->server.suffix : run->context, "contextCSN", &csn,
                             error) ||
        !take_changes(sync, 0, error))
        return FALSE;
    if (sync_cookie_has(sync->cookie, csn))
        sync->verified = now;
    else if (sync->unseen != NULL)
        sync->verified = sync->asked;
    g_free(sync->unseen);
    sync->unseen = csn != NULL ? g_steal_pointer(&csn) : g_strdup("");
    sync->asked = now;
    sync->next_look = now + run->settings->poll_interval;
    stream_pass_begin(run, STREAM_CHANGES);
    return stream_arrive(run, g_bytes_ref(sync->cookie), sync->verified, error);
}

/* Between the pages of a presence search. */
static gboolean
look_between(StreamRun *run, GError **error)
{
    return look(run->method_data, error);
}

static gboolean
presence_pass(Sync *sync, GError **error)
{
    StreamRun *run = sync->run;
    gint64     begin = g_get_monotonic_time();

    stream_doing(run->stream, "presence pass");
    g_autoptr(GError) why = NULL;
    g_autoptr(GArray) ids = stream_presence_gather(run, "entryUUID", look_between, &why);
    /* ids that this account may not read, or that are no entryUUID, come with a full pass all the same */
    if (ids != NULL ? run->n_nameless > 0 : g_error_matches(why, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE)) {
        stream_refresh(run->stream, STREAM_FULL);
        return TRUE;
    }
    if (ids == NULL) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    /* what has come or gone while the search went on: it has until the second look to be told */
    if (!look(sync, error) || !stream_rest(run, sync->next_look, error) || !look(sync, error) ||
        !stream_presence_deliver(run, g_steal_pointer(&ids), sync->verified, error))
        return FALSE;
    gint64 now = g_get_monotonic_time();
    run->presence_due = stream_presence_next(run, now, now - begin);
    stream_doing(run->stream, "following");
    return TRUE;
}

static gboolean
persist(Sync *sync, GError **error)
{
    Stream *stream = sync->run->stream;

    stream_doing(stream, "following");
    for (;;) {
        gint64 now = g_get_monotonic_time();
        if (!stream_goes_on(stream, error) || !take_changes(sync, SLICE, error))
            return FALSE;
        if (now >= sync->next_look && !look(sync, error))
            return FALSE;
        if ((stream_takes_presence(stream) || stream_presence_is_due(sync->run, now)) && !presence_pass(sync, error))
            return FALSE;
    }
}

/* Whether the server has what the cookie has seen. */
static gboolean
check_cookie(Sync *sync, GError **error)
{
    StreamRun       *run = sync->run;
    g_autofree char *csn = NULL;

    if (sync->cookie == NULL || run->server.suffix == NULL)
        return TRUE;
    if (!stream_server_value(run, run->server.suffix, "contextCSN", &csn, error))
        return FALSE;
    if (!sync_cookie_is_ahead(sync->cookie, csn))
        return TRUE;
    g_set_error_literal(error, STREAM_ERROR, STREAM_ERROR_AGAIN, "the server has an older state than the mirror");
    return FALSE;
}

static gboolean
syncrepl_follow(StreamRun *run, GError **error)
{
    Sync sync = {.run = run, .full = run->note == NULL};

    sync.cookie = run->note != NULL ? g_bytes_ref(run->note->cookie) : NULL;
    sync.changes = g_ptr_array_new_with_free_func((GDestroyNotify)stream_change_free);
    sync.existing = g_array_new(FALSE, FALSE, sizeof(EntryId));
    run->method_data = &sync;
    if (check_cookie(&sync, error) && refresh(&sync, error)) {
        if (sync.full)
            run->presence_due = stream_presence_next(run, g_get_monotonic_time(), 0);
        persist(&sync, error);
    }
    run->method_data = NULL;
    g_clear_pointer(&sync.changes, g_ptr_array_unref);
    g_array_unref(sync.existing);
    g_clear_pointer(&sync.cookie, g_bytes_unref);
    g_free(sync.unseen);
    return FALSE;
}

const StreamMethodClass stream_syncrepl = {
    .name = "syncrepl",
    .method = STREAM_METHOD_SYNCREPL,
    .context = syncrepl_context,
    .follow = syncrepl_follow,
};

/* SPDX-License-Identifier: BSD-2-Clause
 * stream-thread.c - the stream's thread: which server, which method, and what happens when one fails
 *
 * Owns:     its connection, and the note behind the cookie.
 * Promises: a server that fails is left for the next one, and tried again after a pause that grows; what turns out to
 *           be of no use, the receiver's state or the server's, costs a full pass and no more.
 * Threads:  the stream's.
 */
#include "stream-private.h"

#define FIRST_PAUSE (100 * 1000)
#define ANEW_FIRST G_USEC_PER_SEC
#define ANEW_MOST (60 * G_USEC_PER_SEC)
#define ANEW_CALM (300 * G_USEC_PER_SEC)
#define LACK_TIME (2 * G_USEC_PER_SEC)
#define KEEP_INTERVAL (300 * G_USEC_PER_SEC)

gboolean
stream_arrive(StreamRun *run, GBytes *cookie, gint64 as_of, GError **error)
{
    Stream *stream = run->stream;
    g_autoptr(GBytes) owned = cookie;
    gint64   now = g_get_monotonic_time();
    gboolean keep = run->n_changes > 0 || run->note == NULL || now - run->kept > KEEP_INTERVAL;

    if (run->note == NULL) {
        run->note = stream_note_new(stream->method->name, run->context, owned);
    } else {
        g_bytes_unref(run->note->cookie);
        run->note->cookie = g_bytes_ref(owned);
    }
    if (run->server.usn > 0)
        stream_note_mark(run->note, run->server.identity, run->server.usn);
    g_autoptr(GBytes) note = stream_note_write(run->note);
    if (!stream_pass_end(run, keep ? note : NULL, as_of, error))
        return FALSE;
    if (keep)
        run->kept = now;
    g_clear_pointer(&stream->note, g_bytes_unref);
    stream->note = g_steal_pointer(&note);
    stream->pause = 0;
    stream->failed = FALSE;
    g_clear_pointer(&stream->avoid, ldap_server_unref);
    return TRUE;
}

/* ---- one connection ---- */

static char *
tell(const Stream *stream, const char *what, const LdapServer *server, const char *name, const char *text)
{
    g_autofree char *context = ldap_pool_quote("context", stream->context);
    g_autofree char *where = server != NULL ? ldap_pool_quote("server", server->uri->label) : g_strdup("server=none");
    g_autofree char *more = name != NULL ? ldap_pool_quote(name, text) : g_strdup("");

    return g_strdup_printf("%s: %s %s%s%s", what, context, where, *more != '\0' ? " " : "", more);
}

void
stream_report_once(Stream *stream, const LdapServer *server, const char *what, const char *name, const char *text)
{
    g_autofree char *line = tell(stream, what, server, name, text);

    if (g_strcmp0(line, stream->said) == 0)
        return;
    g_free(stream->said);
    stream->said = g_strdup(line);
    stream_report(stream, DIRECTORY_EVENT_BAD, g_steal_pointer(&line));
}

static const StreamMethodClass *
choose_method(const Stream *stream, const StreamServer *server)
{
    switch (stream->settings.method) {
    case STREAM_METHOD_DIRSYNC:
        return &stream_dirsync;
    case STREAM_METHOD_SYNCREPL:
        return &stream_syncrepl;
    case STREAM_METHOD_POLL:
        return &stream_poll;
    default:
        break;
    }
    if (stream->polls)
        return &stream_poll;
    return server->dirsync ? &stream_dirsync : server->syncrepl ? &stream_syncrepl : &stream_poll;
}

/* The note of an earlier pass, if it leads anywhere on this server. */
static StreamNote *
take_note(StreamRun *run)
{
    Stream *stream = run->stream;

    pthread_mutex_lock(&stream->lock);
    gboolean full = stream->wants_full;
    stream->wants_full = FALSE;
    pthread_mutex_unlock(&stream->lock);
    if (full) /* for good: the receiver may have thrown away what the note leads on from */
        g_clear_pointer(&stream->note, g_bytes_unref);
    if (stream->note == NULL)
        return NULL;
    g_autoptr(StreamNote) note = stream_note_read(stream->note, stream->method->name, run->context);
    const char *why = note == NULL ? "the cookie is of another method or context" : NULL;
    if (note != NULL && stream_note_is_ahead(note, run->server.identity, run->server.usn))
        why = "the server has been restored from an older state";
    if (why == NULL)
        return g_steal_pointer(&note);
    stream_report(stream, DIRECTORY_EVENT_BAD,
                  tell(stream, "mirror begins anew", run->connection->server, "reason", why));
    return NULL;
}

static void
introduce(Stream *stream, const StreamRun *run)
{
    const LdapServer *server = run->connection->server;

    pthread_mutex_lock(&stream->lock);
    stream->status.method = stream->method->method;
    g_free(stream->status.server);
    stream->status.server = g_strdup(server->uri->label);
    pthread_mutex_unlock(&stream->lock);
    g_autofree char *text = g_strdup_printf("%s of %s", stream->method->name, run->context);
    stream_report(stream, DIRECTORY_EVENT_GOOD, tell(stream, "mirror stream opened", server, "method", text));
}

static gboolean
follow(StreamRun *run, GError **error)
{
    Stream *stream = run->stream;

    if (!stream_server_read(run, error))
        return FALSE;
    stream->method = choose_method(stream, &run->server);
    run->context = stream->method->context(run);
    run->note = take_note(run);
    introduce(stream, run);
    return stream->method->follow(run, error);
}

static gboolean
attend(Stream *stream, LdapConnection *connection, GError **error)
{
    StreamRun run = {.stream = stream,
                     .settings = &stream->settings,
                     .connection = connection,
                     .context = stream->context,
                     .presence_due = stream->presence_due};
    gboolean  good = follow(&run, error);

    /* a method that neither the account nor the server can do anything about; one that has worked before may again */
    if (stream->settings.method == STREAM_METHOD_AUTO && stream->method != &stream_poll && run.note == NULL &&
        g_error_matches(*error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED))
        stream->polls = TRUE;
    stream->presence_due = run.presence_due;
    stream_pass_drop(&run);
    g_clear_pointer(&run.born, g_hash_table_unref);
    g_clear_pointer(&run.gone, g_hash_table_unref);
    stream_note_free(run.note);
    stream_server_clear(&run.server);
    entry_builder_free(run.builder);
    return good;
}

/* ---- the thread ---- */

static void
set_error(Stream *stream, const char *doing, const char *text)
{
    pthread_mutex_lock(&stream->lock);
    stream->status.doing = doing;
    g_clear_pointer(&stream->status.server, g_free);
    g_free(stream->status.error);
    stream->status.error = g_strdup(text);
    pthread_mutex_unlock(&stream->lock);
}

static void
blame(Stream *stream, LdapServer *server, const LdapConnection *connection, const GError *why)
{
    if (!stream_enter(stream))
        return;
    ldap_pool_blame(stream->settings.pool, server, connection, why);
    stream_leave(stream);
}

static void
pause_after(Stream *stream)
{
    gint64 most = MAX(stream->config->settings.retry_interval, FIRST_PAUSE);

    stream->pause = MIN(stream->pause == 0 ? FIRST_PAUSE : stream->pause * 2, most);
    stream_pause(stream, g_get_monotonic_time() + stream->pause);
}

/* Says so once, until it goes well again. */
static void
fail(Stream *stream, const LdapServer *server, const GError *why)
{
    set_error(stream, "waiting", why->message);
    if (!stream->failed)
        stream_report(stream, DIRECTORY_EVENT_BAD,
                      tell(stream, "mirror stream failed", server, "reason", why->message));
    stream->failed = TRUE;
}

/* At once, but not again and again: a full pass is the dearest thing that can be asked of a server. */
static void
begin_anew(Stream *stream, const LdapServer *server, const GError *why)
{
    gint64 now = g_get_monotonic_time();

    g_clear_pointer(&stream->note, g_bytes_unref);
    stream_report(stream, DIRECTORY_EVENT_BAD, tell(stream, "mirror begins anew", server, "reason", why->message));
    if (stream->anew == 0 || now - stream->anew > ANEW_CALM)
        stream->anew_pause = 0;
    else
        stream->anew_pause = CLAMP(stream->anew_pause * 2, ANEW_FIRST, ANEW_MOST);
    stream->anew = now;
    stream_pause(stream, now + stream->anew_pause);
}

static void
serve(Stream *stream, LdapServer *server)
{
    g_autoptr(GError) why = NULL;

    stream_doing(stream, "connecting");
    g_autoptr(LdapConnection) connection = ldap_connection_open(stream->config, server, &stream->guard, NULL, &why);
    if (connection != NULL)
        attend(stream, connection, &why);
    if (g_error_matches(why, STREAM_ERROR, STREAM_ERROR_STOPPED) ||
        g_error_matches(why, STREAM_ERROR, STREAM_ERROR_ASKED))
        return;
    if (g_error_matches(why, STREAM_ERROR, STREAM_ERROR_AGAIN)) {
        begin_anew(stream, server, why);
        return;
    }
    blame(stream, server, connection, why);
    fail(stream, server, why);
    g_clear_pointer(&stream->avoid, ldap_server_unref);
    stream->avoid = ldap_server_ref(server);
    pause_after(stream);
}

/* The pool looks after its servers; at the start it may not have heard of any yet. */
static void
lack(Stream *stream, const GError *why)
{
    gint64 now = g_get_monotonic_time();

    if (stream->lacking == 0)
        stream->lacking = now;
    if (now - stream->lacking > LACK_TIME)
        fail(stream, NULL, why);
    stream_pause(stream, now + FIRST_PAUSE);
}

static LdapServer *
pick(Stream *stream, GError **error)
{
    if (!stream_enter(stream)) {
        g_set_error_literal(error, STREAM_ERROR, STREAM_ERROR_STOPPED, "stopped");
        return NULL;
    }
    LdapServer *server = ldap_pool_pick(stream->settings.pool, stream->avoid, error);
    stream_leave(stream);
    return server;
}

void *
stream_main(void *data)
{
    Stream *stream = data;

    while (!stream_is_stopping(stream)) {
        g_autoptr(GError) why = NULL;
        LdapServer *server = pick(stream, &why);
        if (server != NULL) {
            stream->lacking = 0;
            serve(stream, server);
            ldap_server_unref(server);
        } else if (!g_error_matches(why, STREAM_ERROR, STREAM_ERROR_STOPPED)) {
            lack(stream, why);
        }
    }
    pthread_mutex_lock(&stream->lock);
    stream->ended = TRUE;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
    stream_unref(stream);
    return NULL;
}

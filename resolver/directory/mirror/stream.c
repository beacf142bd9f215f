/* SPDX-License-Identifier: BSD-2-Clause
 * stream.c - one naming context's stream: started, stopped, asked how it is, and what its thread shares with others
 *
 * Owns:     copies of all settings, the status.
 * Promises: stream_stop() comes back within a second though the thread may hang in a connect, in Kerberos or in DNS,
 *           where it cannot be reached: it is then left to end by itself, and touches nothing any more that is not the
 *           stream's own.
 * Threads:  the stream's own; stop, refresh and status from any.
 */
#include "stream-private.h"

#include "rollcall/dn.h"

#include <time.h>

#define STOP_TIME (900 * 1000)
#define SHUT_INTERVAL (50 * 1000)
enum { PATIENCE = 12 }; /* times answer_timeout, before the first message of a full pass */

/* ---- what the thread shares with others ---- */

gboolean
stream_enter(Stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->busy = !stream->stopping;
    gboolean entered = stream->busy;
    pthread_mutex_unlock(&stream->lock);
    return entered;
}

void
stream_leave(Stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->busy = FALSE;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
}

static gboolean
stopped(GError **error)
{
    g_set_error_literal(error, STREAM_ERROR, STREAM_ERROR_STOPPED, "stopped");
    return FALSE;
}

gboolean
stream_deliver(Stream *stream, StreamBatch *batch, GError **error)
{
    gboolean   last = batch->last;
    StreamPass pass = batch->pass;
    guint      n_changes = batch->pass != STREAM_PRESENCE ? batch->changes->len : 0;
    gint64     as_of = batch->as_of;

    if (!stream_enter(stream)) {
        stream_batch_free(batch);
        return stopped(error);
    }
    ldap_guard_disarm(&stream->guard); /* the receiver takes the time it needs */
    gboolean taken = stream->settings.deliver(batch, stream->settings.user_data);
    pthread_mutex_lock(&stream->lock);
    stream->busy = FALSE;
    pthread_cond_broadcast(&stream->changed);
    if (taken) {
        stream->status.changes += n_changes;
        stream->status.full_passes += last && pass == STREAM_FULL;
        stream->status.presence_passes += last && pass == STREAM_PRESENCE;
        if (last) {
            stream->status.as_of = MAX(stream->status.as_of, as_of);
            g_clear_pointer(&stream->status.error, g_free);
        }
    }
    pthread_mutex_unlock(&stream->lock);
    if (!taken)
        g_set_error_literal(error, STREAM_ERROR, STREAM_ERROR_AGAIN, "the mirror does not take what has come");
    return taken;
}

void
stream_report(Stream *stream, DirectoryEventKind kind, char *text)
{
    g_autofree char *owned = text;

    if (stream->settings.observe == NULL || !stream_enter(stream))
        return;
    stream->settings.observe(kind, owned, stream->settings.user_data);
    stream_leave(stream);
}

void
stream_doing(Stream *stream, const char *what)
{
    pthread_mutex_lock(&stream->lock);
    stream->status.doing = what;
    pthread_mutex_unlock(&stream->lock);
}

static gboolean
is_wanted(const Stream *stream)
{
    return stream->stopping || stream->wants_full || stream->wants_presence;
}

/* Locked. */
static gboolean
goes_on(Stream *stream, GError **error)
{
    if (stream->stopping)
        return stopped(error);
    if (!stream->wants_full)
        return TRUE;
    g_set_error_literal(error, STREAM_ERROR, STREAM_ERROR_ASKED, "a full pass is asked for");
    return FALSE;
}

gboolean
stream_goes_on(Stream *stream, GError **error)
{
    pthread_mutex_lock(&stream->lock);
    gboolean good = goes_on(stream, error);
    pthread_mutex_unlock(&stream->lock);
    return good;
}

/* Locked before and after. */
static void
wait_until(Stream *stream, gint64 until)
{
    struct timespec time = {.tv_sec = until / G_USEC_PER_SEC, .tv_nsec = until % G_USEC_PER_SEC * 1000};

    pthread_cond_timedwait(&stream->changed, &stream->lock, &time);
}

gboolean
stream_rest(StreamRun *run, gint64 until, GError **error)
{
    Stream *stream = run->stream;

    ldap_guard_disarm(&stream->guard); /* the server owes nothing meanwhile */
    run->connection->armed = 0;
    pthread_mutex_lock(&stream->lock);
    while (!is_wanted(stream) && g_get_monotonic_time() < until)
        wait_until(stream, until);
    gboolean good = goes_on(stream, error);
    pthread_mutex_unlock(&stream->lock);
    return good;
}

void
stream_pause(Stream *stream, gint64 until)
{
    pthread_mutex_lock(&stream->lock);
    while (!stream->stopping && g_get_monotonic_time() < until)
        wait_until(stream, until);
    pthread_mutex_unlock(&stream->lock);
}

gboolean
stream_takes_presence(Stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    gboolean wanted = stream->wants_presence;
    stream->wants_presence = FALSE;
    pthread_mutex_unlock(&stream->lock);
    return wanted;
}

void
stream_be_patient(StreamRun *run, gboolean patient)
{
    run->connection->config = patient ? run->stream->patient : run->stream->config;
}

gboolean
stream_is_stopping(Stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    gboolean stopping = stream->stopping;
    pthread_mutex_unlock(&stream->lock);
    return stopping;
}

void
stream_unref(Stream *stream)
{
    if (!g_atomic_int_dec_and_test(&stream->references))
        return;
    ldap_guard_clear(&stream->guard);
    ldap_server_unref(stream->avoid);
    g_clear_pointer(&stream->note, g_bytes_unref);
    ldap_config_free(stream->config);
    ldap_config_free(stream->patient);
    stream_status_clear(&stream->status);
    pthread_cond_destroy(&stream->changed);
    pthread_mutex_destroy(&stream->lock);
    g_strfreev(stream->attributes);
    g_free(stream->context);
    g_free(stream->said);
    g_free(stream);
}

/* ---- for others ---- */

static void
init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* Copies all but the pool. */
static gboolean
copy_settings(Stream *stream, const StreamSettings *settings, GError **error)
{
    LdapSettings server = ldap_pool_config(settings->pool)->settings;

    stream->settings = *settings;
    stream->settings.context = stream->context = g_strdup(settings->context);
    stream->attributes = g_strdupv((char **)settings->attributes);
    stream->settings.attributes = (const char *const *)stream->attributes;
    stream->settings.cookie = NULL;
    stream->note = settings->cookie != NULL ? g_bytes_ref(settings->cookie) : NULL;
    stream->config = ldap_config_new(&server, error);
    if (stream->config == NULL)
        return FALSE;
    server.answer_timeout *= PATIENCE;
    stream->patient = ldap_config_new(&server, error);
    return stream->patient != NULL;
}

static Stream *
stream_new(const StreamSettings *settings, GError **error)
{
    Stream *stream = g_new0(Stream, 1);

    stream->references = 1;
    pthread_mutex_init(&stream->lock, NULL);
    init_condition(&stream->changed);
    ldap_guard_init(&stream->guard);
    stream->status.doing = "connecting";
    if (copy_settings(stream, settings, error))
        return stream;
    stream_unref(stream);
    return NULL;
}

Stream *
stream_start(const StreamSettings *settings, GError **error)
{
    g_autofree char *key = dn_key(settings->context);

    if (key == NULL || *key == '\0') {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "%s: is no DN", settings->context);
        return NULL;
    }
    Stream *stream = stream_new(settings, error);
    if (stream == NULL)
        return NULL;
    ldap_pool_watch(settings->pool, &stream->guard);
    stream->references++;
    if (ldap_thread_start(&stream->thread, stream_main, stream, error))
        return stream;
    ldap_pool_unwatch(settings->pool, &stream->guard);
    stream->references--;
    stream_unref(stream);
    return NULL;
}

void
stream_stop(Stream *stream)
{
    if (stream == NULL)
        return;
    gint64 deadline = g_get_monotonic_time() + STOP_TIME;

    pthread_mutex_lock(&stream->lock);
    stream->stopping = TRUE;
    pthread_cond_broadcast(&stream->changed);
    /* a connection may be opened just now, and know nothing of the first call */
    for (gint64 now = 0; !stream->ended && (stream->busy || now < deadline); now = g_get_monotonic_time()) {
        ldap_guard_shut_down(&stream->guard);
        wait_until(stream, g_get_monotonic_time() + SHUT_INTERVAL);
    }
    gboolean ended = stream->ended;
    pthread_mutex_unlock(&stream->lock);
    ldap_pool_unwatch(stream->settings.pool, &stream->guard);
    if (ended)
        pthread_join(stream->thread, NULL);
    else
        pthread_detach(stream->thread);
    stream_unref(stream);
}

void
stream_refresh(Stream *stream, StreamPass pass)
{
    pthread_mutex_lock(&stream->lock);
    stream->wants_full = stream->wants_full || pass != STREAM_PRESENCE;
    stream->wants_presence = stream->wants_presence || pass == STREAM_PRESENCE;
    pthread_cond_broadcast(&stream->changed);
    pthread_mutex_unlock(&stream->lock);
}

void
stream_status(Stream *stream, StreamStatus *status)
{
    pthread_mutex_lock(&stream->lock);
    *status = stream->status;
    status->server = g_strdup(stream->status.server);
    status->error = g_strdup(stream->status.error);
    pthread_mutex_unlock(&stream->lock);
}

void
stream_status_clear(StreamStatus *status)
{
    g_clear_pointer(&status->server, g_free);
    g_clear_pointer(&status->error, g_free);
}

/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-status.c - how a mirror is
 *
 * Owns:     nothing.
 * Promises: memory work only.
 * Threads:  any.
 */
#include "resolver/directory/mirror/mirror-private.h"

static const char *const methods[] = {
    [STREAM_METHOD_AUTO] = "auto",
    [STREAM_METHOD_DIRSYNC] = "dirsync",
    [STREAM_METHOD_SYNCREPL] = "syncrepl",
    [STREAM_METHOD_POLL] = "poll",
};

/* Locked. */
static DirectoryStream *
stream_of(const MirrorContext *context, gint64 now)
{
    DirectoryStream *stream = g_new0(DirectoryStream, 1);
    StreamStatus     status = {.doing = "stopped"};

    if (context->stream != NULL)
        stream_status(context->stream, &status);
    gint64 as_of = MAX(status.as_of, context->as_of);
    stream->context = g_strdup(context->dn);
    stream->server = g_strdup(status.server);
    stream->method = g_strdup(methods[status.method]);
    stream->doing = g_strdup(status.doing);
    stream->error = g_strdup(status.error);
    stream->age = as_of != 0 ? now - as_of : -1;
    stream->changes = status.changes;
    stream->full_passes = status.full_passes;
    stream->presence_passes = status.presence_passes;
    stream_status_clear(&status);
    return stream;
}

static const char *
state_of(const Mirror *mirror, const DirectoryStatus *status, gboolean known, gboolean loading)
{
    if (loading)
        return "loading";
    if (status->held_back > 0)
        return "held back";
    if (!known)
        return "syncing";
    return status->age <= mirror->settings.max_age ? "current" : "stale";
}

/* Locked. */
static void
add_locked_parts(Mirror *mirror, DirectoryStatus *status, gint64 now)
{
    status->streams = g_ptr_array_new_with_free_func((GDestroyNotify)directory_stream_free);
    for (guint i = 0; i < mirror->contexts->len; i++) {
        MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        g_ptr_array_add(status->streams, stream_of(context, now));
        status->held_back += (guint64)g_atomic_int_get(&context->held_back);
    }
    status->store = g_strdup(mirror->store_file);
    status->store_error = g_strdup(mirror->store_error);
    status->store_bytes = mirror->store_bytes;
    status->last_error = g_strdup(mirror->last_error);
}

DirectoryStatus *
mirror_status(Mirror *mirror)
{
    DirectoryStatus *status = directory_status(mirror->live);
    gint64           now = g_get_monotonic_time(), as_of;

    status->kind = mirror->directory.class->kind;
    gate_read(mirror->gate);
    gboolean filled = mirror_as_of(mirror, TRUE, &as_of);
    status->age = filled ? now - as_of : -1;
    gboolean known = mirror_as_of(mirror, FALSE, &as_of);
    if (mirror->image != NULL) {
        status->entries = image_size(mirror->image);
        status->bytes = image_bytes(mirror->image);
        status->version = image_version(mirror->image);
        status->indexes = image_indexed(mirror->image);
    }
    gate_read_end(mirror->gate);

    pthread_mutex_lock(&mirror->lock);
    add_locked_parts(mirror, status, now);
    gboolean loading = mirror->loading;
    pthread_mutex_unlock(&mirror->lock);
    g_free(status->state);
    status->state = g_strdup(state_of(mirror, status, known, loading));
    return status;
}

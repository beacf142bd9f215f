/* SPDX-License-Identifier: BSD-2-Clause
 * stream-passes.c - following a server that must be asked again and again
 *
 * Threads: the stream's.
 */
#include "stream-private.h"

/* `known`: what a full pass has just named; NULL: none has. */
static gboolean
presence_pass(StreamRun *run, const StreamPasses *passes, GHashTable *known, GError **error)
{
    gint64 begin = g_get_monotonic_time();

    stream_doing(run->stream, "presence pass");
    g_autoptr(GArray) ids = stream_presence_gather(run, passes->id_attribute(run), passes->pass, error);
    /* what has come or gone while the search went on */
    if (ids == NULL || !passes->pass(run, error))
        return FALSE;
    if (known != NULL)
        stream_presence_learn(run, ids, known);
    if (!stream_presence_deliver(run, g_steal_pointer(&ids), begin, error))
        return FALSE;
    gint64 now = g_get_monotonic_time();
    run->presence_due = stream_presence_next(run, now, now - begin);
    return TRUE;
}

static gboolean
first_pass(StreamRun *run, const StreamPasses *passes, GError **error)
{
    gboolean full = run->note == NULL;

    stream_doing(run->stream, full ? "full pass" : "following");
    if (full && passes->is_choosy)
        stream_presence_track(run);
    stream_be_patient(run, TRUE);
    gboolean good = passes->pass(run, error);
    stream_be_patient(run, FALSE);
    if (!good || !full)
        return good;
    run->presence_due = stream_presence_next(run, g_get_monotonic_time(), 0);
    g_autoptr(GHashTable) known = g_steal_pointer(&run->born);
    g_clear_pointer(&run->gone, g_hash_table_unref);
    return !passes->is_choosy || presence_pass(run, passes, known, error);
}

gboolean
stream_passes_follow(StreamRun *run, const StreamPasses *passes, GError **error)
{
    if (!first_pass(run, passes, error))
        return FALSE;
    for (;;) {
        gint64 now = g_get_monotonic_time();
        if ((stream_takes_presence(run->stream) || stream_presence_is_due(run, now)) &&
            !presence_pass(run, passes, NULL, error))
            return FALSE;
        stream_doing(run->stream, "following");
        if (!stream_rest(run, now + run->settings->poll_interval, error) || !passes->pass(run, error))
            return FALSE;
    }
}

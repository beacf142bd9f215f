/* SPDX-License-Identifier: BSD-2-Clause
 * stream-passes.c - following a server that must be asked again and again
 *
 * Threads: the stream's.
 */
#include "stream-private.h"

static gboolean
presence_pass(StreamRun *run, const StreamPasses *passes, GError **error)
{
    gint64 begin = g_get_monotonic_time();

    stream_doing(run->stream, "presence pass");
    g_autoptr(GArray) ids = stream_presence_gather(run, passes->id_attribute(run), passes->pass, error);
    /* what has come or gone while the search went on */
    if (ids == NULL || !passes->pass(run, error) || !stream_presence_deliver(run, g_steal_pointer(&ids), begin, error))
        return FALSE;
    gint64 now = g_get_monotonic_time();
    run->presence_due = stream_presence_next(run, now, now - begin);
    return TRUE;
}

gboolean
stream_passes_follow(StreamRun *run, const StreamPasses *passes, GError **error)
{
    gboolean full = run->note == NULL;

    stream_doing(run->stream, full ? "full pass" : "following");
    stream_be_patient(run, TRUE);
    gboolean good = passes->pass(run, error);
    stream_be_patient(run, FALSE);
    if (!good)
        return FALSE;
    if (full)
        run->presence_due = stream_presence_next(run, g_get_monotonic_time(), 0);
    for (;;) {
        gint64 now = g_get_monotonic_time();
        if ((stream_takes_presence(run->stream) || stream_presence_is_due(run, now)) &&
            !presence_pass(run, passes, error))
            return FALSE;
        stream_doing(run->stream, "following");
        if (!stream_wait(run->stream, now + run->settings->poll_interval, error) || !passes->pass(run, error))
            return FALSE;
    }
}

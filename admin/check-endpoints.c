/* SPDX-License-Identifier: BSD-2-Clause
 * check-endpoints.c - rollcall check: is there a list of the addresses that Microsoft publishes
 *
 * Owns:     an Endpoints of its own.
 * Promises: leaves the daemon's cache alone.
 * Threads:  one; the list is fetched by another.
 */
#include "admin/check.h"

/* How long the web service may take. */
enum { LONGEST_FETCH = 15 };

/* The first list may have to be fetched; the first failure is enough. */
static char *
wait_for_list(Endpoints *endpoints, GAsyncQueue *failures, gsize *n_networks)
{
    gint64 end = g_get_monotonic_time() + LONGEST_FETCH * G_TIME_SPAN_SECOND;

    for (;;) {
        char *version = endpoints_version(endpoints, n_networks);
        if (*version != '\0' || g_async_queue_length(failures) > 0 || g_get_monotonic_time() > end)
            return version;
        g_free(version);
        g_usleep(G_TIME_SPAN_SECOND / 10);
    }
}

static void
keep_failure(gboolean good, const char *event, gpointer user_data)
{
    GAsyncQueue *failures = user_data;

    if (!good)
        g_async_queue_push(failures, g_strdup(event));
}

/* As another user than the daemon the cache is left alone: a file of root's would be in its way. */
void
check_endpoints(CheckTally *tally, const EndpointsSettings *settings)
{
    g_autoptr(GAsyncQueue) failures = g_async_queue_new_full(g_free);
    g_autoptr(GError) error = NULL;
    EndpointsSettings how = *settings;
    gsize             n_networks = 0;

    how.cache = NULL;
    how.observe = keep_failure;
    how.observer_data = failures;
    g_autoptr(Endpoints) endpoints = endpoints_new(&how, &error);
    if (endpoints == NULL) {
        check_say(tally, CHECK_BAD, "origin: %s", error->message);
        return;
    }
    g_autofree char *version = wait_for_list(endpoints, failures, &n_networks);
    g_autofree char *failure = g_async_queue_try_pop(failures);
    if (n_networks > 0)
        check_say(tally, CHECK_GOOD, "origin: published addresses: version %s, %" G_GSIZE_FORMAT " networks", version,
                  n_networks);
    else
        check_say(tally, CHECK_BAD, "origin: no list of published addresses from %s: %s",
                  settings->file != NULL ? settings->file : settings->url, failure != NULL ? failure : "no answer yet");
}

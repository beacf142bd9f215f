/* SPDX-License-Identifier: BSD-2-Clause
 * fetcher.h - HTTPS GET with bounds, that another thread can stop
 */
#pragma once

#include <glib.h>

typedef struct Fetcher Fetcher;
/* `ca_file`: NULL for the system's authorities. NULL with ORIGIN_ERROR_ADDRESSES. Caller: fetcher_free(). */
Fetcher *fetcher_new(const char *ca_file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Nobody may be in fetcher_get() any more. */
void fetcher_free(Fetcher *fetcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fetcher, fetcher_free)
/* Ends the fetch under way, and those to come at once. Any thread. */
void fetcher_stop(Fetcher *fetcher);

/* For one thread at a time. Only https, with a certificate that verifies; no redirections; at most `most` octets and
 * two minutes. NULL with ORIGIN_ERROR_ADDRESSES, a line that is escaped. `status`: what HTTP said, 0 if nothing was
 * heard from a server. Caller: g_bytes_unref(). */
GBytes *fetcher_get(Fetcher *fetcher, const char *url, gsize most, long *status,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: BSD-2-Clause
 * fetcher.c - HTTPS GET with bounds, that another thread can stop
 *
 * Owns:     a multi handle of libcurl, because only that one can be woken from outside.
 * Promises: a server can cost us neither more time nor more memory than the bounds; a stop is not held up by a server,
 *           nor by a name service (from libcurl 7.87 on; before, until the name service answers or gives up).
 * Threads:  fetcher_stop() any, all others one at a time.
 */
#include "origin/fetcher.h"

#include "rollcall/origin.h"

#include <curl/curl.h>

enum { CONNECT_SECONDS = 30, WHOLE_SECONDS = 120, POLL_MILLISECONDS = 1000 };

struct Fetcher {
    CURLM   *multi;
    char    *ca_file;
    gboolean stopping; /* atomic */
};

/* What arrives. */
typedef struct {
    GByteArray *octets;
    gsize       most;
    gboolean    too_large;
} Body;

static gboolean
fail(const char *url, const char *why, GError **error)
{
    g_autofree char *escaped = g_strescape(why, NULL);
    g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES, "%s: %s", url, escaped);
    return FALSE;
}

Fetcher *
fetcher_new(const char *ca_file, GError **error)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES, "libcurl cannot be used");
        return NULL;
    }
    Fetcher *fetcher = g_new0(Fetcher, 1);
    fetcher->multi = curl_multi_init();
    fetcher->ca_file = g_strdup(ca_file);
    return fetcher;
}

void
fetcher_free(Fetcher *fetcher)
{
    curl_multi_cleanup(fetcher->multi);
    curl_global_cleanup();
    g_free(fetcher->ca_file);
    g_free(fetcher);
}

void
fetcher_stop(Fetcher *fetcher)
{
    g_atomic_int_set(&fetcher->stopping, TRUE);
    curl_multi_wakeup(fetcher->multi);
}

static size_t
on_octets(char *octets, size_t size, size_t count, void *user_data)
{
    Body *body = user_data;
    gsize length = size * count;
    if (length > body->most - body->octets->len) {
        body->too_large = TRUE;
        return 0;
    }
    g_byte_array_append(body->octets, (const guint8 *)octets, (guint)length);
    return length;
}

static void
allow_https_only(CURL *request)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(request, CURLOPT_PROTOCOLS_STR, "https");
#else
    curl_easy_setopt(request, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
}

static CURL *
request_new(const Fetcher *fetcher, const char *url, Body *body, char *reason)
{
    CURL *request = curl_easy_init();
    if (request == NULL)
        return NULL;
    allow_https_only(request);
    curl_easy_setopt(request, CURLOPT_URL, url);
    curl_easy_setopt(request, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(request, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(request, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (fetcher->ca_file != NULL) {
        curl_easy_setopt(request, CURLOPT_CAINFO, fetcher->ca_file);
        curl_easy_setopt(request, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(request, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(request, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(request, CURLOPT_TIMEOUT, (long)WHOLE_SECONDS);
    curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(request, CURLOPT_USERAGENT, "rollcall");
    curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, on_octets);
    curl_easy_setopt(request, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(request, CURLOPT_ERRORBUFFER, reason);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(request, CURLOPT_QUICK_EXIT, 1L);
#endif
    return request;
}

/* TRUE: `result` says how it went. FALSE: stopped, or libcurl is broken. */
static gboolean
drive(Fetcher *fetcher, CURLcode *result)
{
    int running = 1, left;
    while (running > 0) {
        if (g_atomic_int_get(&fetcher->stopping) || curl_multi_perform(fetcher->multi, &running) != CURLM_OK)
            return FALSE;
        if (running > 0 && curl_multi_poll(fetcher->multi, NULL, 0, POLL_MILLISECONDS, NULL) != CURLM_OK)
            return FALSE;
    }
    const CURLMsg *message = curl_multi_info_read(fetcher->multi, &left);
    if (message == NULL || message->msg != CURLMSG_DONE)
        return FALSE;
    *result = message->data.result;
    return TRUE;
}

static gboolean
transfer(Fetcher *fetcher, CURL *request, const char *url, const Body *body, const char *reason, long *status,
         GError **error)
{
    CURLcode result = CURLE_OK;
    if (curl_multi_add_handle(fetcher->multi, request) != CURLM_OK)
        return fail(url, "libcurl cannot be used", error);
    gboolean done = drive(fetcher, &result);
    curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, status);
    curl_multi_remove_handle(fetcher->multi, request);
    if (!done)
        return fail(url, "stopped", error);
    if (body->too_large)
        return fail(url, "the answer is too large", error);
    if (result != CURLE_OK)
        return fail(url, *reason != '\0' ? reason : curl_easy_strerror(result), error);
    if (*status == 200)
        return TRUE;
    g_autofree char *text = g_strdup_printf("HTTP status %ld", *status);
    return fail(url, text, error);
}

GBytes *
fetcher_get(Fetcher *fetcher, const char *url, gsize most, long *status, GError **error)
{
    char  reason[CURL_ERROR_SIZE] = "";
    Body  body = {g_byte_array_new(), most, FALSE};
    CURL *request = request_new(fetcher, url, &body, reason);
    *status = 0;
    gboolean good = request != NULL ? transfer(fetcher, request, url, &body, reason, status, error)
                                    : fail(url, "libcurl cannot be used", error);
    curl_easy_cleanup(request);
    GBytes *octets = g_byte_array_free_to_bytes(body.octets);
    if (!good)
        g_clear_pointer(&octets, g_bytes_unref);
    return octets;
}

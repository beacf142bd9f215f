/* SPDX-License-Identifier: BSD-2-Clause
 * endpoints-service.c - the web service that publishes the addresses
 *
 * Owns:     the way to it, and the name under which we ask.
 * Promises: an answer of any size and kind costs a bounded amount of memory and time.
 * Threads:  endpoints_service_stop() any, all others one at a time.
 */
#include "origin/endpoints-service.h"

#include "origin/fetcher.h"

#include <string.h>

#include <openssl/sha.h>

/* The real answers have 20 KB and 1 KB. */
enum { LARGEST_LIST = 2 << 20, LARGEST_VERSION = 64 << 10 };

struct EndpointsService {
    char    *url, *instance, *client;
    Fetcher *fetcher;
};

/* "One fixed GUID per machine" [Microsoft 365 IP address web service]: made of the machine's ID, so that it need not be
 * kept, and hashed, so that the ID cannot be told back. */
static char *
client_id(void)
{
    guint8           hash[SHA256_DIGEST_LENGTH];
    g_autofree char *machine = NULL;
    if (!g_file_get_contents("/etc/machine-id", &machine, NULL, NULL))
        return g_uuid_string_random();
    g_autofree char *seed = g_strconcat("rollcall endpoints ", machine, NULL);
    SHA256((const guint8 *)seed, strlen(seed), hash);
    GString *id = g_string_new(NULL);
    hash[6] = (guint8)((hash[6] & 0x0f) | 0x40); /* RFC 4122 section 4.4 */
    hash[8] = (guint8)((hash[8] & 0x3f) | 0x80);
    for (guint i = 0; i < 16; i++)
        g_string_append_printf(id, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", hash[i]);
    return g_string_free(id, FALSE);
}

EndpointsService *
endpoints_service_new(const EndpointsSettings *settings, GError **error)
{
    gboolean system = settings->ca_file == NULL || *settings->ca_file == '\0';
    g_autoptr(Fetcher) fetcher = fetcher_new(system ? NULL : settings->ca_file, error);
    if (fetcher == NULL)
        return NULL;
    EndpointsService *service = g_new0(EndpointsService, 1);
    service->url = g_strdup(settings->url);
    service->instance = g_strdup(settings->instance);
    service->client = client_id();
    service->fetcher = g_steal_pointer(&fetcher);
    return service;
}

void
endpoints_service_free(EndpointsService *service)
{
    fetcher_free(service->fetcher);
    g_free(service->url);
    g_free(service->instance);
    g_free(service->client);
    g_free(service);
}

void
endpoints_service_stop(EndpointsService *service)
{
    fetcher_stop(service->fetcher);
}

static GBytes *
ask(EndpointsService *service, const char *what, const char *parameters, gsize most, long *status, GError **error)
{
    g_autofree char *url = g_strdup_printf("%s/%s/%s?ClientRequestId=%s%s", service->url, what, service->instance,
                                           service->client, parameters);
    return fetcher_get(service->fetcher, url, most, status, error);
}

char *
endpoints_service_latest(EndpointsService *service, long *status, GError **error)
{
    gsize length;
    g_autoptr(GBytes) answer = ask(service, "version", "", LARGEST_VERSION, status, error);
    if (answer == NULL)
        return NULL;
    const char *text = g_bytes_get_data(answer, &length);
    return endpoints_list_latest(text, length, error);
}

EndpointsList *
endpoints_service_list(EndpointsService *service, const char *version, long *status, GError **error)
{
    gsize length;
    g_autoptr(GBytes) answer = ask(service, "endpoints", "&ServiceAreas=Exchange", LARGEST_LIST, status, error);
    if (answer == NULL)
        return NULL;
    const char *text = g_bytes_get_data(answer, &length);
    return endpoints_list_parse_answer(text, length, version, service->instance, error);
}

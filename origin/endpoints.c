/* SPDX-License-Identifier: BSD-2-Clause
 * endpoints.c - the addresses that Microsoft publishes for Exchange Online, kept up to date
 *
 * Owns:     the list in force, the thread that asks for a newer one, the cache file.
 * Promises: looking an address up waits for memory work only. A list is replaced by a newer one that was read
 *           completely, and by nothing else: no answer, a broken one or an older version leave it in force. The service
 *           is asked at most hourly, also across restarts (the cache's time of change tells when it was asked), and
 *           only what no server heard is tried again earlier [Microsoft 365 IP address web service: poll at most
 *           hourly, fetch when the version rose, after HTTP 429 wait an hour].
 * Threads:  any; one of its own for the network.
 */
#include "origin/endpoints-private.h"

#include "origin/endpoints-list.h"
#include "origin/endpoints-service.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <utime.h>

enum { LARGEST_FILE = 4 << 20 };

struct Endpoints {
    pthread_mutex_t lock; /* of list and stopping */
    pthread_cond_t  wake;
    EndpointsList  *list; /* NULL: none is known */
    gboolean        stopping;

    /* immutable */
    char *instance, *cache;
    void (*observe)(gboolean good, const char *event, gpointer user_data);
    gpointer          observer_data;
    EndpointsPace     pace;
    EndpointsService *service; /* NULL: offline */
    pthread_t         thread;

    /* the thread's */
    gboolean failed; /* and it was reported */
};

G_GNUC_PRINTF(3, 4)
static void
report(const Endpoints *endpoints, gboolean good, const char *format, ...)
{
    va_list arguments;
    if (endpoints->observe == NULL)
        return;
    va_start(arguments, format);
    g_autofree char *event = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    endpoints->observe(good, event, endpoints->observer_data);
}

/* ---- files ---- */

/* NULL with an error. Only of a regular file, and no more than can be a list. */
static EndpointsList *
read_list(const char *file, GError **error)
{
    struct stat      facts;
    g_autofree char *text = NULL;
    gsize            length;
    if (stat(file, &facts) == 0 && (!S_ISREG(facts.st_mode) || facts.st_size > LARGEST_FILE)) {
        g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES, "%s: not a list of addresses", file);
        return NULL;
    }
    if (!g_file_get_contents(file, &text, &length, error))
        return NULL;
    EndpointsList *list = endpoints_list_parse_file(text, length, error);
    if (list == NULL)
        g_prefix_error(error, "%s: ", file);
    return list;
}

/* A cache that cannot be used is as good as none, and the next list replaces it. */
static void
read_cache(Endpoints *endpoints)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(EndpointsList) list = endpoints->cache != NULL ? read_list(endpoints->cache, &error) : NULL;
    if (list != NULL && g_str_equal(list->instance, endpoints->instance))
        endpoints->list = g_steal_pointer(&list);
    else if (list != NULL || (error != NULL && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)))
        report(endpoints, FALSE, "cache not used: %s", list != NULL ? "it is another instance's" : error->message);
}

static void
write_cache(Endpoints *endpoints, const EndpointsList *list)
{
    g_autoptr(GError) error = NULL;
    if (endpoints->cache == NULL)
        return;
    g_autofree char *text = endpoints_list_print(list);
    if (!g_file_set_contents_full(endpoints->cache, text, -1,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, &error))
        report(endpoints, FALSE, "cache not written: %s", error->message);
}

/* ---- renewing ---- */

static void
publish(Endpoints *endpoints, EndpointsList *next)
{
    pthread_mutex_lock(&endpoints->lock);
    EndpointsList *former = endpoints->list;
    endpoints->list = next;
    pthread_mutex_unlock(&endpoints->lock);
    g_clear_pointer(&former, endpoints_list_free);
}

/* Only this thread changes the list, so that it may read it without the lock. */
static gboolean
renew(Endpoints *endpoints, long *status, GError **error)
{
    g_autofree char *latest = endpoints_service_latest(endpoints->service, status, error);
    if (latest == NULL)
        return FALSE;
    if (endpoints->list != NULL && strcmp(latest, endpoints->list->version) <= 0) {
        if (endpoints->cache != NULL)
            utime(endpoints->cache, NULL); /* asked now */
        return TRUE;
    }
    g_autoptr(EndpointsList) list = endpoints_service_list(endpoints->service, latest, status, error);
    if (list == NULL)
        return FALSE;
    write_cache(endpoints, list);
    publish(endpoints, g_steal_pointer(&list));
    report(endpoints, TRUE, "version=%s networks=%" G_GSIZE_FORMAT, endpoints->list->version, endpoints->list->n);
    return TRUE;
}

/* ---- the thread ---- */

/* How long ago the service was asked, by the cache's time of change; 0 if that lies in the future. */
static gint64
time_since_asked(const Endpoints *endpoints)
{
    struct stat facts;
    if (endpoints->list == NULL || endpoints->cache == NULL || stat(endpoints->cache, &facts) != 0)
        return G_MAXINT64;
    gint64 age = g_get_real_time() - (gint64)facts.st_mtime * G_USEC_PER_SEC;
    return age >= 0 ? age : G_MAXINT64;
}

/* FALSE: stop. */
static gboolean
wait_until(Endpoints *endpoints, gint64 when)
{
    const struct timespec until = {when / G_USEC_PER_SEC, (when % G_USEC_PER_SEC) * 1000};
    pthread_mutex_lock(&endpoints->lock);
    while (!endpoints->stopping && g_get_monotonic_time() < when)
        pthread_cond_timedwait(&endpoints->wake, &endpoints->lock, &until);
    gboolean stopping = endpoints->stopping;
    pthread_mutex_unlock(&endpoints->lock);
    return !stopping;
}

static void
report_outcome(Endpoints *endpoints, const GError *error)
{
    const char *kept = endpoints->list != NULL ? endpoints->list->version : "none";
    if (error != NULL && !endpoints->failed)
        report(endpoints, FALSE, "not renewed: %s; version in force: %s", error->message, kept);
    else if (error == NULL && endpoints->failed)
        report(endpoints, TRUE, "the service answers again; version in force: %s", kept);
    endpoints->failed = error != NULL;
}

static void *
thread_main(void *data)
{
    Endpoints           *endpoints = data;
    const EndpointsPace *pace = &endpoints->pace;
    gint64               age = time_since_asked(endpoints), retry = pace->retry;
    gint64               next = g_get_monotonic_time() + (age < pace->interval ? pace->interval - age : 0);
    while (wait_until(endpoints, next)) {
        g_autoptr(GError) error = NULL;
        long     status = 0;
        gboolean good = renew(endpoints, &status, &error);
        pthread_mutex_lock(&endpoints->lock);
        gboolean stopping = endpoints->stopping;
        pthread_mutex_unlock(&endpoints->lock);
        if (!stopping)
            report_outcome(endpoints, error);
        gboolean heard = good || status != 0;
        next = g_get_monotonic_time() + (heard ? pace->interval : retry);
        retry = heard ? pace->retry : MIN(2 * retry, pace->interval);
    }
    return NULL;
}

/* Signals are for the program's own threads, and SIGPIPE for nobody. */
static gboolean
start_thread(Endpoints *endpoints, GError **error)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&endpoints->thread, NULL, thread_main, endpoints);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0)
        return TRUE;
    g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES, "cannot start a thread: %s", g_strerror(result));
    return FALSE;
}

/* ---- the whole ---- */

static Endpoints *
endpoints_alloc(const EndpointsSettings *settings, const EndpointsPace *pace)
{
    Endpoints         *endpoints = g_new0(Endpoints, 1);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&endpoints->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&endpoints->lock, NULL);
    endpoints->instance = g_strdup(settings->instance);
    endpoints->cache = g_strdup(settings->cache);
    endpoints->observe = settings->observe;
    endpoints->observer_data = settings->observer_data;
    endpoints->pace = *pace;
    return endpoints;
}

static void
endpoints_dispose(Endpoints *endpoints)
{
    g_clear_pointer(&endpoints->service, endpoints_service_free);
    g_clear_pointer(&endpoints->list, endpoints_list_free);
    pthread_cond_destroy(&endpoints->wake);
    pthread_mutex_destroy(&endpoints->lock);
    g_free(endpoints->instance);
    g_free(endpoints->cache);
    g_free(endpoints);
}

static gboolean
endpoints_open(Endpoints *endpoints, const EndpointsSettings *settings, GError **error)
{
    if (settings->file != NULL && *settings->file != '\0') {
        endpoints->list = read_list(settings->file, error);
        if (endpoints->list == NULL)
            g_prefix_error(error, "endpoints-file: ");
        return endpoints->list != NULL;
    }
    read_cache(endpoints);
    if (settings->offline)
        return TRUE;
    endpoints->service = endpoints_service_new(settings, error);
    return endpoints->service != NULL && start_thread(endpoints, error);
}

Endpoints *
endpoints_new_paced(const EndpointsSettings *settings, const EndpointsPace *pace, GError **error)
{
    g_autoptr(GError) why = NULL;
    Endpoints *endpoints = endpoints_alloc(settings, pace);
    if (endpoints_open(endpoints, settings, &why))
        return endpoints;
    g_set_error_literal(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES, why->message);
    endpoints_dispose(endpoints);
    return NULL;
}

Endpoints *
endpoints_new(const EndpointsSettings *settings, GError **error)
{
    static const EndpointsPace hourly = {.interval = 3600 * G_TIME_SPAN_SECOND, .retry = 60 * G_TIME_SPAN_SECOND};
    return endpoints_new_paced(settings, &hourly, error);
}

void
endpoints_free(Endpoints *endpoints)
{
    if (endpoints->service != NULL) {
        pthread_mutex_lock(&endpoints->lock);
        endpoints->stopping = TRUE;
        pthread_cond_signal(&endpoints->wake);
        pthread_mutex_unlock(&endpoints->lock);
        endpoints_service_stop(endpoints->service);
        pthread_join(endpoints->thread, NULL);
    }
    endpoints_dispose(endpoints);
}

gboolean
endpoints_contain(Endpoints *endpoints, const char *client_address)
{
    pthread_mutex_lock(&endpoints->lock);
    gboolean contained = endpoints->list != NULL && networks_contain(endpoints->list->networks, client_address);
    pthread_mutex_unlock(&endpoints->lock);
    return contained;
}

gboolean
endpoints_is_known(Endpoints *endpoints)
{
    pthread_mutex_lock(&endpoints->lock);
    gboolean known = endpoints->list != NULL;
    pthread_mutex_unlock(&endpoints->lock);
    return known;
}

char *
endpoints_version(Endpoints *endpoints, gsize *n_networks)
{
    pthread_mutex_lock(&endpoints->lock);
    char *version = g_strdup(endpoints->list != NULL ? endpoints->list->version : "");
    if (n_networks != NULL)
        *n_networks = endpoints->list != NULL ? endpoints->list->n : 0;
    pthread_mutex_unlock(&endpoints->lock);
    return version;
}

/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-pool.c - callers on one side, workers with their connections on the other
 *
 * Owns:     the queue, the threads, the servers' breakers, the schema.
 * Promises: with no server left nobody waits; what happens is reported, outside of the lock.
 * Threads:  any. One lock, held for memory work only.
 */
#include "ldap-pool.h"

#include <time.h>

/* Wrong credentials are tried rarely: every attempt counts towards the account's lockout. */
enum { CREDENTIALS_PATIENCE = 10 };

typedef struct {
    DirectoryEventKind kind;
    char              *text;
} LdapEvent;

static void
event_free(gpointer data)
{
    LdapEvent *event = data;

    g_free(event->text);
    g_free(event);
}

gint64
ldap_pool_now(void)
{
    return g_get_monotonic_time();
}

void
ldap_pool_report(LdapPool *pool, DirectoryEventKind kind, char *text)
{
    LdapEvent *event = g_new0(LdapEvent, 1);

    event->kind = kind;
    event->text = text;
    g_ptr_array_add(pool->events, event);
}

char *
ldap_pool_quote(const char *name, const char *text)
{
    g_autofree char *shown = g_strescape(text != NULL ? text : "", NULL);
    return g_strdup_printf("%s=\"%s\"", name, shown);
}

void
ldap_pool_unlock(LdapPool *pool)
{
    const LdapSettings *settings = &pool->config->settings;
    g_autoptr(GPtrArray) events = NULL;

    if (pool->events->len > 0) {
        events = pool->events;
        pool->events = g_ptr_array_new_with_free_func(event_free);
    }
    pthread_mutex_unlock(&pool->lock);
    for (guint i = 0; events != NULL && settings->observer != NULL && i < events->len; i++) {
        const LdapEvent *event = events->pdata[i];
        settings->observer(event->kind, event->text, settings->observer_data);
    }
}

void
ldap_pool_wait(LdapPool *pool, pthread_cond_t *condition, gint64 until)
{
    struct timespec time = {.tv_sec = until / G_USEC_PER_SEC, .tv_nsec = until % G_USEC_PER_SEC * 1000};

    if (pool->events->len > 0) {
        ldap_pool_unlock(pool);
        pthread_mutex_lock(&pool->lock);
        return;
    }
    if (until == G_MAXINT64)
        pthread_cond_wait(condition, &pool->lock);
    else
        pthread_cond_timedwait(condition, &pool->lock, &time);
}

void
ldap_pool_wake_watchdog(LdapPool *pool)
{
    if (!pool->watchdog_sleeps)
        return;
    pool->watchdog_sleeps = FALSE;
    pthread_cond_signal(&pool->tick);
}

/* ---- servers ---- */

GError *
ldap_pool_no_server(LdapPool *pool)
{
    g_autofree char *summary = ldap_server_list_summary(pool->servers);
    return g_error_new_literal(DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, summary);
}

void
ldap_pool_dismiss(LdapPool *pool)
{
    if (ldap_server_list_usable(pool->servers))
        return;
    for (LdapJob *job = g_queue_pop_head(&pool->queue); job != NULL; job = g_queue_pop_head(&pool->queue)) {
        ldap_job_finish(job, ldap_pool_no_server(pool));
        ldap_job_unref(job);
    }
}

gint64
ldap_pool_next_attempt(const LdapPool *pool, const GError *why)
{
    gint64 wait = pool->config->settings.retry_interval;

    if (g_error_matches(why, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED))
        wait *= CREDENTIALS_PATIENCE;
    return ldap_pool_now() + wait;
}

void
ldap_pool_fail_server(LdapPool *pool, LdapServer *server, const char *why, gint64 next_probe)
{
    if (ldap_server_fail(server, why, next_probe)) {
        g_autofree char *uri = ldap_pool_quote("server", server->uri->label);
        g_autofree char *reason = ldap_pool_quote("reason", why);
        ldap_pool_report(pool, DIRECTORY_EVENT_BAD, g_strdup_printf("directory server failed: %s %s", uri, reason));
    }
    pthread_cond_broadcast(&pool->probe);
    ldap_pool_dismiss(pool);
}

void
ldap_pool_suspect_server(LdapPool *pool, LdapServer *server)
{
    if (server->failed)
        return;
    server->suspect = TRUE;
    server->next_probe = ldap_pool_now();
    pthread_cond_broadcast(&pool->probe);
}

void
ldap_pool_recover_server(LdapPool *pool, LdapServer *server)
{
    if (!ldap_server_recover(server))
        return;
    g_autofree char *uri = ldap_pool_quote("server", server->uri->label);
    ldap_pool_report(pool, DIRECTORY_EVENT_GOOD, g_strdup_printf("directory server answers again: %s", uri));
    pthread_cond_broadcast(&pool->work);
}

/* ---- for others ---- */

const LdapConfig *
ldap_pool_config(const LdapPool *pool)
{
    return pool->config;
}

Schema *
ldap_pool_schema(LdapPool *pool)
{
    pthread_mutex_lock(&pool->lock);
    Schema *schema = pool->schema != NULL ? schema_ref(pool->schema) : NULL;
    ldap_pool_unlock(pool);
    return schema;
}

static gboolean
dns_is_awaited(const LdapPool *pool)
{
    for (guint i = 0; i < pool->servers->slots->len; i++) {
        const LdapSlot *slot = pool->servers->slots->pdata[i];
        if (slot->srv && !slot->asked)
            return TRUE;
    }
    return FALSE;
}

GPtrArray *
ldap_pool_servers(LdapPool *pool, GPtrArray *troubles, gint64 deadline)
{
    GPtrArray *servers = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_server_unref);

    pthread_mutex_lock(&pool->lock);
    while (dns_is_awaited(pool) && ldap_pool_now() < deadline)
        ldap_pool_wait(pool, &pool->known, deadline);
    for (guint i = 0; i < pool->servers->slots->len; i++) {
        const LdapSlot *slot = pool->servers->slots->pdata[i];
        for (guint k = 0; k < slot->servers->len; k++)
            g_ptr_array_add(servers, ldap_server_ref(slot->servers->pdata[k]));
        if (slot->srv && (slot->error != NULL || !slot->asked))
            g_ptr_array_add(troubles, g_strdup_printf("%s: %s", slot->uri,
                                                      slot->error != NULL ? slot->error : "DNS has not answered yet"));
    }
    ldap_pool_unlock(pool);
    return servers;
}

void
ldap_pool_watch(LdapPool *pool, LdapGuard *guard)
{
    pthread_mutex_lock(&pool->lock);
    g_ptr_array_add(pool->guards, guard);
    pool->n_watched++;
    ldap_pool_wake_watchdog(pool);
    ldap_pool_unlock(pool);
}

void
ldap_pool_unwatch(LdapPool *pool, LdapGuard *guard)
{
    pthread_mutex_lock(&pool->lock);
    g_ptr_array_remove(pool->guards, guard);
    pool->n_watched--;
    ldap_pool_unlock(pool);
}

LdapServer *
ldap_pool_pick(LdapPool *pool, const LdapServer *avoid, GError **why)
{
    pthread_mutex_lock(&pool->lock);
    LdapServer *server = ldap_server_list_pick_other(pool->servers, avoid);
    if (server == NULL)
        g_propagate_error(why, ldap_pool_no_server(pool));
    else
        ldap_server_ref(server);
    ldap_pool_unlock(pool);
    return server;
}

void
ldap_pool_blame(LdapPool *pool, LdapServer *server, const LdapConnection *connection, const GError *why)
{
    pthread_mutex_lock(&pool->lock);
    if (!pool->stopping && connection == NULL)
        ldap_pool_fail_server(pool, server, why->message, ldap_pool_next_attempt(pool, why));
    else if (!pool->stopping && (connection->state == CONNECTION_SILENT || connection->state == CONNECTION_LEAVING))
        ldap_pool_fail_server(pool, server, why->message, ldap_pool_now());
    ldap_pool_unlock(pool);
}

/* ---- status ---- */

static DirectoryFinding *
finding_new(gboolean good, const char *server, const char *text)
{
    DirectoryFinding *finding = g_new0(DirectoryFinding, 1);

    finding->good = good;
    finding->server = g_strdup(server);
    finding->text = g_strdup(text);
    return finding;
}

GPtrArray *
ldap_pool_findings(LdapPool *pool)
{
    GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)directory_finding_free);

    pthread_mutex_lock(&pool->lock);
    for (guint i = 0; i < pool->servers->slots->len; i++) {
        const LdapSlot *slot = pool->servers->slots->pdata[i];
        if (slot->error != NULL)
            g_ptr_array_add(findings, finding_new(FALSE, slot->uri, slot->error));
        for (guint k = 0; k < slot->servers->len; k++) {
            const LdapServer *server = slot->servers->pdata[k];
            g_ptr_array_add(findings, finding_new(!server->failed, server->uri->text,
                                                  server->failed && server->error != NULL ? server->error : "asked"));
        }
    }
    ldap_pool_unlock(pool);
    return findings;
}

/* ---- life ---- */

static void
init_conditions(LdapPool *pool)
{
    pthread_condattr_t monotonic;
    pthread_cond_t    *conditions[] = {&pool->work, &pool->tick, &pool->probe, &pool->known};

    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
        pthread_cond_init(conditions[i], &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static gboolean
start_helpers(LdapPool *pool, GError **error)
{
    const struct {
        pthread_t *thread;
        void *(*run)(void *);
    } helpers[] = {{&pool->watchdog, ldap_watchdog_main},
                   {&pool->prober, ldap_prober_main},
                   {&pool->resolver, ldap_resolver_main}};
    guint n_helpers = pool->has_srv ? 3 : 2;

    for (; pool->n_helpers < n_helpers; pool->n_helpers++)
        if (!ldap_thread_start(helpers[pool->n_helpers].thread, helpers[pool->n_helpers].run, pool, error))
            return FALSE;
    return TRUE;
}

LdapPool *
ldap_pool_new(LdapConfig *config, GError **error)
{
    LdapServerList *servers = ldap_server_list_new(config->settings.uris, error);
    if (servers == NULL) {
        ldap_config_free(config);
        return NULL;
    }
    LdapPool *pool = g_new0(LdapPool, 1);
    pool->config = config;
    pool->servers = servers;
    for (guint i = 0; config->settings.uris[i] != NULL; i++)
        pool->has_srv = pool->has_srv || ldap_srv_is(config->settings.uris[i]);
    g_queue_init(&pool->queue);
    pool->workers = g_ptr_array_new();
    pool->guards = g_ptr_array_new();
    pool->events = g_ptr_array_new_with_free_func(event_free);
    init_conditions(pool);

    pthread_mutex_lock(&pool->lock);
    gboolean started = ldap_worker_start(pool, error);
    ldap_pool_unlock(pool);
    if (started && start_helpers(pool, error))
        return pool;
    ldap_pool_free(pool);
    return NULL;
}

static void
stop_threads(LdapPool *pool)
{
    pthread_t helpers[] = {pool->watchdog, pool->prober, pool->resolver};

    pthread_mutex_lock(&pool->lock);
    pool->stopping = TRUE;
    for (guint i = 0; i < pool->guards->len; i++)
        ldap_guard_shut_down(pool->guards->pdata[i]);
    pthread_cond_broadcast(&pool->work);
    pthread_cond_broadcast(&pool->tick);
    pthread_cond_broadcast(&pool->probe);
    pthread_cond_broadcast(&pool->known);
    ldap_pool_unlock(pool);
    for (guint i = 0; i < pool->workers->len; i++)
        pthread_join(((LdapWorker *)pool->workers->pdata[i])->thread, NULL);
    for (guint i = pool->n_helpers; i > 0; i--)
        pthread_join(helpers[i - 1], NULL);
}

void
ldap_pool_free(LdapPool *pool)
{
    pthread_cond_t *conditions[] = {&pool->work, &pool->tick, &pool->probe, &pool->known};

    stop_threads(pool);
    for (guint i = 0; i < pool->workers->len; i++) {
        LdapWorker *worker = pool->workers->pdata[i];
        ldap_guard_clear(&worker->guard);
        g_free(worker);
    }
    g_queue_clear_full(&pool->queue, (GDestroyNotify)ldap_job_unref);
    g_ptr_array_unref(pool->workers);
    g_ptr_array_unref(pool->guards);
    g_ptr_array_unref(pool->events);
    ldap_server_list_free(pool->servers);
    g_clear_pointer(&pool->schema, schema_unref);
    for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
        pthread_cond_destroy(conditions[i]);
    pthread_mutex_destroy(&pool->lock);
    ldap_config_free(pool->config);
    g_free(pool);
}

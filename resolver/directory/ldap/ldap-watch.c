/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-watch.c - the pool's helpers: the watchdog, the prober of failed servers, the resolver of srv: names
 *
 * The watchdog never calls anything that waits. Prober and resolver may hang for as long as libldap, Kerberos or DNS
 * do, which holds up nothing but the next probe.
 *
 * Threads: one each.
 */
#include "ldap-pool.h"

#define TICK (100 * 1000)
#define RESOLVE_INTERVAL \
    (G_GINT64_CONSTANT(300) * G_USEC_PER_SEC) /* DNS changes seldom; a lost server is probed anyway */

/* ---- watchdog ---- */

static void
watch_guards(LdapPool *pool, gint64 now)
{
    const LdapSettings *settings = &pool->config->settings;

    for (guint i = 0; i < pool->guards->len; i++) {
        const char *stage = NULL;
        LdapServer *late = ldap_guard_watch(pool->guards->pdata[i], now, &stage);
        if (late == NULL)
            continue;
        g_autofree char *seconds = ldap_seconds(settings->connect_timeout);
        g_autofree char *why = g_strdup_printf("%s: no answer in %s", stage, seconds);
        ldap_pool_fail_server(pool, late, why, now + settings->retry_interval);
        ldap_server_unref(late);
    }
}

/* The line has stopped moving: those who came last need not find out the slow way. */
static void
shed_waiting(LdapPool *pool, gint64 now)
{
    guint surplus =
        pool->n_waiting > pool->config->settings.max_waiting ? pool->n_waiting - pool->config->settings.max_waiting : 0;

    if (!ldap_pool_is_stalled(pool, now))
        return;
    for (; surplus > 0 && !g_queue_is_empty(&pool->queue); surplus--) {
        LdapJob *job = g_queue_pop_tail(&pool->queue);
        ldap_job_finish(job,
                        g_error_new(DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "too many requests are waiting"));
        ldap_job_unref(job);
    }
}

void *
ldap_watchdog_main(void *data)
{
    LdapPool *pool = data;

    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping || pool->n_watched > 0) {
        gint64 now = ldap_pool_now();
        watch_guards(pool, now);
        shed_waiting(pool, now);
        if (pool->n_waiting == 0 && pool->n_watched == 0) {
            pool->watchdog_sleeps = TRUE;
            ldap_pool_wait(pool, &pool->tick, G_MAXINT64);
            pool->watchdog_sleeps = FALSE;
        } else {
            ldap_pool_wait(pool, &pool->tick, now + TICK);
        }
    }
    ldap_pool_unlock(pool);
    return NULL;
}

/* ---- prober ---- */

/* Locked before and after. */
static void
probe(LdapPool *pool, LdapServer *server, LdapGuard *guard)
{
    g_autoptr(GError) why = NULL;

    ldap_server_ref(server);
    pool->n_watched++;
    ldap_pool_wake_watchdog(pool);
    ldap_pool_unlock(pool);
    LdapConnection *connection = ldap_connection_open(pool->config, server, guard, NULL, &why);
    gboolean        good = connection != NULL;
    ldap_connection_close(connection);
    pthread_mutex_lock(&pool->lock);
    pool->n_watched--;
    if (good) {
        server->suspect = FALSE;
        ldap_pool_recover_server(pool, server);
    } else if (!pool->stopping) {
        ldap_pool_fail_server(pool, server, why->message, ldap_pool_next_attempt(pool, why));
    }
    ldap_server_unref(server);
}

void *
ldap_prober_main(void *data)
{
    LdapPool *pool = data;
    LdapGuard guard;

    ldap_guard_init(&guard);
    pthread_mutex_lock(&pool->lock);
    g_ptr_array_add(pool->guards, &guard);
    while (!pool->stopping) {
        LdapServer *server = ldap_server_list_next_probe(pool->servers);
        if (server != NULL && server->next_probe <= ldap_pool_now())
            probe(pool, server, &guard);
        else
            ldap_pool_wait(pool, &pool->probe, server != NULL ? server->next_probe : G_MAXINT64);
    }
    g_ptr_array_remove(pool->guards, &guard);
    ldap_pool_unlock(pool);
    ldap_guard_clear(&guard);
    return NULL;
}

/* ---- resolver ---- */

/* Locked before and after. Only this thread changes a slot of srv:, so it may hold on to it. */
static void
resolve(LdapPool *pool, LdapSlot *slot)
{
    g_autoptr(GError) why = NULL;
    gboolean first = !slot->asked;

    ldap_pool_unlock(pool);
    GPtrArray *uris = ldap_srv_resolve(slot->uri, &why);
    pthread_mutex_lock(&pool->lock);
    gboolean was_bad = slot->error != NULL;
    gboolean bad = uris == NULL;
    ldap_slot_update(slot, uris, why != NULL ? why->message : NULL);
    g_autofree char *name = ldap_pool_quote("server", slot->uri);
    g_autofree char *reason = ldap_pool_quote("reason", why != NULL ? why->message : "");
    if (bad && !was_bad)
        ldap_pool_report(pool, DIRECTORY_EVENT_BAD, g_strdup_printf("directory server failed: %s %s", name, reason));
    else if (!bad && (was_bad || first))
        ldap_pool_report(pool, DIRECTORY_EVENT_GOOD,
                         g_strdup_printf("directory servers found: %s count=%u", name, slot->servers->len));
    ldap_pool_dismiss(pool);
    pthread_cond_broadcast(&pool->work);
    pthread_cond_broadcast(&pool->known);
}

void *
ldap_resolver_main(void *data)
{
    LdapPool *pool = data;

    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        for (guint i = 0; i < pool->servers->slots->len && !pool->stopping; i++) {
            LdapSlot *slot = pool->servers->slots->pdata[i];
            if (slot->srv)
                resolve(pool, slot);
        }
        gboolean lacking = ldap_server_list_pick(pool->servers) == NULL;
        gint64   until = ldap_pool_now() + (lacking ? pool->config->settings.retry_interval : RESOLVE_INTERVAL);
        /* every change of a server's state wakes us */
        while (!pool->stopping && ldap_pool_now() < until) {
            ldap_pool_wait(pool, &pool->probe, until);
            if (!lacking && ldap_server_list_pick(pool->servers) == NULL) {
                lacking = TRUE;
                until = MIN(until, ldap_pool_now() + pool->config->settings.retry_interval);
            }
        }
    }
    ldap_pool_unlock(pool);
    return NULL;
}

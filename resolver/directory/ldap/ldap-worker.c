/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-worker.c - a thread with a connection of its own, which takes jobs from the queue
 *
 * Owns:     one connection. It is opened when there is a job, or when the schema is still unknown.
 * Promises: a job whose connection broke is run once more on a fresh one, unless its caller has seen a part of the
 *           answer; a server that does not answer is reported to its breaker.
 * Threads:  its own.
 */
#include "ldap-pool.h"

/* Connections are renewed now and then: after a failover they find their way back to the preferred server, and the
 * schema is read again. */
#define MAX_AGE (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)
/* The schema is some thousand small entries; a server that needs longer for it serves no mail either. */
#define SCHEMA_TIME (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC)

/* Locked before and after. */
static LdapConnection *
open_connection(LdapPool *pool, LdapWorker *worker, LdapServer *server)
{
    g_autoptr(GError) why = NULL;

    ldap_server_ref(server);
    pool->n_watched++;
    ldap_pool_wake_watchdog(pool);
    ldap_pool_unlock(pool);
    LdapConnection *connection = ldap_connection_open(pool->config, server, &worker->guard, NULL, &why);
    pthread_mutex_lock(&pool->lock);
    pool->n_watched--;
    if (connection != NULL) {
        connection->progress = &pool->progress;
    } else if (!pool->stopping) {
        ldap_pool_fail_server(pool, server, why->message, ldap_pool_next_attempt(pool, why));
    }
    ldap_server_unref(server);
    return connection;
}

/* Locked before and after. */
static void
close_connection(LdapPool *pool, LdapConnection **connection)
{
    if (*connection == NULL)
        return;
    pool->n_watched++;
    ldap_pool_wake_watchdog(pool);
    ldap_pool_unlock(pool);
    g_clear_pointer(connection, ldap_connection_close);
    pthread_mutex_lock(&pool->lock);
    pool->n_watched--;
}

/* Locked before and after. What a connection's end says about its server. */
static void
judge_server(LdapPool *pool, const LdapConnection *connection, const char *why)
{
    const char *label = connection->server->uri->label;
    const char *text = why;

    if (why != NULL && g_str_has_prefix(why, label) && g_str_has_prefix(why + strlen(label), ": "))
        text = why + strlen(label) + 2;
    if (pool->stopping)
        return;
    if (connection->state == CONNECTION_SUSPECT)
        ldap_pool_suspect_server(pool, connection->server);
    if (connection->state == CONNECTION_SILENT || connection->state == CONNECTION_LEAVING)
        ldap_pool_fail_server(pool, connection->server, text != NULL ? text : "no answer", ldap_pool_now());
}

/* ---- schema ---- */

static void
publish_schema(LdapPool *pool, const LdapConnection *connection, Schema *schema, gboolean own)
{
    g_autofree char *server = ldap_pool_quote("server", connection->server->uri->label);

    g_clear_pointer(&pool->schema, schema_unref);
    pool->schema = schema;
    pool->schema_time = ldap_pool_now();
    ldap_pool_report(pool, DIRECTORY_EVENT_GOOD,
                     g_strdup_printf("directory schema known: %s source=%s rules=%s", server, own ? "server" : "table",
                                     schema_rules(schema) == SCHEMA_RULES_AD ? "ad" : "rfc"));
}

/* Locked before and after. One worker reads the schema; the others wait for it. FALSE: the connection failed. */
static gboolean
provide_schema(LdapPool *pool, LdapConnection *connection)
{
    while (pool->schema_loading && pool->schema == NULL && !pool->stopping)
        ldap_pool_wait(pool, &pool->known, G_MAXINT64);
    gint64 now = ldap_pool_now();
    if (pool->stopping || pool->schema_loading || (pool->schema != NULL && now - pool->schema_time < MAX_AGE))
        return !pool->stopping;

    g_autoptr(GError) why = NULL;
    gboolean own = FALSE;
    pool->schema_loading = TRUE;
    pool->n_watched++;
    ldap_pool_wake_watchdog(pool);
    ldap_pool_unlock(pool);
    connection->deadline = now + SCHEMA_TIME;
    Schema *schema = ldap_schema_load(connection, &own, &why);
    connection->deadline = G_MAXINT64;
    pthread_mutex_lock(&pool->lock);
    pool->n_watched--;
    pool->schema_loading = FALSE;
    pthread_cond_broadcast(&pool->known);
    if (schema != NULL) {
        publish_schema(pool, connection, schema, own);
        return TRUE;
    }
    if (connection->state == CONNECTION_GOOD)
        connection->state = CONNECTION_LOST;
    if (!pool->stopping)
        ldap_pool_fail_server(pool, connection->server, why->message, ldap_pool_next_attempt(pool, why));
    return FALSE;
}

/* ---- jobs ---- */

/* Whether the job may be run again: its caller is there, has seen nothing, and it is the first time. */
static gboolean
may_retry(const LdapConnection *connection, LdapJob *job)
{
    if (connection->state == CONNECTION_GOOD || job->abandoned || job->retried)
        return FALSE;
    job->retried = TRUE;
    return ldap_job_forget_entries(job);
}

/* Locked before and after. */
static void
run_job(LdapPool *pool, LdapWorker *worker, LdapConnection *connection)
{
    g_autoptr(Schema) schema = schema_ref(pool->schema);
    GError  *why = NULL;
    LdapJob *job = worker->job;

    ldap_pool_unlock(pool);
    ldap_job_start(job, connection->server->uri->label);
    gboolean         good = ldap_job_run(connection, job, schema, &why);
    gboolean         again = !good && may_retry(connection, job);
    g_autofree char *text = why != NULL ? g_strdup(why->message) : NULL;
    if (!again) {
        ldap_job_finish(job, g_steal_pointer(&why));
        g_clear_pointer(&worker->job, ldap_job_unref);
    }
    g_clear_error(&why);
    pthread_mutex_lock(&pool->lock);
    judge_server(pool, connection, text);
}

/* Locked before and after. Whether the connection may serve the next job. */
static gboolean
is_fit(const LdapConnection *connection)
{
    return connection->state == CONNECTION_GOOD && !connection->server->failed &&
           ldap_pool_now() - connection->opened < MAX_AGE;
}

static gboolean
wants_schema(const LdapPool *pool)
{
    return pool->schema == NULL && !pool->schema_loading;
}

/* Locked before and after. A connection to a server that has not failed, with the schema known; NULL: look again. */
static void
provide_connection(LdapPool *pool, LdapWorker *worker, LdapConnection **connection)
{
    if (*connection != NULL && (!is_fit(*connection) || ldap_connection_is_stale(*connection)))
        close_connection(pool, connection);
    if (*connection == NULL) {
        LdapServer *server = ldap_server_list_pick(pool->servers);
        if (server != NULL)
            *connection = open_connection(pool, worker, server);
    }
    if (*connection != NULL && !provide_schema(pool, *connection))
        close_connection(pool, connection);
}

/* Locked before and after. */
static void
idle(LdapPool *pool)
{
    pool->n_idle++;
    ldap_pool_wait(pool, &pool->work, G_MAXINT64);
    pool->n_idle--;
}

static void
finish_without_server(LdapPool *pool, LdapWorker *worker)
{
    ldap_job_finish(worker->job, ldap_pool_no_server(pool));
    g_clear_pointer(&worker->job, ldap_job_unref);
}

static void
work(LdapPool *pool, LdapWorker *worker, LdapConnection **connection)
{
    if (worker->job == NULL)
        worker->job = g_queue_pop_head(&pool->queue);
    gboolean usable = ldap_server_list_usable(pool->servers);
    if (worker->job != NULL && !usable) {
        finish_without_server(pool, worker);
        return;
    }
    /* DNS has not answered yet: the job waits in line, where its caller can take it out */
    if (worker->job != NULL && ldap_server_list_pick(pool->servers) == NULL) {
        g_queue_push_head(&pool->queue, g_steal_pointer(&worker->job));
        idle(pool);
        return;
    }
    if (worker->job == NULL && !(wants_schema(pool) && ldap_server_list_pick(pool->servers) != NULL)) {
        idle(pool);
        return;
    }
    provide_connection(pool, worker, connection);
    if (*connection == NULL || worker->job == NULL)
        return;
    run_job(pool, worker, *connection);
    if (!is_fit(*connection))
        close_connection(pool, connection);
}

static void *
worker_main(void *data)
{
    LdapWorker     *worker = data;
    LdapPool       *pool = worker->pool;
    LdapConnection *connection = NULL;

    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping)
        work(pool, worker, &connection);
    if (worker->job != NULL)
        finish_without_server(pool, worker);
    close_connection(pool, &connection);
    ldap_pool_unlock(pool);
    return NULL;
}

gboolean
ldap_worker_start(LdapPool *pool, GError **error)
{
    LdapWorker *worker = g_new0(LdapWorker, 1);

    worker->pool = pool;
    ldap_guard_init(&worker->guard);
    if (!ldap_thread_start(&worker->thread, worker_main, worker, error)) {
        ldap_guard_clear(&worker->guard);
        g_free(worker);
        return FALSE;
    }
    g_ptr_array_add(pool->workers, worker);
    g_ptr_array_add(pool->guards, &worker->guard);
    return TRUE;
}

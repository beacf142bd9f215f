/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-line.c - the line of callers before the pool: who may wait, and for how long
 *
 * Promises: a caller waits for its deadline at most, for answer_timeout where nothing moves, and no longer than its
 * patience lasts; while the line does not move, or not quickly, only `max_waiting` callers wait, the rest are told so
 * at once. Threads:  any; each brings its own job.
 */
#include "ldap-pool.h"

enum { WAITING_MAX = 256 }; /* callers at once while the line moves */

/* Nothing is answered, or whoever comes now has a long line before it. */
gboolean
ldap_pool_is_stalled(LdapPool *pool, gint64 now)
{
    const LdapJob *oldest = g_queue_peek_head(&pool->queue);

    return (pool->n_waiting > 0 && now - MAX((gint64)pool->progress, pool->waiting_since) > G_USEC_PER_SEC) ||
           (oldest != NULL && now - oldest->queued > G_USEC_PER_SEC);
}

/* Workers that hang where we cannot reach them are made up for, once. */
static guint
most_workers(const LdapPool *pool)
{
    guint most = pool->config->settings.connections, n_stuck = 0;

    for (guint i = 0; i < pool->workers->len; i++)
        n_stuck += ldap_guard_is_stuck(&((LdapWorker *)pool->workers->pdata[i])->guard);
    return most + MIN(n_stuck, most);
}

static gboolean
provide_worker(LdapPool *pool, GError **error)
{
    guint n_queued = g_queue_get_length(&pool->queue) + 1;

    if (pool->n_idle >= n_queued || pool->workers->len >= most_workers(pool))
        return TRUE;
    g_autoptr(GError) why = NULL;
    if (ldap_worker_start(pool, &why) || pool->workers->len > 0)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static gboolean
admit(LdapPool *pool, LdapJob *job, GError **error)
{
    gint64 now = ldap_pool_now();
    guint  most = pool->config->settings.max_waiting;

    if (!ldap_server_list_usable(pool->servers)) {
        g_propagate_error(error, ldap_pool_no_server(pool));
        return FALSE;
    }
    if (ldap_server_list_is_silent(pool->servers)) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                    "the last question was not answered, and the server is looked at again");
        return FALSE;
    }
    if (!ldap_pool_is_stalled(pool, now))
        most = MAX(most, (guint)WAITING_MAX);
    if (pool->n_waiting >= most) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "too many requests are waiting");
        return FALSE;
    }
    if (!provide_worker(pool, error))
        return FALSE;
    if (pool->n_waiting++ == 0)
        pool->waiting_since = now;
    job->queued = now;
    job->progress = now;
    g_queue_push_tail(&pool->queue, ldap_job_ref(job));
    pthread_cond_signal(&pool->work);
    ldap_pool_wake_watchdog(pool);
    return TRUE;
}

static void
leave(LdapPool *pool, LdapJob *job)
{
    pthread_mutex_lock(&pool->lock);
    pool->n_waiting--;
    if (g_queue_remove(&pool->queue, job))
        ldap_job_unref(job);
    ldap_pool_unlock(pool);
}

/* ---- waiting ---- */

static gboolean
is_impatient(const LdapJob *job)
{
    return job->patience != NULL && *job->patience <= 0;
}

static gint64
wait_ends(const LdapPool *pool, LdapJob *job, gint64 began)
{
    gint64 until = ldap_job_patience(job, pool->progress, pool->config->settings.answer_timeout);
    return job->patience != NULL ? MIN(until, began + *job->patience) : until;
}

static void
count_wait(LdapJob *job, gint64 began, gboolean handed)
{
    gint64 waited = ldap_pool_now() - began;

    if (job->patience != NULL && (!handed || waited > G_USEC_PER_SEC))
        *job->patience -= waited;
}

/* The caller has waited long enough. */
static gboolean
give_up(LdapPool *pool, LdapJob *job, gboolean handed, GError **error)
{
    g_autofree char *label = ldap_job_label(job);
    g_autofree char *seconds = ldap_seconds(pool->config->settings.answer_timeout);
    gboolean         late = ldap_pool_now() >= job->deadline;

    pthread_mutex_lock(&pool->lock);
    g_autofree char *summary = ldap_server_list_summary(pool->servers);
    ldap_pool_unlock(pool);
    int code = handed ? DIRECTORY_ERROR_INCOMPLETE : DIRECTORY_ERROR_UNAVAILABLE;
    if (label == NULL)
        g_set_error(error, DIRECTORY_ERROR, code, "%s", summary);
    else if (late || is_impatient(job))
        g_set_error(error, DIRECTORY_ERROR, code, "%s: no complete answer in time", label);
    else
        g_set_error(error, DIRECTORY_ERROR, code, "%s: no answer in %s", label, seconds);
    return FALSE;
}

static gboolean
hand_over(const GPtrArray *entries, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    for (guint i = 0; entries != NULL && i < entries->len; i++)
        if (!func(entries->pdata[i], user_data, error))
            return FALSE;
    return TRUE;
}

static gboolean
wait_for(LdapPool *pool, LdapJob *job, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    gboolean done = FALSE, handed = FALSE;

    while (!done) {
        gint64 began = ldap_pool_now();
        g_autoptr(GError) why = NULL;
        g_autoptr(GPtrArray) entries = ldap_job_take(job, wait_ends(pool, job, began), &done, &why);
        count_wait(job, began, handed);
        if (why != NULL) {
            g_propagate_error(error, g_steal_pointer(&why));
            return FALSE;
        }
        handed = handed || entries != NULL;
        if (!hand_over(entries, func, user_data, error)) {
            job->sated = TRUE;
            return FALSE;
        }
        gint64 now = ldap_pool_now();
        if (!done && entries == NULL && now >= wait_ends(pool, job, now))
            return give_up(pool, job, handed, error);
    }
    return TRUE;
}

gboolean
ldap_pool_run(LdapPool *pool, LdapJob *job, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    pthread_mutex_lock(&pool->lock);
    gboolean admitted = admit(pool, job, error);
    ldap_pool_unlock(pool);
    if (!admitted)
        return FALSE;
    gboolean good = wait_for(pool, job, func, user_data, error);
    job->abandoned = TRUE;
    leave(pool, job);
    return good;
}
